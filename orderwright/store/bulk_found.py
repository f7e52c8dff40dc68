"""The rows that a bulk query found: kept all at once, read from any row on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.objects.definition import Id
from orderwright.soql.compile import Plan
from orderwright.store.database import Session
from orderwright.store.query import limited

BLOCK = 1000
"""Rows kept together."""
LIMIT_SECONDS = 600

_KEEP = f"""
WITH kept AS (
    INSERT INTO bulk.found (batch_id, number, rows)
    SELECT {{batch}}::text, n.number / {BLOCK}, json_agg(n.row ORDER BY n.number) FROM (
        SELECT row_number() OVER () - 1 AS number, q.row FROM ({{rows}}) q
    ) n GROUP BY n.number / {BLOCK}
    RETURNING json_array_length(rows) AS count
)
SELECT coalesce(sum(count), 0) FROM kept
"""
_TEXTS = msgspec.json.Decoder(float_hook=str)
_DECIMALS = msgspec.json.Decoder(float_hook=Decimal)
_BLOCK = "SELECT rows FROM bulk.found WHERE batch_id = $1 AND number = $2"


async def keep_found(session: Session, batch_id: Id, plan: Plan, arguments: Sequence[Any]) -> int:
    """Ask the query and keep all it finds; returns how many rows. Raises QueryTimeout and QueryTooComplicated."""
    statement = _KEEP.format(batch=f"${len(arguments) + 1}", rows=plan.rows)
    async with limited(session, plan, LIMIT_SECONDS, writes=True):
        return int(await session.fetchval(statement, *arguments, batch_id))


async def found_rows(
    session: Session, batch_id: Id, start: int, end: int, *, as_text: bool
) -> AsyncIterator[list[Any]]:
    """The rows from `start` until before `end`, some at a time. A row is a list of values, as its plan shapes it;
    numbers with a fraction are texts or Decimals, with the digits they have.
    """
    decode = (_TEXTS if as_text else _DECIMALS).decode
    for number in range(start // BLOCK, (end + BLOCK - 1) // BLOCK):
        text = await session.fetchval(_BLOCK, batch_id, number)
        if text is None:
            return
        rows = decode(text)
        first = number * BLOCK
        yield rows[max(0, start - first) : end - first]
