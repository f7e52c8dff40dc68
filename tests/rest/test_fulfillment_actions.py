"""Fulfillment orders through the API: many at once, units given back, invoices for many, events, and configuration."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from orderwright.app import create_app
from orderwright.objects.identity import to_18
from orderwright.settings import Settings
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from orderwright.store.verify import verify_all
from tests.rest.calling import Caller, exact
from tests.rest.changing import FULFILLMENT, SUMMARIES, Nothing, Placed, place, plain, post, refusal, version_of

MULTIPLE = "/commerce/fulfillment/actions/create-multiple"
INVOICES = f"{FULFILLMENT}/actions/create-multiple-invoices"
PICK = "/commerce/fulfillment/pick-tickets/actions/distribute-quantities"


@pytest.fixture
async def placed(api: Caller) -> Placed:
    return await place(api)


async def answered(api: Caller, path: str, body: Any, **options: Any) -> Any:
    answer = await post(api, path, body, **options)
    assert answer.status_code == 201, answer.text
    return exact(answer)


async def lines_of(placed: Placed, fulfillment: str) -> list[Any]:
    path = f"/sobjects/FulfillmentOrder/{fulfillment}/FulfillmentOrderLineItems"
    return list(exact(await placed.api.send("GET", path))["records"])


async def line_of(placed: Placed, fulfillment: str, name: str) -> Any:
    found = await lines_of(placed, fulfillment)
    return next(line for line in found if line["OrderItemSummaryId"] == placed.items[name])


async def events_of(placed: Placed, name: str) -> list[Any]:
    answer = await placed.api.send("GET", f"{SUMMARIES}/{placed.summary}/events")
    return [one["fields"] for one in exact(answer)["events"] if one["event"] == name]


def giving_back(line: Any, quantity: Any) -> dict[str, Any]:
    return {"fulfillmentOrderLineItemsToCancel": [{"fulfillmentOrderLineItemId": line["Id"], "quantity": quantity}]}


async def gave_back(placed: Placed, fulfillment: str, name: str, quantity: int) -> Any:
    line = await line_of(placed, fulfillment, name)
    body = giving_back(line, quantity)
    return await answered(placed.api, f"{FULFILLMENT}/{fulfillment}/actions/cancel-item", body)


# --- cancel-item ------------------------------------------------------------------------------------------------------


async def test_units_given_back_can_be_cancelled(placed: Placed, database: Database):
    fulfillment = await placed.allocated(mug=3, delivery=1)
    refusal(await placed.act("submit-cancel", placed.of("mug", 2)), 400, "INVALID_INPUT")
    before = await version_of(database, placed)
    assert await gave_back(placed, fulfillment, "mug", 2) == {"errors": [], "success": True}
    assert await version_of(database, placed) == before + 1
    line, item = await line_of(placed, fulfillment, "mug"), await placed.item("mug")
    assert (line["Quantity"], line["OriginalQuantity"], line["TotalLineAmount"]) == (1, 3, Decimal("10.00"))
    assert (item["QuantityAllocated"], item["QuantityAvailableToFulfill"], item["QuantityCanceled"]) == (1, 3, 0)
    order = await placed.api.read("FulfillmentOrder", fulfillment)
    # one mug at 10.00 - 1.00 with 2.00 - 0.20 tax, the delivery at 6.00 with 1.20
    assert (order["ItemCount"], order["GrandTotalAmount"], order["Status"]) == (2, Decimal("18.00"), "Allocated")
    await placed.done("submit-cancel", placed.of("mug", 3))
    assert (await placed.item("mug"))["QuantityCanceled"] == 3


async def test_units_given_back_are_told(placed: Placed):
    fulfillment = await placed.allocated(mug=3)
    await gave_back(placed, fulfillment, "mug", 1)
    (told,) = await events_of(placed, "FulfillOrdItemQtyChgEvent")
    assert (told["OldQuantity"], told["NewQuantity"], told["OrderItemSummaryId"]) == (3, 2, placed.items["mug"])
    assert told["FulfillmentOrderLineItemId"] == (await line_of(placed, fulfillment, "mug"))["Id"]


async def test_more_than_a_line_holds_is_refused_and_nothing_is_written(placed: Placed, database: Database):
    fulfillment = await placed.allocated(mug=3)
    line = await line_of(placed, fulfillment, "mug")
    path = f"{FULFILLMENT}/{fulfillment}/actions/cancel-item"
    async with Nothing(database, placed):
        message = refusal(await post(placed.api, path, giving_back(line, 4)), 400, "INVALID_INPUT")
        assert message == (
            f"quantity 4 of fulfillment order line item {line['Id']} is not available: Quantity is 3 (originally 3); "
            "ask for at most 3"
        )


async def test_the_same_units_are_given_back_once_whoever_asks_at_the_same_time(placed: Placed):
    fulfillment = await placed.allocated(mug=4)
    body = giving_back(await line_of(placed, fulfillment, "mug"), 1)
    path = f"{FULFILLMENT}/{fulfillment}/actions/cancel-item"
    answers = await asyncio.gather(*(post(placed.api, path, body) for _ in range(7)))
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [400] * 3
    assert ((await placed.item("mug"))["QuantityAllocated"], await quantity_left(placed, fulfillment)) == (0, 0)


async def quantity_left(placed: Placed, fulfillment: str) -> Any:
    return (await placed.api.read("FulfillmentOrder", fulfillment))["ItemCount"]


async def test_a_fulfillment_order_of_nobody_is_not_found(placed: Placed):
    fulfillment = await placed.allocated(mug=1)
    body = giving_back(await line_of(placed, fulfillment, "mug"), 1)
    plain(await post(placed.api, f"{FULFILLMENT}/0a3000000000001/actions/cancel-item", body), 404, "NOT_FOUND")


async def test_what_is_stored_agrees_whatever_was_given_back_and_invoiced(placed: Placed, store: Store):
    async with store.database.main.acquire() as session:
        before = await verify_all(session)
        first = await placed.allocated(mug=3, towel=2, delivery=1)
        await gave_back(placed, first, "mug", 1)
        await placed.done("adjust-item-submit", placed.off("towel", -3, allocatedItemsChangeOrderType="InFulfillment"))
        await answered(placed.api, INVOICES, {"fulfillmentOrderIds": [first]})
        await gave_back(placed, first, "mug", 1)
        await gave_back(placed, first, "towel", 1)
        await placed.shipped(mug=2)
        await placed.done("submit-cancel", placed.of("towel", 1))
        answer = await placed.api.send("PATCH", f"/sobjects/FulfillmentOrder/{first}", {"Status": "Fulfilled"})
        assert answer.status_code == 204, answer.text
        assert await verify_all(session) == before


# --- create-multiple --------------------------------------------------------------------------------------------------


def element(placed: Placed, *groups: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "orderSummaryId": placed.summary,
        "orderDeliveryGroupSummaryId": placed.group,
        "fulfillmentGroups": list(groups),
        **more,
    }


def group(placed: Placed, reference: str | None, location: str | None = None, **units: Any) -> dict[str, Any]:
    items = [{"orderItemSummaryId": placed.items[name], "quantity": count} for name, count in units.items()]
    found = {
        "fulfilledFromLocationId": location or placed.location,
        "fulfillmentType": "warehouse",
        "orderItemSummaries": items,
    }
    return found if reference is None else {**found, "referenceId": reference}


async def test_each_group_succeeds_or_fails_alone(placed: Placed):
    other = await place(placed.api)
    body = {
        "fulfillmentOrders": [
            element(placed, group(placed, "g1", mug=3), group(placed, "g2", mug=2, towel=1)),
            element(other, group(other, "g3", mug=1), defaultActivationStatus="Waiting Assignment"),
            element(placed, group(placed, "g4", location="131000000000009AAA", towel=1)),
            element(placed, group(placed, "g5", towel=3, delivery=1)),
        ]
    }
    said = await answered(placed.api, MULTIPLE, body)
    assert (said["success"], said["errors"]) == (False, [])
    g1, g2, g3, g4, g5 = said["fulfillmentOrders"]
    assert [one["success"] for one in said["fulfillmentOrders"]] == [True, False, True, False, True]
    assert [one["referenceId"] for one in said["fulfillmentOrders"]] == ["g1", "g2", "g3", "g4", "g5"]
    for one in (g1, g3, g5):
        assert {name for name, value in one.items() if value} == {"success", "referenceId", "fulfillmentOrderId"}
    (error,) = g2["errors"]
    assert (error["errorCode"], "at most 1" in error["message"]) == ("INVALID_INPUT", True)
    assert {name: g2[name] for name in g2 if name not in {"errors", "success"}} == {
        "referenceId": "g2",
        "fulfillmentOrderId": None,
        "fulfilledFromLocationId": placed.location,
        "fulfillmentType": "warehouse",
        "orderSummaryId": placed.summary,
        "orderDeliveryGroupSummaryId": placed.group,
        "orderItemSummaries": [
            {"errors": [error], "orderItemSummaryId": placed.items["mug"], "quantity": 2},
            {"errors": [], "orderItemSummaryId": placed.items["towel"], "quantity": 1},
        ],
    }
    assert "131000000000009AAA does not exist" in g4["errors"][0]["message"]
    order = await placed.api.read("FulfillmentOrder", g3["fulfillmentOrderId"])
    assert (order["Status"], order["StatusCategory"], order["OrderSummaryId"]) == (
        "Waiting Assignment", "ACTIVATED", other.summary,
    )  # fmt: skip
    assert ((await placed.item("mug"))["QuantityAllocated"], (await placed.item("towel"))["Status"]) == (3, "ALLOCATED")
    assert [e["OldStatus"] for e in await events_of(placed, "FOStatusChangedEvent")] == [None, None]


async def test_groups_of_an_order_nobody_knows_and_elements_without_groups_fail_alone(placed: Placed):
    missing = {**element(placed, group(placed, "g1", mug=1)), "orderSummaryId": "1Os000000000001"}
    body = {"fulfillmentOrders": [missing, element(placed), element(placed, group(placed, None, mug=1))]}
    said = await answered(placed.api, MULTIPLE, body)
    assert [[e["errorCode"] for e in one["errors"]] for one in said["fulfillmentOrders"]] == [
        ["NOT_FOUND"], ["REQUIRED_FIELD_MISSING"], [],
    ]  # fmt: skip
    assert said["fulfillmentOrders"][0]["orderSummaryId"] == to_18("1Os000000000001")
    assert said["fulfillmentOrders"][2]["referenceId"] is None


async def test_units_are_allocated_once_whoever_asks_at_the_same_time(placed: Placed):
    other = await place(placed.api)
    both = [element(placed, group(placed, "a", mug=2)), element(other, group(other, "b", mug=2))]
    bodies = [{"fulfillmentOrders": both if number % 2 else both[::-1]} for number in range(6)]
    said = await asyncio.gather(*(answered(placed.api, MULTIPLE, body) for body in bodies))
    made = [one["referenceId"] for each in said for one in each["fulfillmentOrders"] if one["success"]]
    assert sorted(made) == ["a", "a", "b", "b"]


async def test_no_element_at_all_is_refused(placed: Placed, database: Database):
    async with Nothing(database, placed):
        refusal(await post(placed.api, MULTIPLE, {"fulfillmentOrders": []}), 400, "REQUIRED_FIELD_MISSING")


async def test_sent_again_with_its_key_it_allocates_once(placed: Placed):
    body = {"fulfillmentOrders": [element(placed, group(placed, "g1", mug=1))]}
    key = {"Idempotency-Key": f"allocate-{placed.summary}"}
    first = await answered(placed.api, MULTIPLE, body, headers=key)
    assert await answered(placed.api, MULTIPLE, body, headers=key) == first
    assert (await placed.item("mug"))["QuantityAllocated"] == 1


# --- create-multiple-invoices -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [INVOICES, "/commerce/fulfillment/actions/create-multiple-invoices"])
async def test_many_fulfillment_orders_each_get_an_invoice(placed: Placed, path: str):
    other = await place(placed.api)
    asked = [await other.allocated(mug=1), await placed.allocated(mug=2), await placed.allocated(towel=1)]
    said = await answered(placed.api, path, {"fulfillmentOrderIds": asked})
    assert (said["success"], said["errors"], len(set(said["invoiceIds"]))) == (True, [], 3)
    for fulfillment, invoice in zip(asked, said["invoiceIds"], strict=True):
        order = await placed.api.read("FulfillmentOrder", fulfillment)
        assert order["InvoiceId"] == invoice
        made = await placed.api.read("Invoice", invoice)
        assert (made["TotalAmountWithTax"], made["Status"]) == (order["GrandTotalAmount"], "Posted")


async def test_what_cannot_be_invoiced_fails_alone(placed: Placed):
    first, second, empty = [await placed.allocated(mug=1) for _ in range(3)]
    await gave_back(placed, empty, "mug", 1)
    asked = [first, "0a3000000000001AAA", second, first, empty]
    said = await answered(placed.api, INVOICES, {"fulfillmentOrderIds": asked})
    assert (said["success"], len(said["invoiceIds"]), len(said["errors"])) == (False, 2, 3)
    results = said["results"]
    assert [one["fulfillmentOrderId"] for one in results] == asked
    assert [[e["errorCode"] for e in one["errors"]] for one in results] == [
        [], ["NOT_FOUND"], [], ["INVALID_INPUT"], ["INVALID_STATUS"],
    ]  # fmt: skip
    assert [one["invoiceId"] for one in results if one["success"]] == said["invoiceIds"]
    assert "were given back" in results[4]["errors"][0]["message"]
    again = await answered(placed.api, INVOICES, {"fulfillmentOrderIds": [first]})
    assert (again["success"], again["invoiceIds"]) == (False, [])
    assert len(await placed.related("Invoices")) == 2


async def test_no_fulfillment_order_at_all_is_refused(placed: Placed, database: Database):
    async with Nothing(database, placed):
        refusal(await post(placed.api, INVOICES, {"fulfillmentOrderIds": []}), 400, "REQUIRED_FIELD_MISSING")


# --- distribute-quantities --------------------------------------------------------------------------------------------


async def test_picked_quantities_are_shared_out(api: Caller):
    def needing(order: str, count: int) -> dict[str, Any]:
        return {"externalOrderId": order, "itemQuantities": [{"externalItemId": "sku1", "quantity": count}]}

    body = {
        "quantitiesPickedList": [
            {"externalItemId": "sku1", "quantity": 5},
            {"externalItemId": "sku2", "quantity": "2"},
        ],
        "optimizationCriteria": "FulfillInSequencePartial",
        "distributeToOrders": [needing("FO-1", 4), needing("FO-2", 3), needing("FO-3", 1)],
    }

    def got(order: str, count: int, given: int) -> dict[str, Any]:
        item = {"externalItemId": "sku1", "quantity": count, "quantityDistributed": given}
        return {"externalOrderId": order, "itemQuantities": [item]}

    assert await answered(api, PICK, body) == {
        "fullyDistributedOrdersList": [got("FO-1", 4, 4)],
        "partiallyDistributedOrdersList": [got("FO-2", 3, 1)],
        "notDistributedOrdersList": [got("FO-3", 1, 0)],
        "quantitiesRemainingList": [{"externalItemId": "sku2", "quantity": 2, "quantityDistributed": 0}],
    }


async def test_the_misprinted_key_of_the_manual_works_and_keys_like_ids_are_left_alone(api: Caller):
    key = "0a3000000000001"
    need = {"externalOrderId:": key, "itemQuantities": [{"externalItemId": key, "quantity": 1}]}
    body = {
        "quantitiesPickedList": [{"externalItemId": key, "quantity": 1}],
        "optimizationCriteria": "FulfillInSequencePartial",
        "distributeToOrders": [need],
    }
    (full,) = (await answered(api, PICK, body))["fullyDistributedOrdersList"]
    assert (full["externalOrderId"], full["itemQuantities"][0]["externalItemId"]) == (key, key)


@pytest.mark.parametrize(
    ("path", "since"),
    [(MULTIPLE, 50), (INVOICES, 52), (PICK, 58)],
)
async def test_below_its_first_version_a_resource_is_not_there(api: Caller, path: str, since: int):
    plain(await post(api, path, {}, since - 1), 404, "NOT_FOUND")
    assert (await post(api, path, {}, since)).status_code == 400


# --- statuses ---------------------------------------------------------------------------------------------------------


async def test_a_change_of_status_is_told(placed: Placed):
    fulfillment = await placed.allocated(mug=1)
    path = f"/sobjects/FulfillmentOrder/{fulfillment}"
    assert (await placed.api.send("PATCH", path, {"Status": "Fulfilled"})).status_code == 204
    told = await events_of(placed, "FOStatusChangedEvent")
    names = ("OldStatus", "OldStatusCategory", "NewStatus", "NewStatusCategory", "FulfillmentOrderId", "OrderSummaryId")
    assert [tuple(one[name] for name in names) for one in told] == [
        (None, None, "Allocated", "ACTIVATED", fulfillment, placed.summary),
        ("Allocated", "ACTIVATED", "Fulfilled", "CLOSED", fulfillment, placed.summary),
    ]


async def test_a_change_of_an_order_summary_s_status_is_told_once(placed: Placed):
    path = f"/sobjects/OrderSummary/{placed.summary}"
    for fields in ({"Status": "Approved"}, {"Status": "Approved", "Description": "x"}):
        assert (await placed.api.send("PATCH", path, fields)).status_code == 204
    (told,) = await events_of(placed, "OrderSumStatusChangedEvent")
    original = (await placed.read())["OriginalOrderId"]
    assert {name: told[name] for name in ("OldStatus", "NewStatus", "OrderId", "OrderSummaryId")} == {
        "OldStatus": "Created", "NewStatus": "Approved", "OrderId": original, "OrderSummaryId": placed.summary,
    }  # fmt: skip


async def test_an_activation_status_that_is_none_is_refused_and_unknown_before_its_version(placed: Placed):
    body = element(placed, group(placed, None, mug=1), defaultActivationStatus="Assigned")
    message = refusal(await post(placed.api, FULFILLMENT, body), 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    assert message.endswith("is not a status of category Activated; use Allocated or Waiting Assignment")
    plain(await post(placed.api, FULFILLMENT, body, 57), 400, "INVALID_FIELD")
    made = await answered(placed.api, FULFILLMENT, {**body, "defaultActivationStatus": "Waiting Assignment"})
    order = await placed.api.read("FulfillmentOrder", made["fulfillmentOrderIds"][0])
    assert order["Status"] == "Waiting Assignment"


# --- picklists of a merchant's own ------------------------------------------------------------------------------------

OWN = """
[FulfillmentOrder.Status]
Released = "ACTIVATED"
"Handed to carrier" = "CLOSED"
"Given up" = "CANCELLED"

[FulfillmentOrder.Type]
Locker = "PHYSICAL"

[OrderItemSummaryChange]
Reason = ["Unknown", "Wrong colour"]
"""


@pytest.fixture
async def configured(store: Store, api: Caller, tmp_path: Path) -> AsyncIterator[Caller]:
    """The same database behind an application that has picklists of its own."""
    file = tmp_path / "picklists.toml"
    file.write_text(OWN)
    app = create_app(store, Settings(picklists=file))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://own.test", headers=api.http.headers
        ) as client,
    ):
        yield Caller(client)


def values(described: Any, field: str) -> list[str]:
    found = next(f for f in described["fields"] if f["name"] == field)
    return [value["value"] for value in found["picklistValues"]]


async def test_own_statuses_types_and_reasons_hold_everywhere(placed: Placed, configured: Caller):
    body = element(placed, {**group(placed, None, mug=2), "fulfillmentType": "locker"})
    made = (await answered(configured, FULFILLMENT, body))["fulfillmentOrderIds"][0]
    names = ("Status", "StatusCategory", "Type", "TypeCategory")
    order = await configured.read("FulfillmentOrder", made)
    assert [order[name] for name in names] == ["Released", "ACTIVATED", "Locker", "PHYSICAL"]
    path = f"/sobjects/FulfillmentOrder/{made}"
    refused = await configured.send("PATCH", path, {"Status": "Fulfilled"})
    assert refused.json()[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert (await configured.send("PATCH", path, {"Status": "Handed to carrier"})).status_code == 204
    assert (await placed.item("mug"))["QuantityFulfilled"] == 2
    # Read without that configuration, the record says the same: its category is its own.
    order = await placed.api.read("FulfillmentOrder", made)
    assert [order[name] for name in names] == ["Handed to carrier", "CLOSED", "Locker", "PHYSICAL"]
    refused = await placed.api.send("PATCH", path, {"Status": "Cancelled"})
    assert refused.json()[0]["errorCode"] == "INVALID_STATUS"


@pytest.mark.parametrize("action", ["preview-cancel", "submit-cancel", "adjust-item-preview", "adjust-item-submit"])
async def test_own_reasons_hold_for_every_change(placed: Placed, configured: Caller, action: str):
    path = f"{SUMMARIES}/{placed.summary}/actions/{action}"

    def body(reason: str) -> dict[str, Any]:
        if action.startswith("adjust"):
            found = placed.off("mug", -1)
            found["adjustItems"][0]["reason"] = reason
            return found
        return placed.of("mug", 1, reason=reason)

    refusal(await post(configured, path, body("Change of Mind")), 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    refusal(await post(placed.api, path, body("Wrong colour")), 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    await answered(configured, path, body("Wrong colour"))


async def test_the_describe_lists_own_values(api: Caller, configured: Caller):
    described = (await configured.send("GET", "/sobjects/FulfillmentOrder/describe")).json()
    assert values(described, "Status") == ["Released", "Handed to carrier", "Given up"]
    assert values(described, "Type") == ["Locker"]
    assert "CLOSED" in values(described, "StatusCategory")
    changes = (await configured.send("GET", "/sobjects/OrderItemSummaryChange/describe")).json()
    assert values(changes, "Reason") == ["Unknown", "Wrong colour"]
    standard = (await api.send("GET", "/sobjects/FulfillmentOrder/describe")).json()
    assert "Allocated" in values(standard, "Status")
