"""Availability and batches over HTTP, as documented."""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from orderwright.store.database import Database
from tests.rest.calling import Caller, exact
from tests.rest.conftest import Hands
from tests.rest.stocking import BATCH, GET, GRAPH, RESERVE, Stockroom


@pytest.fixture
async def room(api: Caller, database: Database) -> AsyncIterator[Stockroom]:
    made = Stockroom(api, database)
    yield made
    await made.check_ledger()


@pytest.fixture
async def two(room: Stockroom) -> Stockroom:
    """A and B in group G; ten mugs at A with two to come and one withheld, three at B."""
    await room.locate({"G": ["A", "B"]}, "C")
    future = [{"expectedDate": "2030-01-01T00:00:00Z", "quantity": 2}]
    await room.count("A", "mug", 10, safetyStockCount=1, futureStock=future, effectiveDate="2024-01-01T00:00:00Z")
    await room.count("B", "mug", 3)
    return room


async def test_available_to_fulfil_leaves_out_reserved_and_safety_stock_and_to_order_adds_futures(two: Stockroom):
    """semantics.md §16.4: 10 on hand, futures 2, safety 1, reserved 5 -> 4 and 6."""
    await two.reserve(two.line("A", "mug", 5))
    record = await two.at("A", "mug")
    assert record == {
        "stockKeepingUnit": two.name("mug"), "onHand": 10, "reserved": 5, "safetyStockCount": 1,
        "availableToFulfill": 4, "availableToOrder": 6,
        "futures": [{"expectedDate": "2030-01-01T00:00:00.000Z", "quantity": 2}],
        "effectiveDate": "2024-01-01T00:00:00.000Z", "exists": True, "attributeSet": None,
    }  # fmt: skip


async def test_an_early_date_is_written_with_four_digits_and_is_earlier(two: Stockroom):
    await two.count("B", "mug", 3, effectiveDate="0987-01-01T00:00:00Z")
    assert (await two.at("B", "mug"))["effectiveDate"] == "0987-01-01T00:00:00.000Z"
    assert (await two.in_group("G", "mug"))["effectiveDate"] == "2024-01-01T00:00:00.000Z"


async def test_a_group_is_the_sum_of_its_locations_less_what_is_reserved_at_the_group(two: Stockroom):
    await two.reserve(two.line("G", "mug", 4, group=True), two.line("B", "mug", 1))
    record = await two.in_group("G", "mug")
    assert [record[name] for name in ("onHand", "reserved", "safetyStockCount", "availableToFulfill")] == [13, 5, 1, 7]
    assert record["availableToOrder"] == 9
    assert record["futures"] == [{"expectedDate": "2030-01-01T00:00:00.000Z", "quantity": 2}]
    assert record["effectiveDate"] == "2024-01-01T00:00:00.000Z"


async def test_futures_of_a_group_are_added_up_by_date(two: Stockroom):
    future = [
        {"expectedDate": "2030-01-01T00:00:00Z", "quantity": 1.5},
        {"expectedDate": "2029-01-01T00:00:00Z", "quantity": 7},
    ]
    await two.count("B", "mug", 3, futureStock=future)
    assert (await two.in_group("G", "mug"))["futures"] == [
        {"expectedDate": "2029-01-01T00:00:00.000Z", "quantity": 7},
        {"expectedDate": "2030-01-01T00:00:00.000Z", "quantity": Decimal("3.5")},
    ]


async def test_one_group_with_one_sku_shows_each_of_its_locations_too(two: Stockroom):
    body = {"locationGroupIdentifier": two.name("G"), "stockKeepingUnit": two.name("mug"), "useCache": False}
    found = await two.done(GET, body)
    assert found.keys() == {"errors", "locationGroups", "locations", "success"}
    assert [group["locationGroupIdentifier"] for group in found["locationGroups"]] == [two.name("G")]
    assert {p["locationIdentifier"]: p["inventoryRecords"][0]["onHand"] for p in found["locations"]} == {
        two.name("A"): 10, two.name("B"): 3,
    }  # fmt: skip


async def test_no_sku_has_variants_so_related_products_add_nothing(two: Stockroom):
    body = {"locationGroupIdentifier": two.name("G"), "stockKeepingUnit": two.name("mug")}
    assert await two.done(GET, body | {"includeRelatedProducts": True}) == await two.done(GET, body)


async def test_a_sku_alone_is_looked_for_at_the_locations_outside_any_group(two: Stockroom):
    await two.count("C", "mug", 8)
    found = await two.done(GET, {"stockKeepingUnit": two.name("mug")})
    assert found["locationGroups"] == []
    assert [(p["locationIdentifier"], p["inventoryRecords"][0]["onHand"]) for p in found["locations"]] == [
        (two.name("C"), 8)
    ]


async def test_what_was_never_counted_does_not_exist(two: Stockroom):
    record = await two.at("C", "mug")
    assert [record["exists"], record["onHand"], record["futures"], record["effectiveDate"]] == [False, 0, [], None]
    assert (await two.in_group("G", "cup"))["exists"] is False


async def test_places_and_skus_are_answered_in_full_and_in_order(two: Stockroom):
    names = [two.name("B"), two.name("C"), two.name("A")]
    skus = [two.name("cup"), two.name("mug")]
    found = (await two.done(GET, {"locationIdentifiers": names, "stockKeepingUnits": skus}))["locations"]
    assert [place["locationIdentifier"] for place in found] == names
    assert [sorted(r["stockKeepingUnit"] for r in place["inventoryRecords"]) for place in found] == [skus] * 3


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "send stockKeepingUnit or stockKeepingUnits"),
        ({"locationIdentifiers": ["A"]}, "send stockKeepingUnit or stockKeepingUnits"),
        ({"stockKeepingUnit": "a", "stockKeepingUnits": ["a"]}, "not both"),
        ({"stockKeepingUnits": ["a"]}, "goes with a list of places"),
        ({"locationGroupIdentifier": "G", "stockKeepingUnits": ["a"]}, "goes with stockKeepingUnit;"),
        ({"locationGroupIdentifiers": ["G"], "stockKeepingUnit": "a"}, "goes with stockKeepingUnits;"),
        ({"locationIdentifiers": ["A"], "stockKeepingUnit": "a"}, "goes with stockKeepingUnits;"),
        (
            {"locationIdentifiers": ["A"], "locationGroupIdentifiers": ["G"], "stockKeepingUnits": ["a"]},
            "at most one",
        ),
        ({"locationIdentifiers": [], "stockKeepingUnits": ["a"]}, "send 1 to 100"),
        ({"locationIdentifiers": ["A"], "stockKeepingUnits": [str(n) for n in range(101)]}, "send 1 to 100"),
        ({"locationIdentifiers": [str(n) for n in range(101)], "stockKeepingUnits": ["a"]}, "send 1 to 100"),
        ({"locationIdentifiers": ["A"], "stockKeepingUnits": [""]}, "stockKeepingUnit has 0 characters"),
        (
            {"locationIdentifiers": ["A"], "stockKeepingUnits": ["a"], "includeRelatedProducts": True},
            "includeRelatedProducts goes with one SKU",
        ),
    ],
)
async def test_other_pairs_of_selectors_are_refused(room: Stockroom, body: dict[str, Any], says: str):
    error = await room.refused(GET, body)
    assert error["errorCode"] == "INVALID_INPUT"
    assert says in error["message"]
    assert error["output"]["success"] is False


async def test_an_unknown_place_is_refused_and_named(two: Stockroom):
    body = {"locationIdentifiers": [two.name("A"), "Nowhere"], "stockKeepingUnits": [two.name("mug")]}
    error = await two.refused(GET, body)
    assert error["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert "location 'Nowhere'" in error["message"]


async def test_older_versions_do_not_see_younger_members(two: Stockroom):
    body = {"locationIdentifiers": [two.name("A"), two.name("C")], "stockKeepingUnits": [two.name("mug")]}
    for version, known in ((51, set()), (59, {"attributeSet"}), (62, {"attributeSet", "exists"})):
        answer = await two.api.http.post(f"/services/data/v{version}.0{GET}", json=body)
        for place in answer.json()["locations"]:
            assert {"attributeSet", "exists"} & place["inventoryRecords"][0].keys() == known
    older = await two.api.http.post(f"/services/data/v50.0{GET}", json=body)
    assert older.status_code == 404


async def test_a_sku_with_quotes_is_answered_as_it_is(two: Stockroom):
    await two.count("A", 'a "b" \\ ü', 1)
    assert (await two.at("A", 'a "b" \\ ü'))["stockKeepingUnit"] == two.name('a "b" \\ ü')


async def test_a_hundred_thousand_million_and_a_billionth_are_kept_exactly(two: Stockroom):
    await two.count("A", "gold", Decimal("9999999999999999.999999999"))
    await two.reserve(two.line("A", "gold", Decimal("0.000000001")))
    assert (await two.at("A", "gold"))["availableToFulfill"] == Decimal("9999999999999999.999999998")


# --- batch-update -----------------------------------------------------------------------------------------------------


def record(room: Stockroom, location: str, sku: str, **more: Any) -> dict[str, Any]:
    names = {"locationIdentifier": room.name(location), "stockKeepingUnit": room.name(sku)}
    return {"actionRequestId": room.action(), **names, **more}


async def test_the_published_example_is_taken(room: Stockroom):
    """Source: returns-payments-inventory.yaml#oci.batch-update: both spellings of the exclusions are accepted."""
    await room.locate({"GroupA": ["warehouse5"]})
    entry = record(
        room, "warehouse5", "sku123", onHand=Decimal("1200.35"), safetyStockCount=Decimal("12.45"),
        effectiveDate="2019-07-24T21:13:00Z", externalRefId="ref-1",
        futureStock=[{"expectedDate": "2019-08-24T21:13:00Z", "quantity": Decimal("10.25")}],
        attributeSet={"groupEligibilityExclusion": [room.name("GroupA")]},
    )  # fmt: skip
    assert await room.done(BATCH, {"records": [entry]}) == {"errors": [], "success": True}
    found = await room.at("warehouse5", "sku123")
    assert [found["onHand"], found["availableToFulfill"], found["availableToOrder"]] == [
        Decimal("1200.35"), Decimal("1187.90"), Decimal("1198.15"),
    ]  # fmt: skip
    assert found["attributeSet"] == {"groupEligibilityExclusion": [room.name("GroupA")]}
    assert (await room.in_group("GroupA", "sku123"))["exists"] is False


async def test_what_a_record_leaves_out_stays(two: Stockroom):
    await two.done(BATCH, {"records": [record(two, "A", "mug", safetyStockCount=4)]})
    found = await two.at("A", "mug")
    assert [found["onHand"], found["safetyStockCount"], len(found["futures"])] == [10, 4, 1]
    await two.done(BATCH, {"records": [record(two, "A", "mug", futureStock=[])]})
    assert (await two.at("A", "mug"))["futures"] == []


async def test_each_record_succeeds_or_fails_alone(two: Stockroom):
    bad = record(two, "A", "cup", onHand=-1, externalRefId="r")
    lost = record(two, "Nowhere", "cup", onHand=1)
    found = await two.done(BATCH, {"records": [bad, record(two, "B", "cup", onHand=2), lost]})
    assert found["success"] is False
    assert [error["errorCode"] for error in found["errors"]] == ["INVALID_INPUT", "INVALID_CROSS_REFERENCE_KEY"]
    assert found["errors"][0]["details"] == {
        "actionRequestId": bad["actionRequestId"], "externalRefId": "r",
        "locationIdentifier": two.name("A"), "stockKeepingUnit": two.name("cup"),
    }  # fmt: skip
    assert (await two.at("B", "cup"))["onHand"] == 2


async def test_a_record_is_put_once_under_its_id(two: Stockroom):
    entry = record(two, "A", "cup", onHand=5)
    await two.done(BATCH, {"records": [entry]})
    await two.count("A", "cup", 7)
    assert await two.done(BATCH, {"records": [entry, entry]}) == {"errors": [], "success": True}
    assert (await two.at("A", "cup"))["onHand"] == 7
    other = await two.done(BATCH, {"records": [entry | {"onHand": 6}]})
    assert [error["errorCode"] for error in other["errors"]] == ["DUPLICATE_VALUE"]
    assert (await two.at("A", "cup"))["onHand"] == 7


async def test_of_two_records_for_one_place_in_one_batch_the_later_counts(two: Stockroom):
    await two.done(BATCH, {"records": [record(two, "C", "cup", onHand=n) for n in (1, 3, 2)]})
    assert (await two.at("C", "cup"))["onHand"] == 2


async def test_a_batch_has_at_most_100_skus(two: Stockroom):
    entries = [record(two, "C", f"s{n}", onHand=n) for n in range(101)]
    assert (await two.refused(BATCH, {"records": entries}))["errorCode"] == "INVALID_INPUT"
    assert (await two.done(BATCH, {"records": entries[:100]}))["success"] is True
    assert (await two.refused(BATCH, {"records": []}))["errorCode"] == "INVALID_INPUT"


# --- the location graph -----------------------------------------------------------------------------------------------


async def test_only_marked_records_with_an_external_reference_are_published(room: Stockroom):
    unmarked = room.name("unmarked")
    await room.api.create("Location", Name="x", LocationType="Warehouse", ExternalReference=unmarked)
    await room.api.create(
        "LocationGroup", LocationGroupName="x", IsEnabled=False, ShouldSyncWithOci=True, ExternalReference=unmarked
    )
    unnamed = await room.api.create("Location", Name="y", LocationType="Warehouse", ShouldSyncWithOci=True)
    published = await room.done(GRAPH, None)
    assert published.keys() == {"errors", "success", "uploadId"}
    status = exact(await room.api.send("GET", f"{GRAPH}/{published['uploadId']}"))
    assert [status["status"], status["validationStatus"], status["success"]] == ["COMPLETED", "FAILED", True]
    assert any(unnamed[:15] in problem for problem in status["validationErrors"])
    assert status["recordsReadCount"] == status["recordsProcessedCount"] + status["recordsSkippedCount"]
    for place in ({"locationIdentifiers": [unmarked]}, {"locationGroupIdentifiers": [unmarked]}):
        await room.refused(GET, place | {"stockKeepingUnits": ["a"]})
    await room.api.send("PATCH", f"/sobjects/Location/{unnamed}", {"ShouldSyncWithOci": False})


async def test_a_location_that_is_published_no_more_takes_no_reservations_but_its_units_come_back_with_it(
    two: Stockroom, database: Database
):
    record_id = await database.main.fetchval("SELECT id FROM location WHERE external_reference = $1", two.name("B"))
    await two.api.send("PATCH", f"/sobjects/Location/{record_id}", {"ShouldSyncWithOci": False})
    await two.done(GRAPH, None)
    body = {"actionRequestId": two.action(), "createRecords": [two.line("B", "mug", 1)]}
    assert (await two.refused(RESERVE, body))["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert (await two.in_group("G", "mug"))["onHand"] == 10
    await two.api.send("PATCH", f"/sobjects/Location/{record_id}", {"ShouldSyncWithOci": True})
    await two.done(GRAPH, None)
    assert (await two.in_group("G", "mug"))["onHand"] == 13


async def test_the_status_of_another_upload_is_not_found(room: Stockroom):
    published = await room.done(GRAPH, None)
    for path in (
        f"{GRAPH}/nothing",
        f"{GRAPH}/%00",
        f"/commerce/oci/availability-records/uploads/{published['uploadId']}",
    ):
        assert (await room.api.send("GET", path)).status_code == 404


async def test_what_lapsed_is_available_at_once_although_nobody_gave_it_back(two: Stockroom, clock: Hands):
    await two.reserve(two.line("B", "mug", 3), two.line("G", "mug", 2, group=True), expirationSeconds=60)
    assert (await two.at("B", "mug"))["availableToFulfill"] == 0
    clock.now += dt.timedelta(seconds=61)
    assert (await two.at("B", "mug"))["availableToFulfill"] == 3
    assert (await two.in_group("G", "mug"))["availableToFulfill"] == 12
