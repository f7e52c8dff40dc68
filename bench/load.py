"""Lifecycles, many at a time, counted inside a window that opens after a warm-up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from bench.lifecycle import Shop, Timings, live
from bench.measure import Processes, difference
from orderwright.demo.client import Client

WARM_UP_SECONDS = 1.0


@dataclass(frozen=True)
class Window:
    """What happened in one window: lifecycles that ended in it, their times, processor seconds by process."""

    seconds: float
    lifecycles: int
    timings: Timings
    cpu_seconds: dict[str, float]

    @property
    def per_second(self) -> float:
        return self.lifecycles / self.seconds


async def load(
    api: Client,
    shop: Shop,
    concurrency: int,
    processes: Processes,
    seconds: float,
    warm_up_seconds: float = WARM_UP_SECONDS,
) -> Window:
    """`concurrency` lifecycles at any time. What is under way when the window closes is finished, not counted."""
    meter = _Meter()
    tasks = [asyncio.create_task(_one_after_another(api, shop, meter)) for _ in range(concurrency)]
    await _or_failure(tasks, asyncio.sleep(warm_up_seconds))
    began, cpu_before = time.perf_counter(), processes.cpu_seconds()
    meter.is_open = True
    await _or_failure(tasks, asyncio.sleep(seconds))
    meter.is_open, meter.is_over = False, True
    cpu, elapsed = difference(processes.cpu_seconds(), cpu_before), time.perf_counter() - began
    await asyncio.gather(*tasks)
    return Window(elapsed, meter.lifecycles, meter.timings, cpu)


class _Meter:
    """Whether what ends now counts, and what has counted."""

    def __init__(self) -> None:
        self.is_open = self.is_over = False
        self.lifecycles = 0
        self.timings = Timings()

    def count(self, timings: Timings) -> None:
        if not self.is_open:
            return
        self.lifecycles += 1
        self.timings.pick_ups += timings.pick_ups
        for step, times in timings.steps.items():
            self.timings.steps[step] += times


async def _one_after_another(api: Client, shop: Shop, meter: _Meter) -> None:
    while not meter.is_over:
        timings = Timings()
        await live(api, shop, timings)
        meter.count(timings)


async def _or_failure(tasks: Sequence[asyncio.Task[None]], pause: Awaitable[None]) -> None:
    """Wait for `pause`; when one of `tasks` ends before, raise what ended it."""
    waiting = asyncio.ensure_future(pause)
    done, _ = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
    if waiting not in done:
        waiting.cancel()
        for task in tasks:
            task.cancel()
        for task in done:
            task.result()
