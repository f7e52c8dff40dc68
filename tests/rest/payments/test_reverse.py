"""Authorization reversals through the API."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from orderwright.gateways.simulator import Simulator
from orderwright.settlement.gateways import OneGateway
from orderwright.settlement.settle import settle_due
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.changing import plain
from tests.rest.conftest import Hands
from tests.rest.payments.till import (
    Till,
    Untouched,
    limit,
    moved,
    refused,
    requests_of,
    sound,
    stored,
    told,
)

D = Decimal


async def shown(shop: Till, authorization: str) -> tuple[Any, ...]:
    """What an authorization says was released of it, and what is left."""
    read = await shop.read(authorization)
    return read["TotalAuthReversalAmount"], read["Balance"]


@pytest.mark.parametrize("wrapped", [False, True], ids=["flat", "wrapped"])
async def test_a_part_is_released_and_cannot_be_captured_any_more(
    shop: Till, simulator: Simulator, database: Database, wrapped: bool
):
    authorization = await shop.authorized("50.00")
    body: Any = {
        "accountId": "", "amount": "12.34", "comments": "reversal", "effectiveDate": "2020-10-18T11:32:27.000Z",
        "ipAddress": "192.0.2.6", "email": "a@example.org", "additionalData": {"key1": "value1"},
    }  # fmt: skip
    path = f"/authorizations/{authorization}/reversals"
    answer = await shop.made(path, {"paymentAuthReversal": body} if wrapped else body)
    made = answer["paymentAuthAdjustment"]
    assert (made["amount"], made["status"], made["currencyIsoCode"]) == (D("12.34"), "Processed", "GBP")
    adjustment = await shop.read(made["id"])
    names = ("Amount", "Type", "PaymentAuthorizationId", "AccountId", "Comments")
    assert [adjustment[n] for n in names] == [D("12.34"), "Reversal", authorization, shop.account, "reversal"]
    assert await shown(shop, authorization) == (D("12.34"), D("37.66"))
    async with Untouched(database, authorization):
        refused(await shop.capture(authorization, "37.67"), "INSUFFICIENT_FUNDS")
    assert await moved(simulator, (await shop.read(authorization))["GatewayRefNumber"]) == (0, D("12.34"), 0)
    [log] = answer["paymentGatewayLogs"]
    kept = await shop.read(log["id"])
    assert (kept["InteractionType"], kept["OrderPaymentSummaryId"]) == ("AuthorizationReversal", None)
    await sound(database)


async def test_more_than_there_is_is_for_the_gateway_to_refuse(shop: Till, simulator: Simulator, database: Database):
    """Documented: the amount is not compared with the authorization's."""
    authorization = await shop.authorized(50)
    await shop.captured(authorization, 20)
    for amount in (31, 51):
        answer = told(await shop.reverse(authorization, amount))
        assert (answer["error"]["errorCode"], answer["paymentAuthAdjustment"]) == ("PermanentFail", None)
    assert await shown(shop, authorization) == (0, 30)
    assert (await stored(database, authorization))["open_reversal_amount"] == 0
    told(await shop.reverse(authorization, 30))
    assert await shown(shop, authorization) == (30, 0)
    assert await moved(simulator, (await shop.read(authorization))["GatewayRefNumber"]) == (20, 30, 0)
    await sound(database)


async def test_what_is_wrong_is_refused_and_writes_nothing(shop: Till, database: Database):
    authorization = await shop.authorized(50)
    other = await shop.api.create("Account", Name="Dave")
    cases = [
        ({"amount": 0}, "INVALID_INPUT"),
        ({"amount": "-5"}, "INVALID_INPUT"),
        ({"amount": "0.001"}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({}, "REQUIRED_FIELD_MISSING"),
        ({"amount": 5, "accountId": other}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"amount": 5, "comments": "x" * 1001}, "STRING_TOO_LONG"),
        ({"amount": 5, "paymentGroup": {}}, "INVALID_FIELD"),
        ({"paymentAuthReversal": {"amount": 5}, "amount": 5}, "INVALID_FIELD"),
    ]
    for body, code in cases:
        async with Untouched(database, authorization):
            answer = await shop.call(f"/authorizations/{authorization}/reversals", body)
        refused(answer, code)
    async with Untouched(database):
        plain(await shop.reverse("0Xc000000000001", 5), 404, "NOT_FOUND")
        plain(await shop.reverse(authorization, 5, version=50), 404, "NOT_FOUND")


@pytest.mark.parametrize("fault", ["decline", "timeout_after_success", "lost_request", "error_before"])
async def test_a_reversal_is_made_once_or_not_at_all(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands, fault: Any
):
    authorization = await shop.authorized(50)
    await simulator.tell(operation="Void", kind=fault)
    answer = await shop.reverse(authorization, 30)
    assert answer.status_code == (503 if fault == "error_before" else 201)
    released = {"timeout_after_success": 30, "lost_request": 30}.get(fault, 0)
    if fault == "lost_request":
        assert (await stored(database, authorization))["open_reversal_amount"] == 30
        async with Untouched(database, authorization):
            refused(await shop.capture(authorization, 21), "INSUFFICIENT_FUNDS")
        clock.now += dt.timedelta(minutes=3)
        assert await settle_due(store, OneGateway(simulator)) == 1
    assert await shown(shop, authorization) == (released, 50 - released)
    assert (await stored(database, authorization))["open_reversal_amount"] == 0
    assert await moved(simulator, (await shop.read(authorization))["GatewayRefNumber"]) == (0, released, 0)
    assert len(await requests_of(database, "Reversal", payment_authorization_id=authorization)) == 1
    await sound(database)


async def test_what_a_gateway_cannot_release_is_not_asked_of_it(
    shop: Till, database: Database, monkeypatch: pytest.MonkeyPatch
):
    limit(monkeypatch, partial_void=False)
    authorization = await shop.authorized(50)
    await shop.captured(authorization, 20)
    async with Untouched(database, authorization):
        assert "30" in refused(await shop.reverse(authorization, 20), "INVALID_OPERATION")
    told(await shop.reverse(authorization, 30))


async def test_a_gateway_that_releases_nothing_is_not_asked(
    shop: Till, database: Database, monkeypatch: pytest.MonkeyPatch
):
    limit(monkeypatch, void=False)
    authorization = await shop.authorized(50)
    async with Untouched(database, authorization):
        refused(await shop.reverse(authorization, 50), "INVALID_OPERATION")
