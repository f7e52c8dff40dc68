"""Which of many records exist, asked in one statement, whatever objects and shards they belong to."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import msgspec

from orderwright.objects.definition import Id, SObject
from orderwright.objects.registry import BY_NAME, definition_of
from orderwright.store.database import Session
from orderwright.store.ids import shard_of
from orderwright.store.transaction import MOVABLE

READ_WHOLE = frozenset({"PricebookEntry", "OrderItem"})
"""Objects of which a writer needs more than their existence."""

_IDS = "unnest(${shards}::smallint[], ${ids}::text[]) AS v (shard, id)"
_HERE = 'SELECT t.id, {row} FROM {ids} JOIN "{table}" t ON t.shard = v.shard AND t.id = v.id WHERE NOT t.is_deleted'
_MOVED = "SELECT f.id, NULL FROM {ids} JOIN forwarding f ON f.shard = v.shard AND f.id = v.id"


async def find_existing(session: Session, ids: Iterable[Id]) -> dict[Id, SObject | None]:
    """Those of `ids` that exist, with the record itself for objects in `READ_WHOLE` and None for others."""
    wanted: dict[str, list[Id]] = {}
    for record_id in ids:
        definition = definition_of(record_id)
        if definition is not None:
            wanted.setdefault(definition.name, []).append(record_id)
    if not wanted:
        return {}
    parameters: list[object] = []
    for name in sorted(wanted):
        parameters += [[shard_of(record_id) for record_id in wanted[name]], wanted[name]]
    rows = await session.fetch(statement(tuple(sorted(wanted))), *parameters)
    return {row[0]: _record(row[0], row[1]) for row in rows}


def _record(record_id: Id, row: str | None) -> SObject | None:
    definition = definition_of(record_id)
    return msgspec.json.decode(row, type=definition.record) if row is not None and definition is not None else None


@functools.lru_cache(512)
def statement(objects: tuple[str, ...]) -> str:
    """The statement for records of `objects`: two parameters for each, the shards and the ids."""
    parts = []
    for place, name in enumerate(objects):
        definition = BY_NAME[name]
        ids = _IDS.format(shards=2 * place + 1, ids=2 * place + 2)
        row = "row_to_json(t)::text" if name in READ_WHOLE else "NULL"
        parts.append(_HERE.format(row=row, ids=ids, table=definition.table))
        if definition.about.key_prefix in MOVABLE:
            parts.append(_MOVED.format(ids=ids))
    return " UNION ALL ".join(parts)
