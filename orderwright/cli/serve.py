"""orderwright serve"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from orderwright.settings import Settings


def serve(
    data: Data = None,
    database_url: DatabaseUrl = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Address to listen on; 0.0.0.0 listens on every network. [default: 127.0.0.1]",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="NUMBER",
            min=0,
            max=65535,
            help="Port; 0 takes a free one. [default: 8080]",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="NUMBER",
            min=1,
            max=64,
            help="Processes that answer requests. [default: 1]",
            show_default=False,
        ),
    ] = None,
    job_workers: Annotated[
        int | None,
        typer.Option(
            "--job-workers",
            metavar="NUMBER",
            min=1,
            max=64,
            help="Processes that carry out background jobs. [default: 1]",
            show_default=False,
        ),
    ] = None,
    migrate: Annotated[
        bool,
        typer.Option(
            "--migrate",
            help="Also bring a database given by URL up to date; the embedded one always is.",
        ),
    ] = False,
) -> None:
    """Run everything: the API, the background jobs and, unless you give a URL, the database.

    Ctrl+C or SIGTERM ends it in good order: requests are finished within 10 seconds, jobs in hand are done, the
    database is stopped last. Ctrl+C twice does not wait.

    Examples: `orderwright serve`, and `orderwright serve --data ./shop --port 9000 --workers 2`
    """
    from orderwright.cli.server import serve_until_stopped

    settings = chosen(data, database_url, host=host, port=port, workers=workers, job_workers=job_workers)
    serve_until_stopped(settings, may_migrate=migrate, ready=print_ready)


def print_ready(settings: Settings, address: str) -> None:
    """Tell the operator where the server answers and what to do next."""
    print(f"Orderwright is ready at {address}", flush=True)
    print(f"Make a client for the API with: {client_command(settings, address)}", flush=True)
    if settings.is_test:
        print("This is a test instance. Its clock can be set: see `orderwright clock`", flush=True)


def client_command(settings: Settings, address: str) -> str:
    """The command that makes a client for the server at `address`; a URL with a password in it is not repeated."""
    import os
    import shlex

    from orderwright.settings import Settings

    words = ["orderwright", "client", "create", "NAME"]
    elsewhere = Settings.read(os.environ)
    if settings.data != elsewhere.data:
        words += ["--data", str(settings.data)]
    if settings.database_url != elsewhere.database_url:
        words += ["--database-url", "URL"]
    if address != f"http://{elsewhere.host}:{elsewhere.port}":
        words += ["--url", address]
    return shlex.join(words)
