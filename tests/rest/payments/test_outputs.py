"""Payment outputs: the documented names and forms, by version, from records and from what a gateway said."""

import datetime as dt
from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest

from orderwright.gateways.protocol import GatewayResponse, SfResultCode, TokenizeResponse
from orderwright.objects.identity import to_18
from orderwright.objects.payment import Payment, PaymentAuthAdjustment, PaymentAuthorization, PaymentGroup, Refund
from orderwright.objects.payment_method import (
    AlternativePaymentMethod,
    CardPaymentMethod,
    DigitalWallet,
    PaymentGatewayLog,
)
from orderwright.rest.codec import encode
from orderwright.rest.payments.gateway_outputs import (
    authorization_response_output,
    gateway_error,
    gateway_response_output,
    log_output,
    post_auth_response_output,
    tokenization_error,
    tokenization_response_output,
)
from orderwright.rest.payments.outputs import (
    AuthorizationOutput,
    AuthorizationReversalOutput,
    CaptureOutput,
    PaymentMethodTokenizationOutput,
    PostAuthOutput,
    ReferencedRefundServiceOutput,
    SaleOutput,
    adjustment_output,
    authorization_output,
    group_output,
    payment_output,
    refund_output,
)
from orderwright.rest.payments.payment_method_outputs import method_details, method_output

NOW = dt.datetime(2020, 10, 23, 15, 21, 58, 833000, tzinfo=dt.UTC)
LATER = dt.datetime(2020, 10, 30, tzinfo=dt.UTC)
ACCOUNT, METHOD, ORDER, LOG = "001xx0000000001", "03Oxx0000000001", "801xx0000000001", "0Xtxx0000000001"
COMMON: dict[str, Any] = {
    "account_id": ACCOUNT, "amount": Decimal("150.00"), "currency_iso_code": "USD", "date": NOW,
    "effective_date": LATER, "processing_mode": "Salesforce", "status": "Processed",
}  # fmt: skip
WRITTEN = {
    "accountId": to_18(ACCOUNT), "amount": Decimal("150.00"), "currencyIsoCode": "USD",
    "effectiveDate": "2020-10-30T00:00:00.000Z", "requestDate": "2020-10-23T15:21:58.833Z", "status": "Processed",
}  # fmt: skip
CORE = {
    "gatewayAvsCode", "gatewayDate", "gatewayMessage", "gatewayReferenceDetails", "gatewayReferenceNumber",
    "gatewayResultCode", "gatewayResultCodeDescription", "salesforceResultCode",
}  # fmt: skip


def said(sf_result_code: SfResultCode = "Success", **about: Any) -> GatewayResponse:
    found: dict[str, Any] = {
        "sf_result_code": sf_result_code, "gateway_ref_number": "439", "gateway_result_code": "00",
        "gateway_message": "ok", "amount": Decimal(150), "gateway_date": NOW, "request": "{}", "response": "{}",
    }  # fmt: skip
    return GatewayResponse(**(found | about))


def tokenized(sf_result_code: SfResultCode = "Success") -> TokenizeResponse:
    return TokenizeResponse(
        sf_result_code=sf_result_code, gateway_token="tok_secret" if sf_result_code == "Success" else None,
        gateway_result_code="00", gateway_message="ok", gateway_date=NOW, request="{}", response="{}",
    )  # fmt: skip


def written(output: msgspec.Struct, version: int = 67) -> Any:
    return msgspec.json.Decoder(float_hook=Decimal).decode(encode(output, version))


AUTHORIZATION = PaymentAuthorization(
    id="0Xcxx0000000001", payment_authorization_number="PA-000000001", expiration_date=LATER, **COMMON
)
PAYMENT = Payment(id="0aQxx0000000001", payment_number="P-000000001", type="Capture", **COMMON)
REFUND = Refund(id="0cbxx0000000001", refund_number="R-000000001", type="Referenced", **COMMON)
ADJUSTMENT = PaymentAuthAdjustment(
    id="9tvxx0000000001", payment_auth_adjustment_number="PAA-000000001", payment_authorization_id="0Xcxx0000000001",
    type="Reversal", **COMMON,
)  # fmt: skip
CARD = CardPaymentMethod(
    id=METHOD, account_id=ACCOUNT, status="Active", processing_mode="Salesforce", card_last_four=42, card_bin=411111,
    card_type="Master Card", card_category="CreditCard", expiry_month=5, expiry_year=2030, is_auto_pay_enabled=True,
    gateway_token="tok_secret", card_holder_name="Carol Smith",
)  # fmt: skip
OTHER = AlternativePaymentMethod(
    id="8Z7xx0000000001", account_id=ACCOUNT, status="Active", processing_mode="Salesforce",
    gateway_token="tok_secret", gateway_token_details="wallet", nick_name="Mine",
)  # fmt: skip
WALLET = DigitalWallet(id="1DWxx0000000001", status="Active", processing_mode="External", gateway_token="tok_secret")


@pytest.mark.parametrize(
    ("output", "own"),
    [
        (
            authorization_output(AUTHORIZATION),
            {"paymentAuthorizationNumber": "PA-000000001", "expirationDate": "2020-10-30T00:00:00.000Z"},
        ),
        (payment_output(PAYMENT), {"paymentNumber": "P-000000001"}),
        (refund_output(REFUND), {"refundNumber": "R-000000001"}),
        (adjustment_output(ADJUSTMENT), {"paymentAuthAdjustmentNumber": "PAA-000000001"}),
    ],
    ids=["authorization", "payment", "refund", "reversal"],
)  # fmt: skip
def test_a_record_is_shown_with_exactly_its_documented_properties(output, own):
    assert written(output) == WRITTEN | own | {"id": to_18(output.id)}


def test_amounts_are_numbers_with_their_digits():
    assert b'"amount":150.00' in encode(payment_output(PAYMENT), 67)


def test_a_group_and_a_log_are_shown():
    group = PaymentGroup(id="9zxxx0000000001", currency_iso_code="USD", source_object_id=ORDER)
    assert written(group_output(group)) == {
        "currencyIsoCode": "USD", "id": to_18(group.id), "sourceObjectId": to_18(ORDER),
    }  # fmt: skip
    log = PaymentGatewayLog(
        id=LOG, created_date=LATER, gateway_date=NOW, gateway_result_code="00", interaction_status="NoOp",
        request="secret",
    )  # fmt: skip
    assert written(log_output(log)) == {
        "createdDate": "2020-10-30T00:00:00.000Z", "gatewayResultCode": "00", "id": to_18(LOG),
        "interactionStatus": "NoOp",
    }  # fmt: skip
    assert log_output(msgspec.structs.replace(log, created_date=None)).created_date == NOW


@pytest.mark.parametrize(
    ("output", "names"),
    [
        (gateway_response_output(said()), CORE),
        (authorization_response_output(said()), CORE | {"gatewayAuthorizationCode"}),
        (post_auth_response_output(said()), CORE | {"gatewayAuthorizationCode", "paymentMethodDetails"}),
        (
            tokenization_response_output(tokenized()),
            CORE - {"gatewayReferenceNumber", "gatewayReferenceDetails"} | {"gatewayToken"},
        ),
    ],
)
def test_what_the_gateway_said_has_its_documented_properties(output, names):
    found = written(output)
    assert set(found) == names
    assert found["gatewayDate"] == "2020-10-23T15:21:58.833Z"
    assert (found["gatewayResultCode"], found["gatewayMessage"]) == ("00", "ok")
    assert found["salesforceResultCode"] == "Success"
    assert found.get("gatewayReferenceNumber", "439") == "439"


def test_the_token_is_answered_and_never_shown():
    output = tokenization_response_output(tokenized())
    assert written(output)["gatewayToken"] == "tok_secret"
    assert "tok_secret" not in repr(PaymentMethodTokenizationOutput(gateway_response=output))
    assert "tok_secret" not in repr(output.__rich_repr__())


EVERY = {"error", "gatewayResponse", "paymentGatewayLogs"}


@pytest.mark.parametrize(
    ("output", "names", "younger"),
    [
        (
            AuthorizationOutput(),
            EVERY | {"paymentAuthorization", "paymentGroup", "paymentMethod"},
            {"isMultiCaptureSupported": 64},
        ),
        (CaptureOutput(), EVERY | {"payment", "paymentGroup"}, {}),
        (ReferencedRefundServiceOutput(), EVERY | {"refund", "paymentGroup"}, {}),
        (AuthorizationReversalOutput(), EVERY | {"paymentAuthAdjustment"}, {}),
        (SaleOutput(), EVERY | {"payment", "paymentGroup", "paymentMethod"}, {}),
        (
            PostAuthOutput(),
            EVERY | {"paymentAuthorization", "paymentGroup", "paymentMethod"},
            {"savedPaymentMethodStatus": 61},
        ),
        (PaymentMethodTokenizationOutput(), EVERY | {"paymentMethod"}, {}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, msgspec.Struct) else "",
)
def test_an_output_has_its_documented_properties_and_neither_success_nor_errors(output, names, younger):
    assert set(written(output)) == names | set(younger)
    for name, since in younger.items():
        assert name in written(output, since)
        assert name not in written(output, since - 1)


def test_the_parts_of_an_output_are_written_in_their_places():
    output = AuthorizationReversalOutput(
        gateway_response=gateway_response_output(said()),
        payment_auth_adjustment=adjustment_output(ADJUSTMENT),
        payment_gateway_logs=(log_output(PaymentGatewayLog(id=LOG)),),
    )
    found = written(output)
    assert found["error"] is None
    assert found["gatewayResponse"]["gatewayReferenceNumber"] == "439"
    assert found["paymentAuthAdjustment"]["amount"] == 150
    assert [log["id"] for log in found["paymentGatewayLogs"]] == [to_18(LOG)]


def test_details_of_a_method_are_told_since_version_56():
    output = SaleOutput(payment_method=method_output(CARD))
    assert set(written(output, 55)["paymentMethod"]) == {"accountId", "id", "status"}
    found = written(output, 56)["paymentMethod"]
    assert (found["accountId"], found["status"]) == (to_18(ACCOUNT), "Active")
    assert found["id"] == to_18(METHOD)
    assert found["paymentMethodDetails"]["alternativePaymentMethod"] is None
    assert found["paymentMethodDetails"]["cardPaymentMethod"]["cardType"] == "MasterCard"
    after = PostAuthOutput(gateway_response=post_auth_response_output(said(), method_details(CARD)))
    assert "paymentMethodDetails" not in written(after, 55)["gatewayResponse"]
    assert written(after, 56)["gatewayResponse"]["paymentMethodDetails"]["cardPaymentMethod"]["cardLastFour"] == "0042"


def test_a_card_is_known_by_its_digits_and_nothing_to_pay_with():
    found = written(method_output(CARD))["paymentMethodDetails"]["cardPaymentMethod"]
    assert set(found) == {
        "accountId", "autoPay", "cardBin", "cardCategory", "cardHolderFirstName", "cardHolderLastName",
        "cardHolderName", "cardLastFour", "cardType", "comments", "displayCardNumber", "email", "expiryMonth",
        "expiryYear", "nickName", "startMonth", "startYear",
    }  # fmt: skip
    assert (found["cardBin"], found["cardLastFour"]) == ("411111", "0042")
    assert (found["displayCardNumber"], found["autoPay"]) == ("************0042", True)
    assert (found["expiryMonth"], found["expiryYear"]) == (5, 2030)


@pytest.mark.parametrize("record", [CARD, OTHER, WALLET], ids=lambda r: type(r).__name__)
def test_the_stored_token_of_a_method_is_given_to_nobody(record):
    assert b"tok_secret" not in encode(method_output(record), 67)


def test_an_alternative_method_has_its_details_and_a_wallet_none():
    found = written(method_output(OTHER))["paymentMethodDetails"]
    assert found["cardPaymentMethod"] is None
    assert found["alternativePaymentMethod"] == {
        "accountId": to_18(ACCOUNT), "comments": None, "email": None, "gatewayToken": None,
        "gatewayTokenDetails": "wallet", "name": "Mine",
    }  # fmt: skip
    assert written(method_output(WALLET))["paymentMethodDetails"] is None


@pytest.mark.parametrize("code", [code for code in get_args(SfResultCode) if code != "Success"])
def test_every_failure_of_a_gateway_says_what_to_do(code):
    error = gateway_error(said(code, gateway_message="no funds"))
    assert error is not None
    assert error.error_code == code
    assert error.message.endswith(": no funds")
    assert written(CaptureOutput(error=error))["error"] == {"errorCode": code, "message": error.message}


@pytest.mark.parametrize("code", [code for code in get_args(SfResultCode) if code != "Success"])
def test_a_token_that_was_not_made_leaves_no_amount_pending(code):
    error = tokenization_error(tokenized(code))
    assert error is not None
    assert error.error_code == code
    assert "pending" not in error.message
    assert tokenization_error(tokenized()) is None


def test_a_success_and_an_answer_still_to_come_are_no_error():
    assert gateway_error(said()) is None
    assert gateway_error(said("Indeterminate", pending=True)) is None
