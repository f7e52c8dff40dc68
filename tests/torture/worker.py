"""A worker process in miniature: pools, store and gateway of its own, all of which are lost when it is killed."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import Any, cast

import asyncpg
import msgspec
from pgqueuer import models

from orderwright.clock import Clock
from orderwright.gateways.configuration import Secret
from orderwright.gateways.simulator import Simulator, open_pool
from orderwright.jobs.operation import put_off
from orderwright.jobs.relay import Job
from orderwright.jobs.rounds import deliver_notifications
from orderwright.jobs.worker import job_runner
from orderwright.objects.definition import Id
from orderwright.settlement.gateways import OneGateway
from orderwright.settlement.settle import settle_due
from orderwright.store.database import Database
from orderwright.store.ids import shard_of
from orderwright.store.transaction import Store
from tests.torture.blows import Blows
from tests.torture.road import Late, Road
from tests.torture.scenario import Scenario
from tests.torture.sessions import WatchedPool

NOTIFICATION_SECRET = Secret("what the simulator signs with")


@dataclass
class Worker:
    """One worker. `hire` makes it; it ends with `leave`, or is killed with `die`."""

    name: str
    database: Database
    gateway: Road
    books: asyncpg.Pool
    store: Store
    settle_seconds: float | None
    timeout_seconds: float
    sessions: set[int] = field(default_factory=set)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    dead: bool = False

    def serves(self, scenario: Scenario) -> bool:
        """Whether its gateway is the one of the scenario."""
        return (self.settle_seconds, self.timeout_seconds) == (scenario.settle_seconds, scenario.timeout_seconds)

    async def run(self, operation_id: Id) -> None:
        """One run of a background operation: the queue's own job. Raises what makes the queue run it again."""
        payload = msgspec.json.encode(Job(shard_of(operation_id), operation_id))
        await job_runner(self.store, self.gateways)(models.Job.model_construct(payload=payload))

    async def put_off(self, operation_id: Id) -> None:
        """What a job does with an operation that failed, until it is given up."""
        await put_off(self.store, shard_of(operation_id), operation_id, "it keeps failing")

    async def go_round(self, provider: Simulator) -> None:
        """What a worker looks after by itself: what the provider has to say, and requests that nobody settled."""
        await deliver_notifications(self.store, OneGateway(provider))
        await settle_due(self.store, self.gateways)

    @property
    def gateways(self) -> OneGateway:
        """Its gateway, for every payment."""
        return OneGateway(self.gateway)

    def die(self) -> None:
        """Lose everything at once: no transaction is ended, no connection closed in order, no task finished."""
        self.dead = True
        if self.database._renewal is not None:
            self.database._renewal.cancel()
        for pool in (self.database.main, self.database.side, self.books):
            pool.terminate()
        for task in self.tasks - {asyncio.current_task()}:
            task.cancel()

    async def leave(self) -> None:
        """End in good order."""
        if not self.dead:
            await self.database.close()
            await self.gateway.close()


async def hire(name: str, url: str, clock: Clock, blows: Blows, late: Late, scenario: Scenario) -> Worker:
    """A new worker, connected to the database and to the gateway of the scenario."""
    settle, timeout_seconds = scenario.settle_seconds, scenario.timeout_seconds
    database = await Database.open(url, connections=4)
    books = await open_pool(url, max_size=2)
    simulator = Simulator(
        books,
        clock,
        settles_after=None if settle is None else dt.timedelta(seconds=settle),
        timeout_seconds=timeout_seconds,
        notification_secret=NOTIFICATION_SECRET,
    )
    store = Store(database, clock)
    worker = Worker(name, database, cast("Road", None), books, store, settle, timeout_seconds)
    worker.gateway = Road(simulator, blows, worker, late)
    database.main = cast("asyncpg.Pool", WatchedPool(database.main, blows, worker))
    return worker
