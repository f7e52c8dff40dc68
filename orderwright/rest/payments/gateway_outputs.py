"""What payment resources tell of the gateway: its answer, why it failed, and the logs of the exchange.

An answer that is not a success is no refusal of a rule: the exchange happened and is kept, so it is told in an output
like a success, with `error` filled and the record that was not made null.

Source: returns-payments-inventory.yaml#payments.types.GatewayResponseFields (documented; codes of `error` inferred).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from orderwright.gateways.protocol import GatewayResponse, SfResultCode, TokenizeResponse
from orderwright.objects.definition import Id
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.rest.codec import Since
from orderwright.rest.payments.hidden import Hidden, pairs_without_secrets, repr_without_secrets
from orderwright.rest.payments.payment_method_outputs import PaymentMethodDetails
from orderwright.rest.representations import ErrorResponse


class GatewayResponseOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the gateway said of a capture, refund, sale or reversal; `salesforceResultCode` is its meaning for us."""

    gateway_avs_code: str | None = None
    gateway_date: dt.datetime | None = None
    gateway_message: str | None = None
    gateway_reference_details: str | None = None
    gateway_reference_number: str | None = None
    gateway_result_code: str | None = None
    gateway_result_code_description: str | None = None
    salesforce_result_code: str


class AuthorizationGatewayResponseOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the gateway said of an authorization."""

    gateway_authorization_code: str | None = None
    gateway_avs_code: str | None = None
    gateway_date: dt.datetime | None = None
    gateway_message: str | None = None
    gateway_reference_details: str | None = None
    gateway_reference_number: str | None = None
    gateway_result_code: str | None = None
    gateway_result_code_description: str | None = None
    salesforce_result_code: str


class PostAuthGatewayResponseOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the gateway said of an authorization made in the shop."""

    gateway_authorization_code: str | None = None
    gateway_avs_code: str | None = None
    gateway_date: dt.datetime | None = None
    gateway_message: str | None = None
    gateway_reference_details: str | None = None
    gateway_reference_number: str | None = None
    gateway_result_code: str | None = None
    gateway_result_code_description: str | None = None
    payment_method_details: Annotated[PaymentMethodDetails | None, Since(56)] = None
    salesforce_result_code: str


class PaymentMethodTokenizationGatewayResponseOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the gateway said of a card or bank account, and its token for it."""

    gateway_avs_code: str | None = None
    gateway_date: dt.datetime | None = None
    gateway_message: str | None = None
    gateway_result_code: str | None = None
    gateway_result_code_description: str | None = None
    gateway_token: Annotated[str | None, Hidden()] = None
    salesforce_result_code: str

    __repr__ = repr_without_secrets
    __rich_repr__ = pairs_without_secrets


class GatewayLogOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The log of one exchange; what was said in full is in the PaymentGatewayLog record."""

    created_date: dt.datetime | None = None
    gateway_result_code: str | None = None
    id: Id
    interaction_status: str | None = None


def gateway_response_output(response: GatewayResponse) -> GatewayResponseOutput:
    """The answer to a capture, refund, sale or reversal."""
    return GatewayResponseOutput(gateway_reference_number=response.gateway_ref_number, **_said(response))


def authorization_response_output(response: GatewayResponse) -> AuthorizationGatewayResponseOutput:
    """The answer to an authorization; the gateway protocol has no approval code beside the reference number."""
    return AuthorizationGatewayResponseOutput(gateway_reference_number=response.gateway_ref_number, **_said(response))


def post_auth_response_output(
    response: GatewayResponse, details: PaymentMethodDetails | None = None
) -> PostAuthGatewayResponseOutput:
    """The answer about an authorization made in the shop; `details` of the method, if the gateway tells them."""
    return PostAuthGatewayResponseOutput(
        gateway_reference_number=response.gateway_ref_number, payment_method_details=details, **_said(response)
    )


def tokenization_response_output(response: TokenizeResponse) -> PaymentMethodTokenizationGatewayResponseOutput:
    """The answer about a card or bank account, with the token it is kept under, which is its point."""
    return PaymentMethodTokenizationGatewayResponseOutput(gateway_token=response.gateway_token, **_said(response))


def _said(response: GatewayResponse | TokenizeResponse) -> dict[str, Any]:
    return {
        "gateway_date": response.gateway_date,
        "gateway_message": response.gateway_message,
        "gateway_result_code": response.gateway_result_code,
        "salesforce_result_code": response.sf_result_code,
    }


def log_output(log: PaymentGatewayLog) -> GatewayLogOutput:
    """A saved log; without a date of creation, as before it is saved, that of the exchange."""
    return GatewayLogOutput(
        created_date=log.created_date or log.gateway_date,
        gateway_result_code=log.gateway_result_code,
        id=log.id,
        interaction_status=log.interaction_status,
    )


WAYS_OUT: Mapping[SfResultCode, str] = {
    "Decline": "the gateway declined; nothing moved, and it may be tried again under a new idempotency key",
    "PermanentFail": "the gateway refused for good; nothing moved, use another payment method",
    "ValidationError": "the gateway found the request wrong; nothing moved, correct it",
    "SystemError": "the gateway was not reached; send the request again under the same idempotency key",
    "RequiresReview": "the gateway looks into it; the amount stays pending until it has decided",
    "Indeterminate": "the gateway gave no answer; the amount stays pending until it is known, do not pay it again",
}
"""What each result but Success means for the caller, and what to do."""

WAYS_OUT_WITHOUT_MONEY: Mapping[SfResultCode, str] = {
    **WAYS_OUT,
    "RequiresReview": "the gateway looks into it; ask for the token again later",
    "Indeterminate": "the gateway gave no answer; no money has moved, so the token may be asked for again",
}
"""The same for a token, which moves no money."""


def gateway_error(response: GatewayResponse) -> ErrorResponse | None:
    """Why nothing moved, or may not have: `errorCode` is the result code, the gateway's own code stands in its answer.

    None for a success, and for an answer that is yet to come from a gateway that took the request.
    """
    return None if response.pending else _error(response, WAYS_OUT)


def tokenization_error(response: TokenizeResponse) -> ErrorResponse | None:
    """Why there is no token; None for a success."""
    return _error(response, WAYS_OUT_WITHOUT_MONEY)


def _error(response: GatewayResponse | TokenizeResponse, ways_out: Mapping[SfResultCode, str]) -> ErrorResponse | None:
    if response.sf_result_code == "Success":
        return None
    said = f": {response.gateway_message}" if response.gateway_message else ""
    return ErrorResponse(error_code=response.sf_result_code, message=ways_out[response.sf_result_code] + said)
