"""What the payment resources take in.

Required is what is needed to act: an amount, and to reach a gateway the gateway, the method and, to authorize, the
account. `effectiveDate` is optional everywhere: the tables that require it contradict the samples and the Apex pages,
and without one a transaction takes effect when it is made. Nothing is required of audit data.

Source: returns-payments-inventory.yaml#payments.types (documented; the leniency is inferred).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Protocol

import msgspec

from orderwright.arithmetic.money import UnknownCurrency, scale_of
from orderwright.decisions.errors import InvalidInput, InvalidPicklistValue, StringTooLong
from orderwright.decisions.read_value import shown
from orderwright.objects.definition import Id
from orderwright.rest.codec import About, IdOf, Longest, Since
from orderwright.rest.payments.leniency import moment_of
from orderwright.rest.payments.payment_method_inputs import (
    AccountId,
    AddressInput,
    ApiPaymentMethodInput,
    BankPaymentMethodInput,
    CardPaymentMethodInput,
    Comments,
    Email,
    PostAuthApiPaymentMethodInput,
    check_alone,
    checked_card,
    nothing_pays,
)

MOST_PAIRS = 5
LONGEST_PAIR = 255

AdditionalData = Annotated[
    dict[str, Any] | None, About(f"At most {MOST_PAIRS} pairs of text, of at most {LONGEST_PAIR} characters each.")
]
Currency = Annotated[str | None, About("ISO 4217 code; without it the currency of this installation.")]
EffectiveDate = Annotated[str | None, About("A day, or a date and time with its zone; without it, now.")]
GatewayId = Annotated[Id, IdOf("PaymentGateway")]
IdempotencyKey = Annotated[str | None, Longest(255), About("Or the header sfdc-Payments-Idempotency-Key; never both.")]
IpAddress = Annotated[str | None, Longest(39)]
MacAddress = Annotated[str | None, Longest(32)]
OptionalAccountId = Annotated[Id | None, IdOf("Account")]
Phone = Annotated[str | None, Longest(40)]


class PaymentGroupInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An existing group by its id, and nothing else; or the properties of a new one."""

    create_payment_group: bool | None = None
    currency_iso_code: Annotated[str | None, About("ISO 4217 code of the new group.")] = None
    id: Annotated[Id | None, IdOf("PaymentGroup")] = None
    source_object_id: Annotated[Id | None, IdOf("Order")] = None


class AuthorizationInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Reserve `amount`, above zero, on a payment method."""

    account_id: AccountId
    additional_data: AdditionalData = None
    amount: Decimal
    comments: Comments = None
    currency_iso_code: Currency = None
    effective_date: EffectiveDate = None
    email: Email = None
    idempotency_key: IdempotencyKey = None
    ip_address: IpAddress = None
    mac_address: MacAddress = None
    payment_gateway_id: GatewayId
    payment_group: PaymentGroupInput | None = None
    payment_method: ApiPaymentMethodInput
    phone: Phone = None


class CaptureInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Take `amount`, above zero, of what is authorized, in its currency."""

    account_id: OptionalAccountId = None
    additional_data: AdditionalData = None
    amount: Decimal
    client_context: Annotated[str | None, Since(49), Longest(2000)] = None
    comments: Comments = None
    effective_date: EffectiveDate = None
    email: Email = None
    idempotency_key: IdempotencyKey = None
    ip_address: IpAddress = None
    is_final_capture: Annotated[bool, Since(64), About("Nothing more will be captured of this authorization.")] = False
    mac_address: MacAddress = None
    payment_group: PaymentGroupInput | None = None
    phone: Phone = None


class ReferencedRefundInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Give `amount`, above zero, of a payment back, in its currency."""

    account_id: OptionalAccountId = None
    additional_data: AdditionalData = None
    amount: Decimal
    client_context: Annotated[str | None, Since(49), Longest(2000)] = None
    comments: Comments = None
    effective_date: EffectiveDate = None
    email: Email = None
    idempotency_key: IdempotencyKey = None
    ip_address: IpAddress = None
    mac_address: MacAddress = None
    payment_group: PaymentGroupInput | None = None
    phone: Phone = None


class AuthorizationReversalInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Release `amount`, above zero, of an authorization; `accountId` has to be the authorization's.

    One sample wraps the body: {"paymentAuthReversal": {...}}; `read_leniently` takes both.
    """

    WRAPPER: ClassVar[str] = "paymentAuthReversal"

    account_id: OptionalAccountId = None
    additional_data: AdditionalData = None
    amount: Decimal
    comments: Comments = None
    effective_date: EffectiveDate = None
    email: Email = None
    idempotency_key: IdempotencyKey = None
    ip_address: IpAddress = None
    mac_address: MacAddress = None
    phone: Phone = None


class SaleInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Authorize and capture `amount`, above zero, in one step."""

    account_id: OptionalAccountId = None
    additional_data: AdditionalData = None
    amount: Decimal
    comments: Comments = None
    currency_iso_code: Currency = None
    effective_date: EffectiveDate = None
    email: Email = None
    idempotency_key: IdempotencyKey = None
    ip_address: IpAddress = None
    mac_address: MacAddress = None
    payment_gateway_id: GatewayId
    payment_group: PaymentGroupInput | None = None
    payment_method: ApiPaymentMethodInput
    phone: Phone = None
    submitted_by_merchant: Annotated[bool, Since(62)] = False


class PostAuthInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Record an authorization of `amount`, above zero, that was made in the shop's own pages."""

    account_id: AccountId
    additional_data: AdditionalData = None
    amount: Decimal
    comments: Comments = None
    currency_iso_code: Currency = None
    effective_date: EffectiveDate = None
    email: Email = None
    idempotency_key: IdempotencyKey = None
    ip_address: IpAddress = None
    mac_address: MacAddress = None
    payment_gateway_id: GatewayId
    payment_group: PaymentGroupInput | None = None
    payment_method: PostAuthApiPaymentMethodInput
    phone: Phone = None


class PaymentMethodTokenizationInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Have the gateway keep a card or a bank account and give a token for it: exactly one of the two.

    `idempotencyKey` is in no table of this resource, and in the Apex class that its request extends.
    """

    account_id: OptionalAccountId = None
    additional_data: AdditionalData = None
    address: AddressInput | None = None
    bank_payment_method: Annotated[BankPaymentMethodInput | None, Since(65)] = None
    card_payment_method: CardPaymentMethodInput | None = None
    email: Email = None
    idempotency_key: IdempotencyKey = None
    ip_address: IpAddress = None
    mac_address: MacAddress = None
    payment_gateway_id: GatewayId
    phone: Phone = None
    saved_by_merchant: Annotated[bool, Since(62)] = False


class Accompanied(Protocol):
    """What every payment input has beside its business."""

    @property
    def additional_data(self) -> dict[str, Any] | None: ...


class Effective(Protocol):
    """An input of a transaction, which takes effect at some time."""

    @property
    def effective_date(self) -> str | None: ...


def effective_date(body: Effective) -> dt.datetime | None:
    """When the transaction takes effect, in UTC; None for now. Raises InvalidInput."""
    return moment_of(body.effective_date, "effectiveDate") if body.effective_date else None


def additional_data(body: Accompanied) -> Mapping[str, str]:
    """The further pairs for the gateway. Raises InvalidInput, StringTooLong."""
    pairs = body.additional_data or {}
    if len(pairs) > MOST_PAIRS:
        raise InvalidInput(f"additionalData has {len(pairs)} pairs; send at most {MOST_PAIRS}", "additionalData")
    for place, (key, value) in enumerate(pairs.items(), start=1):
        if type(value) is not str or "\x00" in key + value:
            raise InvalidInput(
                f"additionalData has something that is not plain text, in pair {place}; send strings", "additionalData"
            )
        if max(len(key), len(value)) > LONGEST_PAIR:
            raise StringTooLong(
                f"additionalData has more than {LONGEST_PAIR} characters in pair {place}; shorten it", "additionalData"
            )
    return pairs


def check_amount(amount: Decimal) -> None:
    """Refuse an amount of zero or less. Raises InvalidInput. Whether it is at its currency's scale is not seen here."""
    if amount <= 0:
        raise InvalidInput(f"amount is {amount:f}; send an amount above zero", "amount")


def check_currency(currency_iso_code: str | None, name: str = "currencyIsoCode") -> None:
    """Refuse what is given in the property `name` and is no currency. Raises InvalidPicklistValue."""
    try:
        scale_of(currency_iso_code or "USD")
    except UnknownCurrency:
        raise InvalidPicklistValue(
            f"{name} is '{shown(currency_iso_code)}'; send an ISO 4217 currency code in capitals, as USD", name
        ) from None


def creates_group(group: PaymentGroupInput | None) -> bool:
    """Whether a new payment group is asked for; false without a group, with an id, and when nothing is said.

    Raises InvalidInput: with an id everything else has to be absent, or false; createPaymentGroup false, without an
    id, cannot go with the properties of a new group. Raises InvalidPicklistValue for no currency.
    """
    if group is None:
        return False
    check_currency(group.currency_iso_code, "paymentGroup.currencyIsoCode")
    new = {"currencyIsoCode": group.currency_iso_code, "sourceObjectId": group.source_object_id}
    said = [name for name, value in new.items() if value is not None]
    if group.id is not None:
        said += ["createPaymentGroup"] if group.create_payment_group else []
        _refuse_beside(said, "id, which names a group that exists already", "leave out either")
        return False
    if group.create_payment_group is False:
        _refuse_beside(said, "createPaymentGroup false", "send createPaymentGroup true, or the id of a group")
        return False
    return bool(said or group.create_payment_group)


def _refuse_beside(said: list[str], other: str, way_out: str) -> None:
    if said:
        names = [f"paymentGroup.{name}" for name in said]
        raise InvalidInput(f"{' and '.join(names)} cannot go with {other}; {way_out}", *names)


def chosen_to_tokenize(body: PaymentMethodTokenizationInput) -> CardPaymentMethodInput | BankPaymentMethodInput:
    """The card or bank account, checked. Raises RequiredFieldMissing for neither, InvalidInput for both."""
    ways = {"cardPaymentMethod": body.card_payment_method, "bankPaymentMethod": body.bank_payment_method}
    chosen = body.card_payment_method or body.bank_payment_method
    if chosen is None:
        raise nothing_pays(ways)
    check_alone(ways)
    return checked_card(chosen)
