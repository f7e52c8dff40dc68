"""Old history of inventory and capacity is forgotten: every sum stays, and no request acts twice before its time."""

import asyncio
import datetime as dt
import random
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from orderwright.decisions.errors import InvalidCrossReference
from orderwright.decisions.inventory import InsufficientInventory, Place
from orderwright.decisions.reserve_inventory import ReserveLine
from orderwright.decisions.update_reservation import UpdateRequest
from orderwright.decisions.use_reservation import decide_fulfill_inventory, decide_release_inventory
from orderwright.jobs.forget import end_lapsed_capacity, forget_history
from orderwright.jobs.inventory import give_back_lapsed
from orderwright.store.capacity import confirm, hold, release
from orderwright.store.forget import carry_forward, forget_actions
from orderwright.store.inventory_reservations import update_reservation
from orderwright.store.transaction import Store
from orderwright.store.verify import verify_all
from tests.store.stock_life import CALL, A, B, G, asked, count, hold_capacity, line, publish, record, reserved, used
from tests.store.test_capacity import opened

Act = Callable[[], Awaitable[object]]
Kind = Callable[[int, Place, str], Act]
KEPT = dt.timedelta(days=7)
DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC)
COUNTERS = "SELECT * FROM inventory.stock ORDER BY 1, 2, 3"
HOLDS = "SELECT * FROM inventory.hold ORDER BY 1, 2, 3, 4"
CAPACITY = "SELECT location_id, count(*) FROM capacity.hold WHERE ended_as IS NULL GROUP BY 1 ORDER BY 1"


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


async def forgotten(store: Store) -> int:
    """How much was forgotten, all that is old enough."""
    done = 0
    while portion := await forget_history(store, KEPT):
        done += portion
    return done


async def seen(store: Store) -> list[list[tuple[object, ...]]]:
    """All counters and holds."""
    return [[tuple(row) for row in await store.database.main.fetch(query)] for query in (COUNTERS, HOLDS, CAPACITY)]


async def rows(store: Store, table: str) -> int:
    return int(await store.database.main.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608  # our own text


async def broken(store: Store) -> list[str]:
    """What `verify` finds wrong in inventory and capacity."""
    async with store.database.main.acquire() as session:
        return [found.text for found in await verify_all(session) if not found.warning and "." in found.object]


class Life:
    """Counts and reservations as chance has it; `done` are the requests that worked, to be sent again, and when."""

    def __init__(self, store: Store, clock: Hands) -> None:
        self._store, self._clock = store, clock
        self._chance = random.Random(5)
        self._held: dict[str, tuple[Place, str]] = {}
        self.done: list[tuple[dt.datetime, Act]] = []

    async def step(self, number: int) -> None:
        chance = self._chance
        self._clock.now += chance.choice([DAY / 24, DAY / 2, DAY])
        await give_back_lapsed(self._store)
        place, sku = chance.choice([A, B]), chance.choice(["mug", "cup"])
        kinds: list[Kind] = [self._count, self._reserve, self._use]
        act = chance.choice(kinds)(number, place, sku)
        try:
            await act()
        except InsufficientInventory:
            return
        self.done.append((self._clock.now, act))

    def _count(self, number: int, place: Place, sku: str) -> Act:
        counted = record(f"c{number}", place.identifier, sku, self._chance.randrange(20, 40))
        return lambda: count(self._store, counted)

    def _reserve(self, number: int, place: Place, sku: str) -> Act:
        place, seconds = self._chance.choice([(place, None), (G, None), (place, 3600)])

        async def act() -> None:
            await reserved(self._store, f"r{number}", (place, sku, 1), seconds=seconds)
            if seconds is None:
                self._held.setdefault(f"r{number}", (place, sku))

        return act

    def _use(self, number: int, *_: object) -> Act:
        if not self._held:
            return self._count(number, A, "mug")
        name = self._chance.choice(sorted(self._held))
        place, sku = self._held.pop(name)
        ships = not place.is_group and self._chance.random() < 0.5
        using = line(f"u{number}", name, place, sku, 1)
        return lambda: used(self._store, decide_fulfill_inventory if ships else decide_release_inventory, using)

    async def repeat(self) -> None:
        """Send something again that was done as long ago as is remembered."""
        known = [act for at, act in self.done if at >= self._clock.now - KEPT]
        if known:
            held = dict(self._held)
            await self._chance.choice(known)()
            self._held = held


async def test_a_long_life_forgotten_again_and_again_keeps_every_sum_and_repeats_nothing(store, clock):
    await publish(store)
    life = Life(store, clock)
    for number in range(150):
        await life.step(number)
        before = await seen(store)
        if number % 4 == 0:
            await forgotten(store)
        await life.repeat()
        assert await seen(store) == before
    assert len(life.done) > 100
    assert await broken(store) == []
    clock.now += 2 * KEPT
    await give_back_lapsed(store)
    await forgotten(store)
    assert await broken(store) == []
    assert await rows(store, "inventory.ledger WHERE kind = 'CarriedForward' AND reservation_id IS NULL") <= 4


async def test_after_all_is_forgotten_there_is_a_row_for_each_place_and_each_hold(store, clock):
    await publish(store)
    for number in range(30):
        await count(store, record(f"c{number}", "A", "mug", number + 1))
    await reserved(store, "open", (A, "mug", 3), (G, "mug", 2))
    for number in range(20):
        await reserved(store, f"r{number}", (A, "mug", 1))
        await used(store, decide_release_inventory, line(f"u{number}", f"r{number}", A, "mug", 1))
    before = await seen(store)
    clock.now += KEPT + DAY
    # 30 counts, 42 movements of reservations, 40 actions; the one that still holds something stays.
    assert await forgotten(store) == 30 + 42 + 40
    left = (
        "SELECT place, kind, action_request_id, on_hand, reserved, reservation_id FROM inventory.ledger ORDER BY 1, 6"
    )
    assert [tuple(row) for row in await store.database.main.fetch(left)] == [
        ("A", "CarriedForward", "", 0, 3, "open"),
        ("A", "CarriedForward", "", 30, 0, None),
        ("G", "CarriedForward", "", 0, 2, "open"),
    ]
    assert (await rows(store, "inventory.action"), await rows(store, "inventory.reservation")) == (1, 1)
    assert await seen(store) == before
    assert await broken(store) == []
    await reserved(store, "open", (A, "mug", 3), (G, "mug", 2))
    assert await seen(store) == before


async def test_sums_of_before_take_in_what_grows_old_after(store, clock):
    await publish(store)
    await count(store, record("c", "A", "mug", 9))
    await reserved(store, "r", (A, "mug", 4))
    clock.now += KEPT
    await used(store, decide_fulfill_inventory, line("f", "r", A, "mug", 4))
    clock.now += DAY
    # The count, the reservation's movement, and its action: it holds nothing any more.
    assert await forgotten(store) == 3
    assert await rows(store, "inventory.ledger") == 3
    clock.now += KEPT
    assert await forgotten(store) == 2
    kept = "SELECT kind, on_hand, reserved, reservation_id FROM inventory.ledger"
    assert [tuple(row) for row in await store.database.main.fetch(kept)] == [("CarriedForward", 5, 0, None)]
    assert await broken(store) == []


async def test_what_is_just_as_old_as_is_kept_is_kept(store, clock):
    await publish(store)
    location = await opened(store, 3, 5)
    await count(store, record("c", "A", "mug", 9))
    await reserved(store, "r", (A, "mug", 1))
    await used(store, decide_release_inventory, line("u", "r", A, "mug", 1))
    await asked(store, CALL, hold, location, "h")
    await asked(store, CALL, release, location, "h")
    clock.now = START + KEPT
    assert await forgotten(store) == 0
    clock.now += dt.timedelta(milliseconds=1)
    assert await forgotten(store) == 3 + 2 + 1


async def test_of_capacity_ended_holds_are_forgotten_and_open_ones_are_not(store, clock):
    location = await opened(store, 3, 5)
    await hold_capacity(store, location)
    before = await seen(store)
    clock.now += dt.timedelta(minutes=2) + KEPT
    await forgotten(store)
    assert await seen(store) == before
    left = await store.database.main.fetch("SELECT id, ended_as FROM capacity.hold ORDER BY 1")
    assert [tuple(row) for row in left] == [("held", None), ("late", None)]
    assert await rows(store, "capacity.ledger") == 2
    assert await broken(store) == []


async def test_a_confirm_within_the_time_is_known_again_though_another_ended_its_hold(store, clock):
    location = await opened(store, 3, 9)
    for number in range(3):
        await asked(store, CALL, hold, location, f"h{number}", expiration_seconds=30 * 86_400)
        clock.now += DAY
    for number in range(3):
        await asked(store, CALL, confirm, location, f"c{number}")
        clock.now += KEPT / 2
        await forgotten(store)
        known = [f"c{n}" for n in range(number + 1) if n >= number - 1]
        before = await seen(store)
        await asked(store, CALL, confirm, location, *known)
        assert await seen(store) == before
    assert await store.database.main.fetchval("SELECT assigned_fo_count FROM location") == 3
    assert await broken(store) == []


async def test_capacity_that_lapsed_where_nobody_came_is_ended(store, clock):
    quiet, busy, gone = [await opened(store, shard, 5) for shard in (3, 4, 5)]
    for location in (quiet, busy, gone):
        await asked(store, CALL, hold, location, f"h{location}", f"i{location}", expiration_seconds=60)
    await store.database.main.execute("UPDATE location SET is_deleted = true WHERE id = $1", gone)
    clock.now += dt.timedelta(minutes=60)
    assert await end_lapsed_capacity(store) == 0
    clock.now += dt.timedelta(minutes=1)
    async with store.database.main.acquire() as session, session.transaction():
        await session.execute("SELECT FROM location WHERE id = $1 FOR UPDATE", busy)
        assert await asyncio.wait_for(end_lapsed_capacity(store), 5) == 4
    assert await end_lapsed_capacity(store) == 2
    assert await end_lapsed_capacity(store) == 0
    assert await rows(store, "capacity.hold WHERE ended_as = 'Expired'") == 6
    assert await broken(store) == []


async def test_a_forgotten_reservation_can_hold_nothing_again(store, clock):
    await publish(store)
    await count(store, record("c", "A", "mug", 9))
    await reserved(store, "r", (A, "mug", 1))
    await used(store, decide_release_inventory, line("u", "r", A, "mug", 1))
    clock.now += KEPT + DAY
    await forgotten(store)
    with pytest.raises(InvalidCrossReference, match="no reservation 'r'"):
        await update_reservation(store, CALL, raising("a", "r"))


def raising(action: str, reservation: str) -> UpdateRequest:
    lines = (ReserveLine(place=A, stock_keeping_unit="mug", quantity=Decimal(1)),)
    return UpdateRequest(action_request_id=action, digest=b"", reservation_id=reservation, lines=lines)


async def test_reservations_that_hold_something_again_while_they_are_forgotten_are_one_or_the_other(store, clock):
    await publish(store)
    await count(store, record("c", "A", "mug", 999))
    for number in range(40):
        await reserved(store, f"r{number}", (A, "mug", 1))
        await used(store, decide_release_inventory, line(f"u{number}", f"r{number}", A, "mug", 1))
    clock.now += KEPT + DAY

    async def raised(number: int) -> bool:
        try:
            await update_reservation(store, CALL, raising(f"a{number}", f"r{number}"))
        except InvalidCrossReference:
            return False
        return True

    async def forget() -> None:
        await asyncio.sleep(0.05)
        await forgotten(store)

    done, _ = await asyncio.gather(asyncio.gather(*(raised(number) for number in range(40))), forget())
    held = {row[0] for row in await store.database.main.fetch("SELECT reservation_id FROM inventory.hold")}
    assert held == {f"r{number}" for number in range(40) if done[number]}
    assert await broken(store) == []


async def test_a_reservation_that_is_about_to_hold_something_is_not_forgotten(store, clock):
    """The lock of the last test, step by step."""
    await publish(store)
    await count(store, record("c", "A", "mug", 9))
    await reserved(store, "r", (A, "mug", 1))
    await used(store, decide_release_inventory, line("u", "r", A, "mug", 1))
    clock.now += KEPT + DAY
    async with store.database.main.acquire() as session:
        raising_it = session.transaction()
        await raising_it.start()
        await session.execute("SELECT FROM inventory.reservation WHERE id = 'r' FOR KEY SHARE")
        forgetting = asyncio.create_task(forgotten(store))
        await asyncio.sleep(0.3)
        assert not forgetting.done()
        await session.execute("INSERT INTO inventory.hold VALUES ('mug', false, 'A', 'r', 1, NULL, now())")
        await raising_it.commit()
    await forgetting
    assert await rows(store, "inventory.reservation") == 1
    assert await rows(store, "inventory.action WHERE id = 'r'") == 1


async def test_a_reservation_that_is_being_forgotten_holds_nothing_again(store, clock):
    await publish(store)
    await count(store, record("c", "A", "mug", 9))
    await reserved(store, "r", (A, "mug", 1))
    await used(store, decide_release_inventory, line("u", "r", A, "mug", 1))
    clock.now += KEPT + DAY
    async with store.database.main.acquire() as session:
        forgetting = session.transaction()
        await forgetting.start()
        assert await forget_actions(session, clock.now - KEPT, 9) == 2
        holding = asyncio.create_task(update_reservation(store, CALL, raising("a", "r")))
        await asyncio.sleep(0.3)
        assert not holding.done()
        await forgetting.commit()
    with pytest.raises(InvalidCrossReference, match="no reservation 'r'"):
        await holding
    assert await broken(store) == []


async def test_two_who_forget_at_once_lose_nothing_and_nobody_waits(store, clock):
    await publish(store)
    for number in range(60):
        await count(store, record(f"c{number}", "AB"[number % 2], "mug", number))
    before = await seen(store)
    clock.now += KEPT + DAY

    async def portions() -> int:
        done = 0
        while True:
            async with store.database.main.acquire() as session, session.transaction():
                portion = await carry_forward(session, clock.now - KEPT, 7)
            if not portion:
                return done
            done += portion

    async with store.database.main.acquire() as session, session.transaction():
        await session.fetch("SELECT FROM inventory.stock FOR UPDATE")
        await session.fetch("SELECT FROM inventory.sku FOR UPDATE")
        assert sum(await asyncio.wait_for(asyncio.gather(portions(), portions(), portions()), 20)) == 60
    assert await seen(store) == before
    assert await broken(store) == []
