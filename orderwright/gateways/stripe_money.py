"""Amounts as Stripe counts them: integers of a smallest unit which is mostly, not always, that of ISO 4217.

Source: Stripe's documentation of supported currencies (documented): zero-decimal, three-decimal and special cases.
"""

from __future__ import annotations

from decimal import Decimal

from orderwright.arithmetic.money import InvalidAmount, from_minor_units, minor_units, round_money, scale_of

# Where the two differ: ariary are counted whole; krónur, which have no smaller unit any more, still in hundredths.
_STRIPE_SCALES = {"MGA": 0, "ISK": 2}

# The documentation lists the Ugandan shilling both as counted whole and as counted in hundredths. A guess could take a
# hundred times too much.
_CONTRADICTORY = {"UGX"}


def stripe_units(amount: Decimal, currency_iso_code: str) -> int:
    """Return `amount` in the unit Stripe counts the currency in: 12.34 USD is 1234, 5 ISK is 500.

    Raises UnknownCurrency, and InvalidAmount for what is not above zero, finer than the currency, or finer than Stripe
    can move it: the last digit of a currency with three decimals has to be 0.
    """
    scale = _scale(currency_iso_code)
    if round_money(amount, scale) != amount or amount <= 0:
        raise InvalidAmount(f"{amount:f} is no positive amount with at most {scale} decimals")
    units = minor_units(amount, _STRIPE_SCALES.get(currency_iso_code, scale))
    if scale == 3 and units % 10:
        raise InvalidAmount(f"{amount:f} {currency_iso_code}: Stripe moves it only in steps of 0.010")
    return units


def from_stripe_units(units: int, currency: str) -> Decimal:
    """Return the amount at its currency's ISO 4217 scale; `currency` in any case, as Stripe writes it in lower.

    Raises UnknownCurrency, and InvalidAmount for a fraction that the currency does not have.
    """
    code = currency.upper()
    scale = _scale(code)
    exact = from_minor_units(units, _STRIPE_SCALES.get(code, scale))
    rounded = round_money(exact, scale)
    if rounded != exact:
        raise InvalidAmount(f"{exact:f} {code} has more than {scale} decimals")
    return rounded


def _scale(currency_iso_code: str) -> int:
    if currency_iso_code in _CONTRADICTORY:
        raise InvalidAmount(f"How Stripe counts {currency_iso_code} is not certain, so it is not used")
    return scale_of(currency_iso_code)
