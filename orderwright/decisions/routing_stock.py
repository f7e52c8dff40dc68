"""What is needed of each SKU and which locations hold it, as bit sets: bit i is location i.

A combination is asked of these sets what its search must know: who would complete it, who still can be in it, and by
whom to go on. Whole numbers only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, chain, groupby
from operator import mul, or_
from typing import NamedTuple

from orderwright.decisions.search_budget import LOCATIONS_PER_STEP, Budget

MOST_BITS = 1 << 28
"""Of the bit sets that are kept ready made: 32 MB."""
MOST_SMALL = 1_000
"""Up to this quantity who holds so much is looked up, not searched for."""

Route = tuple[int, ...]
"""Locations by number, ascending."""


def numbers(mask: int) -> Iterator[int]:
    """The members of a bit set, ascending."""
    while mask:
        bit = mask & -mask
        mask ^= bit
        yield bit.bit_length() - 1


def set_of(members: Iterable[int], count: int) -> int:
    """The bit set of `members`, each below `count`."""
    bits = bytearray(count // 8 + 1)
    for number in members:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


class Column:
    """Which locations hold at least so much of one SKU.

    A level is a quantity that some location holds. Each has the set of those who hold as much or more, ready made,
    unless there are so many levels that this would take more memory than `most_bits`: then only every `step`-th has.
    """

    def __init__(self, held: Sequence[int], most_bits: int) -> None:
        """`held` by location; what holds nothing is in no answer."""
        least_first = sorted((quantity, number) for number, quantity in enumerate(held) if quantity)
        levels = [
            (quantity, [number for _, number in entries])
            for quantity, entries in groupby(least_first, key=lambda entry: entry[0])
        ]
        self._quantities = [quantity for quantity, _ in levels]
        self._members = [members for _, members in levels]
        self.step = -(-len(levels) * len(held) // most_bits) or 1
        self._holders = self._cumulated(len(held))
        highest = self._quantities[-1] if levels else 0
        small = range(highest + 2 if self.step == 1 and highest <= MOST_SMALL else 0)
        self._small = [self._from(bisect_left(self._quantities, quantity)) for quantity in small]
        self._fullest_together = [*accumulate(quantity for quantity, _ in reversed(least_first))]

    def _cumulated(self, count: int) -> list[int]:
        """Who holds as much as every `step`-th level, or more; at the end, of no level: nobody."""
        blocks = [
            set_of(chain.from_iterable(self._members[level : level + self.step]), count)
            for level in range(0, len(self._members), self.step)
        ]
        return [*reversed([*accumulate(reversed(blocks), or_)]), 0]

    def at_least(self, quantity: int) -> int:
        """The locations that hold `quantity`, above zero, or more, as a bit set."""
        if quantity < len(self._small):
            return self._small[quantity]
        return self._from(bisect_left(self._quantities, quantity))

    def _from(self, level: int) -> int:
        if self.step == 1:
            return self._holders[level]
        ready = -(-level // self.step)
        found = self._holders[ready]
        for members in self._members[level : ready * self.step]:
            for number in members:
                found |= 1 << number
        return found

    def reach(self, count: int, allowed: int, enough: int) -> tuple[int, int]:
        """What the `count` fullest locations in `allowed` hold together, not counted beyond `enough`; and how many
        levels were looked at.
        """
        highest = level = self._fullest(allowed)
        together = 0
        while count and level >= 0 and together < enough:
            if self.step == 1:
                holders = self._holders[level] & allowed
                allowed ^= holders
                here = holders.bit_count()
            else:
                here = sum(allowed >> number & 1 for number in self._members[level])
            taken = min(count, here)
            together += taken * self._quantities[level]
            count -= taken
            level -= 1
        return together, highest - level

    def _fullest(self, allowed: int) -> int:
        """The highest level that one of `allowed` is at, or a lower one; the lowest there is when nobody is."""
        low, high = 0, len(self._holders) - 2
        if self._holders[high] & allowed:
            return len(self._quantities) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._holders[middle] & allowed else (low, middle - 1)
        return min((low + 1) * self.step, len(self._quantities)) - 1

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

    More than is needed counts as what is needed. All that is asked of it may raise CutOff.
    """

    def __init__(self, needs: Sequence[int], held: Sequence[Sequence[int]], budget: Budget) -> None:
        self._budget = budget
        budget.spend(2 * len(needs) * len(held))
        capped = [[min(have, need) for have, need in zip(row, needs, strict=True)] for row in held]
        # The scarcest SKU first: an intersection that begins with it is soon empty.
        order = sorted(range(len(needs)), key=lambda sku: sum(row[sku] > 0 for row in capped))
        self.needs = tuple(needs[sku] for sku in order)
        self.held = [tuple(row[sku] for sku in order) for row in capped]
        self.useful = set_of((number for number, row in enumerate(self.held) if any(row)), len(held))
        most_bits = 1 + MOST_BITS // (len(needs) + 1)
        self._columns = [Column([row[sku] for row in self.held], most_bits) for sku in range(len(order))]
        # Large enough that rounding them down to whole numbers hardly makes a SKU count for more than another.
        self._weights = [1000 * max(needs) // need for need in self.needs]
        self._total = Column([self._weighted(row) for row in self.held], most_bits)
        # What an operation on a bit set costs, and what it costs to look once at every SKU.
        self._steps = 1 + len(held) // LOCATIONS_PER_STEP
        self._look = self._steps * sum(column.step for column in (*self._columns, self._total))

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
        self._budget.spend(len(begun.needs))
        left = tuple([n - h if n > h else 0 for n, h in zip(begun.needs, self.held[location], strict=True)])
        return Open((*begun.members, location), left, allowed, begun.missing - 1)

    def lasts(self, begun: Open) -> int:
        """Who covers all that is needed still, alone."""
        self._budget.spend(self._look)
        found = begun.allowed
        for need, column in zip(begun.needs, self._columns, strict=True):
            if need:
                found &= column.at_least(need)
                if not found:
                    break
        return found

    def lasts_beside(self, begun: Open, location: int, allowed: int) -> int:
        """Who of `allowed` covers, with `location`, all that is needed still: the same as joining it and asking for
        `lasts`, and most of what a search does.
        """
        self._budget.spend(self._look)
        for need, have, column in zip(begun.needs, self.held[location], self._columns, strict=True):
            if need > have:
                allowed &= column.at_least(need - have)
                if not allowed:
                    break
        return allowed

    def narrowed(self, begun: Open) -> tuple[Open, int]:
        """The set begun with only those allowed who can be in a completion of it, and some of them of which every
        completion has one, as few as there are; none when it cannot be completed.
        """
        self._budget.spend(3 * self._look)
        members, needs, allowed, missing = begun
        wanted = [(need, column) for need, column in zip(needs, self._columns, strict=True) if need]
        wanted.append((self._weighted(needs), self._total))
        for need, column in wanted:
            reached, levels = column.reach(missing - 1, allowed, need)
            self._budget.spend(2 * self._steps * levels)
            least = need - reached
            if least > 0:
                allowed &= column.at_least(least)
                if not allowed:
                    return begun, 0
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
        if self._outdone_by is None:
            return self.useful
        self._budget.spend(1 + len(self.held) // 4)
        by_few = (number for number, by in enumerate(self._outdone_by) if by < size)
        return self.useful & set_of(by_few, len(self.held))

    @cached_property
    def _outdone_by(self) -> list[int] | None:
        """By how many others each location is outdone; None where the search would have little left to spend."""
        work = len(self.held) * self._look
        if work > self._budget.left // 4:
            return None
        self._budget.spend(work)
        return [self.outdoing(number).bit_count() for number in range(len(self.held))]

    @cached_property
    def _equals(self) -> dict[tuple[int, ...], int]:
        numbers_by_row = sorted((row, number) for number, row in enumerate(self.held))
        return {
            row: set_of((number for _, number in entries), len(self.held))
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
