"""Rows on their way into their table: copied to a temporary one, whose columns are texts, that ends with the
transaction.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from orderwright.store.database import Session

_CREATE = """
CREATE TEMPORARY TABLE IF NOT EXISTS "{name}" (number integer NOT NULL, id text COLLATE "C"{columns})
ON COMMIT DELETE ROWS
"""


def staged(width: int, keys: int = 0) -> str:
    """The name of the temporary table for rows of `width` values and `keys` unique ones."""
    return f"bulk_staged_{width}_{keys}"


@functools.lru_cache(512)
def _columns(width: int, keys: int) -> tuple[str, ...]:
    unique = [name for key in range(keys) for name in (f"k{key}", f"h{key}")]
    return ("number", "id", *(f"c{column}" for column in range(width)), *unique)


@functools.lru_cache(512)
def _create(width: int, keys: int) -> str:
    values = "".join(f', c{column} text COLLATE "C"' for column in range(width))
    unique = "".join(f', k{key} text COLLATE "C", h{key} smallint' for key in range(keys))
    return _CREATE.format(name=staged(width, keys), columns=values + unique)


async def stage(session: Session, rows: Iterable[Sequence[Any]], width: int, keys: int = 0) -> str:
    """Copy rows (number, id, values, and key and shard of each unique value) to the temporary table; returns its name.

    What was in it is gone: a transaction may stage one part of its rows after the other.
    """
    connection: Any = session
    name = staged(width, keys)
    await session.execute(_create(width, keys))
    await session.execute(f'TRUNCATE "{name}"')
    await connection.copy_records_to_table(name, records=rows, columns=_columns(width, keys), schema_name="pg_temp")
    return name
