"""Records of any object, one at a time and many together."""

from __future__ import annotations

from orderwright.decisions import errors as refusals
from orderwright.rest.composite.collections import create_records, update_records
from orderwright.rest.composite.composite import composite
from orderwright.rest.operation import records
from orderwright.rest.sobjects.create import create_record, location_of
from orderwright.rest.sobjects.describe import describe_object, get_object, list_objects
from orderwright.rest.sobjects.read import get_record
from orderwright.rest.sobjects.related import get_related
from orderwright.rest.sobjects.update import update_record

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
