"""Direct writes on the records that actions keep: statuses move units, descriptive fields change, the version rises."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.store.database import Database
from tests.rest.calling import Caller

MANAGEMENT = "/commerce/order-management/order-summaries"


async def posted(api: Caller, path: str, body: Any) -> Any:
    answer = await api.send("POST", path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def allocated(api: Caller, database: Database) -> dict[str, str]:
    """An order of two mugs, summarised, both allocated to one fulfillment order."""
    order = await api.draft()
    group = await api.create("OrderDeliveryGroup", OrderId=order)
    product, location = (
        await api.create("Product2", Name="Mug"),
        await api.create("Location", Name="W", LocationType="Warehouse"),
    )
    line = {"OrderId": order, "OrderDeliveryGroupId": group, "Product2Id": product}
    await api.create("OrderItem", **line, Quantity=2, TotalLineAmount=20)
    await api.send("PATCH", f"/sobjects/Order/{order}", {"Status": "Activated"})
    summary = (await posted(api, MANAGEMENT, {"orderId": order}))["orderSummaryId"]
    rows = await database.main.fetchrow(
        "SELECT i.id AS item, g.id AS group FROM order_item_summary i, order_delivery_group_summary g "
        "WHERE i.order_summary_id = $1 AND g.order_summary_id = $1", summary[:15],
    )  # fmt: skip
    assert rows is not None
    fulfillment = {
        "orderSummaryId": summary,
        "orderDeliveryGroupSummaryId": rows["group"],
        "fulfillmentGroups": [
            {
                "fulfilledFromLocationId": location,
                "fulfillmentType": "Warehouse",
                "orderItemSummaries": [{"orderItemSummaryId": rows["item"], "quantity": 2}],
            }
        ],
    }
    made = await posted(api, "/commerce/fulfillment/fulfillment-orders", fulfillment)
    return {"summary": summary, "item": rows["item"], "fulfillment": made["fulfillmentOrderIds"][0]}


async def version(database: Database, summary: str) -> int:
    return int(await database.main.fetchval("SELECT version FROM order_summary WHERE id = $1", summary[:15]))


async def test_a_fulfillment_order_is_fulfilled_by_its_status(api: Caller, database: Database, allocated):
    path = f"/sobjects/FulfillmentOrder/{allocated['fulfillment']}"
    before = await version(database, allocated["summary"])
    answer = await api.send("PATCH", path, {"Status": "Fulfilled", "FulfilledToName": "Ada"})
    assert answer.status_code == 204, answer.text
    record = await api.read("FulfillmentOrder", allocated["fulfillment"])
    assert (record["Status"], record["StatusCategory"], record["FulfilledToName"]) == ("Fulfilled", "CLOSED", "Ada")
    item = await api.read("OrderItemSummary", allocated["item"])
    assert (item["QuantityFulfilled"], item["Status"]) == (Decimal(2), "FULFILLED")
    assert await version(database, allocated["summary"]) == before + 1
    refused = await api.send("PATCH", path, {"Status": "Cancelled"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALID_STATUS")


async def test_every_write_raises_the_version_once(api: Caller, database: Database, allocated):
    summary = allocated["summary"]
    for path, body in (
        (f"/sobjects/OrderSummary/{summary}", {"Description": "Gift"}),
        (f"/sobjects/OrderItemSummary/{allocated['item']}", {"Description": "Blue"}),
        (f"/sobjects/FulfillmentOrder/{allocated['fulfillment']}", {"Status": "Pick Complete"}),
        (f"/sobjects/FulfillmentOrder/{allocated['fulfillment']}", {"FulfilledToCity": "York"}),
    ):
        before = await version(database, summary)
        answer = await api.send("PATCH", path, body)
        assert answer.status_code == 204, answer.text
        assert await version(database, summary) == before + 1
    before = await version(database, summary)
    await api.send("PATCH", f"/sobjects/OrderSummary/{summary}", {"Description": "Gift"})
    assert await version(database, summary) == before


@pytest.mark.parametrize(
    ("object_", "key", "body"),
    [
        ("OrderSummary", "summary", {"TotalAmount": 1}),
        ("OrderSummary", "summary", {"CurrencyIsoCode": "USD"}),
        ("OrderItemSummary", "item", {"QuantityShipped": 1}),
        ("OrderItemSummary", "item", {"QuantityOrdered": 3}),
        ("FulfillmentOrder", "fulfillment", {"OrderSummaryId": None}),
    ],
)
async def test_what_actions_keep_is_refused(api: Caller, database: Database, allocated, object_, key, body):
    before = await version(database, allocated["summary"])
    answer = await api.send("PATCH", f"/sobjects/{object_}/{allocated[key]}", body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert await version(database, allocated["summary"]) == before
