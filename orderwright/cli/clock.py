"""orderwright clock: the one clock of a test instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable

    import asyncpg

    from orderwright.clock import Change, ClockState
    from orderwright.settings import Settings

    Act = Callable[[asyncpg.Connection], Awaitable[ClockState]]

UNIT_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}

At = Annotated[
    str | None,
    typer.Option("--at", metavar="MOMENT", help="A moment to come, as 2026-03-01T10:00:00Z. [default: where it is]"),
]
To = Annotated[
    str | None, typer.Option("--to", metavar="MOMENT", help="To which moment, as 2026-03-01T10:00:00Z, instead.")
]
Duration = Annotated[
    str | None, typer.Argument(metavar="DURATION", help="By how much: 90s, 15m, 2h, 30d, and together: 1d12h.")
]

app = typer.Typer(
    name="clock",
    help="The one clock of a test instance: show, freeze, advance, run, reset.",
    no_args_is_help=True,
)


@app.callback()
def clock() -> None:
    """The one clock of a test instance: show, freeze, advance, run, reset.

    Timestamps, expiry and retry times go by it, in every process. It can be set where ORDERWRIGHT_INSTANCE=test, for
    the server and for this command.
    """


@app.command()
def show(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Say what the clock shows, and how it runs.

    Example: `orderwright clock show`
    """
    from orderwright.store.clock import read_clock

    async def read(session: asyncpg.Connection) -> ClockState:
        return (await read_clock(session)).state

    print(told(acted(chosen(data, database_url), read)))


@app.command()
def freeze(at: At = None, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Stop the clock, where it is or at a moment to come. All running processes go by it at once.

    Example: `orderwright clock freeze`
    """
    from functools import partial

    from orderwright.clock import freeze

    change(chosen(data, database_url), partial(freeze, at=moment(at, "--at") if at else None))


@app.command()
def advance(duration: Duration = None, to: To = None, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Set the clock ahead; a frozen one stays frozen. What is due by then is done at once.

    Examples: `orderwright clock advance 7d`, and `orderwright clock advance --to 2026-03-01T10:00:00Z`
    """
    from functools import partial

    from orderwright.clock import advance_by, advance_to

    settings = chosen(data, database_url)
    if (duration is None) == (to is None):
        raise typer.BadParameter("give a duration, or a moment with --to", param_hint="DURATION")
    if duration is not None:
        change(settings, partial(advance_by, by=length(duration)))
    elif to is not None:
        change(settings, partial(advance_to, to=moment(to, "--to")))


@app.command()
def run(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Let a frozen clock run on from where it stands.

    Example: `orderwright clock run`
    """
    from orderwright.clock import run

    change(chosen(data, database_url), run)


@app.command()
def reset(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Let the clock show the true time again. Only while no server or worker runs: for them, time never goes back.

    Example: `ORDERWRIGHT_INSTANCE=test orderwright clock reset`
    """
    from orderwright.store.clock import described, reset_clock

    settings = chosen(data, database_url)
    refuse_production(settings)
    before = acted(settings, reset_clock)
    print(f"The clock shows the true time. Before, it {described(before).replace('is ', 'was ', 1)}.")
    if not before.is_true:
        print("What was recorded meanwhile keeps its dates.")


def moment(text: str, option: str) -> dt.datetime:
    """The moment that `text` names, in UTC. Raises BadParameter."""
    from orderwright.decisions.read_value import to_moment

    found = to_moment(text)
    if found is None:
        raise typer.BadParameter(f"'{text}' is no moment with its zone, as 2026-03-01T10:00:00Z", param_hint=option)
    return found


def length(text: str) -> dt.timedelta:
    """The duration that `text` names. Raises BadParameter."""
    import datetime as dt
    import re

    found = re.fullmatch(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", text)
    if found is None or not text:
        raise typer.BadParameter(f"'{text}' is no duration; write 90s, 15m, 2h, 30d or 1d12h", param_hint="DURATION")
    return dt.timedelta(
        seconds=sum(int(n or 0) * unit for n, unit in zip(found.groups(), UNIT_SECONDS.values(), strict=True))
    )


def change(settings: Settings, change: Change) -> None:
    """Change the clock, wake those who may have work by then, and say what it shows."""
    from orderwright.jobs.wake import CHANNEL
    from orderwright.store.clock import change_clock

    refuse_production(settings)

    async def act(session: asyncpg.Connection) -> ClockState:
        after = await change_clock(session, change)
        await session.execute("SELECT pg_notify($1, '')", CHANNEL)
        return after.state

    print(told(acted(settings, act)))


def refuse_production(settings: Settings) -> None:
    """Raises CommandFailed unless this is a test instance."""
    from orderwright.cli.failures import CommandFailed

    if not settings.is_test:
        raise CommandFailed(
            "This is a production instance: it goes by the true time alone. Only on a database for tests, set "
            "ORDERWRIGHT_INSTANCE=test, for this command and for the server."
        )


def acted(settings: Settings, act: Act) -> ClockState:
    """What `act` returns, given a connection. Raises CommandFailed for what it refuses."""
    import asyncio

    from orderwright.cli.database import current_database
    from orderwright.cli.failures import CommandFailed
    from orderwright.decisions.errors import Refusal
    from orderwright.store.migrate import connection_to

    async def ask(url: str) -> ClockState:
        async with connection_to(url) as connection:
            return await act(connection)

    with current_database(settings) as url:
        try:
            return asyncio.run(ask(url))
        except Refusal as refusal:
            raise CommandFailed(f"{refusal.message[:1].upper()}{refusal.message[1:]}.") from None


def told(state: ClockState) -> str:
    """What the clock shows and how it runs, for people."""
    from orderwright.clock import spoken, system_clock
    from orderwright.store.clock import described

    shown = spoken(state.moment(system_clock()))
    return f"{shown}: the clock {described(state)}."
