"""The shared clock on a real PostgreSQL: processes agree, whatever happens to their connections."""

import asyncio
import datetime as dt
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest

from orderwright.clock import TRUE, ClockState, advance_by, freeze, run, system_clock
from orderwright.decisions.errors import InvalidInput, InvalidOperation
from orderwright.store import clock as clocks
from orderwright.store.clock import NOW_IN_SQL, ClockIsSet, SharedClock, clock_of, read_clock, reset_clock
from orderwright.store.database import connected
from orderwright.store.transaction import AGAIN

DAY = dt.timedelta(days=1)


@asynccontextmanager
async def process(url, *, is_test=True):
    """What one process of an instance has: its own connections, its own lease, and the clock."""
    async with connected(url, connections=1) as database, clock_of(database, is_test=is_test) as clock:
        yield clock


@pytest.fixture
async def session(fresh_database_url):
    connection = await asyncpg.connect(fresh_database_url, server_settings={"timezone": "UTC"})
    yield connection
    await connection.close()


async def frozen(url):
    """The moment at which a process stopped the clock, and left."""
    async with process(url) as clock:
        await clock.change(freeze)
        return clock()


async def becomes(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another task makes it true
            await asyncio.sleep(0.01)


async def test_all_processes_go_by_a_change_when_it_is_answered(fresh_database_url):
    async with process(fresh_database_url) as first, process(fresh_database_url) as second:
        await first.change(freeze)
        noon = first()
        assert (second(), second.state) == (noon, first.state)
        for clock, other in ((first, second), (second, first)) * 5:
            await clock.change(partial(advance_by, by=DAY))
            assert clock() == other()
        assert first() == noon + 10 * DAY
        await second.change(run)
        assert first.state == second.state == ClockState(ahead=first.state.ahead)
        assert noon + 10 * DAY < first() < noon + 11 * DAY


async def test_changes_at_once_each_count(fresh_database_url):
    async with process(fresh_database_url) as first, process(fresh_database_url) as second:
        await first.change(freeze)
        noon = first()
        await asyncio.gather(*(clock.change(partial(advance_by, by=DAY)) for clock in (first, second) * 4))
        assert first() == second() == noon + 8 * DAY


async def test_a_process_that_starts_finds_the_clock_as_it_is(fresh_database_url):
    noon = await frozen(fresh_database_url)
    async with process(fresh_database_url) as clock:
        assert clock() == noon


async def test_what_is_refused_changes_nothing(fresh_database_url):
    async with process(fresh_database_url) as first, process(fresh_database_url) as second:
        await first.change(freeze)
        state = first.state
        with pytest.raises(InvalidInput, match="never goes back"):
            await first.change(partial(advance_by, by=-DAY))
        assert first.state == second.state == state


async def test_what_is_remembered_is_what_is_stored(fresh_database_url, session):
    """The column keeps milliseconds; a process must not go by finer time than the others."""
    async with process(fresh_database_url) as clock:
        await clock.change(partial(freeze, at=system_clock().replace(microsecond=999_999) + DAY))
        assert clock.state == (await read_clock(session)).state


async def test_a_change_that_nobody_told_of_is_found_all_the_same(fresh_database_url, session):
    async with process(fresh_database_url) as clock:
        await session.execute("UPDATE clock SET ahead = interval '1 day', version = version + 1")
        await becomes(lambda: clock.state.ahead == DAY)


async def test_a_process_whose_connection_was_lost_follows_again(fresh_database_url, session):
    async with process(fresh_database_url) as first, process(fresh_database_url) as second:
        await session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await retried(first)
        await becomes(lambda: second.state == first.state != TRUE)
        await first.change(partial(advance_by, by=DAY))
        assert second.state == first.state


async def retried(clock: SharedClock) -> None:
    """The change, once more when the first try meets the lost connection."""
    try:
        await clock.change(freeze)
    except AGAIN:
        await clock.change(freeze)


async def test_a_process_that_is_silent_is_not_waited_for_long(fresh_database_url, session, monkeypatch):
    async with process(fresh_database_url) as clock:
        holder = "00000000-0000-0000-0000-000000000001"
        await session.execute("INSERT INTO node_lease VALUES (1023, $1, now() + interval '9 minutes')", holder)
        await session.execute("INSERT INTO clock_follower VALUES ($1, -1, now())", holder)
        monkeypatch.setattr(clocks, "SILENT_SECONDS", 0.2)
        await clock.change(freeze)
        assert clock.state.frozen_at is not None


async def test_who_has_left_is_not_waited_for_and_forgotten(fresh_database_url, session):
    async with process(fresh_database_url) as clock:
        await session.execute("INSERT INTO clock_follower VALUES (gen_random_uuid(), -1, now())")
        await clock.change(freeze)
        assert await session.fetchval("SELECT count(*) FROM clock_follower") == 1
    assert await session.fetchval("SELECT count(*) FROM clock_follower") == 0


# --- production -------------------------------------------------------------------------------------------------------


async def test_a_production_process_goes_by_the_true_time(fresh_database_url):
    async with process(fresh_database_url, is_test=False) as clock:
        assert clock is system_clock


@pytest.mark.parametrize(
    ("change", "words"),
    [(freeze, "is frozen at 20"), (partial(advance_by, by=DAY), "runs 1 day, 0:00:00 ahead of the true time")],
)
async def test_a_production_process_refuses_a_database_whose_clock_was_set(fresh_database_url, change, words):
    async with process(fresh_database_url) as clock:
        await clock.change(change)
    with pytest.raises(ClockIsSet, match="orderwright clock reset") as refused:
        async with process(fresh_database_url, is_test=False):
            pass
    assert words in str(refused.value)
    assert "ORDERWRIGHT_INSTANCE=test" in str(refused.value)


async def test_while_a_production_process_works_there_the_clock_is_not_set(fresh_database_url, monkeypatch):
    monkeypatch.setattr(clocks, "STARTING_SECONDS", 0.1)
    async with process(fresh_database_url) as clock:
        async with process(fresh_database_url, is_test=False):
            with pytest.raises(InvalidOperation, match="production instance works on this database"):
                await clock.change(freeze)
            assert clock.state == TRUE
        await clock.change(freeze)
        assert clock.state != TRUE


async def test_reset_is_the_way_back_and_only_while_nobody_goes_by_the_clock(fresh_database_url, session):
    async with process(fresh_database_url) as clock:
        await clock.change(freeze)
        with pytest.raises(InvalidOperation, match="stop them all first"):
            await reset_clock(session)
        state = clock.state
    assert await reset_clock(session) == state
    assert await reset_clock(session) == TRUE
    async with process(fresh_database_url, is_test=False) as clock:
        assert clock is system_clock


async def test_a_statement_can_ask_for_the_moment(fresh_database_url, session):
    before = system_clock()
    assert before <= await session.fetchval(f"SELECT {NOW_IN_SQL}") <= system_clock()
    noon = await frozen(fresh_database_url)
    assert await session.fetchval(f"SELECT {NOW_IN_SQL}") == noon
