"""Fulfillment orders and their lines as records: a draft holds nothing, and takes its units when it is activated.

On an order that another system manages they are records like others: amounts, quantities and statuses are the
caller's, and nothing on the order follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.arithmetic.quantity import InvalidQuantity
from orderwright.arithmetic.quantity import whole as whole_quantity
from orderwright.decisions.allocate import fulfillment_type
from orderwright.decisions.announce import fulfillment_status_changed
from orderwright.decisions.change_order import scale_for
from orderwright.decisions.component import line_amounts, part_in
from orderwright.decisions.decision import Change, Decision, changed
from orderwright.decisions.errors import (
    InvalidCrossReference,
    InvalidFieldForWrite,
    InvalidInput,
    InvalidOperation,
    InvalidPicklistValue,
    InvalidStatus,
    QuantityUnavailable,
    RequiredFieldMissing,
    named,
)  # fmt: skip
from orderwright.decisions.fulfillment_lines import part_of_order, rolled
from orderwright.decisions.move_fulfillment_order import UNMANAGED
from orderwright.objects.fulfillment import FulfillmentOrder, FulfillmentOrderLineItem
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.picklists import Picklists
from orderwright.objects.whole import WholeSummary, find

ZERO = Decimal(0)


def decide_draft_order(whole: WholeSummary, record: FulfillmentOrder, picklists: Picklists) -> Decision:
    """Return the fulfillment order `record`, completed from its order summary, and its event; it has no lines yet.

    Raises InvalidPicklistValue, InvalidStatus for one that does not begin as a draft, InvalidFieldForWrite for another
    currency or an invoice, InvalidOperation for a reshipment.
    Source: semantics.md#6.8 (documented; the refusals inferred).
    """
    category = picklists.fulfillment_statuses.get(record.status)
    if category is None:
        raise InvalidPicklistValue(
            f"Status '{record.status}' is not a value of FulfillmentOrder.Status; use "
            f"{named(picklists.fulfillment_statuses)}",
            "Status",
        )
    if not _is_unmanaged(whole):
        _check_draft(whole, record, category, picklists)
    type_ = fulfillment_type(record.type, picklists) if record.type is not None else None
    made = msgspec.structs.replace(
        record,
        **_inherited(whole, record),
        status_category=category,
        type=type_,
        type_category=picklists.fulfillment_types[type_] if type_ is not None else None,
    )
    return Decision(new=(made, *fulfillment_status_changed(None, made, lambda: "~drafted")), changed=_raised(whole))


def _check_draft(whole: WholeSummary, record: FulfillmentOrder, category: str, picklists: Picklists) -> None:
    if category != "DRAFT":
        drafts = [status for status, of in picklists.fulfillment_statuses.items() if of == "DRAFT"]
        raise InvalidStatus(
            f"Status is {record.status} ({category}); a fulfillment order that is made as a record begins as "
            f"{named(drafts)}: add its lines, then set Status; or make it with its lines by the action "
            "fulfillment-orders",
            "Status",
        )
    if record.invoice_id is not None:
        raise InvalidFieldForWrite("InvoiceId is set by create-invoice; leave it out", "InvoiceId")
    if record.is_reship:
        raise InvalidOperation("IsReship is true, and reshipments are not kept here; leave it out", "IsReship")
    if record.currency_iso_code not in (None, whole.summary.currency_iso_code):
        raise InvalidFieldForWrite(
            f"CurrencyIsoCode is {record.currency_iso_code}, and the order's is {whole.summary.currency_iso_code}; "
            "leave it out",
            "CurrencyIsoCode",
        )


def _inherited(whole: WholeSummary, record: FulfillmentOrder) -> Mapping[str, Any]:
    """What the order says where the caller says nothing."""
    summary = whole.summary
    given = {
        "account_id": summary.account_id,
        "bill_to_contact_id": summary.bill_to_contact_id,
        "currency_iso_code": summary.currency_iso_code,
        "order_id": summary.original_order_id,
        "tax_locale_type": summary.tax_locale_type,
    }
    return {name: value for name, value in given.items() if getattr(record, name) is None}


def decide_draft_line(whole: WholeSummary, record: FulfillmentOrderLineItem) -> Decision:
    """Return the line `record` of a draft, completed from its item, and the draft with its totals.

    Amounts: what its units would take of the pre pool now; they take it when the draft is activated. Raises
    InvalidStatus for an order that is no draft, RequiredFieldMissing, InvalidCrossReference, InvalidInput,
    QuantityUnavailable above QuantityAvailableToFulfill.
    Source: semantics.md#6.8 (documented; amounts and refusals inferred), decisions.md#N2, #N11.
    """
    order = find(whole.fulfillment.orders, record.fulfillment_order_id)
    if order is None:
        raise InvalidCrossReference(
            f"fulfillment order {record.fulfillment_order_id} has no order", "FulfillmentOrderId"
        )
    made = record if _is_unmanaged(whole) else _completed(whole, order, record)
    made = msgspec.structs.replace(made, currency_iso_code=order.currency_iso_code)
    held = part_of_order(whole.fulfillment, order.id)
    after = rolled(order, (*held.lines, made), held.adjustments, held.taxes)
    return Decision(new=(after.lines[-1],), changed=(*_raised(whole), *changed((order,), after.orders)))


def _completed(
    whole: WholeSummary, order: FulfillmentOrder, record: FulfillmentOrderLineItem
) -> FulfillmentOrderLineItem:
    if order.status_category != "DRAFT":
        raise InvalidStatus(
            f"fulfillment order {order.id} is {order.status} ({order.status_category}); lines are added while it is a "
            "draft. Allocate these units to another fulfillment order",
            "FulfillmentOrderId",
        )
    item = _item(whole, order, record)
    quantity = _quantity(item, record)
    amount = part_in(line_amounts(item), item, "pre", quantity, scale_for(whole))
    if record.total_line_amount not in (ZERO, amount):
        raise InvalidInput(
            f"TotalLineAmount is {record.total_line_amount}, and {quantity} units of order item summary {item.id} are "
            f"{amount}; leave it out",
            "TotalLineAmount",
        )
    return msgspec.structs.replace(
        record,
        description=record.description or item.description,
        gross_unit_price=item.gross_unit_price,
        order_item_id=item.original_order_item_id,
        product2_id=item.product2_id,
        total_line_amount=amount,
        unit_price=item.unit_price,
    )


def _item(whole: WholeSummary, order: FulfillmentOrder, record: FulfillmentOrderLineItem) -> OrderItemSummary:
    if record.order_item_summary_id is None:
        raise RequiredFieldMissing("a line needs OrderItemSummaryId: whose units it is about", "OrderItemSummaryId")
    item = whole.item(record.order_item_summary_id)
    if item is None:
        raise InvalidCrossReference(
            f"order item summary {record.order_item_summary_id} does not belong to order summary {whole.summary.id}",
            "OrderItemSummaryId",
        )
    lines = part_of_order(whole.fulfillment, order.id).lines
    if any(line.order_item_summary_id == item.id for line in lines):
        raise InvalidInput(
            f"fulfillment order {order.id} has a line of order item summary {item.id} already", "OrderItemSummaryId"
        )
    for name, given, right in (
        ("Type", record.type, item.type),
        ("Product2Id", record.product2_id or item.product2_id, item.product2_id),
        ("OrderItemId", record.order_item_id or item.original_order_item_id, item.original_order_item_id),
    ):
        if given != right:
            raise InvalidInput(f"{name} is {given}, and that of order item summary {item.id} is {right}", name)
    return item


def _quantity(item: OrderItemSummary, record: FulfillmentOrderLineItem) -> Decimal:
    if record.quantity != record.original_quantity:
        raise InvalidInput(
            f"Quantity is {record.quantity} and OriginalQuantity {record.original_quantity}; they begin alike",
            "Quantity",
        )
    try:
        quantity = whole_quantity(record.quantity)
    except InvalidQuantity as error:
        raise InvalidInput(f"Quantity of order item summary {item.id}: {error}", "Quantity") from error
    available = item.quantity_available_to_fulfill
    if quantity > available:
        why = "ordered, less canceled and allocated units"
        raise QuantityUnavailable(item.id, quantity, available, "QuantityAvailableToFulfill", why)
    return quantity


def _is_unmanaged(whole: WholeSummary) -> bool:
    return whole.summary.order_life_cycle_type == UNMANAGED


def _raised(whole: WholeSummary) -> tuple[Change, ...]:
    summary = msgspec.structs.replace(whole.summary, version=whole.summary.version + 1)
    return changed((whole.summary,), (summary,))
