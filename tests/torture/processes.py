"""Real worker processes, each with its relay and queue, killed with SIGKILL in the middle of several operations.

A round has several orders, each held at a step of its own (see traps.py). Then the process is killed, or PostgreSQL,
or every session of the process. A new process has to take over what nobody works on any more; one that has lost its
database has to find it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

from orderwright.gateways.simulator import FaultOperation
from orderwright.objects.definition import Id
from orderwright.store.ids import shard_of
from tests.torture.books import read_ours, reference
from tests.torture.crew import FINISHED
from tests.torture.ground import Ground, prepared_ground
from tests.torture.matrix import OPERATIONS, Cell
from tests.torture.postgres import Postgres
from tests.torture.run import Result, Run
from tests.torture.scenario import Scenario, draw
from tests.torture.story import Story, Violation
from tests.torture.traps import TRAPS, Trap

COMMAND = (sys.executable, "-m", "orderwright", "work", "--database-url")
PROCESS_KILLS = ("kill -9", "connections", "server")
ORDERS = 2 * len(TRAPS)
START_SECONDS = 30
FINISH_SECONDS = 45
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE backend_start > $1 AND backend_type = 'client backend'"


@dataclass
class Processes:
    """One worker process at a time, started again when it ends."""

    postgres: Postgres
    story: Story
    _process: asyncio.subprocess.Process | None = None
    started_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    async def start(self) -> None:
        """Return once a worker process works."""
        if self._process is None or self._process.returncode is not None:
            self.started_at = dt.datetime.now(dt.UTC)
            self._process = await asyncio.create_subprocess_exec(
                *COMMAND,
                self.postgres.url,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            assert self._process.stdout is not None
            async with asyncio.timeout(START_SECONDS):
                await self._process.stdout.readline()
            self.story.tell(f"worker process {self._process.pid} works")

    async def work_off(self, operations: Sequence[Id], _: Scenario) -> None:
        """Return when all `operations` have finished. Raises Violation for one that does not."""
        deadline = time.monotonic() + FINISH_SECONDS
        for operation in operations:
            while not (await self.postgres.fetch(FINISHED, shard_of(operation), operation))[0]["done"]:
                if time.monotonic() > deadline:
                    raise Violation(f"operation {operation} has not finished after {FINISH_SECONDS} seconds")
                await self.start()
                await asyncio.sleep(0.05)

    async def go_round(self, _: Scenario) -> None:
        """A real worker does so by itself."""

    async def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def kill_sessions(self, spared: Sequence[int]) -> None:
        """End every session that was opened since the process was started, but for those of the traps."""
        found = await self.postgres.fetch(SESSIONS, self.started_at)
        await self.postgres.terminate([row["pid"] for row in found if row["pid"] not in spared])

    async def stop(self) -> None:
        """End in good order."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


@contextlib.asynccontextmanager
async def processes(postgres: Postgres, story: Story) -> AsyncIterator[Processes]:
    held = Processes(postgres, story)
    try:
        yield held
    finally:
        await held.stop()


async def kill_processes(rounds: int, seed: int, progress: Callable[[Result], None] | None = None) -> list[Result]:
    """The results of `rounds` rounds, one for each order. All ways to kill and both operations come in turn."""
    results: list[Result] = []
    async with prepared_ground() as ground:
        ground.clock.is_real = True
        for number in range(rounds):
            kill = PROCESS_KILLS[number % len(PROCESS_KILLS)]
            operation = OPERATIONS[number // len(PROCESS_KILLS) % len(OPERATIONS)]
            found = await Round(ground, seed, number, operation, kill).carry_out()
            for result in found:
                results.append(result)
                if progress is not None:
                    progress(result)
        rules = await ground.broken_rules()
    for rule in rules:
        results[-1].problems.append(f"broken rule: {rule.text}")
    return results


@dataclass
class Round:
    """Several orders and one kill."""

    ground: Ground
    seed: int
    number: int
    operation: str
    kill: str

    async def carry_out(self) -> list[Result]:
        began = time.monotonic()
        story = self.ground.blows.story = Story()
        steps = [TRAPS[place % len(TRAPS)] for place in range(ORDERS)]
        cells = [Cell(self.operation, step, "none", self.kill) for step in steps]
        results = [Result(f"process {self.seed}-{self.number}.{n}", cell) for n, cell in enumerate(cells)]
        async with processes(self.ground.postgres, story) as held:
            runs = [await self._run(held, place, result) for place, result in enumerate(results)]
            try:
                asked = await self._in_trouble(held, runs, steps)
                await held.start()
            except Exception as error:  # noqa: BLE001 - whatever stops a round is a finding
                results[0].problems.append(f"{type(error).__name__}: {error}")
            else:
                await asyncio.gather(*map(self._finish, runs, results, asked))
        for result in results:
            result.struck, result.story = True, str(story)
            result.seconds = (time.monotonic() - began) / len(results)
            result.again = f"python -m tests.torture --runs 0 --processes {self.number + 1} --seed {self.seed}"
        return results

    async def _run(self, held: Processes, place: int, result: Result) -> Run:
        """An order with one operation to hold: one parcel, one return."""
        scenario = draw(result.cell, self.seed, 1000 * (self.number + 1) + place)
        parcel = {name: line.units for name, line in scenario.lines.items()}
        scenario = replace(
            scenario,
            name=f"process-{scenario.name}",
            shipments=(parcel,),
            returns=(scenario.returns[0],),
            excess_shares=(),
            asked_at_once=1,
            goes_round_meanwhile=False,
            blows=(),
            later_blows=(),
        )
        return Run(self.ground, scenario, result.counts, await self.ground.shop.place(scenario), held)

    async def _in_trouble(self, held: Processes, runs: Sequence[Run], steps: Sequence[str]) -> list[list[Id]]:
        """Ask, hold every order at its step, and kill."""
        if self.operation == "Refund":
            for run in runs:
                await run.stage("Capture")
            await held.stop()
        asked = [await run.asked_for(self.operation) for run in runs]
        traps = [await self._trap(run, step) for run, step in zip(runs, steps, strict=True)]
        try:
            await held.start()
            await asyncio.gather(*(trap.has_caught() for trap in traps))
            held.story.tell(f"KILLED: {self.kill}")
            await self._kill(held, [process_id for trap in traps for process_id in trap.sessions])
        finally:
            for trap in traps:
                trap.open()
            await self.ground.calm()
        return asked

    async def _trap(self, run: Run, step: str) -> Trap:
        ours = await read_ours(self.ground.postgres, run.summary_id)
        drawn_on = ours.authorizations if self.operation == "Capture" else ours.payments
        operation: FaultOperation = "Capture" if self.operation == "Capture" else "Refund"
        trap = Trap(self.ground, step, operation, run.summary_id, [reference(record) for record in drawn_on])
        await trap.set()
        return trap

    async def _kill(self, held: Processes, spared: Sequence[int]) -> None:
        if self.kill == "kill -9":
            await held.kill()
        elif self.kill == "server":
            await self.ground.postgres.crash(wait=True)
        else:
            await held.kill_sessions(spared)

    async def _finish(self, run: Run, result: Result, operations: list[Id]) -> None:
        try:
            await run.finish(self.operation, operations)
            result.problems += await run.problems()
        except Exception as error:  # noqa: BLE001 - whatever stops a run is a finding
            result.problems.append(f"{type(error).__name__}: {error}")
