"""Migrations on a real PostgreSQL: from empty, from every earlier version, twice, two at once; and what is refused."""

import asyncio
import datetime as dt

import asyncpg
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import QueueExecutionMode
from pgqueuer.queries import Queries

from orderwright.store.migrate import FOLDER, Migration, MigrationError, known_migrations, migrate, pending
from tests.conftest import throw_away_database

KNOWN = known_migrations()
LATEST = len(KNOWN)

SNAPSHOT = """
SELECT format('%s.%s.%s %s %s', table_schema, table_name, column_name, data_type, column_default) AS line
FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
  WHERE conrelid <> 0 AND connamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
ORDER BY line
"""


@pytest.fixture
def empty_url(server_url):
    with throw_away_database(server_url) as url:
        yield url


async def fetch(url, query):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def schema_of(url):
    return [row["line"] for row in await fetch(url, SNAPSHOT)]


async def recorded(url):
    return [tuple(row) for row in await fetch(url, "SELECT number, name, sha256 FROM schema_version ORDER BY number")]


async def test_an_empty_database_gets_every_migration_in_order(empty_url):
    heard: list[Migration] = []
    assert await pending(empty_url) == KNOWN
    assert await migrate(empty_url, heard.append) == heard == KNOWN
    assert await recorded(empty_url) == [(m.number, m.name, m.sha256) for m in KNOWN]
    assert await pending(empty_url) == []


@pytest.mark.parametrize("version", range(1, LATEST), ids=[str(m) for m in KNOWN[:-1]])
async def test_every_earlier_version_reaches_the_same_schema(empty_url, fresh_database_url, version):
    await migrate(empty_url, migrations=KNOWN[:version])
    assert await pending(empty_url) == KNOWN[version:]
    assert await migrate(empty_url) == KNOWN[version:]
    assert await schema_of(empty_url) == await schema_of(fresh_database_url)


async def test_the_second_time_nothing_is_done(fresh_database_url):
    before = await fetch(fresh_database_url, "TABLE schema_version")
    assert await migrate(fresh_database_url) == []
    assert await fetch(fresh_database_url, "TABLE schema_version") == before


async def test_of_two_at_once_each_migration_is_applied_by_one(empty_url):
    first, second, third = await asyncio.gather(*(migrate(empty_url) for _ in range(3)))
    assert sorted([*first, *second, *third], key=lambda m: m.number) == KNOWN
    assert len(await recorded(empty_url)) == LATEST


async def test_what_fails_halfway_is_not_kept_and_what_came_before_is(empty_url):
    broken = [
        Migration(1, "good", "CREATE TABLE good ()"),
        Migration(2, "bad", "CREATE TABLE half (); SELECT 1 / 0"),
    ]
    with pytest.raises(MigrationError, match=r"0002_bad failed.*division by zero"):
        await migrate(empty_url, migrations=broken)
    tables = await fetch(empty_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    assert [row["tablename"] for row in tables] == ["good", "schema_version"]
    repaired = [broken[0], Migration(2, "bad", "CREATE TABLE whole ()")]
    assert await migrate(empty_url, migrations=repaired) == repaired[1:]


@pytest.mark.parametrize("look", [migrate, pending])
async def test_a_migration_changed_after_it_was_applied_is_refused(fresh_database_url, look):
    changed = [*KNOWN[:-1], Migration(LATEST, KNOWN[-1].name, KNOWN[-1].sql + "-- a late thought\n")]
    with pytest.raises(MigrationError, match="another migration"):
        await look(fresh_database_url, migrations=changed)


@pytest.mark.parametrize("look", [migrate, pending])
async def test_a_database_newer_than_the_program_is_refused(fresh_database_url, look):
    with pytest.raises(MigrationError, match="newer Orderwright"):
        await look(fresh_database_url, migrations=KNOWN[:-1])


async def test_looking_for_what_is_pending_writes_nothing(empty_url):
    await pending(empty_url)
    assert await schema_of(empty_url) == []


def test_the_files_are_numbered_without_gaps():
    assert [m.number for m in KNOWN] == list(range(1, LATEST + 1))
    assert len(KNOWN) == len(list(FOLDER.iterdir()))


@pytest.mark.parametrize(
    "names",
    [["0002_b.sql"], ["0001_a.sql", "0001_b.sql"], ["0001_a.sql", "0003_c.sql"], ["1_a.sql"], ["0001_a b.sql"]],
)
def test_files_numbered_otherwise_are_refused(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(MigrationError, match="must be named"):
        known_migrations(tmp_path)


# --- the job queue's own tables ---------------------------------------------------------------------------------------


@pytest.fixture
async def queries(fresh_database_url):
    names = DBSettings(db_schema="queue")
    connection = await asyncpg.connect(fresh_database_url)
    yield Queries(
        AsyncpgDriver(connection),
        QueryBuilderEnvironment(names),
        QueryQueueBuilder(names),
        QuerySchedulerBuilder(names),
    )
    await connection.close()


async def test_the_queue_is_what_the_installed_pgqueuer_expects_but_for_its_trigger(queries):
    await QueueManager(queries).verify_structure()
    plan = await queries.plan_upgrade()
    assert [statement.split("(")[0].split("\n")[0] for statement in plan.statements] == [
        "CREATE FUNCTION queue.fn_pgqueuer_changed",
        "CREATE TRIGGER tg_pgqueuer_changed",
    ]
    assert plan.notes == ()


async def test_the_queue_carries_out_jobs_without_its_trigger(queries):
    done = []
    queue = QueueManager(queries)

    @queue.entrypoint("greet")
    async def greet(job):
        done.append(job.payload)

    await queries.enqueue(["greet"] * 3, [b"a", b"b", b"c"], [0] * 3)
    # A job that is still on the table when the run looks for more makes it wait this long before it looks again.
    pause = dt.timedelta(seconds=0.2)
    await asyncio.wait_for(queue.run(dequeue_timeout=pause, mode=QueueExecutionMode.drain), 20)
    assert sorted(done) == [b"a", b"b", b"c"]
    # The last jobs are taken off the table a moment after they have run.
    async with asyncio.timeout(20):
        while await queries.queue_size():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_no_table_has_a_trigger(fresh_database_url):
    assert await fetch(fresh_database_url, "SELECT tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal") == []
