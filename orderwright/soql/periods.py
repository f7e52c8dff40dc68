"""Date literals: the days that TODAY, LAST_N_DAYS:30 or THIS_FISCAL_QUARTER stand for.

Days are those of UTC, weeks begin on Sunday, and the fiscal year is the calendar year: users have no time zone, locale
or fiscal calendar of their own here. Source: date-formats-and-date-literals-in-where (documented); the three choices
are inferred.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

Span = tuple[dt.date, dt.date]
"""The first day of a period, and the day after its last."""

ONE_DAY = dt.timedelta(days=1)


def _week(today: dt.date, by: int) -> dt.date:
    return today - dt.timedelta(days=today.isoweekday() % 7) + dt.timedelta(weeks=by)


def _month(today: dt.date, by: int) -> dt.date:
    months = today.year * 12 + today.month - 1 + by
    return dt.date(months // 12, months % 12 + 1, 1)


def _quarter(today: dt.date, by: int) -> dt.date:
    return _month(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), by * 3)


def _year(today: dt.date, by: int) -> dt.date:
    return dt.date(today.year + by, 1, 1)


def _day(today: dt.date, by: int) -> dt.date:
    return today + dt.timedelta(days=by)


Start = Callable[[dt.date, int], dt.date]
"""The first day of the unit that is `by` units after the one of today."""

UNITS: Mapping[str, Start] = {
    "WEEK": _week,
    "MONTH": _month,
    "QUARTER": _quarter,
    "YEAR": _year,
    "FISCAL_QUARTER": _quarter,
    "FISCAL_YEAR": _year,
}

Plain = Callable[[dt.date], Span]
Counted = Callable[[dt.date, int], Span]


def _one(start: Start, by: int) -> Plain:
    return lambda today: (start(today, by), start(today, by + 1))


def _last(start: Start) -> Counted:
    return lambda today, n: (start(today, -n), start(today, 0))


def _next(start: Start) -> Counted:
    return lambda today, n: (start(today, 1), start(today, n + 1))


def _ago(start: Start) -> Counted:
    return lambda today, n: (start(today, -n), start(today, 1 - n))


def _plain() -> dict[str, Plain]:
    found: dict[str, Plain] = {
        "YESTERDAY": _one(_day, -1),
        "TODAY": _one(_day, 0),
        "TOMORROW": _one(_day, 1),
        "LAST_90_DAYS": lambda today: (_day(today, -90), _day(today, 1)),
        "NEXT_90_DAYS": lambda today: (_day(today, 1), _day(today, 91)),
    }
    for unit, start in UNITS.items():
        found |= {f"{word}_{unit}": _one(start, by) for word, by in (("LAST", -1), ("THIS", 0), ("NEXT", 1))}
    return found


def _counted() -> dict[str, Counted]:
    found: dict[str, Counted] = {
        # the last n days, and they alone, include today (documented)
        "LAST_N_DAYS": lambda today, n: (_day(today, -n), _day(today, 1)),
        "NEXT_N_DAYS": _next(_day),
        "N_DAYS_AGO": _ago(_day),
    }
    for unit, start in UNITS.items():
        found |= {
            f"LAST_N_{unit}S": _last(start),
            f"NEXT_N_{unit}S": _next(start),
            f"N_{unit}S_AGO": _ago(start),
        }
    return found


PLAIN: Mapping[str, Plain] = _plain()
COUNTED: Mapping[str, Counted] = _counted()

EARLIEST, LATEST = dt.date(1700, 1, 1), dt.date(4000, 12, 31)
"""Days that can be asked for (documented)."""


def span_of(name: str, count: int | None, today: dt.date) -> Span | None:
    """The days of a date literal; None when it reaches beyond the days that can be asked for.

    Raises KeyError for a name that there is not, or not with (or without) a count.
    """
    try:
        first, end = PLAIN[name](today) if count is None else COUNTED[name](today, count)
    except (OverflowError, ValueError):
        return None
    return (first, end) if first >= EARLIEST and end <= LATEST else None
