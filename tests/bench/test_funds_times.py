"""Where the time of an operation goes: every second is counted once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.funds_times import Moments, Parts, Run, Span, by_operation, mean, parts_of, per_second

MOMENTS = Moments(submitted=100.0, started=102.0)


def run(began, ended, *spans, operation_id="a"):
    return Run(operation_id, began, ended, tuple(Span(*span) for span in spans))


def test_each_second_is_in_one_place():
    spans = [("database", 102.5, 103.0), ("gateway", 103.0, 106.0), ("database", 106.5, 107.0)]
    assert parts_of(MOMENTS, [run(101.0, 110.0, *spans)]) == Parts(queue=2.0, database=1.0, gateway=3.0, python=4.0)


def test_what_was_read_before_it_was_started_is_still_the_queue():
    spans = [("database", 101.0, 101.5), ("database", 101.75, 102.5)]
    assert parts_of(MOMENTS, [run(101.0, 103.0, *spans)]) == Parts(queue=2.0, database=0.5, gateway=0.0, python=0.5)


def test_a_second_run_adds_its_time_and_the_pause_before_it():
    runs = [run(102.0, 103.0, ("gateway", 102.0, 103.0)), run(105.0, 106.0, ("gateway", 105.5, 106.0))]
    assert parts_of(MOMENTS, runs) == Parts(queue=2.0, database=0.0, gateway=1.5, python=2.5)


def test_an_operation_that_ended_in_the_millisecond_of_its_start_took_no_time_at_work():
    assert parts_of(MOMENTS, [run(101.9, 101.9996)]) == Parts(2.0, 0.0, 0.0, 0.0)


def test_an_operation_that_never_ran_is_an_error():
    with pytest.raises(ValueError, match="never run"):
        parts_of(MOMENTS, [])


@given(st.lists(st.tuples(st.sampled_from(["database", "gateway", "nowhere"]), st.integers(0, 1000)), max_size=20))
def test_parts_add_up_to_the_whole_and_none_is_negative(steps):
    at, spans = 101.0, []
    for place, quarters in steps:
        ended = at + quarters / 4  # exact in binary
        if place != "nowhere":
            spans.append((place, at, ended))
        at = ended
    parts = parts_of(MOMENTS, [run(101.0, at, *spans)])
    assert parts.whole == max(at, MOMENTS.started) - MOMENTS.submitted
    assert min(parts.queue, parts.database, parts.gateway, parts.python) >= 0
    assert parts.at_work == parts.whole - 2.0


def test_the_mean_is_taken_part_by_part():
    assert mean([Parts(1.0, 2.0, 3.0, 4.0), Parts(3.0, 2.0, 1.0, 0.0)]) == Parts(2.0, 2.0, 2.0, 2.0)
    with pytest.raises(ValueError, match="nothing"):
        mean([])


def test_the_rate_ends_with_the_last_operation():
    assert per_second([101.0, 104.0, 102.0], since=100.0) == 0.75


def test_runs_are_found_by_operation_in_the_order_of_their_ends():
    first, second, other = run(1.0, 2.0), run(3.0, 4.0), run(2.0, 3.0, operation_id="b")
    assert by_operation([second, other, first]) == {"a": [first, second], "b": [other]}
