"""An installation inside this process: the application that the server serves, asked without a network in between.

A request goes through everything a request over HTTP goes through, from signing in to the headers of the answer; only
the socket is missing. Whoever can open the database may do everything with it, and so may who calls here.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

import httpx
from anyio.from_thread import BlockingPortal
from starlette.applications import Starlette

from orderwright.connect_api.carry_out_jobs import carry_out_jobs
from orderwright.decisions.rights import SYSTEM_ADMINISTRATOR
from orderwright.jobs.bulk_rows import Writers
from orderwright.objects.definition import Id
from orderwright.settings import Settings
from orderwright.settlement.gateways import ConfiguredGateways
from orderwright.store.clock import clock_of
from orderwright.store.database import Database, connected
from orderwright.store.embedded import EmbeddedPostgres, default_data_folder
from orderwright.store.migrate import MigrationError, migrate, pending
from orderwright.store.oauth import issue_token
from orderwright.store.transaction import Store
from orderwright.store.users import UserExists, account_called, create_user

USERNAME = "in-process@python.orderwright"
"""Whom calls from inside the process are made by."""
HOST = "http://in-process.orderwright"
"""No host: what requests carry that go nowhere."""
PLAIN = {"Accept-Encoding": "identity"}
"""There is nothing to save by compressing answers."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """How the parts of an installation are put together, which is said above this layer."""

    make_app: Callable[[Store, Settings], Starlette]
    work: Callable[[Database, Store, Settings, asyncio.Event], Awaitable[None]]
    """Carries out background jobs until the event is set."""
    writers_of: Callable[[Settings], Writers]
    """What bulk jobs write records with."""


@dataclass(frozen=True, slots=True)
class InProcess:
    """An installation that runs inside this process."""

    store: Store
    settings: Settings
    writers: Writers
    transport: httpx.AsyncBaseTransport
    """What calls are sent through, signed in already."""

    async def run_jobs(self) -> int:
        """Carry out what waits to be done in the background; returns how much that was."""
        gateways = ConfiguredGateways(
            self.store.database, self.settings.gateway, environment=os.environ, clock=self.store.clock
        )
        try:
            return await carry_out_jobs(self.store, gateways, self.writers, self.settings)
        finally:
            await gateways.close()


@contextlib.asynccontextmanager
async def in_process(wiring: Wiring, settings: Settings, url: str, *, worker: bool) -> AsyncIterator[InProcess]:
    """The installation on the migrated database at `url`, for a block; with a worker for background operations.

    Raises OSError, asyncpg.PostgresError and ClockIsSet.
    """
    async with (
        connected(url, connections=settings.connections) as database,
        clock_of(database, is_test=settings.is_test) as clock,
    ):
        store = Store(database, clock)
        app = wiring.make_app(store, settings)
        user_id = await _own_user(database, store.now())
        async with app.router.lifespan_context(app), _working(wiring, store, settings, wanted=worker):
            transport = SignedIn(httpx.ASGITransport(app), store, settings, user_id)
            yield InProcess(store, settings, wiring.writers_of(settings), transport)


@contextlib.asynccontextmanager
async def reached(settings: Settings, *, may_migrate: bool) -> AsyncIterator[str]:
    """The URL of the database, with its tables as this program needs them; the embedded one runs for the block.

    The embedded one is always brought up to date; one that others may depend on only if it may be.
    Raises EmbeddedPostgresError, MigrationError and OSError.
    """
    if settings.database_url is not None:
        if may_migrate:
            await migrate(settings.database_url)
        elif left := await pending(settings.database_url):
            names = ", ".join(map(str, left))
            raise MigrationError(f"The database lacks migrations: {names}. Run `orderwright migrate`, or ask for it.")
        yield settings.database_url
        return
    data = settings.data or default_data_folder()
    postgres = await asyncio.to_thread(EmbeddedPostgres.open, data, binaries=settings.postgres_bin)
    try:
        await migrate(postgres.url)
        yield postgres.url
    finally:
        await asyncio.to_thread(postgres.close)


@contextlib.asynccontextmanager
async def _working(wiring: Wiring, store: Store, settings: Settings, *, wanted: bool) -> AsyncIterator[None]:
    """A worker for the block, if it is wanted; at the end it finishes what it has in hand."""
    if not wanted:
        yield
        return
    stop = asyncio.Event()
    work = asyncio.ensure_future(wiring.work(store.database, store, settings, stop))
    try:
        yield
    finally:
        stop.set()
        await work


async def _own_user(database: Database, now: dt.datetime) -> Id:
    """The user whom calls from inside a process are made by: one for all of them, made when first needed."""
    found = await account_called(database.main, USERNAME)
    if found is not None:
        return found.id
    moment = now.replace(microsecond=now.microsecond // 1000 * 1000)
    try:
        async with database.main.acquire() as session, session.transaction():
            return await create_user(
                database, session, username=USERNAME, name="Python", sets=[SYSTEM_ADMINISTRATOR], now=moment
            )
    except UserExists:  # another process was faster
        return await _own_user(database, now)


class SignedIn(httpx.AsyncBaseTransport):
    """Sends each request with a token of its own user, and gets a new one when that has ended: the clock of a test
    instance may be set ahead. A subclass, as this is how httpx takes it.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, store: Store, settings: Settings, user_id: Id) -> None:
        self._transport = transport
        self._store = store
        self._lifetime = dt.timedelta(seconds=settings.token_lifetime_seconds)
        self._user_id = user_id
        self._token = ""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to `request`."""
        if not self._token:
            await self._renew()
        response = await self._send(request)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            await self._renew()
            response = await self._send(request)
        return response

    async def _send(self, request: httpx.Request) -> httpx.Response:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return await self._transport.handle_async_request(request)

    async def _renew(self) -> None:
        store = self._store
        self._token = await issue_token(store.database, None, self._user_id, store.now(), self._lifetime)


class FromThread(httpx.BaseTransport):
    """Sends the requests of ordinary code through a transport whose event loop runs in another thread."""

    def __init__(self, portal: BlockingPortal, transport: httpx.AsyncBaseTransport) -> None:
        self._portal = portal
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to `request`, received whole."""
        request.read()
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        stream = cast("httpx.AsyncByteStream", response.stream)
        content = b"".join([part async for part in stream])
        return httpx.Response(response.status_code, headers=response.headers, content=content)
