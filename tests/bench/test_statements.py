"""Statements are counted from PostgreSQL's log."""

from bench.statements import StatementLog, tally

LOG = """\
bench|orderwright|7|LOG:  duration: 0.010 ms  statement: BEGIN;
bench|orderwright|7|LOG:  duration: 0.100 ms  bind __asyncpg_stmt_1__: SELECT 1
bench|orderwright|7|LOG:  duration: 0.200 ms  execute __asyncpg_stmt_1__: SELECT 1
bench|orderwright|7|DETAIL:  Parameters: $1 = 'LOG:  duration: 9 ms  execute x: y'
bench|orderwright|8|LOG:  duration: 1.000 ms  execute __asyncpg_stmt_2__:
\tSELECT 2
\tFROM t

bench|orderwright|7|LOG:  duration: 3.000 ms  statement: COMMIT;
bench|elsewhere|9|LOG:  duration: 3.000 ms  statement: SELECT 3
bench|orderwright|7|LOG:  duration: 3.000 ms  statement: SELECT pg_reload_conf()
"""


def test_executions_times_and_commits_are_read_from_the_log():
    found = StatementLog()
    tally(found, LOG)
    assert {text: (spent.executed, round(spent.milliseconds, 3)) for text, spent in found.spent.items()} == {
        "BEGIN;": (1, 0.01),
        "SELECT 1": (1, 0.3),
        "SELECT 2 FROM t": (1, 1.0),
        "COMMIT;": (1, 3.0),
    }
    assert (found.executed, found.commits) == (4, 2)
    assert [text for text, _ in found.dearest(2)] == ["COMMIT;", "SELECT 2 FROM t"]
