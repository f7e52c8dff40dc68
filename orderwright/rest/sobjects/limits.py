"""GET /limits: what this installation really limits, and how much of it is left."""

from __future__ import annotations

from orderwright.rest.context import Context
from orderwright.store.limits import read_limits


async def list_limits(context: Context) -> dict[str, dict[str, int]]:
    """Lists limits by name, each with its Max and what Remains: requests in 24 hours (`ORDERWRIGHT_DAILY_REQUESTS`),
    connections of the database and processes on it.

    The requests are those that the header Sforce-Limit-Info of every answer tells, too.
    """
    await context.requests.refresh()
    async with context.reading() as session:
        found = await read_limits(session)
    requests = {"DailyApiRequests": (context.requests.most, context.requests.used)}
    return {
        name: {"Max": most, "Remaining": max(0, most - used)} for name, (most, used) in (requests | dict(found)).items()
    }
