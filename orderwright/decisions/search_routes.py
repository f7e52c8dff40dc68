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

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from orderwright.decisions.routing_stock import Open, Route, Stock, numbers

Limit = Literal["CombinationsChecked", "RoutesReturned"]
"""Which cap ended a search."""


@dataclass(frozen=True, slots=True)
class Found:
    """All smallest sets, in lexicographic order, unless `limit` is set.

    RoutesReturned: there are more, and these are the first. CombinationsChecked: these were found in time, and whether
    there are more, or any at all, is not known.
    """

    routes: tuple[Route, ...]
    limit: Limit | None
    checked: int


class CutOff(Exception):
    """As many combinations as allowed were looked at."""


class Counter:
    """How many combinations were looked at, begun ones too; all that differ in the last member only are one."""

    def __init__(self, most: int) -> None:
        self.checked = 0
        self._most = most

    def count(self) -> None:
        if self.checked >= self._most:
            raise CutOff
        self.checked += 1


def search_routes(stock: Stock, largest: int, most_checked: int, most_routes: int) -> Found:
    """Every set of the smallest size, `largest` at most, that covers the needs of `stock`: none when there is none.

    Looks at `most_checked` combinations and gives `most_routes` sets at most.
    """
    counter = Counter(most_checked)
    first = stock.fewest()
    if first is None:
        return Found((), None, 0)
    try:
        for size in range(first, min(largest, stock.useful.bit_count()) + 1):
            narrowed = stock.begun(stock.undominated(size), size)
            if next(sets(stock, narrowed, counter), None) is not None:
                return _listed(stock, size, counter, most_routes)
    except CutOff:
        return Found((), "CombinationsChecked", counter.checked)
    return Found((), None, counter.checked)


def _listed(stock: Stock, size: int, counter: Counter, most: int) -> Found:
    begun = stock.begun(stock.useful, size)
    routes: list[Route] = []
    try:
        for route in islice(sets(stock, begun, counter), most + 1):
            routes.append(route)  # noqa: PERF402  # what is found before a cut-off is kept
    except CutOff:
        return Found(tuple(sorted(routes)), "CombinationsChecked", counter.checked)
    if len(routes) <= most:
        return Found(tuple(sorted(routes)), None, counter.checked)
    try:
        return Found(tuple(first_sets(stock, begun, counter, most)), "RoutesReturned", counter.checked)
    except CutOff:
        return Found(tuple(sorted(routes[:most])), "CombinationsChecked", counter.checked)


def sets(stock: Stock, begun: Open, counter: Counter) -> Iterator[Route]:
    """All ways to complete a set begun, each once, in no particular order. Raises CutOff.

    No smaller set may cover the needs: it is not looked for, and would be filled up with whoever is allowed.
    """
    counter.count()
    if begun.missing == 1:
        yield from _completed(begun, stock.lasts(begun))
        return
    # A stack of our own: sets may have more members than Python allows calls within calls.
    stack = [stock.narrowed(begun)]
    while stack:
        begun, branches = stack.pop()
        if not branches:
            continue
        bit = branches & -branches
        allowed = begun.allowed ^ bit
        if allowed.bit_count() >= begun.missing:
            stack.append((Open(begun.members, begun.needs, allowed, begun.missing), branches ^ bit))
        counter.count()
        longer = stock.joined(begun, bit.bit_length() - 1, allowed)
        if longer.missing == 1:
            yield from _completed(longer, stock.lasts(longer))
        else:
            stack.append(stock.narrowed(longer))


def _completed(begun: Open, lasts: int) -> Iterator[Route]:
    return (tuple(sorted((*begun.members, last))) for last in numbers(lasts))


def first_sets(stock: Stock, begun: Open, counter: Counter, most: int) -> list[Route]:
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
            found = list(islice(sets(stock, longer, counter), wanted + 1))
            if len(found) > wanted:
                begun = longer
                break
            routes += sorted(found)
            if len(routes) == most:
                return routes
    return routes + list(islice(_completed(begun, stock.lasts(begun)), most - len(routes)))
