"""The examples of docs/python.md are run: those over HTTP against a live server, the tests in them with the fixture."""

import re
from pathlib import Path
from typing import Any

import pytest

from orderwright.pytest_plugin.databases import Databases
from orderwright.pytest_plugin.instance import opened_instance
from tests.connect_api.serving import Served

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_examples_do_what_they_say(
    orderwright_databases: Databases,
    server: Served,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    names: dict[str, Any] = {}
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    with orderwright_databases.copy() as url:
        monkeypatch.setenv("ORDERWRIGHT_DATABASE_URL", url)
        for block in blocks:
            exec(compile(pointed_at(server, block), str(PAGE), "exec"), names)  # noqa: S102  # what the page shows
    written = capsys.readouterr().out
    assert "'Name': 'Ada'" in written
    assert written.endswith("\n1\n")
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert len(blocks) - len(tests) == 3
    for test in tests:
        with orderwright_databases.copy() as url, opened_instance(url, {}) as instance:
            test(instance)


def pointed_at(server: Served, block: str) -> str:
    """The example, at the live server instead of the reader's."""
    shown = {"http://127.0.0.1:8080": server.url, "client_…": server.client_id, '"…"': f'"{server.client_secret}"'}
    for placeholder, real in shown.items():
        block = block.replace(placeholder, real)
    return block
