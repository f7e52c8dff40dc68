"""Payment methods as payment resources show them, without what could be paid with.

Source: returns-payments-inventory.yaml#payments.types.PaymentMethodOutput, PaymentMethodDetails (documented).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from orderwright.objects.definition import Id
from orderwright.objects.payment_method import AlternativePaymentMethod, CardPaymentMethod, DigitalWallet
from orderwright.rest.codec import Since

StoredMethod = CardPaymentMethod | AlternativePaymentMethod | DigitalWallet

CARD_TYPES: Mapping[str, str] = {
    "American Express": "AmericanExpress",
    "Diners Club": "DinersClub",
    "JCB": "Jcb",
    "Master Card": "MasterCard",
}
"""`cardType` of an output by CardPaymentMethod.CardType, where the two differ."""


class CardPaymentMethodOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A card, by its first and last digits; `cardLastFour` keeps leading zeros."""

    account_id: Id | None = None
    auto_pay: bool = False
    card_bin: str | None = None
    card_category: str | None = None
    card_holder_first_name: str | None = None
    card_holder_last_name: str | None = None
    card_holder_name: str | None = None
    card_last_four: str | None = None
    card_type: str | None = None
    comments: str | None = None
    display_card_number: str | None = None
    email: str | None = None
    expiry_month: int | None = None
    expiry_year: int | None = None
    nick_name: str | None = None
    start_month: int | None = None
    start_year: int | None = None


class AlternativePaymentMethodOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A method the gateway keeps; `gatewayToken` is always null: these resources show it to nobody."""

    account_id: Id | None = None
    comments: str | None = None
    email: str | None = None
    gateway_token: str | None = None
    gateway_token_details: str | None = None
    name: str | None = None


class PaymentMethodDetails(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One of the two, by the kind of the method."""

    alternative_payment_method: AlternativePaymentMethodOutput | None = None
    card_payment_method: CardPaymentMethodOutput | None = None


class PaymentMethodOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The method used; details of cards and alternative methods, not of wallets."""

    account_id: Id | None = None
    id: Id
    payment_method_details: Annotated[PaymentMethodDetails | None, Since(56)] = None
    status: str


def method_output(record: StoredMethod) -> PaymentMethodOutput:
    """A stored payment method."""
    return PaymentMethodOutput(
        account_id=record.account_id,
        id=record.id,
        payment_method_details=method_details(record),
        status=record.status,
    )


def method_details(record: StoredMethod) -> PaymentMethodDetails | None:
    """The details of a stored payment method; None for a wallet, which the contract has no details of."""
    if isinstance(record, CardPaymentMethod):
        return PaymentMethodDetails(card_payment_method=_card(record))
    if isinstance(record, AlternativePaymentMethod):
        return PaymentMethodDetails(alternative_payment_method=_alternative(record))
    return None


def _card(record: CardPaymentMethod) -> CardPaymentMethodOutput:
    last_four = None if record.card_last_four is None else f"{record.card_last_four:04d}"
    return CardPaymentMethodOutput(
        account_id=record.account_id,
        auto_pay=record.is_auto_pay_enabled,
        card_bin=None if record.card_bin is None else str(record.card_bin),
        card_category=record.card_category,
        card_holder_first_name=record.card_holder_first_name,
        card_holder_last_name=record.card_holder_last_name,
        card_holder_name=record.card_holder_name,
        card_last_four=last_four,
        card_type=CARD_TYPES.get(record.card_type or "", record.card_type) or record.card_type_category,
        comments=record.comments,
        display_card_number=record.display_card_number or (last_four and f"************{last_four}"),
        email=record.email,
        expiry_month=record.expiry_month,
        expiry_year=record.expiry_year,
        nick_name=record.nick_name,
        start_month=record.start_month,
        start_year=record.start_year,
    )


def _alternative(record: AlternativePaymentMethod) -> AlternativePaymentMethodOutput:
    return AlternativePaymentMethodOutput(
        account_id=record.account_id,
        comments=record.comments,
        email=record.email,
        gateway_token_details=record.gateway_token_details,
        name=record.nick_name,
    )
