"""What listeners are told of a change of status or quantity: platform events, saved with the change they tell of.

Only what really changed is told: a record that is written with the status it had makes no event.
Source: data-model.yaml#events (documented; the event of a new fulfillment order, without old values, is inferred).
"""

from __future__ import annotations

from collections.abc import Iterable

from orderwright.objects.definition import Id
from orderwright.objects.event import Event
from orderwright.objects.fulfillment import FulfillmentOrder, FulfillmentOrderLineItem
from orderwright.objects.identity import NewIds
from orderwright.objects.order_summary import OrderSummary

FULFILLMENT_STATUS_CHANGED = "FOStatusChangedEvent"
LINE_QUANTITY_CHANGED = "FulfillOrdItemQtyChgEvent"
SUMMARY_STATUS_CHANGED = "OrderSumStatusChangedEvent"


def fulfillment_status_changed(
    before: FulfillmentOrder | None, after: FulfillmentOrder, ids: NewIds
) -> tuple[Event, ...]:
    """The event of a fulfillment order's new status; the old values are null for a new one (`before` None)."""
    if before is not None and before.status == after.status:
        return ()
    payload = {
        "FulfillmentOrderId": after.id,
        "OrderSummaryId": after.order_summary_id,
        "NewStatus": after.status,
        "NewStatusCategory": after.status_category,
        "OldStatus": before.status if before else None,
        "OldStatusCategory": before.status_category if before else None,
    }
    return (Event(id=ids(), name=FULFILLMENT_STATUS_CHANGED, order_summary_id=after.order_summary_id, payload=payload),)


def line_quantities_changed(
    before: Iterable[FulfillmentOrderLineItem],
    after: Iterable[FulfillmentOrderLineItem],
    order_summary_id: Id | None,
    ids: NewIds,
) -> tuple[Event, ...]:
    """One event per line, of two equally long sequences, whose quantity changed; quantities are whole units."""
    return tuple(
        Event(
            id=ids(),
            name=LINE_QUANTITY_CHANGED,
            order_summary_id=order_summary_id,
            payload={
                "FulfillmentOrderLineItemId": new.id,
                "OrderItemSummaryId": new.order_item_summary_id,
                "NewQuantity": int(new.quantity),
                "OldQuantity": int(old.quantity),
            },
        )
        for old, new in zip(before, after, strict=True)
        if old.quantity != new.quantity
    )


def summary_status_changed(before: OrderSummary, after: OrderSummary, ids: NewIds) -> tuple[Event, ...]:
    """The event of an order summary's new status, which only callers set (decisions.md Q4)."""
    if before.status == after.status:
        return ()
    payload = {
        "NewStatus": after.status,
        "OldStatus": before.status,
        "OrderId": after.original_order_id,
        "OrderSummaryId": after.id,
    }
    return (Event(id=ids(), name=SUMMARY_STATUS_CHANGED, order_summary_id=after.id, payload=payload),)
