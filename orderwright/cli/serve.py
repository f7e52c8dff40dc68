"""orderwright serve"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from orderwright.settings import Settings

Host = Annotated[
    str | None,
    typer.Option(
        "--host",
        metavar="ADDRESS",
        help="Address to listen on; 0.0.0.0 listens on every network. [default: 127.0.0.1]",
        show_default=False,
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="NUMBER",
        min=0,
        max=65535,
        help="Port; 0 takes a free one. [default: 8080]",
        show_default=False,
    ),
]
Certificate = Annotated[
    Path | None,
    typer.Option(
        "--certificate",
        metavar="FILE",
        help="PEM file of a certificate: HTTPS is served, too. `orderwright cert` makes one.",
        show_default=False,
    ),
]
CertificateKey = Annotated[
    Path | None,
    typer.Option(
        "--certificate-key",
        metavar="FILE",
        help="PEM file of its private key, if it is in another file.",
        show_default=False,
    ),
]
HttpsPort = Annotated[
    int | None,
    typer.Option(
        "--https-port",
        metavar="NUMBER",
        min=0,
        max=65535,
        help="Port for HTTPS; 0 takes a free one. [default: 8443]",
        show_default=False,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="NUMBER",
        min=1,
        max=64,
        help="Processes that answer requests. [default: 1]",
        show_default=False,
    ),
]
JobWorkers = Annotated[
    int | None,
    typer.Option(
        "--job-workers",
        metavar="NUMBER",
        min=1,
        max=64,
        help="Processes that carry out background jobs. [default: 1]",
        show_default=False,
    ),
]
Migrate = Annotated[
    bool,
    typer.Option(
        "--migrate",
        help="Also bring a database given by URL up to date; the embedded one always is.",
    ),
]


def serve(  # noqa: PLR0917 - typer reads one argument for each option
    data: Data = None,
    database_url: DatabaseUrl = None,
    host: Host = None,
    port: Port = None,
    certificate: Certificate = None,
    certificate_key: CertificateKey = None,
    https_port: HttpsPort = None,
    workers: Workers = None,
    job_workers: JobWorkers = None,
    migrate: Migrate = False,
) -> None:
    """Run everything: the API, the background jobs and, unless you give a URL, the database.

    Ctrl+C or SIGTERM ends it in good order: requests are finished within 10 seconds, jobs in hand are done, the
    database is stopped last. Ctrl+C twice does not wait.

    Examples: `orderwright serve`, and `orderwright serve --data ./shop --port 9000 --workers 2`
    """
    from orderwright.cli.server import serve_until_stopped

    settings = chosen(
        data,
        database_url,
        host=host,
        port=port,
        certificate=certificate,
        certificate_key=certificate_key,
        https_port=https_port,
        workers=workers,
        job_workers=job_workers,
    )
    serve_until_stopped(settings, may_migrate=migrate, ready=print_ready)


def print_ready(settings: Settings, address: str) -> None:
    """Tell the operator where the server answers and what to do next."""
    from orderwright.cli.server import secure_address_of

    print(f"Orderwright is ready at {address}", flush=True)
    print(f"Make a client for the API with: {client_command(settings, address)}", flush=True)
    if secure := secure_address_of(settings):
        print(f"It answers at {secure}, too", flush=True)
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
