"""Refunds through the API, of payments that belong to no order yet."""

import asyncio
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


async def shown(shop: Till, payment: str) -> tuple[Any, ...]:
    """What a payment says was refunded of it, and what is left of it."""
    read = await shop.read(payment)
    return read["NetRefundApplied"], read["Balance"]


@pytest.mark.parametrize("path", ["refunds", "refund"])
async def test_a_part_of_a_payment_is_given_back(shop: Till, simulator: Simulator, database: Database, path: str):
    payment = await shop.sold("50.00")
    body = {
        "accountId": "", "amount": "12.34", "comments": "refund", "clientContext": "till 4", "email": "a@example.org",
        "paymentGroup": {"createPaymentGroup": "true", "sourceObjectId": "", "currencyIsoCode": "GBP"},
        "effectiveDate": "2019-10-18T11:32:27.000Z",
    }  # fmt: skip
    answer = await shop.made(f"/payments/{payment}/{path}", body)
    made = answer["refund"]
    assert (made["amount"], made["status"], made["currencyIsoCode"]) == (D("12.34"), "Processed", "GBP")
    refund = await shop.read(made["id"])
    names = ("Amount", "Balance", "Type", "AccountId", "PaymentMethodId", "ClientContext", "PaymentGroupId")
    assert [refund[n] for n in names] == [
        D("12.34"), 0, "Referenced", shop.account, shop.card, "till 4", answer["paymentGroup"]["id"],
    ]  # fmt: skip
    assert await shown(shop, payment) == (D("12.34"), D("37.66"))
    reference = (await shop.read(payment))["GatewayRefNumber"]
    assert await moved(simulator, reference) == (50, 0, D("12.34"))
    [log] = answer["paymentGatewayLogs"]
    assert (await shop.read(log["id"]))["InteractionType"] == "ReferencedRefund"
    await sound(database)


@pytest.mark.parametrize(("currency", "whole", "part"), [("JPY", "50", "49"), ("KWD", "1.234", "1.233")])
async def test_the_last_minor_unit_is_left_and_no_more(
    shop: Till, simulator: Simulator, database: Database, currency: str, whole: str, part: str
):
    payment = await shop.in_currency(currency).sold(whole)
    told(await shop.refund(payment, part))
    left = D(whole) - D(part)
    async with Untouched(database, payment):
        assert str(left) in refused(await shop.refund(payment, 2 * left), "INSUFFICIENT_FUNDS")
        refused(await shop.refund(payment, left / 10), "NUMBER_OUTSIDE_VALID_RANGE")
    told(await shop.refund(payment, str(left)))
    assert await shown(shop, payment) == (D(whole), 0)
    assert await moved(simulator, (await shop.read(payment))["GatewayRefNumber"]) == (D(whole), 0, D(whole))
    await sound(database)


@pytest.mark.parametrize("kind", ["sale", "capture"])
async def test_refunds_at_the_same_time_never_give_back_more_than_there_was(
    shop: Till, simulator: Simulator, database: Database, kind: str
):
    payment = await shop.sold(50) if kind == "sale" else await shop.captured(await shop.authorized(80), 50)
    answers = await asyncio.gather(*(shop.refund(payment, 20) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [201, 201, 400, 400, 400]
    assert await shown(shop, payment) == (40, 10)
    assert await moved(simulator, (await shop.read(payment))["GatewayRefNumber"]) == (50, 0, 40)
    await sound(database)


async def test_refunds_and_captures_of_one_authorization_at_the_same_time(
    shop: Till, simulator: Simulator, database: Database
):
    authorization = await shop.authorized(100)
    payments = [await shop.captured(authorization, 20) for _ in range(2)]
    answers = await asyncio.gather(
        *(shop.refund(payment, 15) for payment in (*payments, *payments)),
        *(shop.capture(authorization, 40) for _ in range(3)),
        *(shop.reverse(authorization, 5) for _ in range(2)),
    )
    assert [a.status_code for a in answers[:4]].count(201) == 2
    assert [a.status_code for a in answers[4:7]].count(201) == 1
    read = await shop.read(authorization)
    assert (read["TotalPaymentCaptureAmount"], read["TotalAuthReversalAmount"], read["Balance"]) == (80, 10, 10)
    assert await moved(simulator, read["GatewayRefNumber"]) == (80, 10, 30)
    await sound(database)


async def test_what_is_wrong_is_refused_and_writes_nothing(shop: Till, database: Database):
    payment = await shop.sold(50)
    draft = await shop.api.create(
        "Payment", Amount=5, CurrencyIsoCode="GBP", ProcessingMode="External", Status="Draft", Type="Sale"
    )
    cases = [
        (payment, {"amount": "50.01"}, "INSUFFICIENT_FUNDS"),
        (payment, {"amount": 0}, "INVALID_INPUT"),
        (payment, {"amount": "-5"}, "INVALID_INPUT"),
        (payment, {}, "REQUIRED_FIELD_MISSING"),
        (payment, {"amount": 5, "accountId": "001000000000001"}, "INVALID_CROSS_REFERENCE_KEY"),
        (payment, {"amount": 5, "paymentGroup": {"currencyIsoCode": "USD"}}, "INVALID_INPUT"),
        (payment, {"amount": 5, "isFinalCapture": True}, "INVALID_FIELD"),
        (draft, {"amount": 5}, "INVALID_STATUS"),
    ]
    for record_id, body, code in cases:
        async with Untouched(database, payment):
            answer = await shop.call(f"/payments/{record_id}/refunds", body)
        refused(answer, code)
    authorization = await shop.authorized(5)
    async with Untouched(database):
        plain(await shop.refund("0aQ000000000001", 5), 404, "NOT_FOUND")
        plain(await shop.refund(authorization, 5), 400, "INVALID_ID_FIELD")


@pytest.mark.parametrize(("fault", "code"), [("decline", "Decline"), ("permanent_fail", "PermanentFail")])
async def test_a_refused_refund_frees_its_amount(
    shop: Till, simulator: Simulator, database: Database, fault: Any, code: str
):
    payment = await shop.sold(50)
    await simulator.tell(operation="Refund", kind=fault)
    answer = told(await shop.refund(payment, 50))
    assert (answer["error"]["errorCode"], answer["refund"]) == (code, None)
    assert await shown(shop, payment) == (0, 50)
    assert (await stored(database, payment))["open_refund_amount"] == 0
    told(await shop.refund(payment, 50))
    assert await moved(simulator, (await shop.read(payment))["GatewayRefNumber"]) == (50, 0, 50)
    await sound(database)


@pytest.mark.parametrize("kind", ["sale", "capture"])
@pytest.mark.parametrize("fault", ["timeout_after_success", "lost_request", "error_before"])
async def test_a_refund_whose_answer_is_lost_moves_money_once(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands, fault: Any, kind: str
):
    payment = await shop.sold(50) if kind == "sale" else await shop.captured(await shop.authorized(80), 50)
    await simulator.tell(operation="Refund", kind=fault)
    answer = await shop.refund(payment, 30)
    if fault == "error_before":
        assert answer.status_code == 503
        assert (await stored(database, payment))["open_refund_amount"] == 0
        told(await shop.refund(payment, 30))
    elif fault == "lost_request":
        assert told(answer)["error"]["errorCode"] == "Indeterminate"
        assert (await stored(database, payment))["open_refund_amount"] == 30
        async with Untouched(database, payment):
            refused(await shop.refund(payment, 21), "INSUFFICIENT_FUNDS")
        clock.now += dt.timedelta(minutes=3)
        assert await settle_due(store, OneGateway(simulator)) == 1
    assert await shown(shop, payment) == (30, 20)
    assert (await stored(database, payment))["open_refund_amount"] == 0
    assert await moved(simulator, (await shop.read(payment))["GatewayRefNumber"]) == (50, 0, 30)
    states = [r["state"] for r in await requests_of(database, "Refund", payment_id=payment)]
    assert states == (["Refused", "Succeeded"] if fault == "error_before" else ["Succeeded"])
    await sound(database)


async def test_a_gateway_that_refunds_the_whole_is_not_asked_for_a_part(
    shop: Till, database: Database, monkeypatch: pytest.MonkeyPatch
):
    limit(monkeypatch, partial_refund=False)
    payment = await shop.sold(50)
    async with Untouched(database, payment):
        assert "only the whole" in refused(await shop.refund(payment, 20), "INVALID_OPERATION")
    told(await shop.refund(payment, 50))
