"""Checked quantities: whole numbers above zero, and differences that never go below zero."""

from decimal import Decimal, Inexact

from orderwright.arithmetic.money import EXACT, ZERO, plain

_LIMIT = Decimal(10**18)


class InvalidQuantity(ValueError):
    """The quantity is no whole number above zero, or more than there is."""


def whole(value: Decimal) -> Decimal:
    """Return `value` as a plain whole number of units: 2.00 becomes 2, 1E+3 becomes 1000.

    Raises InvalidQuantity unless it is whole, above zero and below 10**18.
    Source: decisions.md#N11 (inferred).
    """
    if not (value.is_finite() and ZERO < value < _LIMIT and value == value.to_integral_value()):
        raise InvalidQuantity(f"{plain(value)} is not a whole number above zero and below {_LIMIT:f}")
    return Decimal(int(value))


def take(available: Decimal, quantity: Decimal) -> Decimal:
    """Return the units left of `available` once `quantity` is taken; zero when all is.

    Raises InvalidQuantity when `quantity` is negative or more than `available`.
    """
    if not (available.is_finite() and quantity.is_finite() and ZERO <= quantity <= available):
        raise InvalidQuantity(f"{plain(quantity)} cannot be taken from {plain(available)}")
    try:
        return EXACT.subtract(available, quantity)
    except Inexact as error:
        raise InvalidQuantity(f"{plain(available)} less {plain(quantity)} has more than {EXACT.prec} digits") from error
