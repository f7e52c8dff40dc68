"""The whole API on one page. Routing, validation, `/openapi.json` and `/docs` are made from this table.

To add an action: write its handler (`async def verb(context: Context, …_id: Id, body: Input) -> Output`) in the folder
that follows its URL, and add its line here.
"""

from __future__ import annotations

from orderwright.decisions import errors as refusals
from orderwright.decisions.inventory import InsufficientInventory
from orderwright.decisions.use_reservation import LinesRefused
from orderwright.rest.background_operations.cancel import cancel_operation
from orderwright.rest.background_operations.retry import retry_operation
from orderwright.rest.clock import advance_clock, freeze_clock, get_clock, run_clock
from orderwright.rest.composite.collections import create_records, update_records
from orderwright.rest.composite.composite import composite
from orderwright.rest.documents import docs_page, openapi_document
from orderwright.rest.fulfillment_orders.cancel_item import cancel_item
from orderwright.rest.fulfillment_orders.create import create_fulfillment_orders
from orderwright.rest.fulfillment_orders.create_invoice import create_invoice
from orderwright.rest.fulfillment_orders.create_multiple import create_multiple
from orderwright.rest.fulfillment_orders.create_multiple_invoices import create_multiple_invoices
from orderwright.rest.fulfillment_orders.distribute_quantities import distribute_quantities
from orderwright.rest.inventory.availability import get_availability
from orderwright.rest.inventory.batch_update import batch_update
from orderwright.rest.inventory.location_graph import publish_location_graph, publish_location_graph_status
from orderwright.rest.inventory.reservations import create_reservation
from orderwright.rest.inventory.update import update_reservation
from orderwright.rest.inventory.uploads import upload_availability, upload_availability_status
from orderwright.rest.inventory.use import fulfill_reservation, release_reservation, transfer_reservation
from orderwright.rest.oauth.token import token
from orderwright.rest.operation import Operation, connect, payment, records
from orderwright.rest.order_payment_summaries import create_order_payment_summary
from orderwright.rest.order_summaries.adjust import adjust_item_preview, adjust_item_submit
from orderwright.rest.order_summaries.cancel import preview_cancel, submit_cancel
from orderwright.rest.order_summaries.create import create_order_summary
from orderwright.rest.order_summaries.create_change_invoices import create_multiple_change_invoices
from orderwright.rest.order_summaries.create_credit_memo import create_credit_memo
from orderwright.rest.order_summaries.ensure_funds import ensure_funds_async
from orderwright.rest.order_summaries.ensure_refunds import ensure_refunds_async
from orderwright.rest.order_summaries.events import get_events
from orderwright.rest.order_summaries.multiple_ensure_funds import multiple_ensure_funds_async
from orderwright.rest.order_summaries.preview_ensure_funds import preview_ensure_funds
from orderwright.rest.order_summaries.preview_ensure_refunds import preview_ensure_refunds
from orderwright.rest.order_summaries.simple_return import preview_return, submit_return
from orderwright.rest.payments.authorize import authorize
from orderwright.rest.payments.capture import capture
from orderwright.rest.payments.notify import notify
from orderwright.rest.payments.post_authorize import post_authorize
from orderwright.rest.payments.refund import refund
from orderwright.rest.payments.reverse_authorization import reverse_authorization
from orderwright.rest.payments.sale import sale
from orderwright.rest.payments.tokenize import tokenize_payment_method
from orderwright.rest.router import Router
from orderwright.rest.routing.find_routes_with_fewest_splits import find_routes_with_fewest_splits
from orderwright.rest.routing.fulfillment_order_capacity.confirm_held_capacity import confirm_held_capacity
from orderwright.rest.routing.fulfillment_order_capacity.get_capacity_values import get_capacity_values
from orderwright.rest.routing.fulfillment_order_capacity.hold_capacity import hold_capacity
from orderwright.rest.routing.fulfillment_order_capacity.release_held_capacity import release_held_capacity
from orderwright.rest.routing.rank_by_average_distance import rank_by_average_distance
from orderwright.rest.sobjects.create import create_record, location_of
from orderwright.rest.sobjects.describe import describe_object, get_object, list_objects
from orderwright.rest.sobjects.read import get_record
from orderwright.rest.sobjects.related import get_related
from orderwright.rest.sobjects.update import update_record
from orderwright.rest.versions import list_resources, list_versions

WRITE_REFUSALS = (
    refusals.InvalidField, refusals.InvalidFieldForWrite, refusals.RequiredFieldMissing, refusals.StringTooLong,
    refusals.InvalidPicklistValue, refusals.InvalidCrossReference, refusals.NumberOutsideValidRange,
    refusals.CannotUpdate, refusals.InvalidStatus, refusals.InvalidInput,
)  # fmt: skip

ACCOUNT = {"Name": "Ada Lovelace", "BillingCity": "London"}
COLLECTION = {"allOrNone": True, "records": [{"attributes": {"type": "Product2"}, "Name": "Mug"}]}
COMPOSITE = {
    "allOrNone": True,
    "compositeRequest": [
        {
            "method": "POST",
            "url": "/services/data/v67.0/sobjects/Order",
            "referenceId": "order",
            "body": {"EffectiveDate": "2026-03-01", "Status": "Draft", "CurrencyIsoCode": "GBP"},
        },
        {
            "method": "POST",
            "url": "/services/data/v67.0/sobjects/OrderItem",
            "referenceId": "mug",
            "body": {"OrderId": "@{order.id}", "Quantity": 2, "TotalLineAmount": 19.9},
        },
    ],
}

SIGN_IN = (
    Operation(
        "POST", "/services/oauth2/token", token, "Get an access token",
        absolute=True, public=True, media="application/x-www-form-urlencoded", tag="Sign in",
        example={"grant_type": "client_credentials", "client_id": "…", "client_secret": "…"},
    ),
    Operation("GET", "/services/data", list_versions, "List the versions", absolute=True, public=True, tag="Versions"),
    Operation("GET", "", list_resources, "List the resources of a version", tag="Versions"),
)  # fmt: skip

RECORDS = (
    records("GET", "/sobjects", list_objects, "List the objects"),
    records("GET", "/sobjects/{objectName}", get_object, "Describe an object briefly"),
    records(
        "POST", "/sobjects/{objectName}", create_record, "Create a record",
        status=201, refuses=WRITE_REFUSALS, example=ACCOUNT, location=location_of,
    ),
    records("GET", "/sobjects/{objectName}/describe", describe_object, "Describe an object"),
    records("GET", "/sobjects/{objectName}/{recordId}", get_record, "Read a record"),
    records("GET", "/sobjects/{objectName}/{recordId}/{relationship}", get_related, "Follow a relationship"),
    records(
        "PATCH", "/sobjects/{objectName}/{recordId}", update_record, "Change a record",
        status=204, refuses=WRITE_REFUSALS, example={"Description": "Leave at the door"},
    ),
    records(
        "POST", "/composite/sobjects", create_records, "Create many records", example=COLLECTION,
    ),
    records("PATCH", "/composite/sobjects", update_records, "Change many records", example=COLLECTION),
    records("POST", "/composite", composite, "Do several requests in one", example=COMPOSITE),
)  # fmt: skip

SUMMARIES = "/commerce/order-management/order-summaries"
SUMMARY_ACTIONS = f"{SUMMARIES}/{{orderSummaryId}}/actions"
SUMMARY_JOBS = f"{SUMMARIES}/{{orderSummaryId}}/async-actions"
BACKGROUND_ACTIONS = "/commerce/order-management/background-operations/{backgroundOperationId}/actions"
CLOCK = "/commerce/order-management/clock"
FULFILLMENT = "/commerce/fulfillment"
FULFILLMENT_ORDERS = f"{FULFILLMENT}/fulfillment-orders"

INPUT_REFUSALS = (refusals.InvalidInput, refusals.InvalidOperation, refusals.InvalidCrossReference)
CHANGE_REFUSALS = (*INPUT_REFUSALS, refusals.InvalidPicklistValue, refusals.RequiredFieldMissing)
SUBMIT_REFUSALS = (*CHANGE_REFUSALS, refusals.PreviewOutdated)
FUNDS_REFUSALS = (*INPUT_REFUSALS, refusals.InsufficientFunds)
REFUND_REFUSALS = (*FUNDS_REFUSALS, refusals.RequiredFieldMissing)
CLOCK_REFUSALS = (refusals.InvalidInput, refusals.InvalidOperation)
CREDIT_REFUSALS = (*INPUT_REFUSALS, refusals.RequiredFieldMissing, refusals.DuplicateValue)

CHANGE_ITEM = {
    "orderItemSummaryId": "10uxx0000004FYDAA2", "quantity": 1, "reason": "Unknown", "shippingReductionFlag": True,
}  # fmt: skip
CHANGE = {"changeItems": [CHANGE_ITEM]}
ADJUST = {
    "adjustItems": [
        {
            "orderItemSummaryId": "10uxx0000004FYDAA2", "adjustmentType": "AmountWithoutTax", "amount": -5,
            "reason": "Unknown",
        }
    ],
}  # fmt: skip
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

ORDER_MANAGEMENT = (
    connect(
        "POST", SUMMARIES, create_order_summary, "Create an order summary from an activated order",
        refuses=(*INPUT_REFUSALS, refusals.InvalidStatus, refusals.DuplicateValue, refusals.InvalidPicklistValue),
        example={"orderId": "801xx000003GbTgAAK"},
    ),
    connect(
        "POST", "/commerce/order-management/order-payment-summaries", create_order_payment_summary,
        "Put an authorization or payments under an order summary",
        refuses=(*INPUT_REFUSALS, refusals.DuplicateValue),
        example={"orderSummaryId": "1Osxx0000000000001", "paymentAuthorizationId": "0Xcxx00000000W0001"},
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/preview-cancel", preview_cancel, "See what a cancel would change",
        refuses=CHANGE_REFUSALS, example=CHANGE,
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/submit-cancel", submit_cancel, "Cancel units",
        refuses=SUBMIT_REFUSALS, example=CHANGE,
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/preview-return", preview_return, "See what a return would change",
        refuses=CHANGE_REFUSALS, example=CHANGE,
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/submit-return", submit_return, "Return units",
        refuses=SUBMIT_REFUSALS, example=CHANGE,
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/adjust-item-preview", adjust_item_preview, "See what a discount would change",
        aliases=(f"{SUMMARY_ACTIONS}/preview-adjust",), since=49, refuses=CHANGE_REFUSALS, example=ADJUST,
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/adjust-item-submit", adjust_item_submit, "Discount items",
        aliases=(f"{SUMMARY_ACTIONS}/submit-adjust",), since=49, refuses=SUBMIT_REFUSALS, example=ADJUST,
    ),
    connect(
        "POST", f"{SUMMARIES}/actions/create-multiple-change-invoices", create_multiple_change_invoices,
        "Invoice change orders that charge fees", since=56, refuses=(refusals.RequiredFieldMissing,),
        example={"invoicesFromChangeOrders": [
            {"changeOrderIds": ["801xx0000000EAAkIA"], "orderSummaryId": "1Osxx0000004EAqCAM"}
        ]},
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/create-credit-memo", create_credit_memo, "Create a credit memo for change orders",
        refuses=CREDIT_REFUSALS, example={"changeOrderIds": ["801xx0000000EAAkIA"]},
    ),
    connect(
        "POST", f"{SUMMARY_JOBS}/ensure-funds-async", ensure_funds_async, "Fund an invoice",
        refuses=(*INPUT_REFUSALS, refusals.InsufficientFunds), example={"invoiceId": "3ttxx00000000JNIAY"},
    ),
    connect(
        "POST", f"{SUMMARY_JOBS}/ensure-refunds-async", ensure_refunds_async, "Refund a credit memo, or excess funds",
        refuses=(*INPUT_REFUSALS, refusals.InsufficientFunds), example={"creditMemoId": "50gxx000000000JB00"},
    ),
    connect(
        "POST", f"{SUMMARIES}/async-actions/multiple-ensure-funds-async", multiple_ensure_funds_async,
        "Fund several invoices", since=56, refuses=(refusals.RequiredFieldMissing,),
        example={"asyncInputs": [{"orderSummaryId": "1Osxx0000004EAqCAM", "invoiceId": "3ttxx00000000JNIAY"}]},
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/preview-ensure-funds", preview_ensure_funds,
        "See who would fund an invoice (extension)",
        refuses=FUNDS_REFUSALS, example={"invoiceId": "3ttxx00000000JNIAY"},
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/preview-ensure-refunds", preview_ensure_refunds,
        "See who would give money back (extension)",
        refuses=REFUND_REFUSALS, example={"creditMemoId": "50gxx000000000JB00"},
    ),
    connect(
        "GET", f"{SUMMARIES}/{{orderSummaryId}}/events", get_events, "See what happened to an order (extension)",
        status=200,
    ),
    connect(
        "POST", f"{BACKGROUND_ACTIONS}/retry", retry_operation, "Retry a background operation (extension)",
        refuses=(refusals.InvalidStatus, refusals.InvalidOperation), example={},
    ),
    connect(
        "POST", f"{BACKGROUND_ACTIONS}/cancel", cancel_operation, "Cancel a background operation (extension)",
        refuses=(refusals.InvalidStatus, refusals.InvalidOperation), example={},
    ),
    connect("GET", CLOCK, get_clock, "See the one clock (extension)", status=200, tag="Clock"),
    connect(
        "POST", f"{CLOCK}/actions/freeze", freeze_clock, "Stop the clock of a test instance (extension)",
        refuses=CLOCK_REFUSALS, example={"at": "2026-03-01T10:00:00.000Z"}, tag="Clock",
    ),
    connect(
        "POST", f"{CLOCK}/actions/advance", advance_clock, "Set the clock of a test instance ahead (extension)",
        refuses=CLOCK_REFUSALS, example={"seconds": 86400}, tag="Clock",
    ),
    connect(
        "POST", f"{CLOCK}/actions/run", run_clock, "Let the clock of a test instance run on (extension)",
        refuses=(refusals.InvalidOperation,), example={}, tag="Clock",
    ),
)  # fmt: skip

FULFILLMENT_ACTIONS = (
    connect(
        "POST", FULFILLMENT_ORDERS, create_fulfillment_orders, "Allocate units to locations",
        refuses=CHANGE_REFUSALS, example=ALLOCATE, tag="Fulfillment",
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

PAYMENTS = "/commerce/payments"
PAYMENT_REFUSALS = (
    *INPUT_REFUSALS, refusals.RequiredFieldMissing, refusals.NumberOutsideValidRange, refusals.InvalidPicklistValue,
    refusals.StringTooLong, refusals.InvalidStatus,
)  # fmt: skip
MOVE_REFUSALS = (*PAYMENT_REFUSALS, refusals.InsufficientFunds)
CHARGE = {
    "accountId": "001000000000001AAA",
    "amount": 50,
    "currencyIsoCode": "USD",
    "paymentGatewayId": "0b0000000000001AAA",
    "paymentMethod": {"id": "03O000000000001AAA"},
}
CARD = {"cardNumber": "4111111111111111", "cardType": "Visa", "expiryMonth": 5, "expiryYear": 2030}

PAYMENT_CALLS = (
    payment(
        f"{PAYMENTS}/authorizations", authorize, "Authorize an amount on a payment method",
        since=49, refuses=PAYMENT_REFUSALS, example=CHARGE,
    ),
    payment(
        f"{PAYMENTS}/authorizations/{{authorizationId}}/captures", capture, "Capture an authorization",
        refuses=MOVE_REFUSALS, example={"amount": 50},
    ),
    payment(
        f"{PAYMENTS}/authorizations/{{authorizationId}}/reversals", reverse_authorization, "Release an authorization",
        since=51, refuses=PAYMENT_REFUSALS, example={"amount": 50},
    ),
    payment(
        f"{PAYMENTS}/payments/{{paymentId}}/refunds", refund, "Refund a payment",
        aliases=(f"{PAYMENTS}/payments/{{paymentId}}/refund",), refuses=MOVE_REFUSALS, example={"amount": 50},
    ),
    payment(
        f"{PAYMENTS}/sales", sale, "Authorize and capture an amount in one step",
        since=54, refuses=PAYMENT_REFUSALS, example=CHARGE,
    ),
    payment(
        f"{PAYMENTS}/postAuths", post_authorize, "Record an authorization that the payer's device made",
        since=54, refuses=PAYMENT_REFUSALS, example=CHARGE,
    ),
    payment(
        f"{PAYMENTS}/payment-methods", tokenize_payment_method, "Make a token of a card or a bank account",
        since=51, refuses=PAYMENT_REFUSALS,
        example={"paymentGatewayId": "0b0000000000001AAA", "cardPaymentMethod": CARD},
    ),
    Operation(
        "POST", f"{PAYMENTS}/notify", notify, "Hear what a gateway says unasked (its provider calls this)",
        since=49, public=True, answers="text/plain", tag="Payments", raw=True,
        example={"notification": "in the gateway's own words, signed by it"},
    ),
)  # fmt: skip

ROUTING_ACTIONS = "/commerce/order-management/routing/actions"
RANK = {
    "deliveryCountryCode": "US",
    "deliveryPostalCode": "94105",
    "distanceUnit": "mi",
    "sortResult": "ASC",
    "targetLocations": [
        {"locations": [
            {"locationIdentifier": "WH-1", "countryCode": "US", "postalCode": "89101"},
            {"locationIdentifier": "WH-2", "countryCode": "US", "postalCode": "97201"},
        ]},
        {"locations": [{"locationIdentifier": "WH-3", "countryCode": "US", "postalCode": "10001"}]},
    ],
}  # fmt: skip

DISTANCES = (
    connect(
        "POST", f"{ROUTING_ACTIONS}/rank-byaverage-distance", rank_by_average_distance,
        "Rank sets of locations by their average distance to a recipient",
        aliases=(f"{ROUTING_ACTIONS}/rank-by-average-distance", f"{ROUTING_ACTIONS}/rank-average-distance"),
        since=51, refuses=(refusals.InvalidInput,), example=RANK, tag="Routing",
    ),
)  # fmt: skip

FIND_ROUTES = {
    "orderedQuantities": [
        {"stockKeepingUnit": "SKU-A", "quantity": 2},
        {"stockKeepingUnit": "SKU-B", "quantity": 1},
    ],
    "locationAvailableInventory": [
        {"externalReferenceId": "WH-1", "stockKeepingUnit": "SKU-A", "quantity": 2},
        {"externalReferenceId": "WH-2", "stockKeepingUnit": "SKU-B", "quantity": 5},
        {"externalReferenceId": "WH-3", "stockKeepingUnit": "SKU-B", "quantity": 1},
    ],
    "maximumNumberOfSplits": 1,
}

ROUTING = (
    connect(
        "POST", f"{ROUTING_ACTIONS}/find-routes-with-fewest-splits", find_routes_with_fewest_splits,
        "Find the combinations of locations that fill an order in the fewest shipments",
        since=51, refuses=(refusals.InvalidInput, refusals.RequiredFieldMissing), example=FIND_ROUTES, tag="Routing",
    ),
)  # fmt: skip

CAPACITY_ACTIONS = "/commerce/order-management/routing/fulfillment-order-capacity/actions"
CAPACITY_REFUSALS = (refusals.InvalidInput, refusals.RequiredFieldMissing)
CAPACITY_BATCH = {"capacityRequests": [{"actionRequestId": "id-1", "locationId": "LOC-1"}], "allOrNothing": False}

CAPACITY = (
    connect(
        "POST", f"{CAPACITY_ACTIONS}/get-capacity-values", get_capacity_values,
        "See how many fulfillment orders locations can take", since=55, refuses=CAPACITY_REFUSALS,
        example={"locationIds": ["LOC-1", "LOC-2"]}, tag="Routing",
    ),
    connect(
        "POST", f"{CAPACITY_ACTIONS}/hold-capacity", hold_capacity,
        "Hold capacity of locations for fulfillment orders", since=55, refuses=CAPACITY_REFUSALS,
        example={"holdFOCapacityRequests": [CAPACITY_BATCH]}, tag="Routing",
    ),
    connect(
        "POST", f"{CAPACITY_ACTIONS}/confirm-held-capacity", confirm_held_capacity,
        "Make held capacity assigned", since=55, refuses=CAPACITY_REFUSALS,
        example={"confirmHeldFOCapacityRequests": [CAPACITY_BATCH]}, tag="Routing",
    ),
    connect(
        "POST", f"{CAPACITY_ACTIONS}/release-held-capacity", release_held_capacity,
        "Give held capacity back", since=55, refuses=CAPACITY_REFUSALS,
        example={"releaseHeldFOCapacityRequests": [CAPACITY_BATCH]}, tag="Routing",
    ),
)  # fmt: skip

OCI = "/commerce/oci"
AVAILABILITY_UPLOADS = f"{OCI}/availability-records/uploads"
LOCATION_GRAPH = f"{OCI}/location-graph/uploads"
RESERVATION_ACTIONS = f"{OCI}/reservation/actions"
PLACE_REFUSALS = (refusals.InvalidInput, refusals.InvalidCrossReference)
RESERVE_REFUSALS = (*PLACE_REFUSALS, refusals.DuplicateValue, InsufficientInventory)
RESERVE = {
    "actionRequestId": "6f1c2f0e-0000-4000-8000-000000000001",
    "createRecords": [{"locationGroupIdentifier": "US-EAST", "stockKeepingUnit": "SKU-A", "quantity": 2}],
    "expirationSeconds": 600,
}
TRANSFER = {
    "transferRecords": [
        {
            "actionRequestId": "6f1c2f0e-0000-4000-8000-000000000004", "fromLocationGroupIdentifier": "US-EAST",
            "toLocationIdentifier": "WH-1", "stockKeepingUnit": "SKU-A", "quantity": 2,
        }
    ],
}  # fmt: skip
COUNT = {
    "records": [
        {
            "actionRequestId": "82251928-8863-488e-840b-2aebd10b57ba", "locationIdentifier": "WH-1",
            "stockKeepingUnit": "SKU-A", "onHand": 1200.35, "safetyStockCount": 12.45,
        }
    ],
}  # fmt: skip

INVENTORY = (
    connect(
        "POST", f"{OCI}/availability/availability-records/actions/get-availability", get_availability,
        "See how much there is of some SKUs at some places", since=51, refuses=PLACE_REFUSALS, tag="Inventory",
        example={"locationIdentifiers": ["WH-1", "WH-2"], "stockKeepingUnits": ["SKU-A"]},
    ),
    connect(
        "POST", f"{OCI}/availability-records/actions/batch-update", batch_update,
        "Say how much of some SKUs lies where", since=62, refuses=(refusals.InvalidInput,), example=COUNT,
        tag="Inventory",
    ),
    connect(
        "POST", AVAILABILITY_UPLOADS, upload_availability, "Upload a file of inventory records",
        since=51, streamed=True, media="multipart/form-data", refuses=(refusals.InvalidInput,),
        example={"fileUpload": "(the file)"}, tag="Inventory",
    ),
    connect(
        "GET", f"{AVAILABILITY_UPLOADS}/{{uploadId}}", upload_availability_status, "See how far an upload is",
        since=51, status=200, tag="Inventory",
    ),
    connect(
        "POST", LOCATION_GRAPH, publish_location_graph, "Publish the locations and groups to inventory",
        since=51, example={}, tag="Inventory",
    ),
    connect(
        "GET", f"{LOCATION_GRAPH}/{{uploadId}}", publish_location_graph_status, "See what was published",
        since=51, status=200, tag="Inventory",
    ),
    connect(
        "POST", f"{RESERVATION_ACTIONS}/reservations", create_reservation, "Reserve units",
        since=51, refuses=RESERVE_REFUSALS, example=RESERVE, tag="Inventory",
    ),
    connect(
        "POST", f"{RESERVATION_ACTIONS}/update", update_reservation, "Change how much a reservation holds",
        since=61, refuses=(*RESERVE_REFUSALS, refusals.InvalidOperation, refusals.RequiredFieldMissing),
        example={
            "actionRequestId": "6f1c2f0e-0000-4000-8000-000000000002",
            "reservationId": "6f1c2f0e-0000-4000-8000-000000000001",
            "updateRecords": [{"locationGroupIdentifier": "US-EAST", "stockKeepingUnit": "SKU-A", "quantity": 3}],
        },
        tag="Inventory",
    ),
    connect(
        "POST", f"{RESERVATION_ACTIONS}/fulfillments", fulfill_reservation, "Take reserved units off their locations",
        since=51, refuses=(refusals.InvalidInput,), tag="Inventory",
        example={"fulfillmentRecords": [
            {
                "actionRequestId": "6f1c2f0e-0000-4000-8000-000000000005", "locationIdentifier": "WH-1",
                "stockKeepingUnit": "SKU-A", "quantity": 2,
            }
        ]},
    ),
    connect(
        "POST", f"{RESERVATION_ACTIONS}/releases", release_reservation, "Give reserved units back",
        since=51, refuses=(refusals.InvalidInput,), tag="Inventory",
        example={"releaseRecords": [
            {
                "actionRequestId": "6f1c2f0e-0000-4000-8000-000000000003", "locationGroupIdentifier": "US-EAST",
                "stockKeepingUnit": "SKU-A", "quantity": 1,
            }
        ]},
    ),
    connect(
        "POST", f"{RESERVATION_ACTIONS}/transfers", transfer_reservation, "Move reservations from place to place",
        since=51, refuses=(refusals.InvalidInput, LinesRefused), example=TRANSFER, tag="Inventory",
    ),
)  # fmt: skip

DOCUMENTS = (
    Operation(
        "GET", "/openapi.json", openapi_document, "This API as OpenAPI 3.1", absolute=True, public=True, tag="Documents"
    ),
    Operation(
        "GET", "/docs", docs_page, "This API as a page to read",
        absolute=True, public=True, answers="text/html", tag="Documents",
    ),
)  # fmt: skip

OPERATIONS: tuple[Operation, ...] = (
    *SIGN_IN,
    *RECORDS,
    *ORDER_MANAGEMENT,
    *FULFILLMENT_ACTIONS,
    *PAYMENT_CALLS,
    *DISTANCES,
    *ROUTING,
    *CAPACITY,
    *INVENTORY,
    *DOCUMENTS,
)

ROUTER = Router(OPERATIONS)
