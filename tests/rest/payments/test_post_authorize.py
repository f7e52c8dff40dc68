"""Authorizations that the payer's device made with the provider, confirmed and recorded through the API."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.gateways.simulator import Simulator
from orderwright.store.database import Database
from tests.rest.changing import plain
from tests.rest.payments.till import Till, Untouched, books_of, keyed, moved, refused, requests_of, sound, told


def by_device(shop: Till, token: str, amount: Any = 50, **method: Any) -> dict[str, Any]:
    """The body of a post-authorization of what the device left behind."""
    sent = {"accountId": shop.account, "gatewayToken": token, "gatewayTokenDetails": "wallet", "name": "Wallet"}
    return shop.charge(amount, paymentMethod={"alternativePaymentMethod": {**sent, **method}})


async def test_what_the_device_authorized_is_recorded_and_can_be_captured(
    shop: Till, simulator: Simulator, database: Database
):
    token = f"pi_{shop.account}"
    answer = await shop.made("/postAuths", by_device(shop, token, "50.10"))
    made, method = answer["paymentAuthorization"], answer["paymentMethod"]
    assert (answer["error"], made["status"], made["amount"]) == (None, "Processed", Decimal("50.10"))
    assert answer["savedPaymentMethodStatus"] == "Created"
    read = await shop.read(made["id"])
    assert (read["PaymentMethodId"], read["AccountId"], read["Balance"]) == (
        method["id"], shop.account, Decimal("50.10"),
    )  # fmt: skip
    assert (await books_of(simulator, read["GatewayRefNumber"])).authorized == Decimal("50.10")
    assert (await shop.read(answer["paymentGatewayLogs"][0]["id"]))["InteractionType"] == "PostAuth"
    await shop.captured(made["id"], "50.10")
    assert await moved(simulator, read["GatewayRefNumber"]) == (Decimal("50.10"), 0, 0)
    details = method["paymentMethodDetails"]["alternativePaymentMethod"]
    assert (details["gatewayToken"], details["name"]) == (None, "Wallet")
    await sound(database)


async def test_one_authorization_is_not_recorded_twice(shop: Till, simulator: Simulator, database: Database):
    token = f"pi_{shop.account}"
    first = await shop.call("/postAuths", by_device(shop, token), **keyed(token))
    told(first)
    assert (await shop.call("/postAuths", by_device(shop, token), **keyed(token))).content == first.content
    again = await shop.made("/postAuths", by_device(shop, token))
    assert (again["error"]["errorCode"], again["paymentAuthorization"]) == ("PermanentFail", None)
    assert len(await requests_of(database, "PostAuth", payment_gateway_id=shop.gateway)) == 2


async def test_an_amount_that_is_not_the_authorizations_is_not_recorded(
    shop: Till, simulator: Simulator, database: Database
):
    reference = (await shop.read(await shop.authorized(50)))["GatewayRefNumber"]
    answer = await shop.made("/postAuths", by_device(shop, reference, 60))
    assert (answer["error"]["errorCode"], answer["paymentAuthorization"]) == ("ValidationError", None)
    assert (await books_of(simulator, reference)).authorized == 50


async def test_a_gateway_that_was_not_reached_can_be_asked_again_under_the_same_key(
    shop: Till, simulator: Simulator, database: Database
):
    token = f"pi_{shop.account}"
    await simulator.tell(operation="PostAuthorize", kind="error_before")
    answer = await shop.call("/postAuths", by_device(shop, token), **keyed(token))
    assert (answer.status_code, answer.json()["error"]["errorCode"]) == (503, "SystemError")
    again = told(await shop.call("/postAuths", by_device(shop, token), **keyed(token)))
    assert again["paymentAuthorization"]["status"] == "Processed"
    methods = "SELECT count(*) FROM alternative_payment_method WHERE gateway_token = $1"
    assert await database.main.fetchval(methods, token) == 1


BAD = {
    "nobody": ({}, "REQUIRED_FIELD_MISSING"),
    "two": ({"id": "03O000000000001", "alternativePaymentMethod": None}, "INVALID_CROSS_REFERENCE_KEY"),
    "no token": ({"alternativePaymentMethod": {"gatewayTokenDetails": "x"}}, "REQUIRED_FIELD_MISSING"),
    "a token that is none": (
        {"alternativePaymentMethod": {"gatewayToken": ["tok_secret"], "gatewayTokenDetails": "x"}},
        "JSON_PARSER_ERROR",
    ),
    "an account that is not there": (
        {"alternativePaymentMethod": {"gatewayToken": "tok_secret", "accountId": "001000000000001"}},
        "INVALID_CROSS_REFERENCE_KEY",
    ),
}


@pytest.mark.parametrize(("method", "code"), BAD.values(), ids=BAD)
async def test_what_is_wrong_is_refused_and_writes_nothing(
    shop: Till, database: Database, method: dict[str, Any], code: str
):
    sent = method.get("alternativePaymentMethod")
    if sent is not None:
        sent = {"accountId": shop.account, "gatewayTokenDetails": "wallet", **sent}
        method = {**method, "alternativePaymentMethod": sent}
    async with Untouched(database):
        answer = await shop.call("/postAuths", shop.charge(paymentMethod=method))
    refused(answer, code)
    assert "tok_secret" not in answer.text


async def test_it_is_younger_than_authorizations(shop: Till):
    plain(await shop.call("/postAuths", by_device(shop, "x"), version=53), 404, "NOT_FOUND")
