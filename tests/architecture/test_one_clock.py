"""One clock: only `orderwright/clock.py` asks the machine for the time, and business time comes in as an argument.

Time that must be true has its place and reason below. A monotonic timer measures and tells no time: it is free.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PACKAGE, parsed, place, python_files

CLOCK = "orderwright/clock.py"

OF_THE_MACHINE = {
    "orderwright/store/ids.py": "ids follow true time, so that they stay unique however the clock is set",
}
TRUE_TIME = {
    "orderwright/store/clock.py": "the true time is what the clock of an instance starts from",
    "orderwright/cli/clock.py": "shows what a clock that runs comes to just now",
    "orderwright/demo/declined.py": "arranges what the simulator is to do, which has no date",
    "orderwright/cli/certificate.py": "whoever checks a certificate has no other time",
    "orderwright/rest/oauth/assertion.py": "the client that signs an assertion has no other time",
    "orderwright/gateways/simulator.py": "notifications are signed with, and verified by, the true time",
    "orderwright/gateways/http_adapter.py": "the other side of a signed message has no other time",
    "orderwright/gateways/stripe.py": "Stripe's signatures, and claims that several processes compare at Stripe",
}
IN_SQL = {
    "orderwright/store/clock.py": "who follows the clock is told by true time; NOW_IN_SQL adds how far it is ahead",
    "orderwright/store/database.py": "leases of node numbers: a process is alive or not, whatever the clock shows",
    "orderwright/store/idempotency.py": "how long a claim stands: one left by a crash ends although a clock is frozen",
    "orderwright/store/migrate.py": "when a migration was applied",
    "orderwright/store/changes.py": "how long a transaction has been open is measured by the clock that it began by",
    "orderwright/store/limits.py": "counts the leases that `database.py` dates by the server's clock",
}
READERS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime"},
}
SQL_TIME = re.compile(
    r"\b(now\(\)|(clock|statement|transaction)_timestamp\(\)|timeofday\(\)|current_(timestamp|date|time)\b|local(time|timestamp)\b)",
    re.IGNORECASE,
)

Found = Iterator[tuple[ast.stmt | ast.expr, str]]


def machine_time(tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if node.attr in READERS.get(owner, ()):
                yield node, f"{owner}.{node.attr}"
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from ((node, f"time.{alias.name}") for alias in node.names if alias.name in READERS["time"])


def true_time(tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "system_clock":
            yield node, "system_clock"


def sql_time(tree: ast.Module) -> Found:
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield from ((node, found[0]) for found in SQL_TIME.finditer(node.value))


RULES = [
    pytest.param(machine_time, {CLOCK: "the clock itself"} | OF_THE_MACHINE, id="datetime.now"),
    pytest.param(true_time, TRUE_TIME, id="system_clock"),
    pytest.param(sql_time, IN_SQL, id="now() in SQL"),
]


@pytest.mark.parametrize(("rule", "exceptions"), RULES)
def test_the_time_is_asked_for_only_where_a_reason_is_given(rule, exceptions):
    found = [
        f"{place(path, node)} {what}: take the time from the store, or as an argument"
        for path in python_files(PACKAGE)
        if path.relative_to(PACKAGE.parent).as_posix() not in exceptions
        for node, what in rule(parsed(path))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("rule", "exceptions"), RULES)
def test_every_exception_is_still_needed(rule, exceptions):
    unneeded = [name for name in exceptions if not list(rule(parsed(PACKAGE.parent / name)))]
    assert not unneeded


def test_tables_do_not_date_their_rows_themselves():
    """But for the job queue's, which are as its library makes them."""
    files = sorted((PACKAGE / "store" / "migrations").glob("*.sql"))
    statements = {path.name: re.sub(r"--.*", "", path.read_text(encoding="utf-8")) for path in files}
    assert {name for name, text in statements.items() if SQL_TIME.search(text)} == {"0003_queue.sql"}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (machine_time, "import datetime\ndatetime.datetime.now()"),
        (machine_time, "import datetime as dt\nnow = dt.datetime.now"),
        (machine_time, "from datetime import datetime, UTC\ndatetime.now(UTC)"),
        (machine_time, "from datetime import date\ndate.today()"),
        (machine_time, "import time\ntime.time()"),
        (machine_time, "from time import time"),
        (true_time, "from orderwright.clock import system_clock\nStore(database, system_clock)"),
        (sql_time, "SELECT = 'SELECT now()'"),
        (sql_time, "def f(name):\n    return f'DELETE FROM {name} WHERE at < CURRENT_TIMESTAMP'"),
    ],
)
def test_the_rule_sees_what_breaks_it(rule, code):
    assert list(rule(ast.parse(code)))


@pytest.mark.parametrize("rule", [machine_time, true_time, sql_time])
def test_the_rule_leaves_others_alone(rule):
    code = '"""Says now()."""\nimport time\ntime.monotonic()\nstore.now()\ncontext.store.now()\nSQL = "at <= $1"'
    assert not list(rule(ast.parse(code)))
