"""The newest records that a user made, found without an index of their own.

Ids begin with the time, so the newest of a shard stand at the end of its primary key: a look at the end of every shard
costs the same however many records there are.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence

from orderwright.objects.definition import Id
from orderwright.objects.registry import BY_NAME
from orderwright.store.database import Session
from orderwright.store.ids import BUCKETS

AMONG = 20
"""How many of the newest records of each shard are looked at: somebody else's newer ones may stand before mine."""


async def newest_of(
    session: Session, objects: Sequence[str], user_id: Id, most: int
) -> list[tuple[str, Id, str | None, dt.datetime]]:
    """Object, id, name and time of the records of `objects` that the user made last, newest first."""
    found: list[tuple[str, Id, str | None, dt.datetime]] = []
    for object_ in objects:
        rows = await session.fetch(_statement(object_), user_id, most)
        found += [(object_, row[0], row[1], row[2]) for row in rows]
    return sorted(found, key=lambda item: (item[3], item[1]), reverse=True)[:most]


@functools.cache
def _statement(object_: str) -> str:
    definition = BY_NAME[object_]
    name = definition.by_wire_name.get(definition.about.name_field.lower())
    shown = definition.expression(name.name) if name is not None else "NULL"
    return (
        f"SELECT n.id, n.name, n.created_date FROM generate_series(0, {BUCKETS - 1}) AS s (shard) "
        f"CROSS JOIN LATERAL (SELECT t.id, {shown} AS name, t.created_date, t.created_by_id, t.is_deleted "
        f'FROM "{definition.table}" t WHERE t.shard = s.shard ORDER BY t.id DESC LIMIT {AMONG}) n '
        f"WHERE n.created_by_id = $1 AND NOT n.is_deleted ORDER BY n.created_date DESC, n.id DESC LIMIT $2"
    )
