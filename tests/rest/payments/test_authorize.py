"""Authorizations through the API: what is recorded, what the provider holds, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.gateways.simulator import Simulator
from orderwright.store.database import Database
from tests.rest.changing import plain
from tests.rest.payments.till import NUMBER, Till, Untouched, books_of, requests_of, sound, told


async def test_an_amount_is_reserved_and_recorded_with_all_that_was_sent(
    shop: Till, simulator: Simulator, database: Database
):
    order = await shop.api.draft()
    body = shop.charge(
        "50.10", comments="first", effectiveDate="15-01-2020", email="a@example.org", ipAddress="192.0.2.7",
        macAddress="00-14-22-01-23-45", phone="100", additionalData={"a": "b"},
        paymentGroup={"createPaymentGroup": "true", "sourceObjectId": order, "currencyIsoCode": "GBP"},
    )  # fmt: skip
    answer = await shop.made("/authorizations", body)
    made, group = answer["paymentAuthorization"], answer["paymentGroup"]
    assert answer["error"] is None
    assert answer["gatewayResponse"]["salesforceResultCode"] == "Success"
    assert (made["amount"], made["currencyIsoCode"], made["status"]) == (Decimal("50.10"), "GBP", "Processed")
    assert (group["currencyIsoCode"], group["sourceObjectId"]) == ("GBP", order)
    assert (answer["paymentMethod"]["id"], answer["isMultiCaptureSupported"]) == (shop.card, True)
    [log] = answer["paymentGatewayLogs"]
    assert log["interactionStatus"] == "Success"
    read = await shop.read(made["id"])
    shown = ("Amount", "Balance", "CurrencyIsoCode", "Status", "AccountId", "PaymentGatewayId", "PaymentMethodId")
    fifty = Decimal("50.10")
    assert [read[n] for n in shown] == [fifty, fifty, "GBP", "Processed", shop.account, shop.gateway, shop.card]
    sent = ("Comments", "Email", "IpAddress", "MacAddress", "Phone", "PaymentGroupId")
    assert [read[n] for n in sent] == ["first", "a@example.org", "192.0.2.7", "00-14-22-01-23-45", "100", group["id"]]
    assert (read["EffectiveDate"], read["ProcessingMode"]) == ("2020-01-15T00:00:00.000+0000", "Salesforce")
    assert read["OrderPaymentSummaryId"] is None
    theirs = await books_of(simulator, read["GatewayRefNumber"])
    assert (theirs.authorized, theirs.captured, theirs.currency_iso_code) == (fifty, Decimal(0), "GBP")
    kept = await shop.read(log["id"])
    assert (kept["InteractionType"], kept["ReferencedEntityId"]) == ("Authorization", made["id"])
    await sound(database)


AMOUNTS = [("JPY", 50, "50"), ("JPY", "50.00", "50"), ("KWD", "1.234", "1.234"), ("GBP", 7, "7.00")]


@pytest.mark.parametrize(("currency", "amount", "kept"), AMOUNTS)
async def test_amounts_are_kept_at_the_scale_of_their_currency(
    shop: Till, simulator: Simulator, currency: str, amount: Any, kept: str
):
    answer = await shop.call("/authorizations", shop.in_currency(currency).charge(amount))
    made = told(answer)["paymentAuthorization"]
    assert (str(made["amount"]), made["currencyIsoCode"]) == (kept, currency)
    read = await shop.read(made["id"])
    assert (str(read["Amount"]), str(read["Balance"])) == (kept, kept)
    theirs = await books_of(simulator, read["GatewayRefNumber"])
    assert (theirs.authorized, theirs.currency_iso_code) == (Decimal(kept), currency)


TOO_FINE = [("JPY", "50.5"), ("GBP", "0.001"), ("KWD", "1.2345"), ("GBP", 1e-9)]


@pytest.mark.parametrize(("currency", "amount"), TOO_FINE)
async def test_an_amount_finer_than_its_currency_is_refused(shop: Till, database: Database, currency: str, amount: Any):
    async with Untouched(database):
        answer = await shop.call("/authorizations", shop.in_currency(currency).on_card(amount))
    body = answer.json()[0]
    assert (answer.status_code, body["errorCode"]) == (400, "NUMBER_OUTSIDE_VALID_RANGE")
    assert currency in body["message"]


async def test_a_card_sent_along_gets_a_token_and_a_record_and_its_numbers_are_kept_nowhere(
    shop: Till, simulator: Simulator
):
    answer = await shop.made("/authorizations", shop.on_card(20, cardNumber="4242 4242 4242 4242"))
    method, made = answer["paymentMethod"], answer["paymentAuthorization"]
    assert [log["interactionStatus"] for log in answer["paymentGatewayLogs"]] == ["NoOp", "Success"]
    card = await shop.read(method["id"])
    assert (card["CardLastFour"], card["CardBin"], card["AccountId"]) == (4242, 424242, shop.account)
    assert (await shop.read(made["id"]))["PaymentMethodId"] == method["id"]
    theirs = await books_of(simulator, answer["gatewayResponse"]["gatewayReferenceNumber"])
    assert theirs.authorized == 20


async def test_a_card_that_gets_no_token_is_charged_nothing(shop: Till, database: Database):
    answer = await shop.made("/authorizations", shop.on_card(20, cardNumber="4000000000000002"))
    assert answer["error"]["errorCode"] == "Decline"
    assert (answer["paymentAuthorization"], answer["gatewayResponse"], answer["paymentMethod"]) == (None, None, None)
    [log] = answer["paymentGatewayLogs"]
    assert (await shop.read(log["id"]))["InteractionType"] == "Tokenize"
    assert await requests_of(database, "Authorization", payment_gateway_id=shop.gateway) == []


@pytest.mark.parametrize(("fault", "code"), [("decline", "Decline"), ("permanent_fail", "PermanentFail")])
async def test_what_the_provider_refuses_is_told_and_makes_no_record(
    shop: Till, simulator: Simulator, database: Database, fault: Any, code: str
):
    await simulator.tell(operation="Authorize", kind=fault)
    answer = await shop.made("/authorizations", shop.charge())
    assert (answer["error"]["errorCode"], answer["paymentAuthorization"]) == (code, None)
    [log] = answer["paymentGatewayLogs"]
    kept = await shop.read(log["id"])
    assert (kept["InteractionStatus"], kept["SfResultCode"]) == ("Failed", code)
    [request] = await requests_of(database, "Authorization", payment_gateway_id=shop.gateway)
    assert (request["state"], request["made_id"]) == ("Refused", None)
    await sound(database)


def bad(shop: Till) -> dict[str, tuple[Any, str]]:
    """What is wrong with a body, and the code it is refused with."""
    none, other = "001000000000001", "801000000000001"
    charge, card = shop.charge, shop.on_card()["paymentMethod"]
    return {
        "no amount": ({**charge(), "amount": None}, "REQUIRED_FIELD_MISSING"),
        "zero": (charge(0), "INVALID_INPUT"),
        "below zero": (charge(-1), "INVALID_INPUT"),
        "text": (charge("much"), "JSON_PARSER_ERROR"),
        "no number": (charge("NaN"), "JSON_PARSER_ERROR"),
        "huge": (charge("1e16"), "NUMBER_OUTSIDE_VALID_RANGE"),
        "no currency": (charge(currencyIsoCode="ABC"), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        "small letters": (charge(currencyIsoCode="gbp"), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        "gold": (charge(currencyIsoCode="XAU"), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        "no account": ({**charge(), "accountId": ""}, "REQUIRED_FIELD_MISSING"),
        "an account that is not there": (charge(accountId=none), "INVALID_CROSS_REFERENCE_KEY"),
        "an order as the account": (charge(accountId=other), "INVALID_ID_FIELD"),
        "a gateway that is not there": (charge(paymentGatewayId="0b0000000000001"), "INVALID_CROSS_REFERENCE_KEY"),
        "a card that is not there": (
            charge(paymentMethod={"id": "03O000000000001"}), "INVALID_CROSS_REFERENCE_KEY",
        ),
        "nobody to pay": (charge(paymentMethod={}), "REQUIRED_FIELD_MISSING"),
        "two to pay": (charge(paymentMethod={"id": shop.card, **card}), "INVALID_INPUT"),
        "a group that is not there": (charge(paymentGroup={"id": "9zx000000000001"}), "INVALID_CROSS_REFERENCE_KEY"),
        "an order that is not there": (
            charge(paymentGroup={"sourceObjectId": other}), "INVALID_CROSS_REFERENCE_KEY",
        ),
        "a group for nothing": (
            {**shop.on_card(), "paymentGroup": {"createPaymentGroup": False, "currencyIsoCode": "GBP"}},
            "INVALID_INPUT",
        ),
        "a group in another currency": (
            {**shop.on_card(), "paymentGroup": {"createPaymentGroup": True, "currencyIsoCode": "USD"}},
            "INVALID_INPUT",
        ),
        "a card of nobody": (shop.on_card(accountId=none), "INVALID_CROSS_REFERENCE_KEY"),
        "a month that is none": (shop.on_card(expiryMonth=13), "INVALID_INPUT"),
        "a date that is none": (charge(effectiveDate="2020-02-30"), "INVALID_INPUT"),
        "a date far off": (charge(effectiveDate="0000-01-01"), "INVALID_INPUT"),
        "a null character": (charge(comments="a\0b"), "JSON_PARSER_ERROR"),
        "a long comment": (charge(comments="x" * 1001), "STRING_TOO_LONG"),
        "a long address": (charge(ipAddress="x" * 40), "STRING_TOO_LONG"),
        "six pairs": (charge(additionalData={str(n): "x" for n in range(6)}), "INVALID_INPUT"),
        "a pair that is no text": (charge(additionalData={"a": 1}), "INVALID_INPUT"),
        "a long pair": (charge(additionalData={"a": "x" * 256}), "STRING_TOO_LONG"),
        "misspelt": (charge(ammount=5), "INVALID_FIELD"),
        "a list": ([charge()], "JSON_PARSER_ERROR"),
        "a list of methods": (charge(paymentMethod=[card]), "JSON_PARSER_ERROR"),
        "a number as a card": (charge(paymentMethod={"cardPaymentMethod": 4111111111111111}), "JSON_PARSER_ERROR"),
    }  # fmt: skip


async def test_what_is_wrong_is_refused_and_writes_nothing(shop: Till, database: Database):
    for what, (body, code) in bad(shop).items():
        async with Untouched(database):
            answer = await shop.call("/authorizations", body)
        assert answer.status_code == 400, (what, answer.text)
        [error] = answer.json()
        assert error["errorCode"] == code, (what, answer.text)
        assert NUMBER not in answer.text, what


async def test_a_closed_gateway_and_an_unusable_method_are_refused(shop: Till, database: Database):
    api = shop.api
    closed = await api.create(
        "PaymentGateway", PaymentGatewayName="Shut", PaymentGatewayProviderId=shop.provider, Status="Inactive"
    )
    dead = await api.create("CardPaymentMethod", GatewayToken="tok_2", ProcessingMode="External", Status="InActive")
    bare = await api.create("CardPaymentMethod", ProcessingMode="External", Status="Active")
    cases = {
        "INVALID_STATUS": [shop.charge(paymentGatewayId=closed), shop.charge(paymentMethod={"id": dead})],
        "INVALID_OPERATION": [shop.charge(paymentMethod={"id": bare})],
    }
    for code, bodies in cases.items():
        for body in bodies:
            async with Untouched(database):
                answer = await shop.call("/authorizations", body)
            assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code), answer.text


async def test_an_authorization_is_younger_than_the_oldest_version(shop: Till):
    plain(await shop.call("/authorizations", shop.charge(), version=48), 404, "NOT_FOUND")
    assert (await shop.call("/authorizations", shop.charge(), version=49)).status_code == 201


async def test_a_refusal_has_the_shape_of_the_resource(shop: Till):
    answer = await shop.call("/authorizations", shop.charge(0))
    [error] = answer.json()
    assert set(error) == {"errorCode", "message", "output", "enhancedErrorType"}
    assert error["output"]["error"] == {"errorCode": "INVALID_INPUT", "message": error["message"]}
