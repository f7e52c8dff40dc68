"""Wake-ups for the workers: sent outside the transactions that left the work, many together (decisions.md S9)."""

from __future__ import annotations

import asyncio
import logging

import asyncpg

from orderwright.store.database import Database

CHANNEL = "orderwright_work"
REST_SECONDS = 0.005
"""How long after a wake-up the next one waits: what is asked for meanwhile goes in one."""

_log = logging.getLogger(__name__)


class Wake:
    """Tells the workers that there is work. `signal` never waits and never fails: the relay also looks by itself."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def signal(self) -> None:
        """Ask for a wake-up soon."""
        self._wanted.set()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._database.side.execute("SELECT pg_notify($1, '')", CHANNEL)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("no wake-up could be sent, the workers will look by themselves: %s", error)
            await asyncio.sleep(REST_SECONDS)

    async def close(self) -> None:
        """Send no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
