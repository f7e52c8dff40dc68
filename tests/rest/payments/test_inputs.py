"""Payment inputs: the documented examples are read, what contradicts itself is refused, secrets stay unseen."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.decisions.errors import (
    InvalidInput,
    InvalidPicklistValue,
    Refusal,
    RequiredFieldMissing,
    StringTooLong,
)
from orderwright.objects.identity import to_18
from orderwright.objects.registry import BY_NAME
from orderwright.rest.codec import parse_json
from orderwright.rest.errors import HttpError
from orderwright.rest.payments.inputs import (
    AuthorizationInput,
    AuthorizationReversalInput,
    CaptureInput,
    PaymentGroupInput,
    PaymentMethodTokenizationInput,
    PostAuthInput,
    ReferencedRefundInput,
    SaleInput,
    additional_data,
    check_amount,
    check_currency,
    chosen_to_tokenize,
    creates_group,
    effective_date,
)
from orderwright.rest.payments.leniency import moment_of, read_leniently
from orderwright.rest.payments.payment_method_inputs import (
    CARD_CATEGORIES,
    CARD_TYPES,
    AddressInput,
    AlternativePaymentMethodInput,
    BankPaymentMethodInput,
    CardPaymentMethodInput,
    bank_details,
    billing_address,
    card_details,
    chosen_method,
    chosen_post_auth_method,
)

ACCOUNT = "001xx0000000001"
GATEWAY = "0b0xx0000000001"
STORED_CARD = "03Oxx0000000001"
ORDER = "801xx0000000001"
GROUP = "9zxxx0000000001"

NUMBER, CODE, BANK_ACCOUNT, TOKEN = "4111111111111111", "737", "000123456789", "tok_secret"
CARD = {
    "accountId": to_18(ACCOUNT), "cardHolderName": "Carol Smith", "cardHolderFirstName": "Carol",
    "cardHolderLastName": "Smith", "cardNumber": NUMBER, "cardCategory": "CreditCard", "cardType": "Visa",
    "cvv": CODE, "expiryMonth": "05", "expiryYear": "2030",
}  # fmt: skip
BANK = {
    "accountHolderName": "Carol Smith", "accountId": ACCOUNT, "accountNumber": BANK_ACCOUNT, "bankCode": "110000000",
}  # fmt: skip
ALTERNATIVE = {"accountId": ACCOUNT, "gatewayToken": TOKEN, "gatewayTokenDetails": "wallet"}
ADDRESS = {
    "street": "1 Main St", "city": "San Francisco", "state": "CA", "country": "US", "postalCode": "94105",
}  # fmt: skip
AUDIT = {"ipAddress": "192.0.2.7", "macAddress": "00-14-22-01-23-45", "phone": "100-456-67", "email": "a@example.org"}

AUTHORIZE = {
    "accountId": to_18(ACCOUNT), "amount": 50, "currencyIsoCode": "USD", "effectiveDate": "2024-05-01T10:00:00.000Z",
    "paymentGatewayId": to_18(GATEWAY),
    "paymentGroup": {"createPaymentGroup": True, "currencyIsoCode": "USD", "sourceObjectId": to_18(ORDER)},
    "paymentMethod": {"id": to_18(STORED_CARD)}, "idempotencyKey": "k-1",
}  # fmt: skip
CAPTURE = {
    "accountId": to_18(ACCOUNT), "amount": 150, "comments": "capture",
    "paymentGroup": {"createPaymentGroup": "true", "sourceObjectId": "", "currencyIsoCode": "USD"},
    "effectiveDate": "2019-10-18T11:32:27.000Z", **AUDIT, "additionalData": {"key1": "value1"},
}  # fmt: skip
REVERSAL = {
    "accountId": "", "amount": "150", "comments": "reversal", "effectiveDate": "2020-10-18T11:32:27.000Z",
    "ipAddress": "192.0.2.7", "email": "a@example.org", "additionalData": {"key1": "value1"},
}  # fmt: skip
REFUND = {
    "accountId": "", "amount": 150, "comments": "refund",
    "paymentGroup": {"createPaymentGroup": "true", "sourceObjectId": "", "currencyIsoCode": "USD"},
    "effectiveDate": "2019-10-18T11:32:27.000Z", "email": "a@example.org",
}  # fmt: skip
SALE = {
    "amount": Decimal("50.0"), "currencyIsoCode": "USD", "paymentGatewayId": GATEWAY,
    "paymentMethod": {"id": STORED_CARD},
}  # fmt: skip
POST_AUTH = {
    "accountId": ACCOUNT, "amount": 5, "effectiveDate": "2024-05-01T10:00:00.000Z", "paymentGatewayId": GATEWAY,
    "paymentMethod": {"alternativePaymentMethod": ALTERNATIVE, "address": {"postalcode": "94105"}},
}  # fmt: skip
TOKENIZE = {"paymentGatewayId": GATEWAY, "address": ADDRESS, "cardPaymentMethod": CARD}

EXAMPLES: list[tuple[type[msgspec.Struct], dict[str, Any], int]] = [
    (AuthorizationInput, AUTHORIZE, 49), (CaptureInput, CAPTURE, 48), (AuthorizationReversalInput, REVERSAL, 51),
    (ReferencedRefundInput, REFUND, 48), (SaleInput, SALE, 54), (PostAuthInput, POST_AUTH, 54),
    (PaymentMethodTokenizationInput, TOKENIZE, 51),
]  # fmt: skip


def refusal_of(type_: type, body: Any, version: int = 67) -> HttpError:
    with pytest.raises(HttpError) as refused:
        read_leniently(body, type_, version)
    return refused.value


@pytest.mark.parametrize(("type_", "body", "since"), EXAMPLES, ids=lambda v: getattr(v, "__name__", ""))
def test_every_documented_example_is_read_in_the_first_version_and_the_newest(type_, body, since):
    sent = parse_json(msgspec.json.Encoder(decimal_format="number").encode(body))
    assert read_leniently(sent, type_, since) == read_leniently(sent, type_, 67)


def test_what_an_example_says_arrives():
    body = read_leniently(CAPTURE, CaptureInput, 67)
    assert (body.amount, body.account_id, body.comments) == (Decimal(150), ACCOUNT, "capture")
    assert body.payment_group == PaymentGroupInput(create_payment_group=True, currency_iso_code="USD")
    assert (body.ip_address, body.mac_address) == ("192.0.2.7", "00-14-22-01-23-45")
    assert (body.phone, body.email) == ("100-456-67", "a@example.org")
    assert (body.is_final_capture, additional_data(body)) == (False, {"key1": "value1"})
    assert effective_date(body) == dt.datetime(2019, 10, 18, 11, 32, 27, tzinfo=dt.UTC)


def test_an_empty_string_means_that_the_property_is_absent():
    assert read_leniently(REVERSAL, AuthorizationReversalInput, 67).account_id is None
    assert "amount" in refusal_of(AuthorizationReversalInput, REVERSAL | {"amount": ""}).message


def test_an_empty_value_among_the_additional_data_stays():
    body = read_leniently({"amount": 1, "additionalData": {"key1": ""}}, CaptureInput, 67)
    assert additional_data(body) == {"key1": ""}


def test_a_reversal_may_be_wrapped():
    wrapped = read_leniently({"paymentAuthReversal": REVERSAL}, AuthorizationReversalInput, 67)
    assert wrapped == read_leniently(REVERSAL, AuthorizationReversalInput, 67)


@pytest.mark.parametrize(
    "body",
    [{"paymentAuthReversal": REVERSAL, "amount": 1}, {"paymentAuthReversal": {"paymentAuthReversal": REVERSAL}}],
)
def test_a_reversal_is_wrapped_alone_and_once(body):
    assert refusal_of(AuthorizationReversalInput, body).code == "INVALID_FIELD"


@pytest.mark.parametrize("type_", [CaptureInput, ReferencedRefundInput, SaleInput])
def test_only_a_reversal_is_ever_wrapped(type_):
    assert refusal_of(type_, {"paymentAuthReversal": REVERSAL}).code == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("type_", "body", "missing"),
    [
        (AuthorizationInput, AUTHORIZE, "accountId, amount, paymentGatewayId, paymentMethod"),
        (CaptureInput, CAPTURE, "amount"),
        (AuthorizationReversalInput, REVERSAL, "amount"),
        (ReferencedRefundInput, REFUND, "amount"),
        (SaleInput, SALE, "amount, paymentGatewayId, paymentMethod"),
        (PostAuthInput, POST_AUTH, "accountId, amount, paymentGatewayId, paymentMethod"),
        (PaymentMethodTokenizationInput, TOKENIZE, "paymentGatewayId"),
    ],
)
def test_what_is_needed_to_act_is_required_and_nothing_else(type_, body, missing):
    refused = refusal_of(type_, {})
    assert (refused.code, refused.status) == ("REQUIRED_FIELD_MISSING", 400)
    assert f"missing {missing};" in refused.message
    read_leniently({name: body[name] for name in missing.split(", ")}, type_, 67)


@pytest.mark.parametrize(
    ("type_", "body", "name", "value", "since"),
    [
        (CaptureInput, CAPTURE, "clientContext", "c", 49),
        (CaptureInput, CAPTURE, "isFinalCapture", True, 64),
        (ReferencedRefundInput, REFUND, "clientContext", "c", 49),
        (SaleInput, SALE, "submittedByMerchant", True, 62),
        (PaymentMethodTokenizationInput, TOKENIZE, "savedByMerchant", True, 62),
        (PaymentMethodTokenizationInput, TOKENIZE, "bankPaymentMethod", BANK, 65),
        (PaymentMethodTokenizationInput, TOKENIZE, "cardPaymentMethod", CARD | {"autoPay": True}, None),
    ],
)
def test_younger_properties_are_known_from_their_version_on(type_, body, name, value, since):
    since = since or 55  # a card's autoPay
    read_leniently(body | {name: value}, type_, since)
    assert refusal_of(type_, body | {name: value}, since - 1).code == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("sent", "code", "place"),
    [
        ({"amont": 1}, "INVALID_FIELD", "did you mean 'amount'"),
        ({"amount": True}, "JSON_PARSER_ERROR", "amount"),
        ({"comments": "x" * 1001}, "STRING_TOO_LONG", "comments"),
        ({"idempotencyKey": "x" * 256}, "STRING_TOO_LONG", "idempotencyKey"),
        ({"accountId": ORDER}, "INVALID_ID_FIELD", "a record of Order; send the id of a record of Account"),
        ({"paymentGatewayId": ACCOUNT}, "INVALID_ID_FIELD", "PaymentGateway"),
        ({"paymentMethod": {"id": ACCOUNT}}, "INVALID_ID_FIELD", "paymentMethod.id"),
        ({"paymentGroup": {"sourceObjectId": ACCOUNT}}, "INVALID_ID_FIELD", "paymentGroup.sourceObjectId"),
        ({"paymentMethod": "card"}, "JSON_PARSER_ERROR", "paymentMethod"),
        ({"paymentMethod": {"cardPaymentMethod": CARD | {"cardType": "Diners"}}}, None, "paymentMethod.cardPaymentM"),
        ({"paymentMethod": {"address": {"postalcod": "1"}}}, "INVALID_FIELD", "postalCode"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(sent, code, place):
    refused = refusal_of(AuthorizationInput, AUTHORIZE | sent)
    assert (refused.code, refused.status) == (code or "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", 400)
    assert place in refused.message


def card(**about: Any) -> dict[str, Any]:
    return AUTHORIZE | {"paymentMethod": {"cardPaymentMethod": CARD | about}}


SECRETS: list[tuple[type[msgspec.Struct], Any]] = [
    (AuthorizationInput, card(cardNumber=int(NUMBER))),
    (AuthorizationInput, card(cardNumber=[NUMBER])),
    (AuthorizationInput, card(cardNumber=NUMBER + "\x00")),
    (AuthorizationInput, card(cardNumber=NUMBER * 2)),
    (AuthorizationInput, card(cvv=int(CODE))),
    (AuthorizationInput, [{"cardNumber": NUMBER}]),
    (AuthorizationInput, AUTHORIZE | {"paymentMethod": {"cardPaymentMethod": [NUMBER]}}),
    (AuthorizationInput, AUTHORIZE | {"paymentMethod": [NUMBER]}),
    (
        PostAuthInput,
        POST_AUTH | {"paymentMethod": {"alternativePaymentMethod": ALTERNATIVE | {"gatewayToken": {TOKEN: 1}}}},
    ),
    (
        PaymentMethodTokenizationInput,
        {"paymentGatewayId": GATEWAY, "bankPaymentMethod": BANK | {"accountNumber": int(BANK_ACCOUNT)}},
    ),
]


@pytest.mark.parametrize(("type_", "body"), SECRETS)
def test_a_refusal_never_repeats_a_secret(type_, body):
    refused = refusal_of(type_, body)
    assert refused.status == 400
    for secret in (NUMBER, CODE, BANK_ACCOUNT.lstrip("0"), TOKEN):
        assert secret not in refused.message


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        (AuthorizationInput, AUTHORIZE | {"paymentMethod": {"cardPaymentMethod": CARD}}),
        (PostAuthInput, POST_AUTH),
        (PaymentMethodTokenizationInput, {"paymentGatewayId": GATEWAY, "bankPaymentMethod": BANK}),
    ],
)
def test_no_repr_shows_a_secret(type_, body):
    found = read_leniently(body, type_, 67)
    shown = repr(found) + repr(list(_drawn(found)))
    assert "(hidden)" in shown
    for secret in (NUMBER, CODE, BANK_ACCOUNT, TOKEN):
        assert secret not in shown


def _drawn(struct: msgspec.Struct) -> Any:
    """What a terminal that draws values asks for, all the way down."""
    for name, value in struct.__rich_repr__():
        yield name, list(_drawn(value)) if isinstance(value, msgspec.Struct) else value


def test_a_repr_shows_everything_else_and_absent_secrets_as_absent():
    found = CardPaymentMethodInput(card_number=NUMBER, expiry_month=5, expiry_year=2030, nick_name="blue")
    assert "card_number='(hidden)'" in repr(found)
    assert "cvv=None" in repr(found)
    assert "nick_name='blue'" in repr(found)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-10-18T11:32:27.000Z", "2020-10-18T11:32:27+00:00"),
        ("2020-10-18T11:32:27.123456+0200", "2020-10-18T09:32:27.123+00:00"),
        ("2020-10-18", "2020-10-18T00:00:00+00:00"),
        ("15-01-2020", "2020-01-15T00:00:00+00:00"),
        ("02-01-2020", "2020-01-02T00:00:00+00:00"),
    ],
)
def test_dates_are_iso_8601_or_the_samples_day_first(text, moment):
    assert moment_of(text, "effectiveDate") == dt.datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text",
    ["soon", "2020-13-01", "31-02-2020", "2020-10-18T11:32:27", "0001-01-01T00:00:00+23:59", "2020-1-1", "1/2/20"],
)
def test_other_dates_are_refused_with_the_way_out(text):
    with pytest.raises(InvalidInput, match=r"effectiveDate is '.*'; send a day as 2026-03-01") as refused:
        moment_of(text, "effectiveDate")
    assert refused.value.fields == ("effectiveDate",)


def test_without_a_date_a_transaction_takes_effect_now():
    assert effective_date(read_leniently(SALE, SaleInput, 67)) is None


@pytest.mark.parametrize(
    ("pairs", "refusal"),
    [
        ({str(n): "v" for n in range(6)}, InvalidInput),
        ({"k": 1}, InvalidInput),
        ({"k": None}, InvalidInput),
        ({"k": "\x00"}, InvalidInput),
        ({"k": "v" * 256}, StringTooLong),
        ({"k" * 256: "v"}, StringTooLong),
    ],
)
def test_additional_data_has_its_limits(pairs, refusal):
    body = read_leniently({"amount": 1, "additionalData": pairs}, CaptureInput, 67)
    with pytest.raises(refusal, match="additionalData"):
        additional_data(body)


def test_additional_data_may_be_as_large_as_the_limits_or_absent():
    pairs = {str(n) * 255: "v" * 255 for n in range(5)}
    assert additional_data(read_leniently({"amount": 1, "additionalData": pairs}, CaptureInput, 67)) == pairs
    assert additional_data(read_leniently({"amount": 1}, CaptureInput, 67)) == {}


@pytest.mark.parametrize("amount", ["0", "-0.01"])
def test_amounts_are_above_zero(amount):
    check_amount(Decimal("0.01"))
    with pytest.raises(InvalidInput, match="above zero"):
        check_amount(Decimal(amount))


@pytest.mark.parametrize("code", ["usd", "XAU", "US", "DOLLAR"])
def test_a_currency_is_one_with_a_minor_unit(code):
    check_currency("KWD")
    check_currency(None)
    with pytest.raises(InvalidPicklistValue, match=code):
        check_currency(code)


@pytest.mark.parametrize(
    ("group", "creates"),
    [
        (None, False),
        ({}, False),
        ({"createPaymentGroup": False}, False),
        ({"createPaymentGroup": True}, True),
        ({"currencyIsoCode": "USD"}, True),
        ({"sourceObjectId": ORDER}, True),
        ({"id": GROUP}, False),
        ({"id": GROUP, "createPaymentGroup": False}, False),
        ({"id": GROUP, "createPaymentGroup": "", "currencyIsoCode": "", "sourceObjectId": ""}, False),
    ],
)
def test_a_group_is_named_or_made(group, creates):
    assert creates_group(_group(group)) is creates


@pytest.mark.parametrize(
    ("group", "named"),
    [
        ({"id": GROUP, "createPaymentGroup": True}, ("paymentGroup.createPaymentGroup",)),
        ({"id": GROUP, "currencyIsoCode": "USD"}, ("paymentGroup.currencyIsoCode",)),
        (
            {"id": GROUP, "currencyIsoCode": "USD", "sourceObjectId": ORDER},
            ("paymentGroup.currencyIsoCode", "paymentGroup.sourceObjectId"),
        ),
        ({"createPaymentGroup": False, "sourceObjectId": ORDER}, ("paymentGroup.sourceObjectId",)),
        ({"createPaymentGroup": True, "currencyIsoCode": "dollars"}, ("paymentGroup.currencyIsoCode",)),
    ],
)
def test_a_group_that_contradicts_itself_is_refused(group, named):
    with pytest.raises(Refusal) as refused:
        creates_group(_group(group))
    assert refused.value.fields == named


def _group(group: dict[str, Any] | None) -> PaymentGroupInput | None:
    return read_leniently({"amount": 1, "paymentGroup": group}, CaptureInput, 67).payment_group


def method(type_: type, **given: Any) -> Any:
    base = AUTHORIZE if type_ is AuthorizationInput else POST_AUTH
    return read_leniently(base | {"paymentMethod": given}, type_, 67).payment_method


def test_the_one_way_to_pay_is_chosen():
    assert chosen_method(method(AuthorizationInput, id=STORED_CARD)) == STORED_CARD
    new = chosen_method(method(AuthorizationInput, cardPaymentMethod=CARD, saveForFuture="true"))
    assert isinstance(new, CardPaymentMethodInput)
    assert (new.card_number, new.cvv, new.expiry_month, new.expiry_year) == (NUMBER, CODE, 5, 2030)
    assert chosen_post_auth_method(method(PostAuthInput, id=STORED_CARD)) == STORED_CARD
    other = chosen_post_auth_method(method(PostAuthInput, alternativePaymentMethod=ALTERNATIVE))
    assert isinstance(other, AlternativePaymentMethodInput)
    assert other.gateway_token == TOKEN


def test_the_sample_that_sends_an_address_beside_the_id_is_taken():
    found = method(AuthorizationInput, id=STORED_CARD, address=ADDRESS, cardPaymentMethod="", saveForFuture=True)
    assert chosen_method(found) == STORED_CARD


@pytest.mark.parametrize(
    ("type_", "given", "refusal"),
    [
        (AuthorizationInput, {}, RequiredFieldMissing),
        (AuthorizationInput, {"id": "", "address": ADDRESS}, RequiredFieldMissing),
        (AuthorizationInput, {"id": STORED_CARD, "cardPaymentMethod": CARD}, InvalidInput),
        (PostAuthInput, {}, RequiredFieldMissing),
        (PostAuthInput, {"id": STORED_CARD, "alternativePaymentMethod": ALTERNATIVE}, InvalidInput),
        (PostAuthInput, {"cardPaymentMethod": CARD, "alternativePaymentMethod": ALTERNATIVE}, InvalidInput),
    ],
)
def test_exactly_one_way_to_pay_is_given(type_, given, refusal):
    choose = chosen_method if type_ is AuthorizationInput else chosen_post_auth_method
    with pytest.raises(refusal, match=r"paymentMethod\.") as refused:
        choose(method(type_, **given))
    assert all(name.startswith("paymentMethod.") for name in refused.value.fields)


def test_a_card_or_a_bank_account_is_tokenized():
    def chosen(**given: Any) -> Any:
        body = {"paymentGatewayId": GATEWAY, **given}
        return chosen_to_tokenize(read_leniently(body, PaymentMethodTokenizationInput, 67))

    assert chosen(cardPaymentMethod=CARD).card_number == NUMBER
    assert chosen(bankPaymentMethod=BANK).account_number == BANK_ACCOUNT
    with pytest.raises(RequiredFieldMissing, match="bankPaymentMethod"):
        chosen()
    with pytest.raises(InvalidInput, match="cardPaymentMethod and bankPaymentMethod"):
        chosen(cardPaymentMethod=CARD, bankPaymentMethod=BANK)


@pytest.mark.parametrize(
    "about", [{"expiryMonth": 0}, {"expiryMonth": 13}, {"startMonth": 13}, {"expiryYear": 30}, {"startYear": 20}]
)
def test_a_card_has_possible_months_and_years(about):
    with pytest.raises(InvalidInput, match=next(iter(about))):
        chosen_method(method(AuthorizationInput, cardPaymentMethod=CARD | about))


def test_a_cards_type_and_category_become_values_of_its_record():
    fields = BY_NAME["CardPaymentMethod"].stored
    assert set(CARD_TYPES.values()) == set(fields["card_type"].values)
    assert set(CARD_CATEGORIES.values()) == set(fields["card_category"].values)
    for name, known in (("cardType", CARD_TYPES), ("cardCategory", CARD_CATEGORIES)):
        for value in known:
            read_leniently(card(**{name: value}), AuthorizationInput, 67)


def test_a_gateway_is_told_what_was_sent():
    body = read_leniently(
        TOKENIZE | {"cardPaymentMethod": CARD | {"cardCategory": "Credit"}}, PaymentMethodTokenizationInput, 67
    )
    found = chosen_to_tokenize(body)
    assert isinstance(found, CardPaymentMethodInput)
    told = card_details(found)
    assert (told.card_number, told.cvv, told.expiry_month, told.expiry_year) == (NUMBER, CODE, 5, 2030)
    assert (told.card_category, told.card_type, told.card_holder_name) == ("CreditCard", "Visa", "Carol Smith")
    address = billing_address(body.address)
    assert address is not None
    assert (address.street, address.postal_code) == ("1 Main St", "94105")
    assert billing_address(None) is None


def test_a_gateway_is_told_the_bank_account():
    bank = read_leniently(BANK | {"bankType": "Ach", "accountType": "Checking"}, BankPaymentMethodInput, 67)
    told = bank_details(bank)
    assert (told.account_number, told.bank_code, told.account_holder_name) == (
        BANK_ACCOUNT, "110000000", "Carol Smith",
    )  # fmt: skip
    assert (told.bank_type, told.account_type) == ("Ach", "Checking")


def test_a_misspelt_postal_code_is_taken():
    assert read_leniently({"postalcode": "94105"}, AddressInput, 67).postal_code == "94105"
