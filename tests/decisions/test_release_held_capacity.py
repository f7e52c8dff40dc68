"""How held capacity is given back, sentence by sentence of the contract, and where it is silent."""

import pytest

from orderwright.decisions.capacity import Movement
from orderwright.decisions.errors import RequiredFieldMissing
from orderwright.decisions.release_held_capacity import decide_release_held_capacity
from tests.decisions.capacities import HERE, NOTHING, THERE, batch, codes, hold, location, moved, state


def test_held_shrinks_by_one_and_assigned_is_untouched():
    decision, outcomes = decide_release_held_capacity(state(location(assigned=2), holds=(hold("a"),)), [batch("a")])
    assert (moved(decision), decision.changed) == ([("a", HERE, -1, 0)], ())
    assert [(h.id, h.ended_as, h.ended_by) for h in decision.ended] == [("a", "Released", "a")]
    assert codes(outcomes) == [[None]]


def test_under_a_new_id_the_hold_there_that_lapses_next_is_released():
    known = state(location(), location(THERE), holds=(hold("t", THERE), hold("a"), hold("b")))
    decision, outcomes = decide_release_held_capacity(known, [batch("new")])
    assert (moved(decision), codes(outcomes)) == ([("a", HERE, -1, 0)], [[None]])


def test_a_hold_that_lapsed_is_free_already_so_its_release_succeeds_and_takes_nobody_elses():
    known = state(holds=(hold("a", ended_as="Expired", ended_by="a"), hold("b")))
    decision, outcomes = decide_release_held_capacity(known, [batch("a")])
    assert (decision, codes(outcomes)) == (NOTHING, [[None]])


def test_a_hold_that_was_confirmed_is_refused_and_nobody_elses_is_taken_for_it():
    known = state(holds=(hold("a", ended_as="Confirmed", ended_by="a"), hold("b")))
    decision, ((outcome,),) = decide_release_held_capacity(known, [batch("a")])
    assert (decision, outcome.error_code) == (NOTHING, "CAPACITY_NOT_HELD")
    assert "lower the Location's AssignedFoCount" in (outcome.message or "")


def test_nothing_held_is_refused():
    decision, outcomes = decide_release_held_capacity(state(), [batch("a")])
    assert (decision, codes(outcomes)) == (NOTHING, [["CAPACITY_NOT_HELD"]])


def test_sent_again_it_changes_nothing_and_succeeds():
    before = Movement(kind="Released", action_request_id="a", location_id=HERE, hold_id="x", held=-1)
    decision, outcomes = decide_release_held_capacity(state(holds=(hold("b"),), done={"a": before}), [batch("a")])
    assert (decision, codes(outcomes)) == (NOTHING, [[None]])


def test_all_or_nothing_leaves_the_held_as_they_are():
    known = state(holds=(hold("a"),))
    decision, outcomes = decide_release_held_capacity(known, [batch("a", "b", all_or_nothing=True)])
    assert (decision, codes(outcomes)) == (NOTHING, [["ALL_OR_NONE_OPERATION_ROLLED_BACK", "CAPACITY_NOT_HELD"]])


def test_nothing_asked_is_refused():
    with pytest.raises(RequiredFieldMissing, match="releaseHeldFOCapacityRequests is empty"):
        decide_release_held_capacity(state(), [])
