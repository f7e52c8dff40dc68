"""Databases for tests: one is migrated for the whole run, each test gets a copy of it, dropped after."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from anyio.from_thread import BlockingPortal, start_blocking_portal

from orderwright.store.embedded import EmbeddedPostgres
from orderwright.store.migrate import migrate

SERVER = "ORDERWRIGHT_TEST_DATABASE_URL"
"""The variable that names a server to use instead of one of our own; the database in it is not touched."""

CARELESS = ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "autovacuum = off")
"""What a power cut takes from a test is not missed, and waiting for the disk is most of what copying takes."""


class Databases:
    """Makes copies of one migrated database."""

    def __init__(self, portal: BlockingPortal, server: str, template: str) -> None:
        self._portal = portal
        self._server = server
        self._template = template

    @contextlib.contextmanager
    def copy(self) -> Iterator[str]:
        """The URL of a new database, as the template is; it is dropped at the end, whoever is connected."""
        with _database(self._portal, self._server, self._template) as url:
            yield url


@contextlib.contextmanager
def opened_databases() -> Iterator[Databases]:
    """What makes databases, with a server for as long as it is needed."""
    with (
        start_blocking_portal(name="orderwright databases") as portal,
        _server(portal) as server,
        _database(portal, server, "template1") as url,
    ):
        portal.call(migrate, url)
        yield Databases(portal, server, urlsplit(url).path.removeprefix("/"))


@contextlib.contextmanager
def _server(portal: BlockingPortal) -> Iterator[str]:
    if given := os.environ.get(SERVER):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="ow-"))
    folder.chmod(0o755)  # run by root, PostgreSQL itself runs as nobody, who must get in
    try:
        with EmbeddedPostgres.open(folder / "data") as postgres:
            settings = (f"ALTER SYSTEM SET {setting}" for setting in CARELESS)
            portal.call(_execute, postgres.url, (*settings, "SELECT pg_reload_conf()"))
            yield postgres.url
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _database(portal: BlockingPortal, server: str, template: str) -> Iterator[str]:
    name = f"orderwright_test_{uuid.uuid4().hex}"
    portal.call(_execute, server, (f"CREATE DATABASE {name} TEMPLATE {template}",))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        portal.call(_execute, server, (f"DROP DATABASE {name} WITH (FORCE)",))


async def _execute(url: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
