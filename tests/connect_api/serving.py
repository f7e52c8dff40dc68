"""A live server over HTTP for a test: the application behind uvicorn, and a worker, in an event loop of their own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn

from orderwright.app import create_app, work
from orderwright.clock import system_clock
from orderwright.settings import Settings
from orderwright.store.database import connected
from orderwright.store.oauth import NewClient, create_client, register_client
from orderwright.store.transaction import Store


@dataclass(frozen=True)
class Served:
    """Where the server is, and two clients of it: one that may do everything, and one that may do nothing."""

    url: str
    client_id: str
    client_secret: str
    powerless: tuple[str, str]


@asynccontextmanager
async def served(database_url: str) -> AsyncIterator[Served]:
    """A server on the migrated database at `database_url`, for a block."""
    async with connected(database_url, connections=4) as database:
        store, settings, stop = Store(database, system_clock), Settings(), asyncio.Event()
        now = store.now()
        client_id, secret = await create_client(database, "All", now)
        powerless = await register_client(database, NewClient(name="Nothing"), now)
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(store, settings), log_config=None, ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        working = asyncio.create_task(work(database, store, settings, stop))
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", client_id, secret, powerless)
        server.should_exit = True
        stop.set()
        await asyncio.gather(serving, working)
