"""The stopwatch around the worker: it notes what was waited for, once, and lets everything else through."""

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from bench.funds_times import Run
from bench.funds_worker import TimedPool, in_place, noted


class Connection:
    """A session of a database that takes its time."""

    name = "a connection"

    def __init__(self):
        self.happened = []

    async def fetchval(self, query):
        await asyncio.sleep(0.001)
        self.happened.append(query)
        return 7

    def transaction(self, **options):
        return Block(self, self.happened, "begin", "commit" if not options else f"commit {options}")


class Block:
    def __init__(self, value, happened, entered, left):
        self.value, self.happened, self.entered, self.left = value, happened, entered, left

    async def __aenter__(self):
        self.happened.append(self.entered)
        return self.value

    async def __aexit__(self, kind, error, traceback):
        self.happened.append(f"{self.left} after an error" if kind else self.left)

    def __await__(self):
        return self.__aenter__().__await__()


class Pool(Connection):
    """A pool with one session."""

    def __init__(self):
        super().__init__()
        self.connection = Connection()
        self.connection.happened = self.happened

    def acquire(self):
        return Block(self.connection, self.happened, "acquire", "release")

    async def release(self, connection):
        assert connection is self.connection
        self.happened.append("released")


@pytest.fixture
def pool():
    return Pool()


async def runs_of(work):
    runs: list[Run] = []

    async def job_runner(_):
        await work()

    job: Any = SimpleNamespace(payload=msgspec.json.encode({"shard": 1, "operation_id": "08P"}))
    try:
        await noted(job_runner, runs)(job)
    finally:
        (run,) = runs
        assert run.operation_id == "08P"
        assert run.began <= min((span.began for span in run.spans), default=run.began)
        assert all(span.began <= span.ended <= run.ended for span in run.spans)
    return [span.place for span in run.spans]


async def test_queries_transactions_and_the_wait_for_a_session_are_time_in_the_database(pool):
    async def work():
        async with TimedPool(pool).acquire() as session, session.transaction(isolation="repeatable_read"):
            assert await session.fetchval("one") == 7
            assert session.name == "a connection"

    assert await runs_of(work) == ["database"] * 5
    assert pool.happened == ["acquire", "begin", "one", "commit {'isolation': 'repeatable_read'}", "release"]


async def test_an_error_ends_the_transaction_and_the_run_and_is_noted(pool):
    async def work():
        async with TimedPool(pool).acquire() as session, session.transaction():
            raise LookupError

    with pytest.raises(LookupError):
        await runs_of(work)
    assert pool.happened == ["acquire", "begin", "commit after an error", "release after an error"]


async def test_a_session_may_be_borrowed_and_given_back_by_hand_and_the_pool_asked_itself(pool):
    async def work():
        timed = TimedPool(pool)
        session = await timed.acquire()
        await timed.release(session)
        assert await timed.fetchval("two") == 7

    assert await runs_of(work) == ["database", "database"]
    assert pool.happened == ["acquire", "released", "two"]


async def test_what_a_gateway_asks_of_a_database_is_time_in_the_gateway(pool):
    async def capture(query):
        return await TimedPool(pool).fetchval(query)

    async def work():
        assert await in_place("gateway", capture)("books") == 7
        await TimedPool(pool).fetchval("ours")

    assert await runs_of(work) == ["gateway", "database"]


async def test_two_runs_at_once_keep_their_times_apart(pool):
    async def idle():
        await asyncio.sleep(0.002)

    async def busy():
        await TimedPool(pool).fetchval("one")

    places = await asyncio.gather(*(runs_of(work) for work in (busy, idle, busy)))
    assert places == [["database"], [], ["database"]]


async def test_outside_of_a_run_nothing_is_noted(pool):
    assert await TimedPool(pool).fetchval("relay") == 7
