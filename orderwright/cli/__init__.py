"""The command `orderwright`: one verb per file.

Exit codes: 0 done, 1 done and something is wrong with the data (`verify`, `reconcile`), 2 not done, with a line that
says why and what to do, 70 an error in Orderwright itself, 130 and 143 interrupted.
"""

import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from orderwright.cli import (
    authorization,
    cert,
    client,
    clock,
    demo,
    event,
    explain,
    fields,
    geo,
    migrate,
    operation,
    permission,
    reconcile,
    routing,
    serve,
    settings,
    user,
    verify,
    work,
)  # fmt: skip

EPILOG = """
Every command takes `--data DIR` or `--database-url URL` and works while the server runs. Settings are read from
variables, too: see `orderwright settings`.

Exit codes: 0 done; 1 `verify` found violations, or `demo` or `reconcile` a difference; 2 not done, the message says
what to do; 70 an error in Orderwright itself; 130 and 143 interrupted.
"""

app = typer.Typer(
    name="orderwright",
    help="Orderwright, an open order management system. To begin: `orderwright serve`",
    epilog=EPILOG,
    rich_markup_mode="markdown",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve.serve)
app.command()(work.work)
app.command()(migrate.migrate)
app.add_typer(client.app)
app.add_typer(user.app)
app.add_typer(permission.app)
app.command()(cert.cert)
app.add_typer(clock.app)
app.command()(verify.verify)
app.command()(explain.explain)
app.add_typer(operation.app)
app.add_typer(event.app)
app.add_typer(authorization.app)
app.add_typer(geo.app)
app.add_typer(fields.app)
app.add_typer(routing.app)
app.command()(reconcile.reconcile)
app.command()(demo.demo)
app.command("settings")(settings.show_settings)


def main() -> None:
    """Run the command line and end the process with one of the exit codes above."""
    signal.signal(signal.SIGTERM, leave)
    try:
        app()
    except Exception as error:  # noqa: BLE001 - nobody is above us: here every error becomes words and an exit code
        from orderwright.cli.failures import exit_code_of

        sys.exit(exit_code_of(error))


def leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """Leave as on an error: whoever holds the embedded database lets it go on the way out."""
    sys.exit(128 + signal.SIGTERM)
