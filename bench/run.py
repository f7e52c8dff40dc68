"""The whole measurement, in the order in which it is made."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import msgspec

from bench import pgbench
from bench.changes import Cost, costs_of_changes
from bench.effort import Effort
from bench.funds import FundsAt, measure_funds
from bench.lifecycle import (
    STEPS,
    Shop,
    Timings,
    invoice,
    live,
    open_shop,
    pick_up_seconds,
    read_operation,
    start_operation,
)
from bench.load import Window, load
from bench.measure import Processes, median, quantile
from bench.pgbench import Limit
from bench.recording import SETTLE_SECONDS, Transactions, recording, take_recorded
from bench.script import Script, script_of
from bench.server import Server
from bench.statements import StatementLog, statement_log
from orderwright.demo.client import Client

IDLE_PAUSE_SECONDS = 0.1
DEAREST = 12


class StepTimes(msgspec.Struct, frozen=True):
    """Milliseconds of one step."""

    step: str
    p50: float
    p95: float


class AtConcurrency(msgspec.Struct, frozen=True):
    """What was measured at one concurrency: the medians of the rounds' rates, and of their ratios."""

    concurrency: int
    lifecycles: int
    per_second: float
    pgbench_per_second: float
    ratio: float
    steps: tuple[StepTimes, ...]
    pick_up: StepTimes
    cpu_milliseconds: dict[str, float]
    """Processor time per lifecycle by process."""
    pgbench_cpu_milliseconds: float
    """PostgreSQL's processor time for one lifecycle of pgbench."""
    rounds: tuple[tuple[float, float], ...]
    """Lifecycles per second of each round: ours, pgbench's."""


class DearStatement(msgspec.Struct, frozen=True):
    """A statement, with executions and milliseconds per lifecycle."""

    text: str
    executed: float
    milliseconds: float


class Written(msgspec.Struct, frozen=True):
    """What one lifecycle does to the database."""

    inserted: int
    updated: int
    deleted: int
    writing_commits: int
    commits: float
    """All transactions, also those that only read."""
    statements: float
    """All statements, BEGIN and COMMIT too."""
    dearest: tuple[DearStatement, ...]


class PgbenchScript(msgspec.Struct, frozen=True):
    """What pgbench does for one lifecycle; `left_out` are changed rows of ours that it does not write."""

    commits: int
    statements: int
    rows: int
    left_out: int


class Report(msgspec.Struct, frozen=True):
    """All figures of one run."""

    written: Written
    pgbench: PgbenchScript
    idle_pick_up: StepTimes
    idle_pick_up_worst: float
    changes: tuple[Cost, ...]
    funds: tuple[FundsAt, ...]
    loads: tuple[AtConcurrency, ...]


@dataclass(frozen=True)
class Bench:
    """What all parts of the measurement need."""

    server: Server
    api: Client
    shop: Shop
    connection: asyncpg.Connection
    processes: Processes

    async def live(self, count: int) -> None:
        """`count` lifecycles, one after the other, which nobody times."""
        for _ in range(count):
            await live(self.api, self.shop, Timings())


async def measure(server: Server, effort: Effort) -> Report:
    """Measure everything on `server`, which has done nothing yet."""
    api = server.client()
    connection = await asyncpg.connect(server.database_url)
    try:
        bench = Bench(server, api, await open_shop(api), connection, Processes.of(server))
        await bench.live(effort.warm_up)
        recorded = await record(bench)
        written, script = await count(bench, recorded, effort.counted), script_of(recorded)
        idle = await pick_ups_when_idle(bench, effort.idle)
        changes = await costs_of_changes(api, bench.shop, bench.processes, effort.changed)
        loads = await compare(bench, script, effort)
        funds = await measure_funds(server, effort.funds, effort.rounds, effort.warm_up)
    finally:
        await connection.close()
        api.close()
    times = step_times("idle", idle)
    made = PgbenchScript(script.transactions, script.statements, script.rows, script.left_out)
    return Report(written, made, times, 1000 * max(idle, default=float("nan")), changes, funds, loads)


async def record(bench: Bench) -> Transactions:
    """The rows that one lifecycle writes."""
    await asyncio.sleep(SETTLE_SECONDS)
    async with recording(bench.connection):
        await bench.live(1)
        await asyncio.sleep(SETTLE_SECONDS)
    return await take_recorded(bench.connection)


async def count(bench: Bench, recorded: Transactions, lifecycles: int) -> Written:
    """Rows, commits and statements per lifecycle, one lifecycle at a time; background work goes with its lifecycle."""
    async with statement_log(bench.connection, bench.server.log) as log:
        await bench.live(lifecycles)
        await asyncio.sleep(SETTLE_SECONDS)
    statements = [statement for transaction in recorded for statement in transaction]
    rows = sum(len(statement.rows) for statement in statements)
    inserted = sum(len(statement.rows) for statement in statements if statement.inserts)
    deleted = sum(len(statement.rows) for statement in statements if statement.deletes)
    return Written(
        inserted=inserted,
        updated=rows - inserted - deleted,
        deleted=deleted,
        writing_commits=len(recorded),
        commits=log.commits / lifecycles,
        statements=log.executed / lifecycles,
        dearest=dearest(log, lifecycles),
    )


def dearest(log: StatementLog, lifecycles: int) -> tuple[DearStatement, ...]:
    return tuple(
        DearStatement(text, spent.executed / lifecycles, spent.milliseconds / lifecycles)
        for text, spent in log.dearest(DEAREST)
    )


async def pick_ups_when_idle(bench: Bench, operations: int) -> list[float]:
    """Seconds until a worker began with each of `operations`, asked for one by one while nothing else went on."""
    orders = [await invoice(bench.api, bench.shop, Timings()) for _ in range(operations)]
    ids = []
    for order in orders:
        await asyncio.sleep(IDLE_PAUSE_SECONDS)
        ids.append(await start_operation(bench.api, order, "funds", {"invoiceId": order.invoice_id}))
    await asyncio.sleep(SETTLE_SECONDS)
    return [pick_up_seconds(await read_operation(bench.api, operation_id)) for operation_id in ids]


async def compare(bench: Bench, script: Script, effort: Effort) -> tuple[AtConcurrency, ...]:
    """Ours and pgbench in turn, so that both meet the same machine."""
    seconds = max(1, effort.seconds // effort.rounds)
    url = await pgbench.make_database(bench.server)
    file = bench.server.data.parent / "lifecycle.sql"
    file.write_text(script.text)
    found: dict[int, list[tuple[Window, Limit]]] = {concurrency: [] for concurrency in effort.concurrency}
    for _ in range(effort.rounds):
        for concurrency in effort.concurrency:
            window = await load(bench.api, bench.shop, concurrency, bench.processes, seconds)
            limit = await pgbench.run(bench.server, url, file, concurrency, seconds)
            found[concurrency].append((window, limit))
    return tuple(at_concurrency(concurrency, pairs) for concurrency, pairs in found.items())


def at_concurrency(concurrency: int, rounds: Sequence[tuple[Window, Limit]]) -> AtConcurrency:
    """The figures of one concurrency from its rounds."""
    windows = [window for window, _ in rounds]
    lifecycles = sum(window.lifecycles for window in windows)
    times = {step: [t for window in windows for t in window.timings.steps[step]] for step in STEPS}
    return AtConcurrency(
        concurrency=concurrency,
        lifecycles=lifecycles,
        per_second=median([window.per_second for window in windows]),
        pgbench_per_second=median([limit.per_second for _, limit in rounds]),
        ratio=median([window.per_second / limit.per_second for window, limit in rounds]),
        steps=tuple(step_times(step, found) for step, found in times.items()),
        pick_up=step_times("pick-up", [t for window in windows for t in window.timings.pick_ups]),
        cpu_milliseconds={
            name: 1000 * sum(window.cpu_seconds[name] for window in windows) / max(1, lifecycles)
            for name in windows[0].cpu_seconds
        },
        pgbench_cpu_milliseconds=1000 * median([limit.postgres_seconds for _, limit in rounds]),
        rounds=tuple((window.per_second, limit.per_second) for window, limit in rounds),
    )


def step_times(step: str, seconds: Sequence[float]) -> StepTimes:
    return StepTimes(step, 1000 * quantile(seconds, 0.5), 1000 * quantile(seconds, 0.95))
