"""What is on its way, to a customer or back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar

from orderwright.objects.definition import (
    About,
    Id,
    RollUp,
    SObject,
    moment,
    number,
    picklist,
    reference,
    text,
)

ZERO = Decimal(0)


class Shipment(SObject, frozen=True, kw_only=True):
    """Shipment."""

    ABOUT: ClassVar[About] = About(
        label="Shipment",
        key_prefix="0OB",
        name_field="ShipmentNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
        addresses=(
            "ShipFrom",
            "ShipTo",
        ),
        root="order_summary_id",
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    actual_delivery_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    delivered_to_id: Annotated[Id | None, reference("Group", "User", create=True, update=True)] = None
    delivery_method_id: Annotated[Id | None, reference("OrderDeliveryMethod", create=True, update=True, since=51)] = (
        None
    )
    description: Annotated[str | None, text("textarea", create=True, update=True, length=32000)] = None
    destination_location_id: Annotated[
        Id | None, reference("Location", create=True, update=True, children="DestinationLocationShipments")
    ] = None
    expected_delivery_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    fulfillment_order_id: Annotated[
        Id | None,
        reference("FulfillmentOrder", create=True, update=True, since=51, children="FulfillmentOrderShipments"),
    ] = None
    order_summary_id: Annotated[Id | None, reference("OrderSummary", create=True, update=True, since=51)] = None
    provider: Annotated[str | None, picklist("FedEx", "UPS", "USPS", create=True, update=True)] = None
    return_order_id: Annotated[
        Id | None, reference("ReturnOrder", create=True, update=True, since=53, children="ReturnOrderShipments")
    ] = None
    ship_from_city: Annotated[str | None, text(create=True, update=True, length=40)] = None
    ship_from_country: Annotated[str | None, text(create=True, update=True, length=80)] = None
    ship_from_country_code: Annotated[str | None, picklist(create=True, update=True)] = None
    ship_from_geocode_accuracy: Annotated[
        str | None,
        picklist(
            "Address",
            "NearAddress",
            "Block",
            "Street",
            "ExtendedZip",
            "Zip",
            "Neighborhood",
            "City",
            "County",
            "State",
            "Unknown",
            create=True,
            update=True,
        ),
    ] = None
    ship_from_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    ship_from_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    ship_from_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    ship_from_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    ship_from_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    ship_from_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    shipment_number: Annotated[str | None, text(length=255, autonumber="S-{000000000}", idlookup=True)] = None
    ship_to_city: Annotated[str | None, text(create=True, update=True, length=40)] = None
    ship_to_country: Annotated[str | None, text(create=True, update=True, length=80)] = None
    ship_to_country_code: Annotated[str | None, picklist(create=True, update=True)] = None
    ship_to_geocode_accuracy: Annotated[
        str | None,
        picklist(
            "Address",
            "NearAddress",
            "Block",
            "Street",
            "ExtendedZip",
            "Zip",
            "Neighborhood",
            "City",
            "County",
            "State",
            "Unknown",
            create=True,
            update=True,
        ),
    ] = None
    ship_to_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    ship_to_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    ship_to_name: Annotated[str, text(create=True, update=True, length=255)]
    ship_to_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    ship_to_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    ship_to_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    ship_to_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    source_location_id: Annotated[
        Id | None, reference("Location", create=True, update=True, children="SourceLocationShipments")
    ] = None
    status: Annotated[
        str | None, picklist("Shipped", "Delivered", "Created", "In Transit", "Voided", create=True, update=True)
    ] = None
    total_items_quantity: Annotated[
        Decimal, number(since=51, rollup=RollUp("ShipmentItem", "shipment_id", "quantity"))
    ] = ZERO
    tracking_number: Annotated[str | None, text(create=True, update=True, length=255)] = None
    tracking_url: Annotated[str | None, text("url", create=True, update=True, length=255)] = None


class ShipmentItem(SObject, frozen=True, kw_only=True):
    """Shipment Item."""

    ABOUT: ClassVar[About] = About(
        label="Shipment Item",
        key_prefix="0ob",
        name_field="ShipmentItemNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        since=51,
        root="shipment_id",
    )

    description: Annotated[str | None, text(create=True, update=True)] = None
    expected_delivery_date: Annotated[dt.datetime | None, moment()] = None
    fulfillment_order_line_item_id: Annotated[Id | None, reference("FulfillmentOrderLineItem")] = None
    order_item_summary_id: Annotated[Id | None, reference("OrderItemSummary")] = None
    product2_id: Annotated[Id | None, reference("Product2", create=True, update=True, children="ShipmentItems")] = None
    quantity: Annotated[Decimal, number(create=True, update=True)]
    return_order_line_item_id: Annotated[
        Id | None,
        reference(
            "ReturnOrderLineItem", create=True, update=True, since=53, children="ReturnOrderLineItemShipmentItems"
        ),
    ] = None
    shipment_id: Annotated[Id, reference("Shipment", create=True, children="ShipmentItems")]
    shipment_item_number: Annotated[str | None, text(autonumber="SI-{000000000}", idlookup=True)] = None
    tracking_number: Annotated[str | None, text()] = None
    tracking_url: Annotated[str | None, text("url")] = None
