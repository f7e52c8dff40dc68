"""How held capacity is confirmed, sentence by sentence of the contract, and where it is silent."""

import pytest

from orderwright.decisions.capacity import Movement
from orderwright.decisions.confirm_held_capacity import decide_confirm_held_capacity
from orderwright.decisions.errors import RequiredFieldMissing
from tests.decisions.capacities import HERE, NOTHING, THERE, batch, codes, hold, location, moved, state


def confirmed(action_request_id: str, where: str = HERE, hold_id: str = "x") -> Movement:
    return Movement(
        kind="Confirmed", action_request_id=action_request_id, location_id=where, hold_id=hold_id, held=-1, assigned=1
    )


def assigned(decision) -> dict[str, tuple[int | None, int | None]]:
    return {c.before.id: (c.before.assigned_fo_count, c.after.assigned_fo_count) for c in decision.changed}


def test_held_shrinks_by_one_and_assigned_grows_by_one():
    known = state(location(assigned=7), location(THERE), holds=(hold("a"), hold("b"), hold("c", THERE)))
    decision, outcomes = decide_confirm_held_capacity(known, [batch("a", "b"), batch(("c", THERE))])
    assert moved(decision) == [("a", HERE, -1, 1), ("b", HERE, -1, 1), ("c", THERE, -1, 1)]
    assert assigned(decision) == {HERE: (7, 9), THERE: (None, 1)}
    assert [(h.id, h.ended_as, h.ended_by) for h in decision.ended] == [
        ("a", "Confirmed", "a"),
        ("b", "Confirmed", "b"),
        ("c", "Confirmed", "c"),
    ]
    assert codes(outcomes) == [[None, None], [None]]


def test_confirming_asks_for_no_free_capacity():
    """What was held fits, also when the limit was lowered since."""
    decision, _ = decide_confirm_held_capacity(state(location(capacity=0), holds=(hold("a"),)), [batch("a")])
    assert assigned(decision) == {HERE: (None, 1)}


def test_under_the_id_of_a_hold_that_hold_is_confirmed_and_not_the_first():
    decision, _ = decide_confirm_held_capacity(state(holds=(hold("a"), hold("b"))), [batch("b")])
    assert moved(decision) == [("b", HERE, -1, 1)]


def test_under_a_new_id_the_hold_there_that_lapses_next_is_confirmed():
    known = state(location(), location(THERE), holds=(hold("t", THERE), hold("a"), hold("b")))
    decision, outcomes = decide_confirm_held_capacity(known, [batch("new-1", "new-2", "new-3")])
    assert [(h.id, h.ended_by) for h in decision.ended] == [("a", "new-1"), ("b", "new-2")]
    assert codes(outcomes) == [[None, None, "CAPACITY_NOT_HELD"]]


def test_whose_hold_another_one_confirmed_confirms_the_next():
    known = state(holds=(hold("mine", ended_as="Confirmed", ended_by="theirs"), hold("b")))
    decision, _ = decide_confirm_held_capacity(known, [batch("mine")])
    assert [(h.id, h.ended_by) for h in decision.ended] == [("b", "mine")]


@pytest.mark.parametrize("others", [(), (hold("b"),)], ids=["nothing else held", "another one held"])
def test_a_hold_that_lapsed_is_refused_and_nobody_elses_is_taken_for_it(others):
    known = state(holds=(hold("a", ended_as="Expired", ended_by="a"), *others))
    decision, ((outcome,),) = decide_confirm_held_capacity(known, [batch("a")])
    assert (decision, outcome.error_code) == (NOTHING, "CAPACITY_HOLD_LAPSED")
    assert "lapsed at 2026-03-01T11:00:00+00:00; hold capacity again" in (outcome.message or "")


def test_a_hold_that_was_released_is_refused_and_nobody_elses_is_taken_for_it():
    known = state(holds=(hold("a", ended_as="Released", ended_by="a"), hold("b")))
    decision, ((outcome,),) = decide_confirm_held_capacity(known, [batch("a")])
    assert (decision, outcome.error_code) == (NOTHING, "CAPACITY_NOT_HELD")
    assert "was released" in (outcome.message or "")


def test_sent_again_it_changes_nothing_and_succeeds():
    known = state(holds=(hold("b"),), done={"a": confirmed("a")})
    decision, outcomes = decide_confirm_held_capacity(known, [batch("a", "a")])
    assert (decision, codes(outcomes)) == (NOTHING, [[None, None]])


def test_sent_twice_in_one_call_it_confirms_once():
    decision, outcomes = decide_confirm_held_capacity(state(holds=(hold("a"), hold("b"))), [batch("new", "new")])
    assert (moved(decision), codes(outcomes)) == ([("a", HERE, -1, 1)], [[None, None]])


@pytest.mark.parametrize(
    "known",
    [
        state(location(), location(THERE), holds=(hold("a", THERE), hold("b"))),
        state(location(), location(THERE), holds=(hold("b"),), done={"a": confirmed("a", THERE)}),
    ],
    ids=["held there", "confirmed there"],
)
def test_an_id_used_for_another_location_is_refused(known):
    decision, outcomes = decide_confirm_held_capacity(known, [batch("a")])
    assert (decision, codes(outcomes)) == (NOTHING, [["DUPLICATE_VALUE"]])


def test_all_or_nothing_leaves_the_held_as_they_are():
    known = state(holds=(hold("a"), hold("b")))
    batches = [batch("a", ("c", "131nowhere"), all_or_nothing=True), batch("b")]
    decision, outcomes = decide_confirm_held_capacity(known, batches)
    assert codes(outcomes) == [["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_CROSS_REFERENCE_KEY"], [None]]
    assert (moved(decision), assigned(decision)) == ([("b", HERE, -1, 1)], {HERE: (None, 1)})


def test_nothing_asked_is_refused():
    with pytest.raises(RequiredFieldMissing, match="confirmHeldFOCapacityRequests is empty"):
        decide_confirm_held_capacity(state(), [])
