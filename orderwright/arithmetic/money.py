"""Currency scales, and the only rounding in the system.

Every other module computes exactly (in `EXACT`, which refuses rather than lose a digit) and comes here once, at the
end, for `round_money`. No result depends on the decimal context of the caller's thread.
"""

import math
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from functools import cache

from iso4217 import Currency

ZERO = Decimal(0)
MONEY_LIMIT = Decimal(10**16)

LONGEST_WRITTEN = 40
"""Places before or after the point up to which a number is written out."""

# Room for amount × quantity with far more decimals than any unit price has. What needs more digits raises Inexact.
EXACT = Context(prec=100, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])

_ROUNDING = Context(prec=100, rounding=ROUND_HALF_UP, traps=[InvalidOperation])


class UnknownCurrency(ValueError):
    """The code is no ISO 4217 currency, or one without a minor unit, like gold (XAU)."""


class InvalidAmount(ValueError):
    """The amount cannot be kept as money: not finite, too large, finer than its currency, or not computable exactly."""


@cache
def scale_of(currency_iso_code: str) -> int:
    """Return how many decimals amounts in the currency have: JPY 0, USD 2, KWD 3.

    Raises UnknownCurrency; codes are upper case. What has no minor unit (metals, XDR, test codes) cannot be rounded, so
    nothing can be sold in it.
    Source: decisions.md#N1 (inferred).
    """
    try:
        exponent = Currency(currency_iso_code).exponent
    except ValueError:
        exponent = None
    if exponent is None:
        raise UnknownCurrency(f"{currency_iso_code!r} is not an ISO 4217 currency with a minor unit")
    return exponent


def round_money(value: Decimal, scale: int) -> Decimal:
    """Return `value` with exactly `scale` decimals, halves away from zero; never a negative zero.

    Raises InvalidAmount for NaN and infinity, and for a result of MONEY_LIMIT or more on either side of zero.
    Source: decisions.md#N1 (inferred).
    """
    # Before quantize: a value like 1E+999999 would need all its digits to be rounded.
    _refuse_unless_money(value)
    rounded = value.quantize(_unit(scale), context=_ROUNDING)
    _refuse_unless_money(rounded)
    return rounded or rounded.copy_abs()


def round_fraction(value: Fraction, scale: int) -> Decimal:
    """Return an exact fraction rounded as `round_money` rounds: half up, away from zero, at `scale`; never -0.

    Source: decisions.md#N1 (inferred).
    """
    units = math.floor(abs(value) * 10**scale + Fraction(1, 2))
    return from_minor_units(-units if value < 0 else units, scale)


def is_at_scale(value: Decimal, scale: int) -> bool:
    """Return whether `value` has no digit other than zero beyond `scale` decimals; false for NaN and infinity."""
    _, digits, exponent = value.as_tuple()
    return isinstance(exponent, int) and (exponent >= -scale or not any(digits[exponent + scale :]))


def minor_units(value: Decimal, scale: int) -> int:
    """Return the amount in the currency's smallest unit, same sign: 12.34 at scale 2 is 1234.

    Raises InvalidAmount where `round_money` does, and when `value` would have to be rounded.
    """
    rounded = round_money(value, scale)
    if rounded != value:
        raise InvalidAmount(f"{plain(value)} has more than {scale} decimals")
    return int(rounded.scaleb(scale, context=EXACT))


def from_minor_units(units: int, scale: int) -> Decimal:
    """Return the amount of `units` smallest units, with exactly `scale` decimals: 1234 at scale 2 is 12.34.

    Raises InvalidAmount for MONEY_LIMIT or more on either side of zero.
    """
    if abs(units) >= 10 ** (16 + scale):
        raise InvalidAmount(f"{units} units at scale {scale} are not below {MONEY_LIMIT:f}")
    return Decimal(units).scaleb(-scale, context=EXACT)


def plain(value: Decimal) -> str:
    """Return `value` as people write numbers, without an exponent: 0.00000001, not 1E-8.

    For what may be any number, as callers send them: one that has far more places than money has is left as it is.
    """
    return f"{value:f}" if value.is_finite() and abs(value.adjusted()) <= LONGEST_WRITTEN else str(value)


@cache
def _unit(scale: int) -> Decimal:
    if scale < 0:
        raise ValueError(f"a currency scale is never negative, not {scale}")
    return Decimal((0, (1,), -scale))


def _refuse_unless_money(value: Decimal) -> None:
    if not value.is_finite() or value.copy_abs() >= MONEY_LIMIT:
        raise InvalidAmount(f"{plain(value)} is not an amount below {MONEY_LIMIT:f}")
