"""Split an amount by units, by weight or by a change of price; the parts always add up to the whole.

Two ideas carry this file.

*What is left.* A part is rounded from what a pool still holds, never from the original amount, and the last unit takes
all that is left. So no rounding error survives the last step, whatever the steps were.

*One rounding.* Products are computed exactly. A quotient may have endless digits; it is cut off toward zero, far beyond
any currency's scale. Half-up looks only at the first digit past the scale, so rounding the cut quotient gives the very
result that rounding the true one would.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Context, Decimal, Inexact, InvalidOperation
from functools import reduce

from orderwright.arithmetic.money import EXACT, ZERO, InvalidAmount, from_minor_units, minor_units, plain, round_money
from orderwright.arithmetic.quantity import InvalidQuantity

_TRUNCATING = Context(prec=EXACT.prec, rounding=ROUND_DOWN, traps=[])


def part_of(amount: Decimal, quantity: Decimal, of_quantity: Decimal, scale: int) -> Decimal:
    """Return the part of a pool's `amount` that moves with `quantity` of its `of_quantity` units.

    Same sign as `amount`, never larger in magnitude, at `scale`; only when all units move is it `amount` itself, even
    if that has decimals beyond the scale. No units move no money, also out of a pool that holds none.
    Raises InvalidQuantity unless 0 <= quantity <= of_quantity, and InvalidAmount.
    Source: decisions.md#N2, semantics.md#C2 (inferred).
    """
    if not (quantity.is_finite() and of_quantity.is_finite() and ZERO <= quantity <= of_quantity):
        raise InvalidQuantity(f"{plain(quantity)} is not between 0 and {plain(of_quantity)}")
    if not quantity:
        return from_minor_units(0, scale)
    if quantity == of_quantity:
        return _all_of(amount, scale)
    return _at_most(amount, _ratio(amount, quantity, of_quantity, scale), scale)


def share(amount: Decimal, weights: Sequence[Decimal], scale: int) -> tuple[Decimal, ...]:
    """Return one share of `amount` per weight, in their order, at `scale`; their sum is `round_money(amount)`.

    Largest remainder: each receiver gets its exact share cut to minor units, and the units left over go one each to the
    largest fractions cut off, the earlier receiver first among equals. A negative amount is shared like its opposite.
    A receiver of weight zero gets nothing, unless all weights are zero: then they count as equal.
    Raises InvalidAmount for a negative weight, and when there is money but no receiver.
    Source: decisions.md#N3, semantics.md#C4 (inferred).
    """
    total = minor_units(round_money(amount, scale), scale)
    if not all(weight.is_finite() and weight >= 0 for weight in weights):
        raise InvalidAmount("a weight must be a number not below zero")
    if not weights and total:
        raise InvalidAmount(f"there is nobody to share {plain(amount)}")
    effective = weights if any(weights) else [Decimal(1)] * len(weights)
    sign = -1 if total < 0 else 1
    return tuple(from_minor_units(sign * units, scale) for units in _largest_remainder(abs(total), effective))


def proportional(amount: Decimal, change: Decimal, base: Decimal, scale: int) -> Decimal:
    """Return `amount` × `change` ÷ `base`, rounded once to `scale`: the tax that goes with a change of a price.

    The sign follows from the three signs; `change` may exceed `base` or run against it (a fee). All of `amount`, even
    unrounded, when `change` equals `base`. Zero when `amount` or `change` is zero, whatever `base` is.
    Raises InvalidAmount when a change of a base of zero would have to move an amount.
    Source: decisions.md#N4, semantics.md#C6 (inferred).
    """
    if not (change.is_finite() and base.is_finite()):
        raise InvalidAmount(f"{plain(change)} of {plain(base)} is not a proportion")
    if not amount or not change:
        return from_minor_units(0, scale)
    if change == base:
        return _all_of(amount, scale)
    if not base:
        raise InvalidAmount(f"{plain(amount)} cannot follow a change of {plain(change)} on a base of zero")
    return _ratio(amount, change, base, scale)


def _all_of(amount: Decimal, scale: int) -> Decimal:
    rounded = round_money(amount, scale)
    return rounded if rounded == amount else amount


def _ratio(amount: Decimal, numerator: Decimal, denominator: Decimal, scale: int) -> Decimal:
    quotient = _TRUNCATING.divide(_product(amount, numerator), denominator)
    return round_money(quotient, scale)


def _at_most(amount: Decimal, part: Decimal, scale: int) -> Decimal:
    # Only a pool with decimals beyond the scale gets here too high: 9 of 10 units of 0.006 round to 0.01. A part above
    # the whole would turn the sign of the rest, so it gives the one minor unit back.
    if part.copy_abs() <= amount.copy_abs():
        return part
    return from_minor_units(minor_units(part, scale) - (1 if part > 0 else -1), scale)


def _largest_remainder(units: int, weights: Sequence[Decimal]) -> list[int]:
    of_weight = _sum(weights)
    quotas = [EXACT.divmod(_product(Decimal(units), weight), of_weight) for weight in weights]
    shares = [int(whole) for whole, _ in quotas]
    # sorted is stable: equal remainders stay in the order of the receivers.
    by_remainder = sorted(range(len(quotas)), key=lambda i: quotas[i][1], reverse=True)
    for i in by_remainder[: units - sum(shares)]:
        shares[i] += 1
    return shares


def _product(left: Decimal, right: Decimal) -> Decimal:
    try:
        return EXACT.multiply(left, right)
    except (Inexact, InvalidOperation) as error:
        raise InvalidAmount(f"{plain(left)} × {plain(right)} is no number of at most {EXACT.prec} digits") from error


def _sum(values: Sequence[Decimal]) -> Decimal:
    try:
        return reduce(EXACT.add, values, ZERO)
    except Inexact as error:
        raise InvalidAmount(f"the sum of the weights has more than {EXACT.prec} digits") from error
