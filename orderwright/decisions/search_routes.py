"""Every smallest set of locations that together hold what is needed: an exact search over bit sets, in whole numbers.

The theory. A set of `size` locations that covers a need holds the `size`-th part of it at one of them at least. So the
search takes the SKU of which the fewest locations hold that much, tries each of these as a member, and leaves one that
was tried out of what follows: all sets with it are known by then. Every set is met exactly once, on one path. The last
member is found at once, for all locations: it is in the intersection of "holds what is still missing", a bit set for
every SKU. Besides the SKUs there is their total, weighted so that each counts alike: it must be covered too, and tells
early when locations that hold a little of everything cannot do. And who holds so little that even the fullest others
could not make up for it, cannot be a member.

What can be left out, and what cannot. A location that holds nothing needed is in no smallest set. One that others
outdo may be in a smallest set, beside them or in place of one: it is left out only while it is asked whether there is a
set of some size at all, never while sets are listed (`undominated`).

Source: fulfillment-routing.yaml#routing.find-routes-with-fewest-splits (documented: sizes in order, all sets of the
first size that has any, both caps; how they are found is ours).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from orderwright.decisions.routing_stock import Open, Route, Stock, numbers
from orderwright.decisions.search_budget import Budget, CutOff, Limit

__all__ = ["Found", "Limit", "search_routes"]


@dataclass(frozen=True, slots=True)
class Found:
    """All smallest sets, unless `limit` is set; in lexicographic order.

    RoutesReturned: there are more, and these are the first, or the first that were found where it takes too long to
    look for those. CombinationsChecked and WorkDone: these were found in time, and whether there are more, or any at
    all, is not known.
    """

    routes: tuple[Route, ...]
    limit: Limit | None
    checked: int
    work: int


def search_routes(
    needs: Sequence[int], held: Sequence[Sequence[int]], largest: int, most_routes: int, budget: Budget
) -> Found:
    """Every set of the smallest size, `largest` at most, that covers `needs` of what is `held` by location; none when
    there is none. Does what `budget` allows and gives `most_routes` sets at most.
    """
    try:
        routes, limit = _searched(Stock(needs, held, budget), largest, most_routes, budget)
    except CutOff as cut_off:
        routes, limit = [], cut_off.limit
    return Found(tuple(routes), limit, budget.checked, budget.work)


def _searched(stock: Stock, largest: int, most: int, budget: Budget) -> tuple[list[Route], Limit | None]:
    first = stock.fewest()
    if first is not None:
        for size in range(first, min(largest, stock.useful.bit_count()) + 1):
            narrowed = stock.begun(stock.undominated(size), size)
            if next(sets(stock, narrowed, budget), None) is not None:
                return _listed(stock, size, budget, most)
    return [], None


def _listed(stock: Stock, size: int, budget: Budget, most: int) -> tuple[list[Route], Limit | None]:
    begun = stock.begun(stock.useful, size)
    routes: list[Route] = []
    try:
        for route in islice(sets(stock, begun, budget), most + 1):
            routes.append(route)  # noqa: PERF402  # what is found before a cut-off is kept
    except CutOff as cut_off:
        return sorted(routes[:most]), cut_off.limit
    if len(routes) <= most:
        return sorted(routes), None
    try:
        return first_sets(stock, begun, budget, most), "RoutesReturned"
    except CutOff:
        return sorted(routes[:most]), "RoutesReturned"


def sets(stock: Stock, begun: Open, budget: Budget) -> Iterator[Route]:
    """All ways to complete a set begun, each once, in no particular order. Raises CutOff.

    No smaller set may cover the needs: it is not looked for, and would be filled up with whoever is allowed.
    """
    budget.count()
    if begun.missing == 1:
        yield from _completed(begun, stock.lasts(begun))
        return
    # A stack of our own: sets may have more members than Python allows calls within calls.
    stack = [stock.narrowed(begun)]
    while stack:
        begun, branches = stack.pop()
        if begun.missing == 2:
            yield from _pairs(stock, begun, branches, budget)
            continue
        if not branches:
            continue
        bit = branches & -branches
        allowed = begun.allowed ^ bit
        if allowed.bit_count() >= begun.missing:
            stack.append((begun._replace(allowed=allowed), branches ^ bit))
        budget.count()
        stack.append(stock.narrowed(stock.joined(begun, bit.bit_length() - 1, allowed)))


def _pairs(stock: Stock, begun: Open, branches: int, budget: Budget) -> Iterator[Route]:
    """All ways to complete a set begun that lacks two, one of them in `branches`."""
    allowed = begun.allowed
    for number in numbers(branches):
        allowed ^= 1 << number
        if not allowed:
            return
        budget.count()
        for last in numbers(stock.lasts_beside(begun, number, allowed)):
            yield tuple(sorted((*begun.members, number, last)))


def _completed(begun: Open, lasts: int) -> Iterator[Route]:
    return (tuple(sorted((*begun.members, last))) for last in numbers(lasts))


def first_sets(stock: Stock, begun: Open, budget: Budget, most: int) -> list[Route]:
    """The first `most`, in lexicographic order, of more than `most` ways to complete a set begun. Raises CutOff.

    Goes through the smallest members in order, listing all sets of each, until one has more than are wanted still: then
    through the second members with that one, and so on.
    """
    routes: list[Route] = []
    while begun.missing > 1:
        allowed = begun.allowed
        for number in numbers(begun.allowed):
            allowed &= ~(1 << number)
            longer = stock.joined(begun, number, allowed)
            wanted = most - len(routes)
            found = list(islice(sets(stock, longer, budget), wanted + 1))
            if len(found) > wanted:
                begun = longer
                break
            routes += sorted(found)
            if len(routes) == most:
                return routes
    return routes + list(islice(_completed(begun, stock.lasts(begun)), most - len(routes)))
