"""Compares our books with a gateway's.

What the gateway lists is read before our side is, and wider than was asked by a margin. What was just made may be on
its way, and what was just booked may not be listed yet: neither is held against it. A gateway that does not list its
books is asked about each of our requests; then what only it knows stays unseen.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Literal, Protocol

import msgspec

from orderwright.decisions.reconcile import decide_reconcile, to_ask, together
from orderwright.decisions.two_books import Comparison, DifferenceKind, Ours, Said, Span, Theirs
from orderwright.gateways.protocol import (
    AuthorizationReference,
    Gateway,
    GatewayResponse,
    ListedTransaction,
    Listing,
    NotListed,
    PaymentReference,
)
from orderwright.objects.definition import Id
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.settlement.gateways import Gateways
from orderwright.settlement.open_request import read_request
from orderwright.settlement.settle import settle
from orderwright.store.reconciliation import BothBooks, opened_books, unsettled
from orderwright.store.transaction import Store

MARGIN = dt.timedelta(days=1)
"""How much wider than the span the gateway's list is read, on both sides: it may book a movement before or after us."""
FINAL_AFTER = dt.timedelta(minutes=10)
"""How old a list has to be to be final, and a request to be due for an answer."""
MOST_LISTED = 1000
"""How many differences are kept; the others are counted."""
AT_ONCE = 8
"""How many questions the gateway is asked at once."""
MOST_UNANSWERED = 40
"""After so many questions without one answer, the gateway counts as out of reach."""

NOT_OFFERED = "it does not list its books"


class NotCompared(Exception):
    """The books could not be compared. Says why, in words for people."""


class NamedGateways(Gateways, Protocol):
    """Gateways that are known by name, too."""

    async def name_of(self, payment_gateway_id: Id | None) -> str: ...

    async def called(self, name: str) -> Gateway: ...


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How the books of one gateway and ours compare, from `since` on and before `until`.

    `compared_by`: its list, or what it said of each of our requests; then `not_listed` says why, and movements that
    only the gateway knows are not among the differences. Of these at most MOST_LISTED are in `comparison`; `found`
    counts all, by kind. `settled`: how many requests were settled before, of how many that were asked about; None if
    that was not asked for.
    """

    gateway: str
    since: dt.datetime
    until: dt.datetime
    compared_by: Literal["list", "look_up"]
    not_listed: str | None
    settled: tuple[int, int] | None
    comparison: Comparison
    found: dict[DifferenceKind, int]


class _Work(msgspec.Struct, frozen=True, kw_only=True):
    store: Store
    gateways: NamedGateways
    gateway: Gateway
    name: str


async def reconcile(
    store: Store,
    gateways: NamedGateways,
    name: str,
    since: dt.datetime,
    until: dt.datetime,
    *,
    settle_first: bool = False,
) -> Report:
    """Compare the books of the gateway called `name`. Only `settle_first` writes: it asks about unsettled requests now
    and records the answers; a request that the gateway does not know is sent again (decisions.md M11).

    Raises UnknownGateway, ConfigurationError, NotCompared.
    """
    work = _Work(store=store, gateways=gateways, gateway=await gateways.called(name), name=name)
    settled = await _settle(work, until) if settle_first else None
    now = store.now()
    span = Span(since=since, until=until, under_way_since=now - FINAL_AFTER)
    async with opened_books(store.database.url) as books:
        not_listed = await _list(work.gateway, books, span, now)
        if not_listed is None:
            span = msgspec.structs.replace(
                span, listed_since=since - MARGIN, listed_until=min(until + MARGIN, now - FINAL_AFTER)
            )
        await books.find_ours(since, until)
        comparison, found = await _compare(work, books, span)
    return Report(
        gateway=name,
        since=since,
        until=until,
        compared_by="list" if not_listed is None else "look_up",
        not_listed=not_listed,
        settled=settled,
        comparison=comparison,
        found=found,
    )


async def _list(gateway: Gateway, books: BothBooks, span: Span, now: dt.datetime) -> str | None:
    """Read the gateway's list into `books`; returns why that did not work."""
    if not isinstance(gateway, Listing):
        return NOT_OFFERED
    # No further than now, and a little: no clock is quite ours.
    until = max(span.since, min(span.until + MARGIN, now + FINAL_AFTER))
    try:
        async for batch in _batches(gateway.transactions(span.since - MARGIN, until)):
            await books.take(batch)
    except NotListed as reason:
        await books.forget_theirs()
        return str(reason)
    return None


async def _batches(transactions: AsyncIterator[ListedTransaction], size: int = 500) -> AsyncIterator[list[Theirs]]:
    batch: list[Theirs] = []
    async for transaction in transactions:
        batch.append(Theirs(**msgspec.structs.asdict(transaction)))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


async def _compare(work: _Work, books: BothBooks, span: Span) -> tuple[Comparison, dict[DifferenceKind, int]]:
    whole = Comparison()
    found: Counter[DifferenceKind] = Counter()
    asking = _Asking(work.gateway)
    async for ours, theirs in books.pages():
        concerned = [movement async for movement in _of_gateway(work, ours, theirs)]
        said = await asking.ask(to_ask(concerned, theirs, span))
        page = decide_reconcile(concerned, theirs, said, span)
        found.update(difference.kind for difference in page.differences)
        whole = _shortened(together(whole, page))
    return whole, dict(found)


def _shortened(comparison: Comparison) -> Comparison:
    return msgspec.structs.replace(comparison, differences=comparison.differences[:MOST_LISTED])


async def _of_gateway(work: _Work, ours: Iterable[Ours], theirs: Iterable[Theirs]) -> AsyncIterator[Ours]:
    """Those of ours that are for this gateway: by their PaymentGateway, or because it knows them."""
    keys = {t.idempotency_key for t in theirs}
    numbers = {t.gateway_ref_number for t in theirs}
    for movement in ours:
        is_known = movement.id in keys or movement.gateway_ref_number in numbers
        if is_known or await work.gateways.name_of(movement.payment_gateway_id) == work.name:
            yield movement


class _Asking:
    """Asks a gateway about requests, until it is plain that it does not answer."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._unanswered = 0

    async def ask(self, asked: Sequence[Ours]) -> dict[Id, Said]:
        """What it says of each. Raises NotCompared."""
        said: dict[Id, Said] = {}
        for start in range(0, len(asked), AT_ONCE):
            some = asked[start : start + AT_ONCE]
            answers = await asyncio.gather(*(self._ask(movement) for movement in some))
            said |= {movement.id: answer for movement, answer in zip(some, answers, strict=True)}
            self._count(answers)
        return said

    def _count(self, answers: Iterable[Said]) -> None:
        for answer in answers:
            self._unanswered = self._unanswered + 1 if answer.status == "Unknown" else 0
            if self._unanswered >= MOST_UNANSWERED:
                raise NotCompared(
                    f"The gateway did not say what became of {self._unanswered} requests in a row; of the last: "
                    f"{answer.words or 'nothing'}. Try again when it answers."
                )

    async def _ask(self, movement: Ours) -> Said:
        return said_of(await self._gateway.look_up(movement.id, _drawn_on(movement)))


def _drawn_on(ours: Ours) -> AuthorizationReference | PaymentReference | None:
    if ours.kind not in {"Refund", "Capture", "Reversal"}:
        return None
    reference = PaymentReference if ours.kind == "Refund" else AuthorizationReference
    return reference(
        gateway_ref_number=ours.drawn_on,
        amount=ours.amount if ours.drawn_amount is None else ours.drawn_amount,
        currency_iso_code=ours.currency_iso_code,
        our_id=ours.drawn_id or "",
    )


def said_of(response: GatewayResponse | None) -> Said:
    """What a look-up says of a movement."""
    if response is None:
        return Said(status="NoRecord")
    words = response.gateway_message or response.gateway_result_code
    if response.sf_result_code == "Success":
        return Said(
            status="Moved",
            amount=response.amount,
            gateway_ref_number=response.gateway_ref_number,
            at=response.gateway_date,
            words=words,
        )
    if response.pending or response.sf_result_code == "RequiresReview":
        return Said(status="Pending", at=response.gateway_date, words=words)
    is_unknown = response.sf_result_code in {"Indeterminate", "SystemError"}
    return Said(status="Unknown" if is_unknown else "Refused", at=response.gateway_date, words=words)


async def _settle(work: _Work, until: dt.datetime) -> tuple[int, int]:
    """Ask about unsettled requests of this gateway; returns how many are settled now, of how many."""
    settled = asked = 0
    async for page in unsettled(work.store.database.main, until, work.store.now() - FINAL_AFTER):
        for one in page:
            if await work.gateways.name_of(one.payment_gateway_id) == work.name:
                asked += 1
                settled += await _settle_one(work, one.shard, one.id)
    return settled, asked


async def _settle_one(work: _Work, shard: int, request_id: Id) -> bool:
    found = await read_request(work.store, shard, request_id)
    if found is None or found.request.state not in OPEN_REQUEST_STATES:
        return found is not None
    await settle(work.store, work.gateways, found, found.request.created_by_id or "")
    after = await read_request(work.store, shard, request_id)
    return after is not None and after.request.state not in OPEN_REQUEST_STATES
