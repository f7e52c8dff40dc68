"""Lines of fulfillment orders as records: how they are made, rolled up and told apart by their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from orderwright.arithmetic.prorate import part_of
from orderwright.decisions.roll_up import each
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import (
    FulfillmentOrder,
    FulfillmentOrderItemAdjustment,
    FulfillmentOrderItemTax,
    FulfillmentOrderLineItem,
)  # fmt: skip
from orderwright.objects.order_item_summary import OrderItemAdjustmentLineSummary, OrderItemTaxLineItemSummary
from orderwright.objects.whole import Fulfillment

ZERO = Decimal(0)


def part_of_order(part: Fulfillment, order_id: Id) -> Fulfillment:
    """What of `part` belongs to one fulfillment order."""
    return Fulfillment(
        orders=tuple(o for o in part.orders if o.id == order_id),
        lines=tuple(line for line in part.lines if line.fulfillment_order_id == order_id),
        adjustments=tuple(a for a in part.adjustments if a.fulfillment_order_id == order_id),
        taxes=tuple(t for t in part.taxes if t.fulfillment_order_id == order_id),
    )


def split(part: Fulfillment, quantities: Mapping[Id, Decimal], scale: int) -> tuple[Fulfillment, Fulfillment]:
    """What `quantities` units, by line, take with them of what a fulfillment order holds, and what they leave to it.

    Each stored component is split alone, and the last unit takes the rest (decisions.md N2). Totals are not made true;
    what is taken has no order. Units that an invoice charges already go first, as when they are allocated or cancelled.
    """
    of = {line.id: line.quantity for line in part.lines}

    def taken(amount: Decimal, line_id: Id) -> Decimal:
        return part_of(amount, quantities.get(line_id, ZERO), of[line_id], scale)

    lines = [_taken_line(line, quantities[line.id], scale) for line in part.lines if quantities.get(line.id)]
    gone = Fulfillment(
        lines=tuple(lines),
        adjustments=tuple(
            msgspec.structs.replace(a, amount=taken(a.amount, a.fulfillment_order_line_item_id))
            for a in part.adjustments
        ),
        taxes=tuple(
            msgspec.structs.replace(t, amount=taken(t.amount, t.fulfillment_order_line_item_id)) for t in part.taxes
        ),
    )
    return gone, _less(part, gone)


def _taken_line(line: FulfillmentOrderLineItem, quantity: Decimal, scale: int) -> FulfillmentOrderLineItem:
    return msgspec.structs.replace(
        line,
        quantity=quantity,
        invoiced_quantity=min(quantity, line.invoiced_quantity),
        total_line_amount=part_of(line.total_line_amount, quantity, line.quantity, scale),
    )


def _less(part: Fulfillment, gone: Fulfillment) -> Fulfillment:
    by_id = {line.id: line for line in gone.lines}
    return Fulfillment(
        orders=part.orders,
        lines=tuple(_line_less(line, by_id[line.id]) if line.id in by_id else line for line in part.lines),
        adjustments=tuple(
            msgspec.structs.replace(a, amount=a.amount - b.amount)
            for a, b in zip(part.adjustments, gone.adjustments, strict=True)
        ),
        taxes=tuple(
            msgspec.structs.replace(t, amount=t.amount - b.amount) for t, b in zip(part.taxes, gone.taxes, strict=True)
        ),
    )


def _line_less(line: FulfillmentOrderLineItem, gone: FulfillmentOrderLineItem) -> FulfillmentOrderLineItem:
    return msgspec.structs.replace(
        line,
        quantity=line.quantity - gone.quantity,
        invoiced_quantity=line.invoiced_quantity - gone.invoiced_quantity,
        total_line_amount=line.total_line_amount - gone.total_line_amount,
    )


def rolled(
    order: FulfillmentOrder,
    lines: Sequence[FulfillmentOrderLineItem],
    adjustments: Sequence[FulfillmentOrderItemAdjustment],
    taxes: Sequence[FulfillmentOrderItemTax],
) -> Fulfillment:
    """One fulfillment order with its totals made true."""
    summed = each(adjustments, {"FulfillmentOrderItemTax": taxes})
    counted = each(lines, {"FulfillmentOrderItemTax": taxes, "FulfillmentOrderItemAdjustment": summed})
    return Fulfillment(
        orders=each((order,), {"FulfillmentOrderLineItem": counted}),
        lines=counted,
        adjustments=summed,
        taxes=tuple(taxes),
    )


def adjustment_on(
    line: FulfillmentOrderLineItem, of: OrderItemAdjustmentLineSummary, amount: Decimal, adjustment_id: Id
) -> FulfillmentOrderItemAdjustment:
    """What of an adjustment stands on a fulfillment order line."""
    return FulfillmentOrderItemAdjustment(
        id=adjustment_id,
        amount=amount,
        currency_iso_code=line.currency_iso_code,
        description=of.description,
        fulfillment_order_id=line.fulfillment_order_id,
        fulfillment_order_line_item_id=line.id,
        order_item_adjust_line_summary_id=of.id,
        promotion_name=of.name,
    )


def tax_on(
    line: FulfillmentOrderLineItem,
    of: OrderItemTaxLineItemSummary,
    on: FulfillmentOrderItemAdjustment | None,
    amount: Decimal,
    tax_id: Id,
) -> FulfillmentOrderItemTax:
    """What of a tax stands on a fulfillment order line, or `on` an adjustment of it."""
    return FulfillmentOrderItemTax(
        id=tax_id,
        amount=amount,
        currency_iso_code=line.currency_iso_code,
        description=of.description or of.name,
        fulfillment_order_id=line.fulfillment_order_id,
        fulfillment_order_item_adjust_id=on.id if on else None,
        fulfillment_order_line_item_id=line.id,
        order_item_tax_line_item_summary_id=of.id,
        rate=of.rate,
        tax_effective_date=of.tax_effective_date,
        type=of.type,
    )
