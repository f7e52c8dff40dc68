"""Places with units in them for tests, and what ships from there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from orderwright.connect_api import representations as documented
from orderwright.connect_api.connection import Connection
from orderwright.pytest_plugin.orders import Summary

COUNT = "/commerce/oci/availability-records/actions/batch-update"


@dataclass(frozen=True)
class Place:
    """A location."""

    id: str
    external_reference: str
    """By which inventory and capacity know it."""


def open_location(salesforce: Connection, name: str, stock: Mapping[str, int | Decimal]) -> Place:
    """Make a location, publish it, and put units there, by SKU."""
    reference = f"{name}-{uuid.uuid4().hex[:8]}"
    about = {"Name": name, "LocationType": "Warehouse", "ShouldSyncWithOci": True, "ExternalReference": reference}
    place = Place(salesforce.create("Location", about), reference)
    salesforce.OmnichannelInventoryService.publish_location_structure()
    if stock:
        records = [
            {
                "actionRequestId": str(uuid.uuid4()), "locationIdentifier": reference, "stockKeepingUnit": sku,
                "onHand": quantity,
            }
            for sku, quantity in stock.items()
        ]  # fmt: skip
        salesforce.request("POST", COUNT, {"records": records})
    return place


def allocate(
    salesforce: Connection, summary: Summary, place: Place, quantities: Mapping[str, int | Decimal] | None
) -> str:
    """The id of a new fulfillment order over these units by the lines' names; None: all that can be allocated."""
    wanted = _all_left(salesforce, summary) if quantities is None else quantities
    items = tuple(
        documented.OrderItemSummaryInputRepresentation(
            order_item_summary_id=summary.items[name], quantity=Decimal(quantity)
        )
        for name, quantity in wanted.items()
        if quantity
    )
    group = documented.FulfillmentGroupInputRepresentation(
        fulfilled_from_location_id=place.id, fulfillment_type="Warehouse", order_item_summaries=items
    )
    asked = documented.FulfillmentOrderInputRepresentation(
        order_summary_id=summary.id,
        order_delivery_group_summary_id=summary.order_delivery_group_summary_id,
        fulfillment_groups=(group,),
    )
    return salesforce.FulfillmentOrder.create_fulfillment_orders(asked).fulfillment_order_ids[0]


def _all_left(salesforce: Connection, summary: Summary) -> dict[str, Decimal]:
    return {
        name: salesforce.read("OrderItemSummary", item, "QuantityAvailableToFulfill")["QuantityAvailableToFulfill"]
        for name, item in summary.items.items()
    }
