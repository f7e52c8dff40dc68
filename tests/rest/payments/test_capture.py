"""Captures through the API, of authorizations that belong to no order yet."""

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from orderwright.gateways.simulator import Simulator
from orderwright.objects.identity import to_15
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
    request_of,
    requests_of,
    sound,
    stored,
    told,
)

D = Decimal


async def shown(shop: Till, authorization: str) -> tuple[Any, ...]:
    """What an authorization says was captured of it, and what is left."""
    read = await shop.read(authorization)
    return read["TotalPaymentCaptureAmount"], read["Balance"]


async def test_a_part_of_an_authorization_becomes_a_payment(shop: Till, simulator: Simulator, database: Database):
    authorization = await shop.authorized("50.00")
    reference = (await shop.read(authorization))["GatewayRefNumber"]
    body = {
        "accountId": shop.account, "amount": "12.34", "comments": "capture", "clientContext": "till 4",
        "paymentGroup": {"createPaymentGroup": "true", "sourceObjectId": "", "currencyIsoCode": "GBP"},
        "effectiveDate": "2019-10-18T11:32:27.000Z", "ipAddress": "192.0.2.7", "macAddress": "00-14-22-01-23-45",
        "phone": "100-456-67", "email": "a@example.org", "additionalData": {"key1": "value1"},
    }  # fmt: skip
    answer = await shop.made(f"/authorizations/{authorization}/captures", body)
    made = answer["payment"]
    assert (made["amount"], made["status"], made["currencyIsoCode"]) == (D("12.34"), "Processed", "GBP")
    payment = await shop.read(made["id"])
    names = ("Amount", "Balance", "Type", "PaymentAuthorizationId", "AccountId", "PaymentMethodId", "ClientContext")
    assert [payment[n] for n in names] == [
        D("12.34"), D("12.34"), "Capture", authorization, shop.account, shop.card, "till 4",
    ]  # fmt: skip
    assert payment["PaymentGroupId"] == answer["paymentGroup"]["id"]
    assert payment["GatewayRefNumber"] == answer["gatewayResponse"]["gatewayReferenceNumber"]
    assert await shown(shop, authorization) == (D("12.34"), D("37.66"))
    assert await moved(simulator, reference) == (D("12.34"), 0, 0)
    await sound(database)


@pytest.mark.parametrize(("currency", "whole", "part"), [("JPY", "50", "49"), ("KWD", "1.234", "1.233")])
async def test_the_last_minor_unit_is_left_and_no_more(
    shop: Till, simulator: Simulator, database: Database, currency: str, whole: str, part: str
):
    shop = shop.in_currency(currency)
    authorization = await shop.authorized(whole)
    await shop.captured(authorization, part)
    left = D(whole) - D(part)
    async with Untouched(database, authorization):
        assert str(left) in refused(await shop.capture(authorization, 2 * left), "INSUFFICIENT_FUNDS")
    await shop.captured(authorization, str(left))
    assert await shown(shop, authorization) == (D(whole), 0)
    reference = (await shop.read(authorization))["GatewayRefNumber"]
    assert await moved(simulator, reference) == (D(whole), 0, 0)
    await sound(database)


async def test_captures_at_the_same_time_never_take_more_than_there_is(
    shop: Till, simulator: Simulator, database: Database
):
    authorization = await shop.authorized(50)
    answers = await asyncio.gather(*(shop.capture(authorization, 20) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [201, 201, 400, 400, 400]
    for answer in answers:
        if answer.status_code == 400:
            refused(answer, "INSUFFICIENT_FUNDS")
    assert await shown(shop, authorization) == (40, 10)
    assert await moved(simulator, (await shop.read(authorization))["GatewayRefNumber"]) == (40, 0, 0)
    await sound(database)


async def test_what_is_wrong_is_refused_and_writes_nothing(shop: Till, database: Database):
    authorization = await shop.authorized(50)
    pending = await shop.api.create(
        "PaymentAuthorization", Amount=5, CurrencyIsoCode="GBP", ProcessingMode="External", Status="Draft"
    )
    cases = [
        (authorization, {"amount": "50.01"}, "INSUFFICIENT_FUNDS"),
        (authorization, {"amount": "0.001"}, "NUMBER_OUTSIDE_VALID_RANGE"),
        (authorization, {"amount": 0}, "INVALID_INPUT"),
        (authorization, {"amount": "-5"}, "INVALID_INPUT"),
        (authorization, {}, "REQUIRED_FIELD_MISSING"),
        (authorization, {"amount": 5, "currencyIsoCode": "GBP"}, "INVALID_FIELD"),
        (authorization, {"amount": 5, "accountId": "001000000000001"}, "INVALID_CROSS_REFERENCE_KEY"),
        (authorization, {"amount": 5, "paymentGroup": {"currencyIsoCode": "USD"}}, "INVALID_INPUT"),
        (authorization, {"amount": 5, "paymentGroup": {"id": "9zx000000000001"}}, "INVALID_CROSS_REFERENCE_KEY"),
        (authorization, {"amount": 5, "effectiveDate": "soon"}, "INVALID_INPUT"),
        (authorization, {"amount": 5, "isFinalCapture": "perhaps"}, "JSON_PARSER_ERROR"),
        (pending, {"amount": 5}, "INVALID_STATUS"),
    ]
    for record_id, body, code in cases:
        async with Untouched(database, authorization):
            answer = await shop.call(f"/authorizations/{record_id}/captures", body)
        refused(answer, code)


async def test_an_authorization_that_is_not_there(shop: Till, database: Database):
    payment = await shop.sold(5)
    async with Untouched(database):
        plain(await shop.capture("0Xc000000000001", 5), 404, "NOT_FOUND")
        plain(await shop.capture(payment, 5), 400, "INVALID_ID_FIELD")
        plain(await shop.capture("nonsense", 5), 400, "INVALID_ID_FIELD")


async def test_an_expired_authorization_is_not_captured(shop: Till, database: Database, clock: Hands):
    until = (clock.now + dt.timedelta(days=7)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    authorization = await shop.api.create(
        "PaymentAuthorization", Amount=5, CurrencyIsoCode="GBP", ProcessingMode="External", Status="Processed",
        ExpirationDate=until,
    )  # fmt: skip
    await shop.captured(authorization, 1)
    await database.main.execute(
        "UPDATE payment_authorization SET expiration_date = $2 WHERE id = $1", to_15(authorization), clock.now
    )
    async with Untouched(database, authorization):
        assert "expired" in refused(await shop.capture(authorization, 1), "INVALID_STATUS")


@pytest.mark.parametrize(("fault", "code"), [("decline", "Decline"), ("permanent_fail", "PermanentFail")])
async def test_a_refused_capture_frees_its_amount(
    shop: Till, simulator: Simulator, database: Database, fault: Any, code: str
):
    authorization = await shop.authorized(50)
    await simulator.tell(operation="Capture", kind=fault)
    answer = told(await shop.capture(authorization, 50))
    assert (answer["error"]["errorCode"], answer["payment"]) == (code, None)
    assert (await stored(database, authorization))["open_capture_amount"] == 0
    assert (await shop.read(answer["paymentGatewayLogs"][0]["id"]))["ReferencedEntityId"] == authorization
    await shop.captured(authorization, 50)
    assert await moved(simulator, (await shop.read(authorization))["GatewayRefNumber"]) == (50, 0, 0)
    await sound(database)


async def test_a_gateway_that_was_not_reached_leaves_everything_as_it_was(
    shop: Till, simulator: Simulator, database: Database
):
    authorization = await shop.authorized(50)
    await simulator.tell(operation="Capture", kind="error_before")
    answer = await shop.capture(authorization, 50)
    assert (answer.status_code, answer.json()["error"]["errorCode"]) == (503, "SystemError")
    assert answer.json()["payment"] is None
    assert (await stored(database, authorization))["open_capture_amount"] == 0
    await shop.captured(authorization, 50)
    await sound(database)


@pytest.mark.parametrize("fault", ["timeout_after_success", "lost_request"])
async def test_an_answer_that_is_lost_is_found_out_and_moves_money_once(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands, fault: Any
):
    """Asked at once, the provider says what it did; of what it never got it knows nothing, until it is sent again."""
    authorization = await shop.authorized(50)
    reference = (await shop.read(authorization))["GatewayRefNumber"]
    await simulator.tell(operation="Capture", kind=fault)
    answer = told(await shop.capture(authorization, 30))
    if fault == "lost_request":
        assert (answer["error"]["errorCode"], answer["payment"]) == ("Indeterminate", None)
        assert (await stored(database, authorization))["open_capture_amount"] == 30
        async with Untouched(database, authorization):
            refused(await shop.capture(authorization, 30), "INSUFFICIENT_FUNDS")
        assert await settle_due(store, OneGateway(simulator)) == 0
        clock.now += dt.timedelta(minutes=3)
        assert await settle_due(store, OneGateway(simulator)) == 1
    else:
        assert (answer["error"], answer["payment"]["status"]) == (None, "Processed")
    assert await shown(shop, authorization) == (30, 20)
    assert (await stored(database, authorization))["open_capture_amount"] == 0
    assert await moved(simulator, reference) == (30, 0, 0)
    [request] = await requests_of(database, "Capture", payment_authorization_id=authorization)
    assert request["state"] == "Succeeded"
    await sound(database)


async def test_a_provider_that_cannot_be_asked_keeps_the_amount_pending(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands
):
    authorization = await shop.authorized(50)
    await simulator.tell(operation="Capture", kind="timeout_after_success")
    await simulator.tell(operation="LookUp", kind="error_before", times=3)
    assert told(await shop.capture(authorization, 30))["error"]["errorCode"] == "Indeterminate"
    for _ in range(2):
        clock.now += dt.timedelta(minutes=10)
        await settle_due(store, OneGateway(simulator))
        assert (await stored(database, authorization))["open_capture_amount"] == 30
    clock.now += dt.timedelta(minutes=10)
    await settle_due(store, OneGateway(simulator))
    assert await shown(shop, authorization) == (30, 20)
    await sound(database)


async def test_a_gateway_that_captures_once_is_not_asked_twice(
    shop: Till, database: Database, monkeypatch: pytest.MonkeyPatch
):
    limit(monkeypatch, multiple_capture=False, partial_capture=True)
    authorization = await shop.authorized(50)
    await shop.captured(authorization, 20)
    async with Untouched(database, authorization):
        assert "only once" in refused(await shop.capture(authorization, 20), "INVALID_OPERATION")


async def test_a_gateway_that_captures_the_whole_is_not_asked_for_a_part(
    shop: Till, database: Database, monkeypatch: pytest.MonkeyPatch
):
    limit(monkeypatch, multiple_capture=False, partial_capture=False)
    authorization = await shop.authorized(50)
    async with Untouched(database, authorization):
        assert "only the whole" in refused(await shop.capture(authorization, 20), "INVALID_OPERATION")
    await shop.captured(authorization, 50)


async def test_each_payment_names_the_request_it_came_of(shop: Till, database: Database):
    authorization = await shop.authorized(50)
    first, second = await shop.captured(authorization, 10), await shop.captured(authorization, 10)
    found = [await request_of(database, payment) for payment in (first, second)]
    assert [(r["state"], r["kind"], r["amount"]) for r in found] == [("Succeeded", "Capture", 10)] * 2
    assert [(await stored(database, p))["gateway_request_id"] for p in (first, second)] == [r["id"] for r in found]


async def test_a_refusal_has_the_shape_of_the_resource(shop: Till):
    authorization = await shop.authorized(50)
    [error] = (await shop.capture(authorization, 51)).json()
    assert set(error) == {"errorCode", "message", "output", "enhancedErrorType"}
    assert error["output"]["payment"] is None
