"""How many ensure-funds operations a second, and where their time goes.

On a database of its own, with one API process and one worker. The worker is the real one, run as `serve` runs it, with
a stopwatch around it (`bench.funds_worker`). Orders with posted invoices are prepared first; then their funds are asked
for one at a time, eight at a time, and all before a worker looks at any of them: the backlog.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec
import psutil

from bench.funds_times import Moments, Parts, Run, by_operation, mean, parts_of, per_second
from bench.funds_worker import FILE_VARIABLE
from bench.lifecycle import (
    TOTAL,
    OperationFailed,
    Shop,
    Sold,
    Timings,
    invoice,
    open_shop,
    run_operation,
    start_operation,
)
from bench.measure import Processes, difference, median
from bench.pgbench import make_database
from bench.recording import SETTLE_SECONDS
from bench.server import STOP_SECONDS, Server
from orderwright.cli.server import APPLICATION, address_of, first_answer, listening
from orderwright.clock import system_clock
from orderwright.demo.client import Client
from orderwright.objects.identity import to_15
from orderwright.settings import Settings
from orderwright.store.database import connected
from orderwright.store.oauth import create_client

AT_ONCE = 8
LOOK_SECONDS = 0.1
BACKLOG = 0
"""The number of operations under way that stands for all of them."""
ROOT = Path(__file__).resolve().parents[1]

OPERATIONS = """
SELECT id, extract(epoch FROM submitted_at)::float8 AS submitted, extract(epoch FROM started_at)::float8 AS started,
       outcome, completed_amount FROM background_operation WHERE id = ANY ($1::text[])
"""
UNFINISHED = "SELECT count(*) FROM background_operation WHERE finished_at IS NULL"


class FundsAt(msgspec.Struct, frozen=True):
    """What was measured in one way of asking; the rate is the median of the rounds'."""

    how: str
    operations: int
    per_second: float
    rounds: tuple[float, ...]
    parts: Parts
    """Of one operation, in the mean."""
    cpu_milliseconds: dict[str, float]
    """Processor time per operation by process."""


@dataclass(frozen=True)
class Asked:
    """One round of one way of asking: its operations, from when on they count, and the processor time of all of it."""

    operation_ids: Sequence[str]
    since: float
    cpu_seconds: dict[str, float]


@dataclass(frozen=True)
class Bench:
    """What all parts of the measurement need."""

    api: Client
    shop: Shop
    connection: asyncpg.Connection
    processes: Processes


async def measure_funds(server: Server, operations: int, rounds: int, warm_up: int) -> tuple[FundsAt, ...]:
    """Measure each way of asking with `operations` in each of `rounds`; one at a time, with a quarter of them.

    Before that, `warm_up` operations that do not count.
    """
    url = await make_database(server, "funds")
    file = server.data.parent / "times.json"
    connection = await asyncpg.connect(url)
    try:
        async with serving(url, file) as (api, api_process, worker_process):
            processes = Processes(api_process, worker_process, server.postmaster(), psutil.Process())
            bench = Bench(api, await open_shop(api), connection, processes)
            await closed_loop(bench, AT_ONCE, await prepared(bench, warm_up))
            asked = await ask_in_rounds(bench, operations, rounds)
        runs = by_operation(msgspec.json.decode(file.read_bytes(), type=list[Run]))
        return tuple([await funds_at(connection, at_once, mine, runs) for at_once, mine in asked.items()])
    finally:
        await connection.close()


async def ask_in_rounds(bench: Bench, operations: int, rounds: int) -> dict[int, list[Asked]]:
    """The rounds of each way of asking, taken in turn so that all meet the same machine."""
    ways = {1: max(1, operations // 4), AT_ONCE: operations, BACKLOG: operations}
    asked: dict[int, list[Asked]] = {at_once: [] for at_once in ways}
    for _ in range(rounds):
        for at_once, count in ways.items():
            asked[at_once].append(await ask(bench, at_once, count))
    return asked


async def ask(bench: Bench, at_once: int, count: int) -> Asked:
    """Ask for the funds of `count` new orders and wait for all of them."""
    orders = await prepared(bench, count)
    await asyncio.sleep(SETTLE_SECONDS)
    return await (closed_loop(bench, at_once, orders) if at_once else backlog(bench, orders))


async def prepared(bench: Bench, count: int) -> list[Sold]:
    """Orders with posted invoices."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one() -> Sold:
        async with limit:
            return await invoice(bench.api, bench.shop, Timings())

    return await asyncio.gather(*(one() for _ in range(count)))


async def closed_loop(bench: Bench, at_once: int, orders: Sequence[Sold]) -> Asked:
    """`at_once` clients, each of which asks for the funds of one order after the other and waits as a shop does."""
    waiting, ids = list(orders), []

    async def client() -> None:
        while waiting:
            order = waiting.pop()
            ids.append(await run_operation(bench.api, order, "funds", {"invoiceId": order.invoice_id}, Timings()))

    since, before = time.time(), bench.processes.cpu_seconds()
    await asyncio.gather(*(client() for _ in range(at_once)))
    return Asked(ids, since, difference(bench.processes.cpu_seconds(), before))


async def backlog(bench: Bench, orders: Sequence[Sold]) -> Asked:
    """All funds asked for while the worker stands still; what counts is how it works them off.

    It stands still by a signal, so that it is warm when it goes on: starting a process is no part of this.
    """
    bench.processes.worker.send_signal(signal.SIGSTOP)
    try:
        ids = [await start_operation(bench.api, order, "funds", {"invoiceId": order.invoice_id}) for order in orders]
    finally:
        since, before = time.time(), bench.processes.cpu_seconds()
        bench.processes.worker.send_signal(signal.SIGCONT)
    while await bench.connection.fetchval(UNFINISHED):  # noqa: ASYNC110 - another process finishes them
        await asyncio.sleep(LOOK_SECONDS)
    return Asked(ids, since, difference(bench.processes.cpu_seconds(), before))


async def funds_at(
    connection: asyncpg.Connection, at_once: int, rounds: Sequence[Asked], runs: dict[str, list[Run]]
) -> FundsAt:
    """The figures of one way of asking. Raises OperationFailed unless each operation did all that it should."""
    moments = {
        operation_id: found
        for asked in rounds
        for operation_id, found in (await read_moments(connection, asked.operation_ids)).items()
    }
    rates = [
        per_second([runs[known(operation_id)][-1].ended for operation_id in asked.operation_ids], asked.since)
        for asked in rounds
    ]
    return FundsAt(
        how=f"{at_once} at once" if at_once else f"backlog of {len(rounds[0].operation_ids)}",
        operations=len(moments),
        per_second=median(rates),
        rounds=tuple(rates),
        parts=mean([parts_of(found, runs[operation_id]) for operation_id, found in moments.items()]),
        cpu_milliseconds={
            name: 1000 * sum(asked.cpu_seconds[name] for asked in rounds) / len(moments)
            for name in rounds[0].cpu_seconds
        },
    )


async def read_moments(connection: asyncpg.Connection, operation_ids: Sequence[str]) -> dict[str, Moments]:
    """When each operation was asked for and begun. Raises OperationFailed for one that did not fund a whole order."""
    ids = [known(operation_id) for operation_id in operation_ids]
    rows = await connection.fetch(OPERATIONS, ids)
    if len(rows) != len(ids):
        raise OperationFailed(f"{len(ids)} operations were asked for, and {len(rows)} are there")
    for row in rows:
        if row["outcome"] != "Succeeded" or row["completed_amount"] != TOTAL:
            raise OperationFailed(f"{row['id']}: {row['outcome']}, {row['completed_amount']} of {TOTAL}")
    return {row["id"]: Moments(row["submitted"], row["started"]) for row in rows}


def known(operation_id: str) -> str:
    """The id as it is stored."""
    stored = to_15(operation_id)
    assert stored is not None
    return stored


# --- the two processes ------------------------------------------------------------------------------------------------


@asynccontextmanager
async def serving(url: str, file: Path) -> AsyncIterator[tuple[Client, psutil.Process, psutil.Process]]:
    """A client of an API process on the database at `url`, that process, and a worker that writes its times to `file`
    when the block ends.
    """
    with listening("127.0.0.1", 0) as listener:
        settings = Settings().changed(database_url=url, port=listener.getsockname()[1], log_level="warning")
        descriptor = listener.fileno()
        with (
            started(settings, "api", APPLICATION, str(descriptor), descriptors=(descriptor,)) as api_process,
            started(settings, "worker", "bench.funds_worker:run", file=file) as worker_process,
        ):
            await first_answer(settings)
            async with connected(url, connections=1) as database:
                client = Client(address_of(settings), *await create_client(database, "benchmark", system_clock()))
            try:
                yield client, api_process, worker_process
            finally:
                client.close()


@contextmanager
def started(
    settings: Settings, role: str, *target: str, file: Path | None = None, descriptors: tuple[int, ...] = ()
) -> Iterator[psutil.Process]:
    """One process as `serve` starts it; ended by SIGTERM after the block."""
    environment = {**os.environ, **settings.environment(), "PYTHONPATH": str(ROOT), FILE_VARIABLE: str(file)}
    command = [sys.executable, "-m", "orderwright.cli.process", role, f"{role}-funds", *target]
    # Standard input is a pipe: the child ends when it does, however we end.
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, pass_fds=descriptors)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=STOP_SECONDS)
