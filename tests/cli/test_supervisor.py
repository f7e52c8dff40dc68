"""The rules by which a child is started again; what becomes of real children is in test_serve.py."""

import itertools

import pytest

from orderwright.cli.supervisor import LONGEST_PAUSE_SECONDS, Ending, how_it_ended, next_pause


def test_a_child_that_worked_for_a_while_is_started_again_at_once():
    assert next_pause(5.0, lived_seconds=60) == 0


def test_the_pauses_of_one_that_keeps_dying_double_up_to_a_limit():
    pauses = list(itertools.accumulate(range(10), lambda pause, _: next_pause(pause, lived_seconds=0), initial=0.0))
    assert pauses[:4] == [0, 0.2, 0.4, 0.8]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "ended"), (3, "ended with code 3"), (-9, "was ended by SIGKILL"), (-33, "was ended by signal 33")],
)
def test_how_a_child_ended_is_said_in_words(code, words):
    assert how_it_ended(code) == words


def test_the_second_request_to_end_is_a_hurry():
    ending = Ending()
    ending.ask()
    assert (ending.asked.is_set(), ending.hurried.is_set()) == (True, False)
    ending.ask()
    assert ending.hurried.is_set()
