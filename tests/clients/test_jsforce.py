"""jsforce, unmodified, against a live server: the tests are in jsforce/suite.mjs, and each of them is one here."""

import json
import re
from typing import Any

import pytest

from tests.clients.jsforce_program import HERE, install, run_program
from tests.clients.live import Live

NAMES = re.findall(r"^test\('([^']+)'", (HERE / "suite.mjs").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def results(live: Live, scheme: str) -> dict[str, dict[str, Any]]:
    """What came of each test of the suite, by its name."""
    install()
    done = run_program("suite.mjs", live, scheme, "--test-reporter=./reporter.mjs")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, done.stdout + done.stderr
    return {line["name"]: line for line in lines}


@pytest.mark.parametrize("name", NAMES)
def test_jsforce(results: dict[str, dict[str, Any]], name: str):
    assert results[name]["passed"], results[name]["message"]


def test_every_test_of_the_suite_is_looked_at(results: dict[str, dict[str, Any]]):
    assert results.keys() == set(NAMES)
