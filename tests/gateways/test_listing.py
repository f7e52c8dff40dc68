"""The simulator's books as a list: what moved, in which order, and under whose key."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import asyncpg
import pytest

from orderwright.gateways import simulator_listing
from orderwright.gateways.protocol import ListedTransaction, NotListed
from orderwright.gateways.simulator import Simulator, open_pool
from tests.gateways.asking import (
    NOW,
    authorization,
    authorize,
    capture,
    listed,
    payment,
    post_authorize,
    refund,
    sale,
    void,
)

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


def move_on(simulator: Simulator, by: dt.timedelta = MINUTE) -> None:
    now = simulator._clock() + by
    simulator._clock = lambda: now


def brief(transactions: list[ListedTransaction]) -> list[tuple[str, str | None, str | None, Decimal]]:
    return [(t.kind, t.idempotency_key, t.drawn_on, t.amount) for t in transactions]


async def test_everything_that_moved_is_listed_in_its_order_with_what_it_drew_on(simulator: Simulator):
    opened = await simulator.authorize(authorize("a", "100.00", "EUR"))
    source = authorization(opened.gateway_ref_number, "100.00", "EUR")
    move_on(simulator)
    taken = await simulator.capture(capture("c", "60.00", source, "EUR"))
    move_on(simulator)
    await simulator.void(void("v", "40.00", source, "EUR"))
    move_on(simulator)
    sold = await simulator.sale(sale("s", "5.00"))
    move_on(simulator)
    given_back = await simulator.refund(refund("r", "10.00", payment(taken.gateway_ref_number, "60.00", "EUR"), "EUR"))
    move_on(simulator)
    await simulator.post_authorize(post_authorize("p", "7.00", token="device-1"))

    found = await listed(simulator, NOW, NOW + DAY)
    assert brief(found) == [
        ("Authorize", "a", None, Decimal(100)),
        ("Capture", "c", opened.gateway_ref_number, Decimal(60)),
        ("Void", "v", opened.gateway_ref_number, Decimal(40)),
        ("Sale", "s", None, Decimal(5)),
        ("Refund", "r", taken.gateway_ref_number, Decimal(10)),
        ("Authorize", "p", None, Decimal(7)),
    ]
    assert [t.currency_iso_code for t in found] == ["EUR", "EUR", "EUR", "USD", "EUR", "USD"]
    assert [t.booked_at.minute for t in found] == [30, 31, 32, 33, 34, 35]
    numbers = [found[1].gateway_ref_number, found[3].gateway_ref_number, found[4].gateway_ref_number]
    assert numbers == [taken.gateway_ref_number, sold.gateway_ref_number, given_back.gateway_ref_number]


async def test_what_did_not_move_or_came_twice_is_not_listed(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="decline")
    await simulator.capture(capture("declined", "1.00"))
    await simulator.capture(capture("too much", "100.01"))
    await simulator.tell(operation="Sale", kind="timeout_after_success")
    for _ in range(3):
        await simulator.sale(sale("once", "1.00"))
    assert brief(await listed(simulator, NOW - DAY, NOW + DAY)) == [("Sale", "once", None, Decimal(1))]


async def test_what_was_made_elsewhere_is_known_by_what_drew_on_it(simulator: Simulator):
    await simulator.capture(capture("c", "1.00", authorization("elsewhere-1")))
    await simulator.refund(refund("r", "2.00", payment("elsewhere-2")))
    assert brief(await listed(simulator, NOW, NOW + DAY)) == [
        ("Capture", "c", "elsewhere-1", Decimal(1)),
        ("Refund", "r", "elsewhere-2", Decimal(2)),
    ]


async def test_what_one_request_authorized_and_another_recorded_is_listed_once(simulator: Simulator):
    opened = await simulator.authorize(authorize("z", "7.00"))
    await simulator.post_authorize(post_authorize("p", "7.00", token=opened.gateway_ref_number))
    assert brief(await listed(simulator, NOW, NOW + DAY)) == [("Authorize", "z", None, Decimal(7))]


async def test_a_time_ends_where_the_next_begins(simulator: Simulator):
    for number in range(3):
        await simulator.sale(sale(f"s{number}", "1.00"))
        move_on(simulator)
    times = [NOW, NOW + MINUTE, NOW + 2 * MINUTE, NOW + 3 * MINUTE]
    found = [await listed(simulator, since, until) for since, until in pairwise(times)]
    assert [[t.idempotency_key for t in part] for part in found] == [["s0"], ["s1"], ["s2"]]
    assert await listed(simulator, NOW + 3 * MINUTE, NOW + DAY) == []
    assert await listed(simulator, NOW, NOW) == []


async def test_pages_are_put_together_whole_also_where_all_was_booked_at_once(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
):
    for number in range(7):
        await simulator.sale(sale(f"s{number}", "1.00"))
    opened = await simulator.authorize(authorize("a", "7.00"))
    await simulator.post_authorize(post_authorize("p", "7.00", token=opened.gateway_ref_number))
    for page in (1, 2, 8, 9, 10):
        monkeypatch.setattr(simulator_listing, "PAGE", page)
        keys = [t.idempotency_key for t in await listed(simulator, NOW, NOW + DAY)]
        assert keys == ["a", *(f"s{number}" for number in range(7))]


async def test_what_has_not_settled_is_listed_when_it_has(books_url: str):
    now = [NOW]
    slow = Simulator(await open_pool(books_url), lambda: now[0], settles_after=MINUTE)
    try:
        await slow.sale(sale("s", "1.00"))
        before = await listed(slow, NOW, NOW + DAY)
        now[0] += MINUTE
        after = await listed(slow, NOW + MINUTE, NOW + DAY)
    finally:
        await slow.close()
    assert before == []
    assert [t.idempotency_key for t in after] == ["s"]


async def test_a_listing_that_is_left_in_the_middle_keeps_no_connection(books_url: str):
    simulator = Simulator(await open_pool(books_url, max_size=1), lambda: NOW)
    try:
        for number in range(2):
            await simulator.sale(sale(f"s{number}", "1.00"))
        transactions = simulator.transactions(NOW, NOW + DAY)
        first = await anext(transactions)
        assert first.idempotency_key == "s0"
        assert (await simulator.sale(sale("s2", "1.00"))).sf_result_code == "Success"
    finally:
        await simulator.close()


async def test_books_out_of_reach_are_not_listed(tmp_path: object):
    pool = await asyncpg.create_pool(f"postgresql://postgres@/postgres?host={tmp_path}", min_size=0)
    simulator = Simulator(pool, clock=lambda: NOW)
    try:
        with pytest.raises(NotListed, match="out of reach"):
            await listed(simulator, NOW, NOW + DAY)
    finally:
        await simulator.close()
