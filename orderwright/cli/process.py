"""One child of `orderwright serve`: `python -m orderwright.cli.process ROLE NAME TARGET [DESCRIPTOR]`.

Its settings come in the environment. Its standard input is a pipe to which nobody writes: it ends when the parent asks
the child to end, and when the parent is dead, however it died. The child holds the embedded database itself, so the
last process to leave stops it even then.

TARGET is `module:function`: for the role `api` what makes the application from a Store and the settings, for `worker`
what carries out jobs, given a Database, a Store, the settings and the event that asks it to stop.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

import uvicorn
import uvloop

from orderwright.cli.database import opened_store, reached
from orderwright.cli.failures import explained, print_failure
from orderwright.settings import Settings

REQUEST_GRACE_SECONDS = 10
API_GRACE_SECONDS = REQUEST_GRACE_SECONDS + 5
WORKER_GRACE_SECONDS = 30
ORPHAN_LIMIT_SECONDS = 45
"""A child whose parent is gone and whose event loop is stuck ends after this, come what may."""
KEEP_ALIVE_SECONDS = 75  # longer than clients and proxies keep an idle connection: none is closed under a request


def main() -> None:
    """Run the child that the command line names; exit code 2 with a line on stderr for what people can mend."""
    role, name, target, *descriptors = sys.argv[1:]
    settings = Settings.read(os.environ)
    start_log(name, settings)
    try:
        with reached(settings) as url:
            if role == "api":
                run(lambda stop: answer_requests(url, settings, target, int(descriptors[0]), stop), is_child=True)
            else:
                run(lambda stop: carry_out_jobs(url, settings, target, stop), is_child=True)
    except Exception as error:
        text = explained(error)
        if text is None:
            raise
        print_failure(f"{name}: {text}")
        sys.exit(2)


def start_log(name: str, settings: Settings) -> None:
    """Write log lines to stderr: the time, how serious, which process, what. Libraries speak only when it matters."""
    form = f"%(asctime)s %(levelname)s {name} %(name)s: %(message)s"
    logging.basicConfig(level=settings.log_level.upper(), format=form)
    for library in ("asyncio", "pgqueuer", "uvicorn"):
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLogger().level))


def run(work: Callable[[asyncio.Event], Any], *, is_child: bool = False) -> None:
    """Run `work` in a new event loop. The event it gets is set by SIGTERM and SIGINT, and by the end of our parent."""

    async def until_stopped() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        if is_child:
            watch_parent(loop, stop)
        await work(stop)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(until_stopped())


def watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set `stop`, from a thread, when the standard input ends; end the process if it is still there long after."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        with suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(stop.set)
        time.sleep(ORPHAN_LIMIT_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="watch parent").start()


def collect_rarely() -> None:
    """Let what was loaded at the start be, and look for cycles seldom.

    A request makes thousands of records and no cycle; Python would look after every 700 new ones.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def answer_requests(url: str, settings: Settings, target: str, descriptor: int, stop: asyncio.Event) -> None:
    """Answer HTTP requests at the listening socket `descriptor` until `stop`; what is in hand then is finished."""
    async with opened_store(url, settings, connections=settings.connections) as store:
        application = loaded(target)(store, settings)
        server = uvicorn.Server(server_options(application))
        collect_rarely()
        serving = asyncio.create_task(server.serve([socket.socket(fileno=descriptor)]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
        stopping.cancel()


def server_options(application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=REQUEST_GRACE_SECONDS,
    )


async def carry_out_jobs(url: str, settings: Settings, target: str, stop: asyncio.Event) -> None:
    """Carry out background jobs until `stop`; those in hand then are finished."""
    async with opened_store(url, settings, connections=settings.connections) as store:
        work = loaded(target)(store.database, store, settings, stop)
        collect_rarely()
        await work


def loaded(target: str) -> Callable[..., Any]:
    """The function that `module:function` names."""
    module, _, function = target.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


if __name__ == "__main__":
    main()
