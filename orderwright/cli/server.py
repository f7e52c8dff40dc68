"""The whole server: the listening sockets, the database, API processes and job workers."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from functools import partial

from orderwright.cli import process
from orderwright.cli.database import check_clock, current_database, embedded, index_declared_fields
from orderwright.cli.failures import CommandFailed, say
from orderwright.cli.supervisor import Child, Ending, child_environment, supervise
from orderwright.settings import Settings
from orderwright.store.embedded import EmbeddedPostgresError, default_data_folder

APPLICATION = "orderwright.app:create_app"
WORKER = "orderwright.app:work"

PORT_PATIENCE_SECONDS = 1.5  # what a killed server leaves behind lets go of the port in a moment
BACKLOG = 2048
DATABASE_CHECK_SECONDS = 2
ANSWER_LIMIT_SECONDS = 5
POLL_SECONDS = 0.05

Ready = Callable[[Settings, str], None]


def serve_until_stopped(
    settings: Settings,
    *,
    may_migrate: bool = False,
    ready: Ready,
    application: str = APPLICATION,
    worker: str = WORKER,
) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP; `ready` is called with the address once requests are answered.

    `application` and `worker` are what the child processes run, as `module:function`.
    Raises CommandFailed when the port is taken or the processes do not start, and what `current_database` raises.
    """
    with contextlib.ExitStack() as open_sockets:
        listeners = [open_sockets.enter_context(listening(settings.host, settings.port))]
        settings = settings.changed(port=listeners[0].getsockname()[1])
        if settings.certificate is not None:
            check_certificate(settings)
            listeners.append(open_sockets.enter_context(listening(settings.host, settings.https_port, "--https-port")))
            settings = settings.changed(https_port=listeners[1].getsockname()[1])
        announce_new_folder(settings)
        with current_database(settings, may_migrate=may_migrate) as url:
            asyncio.run(check_clock(url, settings))
            if may_migrate or settings.database_url is None:
                index_declared_fields(url, settings)
            asyncio.run(serve(settings, listeners, ready, application, worker))


def check_certificate(settings: Settings) -> None:
    """Raises CommandFailed when HTTPS cannot be served with the certificate of `settings`."""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(settings.certificate), settings.certificate_key)
    except (OSError, ssl.SSLError) as error:
        raise CommandFailed(
            f"HTTPS cannot be served with {settings.certificate} and the key in "
            f"{settings.certificate_key or 'the same file'}: {error}. `orderwright cert` makes a pair to develop with."
        ) from error


async def serve(
    settings: Settings, listeners: Sequence[socket.socket], ready: Ready, application: str, worker: str
) -> None:
    """Run the children at `listeners` until a signal comes."""
    ending = ending_by_signals()
    closing = asyncio.create_task(close_on(ending.asked, *listeners))

    async def until_ready() -> None:
        await first_answer(settings)
        ready(settings, address_of(settings))

    await supervise(
        children(settings, listeners[0], application, worker, *listeners[1:]),
        child_environment(settings.environment()),
        ending,
        until_ready,
        *([partial(keep_database, settings)] if settings.database_url is None else []),
    )
    closing.cancel()


def children(
    settings: Settings, listener: socket.socket, application: str, worker: str, *secure: socket.socket
) -> list[Child]:
    """The API processes and job workers that `settings` ask for; at `secure`, if it is there, they speak HTTPS."""
    descriptors = tuple(each.fileno() for each in (listener, *secure))
    # -P: what lies in the current folder is not the program's to import.
    program = ("-P", "-m", process.__name__)
    api = [
        Child(
            name := f"api-{number}",
            (*program, "api", name, application, *map(str, descriptors)),
            process.API_GRACE_SECONDS,
            descriptors,
        )
        for number in range(1, settings.workers + 1)
    ]
    jobs = [
        Child(name := f"worker-{number}", (*program, "worker", name, worker), process.WORKER_GRACE_SECONDS)
        for number in range(1, settings.job_workers + 1)
    ]
    return [*api, *jobs]


def ending_by_signals() -> Ending:
    ending, loop = Ending(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ending.ask)
    return ending


async def close_on(event: asyncio.Event, *listeners: socket.socket) -> None:
    """Stop listening on `event`: the children close only their own copies of the sockets."""
    await event.wait()
    for listener in listeners:
        listener.close()


async def keep_database(settings: Settings) -> None:
    """Start the embedded database again when it was killed; the children's pools then find it where it was."""
    while True:
        await asyncio.sleep(DATABASE_CHECK_SECONDS)
        try:
            if await asyncio.to_thread(started_again, settings):
                say("PostgreSQL had ended; it was started again")
        except EmbeddedPostgresError as error:
            say(str(error))


def started_again(settings: Settings) -> bool:
    """Whether the embedded database had to be started. We hold it already: letting this hold go stops nothing."""
    with embedded(settings) as postgres:
        return postgres.started_by_us


def announce_new_folder(settings: Settings) -> None:
    folder = settings.data or default_data_folder()
    if settings.database_url is None and not folder.exists():
        say(f"making a new database in {folder}")


def listening(host: str, port: int, option: str = "--port") -> socket.socket:
    """A socket that listens at `host` and `port`. Raises CommandFailed when that cannot be had."""
    began = time.monotonic()
    while True:
        try:
            family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            return socket.create_server(place, family=family, backlog=BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() - began > PORT_PATIENCE_SECONDS:
                raise CommandFailed(why_not_listening(host, port, error, option)) from error
            time.sleep(POLL_SECONDS)


def why_not_listening(host: str, port: int, error: OSError, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use. Stop what uses it, or choose another with {option} (0 takes a free one)."
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return (
            f"Port {port} of {host} may not be used: {os.strerror(error.errno)}. Choose one above 1023 with {option}."
        )
    return f"{host} cannot be listened on: {error.strerror}. Choose an address of this machine with --host."


def reachable_host(host: str) -> str:
    """Where a server that listens at `host` is found from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def address_of(settings: Settings) -> str:
    """The URL of the server, as seen from this machine."""
    return f"http://{host_in_url(settings)}:{settings.port}"


def secure_address_of(settings: Settings) -> str | None:
    """The HTTPS URL of the server, as seen from this machine; None when it has no certificate."""
    return f"https://{host_in_url(settings)}:{settings.https_port}" if settings.certificate else None


def host_in_url(settings: Settings) -> str:
    host = reachable_host(settings.host)
    return f"[{host}]" if ":" in host else host


async def first_answer(settings: Settings) -> None:
    """Return once the server has answered a request, whatever the answer."""
    while True:
        try:
            async with asyncio.timeout(ANSWER_LIMIT_SECONDS):
                if await answers(reachable_host(settings.host), settings.port):
                    return
        except (OSError, TimeoutError):
            pass
        await asyncio.sleep(POLL_SECONDS)


async def answers(host: str, port: int) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"GET /services/data HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return (await reader.readline()).startswith(b"HTTP/1.")
    finally:
        writer.close()
