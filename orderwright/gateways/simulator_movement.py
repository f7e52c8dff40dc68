"""What the simulator is asked, in the terms of its books, and what it says of requests that cannot be."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

import asyncpg
import msgspec

from orderwright.arithmetic.money import MONEY_LIMIT, InvalidAmount, UnknownCurrency, is_at_scale, round_money, scale_of
from orderwright.gateways.protocol import SfResultCode

Operation = Literal["Authorize", "Capture", "Refund", "Void", "Sale", "PostAuthorize"]

# What a PostAuthorize is about has its number already.
_PREFIXES: dict[Operation, str] = {
    "Authorize": "sim_auth_",
    "Capture": "sim_cap_",
    "Refund": "sim_ref_",
    "Void": "sim_void_",
    "Sale": "sim_sale_",
}


class Verdict(NamedTuple):
    """What is said of a request: our code for it, the simulator's own, and a sentence."""

    sf_result_code: SfResultCode
    gateway_result_code: str
    gateway_message: str


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One request of any operation, in the terms of the books.

    `reference` is what is drawn on, and `whole` how much that is in all, as the request states it. An Authorize or a
    Sale draws on nothing: it opens `reference`, until `expires_at` if that is known. A PostAuthorize draws nothing from
    it, and opens it if it is not there.
    """

    operation: Operation
    idempotency_key: str
    amount: Decimal
    currency_iso_code: str
    reference: str
    whole: Decimal
    whole_currency_iso_code: str
    asked_at: datetime
    expires_at: datetime | None = None
    token: str = ""

    @property
    def new_reference(self) -> str:
        """The gateway_ref_number that success gives: the same key gets the same one, in any books."""
        if self.operation == "PostAuthorize":
            return self.reference
        return reference_for(self.operation, self.idempotency_key)

    @property
    def may_open(self) -> bool:
        """Whether the reference is opened when the books do not know it. One of our own making must be known."""
        return self.operation in {"Authorize", "Sale"} or not self.reference.startswith(tuple(_PREFIXES.values()))

    @property
    def log_text(self) -> str:
        """What may be shown of the request: all but the token, and what it states of others."""
        names = ("operation", "idempotency_key", "amount", "currency_iso_code", "reference")
        return json_text({name: getattr(self, name) for name in names})

    @property
    def fingerprint(self) -> str:
        """What two requests under one key must have in common. The token counts, but cannot be read from it."""
        return hashlib.sha256(json_text([self.log_text, self.token]).encode()).hexdigest()

    @property
    def arguments(self) -> tuple[object, ...]:
        """$1 to $12 of each of the statements."""
        asked = (self.idempotency_key, self.operation, self.fingerprint, self.log_text, self.amount, self.asked_at)
        drawn = (self.new_reference, self.reference, self.currency_iso_code, self.whole, self.may_open)
        return (*asked, *drawn, self.expires_at)


def reference_for(operation: Operation, idempotency_key: str) -> str:
    """Return the gateway_ref_number of what a request makes, such as `sim_cap_` and 16 hexadecimal digits.

    Raises KeyError for PostAuthorize, which makes nothing.
    """
    return _PREFIXES[operation] + hashlib.sha256(idempotency_key.encode()).hexdigest()[:16]


def malformed(movement: Movement) -> Verdict | None:
    """Return why no books are needed to refuse the request, or None."""
    if not movement.idempotency_key or not movement.reference:
        return Verdict("ValidationError", "field_missing", "An idempotency key and a reference are needed")
    try:
        scale = scale_of(movement.currency_iso_code)
        round_money(movement.amount, scale)
    except UnknownCurrency as error:
        return Verdict("ValidationError", "currency_unknown", str(error))
    except InvalidAmount as error:
        return Verdict("ValidationError", "amount_invalid", str(error))
    if movement.amount <= 0:
        return Verdict("ValidationError", "amount_invalid", f"{movement.amount:f} is not above zero")
    if not is_at_scale(movement.amount, scale):
        return Verdict("ValidationError", "amount_invalid", f"{movement.amount:f} has more than {scale} decimals")
    return None


def contradiction(movement: Movement) -> Verdict | None:
    """Return why the request is at odds with what it states itself about what it draws on, or None."""
    if movement.whole_currency_iso_code != movement.currency_iso_code:
        return _wrong_currency(movement, movement.whole_currency_iso_code)
    # NaN compares with nothing, and the books could not hold infinity.
    if not movement.whole.is_finite() or not movement.amount <= movement.whole < MONEY_LIMIT:
        return _too_much(movement, movement.whole)
    return None


def misfit(movement: Movement, known: asyncpg.Record | None) -> Verdict | None:
    """Return why the amount does not fit what the books know of its reference (None: nothing); None if it fits."""
    if known is None:
        return Verdict("ValidationError", "reference_unknown", f"{movement.reference} is not in the books")
    fits = _ready if movement.operation == "PostAuthorize" else _enough_left
    return _unusable(movement, known) or fits(movement, known)


def _unusable(movement: Movement, known: asyncpg.Record) -> Verdict | None:
    if known["currency_iso_code"] != movement.currency_iso_code:
        return _wrong_currency(movement, known["currency_iso_code"])
    is_for_captures = movement.operation in {"Capture", "PostAuthorize"}
    if is_for_captures and known["expires_at"] and known["expires_at"] <= movement.asked_at:
        return Verdict("PermanentFail", "authorization_expired", f"{movement.reference} has expired")
    return None


def _enough_left(movement: Movement, known: asyncpg.Record) -> Verdict | None:
    left: Decimal = known["whole"] - known["used"]
    if movement.amount <= left:
        return None
    if known["voided"]:
        return Verdict(
            "PermanentFail", "authorization_voided", f"{movement.reference} was voided, {left:f} is left of it"
        )
    return _too_much(movement, left)


def _ready(movement: Movement, known: asyncpg.Record) -> Verdict | None:
    """Return why an authorization that was made elsewhere cannot be recorded, or None."""
    if known["whole"] != movement.amount:
        message = f"{movement.reference} is over {known['whole']}, not over {movement.amount:f}"
        return Verdict("ValidationError", "amount_mismatch", message)
    if known["voided"]:
        return Verdict("PermanentFail", "authorization_voided", f"{movement.reference} was voided")
    if known["used"]:
        return Verdict("PermanentFail", "authorization_captured", f"{movement.reference} was captured from")
    if known["post_authorized_by"] is not None:
        return Verdict("PermanentFail", "authorization_recorded", f"{movement.reference} has been recorded before")
    return None


def _wrong_currency(movement: Movement, expected: str) -> Verdict:
    message = f"{movement.reference} is in {expected}, not in {movement.currency_iso_code}"
    return Verdict("ValidationError", "currency_mismatch", message)


def _too_much(movement: Movement, left: Decimal) -> Verdict:
    limit = "capture" if movement.operation == "Refund" else "authorization"
    message = f"{movement.amount:f} {movement.currency_iso_code} is more than the {left:f} left of {movement.reference}"
    return Verdict("PermanentFail", f"amount_above_{limit}", message)


def json_text(value: object) -> str:
    """Return `value` as compact JSON; amounts as text."""
    return msgspec.json.encode(value).decode()
