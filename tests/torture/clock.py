"""A clock that runs as real time does and can be put forward."""

from __future__ import annotations

import datetime as dt


class MovedClock:
    """Real time, and what was added to it. `is_real`: nothing is, because other processes go by it too."""

    def __init__(self) -> None:
        self._ahead = dt.timedelta(0)
        self.is_real = False

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._ahead

    def forward(self, by: dt.timedelta) -> None:
        self._ahead += dt.timedelta(0) if self.is_real else by

    def reach(self, moment: dt.datetime) -> None:
        """Go forward to `moment`, if it is yet to come."""
        self.forward(max(moment - self(), dt.timedelta(0)))
