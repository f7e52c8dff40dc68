"""…/routing/actions/route-and-allocate over HTTP, on a real PostgreSQL: all or nothing, by the rules, and told why."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orderwright.objects.registry import BY_NAME
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.calling import Caller, row_counts
from tests.rest.routing_shop import DECISIONS, PREVIEW, SUMMARIES, Order, Shop, shop_with

COUNTED = {"ShouldTrackFoCapacity": True, "FoCapacity": 2}
US = {"DeliverToCountryCode": "US", "DeliverToPostalCode": "94105"}


@pytest.fixture
async def shop(api: Caller, database: Database) -> AsyncIterator[Shop]:
    made = Shop(api, database)
    yield made
    await made.room.check_ledger()


async def holdings(database: Database) -> dict[str, int]:
    """Rows of what routing may write outside the objects."""
    tables = ("inventory.hold", "inventory.ledger", "inventory.reservation", "capacity.hold", "capacity.ledger")
    return {table: int(await database.main.fetchval(f"SELECT count(*) FROM {table}")) for table in tables}  # noqa: S608


# --- all of it --------------------------------------------------------------------------------------------------------


async def test_an_order_is_routed_reserved_held_and_allocated(shop: Shop):
    await shop.stock(
        {"near": {"mug": 2, "hat": 5}, "far": {"mug": 9}, "none": {"cup": 1}},
        near=COUNTED | {"Latitude": 37.7, "Longitude": -122.4}, far=COUNTED | {"Latitude": 40.7, "Longitude": -74.0},
    )  # fmt: skip
    order = await shop.order({"mug": 2}, {"mug": 3, "hat": 1}, **US)
    done = await shop.routed(order)

    assert (done["success"], done["errors"], done["status"], done["notAllocated"]) == (True, [], "Allocated", [])
    assert done["orderSummaryId"] == order.id
    told = ("orderDeliveryGroupSummaryId", "locationIdentifier", "fulfillmentType")
    assert [tuple(shipment[name] for name in told) for shipment in done["shipments"]] == [
        (order.groups[0], shop.room.name("near"), "Warehouse"),
        (order.groups[1], shop.room.name("far"), "Warehouse"),
        (order.groups[1], shop.room.name("near"), "Warehouse"),
    ]  # fmt: skip
    assert [s["fulfillmentOrderId"] for s in done["shipments"]] == done["fulfillmentOrderIds"]
    made = await shop.fulfillment_orders(order)
    assert [(o["Id"], o["Status"], o["FulfilledFromLocationId"]) for o in made] == [
        (s["fulfillmentOrderId"], "Allocated", s["fulfilledFromLocationId"]) for s in done["shipments"]
    ]
    for item in order.items:
        assert (await shop.api.read("OrderItemSummary", item))["QuantityAvailableToFulfill"] == 0
    assert [await shop.reserved(*cell) for cell in (("near", "mug"), ("far", "mug"), ("near", "hat"))] == [2, 3, 1]
    assert [await shop.capacity(name) for name in ("near", "far")] == [(0, 2), (0, 1)]


async def test_the_decision_tells_what_was_considered(shop: Shop):
    await shop.stock(
        {"near": {"mug": 2}, "far": {"mug": 9}, "full": {"mug": 9}},
        near={"Latitude": 37.7, "Longitude": -122.4}, far=COUNTED | {"Latitude": 40.7, "Longitude": -74.0},
        full={"ShouldTrackFoCapacity": True, "FoCapacity": 0},
    )  # fmt: skip
    order = await shop.order({"mug": 1}, **US)
    done = await shop.routed(order, query="?explain=true")
    decision = await shop.decision(done["routingDecisionId"])

    assert decision["explanation"] == done["explanation"]
    assert (decision["status"], decision["refused"], decision["attempts"]) == ("Allocated", None, 1)
    assert decision["fulfillmentOrderIds"] == done["fulfillmentOrderIds"]
    assert decision["shipments"] == done["shipments"]
    assert (decision["capacityState"], decision["capacityActionRequestIds"]) == ("None", [])
    assert (len(decision["reservationIds"]), "default" in decision["rules"]) == (1, True)
    held = await shop.database.main.fetch(
        "SELECT * FROM inventory.hold WHERE reservation_id = $1", decision["reservationIds"][0]
    )
    assert [(row["place"], int(row["quantity"]), row["expiration_time"]) for row in held] == [
        (shop.room.name("near"), 1, None)
    ]
    (group,) = decision["explanation"]["groups"]
    assert {c["location"]: (c["isIn"], c["why"], c["positionSource"]) for c in group["candidates"]} == {
        shop.room.name("near"): (True, "in", "Record"),
        shop.room.name("far"): (True, "in", "Record"),
        shop.room.name("full"): (False, "out: it has no free capacity for another fulfillment order", None),
    }
    assert [(r["locations"], r["splits"], r["capacity"], r["stock"]) for r in group["routes"]] == [
        ([shop.room.name("near")], 0, None, 2), ([shop.room.name("far")], 0, 2, 9)
    ]  # fmt: skip
    near, far = (route["distance"] for route in group["routes"])
    assert near < 10  # a few miles in San Francisco
    assert 2500 < far < 2650  # New York
    assert "by distance" in group["why"]
    assert [d["id"] for d in await shop.decisions(order)] == [done["routingDecisionId"]]


async def test_a_preview_writes_nothing_and_a_submit_does_what_it_showed(shop: Shop):
    await shop.stock({"A": {"mug": 1}, "B": {"mug": 1}}, A=COUNTED, B=COUNTED)
    order = await shop.order({"mug": 2})
    before = await row_counts(shop.database) | await holdings(shop.database)
    answer = await shop.post(order, PREVIEW, "?explain=true")
    assert await row_counts(shop.database) | await holdings(shop.database) == before
    shown = answer.json()
    assert (answer.status_code, shown["fulfillmentOrderIds"], shown["routingDecisionId"]) == (201, [], None)
    assert [s["fulfillmentOrderId"] for s in shown["shipments"]] == [None, None]
    assert answer.headers["Preview-Token"] == shown["previewToken"]

    done = await shop.routed(order, headers={"Preview-Token": shown["previewToken"]}, query="?explain=true")
    assert shop.shipped(done) == shop.shipped(shown) == {"A": {"mug": 1}, "B": {"mug": 1}}
    assert done["explanation"] == shown["explanation"]


async def test_a_submit_that_would_ship_otherwise_is_refused(shop: Shop):
    await shop.stock({"A": {"mug": 9}, "B": {"mug": 5}})
    order = await shop.order({"mug": 2})
    token = (await shop.post(order, PREVIEW)).headers["Preview-Token"]
    await shop.room.count("A", "mug", 1)
    error = await shop.refused(order, 409, headers={"Preview-Token": token})
    assert error["errorCode"] == "PREVIEW_OUTDATED"
    assert f"would ship from {shop.room.name('B')}, not from {shop.room.name('A')}" in error["message"]
    assert await shop.fulfillment_orders(order) == []
    error = await shop.refused(order, 409, headers={"Preview-Token": "x"})
    assert "none of ours" in error["message"]


async def test_one_group_and_some_units_can_be_asked_for(shop: Shop):
    await shop.stock({"A": {"mug": 9, "hat": 9}})
    order = await shop.order({"mug": 3, "hat": 1}, {"mug": 4})
    some = [{"orderItemSummaryId": order.items[0], "quantity": 2}]
    done = await shop.routed(order, orderDeliveryGroupSummaryId=order.groups[0], orderItemSummaries=some)
    assert shop.shipped(done) == {"A": {"mug": 2}}
    assert (await shop.decision(done["routingDecisionId"]))["orderDeliveryGroupSummaryId"] == order.groups[0]
    rest = await shop.routed(order)
    assert [s["orderItemSummaries"][0]["quantity"] for s in rest["shipments"]] == [1, 4]
    assert await shop.reserved("A", "mug") == 7


async def test_postal_codes_stand_in_for_positions(store: Store, client_secret: tuple[str, str], tmp_path: Path):
    async with shop_with(store, client_secret, "", tmp_path) as first:
        mark = first.room.name("")
    rules = f'[postal_codes]\n"west{mark}" = "US 94103"\n"east{mark}" = "US 10001"\n'
    async with shop_with(store, client_secret, rules, tmp_path) as shop:
        shop.room = first.room
        shop.room.api = shop.api
        await shop.stock({"east": {"mug": 9}, "west": {"mug": 1}})
        done = await shop.routed(await shop.order({"mug": 1}, **US), query="?explain=true")
        assert shop.shipped(done) == {"west": {"mug": 1}}
        (group,) = done["explanation"]["groups"]
        assert {c["positionSource"] for c in group["candidates"]} == {"BuiltIn"}


# --- not all of it ----------------------------------------------------------------------------------------------------


async def test_a_refusal_writes_the_decision_and_nothing_else(shop: Shop):
    await shop.stock({"A": {"mug": 1}, "B": {"hat": 1}}, A=COUNTED)
    order = await shop.order({"mug": 1, "hat": 2})
    before = await row_counts(shop.database) | await holdings(shop.database)
    error = await shop.refused(order)
    after = await row_counts(shop.database) | await holdings(shop.database)
    changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert changed == {"routing_decision": 1, "request_key": 1}

    assert error["errorCode"] == "CANNOT_ALLOCATE"
    hat = shop.room.name("hat")
    assert error["message"].startswith(f"nothing was allocated: 1 of {shop.room.name('mug')}: it could be shipped")
    output = error["output"]
    assert (output["success"], output["status"], output["shipments"]) == (False, "Refused", [])
    assert [(e["quantity"], e["why"]) for e in output["notAllocated"] if e["stockKeepingUnit"] == hat] == [
        (2, "the locations that may ship it have 1 of the 2 wanted")
    ]
    decision = await shop.decision(output["routingDecisionId"])
    assert (decision["status"], decision["fulfillmentOrderIds"], decision["reservationIds"]) == ("Refused", [], [])
    assert decision["refused"] in error["message"]


async def test_a_refused_preview_keeps_nothing(shop: Shop):
    await shop.stock({"A": {"mug": 1}})
    order = await shop.order({"mug": 2})
    before = await row_counts(shop.database)
    error = await shop.refused(order, path=PREVIEW)
    assert (error["errorCode"], error["output"]["routingDecisionId"]) == ("CANNOT_ALLOCATE", None)
    assert await row_counts(shop.database) == before
    assert await shop.decisions(order) == []


async def test_what_can_be_is_allocated_where_the_rules_say_so(
    store: Store, client_secret: tuple[str, str], tmp_path: Path
):
    rules = '[unallocated]\naction = "allocate_available"\n'
    async with shop_with(store, client_secret, rules, tmp_path) as shop:
        await shop.stock({"A": {"mug": 1}})
        order = await shop.order({"mug": 3})
        done = await shop.routed(order)
        assert (done["status"], shop.shipped(done)) == ("PartlyAllocated", {"A": {"mug": 1}})
        (left,) = done["notAllocated"]
        assert (left["orderItemSummaryId"], left["quantity"]) == (order.items[0], 2)
        decision = await shop.decision(done["routingDecisionId"])
        assert (decision["rules"], decision["status"]) == (rules, "PartlyAllocated")
        assert (await shop.api.read("OrderItemSummary", order.items[0]))["QuantityAvailableToFulfill"] == 2


async def test_small_orders_are_split_less(store: Store, client_secret: tuple[str, str], tmp_path: Path):
    rules = "[[splits.USD]]\nbelow = 20\nmaximum = 0\n"
    async with shop_with(store, client_secret, rules, tmp_path) as shop:
        await shop.stock({"A": {"mug": 1}, "B": {"hat": 1}})
        error = await shop.refused(await shop.order({"mug": 1, "hat": 1}, price="9.99"))
        assert "no 1 or fewer of the locations" in error["message"]
        assert len((await shop.routed(await shop.order({"mug": 1, "hat": 1})))["shipments"]) == 2


async def test_wrong_requests_are_refused_and_keep_nothing(shop: Shop):
    await shop.stock({"A": {"mug": 5}})
    order, other = await shop.order({"mug": 2}), await shop.order({"mug": 1})
    item = {"orderItemSummaryId": order.items[0], "quantity": 1}
    for more, code in (
        ({"orderDeliveryGroupSummaryId": other.groups[0]}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"orderItemSummaries": [{**item, "orderItemSummaryId": other.items[0]}]}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"orderItemSummaries": [item, item]}, "INVALID_INPUT"),
        ({"orderItemSummaries": [{**item, "quantity": 3}]}, "INVALID_INPUT"),
        ({"orderItemSummaries": [{**item, "quantity": 0}]}, "INVALID_INPUT"),
    ):
        for path in (PREVIEW, f"{PREVIEW[: PREVIEW.rindex('/')]}/route-and-allocate"):
            assert (await shop.refused(order, path=path, **more))["errorCode"] == code
    assert await shop.decisions(order) == []
    nobody = Order("1Os000000000001", (), ())
    assert (await shop.post(nobody)).status_code == 404
    assert (await shop.api.send("GET", f"{DECISIONS}/9rD000000000001")).status_code == 404
    assert (await shop.api.send("GET", f"{SUMMARIES}/{nobody.id}/routing-decisions")).status_code == 404


async def test_nothing_left_is_told(shop: Shop):
    await shop.stock({"A": {"mug": 5}})
    order = await shop.order({"mug": 2})
    await shop.routed(order)
    assert "nothing is left to allocate" in (await shop.refused(order))["message"]
    assert [d["status"] for d in await shop.decisions(order)] == ["Refused", "Allocated"]


async def test_units_that_a_location_group_promised_are_not_routed(shop: Shop):
    """A shows two units, of which its group promised one to somebody: only a reservation knows."""
    await shop.room.locate({"G": ["A"]}, "B")
    for name in ("A", "B"):
        await shop.room.count(name, "mug", 2)
    await shop.product("mug", StockKeepingUnit=shop.room.name("mug"))
    await shop.room.reserve(shop.room.line("G", "mug", 1, group=True))
    done = await shop.routed(await shop.order({"mug": 2}))
    assert shop.shipped(done) == {"B": {"mug": 2}}
    decision = await shop.decision(done["routingDecisionId"])
    assert decision["attempts"] == 2
    assert "promised these units" in str(decision["explanation"])


async def test_a_location_that_is_not_synchronised_is_no_candidate(shop: Shop):
    await shop.stock({"A": {"mug": 9}, "B": {"mug": 1}})
    await shop.api.send("PATCH", f"/sobjects/Location/{shop.locations['A']}", {"ShouldSyncWithOci": False})
    assert shop.shipped(await shop.routed(await shop.order({"mug": 1}))) == {"B": {"mug": 1}}


# --- again ------------------------------------------------------------------------------------------------------------


async def test_a_repeated_request_allocates_once(shop: Shop):
    await shop.stock({"A": {"mug": 5}})
    order = await shop.order({"mug": 2})
    key = {"Idempotency-Key": shop.room.action()}
    first, second = await shop.post(order, headers=key), await shop.post(order, headers=key)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (second.status_code, second.json()) == (201, first.json())
    assert len(await shop.fulfillment_orders(order)) == 1


async def test_a_refused_request_can_be_sent_again_under_its_key(shop: Shop):
    await shop.stock({"A": {"mug": 1}})
    order = await shop.order({"mug": 2})
    key = {"Idempotency-Key": shop.room.action()}
    first = await shop.refused(order, headers=key)
    again = await shop.refused(order, headers=key)
    assert again["output"]["routingDecisionId"] != first["output"]["routingDecisionId"]
    await shop.room.count("A", "mug", 2)
    assert (await shop.post(order, headers=key)).status_code == 201


def test_the_record_is_no_object_of_the_api():
    assert BY_NAME["RoutingDecision"].about.internal
