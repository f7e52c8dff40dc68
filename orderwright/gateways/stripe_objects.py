"""The fields of Stripe's objects that we read. What an older server or a stand-in for Stripe leaves out has a default.

Our keys are kept at Stripe in metadata: that of the request that made an object in `KEY`; and on a PaymentIntent, which
a capture or a cancellation only changes, that of the request which claims to do so, with amount and time of the claim.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

KEY = "orderwright_key"
CAPTURE = "orderwright_capture"
VOID = "orderwright_void"
AMOUNT_SUFFIX = "_amount"
TIME_SUFFIX = "_at"

T = TypeVar("T", bound=msgspec.Struct)


class Card(msgspec.Struct, frozen=True):
    """`capture_before`: when an authorization lapses, in seconds since 1970."""

    capture_before: int | None = None


class MethodDetails(msgspec.Struct, frozen=True):
    """How a charge was paid."""

    card: Card | None = None


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """Money moved or reserved by a card. `amount` is all that was authorized; `amount_captured` None if not told."""

    id: str
    amount: int
    currency: str
    created: int = 0
    captured: bool = False
    amount_captured: int | None = None
    payment_intent: str | None = None
    payment_method_details: MethodDetails | None = None

    @property
    def expires_at(self) -> datetime | None:
        """When the authorization lapses, if Stripe says."""
        card = self.payment_method_details.card if self.payment_method_details else None
        return moment(card.capture_before) if card and card.capture_before else None


class PaymentError(msgspec.Struct, frozen=True, kw_only=True):
    """Why the last try to charge failed."""

    code: str | None = None
    decline_code: str | None = None
    message: str | None = None


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A PaymentIntent: an authorization, and once captured the capture of it."""

    id: str
    amount: int
    currency: str
    status: str
    created: int = 0
    amount_capturable: int | None = None
    amount_received: int | None = None
    cancellation_reason: str | None = None
    canceled_at: int | None = None
    capture_method: str = ""
    latest_charge: Charge | str | None = None
    last_payment_error: PaymentError | None = None
    metadata: dict[str, str] = {}

    @property
    def is_sale(self) -> bool:
        """Whether it takes the money at once instead of waiting for a capture."""
        return self.capture_method in {"automatic", "automatic_async"}

    @property
    def charge_id(self) -> str | None:
        """The number of the charge, which is that of the capture."""
        return self.latest_charge.id if isinstance(self.latest_charge, Charge) else self.latest_charge

    @property
    def expires_at(self) -> datetime | None:
        """When the authorization lapses, if Stripe says."""
        return self.latest_charge.expires_at if isinstance(self.latest_charge, Charge) else None

    def claimed(self, claim: str) -> int | None:
        """Return the amount that the request behind `claim` asked for."""
        text = self.metadata.get(claim + AMOUNT_SUFFIX, "")
        return int(text) if text.isdecimal() else None

    def claimed_at(self, claim: str) -> datetime | None:
        """Return when the request behind `claim` was about to be sent."""
        text = self.metadata.get(claim + TIME_SUFFIX)
        return datetime.fromisoformat(text) if text else None


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money given back."""

    id: str
    amount: int
    currency: str
    status: str | None = None
    created: int = 0
    failure_reason: str | None = None
    charge: str | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] = {}

    @property
    def counts(self) -> bool:
        """Whether it takes from what can still be refunded."""
        return self.status not in {"failed", "canceled"}


class BalanceTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """The entry of a movement in Stripe's own books; for a charge it is made as money is captured."""

    created: int


class ListedCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A charge as it is listed, with its PaymentIntent and its entry in the books."""

    id: str
    amount: int
    currency: str
    created: int
    status: str = ""
    captured: bool = False
    amount_captured: int | None = None
    payment_intent: Intent | str | None = None
    balance_transaction: BalanceTransaction | str | None = None


def read(kind: type[T], stripe_object: Any) -> T:
    """Return what we need of an object of Stripe's library."""
    return msgspec.convert(stripe_object.to_dict(), kind)


def moment(seconds: int) -> datetime | None:
    """Return a time of Stripe's; None for one it did not say."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
