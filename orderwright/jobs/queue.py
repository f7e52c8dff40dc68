"""The queue that carries jobs: pgqueuer, its tables in schema `queue`, without its trigger."""

from __future__ import annotations

import datetime as dt
import json

import asyncpg
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.queries import Queries

# model_construct: as a pydantic settings class it would also read variables like CHANNEL from the environment.
SETTINGS = DBSettings.model_construct(db_schema="queue")


class WakingDriver(AsyncpgPoolDriver):
    """pgqueuer's driver, which can also be woken from inside the process: what a NOTIFY would say is said directly.

    A subclass because pgqueuer offers no other way to reach its listener.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self._callbacks: list[object] = []

    async def add_listener(self, channel: str, callback: object) -> None:
        self._callbacks.append(callback)
        await super().add_listener(channel, callback)  # type: ignore[arg-type]  # pgqueuer's own callback type

    def wake(self, now: dt.datetime) -> None:
        """Make the queue look for jobs now."""
        event = json.dumps(
            {
                "channel": SETTINGS.channel,
                "operation": "insert",
                "sent_at": now.isoformat(),
                "table": SETTINGS.queue_table,
                "type": "table_changed_event",
            }
        )
        for callback in self._callbacks:
            callback(event)  # type: ignore[operator]  # pgqueuer's own callback type


def queries(driver: WakingDriver) -> Queries:
    """pgqueuer's operations on the tables in schema `queue`."""
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(SETTINGS),
        qbq=QueryQueueBuilder(SETTINGS),
        qbs=QuerySchedulerBuilder(SETTINGS),
    )
