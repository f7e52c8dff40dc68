"""Why each location is in a route or in none, and what a route would ship from where.

Made from a routing after it was decided: it explains, it decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.find_routes import Routing, Table
from orderwright.decisions.routing_stock import Stock, numbers


class Shipment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one SKU that a location ships."""

    location: str
    quantity: Decimal
    stock_keeping_unit: str


class OrderedSku(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A SKU that was ordered: how much of it, how much there is in all, at how many locations, and how few of them
    have enough of it; null when all together do not.
    """

    available: Decimal
    fewest_locations: int | None
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
    """What the locations of a route ship: of each SKU from as few of them as can be, the fullest first, of equally
    full ones the first named. By location, then by SKU, as they were first named.

    Each location of a smallest combination ships something: without it, the others would be a smaller one.
    """
    return tuple(
        Shipment(location=table.locations[number], stock_keeping_unit=table.skus[sku], quantity=table.units(taken))
        for number, sku, taken in sorted(
            entry for sku, need in enumerate(table.needs) for entry in _taken(table, route, sku, need)
        )
    )


def _taken(table: Table, route: Sequence[int], sku: int, need: int) -> list[tuple[int, int, int]]:
    found = []
    for number in sorted(route, key=lambda number: -table.held[number][sku]):
        taken = min(need, table.held[number][sku])
        if taken:
            found.append((number, sku, taken))
        need -= taken
    return found


def explain_routes(routing: Routing) -> RoutesExplanation:
    """The reasons of a routing."""
    table = routing.table
    stock = Stock(table.needs, table.held)
    times = Counter(number for route in routing.routes for number in route)
    ordered = tuple(_ordered(table, sku) for sku in range(len(table.skus)))
    nothing = _nothing(routing, ordered) if not routing.routes else ""
    return RoutesExplanation(
        combinations_checked=routing.checked,
        locations=tuple(
            _location(routing, number, times[number], nothing or _why(routing, stock, number, times[number]))
            for number in range(len(table.locations))
        ),
        ordered=ordered,
        why=nothing or _found(routing),
    )


def _ordered(table: Table, sku: int) -> OrderedSku:
    fullest_first = sorted((row[sku] for row in table.held if row[sku]), reverse=True)
    together, fewest = 0, None
    for number, held in enumerate(fullest_first, start=1):
        together += held
        if fewest is None and together >= table.needs[sku]:
            fewest = number
    return OrderedSku(
        available=table.units(together),
        fewest_locations=fewest,
        locations=len(fullest_first),
        ordered=table.units(table.needs[sku]),
        stock_keeping_unit=table.skus[sku],
    )


def _nothing(routing: Routing, ordered: Sequence[OrderedSku]) -> str:
    """Why there is no route."""
    short = next((sku for sku in ordered if sku.fewest_locations is None), None)
    if short is not None:
        return (
            f"no route: all locations together have {short.available} of the {short.ordered} ordered of "
            f"{short.stock_keeping_unit}"
        )
    if routing.limit is not None:
        return f"not known: the search ended after {routing.checked} combinations, before it found a route"
    return f"no route: no combination of {routing.largest} or fewer locations covers the order"


def _found(routing: Routing) -> str:
    size = len(routing.routes[0])
    routes = f"{len(routing.routes)} combinations of {size} cover the order, and none of fewer locations does"
    if routing.limit is None:
        return routes
    more = "there are more" if routing.limit == "RoutesReturned" else "there may be more: the search was ended"
    return f"{routes}; {more}"


def _location(routing: Routing, number: int, times: int, why: str) -> LocationWhy:
    table = routing.table
    row = list(zip(table.skus, table.held[number], table.needs, strict=True))
    some = any(held for _, held, _ in row)
    return LocationWhy(
        enough_of=tuple(sku for sku, held, need in row if held >= need),
        location=table.locations[number],
        routes=times,
        some_of=tuple(sku for sku, held, need in row if 0 < held < need),
        why=why if some else "out: it has none of what was ordered",
    )


def _why(routing: Routing, stock: Stock, number: int, times: int) -> str:
    """Why a location is in routes, or in none while there are some."""
    found, size = len(routing.routes), len(routing.routes[0])
    if times:
        return f"in: part of {times} of {found} routes"
    if routing.limit is not None:
        return f"out: in none of the {found} routes returned; there may be more"
    better = next(numbers(stock.outdoing(number)), None)
    beside = "" if better is None else f"; {routing.table.locations[better]} has as much of everything, or more"
    return f"out: no combination of {size} with it covers the order{beside}"
