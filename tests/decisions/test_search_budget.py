"""A search ends by counted work: the same question always ends alike, and hostile ones end at all."""

import random
from decimal import Decimal

import pytest

from orderwright.decisions import routing_stock
from orderwright.decisions.find_routes import MOST_WORK, Available, Ordered, Routing, decide_find_routes
from tests.decisions.test_find_routes import every_route, found, small_case


def case(locations: int, skus: int, share: float, most: int, need: int) -> tuple[list[Ordered], list[Available]]:
    chance = random.Random(1)
    rows = [
        Available(f"L{number}", f"S{sku}", Decimal(chance.randint(1, most)))
        for number in range(locations)
        for sku in range(skus)
        if chance.random() < share
    ]
    return [Ordered(f"S{sku}", Decimal(need)) for sku in range(skus)], rows


HOSTILE = {
    "many locations and SKUs": case(10_000, 100, 0.02, 5, 5),
    "many quantities": case(10_000, 5, 0.3, 10**9, 10**12),
    "scarce stock": case(200, 20, 0.2, 3, 5),
    "many levels": case(200, 10, 0.2, 100, 300),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_search_ends_when_its_work_is_done_and_says_so(name: str):
    ordered, rows = HOSTILE[name]
    most = 500_000
    routing = decide_find_routes(ordered, rows, most_work=most)
    assert routing.limit == "WorkDone"
    assert routing.work == most + 1
    again = decide_find_routes(ordered, rows, most_work=most)
    assert (again.routes, again.checked, again.work) == (routing.routes, routing.checked, routing.work)


def test_a_thousand_locations_ten_skus_and_four_splits_are_within_the_budget():
    chance = random.Random(5)
    needs = [chance.randint(1, 5) for _ in range(10)]
    held = [[chance.randint(1, 2) if chance.random() < 0.12 else 0 for _ in needs] for _ in range(1000)]
    routing = decide_find_routes(
        [Ordered(f"S{sku}", Decimal(need)) for sku, need in enumerate(needs)],
        [
            Available(f"L{number}", f"S{sku}", Decimal(quantity))
            for number, row in enumerate(held)
            for sku, quantity in enumerate(row)
            if quantity
        ],
        4,
    )
    assert routing.limit is None
    assert routing.work < MOST_WORK


@pytest.mark.parametrize("block", range(4))
def test_whatever_the_budget_routes_are_true_and_what_is_missing_is_told(block: int):
    chance = random.Random(3000 + block)
    ends = set()
    for _ in range(150):
        wanted, rows, splits = small_case(chance)
        routes = every_route(wanted, rows, splits)
        routing = decide_find_routes(wanted, rows, splits, most_routes=4, most_work=chance.randint(0, 900))
        ends.add(routing.limit)
        assert set(found(routing)) <= set(routes)
        if routing.limit is None:
            assert found(routing) == routes
        if routing.limit == "RoutesReturned":
            assert len(routing.routes) == 4 < len(routes)
    assert ends == {None, "RoutesReturned", "WorkDone"}


def complete(routing: Routing) -> tuple[list[str], object]:
    return found(routing), routing.limit


@pytest.mark.parametrize("block", range(3))
@pytest.mark.parametrize("most_bits", [0, 40, 150])
def test_keeping_fewer_bit_sets_changes_no_answer(block: int, most_bits: int, monkeypatch: pytest.MonkeyPatch):
    chance = random.Random(4000 + block)
    cases = [small_case(chance) for _ in range(120)]
    cases.append((*case(60, 4, 0.5, 50, 120), 4))
    expected = [complete(decide_find_routes(*each)) for each in cases]
    monkeypatch.setattr(routing_stock, "MOST_BITS", most_bits)
    assert [complete(decide_find_routes(*each)) for each in cases] == expected
