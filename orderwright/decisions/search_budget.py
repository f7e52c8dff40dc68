"""How much a search may do: counted, never timed, so that the same question always gets the same answer.

Three counts end a search. The documented ones are combinations and routes. Combinations differ a lot in what they cost:
one of a thousand locations and a hundred SKUs takes as long as hundreds of small ones. So work is counted too, in steps
of about 300 nanoseconds: one operation on a bit set, which costs more the more locations there are.
"""

from __future__ import annotations

from typing import Literal

Limit = Literal["CombinationsChecked", "RoutesReturned", "WorkDone"]
"""Which cap ended a search."""

LOCATIONS_PER_STEP = 2_000


class CutOff(Exception):
    """As much was done as allowed. `limit` says what there was too much of."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit)
        self.limit: Limit = limit


class Budget:
    """How many combinations were looked at, begun ones too (all that differ in the last member only are one), and how
    many steps were taken.
    """

    def __init__(self, most_checked: int, most_work: int) -> None:
        self.checked = 0
        self.work = 0
        self._most_checked = most_checked
        self._most_work = most_work

    def count(self) -> None:
        """Look at one more combination. Raises CutOff."""
        if self.checked >= self._most_checked:
            raise CutOff("CombinationsChecked")
        self.checked += 1

    def spend(self, steps: int) -> None:
        """Take more steps, all or none. Raises CutOff; then one more than allowed are counted."""
        self.work += steps
        if self.work > self._most_work:
            self.work = self._most_work + 1
            raise CutOff("WorkDone")

    @property
    def left(self) -> int:
        """How many steps may still be taken."""
        return self._most_work - self.work
