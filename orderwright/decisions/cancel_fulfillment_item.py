"""Units leave a fulfillment order and become available again: the order's items themselves are not cancelled.

Their part of every amount goes back from the in to the pre pool, out of what the line holds, the last unit taking the
rest (decisions.md N2). Where an invoice charges the units already, they take that mark with them (M6): allocated again
they are not invoiced twice, cancelled they are credited (docs/why/invoiced-units.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from orderwright.arithmetic.quantity import InvalidQuantity
from orderwright.arithmetic.quantity import whole as whole_quantity
from orderwright.decisions.activate_fulfillment_order import HOLDING
from orderwright.decisions.change_order import check_managed, scale_for
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import InvalidCrossReference, InvalidInput, InvalidStatus, RequiredFieldMissing
from orderwright.decisions.fulfillment_lines import part_of_order, rolled, split
from orderwright.decisions.move_fulfillment_order import decide_pass_on
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import FulfillmentOrder, FulfillmentOrderLineItem
from orderwright.objects.identity import NewIds
from orderwright.objects.whole import Fulfillment, WholeSummary, find


class LineToCancel(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one fulfillment order line to give back; whole units above zero."""

    fulfillment_order_line_item_id: Id
    quantity: Decimal


def decide_cancel_fulfillment_item(
    whole: WholeSummary, fulfillment_order_id: Id, asked: Sequence[LineToCancel]
) -> Decision:
    """Return what giving these units back does to the fulfillment order, its lines and the order's items; all or none.

    Amounts only change pools. OriginalQuantity stays, and so does the fulfillment order's status, empty or not.
    Raises InvalidOperation, InvalidCrossReference, InvalidStatus unless it holds units, RequiredFieldMissing,
    InvalidInput for a line listed twice or a quantity that is not between one and the line's.
    Source: fulfillment-routing.yaml#fulfillment-orders.cancel-item, semantics.md#6.7 (documented; refusals inferred),
    decisions.md#N2, #M6 (inferred).
    """
    check_managed(whole)
    order = find(whole.fulfillment.orders, fulfillment_order_id)
    if order is None:
        raise InvalidCrossReference(
            f"fulfillment order {fulfillment_order_id} does not belong to this order", "fulfillmentOrderId"
        )
    _check_status(order)
    held = part_of_order(whole.fulfillment, order.id)
    gone, left = split(held, _quantities(held, asked), scale_for(whole))
    return decide_pass_on(whole, held, gone, _settled(left), "pre", NewIds())


def _settled(left: Fulfillment) -> Fulfillment:
    return rolled(left.orders[0], left.lines, left.adjustments, left.taxes)


def _check_status(order: FulfillmentOrder) -> None:
    if order.status_category not in HOLDING:
        raise InvalidStatus(
            f"fulfillment order {order.id} is {order.status} ({order.status_category}); it holds no units to give back",
            "fulfillmentOrderId",
        )


def _quantities(held: Fulfillment, asked: Iterable[LineToCancel]) -> dict[Id, Decimal]:
    found: dict[Id, Decimal] = {}
    for one in asked:
        line = _line(held, one.fulfillment_order_line_item_id)
        if line.id in found:
            raise InvalidInput(
                f"fulfillmentOrderLineItemId {line.id} is listed twice; add its quantities up",
                "fulfillmentOrderLineItemId",
            )
        found[line.id] = _quantity(line, one.quantity)
    if not found:
        raise RequiredFieldMissing(
            "fulfillmentOrderLineItemsToCancel is empty; name at least one line", "fulfillmentOrderLineItemsToCancel"
        )
    return found


def _line(held: Fulfillment, line_id: Id) -> FulfillmentOrderLineItem:
    line = find(held.lines, line_id)
    if line is None:
        raise InvalidCrossReference(
            f"fulfillment order line item {line_id} does not belong to fulfillment order {held.orders[0].id}",
            "fulfillmentOrderLineItemId",
        )
    return line


def _quantity(line: FulfillmentOrderLineItem, quantity: Decimal) -> Decimal:
    try:
        found = whole_quantity(quantity)
    except InvalidQuantity as error:
        raise InvalidInput(f"quantity of fulfillment order line item {line.id}: {error}", "quantity") from error
    if found > line.quantity:
        raise InvalidInput(
            f"quantity {quantity:f} of fulfillment order line item {line.id} is not available: Quantity is "
            f"{line.quantity:f} (originally {line.original_quantity:f}); ask for at most {line.quantity:f}",
            "quantity",
        )
    return found
