"""Where the database is, and whether its tables are those of this program."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

from orderwright.cli.failures import CommandFailed
from orderwright.settings import Settings, read_custom_fields
from orderwright.store.clock import check_true, clock_of
from orderwright.store.database import connected
from orderwright.store.embedded import EmbeddedPostgres, default_data_folder
from orderwright.store.external_ids import index_external_ids
from orderwright.store.migrate import Progress, connection_to, migrate, pending
from orderwright.store.transaction import Store

T = TypeVar("T")

HOW_TO_MIGRATE = "Run `orderwright migrate` with the same --database-url, or `orderwright serve --migrate`."


@contextmanager
def reached(settings: Settings) -> Iterator[str]:
    """The URL of the database for a block; the embedded one runs at least that long. Raises EmbeddedPostgresError."""
    if settings.database_url is not None:
        yield settings.database_url
    else:
        with embedded(settings) as postgres:
            yield postgres.url


def embedded(settings: Settings) -> EmbeddedPostgres:
    """A hold on the embedded PostgreSQL, started if it does not run. Raises EmbeddedPostgresError."""
    return EmbeddedPostgres.open(settings.data or default_data_folder(), binaries=settings.postgres_bin)


@contextmanager
def current_database(
    settings: Settings, *, may_migrate: bool = False, progress: Progress | None = None
) -> Iterator[str]:
    """The URL of the database for a block, with its tables as this program needs them.

    Whichever command comes first makes or renews the embedded database. One that the operator runs is changed only
    when that was asked for (`may_migrate`): others may depend on it.
    Raises CommandFailed when it does not answer or has to be migrated first, MigrationError, EmbeddedPostgresError.
    """
    with reached(settings) as url:
        if may_migrate or settings.database_url is None:
            asyncio.run(answered(url, migrate(url, progress)))
        elif left := asyncio.run(answered(url, pending(url))):
            raise CommandFailed(f"The database lacks migrations: {', '.join(map(str, left))}. {HOW_TO_MIGRATE}")
        yield url


def index_declared_fields(url: str, settings: Settings) -> list[str]:
    """Make the indexes that the custom fields of this installation need, while others may write; returns what was made.

    Raises CommandFailed when the database does not answer.
    """
    return asyncio.run(answered(url, index_external_ids(url, read_custom_fields(settings.custom_fields))))


@asynccontextmanager
async def opened_store(url: str, settings: Settings, *, connections: int = 1) -> AsyncIterator[Store]:
    """A Store on the database at `url`, going by the clock of this instance, for a block. Raises ClockIsSet."""
    async with (
        connected(url, connections=connections) as database,
        clock_of(database, is_test=settings.is_test) as clock,
    ):
        yield Store(database, clock)


async def check_clock(url: str, settings: Settings) -> None:
    """Raises ClockIsSet where `opened_store` would: once, before many processes say it."""
    if not settings.is_test:
        async with connection_to(url) as connection:
            await check_true(connection)


async def answered(url: str, question: Awaitable[T]) -> T:
    """What the database at `url` answers. Raises CommandFailed when it cannot be reached."""
    try:
        return await question
    except OSError as error:
        raise CommandFailed(
            f"PostgreSQL does not answer at {place_of(url)} ({str(error) or type(error).__name__}). Is it running, and "
            "is --database-url right?"
        ) from error


def place_of(url: str) -> str:
    """The URL without what may be secret in it: the user's password and the parameters."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
