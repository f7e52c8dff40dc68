"""Picked goods are shared out in the order of the orders; every unit is given once or left."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.decisions.distribute_quantities import (
    IN_SEQUENCE,
    Distribution,
    ItemQuantity,
    OrderNeed,
    decide_distribute_quantities,
)
from orderwright.decisions.errors import InvalidInput, InvalidPicklistValue, Refusal, RequiredFieldMissing


def items(**units: int | str) -> tuple[ItemQuantity, ...]:
    return tuple(ItemQuantity(external_item_id=name, quantity=Decimal(count)) for name, count in units.items())


def need(order: str, *of: ItemQuantity, **units: int | str) -> OrderNeed:
    return OrderNeed(external_order_id=order, items=(*items(**units), *of))


def distributed(picked: Sequence[ItemQuantity], *orders: OrderNeed) -> Distribution:
    return decide_distribute_quantities(picked, orders, IN_SEQUENCE)


def given_to(made: Distribution) -> list[tuple[str, str, list[tuple[str, int, int]]]]:
    """Orders with how they ended and their items: needed and given."""
    return [
        (
            order.external_order_id,
            "full" if order.is_full else "none" if order.is_empty else "part",
            [(i.external_item_id, int(i.quantity), int(i.quantity_distributed)) for i in order.items],
        )
        for order in made.orders
    ]


def test_the_example_of_the_manual_leaves_twelve():
    made = distributed(items(sku1=16), need("FO-1", sku1=4))
    assert given_to(made) == [("FO-1", "full", [("sku1", 4, 4)])]
    assert [(str(i.quantity), str(i.quantity_distributed)) for i in made.remaining] == [("12", "4")]


def test_the_first_orders_are_served_first_and_one_may_be_served_in_part():
    made = distributed(items(sku1=5), need("FO-1", sku1=4), need("FO-2", sku1=3), need("FO-3", sku1=1))
    assert given_to(made) == [
        ("FO-1", "full", [("sku1", 4, 4)]),
        ("FO-2", "part", [("sku1", 3, 1)]),
        ("FO-3", "none", [("sku1", 1, 0)]),
    ]
    assert made.remaining == ()


def test_an_order_is_full_only_when_all_its_items_are():
    made = distributed(items(a=1, b=1), need("1", a=1, b=2), need("2", a=1), need("3", c=1))
    assert [(name, how) for name, how, _ in given_to(made)] == [("1", "part"), ("2", "none"), ("3", "none")]


REFUSALS: list[tuple[str, Callable[[], Distribution], type[Refusal], str]] = [
    ("another strategy", lambda: decide_distribute_quantities((), (), "Largest"), InvalidPicklistValue, "Largest"),
    ("nothing picked", lambda: distributed(()), RequiredFieldMissing, "quantitiesPickedList is empty"),
    ("an item picked twice", lambda: distributed((*items(a=1), *items(a=0))), InvalidInput, "'a' is listed twice"),
    ("half a unit picked (N11)", lambda: distributed(items(a="0.5")), InvalidInput, "0.5 is not a whole"),
    ("no unit picked (N11)", lambda: distributed(items(a=0)), InvalidInput, "0 is not a whole"),
    ("no order", lambda: distributed(items(a=1)), RequiredFieldMissing, "distributeToOrders is empty"),
    ("an order without items", lambda: distributed(items(a=1), need("1")), RequiredFieldMissing,
     "itemQuantities of '1'"),
    ("an item needed twice", lambda: distributed(items(a=1), need("1", *items(a=1), a=1)), InvalidInput,
     "'a' is listed twice in itemQuantities of '1'"),
    ("a negative need (N11)", lambda: distributed(items(a=1), need("1", a=-1)), InvalidInput, "-1 is not a whole"),
    ("an order twice (Q6)", lambda: distributed(items(a=1), need("1", a=1), need("1", b=1)), InvalidInput,
     "externalOrderId '1' is listed twice"),
]  # fmt: skip


@pytest.mark.parametrize(("act", "refusal", "words"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
def test_refusals_in_order_of_precedence(act: Callable[[], Distribution], refusal: type[Refusal], words: str):
    with pytest.raises(refusal, match=words):
        act()


UNITS = st.dictionaries(st.sampled_from("abc"), st.integers(1, 9), min_size=1)


@given(UNITS, st.lists(UNITS, min_size=1, max_size=5))
def test_every_unit_is_given_once_or_left_and_nobody_waits_for_what_is_left(
    picked: dict[str, int], orders: list[dict[str, int]]
):
    made = distributed(items(**picked), *(need(str(number), **units) for number, units in enumerate(orders)))
    left = {i.external_item_id: i.quantity for i in made.remaining}
    for name, count in picked.items():
        shares = [i for order in made.orders for i in order.items if i.external_item_id == name]
        given_out = sum((i.quantity_distributed for i in shares), Decimal(0))
        assert given_out + left.get(name, 0) == count
        short = [place for place, i in enumerate(shares) if i.quantity_distributed < i.quantity]
        assert not short or not left.get(name)
        assert not any(i.quantity_distributed for place in short[:1] for i in shares[place + 1 :])
    assert all(0 <= i.quantity_distributed <= i.quantity for order in made.orders for i in order.items)
