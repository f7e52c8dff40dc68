"""How capacity is held, sentence by sentence of the contract, and where it is silent."""

import datetime as dt

import pytest

from orderwright.decisions.capacity_batches import MOST_REQUESTS
from orderwright.decisions.errors import InvalidInput, RequiredFieldMissing
from orderwright.decisions.hold_capacity import MOST_SECONDS, USUAL_SECONDS, decide_hold_capacity
from tests.decisions.capacities import HERE, LATER, NOTHING, NOW, THERE, batch, codes, hold, location, moved, state


def test_held_grows_by_one_per_capacity_request():
    decision, outcomes = decide_hold_capacity(state(location(), location(THERE)), [batch("a", "b", ("c", THERE))], NOW)
    assert moved(decision) == [("a", HERE, 1, 0), ("b", HERE, 1, 0), ("c", THERE, 1, 0)]
    assert [(h.id, h.ended_as) for h in decision.begun] == [("a", None), ("b", None), ("c", None)]
    assert (decision.ended, decision.changed) == ((), ())
    assert codes(outcomes) == [[None, None, None]]


@pytest.mark.parametrize(
    ("place", "held", "fits"),
    [
        (location(capacity=3), 0, 3),
        (location(capacity=3), 2, 1),
        (location(capacity=3, assigned=1), 1, 1),
        (location(capacity=3, assigned=3), 0, 0),
        (location(capacity=1, assigned=3), 2, 0),
        (location(capacity=0), 0, 0),
    ],
    ids=["all free", "less held", "less held and assigned", "all assigned", "more than all, after a cut", "none"],
)
def test_free_is_the_capacity_less_held_and_assigned_and_none_free_is_an_error_for_that_request(place, held, fits):
    holds = tuple(hold(f"old-{n}") for n in range(held))
    decision, outcomes = decide_hold_capacity(state(place, holds=holds), [batch("a", "b", "c", "d")], NOW)
    assert codes(outcomes) == [[None] * fits + ["CAPACITY_EXCEEDED"] * (4 - fits)]
    assert len(decision.begun) == fits


@pytest.mark.parametrize(
    "place", [location(capacity=None), location(capacity=0, assigned=9, tracks=False)], ids=["null", "untracked"]
)
def test_no_capacity_and_no_tracking_mean_no_limit_and_are_held_all_the_same(place):
    decision, outcomes = decide_hold_capacity(state(place), [batch(*(f"id-{n}" for n in range(50)))], NOW)
    assert len(decision.begun) == len(decision.movements) == 50
    assert set(codes(outcomes)[0]) == {None}


def test_the_message_says_what_is_there_and_what_to_do():
    _, ((refused,),) = decide_hold_capacity(state(location(capacity=1, assigned=1)), [batch("a")], NOW)
    assert "FoCapacity is 1, 0 are held and 1 assigned; take another location" in (refused.message or "")


def test_all_or_nothing_cancels_its_own_list_and_no_other():
    batches = [batch("a", "b", ("c", "131nowhere"), all_or_nothing=True), batch("d", "e", "f", "g")]
    decision, outcomes = decide_hold_capacity(state(), batches, NOW)
    rolled = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert codes(outcomes) == [
        [rolled, rolled, "INVALID_CROSS_REFERENCE_KEY"],
        [None, None, None, "CAPACITY_EXCEEDED"],
    ]
    assert [h.id for h in decision.begun] == ["d", "e", "f"]


def test_all_or_nothing_is_all_when_all_fit():
    decision, outcomes = decide_hold_capacity(state(), [batch("a", "b", "c", all_or_nothing=True)], NOW)
    assert (len(decision.begun), codes(outcomes)) == (3, [[None, None, None]])


def test_sent_again_it_holds_nothing_more_and_says_the_same():
    known = state(location(capacity=1), holds=(hold("a"),))
    decision, ((outcome,),) = decide_hold_capacity(known, [batch("a")], NOW)
    assert decision == NOTHING
    assert (outcome.error_code, outcome.expiration_time) == (None, LATER)


def test_sent_twice_in_one_call_it_holds_once():
    decision, outcomes = decide_hold_capacity(state(location(capacity=1)), [batch("a", "a"), batch("a")], NOW)
    assert (moved(decision), codes(outcomes)) == ([("a", HERE, 1, 0)], [[None, None], [None]])


def test_sent_again_after_it_was_confirmed_it_still_succeeded():
    known = state(holds=(hold("a", ended_as="Confirmed", ended_by="a"),))
    decision, outcomes = decide_hold_capacity(known, [batch("a")], NOW)
    assert (decision, codes(outcomes)) == (NOTHING, [[None]])


@pytest.mark.parametrize(("ended_as", "word"), [("Expired", "lapsed"), ("Released", "released")])
def test_sent_again_after_its_hold_was_over_it_is_refused_for_nothing_is_held(ended_as, word):
    known = state(holds=(hold("a", ended_as=ended_as, ended_by="a"),))
    decision, ((outcome,),) = decide_hold_capacity(known, [batch("a")], NOW)
    assert (decision, outcome.error_code) == (NOTHING, "DUPLICATE_VALUE")
    assert word in (outcome.message or "")


def test_an_id_used_for_another_location_is_refused():
    known = state(location(), location(THERE), holds=(hold("a", THERE),))
    decision, outcomes = decide_hold_capacity(known, [batch("a")], NOW)
    assert (decision, codes(outcomes)) == (NOTHING, [["DUPLICATE_VALUE"]])


@pytest.mark.parametrize(("asked", "lasting"), [(None, USUAL_SECONDS), (1, 1), (MOST_SECONDS, MOST_SECONDS)])
def test_a_hold_lasts_as_long_as_its_batch_says_and_a_day_otherwise(asked, lasting):
    decision, ((outcome,),) = decide_hold_capacity(state(), [batch("a", expiration_seconds=asked)], NOW)
    assert decision.begun[0].expiration_time == outcome.expiration_time == NOW + dt.timedelta(seconds=lasting)
    assert USUAL_SECONDS == 24 * 3600


@pytest.mark.parametrize("seconds", [0, -1, MOST_SECONDS + 1])
def test_a_hold_that_never_was_or_never_ends_is_refused(seconds):
    with pytest.raises(InvalidInput, match="expirationSeconds"):
        decide_hold_capacity(state(), [batch("a"), batch("b", expiration_seconds=seconds)], NOW)


def test_what_names_several_locations_is_refused_as_such():
    known = state(location(), ambiguous=frozenset(["LOC-1"]))
    _, ((outcome,),) = decide_hold_capacity(known, [batch(("a", "LOC-1"))], NOW)
    assert outcome.error_code == "INVALID_INPUT"
    assert "several Locations" in (outcome.message or "")


@pytest.mark.parametrize("name", ["", "  ", "x" * 256])
def test_an_id_nobody_could_send_again_is_refused_alone(name):
    decision, outcomes = decide_hold_capacity(state(), [batch(name, "b")], NOW)
    assert (codes(outcomes), len(decision.begun)) == ([["INVALID_INPUT", None]], 1)


@pytest.mark.parametrize("batches", [[], [batch("a"), batch()]], ids=["no batches", "an empty one"])
def test_nothing_asked_is_refused(batches):
    with pytest.raises(RequiredFieldMissing, match=r"holdFOCapacityRequests.* is empty"):
        decide_hold_capacity(state(), batches, NOW)


def test_more_than_one_call_takes_is_refused():
    many = [f"id-{n}" for n in range(MOST_REQUESTS // 2 + 1)]
    with pytest.raises(InvalidInput, match=f"at most {MOST_REQUESTS}"):
        decide_hold_capacity(state(), [batch(*many), batch(*many)], NOW)
