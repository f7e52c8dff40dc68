"""Shipments and their items: the shipment counts its units, the items repeat when, and by which number, they travel."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from orderwright.decisions.decision import Change, Decision, changed
from orderwright.decisions.errors import InvalidFieldForWrite, InvalidInput
from orderwright.objects.shipment import Shipment, ShipmentItem

REPEATED = ("expected_delivery_date", "tracking_number", "tracking_url")
"""What an item repeats of its shipment (data-model.yaml ShipmentItem, documented)."""


def decide_add_shipment_item(shipment: Shipment, item: ShipmentItem) -> Decision:
    """Return the new item, as its shipment travels, and the shipment with its units counted.

    Raises InvalidInput unless the quantity is above zero.
    Source: data-model.yaml Shipment.TotalItemsQuantity, ShipmentItem (documented).
    """
    _refuse_quantity(item)
    counted = msgspec.structs.replace(shipment, total_items_quantity=shipment.total_items_quantity + item.quantity)
    return Decision(new=(repeating(item, shipment),), changed=(Change(shipment, counted),))


def decide_change_shipment_item(shipment: Shipment, before: ShipmentItem, after: ShipmentItem) -> Decision:
    """Return the changed item, and the shipment with its units counted anew.

    Raises InvalidInput unless the quantity is above zero, InvalidFieldForWrite for another shipment.
    Source: data-model.yaml Shipment.TotalItemsQuantity (documented).
    """
    _refuse_quantity(after)
    if after.shipment_id != before.shipment_id:
        raise InvalidFieldForWrite(f"ShipmentId of {before.id} never changes; make a new item there", "ShipmentId")
    total = shipment.total_items_quantity + after.quantity - before.quantity
    counted = msgspec.structs.replace(shipment, total_items_quantity=total)
    return Decision(changed=changed((before, shipment), (after, counted)))


def decide_drop_shipment_item(shipment: Shipment, item: ShipmentItem) -> Decision:
    """Return the item as deleted, and the shipment without its units.

    Source: data-model.yaml Shipment.TotalItemsQuantity (documented).
    """
    counted = msgspec.structs.replace(shipment, total_items_quantity=shipment.total_items_quantity - item.quantity)
    return Decision(
        changed=(Change(item, msgspec.structs.replace(item, is_deleted=True)), Change(shipment, counted)),
    )


def decide_change_shipment(before: Shipment, after: Shipment, items: Sequence[ShipmentItem]) -> Decision:
    """Return the changed shipment, and its items as they repeat it.

    Source: data-model.yaml ShipmentItem (documented).
    """
    return Decision(changed=changed((before, *items), (after, *(repeating(item, after) for item in items))))


def repeating(item: ShipmentItem, shipment: Shipment) -> ShipmentItem:
    """`item` with what it repeats of its shipment."""
    return msgspec.structs.replace(item, **{name: getattr(shipment, name) for name in REPEATED})


def _refuse_quantity(item: ShipmentItem) -> None:
    if item.quantity <= 0:
        raise InvalidInput(f"Quantity is {item.quantity}; send a number above zero", "Quantity")
