"""Routes on larger cases beside a constraint solver: the same smallest size, the same set of combinations."""

import random
from decimal import Decimal

import pytest

from bench.routing_solver import solve
from orderwright.decisions.find_routes import Available, Ordered, decide_find_routes

SECONDS = 20

# locations, SKUs, most units ordered of each, share of SKUs a location has, most units it has, splits, seed
CASES = [
    (30, 5, 5, 0.5, 3, 4, 1), (40, 8, 5, 0.4, 4, 4, 2), (50, 10, 5, 0.6, 5, 4, 4), (50, 10, 5, 0.3, 3, 4, 5),
    (50, 10, 5, 0.2, 3, 4, 6), (60, 10, 5, 0.9, 8, 4, 7), (60, 3, 20, 0.6, 6, 5, 8), (80, 10, 5, 0.2, 2, 4, 9),
    (40, 4, 30, 0.7, 7, 9, 12), (120, 6, 5, 0.15, 2, 4, 37897), (120, 10, 9, 0.1, 9, 4, 26377),
    (120, 6, 9, 0.3, 2, 6, 180259), (200, 10, 5, 0.2, 3, 4, 1), (200, 10, 5, 0.15, 2, 4, 0),
    (200, 10, 5, 0.1, 2, 6, 537673), (300, 6, 9, 0.8, 5, 1, 286545), (300, 6, 3, 0.2, 2, 2, 542705),
    (300, 10, 9, 0.3, 3, 6, 637419),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_solver_finds_the_same_combinations(case: tuple[int, int, int, float, int, int, int]):
    locations, skus, ordered, share, most, splits, seed = case
    chance = random.Random(seed)
    needs = [chance.randint(1, ordered) for _ in range(skus)]
    held = [[chance.randint(1, most) if chance.random() < share else 0 for _ in needs] for _ in range(locations)]
    solved = solve(needs, held, largest=splits + 1, most=10_000, seconds=SECONDS)
    assert solved.whole, "the case is too large for the solver, so it proves nothing"

    routing = decide_find_routes(
        [Ordered(f"S{sku}", Decimal(need)) for sku, need in enumerate(needs)],
        [
            Available(f"L{number}", f"S{sku}", Decimal(quantity))
            for number, row in enumerate(held)
            for sku, quantity in enumerate(row)
        ],
        splits,
    )
    assert routing.limit is None
    assert {len(route) for route in routing.routes} == ({solved.size} if solved.size else set())
    assert len(routing.routes) == len(set(routing.routes))
    assert frozenset(routing.routes) == solved.routes
