"""Options of the whole test run, and a throw-away PostgreSQL for the layers that ask for one.

The server is the embedded one in a temporary folder, or the one at ORDERWRIGHT_TEST_DATABASE_URL, whose user must be
allowed to create databases. One database is migrated; each test that asks for a `store` gets a copy of it.
"""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings

from orderwright.clock import system_clock
from orderwright.store.database import connected
from orderwright.store.embedded import EmbeddedPostgres
from orderwright.store.migrate import migrate
from orderwright.store.transaction import Store

# No deadline: how long one example takes depends on what else the machine does, and a test that fails for that reason
# says nothing about the code. print_blob: a failure found elsewhere (CI) can be replayed here.
settings.register_profile("orderwright", deadline=None, print_blob=True)
settings.load_profile("orderwright")

# What is lost in a power cut here is not missed, and waiting for the disk is most of what copying a database takes.
CARELESS = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


def run_apart(coroutine):
    """Run a coroutine in a loop of its own: a fixture may be asked for while the test's loop exists."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def execute(url: str, *statements: str) -> None:
    async def run():
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    run_apart(run())


def with_database(url: str, name: str) -> str:
    """The same server and user, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@contextmanager
def throw_away_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database, a copy of `template`; it is dropped at the end, whoever is connected."""
    name = f"orderwright_test_{uuid.uuid4().hex}"
    execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield with_database(server_url, name)
    finally:
        execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def opened_store(url: str) -> AsyncIterator[Store]:
    async with connected(url) as database:
        yield Store(database, system_clock)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A running PostgreSQL in which databases can be made; the one the URL names is not to be used itself."""
    if given := os.environ.get("ORDERWRIGHT_TEST_DATABASE_URL"):
        yield given
        return
    # In /tmp: pytest's own folders are closed to the user PostgreSQL runs as, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="ow-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        with EmbeddedPostgres.open(folder / "data") as postgres:
            execute(postgres.url, *(f"ALTER SYSTEM SET {setting}" for setting in CARELESS), "SELECT pg_reload_conf()")
            yield postgres.url
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated_database(server_url: str) -> Iterator[str]:
    """The name of a migrated, empty database to be copied. Nobody stays connected to it, or it could not be."""
    with throw_away_database(server_url) as url:
        run_apart(migrate(url))
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture(scope="session")
def database_url(server_url: str, migrated_database: str) -> Iterator[str]:
    """A migrated database which all tests of the run share: for those that clean up, or mind no one's rows."""
    with throw_away_database(server_url, migrated_database) as url:
        yield url


@pytest.fixture
def fresh_database_url(server_url: str, migrated_database: str) -> Iterator[str]:
    """A migrated, empty database for one test."""
    with throw_away_database(server_url, migrated_database) as url:
        yield url


@pytest.fixture
async def store(fresh_database_url: str) -> AsyncIterator[Store]:
    """A Store on a migrated, empty database for one test."""
    async with opened_store(fresh_database_url) as store:
        yield store


@pytest.fixture(scope="module")
def module_database_url(server_url: str, migrated_database: str) -> Iterator[str]:
    """A migrated database, empty at first, which the tests of one file share."""
    with throw_away_database(server_url, migrated_database) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_store(module_database_url: str) -> AsyncIterator[Store]:
    """A Store which the tests of one file share.

    Connections belong to one event loop, so such a file says `pytestmark = pytest.mark.asyncio(loop_scope="module")`.
    """
    async with opened_store(module_database_url) as store:
        yield store
