"""What is needed of each SKU and which locations hold it, as bit sets: bit i is location i.

A combination is asked of these sets what its search must know: who would complete it, who still can be in it, and by
whom to go on. Whole numbers only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, groupby
from operator import mul, or_
from typing import NamedTuple

Route = tuple[int, ...]
"""Locations by number, ascending."""


def numbers(mask: int) -> Iterator[int]:
    """The members of a bit set, ascending."""
    while mask:
        bit = mask & -mask
        mask ^= bit
        yield bit.bit_length() - 1


class Column:
    """Which locations hold at least so much of one SKU."""

    def __init__(self, held: Sequence[int]) -> None:
        """`held` by location; what holds nothing is in no answer."""
        least_first = sorted((quantity, number) for number, quantity in enumerate(held) if quantity)
        levels = [
            (quantity, sum(1 << number for _, number in entries))
            for quantity, entries in groupby(least_first, key=lambda entry: entry[0])
        ]
        self._quantities = [quantity for quantity, _ in levels]
        self._holders: list[int] = [*reversed([*accumulate((mask for _, mask in reversed(levels)), or_)]), 0]
        self._fullest_together = [*accumulate(quantity for quantity, _ in reversed(least_first))]

    def at_least(self, quantity: int) -> int:
        """The locations that hold `quantity`, above zero, or more, as a bit set."""
        return self._holders[bisect_left(self._quantities, quantity)]

    def reach(self, count: int, allowed: int, enough: int) -> int:
        """What the `count` fullest locations in `allowed` hold together; not counted beyond `enough`."""
        together, level = 0, self._fullest(allowed)
        while count and level >= 0 and together < enough:
            holders = self._holders[level] & allowed
            taken = min(count, holders.bit_count())
            together += taken * self._quantities[level]
            count -= taken
            allowed ^= holders
            level -= 1
        return together

    def _fullest(self, allowed: int) -> int:
        """The highest level that one of `allowed` is at, or the lowest there is."""
        low, high = 0, len(self._quantities) - 1
        if self._holders[high] & allowed:
            return high
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._holders[middle] & allowed else (low, middle - 1)
        return low

    def fewest(self, quantity: int) -> int | None:
        """How many locations it takes, the fullest first; None when all together hold less."""
        number = bisect_left(self._fullest_together, quantity) + 1
        return number if number <= len(self._fullest_together) else None


class Open(NamedTuple):
    """A set begun: its members, what is still needed, who may join, and how many must."""

    members: tuple[int, ...]
    needs: tuple[int, ...]
    allowed: int
    missing: int


class Stock:
    """What is needed of each SKU, above zero, and what each location holds of it, not below zero; whole numbers.

    More than is needed counts as what is needed.
    """

    def __init__(self, needs: Sequence[int], held: Sequence[Sequence[int]]) -> None:
        capped = [[min(have, need) for have, need in zip(row, needs, strict=True)] for row in held]
        # The scarcest SKU first: an intersection that begins with it is soon empty.
        order = sorted(range(len(needs)), key=lambda sku: sum(row[sku] > 0 for row in capped))
        self.needs = tuple(needs[sku] for sku in order)
        self.held = [tuple(row[sku] for sku in order) for row in capped]
        self.useful = sum(1 << number for number, row in enumerate(self.held) if any(row))
        self._columns = [Column([row[sku] for row in self.held]) for sku in range(len(order))]
        # Large enough that rounding them down to whole numbers hardly makes a SKU count for more than another.
        self._weights = [1000 * max(needs) // need for need in self.needs]
        self._total = Column([self._weighted(row) for row in self.held])

    def _weighted(self, quantities: Sequence[int]) -> int:
        return sum(map(mul, quantities, self._weights))

    def fewest(self) -> int | None:
        """A size below which no set can cover the needs; None when all locations together do not."""
        sizes = [column.fewest(need) for column, need in zip(self._columns, self.needs, strict=True)]
        if None in sizes:
            return None
        return max(*(size for size in sizes if size), self._total.fewest(self._weighted(self.needs)) or 1)

    def begun(self, allowed: int, size: int) -> Open:
        """A set of `size` with no member yet."""
        return Open((), self.needs, allowed, size)

    def joined(self, begun: Open, location: int, allowed: int) -> Open:
        """The set with one member more; `allowed` may still join it."""
        left = tuple([n - h if n > h else 0 for n, h in zip(begun.needs, self.held[location], strict=True)])
        return Open((*begun.members, location), left, allowed, begun.missing - 1)

    def lasts(self, begun: Open) -> int:
        """Who covers all that is needed still, alone."""
        found = begun.allowed
        for need, column in zip(begun.needs, self._columns, strict=True):
            if need:
                found &= column.at_least(need)
                if not found:
                    break
        return found

    def narrowed(self, begun: Open) -> tuple[Open, int]:
        """The set begun with only those allowed who can be in a completion of it, and some of them of which every
        completion has one, as few as there are; none when it cannot be completed.
        """
        members, needs, allowed, missing = begun
        wanted = [(need, column) for need, column in zip(needs, self._columns, strict=True) if need]
        wanted.append((self._weighted(needs), self._total))
        for need, column in wanted:
            least = need - column.reach(missing - 1, allowed, need)
            if least > 0:
                allowed &= column.at_least(least)
        if allowed.bit_count() < missing:
            return begun, 0
        best, fewest = 0, 0
        for need, column in wanted:
            found = column.at_least(-(-need // missing)) & allowed
            count = found.bit_count()
            if not count:
                return begun, 0
            if not fewest or count < fewest:
                best, fewest = found, count
        return Open(members, needs, allowed, missing), best

    def undominated(self, size: int) -> int:
        """Locations that suffice to tell whether there is a set of `size`.

        Whoever is outdone by `size` others (each holds as much of every SKU; of equals, the earlier outdoes) can be
        replaced in any set by one of them that is not in it, again and again, until none like that is left.
        """
        return self.useful & sum(1 << number for number, by in enumerate(self._outdone_by) if by < size)

    @cached_property
    def _outdone_by(self) -> list[int]:
        return [self.outdoing(number).bit_count() for number in range(len(self.held))]

    @cached_property
    def _equals(self) -> dict[tuple[int, ...], int]:
        numbers_by_row = sorted((row, number) for number, row in enumerate(self.held))
        return {
            row: sum(1 << number for _, number in entries)
            for row, entries in groupby(numbers_by_row, key=lambda entry: entry[0])
        }

    def outdoing(self, location: int) -> int:
        """Who holds as much as `location` of every SKU, what exceeds a need aside: of equals, the earlier ones."""
        row = self.held[location]
        found = self.useful
        for have, column in zip(row, self._columns, strict=True):
            if have:
                found &= column.at_least(have)
        return found & ~(self._equals[row] >> location << location)
