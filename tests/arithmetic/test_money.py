"""Currency scales and the one rounding (decisions N1)."""

from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderwright.arithmetic.money import (
    MONEY_LIMIT,
    ZERO,
    InvalidAmount,
    UnknownCurrency,
    from_minor_units,
    is_at_scale,
    minor_units,
    plain,
    round_money,
    scale_of,
)

# The time an example takes says nothing about the rule it checks.
untimed = settings(deadline=None)

scales = st.sampled_from([0, 2, 3])
decimals = st.decimals(min_value=-(10**15), max_value=10**15, places=None, allow_nan=False, allow_infinity=False)
# Few digits and one place past the scale make exact halves common.
near_halves = st.integers(-100_000, 100_000).map(lambda n: Decimal(n).scaleb(-4))


@pytest.mark.parametrize(
    ("code", "scale"),
    [("JPY", 0), ("USD", 2), ("EUR", 2), ("GBP", 2), ("KWD", 3), ("ISK", 0), ("HUF", 2), ("CLF", 4)],
)
def test_the_scale_is_the_iso_4217_exponent(code, scale):
    assert scale_of(code) == scale


@pytest.mark.parametrize("code", ["XAU", "XDR", "XXX", "XTS", "usd", "US", "", "USD ", "DEM"])
def test_what_is_no_currency_with_a_minor_unit_is_refused(code):
    with pytest.raises(UnknownCurrency, match=repr(code)):
        scale_of(code)


@pytest.mark.parametrize(
    ("value", "scale", "rounded"),
    [
        ("22.5", 0, "23"),
        ("-22.5", 0, "-23"),
        ("-1.5", 0, "-2"),
        ("1.5", 0, "2"),
        ("2.5", 0, "3"),
        ("0.5", 0, "1"),
        ("0.4999999999999999999999999999999999999999", 0, "0"),
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("1.0049", 2, "1.00"),
        ("2.675", 2, "2.68"),
        ("1.0005", 3, "1.001"),
        ("-1.0005", 3, "-1.001"),
        ("7", 2, "7.00"),
        ("7", 3, "7.000"),
        ("7E+2", 2, "700.00"),
        ("-0.001", 2, "0.00"),
        ("-0", 2, "0.00"),
        ("0E-9", 0, "0"),
        ("1E-99999999", 2, "0.00"),
        ("9999999999999999.994", 2, "9999999999999999.99"),
        ("-9999999999999999.994", 2, "-9999999999999999.99"),
    ],
)
def test_n1_rounds_half_up_away_from_zero(value, scale, rounded):
    # As text: the number of decimals and the sign of zero are part of the result.
    assert str(round_money(Decimal(value), scale)) == rounded


@pytest.mark.parametrize(
    ("price", "tax"), [("79.00", "3.95"), ("5.99", "0.30")], ids=["an item at 5 %", "its delivery at 5 %"]
)
def test_n1_gives_the_taxes_seen_on_real_orders(price, tax):
    assert round_money(Decimal(price) * Decimal("0.05"), 2) == Decimal(tax)


@pytest.mark.parametrize(
    "value", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+16", "-1E+16", "9999999999999999.995", "1E+99999999"]
)
def test_what_is_not_finite_or_reaches_the_limit_is_refused(value):
    with pytest.raises(InvalidAmount):
        round_money(Decimal(value), 2)


def test_a_negative_scale_is_refused():
    with pytest.raises(ValueError, match="never negative"):
        round_money(Decimal(1), -1)


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        ("1.23", 2, True),
        ("1.230", 2, True),
        ("1.2300000", 2, True),
        ("1.234", 2, False),
        ("1.234", 3, True),
        ("5", 2, True),
        ("5E+3", 0, True),
        ("5.0", 0, True),
        ("5.1", 0, False),
        ("-0.001", 2, False),
        ("0E-20", 2, True),
        ("1E-99999999", 2, False),
        ("1E+99999999", 2, True),
        ("NaN", 2, False),
        ("Infinity", 2, False),
    ],
)
def test_at_scale_means_no_digit_beyond_it(value, scale, expected):
    assert is_at_scale(Decimal(value), scale) is expected


@pytest.mark.parametrize(
    ("value", "scale", "units"),
    [("12.34", 2, 1234), ("-12.34", 2, -1234), ("12.340", 2, 1234), ("500", 0, 500), ("1.5", 3, 1500), ("-0", 2, 0)],
)
def test_minor_units_count_the_smallest_coin(value, scale, units):
    assert minor_units(Decimal(value), scale) == units


@pytest.mark.parametrize("value", ["12.345", "1E+16", "NaN", "-Infinity"])
def test_minor_units_never_round(value):
    with pytest.raises(InvalidAmount):
        minor_units(Decimal(value), 2)


@pytest.mark.parametrize(
    ("units", "scale", "amount"), [(1234, 2, "12.34"), (-5, 2, "-0.05"), (0, 3, "0.000"), (500, 0, "500")]
)
def test_from_minor_units_shows_every_decimal(units, scale, amount):
    assert str(from_minor_units(units, scale)) == amount


@pytest.mark.parametrize("units", [10**18, -(10**18)])
def test_from_minor_units_keeps_the_limit(units):
    with pytest.raises(InvalidAmount):
        from_minor_units(units, 2)


def test_the_largest_amount_survives_the_way_through_minor_units():
    largest = MONEY_LIMIT - Decimal("0.01")
    assert from_minor_units(minor_units(largest, 2), 2) == largest


@untimed
@given(value=decimals | near_halves, scale=scales)
def test_rounding_twice_is_rounding_once(value, scale):
    once = round_money(value, scale)
    assert str(round_money(once, scale)) == str(once)
    assert once.as_tuple().exponent == -scale
    assert is_at_scale(once, scale)


@untimed
@given(value=decimals | near_halves, scale=scales)
def test_rounding_moves_by_half_a_unit_at_most_and_halves_go_away_from_zero(value, scale):
    moved = Fraction(round_money(value, scale)) - Fraction(value)
    half = Fraction(1, 2 * 10**scale)
    assert abs(moved) <= half
    if abs(moved) == half:
        assert (moved > 0) == (value > 0)


@untimed
@given(value=decimals | near_halves, scale=scales)
def test_rounding_mirrors_at_zero(value, scale):
    assert round_money(value.copy_negate(), scale) == round_money(value, scale).copy_negate()


@untimed
@given(units=st.integers(-(10**15), 10**15), scale=scales)
def test_minor_units_go_both_ways(units, scale):
    assert minor_units(from_minor_units(units, scale), scale) == units


def test_the_callers_decimal_context_changes_nothing():
    with localcontext(prec=3, rounding=ROUND_CEILING):
        assert str(round_money(Decimal("-1234567.885"), 2)) == "-1234567.89"
        assert is_at_scale(Decimal("1234567.89"), 2)
        assert minor_units(Decimal("1234567.89"), 2) == 123456789
        assert str(from_minor_units(-123456789, 2)) == "-1234567.89"


def test_zero_is_zero():
    assert ZERO == 0
    assert not ZERO.is_signed()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1E-8", "0.00000001"), ("-1E-8", "-0.00000001"), ("1E+3", "1000"), ("0E-9", "0.000000000"), ("5.00", "5.00"),
        ("1E+40", "1" + "0" * 40), ("1E-999999999", "1E-999999999"), ("1E+999999999", "1E+999999999"), ("NaN", "NaN"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them_unless_that_has_no_end(value, text):
    assert plain(Decimal(value)) == text
