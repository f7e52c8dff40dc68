"""The world of `world.py` in a real PostgreSQL, and a way to ask about it."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest
import pytest_asyncio

from orderwright.objects.definition import SObject
from orderwright.objects.identity import to_15
from orderwright.soql.arguments import Asked
from orderwright.soql.names import Dialect
from orderwright.soql.prepare import prepare
from orderwright.soql.shape import Writer
from orderwright.store import query
from orderwright.store.database import ONE_PLAN, create_pool
from orderwright.store.save import write
from tests.conftest import throw_away_database
from tests.rest.conftest import api, client_secret, clock, database, http, store  # noqa: F401  # the API, as tests/rest has it
from tests.soql.world import NAME_OF, NOW, SCHEMA, WORLD


class Questioner:
    """Asks queries of one session, and tells the answers in short."""

    def __init__(self, session: Any, dialect: Dialect) -> None:
        self.session = session
        self.dialect = dialect

    async def records(self, text: str, **about: Any) -> list[dict[str, Any]]:
        """The records that a query finds, as the API shows them; of COUNT() one with the number."""
        dialect = Dialect(**{**dict(zip(Dialect.__slots__, self._parts(), strict=True)), **about})
        prepared = prepare(text, dialect)
        arguments = prepared.arguments(Asked(prepared.texts, NOW, WORLD["user"]))
        plan = prepared.plan
        if plan.kind == "count":
            return [{"count": await query.count(self.session, plan, arguments)}]
        write_row = Writer(plan.record, dialect.version, 2000)
        return [write_row(row) for row in await query.ask(self.session, plan, arguments)]

    def _parts(self) -> tuple[Any, ...]:
        return tuple(getattr(self.dialect, name) for name in Dialect.__slots__)

    async def rows(self, text: str, **about: Any) -> list[tuple[Any, ...]]:
        """Each record as a tuple of what was selected, ids under the names of `world.py`; in order when one is asked."""
        found = [in_short(record) for record in await self.records(text, **about)]
        return found if "ORDER BY" in text.upper() else sorted(found, key=repr)


def in_short(record: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(_value(value) for name, value in record.items() if name != "attributes")


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        if "records" in value:
            return [in_short(record) for record in value["records"]]
        return in_short(value) if "attributes" in value else value
    if isinstance(value, str) and len(value) == 18:
        return NAME_OF.get(to_15(value) or "", value)
    return value


async def insert(session: Any, records: Iterable[SObject]) -> None:
    by_shard: dict[int, list[SObject]] = {}
    for record in records:
        by_shard.setdefault(record.shard, []).append(record)
    for shard, near in by_shard.items():
        await write(session, shard, near, [])


async def insert_world(session: Any) -> None:
    await insert(session, WORLD.records.values())
    for shard, record_id, to_shard in WORLD.moved:
        await session.execute(
            "INSERT INTO forwarding (shard, id, to_shard, claimed_by, record, created_date) VALUES ($1, $2, $3, '', '{}', $4)",
            shard, record_id, to_shard, NOW,
        )  # fmt: skip


@pytest.fixture(scope="session")
def world_url(server_url: str, migrated_database: str) -> Iterator[str]:
    """A database for all tests of this folder, which only read."""
    with throw_away_database(server_url, migrated_database) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world_session(world_url: str) -> AsyncIterator[Any]:
    """A connection as the application has one."""
    pool = await create_pool(world_url, 1, 1, ONE_PLAN)
    async with pool.acquire() as session:
        yield session
    await pool.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ask(world_session: Any) -> Questioner:
    """Asks about the world."""
    await insert_world(world_session)
    return Questioner(world_session, Dialect(SCHEMA, 67))


@pytest.fixture(scope="session")
def database_url(server_url: str, migrated_database: str) -> Iterator[str]:
    """A database for the tests of this folder that write, through the API."""
    with throw_away_database(server_url, migrated_database) as url:
        yield url


@pytest.fixture
def ask_dialect() -> Dialect:
    """How names are understood in the world."""
    return Dialect(SCHEMA, 67)
