"""Routing and allocating between its steps: crashes, requests sent again, and many who want the last units."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from orderwright.decisions.capacity import CapacityExceeded
from orderwright.jobs.forget import end_lapsed_capacity
from orderwright.jobs.inventory import give_back_lapsed
from orderwright.rest.routing import route_and_allocate as handler
from orderwright.store import fulfillment_stock, idempotency, routing, routing_capacity
from orderwright.store.database import Database
from orderwright.store.fulfillment_inventory import LAPSE_SECONDS, carry_out_left_duties
from orderwright.store.routing_capacity import HOLD_SECONDS, settle_left_capacity
from orderwright.store.transaction import Store
from tests.rest.calling import Caller
from tests.rest.conftest import Hands
from tests.rest.routing_shop import Order, Shop
from tests.rest.stocking import RELEASE

COUNTED = {"ShouldTrackFoCapacity": True, "FoCapacity": 5}


class Crash(BaseException):
    """The process is gone: nobody catches it, nobody tidies up."""


@pytest.fixture
async def shop(api: Caller, database: Database) -> AsyncIterator[Shop]:
    made = Shop(api, database)
    yield made
    await made.room.check_ledger()


def crash_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, when: str) -> None:
    """Let the process end before or after a step, the first time it is taken."""
    step: Callable[..., Any] = getattr(module, name)

    async def crashing(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(module, name, step)
        if when == "after":
            await step(*arguments, **named)
        raise Crash

    monkeypatch.setattr(module, name, crashing)


Step = tuple[Any, str, str, int]

STEPS: list[Step] = [
    (handler, "hold_capacity", "before", 0),
    (handler, "hold_capacity", "after", 0),
    (fulfillment_stock, "reserve_stock", "before", 0),
    (fulfillment_stock, "reserve_stock", "after", 0),
    (routing, "save_decision", "after", 0),
    (fulfillment_stock, "carry_out_duties", "before", 2),
    (fulfillment_stock, "carry_out_duties", "after", 2),
    (handler, "settle_capacity", "before", 2),
    (routing_capacity, "_confirm", "after", 2),
    (handler, "settle_capacity", "after", 2),
]
"""Where it ends, and how many fulfillment orders there are then: none or all."""
IDS = [f"{when} {name.strip('_')}" for _, name, when, _ in STEPS]


async def placed(shop: Shop) -> Order:
    """An order that ships from two locations, each of which counts its capacity."""
    await shop.stock({"A": {"mug": 3}, "B": {"hat": 4}}, A=COUNTED, B=COUNTED)
    return await shop.order({"mug": 2, "hat": 3})


async def go_round(store: Store) -> None:
    """What workers do by themselves, until nothing is left to do."""
    rounds = (carry_out_left_duties, settle_left_capacity, give_back_lapsed, end_lapsed_capacity)
    while any([await one(store) for one in rounds]):
        pass


async def check_settled(shop: Shop, order: Order, made: int) -> None:
    """Units and places are taken for the fulfillment orders that there are, for good, and for nothing else."""
    assert len(await shop.fulfillment_orders(order)) == made
    assert (await shop.reserved("A", "mug"), await shop.reserved("B", "hat")) == ((2, 3) if made else (0, 0))
    assert [await shop.capacity(name) for name in "AB"] == [(0, 1 if made else 0)] * 2
    lapsing = await shop.database.main.fetchval(
        "SELECT count(*) FROM inventory.hold WHERE expiration_time IS NOT NULL AND quantity > 0 AND place LIKE $1",
        f"%{shop.room.name('')}",
    )
    assert lapsing == 0
    assert [d["capacityState"] for d in await shop.decisions(order)] == (["Confirmed"] if made else [])


@pytest.mark.parametrize("late", [False, True], ids=["at once", "after everything lapsed"])
@pytest.mark.parametrize("step", STEPS, ids=IDS)
async def test_a_crash_loses_nothing_and_leaves_no_half_of_an_order(
    shop: Shop, store: Store, clock: Hands, monkeypatch: pytest.MonkeyPatch,
    step: Step, late: bool,
):  # fmt: skip
    order, made = await placed(shop), step[3]
    crash_at(monkeypatch, *step[:3])
    with pytest.raises(Crash):
        await shop.post(order)
    assert len(await shop.fulfillment_orders(order)) == made
    if not late:
        await go_round(store)
    clock.now += dt.timedelta(seconds=max(LAPSE_SECONDS, HOLD_SECONDS) + 61)
    await go_round(store)
    await check_settled(shop, order, made)
    if not made:
        await shop.routed(order)
        await check_settled(shop, order, 2)


@pytest.mark.parametrize("step", STEPS, ids=IDS)
async def test_a_request_that_is_sent_again_after_a_crash_is_carried_out_once(
    shop: Shop, store: Store, clock: Hands, monkeypatch: pytest.MonkeyPatch,
    step: Step,
):  # fmt: skip
    monkeypatch.setattr(idempotency, "TAKEN_OVER_AFTER_SECONDS", 0)
    order = await placed(shop)
    key = {"Idempotency-Key": shop.room.action()}
    crash_at(monkeypatch, *step[:3])
    with pytest.raises(Crash):
        await shop.post(order, headers=key)
    done = await shop.routed(order, headers=key)
    orders = await shop.fulfillment_orders(order)
    assert sorted(done["fulfillmentOrderIds"]) == [one["Id"] for one in orders]
    await go_round(store)
    await check_settled(shop, order, 2)
    again = await shop.post(order, headers=key)
    assert (again.headers["Idempotent-Replayed"], again.json()["fulfillmentOrderIds"]) == (
        "true", done["fulfillmentOrderIds"]
    )  # fmt: skip


def overtaken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first place that is to be held goes to somebody else."""
    hold: Callable[..., Any] = vars(handler)["hold_capacity"]

    async def hold_later(*arguments: Any) -> Any:
        monkeypatch.setattr(handler, "hold_capacity", hold)
        raise CapacityExceeded("somebody was faster", "locationId")

    monkeypatch.setattr(handler, "hold_capacity", hold_later)


async def test_what_was_done_at_the_second_attempt_is_found_again(
    shop: Shop, store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(idempotency, "TAKEN_OVER_AFTER_SECONDS", 0)
    order, key = await placed(shop), {"Idempotency-Key": shop.room.action()}
    overtaken_once(monkeypatch)
    crash_at(monkeypatch, handler, "settle_capacity", "before")
    with pytest.raises(Crash):
        await shop.post(order, headers=key)
    done = await shop.routed(order, headers=key)
    assert (await shop.decision(done["routingDecisionId"]))["attempts"] == 2
    await go_round(store)
    await check_settled(shop, order, 2)


async def test_what_was_done_is_found_again_whatever_the_locations_can_take_by_then(
    shop: Shop, store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(idempotency, "TAKEN_OVER_AFTER_SECONDS", 0)
    order, key = await placed(shop), {"Idempotency-Key": shop.room.action()}
    crash_at(monkeypatch, handler, "settle_capacity", "before")
    with pytest.raises(Crash):
        await shop.post(order, headers=key)
    overtaken_once(monkeypatch)
    assert len((await shop.routed(order, headers=key))["fulfillmentOrderIds"]) == 2
    await go_round(store)
    await check_settled(shop, order, 2)


async def test_two_runs_of_one_request_at_once_allocate_once(shop: Shop, store: Store, monkeypatch: pytest.MonkeyPatch):
    """One of three units is asked for, so a second run would find units for another."""
    monkeypatch.setattr(idempotency, "TAKEN_OVER_AFTER_SECONDS", 0)
    await shop.stock({"A": {"mug": 3}}, A=COUNTED)
    order, key = await shop.order({"mug": 3}), {"Idempotency-Key": shop.room.action()}
    one: dict[str, Any] = {"orderItemSummaries": [{"orderItemSummaryId": order.items[0], "quantity": 1}]}
    overtaken_once(monkeypatch)
    second_is_there, first_is_done, allocate = asyncio.Event(), asyncio.Event(), vars(handler)["allocate"]

    async def in_turn(*arguments: Any) -> Any:
        is_first = not second_is_there.is_set() and not waiting
        waiting.append(1)
        if is_first:
            await second_is_there.wait()
            made = await allocate(*arguments)
            first_is_done.set()
            return made
        second_is_there.set()
        await first_is_done.wait()
        return await allocate(*arguments)

    waiting: list[int] = []
    monkeypatch.setattr(handler, "allocate", in_turn)
    first, second = await asyncio.gather(*(shop.post(order, headers=key, **one) for _ in range(2)))
    assert (first.status_code, second.status_code, len(waiting)) == (201, 201, 2)
    assert first.json() == second.json()
    await go_round(store)
    assert len(await shop.fulfillment_orders(order)) == 1
    assert (await shop.reserved("A", "mug"), await shop.capacity("A")) == (1, (0, 1))


async def test_capacity_that_went_to_others_is_told(
    shop: Shop, store: Store, clock: Hands, monkeypatch: pytest.MonkeyPatch
):
    """The worst case: nobody settles until all lapsed, and somebody else took the last place meanwhile."""
    await shop.stock({"A": {"mug": 3}}, A=COUNTED | {"FoCapacity": 1})
    order = await shop.order({"mug": 1})
    crash_at(monkeypatch, handler, "settle_capacity", "before")
    with pytest.raises(Crash):
        await shop.post(order)
    clock.now += dt.timedelta(seconds=HOLD_SECONDS + 1)
    path = "/commerce/order-management/routing/fulfillment-order-capacity/actions/hold-capacity"
    wish = {"actionRequestId": shop.room.action(), "locationId": shop.locations["A"]}
    await shop.api.send("POST", path, {"holdFOCapacityRequests": [{"capacityRequests": [wish]}]})
    await go_round(store)
    (decision,) = await shop.decisions(order)
    assert decision["capacityState"] == "Missed"
    assert "no free capacity" in decision["capacityMessage"]
    assert await shop.capacity("A") == (1, 0)


# --- races ------------------------------------------------------------------------------------------------------------


async def raced(shop: Shop, orders: list[Order]) -> Counter[int]:
    answers = await asyncio.gather(*(shop.post(order) for order in orders))
    for order, answer in zip(orders, answers, strict=True):
        made = await shop.fulfillment_orders(order)
        output = answer.json() if answer.status_code == 201 else answer.json()[0]["output"]
        assert [one["Id"] for one in made] == sorted(output["fulfillmentOrderIds"])
    return Counter(answer.status_code for answer in answers)


async def test_the_last_units_and_places_are_given_out_exactly(shop: Shop, store: Store):
    """48 orders of one mug: twelve are at A, which takes ten orders, and eight at B."""
    await shop.stock({"A": {"mug": 12}, "B": {"mug": 8}}, A=COUNTED | {"FoCapacity": 10})
    orders = [await shop.order({"mug": 1}) for _ in range(48)]
    assert await raced(shop, orders) == {201: 18, 400: 30}
    await go_round(store)
    assert (await shop.reserved("A", "mug"), await shop.reserved("B", "mug")) == (10, 8)
    assert await shop.capacity("A") == (0, 10)


async def test_orders_that_need_several_locations_get_all_there_is(shop: Shop, store: Store):
    """Mugs are at A, hats at B: whoever gets the one and not the other has to give it back to somebody who can."""
    await shop.stock({"A": {"mug": 6}, "B": {"hat": 6}}, A=COUNTED | {"FoCapacity": 20}, B=COUNTED | {"FoCapacity": 20})
    orders = [await shop.order({"mug": 1, "hat": 1}) for _ in range(16)]
    assert await raced(shop, orders) == {201: 6, 400: 10}
    await go_round(store)
    assert (await shop.reserved("A", "mug"), await shop.reserved("B", "hat")) == (6, 6)
    assert [await shop.capacity(name) for name in "AB"] == [(0, 6), (0, 6)]


async def test_a_request_waits_for_units_that_another_may_give_back(shop: Shop):
    """Somebody holds the last mug just now, and then does not take it."""
    await shop.stock({"A": {"mug": 1}})
    order = await shop.order({"mug": 1})
    basket = await shop.room.reserve(shop.room.line("A", "mug", 1), expirationSeconds=60)
    request = asyncio.create_task(shop.post(order))
    await asyncio.sleep(3 * handler.PAUSE_SECONDS)
    assert not request.done()
    release = {"actionRequestId": shop.room.action(), "reservationId": basket} | shop.room.line("A", "mug", 1)
    await shop.room.done(RELEASE, {"releaseRecords": [release]})
    assert (await request).status_code == 201


@pytest.mark.parametrize("kept", [{}, {"expirationSeconds": 60}], ids=["for good", "for long"])
async def test_a_request_does_not_wait_for_what_others_keep(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, kept: dict[str, int], clock: Hands
):
    await shop.stock({"A": {"mug": 1}})
    order = await shop.order({"mug": 1})
    await shop.room.reserve(shop.room.line("A", "mug", 1), **kept)
    clock.now += dt.timedelta(seconds=6)
    monkeypatch.setattr(handler, "PAUSE_SECONDS", 60)  # nobody would see the end of it
    assert (await shop.refused(order))["errorCode"] == "CANNOT_ALLOCATE"


async def test_waiting_comes_to_an_end(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(handler, "PAUSE_SECONDS", 0)
    await shop.stock({"A": {"mug": 1}})
    order = await shop.order({"mug": 1})
    await shop.room.reserve(shop.room.line("A", "mug", 1), expirationSeconds=60)
    assert (await shop.refused(order))["errorCode"] == "CANNOT_ALLOCATE"


async def test_an_order_that_others_are_always_faster_for_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    """Each time it is planned anew, and in the end it is told."""
    await shop.stock({"A": {"mug": 1}})
    order = await shop.order({"mug": 1})

    async def taken(*_: Any) -> Any:
        raise CapacityExceeded("location A has no free capacity", "locationId")

    monkeypatch.setattr(handler, "hold_capacity", taken)
    assert "no free capacity" in (await shop.refused(order))["message"]
    (decision,) = await shop.decisions(order)
    assert (decision["attempts"], decision["status"], decision["shipments"]) == (handler.MOST_ATTEMPTS, "Refused", [])


async def test_a_plan_that_takes_long_is_made_apart(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    """The quick lane gives up after few steps; the answer is that of the long one."""
    monkeypatch.setattr(handler, "QUICK_WORK", 1)
    await shop.stock({name: {"mug": 1} for name in "ABCD"})
    done = await shop.routed(await shop.order({"mug": 3}), query="?explain=true")
    (group,) = done["explanation"]["groups"]
    assert (group["limitReached"], group["routesFound"]) == (None, 4)


async def test_one_order_that_is_routed_by_many_at_once_is_allocated_once(shop: Shop, store: Store):
    await shop.stock({"A": {"mug": 50}, "B": {"hat": 50}}, A=COUNTED | {"FoCapacity": 50})
    order = await shop.order({"mug": 2, "hat": 3})
    answers = await asyncio.gather(*(shop.post(order) for _ in range(12)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 11}
    await go_round(store)
    assert len(await shop.fulfillment_orders(order)) == 2
    assert (await shop.reserved("A", "mug"), await shop.reserved("B", "hat")) == (2, 3)
    assert await shop.capacity("A") == (0, 1)
