"""…/routing/actions/find-routes-with-fewest-splits over HTTP: documented shapes, lenient reading, clear refusals."""

import asyncio
import threading
from decimal import Decimal
from typing import Any

import httpx
import pytest

from orderwright.decisions import find_routes
from orderwright.rest.routing import find_routes_with_fewest_splits as handler
from orderwright.store.database import Database
from tests.rest.calling import BASE, Caller, exact, row_counts

PATH = "/commerce/order-management/routing/actions/find-routes-with-fewest-splits"
OUTPUT = {"errors", "limitReached", "success", "targetLocations"}


def row(location: str | None, sku: str, quantity: Any) -> dict[str, Any]:
    return {"externalReferenceId": location, "stockKeepingUnit": sku, "quantity": quantity}


def wanted(sku: str, quantity: Any) -> dict[str, Any]:
    return {"stockKeepingUnit": sku, "quantity": quantity}


EXAMPLE: dict[str, Any] = {
    "orderedQuantities": [wanted("SKU-A", 2), wanted("SKU-B", 1)],
    "locationAvailableInventory": [row("WH-1", "SKU-A", 2), row("WH-2", "SKU-B", 5), row("WH-3", "SKU-B", 1)],
    "maximumNumberOfSplits": 1,
}


async def done(api: Caller, body: Any, query: str = "") -> Any:
    answer = await api.send("POST", PATH + query, body)
    assert answer.status_code == 201, answer.text
    return exact(answer)


async def refused(api: Caller, body: Any) -> tuple[str, str]:
    answer = await api.send("POST", PATH, body)
    assert answer.status_code == 400, answer.text
    (error,) = answer.json()
    return error["errorCode"], error["message"]


async def test_the_documented_example(api: Caller):
    assert await done(api, EXAMPLE) == {
        "errors": [],
        "limitReached": None,
        "success": True,
        "targetLocations": [{"locations": ["WH-1", "WH-2"]}, {"locations": ["WH-1", "WH-3"]}],
    }


async def test_no_route_is_a_success_with_an_empty_list(api: Caller):
    found = await done(api, EXAMPLE | {"maximumNumberOfSplits": 0})
    assert found == {"errors": [], "limitReached": None, "success": True, "targetLocations": []}


@pytest.mark.parametrize("splits", [{}, {"maximumNumberOfSplits": None}], ids=["left out", "null"])
async def test_without_a_maximum_it_takes_as_many_splits_as_needed(api: Caller, splits: dict[str, Any]):
    rows = [row(f"L{number}", "A", 1) for number in range(7)]
    body = {"orderedQuantities": [wanted("A", 7)], "locationAvailableInventory": rows, **splits}
    (route,) = (await done(api, body))["targetLocations"]
    assert route["locations"] == [f"L{number}" for number in range(7)]


async def test_numbers_may_be_texts_and_have_decimals(api: Caller):
    rows = [row("U", "A", "0.1"), row("V", "A", Decimal("0.2")), row("W", "A", "7E-1"), row("X", "A", "-3")]
    body = {"orderedQuantities": [wanted("A", "1.0")], "locationAvailableInventory": rows, "maximumNumberOfSplits": "2"}
    assert (await done(api, body))["targetLocations"] == [{"locations": ["U", "V", "W"]}]


async def test_a_capped_search_says_so_and_gives_the_first_routes(api: Caller, monkeypatch):
    rows = [row(f"L{number}", "A", 1) for number in range(150)]
    body = {"orderedQuantities": [wanted("A", 2)], "locationAvailableInventory": rows}
    found = await done(api, body)
    assert found["limitReached"] == "RoutesReturned"
    assert len(found["targetLocations"]) == 10_000 < 150 * 149 // 2
    assert found["targetLocations"][0] == {"locations": ["L0", "L1"]}
    assert found["targetLocations"][149] == {"locations": ["L1", "L2"]}

    monkeypatch.setattr(handler, "MOST_WORK", 0)
    found = await done(api, body)
    assert (found["success"], found["limitReached"]) == (True, "WorkDone")
    assert found["targetLocations"] == []


async def test_explain_says_why_each_location_is_in_or_out_and_what_a_route_ships(api: Caller):
    rows = [*EXAMPLE["locationAvailableInventory"], row("WH-4", "SKU-C", 5)]
    found = await done(api, EXAMPLE | {"locationAvailableInventory": rows}, "?explain=true")
    assert set(found) == OUTPUT | {"explanation"}
    assert found["targetLocations"][1] == {
        "locations": ["WH-1", "WH-3"],
        "shipments": [
            {"location": "WH-1", "quantity": 2, "stockKeepingUnit": "SKU-A"},
            {"location": "WH-3", "quantity": 1, "stockKeepingUnit": "SKU-B"},
        ],
    }
    explained = found["explanation"]
    assert explained["why"] == "2 combinations of 2 cover the order, and none of fewer locations does"
    assert explained["combinationsChecked"] >= 1
    assert explained["ordered"][1] == {
        "available": 6, "fewestLocations": 1, "locationGroupIdentifier": None, "locations": 2, "ordered": 1,
        "stockKeepingUnit": "SKU-B",
    }  # fmt: skip
    assert [(one["location"], one["routes"], one["why"]) for one in explained["locations"]] == [
        ("WH-1", 2, "in: part of 2 of 2 routes"),
        ("WH-2", 1, "in: part of 1 of 2 routes"),
        ("WH-3", 1, "in: part of 1 of 2 routes"),
        ("WH-4", 0, "out: it has none of what was ordered"),
    ]


@pytest.mark.parametrize("query", ["", "?explain=false", "?explain=1"])
async def test_nothing_is_explained_that_nobody_asked_for(api: Caller, query: str):
    found = await done(api, EXAMPLE, query)
    assert set(found) == OUTPUT
    assert all(set(route) == {"locations"} for route in found["targetLocations"])


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"orderedQuantities": []}, "REQUIRED_FIELD_MISSING", "orderedQuantities is empty"),
        ({"orderedQuantities": None}, "REQUIRED_FIELD_MISSING", "missing orderedQuantities"),
        ({"locationAvailableInventory": []}, "REQUIRED_FIELD_MISSING", "locationAvailableInventory is empty"),
        ({"orderedQuantities": [wanted("A", 0)]}, "INVALID_INPUT", "orderedQuantities[0].quantity: 0 is not a whole"),
        ({"orderedQuantities": [wanted("A", 1), wanted("B", -1)]}, "INVALID_INPUT", "orderedQuantities[1].quantity"),
        ({"orderedQuantities": [wanted("A", Decimal("1.5"))]}, "INVALID_INPUT", "1.5 is not a whole number"),
        ({"orderedQuantities": [wanted("A", "many")]}, "JSON_PARSER_ERROR", "orderedQuantities[0].quantity"),
        ({"orderedQuantities": [{"quantity": 1}]}, "REQUIRED_FIELD_MISSING", "missing stockKeepingUnit"),
        ({"maximumNumberOfSplits": -1}, "INVALID_INPUT", "maximumNumberOfSplits is -1; send 0 for one shipment"),
        ({"maximumNumberOfSplits": Decimal("1.5")}, "JSON_PARSER_ERROR", "maximumNumberOfSplits"),
        ({"maximumNumberOfSplit": 1}, "INVALID_FIELD", "did you mean 'maximumNumberOfSplits'?"),
        ({"locationAvailableInventory": [row("U", "A", 1), row(None, "A", 1)]}, "REQUIRED_FIELD_MISSING",
         "locationAvailableInventory[1].externalReferenceId is missing"),
        ({"locationAvailableInventory": [row("", "A", 1)]}, "REQUIRED_FIELD_MISSING", "no route could name"),
        ({"locationAvailableInventory": [row(f"L{n}", "A", 1) for n in range(10_001)]}, "INVALID_INPUT",
         "names 10001 locations; send at most 10000"),
    ],
)  # fmt: skip
async def test_what_is_refused(api: Caller, change: dict[str, Any], code: str, text: str):
    found, message = await refused(api, EXAMPLE | change)
    assert found == code
    assert text in message


async def test_a_refusal_carries_the_empty_output(api: Caller):
    answer = await api.send("POST", PATH, EXAMPLE | {"maximumNumberOfSplits": -1})
    (error,) = answer.json()
    assert error["output"] == {
        "errors": [{"errorCode": error["errorCode"], "message": error["message"]}],
        "limitReached": None,
        "success": False,
        "targetLocations": None,
    }


async def test_it_exists_since_version_51(api: Caller):
    old = await api.http.post(f"{BASE.replace('67', '50')}{PATH}", json=EXAMPLE)
    assert (old.status_code, old.json()[0]["errorCode"]) == (404, "NOT_FOUND")
    first = await api.http.post(f"{BASE.replace('67', '51')}{PATH}", json=EXAMPLE)
    assert first.status_code == 201
    assert set(first.json()) == OUTPUT


async def test_it_needs_a_token_and_stores_nothing(api: Caller, http: httpx.AsyncClient, database: Database):
    before = await row_counts(database)
    await done(api, EXAMPLE, "?explain=true")
    assert await row_counts(database) == before
    assert (await http.post(BASE + PATH, json=EXAMPLE, headers={"Authorization": ""})).status_code == 401


async def test_other_requests_are_answered_while_a_search_goes_on(api: Caller, monkeypatch):
    begun, may_end = threading.Event(), threading.Event()

    def slow(*arguments: Any, **more: Any) -> Any:
        begun.set()
        assert may_end.wait(timeout=20)
        return find_routes.decide_find_routes(*arguments, **more)

    monkeypatch.setattr(handler, "decide_find_routes", slow)
    search = asyncio.create_task(done(api, EXAMPLE))
    assert await asyncio.to_thread(begun.wait, 20)
    assert (await api.send("GET", "/sobjects")).status_code == 200
    assert not search.done()
    may_end.set()
    assert len((await search)["targetLocations"]) == 2
