"""The real worker, with a stopwatch around its jobs, its database and its gateway.

`python -m orderwright.cli.process worker NAME bench.funds_worker:run` runs it exactly as `serve` runs its workers.
Nothing of it is replaced: what is called goes on to what would have been called, and the time until it answers is
noted. When the worker ends, all runs are written to the file that BENCH_TIMES_FILE names.
"""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from pgqueuer import models
from pgqueuer.qm import QueueManager

from bench.funds_times import Place, Run, Span
from orderwright.gateways.simulator import Simulator
from orderwright.jobs import worker
from orderwright.store.database import Database
from orderwright.store.transaction import Store

FILE_VARIABLE = "BENCH_TIMES_FILE"
ASKED_OF_GATEWAYS = ("authorize", "capture", "refund", "void", "look_up")
QUERIES = frozenset({"fetch", "fetchrow", "fetchval", "execute", "executemany"})

T = TypeVar("T")

_spans: ContextVar[list[Span] | None] = ContextVar("spans", default=None)
"""Of the run at hand. None outside of one, and while it is somewhere already: a gateway's query is the gateway's."""


async def run(database: Database, store: Store, settings: worker.WorkerSettings, stop: asyncio.Event) -> None:
    """Work as `orderwright.jobs.worker.run` does until `stop` is set, then write down all runs."""
    runs: list[Run] = []
    watch_jobs(runs)
    watch_gateway()
    database.main = TimedPool(database.main)  # type: ignore[assignment]  # answers to all that a pool answers to
    try:
        await worker.run(database, store, settings, stop)
    finally:
        write_down(runs)


def write_down(runs: Sequence[Run]) -> None:
    Path(os.environ[FILE_VARIABLE]).write_bytes(msgspec.json.encode(runs))


def watch_jobs(runs: list[Run]) -> None:
    """Note each run of each job in `runs`."""
    entrypoint = QueueManager.entrypoint

    def watched(manager: QueueManager, *names: Any, **options: Any) -> Callable[[Any], Any]:
        register = entrypoint(manager, *names, **options)
        return lambda job_runner: register(noted(job_runner, runs))

    QueueManager.entrypoint = watched  # type: ignore[assignment, method-assign]  # as the original, but for its types


def noted(job_runner: Callable[[models.Job], Awaitable[None]], runs: list[Run]) -> Callable[[models.Job], Any]:
    """`job_runner`, which also adds to `runs`."""

    @functools.wraps(job_runner)
    async def run_job(job: models.Job) -> None:
        spans: list[Span] = []
        _spans.set(spans)
        began = time.time()
        try:
            await job_runner(job)
        finally:
            operation_id = msgspec.json.decode(job.payload or b"")["operation_id"]
            runs.append(Run(operation_id, began, time.time(), tuple(spans)))

    return run_job


def watch_gateway() -> None:
    """Note the time of all that is asked of the simulated gateway."""
    for name in ASKED_OF_GATEWAYS:
        setattr(Simulator, name, in_place("gateway", getattr(Simulator, name)))


def in_place(place: Place, function: Callable[..., Awaitable[T]]) -> Callable[..., Any]:
    """`function`, whose time is noted as spent in `place`."""

    @functools.wraps(function)
    async def timed(*values: Any, **options: Any) -> T:
        return await spent(place, function(*values, **options))

    return timed


async def spent(place: Place, work: Awaitable[T]) -> T:
    """What `work` returns; until then the run at hand is in `place`."""
    spans = _spans.get()
    if spans is None:
        return await work
    _spans.set(None)
    began = time.time()
    try:
        return await work
    finally:
        spans.append(Span(place, began, time.time()))
        _spans.set(spans)


class Timed:
    """A pool or a session: its queries are timed, all else is its own."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        return in_place("database", found) if name in QUERIES else found


class TimedSession(Timed):
    """A session."""

    def transaction(self, **options: Any) -> TimedBlock:
        return TimedBlock(self.real.transaction(**options), lambda transaction: transaction)


class TimedPool(Timed):
    """A pool; to wait for one of its sessions is time in the database too."""

    def acquire(self, **options: Any) -> TimedBlock:
        return TimedBlock(self.real.acquire(**options), TimedSession)

    async def release(self, session: TimedSession, **options: Any) -> None:
        await self.real.release(session.real, **options)


class TimedBlock:
    """A transaction, or a session that is borrowed: to enter and to leave it is timed."""

    def __init__(self, real: Any, wrapped: Callable[[Any], Any]) -> None:
        self._real = real
        self._wrapped = wrapped

    async def __aenter__(self) -> Any:
        return self._wrapped(await spent("database", self._real.__aenter__()))

    async def __aexit__(self, *error: Any) -> Any:
        return await spent("database", self._real.__aexit__(*error))

    def __await__(self) -> Generator[Any, None, Any]:
        return self._borrowed().__await__()

    async def _borrowed(self) -> Any:
        return self._wrapped(await spent("database", self._real))
