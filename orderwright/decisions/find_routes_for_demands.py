"""Which locations can fill an order together, with the fewest shipments, when each demand names its own locations.

The theory. A demand is units of a SKU that some locations may ship. One SKU may be demanded twice, from locations that
are partly the same; a unit that lies there can go to either demand, and only to one. So a combination covers the order
when for every choice of demands of a SKU, all locations in it that may ship one of them hold enough for all of them
(Hall's condition, in Gale's form for quantities: then, and only then, can the units be shared out). Each choice is one
more condition of the kind "these locations hold so much together", which is what the search is about anyway. Most are
redundant: demands without a location in common need not be looked at together, and a demand whose locations may all
ship for the others makes a choice with it the stricter one. What is left is as many conditions as demands, when
groups of locations are apart or lie one within the other.

Source: fulfillment-routing.yaml#routing.find-routes-with-fewest-splits-using-oci (documented: same algorithm and caps,
an item's group pulls in all its locations; derived: a location counts for an item only inside that item's group; that
demands share what lies at a location, and the refusal of too many conditions, are inferred).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal
from functools import reduce
from operator import or_
from typing import NamedTuple

from orderwright.decisions.errors import InvalidInput, RequiredFieldMissing
from orderwright.decisions.find_routes import (
    MOST_CHECKED,
    MOST_ROUTES,
    MOST_WORK,
    Available,
    Routing,
    Table,
    check_splits,
    refuse_too_many,
    routed,
    whole_units,
)
from orderwright.decisions.routing_stock import set_of
from orderwright.decisions.search_budget import Budget

MOST_CONDITIONS = 1_023
"""Of one SKU: any ten demands of a SKU have no more, and many more demands of groups that are
apart or within each other have fewer.
"""
MOST_PLACES = 50
"""From which one SKU is demanded."""


class Demand(NamedTuple):
    """So much of a SKU was ordered, whole units above zero, and these locations may ship it.

    `place` is what they are called together: it tells demands of the same SKU apart in an explanation.
    """

    stock_keeping_unit: str
    quantity: Decimal
    locations: frozenset[str]
    place: str = ""


def decide_find_routes_for_demands(
    demands: Sequence[Demand],
    available: Iterable[Available],
    maximum_number_of_splits: int | None = None,
    most_checked: int = MOST_CHECKED,
    most_routes: int = MOST_ROUTES,
    most_work: int = MOST_WORK,
) -> Routing:
    """Return every smallest combination of locations that covers all demands at once.

    Rows of the same SKU and location are added up, and count in whole units: who has 1200.35 can ship 1200, and two who
    have half a unit each can ship none. Demands of the same SKU, place and locations are one. `Routing.table` has a
    column for each demand. Raises as `decide_find_routes` does, with the demand's place in `orderedItems`; and
    InvalidInput for a SKU whose demands overlap in more ways than MOST_CONDITIONS.
    Source: fulfillment-routing.yaml#routing.find-routes-with-fewest-splits-using-oci (documented); decisions.md#N11,
    #W9; whole units are inferred from N11: a fulfillment order takes no part of one.
    """
    check_splits(maximum_number_of_splits)
    table = tabulated_demands(demands, available)
    return routed(table, maximum_number_of_splits, most_routes, Budget(most_checked, most_work))


def tabulated_demands(demands: Sequence[Demand], available: Iterable[Available]) -> Table:
    """The rows added up, in whole units, a column for each demand. Raises as the decision does."""
    wanted = _added_up(demands)
    columns = list(wanted)
    rows = list(available)
    locations = tuple(dict.fromkeys(row.location for row in rows))
    refuse_too_many(len(locations), len(columns), "orderedItems")
    stock = _stock(rows)
    held = tuple(
        tuple(stock[name, sku] if name in allowed and (name, sku) in stock else 0 for sku, _, allowed in columns)
        for name in locations
    )
    together = _conditions([sku for sku, _, _ in columns], held)
    refuse_too_many(len(locations), len(together), "orderedItems")
    return Table(
        skus=tuple(sku for sku, _, _ in columns),
        needs=tuple(wanted.values()),
        locations=locations,
        held=held,
        parts=1,
        places=tuple(place for _, place, _ in columns),
        together=together,
    )


def _added_up(demands: Sequence[Demand]) -> dict[tuple[str, str, frozenset[str]], int]:
    if not demands:
        raise RequiredFieldMissing("orderedItems is empty; send at least one item", "orderedItems")
    wanted: dict[tuple[str, str, frozenset[str]], int] = defaultdict(int)
    for number, demand in enumerate(demands):
        units = whole_units(demand.quantity, f"orderedItems[{number}].quantity")
        wanted[demand.stock_keeping_unit, demand.place, demand.locations] += units
    return dict(wanted)


def _stock(rows: Iterable[Available]) -> dict[tuple[str, str], int]:
    """Whole units by location and SKU, where there are some."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for location, sku, quantity in rows:
        sums[location, sku] += quantity
    return {at: int(total.to_integral_value(ROUND_FLOOR)) for at, total in sums.items() if total >= 1}


def _conditions(skus: Sequence[str], held: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """The choices of columns of one SKU that must be covered together; none when it is enough to cover each alone."""
    by_sku: dict[str, list[int]] = defaultdict(list)
    for column, sku in enumerate(skus):
        by_sku[sku].append(column)
    if len(by_sku) == len(skus):
        return ()
    found: list[tuple[int, ...]] = []
    for sku, columns in by_sku.items():
        if len(columns) == 1:
            found.append((columns[0],))
        else:
            found += _choices(sku, columns, held)
    return tuple(found)


def _choices(sku: str, columns: Sequence[int], held: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Every choice of demands that hang together by their locations, with all others whose locations are among theirs.

    Locations that have none of the SKU do not matter.
    """
    if len(columns) > MOST_PLACES:
        raise _too_many(sku, len(columns))
    holders = {column: set_of((n for n, row in enumerate(held) if row[column]), len(held)) for column in columns}
    begun = [_closed(holders, locations) for locations in holders.values()]
    found = dict.fromkeys(begun)
    while begun:
        reached = _reached(holders, begun.pop())
        for locations in holders.values():
            if locations & reached and locations & ~reached:
                larger = _closed(holders, reached | locations)
                if larger not in found:
                    found[larger] = None
                    begun.append(larger)
        if len(found) > MOST_CONDITIONS:
            raise _too_many(sku, len(columns))
    return list(found)


def _too_many(sku: str, places: int) -> InvalidInput:
    return InvalidInput(
        f"{sku} is ordered from {places} location groups or locations that overlap in too many ways; order it from "
        "fewer, or in several requests",
        "locationGroupIdentifier",
    )


def _closed(holders: dict[int, int], reached: int) -> tuple[int, ...]:
    """All columns that only locations in `reached` count for."""
    return tuple(column for column, locations in holders.items() if not locations & ~reached)


def _reached(holders: dict[int, int], columns: Iterable[int]) -> int:
    """The locations that count for one of `columns`."""
    return reduce(or_, (holders[column] for column in columns))
