"""What a database limits, and how much of it is used."""

from __future__ import annotations

from collections.abc import Mapping

from orderwright.store.database import Session
from orderwright.store.ids import NODES

USED = """
SELECT current_setting('max_connections')::int AS connections,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connected,
       (SELECT count(*) FROM node_lease WHERE expires_at > now()) AS processes
"""

# The rows of this process and those that are a day old are its to change; what others count, they add to their own.
COUNT_REQUESTS = """
WITH counted AS (
    INSERT INTO request_count AS c (hour, node, requests) SELECT date_trunc('hour', now()), $1, $2::bigint WHERE $2 > 0
    ON CONFLICT (hour, node) DO UPDATE SET requests = c.requests + excluded.requests
), old AS (
    DELETE FROM request_count WHERE hour <= date_trunc('hour', now()) - interval '24 hours'
)
SELECT coalesce(sum(requests), 0)::bigint + $2::bigint FROM request_count
WHERE hour > date_trunc('hour', now()) - interval '24 hours'
"""


async def read_limits(session: Session) -> Mapping[str, tuple[int, int]]:
    """The most there can be and what is in use, by name: connections of the database server, processes on the data."""
    row = await session.fetchrow(USED)
    if row is None:
        return {}
    return {
        "ConcurrentDatabaseConnections": (row["connections"], row["connected"]),
        "ConcurrentProcesses": (NODES, row["processes"]),
    }


async def count_requests(session: Session, node: int, more: int) -> int:
    """Add `more` requests to those that the process `node` has answered; returns those of all processes.

    They are counted for 24 hours, the hour that has begun among them.
    """
    return int(await session.fetchval(COUNT_REQUESTS, node, more))
