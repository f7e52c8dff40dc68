"""Plain reads of records by id, across shards: reference data that a decision looks at and never changes."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from orderwright.objects.definition import Id, SObject
from orderwright.objects.registry import BY_NAME
from orderwright.store.database import Session
from orderwright.store.ids import shard_of
from orderwright.store.transaction import MOVABLE

S = TypeVar("S", bound=SObject)


async def read_records(session: Session, record: type[S], ids: Sequence[Id]) -> list[S]:
    """The records with these ids that exist, in no order."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    rows = await session.fetchval(_statement(record.__name__), [shard_of(i) for i in wanted], wanted)
    found: list[S] = msgspec.json.decode(rows, type=list[record])  # type: ignore[valid-type]  # a type by name
    return found


@functools.cache
def _statement(object_: str) -> str:
    table = BY_NAME[object_].table
    return (
        f"SELECT coalesce(json_agg(t), '[]') FROM unnest($1::smallint[], $2::text[]) AS v (shard, id) "
        f'JOIN "{table}" t ON t.shard = v.shard AND t.id = v.id WHERE NOT t.is_deleted'
    )


async def read_found(session: Session, record: type[S], ids: Sequence[Id]) -> list[S]:
    """As `read_records`; payment records that moved to their order's shard are found there."""
    found = await read_records(session, record, ids)
    left = list(set(ids) - {each.id for each in found})
    if not left or record.ABOUT.key_prefix not in MOVABLE:
        return found
    rows = await session.fetch(MOVED, [shard_of(i) for i in left], left)
    if not rows:
        return found
    shards, moved = [row["to_shard"] for row in rows], [row["id"] for row in rows]
    text = await session.fetchval(_statement(record.__name__), shards, moved)
    more: list[S] = msgspec.json.decode(text, type=list[record])  # type: ignore[valid-type]  # a type by name
    return found + more


MOVED = """
SELECT f.id, f.to_shard FROM unnest($1::smallint[], $2::text[]) AS v (shard, id)
JOIN forwarding f ON f.shard = v.shard AND f.id = v.id
"""
