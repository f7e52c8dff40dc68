"""The proof, order by order, read back through the API: placed = captured, and captured - refunded = what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from orderwright.demo.client import as_decimal
from orderwright.demo.lifecycle import order_subject
from orderwright.demo.shop import batches
from orderwright.demo.steps import Desk

ORDERS_AT_ONCE = 8  # three reads each; a composite takes 25
ZERO = Decimal(0)


@dataclass
class Expected:
    """What the file says about an order: what is paid for it, and what is paid back."""

    placed: Decimal
    refunded: Decimal = ZERO


@dataclass(frozen=True)
class Books:
    """The money of one order, as the API tells it; GBP."""

    placed: Decimal
    captured: Decimal
    refunded: Decimal
    kept: Decimal


@dataclass
class Proof:
    """The sums over all orders, and each difference in words."""

    orders: int = 0
    placed: Decimal = ZERO
    captured: Decimal = ZERO
    refunded: Decimal = ZERO
    kept: Decimal = ZERO
    differences: list[str] = field(default_factory=list)

    def add(self, invoice_no: str, expected: Expected, books: Books) -> None:
        self.orders += 1
        self.placed += books.placed
        self.captured += books.captured
        self.refunded += books.refunded
        self.kept += books.kept
        self.differences += [f"order {invoice_no}: {text}" for text in differences(expected, books)]


def differences(expected: Expected, books: Books) -> list[str]:
    """What does not agree, to the penny."""
    equations = (
        ("ordered in the file", expected.placed, "placed", books.placed),
        ("placed", books.placed, "captured", books.captured),
        ("returned in the file", expected.refunded, "refunded", books.refunded),
        ("captured − refunded", books.captured - books.refunded, "kept", books.kept),
    )
    return [f"{a} is {x} and {b} is {y}" for a, x, b, y in equations if x != y]


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
            f"sobjects/OrderPaymentSummary/{facts['payment_summary']}?fields=CapturedAmount,RefundedAmount",
        ]
    found = await desk.client.read_together(paths)
    return [
        Books(
            placed=as_decimal(order["GrandTotalAmount"]),
            captured=as_decimal(payment["CapturedAmount"]),
            refunded=as_decimal(payment["RefundedAmount"]),
            kept=as_decimal(summary["GrandTotalAmount"]),
        )
        for order, summary, payment in zip(found[0::3], found[1::3], found[2::3], strict=True)
    ]
