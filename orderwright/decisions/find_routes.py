"""Which locations can fill an order together, with the fewest shipments: every smallest combination.

A combination covers the order when its locations together have enough of every ordered SKU; one SKU may be split over
several of them. Sizes are tried in order, and all combinations of the first size that covers the order are routes.
Rows that name the same SKU, or the same SKU at the same location, are added up; what is then zero or less counts as
none. Availability comes from anywhere: a request, or an inventory.

Source: fulfillment-routing.yaml#routing.find-routes-with-fewest-splits (documented: sizes in order, all combinations of
the first, both caps; the coverage test is derived; duplicates, zero and negative rows, and the order are inferred).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import lcm
from typing import NamedTuple

from orderwright.arithmetic.money import EXACT
from orderwright.arithmetic.quantity import InvalidQuantity, whole
from orderwright.decisions.errors import InvalidInput, RequiredFieldMissing
from orderwright.decisions.search_budget import Budget, Limit
from orderwright.decisions.search_routes import search_routes

MOST_CHECKED = 1_000_000
"""Combinations looked at in one search. Few orders need as many: most combinations are ruled out unseen."""
MOST_WORK = 8_000_000
"""Steps taken in one search (`search_budget`): about two seconds, and a hundred times what usual orders take."""
MOST_ROUTES = 10_000
"""Routes in one answer."""
MOST_LOCATIONS = 10_000
MOST_QUANTITIES = 1_000_000
"""Locations × ordered SKUs of one search."""


class Ordered(NamedTuple):
    """So much of a SKU was ordered: whole units above zero."""

    stock_keeping_unit: str
    quantity: Decimal


class Available(NamedTuple):
    """So much of a SKU is available at a location; any finite number."""

    location: str
    stock_keeping_unit: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Table:
    """What is ordered and what there is of it: whole numbers, in parts of a unit of which `parts` make one.

    `locations` in the order in which they were first named, `held` by location, then by column; none is below zero.
    A column is an ordered SKU. A SKU that is ordered from different locations (`find_routes_for_demands`) has several:
    a unit that a location holds of it then stands in each column that it may go to, and can go to one.
    """

    skus: tuple[str, ...]
    """By column."""
    needs: tuple[int, ...]
    locations: tuple[str, ...]
    held: tuple[tuple[int, ...], ...]
    parts: int
    places: tuple[str, ...] = ()
    """By column, what its locations were called together; nothing when every location may ship it."""
    together: tuple[tuple[int, ...], ...] = ()
    """Columns that must be covered together, where it is not enough to cover each: all conditions that there are."""

    @property
    def choices(self) -> tuple[tuple[int, ...], ...]:
        """The columns of each condition that a route must meet."""
        return self.together or tuple((column,) for column in range(len(self.needs)))

    def conditions(self) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
        """What each condition needs, and by location how much it holds towards each."""
        if not self.together:
            return self.needs, self.held
        return (
            tuple(sum(self.needs[column] for column in columns) for columns in self.together),
            tuple(tuple(max(row[column] for column in columns) for columns in self.together) for row in self.held),
        )

    def units(self, parts: int) -> Decimal:
        """A number of parts in units."""
        return EXACT.divide(Decimal(parts), Decimal(self.parts))


@dataclass(frozen=True, slots=True)
class Routing:
    """All routes with the fewest splits, by number of location, in lexicographic order: no route is a success too.

    `limit` says which cap ended the search, as in `Found`; None when nothing is missing.
    """

    table: Table
    routes: tuple[tuple[int, ...], ...]
    limit: Limit | None
    checked: int
    largest: int
    """The most locations that a route was allowed."""
    work: int = 0
    """Steps taken, as in `search_budget`."""

    def names(self, route: Sequence[int]) -> tuple[str, ...]:
        """The locations of a route as they were named."""
        return tuple(self.table.locations[number] for number in route)


def decide_find_routes(
    ordered: Sequence[Ordered],
    available: Iterable[Available],
    maximum_number_of_splits: int | None = None,
    most_checked: int = MOST_CHECKED,
    most_routes: int = MOST_ROUTES,
    most_work: int = MOST_WORK,
) -> Routing:
    """Return every smallest combination of locations that covers the order.

    `maximum_number_of_splits`: most locations of a route, less one; None: no limit. Raises RequiredFieldMissing for
    an order of nothing; InvalidInput for a negative number of splits, for an ordered quantity that is no whole number
    above zero, and for more locations or quantities than MOST_LOCATIONS and MOST_QUANTITIES.
    Source: fulfillment-routing.yaml#routing.find-routes-with-fewest-splits (documented); decisions.md#N11, #W9.
    """
    check_splits(maximum_number_of_splits)
    table = tabulated(ordered, available)
    return routed(table, maximum_number_of_splits, most_routes, Budget(most_checked, most_work))


def check_splits(maximum_number_of_splits: int | None) -> None:
    """Raise InvalidInput for a negative number of splits."""
    if maximum_number_of_splits is not None and maximum_number_of_splits < 0:
        raise InvalidInput(
            f"maximumNumberOfSplits is {maximum_number_of_splits}; send 0 for one shipment, or more",
            "maximumNumberOfSplits",
        )


def routed(table: Table, maximum_number_of_splits: int | None, most_routes: int, budget: Budget) -> Routing:
    """The routes of what was ordered."""
    largest = len(table.locations)
    if maximum_number_of_splits is not None:
        largest = min(largest, maximum_number_of_splits + 1)
    found = search_routes(*table.conditions(), largest, most_routes, budget)
    return Routing(table, found.routes, found.limit, found.checked, largest, found.work)


def tabulated(ordered: Sequence[Ordered], available: Iterable[Available]) -> Table:
    """The rows added up, exactly. Raises as `decide_find_routes` does."""
    wanted = _added_up(ordered)
    rows = list(available)
    named = dict.fromkeys(row.location for row in rows)
    locations = {location: number for number, location in enumerate(named)}
    refuse_too_many(len(locations), len(wanted), "locationAvailableInventory", "orderedQuantities")
    used = [row for row in rows if row.stock_keeping_unit in wanted]
    parts = lcm(*(row.quantity.as_integer_ratio()[1] for row in used))
    columns = {sku: number for number, sku in enumerate(wanted)}
    held = [[0] * len(wanted) for _ in locations]
    for row in used:
        held[locations[row.location]][columns[row.stock_keeping_unit]] += _times(row.quantity, parts)
    return Table(
        skus=tuple(wanted),
        needs=tuple(quantity * parts for quantity in wanted.values()),
        locations=tuple(locations),
        held=tuple(tuple(max(quantity, 0) for quantity in row) for row in held),
        parts=parts,
    )


def _added_up(ordered: Sequence[Ordered]) -> dict[str, int]:
    if not ordered:
        raise RequiredFieldMissing("orderedQuantities is empty; send at least one SKU", "orderedQuantities")
    wanted: dict[str, int] = defaultdict(int)
    for place, row in enumerate(ordered):
        wanted[row.stock_keeping_unit] += whole_units(row.quantity, f"orderedQuantities[{place}].quantity")
    return dict(wanted)


def whole_units(quantity: Decimal, path: str) -> int:
    """How many units were ordered at `path`. Raises InvalidInput for no whole number above zero."""
    try:
        return int(whole(quantity))
    except InvalidQuantity as error:
        raise InvalidInput(f"{path}: {error}; send how many units were ordered", path) from None


def _times(quantity: Decimal, parts: int) -> int:
    numerator, denominator = quantity.as_integer_ratio()
    return numerator * (parts // denominator)


def refuse_too_many(locations: int, columns: int, *fields: str) -> None:
    """Raise InvalidInput for more than one search takes. `fields`: where the locations and the quantities come from."""
    if locations > MOST_LOCATIONS:
        raise InvalidInput(
            f"{fields[0]} names {locations} locations; send at most {MOST_LOCATIONS}, the nearest ones", fields[0]
        )
    if locations * columns > MOST_QUANTITIES:
        raise InvalidInput(
            f"{locations} locations × {columns} SKUs are more than {MOST_QUANTITIES} quantities; send fewer locations, "
            "or the SKUs in several requests",
            *fields,
        )
