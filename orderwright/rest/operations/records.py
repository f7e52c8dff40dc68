"""Records of any object, one at a time and many together."""

from __future__ import annotations

from orderwright.decisions import errors as refusals
from orderwright.rest.composite.batch import batch
from orderwright.rest.composite.collections import (
    create_records,
    delete_records,
    read_records,
    select_records,
    update_records,
    upsert_records,
)
from orderwright.rest.composite.composite import composite, list_composites
from orderwright.rest.composite.graph import graph
from orderwright.rest.composite.tree import create_tree, tree_status
from orderwright.rest.operation import records
from orderwright.rest.sobjects.by_value import delete_by_value, status_of, upsert_record
from orderwright.rest.sobjects.changes import get_deleted, get_updated
from orderwright.rest.sobjects.create import create_record, location_of
from orderwright.rest.sobjects.delete import delete_record
from orderwright.rest.sobjects.describe import describe_object, get_object, list_objects
from orderwright.rest.sobjects.limits import list_limits
from orderwright.rest.sobjects.read import get_record
from orderwright.rest.sobjects.recent import list_recent
from orderwright.rest.sobjects.related import get_related
from orderwright.rest.sobjects.update import update_record

WRITE_REFUSALS = (
    refusals.InvalidField, refusals.InvalidFieldForWrite, refusals.RequiredFieldMissing, refusals.StringTooLong,
    refusals.InvalidPicklistValue, refusals.InvalidCrossReference, refusals.NumberOutsideValidRange,
    refusals.CannotUpdate, refusals.InvalidStatus, refusals.InvalidInput,
)  # fmt: skip

DELETE_REFUSALS = (refusals.DeleteFailed, refusals.CannotUpdate)

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

TREE = {
    "records": [
        {
            "attributes": {"type": "Account", "referenceId": "ada"},
            "Name": "Ada Ltd",
            "Contacts": {
                "records": [{"attributes": {"type": "Contact", "referenceId": "contact"}, "LastName": "Lovelace"}],
            },
        },
    ],
}
BATCH = {"batchRequests": [{"method": "GET", "url": "v67.0/limits"}]}
GRAPH = {
    "graphs": [
        {
            "graphId": "shop",
            "compositeRequest": [
                {
                    "method": "POST",
                    "url": "/services/data/v67.0/sobjects/Account",
                    "referenceId": "ada",
                    "body": {"Name": "Ada Ltd"},
                },
            ],
        },
    ],
}

RECORDS = (
    records("GET", "/sobjects", list_objects, "List the objects"),
    records(
        "GET", "/sobjects/{objectName}", get_object, "Describe an object briefly", rights=("Describe {objectName}",),
    ),
    records(
        "POST", "/sobjects/{objectName}", create_record, "Create a record",
        status=201, refuses=WRITE_REFUSALS, example=ACCOUNT, location=location_of,
        aliases=("/sobjects/{objectName}/Id",),
    ),
    records(
        "GET", "/sobjects/{objectName}/describe", describe_object, "Describe an object",
        rights=("Describe {objectName}",),
    ),
    records("GET", "/sobjects/{objectName}/updated", get_updated, "List the records that changed"),
    records("GET", "/sobjects/{objectName}/deleted", get_deleted, "List the records that were deleted"),
    records("GET", "/sobjects/{objectName}/{recordId}", get_record, "Read a record"),
    records("GET", "/sobjects/{objectName}/{recordId}/{relationship}", get_related, "Follow a relationship"),
    records(
        "PATCH", "/sobjects/{objectName}/{fieldName}/{value}", upsert_record, "Create or change a record by a value",
        refuses=WRITE_REFUSALS, example=ACCOUNT, status_for=status_of, rights=(),
    ),
    records(
        "DELETE", "/sobjects/{objectName}/{fieldName}/{value}", delete_by_value, "Delete a record by a value",
        status=204, refuses=DELETE_REFUSALS,
    ),
    records(
        "DELETE", "/sobjects/{objectName}/{recordId}", delete_record, "Delete a record",
        status=204, refuses=DELETE_REFUSALS,
    ),
    records("GET", "/recent", list_recent, "List the records that you made last"),
    records("GET", "/limits", list_limits, "List the limits and what is left"),
    records(
        "PATCH", "/sobjects/{objectName}/{recordId}", update_record, "Change a record",
        status=204, refuses=WRITE_REFUSALS, example={"Description": "Leave at the door"},
    ),
    records(
        "POST", "/composite/sobjects", create_records, "Create many records", example=COLLECTION,
    ),
    records("PATCH", "/composite/sobjects", update_records, "Change many records", example=COLLECTION),
    records("DELETE", "/composite/sobjects", delete_records, "Delete many records"),
    records("GET", "/composite/sobjects/{objectName}", read_records, "Read many records"),
    records(
        "POST", "/composite/sobjects/{objectName}", select_records, "Read many records, named in the body",
        rights=("Read {objectName}",), example={"ids": ["001000000000001AAA"], "fields": ["Name"]},
    ),
    records(
        "PATCH", "/composite/sobjects/{objectName}/{fieldName}", upsert_records, "Create or change many by a value",
        rights=(), example={"allOrNone": False, "records": [{"attributes": {"type": "Account"}, "Name": "Ada"}]},
    ),
    records(
        "POST", "/composite/tree/{objectName}", create_tree, "Create records with their children",
        status=201, status_for=tree_status, rights=(), example=TREE,
    ),
    records("POST", "/composite/batch", batch, "Do several requests, each by itself", example=BATCH, holds_others=True),
    records("POST", "/composite/graph", graph, "Do groups of requests", since=50, example=GRAPH, holds_others=True),
    records("GET", "/composite", list_composites, "List the composite resources"),
    records("POST", "/composite", composite, "Do several requests in one", example=COMPOSITE, holds_others=True),
)  # fmt: skip
