"""The benchmark of routes compares like with like, and stops when the two answers do not fit together."""

import itertools

import pytest

from bench import routing
from bench.routing import Case, cases_of, check, measured, texts
from bench.routing_solver import solve
from orderwright.decisions.find_routes import decide_find_routes


def case_of(*held: tuple[int, ...]) -> Case:
    return Case(needs=(2, 1), held=held, splits=1)


@pytest.mark.parametrize("splits", range(5))
def test_cases_are_always_the_same_and_need_as_many_splits_as_they_say(splits: int):
    first, second = list(itertools.islice(cases_of(50, splits), 2))
    assert next(cases_of(50, splits)) == first != second
    for case in (first, second):
        assert solve(case.needs, case.held, 9, 1, 10).size == splits + 1


def test_a_cell_says_what_both_found_and_in_what_time():
    case = measured(next(cases_of(50, 2)), 10)
    assert case.routes == case.solver_routes > 0
    assert case.solver_is_whole
    assert not case.is_capped
    assert min(case.seconds, case.solver_seconds, case.checked) > 0
    row = texts(routing.Cell(locations=50, splits=2, combinations=20_875, cases=(case,)))
    assert row[:3] == ("50", "2", "2.1e+04")
    assert row[-2:] == (f"{case.routes} of {case.routes}", "1 of 1")


@pytest.mark.parametrize(
    "other",
    [case_of((2, 1), (0, 0), (1, 1)), case_of((2, 0), (0, 1), (2, 0)), case_of((2, 0), (0, 1), (0, 0))],
    ids=["smaller", "more", "fewer"],
)
def test_another_answer_of_the_solver_ends_the_run(other: Case):
    case = case_of((2, 0), (0, 1), (0, 1))
    ours = decide_find_routes(case.ordered(), case.available(), case.splits)
    check(ours, solve(case.needs, case.held, 2, 10, 10))
    with pytest.raises(AssertionError):
        check(ours, solve(other.needs, other.held, 2, 10, 10))
