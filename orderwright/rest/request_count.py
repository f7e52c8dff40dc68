"""How many requests were answered in the last 24 hours, by all processes together: `Sforce-Limit-Info`, and `/limits`.

A process counts in its memory, and every few seconds adds what it has to its own row and reads the sum of all. So its
own requests are in the number at once, those of other processes within `ROUND_SECONDS`. That is true time, whatever the
clock of the instance shows: the limit protects the machine.

Source: REST API guide, "Sforce-Limit-Info" and "Limits" (documented); a number that lags behind is documented, too.
"""

from __future__ import annotations

import asyncio
import logging
import time

import asyncpg

from orderwright.rest.errors import too_many_requests
from orderwright.store.database import Database
from orderwright.store.limits import count_requests

ROUND_SECONDS = 5
HEADER = "Sforce-Limit-Info"

_log = logging.getLogger(__name__)


class RequestCount:
    """The requests of the last 24 hours, and the most that may be. A round is made when requests come, not else."""

    def __init__(self, database: Database, most: int) -> None:
        self._database = database
        self.most = most
        self._told = 0
        self._untold = 0
        self._round_at: float | None = None
        self._round: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    @property
    def used(self) -> int:
        """The requests of the last 24 hours, the one that asks among them."""
        return self._told + self._untold

    @property
    def header(self) -> str:
        """What `Sforce-Limit-Info` says."""
        return f"api-usage={self.used}/{self.most}"

    async def add(self) -> None:
        """Count a request. Only the first one waits, for what was counted before. Raises HttpError for one too many."""
        self._untold += 1
        if self._round_at is None:
            await self.refresh()
        elif time.monotonic() - self._round_at >= ROUND_SECONDS and self._round is None:
            self._round = asyncio.create_task(self._refresh_apart())
        if self.used > self.most:
            raise too_many_requests(self.most)

    async def refresh(self) -> None:
        """Tell what was counted here, and learn what was elsewhere. Without the database the next round does it."""
        async with self._turn:
            self._round_at = time.monotonic()
            more = self._untold
            try:
                self._told = await count_requests(self._database.main, self._database.node, more)
                self._untold -= more
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("requests could not be counted, the next round will do it: %s", error)

    async def _refresh_apart(self) -> None:
        try:
            await self.refresh()
        finally:
            self._round = None

    async def close(self) -> None:
        """Tell the last ones."""
        if self._round is not None:
            await self._round
        if self._untold:
            await self.refresh()
