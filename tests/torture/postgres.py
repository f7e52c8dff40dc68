"""A throw-away PostgreSQL that can be killed at any moment and comes back with all it had promised to keep."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg

from orderwright.store.embedded import EmbeddedPostgres
from orderwright.store.migrate import migrate
from orderwright.store.postgres_cluster import command_of, read_pid_file

SETTINGS = ("fsync = off", "full_page_writes = off", "max_connections = 200")
"""Without waiting for the disk: only PostgreSQL dies here, and what it gave to the kernel is kept. `synchronous_commit`
stays on: without it, what was committed last would be lost with the process.
"""
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY ($1::int[])"
AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.exceptions.OperatorInterventionError)


class Postgres:
    """The server, and a connection of our own to it that nobody kills."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.crashes = 0
        self._connection: asyncpg.Connection | None = None
        self._starting: asyncio.Task[None] | None = None

    async def fetch(self, query: str, *arguments: object) -> Sequence[Any]:
        """Rows, also while the server comes back."""
        for _ in range(200):
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await asyncpg.connect(self.url)
                return await self._connection.fetch(query, *arguments)
            except AWAY:
                await asyncio.sleep(0.05)
        raise TimeoutError("PostgreSQL does not come back")

    async def terminate(self, process_ids: Sequence[int]) -> None:
        """End the sessions with these process ids, and return when they are gone."""
        while await self.fetch(TERMINATE, list(process_ids)):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.002)

    async def crash(self, *, wait: bool) -> None:
        """Kill the server as a power cut would, and start it again; `wait` until it answers."""
        await self.started()
        found = read_pid_file(self.folder / "postgres")
        if found is None:
            raise RuntimeError("no PostgreSQL runs")
        os.kill(found.process_id, signal.SIGQUIT)
        self.crashes += 1
        self._starting = asyncio.create_task(asyncio.to_thread(start_again, self.folder, found.process_id))
        if wait:
            await self.started()

    async def started(self) -> None:
        """Return once the server runs."""
        if self._starting is not None:
            # Shielded: who waits may be cancelled, the start may not.
            await asyncio.shield(self._starting)

    async def close(self) -> None:
        await self.started()
        if self._connection is not None:
            await self._connection.close()


def start_again(folder: Path, killed: int) -> None:
    """Wait for the end of the server with process id `killed`, and start it anew."""
    while any(command_of(killed) or ()):  # an ended process whose exit status nobody read has an empty command
        time.sleep(0.002)
    EmbeddedPostgres.open(folder).close()


@contextlib.asynccontextmanager
async def throw_away_postgres() -> AsyncIterator[Postgres]:
    """A migrated, empty database in a temporary folder."""
    folder = new_folder()
    try:
        with EmbeddedPostgres.open(folder / "data") as held:
            await migrate(held.url)
            postgres = Postgres(folder / "data", held.url)
            for setting in SETTINGS:
                await postgres.fetch(f"ALTER SYSTEM SET {setting}")
            try:
                await postgres.crash(wait=True)
                yield postgres
            finally:
                await postgres.close()
    finally:
        shutil.rmtree(folder)


def new_folder() -> Path:
    """A temporary folder that PostgreSQL may enter."""
    # In /tmp: other folders may be closed to the user it runs as, and a socket's path must be short.
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="ow-torture-", dir="/tmp")))
    folder.chmod(0o755)
    return folder
