"""What a fulfillment order holds of the inventory, and what is still to be done there for it (decisions.md S5).

Both lie with their order, in its shard. The inventory names neither: it knows reservations and action ids.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar

from orderwright.objects.definition import About, Id, SObject, moment, number, picklist, reference, text, whole

ZERO = Decimal(0)
KINDS = ("Keep", "Fulfill", "Release")


class FulfillmentReservation(SObject, frozen=True, kw_only=True):
    """Units that one line of a fulfillment order has reserved: of which SKU, where, and under which reservation."""

    ABOUT: ClassVar[About] = About(
        label="Fulfillment Reservation", key_prefix="9fR", name_field="Id", internal=True, root="order_summary_id"
    )

    order_summary_id: Annotated[Id | None, reference("OrderSummary")] = None
    fulfillment_order_id: Annotated[Id, reference("FulfillmentOrder")]
    fulfillment_order_line_item_id: Annotated[Id, reference("FulfillmentOrderLineItem")]
    reservation_id: Annotated[str, text()]
    location_identifier: Annotated[str, text()]
    stock_keeping_unit: Annotated[str, text()]
    quantity: Annotated[Decimal, number()]
    """Units that the line holds by it now."""
    quantity_fulfilled: Annotated[Decimal, number()] = ZERO
    quantity_released: Annotated[Decimal, number()] = ZERO


class InventoryDuty(SObject, frozen=True, kw_only=True):
    """Something the inventory owes an order: written with what the order did, carried out once, under its own id.

    Keep: the units are the order's for good, their reservation lapses no more. Fulfill: they left the location.
    Release: they are available again.
    """

    ABOUT: ClassVar[About] = About(
        label="Inventory Duty", key_prefix="9iD", name_field="Id", internal=True, root="order_summary_id"
    )

    order_summary_id: Annotated[Id, reference("OrderSummary")]
    fulfillment_order_id: Annotated[Id, reference("FulfillmentOrder")]
    sequence: Annotated[int, whole()]
    """The version of the order summary that it came with: duties are carried out in this order."""
    kind: Annotated[str, picklist(*KINDS, restricted=True)]
    state: Annotated[str, picklist("Open", "Done", restricted=True)] = "Open"
    reservation_id: Annotated[str, text()]
    location_identifier: Annotated[str, text()]
    stock_keeping_unit: Annotated[str, text()]
    quantity: Annotated[Decimal, number()]
    quantity_done: Annotated[Decimal | None, number()] = None
    """Units of which the inventory could do it; null until it was tried."""
    message: Annotated[str | None, text()] = None
    """Why not of all of them; null when all is well."""
    done_date: Annotated[dt.datetime | None, moment()] = None
