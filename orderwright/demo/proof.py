"""The proof, order by order, read back through the API: placed = captured, and captured - refunded = what is kept.

The same by tender: each has given what was planned for it, and gives back no more than it gave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orderwright.demo.client import as_decimal
from orderwright.demo.lifecycle import order_subject
from orderwright.demo.shop import batches
from orderwright.demo.steps import Desk
from orderwright.demo.tenders import GIFT_CARD, tender_of

ORDERS_AT_ONCE = 8  # three reads each; a composite takes 25
AMOUNTS = ("AuthorizationAmount", "CapturedAmount", "RefundedAmount")
PAYMENT_FIELDS = ",".join(("Method", "Type", *AMOUNTS))
ZERO = Decimal(0)


@dataclass
class Expected:
    """What the file says about an order: what is paid for it, by tender, and what is paid back."""

    tenders: Mapping[str, Decimal]
    refunded: Decimal = ZERO

    @property
    def placed(self) -> Decimal:
        return sum(self.tenders.values(), ZERO)


@dataclass
class Tender:
    """The money of one tender, as its payment summaries tell it; GBP."""

    authorized: Decimal = ZERO
    captured: Decimal = ZERO
    refunded: Decimal = ZERO
    orders: int = 0

    def add(self, other: Tender) -> None:
        self.authorized += other.authorized
        self.captured += other.captured
        self.refunded += other.refunded
        self.orders += other.orders


@dataclass(frozen=True)
class Books:
    """The money of one order, as the API tells it; GBP."""

    placed: Decimal
    kept: Decimal
    tenders: Mapping[str, Tender]

    @property
    def captured(self) -> Decimal:
        return sum((tender.captured for tender in self.tenders.values()), ZERO)

    @property
    def refunded(self) -> Decimal:
        return sum((tender.refunded for tender in self.tenders.values()), ZERO)


@dataclass
class Proof:
    """The sums over all orders and tenders, how many orders have two, and each difference in words."""

    orders: int = 0
    two_tenders: int = 0
    placed: Decimal = ZERO
    captured: Decimal = ZERO
    refunded: Decimal = ZERO
    kept: Decimal = ZERO
    tenders: dict[str, Tender] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def add(self, invoice_no: str, expected: Expected, books: Books) -> None:
        self.orders += 1
        self.two_tenders += len(books.tenders) > 1
        self.placed += books.placed
        self.captured += books.captured
        self.refunded += books.refunded
        self.kept += books.kept
        for name, tender in books.tenders.items():
            self.tenders.setdefault(name, Tender()).add(tender)
        self.differences += [f"order {invoice_no}: {text}" for text in differences(expected, books)]


def differences(expected: Expected, books: Books) -> list[str]:
    """What does not agree, to the penny."""
    equations = (
        ("ordered in the file", expected.placed, "placed", books.placed),
        ("placed", books.placed, "captured", books.captured),
        ("returned in the file", expected.refunded, "refunded", books.refunded),
        ("captured − refunded", books.captured - books.refunded, "kept", books.kept),
    )
    by_order = [f"{a} is {x} and {b} is {y}" for a, x, b, y in equations if x != y]
    names = dict.fromkeys([*expected.tenders, *books.tenders])
    by_tender = [
        text
        for name in names
        for text in differences_of(name, expected.tenders.get(name, ZERO), books.tenders.get(name, Tender()))
    ]
    return [*by_order, *by_tender]


def differences_of(name: str, planned: Decimal, tender: Tender) -> Iterator[str]:
    """What does not agree for one tender: a gift card's money is taken when it is used, so it is never authorized."""
    authorized = ZERO if name == GIFT_CARD else planned
    if tender.authorized != authorized:
        yield f"to be authorized by {name} is {authorized} and authorized is {tender.authorized}"
    if tender.captured != planned:
        yield f"to be paid by {name} is {planned} and captured is {tender.captured}"
    if tender.refunded > tender.captured:
        yield f"captured from {name} is {tender.captured} and refunded is more, {tender.refunded}"


async def prove(
    desk: Desk, expected: Mapping[str, Expected], concurrency: int, advance: Callable[[int], None]
) -> Proof:
    """Read every delivered order back and compare. One that was not delivered is no part of it: it is a failure."""
    proof, limit = Proof(), asyncio.Semaphore(concurrency)
    delivered = [number for number in expected if "fulfil" in desk.journal.facts(order_subject(number))]

    async def read(numbers: Sequence[str]) -> None:
        async with limit:
            for number, books in zip(numbers, await read_books(desk, numbers), strict=True):
                proof.add(number, expected[number], books)
            advance(len(numbers))

    async with asyncio.TaskGroup() as group:
        for numbers in batches(delivered, ORDERS_AT_ONCE):
            group.create_task(read(numbers))
    return proof


async def read_books(desk: Desk, numbers: Sequence[str]) -> list[Books]:
    """The money of a few orders, in one request."""
    paths: list[str] = []
    for number in numbers:
        facts = desk.journal.facts(order_subject(number))
        paths += [
            f"sobjects/Order/{facts['order']}?fields=GrandTotalAmount",
            f"sobjects/OrderSummary/{facts['summary']}?fields=GrandTotalAmount",
            f"sobjects/OrderSummary/{facts['summary']}/OrderPaymentSummaries?fields={PAYMENT_FIELDS}",
        ]
    found = await desk.client.read_together(paths)
    return [
        Books(
            placed=as_decimal(order["GrandTotalAmount"]),
            kept=as_decimal(summary["GrandTotalAmount"]),
            tenders=tenders_in(payments["records"]),
        )
        for order, summary, payments in zip(found[0::3], found[1::3], found[2::3], strict=True)
    ]


def tenders_in(payment_summaries: Sequence[Mapping[str, Any]]) -> dict[str, Tender]:
    """The money of an order by tender, from its payment summaries."""
    tenders: dict[str, Tender] = {}
    for summary in payment_summaries:
        authorized, captured, refunded = (as_decimal(summary[name]) for name in AMOUNTS)
        name = tender_of(summary)
        tenders.setdefault(name, Tender(orders=1)).add(Tender(authorized, captured, refunded))
    return tenders
