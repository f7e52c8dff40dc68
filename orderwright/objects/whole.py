"""Whole aggregates: an order with everything that hangs on it, as one decision needs it.

A part that was not loaded is None and reading it through its property fails loudly: an empty list would be a lie.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Never, TypeVar

import msgspec

from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id, SObject
from orderwright.objects.event import Event
from orderwright.objects.fulfillment import (
    FulfillmentOrder,
    FulfillmentOrderItemAdjustment,
    FulfillmentOrderItemTax,
    FulfillmentOrderLineItem,
)  # fmt: skip
from orderwright.objects.invoice import CreditMemo, CreditMemoInvApplication, Invoice
from orderwright.objects.order import (
    Order,
    OrderAdjustmentGroup,
    OrderDeliveryGroup,
    OrderItem,
    OrderItemAdjustmentLineItem,
    OrderItemTaxLineItem,
)  # fmt: skip
from orderwright.objects.order_item_summary import (
    OrderItemAdjustmentLineSummary,
    OrderItemSummary,
    OrderItemTaxLineItemSummary,
)  # fmt: skip
from orderwright.objects.order_summary import OrderAdjustmentGroupSummary, OrderDeliveryGroupSummary, OrderSummary
from orderwright.objects.payment import (
    OrderPaymentSummary,
    Payment,
    PaymentAuthAdjustment,
    PaymentAuthorization,
    PaymentLineInvoice,
    Refund,
    RefundLinePayment,
)  # fmt: skip
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.objects.process_exception import ProcessException


class WholeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An Order, original or change order, with its children, each kind in order of creation."""

    order: Order
    delivery_groups: tuple[OrderDeliveryGroup, ...] = ()
    adjustment_groups: tuple[OrderAdjustmentGroup, ...] = ()
    items: tuple[OrderItem, ...] = ()
    adjustments: tuple[OrderItemAdjustmentLineItem, ...] = ()
    taxes: tuple[OrderItemTaxLineItem, ...] = ()
    order_summary_id: Id | None = None
    """The summary made of this order, when there is one: the order is frozen then."""


class Fulfillment(msgspec.Struct, frozen=True, kw_only=True):
    """The fulfillment orders of one order summary, and its invoices' heads."""

    orders: tuple[FulfillmentOrder, ...] = ()
    lines: tuple[FulfillmentOrderLineItem, ...] = ()
    adjustments: tuple[FulfillmentOrderItemAdjustment, ...] = ()
    taxes: tuple[FulfillmentOrderItemTax, ...] = ()


class Funds(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that moved or may move money: for one order summary, or around one payment that has no order yet.

    Of requests, operations and exceptions only those are loaded that may still change; logs and events never are: what
    stands in them is new.
    """

    invoices: tuple[Invoice, ...] = ()
    authorizations: tuple[PaymentAuthorization, ...] = ()
    adjustments: tuple[PaymentAuthAdjustment, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    payment_lines: tuple[PaymentLineInvoice, ...] = ()
    refund_lines: tuple[RefundLinePayment, ...] = ()
    credit_applications: tuple[CreditMemoInvApplication, ...] = ()
    requests: tuple[GatewayRequest, ...] = ()
    operations: tuple[BackgroundOperation, ...] = ()
    exceptions: tuple[ProcessException, ...] = ()
    logs: tuple[PaymentGatewayLog, ...] = ()
    events: tuple[Event, ...] = ()


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of the change orders of one order summary."""

    items: tuple[OrderItem, ...] = ()
    adjustments: tuple[OrderItemAdjustmentLineItem, ...] = ()
    taxes: tuple[OrderItemTaxLineItem, ...] = ()


class NotLoaded(tuple[Any, ...]):
    """In place of records that were not loaded: looking at them is an error, for an empty list would be a lie."""

    __slots__ = ()

    def __iter__(self) -> Never:
        raise RuntimeError("these records were not loaded for this decision")

    def __len__(self) -> Never:
        raise RuntimeError("these records were not loaded for this decision")


NOT_LOADED = NotLoaded()


class WholeSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An OrderSummary with its items and their components, its groups, its change orders, and its buckets of money.

    `original` is the original Order's head; `change_orders` are heads too, in order of creation. Goods (items to
    change orders), lines of change orders, fulfillment and funds are loaded only for the decisions that need them.
    """

    summary: OrderSummary
    original: Order
    items: tuple[OrderItemSummary, ...] = NOT_LOADED
    delivery_groups: tuple[OrderDeliveryGroupSummary, ...] = NOT_LOADED
    adjustment_groups: tuple[OrderAdjustmentGroupSummary, ...] = NOT_LOADED
    adjustments: tuple[OrderItemAdjustmentLineSummary, ...] = NOT_LOADED
    taxes: tuple[OrderItemTaxLineItemSummary, ...] = NOT_LOADED
    change_orders: tuple[Order, ...] = NOT_LOADED
    payment_summaries: tuple[OrderPaymentSummary, ...] = ()
    credit_memos: tuple[CreditMemo, ...] = ()
    fulfillment_part: Fulfillment | None = None
    funds_part: Funds | None = None
    changes_part: Changes | None = None

    @property
    def fulfillment(self) -> Fulfillment:
        return _loaded(self.fulfillment_part, "fulfillment")

    @property
    def funds(self) -> Funds:
        return _loaded(self.funds_part, "funds")

    @property
    def changes(self) -> Changes:
        return _loaded(self.changes_part, "changes")

    def item(self, item_id: Id) -> OrderItemSummary | None:
        """The item with this id, or None when it belongs to another order."""
        return find(self.items, item_id)


R = TypeVar("R", bound=SObject)
P = TypeVar("P", Fulfillment, Funds, Changes)


def find(records: Iterable[R], record_id: Id | None) -> R | None:
    """The record with this id, or None."""
    return next((record for record in records if record.id == record_id), None)


def _loaded(part: P | None, name: str) -> P:
    if part is None:
        raise RuntimeError(f"the part '{name}' of this order was not loaded for this decision")
    return part
