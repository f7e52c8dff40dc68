"""What comes before a call that moves money: whatever goes wrong here has moved none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
import stripe

from orderwright.arithmetic.money import InvalidAmount, UnknownCurrency
from orderwright.gateways.protocol import GatewayResponse
from orderwright.gateways.stripe_answers import Request, Said, not_begun, said
from orderwright.gateways.stripe_limits import KEY_REUSED, Refused
from orderwright.gateways.stripe_money import stripe_units


async def prepared(
    request: Request, about: str | None, prepare: Callable[[int], Awaitable[GatewayResponse | None]]
) -> int | GatewayResponse:
    """Return the amount in Stripe's units, or the answer if there is one already."""
    try:
        units = _checked(request, about)
        earlier = await prepare(units)
    except Refused as refusal:
        return said(request, refusal.verdict)
    except (UnknownCurrency, InvalidAmount) as error:
        return said(request, Said("ValidationError", "amount_invalid", str(error)))
    except (stripe.StripeError, TimeoutError, msgspec.ValidationError) as error:
        return not_begun(request, error)
    if earlier is None:
        return units
    return earlier if earlier.amount == request.amount else said(request, KEY_REUSED)


async def nothing_before(_: int) -> None:
    """An authorization draws on nothing."""


def _checked(request: Request, about: str | None) -> int:
    """Return the amount in Stripe's units. Raises Refused, UnknownCurrency and InvalidAmount."""
    if not request.idempotency_key or about == "":
        raise Refused(Said("ValidationError", "field_missing", "An idempotency key and a reference are needed"))
    return stripe_units(request.amount, request.currency_iso_code)


def is_replayed(stripe_object: stripe.StripeObject) -> bool:
    """Whether Stripe knew the key and gave the first answer again."""
    response = stripe_object.last_response
    return response is not None and (response.headers or {}).get("idempotent-replayed") == "true"
