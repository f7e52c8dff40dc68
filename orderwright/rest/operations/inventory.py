"""Inventory."""

from __future__ import annotations

from orderwright.decisions import errors as refusals
from orderwright.decisions.inventory import InsufficientInventory
from orderwright.decisions.use_reservation import LinesRefused
from orderwright.rest.inventory.availability import get_availability
from orderwright.rest.inventory.batch_update import batch_update
from orderwright.rest.inventory.location_graph import publish_location_graph, publish_location_graph_status
from orderwright.rest.inventory.reservations import create_reservation
from orderwright.rest.inventory.update import update_reservation
from orderwright.rest.inventory.uploads import upload_availability, upload_availability_status
from orderwright.rest.inventory.use import fulfill_reservation, release_reservation, transfer_reservation
from orderwright.rest.operation import connect

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
        rights=("Run upload-availability",),
    ),
    connect(
        "POST", LOCATION_GRAPH, publish_location_graph, "Publish the locations and groups to inventory",
        since=51, example={}, tag="Inventory",
    ),
    connect(
        "GET", f"{LOCATION_GRAPH}/{{uploadId}}", publish_location_graph_status, "See what was published",
        since=51, status=200, tag="Inventory",
        rights=("Run publish-location-graph",),
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
