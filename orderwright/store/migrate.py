"""Brings a database to the schema of this program: numbered SQL files, each applied once, in order.

Each file runs in a transaction of its own, together with its row in `schema_version`: it is applied whole or not at
all. Inside that transaction an advisory lock is taken before the table is read, so of two processes at once one waits
and then finds the work done. The lock ends with the transaction, which also suits a pooler that shares sessions.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import asyncpg

FOLDER = Path(__file__).with_name("migrations")
OLDEST_MAJOR = 15
CONNECT_LIMIT_SECONDS = 15
FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")

LOCK = "SELECT pg_advisory_xact_lock(hashtext('orderwright'), hashtext('schema_version'))"
CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS schema_version (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp(3) with time zone NOT NULL DEFAULT clock_timestamp()
)
"""
IS_THERE = "SELECT to_regclass('schema_version') IS NOT NULL"
READ = "SELECT number, name, sha256 FROM schema_version ORDER BY number"
RECORD = "INSERT INTO schema_version (number, name, sha256) VALUES ($1, $2, $3)"


class MigrationError(Exception):
    """Says, in words for people, why the database cannot be used by this program and what to do about it."""


@dataclass(frozen=True)
class Migration:
    """One numbered SQL file."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.number:04}_{self.name}"


Progress = Callable[[Migration], None]


def known_migrations(folder: Path = FOLDER) -> list[Migration]:
    """The files of `folder` in the order of their numbers, 1, 2, 3 … Raises MigrationError for any other numbering."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = FILE_NAME.fullmatch(path.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise MigrationError(f"{path} must be named {len(found) + 1:04}_name.sql: numbers follow each other.")
        found.append(Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")))
    return found


async def migrate(
    url: str, progress: Progress | None = None, *, migrations: Sequence[Migration] | None = None
) -> list[Migration]:
    """Apply what the database lacks and return it, in order; an empty list when it lacked nothing.

    `progress` hears of each migration once it is committed. A failure keeps those before it.
    Raises MigrationError, OSError or asyncpg.PostgresError.
    """
    known = known_migrations() if migrations is None else migrations
    applied: list[Migration] = []
    async with connection_to(url) as connection:
        while (migration := await apply_next(connection, known)) is not None:
            applied.append(migration)
            if progress is not None:
                progress(migration)
    return applied


async def pending(url: str, *, migrations: Sequence[Migration] | None = None) -> list[Migration]:
    """What `migrate` would apply, in order; only reads. Raises as `migrate` does."""
    known = known_migrations() if migrations is None else migrations
    async with connection_to(url) as connection:
        recorded = await connection.fetch(READ) if await connection.fetchval(IS_THERE) else []
        return missing(recorded, known)


@contextlib.asynccontextmanager
async def connection_to(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection for a block. Raises MigrationError for a PostgreSQL that is too old."""
    connection = await asyncpg.connect(
        url, timeout=CONNECT_LIMIT_SECONDS, server_settings={"timezone": "UTC", "application_name": "orderwright"}
    )
    try:
        major = connection.get_server_version().major
        if major < OLDEST_MAJOR:
            raise MigrationError(f"PostgreSQL {OLDEST_MAJOR} or newer is needed; this one is {major}.")
        yield connection
    finally:
        await connection.close()


async def apply_next(connection: asyncpg.Connection, known: Sequence[Migration]) -> Migration | None:
    """Apply the first migration that is missing, in one transaction, and return it; None when none is missing."""
    async with connection.transaction():
        await connection.execute(LOCK)
        await connection.execute(CREATE_TABLE)
        left = missing(await connection.fetch(READ), known)
        if not left:
            return None
        try:
            await connection.execute(left[0].sql)
        except asyncpg.PostgresError as error:
            raise MigrationError(f"Migration {left[0]} failed, and nothing of it was kept: {error}") from error
        await connection.execute(RECORD, left[0].number, left[0].name, left[0].sha256)
        return left[0]


def missing(recorded: Sequence[asyncpg.Record], known: Sequence[Migration]) -> list[Migration]:
    """The known migrations that are not recorded. Raises MigrationError when the record is not how `known` begins."""
    for row, migration in zip_longest(recorded, known[: len(recorded)]):
        if migration is None:
            raise MigrationError(
                f"The database was used by a newer Orderwright: it has migration {row['number']:04}_{row['name']}, "
                f"this program ends at {len(known):04}. Install that version again."
            )
        if (row["number"], row["sha256"]) != (migration.number, migration.sha256):
            raise MigrationError(
                f"The database was made with another migration {row['number']:04}_{row['name']} than the one in this "
                "program, so its tables may differ. Use the version of Orderwright that made it, or an empty database."
            )
    return list(known[len(recorded) :])
