"""Cards kept by Stripe: a PaymentMethod of a Customer made for it, so that it can be charged more than once.

Stripe takes card numbers over its API only from accounts that it has allowed to; to others it says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import stripe

from orderwright.gateways.card_data import Address, CardDetails
from orderwright.gateways.protocol import TokenizeRequest, TokenizeResponse
from orderwright.gateways.stripe_answers import Said, error_text, verdict_on
from orderwright.gateways.stripe_objects import KEY

Within = Callable[[Awaitable[Any]], Awaitable[Any]]
"""Awaits a call for as long as one may take."""

_NOT_OFFERED = Said("PermanentFail", "not_offered", "Only cards are kept at Stripe")
_NO_KEY = Said("ValidationError", "field_missing", "An idempotency key and a card are needed")


async def make_token(services: Any, within: Within, request: TokenizeRequest) -> TokenizeResponse:
    """Return the token `cus_…/pm_…`; never raises for what Stripe says. What was half made is left unused at Stripe."""
    if request.bank is not None:
        return _said(request, _NOT_OFFERED)
    if request.card is None or not request.idempotency_key:
        return _said(request, _NO_KEY)
    key, metadata = request.idempotency_key, {KEY: request.idempotency_key}
    card = {"type": "card", "metadata": metadata, **_card(request.card, request.address)}
    try:
        method = await within(services.payment_methods.create_async(card, {"idempotency_key": key}))
        holder = {"payment_method": method.id, "metadata": metadata, **_holder(request.card)}
        customer = await within(services.customers.create_async(holder, {"idempotency_key": f"{key}-customer"}))
    except (stripe.StripeError, TimeoutError) as error:
        return _said(request, verdict_on(error), request.hide(error_text(error)))
    made = msgspec.json.encode({"last_four": request.card.last_four, "created": customer.created}).decode()
    return _said(request, Said("Success", "saved", "The card is kept"), made, f"{customer.id}/{method.id}")


def _card(card: CardDetails, address: Address | None) -> dict[str, Any]:
    numbers = {"number": card.digits, "exp_month": card.expiry_month, "exp_year": card.expiry_year, "cvc": card.cvv}
    place = {} if address is None else {
        "line1": address.street, "city": address.city, "state": address.state, "country": address.country,
        "postal_code": address.postal_code,
    }  # fmt: skip
    return _given({"card": _given(numbers), "billing_details": _given({**_holder(card), "address": _given(place)})})


def _holder(card: CardDetails) -> dict[str, Any]:
    parts = " ".join(filter(None, (card.card_holder_first_name, card.card_holder_last_name)))
    return _given({"name": card.card_holder_name or parts, "email": card.email})


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is not known: Stripe refuses empty fields."""
    return {name: value for name, value in fields.items() if value}


def _said(request: TokenizeRequest, verdict: Said, response: str = "", token: str | None = None) -> TokenizeResponse:
    return TokenizeResponse(
        sf_result_code=verdict.sf_result_code,
        gateway_token=token,
        gateway_result_code=verdict.code,
        gateway_message=request.hide(verdict.message),
        gateway_date=None,
        request=request.log_text,
        response=response,
    )
