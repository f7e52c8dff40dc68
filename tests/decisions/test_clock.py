"""How a clock runs, as numbers: no clock is read, and no time passes."""

import datetime as dt
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.clock import LATEST, TRUE, ClockState, advance_by, advance_to, freeze, run, spoken
from orderwright.decisions.errors import InvalidInput

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR, MILLISECOND, MICROSECOND = dt.timedelta(hours=1), dt.timedelta(milliseconds=1), dt.timedelta(microseconds=1)


def test_at_first_it_shows_the_true_time():
    assert TRUE.is_true
    assert TRUE.moment(NOON) == NOON


def test_frozen_it_stands_where_it_was():
    frozen = freeze(TRUE, NOON)
    assert frozen.moment(NOON + HOUR) == NOON
    assert not frozen.is_true


def test_frozen_it_stands_at_a_whole_millisecond_and_not_before():
    """What is stored has no finer time: a moment that was shown can be named again."""
    frozen = freeze(TRUE, NOON + MICROSECOND)
    assert frozen.moment(NOON) == NOON + MILLISECOND
    assert freeze(frozen, NOON + HOUR, NOON + MILLISECOND) == frozen
    assert freeze(TRUE, NOON).frozen_at == NOON


def test_a_frozen_clock_is_advanced_and_stays_frozen():
    frozen = advance_by(freeze(TRUE, NOON), NOON + 5 * HOUR, HOUR)
    assert frozen == ClockState(frozen_at=NOON + HOUR)
    assert advance_to(frozen, NOON, NOON + 3 * HOUR).moment(NOON + 9 * HOUR) == NOON + 3 * HOUR


def test_a_running_clock_is_advanced_and_runs():
    ahead = advance_by(advance_by(TRUE, NOON, HOUR), NOON, HOUR)
    assert ahead.moment(NOON) == NOON + 2 * HOUR
    assert ahead.moment(NOON + HOUR) == NOON + 3 * HOUR
    assert advance_to(ahead, NOON, NOON + 9 * HOUR).moment(NOON + HOUR) == NOON + 10 * HOUR


def test_it_runs_on_from_where_it_stands_though_that_is_behind_the_true_time():
    running = run(freeze(TRUE, NOON), NOON + 2 * HOUR)
    assert running.moment(NOON + 2 * HOUR) == NOON
    assert running.moment(NOON + 3 * HOUR) == NOON + HOUR
    assert not running.is_true


def test_running_on_changes_nothing_of_a_clock_that_runs():
    assert run(ClockState(ahead=HOUR), NOON) == ClockState(ahead=HOUR)


@pytest.mark.parametrize("state", [TRUE, ClockState(ahead=-HOUR), ClockState(frozen_at=NOON)], ids=str)
@pytest.mark.parametrize(
    ("change", "field"),
    [
        (partial(freeze, at=NOON - 2 * HOUR), "at"),
        (partial(advance_to, to=NOON - 2 * HOUR), "to"),
        (partial(advance_by, by=-MILLISECOND), "seconds"),
    ],
)
def test_time_never_goes_back(state, change, field):
    with pytest.raises(InvalidInput, match="never goes back") as refused:
        change(state, NOON)
    assert refused.value.fields == (field,)


@pytest.mark.parametrize(
    "change",
    [
        partial(freeze, at=LATEST + HOUR),
        partial(advance_to, to=LATEST + HOUR),
        partial(advance_by, by=dt.timedelta.max),
    ],
)
def test_it_is_not_set_where_calendars_end(change):
    with pytest.raises(InvalidInput, match="4000"):
        change(TRUE, NOON)


def test_a_moment_is_written_as_it_can_be_sent():
    assert spoken(NOON + MILLISECOND) == "2026-03-01T12:00:00.001Z"


DELAYS = st.timedeltas(dt.timedelta(0), dt.timedelta(days=400))
CHANGES = st.one_of(
    st.just(freeze),
    st.just(run),
    DELAYS.map(lambda by: partial(advance_by, by=by)),
    DELAYS.map(lambda by: lambda state, now: advance_to(state, now, state.moment(now) + by)),
    DELAYS.map(lambda by: lambda state, now: freeze(state, now, state.moment(now) + by)),
)


@given(st.lists(st.tuples(DELAYS, CHANGES), max_size=20))
def test_whatever_is_done_it_never_shows_less_than_before(steps):
    state, true_now, shown = TRUE, NOON, NOON
    for delay, change in steps:
        true_now += delay
        before = state.moment(true_now)
        state = change(state, true_now)
        assert shown <= before <= state.moment(true_now)
        shown = state.moment(true_now)
