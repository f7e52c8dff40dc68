"""The worker: a relay that hands operations to the queue, and the queue that runs them."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import math
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Protocol

import asyncpg
import msgspec
from pgqueuer import models
from pgqueuer.errors import RetryRequested
from pgqueuer.qm import QueueManager

from orderwright.jobs.bulk_rows import Writers
from orderwright.jobs.operation import TryLater, put_off, run_operation
from orderwright.jobs.queue import WakingDriver, queries
from orderwright.jobs.relay import ENTRYPOINT, Job, hand_over, take_back
from orderwright.jobs.rounds import Rounds
from orderwright.jobs.wake import CHANNEL
from orderwright.settlement.gateways import ConfiguredGateways, Gateways
from orderwright.store.bulk_jobs import CHANNEL as BULK_CHANNEL
from orderwright.store.database import Database, create_pool
from orderwright.store.idempotency import forget
from orderwright.store.transaction import Store

LOOK_SECONDS = 1.0
"""How often the relay looks although nobody woke it."""
CLEAN_SECONDS = 600
STRAYED_AFTER = dt.timedelta(seconds=60)
"""How long an operation may be with the queue before it is looked whether the queue still has it."""
HEARTBEAT = dt.timedelta(seconds=8)
"""A job whose worker has not been heard of for this long is taken over; running it twice does no harm. An idle worker
looks for such jobs as often.
"""
PAUSE = dt.timedelta(seconds=5)
"""How long a job rests that could not even write down that it failed."""

QUEUE_SESSION = {"synchronous_commit": "off", "plan_cache_mode": "force_generic_plan"}
"""For the queue's own tables. What a crash of PostgreSQL takes from them comes back: the mark that an operation was
handed over waits for the disk, and the enqueueing stands before it in the log. And the queue's statements take arrays,
for which PostgreSQL would make a new plan each time: half of what the queue cost it.
"""

_log = logging.getLogger(__name__)


class WorkerSettings(Protocol):
    """The settings that this layer reads."""

    @property
    def jobs_at_once(self) -> int: ...
    @property
    def gateway(self) -> str: ...
    @property
    def idempotency_hours(self) -> int: ...
    @property
    def reauthorize(self) -> str: ...
    @property
    def authorization_warning_hours(self) -> int: ...
    @property
    def movement_history_days(self) -> int: ...


async def run(
    database: Database, store: Store, settings: WorkerSettings, stop: asyncio.Event, writers: Writers | None = None
) -> None:
    """Work until `stop` is set; then finish the jobs at hand. Bulk jobs need `writers`."""
    pool = await create_pool(database.url, 2, 4, QUEUE_SESSION)
    gateways = ConfiguredGateways(database, settings.gateway, environment=os.environ, clock=store.clock)
    try:
        # At once, not at the first payment: what is set up wrong should be heard of when the worker starts.
        await gateways.of(None)
        await _run(database, store, gateways, settings, stop, pool, writers)
    finally:
        await gateways.close()
        await pool.close()


async def _run(
    database: Database,
    store: Store,
    gateways: Gateways,
    settings: WorkerSettings,
    stop: asyncio.Event,
    pool: asyncpg.Pool,
    writers: Writers | None,
) -> None:
    driver = WakingDriver(pool)
    queue = queries(driver)
    manager = QueueManager(queue)
    manager.entrypoint(ENTRYPOINT, accepts_context=False)(
        job_runner(store, gateways, may_reauthorize=settings.reauthorize == "when_needed")
    )
    stopping = asyncio.create_task(_stop(stop, manager))
    cleaning = asyncio.create_task(_clean(database, store, dt.timedelta(hours=settings.idempotency_hours)))
    rounds = Rounds(
        store,
        gateways,
        warn_ahead=dt.timedelta(hours=settings.authorization_warning_hours),
        kept=dt.timedelta(days=settings.movement_history_days),
        writers=writers,
    )
    going_round = asyncio.create_task(rounds.go())
    relay = asyncio.create_task(_relay(database, store, driver, stop, rounds.wake))
    try:
        await manager.run(
            dequeue_timeout=HEARTBEAT,
            batch_size=settings.jobs_at_once,
            max_concurrent_tasks=2 * settings.jobs_at_once,
            heartbeat_timeout=HEARTBEAT,
            log_aggregation_interval=dt.timedelta(0),
        )
    finally:
        for task in (relay, stopping, cleaning, going_round):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _clean(database: Database, store: Store, kept: dt.timedelta) -> None:
    """Forget request keys that are older than `kept`, in small portions."""
    while True:
        try:
            while await forget(database, store.now() - kept):  # noqa: ASYNC110 - rests between portions
                await asyncio.sleep(LOOK_SECONDS)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("old request keys could not be cleaned up now: %s", error)
        await asyncio.sleep(CLEAN_SECONDS)


async def _stop(stop: asyncio.Event, manager: QueueManager) -> None:
    await stop.wait()
    manager.shutdown.set()


def job_runner(
    store: Store, gateways: Gateways, *, may_reauthorize: bool = False
) -> Callable[[models.Job], Awaitable[None]]:
    """What the queue calls for each job. An operation that fails waits and is handed over again, at last it is given
    up: when, stands in its own row, by our clock, where people see it.
    """

    async def run_job(job: models.Job) -> None:
        what = msgspec.json.decode(job.payload or b"", type=Job)
        try:
            await run_operation(store, gateways, what.shard, what.operation_id, may_reauthorize=may_reauthorize)
        except Exception as error:  # noqa: BLE001  # whatever it was, the operation must say so
            if not isinstance(error, TryLater):
                _log.exception("background operation %s failed", what.operation_id)
            await _put_off(store, what, error)

    return run_job


async def _put_off(store: Store, what: Job, error: Exception) -> None:
    try:
        await put_off(store, what.shard, what.operation_id, str(error) or type(error).__name__)
    except Exception as failure:  # noqa: BLE001  # see below
        # The database is away: the queue keeps the job, and the operation's row still says that it runs.
        raise RetryRequested(delay=PAUSE, reason=str(failure)) from error


async def _relay(
    database: Database, store: Store, driver: WakingDriver, stop: asyncio.Event, wake_rounds: Callable[[], None]
) -> None:
    woken = asyncio.Event()
    while not stop.is_set():
        try:
            async with _listening(database, {CHANNEL: woken.set, BULK_CHANNEL: wake_rounds}):
                await _hand_over_until(database, store, driver, stop, woken)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("the relay lost the database and tries again: %s", error)
            await asyncio.sleep(LOOK_SECONDS)


async def _hand_over_until(
    database: Database, store: Store, driver: WakingDriver, stop: asyncio.Event, woken: asyncio.Event
) -> None:
    queue = queries(driver)
    looked = -math.inf
    while not stop.is_set():
        woken.clear()
        if asyncio.get_running_loop().time() - looked > STRAYED_AFTER.total_seconds() / 4:
            await take_back(database, store.now() - STRAYED_AFTER)
            looked = asyncio.get_running_loop().time()
        if await hand_over(database, queue, store.now()):
            driver.wake(store.now())
            continue
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), LOOK_SECONDS)


@contextlib.asynccontextmanager
async def _listening(database: Database, wakes: Mapping[str, Callable[[], None]]) -> AsyncIterator[None]:
    """Call what stands for a channel at each wake-up in it."""
    connection = await database.main.acquire()

    def woken(_: object, __: object, channel: str, ___: object) -> None:
        wakes[channel]()

    for channel in wakes:
        await connection.add_listener(channel, woken)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            for channel in wakes:
                await connection.remove_listener(channel, woken)
        with contextlib.suppress(asyncpg.InterfaceError):
            await database.main.release(connection)
