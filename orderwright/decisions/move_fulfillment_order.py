"""A fulfillment order's Status moves, and with its category the units and their amounts.

Entering CLOSED fulfils every line; entering CANCELLED or REJECTED gives the remaining allocation back; CLOSED,
CANCELLED and REJECTED are final (decisions.md Q2; semantics.md §6.6, §6.8).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from orderwright.decisions.component import (
    Pool,
    amounts_of,
    line_amounts,
    moved,
    with_adjustment_amounts,
    with_line_amounts,
    with_tax_amounts,
)  # fmt: skip
from orderwright.decisions.create_fulfillment_order import rolled
from orderwright.decisions.decision import Decision, changed, replaced
from orderwright.decisions.errors import InvalidCrossReference, InvalidPicklistValue, InvalidStatus, named
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import FulfillmentOrder, FulfillmentOrderLineItem
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.rules import FULFILLMENT_STATUS_CATEGORIES
from orderwright.objects.whole import Fulfillment, WholeSummary, find

ZERO = Decimal(0)
FINAL = frozenset({"CLOSED", "CANCELLED", "REJECTED"})


def decide_move_fulfillment_order(
    whole: WholeSummary, fulfillment_order_id: Id, status: str, now: dt.datetime
) -> Decision:
    """Return what setting `status` does to the fulfillment order, its lines and the order's items.

    Amounts only change pools; none changes its total. Raises InvalidCrossReference, InvalidPicklistValue for an unknown
    status, InvalidStatus when the order is in a final category already.
    Source: semantics.md#6.6 (documented; refusals inferred), decisions.md#Q2.
    """
    order = find(whole.fulfillment.orders, fulfillment_order_id)
    if order is None:
        raise InvalidCrossReference(f"fulfillment order {fulfillment_order_id} does not belong to this order", "Id")
    category = FULFILLMENT_STATUS_CATEGORIES.get(status)
    if category is None:
        known = named(FULFILLMENT_STATUS_CATEGORIES)
        raise InvalidPicklistValue(
            f"Status '{status}' is not a value of FulfillmentOrder.Status; use {known}", "Status"
        )
    before = order.status_category
    if before in FINAL and category != before:
        raise InvalidStatus(
            f"fulfillment order {order.id} is {order.status} ({before}), which is final; it cannot become {status}",
            "Status",
        )
    if category == "DRAFT" and before != "DRAFT":
        raise InvalidStatus(
            f"fulfillment order {order.id} is {order.status} ({before}) and holds its units; it cannot become a draft "
            "again. Cancel it to give the units back",
            "Status",
        )
    moved_order = msgspec.structs.replace(order, status=status, **_dates(order, category, now))
    if category == before or category not in FINAL:
        return Decision(changed=changed((order,), (moved_order,)))
    return _settled(whole, order, moved_order, category)


def _dates(order: FulfillmentOrder, category: str, now: dt.datetime) -> dict[str, dt.datetime]:
    """ActivatedDate and ClosedDate fill themselves (v61, documented)."""
    dates = {}
    if category == "ACTIVATED" and order.activated_date is None:
        dates["activated_date"] = now
    if category == "CLOSED" and order.closed_date is None:
        dates["closed_date"] = now
    return dates


def part_of_order(part: Fulfillment, order_id: Id) -> Fulfillment:
    """What of `part` belongs to one fulfillment order."""
    return Fulfillment(
        orders=tuple(o for o in part.orders if o.id == order_id),
        lines=tuple(line for line in part.lines if line.fulfillment_order_id == order_id),
        adjustments=tuple(a for a in part.adjustments if a.fulfillment_order_id == order_id),
        taxes=tuple(t for t in part.taxes if t.fulfillment_order_id == order_id),
    )


def _settled(whole: WholeSummary, before: FulfillmentOrder, after: FulfillmentOrder, category: str) -> Decision:
    closed = category == "CLOSED"
    mine = part_of_order(whole.fulfillment, before.id)
    kept = msgspec.structs.replace(mine, orders=(after,)) if closed else emptied(after, mine)
    moved_whole = _with_amounts_in(whole, mine, "post" if closed else "pre")
    items = {item.id: item for item in moved_whole.items}
    for line in mine.lines:
        _move_units(items, line, closed=closed, invoiced=before.invoice_id is not None)
    summary = msgspec.structs.replace(whole.summary, version=whole.summary.version + 1)
    return Decision(
        changed=(
            *changed((whole.summary,), (summary,)),
            *changed(whole.items, replaced(moved_whole.items, items)),
            *changed(whole.adjustments, moved_whole.adjustments),
            *changed(whole.taxes, moved_whole.taxes),
            *changed(mine.orders, kept.orders),
            *changed(mine.lines, kept.lines),
            *changed(mine.adjustments, kept.adjustments),
            *changed(mine.taxes, kept.taxes),
        )
    )


def emptied(order: FulfillmentOrder, part: Fulfillment) -> Fulfillment:
    """The fulfillment order after everything it held was given back; original quantities stay."""
    return rolled(
        order,
        [
            msgspec.structs.replace(line, quantity=ZERO, invoiced_quantity=ZERO, total_line_amount=ZERO)
            for line in part.lines
        ],
        [msgspec.structs.replace(line, amount=ZERO) for line in part.adjustments],
        [msgspec.structs.replace(tax, amount=ZERO) for tax in part.taxes],
    )


def _with_amounts_in(whole: WholeSummary, mine: Fulfillment, target: Pool) -> WholeSummary:
    """`whole` with what the lines of `mine` took moved from the in pool to `target`."""
    of_item = _sums((line.order_item_summary_id, line.total_line_amount) for line in mine.lines)
    of_adjustment = _sums((a.order_item_adjust_line_summary_id, a.amount) for a in mine.adjustments)
    of_tax = _sums((t.order_item_tax_line_item_summary_id, t.amount) for t in mine.taxes)
    return msgspec.structs.replace(
        whole,
        items=tuple(
            with_line_amounts(i, moved(line_amounts(i), "in", target, of_item[i.id])) if i.id in of_item else i
            for i in whole.items
        ),
        adjustments=tuple(
            with_adjustment_amounts(a, moved(amounts_of(a), "in", target, of_adjustment[a.id]))
            if a.id in of_adjustment
            else a
            for a in whole.adjustments
        ),
        taxes=tuple(
            with_tax_amounts(t, moved(amounts_of(t), "in", target, of_tax[t.id])) if t.id in of_tax else t
            for t in whole.taxes
        ),
    )


def _sums(amounts: Iterable[tuple[Id | None, Decimal]]) -> dict[Id, Decimal]:
    sums: dict[Id, Decimal] = {}
    for record_id, amount in amounts:
        if record_id is not None:
            sums[record_id] = sums.get(record_id, ZERO) + amount
    return sums


def _move_units(
    items: dict[Id, OrderItemSummary], line: FulfillmentOrderLineItem, *, closed: bool, invoiced: bool
) -> None:
    item = items.get(line.order_item_summary_id or "")
    if item is None:
        return
    if closed:
        items[item.id] = msgspec.structs.replace(item, quantity_fulfilled=item.quantity_fulfilled + line.quantity)
    else:
        # What an invoice charges stays charged: these units are not invoiced again, and their cancel is credited (M6).
        paid = line.quantity if invoiced else line.invoiced_quantity
        items[item.id] = msgspec.structs.replace(
            item,
            quantity_allocated=item.quantity_allocated - line.quantity,
            quantity_invoiced_pre_fulfillment=item.quantity_invoiced_pre_fulfillment + paid,
        )
