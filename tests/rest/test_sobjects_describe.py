"""What describe says, and that the server does what it says: every flag of every field of every object."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from orderwright.decisions.delete_record import ENDED_BY_STATUS
from orderwright.decisions.write_record import CREATED_BY_CALLER
from orderwright.objects.definition import Definition, Field
from orderwright.objects.registry import BY_LOWER_NAME, BY_NAME
from orderwright.store.database import Database
from tests.rest.calling import Caller
from tests.rest.changing import SUMMARIES, Placed, parts, place, post
from tests.rest.placing import of
from tests.rest.recording import needed, records_of_all, value_for

NOT_WRITABLE = "INVALID_FIELD_FOR_INSERT_UPDATE"
OBJECTS = sorted(BY_LOWER_NAME.values(), key=lambda d: d.name)
CREATED = [d for d in OBJECTS if d.name in CREATED_BY_CALLER - ENDED_BY_STATUS]


@pytest.fixture
async def placed(api: Caller) -> Placed:
    return await place(api)


@pytest.fixture
async def known(api: Caller, placed: Placed, database: Database) -> Mapping[str, str]:
    return await records_of_all(api, placed, database)


async def described(api: Caller, object_: str) -> dict[str, Any]:
    answer = await api.send("GET", f"/sobjects/{object_}/describe")
    assert answer.status_code == 200, answer.text
    return {field["name"]: field for field in answer.json()["fields"]}


async def test_a_field_can_be_given_on_create_exactly_when_describe_says_so(api: Caller, known: Mapping[str, str]):
    wrong = [problem for definition in CREATED for problem in await created_otherwise(api, definition, known)]
    assert not wrong, "\n".join(wrong)


async def test_a_field_of_a_fulfillment_order_can_be_given_exactly_when_describe_says_so(
    api: Caller, known: Mapping[str, str]
):
    """On an order that another system manages: elsewhere what is given has to fit the order, too."""
    summary = await unmanaged(api)
    order = await api.create("FulfillmentOrder", OrderSummaryId=summary, Status="Draft")
    near = {**known, "OrderSummary": summary, "FulfillmentOrder": order}
    wrong = await created_otherwise(api, BY_NAME["FulfillmentOrder"], near, OrderSummaryId=summary)
    wrong += await created_otherwise(api, BY_NAME["FulfillmentOrderLineItem"], near)
    assert not wrong, "\n".join(wrong)


async def unmanaged(api: Caller) -> str:
    product = await api.create("Product2", Name="Mug")
    answer = await api.send("POST", "/composite", {"allOrNone": True, "compositeRequest": parts(product)})
    order = answer.json()["compositeResponse"][0]["body"]["id"]
    made = await post(api, SUMMARIES, {"orderId": order, "orderLifeCycleType": "UNMANAGED"})
    return str(made.json()["orderSummaryId"])


async def created_otherwise(api: Caller, definition: Definition, known: Mapping[str, str], **also: str) -> list[str]:
    """The fields with which the server does something else than describe says, when a record is created."""
    said = await described(api, definition.name)
    base = {**needed(definition, known), **also}
    fields = list(definition.by_wire_name.values())
    bodies = [of(definition.name, **{**base, f.wire_name: value_for(definition, f, known)}) for f in fields]
    wrong = []
    for field, result in zip(fields, await saved(api, "POST", bodies), strict=True):
        codes = {error["statusCode"] for error in result["errors"] if field.wire_name in error["fields"]}
        allowed = taken(result)
        if allowed != said[field.wire_name]["createable"] or (NOT_WRITABLE in codes) == allowed:
            wrong.append(f"{definition.name}.{field.name}: {result}")
    return wrong


def taken(result: Any) -> bool:
    """Whether a field was taken: the records of `known` belong to several orders, so that a reference may not fit."""
    return result["success"] or all("which belongs to another order" in e["message"] for e in result["errors"])


async def saved(api: Caller, method: str, bodies: list[Any]) -> list[Any]:
    answer = await api.send(method, "/composite/sobjects", {"records": bodies})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def test_what_callers_do_not_create_is_not_createable(api: Caller):
    for definition in (d for d in OBJECTS if d.name not in CREATED_BY_CALLER):
        refused = await api.send("POST", f"/sobjects/{definition.name}", {})
        assert refused.json()[0]["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
        assert not any(field["createable"] for field in (await described(api, definition.name)).values())


async def test_every_field_can_be_changed_exactly_when_describe_says_so(api: Caller, known: Mapping[str, str]):
    assert {d.name for d in OBJECTS} == known.keys()
    objects = sorted(OBJECTS, key=lambda d: d.name == "Order")
    wrong = [problem for definition in objects for problem in await changed_otherwise(api, definition, known)]
    assert not wrong, "\n".join(wrong)


async def changed_otherwise(api: Caller, definition: Definition, known: Mapping[str, str]) -> list[str]:
    """The fields with which the server does something else than describe says, when a record is changed."""
    said = await described(api, definition.name)
    record_id = known[definition.name]
    before = await api.read(definition.name, record_id)
    # what closes a record comes last
    fields = sorted((f for f in definition.by_wire_name.values() if f.name != "id"), key=lambda f: f.name == "status")
    bodies = [
        {"id": record_id, **of(definition.name, **{f.wire_name: another(definition, f, known, before, said)})}
        for f in fields
    ]
    wrong = []
    for field, result in zip(fields, await saved(api, "PATCH", bodies), strict=True):
        allowed = taken(result) or (definition.name, field.name) in NOW_CLOSED
        if allowed != said[field.wire_name]["updateable"]:
            wrong.append(f"{definition.name}.{field.name}: {result}")
    return wrong


def another(definition: Definition, field: Field, known: Mapping[str, str], before: Any, said: Any) -> Any:
    """A value that a field does not have now: the same one would be taken as no change."""
    now, value = before[field.wire_name], value_for(definition, field, known, other=True)
    if str(value) != str(now):
        return value
    if not said[field.wire_name]["updateable"]:
        return f"{str(now)[:3]}000000000001" if field.type == "reference" else "Another"
    return field.values[-1] if field.values else OTHERS.get(field.type, value)


OTHERS: dict[str, Any] = {
    "boolean": False, "currency": Decimal("7.00"), "double": Decimal(7), "date": "2026-05-01",
}  # fmt: skip

NOW_CLOSED = {
    ("Order", "status_code"): "follows from Status, and can be given with it",
    ("Order", "activated_date"): "can be given with the Status that activates",
    ("Order", "activated_by_id"): "can be given with the Status that activates",
    ("FulfillmentOrder", "status"): "this one is fulfilled, which is final",
}
"""Fields that other records of the object, or other requests, may change."""


FIELD_PROPERTIES = {
    "aggregatable", "aiPredictionField", "autoNumber", "byteLength", "calculated", "calculatedFormula", "cascadeDelete",
    "caseSensitive", "compoundFieldName", "controllerName", "createable", "custom", "defaultValue",
    "defaultValueFormula", "defaultedOnCreate", "dependentPicklist", "deprecatedAndHidden", "digits",
    "displayLocationInDecimal", "encrypted", "externalId", "extraTypeInfo", "filterable", "filteredLookupInfo",
    "formulaTreatNullNumberAsZero", "groupable", "highScaleNumber", "htmlFormatted", "idLookup", "inlineHelpText",
    "label", "length", "mask", "maskType", "name", "nameField", "namePointing", "nillable", "permissionable",
    "picklistValues", "polymorphicForeignKey", "precision", "queryByDistance", "referenceTargetField", "referenceTo",
    "relationshipName", "relationshipOrder", "restrictedDelete", "restrictedPicklist", "scale", "searchPrefilterable",
    "soapType", "sortable", "type", "unique", "updateable", "writeRequiresMasterRead",
}  # fmt: skip
TYPES = {
    "id", "boolean", "string", "textarea", "email", "phone", "url", "encryptedstring", "picklist", "multipicklist",
    "reference", "currency", "double", "percent", "int", "date", "datetime", "time", "address",
}  # fmt: skip


async def test_every_field_is_described_with_every_property(api: Caller):
    for definition in OBJECTS:
        fields = await described(api, definition.name)
        assert all(set(field) == FIELD_PROPERTIES for field in fields.values())
        assert {field["type"] for field in fields.values()} <= TYPES
        assert {"Id", "IsDeleted", "CreatedDate", "LastModifiedById", "SystemModstamp"} <= fields.keys()
        assert [f["name"] for f in fields.values() if f["nameField"]] == [definition.about.name_field]
        assert all(f["referenceTo"] for f in fields.values() if f["type"] == "reference")


async def test_the_list_of_objects_says_what_each_describe_says(api: Caller):
    listed = (await api.send("GET", "/sobjects")).json()
    assert (listed["encoding"], listed["maxBatchSize"]) == ("UTF-8", 200)
    assert {head["name"] for head in listed["sobjects"]} == {d.name for d in OBJECTS}
    for head in listed["sobjects"]:
        answer = (await api.send("GET", f"/sobjects/{head['name']}/describe")).json()
        assert head == {name: answer[name] for name in head}
        for flag in ("createable", "updateable"):
            assert head[flag] == any(field[flag] for field in answer["fields"])
        assert len(head["keyPrefix"]) == 3
        assert head["urls"]["describe"] == f"/services/data/v67.0/sobjects/{head['name']}/describe"


async def test_relationships_are_described_under_their_irregular_names(api: Caller):
    answer = (await api.send("GET", "/sobjects/OrderSummary/describe")).json()
    children = {(c["childSObject"], c["field"]): c["relationshipName"] for c in answer["childRelationships"]}
    assert children["OrderItemSummaryChange", "OrderSummaryId"] == "OrderSummaries"
    assert children["OrderItemAdjustmentLineSummary", "OrderSummaryId"] == "OrderItemAdjustmentLineItemSummaries"
    assert all(set(c) >= {"cascadeDelete", "junctionIdListNames"} for c in answer["childRelationships"])


async def test_numbers_and_addresses_are_described_as_clients_read_them(api: Caller):
    order = await described(api, "Order")
    assert (order["TotalAmount"]["precision"], order["TotalAmount"]["scale"]) == (18, 2)
    assert (order["TotalAmount"]["soapType"], order["EffectiveDate"]["soapType"]) == ("xsd:double", "xsd:date")
    assert (order["BillingAddress"]["type"], order["BillingAddress"]["soapType"]) == ("address", "urn:address")
    assert order["BillingCity"]["compoundFieldName"] == "BillingAddress"
    assert (order["ActivatedDate"]["type"], order["OwnerId"]["label"]) == ("datetime", "Owner ID")
    assert (order["OrderNumber"]["autoNumber"], order["OrderNumber"]["idLookup"]) == (True, True)


async def test_a_description_that_is_known_already_is_not_sent_again(api: Caller):
    first = await api.send("GET", "/sobjects/Order/describe")
    url = str(first.request.url)
    again = await api.http.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await api.http.get(url, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.json()) == (200, first.json())
