"""Duties: each done once, as far as there is something to do it with, and never below zero."""

from collections import Counter
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from orderwright.decisions.carry_out_duties import Duty, decide_carry_out_duties
from orderwright.decisions.inventory import Hold, Inventory, Place, Reservation, Shelf, Stock, moved, stock_at
from tests.builders import NOW

A = Place(is_group=False, identifier="A")
SKU = "mug"


def shelf(on_hand: int, held: int, others: int = 0) -> Inventory:
    """One location, where reservation R holds `held` units and somebody else `others`."""
    holds = tuple(
        Hold(place=A, reservation_id=name, quantity=Decimal(count)) for name, count in (("R", held), ("S", others))
        if count
    )  # fmt: skip
    stock = Stock(place=A, on_hand=Decimal(on_hand), reserved=Decimal(held + others))
    return Inventory(
        shelves={SKU: Shelf(stocks={A: stock}, holds=holds)},
        known=frozenset([A]),
        reservations={"R": Reservation(id="R", reservation_time=NOW)},
    )


def duty(kind: str, quantity: int, action: str = "1") -> Duty:
    return Duty(
        action_request_id=action, kind=kind, reservation_id="R", place=A, stock_keeping_unit=SKU,
        quantity=Decimal(quantity),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("inventory", "asked", "after", "done", "is_told"),
    [
        (shelf(5, 2), duty("Keep", 2), (5, 2), 2, False),
        (shelf(5, 0), duty("Keep", 2), (5, 2), 2, False),
        (shelf(5, 1), duty("Keep", 2), (5, 2), 2, False),
        (shelf(5, 0, 4), duty("Keep", 2), (5, 5), 1, True),
        (shelf(5, 0, 5), duty("Keep", 2), (5, 5), 0, True),
        (shelf(5, 2, 1), duty("Fulfill", 2), (3, 1), 2, False),
        (shelf(5, 0, 5), duty("Fulfill", 2), (3, 5), 2, False),
        (shelf(1, 2), duty("Fulfill", 2), (0, 0), 1, True),
        (shelf(0, 2), duty("Fulfill", 2), (0, 0), 0, True),
        (shelf(5, 2, 1), duty("Release", 2), (5, 1), 2, False),
        (shelf(5, 1, 4), duty("Release", 2), (5, 4), 1, False),
        (shelf(5, 0), duty("Release", 2), (5, 0), 0, False),
    ],
    ids=[
        "what is held is kept", "what lapsed is reserved anew", "what lapsed in part is reserved anew",
        "what others got is told of", "all of what others got is told of", "what left is off both",
        "what left without a reservation is off the location", "what left and was not there is told of",
        "what left and was not there at all frees its reservation", "what is given back is free",
        "no more is given back than is held", "nothing held is nothing to give back",
    ],
)  # fmt: skip
def test_it_does_what_can_be_done_and_says_what_cannot(inventory, asked, after, done, is_told):
    decision, (outcome,) = decide_carry_out_duties(inventory, [asked])
    stock = stock_at(moved(inventory, decision.movements).shelf(SKU), A)
    assert (stock.on_hand, stock.reserved) == after
    assert (outcome.quantity, outcome.message is not None) == (done, is_told)


def test_a_reservation_that_was_forgotten_holds_nothing_again():
    inventory = shelf(5, 0)
    forgotten = Inventory(shelves=inventory.shelves, known=inventory.known)
    decision, (outcome,) = decide_carry_out_duties(forgotten, [duty("Keep", 2)])
    assert decision.movements == ()
    assert outcome.quantity == 0


duties = st.lists(
    st.builds(duty, st.sampled_from(["Keep", "Fulfill", "Release"]), st.integers(1, 9), st.sampled_from("1234567")),
    max_size=8,
)


@given(duties, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_each_is_done_once_and_nothing_goes_below_zero(asked, on_hand, held, others):
    before = shelf(on_hand, held, others)
    decision, outcomes = decide_carry_out_duties(before, asked)
    after = moved(before, decision.movements)
    stock = stock_at(after.shelf(SKU), A)
    assert stock.on_hand >= 0
    assert sum(hold.quantity for hold in after.shelf(SKU).holds) == stock.reserved >= others
    assert max(Counter(one.id for one in decision.done).values(), default=1) == 1
    done = Inventory(
        shelves=after.shelves, known=before.known, reservations=before.reservations,
        done={one.id: one for one in decision.done},
    )  # fmt: skip
    again, same = decide_carry_out_duties(done, asked)
    assert (again.movements, again.done, same) == ((), (), outcomes)
