"""The workers of a run, and a queue that hands each operation out until it has finished, as the real one does.

It promises no more than that: an operation whose worker died is handed to another, one that failed is handed out again,
and the same one may be in two hands at once.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from orderwright.gateways.simulator import Simulator
from orderwright.objects.definition import Id
from orderwright.store.ids import shard_of
from tests.torture.blows import Blows, Killed
from tests.torture.clock import MovedClock
from tests.torture.postgres import AWAY, Postgres
from tests.torture.road import Late
from tests.torture.scenario import Scenario
from tests.torture.story import Violation
from tests.torture.worker import Worker, hire

AT_ONCE = 4
MOST_DELIVERIES = 80
PAUSE_SECONDS = 0.03
LEAVE_SECONDS = 5
FINISHED = (
    "SELECT finished_at IS NOT NULL AS done, process_after FROM background_operation WHERE shard = $1 AND id = $2"
)
RELEASE = "UPDATE node_lease SET expires_at = now() + interval '5 seconds' WHERE holder = $1"
"""A dead worker's node number is free again after ten minutes, and there are 256: that is too slow for the matrix."""


@dataclass
class Crew:
    """Workers by the dozen."""

    postgres: Postgres
    clock: MovedClock
    blows: Blows
    late: Late
    provider: Simulator
    """Whose notifications are delivered."""
    workers: list[Worker] = field(default_factory=list)
    killed: int = 0
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _leftovers: set[asyncio.Task[None]] = field(default_factory=set)

    async def work_off(self, operations: Sequence[Id], scenario: Scenario) -> None:
        """Return when all `operations` have finished. Raises Violation for one that never does."""
        waiting = deque([*operations] * (2 if scenario.delivered_twice else 1))
        deliveries: Counter[Id] = Counter()
        busy: dict[asyncio.Task[None], tuple[Worker, Id]] = {}
        while waiting or busy:
            await self._staff(scenario)
            self._hand_out(waiting, busy, scenario)
            await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
            for task in [t for t, (worker, _) in busy.items() if t.done() or worker.dead]:
                _, operation = busy.pop(task)
                self._leftovers.add(task)
                if not await self._has_finished(operation):
                    deliveries[operation] += 1
                    waiting.append(operation)
                if deliveries[operation] > MOST_DELIVERIES:
                    raise Violation(f"operation {operation} was run {MOST_DELIVERIES} times and has not finished")

    def _hand_out(
        self, waiting: deque[Id], busy: dict[asyncio.Task[None], tuple[Worker, Id]], scenario: Scenario
    ) -> None:
        while waiting and len(busy) < AT_ONCE * len(self.workers):
            worker = min(self.workers, key=lambda w: sum(w is other for other, _ in busy.values()))
            operation = waiting.popleft()
            task = asyncio.create_task(self._deliver(worker, operation, scenario))
            worker.tasks.add(task)
            busy[task] = (worker, operation)

    async def _deliver(self, worker: Worker, operation: Id, scenario: Scenario) -> None:
        story = self.blows.story
        try:
            story.tell(f"{worker.name} runs {operation}")
            await worker.run(operation)
            if scenario.gives_up and not worker.dead:
                await self._give_up(worker, operation)
        except Killed:
            story.tell(f"{worker.name} is dead")
        except Exception as error:  # noqa: BLE001 - whatever a job raises makes the queue run it again
            story.tell(f"{worker.name} {operation}: {type(error).__name__}: {str(error)[:200]}")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _give_up(self, worker: Worker, operation: Id) -> None:
        """Let an operation that has failed once end now, rather than after many tries."""
        (row,) = await self.postgres.fetch(FINISHED, shard_of(operation), operation)
        while row["tries"] and not row["done"]:
            await worker.put_off(operation)
            (row,) = await self.postgres.fetch(FINISHED, shard_of(operation), operation)

    async def go_round(self, scenario: Scenario) -> None:
        """Let one worker look after what is left over."""
        await self._staff(scenario)
        worker = self.workers[0]
        task = asyncio.create_task(self._go_round(worker))
        worker.tasks.add(task)
        await asyncio.wait([task])

    async def _go_round(self, worker: Worker) -> None:
        try:
            await worker.go_round(self.provider)
        except Killed:
            self.blows.story.tell(f"{worker.name} is dead")
        except Exception as error:  # noqa: BLE001 - the next round may go better
            self.blows.story.tell(f"{worker.name} went round: {type(error).__name__}: {str(error)[:200]}")

    async def _has_finished(self, operation: Id) -> bool:
        (row,) = await self.postgres.fetch(FINISHED, shard_of(operation), operation)
        if row["process_after"] is not None:
            self.clock.reach(row["process_after"])
        return bool(row["done"])

    async def _staff(self, scenario: Scenario) -> None:
        """Replace the dead, and those whose gateway is another than the scenario's."""
        await self.bury()
        for worker in [w for w in self.workers if not w.serves(scenario)] + self.workers[scenario.workers :]:
            await self._let_go(worker)
        while len(self.workers) < scenario.workers:
            await self.postgres.started()
            try:
                self.workers.append(await self._hire(scenario))
            except AWAY:
                continue  # killed again meanwhile

    async def _hire(self, scenario: Scenario) -> Worker:
        name = f"worker {next(self._numbers)}"
        return await hire(name, self.postgres.url, self.clock, self.blows, self.late, scenario)

    async def bury(self) -> None:
        """See the dead off."""
        for worker in [w for w in self.workers if w.dead]:
            self.workers.remove(worker)
            self.killed += 1
            await self.postgres.fetch(RELEASE, worker.database.holder)

    async def _let_go(self, worker: Worker) -> None:
        if worker in self.workers:
            self.workers.remove(worker)
            await self.postgres.started()
            await worker.leave()

    async def rest(self) -> None:
        """Between two runs: nothing of the last one goes on. What the dead left undone ends by itself."""
        await self.postgres.started()
        await self.bury()
        for worker in self.workers:
            worker.sessions.clear()
        if self._leftovers:
            await asyncio.wait(self._leftovers, timeout=LEAVE_SECONDS)
        self._leftovers.clear()

    async def dismiss(self) -> None:
        """Let all workers go, whatever they do."""
        for worker in self.workers:
            worker.die()
        await self.rest()
