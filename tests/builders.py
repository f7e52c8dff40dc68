"""Orders in a few words, their summaries, and a `Books` that keeps what decisions decide: no database, nothing started.

An order is a list of `Line`s; amounts are written as text at the currency's scale. Groups of adjustments are made as
they are named: `Discount("-5.00", "Header")` is an order-level one, `"SplitLine"` and None are line-level.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.arithmetic.money import round_money, scale_of
from orderwright.decisions.adjust import AdjustDecision, AdjustWishes, decide_adjust
from orderwright.decisions.cancel_fulfillment_item import LineToCancel, decide_cancel_fulfillment_item
from orderwright.decisions.change_items import ChangeDecision, ChangeItem
from orderwright.decisions.charge_fees import Fee
from orderwright.decisions.create_change_invoice import decide_create_change_invoice
from orderwright.decisions.create_credit_memo import decide_create_credit_memo
from orderwright.decisions.create_fulfillment_order import (
    Allocation,
    FulfillmentGroup,
    decide_create_fulfillment_order,
)
from orderwright.decisions.create_invoice import decide_create_invoice
from orderwright.decisions.create_order_payment_summary import MethodLabel, decide_create_order_payment_summary
from orderwright.decisions.create_order_summary import Wishes, decide_create_order_summary
from orderwright.decisions.decision import Decision
from orderwright.decisions.ensure_funds import decide_ensure_funds
from orderwright.decisions.ensure_refunds import decide_ensure_refunds
from orderwright.decisions.gateway_limits import NO_LIMITS, Limits
from orderwright.decisions.move_fulfillment_order import decide_move_fulfillment_order
from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.record_answer import Answer, decide_record_answer
from orderwright.decisions.roll_up import roll_up_order
from orderwright.decisions.spread_discount import AdjustItem
from orderwright.decisions.start_operation import decide_start_ensure_funds, decide_start_ensure_refunds
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id, SObject, define
from orderwright.objects.event import Event, with_links
from orderwright.objects.identity import is_stand_in
from orderwright.objects.order import (
    Order,
    OrderAdjustmentGroup,
    OrderDeliveryGroup,
    OrderItem,
    OrderItemAdjustmentLineItem,
    OrderItemTaxLineItem,
)
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.payment import OrderPaymentSummary, Payment, PaymentAuthorization
from orderwright.objects.rules import OPEN_REQUEST_STATES, active_exception
from orderwright.objects.whole import Changes, Fulfillment, Funds, WholeOrder, WholeSummary

TODAY = dt.date(2024, 5, 17)
NOW = dt.datetime(2024, 5, 17, 9, 30, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=30)
ZERO = Decimal(0)

PRODUCT, DELIVERY, FEE = "Order Product", "Delivery Charge", "Fee"
NewId = Callable[[type[SObject]], Id]


@dataclass(frozen=True)
class Discount:
    """An adjustment of one line: its amount, the type of its group, and its own tax lines."""

    amount: str
    group: str | None = None
    taxes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One order item: the amount is that of all its units, before discounts and tax."""

    name: str
    quantity: int
    amount: str
    taxes: tuple[str, ...] = ()
    discounts: tuple[Discount, ...] = ()
    to: int = 0
    """Which delivery group."""
    type: str = PRODUCT
    product_id: Id | None = None


def money(amount: str, currency: str) -> Decimal:
    """An amount with the decimals of its currency, as it is stored."""
    return round_money(Decimal(amount), scale_of(currency))


def delivery(amount: str, *taxes: str, to: int = 0, name: str = "Delivery", discounts: Iterable[Discount] = ()) -> Line:
    return Line(name, 1, amount, taxes, tuple(discounts), to, DELIVERY)


class CountedIds:
    """Ids like the real ones, in the order in which they are asked for."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, record: type[SObject]) -> Id:
        self.made += 1
        return f"{record.ABOUT.key_prefix}{self.made:012d}"


def placed_order(
    lines: Iterable[Line],
    currency: str = "USD",
    new_id: NewId | None = None,
    status: str = "Activated",
    **head: Any,
) -> WholeOrder:
    """An order with its children, its totals made true, in order of creation."""
    return _OrderBuilder(new_id or CountedIds(), currency).build(list(lines), status, head)


class _OrderBuilder:
    def __init__(self, new_id: NewId, currency: str) -> None:
        self.new_id = new_id
        self.currency = currency
        self.order_id = new_id(Order)
        self.adjustment_groups: dict[str, OrderAdjustmentGroup] = {}
        self.adjustments: list[OrderItemAdjustmentLineItem] = []
        self.taxes: list[OrderItemTaxLineItem] = []

    def build(self, lines: list[Line], status: str, head: dict[str, Any]) -> WholeOrder:
        groups = [
            OrderDeliveryGroup(id=self.new_id(OrderDeliveryGroup), order_id=self.order_id)
            for _ in range(1 + max((line.to for line in lines), default=0))
        ]
        items = tuple(self.item(line, groups[line.to].id) for line in lines)
        given: dict[str, Any] = {"order_number": "00000100", "status": status, "status_code": status} | head
        order = Order(id=self.order_id, currency_iso_code=self.currency, effective_date=TODAY, **given)
        return roll_up_order(
            WholeOrder(
                order=order,
                delivery_groups=tuple(groups),
                adjustment_groups=tuple(self.adjustment_groups.values()),
                items=items,
                adjustments=tuple(self.adjustments),
                taxes=tuple(self.taxes),
            )
        )

    def item(self, line: Line, group_id: Id) -> OrderItem:
        item = OrderItem(
            id=self.new_id(OrderItem),
            order_id=self.order_id,
            order_delivery_group_id=group_id,
            currency_iso_code=self.currency,
            description=line.name,
            product2_id=line.product_id,
            quantity=Decimal(line.quantity),
            total_line_amount=money(line.amount, self.currency),
            rounded_line_amount=money(line.amount, self.currency),
            type=line.type,
        )
        for amount in line.taxes:
            self.tax(item, amount, None)
        for discount in line.discounts:
            self.discount(item, discount)
        return item

    def discount(self, item: OrderItem, discount: Discount) -> None:
        made = OrderItemAdjustmentLineItem(
            id=self.new_id(OrderItemAdjustmentLineItem),
            order_id=self.order_id,
            order_item_id=item.id,
            order_adjustment_group_id=self.group(discount.group) if discount.group else None,
            adjustment_group_type=discount.group,
            currency_iso_code=self.currency,
            name=f"{discount.group or 'Line'} discount",
            amount=money(discount.amount, self.currency),
        )
        self.adjustments.append(made)
        for amount in discount.taxes:
            self.tax(item, amount, made.id)

    def group(self, type_: str) -> Id:
        if type_ not in self.adjustment_groups:
            self.adjustment_groups[type_] = OrderAdjustmentGroup(
                id=self.new_id(OrderAdjustmentGroup), order_id=self.order_id, name=f"{type_} promotion", type=type_
            )
        return self.adjustment_groups[type_].id

    def tax(self, item: OrderItem, amount: str, adjustment_id: Id | None) -> None:
        self.taxes.append(
            OrderItemTaxLineItem(
                id=self.new_id(OrderItemTaxLineItem),
                order_id=self.order_id,
                order_item_id=item.id,
                order_item_adjustment_line_item_id=adjustment_id,
                name=f"Tax {len(self.taxes) + 1}",
                amount=money(amount, self.currency),
                tax_effective_date=TODAY,
                type="Actual",
            )
        )


PLACES: Mapping[str, tuple[str | None, str]] = {
    "OrderItemSummary": (None, "items"),
    "OrderDeliveryGroupSummary": (None, "delivery_groups"),
    "OrderAdjustmentGroupSummary": (None, "adjustment_groups"),
    "OrderItemAdjustmentLineSummary": (None, "adjustments"),
    "OrderItemTaxLineItemSummary": (None, "taxes"),
    "Order": (None, "change_orders"),
    "OrderPaymentSummary": (None, "payment_summaries"),
    "CreditMemo": (None, "credit_memos"),
    "OrderItem": ("changes_part", "items"),
    "OrderItemAdjustmentLineItem": ("changes_part", "adjustments"),
    "OrderItemTaxLineItem": ("changes_part", "taxes"),
    "FulfillmentOrder": ("fulfillment_part", "orders"),
    "FulfillmentOrderLineItem": ("fulfillment_part", "lines"),
    "FulfillmentOrderItemAdjustment": ("fulfillment_part", "adjustments"),
    "FulfillmentOrderItemTax": ("fulfillment_part", "taxes"),
    "Invoice": ("funds_part", "invoices"),
    "PaymentAuthorization": ("funds_part", "authorizations"),
    "PaymentAuthAdjustment": ("funds_part", "adjustments"),
    "Payment": ("funds_part", "payments"),
    "Refund": ("funds_part", "refunds"),
    "PaymentLineInvoice": ("funds_part", "payment_lines"),
    "RefundLinePayment": ("funds_part", "refund_lines"),
    "CreditMemoInvApplication": ("funds_part", "credit_applications"),
    "GatewayRequest": ("funds_part", "requests"),
    "BackgroundOperation": ("funds_part", "operations"),
    "ProcessException": ("funds_part", "exceptions"),
}
"""Where a whole summary keeps the records of each object."""


def linked(record: SObject, real: Mapping[Id, Id]) -> SObject:
    """`record` with stand-in ids, its own among them, replaced by real ones; also in what an event tells."""
    if isinstance(record, Event):
        record = with_links(record, real)
    names = [n for n, f in define(type(record)).stored.items() if f.type in ("id", "reference")]
    links = {n: real[value] for n in names if (value := getattr(record, n)) in real}
    return msgspec.structs.replace(record, **links) if links else record


@dataclass
class Books:
    """One order and all that hangs on it, in memory; `save` does what the store does, without the store."""

    original: WholeOrder
    whole: WholeSummary
    new_id: CountedIds = field(default_factory=CountedIds)
    others: list[SObject] = field(default_factory=list)
    """Records no decision reads again: change records, invoice lines, logs."""

    def save(self, decision: Decision) -> dict[Id, Id]:
        """Keep what was decided; returns real ids by stand-in id. What changed must be what is kept."""
        real = {record.id: self.new_id(type(record)) for record in decision.new if is_stand_in(record.id)}
        for record in decision.new:
            self.put(linked(record, real))
        for change in decision.changed:
            assert change.before.id == change.after.id
            assert self.find(change.before) == change.before, "the decision changes something it did not read"
            self.put(linked(change.after, real))
        return real

    def put(self, record: SObject) -> None:
        """Keep `record` in the place of the one with its id, or as the last of its kind."""
        name = type(record).__name__
        if name == "OrderSummary":
            self.whole = msgspec.structs.replace(self.whole, summary=record)
        elif name in PLACES:
            holder, records = self._records(name)
            known = any(r.id == record.id for r in records)
            kept = tuple(record if r.id == record.id else r for r in records) if known else (*records, record)
            changed = msgspec.structs.replace(holder, **{PLACES[name][1]: kept})
            part = PLACES[name][0]
            self.whole = msgspec.structs.replace(self.whole, **{part: changed}) if part else changed
        else:
            self.others.append(record)

    def find(self, record: SObject) -> SObject | None:
        """What is kept under the id of `record`."""
        name = type(record).__name__
        if name == "OrderSummary":
            return self.whole.summary
        return next((r for r in self._records(name)[1] if r.id == record.id), None)

    def _records(self, name: str) -> tuple[Any, tuple[SObject, ...]]:
        part, place = PLACES[name]
        holder = getattr(self.whole, part) if part else self.whole
        return holder, getattr(holder, place)

    # What callers do, in the words of the tests; each saves.

    def item(self, name: str) -> OrderItemSummary:
        return next(item for item in self.whole.items if item.description == name)

    def change(self, decide: Callable[..., ChangeDecision], *asked: ChangeItem) -> ChangeDecision:
        """Cancel or return; the result carries the real id of its change order."""
        made = decide(self.whole, asked, NOW)
        real = self.save(made.decision)
        fee = made.fee_change_order_id
        return msgspec.structs.replace(
            made, change_order_id=real[made.change_order_id], fee_change_order_id=real[fee] if fee else None
        )

    def adjust(self, *items: AdjustItem, allocated: str = "Disallowed", individual: bool = False) -> AdjustDecision:
        """Discount items; the result carries the real ids of its change orders."""
        wishes = AdjustWishes(
            items=items, allocated_items_change_order_type=allocated, individual_line_item_tax_adjustments=individual
        )
        made = decide_adjust(self.whole, wishes, NOW)
        real = self.save(made.decision)
        ids = {group: real[order_id] for group, order_id in made.change_order_ids.items()}
        return msgspec.structs.replace(made, change_order_ids=ids)

    def allocate(self, units: Mapping[str, int], to: int = 0) -> Id:
        """Allocate units by item name from one place; returns the fulfillment order's id."""
        group = self.whole.delivery_groups[to]
        decision, made = decide_create_fulfillment_order(self.whole, group.id, [self.group(units)], "Allocated", NOW)
        return self.save(decision)[made[0]]

    def group(self, units: Mapping[str, int]) -> FulfillmentGroup:
        lines = (
            Allocation(order_item_summary_id=self.item(n).id, quantity=Decimal(count)) for n, count in units.items()
        )
        return FulfillmentGroup(
            fulfilled_from_location_id="131000000000001",
            fulfillment_type="Warehouse",
            order_item_summaries=tuple(lines),
        )

    def move(self, fulfillment_order_id: Id, status: str = "Fulfilled") -> None:
        self.save(decide_move_fulfillment_order(self.whole, fulfillment_order_id, status, NOW))

    def give_back(self, fulfillment_order_id: Id, units: Mapping[str, int]) -> None:
        """Cancel units of a fulfillment order, by item name."""
        held = [li for li in self.whole.fulfillment.lines if li.fulfillment_order_id == fulfillment_order_id]
        lines = {li.order_item_summary_id: li.id for li in held}
        asked_for = [
            LineToCancel(fulfillment_order_line_item_id=lines[self.item(n).id], quantity=Decimal(count))
            for n, count in units.items()
        ]
        self.save(decide_cancel_fulfillment_item(self.whole, fulfillment_order_id, asked_for))

    def events(self, name: str) -> list[dict[str, Any]]:
        """What the events of this name told, in order."""
        return [e.payload for e in self.others if isinstance(e, Event) and e.name == name]

    def fulfil(self, units: Mapping[str, int], to: int = 0) -> Id:
        made = self.allocate(units, to)
        self.move(made)
        return made

    def invoice(self, fulfillment_order_id: Id) -> Id:
        decision, invoice = decide_create_invoice(self.whole, fulfillment_order_id, NOW)
        return self.save(decision)[invoice.id]

    def credit(self, *change_order_ids: Id) -> Id:
        decision, memo = decide_create_credit_memo(self.whole, change_order_ids, NOW)
        return self.save(decision)[memo.id]

    def charge(self, *change_order_ids: Id) -> Id:
        """Invoice fees; returns the invoice's id."""
        decision, invoice = decide_create_change_invoice(self.whole, change_order_ids, NOW)
        return self.save(decision)[invoice.id]

    def change_order(self, change_order_id: Id | None) -> Order:
        return next(order for order in self.whole.change_orders if order.id == change_order_id)

    def authorize(self, amount: str, **about: Any) -> Id:
        """Put an authorization under a payment summary of its own; returns the payment summary's id."""
        record = self.authorization(amount, **about)
        return self._pay(record, ())

    def pay(self, *amounts: str, **about: Any) -> Id:
        """Put captured payments under one payment summary; returns its id."""
        return self._pay(None, [self.payment(amount, **about) for amount in amounts])

    def authorization(self, amount: str, **about: Any) -> PaymentAuthorization:
        given: dict[str, Any] = {"status": "Processed", "currency_iso_code": self.currency} | about
        return PaymentAuthorization(
            id=self.new_id(PaymentAuthorization),
            amount=money(amount, self.currency),
            processing_mode="External",
            **given,
        )

    def payment(self, amount: str, **about: Any) -> Payment:
        given: dict[str, Any] = {"status": "Processed", "currency_iso_code": self.currency, "type": "Sale"} | about
        return Payment(
            id=self.new_id(Payment), amount=money(amount, self.currency), processing_mode="External", **given
        )

    def _pay(self, authorization: PaymentAuthorization | None, payments: Iterable[Payment]) -> Id:
        paid = list(payments)
        arrived = frozenset(record.id for record in (authorization, *paid) if record is not None)
        decision, summary = decide_create_order_payment_summary(
            self.whole, authorization, paid, MethodLabel(method="Visa", type="Card"), arrived
        )
        return self.save(decision)[summary.id]

    def fund(self, wishes: FundsWishes, limits: Limits = NO_LIMITS) -> Id:
        """Ask for funds and plan them, as the job does; returns the operation's id. Captures stay open."""
        decision, asked_for = decide_start_ensure_funds(self.loaded, wishes, NOW)
        operation_id = self.save(decision)[asked_for.id]
        self.save(decide_ensure_funds(self.loaded, self.operation(operation_id), wishes, NOW, limits))
        return operation_id

    def refund(self, wishes: RefundWishes, limits: Limits = NO_LIMITS) -> Id:
        """Ask for refunds and plan them, as the job does; returns the operation's id. Refunds stay open."""
        decision, asked_for = decide_start_ensure_refunds(self.loaded, wishes, NOW)
        operation_id = self.save(decision)[asked_for.id]
        self.save(decide_ensure_refunds(self.loaded, self.operation(operation_id), wishes, NOW, limits))
        return operation_id

    @property
    def loaded(self) -> WholeSummary:
        """The order as the store loads it for a decision about money: only what may still change of requests,
        operations and exceptions, and no log or event.
        """
        funds = self.whole.funds
        return msgspec.structs.replace(
            self.whole,
            funds_part=msgspec.structs.replace(
                funds,
                requests=tuple(r for r in funds.requests if r.state in OPEN_REQUEST_STATES),
                operations=tuple(
                    o for o in funds.operations if o.finished_at is None or o.outcome in {"Unknown", "Pending"}
                ),
                exceptions=tuple(e for e in funds.exceptions if active_exception(e)),
            ),
        )

    def requests(self, *states: str) -> list[GatewayRequest]:
        return [r for r in self.whole.funds.requests if r.state in (states or ("Open",))]

    def made_by(self, operation_id: Id) -> list[GatewayRequest]:
        """All requests an operation ever made."""
        return [r for r in self.whole.funds.requests if r.background_operation_id == operation_id]

    def answer(
        self, request: GatewayRequest, code: Any, *, may_retry: bool = False, message: str | None = None, **said: Any
    ) -> None:
        """Record an answer; `said` are fields of it, as `accepted` for a gateway that answers later."""
        given: dict[str, Any] = {"gateway_ref_number": "ref", "gateway_message": message} | said
        answer = Answer(sf_result_code=code, **given)
        self.save(decide_record_answer(self.loaded, request.id, answer, NOW, may_retry=may_retry))

    def accept(self, request: GatewayRequest) -> None:
        """The gateway takes the request, and will say later what became of it."""
        self.answer(request, "Indeterminate", accepted=True)

    def succeed(self) -> None:
        """Every open request succeeds."""
        for request in self.requests():
            self.answer(request, "Success")

    def operation(self, operation_id: Id) -> BackgroundOperation:
        return next(o for o in self.whole.funds.operations if o.id == operation_id)

    @property
    def currency(self) -> str:
        return self.whole.summary.currency_iso_code or ""

    def payment_summary(self, summary_id: Id) -> OrderPaymentSummary:
        return next(s for s in self.whole.payment_summaries if s.id == summary_id)


def summarised(order: WholeOrder, wishes: Wishes | None = None) -> Books:
    """The order's summary, with real ids, every part loaded and empty."""
    decision, summary = decide_create_order_summary(order, {}, wishes or Wishes())
    empty = WholeSummary(
        summary=summary,
        original=order.order,
        items=(),
        delivery_groups=(),
        adjustment_groups=(),
        adjustments=(),
        taxes=(),
        change_orders=(),
        fulfillment_part=Fulfillment(),
        funds_part=Funds(),
        changes_part=Changes(),
    )
    books = Books(order, empty)
    books.new_id.made = 1000
    books.save(decision)
    return books


def order_summary(*lines: Line, currency: str = "USD") -> Books:
    """The summary of an activated order of these lines."""
    return summarised(placed_order(lines, currency))


def asked(item: OrderItemSummary, quantity: int, *, shipping: bool = False, reason: str = "Unknown") -> ChangeItem:
    """One item of a cancel or a return."""
    return ChangeItem(
        order_item_summary_id=item.id,
        quantity=Decimal(quantity),
        reason=reason,
        shipping_reduction_flag=shipping,
    )


def discounting(item: OrderItemSummary, kind: str, amount: str, **about: Any) -> AdjustItem:
    """One item of an adjustment."""
    given: dict[str, Any] = {"reason": "Unknown"} | about
    return AdjustItem(order_item_summary_id=item.id, adjustment_type=kind, amount=Decimal(amount), **given)


def with_fee(item: ChangeItem, kind: str, amount: str, **about: Any) -> ChangeItem:
    """One item of a cancel or a return, with one more fee on all its units."""
    given: dict[str, Any] = {"description": "Restocking", "product2_id": "01t000000000001", "reason": "Unknown"} | about
    fee = Fee(
        order_item_summary_id=item.order_item_summary_id,
        quantity=item.quantity,
        amount=Decimal(amount),
        amount_type=kind,
        **given,
    )
    return msgspec.structs.replace(item, fees=(*item.fees, fee))
