"""Statements per lifecycle, as PostgreSQL itself logs them: how many, and which take the time."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

LOG_SETTINGS = {"log_min_duration_statement": "0", "log_line_prefix": "bench|%d|%p|"}
LINE = re.compile(r"bench\|orderwright\|(\d+)\|LOG:  duration: ([\d.]+) ms  (parse|bind|execute|statement)[^:]*: (.*)")
FLUSH_SECONDS = 0.2


@dataclass
class Spent:
    """How often a statement was executed, and the milliseconds PostgreSQL took for it: parsing, planning, executing."""

    executed: int = 0
    milliseconds: float = 0.0


@dataclass
class StatementLog:
    """What was logged in the block."""

    spent: dict[str, Spent] = field(default_factory=dict)
    commits: int = 0
    """Transactions, also those of one statement and those that only read."""

    @property
    def executed(self) -> int:
        return sum(each.executed for each in self.spent.values())

    def dearest(self, count: int) -> list[tuple[str, Spent]]:
        """The statements that took longest altogether, the longest first."""
        return sorted(self.spent.items(), key=lambda item: -item[1].milliseconds)[:count]


@asynccontextmanager
async def statement_log(connection: asyncpg.Connection, log: Path) -> AsyncIterator[StatementLog]:
    """Log all statements during the block; what is yielded is filled when it ends."""
    found = StatementLog()
    await _set(connection, LOG_SETTINGS)
    start = len(_content(log))
    try:
        yield found
    finally:
        await asyncio.sleep(FLUSH_SECONDS)
        tally(found, _content(log)[start:].decode(errors="replace"))
        await _set(connection, dict.fromkeys(LOG_SETTINGS))


def _content(log: Path) -> bytes:
    return log.read_bytes()


async def _set(connection: asyncpg.Connection, settings: dict[str, str] | dict[str, None]) -> None:
    for name, value in settings.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'" if value else f"ALTER SYSTEM RESET {name}")
    await connection.execute("SELECT pg_reload_conf()")
    await asyncio.sleep(FLUSH_SECONDS)


def tally(found: StatementLog, text: str) -> None:
    """Add to `found` what a log of `LOG_SETTINGS` says."""
    spent: dict[str, Spent] = defaultdict(Spent)
    begun: set[str] = set()
    for session, milliseconds, phase, statement in _entries(text):
        each = spent[statement]
        each.milliseconds += milliseconds
        if phase in {"execute", "statement"}:
            each.executed += 1
            found.commits += _ends_transaction(begun, session, statement)
    found.spent = dict(spent)


def _ends_transaction(begun: set[str], session: str, statement: str) -> bool:
    """Whether the session is outside a transaction after the statement; `begun` are the sessions inside one."""
    if statement.startswith("BEGIN"):
        begun.add(session)
    elif statement.startswith(("COMMIT", "ROLLBACK")):
        begun.discard(session)
    return session not in begun


def _entries(text: str) -> Iterator[tuple[str, float, str, str]]:
    # A statement of several lines goes on in lines that begin with a tab.
    for line in re.sub(r"\n\t[ \t]*", " ", text).splitlines():
        found = LINE.match(line)
        if found and "ALTER SYSTEM" not in found[4] and "pg_reload_conf" not in found[4]:
            yield found[1], float(found[2]), found[3], found[4].strip()
