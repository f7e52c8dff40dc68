"""A fulfillment order's Status moves, and with its category the units and their amounts.

Entering CLOSED fulfils every line; entering CANCELLED or REJECTED gives the remaining allocation back; CLOSED,
CANCELLED and REJECTED are final (decisions.md Q2; semantics.md §6.6, §6.8).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from orderwright.decisions.activate_fulfillment_order import HOLDING, decide_activate
from orderwright.decisions.announce import fulfillment_status_changed, line_quantities_changed
from orderwright.decisions.change_order import scale_for
from orderwright.decisions.component import (
    Pool,
    amounts_of,
    line_amounts,
    moved,
    with_adjustment_amounts,
    with_line_amounts,
    with_tax_amounts,
)  # fmt: skip
from orderwright.decisions.decision import Decision, changed, replaced
from orderwright.decisions.errors import InvalidCrossReference, InvalidPicklistValue, InvalidStatus, named
from orderwright.decisions.fulfillment_lines import part_of_order, rolled, split
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import FulfillmentOrder, FulfillmentOrderLineItem
from orderwright.objects.identity import NewIds
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.picklists import STANDARD, Picklists
from orderwright.objects.whole import Fulfillment, WholeSummary, find

ZERO = Decimal(0)
UNMANAGED = "UNMANAGED"
"""Orders that another system manages: their fulfillment orders are records like others, and move no units here."""
FINAL = frozenset({"CLOSED", "CANCELLED", "REJECTED"})


def decide_move_fulfillment_order(
    whole: WholeSummary,
    fulfillment_order_id: Id,
    status: str,
    now: dt.datetime,
    picklists: Picklists = STANDARD,
) -> Decision:
    """Return what setting `status` does to the fulfillment order, its lines and the order's items, and the events.

    Amounts only change pools; none changes its total. A draft holds no units: it takes them when it is activated.
    Raises InvalidCrossReference, InvalidPicklistValue for an unknown status, InvalidStatus when the order is in a final
    category already, and what `decide_activate` raises.
    Source: semantics.md#6.6 (documented; refusals inferred), decisions.md#Q2.
    """
    order = find(whole.fulfillment.orders, fulfillment_order_id)
    if order is None:
        raise InvalidCrossReference(f"fulfillment order {fulfillment_order_id} does not belong to this order", "Id")
    if status == order.status:
        return Decision()
    category = picklists.fulfillment_statuses.get(status)
    if category is None:
        known = named(picklists.fulfillment_statuses)
        raise InvalidPicklistValue(
            f"Status '{status}' is not a value of FulfillmentOrder.Status; use {known}", "Status"
        )
    _check_move(order, status, category)
    after = msgspec.structs.replace(order, status=status, status_category=category, **_dates(order, category, now))
    ids = NewIds()
    told = fulfillment_status_changed(order, after, ids)
    if whole.summary.order_life_cycle_type == UNMANAGED:
        return Decision(new=told, changed=changed((order,), (after,)))
    if order.status_category == "DRAFT" and category in HOLDING:
        return decide_activate(whole, order, after, now, picklists)
    if category == order.status_category or category not in FINAL or order.status_category == "DRAFT":
        return Decision(new=told, changed=changed((order,), (after,)))
    settled = _settled(whole, order, after, ids)
    return msgspec.structs.replace(settled, new=(*told, *settled.new))


def _check_move(order: FulfillmentOrder, status: str, category: str) -> None:
    before = order.status_category
    if before in FINAL and category != before:
        raise InvalidStatus(
            f"fulfillment order {order.id} is {order.status} ({before}), which is final; it cannot become {status}",
            "Status",
        )
    if category == "CLOSED" and before == "DRAFT":
        raise InvalidStatus(
            f"fulfillment order {order.id} is {order.status} and holds no units yet; activate it before it becomes "
            f"{status}",
            "Status",
        )
    if category == "DRAFT" and before != "DRAFT":
        raise InvalidStatus(
            f"fulfillment order {order.id} is {order.status} ({before}) and holds its units; it cannot become a draft "
            "again. Cancel it to give the units back",
            "Status",
        )


def _dates(order: FulfillmentOrder, category: str, now: dt.datetime) -> dict[str, dt.datetime]:
    """ActivatedDate and ClosedDate fill themselves (v61, documented)."""
    dates = {}
    if category == "ACTIVATED" and order.activated_date is None:
        dates["activated_date"] = now
    if category == "CLOSED" and order.closed_date is None:
        dates["closed_date"] = now
    return dates


def _settled(whole: WholeSummary, before: FulfillmentOrder, after: FulfillmentOrder, ids: NewIds) -> Decision:
    held = part_of_order(whole.fulfillment, before.id)
    if after.status_category == "CLOSED":
        return decide_pass_on(whole, held, held, msgspec.structs.replace(held, orders=(after,)), "post", ids)
    gone, left = split(held, {line.id: line.quantity for line in held.lines}, scale_for(whole))
    emptied = rolled(after, left.lines, left.adjustments, left.taxes)
    return decide_pass_on(whole, held, gone, emptied, "pre", ids)


def decide_pass_on(
    whole: WholeSummary, held: Fulfillment, gone: Fulfillment, left: Fulfillment, target: Pool, ids: NewIds
) -> Decision:
    """Return what it does to an order when a fulfillment order, which `held` so much, passes `gone` on to `target`.

    `left` is the fulfillment order afterwards; `target` is post for units that are fulfilled, pre for units that are
    given back. Amounts only change pools.
    Source: decisions.md#N2, #Q2 (inferred).
    """
    moved_whole = _with_amounts_in(whole, gone, target)
    items = {item.id: item for item in moved_whole.items}
    for line in gone.lines:
        _move_units(items, line, closed=target == "post", invoiced=held.orders[0].invoice_id is not None)
    summary = msgspec.structs.replace(whole.summary, version=whole.summary.version + 1)
    return Decision(
        new=line_quantities_changed(held.lines, left.lines, whole.summary.id, ids),
        changed=(
            *changed((whole.summary,), (summary,)),
            *changed(whole.items, replaced(moved_whole.items, items)),
            *changed(whole.adjustments, moved_whole.adjustments),
            *changed(whole.taxes, moved_whole.taxes),
            *changed(held.orders, left.orders),
            *changed(held.lines, left.lines),
            *changed(held.adjustments, left.adjustments),
            *changed(held.taxes, left.taxes),
        ),
    )


def _with_amounts_in(whole: WholeSummary, gone: Fulfillment, target: Pool) -> WholeSummary:
    """`whole` with what `gone` takes along moved from the in pool to `target`."""
    of_item = _sums((line.order_item_summary_id, line.total_line_amount) for line in gone.lines)
    of_adjustment = _sums((a.order_item_adjust_line_summary_id, a.amount) for a in gone.adjustments)
    of_tax = _sums((t.order_item_tax_line_item_summary_id, t.amount) for t in gone.taxes)
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
