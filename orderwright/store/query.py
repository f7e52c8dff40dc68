"""Queries: the statement of a plan is asked in a READ ONLY transaction with a time limit.

A query that has more rows than one answer holds is asked once more, into a table: its pages are read from there, so
they are all of the same moment (docs/why/queries.md). That transaction writes, and nothing but the rows it found.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import math
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

from orderwright.objects.definition import Id
from orderwright.objects.identity import to_15, to_18
from orderwright.soql.compile import Plan
from orderwright.soql.errors import InvalidQueryLocator, OperationTooLarge, QueryTimeout, QueryTooComplicated
from orderwright.store.database import Database, Session

PAGE_LIMIT_SECONDS, KEEP_LIMIT_SECONDS = 30, 120
SEARCH_LIMIT_SECONDS = 20
"""Of all the queries of one search together."""
MOST_KEPT_ROWS = 1_000_000
MOST_CURSORS = 10
"""Of one user; the oldest gives way (documented)."""

KEPT_FOR = dt.timedelta(hours=1)
"""How long rows are kept after they were last asked for."""

CURSOR_PREFIX = "01g"

_DECODER = msgspec.json.Decoder(float_hook=Decimal)

# The plan of a query that looks at many rows is made for its values, and may read whole tables; one that names its
# record by id is planned once and for all, as everything else here (`ONE_PLAN` in database.py).
_LIMIT = "SET LOCAL statement_timeout = {seconds}000"
_FOR_MANY = "; SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = on; SET LOCAL jit = off"
_AS_BEFORE = (
    "SET LOCAL statement_timeout TO DEFAULT; SET LOCAL plan_cache_mode TO DEFAULT; SET LOCAL enable_seqscan TO DEFAULT"
)

Row = list[Any]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Rows that are kept: those of a query, or the children of one record in it."""

    id: Id
    statement: str
    """The text of the query."""
    part: str
    all_rows: bool
    shape: str
    batch_size: int
    row_count: int

    def locator(self, start: int) -> str:
        """How the rows from `start` on are asked for."""
        return f"{to_18(self.id)}-{start}"


class Deadline:
    """The end of a time that several queries share."""

    def __init__(self, seconds: int) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left_seconds(self) -> int:
        """What is left of it, at least one second: then the last of them is ended by it."""
        return max(1, math.ceil(self._end - time.monotonic()))


@contextlib.asynccontextmanager
async def limited(session: Session, plan: Plan, seconds: int, *, writes: bool = False) -> AsyncIterator[None]:
    """A transaction, READ ONLY unless it `writes`, in which no statement takes longer than `seconds`.

    Inside another transaction it is a part of that one. Raises QueryTimeout or QueryTooComplicated.
    """
    connection: Any = session
    is_part = connection.is_in_transaction()
    try:
        async with connection.transaction(readonly=not writes and not is_part):
            await connection.execute(_LIMIT.format(seconds=seconds) + ("" if plan.is_selective else _FOR_MANY))
            yield
            if is_part:
                await connection.execute(_AS_BEFORE)
    except asyncpg.QueryCanceledError:
        raise QueryTimeout(
            f"the query took longer than {seconds} seconds; name records by id, or filter by fewer text patterns"
        ) from None
    except (asyncpg.StatementTooComplexError, asyncpg.ProgramLimitExceededError):
        raise QueryTooComplicated("the query is too large to be carried out; ask for less at once") from None


async def ask(session: Session, plan: Plan, arguments: Sequence[Any], seconds: int = PAGE_LIMIT_SECONDS) -> list[Row]:
    """The rows of a plan, as its shape takes them. Raises QueryTimeout after `seconds`."""
    async with limited(session, plan, seconds):
        rows: list[Row] = _DECODER.decode(await session.fetchval(plan.page, *arguments))
    return rows


async def count(session: Session, plan: Plan, arguments: Sequence[Any]) -> int:
    """The number that the plan of a COUNT() finds."""
    async with limited(session, plan, PAGE_LIMIT_SECONDS):
        return int(await session.fetchval(plan.page, *arguments))


async def explain(session: Session, plan: Plan, arguments: Sequence[Any]) -> dict[str, Any]:
    """How PostgreSQL would carry the plan out: its own tree of steps."""
    async with limited(session, plan, PAGE_LIMIT_SECONDS):
        found = _DECODER.decode(await session.fetchval(f"EXPLAIN (FORMAT JSON) {plan.rows}", *arguments))
    tree: dict[str, Any] = found[0]["Plan"]
    return tree


async def rows_in_table(session: Session, table: str) -> int:
    """How many rows a table has, as PostgreSQL last counted."""
    return max(
        0, int(await session.fetchval("SELECT reltuples FROM pg_class WHERE oid = $1::text::regclass", f'"{table}"'))
    )


# --- rows that are kept -----------------------------------------------------------------------------------------------

_KEEP_ROWS = """
INSERT INTO query.row (cursor_id, number, row)
SELECT {cursor}::text, row_number() OVER () - 1, q.row FROM ({rows}) q
"""
_KEEP = """
INSERT INTO query.cursor
    (id, user_id, statement, part, all_rows, shape, batch_size, row_count, created_date, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_FORGET = """
DELETE FROM query.cursor WHERE expires_at < $1 OR id IN (
    SELECT id FROM query.cursor WHERE user_id = $2 ORDER BY created_date DESC, id DESC OFFSET $3
) RETURNING id
"""
_FIND = """
UPDATE query.cursor SET expires_at = $4 WHERE id = $1 AND user_id = $2 AND expires_at >= $3
RETURNING statement, part, all_rows, shape, batch_size, row_count
"""
_PAGE = """
SELECT coalesce(json_agg(r.row ORDER BY r.number), '[]') FROM query.row r
WHERE r.cursor_id = $1 AND r.number >= $2 AND r.number < $3
"""


def shape_of(plan: Plan) -> str:
    """What tells whether rows that were kept are read as they were made."""
    return hashlib.sha256(plan.rows.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whose rows are kept, of which query, and when."""

    database: Database
    user_id: Id
    statement: str
    all_rows: bool
    batch_size: int
    now: dt.datetime


async def keep(session: Session, plan: Plan, arguments: Sequence[Any], keeping: Keeping) -> Cursor:
    """Keep all rows of a plan. Raises OperationTooLarge for more than are kept of one query."""
    cursor_id = keeping.database.ids.new_id(CURSOR_PREFIX, 0)
    statement = _KEEP_ROWS.format(cursor=f"${len(arguments) + 1}", rows=plan.rows)
    async with limited(session, plan, KEEP_LIMIT_SECONDS, writes=True):
        done = await session.execute(statement, *arguments, cursor_id)
        row_count = int(done.rpartition(" ")[2])
        if row_count > MOST_KEPT_ROWS:
            raise OperationTooLarge(f"the query has more than {MOST_KEPT_ROWS} rows; ask for them in parts")
        return await _kept(session, cursor_id, plan, row_count, "", keeping)


async def keep_children(session: Session, plan: Plan, part: str, rows: Sequence[Any], keeping: Keeping) -> Cursor:
    """Keep the children of one record, which an answer holds only some of."""
    cursor_id = keeping.database.ids.new_id(CURSOR_PREFIX, 0)
    connection: Any = session
    async with limited(session, plan, KEEP_LIMIT_SECONDS, writes=True):
        records = [(cursor_id, number, _JSON.encode(row).decode()) for number, row in enumerate(rows)]
        columns = ("cursor_id", "number", "row")
        await connection.copy_records_to_table("row", schema_name="query", records=records, columns=columns)
        return await _kept(session, cursor_id, plan, len(rows), part, keeping)


_JSON = msgspec.json.Encoder(decimal_format="number")


async def _kept(session: Session, cursor_id: Id, plan: Plan, row_count: int, part: str, keeping: Keeping) -> Cursor:
    shape, now = shape_of(plan), keeping.now
    await session.execute(
        _KEEP, cursor_id, keeping.user_id, keeping.statement, part, keeping.all_rows, shape, keeping.batch_size,
        row_count, now, now + KEPT_FOR,
    )  # fmt: skip
    forgotten = [row["id"] for row in await session.fetch(_FORGET, now, keeping.user_id, MOST_CURSORS)]
    if forgotten:
        await session.execute("DELETE FROM query.row WHERE cursor_id = ANY ($1)", forgotten)
    return Cursor(cursor_id, keeping.statement, part, keeping.all_rows, shape, keeping.batch_size, row_count)


async def find_cursor(session: Session, locator: str, user_id: Id, now: dt.datetime) -> tuple[Cursor, int]:
    """The rows that a locator names, and where in them it points; they are kept longer now.

    Raises InvalidQueryLocator for none, those of another user, and those that were not asked for in time.
    """
    text, _, start = locator.rpartition("-")
    cursor_id = to_15(text)
    found = None
    if cursor_id is not None and start.isascii() and start.isdigit() and len(start) < 10:
        found = await session.fetchrow(_FIND, cursor_id, user_id, now, now + KEPT_FOR)
    if found is None or cursor_id is None or int(start) >= found["row_count"]:
        raise InvalidQueryLocator(f"invalid query locator '{locator[:50]}'; it may have expired: send the query again")
    return Cursor(cursor_id, **dict(found)), int(start)


async def page_of(session: Session, cursor: Cursor, start: int, size: int) -> list[Row]:
    """The rows from `start` on, at most `size`."""
    rows: list[Row] = _DECODER.decode(await session.fetchval(_PAGE, cursor.id, start, start + size))
    return rows
