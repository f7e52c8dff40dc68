"""Parts that always add up to the whole (decisions N2, N3, N4)."""

from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderwright.arithmetic.money import InvalidAmount, is_at_scale, round_money
from orderwright.arithmetic.prorate import part_of, proportional, share
from orderwright.arithmetic.quantity import InvalidQuantity

# The time an example takes says nothing about the rule it checks.
untimed = settings(deadline=None, max_examples=200)

scales = st.sampled_from([0, 2, 3])
minor = st.integers(-(10**6), 10**6) | st.integers(-(10**15), 10**15)
unrounded = st.integers(-(10**8), 10**8).map(lambda n: Decimal(n).scaleb(-5))
# Small weights collide often, so that ties are common; the others are prices.
weight = st.integers(0, 4).map(Decimal) | st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-2))
weight_lists = st.lists(weight, min_size=1, max_size=8)


@st.composite
def money(draw: st.DrawFn) -> tuple[Decimal, int]:
    """An amount at its currency's scale, and that scale."""
    scale = draw(scales)
    return Decimal(draw(minor)).scaleb(-scale), scale


@st.composite
def steps(draw: st.DrawFn, largest: int = 60) -> list[int]:
    """Quantities above zero, in the order in which they leave a pool until it is empty."""
    left = draw(st.integers(1, largest))
    taken = []
    while left:
        taken.append(draw(st.integers(1, left)))
        left -= taken[-1]
    return taken


def amounts(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(word) for word in text.split())


# --- N2: part of a quantity -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "quantity", "of_quantity", "scale", "part"),
    [
        pytest.param("10.00", 1, 3, 2, "3.33", id="a part is rounded at the scale"),
        pytest.param("6.67", 1, 2, 2, "3.34", id="half a cent goes up"),
        pytest.param("-6.67", 1, 2, 2, "-3.34", id="half a cent of a discount goes away from zero"),
        pytest.param("3.33", 1, 1, 2, "3.33", id="the last unit takes all that is left"),
        pytest.param("10.001", 3, 3, 2, "10.001", id="all units take all, even unrounded"),
        pytest.param("10", 3, 3, 2, "10.00", id="all units of a rounded amount show its decimals"),
        pytest.param("10.00", 0, 3, 2, "0.00", id="no units move no money"),
        pytest.param("10.00", 0, 0, 2, "0.00", id="no units move no money out of an empty pool"),
        pytest.param("0.00", 2, 3, 2, "0.00", id="nothing is split into nothing"),
        pytest.param("1000", 1, 3, 0, "333", id="yen have no decimals"),
        pytest.param("10.000", 1, 3, 3, "3.333", id="dinars have three"),
        pytest.param("0.01", 1, 2, 2, "0.01", id="a single cent goes with the first half"),
        pytest.param("0.01", 1, 3, 2, "0.00", id="a single cent does not go with the first third"),
        pytest.param("0.006", 9, 10, 2, "0.00", id="a part never exceeds an unrounded whole"),
        pytest.param("-0.006", 9, 10, 2, "0.00", id="nor an unrounded discount"),
    ],
)
def test_n2_part_of_a_pool(amount, quantity, of_quantity, scale, part):
    assert str(part_of(Decimal(amount), Decimal(quantity), Decimal(of_quantity), scale)) == part


@pytest.mark.parametrize(
    ("quantity", "of_quantity"), [("4", "3"), ("-1", "3"), ("1", "0"), ("-1", "-1"), ("NaN", "3"), ("1", "Infinity")]
)
def test_n2_refuses_more_units_than_the_pool_holds(quantity, of_quantity):
    with pytest.raises(InvalidQuantity):
        part_of(Decimal("10.00"), Decimal(quantity), Decimal(of_quantity), 2)


@pytest.mark.parametrize(
    ("amount", "quantity"), [("NaN", "1"), ("sNaN", "1"), ("NaN", "3"), ("1E+16", "3"), ("Infinity", "1")]
)
def test_n2_refuses_what_is_no_amount(amount, quantity):
    with pytest.raises(InvalidAmount):
        part_of(Decimal(amount), Decimal(quantity), Decimal(3), 2)


def test_n2_refuses_rather_than_lose_a_digit():
    with pytest.raises(InvalidAmount, match="digits"):
        part_of(Decimal(f"0.{'1' * 95}"), Decimal(12345678901), Decimal(12345678903), 2)


def test_n2_is_not_fooled_by_a_quotient_just_below_half_a_cent():
    # 0.01 × q / (2q + 1) is below half a cent by less than any working precision can show.
    quantity = 10**150
    assert part_of(Decimal("0.01"), Decimal(quantity), Decimal(2 * quantity + 1), 2) == 0
    assert part_of(Decimal("0.01"), Decimal(quantity), Decimal(2 * quantity), 2) == Decimal("0.01")


@untimed
@given(asset=money(), quantity=st.integers(0, 100), more=st.integers(0, 100))
def test_n2_a_part_is_the_exact_part_rounded_half_up(asset, quantity, more):
    amount, scale = asset
    of_quantity = quantity + more
    part = part_of(amount, Decimal(quantity), Decimal(of_quantity), scale)
    if of_quantity:
        missed = Fraction(part) - Fraction(amount) * quantity / of_quantity
        half = Fraction(1, 2 * 10**scale)
        assert abs(missed) <= half
        if abs(missed) == half:
            assert (missed > 0) == (amount > 0)


def assert_used_up_without_overshoot(amount: Decimal, taken: list[int], scale: int) -> None:
    left, left_units, parts = amount, sum(taken), []
    for units in taken:
        part = part_of(left, Decimal(units), Decimal(left_units), scale)
        rest = left - part
        assert part * amount >= 0, "a part has the sign of the whole"
        assert rest * amount >= 0, "what is left never turns its sign"
        assert abs(rest) <= abs(left)
        parts.append(part)
        left, left_units = rest, left_units - units
    assert left == 0
    assert sum(parts) == amount
    assert all(is_at_scale(part, scale) for part in parts[:-1])


@untimed
@given(asset=money(), taken=steps(), data=st.data())
def test_n2_parts_taken_in_any_order_sum_to_the_whole(asset, taken, data):
    amount, scale = asset
    assert_used_up_without_overshoot(amount, taken, scale)
    assert_used_up_without_overshoot(amount, data.draw(st.permutations(taken)), scale)


@untimed
@given(amount=unrounded, scale=scales, taken=steps())
def test_n2_parts_of_an_unrounded_whole_sum_to_it_too(amount, scale, taken):
    assert_used_up_without_overshoot(amount, taken, scale)


@untimed
@given(asset=money(), quantity=st.integers(0, 50), more=st.integers(1, 50))
def test_n2_mirrors_at_zero(asset, quantity, more):
    amount, scale = asset
    of_quantity = Decimal(quantity + more)
    assert part_of(-amount, Decimal(quantity), of_quantity, scale) == -part_of(
        amount, Decimal(quantity), of_quantity, scale
    )


# --- N3: one amount over several receivers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "weights", "scale", "shares"),
    [
        pytest.param("1.00", "1 1 1", 2, "0.34 0.33 0.33", id="a tie goes to the earlier receiver"),
        pytest.param("-1.00", "1 1 1", 2, "-0.34 -0.33 -0.33", id="a discount mirrors a charge"),
        pytest.param("0.05", "1 1 1", 2, "0.02 0.02 0.01", id="two cents over, to the first two"),
        pytest.param("1.00", "1 2", 2, "0.33 0.67", id="the largest remainder wins over the earlier"),
        pytest.param("10.00", "33.33 33.33 33.34", 2, "3.33 3.33 3.34", id="prices as weights"),
        pytest.param("100", "1 1 1", 0, "34 33 33", id="yen"),
        pytest.param("1.000", "1 1 1", 3, "0.334 0.333 0.333", id="dinars"),
        pytest.param("0.02", "0 1 0", 2, "0.00 0.02 0.00", id="weight zero gets nothing"),
        pytest.param("0.01", "0 0 0", 2, "0.01 0.00 0.00", id="all weights zero count as equal"),
        pytest.param("0.01", "0 1 1", 2, "0.00 0.01 0.00", id="the spare cent skips weight zero"),
        pytest.param("0.00", "1 2", 2, "0.00 0.00", id="nothing is shared as nothing"),
        pytest.param("-0.15", "1.00 0.50", 2, "-0.10 -0.05", id="a discount's tax over two tax lines"),
        pytest.param("1.005", "1 1", 2, "0.51 0.50", id="an unrounded amount is rounded first"),
        pytest.param("5", "7", 2, "5.00", id="a single receiver gets all"),
    ],
)
def test_n3_shares(amount, weights, scale, shares):
    assert [str(part) for part in share(Decimal(amount), amounts(weights), scale)] == shares.split()


@pytest.mark.parametrize("amount", ["0", "0.00", "-0"])
def test_n3_nothing_needs_no_receiver(amount):
    assert share(Decimal(amount), (), 2) == ()


@pytest.mark.parametrize(
    ("amount", "weights"),
    [
        pytest.param("0.01", "", id="money without a receiver"),
        pytest.param("1.00", "1 -1", id="a negative weight"),
        pytest.param("0.00", "-1", id="a negative weight, though there is nothing to share"),
        pytest.param("1.00", "1 NaN", id="a weight that is no number"),
        pytest.param("1.00", "Infinity", id="an infinite weight"),
        pytest.param("NaN", "1", id="an amount that is no number"),
        pytest.param("1E+16", "1", id="an amount at the limit"),
        pytest.param("1.00", "1 1E-200", id="weights too far apart to be summed exactly"),
        pytest.param("1.00", "1E+999999 1E+999999", id="weights too large to be summed"),
        pytest.param("12.34", "1" * 100, id="a weight too long to be multiplied exactly"),
    ],
)
def test_n3_refuses(amount, weights):
    with pytest.raises(InvalidAmount):
        share(Decimal(amount), amounts(weights), 2)


def exact_shares(amount: Decimal, weights: list[Decimal]) -> list[Fraction]:
    effective = [Fraction(w) for w in weights] if any(weights) else [Fraction(1)] * len(weights)
    return [Fraction(amount) * w / sum(effective) for w in effective]


@untimed
@given(amount=unrounded, scale=scales, weights=weight_lists)
def test_n3_shares_of_any_amount_sum_to_it_rounded(amount, scale, weights):
    assert sum(share(amount, weights, scale)) == round_money(amount, scale)


@untimed
@given(asset=money(), weights=weight_lists)
def test_n3_shares_sum_exactly_and_stay_within_a_minor_unit(asset, weights):
    amount, scale = asset
    shares = share(amount, weights, scale)
    assert sum(shares) == amount
    for got, exact in zip(shares, exact_shares(amount, weights), strict=True):
        assert abs(Fraction(got) - exact) < Fraction(1, 10**scale)
        assert exact or not got, "a receiver of no weight gets nothing"
        assert got.as_tuple().exponent == -scale


@untimed
@given(asset=money(), weights=weight_lists)
def test_n3_more_weight_never_gets_less_and_equals_favour_the_earlier(asset, weights):
    amount, scale = asset
    sizes = [abs(part) for part in share(amount, weights, scale)]
    for i, earlier in enumerate(weights):
        for j in range(i + 1, len(weights)):
            if earlier >= weights[j]:
                assert sizes[i] >= sizes[j]
            else:
                assert sizes[i] <= sizes[j]


@untimed
@given(asset=money(), weights=weight_lists)
def test_n3_mirrors_at_zero(asset, weights):
    amount, scale = asset
    assert share(-amount, weights, scale) == tuple(-part for part in share(amount, weights, scale))


@untimed
@given(asset=money(), weights=weight_lists, data=st.data())
def test_n3_order_decides_between_equal_remainders_only(asset, weights, data):
    amount, scale = asset
    order = data.draw(st.permutations(range(len(weights))))
    moved = share(amount, [weights[i] for i in order], scale)
    shares = share(amount, weights, scale)
    remainders = [abs(exact) * 10**scale % 1 for exact in exact_shares(amount, weights)]
    for position, i in enumerate(order):
        assert moved[position] == shares[i] or remainders.count(remainders[i]) > 1


@untimed
@given(asset=money(), weights=weight_lists, factor=st.integers(1, 1000))
def test_n3_only_the_ratio_of_weights_counts(asset, weights, factor):
    amount, scale = asset
    assert share(amount, [w * factor for w in weights], scale) == share(amount, weights, scale)


# --- N4: tax of an amount change --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "change", "base", "scale", "moved"),
    [
        pytest.param(
            "3.95", "-7.90", "79.00", 2, "-0.40", id="tax follows a discount; half a cent goes away from zero"
        ),
        pytest.param("3.95", "7.90", "79.00", 2, "0.40", id="and follows a fee"),
        pytest.param("1.50", "-10.00", "100.00", 2, "-0.15", id="two taxes of a line together"),
        pytest.param("3.95", "79.00", "79.00", 2, "3.95", id="all of it when the price reaches zero"),
        pytest.param("3.955", "79.00", "79.00", 2, "3.955", id="all of it, even unrounded"),
        pytest.param("3.95", "-79.00", "79.00", 2, "-3.95", id="all of it, taken away"),
        pytest.param("-3.95", "7.90", "-79.00", 2, "0.40", id="the sign follows from all three"),
        pytest.param("10.00", "150", "100", 2, "15.00", id="a change may exceed its base"),
        pytest.param("0.00", "5.00", "79.00", 2, "0.00", id="no tax, no change"),
        pytest.param("0.00", "5.00", "0.00", 2, "0.00", id="no tax, no change, though the price is zero"),
        pytest.param("3.95", "0.00", "79.00", 2, "0.00", id="no change"),
        pytest.param("3.95", "0.00", "0.00", 2, "0.00", id="no change of a price of zero"),
        pytest.param("100", "1", "3", 0, "33", id="yen"),
        pytest.param("1.000", "2", "3", 3, "0.667", id="dinars"),
    ],
)
def test_n4_proportional(amount, change, base, scale, moved):
    assert str(proportional(Decimal(amount), Decimal(change), Decimal(base), scale)) == moved


@pytest.mark.parametrize(
    ("amount", "change", "base"),
    [
        pytest.param("3.95", "1.00", "0.00", id="a change of a price of zero"),
        pytest.param("NaN", "1.00", "2.00", id="an amount that is no number"),
        pytest.param("3.95", "NaN", "2.00", id="a change that is no number"),
        pytest.param("3.95", "1.00", "Infinity", id="an infinite base"),
        pytest.param("9E+15", "2.00", "1.00", id="a result at the limit"),
        pytest.param("3.95", "1E+900000", "1E-900000", id="a result beyond any number"),
    ],
)
def test_n4_refuses(amount, change, base):
    with pytest.raises(InvalidAmount):
        proportional(Decimal(amount), Decimal(change), Decimal(base), 2)


@untimed
@given(asset=money(), change=st.integers(-500, 500), base=st.integers(-500, 500).filter(bool))
def test_n4_is_the_exact_proportion_rounded_once(asset, change, base):
    amount, scale = asset
    moved = proportional(amount, Decimal(change), Decimal(base), scale)
    missed = Fraction(moved) - Fraction(amount) * change / base
    half = Fraction(1, 2 * 10**scale)
    assert abs(missed) <= half
    if abs(missed) == half:
        assert (missed > 0) == (moved > 0), "halves go away from zero"


@untimed
@given(asset=money(), discounts=steps(largest=5000))
def test_n4_discounts_down_to_a_price_of_zero_take_all_the_tax(asset, discounts):
    tax, scale = asset
    left, price = tax, sum(discounts)
    for discount in discounts:
        moved = proportional(left, Decimal(discount), Decimal(price), scale)
        assert moved * tax >= 0
        assert (left - moved) * tax >= 0
        left, price = left - moved, price - discount
    assert left == 0


# --- exactness --------------------------------------------------------------------------------------------------------


def test_the_callers_decimal_context_changes_nothing():
    with localcontext(prec=3, rounding=ROUND_CEILING):
        assert str(part_of(Decimal("-1234567.89"), Decimal(1), Decimal(2), 2)) == "-617283.95"
        assert str(proportional(Decimal("1234567.89"), Decimal("12345.67"), Decimal("76543.21"), 2)) == "199123.71"
        shares = share(Decimal("1234567.89"), (Decimal("1234.56"), Decimal("1234.57")), 2)
        assert [str(part) for part in shares] == ["617281.44", "617286.45"]


def test_the_largest_amounts_keep_every_cent():
    largest = Decimal("9999999999999999.99")
    assert str(part_of(largest, Decimal(10**18 - 2), Decimal(10**18 - 1), 2)) == "9999999999999999.98"
    assert share(largest, [Decimal("9999999999999999.99")] * 3, 2) == (Decimal("3333333333333333.33"),) * 3
    assert str(proportional(largest, Decimal("0.01"), largest, 2)) == "0.01"
