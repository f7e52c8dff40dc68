"""Which location of a route ships how much of what.

Made from a routing after it was decided: a route covers what was ordered, so the units can be shared out. Where a SKU
is ordered once, the fullest locations ship it. Where it is ordered from different locations, a unit may be wanted by
two demands, so what is given to one may have to move on when the other's turn comes: a flow, one path at a time.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from orderwright.decisions.find_routes import Table


class Allotted(NamedTuple):
    """So many parts of a unit go from a location to what a column wants, both by number; above zero."""

    location: int
    column: int
    parts: int


def allot_units(table: Table, route: Sequence[int]) -> list[Allotted]:
    """What the locations of a route ship, by location, then by column: exactly what is needed.

    Of a SKU that is ordered once from as few of them as can be, the fullest first, of equally full ones the first
    named. Each location of a smallest combination ships something: without it, the others would be a smaller one.
    """
    columns: dict[str, list[int]] = defaultdict(list)
    for column, sku in enumerate(table.skus):
        columns[sku].append(column)
    found: list[Allotted] = []
    for same in columns.values():
        found += _fullest_first(table, route, same[0]) if len(same) == 1 else _Flow(table, route, same).allotted()
    return sorted(found)


def _fullest_first(table: Table, route: Sequence[int], column: int) -> Iterator[Allotted]:
    need = table.needs[column]
    for number in sorted(route, key=lambda number: -table.held[number][column]):
        taken = min(need, table.held[number][column])
        if taken:
            yield Allotted(number, column, taken)
        need -= taken


class _Flow:
    """One SKU that several columns want: what each location gave to each column, and what it has left."""

    def __init__(self, table: Table, route: Sequence[int], columns: Sequence[int]) -> None:
        self._table = table
        self._columns = columns
        has = {number: max(table.held[number][column] for column in columns) for number in route}
        self._left = dict(sorted(has.items(), key=lambda entry: -entry[1]))
        self._given: dict[tuple[int, int], int] = defaultdict(int)

    def allotted(self) -> Iterator[Allotted]:
        """What each location gives to each column once all have what they need."""
        for column in self._columns:
            self._fill(column, self._table.needs[column])
        return (Allotted(number, column, parts) for (number, column), parts in self._given.items() if parts)

    def _fill(self, column: int, need: int) -> None:
        while need:
            path = self._path(column)
            if not path:
                break
            need -= self._along(path, need)

    def _path(self, column: int) -> list[tuple[int, int]]:
        """The shortest way to a location with units left: the location of which each column on it takes more, and who
        takes. The last one takes what is left, each other what the next one on the way gives back. Empty: no way.
        """
        came: dict[int, tuple[int, int] | None] = {column: None}
        waiting = deque([column])
        while waiting:
            taker = waiting.popleft()
            for number, left in self._left.items():
                if not self._table.held[number][taker]:
                    continue
                if left:
                    return self._way(came, taker, number)
                for giver in self._columns:
                    if giver not in came and self._given[number, giver]:
                        came[giver] = (number, taker)
                        waiting.append(giver)
        return []

    @staticmethod
    def _way(came: dict[int, tuple[int, int] | None], taker: int, number: int) -> list[tuple[int, int]]:
        way = [(number, taker)]
        while (step := came[taker]) is not None:
            way.append(step)
            taker = step[1]
        return way[::-1]

    def _along(self, path: Sequence[tuple[int, int]], need: int) -> int:
        """Move as much as can be moved along a path; returns how much."""
        givers = [(number, giver) for (number, _), (_, giver) in pairwise(path)]
        last = path[-1][0]
        amount = min(need, self._left[last], *(self._given[give] for give in givers))
        for take in path:
            self._given[take] += amount
        for give in givers:
            self._given[give] -= amount
        self._left[last] -= amount
        return amount
