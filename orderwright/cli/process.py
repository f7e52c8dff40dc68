"""One child of `orderwright serve`: `python -m orderwright.cli.process ROLE NAME TARGET [DESCRIPTOR …]`.

Its settings come in the environment. Its standard input is a pipe to which nobody writes: it ends when the parent asks
the child to end, and when the parent is dead, however it died. The child holds the embedded database itself, so the
last process to leave stops it even then.

TARGET is `module:function`: for the role `api` what makes the application from a Store and the settings, for `worker`
what carries out jobs, given a Database, a Store, the settings and the event that asks it to stop. The descriptors are
listening sockets: the first for HTTP, the second, where there is one, for HTTPS.
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
from collections.abc import Callable, Sequence
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
LAST_ANSWER_SECONDS = 0.5  # for what was answered last to get through
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
                run(lambda stop: answer_requests(url, settings, target, [*map(int, descriptors)], stop), is_child=True)
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


async def answer_requests(
    url: str, settings: Settings, target: str, descriptors: Sequence[int], stop: asyncio.Event
) -> None:
    """Answer requests at the listening sockets `descriptors` until `stop`; what is in hand then is finished."""
    async with opened_store(url, settings, connections=settings.connections) as store:
        application = loaded(target)(store, settings)
        secure_ended = asyncio.Event()
        options = [
            server_options(ending_after(application, secure_ended)),
            server_options(application, settings, lifespan="off"),
        ]
        servers = [uvicorn.Server(own) for own, _ in zip(options, descriptors, strict=False)]
        collect_rarely()
        await serve_all(servers, descriptors, secure_ended, stop)


async def serve_all(
    servers: Sequence[uvicorn.Server], descriptors: Sequence[int], secure_ended: asyncio.Event, stop: asyncio.Event
) -> None:
    """Run the servers, each at its socket, until `stop` or until one of them ends."""
    serving = [
        asyncio.create_task(server.serve([socket.socket(fileno=descriptor)]))
        for server, descriptor in zip(servers, descriptors, strict=True)
    ]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({*serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*serving[1:], *(hang_up(server) for server in servers[1:]))
    secure_ended.set()
    await asyncio.gather(*serving)
    stopping.cancel()


async def hang_up(server: uvicorn.Server) -> None:
    """Drop the connections of a server that is ending, once its requests are answered.

    The polite end of TLS would wait for clients that keep a connection in a pool and do not listen to it.
    """
    if under_way := set(server.server_state.tasks):
        await asyncio.wait(under_way)
    await asyncio.sleep(LAST_ANSWER_SECONDS)
    for connection in list(server.server_state.connections):
        if connection.transport is not None:
            connection.transport.abort()


def ending_after(application: Any, others_ended: asyncio.Event) -> Any:
    """`application` that is told of the end only when `others_ended`: it serves at two sockets and ends once."""

    async def patient(scope: Any, receive: Any, send: Any) -> None:
        async def received_late() -> Any:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await others_ended.wait()
            return message

        await application(scope, received_late if scope["type"] == "lifespan" else receive, send)

    return patient


def server_options(application: Any, secured_by: Settings | None = None, **others: Any) -> uvicorn.Config:
    """How uvicorn serves `application`: over HTTPS with the certificate of `secured_by`, else over HTTP."""
    return uvicorn.Config(
        application,
        ssl_certfile=secured_by.certificate if secured_by else None,
        ssl_keyfile=secured_by.certificate_key if secured_by else None,
        **others,
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
