"""Reservations over HTTP: made, changed, fulfilled, released, transferred, lapsed; each once under its id."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from orderwright.store.database import Database
from orderwright.store.inventory_reservations import fulfill_held, release_held
from orderwright.store.transaction import Call, Store
from tests.rest.calling import Caller, exact
from tests.rest.conftest import Hands
from tests.rest.stocking import FULFILL, RELEASE, RESERVE, TRANSFER, UPDATE, Stockroom


@pytest.fixture
async def room(api: Caller, database: Database) -> AsyncIterator[Stockroom]:
    """A and B in G, B and C in H, D outside: five mugs at A, three at B, none elsewhere."""
    made = Stockroom(api, database)
    await made.locate({"G": ["A", "B"], "H": ["B", "C"]}, "D")
    await made.count("A", "mug", 5)
    await made.count("B", "mug", 3)
    yield made
    await made.check_ledger()


def create(room: Stockroom, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"actionRequestId": room.action(), "createRecords": list(lines)} | more


async def reserved(room: Stockroom, place: str, sku: str = "mug") -> Decimal:
    return (await room.figures(place, sku))[1]


# --- create -----------------------------------------------------------------------------------------------------------


async def test_a_reservation_answers_as_documented(room: Stockroom):
    """Source: returns-payments-inventory.yaml#oci.reservation-create: expiry = reservationTime + expirationSeconds."""
    body = create(room, room.line("G", "mug", 2, group=True), expirationSeconds=600) | {
        "allowPartialReservations": False, "reservationTime": "2026-05-01T10:00:00Z",
    }  # fmt: skip
    assert await room.done(RESERVE, body) == {
        "success": True, "errors": [],
        "reservationTime": "2026-05-01T10:00:00.000Z", "expirationTime": "2026-05-01T10:10:00.000Z",
        "details": [{
            "locationGroupIdentifier": room.name("G"), "locationIdentifier": None,
            "stockKeepingUnit": room.name("mug"), "quantity": 2, "errorCode": None,
        }],
    }  # fmt: skip
    assert await room.group_figures("G", "mug") == [8, 2, 0, 6, 6]
    assert await room.figures("A", "mug") == [5, 0, 0, 5, 5]


async def test_without_a_time_it_begins_now_and_never_lapses(room: Stockroom, clock: Hands):
    done = await room.done(RESERVE, create(room, room.line("A", "mug", 1)))
    assert [done["reservationTime"], done["expirationTime"]] == ["2026-03-01T10:00:00.123Z", None]


async def test_more_than_is_available_is_refused_and_nothing_is_reserved(room: Stockroom):
    body = create(room, room.line("A", "mug", 2), room.line("B", "mug", 4))
    error = await room.refused(RESERVE, body)
    assert error["errorCode"] == "INSUFFICIENT_INVENTORY"
    output = error["output"]
    assert output["success"] is False
    assert [(d["quantity"], d["errorCode"]) for d in output["details"]] == [(0, None), (0, "INSUFFICIENT_INVENTORY")]
    assert output["errors"] == [{"errorCode": error["errorCode"], "message": error["message"]}]
    assert [await reserved(room, "A"), await reserved(room, "B")] == [0, 0]


async def test_partly_reserves_what_there_is_where_that_is_allowed(room: Stockroom):
    lines = (room.line("A", "mug", 2), room.line("B", "mug", 4), room.line("C", "mug", 1))
    done = await room.done(RESERVE, create(room, *lines, allowPartialReservations=True))
    short = "INSUFFICIENT_INVENTORY"
    assert [(d["quantity"], d["errorCode"]) for d in done["details"]] == [(2, None), (3, short), (0, short)]
    assert done["success"] is True
    nothing = await room.refused(RESERVE, create(room, room.line("C", "mug", 1), allowPartialReservations=True))
    assert nothing["errorCode"] == short


async def test_a_repeated_request_reserves_once_and_is_answered_as_before(room: Stockroom):
    body = create(room, room.line("A", "mug", 4), expirationSeconds=60)
    first = await room.done(RESERVE, body)
    assert await room.done(RESERVE, body) == first
    assert await reserved(room, "A") == 4
    other = await room.refused(RESERVE, body | {"expirationSeconds": 61}, 409)
    assert other["errorCode"] == "DUPLICATE_VALUE"


async def test_the_same_request_sent_sixteen_times_at_once_reserves_once(room: Stockroom):
    body = create(room, room.line("G", "mug", 5, group=True))
    answers = await asyncio.gather(*(room.post(RESERVE, body) for _ in range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert (await room.group_figures("G", "mug"))[1] == 5


async def test_units_promised_by_a_group_are_not_given_out_at_its_locations(room: Stockroom):
    await room.reserve(room.line("G", "mug", 8, group=True))
    assert (await room.refused(RESERVE, create(room, room.line("A", "mug", 1))))[
        "errorCode"
    ] == "INSUFFICIENT_INVENTORY"
    assert (await room.refused(RESERVE, create(room, room.line("H", "mug", 1, group=True))))["output"][
        "success"
    ] is False


async def test_overlapping_groups_give_out_shared_units_once(room: Stockroom):
    """H has only B's three; G can keep five of its promise at A, so three of eight are left for either."""
    await room.reserve(room.line("G", "mug", 5, group=True))
    await room.reserve(room.line("H", "mug", 3, group=True))
    for place, group in (("G", True), ("H", True), ("A", False), ("B", False)):
        await room.refused(RESERVE, create(room, room.line(place, "mug", 1, group=group)))


async def test_expected_restocks_can_be_reserved(room: Stockroom):
    await room.count("A", "mug", 5, futureStock=[{"expectedDate": "2030-01-01T00:00:00Z", "quantity": 4}])
    await room.reserve(room.line("A", "mug", 9))
    assert await room.figures("A", "mug") == [5, 9, 0, -4, 0]
    await room.refused(RESERVE, create(room, room.line("A", "mug", 1)))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expirationSeconds": 14401}, "INVALID_INPUT"),
        ({"expirationSeconds": 0}, "INVALID_INPUT"),
        ({"createRecords": []}, "INVALID_INPUT"),
        ({"actionRequestId": " "}, "INVALID_INPUT"),
        ({"createRecords": [{"stockKeepingUnit": "a", "quantity": 1}]}, "INVALID_INPUT"),
        (
            {"createRecords": [{"locationIdentifier": "a", "locationGroupIdentifier": "b", "stockKeepingUnit": "a", "quantity": 1}]},  # noqa: E501
            "INVALID_INPUT",
        ),
        ({"createRecords": [{"locationIdentifier": "?", "stockKeepingUnit": "a", "quantity": 1}]}, "INVALID_CROSS_REFERENCE_KEY"),  # noqa: E501
        ({"reservationTime": "2020-01-01T00:00:00Z", "expirationSeconds": 60}, "INVALID_INPUT"),
        ({"reservationTime": "9999-12-31T23:59:59Z", "expirationSeconds": 60}, "INVALID_INPUT"),
        ({"externalRefId": "x" * 256}, "INVALID_INPUT"),
    ],
)  # fmt: skip
async def test_requests_that_make_no_sense_are_refused(room: Stockroom, change: dict[str, Any], code: str):
    assert (await room.refused(RESERVE, create(room, room.line("A", "mug", 1)) | change))["errorCode"] == code
    assert await reserved(room, "A") == 0


@pytest.mark.parametrize("quantity", [0, -1, Decimal("0.0000000001")])
async def test_quantities_that_cannot_be_reserved_are_refused(room: Stockroom, quantity: Any):
    assert (await room.refused(RESERVE, create(room, room.line("A", "mug", quantity))))["errorCode"] == "INVALID_INPUT"


async def test_a_place_and_sku_listed_twice_are_refused(room: Stockroom):
    error = await room.refused(RESERVE, create(room, room.line("A", "mug", 1), room.line("A", "mug", 1)))
    assert "twice" in error["message"]


async def test_at_most_100_records(room: Stockroom):
    lines = [room.line("A", f"s{n}", 1) for n in range(101)]
    assert "101 records" in (await room.refused(RESERVE, create(room, *lines)))["message"]


# --- update -----------------------------------------------------------------------------------------------------------


def update(room: Stockroom, reservation: str | None, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"actionRequestId": room.action(), "reservationId": reservation, "updateRecords": list(lines)} | more


async def test_an_update_says_what_is_held_from_now_on(room: Stockroom):
    """inferred: the output has the new total beside the adjustment, so the input is the total."""
    reservation = await room.reserve(room.line("A", "mug", 2))
    body = update(room, reservation, room.line("A", "mug", 3), room.line("B", "mug", 1))
    done = await room.done(UPDATE, body)
    assert [(d["adjustment"], d["quantity"], d["errorCode"]) for d in done["details"]] == [(1, 3, None), (1, 1, None)]
    assert done.keys() == {"details", "errors", "reservationTime", "success"}
    assert await room.done(UPDATE, body) == done
    assert [await reserved(room, "A"), await reserved(room, "B")] == [3, 1]
    await room.done(UPDATE, update(room, reservation, room.line("A", "mug", 0)))
    assert [await reserved(room, "A"), await reserved(room, "B")] == [0, 1]


async def test_units_given_up_by_one_record_are_there_for_another(room: Stockroom):
    reservation = await room.reserve(room.line("G", "mug", 8, group=True))
    lines = (room.line("A", "mug", 5), room.line("G", "mug", 3, group=True))
    done = await room.done(UPDATE, update(room, reservation, *lines, updateAllOrNothingRecords=True))
    assert [(d["adjustment"], d["quantity"]) for d in done["details"]] == [(5, 5), (-5, 3)]


async def test_a_record_of_an_update_that_lacks_units_stays_as_it_was(room: Stockroom):
    reservation = await room.reserve(room.line("A", "mug", 2), room.line("B", "mug", 2))
    lines = (room.line("A", "mug", 6), room.line("B", "mug", 1))
    done = await room.done(UPDATE, update(room, reservation, *lines))
    assert done["success"] is False
    assert [error["errorCode"] for error in done["errors"]] == ["INSUFFICIENT_INVENTORY"]
    assert [(d["adjustment"], d["quantity"]) for d in done["details"]] == [(0, 2), (-1, 1)]
    await room.refused(UPDATE, update(room, reservation, *lines, updateAllOrNothingRecords=True))
    assert await reserved(room, "A") == 2
    part = await room.done(UPDATE, update(room, reservation, *lines, allowPartialReservations=True))
    assert part["success"] is True
    assert [(d["adjustment"], d["quantity"]) for d in part["details"]] == [(3, 5), (0, 1)]


async def test_an_update_of_no_standing_reservation_is_refused(room: Stockroom, clock: Hands):
    line = room.line("A", "mug", 1)
    assert (await room.refused(UPDATE, update(room, None, line)))["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert (await room.refused(UPDATE, update(room, "?", line)))["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"
    reservation = await room.reserve(line, expirationSeconds=60)
    clock.now += dt.timedelta(seconds=60)
    assert (await room.refused(UPDATE, update(room, reservation, line)))["errorCode"] == "INVALID_OPERATION"


# --- fulfil, release, transfer ----------------------------------------------------------------------------------------


def action(room: Stockroom, line: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"actionRequestId": room.action()} | line | more


def moving(room: Stockroom, source: str, target: str, quantity: Any, **more: Any) -> dict[str, Any]:
    kinds = {True: "GroupIdentifier", False: "Identifier"}
    return {
        "actionRequestId": room.action(), "stockKeepingUnit": room.name("mug"), "quantity": quantity,
        f"fromLocation{kinds[source in 'GH']}": room.name(source),
        f"toLocation{kinds[target in 'GH']}": room.name(target),
    } | more  # fmt: skip


async def test_fulfilled_units_are_neither_reserved_nor_on_hand_any_more(room: Stockroom):
    reservation = await room.reserve(room.line("A", "mug", 3))
    entry = action(room, room.line("A", "mug", 2))
    for _ in range(2):
        done = await room.done(FULFILL, {"fulfillmentRecords": [entry], "reservationId": reservation})
        assert done == {"errors": [], "success": True}
    assert await room.figures("A", "mug") == [3, 1, 0, 2, 2]


async def test_released_units_are_available_again(room: Stockroom):
    await room.reserve(room.line("G", "mug", 3, group=True))
    await room.done(RELEASE, {"releaseRecords": [action(room, room.line("G", "mug", 1, group=True))]})
    assert await room.group_figures("G", "mug") == [8, 2, 0, 6, 6]


async def test_a_group_reservation_goes_to_a_location_and_is_fulfilled_there(room: Stockroom):
    reservation = await room.reserve(room.line("G", "mug", 4, group=True))
    await room.done(TRANSFER, {"transferRecords": [moving(room, "G", "B", 3, reservationId=reservation)]})
    assert await room.figures("B", "mug") == [3, 3, 0, 0, 0]
    assert await room.group_figures("G", "mug") == [8, 4, 0, 4, 4]
    entry = action(room, room.line("B", "mug", 3), reservationId=reservation)
    await room.done(FULFILL, {"fulfillmentRecords": [entry]})
    assert await room.figures("B", "mug") == [0, 0, 0, 0, 0]
    assert await room.group_figures("G", "mug") == [5, 1, 0, 4, 4]


async def test_each_record_of_an_action_succeeds_or_fails_alone(room: Stockroom):
    await room.reserve(room.line("A", "mug", 3))
    wrong = action(room, room.line("B", "mug", 1), externalRefId="r")
    done = await room.done(FULFILL, {"fulfillmentRecords": [wrong, action(room, room.line("A", "mug", 1))]})
    assert done["success"] is False
    assert [(error["errorCode"], error["details"]) for error in done["errors"]] == [("INSUFFICIENT_INVENTORY", wrong)]
    assert await room.figures("A", "mug") == [4, 2, 0, 2, 2]


async def test_a_transfer_needs_the_units_at_its_target_unless_told_to_ignore_that(room: Stockroom):
    await room.reserve(room.line("G", "mug", 8, group=True))
    done = await room.done(TRANSFER, {"transferRecords": [moving(room, "G", "B", 4)]})
    assert [error["errorCode"] for error in done["errors"]] == ["INSUFFICIENT_INVENTORY"]
    forced = await room.done(TRANSFER, {"transferRecords": [moving(room, "G", "B", 4, ignoreAvailabilityCheck=True)]})
    assert forced["success"] is True
    assert await room.figures("B", "mug") == [3, 4, 0, -1, -1]


async def test_a_transfer_to_where_nothing_was_ever_counted_can_be_forced(room: Stockroom):
    await room.reserve(room.line("A", "mug", 1))
    await room.done(TRANSFER, {"transferRecords": [moving(room, "A", "D", 1, ignoreAvailabilityCheck=True)]})
    assert await room.figures("D", "mug") == [0, 1, 0, -1, -1]


async def test_restocks_to_come_are_no_reason_to_transfer(room: Stockroom):
    """inferred: a transfer goes by available to fulfil."""
    await room.count("C", "mug", 0, futureStock=[{"expectedDate": "2030-01-01T00:00:00Z", "quantity": 4}])
    await room.reserve(room.line("A", "mug", 1))
    done = await room.done(TRANSFER, {"transferRecords": [moving(room, "A", "C", 1)]})
    assert done["success"] is False


async def test_all_or_nothing_transfers_none_when_one_cannot_be(room: Stockroom):
    await room.reserve(room.line("G", "mug", 8, group=True))
    records = [moving(room, "G", "A", 2), moving(room, "G", "B", 4)]
    error = await room.refused(TRANSFER, {"allOrNothingTransferId": room.action(), "transferRecords": records})
    assert error["errorCode"] == "TRANSFER_ROLLED_BACK"
    assert [problem["details"]["quantity"] for problem in error["output"]["errors"]] == [4]
    assert await reserved(room, "A") == 0
    assert (await room.done(TRANSFER, {"transferRecords": records}))["success"] is False
    assert await reserved(room, "A") == 2


async def test_without_a_reservation_the_oldest_that_does_not_lapse_is_used_up_first(room: Stockroom, clock: Hands):
    cart = await room.reserve(room.line("A", "mug", 1), expirationSeconds=600)
    clock.now += dt.timedelta(seconds=1)
    old = await room.reserve(room.line("A", "mug", 1))
    clock.now += dt.timedelta(seconds=1)
    new = await room.reserve(room.line("A", "mug", 2))
    await room.done(FULFILL, {"fulfillmentRecords": [action(room, room.line("A", "mug", 2))]})
    held = await room.database.main.fetch(
        "SELECT reservation_id, quantity FROM inventory.hold WHERE stock_keeping_unit = $1", room.name("mug")
    )
    assert {row[0]: row[1] for row in held} == {cart: 1, new: 1}
    assert old not in {row[0] for row in held}


async def test_a_reservation_is_used_up_only_as_far_as_it_holds(room: Stockroom):
    mine, other = [await room.reserve(room.line("A", "mug", 2)) for _ in range(2)]
    body = {"releaseRecords": [action(room, room.line("A", "mug", 3))], "reservationId": mine}
    assert [error["errorCode"] for error in (await room.done(RELEASE, body))["errors"]] == ["INSUFFICIENT_INVENTORY"]
    lost = {"releaseRecords": [action(room, room.line("A", "mug", 1), reservationId="?")], "reservationId": other}
    assert [error["errorCode"] for error in (await room.done(RELEASE, lost))["errors"]] == [
        "INVALID_CROSS_REFERENCE_KEY"
    ]


async def test_units_that_are_not_on_hand_cannot_be_fulfilled(room: Stockroom):
    await room.reserve(room.line("A", "mug", 4))
    await room.count("A", "mug", 1)
    done = await room.done(FULFILL, {"fulfillmentRecords": [action(room, room.line("A", "mug", 2))]})
    assert [error["errorCode"] for error in done["errors"]] == ["INSUFFICIENT_INVENTORY"]
    assert await room.figures("A", "mug") == [1, 4, 0, -3, -3]


async def test_an_action_id_used_for_something_else_is_refused(room: Stockroom):
    await room.reserve(room.line("A", "mug", 3))
    entry = action(room, room.line("A", "mug", 1))
    await room.done(RELEASE, {"releaseRecords": [entry]})
    again = await room.done(RELEASE, {"releaseRecords": [entry | {"quantity": 2}]})
    assert [error["errorCode"] for error in again["errors"]] == ["DUPLICATE_VALUE"]
    other = await room.done(FULFILL, {"fulfillmentRecords": [entry]})
    assert [error["errorCode"] for error in other["errors"]] == ["DUPLICATE_VALUE"]
    assert await room.figures("A", "mug") == [5, 2, 0, 3, 3]


async def test_the_reservations_id_is_known_since_version_58(room: Stockroom):
    body = {"releaseRecords": [action(room, room.line("A", "mug", 1))], "reservationId": "r"}
    older = await room.api.http.post(f"/services/data/v57.0{RELEASE}", json=body)
    assert exact(older)[0]["errorCode"] == "INVALID_FIELD"


# --- time, crowds -----------------------------------------------------------------------------------------------------


async def test_lapsed_units_can_be_reserved_by_the_next(room: Stockroom, clock: Hands):
    lapsing = await room.reserve(room.line("A", "mug", 5), expirationSeconds=60)
    await room.refused(RESERVE, create(room, room.line("A", "mug", 1)))
    clock.now += dt.timedelta(seconds=60)
    await room.reserve(room.line("A", "mug", 5))
    late = {"fulfillmentRecords": [action(room, room.line("A", "mug", 1), reservationId=lapsing)]}
    assert "lapsed at 2026-03-01" in (await room.done(FULFILL, late))["errors"][0]["message"]
    kinds = await room.database.main.fetch(
        "SELECT kind FROM inventory.ledger WHERE stock_keeping_unit = $1 AND reservation_id = $2 ORDER BY at",
        room.name("mug"), lapsing,
    )  # fmt: skip
    assert [row[0] for row in kinds] == ["Reserved", "Expired"]


async def test_many_at_once_get_exactly_what_there_is(room: Stockroom):
    """Each wants a unit of two SKUs, named in either order, at a location or at a group that shares it."""
    await room.count("A", "cup", 6)

    def wish(number: int) -> dict[str, Any]:
        lines = [room.line(*(("G", "mug") if number % 3 else ("A", "mug")), 1, group=bool(number % 3))]
        lines.append(room.line("A", "cup", 1))
        return create(room, *(reversed(lines) if number % 2 else lines))

    answers = await asyncio.gather(*(room.post(RESERVE, wish(number)) for number in range(24)))
    assert Counter(answer.status_code for answer in answers) == {201: 6, 400: 18}
    assert await room.figures("A", "cup") == [6, 6, 0, 0, 0]
    assert (await room.group_figures("G", "mug"))[1] == 6


# --- what ships orders ------------------------------------------------------------------------------------------------


async def test_all_that_a_reservation_holds_is_fulfilled_or_released_by_its_id(room: Stockroom, store: Store):
    call = Call(user_id="005000000000001")
    await room.count("A", "cup", 2)
    lines = (room.line("A", "mug", 2), room.line("B", "mug", 1), room.line("A", "cup", 2))
    reservation = await room.reserve(*lines, room.line("H", "mug", 1, group=True))
    for _ in range(2):
        assert await fulfill_held(store, call, reservation, "3O1") == ()
    assert [await room.figures("A", "mug"), await room.figures("B", "mug")] == [[3, 0, 0, 3, 3], [2, 0, 0, 2, 2]]
    assert (await room.group_figures("H", "mug"))[1] == 1
    for _ in range(2):
        assert await release_held(store, call, reservation, "3O1") == ()
    assert (await room.group_figures("H", "mug"))[1] == 0
