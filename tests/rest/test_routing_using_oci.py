"""…/find-routes-with-fewest-splits-using-oci over HTTP: our own inventory, several orders, each answered for itself."""

import asyncio
import threading
from decimal import Decimal
from typing import Any

import pytest

from orderwright.decisions.find_routes import MOST_WORK
from orderwright.decisions.find_routes_for_demands import decide_find_routes_for_demands
from orderwright.rest.routing import demanded
from orderwright.rest.routing import find_routes_with_fewest_splits_using_oci as handler
from orderwright.store.database import Database
from tests.rest.calling import BASE, Caller, exact, row_counts
from tests.rest.stocking import GET, Stockroom

PATH = "/commerce/order-management/routing/actions/find-routes-with-fewest-splits-using-oci"
RESULT = {"errors", "inventory", "limitReached", "success", "targetLocations"}
ORDERS = "findRoutesWithFewestSplitsUsingOCIInputs"


@pytest.fixture
async def room(api: Caller, database: Database) -> Stockroom:
    """Mugs at A (2), B (3) and C (1.75), pots at B and D; A and B in EAST, B, C and D in WEST, S in no group."""
    made = Stockroom(api, database)
    await made.locate({"EAST": ["A", "B"], "WEST": ["B", "C", "D"], "EMPTY": []}, "S")
    for location, sku, count in (("A", "mug", 2), ("B", "mug", 3), ("B", "pot", 1), ("D", "pot", 4), ("S", "pot", 9)):
        await made.count(location, sku, count)
    await made.count("C", "mug", Decimal("2.75"), safetyStockCount=1)
    return made


def item(room: Stockroom, sku: str, quantity: Any, place: str) -> dict[str, Any]:
    return {
        "stockKeepingUnit": room.name(sku), "quantity": quantity, "locationGroupIdentifier": room.name(place)
    }  # fmt: skip


def order(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"orderedItems": list(items)} | more


async def answered(room: Stockroom, *orders: dict[str, Any], query: str = "", **more: Any) -> Any:
    return await room.done(PATH + query, {ORDERS: list(orders)} | more)


async def routes(room: Stockroom, one: dict[str, Any], **more: Any) -> list[list[str]]:
    """The routes of one order, without this test's mark on the names."""
    (result,) = (await answered(room, one, **more))["results"]
    assert (result["success"], result["errors"]) == (True, [])
    return [[name.partition("-")[0] for name in route["locations"]] for route in result["targetLocations"]]


async def refusal(room: Stockroom, one: dict[str, Any], **more: Any) -> tuple[str, str]:
    """Why one order is refused."""
    found = await answered(room, one, **more)
    assert (found["success"], found["errors"]) == (False, [])
    (result,) = found["results"]
    assert set(result) == RESULT
    assert (result["success"], result["inventory"], result["targetLocations"]) == (False, None, [])
    (error,) = result["errors"]
    return error["errorCode"], error["message"]


async def test_the_documented_shape(room: Stockroom):
    one = order(
        item(room, "mug", 2, "EAST"), item(room, "pot", 1, "EAST"),
        maximumNumberOfSplits=2, excludeLocations=[room.name("STORE-9")],
    )  # fmt: skip
    found = await answered(room, one, ociExpandAttributes=["groupEligibilityExclusion"])
    assert set(found) == {"errors", "results", "success"}
    assert (found["errors"], found["success"]) == ([], True)
    (result,) = found["results"]
    assert set(result) == RESULT
    assert result["targetLocations"] == [{"locations": [room.name("B")]}]
    assert result["limitReached"] is None


async def test_the_inventory_is_what_get_availability_answers_about_the_groups_and_all_their_locations(room: Stockroom):
    one = order(item(room, "mug", 2, "EAST"), item(room, "pot", 1, "S"))
    (result,) = (await answered(room, one))["results"]
    skus = [room.name("mug"), room.name("pot")]
    groups = await room.done(GET, {"locationGroupIdentifiers": [room.name("EAST")], "stockKeepingUnits": skus})
    names = [room.name(name) for name in "ABS"]
    locations = await room.done(GET, {"locationIdentifiers": names, "stockKeepingUnits": skus})
    assert result["inventory"] == locations | {"locationGroups": groups["locationGroups"]}
    assert result["inventory"]["locations"][1]["inventoryRecords"][0]["availableToFulfill"] == 3


async def test_all_pairs_are_routes_and_each_item_comes_from_its_own_group(room: Stockroom):
    pots = item(room, "pot", 1, "WEST")
    assert await routes(room, order(item(room, "mug", 2, "A"), pots)) == [["A", "B"], ["A", "D"]]
    assert await routes(room, order(item(room, "mug", 4, "EAST"), pots)) == [["A", "B"]]
    assert await routes(room, order(item(room, "mug", 4, "EAST"), pots, maximumNumberOfSplits=0)) == []
    assert await routes(room, order(item(room, "mug", 1, "EMPTY"))) == []


async def test_one_sku_ordered_from_two_groups_is_given_out_once(room: Stockroom):
    """B has three mugs, and is in both groups: five can leave, two for EAST and three for WEST, not more."""
    mugs = [item(room, "mug", 2, "EAST"), item(room, "mug", 1, "WEST")]
    assert await routes(room, order(*mugs)) == [["B"]]
    assert await routes(room, order(item(room, "mug", 2, "EAST"), item(room, "mug", 3, "WEST"))) == [["A", "B"]]
    mugs = [item(room, "mug", 3, "EAST"), item(room, "mug", 3, "WEST")]
    assert await routes(room, order(*mugs)) == [["A", "B", "C"]]
    assert await routes(room, order(item(room, "mug", 4, "EAST"), item(room, "mug", 3, "WEST"))) == []


async def test_only_whole_units_that_are_available_to_fulfil_are_shipped(room: Stockroom):
    """C has 2.75 mugs less one withheld: 1.75, of which one can be shipped; expected restocks do not count."""
    assert await routes(room, order(item(room, "mug", 1, "C"))) == [["C"]]
    assert await routes(room, order(item(room, "mug", 2, "C"))) == []
    await room.count(
        "D", "mug", Decimal("1200.35"), futureStock=[{"expectedDate": "2030-01-01T00:00:00Z", "quantity": 9}]
    )
    assert await routes(room, order(item(room, "mug", 1200, "D"))) == [["D"]]
    assert await routes(room, order(item(room, "mug", 1201, "D"))) == []
    await room.reserve(room.line("B", "mug", 2))
    assert await routes(room, order(item(room, "mug", 2, "EAST"))) == [["A"]]


async def test_what_is_reserved_at_a_group_can_be_routed(room: Stockroom):
    """An order's units are held at its group until they are routed: they must not be missing then."""
    await room.reserve(room.line("EAST", "mug", 5, group=True))
    assert await routes(room, order(item(room, "mug", 5, "EAST"))) == [["A", "B"]]


async def test_excluded_locations_ship_nothing(room: Stockroom):
    mugs = item(room, "mug", 2, "EAST")
    assert await routes(room, order(mugs)) == [["A"], ["B"]]
    assert await routes(room, order(mugs, excludeLocations=[room.name("B")])) == [["A"]]
    assert await routes(room, order(mugs, excludeLocations=[room.name("A"), room.name("B")])) == []
    code, message = await refusal(room, order(mugs, excludeLocations=[room.name("WEST")]))
    assert code == "INVALID_INPUT"
    assert f"location group '{room.name('WEST')}'; send its locations" in message


async def test_a_sku_that_a_record_excludes_from_a_group_does_not_count_for_it_when_asked(room: Stockroom):
    await room.count("B", "mug", 3, attributeSet={"groupEligibilityExclusion": [room.name("EAST")]})
    mugs = item(room, "mug", 3, "EAST")
    assert await routes(room, order(mugs)) == [["B"]]
    honoured = {"ociExpandAttributes": ["groupEligibilityExclusion"]}
    assert await routes(room, order(mugs), **honoured) == []
    assert await routes(room, order(item(room, "mug", 3, "WEST")), **honoured) == [["B"]]
    assert await routes(room, order(item(room, "mug", 3, "B")), **honoured) == [["B"]]


async def test_each_order_succeeds_or_fails_alone(room: Stockroom):
    good = order(item(room, "mug", 2, "A"))
    found = await answered(room, good, order(item(room, "mug", 2, "NOWHERE")), order(), good)
    assert (found["success"], found["errors"]) == (False, [])
    assert [result["success"] for result in found["results"]] == [True, False, False, True]
    assert [len(result["targetLocations"]) for result in found["results"]] == [1, 0, 0, 1]
    assert [[error["errorCode"] for error in result["errors"]] for result in found["results"]] == [
        [], ["INVALID_CROSS_REFERENCE_KEY"], ["REQUIRED_FIELD_MISSING"], [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"quantity": 0}, "INVALID_INPUT", "orderedItems[0].quantity: 0 is not a whole number"),
        ({"quantity": Decimal("1.5")}, "INVALID_INPUT", "1.5 is not a whole number"),
        ({"locationGroupIdentifier": "nowhere"}, "INVALID_CROSS_REFERENCE_KEY", "no location group or location"),
        ({"locationGroupIdentifier": ""}, "INVALID_INPUT", "locationGroupIdentifier has 0 characters"),
        ({"stockKeepingUnit": "a" * 300}, "INVALID_INPUT", "stockKeepingUnit has 300 characters"),
    ],
)
async def test_what_an_order_is_refused_for(room: Stockroom, change: dict[str, Any], code: str, text: str):
    found, message = await refusal(room, order(item(room, "mug", 1, "A") | change))
    assert found == code
    assert text in message


async def test_a_negative_number_of_splits_refuses_the_order(room: Stockroom):
    code, message = await refusal(room, order(item(room, "mug", 1, "A"), maximumNumberOfSplits=-1))
    assert (code, message[:27]) == ("INVALID_INPUT", "maximumNumberOfSplits is -1")


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({ORDERS: []}, "REQUIRED_FIELD_MISSING", f"{ORDERS} is empty"),
        ({}, "REQUIRED_FIELD_MISSING", f"missing {ORDERS}"),
        ({ORDERS: [{"orderedItems": []}] * 101}, "INVALID_INPUT", "101 orders; send at most 100"),
        ({ORDERS: [{"orderedItems": [], "excludeLocations": ["x"] * 10_001}]}, "INVALID_INPUT", "excludeLocations"),
        ({ORDERS: [{"orderedItems": []}], "ociExpandAttributes": ["all"]}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
         "groupEligibilityExclusion"),
        ({ORDERS: [{"orderedItems": [], "excludedLocations": []}]}, "INVALID_FIELD", "excludeLocations"),
    ],
    ids=["no orders", "no list", "many orders", "many exclusions", "unknown attribute", "misspelt"],
)  # fmt: skip
async def test_what_a_request_is_refused_for(room: Stockroom, body: dict[str, Any], code: str, text: str):
    error = await room.refused(PATH, body)
    assert error["errorCode"] == code
    assert text in error["message"]


async def test_a_request_reads_so_many_records_and_no_more(room: Stockroom, monkeypatch):
    monkeypatch.setattr(demanded, "MOST_RECORDS", 5)
    monkeypatch.setattr(handler, "MOST_RECORDS", 5)
    both = order(item(room, "mug", 1, "EAST"))
    found = await answered(room, both, both, order(item(room, "mug", 1, "A")))
    assert [result["success"] for result in found["results"]] == [True, False, True]
    assert "3 locations and groups × 1 SKUs are 3 inventory records" in found["results"][1]["errors"][0]["message"]


async def test_a_capped_search_says_so_and_leaves_the_other_orders_alone(room: Stockroom, monkeypatch):
    monkeypatch.setattr(handler, "MOST_ROUTES", 1)
    many, one = order(item(room, "mug", 2, "EAST")), order(item(room, "mug", 2, "A"))
    found = await answered(room, many, one)
    assert [result["limitReached"] for result in found["results"]] == ["RoutesReturned", None]
    assert [len(result["targetLocations"]) for result in found["results"]] == [1, 1]
    monkeypatch.setattr(handler, "MOST_WORK", 0)
    found = await answered(room, many, one)
    assert [result["limitReached"] for result in found["results"]] == ["WorkDone", "WorkDone"]
    assert found["success"] is True


async def test_explain_says_who_is_in_or_out_and_what_a_route_ships(room: Stockroom):
    await room.count("C", "mug", 2, attributeSet={"groupEligibilityExclusion": [room.name("WEST")]})
    one = order(item(room, "mug", 2, "EAST"), item(room, "mug", 3, "WEST"), excludeLocations=[room.name("D")])
    found = await answered(room, one, query="?explain=true", ociExpandAttributes=["groupEligibilityExclusion"])
    (result,) = found["results"]
    assert set(result) == RESULT | {"explanation"}
    mug, (a, b, c, d) = room.name("mug"), (room.name(name) for name in "ABCD")
    assert result["targetLocations"] == [{
        "locations": [a, b],
        "shipments": [
            {"location": a, "quantity": 2, "stockKeepingUnit": mug},
            {"location": b, "quantity": 3, "stockKeepingUnit": mug},
        ],
    }]  # fmt: skip
    explained = result["explanation"]
    assert [row["locationGroupIdentifier"] for row in explained["ordered"]] == [room.name("EAST"), room.name("WEST")]
    assert [(one["location"], one["why"]) for one in explained["locations"]] == [
        (a, "in: part of 1 of 1 routes"),
        (b, "in: part of 1 of 1 routes"),
        (c, f"out: its {mug} does not count for group {room.name('WEST')}"),
        (d, "out: excludeLocations names it"),
    ]


async def test_versions(room: Stockroom, api: Caller):
    body = {ORDERS: [order(item(room, "mug", 2, "A"))]}

    async def sent(version: int, body: Any) -> Any:
        return await api.http.post(f"{BASE.replace('67', str(version))}{PATH}", json=body)

    assert (await sent(53, body)).status_code == 404
    first = await sent(54, body)
    assert first.status_code == 201
    record = exact(first)["results"][0]["inventory"]["locations"][0]["inventoryRecords"][0]
    assert {"exists", "attributeSet"}.isdisjoint(record)
    excluding = {ORDERS: [body[ORDERS][0] | {"excludeLocations": []}]}
    assert ((await sent(54, excluding)).status_code, (await sent(55, excluding)).status_code) == (400, 201)
    expanding = body | {"ociExpandAttributes": []}
    assert ((await sent(58, expanding)).status_code, (await sent(59, expanding)).status_code) == (400, 201)


async def test_it_needs_a_token_and_stores_nothing(room: Stockroom, api: Caller, database: Database):
    before = await row_counts(database)
    await answered(room, order(item(room, "mug", 2, "A")), query="?explain=true")
    assert await row_counts(database) == before
    body = {ORDERS: [order(item(room, "mug", 2, "A"))]}
    assert (await api.http.post(BASE + PATH, json=body, headers={"Authorization": ""})).status_code == 401


async def test_other_requests_and_quick_searches_go_on_during_a_long_one(room: Stockroom, api: Caller, monkeypatch):
    begun, may_end = threading.Event(), threading.Event()
    decide = decide_find_routes_for_demands

    def slow(demands: Any, available: Any, splits: Any, *, most_routes: int, most_work: int) -> Any:
        if demands[0].quantity != 2:
            return decide(demands, available, splits, most_routes=most_routes, most_work=most_work)
        if most_work == MOST_WORK:
            begun.set()
            assert may_end.wait(timeout=20)
            return decide(demands, available, splits)
        return decide(demands, available, splits, most_work=-1)  # as one that needs longer than the quick lane allows

    monkeypatch.setattr(handler, "decide_find_routes_for_demands", slow)
    monkeypatch.setattr("orderwright.rest.routing.searching.QUICK_WORK", -1)
    search = asyncio.create_task(routes(room, order(item(room, "mug", 2, "A"))))
    assert await asyncio.to_thread(begun.wait, 20)
    assert (await api.send("GET", "/sobjects")).status_code == 200
    monkeypatch.setattr("orderwright.rest.routing.searching.QUICK_WORK", 200_000)
    assert await routes(room, order(item(room, "mug", 1, "A"))) == [["A"]]
    assert not search.done()
    may_end.set()
    assert await search == [["A"]]
