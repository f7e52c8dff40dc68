"""Capacity in a real PostgreSQL: raced for, interrupted at every statement, and played against a simple model."""

import asyncio
import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

import pytest

from orderwright.decisions.capacity import Batch, CapacityRequest
from orderwright.decisions.capacity_batches import Outcomes
from orderwright.decisions.decision import Decision
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import Location
from orderwright.store.capacity import Held, confirm, hold, read_capacity, release
from orderwright.store.transaction import Call, Store
from tests.store.test_transaction import Faulty, conflict, deadlock, lost

CALL = Call(user_id="005000000000001", request_key="one")
LARGEST_STATEMENT_COUNT = 16
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock(store: Store) -> Hands:
    hands = Hands()
    store.clock = hands
    return hands


async def opened(store: Store, shard: int, capacity: int | None) -> Id:
    """The id of a new Location that tracks its capacity."""
    place = Location(
        id="~1", name="Depot", location_type="Store", should_track_fo_capacity=True, fo_capacity=capacity,
        owner_id=CALL.user_id,
    )  # fmt: skip

    async def act(transaction: Any) -> str:
        return str((await transaction.save(Decision(new=(place,)), shard))["~1"])

    return str(await store.submit(Call(user_id=CALL.user_id), act, str))


async def carried_out(store: Store, act: Any, *requests: tuple[str, str], key: str | None = None, **batch: Any) -> bool:
    """Whether all of `requests`, as (actionRequestId, location), succeeded."""
    outcomes: Outcomes = await store.submit(
        Call(user_id=CALL.user_id, request_key=key),
        lambda transaction: act(transaction, CALL, [asked(requests, **batch)]),
        Outcomes,
    )
    return all(outcome.error_code is None for outcome in outcomes[0])


def asked(requests: Sequence[tuple[str, str]], **batch: Any) -> Batch:
    listed = tuple(CapacityRequest(action_request_id=id_, location=where) for id_, where in requests)
    return Batch(requests=listed, **batch)


async def seen(store: Store, location: Id) -> tuple[int, int]:
    """What is held, and what is assigned."""
    found = await at(store, location)
    return found.held, found.location.assigned_fo_count or 0


async def at(store: Store, location: Id) -> Held:
    async with store.database.main.acquire() as session:
        return (await read_capacity(session, [location], store.now()))[location]


async def check_ledger(store: Store, location: Id, set_back: int = 0) -> None:
    """All movements add up to what is held, and to what is assigned with what was set back since."""
    held = "SELECT count(*) FROM capacity.hold WHERE location_id = $1 AND ended_as IS NULL"
    sums = await store.database.main.fetchrow(
        "SELECT coalesce(sum(held), 0) AS held, coalesce(sum(assigned), 0) AS assigned FROM capacity.ledger "
        "WHERE location_id = $1", location
    )  # fmt: skip
    assert sums is not None
    assert sums["held"] == await store.database.main.fetchval(held, location)
    assert sums["assigned"] == ((await at(store, location)).location.assigned_fo_count or 0) + set_back


async def test_64_holders_get_exactly_what_is_free_at_every_location(store: Store):
    """Each asks for two locations, in either order: nobody waits for the other for good, and nothing is given twice."""
    here, there = await opened(store, 7, 20), await opened(store, 8, 30)

    async def ask(number: int) -> bool:
        pair = [(f"{number}-a", here), (f"{number}-b", there)]
        return await carried_out(store, hold, *(pair if number % 2 else pair[::-1]), all_or_nothing=True)

    told = await asyncio.gather(*(ask(number) for number in range(64)))
    assert sum(told) == 20
    assert (await seen(store, here), await seen(store, there)) == ((20, 0), (20, 0))
    assert ((await at(store, here)).free, (await at(store, there)).free) == (0, 10)
    for location in (here, there):
        await check_ledger(store, location)


async def test_one_request_sent_64_times_at_once_holds_and_confirms_once(store: Store):
    location = await opened(store, 7, 5)
    told = await asyncio.gather(*(carried_out(store, hold, ("same", location)) for _ in range(64)))
    assert (all(told), await seen(store, location)) == (True, (1, 0))
    told = await asyncio.gather(*(carried_out(store, confirm, ("same", location)) for _ in range(64)))
    assert (all(told), await seen(store, location)) == (True, (0, 1))
    await check_ledger(store, location)


async def test_of_those_who_confirm_and_those_who_release_one_hold_one_wins(store: Store):
    location = await opened(store, 7, 5)
    await carried_out(store, hold, ("a", location))
    acts = [confirm, release] * 16
    told = await asyncio.gather(*(carried_out(store, act, ("a", location)) for act in acts))
    held, assigned = await seen(store, location)
    assert (held, assigned in {0, 1}) == (0, True)
    assert [act for act, done in zip(acts, told, strict=True) if done] == [confirm if assigned else release] * 16


async def test_an_id_used_for_two_locations_at_once_holds_at_one(store: Store):
    places = [await opened(store, shard, 5) for shard in (7, 8)]
    told = await asyncio.gather(*(carried_out(store, hold, ("same", place)) for place in places))
    assert sorted(told) == [False, True]
    assert sum([(await seen(store, place))[0] for place in places]) == 1


@pytest.mark.parametrize("fault", [conflict, deadlock, lost])
@pytest.mark.parametrize("key", [None, "the one request"], ids=["without a key", "with a key"])
async def test_a_fault_at_any_statement_changes_nothing_about_the_effect(store: Store, clock: Hands, fault, key):
    """One hold, then its confirm, each with a fault at its first, second … statement and around its commit."""
    location, pool, reached = await opened(store, 7, None), store.database.main, True
    await carried_out(store, hold, ("left", location), expiration_seconds=1)
    clock.now += dt.timedelta(seconds=1)
    places: list[int | str] = ["after commit", "before commit", *range(1, LARGEST_STATEMENT_COUNT)]
    for done, place in enumerate(places):
        for act, expected in ((hold, (1, done)), (confirm, (0, done + 1))):
            faulty = Faulty(pool, fault, place)
            store.database.main = faulty  # type: ignore[assignment]  # what submit uses of a pool
            try:
                own = key and f"{key} {done} {act.__name__}"
                assert await carried_out(store, act, (f"id-{done}", location), key=own)
            finally:
                store.database.main = pool
            assert await seen(store, location) == expected, place
            reached = faulty.failed
    assert not reached, "raise LARGEST_STATEMENT_COUNT"
    await check_ledger(store, location)


class Model:
    """One location as the contract has it: a limit, a counter of what is assigned, and what is held until when."""

    def __init__(self, limit: int) -> None:
        self.limit, self.assigned = limit, 0
        self.held: dict[str, dt.datetime] = {}

    def lapse(self, now: dt.datetime) -> None:
        self.held = {id_: until for id_, until in self.held.items() if until > now}

    def hold(self, id_: str, until: dt.datetime) -> bool:
        if len(self.held) + self.assigned >= self.limit:
            return False
        self.held[id_] = until
        return True

    def end(self, id_: str, *, assign: bool) -> bool:
        """Ends the hold of that id, or the one that lapses next."""
        found = id_ if id_ in self.held else min(self.held, key=lambda h: (self.held[h], h), default=None)
        if found is None:
            return False
        del self.held[found]
        self.assigned += assign
        return True


@pytest.mark.parametrize("seed", range(4))
async def test_any_life_of_a_location_is_that_of_the_model(store: Store, clock: Hands, seed: int):
    chance, limit = random.Random(seed), 6
    location, model = await opened(store, 7, limit), Model(limit)
    refused = set_back = 0
    for number in range(120):
        clock.now += dt.timedelta(seconds=chance.choice((0, 0, 1, 20)))
        model.lapse(clock.now)
        what = chance.choice(("hold", "hold", "hold", "confirm", "release"))
        seconds, new = chance.randint(1, 90), f"{number:03}"
        if what == "hold":
            expected = model.hold(new, clock.now + dt.timedelta(seconds=seconds))
            done = await carried_out(store, hold, (new, location), expiration_seconds=seconds)
        else:
            id_ = chance.choice([*sorted(model.held), new])
            expected = model.end(id_, assign=what == "confirm")
            done = await carried_out(store, confirm if what == "confirm" else release, (id_, location))
        assert done == expected, (number, what)
        refused += not done
        assert await seen(store, location) == (len(model.held), model.assigned)
        assert 0 <= model.assigned + len(model.held) <= limit
        if model.assigned == limit:
            model.assigned, set_back = 0, set_back + limit
            await store.database.main.execute("UPDATE location SET assigned_fo_count = 0 WHERE id = $1", location)
    assert refused > 5
    await check_ledger(store, location, set_back)
