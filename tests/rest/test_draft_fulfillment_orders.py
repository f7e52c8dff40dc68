"""Fulfillment orders made as records: a draft with lines holds nothing, and takes its units when it is activated.

Source: semantics.md#6.8 (documented).
"""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from orderwright.store.database import Database
from orderwright.store.verify import verify_all
from tests.rest.calling import BASE, Caller
from tests.rest.changing import FULFILLMENT, SUMMARIES, Placed, parts, place, post


@pytest.fixture(scope="module")
def database_url(module_database_url: str) -> str:
    """A database of its own, since it is verified whole."""
    return module_database_url


ORDER = "FulfillmentOrder"
LINE = "FulfillmentOrderLineItem"


@pytest.fixture
async def placed(api: Caller) -> Placed:
    return await place(api)


async def drafted(placed: Placed, **units: int) -> str:
    """A draft with these lines."""
    order = await placed.api.create(
        ORDER, OrderSummaryId=placed.summary, Status="Draft", Type="Warehouse", FulfilledFromLocationId=placed.location
    )
    for name, count in units.items():
        await placed.api.create(LINE, **line(placed, order, name, count))
    return order


def line(placed: Placed, order: str, name: str, count: Any, **more: Any) -> dict[str, Any]:
    type_ = "Delivery Charge" if name == "delivery" else "Order Product"
    return {
        "FulfillmentOrderId": order, "OrderItemSummaryId": placed.items[name], "Type": type_, "Quantity": count,
        "OriginalQuantity": count,
    } | more  # fmt: skip


async def move(placed: Placed, order: str, status: str) -> httpx.Response:
    return await placed.api.send("PATCH", f"/sobjects/{ORDER}/{order}", {"Status": status})


async def allocated(placed: Placed) -> list[Decimal]:
    return [(await placed.item(name))["QuantityAllocated"] for name in ("mug", "towel", "delivery")]


async def refused(placed: Placed, object_: str, body: dict[str, Any], code: str) -> str:
    answer = await placed.api.send("POST", f"/sobjects/{object_}", body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code), answer.text
    return str(answer.json()[0]["message"])


SAME = ("GrandTotalAmount", "TotalProductAmount", "TotalAdjustmentAmount", "TotalTaxAmount", "TotalDeliveryAmount",
        "ItemCount", "CurrencyIsoCode", "TaxLocaleType", "OrderId", "TypeCategory", "StatusCategory")  # fmt: skip


async def test_activated_it_equals_one_made_by_the_action(placed: Placed, database: Database):
    """In parts, so that the last unit takes what rounding left: the same as when the action makes both."""
    other, draft = await place(placed.api), ""
    for mugs in (3, 1):
        draft = await drafted(placed, mug=mugs, towel=1)
        assert await allocated(placed) == [{3: 0, 1: 3}[mugs], {3: 0, 1: 1}[mugs], 0]
        assert (await move(placed, draft, "Allocated")).status_code == 204
        direct = await other.allocated(mug=mugs, towel=1)
        made, same = await placed.api.read(ORDER, draft), await placed.api.read(ORDER, direct)
        differ = {name for name in SAME if made[name] != same[name]}
        assert differ == {"OrderId"}
        assert made["ActivatedDate"] is not None
    assert await allocated(placed) == [4, 2, 0]
    await post(placed.api, f"{FULFILLMENT}/{draft}/actions/create-invoice", {})
    assert (await move(placed, draft, "Fulfilled")).status_code == 204
    async with database.main.acquire() as session:
        assert [found for found in await verify_all(session) if not found.warning] == []


async def test_one_composite_makes_fills_and_activates_it(placed: Placed):
    def part(method: str, path: str, name: str, body: Any) -> dict[str, Any]:
        return {"method": method, "url": BASE + path, "referenceId": name, "body": body}

    order = {"OrderSummaryId": placed.summary, "Status": "Draft", "FulfilledFromLocationId": placed.location}
    body = [
        part("POST", f"/sobjects/{ORDER}", "order", order),
        part("POST", f"/sobjects/{LINE}", "mugs", line(placed, "@{order.id}", "mug", 2)),
        part("POST", f"/sobjects/{LINE}", "way", line(placed, "@{order.id}", "delivery", 1)),
        part("PATCH", f"/sobjects/{ORDER}/@{{order.id}}", "go", {"Status": "Allocated"}),
    ]
    answer = await placed.api.send("POST", "/composite", {"allOrNone": True, "compositeRequest": body})
    assert [p["httpStatusCode"] for p in answer.json()["compositeResponse"]] == [201, 201, 201, 204], answer.text
    assert await allocated(placed) == [2, 0, 1]


@pytest.mark.parametrize("status", ["Cancelled", "Rejected"])
async def test_a_draft_that_is_given_up_gives_nothing_back(placed: Placed, status: str, database: Database):
    await placed.allocated(mug=1)
    draft = await drafted(placed, mug=2)
    assert (await move(placed, draft, status)).status_code == 204
    assert await allocated(placed) == [1, 0, 0]


async def test_a_draft_tells_of_its_statuses(placed: Placed):
    draft = await drafted(placed, mug=1)
    await move(placed, draft, "Allocated")
    answer = await placed.api.send("GET", f"{SUMMARIES}/{placed.summary}/events")
    told = [e["fields"] for e in answer.json()["events"] if e["event"] == "FOStatusChangedEvent"]
    assert [(one["FulfillmentOrderId"], one["OldStatus"], one["NewStatus"]) for one in told] == [
        (draft, None, "Draft"), (draft, "Draft", "Allocated"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Status": "Allocated"}, "INVALID_STATUS"),
        ({"Status": "Lost"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"OrderSummaryId": None}, "REQUIRED_FIELD_MISSING"),
        ({"CurrencyIsoCode": "USD"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"IsReship": True}, "INVALID_OPERATION"),
        ({"Type": "Rocket"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ],
)
async def test_orders_that_cannot_be_made_as_records(placed: Placed, fields: dict[str, Any], code: str):
    await refused(placed, ORDER, {"OrderSummaryId": placed.summary, "Status": "Draft"} | fields, code)
    assert await placed.related("FulfillmentOrders") == []


@pytest.mark.parametrize(
    ("name", "count", "more", "code"),
    [
        ("mug", 5, {}, "INVALID_INPUT"),
        ("mug", 0, {}, "INVALID_INPUT"),
        ("mug", 2, {"OriginalQuantity": 3}, "INVALID_INPUT"),
        ("mug", 2, {"Type": "Delivery Charge"}, "INVALID_INPUT"),
        ("mug", 2, {"TotalLineAmount": 21}, "INVALID_INPUT"),
        ("towel", 1, {}, "INVALID_INPUT"),
        ("mug", 2, {"OrderItemSummaryId": None}, "REQUIRED_FIELD_MISSING"),
    ],
    ids=["too many", "none", "shortened", "other type", "other amount", "listed twice", "of nothing"],
)
async def test_lines_that_a_draft_cannot_have(placed: Placed, name: str, count: int, more: dict[str, Any], code: str):
    draft = await drafted(placed, towel=1)
    await refused(placed, LINE, line(placed, draft, name, count, **more), code)


async def test_a_line_of_another_order_is_refused(placed: Placed):
    draft, other = await drafted(placed), await place(placed.api)
    await refused(placed, LINE, line(other, draft, "mug", 1), "INVALID_CROSS_REFERENCE_KEY")


async def test_an_order_that_holds_its_units_takes_no_more_lines(placed: Placed):
    order = await placed.allocated(mug=1)
    message = await refused(placed, LINE, line(placed, order, "towel", 1), "INVALID_STATUS")
    assert "while it is a draft" in message


async def test_what_a_draft_cannot_become(placed: Placed):
    empty, early, late = await drafted(placed), await drafted(placed, mug=1), await drafted(placed, mug=4)
    assert (await move(placed, empty, "Allocated")).json()[0]["errorCode"] == "INVALID_STATUS"
    assert (await move(placed, early, "Fulfilled")).json()[0]["errorCode"] == "INVALID_STATUS"
    assert (await move(placed, early, "Allocated")).status_code == 204
    assert (await move(placed, late, "Allocated")).json()[0]["errorCode"] == "INVALID_INPUT"
    assert await allocated(placed) == [1, 0, 0]


async def test_a_discount_of_units_in_fulfillment_does_not_touch_drafts(placed: Placed):
    draft, held = await drafted(placed, mug=1), await placed.allocated(mug=1)
    before = await placed.api.read(ORDER, draft)
    await placed.done("submit-adjust", placed.off("mug", -2, allocatedItemsChangeOrderType="InFulfillment"))
    assert (await placed.api.read(ORDER, draft))["GrandTotalAmount"] == before["GrandTotalAmount"]
    assert (await placed.api.read(ORDER, held))["TotalAdjustmentAmount"] < Decimal(-1)


async def test_orders_of_another_system_are_records_like_others(api: Caller):
    """Source: semantics.md#2.5 (documented): fulfillment orders only through ordinary record creation."""
    product = await api.create("Product2", Name="Mug")
    answer = await api.send("POST", "/composite", {"allOrNone": True, "compositeRequest": parts(product)})
    order = answer.json()["compositeResponse"][0]["body"]["id"]
    made = await post(api, SUMMARIES, {"orderId": order, "orderLifeCycleType": "UNMANAGED"})
    summary = made.json()["orderSummaryId"]
    items = (await api.send("GET", f"/sobjects/OrderSummary/{summary}/OrderItemSummaries")).json()["records"]
    mug = next(item["Id"] for item in items if item["QuantityOrdered"] == 4)
    shipped = await api.create(ORDER, OrderSummaryId=summary, Status="Allocated")
    await api.create(
        LINE, FulfillmentOrderId=shipped, OrderItemSummaryId=mug, Type="Order Product", Quantity=9,
        OriginalQuantity=9, TotalLineAmount=90,
    )  # fmt: skip
    done = await api.send("PATCH", f"/sobjects/{ORDER}/{shipped}", {"Status": "Fulfilled"})
    assert done.status_code == 204, done.text
    assert (await api.read(ORDER, shipped))["TotalProductAmount"] == 90
    assert (await api.read("OrderItemSummary", mug))["QuantityFulfilled"] == 0
