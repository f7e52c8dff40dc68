"""A fulfillment order that was made as a record begins to hold its units: they are allocated when it is activated."""

from __future__ import annotations

import datetime as dt

import msgspec

from orderwright.decisions.allocate import Allocating, Allocation
from orderwright.decisions.announce import fulfillment_status_changed
from orderwright.decisions.change_order import check_managed
from orderwright.decisions.decision import Decision, changed
from orderwright.decisions.errors import InvalidCrossReference, InvalidStatus
from orderwright.decisions.fulfillment_lines import part_of_order, rolled
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import (
    FulfillmentOrder,
    FulfillmentOrderItemAdjustment,
    FulfillmentOrderItemTax,
    FulfillmentOrderLineItem,
)  # fmt: skip
from orderwright.objects.picklists import Picklists
from orderwright.objects.whole import WholeSummary

HOLDING = frozenset({"ACTIVATED", "FULFILLING"})
"""Categories in which a fulfillment order holds units that are not fulfilled."""


def decide_activate(
    whole: WholeSummary, before: FulfillmentOrder, after: FulfillmentOrder, now: dt.datetime, picklists: Picklists
) -> Decision:
    """Return what it does to an order when its draft `before` becomes `after`, which holds the units of its lines.

    Amounts of the lines: the part of the pre pool their units take, as for a fulfillment order made by the action.
    Raises InvalidOperation, InvalidStatus for a draft without lines, InvalidCrossReference, InvalidInput,
    QuantityUnavailable above QuantityAvailableToFulfill.
    Source: semantics.md#6.8 (documented; amounts inferred), decisions.md#N2.
    """
    check_managed(whole)
    drafted = part_of_order(whole.fulfillment, before.id)
    if not drafted.lines:
        raise InvalidStatus(
            f"fulfillment order {before.id} has no lines; add FulfillmentOrderLineItem records while it is "
            f"{before.status}, then set Status",
            "Status",
        )
    work = Allocating(whole, now, picklists)
    _check(work, whole, drafted.lines)
    lines, adjustments, taxes = _taken(work, after, drafted.lines)
    activated = rolled(after, lines, adjustments, taxes)
    return Decision(
        new=(
            *activated.adjustments,
            *activated.taxes,
            *fulfillment_status_changed(before, after, lambda: "~activated"),
        ),
        changed=(
            *work.left(),
            *changed((before,), activated.orders),
            *changed(drafted.lines, activated.lines),
        ),
    )


def _check(work: Allocating, whole: WholeSummary, lines: tuple[FulfillmentOrderLineItem, ...]) -> None:
    seen: set[Id] = set()
    for line in lines:
        item = whole.item(line.order_item_summary_id or "")
        if item is None or item.order_delivery_group_summary_id is None:
            raise InvalidCrossReference(
                f"fulfillment order line item {line.id} belongs to no order item summary of this order that is "
                "delivered",
                "OrderItemSummaryId",
            )
        to = whole.item(lines[0].order_item_summary_id or "") or item
        work.check(work.delivery_group(to.order_delivery_group_summary_id or ""), _allocation(line), seen)
        seen.add(item.id)


def _allocation(line: FulfillmentOrderLineItem) -> Allocation:
    return Allocation(order_item_summary_id=line.order_item_summary_id or "", quantity=line.quantity)


def _taken(
    work: Allocating, order: FulfillmentOrder, drafted: tuple[FulfillmentOrderLineItem, ...]
) -> tuple[list[FulfillmentOrderLineItem], list[FulfillmentOrderItemAdjustment], list[FulfillmentOrderItemTax]]:
    lines: list[FulfillmentOrderLineItem] = []
    adjustments: list[FulfillmentOrderItemAdjustment] = []
    taxes: list[FulfillmentOrderItemTax] = []
    for line in drafted:
        held, taken, taxed = work.take(order, _allocation(line), line.id)
        lines.append(
            msgspec.structs.replace(
                line, total_line_amount=held.total_line_amount, invoiced_quantity=held.invoiced_quantity
            )
        )
        adjustments += taken
        taxes += taxed
    return lines, adjustments, taxes
