"""Many aggregates locked and loaded by two statements, whatever shards they are in."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TypeVar

from orderwright.objects.definition import Id, SObject
from orderwright.objects.registry import BY_NAME
from orderwright.store.database import Session
from orderwright.store.ids import shard_of
from orderwright.store.load import Loader
from orderwright.store.records import read_records

W = TypeVar("W")

S = TypeVar("S", bound=SObject)

_LOCK = """
SELECT count(*) FROM (
    SELECT FROM unnest($1::smallint[], $2::text[]) v (shard, id)
    JOIN "{table}" t ON t.shard = v.shard AND t.id = v.id
    WHERE NOT t.is_deleted ORDER BY t.shard, t.id FOR UPDATE OF t
) q
"""


async def lock_many(session: Session, loader: Loader[W], root_ids: Iterable[Id]) -> list[W]:
    """The aggregates of those `root_ids` that exist, locked until the transaction ends (decisions.md S7)."""
    ids = sorted(set(root_ids))
    if not ids:
        return []
    shards = [shard_of(root_id) for root_id in ids]
    await session.fetchval(_LOCK.format(table=BY_NAME[loader.root].table), shards, ids)
    return [loader.decode(row[0]) for row in await session.fetch(_load(loader.statement), shards, ids)]


async def lock_records(session: Session, record: type[S], ids: Iterable[Id]) -> list[S]:
    """Those of the records that exist, locked until the transaction ends."""
    wanted = sorted(set(ids))
    shards = [shard_of(record_id) for record_id in wanted]
    await session.fetchval(_LOCK.format(table=BY_NAME[record.__name__].table), shards, wanted)
    return await read_records(session, record, wanted)


@functools.cache
def _load(statement: str) -> str:
    """A loader's statement, asked for each of many roots."""
    one = statement.replace("$1", "v.shard").replace("$2", "v.id")
    return f"SELECT one.* FROM unnest($1::smallint[], $2::text[]) v (shard, id) CROSS JOIN LATERAL ({one}) one"
