"""python -m bench.routing: how long routes with the fewest splits take to find, beside a solver on the same cases.

A case is an order of 10 SKUs, 1 to 5 units of each, and locations that have some of the SKUs, a few units of each. For
each number of locations and of splits, the first cases by seed are taken whose order needs exactly so many splits; with
fewer, every smaller size is ruled out on the way. The solver (CP-SAT) is asked for the same: the smallest size, then
all combinations of it. It gets `--seconds` for each case; what it found by then must be among ours.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec
from rich.console import Console
from rich.table import Table

from bench.routing_solver import Solved, solve
from orderwright.decisions.find_routes import MOST_ROUTES, Available, Ordered, Routing, decide_find_routes

SKUS = 10
TITLE = "Routes with the fewest splits, 10 SKUs; ms of processor time"
LOCATIONS = (50, 200, 1000)
MOST_ORDERED = 5
SHARES: dict[tuple[int, int], tuple[float, int]] = {
    (50, 0): (0.95, 9), (50, 1): (0.7, 5), (50, 2): (0.4, 4), (50, 3): (0.35, 3), (50, 4): (0.2, 3),
    (200, 0): (0.95, 9), (200, 1): (0.6, 5), (200, 2): (0.4, 4), (200, 3): (0.3, 3), (200, 4): (0.15, 3),
    (1000, 0): (0.9, 7), (1000, 1): (0.5, 4), (1000, 2): (0.35, 3), (1000, 3): (0.2, 3), (1000, 4): (0.12, 2),
}  # fmt: skip
"""By locations and splits: the share of the SKUs that a location has, and at most how many units of each: about so few
that so many splits are needed."""


@dataclass(frozen=True)
class Case:
    """An order and the stock for it, by location and SKU."""

    needs: Sequence[int]
    held: Sequence[Sequence[int]]
    splits: int

    def ordered(self) -> list[Ordered]:
        return [Ordered(f"SKU-{sku}", Decimal(need)) for sku, need in enumerate(self.needs)]

    def available(self) -> list[Available]:
        return [
            Available(f"LOC-{number}", f"SKU-{sku}", Decimal(quantity))
            for number, row in enumerate(self.held)
            for sku, quantity in enumerate(row)
            if quantity
        ]


class Measured(msgspec.Struct, frozen=True):
    """One case: seconds of processor time, ours and the solver's, and what they came to."""

    seconds: float
    checked: int
    routes: int
    is_capped: bool
    solver_seconds: float
    solver_routes: int
    solver_is_whole: bool


class Cell(msgspec.Struct, frozen=True):
    """All cases of so many locations that need so many splits."""

    locations: int
    splits: int
    combinations: int
    """How many there are of the sizes that were tried."""
    cases: tuple[Measured, ...]


def main(arguments: list[str]) -> None:
    """Measure as the command line says, and print."""
    made = argparse.ArgumentParser(prog="python -m bench.routing", description=__doc__)
    made.add_argument("--cases", type=int, default=3, help="for each number of locations and splits (default: 3)")
    made.add_argument("--seconds", type=float, default=3, help="that the solver gets for each case (default: 3)")
    options = made.parse_args(arguments)
    print_routing(measure_routing(LOCATIONS, options.cases, options.seconds))


def measure_routing(numbers: Sequence[int], cases: int, seconds: float) -> list[Cell]:
    """Our times and the solver's for these numbers of locations, 0 to 4 splits.

    Stops with an AssertionError where their answers do not fit together.
    """
    # Not timed: what is set up when it is first used.
    solve([1], [[1]], 1, 1, seconds)
    return [
        Cell(
            locations=locations,
            splits=splits,
            combinations=sum(math.comb(locations, size) for size in range(1, splits + 2)),
            cases=tuple(measured(case, seconds) for case in itertools.islice(cases_of(locations, splits), cases)),
        )
        for locations, splits in SHARES
        if locations in numbers
    ]


def cases_of(locations: int, splits: int) -> Iterator[Case]:
    """Cases whose order needs exactly `splits`, always the same."""
    share, most = SHARES[locations, splits]
    for seed in itertools.count():
        chance = random.Random(seed)  # noqa: S311  # it guards no secret
        needs = [chance.randint(1, MOST_ORDERED) for _ in range(SKUS)]
        held = [
            [chance.randint(1, most) if chance.random() < share else 0 for _ in needs] for _ in range(locations)
        ]  # fmt: skip
        case = Case(needs, held, splits)
        found = decide_find_routes(case.ordered(), case.available(), splits)
        if found.routes and len(found.routes[0]) == splits + 1:
            yield case


def measured(case: Case, seconds: float) -> Measured:
    """One case, by us and by the solver."""
    ordered, available = case.ordered(), case.available()
    begun = time.process_time()
    ours = decide_find_routes(ordered, available, case.splits)
    ended = time.process_time()
    theirs = solve(case.needs, case.held, case.splits + 1, MOST_ROUTES, seconds)
    solver_ended = time.process_time()
    check(ours, theirs)
    return Measured(
        seconds=ended - begun,
        checked=ours.checked,
        routes=len(ours.routes),
        is_capped=ours.limit is not None,
        solver_seconds=solver_ended - ended,
        solver_routes=len(theirs.routes),
        solver_is_whole=theirs.whole,
    )


def check(ours: Routing, theirs: Solved) -> None:
    """Stop unless both found the same size and, as far as neither was cut off, the same combinations."""
    # By name: locations are numbered as they are first named, and one without any stock is not named at all.
    assert theirs.size in {None, len(ours.routes[0])}
    names = {frozenset(ours.names(route)) for route in ours.routes}
    solved = {frozenset(f"LOC-{number}" for number in route) for route in theirs.routes}
    if ours.limit is None:
        assert solved <= names
        assert not theirs.whole or solved == names


def print_routing(cells: Sequence[Cell]) -> None:
    """Print a row for each number of locations and splits: medians, and our worst."""
    heads = ("splits", "combinations", "checked", "routes", "ms", "worst", "CP-SAT ms", "found", "in time")
    table = Table("locations", *heads, title=TITLE, title_justify="left", box=None)
    for cell in cells:
        table.add_row(*texts(cell))
    Console(width=110, highlight=False).print(table)


def texts(cell: Cell) -> tuple[str, ...]:
    """The row of a cell."""
    cases = cell.cases
    routes = statistics.median_low([case.routes for case in cases])
    capped = " (capped)" if any(case.is_capped for case in cases) else ""
    whole = sum(case.solver_is_whole for case in cases)
    all_routes, found = sum(case.routes for case in cases), sum(case.solver_routes for case in cases)
    return (
        str(cell.locations),
        str(cell.splits),
        f"{cell.combinations:.1e}",
        f"{statistics.median_low([case.checked for case in cases])}",
        f"{routes}{capped}",
        f"{1000 * statistics.median([case.seconds for case in cases]):.1f}",
        f"{1000 * max(case.seconds for case in cases):.1f}",
        f"{1000 * statistics.median([case.solver_seconds for case in cases]):.0f}",
        f"{found} of {all_routes}",
        f"{whole} of {len(cases)}",
    )


if __name__ == "__main__":
    main(sys.argv[1:])
