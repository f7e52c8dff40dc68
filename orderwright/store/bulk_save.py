"""Records of many shards -> rows, one statement per table: what `save.write` does for one shard.

Only for transactions that may touch many shards; docs/why/one-transaction-one-shard.md lists them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from orderwright.objects.definition import Id, SObject, sql_type
from orderwright.objects.registry import BY_NAME
from orderwright.store import statements
from orderwright.store.database import Session

Changes = Sequence[tuple[SObject, SObject]]
_JSON = (dict, list)


async def write_across(session: Session, new: Iterable[SObject], changed: Iterable[tuple[SObject, SObject]]) -> None:
    """Insert `new` (complete records) and update `changed` (before, after), parents before children."""
    inserts: dict[str, list[SObject]] = {}
    updates: dict[str, list[tuple[SObject, SObject]]] = {}
    for record in new:
        inserts.setdefault(type(record).__name__, []).append(record)
    for before, after in changed:
        updates.setdefault(type(after).__name__, []).append((before, after))
    for name in statements.write_order():
        if name in inserts:
            await _insert(session, name, inserts[name])
        if name in updates:
            await _update(session, name, updates[name])


async def _insert(session: Session, name: str, records: Sequence[SObject]) -> None:
    connection: Any = session
    definition = BY_NAME[name]
    columns = tuple(definition.stored)
    ordered = sorted(records, key=_place)
    rows = [[_parameter(getattr(record, column)) for column in columns] for record in ordered]
    await connection.copy_records_to_table(definition.table, records=rows, columns=columns)


def _place(record: SObject) -> tuple[int, Id]:
    """Rows are written in the order of shards and ids, so that two of us cannot deadlock."""
    return record.shard, record.id


async def _update(session: Session, name: str, pairs: Changes) -> None:
    definition = BY_NAME[name]
    columns = tuple(
        column
        for column in definition.stored
        if any(getattr(before, column) != getattr(after, column) for before, after in pairs)
    )
    if not columns:
        return
    after = sorted((after for _, after in pairs), key=_place)
    values = [[_parameter(getattr(record, column)) for record in after] for column in columns]
    shards, ids = [record.shard for record in after], [record.id for record in after]
    await session.execute(_update_statement(name, columns), shards, ids, *values)


@functools.lru_cache(512)
def _update_statement(name: str, columns: tuple[str, ...]) -> str:
    definition = BY_NAME[name]
    arrays = ", ".join(f"${n}::{sql_type(definition.stored[c].type)}[]" for n, c in enumerate(columns, 3))
    names = ", ".join(f'"{column}"' for column in columns)
    assignments = ", ".join(f'"{column}" = v."{column}"' for column in columns)
    return (
        f'UPDATE "{definition.table}" t SET {assignments} '
        f"FROM unnest($1::smallint[], $2::text[], {arrays}) AS v (shard, id, {names}) "
        "WHERE t.shard = v.shard AND t.id = v.id"
    )


def _parameter(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, _JSON) else value
