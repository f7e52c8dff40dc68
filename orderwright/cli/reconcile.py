"""orderwright reconcile"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    import datetime as dt

    from orderwright.settings import Settings
    from orderwright.settlement.reconcile import Report

DAYS = 7

GatewayName = Annotated[
    str | None,
    typer.Option("--gateway", metavar="NAME", help="Whose books. [default: the gateway of the settings]"),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="MOMENT", help=f"As 2026-03-01, or 2026-03-01T10:00:00Z. [default: {DAYS} days]"),
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="MOMENT", help="The first moment that is not compared. [default: now]")
]
SettleFirst = Annotated[
    bool, typer.Option("--settle", help="First ask about requests whose outcome is not known, and record the answers.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON, amounts as text.")]


def reconcile(
    gateway: GatewayName = None,
    since: Since = None,
    until: Until = None,
    settle: SettleFirst = False,
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Compare our books with a payment gateway's, and list every difference with the way out.

    Nothing is written without --settle; server and workers may be running. Exit code 1 with differences, 2 when the
    books could not be compared.

    Example: `orderwright reconcile --since 2026-03-01 --until 2026-04-01`
    """
    from orderwright.cli.reconcile_report import as_json_text, print_report

    settings = chosen(data, database_url, gateway=gateway)
    report = compared(settings, moment(since, "--since"), moment(until, "--until"), settle_first=settle)
    if as_json:
        print(as_json_text(report))
    else:
        print_report(report)
    if code := exit_code(report):
        raise typer.Exit(code)


def moment(text: str | None, option: str) -> dt.datetime | None:
    """The moment that `text` names; of a day alone, its first, in UTC. Raises BadParameter."""
    from orderwright.decisions.read_value import to_moment

    if text is None:
        return None
    found = to_moment(text) or to_moment(f"{text}T00:00:00Z")
    if found is None:
        wanted = "write 2026-03-01 or 2026-03-01T10:00:00Z"
        raise typer.BadParameter(f"'{text}' is no day or moment; {wanted}", param_hint=option)
    return found


def compared(settings: Settings, since: dt.datetime | None, until: dt.datetime | None, *, settle_first: bool) -> Report:
    """The report. Raises CommandFailed when the books could not be compared."""
    import asyncio

    from orderwright.cli.database import current_database
    from orderwright.cli.failures import CommandFailed
    from orderwright.settlement.reconcile import NotCompared

    with current_database(settings) as url:
        try:
            return asyncio.run(_compare(url, settings, since, until, settle_first=settle_first))
        except NotCompared as reason:
            raise CommandFailed(str(reason)) from None


async def _compare(
    url: str, settings: Settings, since: dt.datetime | None, until: dt.datetime | None, *, settle_first: bool
) -> Report:
    import datetime as dt
    import os

    from orderwright.cli.database import opened_store
    from orderwright.clock import MILLISECOND
    from orderwright.settlement.gateways import ConfiguredGateways
    from orderwright.settlement.reconcile import reconcile

    async with opened_store(url, settings, connections=2) as store:
        # What is dated this very moment belongs to it: a clock that stands still dates all so.
        until = until or store.now() + MILLISECOND
        since = since or until - dt.timedelta(days=DAYS)
        if since >= until:
            raise typer.BadParameter("lies after --until, or at it", param_hint="--since")
        gateways = ConfiguredGateways(store.database, settings.gateway, environment=os.environ, clock=store.clock)
        try:
            return await reconcile(store, gateways, settings.gateway, since, until, settle_first=settle_first)
        finally:
            await gateways.close()


def exit_code(report: Report) -> int:
    """1 with differences; 2 without, if some of our requests could not be compared."""
    if report.comparison.differences:
        return 1
    return 2 if report.comparison.unanswered else 0
