"""What is replayed of a file: which rows become items, which units a cancellation returns, and what is left out.

The planner reads invoices in the order of the file and remembers what each customer bought and still has. A
cancellation takes units from the oldest purchases first (FIFO), of the same customer and stock code. Nothing is dropped
in silence: every row becomes an item, a return, or a `Skipped` with its reason.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from orderwright.arithmetic.money import round_money, scale_of
from orderwright.demo.online_retail import BrokenRow, Invoice, Row

CURRENCY = "GBP"
SCALE = scale_of(CURRENCY)
MOST_LINES = 2000
"""What one invoice may hold (semantics.md §12.4, documented); no real order comes near."""

ZERO = Decimal(0)


class Reason(StrEnum):
    """Why a row is not replayed, in words for the report."""

    BROKEN = "not readable"
    NEGATIVE_QUANTITY = "negative quantity outside a cancellation: a stock correction"
    NO_UNITS = "quantity zero"
    NEGATIVE_PRICE = "negative price: a correction of the books"
    NO_PRICE = "zero price and no customer: a stock correction"
    NOTHING_TO_PAY = "an invoice with nothing to pay"
    DISCOUNT = "discount (D)"
    MANUAL = "manual entry (M)"
    SAMPLES = "samples (S)"
    FEE = "fee of a marketplace or bank"
    VOUCHER = "gift voucher"
    BOOKKEEPING = "bookkeeping or test entry"
    TORN_INVOICE = "row of an invoice that had ended above"
    TOO_MANY_LINES = f"beyond {MOST_LINES} lines in one order"
    POSITIVE_CANCELLATION = "positive quantity in a cancellation"
    POSTAGE_BACK = "postage given back: a return takes products only"
    NO_CUSTOMER = "cancellation without a customer: nothing to match it with"
    NOT_BOUGHT = "cancellation without an earlier purchase in the file"
    TOO_MANY_UNITS = "cancellation of more units than the customer still had"


class Skipped(msgspec.Struct, frozen=True):
    """A row that is not replayed, or of which `units` are not. `amount` is theirs, negative in a cancellation."""

    reason: Reason
    row: Row | BrokenRow
    units: int
    amount: Decimal


class Line(msgspec.Struct, frozen=True):
    """One item to order; `number` counts from 1. A delivery charge always has quantity 1. `amount`: GBP, net."""

    number: int
    type: str
    stock_code: str
    description: str
    quantity: int
    unit_price: Decimal
    amount: Decimal


class PlannedOrder(msgspec.Struct, frozen=True):
    """One invoice as an order; `customer_id` None: a guest."""

    invoice_no: str
    customer_id: str | None
    country: str
    ordered: datetime
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return sum((line.amount for line in self.lines), ZERO)


class PlannedReturn(msgspec.Struct, frozen=True):
    """Units of one order that a cancellation takes back: `quantities` by line number, `amount` what is refunded."""

    cancellation_no: str
    invoice_no: str
    quantities: tuple[tuple[int, int], ...]
    amount: Decimal


class Plan(msgspec.Struct, frozen=True):
    """What becomes of one invoice."""

    order: PlannedOrder | None = None
    returns: tuple[PlannedReturn, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class Lot:
    """What a customer still has of one line: `units`, and the `amount` paid for them."""

    __slots__ = ("amount", "invoice_no", "number", "units")

    def __init__(self, invoice_no: str, line: Line) -> None:
        self.invoice_no = invoice_no
        self.number = line.number
        self.units = line.quantity
        self.amount = line.amount

    def take(self, wanted: int) -> tuple[int, Decimal]:
        """Take at most `wanted` units; returns how many, and their share of the amount: the last takes the rest."""
        units = min(wanted, self.units)
        amount = self.amount if units == self.units else round_money(self.amount * units / self.units, SCALE)
        self.units -= units
        self.amount -= amount
        return units, amount


NOT_PRODUCTS = {
    "D": Reason.DISCOUNT,
    "M": Reason.MANUAL,
    "S": Reason.SAMPLES,
    "AMAZONFEE": Reason.FEE,
    "BANK CHARGES": Reason.FEE,
    "CRUK": Reason.FEE,
    "B": Reason.BOOKKEEPING,
}
SPECIAL = ((re.compile(r"GIFT_"), Reason.VOUCHER), (re.compile(r"ADJUST|TEST"), Reason.BOOKKEEPING))
POSTAGE = frozenset({"POST", "DOT", "C2"})
"""Postage, postage of the web shop, carriage: what it costs to deliver the order."""


def reason_of_code(stock_code: str) -> Reason | None:
    """Why rows with this code are not goods; None for goods and postage."""
    if stock_code in NOT_PRODUCTS:
        return NOT_PRODUCTS[stock_code]
    return next((reason for pattern, reason in SPECIAL if pattern.match(stock_code)), None)


def amount_of(row: Row, units: int) -> Decimal:
    """What `units` of a row cost, rounded once."""
    return round_money(row.unit_price * units, SCALE)


def skipped(reason: Reason, row: Row, units: int | None = None) -> Skipped:
    """`row`, or `units` of it, as left out."""
    units = row.quantity if units is None else units
    return Skipped(reason, row, abs(units), amount_of(row, units))


class Planner:
    """Plans one invoice after the other; knows what was bought before."""

    def __init__(self) -> None:
        self._had: dict[tuple[str, str], deque[Lot]] = {}
        self._seen: set[str] = set()

    def plan(self, invoice: Invoice) -> Plan:
        """What to do with `invoice`. Raises nothing: what cannot be replayed is in `skipped`."""
        if invoice.invoice_no in self._seen:
            return Plan(skipped=tuple(skipped(Reason.TORN_INVOICE, row) for row in invoice.rows))
        self._seen.add(invoice.invoice_no)
        return self._cancellation(invoice) if invoice.is_cancellation else self._order(invoice)

    def _order(self, invoice: Invoice) -> Plan:
        kept: list[Row] = []
        left_out: list[Skipped] = []
        for row in invoice.rows:
            reason = reason_against_item(row)
            if reason is None and len(kept) == MOST_LINES:
                reason = Reason.TOO_MANY_LINES
            kept.append(row) if reason is None else left_out.append(skipped(reason, row))
        order = order_of(invoice, kept) if kept else None
        if order is not None and order.total == 0:
            left_out += [skipped(Reason.NOTHING_TO_PAY, row) for row in kept]
            order = None
        if order is not None:
            self._remember(order)
        return Plan(order=order, skipped=tuple(left_out))

    def _remember(self, order: PlannedOrder) -> None:
        if order.customer_id is None:
            return
        for line in order.lines:
            if line.type == "Order Product":
                lots = self._had.setdefault((order.customer_id, line.stock_code), deque())
                lots.append(Lot(order.invoice_no, line))

    def _cancellation(self, invoice: Invoice) -> Plan:
        taken: dict[str, dict[int, tuple[int, Decimal]]] = {}
        left_out: list[Skipped] = []
        for row in invoice.rows:
            reason = reason_against_return(row)
            if reason is not None:
                left_out.append(skipped(reason, row))
            else:
                left_out += self._take(row, taken)
        returns = tuple(return_of(invoice.invoice_no, invoice_no, lines) for invoice_no, lines in taken.items())
        return Plan(returns=returns, skipped=tuple(left_out))

    def _take(self, row: Row, taken: dict[str, dict[int, tuple[int, Decimal]]]) -> Iterator[Skipped]:
        """Take the units of `row` from the oldest purchases; yields what could not be taken."""
        key = (row.customer_id or "", row.stock_code)
        lots = self._had.get(key, deque())
        wanted = -row.quantity
        while wanted and lots:
            lot = lots[0]
            units, amount = lot.take(wanted)
            of_order = taken.setdefault(lot.invoice_no, {})
            before = of_order.get(lot.number, (0, ZERO))
            of_order[lot.number] = (before[0] + units, before[1] + amount)
            wanted -= units
            if not lot.units:
                lots.popleft()
        if wanted:
            yield skipped(Reason.TOO_MANY_UNITS if key in self._had else Reason.NOT_BOUGHT, row, -wanted)


def reason_against_item(row: Row) -> Reason | None:
    """Why a row cannot be an item of an order. A zero price with a customer is a free item: it stays."""
    if row.quantity <= 0:
        return Reason.NEGATIVE_QUANTITY if row.quantity else Reason.NO_UNITS
    if row.unit_price < 0:
        return Reason.NEGATIVE_PRICE
    if row.unit_price == 0 and row.customer_id is None:
        return Reason.NO_PRICE
    return reason_of_code(row.stock_code)


def reason_against_return(row: Row) -> Reason | None:
    """Why a row of a cancellation cannot be a return, whatever was bought."""
    by_code = reason_of_code(row.stock_code)
    if by_code is not None:
        return by_code
    if row.quantity >= 0:
        return Reason.POSITIVE_CANCELLATION if row.quantity else Reason.NO_UNITS
    if row.stock_code in POSTAGE:
        return Reason.POSTAGE_BACK
    return Reason.NO_CUSTOMER if row.customer_id is None else None


def order_of(invoice: Invoice, rows: Sequence[Row]) -> PlannedOrder:
    """The order of an invoice with `rows`, at least one; who and when are the first row's."""
    first = rows[0]
    return PlannedOrder(
        invoice_no=invoice.invoice_no,
        customer_id=first.customer_id,
        country=first.country,
        ordered=first.invoice_date,
        lines=tuple(line_of(number, row) for number, row in enumerate(rows, start=1)),
    )


def line_of(number: int, row: Row) -> Line:
    """The item of a row. Postage is one charge, whatever its quantity (semantics.md §2.12)."""
    amount = amount_of(row, row.quantity)
    if row.stock_code in POSTAGE:
        words = row.description or row.stock_code
        times = "" if row.quantity == 1 else f" ({row.quantity} × {row.unit_price})"
        return Line(number, "Delivery Charge", row.stock_code, words + times, 1, amount, amount)
    words = row.description or row.stock_code
    return Line(number, "Order Product", row.stock_code, words, row.quantity, row.unit_price, amount)


def return_of(cancellation_no: str, invoice_no: str, lines: dict[int, tuple[int, Decimal]]) -> PlannedReturn:
    """The return of units taken from one order."""
    return PlannedReturn(
        cancellation_no=cancellation_no,
        invoice_no=invoice_no,
        quantities=tuple((number, units) for number, (units, _) in sorted(lines.items())),
        amount=sum((amount for _, amount in lines.values()), ZERO),
    )


def plans(found: Iterable[Invoice | BrokenRow], most_orders: int | None = None) -> Iterator[Plan]:
    """The plan of each invoice, in the order of the file; after `most_orders` orders only their returns follow.

    What else the file holds after the last order was not asked for, and is not reported as skipped.
    """
    planner, orders = Planner(), 0
    for invoice in found:
        is_full = most_orders is not None and orders >= most_orders
        if isinstance(invoice, BrokenRow):
            if not is_full:
                yield Plan(skipped=(Skipped(Reason.BROKEN, invoice, 0, ZERO),))
        elif invoice.is_cancellation or not is_full:
            plan = planner.plan(invoice)
            orders += plan.order is not None
            yield Plan(returns=plan.returns) if is_full else plan
