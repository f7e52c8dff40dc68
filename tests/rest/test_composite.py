"""Many requests in one: references, one transaction, and an order placed as a whole."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from orderwright.store import save
from orderwright.store.database import Database
from orderwright.store.ids import shard_of
from tests.rest.calling import BASE, Caller, exact, row_counts
from tests.rest.placing import DELIVERY, LINES, NET, TAX, of, part, placement, records


async def products(api: Caller) -> list[str]:
    answer = await api.send(
        "POST", "/composite/sobjects", {"records": [of("Product2", Name=f"P{n}") for n in range(len(LINES))]}
    )
    return [result["id"] for result in answer.json()]


def answered(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return list(exact(answer)["compositeResponse"])


async def test_an_order_is_placed_in_one_request_and_its_totals_are_right(api: Caller):
    body = placement(await products(api), await api.create("Account", Name="Ada"))
    parts = answered(await api.send("POST", "/composite", body))
    assert [p["httpStatusCode"] for p in parts] == [201, 200, 200, 200, 200, 204], parts
    order_id = parts[0]["body"]["id"]
    assert parts[0]["httpHeaders"]["Location"].endswith(f"/sobjects/Order/{order_id}")
    order = await api.read("Order", order_id)
    discount = Decimal(len(LINES))
    assert order["TotalAmount"] == NET - discount + DELIVERY
    assert order["TotalTaxAmount"] == TAX - discount / 5
    assert order["GrandTotalAmount"] == order["TotalAmount"] + order["TotalTaxAmount"]
    assert order["TotalAdjustedProductAmount"] == NET - discount
    assert order["TotalAdjustedDeliveryAmount"] == DELIVERY
    assert order["TotalProductAdjDistAmount"] == -discount
    assert (order["Status"], order["StatusCode"]) == ("Activated", "Activated")
    assert order["ActivatedDate"] == "2026-03-01T10:00:00.123+0000"
    assert order["ActivatedById"] == order["CreatedById"]
    assert order["OrderNumber"].isdigit()


async def test_every_part_of_a_placed_order_carries_its_own_totals(api: Caller):
    body = placement(await products(api), await api.create("Account", Name="Ada"))
    parts = answered(await api.send("POST", "/composite", body))
    group_ids, item_ids, adjustment_ids = ([r["id"] for r in parts[index]["body"]] for index in (1, 2, 3))
    group = await api.read("OrderAdjustmentGroup", group_ids[1])
    assert (group["TotalAmount"], group["GrandTotalAmount"]) == (Decimal("-5.00"), Decimal("-6.00"))
    assert (await api.read("OrderDeliveryGroup", group_ids[0]))["TotalLineAmount"] == DELIVERY
    item = await api.read("OrderItem", item_ids[0])
    assert (item["TotalPrice"], item["TotalTaxAmount"]) == (Decimal("19.00"), Decimal("3.80"))
    assert (item["Type"], item["TypeCode"]) == ("Order Product", "Product")
    adjustment = await api.read("OrderItemAdjustmentLineItem", adjustment_ids[0])
    assert adjustment["OrderId"] == parts[0]["body"]["id"]
    assert (adjustment["TotalTaxAmount"], adjustment["CurrencyIsoCode"]) == (Decimal("-0.20"), "GBP")


async def test_an_order_is_written_with_one_statement_per_table(api: Caller, database: Database, monkeypatch):
    written: list[str] = []

    async def counted(session, shard, name, records):
        written.append(name)
        await original(session, shard, name, records)

    original = save._insert
    monkeypatch.setattr(save, "_insert", counted)
    body = placement(await products(api), await api.create("Account", Name="Ada"))
    written.clear()
    answered(await api.send("POST", "/composite", body))
    assert sorted(written) == sorted(
        ["Order", "OrderDeliveryGroup", "OrderAdjustmentGroup", "OrderItem", "OrderItemAdjustmentLineItem",
         "OrderItemTaxLineItem", "Event"]
    )  # fmt: skip


@pytest.mark.parametrize("broken", ["items", "taxes"])
async def test_one_wrong_part_undoes_all_of_an_atomic_composite(api: Caller, database: Database, broken: str):
    body = placement(await products(api), await api.create("Account", Name="Ada"))
    parts = {p["referenceId"]: p for p in body["compositeRequest"]}
    parts[broken]["body"]["records"][-1]["Quantity" if broken == "items" else "Amount"] = "1.234"
    before = await row_counts(database)
    found = {p["referenceId"]: p for p in answered(await api.send("POST", "/composite", body))}
    assert found[broken]["httpStatusCode"] == 400
    own = found[broken]["body"][-1]["errors"][0]["statusCode"]
    assert own == ("INVALID_INPUT" if broken == "items" else "NUMBER_OUTSIDE_VALID_RANGE") or own.startswith("NUMBER")
    others = [p for name, p in found.items() if name != broken]
    assert {p["body"][0]["errorCode"] for p in others} == {"PROCESSING_HALTED"}
    assert await row_counts(database) == before


async def test_totals_too_large_undo_all(api: Caller, database: Database):
    huge = [of("OrderItem", OrderId="@{order.id}", Quantity=1, TotalLineAmount="9e15") for _ in range(2)]
    head = {"EffectiveDate": "2026-03-01", "Status": "Draft"}
    body = {
        "allOrNone": True,
        "compositeRequest": [part("POST", "/sobjects/Order", "order", head), records("items", huge)],
    }
    before = await row_counts(database)
    parts = answered(await api.send("POST", "/composite", body))
    assert parts[1]["body"][0]["errorCode"] == "NUMBER_OUTSIDE_VALID_RANGE"
    assert await row_counts(database) == before


async def test_without_all_or_none_each_part_stands_alone_and_dependents_halt(api: Caller):
    body = {
        "compositeRequest": [
            part("POST", "/sobjects/Product2", "mug", {"Name": "Mug"}),
            part("POST", "/sobjects/Product2", "wrong", {"Nmae": "Mug"}),
            part("GET", "/sobjects/Product2/@{mug.id}?fields=Name", "read"),
            part("PATCH", "/sobjects/Product2/@{wrong.id}", "dependent", {"Name": "Cup"}),
            part("PATCH", "/sobjects/Product2/@{Mug.id}", "wrongcase", {"Name": "Cup"}),
            part("POST", "/sobjects/Product2", "copy", {"Name": "Like @{read.Name}"}),
            part("DELETE", "/sobjects/Product2/@{mug.id}", "gone"),
        ]
    }
    parts = answered(await api.send("POST", "/composite", body))
    assert [p["httpStatusCode"] for p in parts] == [201, 400, 200, 400, 400, 201, 204]
    assert parts[2]["body"]["Name"] == "Mug"
    assert {parts[3]["body"][0]["errorCode"], parts[4]["body"][0]["errorCode"]} == {"PROCESSING_HALTED"}
    assert (await api.read("Product2", parts[5]["body"]["id"]))["Name"] == "Like Mug"


async def test_an_atomic_composite_reads_what_it_wrote(api: Caller):
    line = {"OrderId": "@{order.id}", "Quantity": 2, "UnitPrice": "1.105"}
    body = {
        "allOrNone": True,
        "compositeRequest": [
            part("POST", "/sobjects/Order", "order", {"EffectiveDate": "2026-03-01", "Status": "Draft"}),
            part("POST", "/sobjects/OrderItem", "line", line),
            part("GET", "/sobjects/Order/@{order.id}", "half"),
            part("POST", "/sobjects/OrderItem", "second", line),
            part("PATCH", "/sobjects/OrderItem/@{line.id}", "dearer", {"UnitPrice": "10"}),
            part("PATCH", "/sobjects/Order/@{order.id}", "named", {"Name": "Late", "Status": "Activated"}),
        ],
    }
    parts = answered(await api.send("POST", "/composite", body))
    assert [p["httpStatusCode"] for p in parts] == [201, 201, 200, 201, 204, 204], parts
    assert parts[2]["body"]["TotalAmount"] == Decimal("2.21")
    order = await api.read("Order", parts[0]["body"]["id"])
    assert (order["TotalAmount"], order["Name"], order["Status"]) == (Decimal("22.21"), "Late", "Activated")
    assert order["CurrencyIsoCode"] == "USD"
    assert order["OrderNumber"] is not None
    assert order["OwnerId"] == order["CreatedById"]


async def test_several_orders_go_into_one_atomic_composite(api: Caller):
    first, second = await api.draft(), await api.draft()
    line = {"Quantity": 1, "TotalLineAmount": "2.00"}
    body = {
        "allOrNone": True,
        "compositeRequest": [
            part("POST", "/sobjects/OrderItem", "a", line | {"OrderId": first}),
            part("POST", "/sobjects/OrderItem", "b", line | {"OrderId": second}),
        ],
    }
    assert [p["httpStatusCode"] for p in answered(await api.send("POST", "/composite", body))] == [201, 201]
    assert (await api.read("Order", first))["TotalAmount"] == (await api.read("Order", second))["TotalAmount"] == 2


async def test_an_action_with_a_transaction_of_its_own_is_refused_in_an_atomic_composite(api: Caller):
    order = await api.draft()
    parts = [part("POST", "/commerce/order-management/order-summaries", "summary", {"orderId": order})]
    found = answered(await api.send("POST", "/composite", {"allOrNone": True, "compositeRequest": parts}))
    assert found[0]["body"][0]["errorCode"] == "INVALID_OPERATION"
    message = found[0]["body"][0]["message"]
    assert "order-summaries has a transaction of its own" in message
    assert "allOrNone false" in message


async def test_a_part_has_headers_of_its_own_and_what_has_not_changed_undoes_nothing(api: Caller):
    described = await api.send("GET", "/sobjects/Order/describe")
    known = {
        **part("GET", "/sobjects/Order/describe", "known"),
        "httpHeaders": {"If-None-Match": described.headers["ETag"]},
    }
    made = part("POST", "/sobjects/Product2", "made", {"Name": "Mug"})
    for all_or_none in (False, True):
        body = {
            "allOrNone": all_or_none,
            "compositeRequest": [known, made, part("GET", "/sobjects/Order/describe", "all")],
        }
        parts = answered(await api.send("POST", "/composite", body))
        assert [p["httpStatusCode"] for p in parts] == [304, 201, 200]
    batch = {"batchRequests": [{"method": "GET", "url": "v67.0/limits"}]}
    assert (await api.send("POST", "/composite/batch", batch)).json()["hasErrors"] is False


async def test_a_name_may_begin_with_a_digit_and_an_empty_value_is_taken_as_empty(api: Caller):
    made = await api.create("Account", Name="Ada")
    parts = [
        part("GET", f"/sobjects/Account/{made}", "1st"),
        part("POST", "/sobjects/Account", "copy", {"Name": "@{1st.Name} @{1st.Phone}.", "Phone": "@{1st.Phone}"}),
        part("GET", "/query?q=SELECT+Name+FROM+Account+WHERE+Id+=+'@{copy.id}'", "asked"),
        part("GET", "/sobjects/Account/@{asked.records[0].attributes.url}", "odd"),
    ]
    found = answered(await api.send("POST", "/composite", {"compositeRequest": parts}))
    assert [p["httpStatusCode"] for p in found][:3] == [200, 201, 200]
    assert found[2]["body"]["records"][0]["Name"] == "Ada ."
    body = {"compositeRequest": [{**each, "url": each["url"].replace("v67.0", "v51.0")} for each in parts[:2]]}
    older = await api.http.post(f"{BASE.replace('v67.0', 'v51.0')}/composite", json=body)
    assert [p["httpStatusCode"] for p in answered(older)] == [200, 400]


async def test_the_composite_resources_are_listed(api: Caller):
    found = (await api.send("GET", "/composite")).json()
    assert found == {name: f"{BASE}/composite/{name}" for name in ("tree", "batch", "sobjects", "graph")}


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "INVALID_INPUT"),
        ([part("GET", "/sobjects", f"r{n}") for n in range(26)], "INVALID_INPUT"),
        ([part("GET", "/sobjects", "same"), part("GET", "/sobjects", "same")], "INVALID_INPUT"),
        ([part("GET", f"/query?q=SELECT+Id+FROM+Order+LIMIT+{n}", f"r{n}") for n in range(6)], "INVALID_INPUT"),
        ([part("GET", "/sobjects", "a[1]")], "INVALID_INPUT"),
        ([{**part("GET", "/sobjects", "a"), "httpHeaders": {"Authorization": "Bearer x"}}], "INVALID_INPUT"),
        ([{"method": "GET", "url": BASE}], "REQUIRED_FIELD_MISSING"),
        ("none", "JSON_PARSER_ERROR"),
    ],
)
async def test_an_odd_composite_is_refused(api: Caller, parts: Any, code: str):
    answer = await api.send("POST", "/composite", {"compositeRequest": parts})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


async def test_collections_save_what_is_right_and_name_what_is_not(api: Caller):
    body = {"records": [of("Product2", Name="Mug"), of("Product2"), of("Prodcut2", Name="x"), {"Name": "y"}]}
    results = (await api.send("POST", "/composite/sobjects", body)).json()
    assert [r["success"] for r in results] == [True, False, False, False]
    codes = [r["errors"][0]["statusCode"] for r in results[1:]]
    assert codes == ["REQUIRED_FIELD_MISSING", "NOT_FOUND", "REQUIRED_FIELD_MISSING"]
    changes = [{"id": results[0]["id"], "Name": "Cup"}, {"id": results[0]["id"][:-3], "Name": "C" * 256}, {"Name": "z"}]
    changed = (await api.send("PATCH", "/composite/sobjects", {"records": changes})).json()
    assert [r["success"] for r in changed] == [True, False, False]
    assert (await api.read("Product2", results[0]["id"]))["Name"] == "Cup"


async def test_an_atomic_collection_saves_nothing_when_one_is_wrong(api: Caller, database: Database):
    before = await row_counts(database)
    body = {"allOrNone": True, "records": [of("Product2", Name="Mug"), of("Product2")]}
    results = (await api.send("POST", "/composite/sobjects", body)).json()
    assert [r["errors"][0]["statusCode"] for r in results] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "REQUIRED_FIELD_MISSING",
    ]
    assert await row_counts(database) == before


async def test_records_of_one_collection_share_a_shard(api: Caller):
    body = {"records": [of("Product2", Name=f"P{n}") for n in range(200)]}
    results = (await api.send("POST", "/composite/sobjects", body)).json()
    assert all(r["success"] for r in results)
    assert len({shard_of(r["id"][:15]) for r in results}) == 1
    assert (
        await api.send("POST", "/composite/sobjects", {"records": [of("Product2", Name="P")] * 201})
    ).status_code == 400


async def test_references_bring_no_more_than_a_request_may_hold(api: Caller):
    """A short body could ask for a long text any number of times."""
    text = await api.create("Product2", Name="Mug", Description="x" * 4000)
    parts = [
        {"method": "GET", "url": f"{BASE}/sobjects/Product2/{text}", "referenceId": "long"},
        {
            "method": "POST", "url": f"{BASE}/sobjects/Product2", "referenceId": "longer",
            "body": {"Name": "@{long.Description}" * 2000},
        },
        {"method": "GET", "url": f"{BASE}/sobjects/@{{long[{'9' * 5000}]}}", "referenceId": "odd"},
    ]  # fmt: skip
    first, second, third = answered(await api.send("POST", "/composite", {"compositeRequest": parts}))
    assert first["httpStatusCode"] == 200
    assert (second["httpStatusCode"], second["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")
    assert third["httpStatusCode"] in {400, 404}
