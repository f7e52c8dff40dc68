"""Opens connections: to a server over HTTP, or to an installation inside this process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import httpx
from anyio.from_thread import start_blocking_portal

from orderwright.connect_api.asynchronous import AsyncConnection
from orderwright.connect_api.connection import Connection
from orderwright.connect_api.in_process import HOST, PLAIN, FromThread, InProcess, Wiring, in_process, reached
from orderwright.connect_api.signing_in import auth_of
from orderwright.settings import Settings

TIMEOUT_SECONDS = 120.0
HTTP = ("http://", "https://")
"""How the address of a server begins; any other URL is that of a database."""

MakeWiring = Callable[[], Wiring]
RunJobs = Callable[[], int]
"""Carries out what waits to be done in the background; returns how many operations that were."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who calls over HTTP."""

    client_id: str | None = None
    client_secret: str | None = None
    username: str | None = None
    password: str | None = None
    token: str | None = None

    def auth(self) -> httpx.Auth:
        """How to sign in with them. Raises TypeError when they are not enough."""
        return auth_of(self.client_id, self.client_secret, self.username, self.password, self.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """An installation to be run inside this process."""

    settings: Settings
    worker: bool = True
    may_migrate: bool = False


def connect(
    make_wiring: MakeWiring,
    url: str | None,
    credentials: Credentials,
    *,
    worker: bool,
    migrate: bool,
    **settings: object,
) -> Connection:
    """See `orderwright.connect`; `make_wiring` is called for an installation inside this process."""
    if url is not None and url.startswith(HTTP):
        return over_http(url, credentials)
    wanted = Inside(settings=settings_with(url, settings), worker=worker, may_migrate=migrate)
    return in_this_process(make_wiring(), wanted)[0]


def connect_async(
    make_wiring: MakeWiring,
    url: str | None,
    credentials: Credentials,
    *,
    worker: bool,
    migrate: bool,
    **settings: object,
) -> contextlib.AbstractAsyncContextManager[AsyncConnection]:
    """See `orderwright.connect_async`."""
    if url is not None and url.startswith(HTTP):
        return over_http_async(url, credentials)
    wanted = Inside(settings=settings_with(url, settings), worker=worker, may_migrate=migrate)
    return in_this_process_async(make_wiring(), wanted)


def settings_with(url: str | None, given: Mapping[str, object]) -> Settings:
    """The settings of the environment, with others in place; a database or a folder that is given counts alone.

    Raises SettingsError.
    """
    places = {"database_url": url} if url is not None or "data" in given else {}
    return Settings.read(os.environ).changed(**places, **given)


def over_http(url: str, credentials: Credentials) -> Connection:
    """A connection to the server at `url`."""
    opened = contextlib.ExitStack()
    http = httpx.Client(base_url=url, auth=credentials.auth(), timeout=TIMEOUT_SECONDS)
    opened.callback(http.close)
    return Connection(http, opened)


@contextlib.asynccontextmanager
async def over_http_async(url: str, credentials: Credentials) -> AsyncIterator[AsyncConnection]:
    """A connection to the server at `url`, for a block."""
    async with httpx.AsyncClient(base_url=url, auth=credentials.auth(), timeout=TIMEOUT_SECONDS) as http:
        yield AsyncConnection(http)


def in_this_process(wiring: Wiring, wanted: Inside) -> tuple[Connection, RunJobs]:
    """A connection to an installation inside this process, whose event loop gets a thread of its own; and what carries
    out its background operations now. Raises EmbeddedPostgresError, MigrationError, OSError, ClockIsSet.
    """
    opened = contextlib.ExitStack()
    try:
        portal = opened.enter_context(start_blocking_portal(name="orderwright"))
        instance = opened.enter_context(portal.wrap_async_context_manager(_opened(wiring, wanted)))
        transport = FromThread(portal, instance.transport)
        http = opened.enter_context(httpx.Client(base_url=HOST, headers=PLAIN, transport=transport, timeout=None))  # noqa: S113  # there is nobody else to wait for
    except BaseException:
        opened.close()
        raise
    return Connection(http, opened), lambda: portal.call(instance.run_jobs)


@contextlib.asynccontextmanager
async def in_this_process_async(wiring: Wiring, wanted: Inside) -> AsyncIterator[AsyncConnection]:
    """A connection to an installation inside this process, for a block; it runs in the caller's event loop."""
    async with (
        _opened(wiring, wanted) as instance,
        httpx.AsyncClient(base_url=HOST, headers=PLAIN, transport=instance.transport, timeout=None) as http,  # noqa: S113
    ):
        yield AsyncConnection(http)


@contextlib.asynccontextmanager
async def _opened(wiring: Wiring, wanted: Inside) -> AsyncIterator[InProcess]:
    async with (
        reached(wanted.settings, may_migrate=wanted.may_migrate) as url,
        in_process(wiring, wanted.settings, url, worker=wanted.worker) as instance,
    ):
        yield instance
