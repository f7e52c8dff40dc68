"""The one clock of the program. What needs the time takes a `Clock` as an argument, so that a test can hold it.

On a production instance it is this machine's clock. On a test instance it may be stopped, and set ahead: `ClockState`
says how it runs, and the three ways to change that follow. Time never goes back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orderwright.decisions.errors import InvalidInput

Clock = Callable[[], datetime]
"""Returns the present moment in UTC, aware of its zone."""

MILLISECOND = timedelta(milliseconds=1)
LATEST = datetime(4000, 1, 1, tzinfo=UTC)
"""No clock is set to a later moment: dates are computed from it, and calendars end. Source: inferred."""


def system_clock() -> datetime:
    """The present moment in UTC by this machine's clock, to the microsecond: the true time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class ClockState:
    """How a clock runs: it stands at `frozen_at`, or else is `ahead` of the true time (behind it if negative)."""

    frozen_at: datetime | None = None
    ahead: timedelta = timedelta(0)

    @property
    def is_true(self) -> bool:
        """Whether it shows the true time, now and later."""
        return self == TRUE

    def moment(self, true_now: datetime) -> datetime:
        """What it shows when it is `true_now`."""
        return true_now + self.ahead if self.frozen_at is None else self.frozen_at


TRUE = ClockState()

Change = Callable[[ClockState, datetime], ClockState]
"""How the clock runs after a change, from how it runs and the true time. Raises InvalidInput."""


def freeze(state: ClockState, true_now: datetime, at: datetime | None = None) -> ClockState:
    """The clock stopped at the moment `at`, or where it is, to the next millisecond: records keep no finer time.

    Raises InvalidInput for an `at` that has passed.
    """
    now = state.moment(true_now)
    if at is None:
        return ClockState(frozen_at=now + -now.microsecond % 1000 * timedelta(microseconds=1))
    return ClockState(frozen_at=_possible(now, at, "at"))


def advance_by(state: ClockState, true_now: datetime, by: timedelta) -> ClockState:
    """The clock set ahead by a duration; a frozen one stays frozen. Raises InvalidInput for a negative one."""
    now = state.moment(true_now)
    if by < timedelta(0):
        raise InvalidInput(f"the clock cannot be advanced by {by.total_seconds():f} seconds: {NEVER_BACK}", "seconds")
    if by > LATEST - now:
        raise InvalidInput(_too_late("seconds"), "seconds")
    if state.frozen_at is None:
        return ClockState(ahead=state.ahead + by)
    return ClockState(frozen_at=state.frozen_at + by)


def advance_to(state: ClockState, true_now: datetime, to: datetime) -> ClockState:
    """The clock set to the moment `to`; a frozen one stays frozen. Raises InvalidInput for one that has passed."""
    moment = _possible(state.moment(true_now), to, "to")
    return ClockState(ahead=moment - true_now) if state.frozen_at is None else ClockState(frozen_at=moment)


def run(state: ClockState, true_now: datetime) -> ClockState:
    """The clock running on from where it stands; one that runs stays as it is."""
    return state if state.frozen_at is None else ClockState(ahead=state.frozen_at - true_now)


NEVER_BACK = "time never goes back, as records would be older than what they followed"


def _possible(now: datetime, moment: datetime, name: str) -> datetime:
    if moment < now:
        raise InvalidInput(f"{name} is {spoken(moment)}, and the clock shows {spoken(now)}: {NEVER_BACK}", name)
    if moment > LATEST:
        raise InvalidInput(_too_late(name), name)
    return moment


def _too_late(name: str) -> str:
    return f"{name} would set the clock to after {spoken(LATEST)}; choose an earlier moment"


def spoken(moment: datetime) -> str:
    """A moment for people, to the millisecond: 2026-03-01T10:00:00.000Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
