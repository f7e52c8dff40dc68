# Everything a developer does with this project. Needs make, Python 3.11 and a package registry; no other tool.
# Another interpreter: make install PYTHON=/path/to/python3.11

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Asked by running it: a version manager's shim is on PATH even when no such Python stands behind it.
IS_USABLE := import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 11))
PYTHON ?= $(shell for candidate in python3.11 python3 /usr/bin/python3.11 /usr/local/bin/python3.11; do \
	"$$candidate" -c '$(IS_USABLE)' >/dev/null 2>&1 && { command -v "$$candidate"; break; }; done)

# The tests that start nothing and finish in seconds.
PURE_TESTS := $(wildcard tests/arithmetic tests/objects tests/decisions tests/architecture)
# Those of minutes, begun first: a long file that is begun last would be waited for alone. Most tests wait for a server or
# a database half of the time, so four at once keep two cores busy.
LONG_TESTS := $(wildcard tests/torture tests/bench tests/store tests/cli tests/demo tests/end_to_end tests/clients tests/settlement \
	tests/connect_api)
# Its server recovers from a kill within a time that other tests, running beside it, can exceed.
ALONE := tests/cli/test_serve.py::test_a_killed_database_is_started_again
TYPED := $(wildcard orderwright tests bench docs examples)

.PHONY: help install check lint test torture demo bench docs lock clean

help: ## show this list
	@echo "make <target>, where <target> is one of"
	@sed -nE 's/^([a-z]+):[^#]*## (.*)$$/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '%-10s %s\n' "$$name" "$$text"; done

install: $(STAMP) ## make .venv with the locked dependencies and the command .venv/bin/orderwright

# The package itself is installed in place (editable), built with the locked backend. Only a changed lock or project file
# makes this run again.
$(STAMP): pyproject.toml requirements/run.txt requirements/dev.txt
	@if [ -z "$(PYTHON)" ]; then \
		echo "make: no usable Python 3.11 found (with venv and ensurepip). Install it, or name it: make install PYTHON=..." >&2; \
		exit 1; fi
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

check: lint ## format, lint, types, imports and the pure tests: under a minute, before each commit
	$(BIN)/python -m pytest -q $(PURE_TESTS)

lint: install ## the part of check that runs no test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports --no-logo

test: lint ## everything: check and all tests
	$(BIN)/python -m pytest -q $(ALONE)
	$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --deselect $(ALONE) $(LONG_TESTS) tests

torture: install ## every step of a capture and a refund, every fault, everything killed: 1,610 seeded runs
	$(BIN)/python -m tests.torture --runs $(RUNS) --seed $(SEED) --processes 6

RUNS := 1610
SEED := 1

demo: install ## replay real orders from placing to refund, and verify what is stored
	$(BIN)/orderwright demo

docs: install ## write the generated pages of docs/ anew
	$(BIN)/python -m docs.tools

bench: install ## measure a lifecycle, inventory and routing, beside what PostgreSQL and a solver reach
	$(BIN)/python -m bench

# uv resolves for every platform at once, which pip cannot; it is needed here only, so it is not among the locked tools.
lock: install ## renew requirements/*.txt after a change of dependencies in pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet $(LOCK_OPTIONS) pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet $(LOCK_OPTIONS) pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt

LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" \
	--default-index https://pypi.org/simple $(UPGRADE)

clean: ## remove the environment and everything the tools left behind
	rm -rf $(VENV) tests/clients/jsforce/node_modules build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
