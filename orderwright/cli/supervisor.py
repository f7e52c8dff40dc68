"""Keeps child processes running until it is asked to end them.

A child that ends is started again: at once when it had worked for a while, otherwise after a pause that grows. Each has
the reading end of a pipe as its standard input. Closing the other end asks it to finish; the kernel does the same when
this process dies. Children are in process groups of their own, so Ctrl+C in a terminal reaches this process alone.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orderwright.cli.failures import CommandFailed, say

CALM_SECONDS = 10  # a child that lived that long is started again at once
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
MOST_FAILED_STARTS = 3
MENDABLE = 2
"""The exit code of a child that has told the operator what to mend: starting it again would change nothing."""


@dataclass(frozen=True)
class Child:
    """What one child process runs. `arguments` follow the name of the interpreter."""

    name: str
    arguments: tuple[str, ...]
    grace_seconds: float
    descriptors: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ending:
    """Whether the end was asked for, and whether twice: then nobody waits for what is in hand."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    hurried: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self) -> None:
        (self.hurried if self.asked.is_set() else self.asked).set()


async def supervise(
    children: Sequence[Child],
    environment: Mapping[str, str],
    ending: Ending,
    until_ready: Callable[[], Awaitable[None]],
    *others: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """Keep `children` running until `ending`, and return when all have ended. `others` run beside them.

    Raises CommandFailed, with all children ended, when one of them keeps failing before `until_ready` has returned.
    """
    ready = asyncio.Event()

    async def become_ready() -> None:
        await until_ready()
        ready.set()

    failed: BaseExceptionGroup[CommandFailed] | None = None
    try:
        async with asyncio.TaskGroup() as group:
            for child in children:
                group.create_task(keep_running(child, environment, ending, ready))
            for other in (become_ready, *others):
                group.create_task(until(ending.asked, other()))
    except* CommandFailed as failures:
        failed = failures
    # Raised out here: what is raised inside except* comes out wrapped in a group of its own by some releases of 3.11.
    if failed is not None:
        raise failed.exceptions[0]


async def until(event: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do `work`, and drop it when `event` happens."""
    tasks = [asyncio.create_task(work), asyncio.create_task(event.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    if not tasks[0].cancelled():
        tasks[0].result()


async def keep_running(child: Child, environment: Mapping[str, str], ending: Ending, ready: asyncio.Event) -> None:
    """Start `child`, again and again, until `ending`. Raises CommandFailed when it fails before all is `ready`."""
    failed_starts, pause_seconds = 0, 0.0
    while not ending.asked.is_set():
        began = time.monotonic()
        code = await run_once(child, environment, ending)
        if ending.asked.is_set():
            return
        failed_starts += not ready.is_set()
        if not ready.is_set() and (code == MENDABLE or failed_starts == MOST_FAILED_STARTS):
            raise CommandFailed(f"{child.name} does not start ({how_it_ended(code)}): see the lines above.")
        pause_seconds = next_pause(pause_seconds, time.monotonic() - began)
        say(f"{child.name} {how_it_ended(code)}; starting it again{f' in {pause_seconds:.1f} s' * bool(pause_seconds)}")
        await until(ending.asked, asyncio.sleep(pause_seconds))


async def run_once(child: Child, environment: Mapping[str, str], ending: Ending) -> int:
    """Start `child` and return its exit code, negative for a signal; it is asked to end on `ending`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *child.arguments,
        stdin=PIPE,
        env=environment,
        pass_fds=child.descriptors,
        process_group=0,
    )
    try:
        await until(ending.asked, wait_for_end(process))
    finally:
        await end(process, child, ending)
    return await process.wait()


async def wait_for_end(process: Process) -> None:
    await process.wait()


async def end(process: Process, child: Child, ending: Ending) -> None:
    """Ask `process` to finish, and kill it when it takes too long or the operator is in a hurry."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(child.grace_seconds):
            await until(ending.hurried, wait_for_end(process))
    except TimeoutError:
        say(f"{child.name} does not finish; it is killed")
    if process.returncode is None:
        process.kill()
        await process.wait()


def next_pause(last_seconds: float, lived_seconds: float) -> float:
    """How long to wait before a child that lived so long is started again, after a wait of `last_seconds`."""
    if lived_seconds >= CALM_SECONDS:
        return 0.0
    return min(max(2 * last_seconds, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)


def how_it_ended(code: int) -> str:
    if code < 0:
        known = {number.value: number.name for number in signal.Signals}
        return f"was ended by {known.get(-code, f'signal {-code}')}"
    return f"ended with code {code}" if code else "ended"


def child_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Our own environment with `settings` in place of what it says about them."""
    return {**os.environ, **settings}
