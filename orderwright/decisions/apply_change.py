"""What changes do to a summary: the only function that moves one.

Source: semantics.md#1, decisions.md#N2, N8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.change_order import ChangeOrder, ItemChange
from orderwright.decisions.component import (
    Amounts,
    amounts_of,
    line_amounts,
    with_adjustment_amounts,
    with_line_amounts,
    with_tax_amounts,
)
from orderwright.decisions.roll_up import roll_up_summary
from orderwright.objects.definition import Id
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.whole import WholeSummary

ZERO = Decimal(0)


def apply_change(whole: WholeSummary, changes: Sequence[ItemChange], made: Sequence[ChangeOrder]) -> WholeSummary:
    """`whole` after `changes`, which the change orders `made` record: quantities, pools and totals; version raised."""
    items = {item.id: item for item in whole.items}
    adjustments: dict[Id, Amounts] = {}
    taxes: dict[Id, Amounts] = {}
    for change in changes:
        item = items[change.item.id]
        item = with_line_amounts(item, line_amounts(item) + change.line)
        items[item.id] = _with_quantities(item, change)
        _collect(adjustments, {line.id: amounts for line, amounts in change.adjustments})
        _collect(taxes, {tax.id: amounts for tax, amounts in change.taxes})
    after = msgspec.structs.replace(
        whole,
        summary=msgspec.structs.replace(whole.summary, version=whole.summary.version + 1),
        items=(*items.values(), *(item for order in made for item in order.added_items)),
        adjustments=(
            *(
                with_adjustment_amounts(line, amounts_of(line) + adjustments[line.id])
                if line.id in adjustments
                else line
                for line in whole.adjustments
            ),
            *(line for order in made for line in order.added_adjustments),
        ),
        taxes=(
            *(
                with_tax_amounts(tax, amounts_of(tax) + taxes[tax.id]) if tax.id in taxes else tax
                for tax in whole.taxes
            ),
            *(tax for order in made for tax in order.added_taxes),
        ),
        change_orders=(*whole.change_orders, *(order.whole.order for order in made)),
    )
    return roll_up_summary(after)


def _collect(sums: dict[Id, Amounts], more: Mapping[Id, Amounts]) -> None:
    for record_id, amounts in more.items():
        sums[record_id] = sums.get(record_id, Amounts()) + amounts


def _with_quantities(item: OrderItemSummary, change: ItemChange) -> OrderItemSummary:
    """Source: data-model.yaml quantity_lifecycle (derived)."""
    units = -change.quantity
    if change.change_type == "Cancel":
        paid = units if change.is_invoiced else ZERO
        return msgspec.structs.replace(
            item,
            quantity_canceled=item.quantity_canceled + units,
            quantity_invoiced_pre_fulfillment=item.quantity_invoiced_pre_fulfillment - paid,
        )
    if change.change_type == "Return":
        return msgspec.structs.replace(
            item,
            quantity_return_initiated=item.quantity_return_initiated + units,
            quantity_returned=item.quantity_returned + units,
        )
    return item
