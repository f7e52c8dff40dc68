"""The JSON that the HTTP adapter sends and reads. What it means is written for its readers in docs/gateways.md."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from orderwright.arithmetic.money import plain
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

Request = AuthorizeRequest | CaptureRequest | RefundRequest | VoidRequest | SaleRequest | PostAuthorizeRequest

Moment = Annotated[datetime, msgspec.Meta(tz=True)]

PATHS: dict[type[Request], str] = {
    AuthorizeRequest: "/authorizations",
    CaptureRequest: "/captures",
    RefundRequest: "/refunds",
    VoidRequest: "/voids",
    SaleRequest: "/sales",
    PostAuthorizeRequest: "/post-authorizations",
}
NOT_OFFERED = 404
"""A signed answer with this status to one of `OPTIONAL` says that the gateway does not have it."""
OPTIONAL = (SaleRequest, PostAuthorizeRequest)


class WireAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a 200. Unknown fields are ignored, so that the contract can grow."""

    idempotency_key: str
    result: SfResultCode
    amount: Decimal
    gateway_ref_number: str | None = None
    gateway_result_code: str | None = None
    gateway_message: str | None = None
    gateway_date: Moment | None = None
    duplicate: bool = False
    pending: bool = False
    expires_at: Moment | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a 4xx or 503: nothing was done, and why."""

    code: str = "refused"
    message: str = "The gateway refused the request"


class Contradiction(ValueError):
    """The answer does not fit its question, so it cannot be believed. Says where."""


def wire_body(request: Request) -> bytes:
    """Return the request as JSON; amounts as text."""
    return msgspec.json.encode(request)


def log_text(request: Request) -> str:
    """Return what may be logged of the request: all but the payment method's token."""
    fields: dict[str, Any] = msgspec.to_builtins(request)
    fields.pop("payment_method_token", None)
    return msgspec.json.encode({"operation": type(request).__name__.removesuffix("Request"), **fields}).decode()


def read_answer_to(request: Request, body: bytes, log: str) -> GatewayResponse:
    """Return what a 200 says, its texts without the token. Raises as `read_answer` does."""
    answer = read_answer(body, request.idempotency_key, request.amount, log)
    token = token_of(request)
    if isinstance(request, PostAuthorizeRequest) and answer.gateway_ref_number == token:
        # It is the number of the authorization, which is no secret.
        return answer
    return msgspec.structs.replace(
        answer,
        gateway_result_code=answer.gateway_result_code and hide(answer.gateway_result_code, token),
        gateway_message=answer.gateway_message and hide(answer.gateway_message, token),
        response=hide(answer.response, token),
    )


def token_of(request: Request) -> str:
    """Return the payment method's token; nothing where there is none."""
    return "" if isinstance(request, CaptureRequest | RefundRequest | VoidRequest) else request.payment_method_token


def hide(text: str, token: str) -> str:
    """Return what the other side said without the token, should it have repeated it. JSON may escape a slash."""
    return text.replace(token, HIDDEN).replace(token.replace("/", "\\/"), HIDDEN) if token else text


def key_path(idempotency_key: str) -> str:
    """Return the path below which a key's answer is: a hash, as a key may hold anything."""
    return f"/answers/{hashlib.sha256(idempotency_key.encode()).hexdigest()}"


def read_answer(body: bytes, idempotency_key: str, amount: Decimal | None, log: str) -> GatewayResponse:
    """Return what a 200 says. `amount`: what was asked for; None when only the key is known.

    Raises msgspec.DecodeError, and Contradiction when it answers another question or says what cannot be.
    """
    answer = msgspec.json.decode(body, type=WireAnswer)
    _refuse_unless_fitting(answer, idempotency_key, amount)
    return GatewayResponse(
        sf_result_code=answer.result,
        gateway_ref_number=answer.gateway_ref_number if answer.result == "Success" else None,
        gateway_result_code=answer.gateway_result_code,
        gateway_message=answer.gateway_message,
        amount=answer.amount,
        gateway_date=answer.gateway_date,
        duplicate=answer.duplicate,
        pending=answer.pending,
        expires_at=answer.expires_at,
        request=log,
        response=body.decode(),
    )


def _refuse_unless_fitting(answer: WireAnswer, idempotency_key: str, amount: Decimal | None) -> None:
    if answer.idempotency_key != idempotency_key:
        raise Contradiction("it answers another idempotency key")
    # NaN compares with nothing.
    if not answer.amount.is_finite() or answer.amount <= 0:
        raise Contradiction(f"{plain(answer.amount)} is no amount")
    if amount is not None and answer.amount != amount:
        raise Contradiction(f"it speaks of {plain(answer.amount)} and not of {amount:f}")
    if answer.result == "Success" and not answer.gateway_ref_number:
        raise Contradiction("it is a success without a gateway_ref_number")
    if answer.pending and answer.result != "Indeterminate":
        raise Contradiction("only Indeterminate can be pending")
