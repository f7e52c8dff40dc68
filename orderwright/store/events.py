"""Events as they are read: by order, or the latest of all."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from orderwright.objects.definition import Id
from orderwright.objects.event import Event
from orderwright.objects.identity import to_15, to_18
from orderwright.objects.registry import BY_PREFIX
from orderwright.store.database import Session

OF_ORDER = """
SELECT coalesce(json_agg(t), '[]') FROM (
    SELECT * FROM event WHERE shard = $1 AND order_summary_id = $2 AND id > $3 ORDER BY id LIMIT $4
) t
"""
# Not bound to a shard: for people who look at everything. Ids are in the order of their making only within a shard,
# so it goes by the time of creation.
LATEST = """
SELECT coalesce(json_agg(v ORDER BY v.created_date, v.id), '[]') FROM (
    SELECT * FROM event t ORDER BY t.created_date DESC, t.id DESC LIMIT $1
) v
"""


async def read_events(session: Session, shard: int, order_summary_id: Id, after: Id, most: int) -> list[Event]:
    """The events of one order that came after the event `after` (empty: all), at most `most`, in order of creation."""
    return msgspec.json.decode(await session.fetchval(OF_ORDER, shard, order_summary_id, after, most), type=list[Event])


async def read_latest_events(session: Session, most: int) -> list[Event]:
    """The latest events of all orders, in order of creation."""
    return msgspec.json.decode(await session.fetchval(LATEST, most), type=list[Event])


def published(event: Event) -> Mapping[str, Any]:
    """`event` as a subscriber sees it: ids in their long form, an opaque ReplayId, and a UUID that stays the same.

    Source: data-model.yaml#events.common (documented).
    """
    return {
        "CreatedDate": event.created_date,
        "CreatedById": _long(event.created_by_id),
        "EventUuid": str(uuid.uuid5(uuid.NAMESPACE_OID, event.id)),
        "ReplayId": event.id,
        **{name: _long(value) if name.endswith("Id") else value for name, value in event.payload.items()},
    }


def _long(value: Any) -> Any:
    record_id = to_15(value) if isinstance(value, str) else None
    return to_18(record_id) if record_id is not None and record_id[:3] in BY_PREFIX else value
