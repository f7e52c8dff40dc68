"""The connection to PostgreSQL: two pools, and leases of node numbers and number blocks.

`main` serves transactions; `side` serves what must never wait for them: leases and wake-ups.
Everything above this module talks to a `Session`, so the driver can be replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

import asyncpg

from orderwright.store.ids import NODES, IdSource

LEASE_SECONDS = 600
QUARANTINE_SECONDS = 5
"""How long a node number rests after its holder ended: longer than ids may run ahead of the clock."""

Row = Any


class Session(Protocol):
    """One connection inside one transaction."""

    async def fetch(self, query: str, *args: object) -> Sequence[Row]: ...
    async def fetchrow(self, query: str, *args: object) -> Row | None: ...
    async def fetchval(self, query: str, *args: object) -> Any: ...
    async def execute(self, query: str, *args: object) -> str: ...


class Database:
    """The pools of one process, and what it holds on lease. Open with `Database.open`, end with `close`."""

    def __init__(self, url: str, main: asyncpg.Pool, side: asyncpg.Pool) -> None:
        self.url = url
        self.main = main
        self.side = side
        self.ids: IdSource
        self.holder = uuid.uuid4()
        self._node = -1
        self._numbers: dict[str, tuple[int, int]] = {}
        self._number_lock = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, *, connections: int = 8) -> Database:
        """Connect to `url` and lease a node number. Raises OSError or asyncpg.PostgresError when it cannot."""
        main = await create_pool(url, 1, connections, ONE_PLAN)
        side = await create_pool(url, 0, 2)
        database = cls(url, main, side)
        await database.lease_node()
        return database

    async def lease_node(self) -> None:
        """Take a node number nobody holds, and keep it until `close`."""
        for node in range(NODES):
            if await self.side.fetchval(TAKE_NODE, node, self.holder, dt.timedelta(seconds=LEASE_SECONDS)):
                self._node, self.ids = node, IdSource(node)
                self._renewal = asyncio.create_task(self._renew())
                return
        raise RuntimeError(f"all {NODES} node numbers are leased; stop some processes or wait {LEASE_SECONDS} seconds")

    @property
    def node(self) -> int:
        """The number that no other process has while this one runs."""
        return self._node

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            with contextlib.suppress(OSError, asyncpg.PostgresError):
                await self.side.execute(KEEP_NODE, self._node, self.holder, dt.timedelta(seconds=LEASE_SECONDS))

    async def numbers(self, object_: str, count: int, block: int) -> range:
        """`count` consecutive readable numbers for `object_`, from a block leased in steps of `block` (S6)."""
        async with self._number_lock:
            first, end = self._numbers.get(object_, (0, 0))
            if end - first < count:
                size = max(count, block)
                end = int(await self.side.fetchval(TAKE_NUMBERS, object_, size))
                first = end - size
            self._numbers[object_] = (first + count, end)
            return range(first, first + count)

    async def close(self) -> None:
        """Give the lease back and close the pools."""
        if self._renewal is not None:
            self._renewal.cancel()
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self.side.execute(KEEP_NODE, self._node, self.holder, dt.timedelta(seconds=QUARANTINE_SECONDS))
        await self.main.close()
        await self.side.close()


ONE_PLAN = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
"""Every hot statement goes by shard and key: the first plan is the last one. Else PostgreSQL plans the first five runs
of each statement in each session anew, which costs more than the statement itself. And a plan that was made while a
table was small must still be right when it is large: so it looks things up from the start.
"""

TAKE_NODE = """
INSERT INTO node_lease AS held (node, holder, expires_at) VALUES ($1, $2, now() + $3)
ON CONFLICT (node) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
WHERE held.expires_at < now()
RETURNING node IS NOT NULL
"""
KEEP_NODE = "UPDATE node_lease SET expires_at = now() + $3 WHERE node = $1 AND holder = $2"
TAKE_NUMBERS = """
INSERT INTO number_block AS block (object, next) VALUES ($1, $2 + 1)
ON CONFLICT (object) DO UPDATE SET next = block.next + $2
RETURNING next
"""


async def create_pool(url: str, least: int, most: int, settings: Mapping[str, str] | None = None) -> asyncpg.Pool:
    """A pool whose sessions speak UTC, remember the statements they prepared, and have PostgreSQL's `settings`."""
    return await asyncpg.create_pool(
        url,
        min_size=least,
        max_size=most,
        statement_cache_size=1024,
        max_cached_statement_lifetime=0,
        reset=_leave_as_it_is,
        server_settings={"timezone": "UTC", "application_name": "orderwright", "jit": "off", **(settings or {})},
    )


async def _leave_as_it_is(_: object) -> None:
    """Save a round trip per transaction: nothing here leaves session state that would need a reset."""


@contextlib.asynccontextmanager
async def connected(url: str, *, connections: int = 8) -> AsyncIterator[Database]:
    """A `Database` for the length of a block."""
    database = await Database.open(url, connections=connections)
    try:
        yield database
    finally:
        await database.close()
