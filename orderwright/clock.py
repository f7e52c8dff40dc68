"""The one clock of the program. What needs the time takes a `Clock` as an argument, so that a test can hold it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment in UTC, aware of its zone."""


def system_clock() -> datetime:
    """The present moment in UTC by this machine's clock, to the microsecond."""
    return datetime.now(UTC)
