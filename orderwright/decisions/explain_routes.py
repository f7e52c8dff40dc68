"""Why each location is in a route or in none, and what a route would ship from where.

Made from a routing after it was decided: it explains, it decides nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from types import MappingProxyType

import msgspec

from orderwright.decisions.allot_units import allot_units
from orderwright.decisions.find_routes import MOST_QUANTITIES, Routing, Table
from orderwright.decisions.routing_stock import Stock, numbers
from orderwright.decisions.search_budget import Budget

EXPLAINED_WORK = 1_000 * MOST_QUANTITIES
"""More steps than an explanation ever takes: it does not search."""


class Shipment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one SKU that a location ships."""

    location: str
    quantity: Decimal
    stock_keeping_unit: str


class OrderedSku(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A SKU that was ordered: how much of it, how much there is in all, at how many locations, and how few of them
    have enough of it; null when all together do not. `locationGroupIdentifier`: from which locations it was ordered,
    null when any may ship it; the same units may stand in two of these rows, and are given to one.
    """

    available: Decimal
    fewest_locations: int | None
    location_group_identifier: str | None = None
    locations: int
    ordered: Decimal
    stock_keeping_unit: str


class LocationWhy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A location: in how many routes it is, which SKUs it has enough of by itself, which it has some of, and why it is
    in these routes or in none.
    """

    enough_of: tuple[str, ...]
    location: str
    routes: int
    some_of: tuple[str, ...]
    why: str


class RoutesExplanation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was ordered and what each location has to do with it, in the order in which they were first named."""

    combinations_checked: int
    locations: tuple[LocationWhy, ...]
    ordered: tuple[OrderedSku, ...]
    why: str


def shipments(table: Table, route: Sequence[int]) -> tuple[Shipment, ...]:
    """What the locations of a route ship (`allot_units`), by location, then by SKU, as they were first named."""
    parts: dict[tuple[int, str], int] = defaultdict(int)
    for number, column, taken in allot_units(table, route):
        parts[number, table.skus[column]] += taken
    return tuple(
        Shipment(location=table.locations[number], stock_keeping_unit=sku, quantity=table.units(taken))
        for (number, sku), taken in parts.items()
    )


def explain_routes(routing: Routing, notes: Mapping[str, str] = MappingProxyType({})) -> RoutesExplanation:
    """The reasons of a routing. `notes`: what else is to be said of a location, as that it was left out."""
    reasons = _Reasons(routing, notes)
    return RoutesExplanation(
        combinations_checked=routing.checked,
        locations=tuple(reasons.location(number) for number in range(len(routing.table.locations))),
        ordered=reasons.ordered,
        why=reasons.nothing or _found(routing),
    )


class _Reasons:
    """A routing, and what all of its reasons are made from."""

    def __init__(self, routing: Routing, notes: Mapping[str, str]) -> None:
        self._routing = routing
        self._table = table = routing.table
        self._notes = notes
        self._needs, self._held = table.conditions()
        self._skus = [table.skus[columns[0]] for columns in table.choices]
        self._stock = Stock(self._needs, self._held, Budget(0, EXPLAINED_WORK))
        self._times = Counter(number for route in routing.routes for number in route)
        self.ordered = tuple(_ordered(table, column) for column in range(len(table.skus)))
        self.nothing = "" if routing.routes else self._nothing()

    def _nothing(self) -> str:
        """Why there is no route."""
        table, routing = self._table, self._routing
        for columns, need, held in zip(table.choices, self._needs, zip(*self._held, strict=True), strict=False):
            if sum(held) < need:
                return _short(table, columns, sum(held), need)
        if not table.locations:
            return "no route: there is no location"
        if routing.limit is not None:
            return f"not known: the search ended after {routing.checked} combinations, before it found a route"
        return f"no route: no combination of {routing.largest} or fewer locations covers the order"

    def location(self, number: int) -> LocationWhy:
        """What a location has to do with it."""
        enough, some = self._holds(number)
        why, note = self.nothing or self._why(number), self._notes.get(self._table.locations[number])
        if not enough and not some:
            why = f"out: {note or 'it has none of what was ordered'}"
        elif note:
            why = f"{why}; {note}"
        return LocationWhy(
            enough_of=enough,
            location=self._table.locations[number],
            routes=self._times[number],
            some_of=some,
            why=why,
        )

    def _holds(self, number: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The SKUs that a location has enough of for all who want it, and those it has some of."""
        held = {sku: True for sku, have in zip(self._skus, self._held[number], strict=True) if have}
        for sku, have, need in zip(self._skus, self._held[number], self._needs, strict=True):
            if have < need and sku in held:
                held[sku] = False
        return tuple(sku for sku in held if held[sku]), tuple(sku for sku in held if not held[sku])

    def _why(self, number: int) -> str:
        """Why a location is in routes, or in none while there are some."""
        routing, times = self._routing, self._times[number]
        found, size = len(routing.routes), len(routing.routes[0])
        if times:
            return f"in: part of {times} of {found} routes"
        if routing.limit is not None:
            return f"out: in none of the {found} routes returned; there may be more"
        better = next(numbers(self._stock.outdoing(number)), None)
        beside = "" if better is None else f"; {self._table.locations[better]} has as much of everything, or more"
        return f"out: no combination of {size} with it covers the order{beside}"


def _ordered(table: Table, column: int) -> OrderedSku:
    fullest_first = sorted((row[column] for row in table.held if row[column]), reverse=True)
    reached = [*accumulate(fullest_first)]
    fewest = bisect_left(reached, table.needs[column]) + 1
    return OrderedSku(
        available=table.units(sum(fullest_first)),
        fewest_locations=fewest if fewest <= len(reached) else None,
        location_group_identifier=table.places[column] if table.places else None,
        locations=len(fullest_first),
        ordered=table.units(table.needs[column]),
        stock_keeping_unit=table.skus[column],
    )


def _short(table: Table, columns: Sequence[int], available: int, ordered: int) -> str:
    """Of what there is too little."""
    places = f" from {', '.join(table.places[column] for column in columns)}" if table.places else ""
    return (
        f"no route: all locations together have {table.units(available)} of the {table.units(ordered)} ordered of "
        f"{table.skus[columns[0]]}{places}"
    )


def _found(routing: Routing) -> str:
    size = len(routing.routes[0])
    routes = f"{len(routing.routes)} combinations of {size} cover the order, and none of fewer locations does"
    if routing.limit is None:
        return routes
    more = "there are more" if routing.limit == "RoutesReturned" else "there may be more: the search was ended"
    return f"{routes}; {more}"
