"""From what Stripe and its library say to a GatewayResponse: codes, messages and what may be logged."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import httpx
import msgspec
import stripe

from orderwright.gateways.card_data import HIDDEN
from orderwright.gateways.protocol import (
    AuthorizeRequest,
    CaptureRequest,
    GatewayResponse,
    PostAuthorizeRequest,
    RefundRequest,
    SaleRequest,
    SfResultCode,
    VoidRequest,
)
from orderwright.gateways.stripe_money import from_stripe_units
from orderwright.gateways.stripe_objects import CAPTURE, VOID, Intent, Refund, moment

Request = AuthorizeRequest | CaptureRequest | RefundRequest | VoidRequest | SaleRequest | PostAuthorizeRequest

# Refusals that stand however often they are asked for, and the one that time may mend.
_FOR_GOOD = {
    "amount_too_large",
    "charge_already_captured",
    "charge_already_refunded",
    "charge_disputed",
    "charge_expired_for_capture",
    "payment_intent_unexpected_state",
}
_FOR_NOW = {"balance_insufficient"}

# The request had not left this machine, so Stripe has not seen it.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Said(NamedTuple):
    """A verdict on a request, in our code and in Stripe's, with a sentence."""

    sf_result_code: SfResultCode
    code: str
    message: str


def said(request: Request, verdict: Said, response: str = "") -> GatewayResponse:
    """Return the answer to a request that moved nothing, or about which nothing is known; no token is repeated."""
    verdict = verdict._replace(message=_without_token(request, verdict.message))
    return _response(log_text(request), verdict, request.amount, response=_without_token(request, response))


def _without_token(request: Request, text: str) -> str:
    # Stripe names the object that it does not know.
    if isinstance(request, AuthorizeRequest | SaleRequest):
        for part in filter(None, request.payment_method_token.split("/")):
            text = text.replace(part, HIDDEN)
    return text


def verdict_on(error: BaseException) -> Said:
    """Return what an error of the library means for money that was asked to move."""
    if isinstance(error, TimeoutError):
        return Said("Indeterminate", "timeout", "No answer came in time")
    if isinstance(error, stripe.APIConnectionError):
        cause = error.__cause__
        if isinstance(cause, _NOT_SENT):
            return Said("SystemError", "unreachable", f"Stripe could not be reached: {cause}")
        return Said("Indeterminate", "no_answer", f"The answer was lost: {type(cause).__name__}")
    message = getattr(error, "user_message", None) or str(error)
    return Said(*_coded(error), message)


def _coded(error: BaseException) -> tuple[SfResultCode, str]:
    code: str = getattr(error, "code", None) or ""
    if isinstance(error, stripe.CardError):
        decline = error.error.decline_code if error.error and hasattr(error.error, "decline_code") else None
        return "Decline", decline or code or "card_declined"
    if isinstance(error, stripe.RateLimitError):
        return "SystemError", code or "rate_limit"
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return "SystemError", code or "not_permitted"
    if isinstance(error, stripe.IdempotencyError):
        return "ValidationError", code or "idempotency_key_reused"
    if isinstance(error, stripe.InvalidRequestError):
        refusal: SfResultCode = "PermanentFail" if code in _FOR_GOOD else "ValidationError"
        return "Decline" if code in _FOR_NOW else refusal, code or "invalid_request"
    # A fault at Stripe (5xx), or a request under the same key that is still under way (409).
    return "Indeterminate", code or "api_error"


def failed(request: Request, error: BaseException) -> GatewayResponse:
    """Return the answer to a request whose call to move money raised."""
    return said(request, verdict_on(error), error_text(error))


def not_begun(request: Request, error: BaseException) -> GatewayResponse:
    """Return the answer when the questions before that call raised: whatever it was, nothing was asked to move."""
    verdict = verdict_on(error)
    if verdict.sf_result_code == "Indeterminate":
        verdict = verdict._replace(sf_result_code="SystemError")
    return said(request, verdict, error_text(error))


def authorized(request: str, intent: Intent, *, duplicate: bool) -> GatewayResponse:
    """Return what became of an authorization, or of a sale: its reference is the charge."""
    amount = from_stripe_units(intent.amount, intent.currency)
    known = {"response": _shown(intent), "gateway_date": moment(intent.created), "duplicate": duplicate}
    if intent.is_sale and intent.status == "succeeded":
        verdict = Said("Success", intent.status, "Sold")
        return _response(request, verdict, amount, gateway_ref_number=intent.charge_id, **known)
    # An intent that was cancelled or lapsed later was authorized first; a refused one keeps its error.
    if not intent.is_sale and intent.charge_id and intent.last_payment_error is None and intent.status != "processing":
        verdict = Said("Success", intent.status, "Authorized")
        return _response(request, verdict, amount, gateway_ref_number=intent.id, expires_at=intent.expires_at, **known)
    if intent.status == "processing":
        verdict = Said("Indeterminate", intent.status, "Stripe is still working on it")
        return _response(request, verdict, amount, pending=True, **known)
    if intent.last_payment_error is not None:
        why = intent.last_payment_error
        verdict = Said("Decline", why.decline_code or why.code or "card_declined", why.message or "Declined")
    else:
        verdict = Said("Decline", "authentication_required", "The payer has to confirm this payment with the bank")
    return _response(request, verdict, amount, **known)


def recorded(request: str, intent: Intent, *, duplicate: bool) -> GatewayResponse:
    """Return the answer to the recording of an authorization that was made elsewhere."""
    return _response(
        request,
        Said("Success", intent.status, "Ready to be captured"),
        from_stripe_units(intent.amount, intent.currency),
        gateway_ref_number=intent.id,
        gateway_date=moment(intent.created),
        expires_at=intent.expires_at,
        response=_shown(intent),
        duplicate=duplicate,
    )


def captured(request: str, intent: Intent, *, duplicate: bool) -> GatewayResponse:
    """Return the answer to the capture that the intent's claim names. Its reference is the charge."""
    units = intent.claimed(CAPTURE) or intent.amount_received or intent.amount
    return _response(
        request,
        Said("Success", intent.status, "Captured"),
        from_stripe_units(units, intent.currency),
        gateway_ref_number=intent.charge_id,
        response=_shown(intent),
        duplicate=duplicate,
    )


def voided(request: str, intent: Intent, *, duplicate: bool) -> GatewayResponse:
    """Return the answer to the void that the intent's claim names."""
    return _response(
        request,
        Said("Success", intent.status, "Released"),
        from_stripe_units(intent.claimed(VOID) or intent.amount, intent.currency),
        gateway_ref_number=intent.id,
        response=_shown(intent),
        duplicate=duplicate,
    )


def refunded(request: str, refund: Refund, *, duplicate: bool) -> GatewayResponse:
    """Return what became of a refund."""
    verdict = refund_verdict(refund)
    return _response(
        request,
        verdict,
        from_stripe_units(refund.amount, refund.currency),
        gateway_ref_number=refund.id if verdict.sf_result_code == "Success" else None,
        gateway_date=moment(refund.created),
        pending=verdict.sf_result_code == "Indeterminate",
        response=_shown(refund),
        duplicate=duplicate,
    )


def refund_verdict(refund: Refund) -> Said:
    """Return what a refund's status means."""
    status = refund.status or "unknown"
    if status == "succeeded":
        return Said("Success", status, "Refunded")
    if refund.counts:
        return Said("Indeterminate", status, "Stripe is still working on the refund")
    return Said("Decline", refund.failure_reason or status, f"The refund {status}")


def not_looked_up(request: str, why: Said) -> GatewayResponse:
    """Return what is made of it when it could not be found out what became of a key."""
    return _response(request, why._replace(sf_result_code="Indeterminate"), Decimal(0))


def log_text(request: Request) -> str:
    """Return what may be logged of a request: all but the payment method's token."""
    fields: dict[str, Any] = msgspec.to_builtins(request)
    fields.pop("payment_method_token", None)
    return msgspec.json.encode({"operation": type(request).__name__.removesuffix("Request"), **fields}).decode()


def _response(request: str, verdict: Said, amount: Decimal, **known: Any) -> GatewayResponse:
    fields: dict[str, Any] = {"gateway_ref_number": None, "gateway_date": None, "response": "", **known}
    return GatewayResponse(
        sf_result_code=verdict.sf_result_code,
        gateway_result_code=verdict.code,
        gateway_message=verdict.message,
        amount=amount,
        request=request,
        **fields,
    )


def _shown(stripe_object: Intent | Refund) -> str:
    """What is logged: the fields we read, among which there is no secret."""
    return msgspec.json.encode(stripe_object).decode()


def error_text(error: BaseException) -> str:
    """Return what is logged of an error: its head, without the objects beside it, which hold client secrets."""
    if not isinstance(error, stripe.StripeError) or error.http_status is None:
        return ""
    head = {"http_status": error.http_status, "request_id": error.request_id, "code": error.code}
    return msgspec.json.encode({**head, "message": error.user_message}).decode()
