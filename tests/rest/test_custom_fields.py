"""Custom fields over HTTP: described, written, refused, read, related, and copied from an order to its summary."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from orderwright.app import create_app
from orderwright.settings import Settings, SettingsError
from orderwright.store.transaction import Store
from tests.rest.calling import Caller
from tests.rest.changing import post
from tests.rest.placing import of, part, records

FIELDS = """
[Order.Gift_Wrap__c]
type = "Checkbox"

[Order.Tip__c]
type = "Currency"
precision = 8
scale = 2

[Order.Channel_Key__c]
type = "Text"
length = 12
unique = true

[OrderSummary.Channel_Key__c]
type = "Text"
length = 12
unique = true

[OrderSummary.Gift_Wrap__c]
type = "Checkbox"

[OrderSummary.Tip__c]
type = "Currency"
precision = 8
scale = 2

[OrderItem.Engraving__c]
type = "Text"

[OrderItemSummary.Engraving__c]
type = "Text"

[Product2.Points__c]
type = "Number"
precision = 10
scale = 2

[Product2.Colours__c]
type = "MultiselectPicklist"
values = ["Red", "Green", "Blue"]
restricted = true

[Product2.Kind__c]
type = "Picklist"
values = ["Mug", "Towel"]
restricted = true
defaultValue = "Mug"
label = "Kind of product"
inlineHelpText = "What it is"

[Product2.Launch__c]
type = "Date"

[Product2.Seen__c]
type = "DateTime"

[Product2.Page__c]
type = "Url"
required = true
defaultValue = "https://example.com"

[Product2.Maker__c]
type = "Lookup"
referenceTo = "Account"
relationshipName = "Made"
"""


@pytest.fixture
async def http(store: Store, tmp_path: Any) -> AsyncIterator[httpx.AsyncClient]:
    file = tmp_path / "fields.toml"
    file.write_text(FIELDS)
    app = create_app(store, Settings(custom_fields=file))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as client,
    ):
        yield client


async def test_they_are_described_like_standard_ones(api: Caller):
    answer = (await api.send("GET", "/sobjects/Product2/describe")).json()
    fields = {field["name"]: field for field in answer["fields"]}
    points, kind, maker = fields["Points__c"], fields["Kind__c"], fields["Maker__c"]
    assert (points["type"], points["precision"], points["scale"], points["custom"]) == ("double", 10, 2, True)
    assert (kind["label"], kind["inlineHelpText"], kind["restrictedPicklist"]) == (
        "Kind of product", "What it is", True,
    )  # fmt: skip
    assert [(v["value"], v["defaultValue"]) for v in kind["picklistValues"]] == [("Mug", True), ("Towel", False)]
    assert (maker["referenceTo"], maker["relationshipName"]) == (["Account"], "Maker__r")
    assert (fields["Page__c"]["nillable"], fields["Page__c"]["defaultedOnCreate"]) == (False, True)
    assert all(fields[name]["createable"] and fields[name]["updateable"] for name in fields if name.endswith("__c"))
    account = (await api.send("GET", "/sobjects/Account/describe")).json()
    assert "Made__r" in [child["relationshipName"] for child in account["childRelationships"]]
    order = {f["name"]: f for f in (await api.send("GET", "/sobjects/Order/describe")).json()["fields"]}
    assert (order["Gift_Wrap__c"]["type"], order["Gift_Wrap__c"]["defaultValue"]) == ("boolean", False)
    assert (order["Channel_Key__c"]["unique"], order["Channel_Key__c"]["idLookup"]) == (True, True)


async def test_values_are_read_as_they_were_written(api: Caller):
    maker = await api.create("Account", Name="Ada Ltd")
    sent = {
        "Points__c": Decimal("12345678.90"), "Colours__c": "Blue;Red", "Kind__c": "Towel", "Launch__c": "2026-03-01",
        "Seen__c": "2026-03-01T10:00:00.120+0100", "page__C": "https://orderwright.test", "Maker__c": maker,
    }  # fmt: skip
    product = await api.create("Product2", Name="Mug", **sent)
    record = await api.read("Product2", product)
    assert record["Points__c"] == Decimal("12345678.90")
    assert str(record["Points__c"]) == "12345678.90"
    assert (record["Colours__c"], record["Kind__c"], record["Launch__c"]) == ("Blue;Red", "Towel", "2026-03-01")
    assert (record["Seen__c"], record["Maker__c"]) == ("2026-03-01T09:00:00.120+0000", maker)
    assert record["Page__c"] == "https://orderwright.test"
    change = await api.send("PATCH", f"/sobjects/Product2/{product}", {"Points__c": None, "Colours__c": "Green"})
    assert change.status_code == 204
    again = await api.send("GET", f"/sobjects/Product2/{product}?fields=Points__c,colours__c,Kind__c")
    assert again.json()["Points__c"] is None
    assert (again.json()["Colours__c"], again.json()["Kind__c"]) == ("Green", "Towel")


async def test_a_new_record_has_the_defaults(api: Caller):
    record = await api.read("Product2", await api.create("Product2", Name="Mug"))
    assert (record["Kind__c"], record["Page__c"], record["Points__c"]) == ("Mug", "https://example.com", None)
    assert (await api.read("Order", await api.draft()))["Gift_Wrap__c"] is False


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("Points__c", "1.005", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Points__c", 100000000, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Points__c", "many", "JSON_PARSER_ERROR"),
        ("Colours__c", "Red;Pink", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Kind__c", "Cup", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Launch__c", "1 March", "JSON_PARSER_ERROR"),
        ("Page__c", None, "REQUIRED_FIELD_MISSING"),
        ("Page__c", "x" * 256, "STRING_TOO_LONG"),
        ("Maker__c", "001000000000001", "INVALID_CROSS_REFERENCE_KEY"),
        ("Maker__c", "801000000000001", "INVALID_CROSS_REFERENCE_KEY"),
        ("Pionts__c", 1, "INVALID_FIELD"),
        ("Gift_Wrap__c", True, "INVALID_FIELD"),
    ],
)
async def test_what_does_not_fit_is_refused(api: Caller, field: str, value: Any, code: str):
    product = await api.create("Product2", Name="Mug")
    answer = await api.send("PATCH", f"/sobjects/Product2/{product}", {field: value})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code), answer.text
    assert answer.json()[0]["fields"] == [field]


async def test_relationships_lead_both_ways_and_keep_what_they_lead_to(api: Caller):
    maker = await api.create("Account", Name="Ada Ltd")
    product = await api.create("Product2", Name="Mug", Maker__c=maker)
    parent = await api.send("GET", f"/sobjects/Product2/{product}/Maker__r")
    assert parent.json()["Name"] == "Ada Ltd"
    children = (await api.send("GET", f"/sobjects/Account/{maker}/made__r")).json()
    assert [record["Id"] for record in children["records"]] == [product]
    refused = await api.send("DELETE", f"/sobjects/Account/{maker}")
    assert refused.json()[0]["errorCode"] == "DELETE_FAILED"


async def test_an_order_hands_them_on_to_its_summary_and_keeps_them_open(api: Caller, store: Store):
    key = f"K{int.from_bytes(store.database.holder.bytes[:4])}"
    head = {"EffectiveDate": "2026-03-01", "Status": "Draft", "CurrencyIsoCode": "GBP", "Gift_Wrap__c": True,
            "Tip__c": "1.50", "Channel_Key__c": key}  # fmt: skip
    link = {"OrderId": "@{order.id}", "OrderDeliveryGroupId": "@{groups[0].id}"}
    body = {"allOrNone": True, "compositeRequest": [
        part("POST", "/sobjects/Order", "order", head),
        records("groups", [of("OrderDeliveryGroup", OrderId="@{order.id}", DeliverToName="Ada")]),
        records("items", [of("OrderItem", Quantity=1, TotalLineAmount=10, Engraving__c="A.L.", **link)]),
        part("PATCH", "/sobjects/Order/@{order.id}", "activation", {"Status": "Activated"}),
    ]}  # fmt: skip
    parts = (await api.send("POST", "/composite", body)).json()["compositeResponse"]
    order = parts[0]["body"]["id"]
    made = await post(api, "/commerce/order-management/order-summaries", {"orderId": order})
    summary = made.json()["orderSummaryId"]
    record = await api.read("OrderSummary", summary)
    assert (record["Gift_Wrap__c"], record["Tip__c"]) == (True, Decimal("1.50"))
    (item,) = (await api.send("GET", f"/sobjects/OrderSummary/{summary}/OrderItemSummaries")).json()["records"]
    assert item["Engraving__c"] == "A.L."
    found = await api.send("GET", f"/sobjects/OrderSummary/Channel_Key__c/{key}?fields=Id")
    assert found.json()["Id"] == summary
    for object_, record_id in (("Order", order), ("OrderSummary", summary)):
        changed = await api.send("PATCH", f"/sobjects/{object_}/{record_id}", {"Tip__c": 2})
        assert changed.status_code == 204, changed.text
        assert (await api.read(object_, record_id))["Tip__c"] == 2


def test_a_file_that_cannot_work_is_refused_when_a_command_starts(tmp_path: Any):
    file = tmp_path / "fields.toml"
    file.write_text('[Order.Gift__c]\ntype = "Checkbocks"\n')
    with pytest.raises(SettingsError, match=r"Order\.Gift__c: its type must be one of"):
        Settings().changed(custom_fields=file)
