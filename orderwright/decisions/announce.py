"""What listeners are told of a change of status or quantity: platform events, saved with the change they tell of.

Only what really changed is told: a record that is written with the status it had makes no event.
Source: data-model.yaml#events (documented; the event of a new fulfillment order, without old values, is inferred).
An order's status is told always, though there a setting has to allow it: who does not listen loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from orderwright.objects.definition import Id
from orderwright.objects.event import Event
from orderwright.objects.fulfillment import FulfillmentOrder, FulfillmentOrderLineItem
from orderwright.objects.identity import NewIds
from orderwright.objects.order import Order
from orderwright.objects.order_summary import OrderSummary

FULFILLMENT_STATUS_CHANGED = "FOStatusChangedEvent"
LINE_QUANTITY_CHANGED = "FulfillOrdItemQtyChgEvent"
SUMMARY_STATUS_CHANGED = "OrderSumStatusChangedEvent"
SUMMARY_CREATED = "OrderSummaryCreatedEvent"
ORDER_STATUS_CHANGED = "OrderStatusChangedEvent"
FIRST_STATUS = "Draft"
RELATED_TYPES = {"ChangeOrder": "Change Order", "ReductionOrder": "Reduction Order"}


def fulfillment_status_changed(
    before: FulfillmentOrder | None, after: FulfillmentOrder, ids: Callable[[], Id]
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


def summary_created(summary: OrderSummary, ids: NewIds) -> Event:
    """The event of a new order summary."""
    payload = {"OrderId": summary.original_order_id, "OrderSummaryId": summary.id}
    return Event(id=ids(), name=SUMMARY_CREATED, order_summary_id=summary.id, payload=payload)


def order_status_changed(before: Order | None, after: Order, ids: Callable[[], Id]) -> tuple[Event, ...]:
    """The event of an order's new status: of an original order under OrderId, of a change order under RelatedOrderId.

    `before` is what was there when the transaction began; one that is made and activated in it was a Draft.
    """
    old = before.status if before else FIRST_STATUS
    if old == after.status:
        return ()
    is_original = after.related_order_id is None
    payload = {
        "OrderId": after.id if is_original else None,
        "RelatedOrderId": None if is_original else after.id,
        "RelatedOrderType": None if is_original else RELATED_TYPES.get(after.related_order_type or ""),
        "NewStatus": after.status,
        "NewStatusCode": after.status_code,
        "OldStatus": old,
        "OldStatusCode": before.status_code if before else FIRST_STATUS,
    }
    return (Event(id=ids(), name=ORDER_STATUS_CHANGED, order_summary_id=after.order_summary_id, payload=payload),)
