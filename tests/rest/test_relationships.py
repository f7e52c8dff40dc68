"""GET /sobjects/X/id/Relationship: child records as a list, a parent as the record itself."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from orderwright.objects.custom_fields import STANDARD_SCHEMA
from orderwright.objects.definition import Definition
from orderwright.objects.identity import to_15
from orderwright.objects.registry import BY_NAME
from orderwright.rest.sobjects.related import ALIASES, child_of
from orderwright.store import related
from tests.rest.calling import Caller, exact
from tests.rest.changing import Placed, place


@pytest.fixture
async def placed(api: Caller) -> Placed:
    return await place(api)


async def follow(api: Caller, object_: str, record: str, relationship: str, query: str = "") -> httpx.Response:
    return await api.send("GET", f"/sobjects/{object_}/{record}/{relationship}{query}")


async def found(api: Caller, object_: str, record: str, relationship: str, query: str = "") -> Any:
    answer = await follow(api, object_, record, relationship, query)
    assert answer.status_code == 200, answer.text
    return exact(answer)


def error(answer: httpx.Response) -> Any:
    (only,) = answer.json()
    assert set(only) == {"message", "errorCode", "fields"}
    return answer.status_code, only["errorCode"], only["message"]


async def test_children_come_as_a_list_in_order_of_creation(placed: Placed):
    list_ = await found(placed.api, "OrderSummary", placed.summary, "OrderItemSummaries")
    assert (list_["totalSize"], list_["done"]) == (3, True)
    assert [record["Id"] for record in list_["records"]] == list(placed.items.values())
    assert [record["attributes"]["type"] for record in list_["records"]] == ["OrderItemSummary"] * 3


async def test_a_child_reads_as_it_does_by_itself(placed: Placed):
    list_ = await found(placed.api, "OrderSummary", placed.summary, "OrderItemSummaries")
    assert list_["records"][0] == await placed.item("mug")


async def test_a_parent_comes_as_the_record_itself(placed: Placed):
    mug = placed.items["mug"]
    assert await found(placed.api, "OrderItemSummary", mug, "OrderSummary") == await placed.read()
    assert (await found(placed.api, "OrderItemSummary", mug, "Product2"))["Id"] == placed.fee_product


async def test_children_of_another_record_are_not_listed(placed: Placed):
    other = await place(placed.api)
    mine = await found(placed.api, "OrderSummary", placed.summary, "OrderItemSummaries")
    theirs = await found(placed.api, "OrderSummary", other.summary, "OrderItemSummaries")
    assert not {record["Id"] for record in mine["records"]} & {record["Id"] for record in theirs["records"]}


async def test_what_changes_make_is_found_from_the_summary_and_from_the_item(placed: Placed):
    done = await placed.done("submit-cancel", placed.of("mug", delivery=True))
    original = (await placed.read())["OriginalOrderId"]
    orders = await found(placed.api, "Order", original, "RelatedOrders")
    assert [order["Id"] for order in orders["records"]] == [done["changeOrderId"]]
    # the names of the manual: children of OrderItemSummaryChange are called after their parent
    assert (await found(placed.api, "OrderSummary", placed.summary, "OrderSummaries"))["totalSize"] == 2
    assert (await found(placed.api, "OrderItemSummary", placed.items["mug"], "OrderItemSummaries"))["totalSize"] == 1
    taxes = await found(placed.api, "OrderItemSummary", placed.items["mug"], "OrderItemTaxLineItemSummaries")
    assert [tax["Amount"] for tax in taxes["records"]] == [Decimal("6.00"), Decimal("-0.60")]


async def test_an_empty_list_is_a_list(placed: Placed):
    list_ = await found(placed.api, "OrderSummary", placed.summary, "OrderPaymentSummaries")
    assert list_ == {"totalSize": 0, "done": True, "records": []}


async def test_only_the_fields_asked_for(placed: Placed):
    list_ = await found(placed.api, "OrderSummary", placed.summary, "OrderItemSummaries", "?fields=Quantity,Status")
    assert {frozenset(record) for record in list_["records"]} == {frozenset({"attributes", "Quantity", "Status"})}
    parent = await found(placed.api, "OrderItemSummary", placed.items["mug"], "OrderSummary", "?fields=TotalAmount")
    assert set(parent) == {"attributes", "TotalAmount"}
    answer = await follow(placed.api, "OrderSummary", placed.summary, "OrderItemSummaries", "?fields=Quantitty")
    status, code, message = error(answer)
    assert (status, code) == (400, "INVALID_FIELD")
    assert "Quantitty" in message


@pytest.mark.parametrize("relationship", ["orderitemsummaries", "ORDERITEMSUMMARIES"])
async def test_letters_may_be_large_or_small(placed: Placed, relationship: str):
    assert (await found(placed.api, "ordersummary", placed.summary, relationship))["totalSize"] == 3


async def test_an_id_of_15_characters_and_a_slash_at_the_end(placed: Placed):
    list_ = await found(placed.api, "OrderSummary", str(to_15(placed.summary)), "OrderItemSummaries/")
    assert list_["totalSize"] == 3


async def test_the_name_that_clients_use_for_adjustments(placed: Placed):
    (alias,) = ALIASES
    by_alias = await found(placed.api, "OrderItemSummary", placed.items["mug"], alias)
    by_name = await found(placed.api, "OrderItemSummary", placed.items["mug"], ALIASES[alias])
    assert by_alias == by_name
    assert [record["Name"] for record in by_name["records"]] == ["Spring"]


async def test_an_unknown_relationship_is_told_what_there_is(placed: Placed):
    status, code, message = error(await follow(placed.api, "OrderSummary", placed.summary, "Items"))
    assert (status, code) == (404, "NOT_FOUND")
    assert "'Items'" in message
    assert "OrderItemSummaries" in message
    assert "Account" in message


async def test_a_relationship_of_another_object_is_none_of_this_one(placed: Placed):
    answer = await follow(placed.api, "OrderSummary", placed.summary, "OrderItemTaxLineItems")
    assert error(answer)[:2] == (404, "NOT_FOUND")


async def test_a_parent_that_is_not_there(placed: Placed):
    status, code, message = error(await follow(placed.api, "OrderSummary", placed.summary, "Account"))
    assert (status, code) == (404, "NOT_FOUND")
    assert "AccountId" in message
    assert "empty" in message


async def test_the_wrong_record(placed: Placed):
    wrong = await follow(placed.api, "OrderSummary", placed.items["mug"], "OrderItemSummaries")
    assert error(wrong)[1] == "MALFORMED_ID"
    missing = await follow(placed.api, "OrderSummary", "1Os000000000001", "OrderItemSummaries")
    assert error(missing)[:2] == (404, "NOT_FOUND")
    unknown = await follow(placed.api, "OrderSumary", placed.summary, "OrderItemSummaries")
    assert error(unknown)[:2] == (404, "NOT_FOUND")


async def test_a_long_list_says_that_it_is_not_all(api: Caller, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(related, "MOST_RECORDS", 2)
    monkeypatch.setattr("orderwright.rest.sobjects.related.MOST_RECORDS", 2)
    order = await api.draft()
    lines = [await api.create("OrderItem", OrderId=order, Quantity=1, TotalLineAmount=1) for _ in range(3)]
    list_ = await found(api, "Order", order, "OrderItems")
    assert (list_["totalSize"], list_["done"]) == (3, False)
    assert [record["Id"] for record in list_["records"]] == lines[:2]


@pytest.mark.parametrize("definition", BY_NAME.values(), ids=BY_NAME)
def test_no_internal_record_can_be_reached(definition: Definition):
    names = {f.children.lower() for child in BY_NAME.values() for f in child.stored.values() if f.children}
    reached = [child for name in names if (child := child_of(STANDARD_SCHEMA, definition, name)) is not None]
    assert not [child.name for child, field in reached if child.about.internal or field.internal]
