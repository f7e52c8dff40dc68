"""A gateway's books by the HTTP contract, page by page. What cannot be is not passed on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal
from urllib.parse import quote, urlencode

import msgspec

from orderwright.arithmetic.money import UnknownCurrency, is_at_scale, plain, scale_of
from orderwright.gateways.http_client import HttpAnswer
from orderwright.gateways.http_contract import NOT_OFFERED, Moment
from orderwright.gateways.http_refusals import TROUBLE
from orderwright.gateways.protocol import ListedTransaction, NotListed

PATH = "/transactions"

Get = Callable[[str], Awaitable[HttpAnswer]]
"""Asks for a path. Raises one of TROUBLE."""


class WireTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """One movement. Unknown fields are ignored."""

    kind: Literal["Authorize", "Capture", "Refund", "Void", "Sale"]
    gateway_ref_number: str
    idempotency_key: str | None = None
    drawn_on: str | None = None
    amount: Decimal
    currency_iso_code: str
    booked_at: Moment


class WirePage(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a 200. `next_cursor` is null on the last page."""

    transactions: tuple[WireTransaction, ...]
    next_cursor: str | None = None


async def list_pages(get: Get, since: datetime, until: datetime) -> AsyncIterator[ListedTransaction]:
    """See `Listing.transactions`."""
    cursors: set[str] = set()
    cursor, earliest = None, since
    while True:
        page = await _page(get, since, until, cursor)
        for found in page.transactions:
            _refuse_unless_fitting(found, earliest, until)
            earliest = found.booked_at
            yield ListedTransaction(**msgspec.structs.asdict(found))
        cursor = page.next_cursor
        if cursor is None:
            return
        if cursor in cursors:
            raise NotListed("The gateway's list goes in circles: it gave one cursor twice")
        cursors.add(cursor)


async def _page(get: Get, since: datetime, until: datetime, cursor: str | None) -> WirePage:
    asked = {"since": _text(since), "until": _text(until)} | ({"cursor": cursor} if cursor is not None else {})
    try:
        answer = await get(f"{PATH}?{urlencode(asked, quote_via=quote)}")
        if answer.status == NOT_OFFERED:
            raise NotListed(f"The gateway does not offer GET {PATH}, so its books cannot be compared with ours")
        if answer.status != 200:
            raise NotListed(f"The gateway did not list its books: it answered with status {answer.status}")
        return msgspec.json.decode(answer.body, type=WirePage)
    except TROUBLE as error:
        raise NotListed(f"The gateway's books could not be read: {error}") from error


def _refuse_unless_fitting(found: WireTransaction, earliest: datetime, until: datetime) -> None:
    if not found.gateway_ref_number:
        raise NotListed("The gateway lists a movement without a gateway_ref_number")
    if not earliest <= found.booked_at < until:
        raise NotListed(f"The gateway lists {found.gateway_ref_number} out of order or outside the time asked for")
    try:
        # The scale first: NaN, which compares with nothing, has none.
        is_money = is_at_scale(found.amount, scale_of(found.currency_iso_code)) and found.amount > 0
    except UnknownCurrency:
        is_money = False
    if not is_money:
        amount = f"{plain(found.amount)} {found.currency_iso_code}"
        raise NotListed(f"The gateway lists {found.gateway_ref_number} over {amount}, which is no amount")


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
