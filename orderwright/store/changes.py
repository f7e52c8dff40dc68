"""Which records of an object were changed or deleted in a span of time, over all shards."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence

from orderwright.objects.definition import Id
from orderwright.objects.registry import BY_NAME
from orderwright.store.database import Session

MOST_IDS = 600_000

OLDEST_WRITER = """
SELECT clock_timestamp() - min(xact_start) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""


async def changed_ids(session: Session, object_: str, start: dt.datetime, end: dt.datetime) -> list[Id]:
    """The records made or changed from `start` until before `end` that are not deleted, one more than `MOST_IDS`."""
    rows = await session.fetch(_statement(object_, deleted=False), start, end, MOST_IDS + 1)
    return [row[0] for row in rows]


async def deleted_ids(
    session: Session, object_: str, start: dt.datetime, end: dt.datetime
) -> Sequence[tuple[Id, dt.datetime]]:
    """The records deleted from `start` until before `end`, with the moment; one more than `MOST_IDS`.

    Nothing changes a deleted record, so its last change is its deletion.
    """
    rows = await session.fetch(_statement(object_, deleted=True), start, end, MOST_IDS + 1)
    return [(row[0], row[1]) for row in rows]


async def still_writing_for(session: Session) -> dt.timedelta:
    """How long the oldest transaction that writes has been at it: what it writes bears the time of its start."""
    found: dt.timedelta | None = await session.fetchval(OLDEST_WRITER)
    return max(found or dt.timedelta(0), dt.timedelta(0))


@functools.cache
def _statement(object_: str, *, deleted: bool) -> str:
    kept = "t.is_deleted" if deleted else "NOT t.is_deleted"
    return (
        f'SELECT t.id, t.system_modstamp FROM "{BY_NAME[object_].table}" t '
        f"WHERE {kept} AND t.system_modstamp >= $1 AND t.system_modstamp < $2 ORDER BY t.system_modstamp, t.id LIMIT $3"
    )
