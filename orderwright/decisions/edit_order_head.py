"""An order's own fields: free in a Draft, then activated once, then only what describes the order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from orderwright.decisions.edit_order import DRAFT
from orderwright.decisions.errors import CannotUpdate, InvalidStatus
from orderwright.objects.definition import Id, define
from orderwright.objects.order import Order
from orderwright.objects.whole import WholeOrder

ACTIVATED = "Activated"

OPEN_AFTER_ACTIVATION = frozenset({
    "owner_id", "name", "description", "type", "end_date", "po_date", "po_number", "order_reference_number",
    "custom", "external_customer_reference", "order_management_reference_identifier", "bill_to_contact_id",
    "ship_to_contact_id",
})  # fmt: skip
ADDRESSES = ("billing_", "shipping_")
SET_BY_ACTIVATION = ("status", "status_code", "activated_date", "activated_by_id")


def edited_order(whole: WholeOrder, after: Order, now: dt.datetime, user_id: Id) -> WholeOrder:
    """`whole` with its head changed to `after`; Status Activated activates it at `now`, by `user_id`.

    Raises CannotUpdate for what an activated order keeps, InvalidStatus for a status it cannot take.
    """
    before = whole.order
    names = [name for name in before.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    if _wants_activation(before, after):
        return msgspec.structs.replace(whole, order=activated(whole, after, now, user_id))
    if before.status == DRAFT:
        _refuse_status_fields(names)
    else:
        _refuse_frozen(before, names)
    return msgspec.structs.replace(whole, order=after)


def activated(whole: WholeOrder, after: Order, now: dt.datetime, user_id: Id) -> Order:
    """`after` as an activated order. Raises InvalidStatus when it has no item.

    Source: data-model.yaml order_import_rules (documented).
    """
    if not whole.items:
        raise InvalidStatus(
            f"Order {after.id} has no OrderItem; add at least one before its Status becomes Activated", "Status"
        )
    return msgspec.structs.replace(
        after,
        status=ACTIVATED,
        status_code=ACTIVATED,
        activated_date=after.activated_date or now,
        activated_by_id=after.activated_by_id or user_id,
    )


def refuse_new_order(order: Order) -> None:
    """Raises InvalidStatus for a new order that is no Draft: items can only be added to a Draft."""
    if order.status != DRAFT:
        raise InvalidStatus(
            f"Status is {order.status}; create the order as {DRAFT}, add its items, then set Status to {ACTIVATED}",
            "Status",
        )


def _wants_activation(before: Order, after: Order) -> bool:
    asked = ACTIVATED in (after.status, after.status_code) and "Superseded" not in (after.status, after.status_code)
    return before.status == DRAFT and before.status_code == DRAFT and asked


def _refuse_status_fields(names: Sequence[str]) -> None:
    found = [name for name in SET_BY_ACTIVATION if name in names]
    if found:
        raise InvalidStatus(
            "StatusCode, ActivatedDate and ActivatedById follow from Status; set Status to Activated",
            *(define(Order).stored[name].wire_name for name in found),
        )


def _refuse_frozen(before: Order, names: Sequence[str]) -> None:
    frozen = [n for n in names if n not in OPEN_AFTER_ACTIVATION and not n.startswith(ADDRESSES)]
    if frozen:
        fields = [define(Order).stored[name].wire_name for name in frozen]
        raise CannotUpdate(
            f"Order {before.id} is {before.status}: {', '.join(fields)} cannot be changed any more; "
            "change the order through its order summary",
            *fields,
        )
