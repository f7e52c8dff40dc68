"""Rows -> one whole aggregate: the lock, then one statement, decoded straight into frozen records (decisions.md S7).

PostgreSQL builds the aggregate as one JSON value whose names are the record's names, so that no row passes through
Python one by one. Lists are in order of creation, which is the order of ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec

from orderwright.objects.registry import BY_NAME
from orderwright.objects.rules import OPEN_REQUEST_STATES, active_exception
from orderwright.objects.whole import WholeOrder, WholeSummary

W = TypeVar("W")


class Loader(Generic[W]):
    """How one kind of aggregate is locked and loaded: `root` is the object whose row is locked first."""

    def __init__(self, root: str, whole: type[W], parts: Mapping[str, Any]) -> None:
        self.root = root
        self.whole = whole
        self.statement = f"SELECT {_object(parts)} WHERE EXISTS ({ROOT.format(table=BY_NAME[root].table)})"
        self.decode = msgspec.json.Decoder(whole).decode


ROOT = 'SELECT 1 FROM "{table}" WHERE shard = $1 AND id = $2 AND NOT is_deleted'


def _object(parts: Mapping[str, Any]) -> str:
    members = ", ".join(
        f"'{name}', {_object(part) if isinstance(part, Mapping) else part}" for name, part in parts.items()
    )
    return f"json_build_object({members})"


def one(object_: str, where: str) -> str:
    """The record of `object_` that matches `where`, over alias `t`."""
    table = BY_NAME[object_].table
    return f'(SELECT row_to_json(t) FROM "{table}" t WHERE t.shard = $1 AND {where})'


def many(object_: str, where: str, leave_out: str | None = None) -> str:
    """The records of `object_` that match `where`, over alias `t`; a field that is large and not needed is left out."""
    table = BY_NAME[object_].table
    rows = f'"{table}" t WHERE t.shard = $1 AND {where} AND NOT t.is_deleted'
    if leave_out is None:
        return f"(SELECT coalesce(json_agg(t ORDER BY t.id), '[]') FROM {rows})"
    columns = ", ".join(f't."{name}"' for name in BY_NAME[object_].stored if name != leave_out)
    return f"(SELECT coalesce(json_agg(c ORDER BY c.id), '[]') FROM (SELECT {columns} FROM {rows}) c)"


def _of_order(object_: str) -> str:
    return many(object_, "t.order_id = $2")


ORDER_PARTS = {
    "order": one("Order", "t.id = $2"),
    "delivery_groups": _of_order("OrderDeliveryGroup"),
    "adjustment_groups": _of_order("OrderAdjustmentGroup"),
    "items": _of_order("OrderItem"),
    "adjustments": _of_order("OrderItemAdjustmentLineItem"),
    "taxes": _of_order("OrderItemTaxLineItem"),
    "order_summary_id": "(SELECT t.id FROM order_summary t WHERE t.shard = $1 AND t.original_order_id = $2)",
}


def _of_summary(object_: str) -> str:
    return many(object_, "t.order_summary_id = $2")


def _through(object_: str, link: str, parent: str, condition: str) -> str:
    table = BY_NAME[parent].table
    # ANY over an array, not IN: the parents are found first, whatever the planner believes of a table it has no
    # statistics of.
    return many(object_, f't.{link} = ANY (ARRAY(SELECT p.id FROM "{table}" p WHERE p.shard = $1 AND {condition}))')


_ORIGINAL = "(SELECT s.original_order_id FROM order_summary s WHERE s.shard = $1 AND s.id = $2)"

MONEY_PARTS = {
    "summary": one("OrderSummary", "t.id = $2"),
    "original": one("Order", f"t.id = {_ORIGINAL}"),
    "payment_summaries": _of_summary("OrderPaymentSummary"),
    "credit_memos": many("CreditMemo", "t.reference_entity_id = $2"),
}

GOODS_PARTS = {
    "items": _of_summary("OrderItemSummary"),
    "delivery_groups": _of_summary("OrderDeliveryGroupSummary"),
    "adjustment_groups": _of_summary("OrderAdjustmentGroupSummary"),
    "adjustments": _of_summary("OrderItemAdjustmentLineSummary"),
    "taxes": _of_summary("OrderItemTaxLineItemSummary"),
    "change_orders": many("Order", f"t.related_order_id = {_ORIGINAL}", leave_out="explanation"),
}

SUMMARY_PARTS = MONEY_PARTS | GOODS_PARTS

_OF_ORDERS = "p.order_summary_id = $2"

FULFILLMENT_PARTS = {
    "orders": _of_summary("FulfillmentOrder"),
    "lines": _through("FulfillmentOrderLineItem", "fulfillment_order_id", "FulfillmentOrder", _OF_ORDERS),
    "adjustments": _through("FulfillmentOrderItemAdjustment", "fulfillment_order_id", "FulfillmentOrder", _OF_ORDERS),
    "taxes": _through("FulfillmentOrderItemTax", "fulfillment_order_id", "FulfillmentOrder", _OF_ORDERS),
}

_OPEN_STATES = ", ".join(f"'{state}'" for state in OPEN_REQUEST_STATES)
_INVOICES = "p.reference_entity_id = $2"

FUNDS_PARTS = {
    "invoices": many("Invoice", "t.reference_entity_id = $2"),
    "authorizations": _through("PaymentAuthorization", "order_payment_summary_id", "OrderPaymentSummary", _OF_ORDERS),
    "adjustments": many(
        "PaymentAuthAdjustment",
        "t.payment_authorization_id = ANY (ARRAY(SELECT a.id FROM payment_authorization a WHERE a.shard = $1 AND "
        "a.order_payment_summary_id = ANY (ARRAY(SELECT p.id FROM order_payment_summary p WHERE p.shard = $1 AND "
        "p.order_summary_id = $2))))",
    ),
    "payments": _through("Payment", "order_payment_summary_id", "OrderPaymentSummary", _OF_ORDERS),
    "refunds": _through("Refund", "order_payment_summary_id", "OrderPaymentSummary", _OF_ORDERS),
    "payment_lines": _through("PaymentLineInvoice", "invoice_id", "Invoice", _INVOICES),
    "refund_lines": many(
        "RefundLinePayment",
        "t.refund_id = ANY (ARRAY(SELECT r.id FROM refund r WHERE r.shard = $1 AND r.order_payment_summary_id = ANY "
        "(ARRAY(SELECT p.id FROM order_payment_summary p WHERE p.shard = $1 AND p.order_summary_id = $2))))",
    ),
    "credit_applications": _through("CreditMemoInvApplication", "invoice_id", "Invoice", _INVOICES),
    "requests": many("GatewayRequest", f"t.order_summary_id = $2 AND t.state IN ({_OPEN_STATES})"),
    "operations": many(
        "BackgroundOperation",
        "t.order_summary_id = $2 AND (t.finished_at IS NULL OR t.outcome IN ('Unknown', 'Pending'))",
    ),
    "exceptions": many(
        "ProcessException",
        f"t.order_summary_id = $2 AND {BY_NAME['ProcessException'].condition(active_exception)}",
    ),
}

_CHANGES = f"p.related_order_id = {_ORIGINAL}"

CHANGES_PARTS = {
    "items": _through("OrderItem", "order_id", "Order", _CHANGES),
    "adjustments": _through("OrderItemAdjustmentLineItem", "order_id", "Order", _CHANGES),
    "taxes": _through("OrderItemTaxLineItem", "order_id", "Order", _CHANGES),
}

ORDER = Loader("Order", WholeOrder, ORDER_PARTS)
SUMMARY = Loader("OrderSummary", WholeSummary, SUMMARY_PARTS)
WITH_FULFILLMENT = Loader("OrderSummary", WholeSummary, SUMMARY_PARTS | {"fulfillment_part": FULFILLMENT_PARTS})
HEAD = Loader("OrderSummary", WholeSummary, MONEY_PARTS)
"""What an order is worth and has in its buckets, without goods."""
FUNDS = Loader("OrderSummary", WholeSummary, MONEY_PARTS | {"funds_part": FUNDS_PARTS})
INVOICES = Loader("OrderSummary", WholeSummary, MONEY_PARTS | {"funds_part": {"invoices": FUNDS_PARTS["invoices"]}})
"""Enough to tell whether what a background operation is asked for belongs to the order."""
WITH_CHANGES = Loader("OrderSummary", WholeSummary, SUMMARY_PARTS | {"changes_part": CHANGES_PARTS})
