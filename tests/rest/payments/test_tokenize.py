"""Tokens of cards and bank accounts; and that nothing of what could be paid with is kept or shown anywhere."""

import logging
from typing import Any

import pytest

from orderwright.gateways.protocol import TokenizeResponse
from orderwright.gateways.simulator import Simulator
from orderwright.objects.registry import BY_NAME
from orderwright.rest.payments import tokens
from orderwright.store.database import Database
from tests.rest.changing import plain
from tests.rest.payments.till import CARD, NUMBER, Till, Untouched, keyed, moved, refused, requests_of, sound, told

BANK = {"accountHolderName": "Carol Smith", "accountNumber": "000123456789", "bankCode": "110000000", "bankType": "Ach"}


def card(shop: Till, **more: Any) -> dict[str, Any]:
    return {"paymentGatewayId": shop.gateway, "cardPaymentMethod": {**CARD, "accountId": shop.account, **more}}


async def test_a_card_gets_a_token_that_can_be_charged(shop: Till, simulator: Simulator, database: Database):
    address = {"street": "1 Main St", "city": "San Francisco", "state": "CA", "country": "US", "postalCode": "94105"}
    answer = await shop.made("/payment-methods", {**card(shop, expiryMonth="05"), "address": address})
    method = answer["paymentMethod"]
    assert (answer["error"], answer["gatewayResponse"]["salesforceResultCode"]) == (None, "Success")
    assert [log["interactionStatus"] for log in answer["paymentGatewayLogs"]] == ["NoOp"]
    read = await shop.read(method["id"])
    names = ("CardLastFour", "CardBin", "DisplayCardNumber", "ExpiryMonth", "AccountId", "PaymentMethodCity")
    assert [read[n] for n in names] == [1111, 411111, "************1111", 5, shop.account, "San Francisco"]
    sale = await shop.made("/sales", shop.charge(paymentMethod={"id": method["id"]}))
    assert await moved(simulator, sale["gatewayResponse"]["gatewayReferenceNumber"]) == (50, 0, 0)
    await sound(database)


async def test_a_bank_account_gets_a_token_since_version_65(shop: Till, simulator: Simulator, database: Database):
    body = {"paymentGatewayId": shop.gateway, "bankPaymentMethod": {**BANK, "accountId": shop.account}}
    async with Untouched(database):
        refused_field = await shop.call("/payment-methods", body, version=64)
        assert "bankPaymentMethod" in plain(refused_field, 400, "INVALID_FIELD")
    answer = await shop.made("/payment-methods", body)
    read = await shop.read(answer["paymentMethod"]["id"])
    assert (read["BillingName"], read["PaymentMethodType"], read["Status"]) == ("Carol Smith", "Ach", "Active")
    await sound(database)


REFUSED = {
    "4000000000000002": ("Decline", "card_declined"),
    "4000000000009979": ("PermanentFail", "stolen_card"),
    "4111111111111112": ("ValidationError", "incorrect_number"),
}


@pytest.mark.parametrize(("number", "said"), REFUSED.items())
async def test_a_card_that_is_refused_leaves_a_log_and_no_record(
    shop: Till, database: Database, number: str, said: tuple[str, str]
):
    first = await shop.call("/payment-methods", card(shop, cardNumber=number), **keyed(f"{number} {shop.account}"))
    answer = told(first)
    assert (answer["error"]["errorCode"], answer["gatewayResponse"]["gatewayResultCode"]) == said
    assert (answer["paymentMethod"], answer["gatewayResponse"]["gatewayToken"]) == (None, None)
    [log] = answer["paymentGatewayLogs"]
    assert (await shop.read(log["id"]))["InteractionStatus"] == "Failed"
    again = await shop.call("/payment-methods", card(shop, cardNumber=number), **keyed(f"{number} {shop.account}"))
    assert again.content == first.content
    assert number not in first.text
    await sound(database)


@pytest.mark.parametrize("code", ["SystemError", "Indeterminate"])
async def test_a_gateway_that_said_nothing_of_a_card_can_be_asked_again(
    shop: Till, simulator: Simulator, database: Database, monkeypatch: pytest.MonkeyPatch, code: Any
):
    async def silent(*_: Any) -> TokenizeResponse:
        return TokenizeResponse(
            sf_result_code=code, gateway_token=None, gateway_result_code="no_answer", gateway_message="Nobody there",
            gateway_date=None, request="", response="",
        )  # fmt: skip

    key = keyed(f"{code} {shop.account}")
    with monkeypatch.context() as patch:
        patch.setattr(Simulator, "tokenize", silent)
        for path, body in (("/payment-methods", card(shop)), ("/sales", shop.on_card())):
            answer = await shop.call(path, body, **key)
            assert (answer.status_code, answer.json()["error"]["errorCode"]) == (503, code)
    assert await requests_of(database, "Sale", payment_gateway_id=shop.gateway) == []
    assert told(await shop.call("/payment-methods", card(shop), **key))["paymentMethod"]["status"] == "Active"
    assert told(await shop.call("/sales", shop.on_card(), **key))["payment"]["status"] == "Processed"
    await sound(database)


async def test_a_card_is_sent_to_its_gateway_once_for_a_key(
    shop: Till, simulator: Simulator, database: Database, monkeypatch: pytest.MonkeyPatch
):
    """The process dies between the token and its answer; a gateway that now refuses the card is not asked again."""
    key, sent = keyed(f"once {shop.account}"), 0
    tokenize, read = Simulator.tokenize, tokens._read

    async def counted(self: Simulator, request: Any) -> TokenizeResponse:
        nonlocal sent
        sent += 1
        return await tokenize(self, request)

    async def die(*_: Any) -> Any:
        raise RuntimeError("the process died after the token was stored")

    monkeypatch.setattr(Simulator, "tokenize", counted)
    monkeypatch.setattr(tokens, "_read", die)
    assert (await shop.call("/payment-methods", card(shop), **key)).status_code == 500
    monkeypatch.setattr(tokens, "_read", read)
    answer = told(await shop.call("/payment-methods", card(shop), **key))
    assert sent == 1
    assert (answer["error"], answer["gatewayResponse"]["salesforceResultCode"]) == (None, "Success")
    assert answer["gatewayResponse"]["gatewayToken"].startswith("sim_tok_")
    await sound(database)


async def test_what_is_wrong_is_refused_and_writes_nothing(shop: Till, database: Database):
    bank = {**BANK, "accountId": shop.account}
    cases = [
        ({"paymentGatewayId": shop.gateway}, "REQUIRED_FIELD_MISSING"),
        ({**card(shop), "bankPaymentMethod": bank}, "INVALID_INPUT"),
        (card(shop, cardNumber=None), "REQUIRED_FIELD_MISSING"),
        (card(shop, cardNumber=4111111111111111), "JSON_PARSER_ERROR"),
        (card(shop, cardNumber=["4111111111111111"]), "JSON_PARSER_ERROR"),
        (card(shop, cardNumber="4111111111111111" * 2), "STRING_TOO_LONG"),
        (card(shop, cvv=123), "JSON_PARSER_ERROR"),
        (card(shop, expiryYear="35"), "INVALID_INPUT"),
        (card(shop, expiryYear=None), "REQUIRED_FIELD_MISSING"),
        (card(shop, cardType="4111111111111111"), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (card(shop, accountId="001000000000001"), "INVALID_CROSS_REFERENCE_KEY"),
        ({**card(shop), "paymentGatewayId": "0b0000000000001"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({**card(shop), "additionalData": {"pan": 4111111111111111}}, "INVALID_INPUT"),
        ({**card(shop), "amount": 5}, "INVALID_FIELD"),
    ]
    for body, code in cases:
        async with Untouched(database):
            answer = await shop.call("/payment-methods", body)
        assert refused(answer, code), (body, answer.text)
        if code != "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST":
            assert NUMBER not in answer.text, body


async def test_nothing_that_could_be_paid_with_is_stored_or_logged(
    shop: Till, simulator: Simulator, database: Database, caplog: pytest.LogCaptureFixture
):
    """Every text of every row, but the column that is for tokens; and everything that was logged meanwhile."""
    caplog.set_level(logging.DEBUG)
    number, code, account = "5555555555554444", "90909", "77000123456789"
    sent = card(shop, cardNumber=number, cvv=code[:4])
    tokenized = await shop.made("/payment-methods", sent, **keyed(f"secret {shop.account}"))
    await shop.call("/payment-methods", card(shop, cardNumber=number, cvv="99999"))
    bank = {**BANK, "accountNumber": account, "accountId": shop.account}
    await shop.made("/payment-methods", {"paymentGatewayId": shop.gateway, "bankPaymentMethod": bank})
    made = (await shop.made("/sales", shop.on_card(cardNumber=number, cvv=code[:4])))["payment"]["id"]
    for fault in ("decline", "error_before", "lost_request"):
        await simulator.tell(operation="Sale", kind=fault)
        await shop.call("/sales", shop.on_card(cardNumber=number))
    told(await shop.refund(made, 10))
    own = tokenized["gatewayResponse"]["gatewayToken"]
    for secret in (number, " ".join(number[n : n + 4] for n in range(0, 16, 4)), account, own):
        assert await places_of(database, secret) == [], secret
        assert secret not in caplog.text


async def places_of(database: Database, secret: str) -> list[str]:
    """Where in our tables a text stands; the column for tokens is left out."""
    found = []
    for definition in BY_NAME.values():
        row = "(to_jsonb(t) - 'gateway_token')::text" if "gateway_token" in definition.stored else "t::text"
        query = f'SELECT count(*) FROM "{definition.table}" t WHERE {row} LIKE $1'  # noqa: S608  # our own names
        if await database.main.fetchval(query, f"%{secret}%"):
            found.append(definition.table)
    # Answers that are kept for a repeated key hold what was answered, in their own encoding.
    if await database.main.fetchval(
        "SELECT count(*) FROM request_key WHERE key LIKE $1 OR convert_from(answer, 'UTF8') LIKE $1", f"%{secret}%"
    ):
        found.append("request_key")
    return found
