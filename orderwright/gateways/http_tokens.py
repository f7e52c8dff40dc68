"""Tokens by the HTTP contract: card data out, a token in, and neither in anything that is kept."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from orderwright.gateways.card_data import HIDDEN
from orderwright.gateways.http_contract import Contradiction, Moment
from orderwright.gateways.http_refusals import Verdict
from orderwright.gateways.protocol import SfResultCode, TokenizeRequest, TokenizeResponse

PATH = "/payment-methods"


class WireToken(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a 200. Unknown fields are ignored, and not logged."""

    idempotency_key: str
    result: SfResultCode
    gateway_token: str | None = None
    gateway_result_code: str | None = None
    gateway_message: str | None = None
    gateway_date: Moment | None = None


def token_body(request: TokenizeRequest) -> bytes:
    """Return the request as JSON, its card number in digits alone."""
    if request.card is not None:
        request = replace(request, card=replace(request.card, card_number=request.card.digits))
    return msgspec.json.encode(request)


def read_token(body: bytes, request: TokenizeRequest) -> TokenizeResponse:
    """Return what a 200 says. Raises msgspec.DecodeError and Contradiction."""
    answer = msgspec.json.decode(body, type=WireToken)
    if answer.idempotency_key != request.idempotency_key:
        raise Contradiction("it answers another idempotency key")
    if answer.result == "Success" and not answer.gateway_token:
        raise Contradiction("it is a success without a gateway_token")
    code, message = (_shown(text, request, answer) for text in (answer.gateway_result_code, answer.gateway_message))
    logged = replace(answer, gateway_token=None, gateway_result_code=code, gateway_message=message)
    return TokenizeResponse(
        sf_result_code=answer.result,
        gateway_token=answer.gateway_token if answer.result == "Success" else None,
        gateway_result_code=code,
        gateway_message=message,
        gateway_date=answer.gateway_date,
        request=request.log_text,
        response=msgspec.json.encode(logged).decode(),
    )


def no_token(request: TokenizeRequest, verdict: Verdict) -> TokenizeResponse:
    """Return what is made of it when there was no 200."""
    return TokenizeResponse(
        sf_result_code=verdict.sf_result_code,
        gateway_token=None,
        gateway_result_code=request.hide(verdict.code),
        gateway_message=request.hide(verdict.message),
        gateway_date=None,
        request=request.log_text,
        response="",
    )


def _shown(text: str | None, request: TokenizeRequest, answer: WireToken) -> str | None:
    if text is None:
        return None
    if answer.gateway_token:
        text = text.replace(answer.gateway_token, HIDDEN)
    return request.hide(text)
