"""Explanations: each number of a change, with its rule, base, fraction, exact and rounded value, and its source."""

from decimal import Decimal
from fractions import Fraction

import pytest

from orderwright.decisions.adjust import AdjustDecision
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.change_items import ChangeDecision
from orderwright.decisions.explain import Step, decimal_text, fraction_text
from orderwright.decisions.simple_return import decide_simple_return
from tests.builders import Discount, Line, asked, delivery, discounting, order_summary, with_fee


@pytest.mark.parametrize(
    ("value", "decimals", "fraction"),
    [
        (Fraction(1, 3), "0.33333333333333333333…", "1/3"),
        (Fraction(-2, 3), "-0.66666666666666666666…", "-2/3"),
        (Fraction(5, 2), "2.5", "5/2"),
        (Fraction(0), "0", "0"),
        (Fraction(3), "3", "3"),
        (Fraction(-1, 10**20), "-0.00000000000000000001", "-1/100000000000000000000"),
        (Fraction(1, 10**21), "0…", "1/1000000000000000000000"),
    ],
)
def test_numbers_as_people_read_them(value: Fraction, decimals: str, fraction: str):
    assert (decimal_text(value), fraction_text(value)) == (decimals, fraction)


def told(made: ChangeDecision | AdjustDecision) -> list[tuple[str, str, str, str, str]]:
    """Component, base, fraction, exact and rounded value of each step."""
    return [(s.component, str(s.base), s.fraction, s.exact, str(s.rounded)) for s in made.steps]


def test_units_one_step_for_every_component():
    books = order_summary(Line("A", 3, "10.00", ("0.85",), (Discount("-1.00", "Header", ("-0.09",)),)))
    made = books.change(decide_cancel, asked(books.item("A"), 2))
    assert told(made) == [
        ("line amount", "10.00", "-2/3", "-6.66666666666666666666…", "-6.67"),
        ("adjustment Header discount", "-1.00", "-2/3", "0.66666666666666666666…", "0.67"),
        ("tax Tax 1", "0.85", "-2/3", "-0.56666666666666666666…", "-0.57"),
        ("tax Tax 2 of an adjustment", "-0.09", "-2/3", "0.06", "0.06"),
    ]
    assert {(s.rule, s.source) for s in made.steps} == {("2 of 3 unallocated units take their part", "decisions.md N2")}


def test_the_last_units_take_all_that_is_left():
    books = order_summary(Line("A", 2, "10.00"))
    books.fulfil({"A": 2})
    made = books.change(decide_simple_return, asked(books.item("A"), 2))
    assert told(made) == [("line amount", "10.00", "-1", "-10", "-10.00")]
    assert "last ones" in made.steps[0].rule
    assert "fulfilled units" in made.steps[0].rule


def test_a_delivery_charge_and_its_tax():
    # 6.00 × (60 / 2) / 100 = 1.80; its tax 0.31 × 1.80 / 6.00 = 0.093
    books = order_summary(Line("A", 2, "60.00"), Line("B", 1, "40.00"), delivery("6.00", "0.31"))
    made = books.change(decide_cancel, asked(books.item("A"), 1, shipping=True))
    assert told(made)[1:] == [
        ("delivery share", "6.00", "-3/10", "-1.8", "-1.80"),
        ("tax Tax 1 of the adjustment", "0.31", "-3/10", "-0.093", "-0.09"),
    ]
    assert made.steps[1].order_item_summary_id == books.item("Delivery").id
    assert "6.00" in made.steps[1].rule
    assert "N5" in made.steps[1].source


def test_several_delivery_charges_share_the_rounded_reduction():
    # half of 6.01 = 3.005 -> 3.01; over 4.00 and 2.01: 2.0033 and 1.0067: the cent goes to the larger fraction
    books = order_summary(Line("A", 2, "60.00"), delivery("4.00", name="D0"), delivery("2.01", name="D1"))
    made = books.change(decide_cancel, asked(books.item("A"), 1, shipping=True))
    assert told(made)[1:] == [
        ("delivery share", "3.01", "-400/601", "-2.00332778702163061564…", "-2.00"),
        ("delivery share", "3.01", "-201/601", "-1.00667221297836938435…", "-1.01"),
    ]
    assert all("6.01" in step.rule and "1/2" in step.rule for step in made.steps[1:])


def test_a_discount_in_every_group_of_units():
    # 1.00 and 0.10 tax, over one unit to ship, none in fulfillment, two shipped
    books = order_summary(Line("A", 3, "30.00", ("3.00",)))
    books.fulfil({"A": 2})
    made = books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-1.00"))
    assert told(made) == [
        ("price adjustment", "-1.00", "1/3", "-0.33333333333333333333…", "-0.33"),
        ("tax Tax 1 of the adjustment", "-0.10", "1/3", "-0.03333333333333333333…", "-0.03"),
        ("price adjustment", "-1.00", "2/3", "-0.66666666666666666666…", "-0.67"),
        ("tax Tax 1 of the adjustment", "-0.10", "2/3", "-0.06666666666666666666…", "-0.07"),
    ]
    assert "1 of 3 sharing units bear it: unallocated units" in made.steps[0].rule
    assert "fulfilled units" in made.steps[2].rule


def test_a_discount_with_a_tax_line_for_each_tax():
    # 1.00 of 10.00: 0.15 of 1.50 tax, two thirds of it for the first
    books = order_summary(Line("A", 1, "10.00", ("1.00", "0.50")))
    made = books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-1.00"), individual=True)
    assert told(made)[1:] == [
        ("tax Tax 1 of the adjustment", "-0.15", "2/3", "-0.1", "-0.10"),
        ("tax Tax 2 of the adjustment", "-0.15", "1/3", "-0.05", "-0.05"),
    ]


@pytest.mark.parametrize(
    ("kind", "amount", "price", "tax", "words"),
    [
        ("AmountWithTax", "-11.00", "-10.00", "-1.00", "the amount contains"),
        ("AmountWithoutTax", "-10.00", "-10.00", "-1.00", "÷ its price"),
        ("Percentage", "-10", "-10.00", "-1.00", "part of the item's tax"),
        ("AmountTaxOnly", "-1.00", "0", "-1.00", "the amount itself"),
    ],
)
def test_the_tax_of_each_type_of_discount(kind: str, amount: str, price: str, tax: str, words: str):
    books = order_summary(Line("A", 1, "100.00", ("10.00",)))
    made = books.adjust(discounting(books.item("A"), kind, amount))
    steps: list[Step] = list(made.steps)
    assert [str(step.rounded) for step in steps] == [price, tax]
    assert f"{kind} {amount}" in steps[1].rule
    assert words in steps[1].rule
    assert Decimal(steps[1].exact) == steps[1].rounded


@pytest.mark.parametrize(
    ("kind", "amount", "price", "tax"),
    [
        ("AmountWithoutTax", "5.00", ("5.00", "1", "5", "5.00"), ("3.20", "5/32", "0.5", "0.50")),
        (
            "AmountWithTax",
            "5.00",
            ("5.00", "10/11", "4.54545454545454545454…", "4.55"),
            ("3.20", "25/176", "0.45454545454545454545…", "0.45"),
        ),
        ("Percentage", "10", ("32.00", "1/20", "1.6", "1.60"), ("3.20", "1/20", "0.16", "0.16")),
        ("PercentageGross", "10", ("40.00", "1/20", "2", "2.00"), ("4.00", "1/20", "0.2", "0.20")),
    ],
)
def test_a_fee_and_the_tax_that_goes_with_it(
    kind: str, amount: str, price: tuple[str, str, str, str], tax: tuple[str, str, str, str]
):
    books = order_summary(Line("A", 2, "40.00", ("4.00",), (Discount("-8.00", None, ("-0.80",)),)))
    made = books.change(decide_cancel, with_fee(asked(books.item("A"), 1), kind, amount))
    assert told(made)[-2:] == [("fee Restocking", *price), ("tax of fee Restocking", *tax)]
    assert all(kind in step.rule for step in made.steps[-2:])


def test_each_change_order_keeps_its_own_steps():
    books = order_summary(Line("A", 3, "30.00", ("3.00",)))
    books.fulfil({"A": 2})
    adjusted = books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-1.00"))
    returned = books.change(decide_simple_return, with_fee(asked(books.item("A"), 1), "AmountWithTax", "1.00"))
    kept = [order.explanation for order in books.whole.change_orders]
    assert [[step["rounded"] for step in steps or ()] for steps in kept] == [
        ["-0.33", "-0.03"],
        ["-0.67", "-0.07"],
        [str(step.rounded) for step in returned.steps[:-2]],
        ["0.91", "0.09"],
    ]
    assert [step["component"] for steps in kept[:2] for step in steps or ()] == [s.component for s in adjusted.steps]
