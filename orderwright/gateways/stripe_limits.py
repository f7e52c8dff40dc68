"""What is refused before Stripe is asked: our own limits, which do not lean on the provider having any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from orderwright.gateways.protocol import CaptureRequest, PostAuthorizeRequest, RefundRequest, VoidRequest
from orderwright.gateways.stripe_answers import Said
from orderwright.gateways.stripe_money import from_stripe_units, stripe_units
from orderwright.gateways.stripe_objects import KEY, TIME_SUFFIX, Charge, Intent, Refund

CLAIM_SECONDS = 600
"""How long a claim keeps another key from the same authorization. Longer than a request can be under way."""

KEY_REUSED = Said("ValidationError", "idempotency_key_reused", "The idempotency key belongs to another request")


class Refused(Exception):
    """The request is not sent. `verdict` says why."""

    def __init__(self, verdict: Said) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


def check_currency(
    request: CaptureRequest | RefundRequest | VoidRequest | PostAuthorizeRequest, stated: str, found: str
) -> None:
    """Refuse a request in another currency than what it draws on. `found` is Stripe's, in lower case."""
    if not request.currency_iso_code == stated == found.upper():
        message = f"{request.currency_iso_code} is asked of what is in {found.upper()} and said to be in {stated}"
        raise Refused(Said("ValidationError", "currency_mismatch", message))


def check_capture(intent: Intent, request: CaptureRequest, units: int) -> None:
    """Refuse to capture more than is authorized, a second time, or from what is released or lapsed."""
    check_currency(request, request.authorization.currency_iso_code, intent.currency)
    _check_status(intent)
    whole = stripe_units(request.authorization.amount, request.currency_iso_code)
    available = intent.amount if intent.amount_capturable is None else intent.amount_capturable
    if units > min(whole, available):
        message = f"{request.amount:f} {request.currency_iso_code} is more than is left of {intent.id}"
        raise Refused(Said("PermanentFail", "amount_above_authorization", message))


def check_void(intent: Intent, request: VoidRequest, units: int) -> None:
    """Refuse to release a part, which Stripe cannot, or what is captured."""
    check_currency(request, request.authorization.currency_iso_code, intent.currency)
    if intent.status == "succeeded" and intent.amount_received is not None:
        # What a capture leaves is released by it, so there is only to agree with that.
        if units <= intent.amount - intent.amount_received:
            return
        raise Refused(Said("PermanentFail", "amount_above_authorization", f"{intent.id} has less than that left"))
    _check_status(intent)
    if units != intent.amount:
        raise Refused(Said("ValidationError", "void_in_part", "Stripe releases an authorization whole or not at all"))


def check_refund(charge: Charge, refunds: Sequence[Refund], request: RefundRequest, units: int) -> None:
    """Refuse to give back more than was captured, by Stripe's word and by our own, less what was given back."""
    check_currency(request, request.payment.currency_iso_code, charge.currency)
    whole = stripe_units(request.payment.amount, request.currency_iso_code)
    captured = min(charge.amount, whole) if charge.amount_captured is None else charge.amount_captured
    left = min(captured, whole) - _given_back(charge.amount - captured, refunds)
    if units > left:
        message = f"{request.amount:f} {request.currency_iso_code} is more than is left of {charge.id}"
        raise Refused(Said("PermanentFail", "amount_above_capture", message))


def check_recordable(intent: Intent, request: PostAuthorizeRequest, units: int) -> None:
    """Refuse to record an authorization that is another than is said, was recorded before, or cannot be captured."""
    check_currency(request, request.currency_iso_code, intent.currency)
    if KEY in intent.metadata:
        raise Refused(Said("PermanentFail", "authorization_recorded", f"{intent.id} has been recorded before"))
    _check_status(intent)
    if intent.is_sale:
        raise Refused(Said("ValidationError", "not_authorized", f"{intent.id} is not captured by hand"))
    if units != intent.amount:
        whole = from_stripe_units(intent.amount, intent.currency)
        message = f"{intent.id} is over {whole:f}, not {request.amount:f}"
        raise Refused(Said("ValidationError", "amount_mismatch", message))


def check_claim(intent: Intent, claim: str, key: str, now: datetime) -> None:
    """Refuse for now if another request claims the authorization and may still be under way."""
    other, since = intent.metadata.get(claim), intent.metadata.get(claim + TIME_SUFFIX)
    if not other or other == key or not since:
        return
    if now - datetime.fromisoformat(since) < timedelta(seconds=CLAIM_SECONDS):
        raise Refused(Said("SystemError", "under_way", f"Another request for {intent.id} may still be under way"))


def _check_status(intent: Intent) -> None:
    if intent.status == "requires_capture":
        return
    if intent.status == "succeeded":
        raise Refused(Said("PermanentFail", "authorization_captured", f"{intent.id} was captured already"))
    if intent.status == "canceled" and intent.cancellation_reason == "automatic":
        raise Refused(Said("PermanentFail", "authorization_expired", f"{intent.id} has expired"))
    if intent.status == "canceled":
        raise Refused(Said("PermanentFail", "authorization_voided", f"{intent.id} was released"))
    raise Refused(Said("ValidationError", "not_authorized", f"{intent.id} is not authorized: {intent.status}"))


def _given_back(released: int, refunds: Sequence[Refund]) -> int:
    """Return the sum of the refunds. The part of an authorization that a capture released is kept as a refund, too, by
    some versions of the API: one such refund, which has no key of ours, is no money given back.
    """
    total = sum(refund.amount for refund in refunds if refund.counts)
    is_listed = released > 0 and any(refund.amount == released and KEY not in refund.metadata for refund in refunds)
    return total - released if is_listed else total
