"""How a payment call says who pays: a stored method, or a card, bank account or other method sent along.

The manual requires most properties of a card and its own samples leave some of them out; here a card needs its number
and expiry, without which no gateway takes it. The owner, when a card does not name one, is the call's account.

Source: returns-payments-inventory.yaml#payments.types (documented; what is required of a card is inferred).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, TypeVar

import msgspec

from orderwright.decisions.errors import InvalidInput, RequiredFieldMissing, named
from orderwright.gateways.card_data import Address, BankDetails, CardDetails
from orderwright.objects.definition import Id
from orderwright.rest.codec import About, Alias, IdOf, Longest, Since
from orderwright.rest.payments.hidden import Hidden, pairs_without_secrets, repr_without_secrets

T = TypeVar("T")

AccountId = Annotated[Id, IdOf("Account")]
Comments = Annotated[str | None, Longest(1000)]
Email = Annotated[str | None, Longest(80)]
Text = Annotated[str | None, Longest(255)]

CARD_TYPES: Mapping[str, str] = {
    "AmericanExpress": "American Express",
    "DinersClub": "Diners Club",
    "Jcb": "JCB",
    "JCB": "JCB",
    "MasterCard": "Master Card",
    "Maestro": "Maestro",
    "Visa": "Visa",
}
"""CardPaymentMethod.CardType by the `cardType` of an input; pages differ in how they spell JCB."""

CARD_CATEGORIES: Mapping[str, str] = {"CreditCard": "CreditCard", "DebitCard": "DebitCard", "Credit": "CreditCard"}
"""CardPaymentMethod.CardCategory by the `cardCategory` of an input; one sample sends Credit."""


class AddressInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A billing address; `country` is an ISO code."""

    street: Text = None
    city: Annotated[str | None, Longest(40)] = None
    state: Annotated[str | None, Longest(80)] = None
    country: Annotated[str | None, Longest(80)] = None
    postal_code: Annotated[str | None, Longest(20), Alias("postalcode")] = None
    company_name: Text = None


class CardPaymentMethodInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A card; its number and security code go to the gateway and are never stored."""

    account_id: Annotated[Id | None, IdOf("Account"), About("Owner; without it the account of the call.")] = None
    auto_pay: Annotated[bool, Since(55)] = False
    card_category: Annotated[Literal["CreditCard", "DebitCard", "Credit"] | None, About("Credit is CreditCard.")] = None
    card_holder_first_name: Text = None
    card_holder_last_name: Text = None
    card_holder_name: Text = None
    card_number: Annotated[str, Longest(30), Hidden()]
    card_type: Literal["AmericanExpress", "DinersClub", "Jcb", "JCB", "MasterCard", "Maestro", "Visa"] | None = None
    comments: Comments = None
    cvv: Annotated[str | None, Longest(10), Hidden()] = None
    email: Email = None
    expiry_month: int
    expiry_year: int
    nick_name: Text = None
    start_month: int | None = None
    start_year: int | None = None

    __repr__ = repr_without_secrets
    __rich_repr__ = pairs_without_secrets


class AlternativePaymentMethodInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A method that the gateway keeps behind a token, which is stored and shown to nobody who pays with it."""

    account_id: AccountId
    comments: Comments = None
    email: Email = None
    gateway_token: Annotated[str, Longest(1000), Hidden()]
    gateway_token_details: Annotated[str, Longest(1000)]
    name: Text = None

    __repr__ = repr_without_secrets
    __rich_repr__ = pairs_without_secrets


class BankPaymentMethodInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A bank account to charge by direct debit; `bankCode` is its routing number."""

    account_holder_first_name: Text = None
    account_holder_last_name: Text = None
    account_holder_name: Annotated[str, Longest(255)]
    account_holder_type: Literal["Business", "Individual"] | None = None
    account_id: AccountId
    account_number: Annotated[str, Longest(50), Hidden()]
    account_type: Literal["Checking", "Savings"] | None = None
    auto_pay: bool = False
    bank_code: Annotated[str, Longest(50)]
    bank_type: Literal["Ach", "Bacs", "Becs", "SepaDebit"] | None = None
    comments: Comments = None
    email: Email = None
    mandate: Text = None
    nick_name: Text = None
    standard_entry_class_code: Literal["Ccd", "Ppd", "Tel", "Web"] | None = None

    __repr__ = repr_without_secrets
    __rich_repr__ = pairs_without_secrets


MethodId = Annotated[Id | None, IdOf("CardPaymentMethod", "AlternativePaymentMethod", "DigitalWallet")]
Kept = Annotated[bool, About("Keep the card sent along; without meaning beside an id.")]
Billing = Annotated[AddressInput | None, About("Billing address of what is sent along; without meaning beside an id.")]


class ApiPaymentMethodInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who pays an authorization or a sale: exactly one of `id` and `cardPaymentMethod`.

    The table refuses `address` and `saveForFuture` beside an id, and a sample sends them; the sample is taken, and
    they do nothing.
    """

    address: Billing = None
    card_payment_method: CardPaymentMethodInput | None = None
    id: MethodId = None
    save_for_future: Kept = False


class PostAuthApiPaymentMethodInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who authorized in the shop: exactly one of `id`, `cardPaymentMethod` and `alternativePaymentMethod`.

    The table requires all of them at once, which cannot be meant; the address is optional for the same reason.
    """

    address: Billing = None
    alternative_payment_method: AlternativePaymentMethodInput | None = None
    card_payment_method: CardPaymentMethodInput | None = None
    id: MethodId = None
    save_for_future: Kept = False


def chosen_method(method: ApiPaymentMethodInput) -> Id | CardPaymentMethodInput:
    """The one way to pay that is given, checked. Raises RequiredFieldMissing for none, InvalidInput for two."""
    ways = {"paymentMethod.id": method.id, "paymentMethod.cardPaymentMethod": method.card_payment_method}
    chosen = method.id or method.card_payment_method
    if chosen is None:
        raise nothing_pays(ways)
    check_alone(ways)
    return checked_card(chosen)


def chosen_post_auth_method(
    method: PostAuthApiPaymentMethodInput,
) -> Id | CardPaymentMethodInput | AlternativePaymentMethodInput:
    """The one way to pay that is given, checked. Raises RequiredFieldMissing for none, InvalidInput for several."""
    ways = {
        "paymentMethod.id": method.id,
        "paymentMethod.cardPaymentMethod": method.card_payment_method,
        "paymentMethod.alternativePaymentMethod": method.alternative_payment_method,
    }
    chosen = method.id or method.card_payment_method or method.alternative_payment_method
    if chosen is None:
        raise nothing_pays(ways)
    check_alone(ways)
    return checked_card(chosen)


def nothing_pays(ways: Iterable[str]) -> RequiredFieldMissing:
    """The refusal of a call that gives none of the properties `ways`."""
    return RequiredFieldMissing(f"nothing says who pays; send {named(ways)}", *ways)


def check_alone(ways: Mapping[str, object]) -> None:
    """Refuse more than one value in `ways`, by property. Raises InvalidInput."""
    given = [name for name, value in ways.items() if value is not None]
    if len(given) > 1:
        raise InvalidInput(f"{' and '.join(given)} are given together; send only one of them", *given)


def checked_card(chosen: T) -> T:
    """`chosen`, whose months and years can be ones if it is a card. Raises InvalidInput."""
    if isinstance(chosen, CardPaymentMethodInput):
        for name, month in (("expiryMonth", chosen.expiry_month), ("startMonth", chosen.start_month)):
            _check_month(name, month)
        for name, year in (("expiryYear", chosen.expiry_year), ("startYear", chosen.start_year)):
            _check_year(name, year)
    return chosen


def _check_month(name: str, month: int | None) -> None:
    if month is not None and not 1 <= month <= 12:
        raise InvalidInput(f"cardPaymentMethod.{name} is {month}; send a month from 1 to 12", name)


def _check_year(name: str, year: int | None) -> None:
    if year is not None and not 1000 <= year <= 9999:
        raise InvalidInput(f"cardPaymentMethod.{name} is {year}; send the year with four digits", name)


def card_details(card: CardPaymentMethodInput) -> CardDetails:
    """The card as a gateway takes it; its category in the record's words."""
    known = {name: getattr(card, name) for name in CardDetails.__struct_fields__}
    return CardDetails(**known | {"card_category": CARD_CATEGORIES.get(card.card_category or "")})


def bank_details(bank: BankPaymentMethodInput) -> BankDetails:
    """The bank account as a gateway takes it."""
    return BankDetails(**{name: getattr(bank, name) for name in BankDetails.__struct_fields__})


def billing_address(address: AddressInput | None) -> Address | None:
    """The billing address as a gateway takes it."""
    return Address(**msgspec.structs.asdict(address)) if address else None
