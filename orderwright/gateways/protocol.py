"""What a payment gateway is asked, what it answers, and what it can do.

Two promises carry everything else. A gateway never raises for what a provider says or fails to say: every outcome is
a `GatewayResponse`; only a programming error raises. And every request carries an idempotency key, under which it moves
money at most once, however often it is sent.

Amounts are positive, in the currency beside them, at its ISO 4217 scale.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from orderwright.gateways.card_data import HIDDEN, Address, BankDetails, CardDetails, without

SfResultCode = Literal[
    "Success", "Decline", "PermanentFail", "RequiresReview", "ValidationError", "SystemError", "Indeterminate"
]
"""What an answer means for us, whatever the provider calls it.

Decline may be tried again under a new key, PermanentFail and ValidationError may not. SystemError: this sending ended
before the provider was reached; that says nothing of an earlier sending under the same key. Indeterminate: no answer
came, so money may have moved; `look_up` before anything else is tried, and keep the amount pending until then.
Source: Apex commercepayments SalesforceResultCode (documented).
"""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway can do; what it cannot is not asked of it.

    `multiple_capture`: an authorization may be captured in several pieces. Without it the first capture ends the
    authorization, and a second one may be asked for only when the first was refused for good. `partial_void`: a void
    may release a part of what is left; without it, only all of it. `reauthorize`: `authorize` may be asked again with
    the payment method token of an authorization that expired. `needs_lines`: it wants the order's lines with each
    capture. `asynchronous`: an answer may be `pending`, and a notification says later what became of the request.
    """

    partial_capture: bool
    multiple_capture: bool
    partial_refund: bool
    void: bool
    partial_void: bool = True
    reauthorize: bool
    needs_lines: bool
    asynchronous: bool


class AuthorizationReference(msgspec.Struct, frozen=True, kw_only=True):
    """The authorization to capture from or to void: the gateway's number for it, and what our own record says.

    `amount` is the whole authorized amount, not what is left of it. `our_id` is the PaymentAuthorization.
    """

    gateway_ref_number: str | None
    amount: Decimal
    currency_iso_code: str
    our_id: str


class PaymentReference(msgspec.Struct, frozen=True, kw_only=True):
    """The captured money to refund: the gateway's number of the capture, and what our own record says.

    `amount` is the whole captured amount, not what is left of it. `our_id` is the Payment.
    """

    gateway_ref_number: str | None
    amount: Decimal
    currency_iso_code: str
    our_id: str


class AuthorizeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Reserve `amount` on the payment method behind `payment_method_token`, which is a secret and never shown."""

    idempotency_key: str
    amount: Decimal
    currency_iso_code: str
    payment_method_token: str

    def __repr__(self) -> str:
        """Leave out the token: requests end up in logs and tracebacks."""
        return f"AuthorizeRequest({_shown(self)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Leave it out of the tracebacks that rich draws, too."""
        return [("shown", _shown(self))]


class SaleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Take `amount` from the payment method behind `payment_method_token` at once; the token is a secret."""

    idempotency_key: str
    amount: Decimal
    currency_iso_code: str
    payment_method_token: str

    def __repr__(self) -> str:
        return f"SaleRequest({_shown(self)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("shown", _shown(self))]


class PostAuthorizeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Record an authorization of exactly `amount` that the payer's device made with the provider.

    `payment_method_token` is the provider's number or token of what was made there; it is treated as a secret.
    """

    idempotency_key: str
    amount: Decimal
    currency_iso_code: str
    payment_method_token: str

    def __repr__(self) -> str:
        return f"PostAuthorizeRequest({_shown(self)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("shown", _shown(self))]


def _shown(request: AuthorizeRequest | SaleRequest | PostAuthorizeRequest) -> str:
    return f"{request.idempotency_key!r}, {request.amount:f} {request.currency_iso_code}, token {HIDDEN}"


class TokenizeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Make a token of a payment method: a card, or a bank account, never both."""

    idempotency_key: str
    card: CardDetails | None = None
    bank: BankDetails | None = None
    address: Address | None = None

    @property
    def log_text(self) -> str:
        """All that may be logged of it: of the payment method its kind and the last four digits."""
        fields = {"operation": "Tokenize", "idempotency_key": self.idempotency_key}
        if self.card is not None:
            fields |= {"payment_method": "Card", "last_four": self.card.last_four}
        elif self.bank is not None:
            fields |= {"payment_method": "Bank", "last_four": self.bank.last_four}
        return msgspec.json.encode(fields).decode()

    def hide(self, text: str) -> str:
        """Return what a provider said without the numbers it was given, which it may have repeated."""
        secrets = [*(self.card.secrets if self.card else ()), *(self.bank.secrets if self.bank else ())]
        return without(text, secrets)

    def __repr__(self) -> str:
        return f"TokenizeRequest({self.idempotency_key!r}, {self.card or self.bank!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("shown", repr(self))]


class CaptureRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Take `amount` of what is authorized; several captures of one authorization differ in their key."""

    idempotency_key: str
    amount: Decimal
    currency_iso_code: str
    authorization: AuthorizationReference


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Give `amount` of one captured payment back to its payer."""

    idempotency_key: str
    amount: Decimal
    currency_iso_code: str
    payment: PaymentReference


class VoidRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Release `amount` of what is authorized and not captured (an authorization reversal)."""

    idempotency_key: str
    amount: Decimal
    currency_iso_code: str
    authorization: AuthorizationReference


class GatewayResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request.

    `amount` is the amount asked for, which moved if and only if `sf_result_code` is Success.
    `gateway_ref_number` is the provider's number of what was made: an authorization, capture, refund or void. None
    unless Success.
    `duplicate`: the key was known, and this is the answer it got the first time.
    `pending`: the provider took the request and has yet to carry it out; a notification, or `look_up`, says later what
    became of it. Only beside Indeterminate, so whoever does not know the field keeps the amount pending all the same.
    `expires_at`: when the authorization just made lapses, if the provider says.
    `request` and `response` are what goes into the PaymentGatewayLog: JSON without secrets; `response` is empty when
    nothing came back.
    """

    sf_result_code: SfResultCode
    gateway_ref_number: str | None
    gateway_result_code: str | None
    gateway_message: str | None
    amount: Decimal
    gateway_date: datetime | None
    duplicate: bool = False
    pending: bool = False
    expires_at: datetime | None = None
    request: str
    response: str


class TokenizeResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a payment method that was to get a token.

    `gateway_token` stands for the payment method from now on, in `AuthorizeRequest` and `SaleRequest`: a secret, shown
    nowhere, None unless Success. `request` and `response` are what goes into the PaymentGatewayLog: JSON without token,
    security code, or more of a number than its last four digits; `response` is empty when nothing came back.
    Indeterminate: a token may have been made that nobody knows; no money has moved, so it may be asked for again.
    """

    sf_result_code: SfResultCode
    gateway_token: str | None
    gateway_result_code: str | None
    gateway_message: str | None
    gateway_date: datetime | None
    request: str
    response: str

    def __repr__(self) -> str:
        said = f"{self.sf_result_code}, {self.gateway_result_code!r}, {self.gateway_message!r}"
        return f"TokenizeResponse({said}, token {HIDDEN if self.gateway_token else None})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("shown", repr(self))]


class ListedTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """One movement in the provider's books.

    `gateway_ref_number` is what `GatewayResponse` calls by that name; a Sale is one movement, named by its capture.
    `idempotency_key`: of the request that made it; None if none of ours did. `drawn_on`: the gateway's number of the
    authorization that was captured or voided, or of the capture that was refunded. `amount` is positive.
    """

    kind: Literal["Authorize", "Capture", "Refund", "Void", "Sale"]
    gateway_ref_number: str
    idempotency_key: str | None
    drawn_on: str | None
    amount: Decimal
    currency_iso_code: str
    booked_at: datetime


class NotListed(Exception):
    """The provider's books could not be read, or not whole. Says why, in words for people."""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says, unasked, about a capture or refund. It may come twice, late, in any order, or never.

    What it says about a sale, it says about the sale's capture: that is its kind, and its `gateway_ref_number`.

    `notification_id` is the provider's own, the same each time it is delivered. The request it is about is named by
    `idempotency_key`; `gateway_ref_number` is the number of what that made, and names it where no key is given (a
    refund made in the provider's own pages has neither a key of ours nor a request).
    `amount` is positive; it moved if and only if `sf_result_code` is Success. `response` is what may be logged of it.
    """

    notification_id: str
    kind: Literal["Capture", "Refund"]
    idempotency_key: str | None
    gateway_ref_number: str | None
    sf_result_code: SfResultCode
    gateway_result_code: str | None
    gateway_message: str | None
    amount: Decimal
    currency_iso_code: str
    gateway_date: datetime | None
    response: str


class InvalidNotification(ValueError):
    """The message is not from the provider, too old, or not understood. Nothing of it may be believed."""


class Gateway(Protocol):
    """One payment provider, as everything else sees it. Safe to call from several tasks at once."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def authorize(self, request: AuthorizeRequest) -> GatewayResponse: ...

    async def capture(self, request: CaptureRequest) -> GatewayResponse: ...

    async def refund(self, request: RefundRequest) -> GatewayResponse: ...

    async def void(self, request: VoidRequest) -> GatewayResponse: ...

    async def look_up(
        self, idempotency_key: str, drawn_on: AuthorizationReference | PaymentReference | None = None
    ) -> GatewayResponse | None:
        """Return what became of the request sent under the key, its first answer.

        `drawn_on` is what the request captured from, voided or refunded, if it is known. Some providers cannot be asked
        by key alone: with it they look in one place and are sure, without it the answer may be Indeterminate.

        None: the provider has no record of it, so nothing has moved *so far*. A request that is still on its way can
        arrive later: after None, send it again under the same key; never give its amount free on the strength of None.
        Indeterminate: the provider could not be asked, and nothing is known.
        """
        ...

    async def close(self) -> None:
        """Release connections. Nothing else may be called afterwards."""
        ...


@runtime_checkable
class Notifying(Protocol):
    """What a gateway offers beside `Gateway` if its provider sends notifications."""

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Notification | None:
        """Return what the message says, once its signature is verified; None if it is about nothing of ours.

        The names of `headers` may be in any case; `body` is exactly what was received.
        Raises InvalidNotification.
        """
        ...


@runtime_checkable
class Selling(Protocol):
    """What a gateway offers beside `Gateway` if its provider authorizes and captures in one step."""

    async def sale(self, request: SaleRequest) -> GatewayResponse:
        """Take the money. `gateway_ref_number` is the number of the capture: a refund draws on it.

        As for every other request: never raises for what the provider says, moves money once for a key, and `look_up`
        finds its answer.
        """
        ...


@runtime_checkable
class PostAuthorizing(Protocol):
    """What a gateway offers beside `Gateway` if a payer's device can make authorizations with its provider."""

    async def post_authorize(self, request: PostAuthorizeRequest) -> GatewayResponse:
        """Confirm that the authorization is there, in this amount and currency, and can be captured as a whole.

        `gateway_ref_number` is that of the authorization, `expires_at` when it lapses, if the provider says. What has
        been recorded once is refused under another key: one authorization must not be counted twice.
        """
        ...


@runtime_checkable
class Tokenizing(Protocol):
    """What a gateway offers beside `Gateway` if it takes card data, so that nobody else has to keep any."""

    async def tokenize(self, request: TokenizeRequest) -> TokenizeResponse:
        """Return a token for the payment method. Never raises for what the provider says; moves no money."""
        ...


@runtime_checkable
class Listing(Protocol):
    """What a gateway offers beside `Gateway` if its provider's books can be compared with ours."""

    def transactions(self, since: datetime, until: datetime) -> AsyncIterator[ListedTransaction]:
        """Every movement booked from `since` on and before `until`, times with a zone; the oldest first.

        What was refused is not among them, nor what has yet to settle, nor what the provider only knows from elsewhere.
        A movement that is under way may be booked at a time that is just over: a list is final some minutes later.
        Raises NotListed, before the first movement or after some: what came until then is not all.
        """
        ...
