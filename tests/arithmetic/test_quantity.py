"""Checked quantities (decisions N11)."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderwright.arithmetic.quantity import InvalidQuantity, take, whole

units = st.integers(1, 10**18 - 1)


@pytest.mark.parametrize(
    ("value", "normal"),
    [("1", "1"), ("2.00", "2"), ("1E+3", "1000"), ("999999999999999999", "999999999999999999"), ("10", "10")],
)
def test_n11_a_whole_number_above_zero_is_written_plainly(value, normal):
    assert str(whole(Decimal(value))) == normal


@pytest.mark.parametrize(
    "value",
    ["0", "-0", "0.00", "-1", "0.5", "1.000001", "1E-99999999", "1E+99999999", "NaN", "Infinity", "-Infinity"],
)
def test_n11_anything_else_is_refused_and_named(value):
    with pytest.raises(InvalidQuantity) as refusal:
        whole(Decimal(value))
    assert str(refusal.value).startswith(f"{Decimal(value)} is not")


@pytest.mark.parametrize(
    ("available", "quantity", "left"), [("5", "2", "3"), ("5", "5", "0"), ("5", "0", "5"), ("0", "0", "0")]
)
def test_take_returns_what_is_left(available, quantity, left):
    assert str(take(Decimal(available), Decimal(quantity))) == left


@pytest.mark.parametrize(
    ("available", "quantity"),
    [("5", "6"), ("0", "1"), ("-1", "0"), ("-1", "-1"), ("5", "-1"), ("NaN", "1"), ("1", "NaN"), ("Infinity", "1")],
)
def test_take_refuses_what_would_go_below_zero_or_is_no_quantity(available, quantity):
    with pytest.raises(InvalidQuantity):
        take(Decimal(available), Decimal(quantity))


def test_take_refuses_a_difference_too_long_to_be_exact():
    with pytest.raises(InvalidQuantity, match="digits"):
        take(Decimal(1), Decimal("1E-200"))


@settings(deadline=None)
@given(available=units, quantity=units)
def test_take_and_what_is_left_make_the_whole_in_any_context(available, quantity):
    with localcontext(prec=3):
        if quantity > available:
            with pytest.raises(InvalidQuantity):
                take(Decimal(available), Decimal(quantity))
        else:
            assert int(take(Decimal(available), Decimal(quantity))) + quantity == available
