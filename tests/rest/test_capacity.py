"""The capacity of locations over HTTP: documented shapes, counters, lapsing, repeating, and clear refusals."""

import asyncio
import datetime as dt
import itertools
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from orderwright.objects.identity import to_15
from orderwright.store.database import Database
from tests.rest.calling import Caller, exact
from tests.rest.conftest import Hands

ACTIONS = "/commerce/order-management/routing/fulfillment-order-capacity/actions"
GET = f"{ACTIONS}/get-capacity-values"
HOLD = f"{ACTIONS}/hold-capacity"
CONFIRM = f"{ACTIONS}/confirm-held-capacity"
RELEASE = f"{ACTIONS}/release-held-capacity"
NAMES = {HOLD: "holdFOCapacity", CONFIRM: "confirmHeldFOCapacity", RELEASE: "releaseHeldFOCapacity"}

LEDGER = """
SELECT (SELECT coalesce(sum(held), 0) FROM capacity.ledger WHERE location_id = $1) AS held,
       (SELECT count(*) FROM capacity.hold WHERE location_id = $1 AND ended_as IS NULL) AS holds,
       (SELECT coalesce(sum(assigned), 0) FROM capacity.ledger WHERE location_id = $1) AS assigned
"""


class Depot:
    """A signed-in client, locations of its own, and ids nobody used."""

    def __init__(self, api: Caller, database: Database) -> None:
        self.api = api
        self.database = database
        self.mark = uuid.uuid4().hex[:8]
        self._numbers = itertools.count(1)
        self.locations: list[str] = []

    def action(self) -> str:
        return f"{self.mark}-{next(self._numbers)}"

    async def open(self, capacity: int | None = None, **fields: Any) -> str:
        fields = {
            "FoCapacity": capacity,
            "ShouldTrackFoCapacity": True,
            "Name": "Depot",
            "LocationType": "Store",
        } | fields
        self.locations.append(await self.api.create("Location", **fields))
        return self.locations[-1]

    async def set(self, location: str, **fields: Any) -> None:
        answer = await self.api.send("PATCH", f"/sobjects/Location/{location}", fields)
        assert answer.status_code == 204, answer.text

    async def ask(self, path: str, *requests: tuple[str, str], **batch: Any) -> Any:
        """The errors of one batch of (actionRequestId, locationId), by their codes; None for what succeeded."""
        listed = [{"actionRequestId": id_, "locationId": where} for id_, where in requests]
        body = {f"{NAMES[path]}Requests": [{"capacityRequests": listed} | batch]}
        found = await self.done(path, body)
        told = found[f"{NAMES[path]}Responses"][0]["capacityResponses"]
        assert [one["actionRequestId"] for one in told] == [id_ for id_, _ in requests]
        assert [one["success"] for one in told] == [one["error"] is None for one in told]
        assert found["success"] == all(one["success"] for one in told)
        return [one["error"] and one["error"]["errorCode"] for one in told]

    async def done(self, path: str, body: Any) -> Any:
        answer = await self.api.send("POST", path, body)
        assert answer.status_code == 201, answer.text
        return exact(answer)

    async def values(self, location: str) -> tuple[int | None, int, int]:
        """FoCapacity, AssignedFoCount and what is held."""
        (one,) = (await self.done(GET, {"locationIds": [location]}))["locations"]
        return one["capacity"], one["assigned"], one["heldCapacity"]

    async def ledger(self, location: str) -> dict[str, int]:
        """The sums of all movements, and the number of holds that have not ended."""
        row = await self.database.main.fetchrow(LEDGER, to_15(location))
        assert row is not None
        return dict(row)

    async def check_ledger(self) -> None:
        """What was moved adds up to what is held, wherever it was moved."""
        for location in self.locations:
            sums = await self.ledger(location)
            assert sums["held"] == sums["holds"] >= 0


@pytest.fixture
async def depot(api: Caller, database: Database) -> AsyncIterator[Depot]:
    made = Depot(api, database)
    yield made
    await made.check_ledger()


async def test_the_documented_example(depot: Depot):
    """Two batches; the second request of the first finds no free capacity, its location being named by reference."""
    one, two = (f"LOC-{n}-{depot.mark}" for n in (1, 2))
    await depot.open(100, AssignedFoCount=40, ExternalReference=one)
    await depot.open(5, AssignedFoCount=5, ExternalReference=two)
    a, b, c = depot.action(), depot.action(), depot.action()
    body = {
        "holdFOCapacityRequests": [
            {"allOrNothing": False, "capacityRequests": [
                {"actionRequestId": a, "locationId": one}, {"actionRequestId": b, "locationId": two},
            ]},
            {"allOrNothing": True, "capacityRequests": [{"actionRequestId": c, "locationId": one}]},
        ]
    }  # fmt: skip
    found = await depot.done(HOLD, body)
    (first, second), (third,) = (batch["capacityResponses"] for batch in found.pop("holdFOCapacityResponses"))
    assert found == {"errors": [], "success": False}
    assert first == {"actionRequestId": a, "error": None, "success": True}
    assert second["error"]["errorCode"] == "CAPACITY_EXCEEDED"
    assert "FoCapacity is 5, 0 are held and 5 assigned" in second["error"]["message"]
    assert third == {"actionRequestId": c, "error": None, "success": True}
    assert await depot.done(GET, {"locationIds": [one, two]}) == {
        "errors": [],
        "success": True,
        "locations": [
            {"locationId": one, "capacity": 100, "assigned": 40, "heldCapacity": 2, "error": None},
            {"locationId": two, "capacity": 5, "assigned": 5, "heldCapacity": 0, "error": None},
        ],
    }


async def test_a_location_is_known_by_either_form_of_its_id_and_answered_by_the_long_one(depot: Depot):
    location = await depot.open(1)
    (one, two) = (await depot.done(GET, {"locationIds": [location, location[:15]]}))["locations"]
    assert one == two == {"locationId": location, "capacity": 1, "assigned": 0, "heldCapacity": 0, "error": None}


async def test_what_is_no_location_is_an_error_of_its_own(depot: Depot):
    location, twin = await depot.open(1), f"twin-{depot.mark}"
    # Nobody can make two Locations with one reference; there may be some from before that was so.
    for _ in range(2):
        made = await depot.open(1)
        await depot.database.main.execute("UPDATE location SET external_reference = $2 WHERE id = $1", made[:15], twin)
    asked = [location, "nowhere", "131000000000zzz", twin]
    found = await depot.done(GET, {"locationIds": asked})
    assert found["success"] is False
    assert [one["locationId"] for one in found["locations"]] == asked
    errors = [one["error"] and one["error"]["errorCode"] for one in found["locations"]]
    unknown = "INVALID_CROSS_REFERENCE_KEY"
    assert errors == [None, unknown, unknown, "INVALID_INPUT"]
    assert {one["heldCapacity"] for one in found["locations"][1:]} == {None}
    assert await depot.ask(HOLD, *((depot.action(), where) for where in asked)) == errors
    unnamed = "UPDATE location SET external_reference = NULL WHERE external_reference = $1"
    await depot.database.main.execute(unnamed, twin)


async def test_confirmed_is_assigned_and_released_is_free(depot: Depot):
    location = await depot.open(2)
    a, b, c = (depot.action() for _ in range(3))
    assert await depot.ask(HOLD, (a, location), (b, location), (c, location)) == [None, None, "CAPACITY_EXCEEDED"]
    assert await depot.values(location) == (2, 0, 2)
    assert await depot.ask(CONFIRM, (a, location)) == [None]
    assert await depot.values(location) == (2, 1, 1)
    assert await depot.ask(HOLD, (c, location)) == ["CAPACITY_EXCEEDED"]
    assert await depot.ask(RELEASE, (b, location)) == [None]
    assert await depot.values(location) == (2, 1, 0)
    assert await depot.ask(HOLD, (c, location)) == [None]
    stored = await depot.api.read("Location", location)
    assert (stored["AssignedFoCount"], stored["FoCapacity"]) == (1, 2)


async def test_a_period_ends_when_the_assigned_count_is_set_back_and_what_is_held_stays_held(depot: Depot):
    location = await depot.open(2)
    a, b = depot.action(), depot.action()
    await depot.ask(HOLD, (a, location), (b, location))
    await depot.ask(CONFIRM, (a, location))
    await depot.set(location, AssignedFoCount=0)
    assert await depot.values(location) == (2, 0, 1)
    assert await depot.ask(HOLD, (depot.action(), location), (depot.action(), location)) == [None, "CAPACITY_EXCEEDED"]


async def test_limits_are_those_of_the_location_as_it_is(depot: Depot):
    location = await depot.open(0, ShouldTrackFoCapacity=False)
    held = [depot.action() for _ in range(3)]
    assert await depot.ask(HOLD, *((id_, location) for id_ in held)) == [None] * 3
    assert await depot.values(location) == (0, 0, 3)
    await depot.set(location, ShouldTrackFoCapacity=True)
    assert await depot.ask(HOLD, (depot.action(), location)) == ["CAPACITY_EXCEEDED"]
    await depot.set(location, FoCapacity=4)
    assert await depot.ask(HOLD, (depot.action(), location)) == [None]
    await depot.set(location, FoCapacity=None)
    assert await depot.ask(HOLD, (depot.action(), location)) == [None]
    assert await depot.values(location) == (None, 0, 5)


async def test_a_hold_lapses_by_our_clock_and_frees_what_it_held(depot: Depot, clock: Hands):
    location = await depot.open(1)
    a, b = depot.action(), depot.action()
    assert await depot.ask(HOLD, (a, location), expirationSeconds=60) == [None]
    clock.now += dt.timedelta(seconds=59)
    assert await depot.values(location) == (1, 0, 1)
    assert await depot.ask(HOLD, (b, location)) == ["CAPACITY_EXCEEDED"]
    clock.now += dt.timedelta(seconds=1)
    assert await depot.values(location) == (1, 0, 0)
    assert await depot.ask(HOLD, (b, location)) == [None]
    assert await depot.ask(CONFIRM, (a, location)) == ["CAPACITY_HOLD_LAPSED"]
    assert await depot.ask(RELEASE, (a, location)) == [None]
    assert await depot.values(location) == (1, 0, 1)
    assert await depot.ask(CONFIRM, (b, location)) == [None]
    assert await depot.values(location) == (1, 1, 0)


async def test_a_hold_that_lapsed_unseen_is_refused_too(depot: Depot, clock: Hands):
    location, a = await depot.open(1), depot.action()
    await depot.ask(HOLD, (a, location), expirationSeconds=600)
    clock.now += dt.timedelta(seconds=600)
    assert await depot.ask(CONFIRM, (a, location)) == ["CAPACITY_HOLD_LAPSED"]
    assert await depot.values(location) == (1, 0, 0)
    assert await depot.ask(HOLD, (a, location)) == ["DUPLICATE_VALUE"]


async def test_when_a_hold_lapses_is_told_to_who_says_how_long_it_lasts(depot: Depot):
    location = await depot.open(3)
    request = {"actionRequestId": depot.action(), "locationId": location}
    body = {"holdFOCapacityRequests": [{"capacityRequests": [request], "expirationSeconds": 90}]}
    for _ in range(2):
        (batch,) = (await depot.done(HOLD, body))["holdFOCapacityResponses"]
        assert batch["capacityResponses"][0]["expirationTime"] == "2026-03-01T10:01:30.123Z"


@pytest.mark.parametrize(("path", "assigned", "held"), [(HOLD, 0, 2), (CONFIRM, 1, 1), (RELEASE, 0, 1)])
async def test_sent_again_a_request_does_nothing_more(depot: Depot, path: str, assigned: int, held: int):
    location, a, b = await depot.open(2), depot.action(), depot.action()
    assert await depot.ask(HOLD, (a, location), (b, location)) == [None, None]
    for _ in range(3):
        assert await depot.ask(path, (a, location)) == [None]
        assert await depot.values(location) == (2, assigned, held)


@pytest.mark.parametrize(("path", "assigned"), [(CONFIRM, 1), (RELEASE, 0)])
async def test_a_request_may_have_a_key_of_its_own(depot: Depot, path: str, assigned: int):
    """The contract knows a counter, and asks for a unique key of every request."""
    location, new = await depot.open(2), depot.action()
    await depot.ask(HOLD, (depot.action(), location), (depot.action(), location))
    for _ in range(2):
        assert await depot.ask(path, (new, location)) == [None]
        assert await depot.values(location) == (2, assigned, 1)
    assert await depot.ask(path, (depot.action(), location), (depot.action(), location)) == [None, "CAPACITY_NOT_HELD"]
    assert await depot.values(location) == (2, 2 * assigned, 0)


async def test_an_id_belongs_to_one_location(depot: Depot):
    here, there, a = await depot.open(2), await depot.open(2), depot.action()
    await depot.ask(HOLD, (a, here), (depot.action(), there))
    for path in (HOLD, CONFIRM, RELEASE):
        assert await depot.ask(path, (a, there)) == ["DUPLICATE_VALUE"]
    assert (await depot.values(here), await depot.values(there)) == ((2, 0, 1), (2, 0, 1))


async def test_all_or_nothing_over_several_locations(depot: Depot):
    full, free = await depot.open(0), await depot.open(9)
    asked = [(depot.action(), free), (depot.action(), full), (depot.action(), free)]
    rolled = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert await depot.ask(HOLD, *asked, allOrNothing=True) == [rolled, "CAPACITY_EXCEEDED", rolled]
    assert await depot.values(free) == (9, 0, 0)
    await depot.set(full, FoCapacity=1)
    assert await depot.ask(HOLD, *asked, allOrNothing=True) == [None] * 3
    told = await depot.ask(CONFIRM, *asked, (depot.action(), full), allOrNothing=True)
    assert told == [rolled, rolled, rolled, "CAPACITY_NOT_HELD"]
    assert (await depot.values(free), await depot.values(full)) == ((9, 0, 2), (1, 0, 1))
    assert await depot.ask(CONFIRM, *asked, allOrNothing=True) == [None] * 3
    assert (await depot.values(free), await depot.values(full)) == ((9, 2, 0), (1, 1, 0))


async def test_64_clients_hold_the_last_units(depot: Depot):
    location = await depot.open(40, AssignedFoCount=3)
    asked = [(depot.action(), location) for _ in range(64)]
    told = await asyncio.gather(*(depot.ask(HOLD, request) for request in asked))
    held = [request for request, codes in zip(asked, told, strict=True) if codes == [None]]
    assert len(held) == 37
    assert sum(codes == ["CAPACITY_EXCEEDED"] for codes in told) == 27
    assert await depot.values(location) == (40, 3, 37)
    # each is confirmed, confirmed again, or given back at once; a confirm raises a count that others read and write
    await asyncio.gather(*(depot.ask(CONFIRM if n % 3 else RELEASE, request) for n, request in enumerate(held * 2)))
    capacity, assigned, left = await depot.values(location)
    assert (capacity, left, assigned - 3) == (40, 0, (await depot.ledger(location))["assigned"])
    assert 3 < assigned <= 40


async def test_an_idempotency_key_replays_the_answer(depot: Depot, http: httpx.AsyncClient):
    location, a = await depot.open(1), depot.action()
    body = {"confirmHeldFOCapacityRequests": [{"capacityRequests": [{"actionRequestId": a, "locationId": location}]}]}
    await depot.ask(HOLD, (depot.action(), location))
    headers = {"Idempotency-Key": depot.action()}
    first, again = [await http.post(f"/services/data/v67.0{CONFIRM}", json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await depot.values(location) == (1, 1, 0)


@pytest.mark.parametrize(
    ("path", "body", "code", "text"),
    [
        (GET, {}, "REQUIRED_FIELD_MISSING", "missing locationIds"),
        (GET, {"locationIds": []}, "REQUIRED_FIELD_MISSING", "locationIds is empty"),
        (GET, {"locationIds": ["x"] * 1001}, "INVALID_INPUT", "there are 1001 locationIds; send at most 1000"),
        (HOLD, {"holdFOCapacityRequests": []}, "REQUIRED_FIELD_MISSING", "holdFOCapacityRequests is empty"),
        (HOLD, {"holdFOCapacityRequests": [{"capacityRequests": []}]}, "REQUIRED_FIELD_MISSING",
         "holdFOCapacityRequests[0].capacityRequests is empty"),
        (HOLD, {"holdFOCapacityRequest": []}, "INVALID_FIELD", "did you mean 'holdFOCapacityRequests'?"),
        (HOLD, {"holdFOCapacityRequests": [{"capacityRequests": [{"locationId": "x"}]}]}, "REQUIRED_FIELD_MISSING",
         "holdFOCapacityRequests[0].capacityRequests[0]: missing actionRequestId"),
        (HOLD, {"holdFOCapacityRequests": [
            {"capacityRequests": [{"actionRequestId": "a", "locationId": "x"}], "expirationSeconds": 0}]},
         "INVALID_INPUT", "expirationSeconds is 0; send 1 to 2592000"),
        (CONFIRM, {"confirmHeldFOCapacityRequests": [{"capacityRequests": [], "expirationSeconds": 1}]},
         "INVALID_FIELD", "unknown property 'expirationSeconds'"),
        (RELEASE, {"releaseHeldFOCapacityRequests": []}, "REQUIRED_FIELD_MISSING", "is empty"),
    ],
)  # fmt: skip
async def test_what_is_refused(api: Caller, path: str, body: Any, code: str, text: str):
    answer = await api.send("POST", path, body)
    (error,) = answer.json()
    assert (answer.status_code, error["errorCode"]) == (400, code)
    assert text in error["message"]


@pytest.mark.parametrize("path", [GET, HOLD, CONFIRM, RELEASE])
async def test_it_is_not_there_before_version_55(http: httpx.AsyncClient, api: Caller, path: str):  # signs in
    codes = [(await http.post(f"/services/data/v{version}.0{path}", json={})).status_code for version in (54, 55)]
    assert codes == [404, 400]
