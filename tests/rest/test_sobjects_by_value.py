"""Records by a value that tells them apart: look-up, upsert, uniqueness; and the other ways to ask for records."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from orderwright.app import create_app
from orderwright.settings import Settings
from orderwright.store.transaction import Store
from tests.rest.calling import BASE, Caller
from tests.rest.placing import of

FIELDS = """
[Account.Loyalty_Number__c]
type = "Text"
length = 20
externalId = true
unique = true

[Account.Shop_Key__c]
type = "Number"
precision = 10
externalId = true

[Contact.Shop_Key__c]
type = "Text"
externalId = true
unique = true
caseSensitive = true
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


_NEW = itertools.count(int(time.time() * 1000) % 1_000_000_000)


@pytest.fixture
def key() -> str:
    """A value that no other record has."""
    return str(next(_NEW))


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


async def test_an_upsert_creates_then_changes(api: Caller, key: str):
    path = f"/sobjects/Account/Loyalty_Number__c/L-{key}"
    made = await api.send("PATCH", path, {"Name": "Ada"})
    assert (made.status_code, set(made.json())) == (201, {"id", "success", "errors", "created"})
    assert (made.json()["success"], made.json()["created"], made.json()["errors"]) == (True, True, [])
    account = made.json()["id"]
    changed = await api.send("PATCH", path.replace("L-", "l-"), {"Name": "Ada Ltd"})
    assert (changed.status_code, changed.json()) == (200, {**made.json(), "created": False})
    record = await api.send("GET", path + "?fields=Name,Loyalty_Number__c")
    assert record.json()["Name"] == "Ada Ltd"
    assert record.json()["Loyalty_Number__c"] == f"L-{key}"
    assert record.json()["attributes"]["url"].endswith(account)
    assert (await api.send("DELETE", path)).status_code == 204
    assert error(await api.send("GET", path)) == (404, "NOT_FOUND")
    again = await api.send("PATCH", path, {"Name": "Grace"})
    assert (again.status_code, again.json()["id"] == account) == (201, False)


async def test_an_upsert_that_may_only_change_creates_nothing(api: Caller, key: str):
    path = f"/sobjects/Account/Loyalty_Number__c/{key}"
    assert error(await api.send("PATCH", path + "?updateOnly=true", {"Name": "Ada"})) == (404, "NOT_FOUND")
    assert error(await api.send("GET", path)) == (404, "NOT_FOUND")


async def test_several_records_with_the_value_are_answered_with_their_addresses(api: Caller, key: str):
    ids = [await api.create("Account", Name=name, Shop_Key__c=key) for name in ("Ada", "Grace")]
    for method in ("GET", "PATCH", "DELETE"):
        body = {"Name": "x"} if method == "PATCH" else None
        answer = await api.send(method, f"/sobjects/Account/Shop_Key__c/{key}", body)
        assert (answer.status_code, answer.json()) == (300, [f"{BASE}/sobjects/Account/{i}" for i in ids])
    assert (await api.read("Account", ids[0]))["Name"] == "Ada"


async def test_a_unique_value_is_held_by_one_record(api: Caller, key: str):
    first = await api.create("Account", Name="Ada", Loyalty_Number__c=f"K{key}")
    taken = {"Name": "Grace", "Loyalty_Number__c": f"k{key}"}
    refused = await api.send("POST", "/sobjects/Account", taken)
    assert error(refused) == (400, "DUPLICATE_VALUE")
    assert (refused.json()[0]["fields"], first in refused.json()[0]["message"]) == (["Loyalty_Number__c"], True)
    other = await api.create("Account", Name="Grace")
    assert error(await api.send("PATCH", f"/sobjects/Account/{other}", taken)) == (400, "DUPLICATE_VALUE")
    assert (await api.send("PATCH", f"/sobjects/Account/{first}", {"Loyalty_Number__c": None})).status_code == 204
    assert (await api.send("PATCH", f"/sobjects/Account/{other}", taken)).status_code == 204
    assert (await api.read("Account", other))["Loyalty_Number__c"] == f"k{key}"


async def test_letter_case_counts_where_it_is_declared_so(api: Caller, key: str):
    for value in (f"a{key}", f"A{key}"):
        await api.create("Contact", LastName="Lovelace", Shop_Key__c=value)
    refused = await api.send("POST", "/sobjects/Contact", {"LastName": "x", "Shop_Key__c": f"a{key}"})
    assert error(refused) == (400, "DUPLICATE_VALUE")


async def test_a_value_is_taken_once_in_one_request_and_a_refused_record_leaves_it(api: Caller, key: str):
    twice = [of("Account", Name="Ada", Loyalty_Number__c=key), of("Account", Name="Grace", Loyalty_Number__c=key)]
    results = (await api.send("POST", "/composite/sobjects", {"records": twice})).json()
    assert [r["success"] for r in results] == [True, False]
    assert results[1]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"
    body = {"allOrNone": True, "records": [of("Account", Name="x", Loyalty_Number__c="N" + key), of("Account")]}
    assert not any(r["success"] for r in (await api.send("POST", "/composite/sobjects", body)).json())
    await api.create("Account", Name="x", Loyalty_Number__c="N" + key)


async def test_two_upserts_at_once_make_one_record(api: Caller, key: str):
    for path in (f"/sobjects/Account/Loyalty_Number__c/{key}", f"/sobjects/Account/Shop_Key__c/{key}"):
        answers = await asyncio.gather(*(api.send("PATCH", path, {"Name": f"n{n}"}) for n in range(3)))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 201], path
        assert len({answer.json()["id"] for answer in answers}) == 1


async def test_standard_fields_that_are_looked_up_work_too(api: Caller):
    order = await api.read("Order", await api.draft())
    answer = await api.send("GET", f"/sobjects/Order/OrderNumber/{order['OrderNumber']}")
    assert answer.json()["Id"] == order["Id"]
    path = f"/sobjects/Order/Id/{order['Id']}"
    changed = await api.send("PATCH", path, {"Name": "Late"})
    assert (changed.status_code, changed.json()["created"]) == (200, False)


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/sobjects/Account/Name/Ada", {"Name": "x"}, (404, "NOT_FOUND")),
        ("/sobjects/Account/Shop_Key__c/many", {"Name": "x"}, (400, "JSON_PARSER_ERROR")),
        ("/sobjects/Account/Loyalty_Number__c/1", {"Loyalty_Number__c": "2", "Name": "x"}, (400, "INVALID_FIELD")),
        ("/sobjects/Account/Loyalty_Number__c/" + "1" * 21, {"Name": "x"}, (400, "STRING_TOO_LONG")),
        ("/sobjects/Account/Loyalty_Number__c/none-of-it", {}, (400, "REQUIRED_FIELD_MISSING")),
    ],
)
async def test_an_odd_upsert_is_refused(api: Caller, path: str, body: Any, expected: tuple[int, str]):
    assert error(await api.send("PATCH", path, body)) == expected


async def test_collections_are_upserted_read_and_deleted(api: Caller, key: str):
    body = {"records": [of("Account", Name=f"n{n}", Loyalty_Number__c=f"{key}-{n}") for n in range(3)]}
    made = (await api.send("PATCH", "/composite/sobjects/Account/Loyalty_Number__c", body)).json()
    assert [(r["success"], r["created"], r["errors"]) for r in made] == [(True, True, [])] * 3
    body["records"][1] = of("Account", Name="x" * 256, Loyalty_Number__c=f"{key}-1")
    again = (await api.send("PATCH", "/composite/sobjects/account/loyalty_number__c", body)).json()
    assert [r["success"] for r in again] == [True, False, True]
    assert [r["created"] for r in again] == [False, False, False]
    assert set(again[1]) == {"success", "errors", "created"}
    ids = [r["id"] for r in made]
    read = await api.send("GET", f"/composite/sobjects/Account?ids={ids[2]},001000000000001,{ids[0]}&fields=Name")
    assert [record and record["Name"] for record in read.json()] == ["n2", None, "n0"]
    posted = await api.send("POST", "/composite/sobjects/Account", {"ids": ids, "fields": ["Id", "Name"]})
    assert [record["Id"] for record in posted.json()] == ids
    gone = await api.send("DELETE", f"/composite/sobjects?ids={ids[0]},{ids[1]},nonsense")
    assert [r["success"] for r in gone.json()] == [True, True, False]
    undone = await api.send("DELETE", f"/composite/sobjects?ids={ids[2]},{ids[0]}&allOrNone=true")
    codes = [r["errors"][0]["statusCode"] for r in undone.json()]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "ENTITY_IS_DELETED"]
    assert (await api.read("Account", ids[2]))["Name"] == "n2"


async def test_a_method_can_be_named_in_the_query(api: Caller):
    product = await api.create("Product2", Name="Mug")
    changed = await api.send("POST", f"/sobjects/Product2/{product}?_HttpMethod=PATCH", {"Name": "Cup"})
    assert (changed.status_code, changed.content) == (204, b"")
    assert (await api.read("Product2", product))["Name"] == "Cup"
    gone = await api.http.post(f"{BASE}/sobjects/Product2/{product}?_HttpMethod=DELETE")
    assert gone.status_code == 204
    assert error(await api.send("GET", f"/sobjects/Product2/{product}")) == (404, "ENTITY_IS_DELETED")


async def test_what_i_made_last_is_listed_first(api: Caller):
    names = [f"recent {next(_NEW)}" for _ in range(3)]
    ids = [await api.create("Product2", Name=name) for name in names]
    listed = (await api.send("GET", "/recent?limit=2")).json()
    assert [(item["Id"], item["Name"]) for item in listed] == [(ids[2], names[2]), (ids[1], names[1])]
    assert listed[0]["attributes"] == {"type": "Product2", "url": f"{BASE}/sobjects/Product2/{ids[2]}"}
    brief = (await api.send("GET", "/sobjects/Product2")).json()
    assert [item["Id"] for item in brief["recentItems"]] == ids[::-1]
    assert error(await api.send("GET", "/recent?limit=0")) == (400, "INVALID_INPUT")


async def test_limits_are_those_of_the_database_and_move_with_use(api: Caller, store: Store):
    before = (await api.send("GET", "/limits")).json()
    assert all(set(limit) == {"Max", "Remaining"} for limit in before.values())
    async with store.database.side.acquire() as one, store.database.side.acquire() as two:
        await one.fetchval("SELECT 1")
        most = int(await two.fetchval("SHOW max_connections"))
        during = (await api.send("GET", "/limits")).json()
    name = "ConcurrentDatabaseConnections"
    assert before[name]["Max"] == during[name]["Max"] == most
    assert during[name]["Remaining"] <= before[name]["Remaining"] < most


async def test_a_shipment_counts_its_units_and_its_items_travel_with_it(api: Caller):
    shipment = await api.create("Shipment", ShipToName="Ada", TrackingNumber="T-1")
    first = await api.create("ShipmentItem", ShipmentId=shipment, Quantity=2)
    second = await api.create("ShipmentItem", ShipmentId=shipment, Quantity=3)
    assert (await api.read("Shipment", shipment))["TotalItemsQuantity"] == Decimal(5)
    assert (await api.read("ShipmentItem", first))["TrackingNumber"] == "T-1"
    await api.send("PATCH", f"/sobjects/ShipmentItem/{first}", {"Quantity": 4})
    await api.send("PATCH", f"/sobjects/Shipment/{shipment}", {"TrackingNumber": "T-2"})
    assert (await api.read("ShipmentItem", second))["TrackingNumber"] == "T-2"
    assert (await api.send("DELETE", f"/sobjects/ShipmentItem/{second}")).status_code == 204
    assert (await api.read("Shipment", shipment))["TotalItemsQuantity"] == Decimal(4)
    refused = await api.send("POST", "/sobjects/ShipmentItem", {"ShipmentId": shipment, "Quantity": 0})
    assert error(refused) == (400, "INVALID_INPUT")


async def test_a_record_is_made_under_id_without_one(api: Caller):
    """Clients that upsert by Id make new records at the same address (documented)."""
    made = await api.send("POST", "/sobjects/Account/Id", {"Name": "Ada"})
    assert made.status_code == 201, made.text
    assert (await api.read("Account", made.json()["id"]))["Name"] == "Ada"
    changed = await api.send("PATCH", f"/sobjects/Account/Id/{made.json()['id']}", {"Name": "Ben"})
    assert (changed.status_code, changed.json()["created"]) == (200, False)
