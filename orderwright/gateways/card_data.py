"""What a payment method is before it has a token: card or bank data, and how to keep it out of everything that is kept.

None of it is stored or logged: no repr shows it, and only the last four digits of a number may be shown at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

HIDDEN = "hidden"
_SHORTEST_NUMBER = 8
"""Of a number with fewer digits than this, four would be too many to show."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the bills of a payment method go. `country` is an ISO 3166 code."""

    street: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    postal_code: str | None = None
    company_name: str | None = None


class CardDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A card as its holder reads it out. `expiry_year` has four digits; `card_number` may have spaces and dashes."""

    card_number: str
    expiry_month: int
    expiry_year: int
    cvv: str | None = None
    card_holder_name: str | None = None
    card_holder_first_name: str | None = None
    card_holder_last_name: str | None = None
    card_type: str | None = None
    card_category: str | None = None
    start_month: int | None = None
    start_year: int | None = None
    email: str | None = None

    @property
    def digits(self) -> str:
        """The number as it is sent: without spaces and dashes."""
        return re.sub(r"[ -]", "", self.card_number)

    @property
    def last_four(self) -> str:
        """The digits that may be shown; none of what is too short to be a card's number."""
        return last_four(self.digits)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.digits, self.cvv)))

    def __repr__(self) -> str:
        return f"CardDetails(ending in {self.last_four or HIDDEN}, the rest hidden)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("ending in", self.last_four or HIDDEN)]


class BankDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A bank account. `bank_code` is the nine-digit routing number, or what `bank_type` has in its place."""

    account_number: str
    bank_code: str
    account_holder_name: str
    account_holder_type: str | None = None
    account_type: str | None = None
    bank_type: str | None = None
    email: str | None = None

    @property
    def last_four(self) -> str:
        """The digits that may be shown; none of what is too short."""
        return last_four(self.account_number)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.account_number,)))

    def __repr__(self) -> str:
        return f"BankDetails(ending in {self.last_four or HIDDEN}, the rest hidden)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("ending in", self.last_four or HIDDEN)]


def last_four(number: str) -> str:
    """Return the last four characters, or nothing of a number that is short enough to be guessed from them."""
    return number[-4:] if len(number) >= _SHORTEST_NUMBER else ""


def without(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with each secret that stands in it hidden, also where it is written in groups.

    A secret within a longer word or number is left: three digits of a security code are in many other numbers.
    """
    for secret in secrets:
        grouped = "[ -]?".join(re.escape(character) for character in secret)
        text = re.sub(rf"(?<!\w){grouped}(?!\w)", HIDDEN, text)
    return text
