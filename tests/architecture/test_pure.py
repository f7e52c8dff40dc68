"""Arithmetic, objects and decisions: frozen values in, frozen values out.

The import contract in pyproject.toml forbids the database, the network and chance, also through other modules of ours.
These tests look at what that contract cannot see: a new dependency nobody thought of, a clock inside an allowed module,
binary floats, and code that waits.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, PURE, parsed, place, pure_files

# What pure code may lean on. A module joins this list when it neither reads nor changes anything outside its arguments.
ALLOWED_MODULES = frozenset(
    {
        "__future__",
        "bisect",
        "collections",
        "csv",  # splits a line it is given
        "dataclasses",
        "datetime",  # the types only: its clocks are in CLOCKS_AND_DEVICES
        "decimal",
        "difflib",  # the nearest known name, for messages
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "heapq",
        "inspect",  # reads the definitions' own annotations
        "iso4217",  # a table of currencies
        "itertools",
        "keyword",
        "math",
        "msgspec",
        "operator",
        "re",
        "string",
        "tomllib",  # parses a text it is given
        "types",
        "typing",
    }
)
CLOCKS_AND_DEVICES = frozenset({"now", "utcnow", "today"})
FORBIDDEN_CALLS = frozenset({"open", "print", "input", "breakpoint", "exec", "eval", "__import__"})


def imported_modules(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node, node.module or ""


def foreign_imports(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    own = tuple(f"orderwright.{name}" for name in PURE)
    for node, module in imported_modules(tree):
        of_ours = module in own or module.startswith(tuple(f"{name}." for name in own))
        if not of_ours and module.partition(".")[0] not in ALLOWED_MODULES:
            yield node, f"imports {module}: pure code takes what it needs as an argument"


def impure_calls(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            yield node, f"calls {node.func.id}(): pure code touches nothing outside its arguments"
        if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS_AND_DEVICES:
            yield node, f"calls .{node.func.attr}(): the time is an argument"


def binary_floats(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node, f"{node.value!r} is a binary float: amounts and quantities are Decimal from the first byte"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            yield node, "float(...) loses cents: amounts and quantities are Decimal"


def waiting_code(tree: ast.Module) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith | ast.Await):
            yield node, "is async: only the shell waits"


RULES = [foreign_imports, impure_calls, binary_floats, waiting_code]


@pytest.mark.parametrize("rule", RULES)
def test_pure_code_keeps_the_rule(rule):
    found = [f"{place(path, node)} {why}" for path in pure_files() for node, why in rule(parsed(path))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", PURE)
def test_every_pure_folder_is_there_to_be_looked_at(name):
    assert any(path.stat().st_size for path in Path(PACKAGE / name).rglob("*.py"))


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (foreign_imports, "import os"),
        (foreign_imports, "import os.path as p"),
        (foreign_imports, "from uuid import uuid4"),
        (foreign_imports, "from orderwright.settings import settings"),
        (foreign_imports, "from orderwright.objects_elsewhere import x"),
        (foreign_imports, "def f():\n    import time"),
        (impure_calls, "from datetime import datetime\nnow = datetime.now()"),
        (impure_calls, "open('prices.csv')"),
        (binary_floats, "half = 0.5"),
        (binary_floats, "half = -1e-1"),
        (binary_floats, "float('0.5')"),
        (waiting_code, "async def f(): ..."),
    ],
)
def test_the_rule_sees_what_breaks_it(rule, code):
    assert list(rule(ast.parse(code)))


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_leaves_pure_code_alone(rule):
    code = """
from collections.abc import Sequence
from decimal import Decimal
from orderwright.arithmetic.money import round_money
half = Decimal("0.5") * 3
def later(now): return now
"""
    assert not list(rule(ast.parse(code)))
