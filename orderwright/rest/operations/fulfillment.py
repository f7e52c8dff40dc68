"""Fulfillment orders."""

from __future__ import annotations

from orderwright.decisions import errors as refusals
from orderwright.decisions.inventory import InsufficientInventory
from orderwright.rest.fulfillment_orders.cancel_item import cancel_item
from orderwright.rest.fulfillment_orders.create import create_fulfillment_orders
from orderwright.rest.fulfillment_orders.create_invoice import create_invoice
from orderwright.rest.fulfillment_orders.create_multiple import create_multiple
from orderwright.rest.fulfillment_orders.create_multiple_invoices import create_multiple_invoices
from orderwright.rest.fulfillment_orders.distribute_quantities import distribute_quantities
from orderwright.rest.fulfillment_orders.inventory import get_fulfillment_inventory
from orderwright.rest.operation import connect
from orderwright.rest.operations.usual_refusals import CHANGE_REFUSALS, INPUT_REFUSALS

FULFILLMENT = "/commerce/fulfillment"
FULFILLMENT_ORDERS = f"{FULFILLMENT}/fulfillment-orders"

ALLOCATE = {
    "orderSummaryId": "1Osxx0000004EAqCAM",
    "orderDeliveryGroupSummaryId": "0agxx0000000001AAA",
    "fulfillmentGroups": [
        {
            "fulfilledFromLocationId": "131xx0000000001AAA",
            "fulfillmentType": "Warehouse",
            "orderItemSummaries": [{"orderItemSummaryId": "10uxx0000004FYDAA2", "quantity": 1}],
        }
    ],
}

FULFILLMENT_ACTIONS = (
    connect(
        "POST", FULFILLMENT_ORDERS, create_fulfillment_orders, "Allocate units to locations",
        refuses=(*CHANGE_REFUSALS, InsufficientInventory), example=ALLOCATE, tag="Fulfillment",
    ),
    connect(
        "POST", f"{FULFILLMENT}/actions/create-multiple", create_multiple,
        "Allocate units of many orders, each group by itself", since=50, refuses=(refusals.RequiredFieldMissing,),
        example={"fulfillmentOrders": [ALLOCATE]}, tag="Fulfillment",
    ),
    connect(
        "POST", f"{FULFILLMENT_ORDERS}/{{fulfillmentOrderId}}/actions/cancel-item", cancel_item,
        "Give units of a fulfillment order back",
        refuses=(*INPUT_REFUSALS, refusals.RequiredFieldMissing, refusals.InvalidStatus),
        example={"fulfillmentOrderLineItemsToCancel": [
            {"fulfillmentOrderLineItemId": "0a4xx00000000W0001", "quantity": 1}
        ]},
        tag="Fulfillment",
    ),
    connect(
        "GET", f"{FULFILLMENT_ORDERS}/{{fulfillmentOrderId}}/inventory", get_fulfillment_inventory,
        "See what a fulfillment order has reserved (extension)", status=200, tag="Fulfillment",
        rights=("Read FulfillmentOrder",),
    ),
    connect(
        "POST", f"{FULFILLMENT_ORDERS}/{{fulfillmentOrderId}}/actions/create-invoice", create_invoice,
        "Invoice a fulfillment order", refuses=(*INPUT_REFUSALS, refusals.InvalidStatus), example={},
        tag="Fulfillment",
    ),
    connect(
        "POST", f"{FULFILLMENT_ORDERS}/actions/create-multiple-invoices", create_multiple_invoices,
        "Invoice fulfillment orders, each by itself", aliases=(f"{FULFILLMENT}/actions/create-multiple-invoices",),
        since=52, refuses=(refusals.RequiredFieldMissing,),
        example={"fulfillmentOrderIds": ["0a3xx00000000W0001"]}, tag="Fulfillment",
    ),
    connect(
        "POST", f"{FULFILLMENT}/pick-tickets/actions/distribute-quantities", distribute_quantities,
        "Share out what was picked for many orders at once", since=58,
        refuses=(refusals.InvalidInput, refusals.InvalidPicklistValue, refusals.RequiredFieldMissing),
        example={
            "quantitiesPickedList": [{"externalItemId": "sku1", "quantity": 16}],
            "optimizationCriteria": "FulfillInSequencePartial",
            "distributeToOrders": [
                {"externalOrderId": "FO-1", "itemQuantities": [{"externalItemId": "sku1", "quantity": 4}]}
            ],
        },
        tag="Fulfillment",
    ),
)  # fmt: skip
