"""Date literals: which days they stand for. The manual's sentences, asked on several days."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.soql.periods import COUNTED, PLAIN, span_of

WEDNESDAY = dt.date(2026, 3, 18)


def found(name: str, count: int | None, today: dt.date) -> tuple[dt.date, dt.date]:
    """First day and the day after the last."""
    span = span_of(name, count, today)
    assert span is not None
    return span


def span(name: str, count: int | None = None, today: dt.date = WEDNESDAY) -> tuple[str, str]:
    """First and last day."""
    first, end = found(name, count, today)
    return first.isoformat(), (end - dt.timedelta(days=1)).isoformat()


TABLE = [
    ("YESTERDAY", None, "2026-03-17", "2026-03-17"),
    ("TODAY", None, "2026-03-18", "2026-03-18"),
    ("TOMORROW", None, "2026-03-19", "2026-03-19"),
    ("LAST_WEEK", None, "2026-03-08", "2026-03-14"),
    ("THIS_WEEK", None, "2026-03-15", "2026-03-21"),
    ("NEXT_WEEK", None, "2026-03-22", "2026-03-28"),
    ("LAST_MONTH", None, "2026-02-01", "2026-02-28"),
    ("THIS_MONTH", None, "2026-03-01", "2026-03-31"),
    ("NEXT_MONTH", None, "2026-04-01", "2026-04-30"),
    ("LAST_90_DAYS", None, "2025-12-18", "2026-03-18"),
    ("NEXT_90_DAYS", None, "2026-03-19", "2026-06-16"),
    ("LAST_N_DAYS", 1, "2026-03-17", "2026-03-18"),
    ("LAST_N_DAYS", 0, "2026-03-18", "2026-03-18"),
    ("NEXT_N_DAYS", 2, "2026-03-19", "2026-03-20"),
    ("N_DAYS_AGO", 25, "2026-02-21", "2026-02-21"),
    ("NEXT_N_WEEKS", 2, "2026-03-22", "2026-04-04"),
    ("LAST_N_WEEKS", 2, "2026-03-01", "2026-03-14"),
    ("N_WEEKS_AGO", 3, "2026-02-22", "2026-02-28"),
    ("NEXT_N_MONTHS", 2, "2026-04-01", "2026-05-31"),
    ("LAST_N_MONTHS", 12, "2025-03-01", "2026-02-28"),
    ("N_MONTHS_AGO", 3, "2025-12-01", "2025-12-31"),
    ("THIS_QUARTER", None, "2026-01-01", "2026-03-31"),
    ("LAST_QUARTER", None, "2025-10-01", "2025-12-31"),
    ("NEXT_QUARTER", None, "2026-04-01", "2026-06-30"),
    ("NEXT_N_QUARTERS", 2, "2026-04-01", "2026-09-30"),
    ("LAST_N_QUARTERS", 2, "2025-07-01", "2025-12-31"),
    ("N_QUARTERS_AGO", 3, "2025-04-01", "2025-06-30"),
    ("THIS_YEAR", None, "2026-01-01", "2026-12-31"),
    ("LAST_YEAR", None, "2025-01-01", "2025-12-31"),
    ("NEXT_YEAR", None, "2027-01-01", "2027-12-31"),
    ("NEXT_N_YEARS", 5, "2027-01-01", "2031-12-31"),
    ("LAST_N_YEARS", 5, "2021-01-01", "2025-12-31"),
    ("N_YEARS_AGO", 2, "2024-01-01", "2024-12-31"),
    ("THIS_FISCAL_QUARTER", None, "2026-01-01", "2026-03-31"),
    ("LAST_FISCAL_QUARTER", None, "2025-10-01", "2025-12-31"),
    ("NEXT_FISCAL_QUARTER", None, "2026-04-01", "2026-06-30"),
    ("NEXT_N_FISCAL_QUARTERS", 6, "2026-04-01", "2027-09-30"),
    ("LAST_N_FISCAL_QUARTERS", 6, "2024-07-01", "2025-12-31"),
    ("N_FISCAL_QUARTERS_AGO", 6, "2024-07-01", "2024-09-30"),
    ("THIS_FISCAL_YEAR", None, "2026-01-01", "2026-12-31"),
    ("LAST_FISCAL_YEAR", None, "2025-01-01", "2025-12-31"),
    ("NEXT_FISCAL_YEAR", None, "2027-01-01", "2027-12-31"),
    ("NEXT_N_FISCAL_YEARS", 3, "2027-01-01", "2029-12-31"),
    ("LAST_N_FISCAL_YEARS", 3, "2023-01-01", "2025-12-31"),
    ("N_FISCAL_YEARS_AGO", 3, "2023-01-01", "2023-12-31"),
]


@pytest.mark.parametrize(("name", "count", "first", "last"), TABLE, ids=[f"{n}:{c}" for n, c, *_ in TABLE])
def test_a_date_literal_stands_for(name: str, count: int | None, first: str, last: str):
    assert span(name, count) == (first, last)


def test_every_date_literal_is_in_the_table():
    assert {name for name, *_ in TABLE} == PLAIN.keys() | COUNTED.keys()


@pytest.mark.parametrize(
    ("day", "first"), [("2026-03-15", "2026-03-15"), ("2026-03-21", "2026-03-15"), ("2026-01-01", "2025-12-28")]
)
def test_a_week_begins_on_sunday(day: str, first: str):
    assert span("THIS_WEEK", None, dt.date.fromisoformat(day))[0] == first


def test_what_reaches_beyond_the_calendar_is_no_period():
    assert span_of("LAST_N_YEARS", 400, WEDNESDAY) is None
    assert span_of("NEXT_N_DAYS", 10**12, WEDNESDAY) is None


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.sampled_from(["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]))
def test_periods_follow_each_other_without_a_gap(today: dt.date, unit: str):
    ago = [found(f"N_{unit}S_AGO", count, today) for count in (3, 2, 1)]
    last = found(f"LAST_N_{unit}S", 3, today)
    coming = found(f"NEXT_N_{unit}S", 1, today)
    assert (ago[0][1], ago[1][1]) == (ago[1][0], ago[2][0])
    assert last[0] == ago[0][0]
    assert ago[2][1] <= today < coming[0]
