"""orderwright authorization: which authorizations expire soon, or have expired, with money left on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from orderwright.settings import Settings
    from orderwright.settlement.warn_of_expiry import Expiring

app = typer.Typer(name="authorization", help="Payment authorizations: which expire soon.", no_args_is_help=True)


@app.callback()
def authorization() -> None:
    """Payment authorizations: which expire soon."""


@app.command("list")
def list_authorizations(
    within: Annotated[
        int, typer.Option("--within", metavar="HOURS", min=0, help="Those that expire in this time, or have expired.")
    ] = 48,
    most: Annotated[int, typer.Option("--limit", metavar="NUMBER", min=1, help="How many at most.")] = 50,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List authorizations that expire soon or have expired, and still have money on them, the oldest first.

    Example: `orderwright authorization list --within 72`
    """
    found = _found(chosen(data, database_url), within, most)
    if not found:
        print(f"No authorization with money left on it expires within {within} hours.")
        return
    _print(found)


def _found(settings: Settings, within: int, most: int) -> list[Expiring]:
    import asyncio
    import datetime as dt

    from orderwright.cli.database import current_database, opened_store
    from orderwright.settlement.warn_of_expiry import read_expiring

    async def read(url: str) -> list[Expiring]:
        async with opened_store(url, settings) as store:
            return await read_expiring(store, store.now() + dt.timedelta(hours=within), most)

    with current_database(settings) as url:
        return asyncio.run(read(url))


def _print(found: list[Expiring]) -> None:
    from rich.console import Console
    from rich.table import Table

    from orderwright.arithmetic.money import round_money, scale_of
    from orderwright.objects.identity import to_18

    table = Table()
    for heading in ("id", "number", "order", "expires", "left", "currency"):
        table.add_column(heading, justify="right" if heading == "left" else "left")
    for one in found:
        record = one.authorization
        code = record.currency_iso_code or ""
        left = round_money(record.balance, scale_of(code)) if code else record.balance
        table.add_row(
            to_18(record.id), record.payment_authorization_number or "", one.order_number or "none yet",
            f"{record.expiration_date:%Y-%m-%d %H:%M} UTC" if record.expiration_date else "", f"{left:f}", code,
        )  # fmt: skip
    Console().print(table)
