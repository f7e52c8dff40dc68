"""orderwright demo"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import DatabaseUrl, chosen

if TYPE_CHECKING:
    import socket

    from orderwright.demo.run import Access, Outcome, Wish
    from orderwright.settings import Settings
    from orderwright.store.verify import Violation

JOURNAL_NAME = "demo-journal.jsonl"


Orders = Annotated[
    Path | None,
    typer.Option(
        "--orders",
        metavar="FILE",
        help="A file with the columns of the data set Online Retail, of any length. [default: 200 orders of it]",
        show_default=False,
    ),
]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="NUMBER", min=1, help="Only the first orders.", show_default=False)
]
Concurrency = Annotated[
    int, typer.Option("--concurrency", metavar="NUMBER", min=1, max=256, help="Orders on their way at once.")
]
DemoData = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder of its own database, kept for another run. [env: ORDERWRIGHT_DATA; default: a temporary one]",
        show_default=False,
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", metavar="URL", help="A server that runs already, instead of one of the demo's own.", show_default=False
    ),
]
ClientId = Annotated[
    str | None,
    typer.Option("--client-id", metavar="ID", help="With --url: see `orderwright client create`.", show_default=False),
]
ClientSecret = Annotated[
    str | None,
    typer.Option("--client-secret", metavar="SECRET", help="With --url: what belongs to it.", show_default=False),
]
JournalFile = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        metavar="FILE",
        help="Where to note what is done, so that another run continues. [default: in the data folder; in your home "
        "for --url and --database-url]",
        show_default=False,
    ),
]


def demo(  # noqa: PLR0917 - typer reads one argument for each option
    orders: Orders = None,
    limit: Limit = None,
    concurrency: Concurrency = 8,
    data: DemoData = None,
    database_url: DatabaseUrl = None,
    url: Url = None,
    client_id: ClientId = None,
    client_secret: ClientSecret = None,
    journal: JournalFile = None,
) -> None:
    """Replay real orders from placing to refund through the public API, and prove the money to the penny.

    Starts a server of its own, in a temporary folder unless you name one. Run again on the same folder, it continues
    where it stopped. Exit code 1 when anything does not add up.

    Examples: `orderwright demo`, and `orderwright demo --data ./demo --orders online-retail.csv`
    """
    from orderwright.cli.failures import CommandFailed
    from orderwright.demo.run import SAMPLE, Access, DemoFailed, Wish, check_orders

    wish = Wish(orders or SAMPLE, limit, concurrency)
    try:
        check_orders(wish)
        if url is None:
            on_own_server(chosen(data, database_url), journal, wish)
        elif client_id is None or client_secret is None or data is not None or database_url is not None:
            raise typer.BadParameter("takes --client-id and --client-secret, and no database", param_hint="--url")
        else:
            on_server(Access(url, client_id, client_secret), journal or journal_for(url), wish)
    except DemoFailed as failure:
        raise CommandFailed(str(failure)) from failure


def on_server(access: Access, journal: Path, wish: Wish) -> None:
    """Replay on a server that runs already, whose database we cannot see. Raises Exit unless everything is right."""
    import asyncio

    from orderwright.cli.progress import progress_bar
    from orderwright.demo.run import run

    journal.parent.mkdir(parents=True, exist_ok=True)
    with progress_bar() as bar:
        outcome = asyncio.run(run(access, journal, wish, bar))
    report(outcome, "not asked: run `orderwright verify` where the database is", is_verified=None)


def on_own_server(settings: Settings, journal: Path | None, wish: Wish) -> None:
    """Start everything, replay, verify, and stop everything. Raises Exit unless everything is right."""
    from orderwright.cli.database import current_database
    from orderwright.cli.server import address_of, listening
    from orderwright.demo.run import Access

    with somewhere(settings) as place, listening(place.host, 0) as listener:
        own = place.changed(port=listener.getsockname()[1], log_level="error")
        with current_database(own) as database:
            if journal is None:
                journal = own.data / JOURNAL_NAME if own.data else journal_for(own.database_url or "")
            journal.parent.mkdir(parents=True, exist_ok=True)
            access = Access(address_of(own), *own_client(database, own, journal.with_suffix(".client.json")), database)
            replay(own, listener, database, access, journal, wish)


def own_client(database: str, settings: Settings, kept: Path) -> tuple[str, str]:
    """Id and secret of the demo's OAuth client, made once: idempotency keys belong to the client that sends them."""
    import json

    from orderwright.cli.client import created

    if kept.exists():
        known = json.loads(kept.read_text())
        return known["client_id"], known["client_secret"]
    client_id, client_secret = created(database, settings, "demo")
    kept.touch(mode=0o600)
    kept.write_text(json.dumps({"client_id": client_id, "client_secret": client_secret}))
    return client_id, client_secret


def replay(
    settings: Settings, listener: socket.socket, database: str, access: Access, journal: Path, wish: Wish
) -> None:
    """Serve at `listener`, replay there and verify `database`. Raises Exit unless everything is right."""
    import asyncio

    from orderwright.cli.progress import progress_bar
    from orderwright.cli.verify import found, verdict
    from orderwright.demo.run import run

    with progress_bar() as bar:

        async def everything() -> tuple[Outcome, list[Violation]]:
            async with serving(settings, listener):
                outcome = await run(access, journal, wish, bar)
            return outcome, await found(database, bar)

        outcome, violations = asyncio.run(everything())
    is_clean = not any(not violation.warning for violation in violations)
    report(outcome, verdict(violations), is_verified=is_clean)


@contextmanager
def somewhere(settings: Settings) -> Iterator[Settings]:
    """`settings` with a place for the data: a temporary folder if none is set, kept only when something went wrong."""
    import shutil
    import tempfile

    from orderwright.cli.failures import say

    if settings.data is not None or settings.database_url is not None:
        yield settings
        return
    folder = Path(tempfile.mkdtemp(prefix="orderwright-demo-"))
    folder.chmod(0o755)  # the embedded PostgreSQL does not run as root and has to pass; its own folder is closed
    try:
        yield settings.changed(data=folder / "data")
    except BaseException:
        say(f"what was done is kept; continue with: orderwright demo --data {folder / 'data'}")
        raise
    shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def serving(settings: Settings, listener: socket.socket) -> AsyncIterator[None]:
    """The API and the worker, answering for the block; one that dies is started again.

    Raises CommandFailed when they do not start.
    """
    import asyncio
    from functools import partial

    from orderwright.cli.server import APPLICATION, WORKER, children, first_answer, keep_database
    from orderwright.cli.supervisor import Ending, child_environment, supervise

    ending, ready = Ending(), asyncio.Event()

    async def until_ready() -> None:
        await first_answer(settings)
        ready.set()

    server = asyncio.create_task(
        supervise(
            children(settings, listener, APPLICATION, WORKER),
            child_environment(settings.environment()),
            ending,
            until_ready,
            *([partial(keep_database, settings)] if settings.database_url is None else []),
        )
    )
    answering = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({server, answering}, return_when=asyncio.FIRST_COMPLETED)
        if ready.is_set():
            yield
    finally:
        answering.cancel()
        ending.ask()
        await server


def journal_for(place: str) -> Path:
    """Where the journal is for a server or database that is not ours: one for each, in the home folder."""
    import hashlib
    import os

    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "orderwright" / f"demo-{hashlib.sha256(place.encode()).hexdigest()[:12]}.jsonl"


def report(outcome: Outcome, verdict: str, *, is_verified: bool | None) -> None:
    """Print what was done. Raises Exit unless everything is right."""
    from rich.console import Console

    from orderwright.demo.report import print_report

    print_report(Console(highlight=False), outcome, verdict, is_verified=is_verified)
    if not outcome.is_right or is_verified is False:
        raise typer.Exit(1)
