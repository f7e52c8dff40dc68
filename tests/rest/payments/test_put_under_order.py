"""Money that moved before its order was known: once put under it, all of it is there, and is used from there."""

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
from tests.rest.changing import Nothing
from tests.rest.conftest import Hands
from tests.rest.payments.news import notice, post, signed, told_of_later
from tests.rest.payments.orders import (
    MOVED_SUMS,
    Moved,
    Sold,
    before_its_order,
    forwarded,
    invoiced,
    put,
    sums,
)
from tests.rest.payments.till import (
    Till,
    Untouched,
    moved,
    refused,
    request_of,
    requests_of,
    sound,
    stored,
    told,
)

D = Decimal


@pytest.mark.parametrize("by", ["authorization", "payments", "one payment"])
async def test_all_that_hangs_on_it_goes_along_and_adds_up(
    shop: Till, simulator: Simulator, sold: Sold, database: Database, shard: int, by: str
):
    money = await before_its_order(shop, simulator)
    before = [await shop.read(record_id) for record_id in money.all]
    summary = await put(shop, sold, **paid_by(money, by))
    assert await sums(shop, summary) == MOVED_SUMS
    assert await forwarded(database, *money.all) == (0 if shard == sold.shard else len(money.all))
    for record_id, was in zip(money.all, before, strict=True):
        now = await shop.read(record_id)
        assert (await stored(database, record_id))["shard"] == sold.shard
        changed = {n for n in now if now[n] != was[n]} - {"LastModifiedDate", "SystemModstamp", "attributes"}
        of_reversal = record_id == money.reversal or now.get("InteractionType") == "AuthorizationReversal"
        assert changed == (set() if of_reversal else {"OrderPaymentSummaryId"}), now["attributes"]
        assert of_reversal or now["OrderPaymentSummaryId"] == summary
    requests = [
        *await requests_of(database, "Capture", payment_authorization_id=money.authorization),
        *await requests_of(database, "Reversal", payment_authorization_id=money.authorization),
        *await requests_of(database, "Refund", payment_id=money.payments[0]),
        await request_of(database, money.authorization),
    ]
    assert [(r["shard"], r["order_payment_summary_id"]) for r in requests] == [(sold.shard, to_15(summary))] * 6
    async with Nothing(database, sold.placed):
        again = await shop.under(sold.placed.summary, paymentAuthorizationId=money.authorization)
        refused(again, "DUPLICATE_VALUE", 409)
    await sound(database)


def paid_by(money: Moved, by: str) -> dict[str, Any]:
    if by == "authorization":
        return {"paymentAuthorizationId": money.authorization}
    return {"paymentIds": list(money.payments) if by == "payments" else [money.payments[1]]}


async def test_a_sale_goes_with_its_refunds(
    shop: Till, simulator: Simulator, sold: Sold, database: Database, shard: int
):
    payment = await shop.sold(50)
    refunds = [told(await shop.refund(payment, amount))["refund"]["id"] for amount in (5, 7)]
    await simulator.tell(operation="Refund", kind="decline")
    told(await shop.refund(payment, 1))
    group = {"createPaymentGroup": True, "sourceObjectId": None}
    refunds.append(
        (await shop.made(f"/payments/{payment}/refunds", {"amount": 1, "paymentGroup": group}))["refund"]["id"]
    )
    summary = await put(shop, sold, paymentIds=[payment])
    assert await sums(shop, summary) == (0, 0, 50, 13, 37, 0, 37, 0, 0)
    for refund in refunds:
        assert (await shop.read(refund))["OrderPaymentSummaryId"] == summary
    told(await shop.refund(payment, 37))
    refused(await shop.refund(payment, "0.01"), "INSUFFICIENT_FUNDS")
    assert await moved(simulator, (await shop.read(payment))["GatewayRefNumber"]) == (50, 0, 50)
    await sound(database)


@pytest.mark.parametrize("what", ["capture", "refund", "reversal"])
async def test_while_a_request_is_open_nothing_leaves(
    shop: Till, simulator: Simulator, store: Store, sold: Sold, database: Database, clock: Hands, shard: int, what: str
):
    authorization = await shop.authorized(100)
    payment = await shop.captured(authorization, 50)
    calls = {
        "capture": ("Capture", lambda: shop.capture(authorization, 20)),
        "refund": ("Refund", lambda: shop.refund(payment, 20)),
        "reversal": ("Void", lambda: shop.reverse(authorization, 20)),
    }
    operation, call = calls[what]
    await simulator.tell(operation=operation, kind="lost_request")  # type: ignore[arg-type]
    told(await call())
    for paid in ({"paymentAuthorizationId": authorization}, {"paymentIds": [payment]}):
        async with Nothing(database, sold.placed):
            refused(await shop.under(sold.placed.summary, **paid), "INVALID_STATUS")
    assert await forwarded(database, authorization, payment) == 0
    clock.now += dt.timedelta(minutes=3)
    await settle_due(store, OneGateway(simulator))
    await put(shop, sold, paymentAuthorizationId=authorization)
    await sound(database)


async def test_a_pending_sale_waits_for_its_provider(
    shop: Till, sold: Sold, database: Database, shard: int, monkeypatch: pytest.MonkeyPatch
):
    told_of_later(monkeypatch)
    payment = await shop.sold(50)
    async with Nothing(database, sold.placed):
        refused(await shop.under(sold.placed.summary, paymentIds=[payment]), "INVALID_STATUS")
    await post(shop, signed(notice(await request_of(database, payment))))
    assert await sums(shop, await put(shop, sold, paymentIds=[payment])) == (0, 0, 50, 0, 50, 0, 50, 0, 0)
    await sound(database)


async def test_captures_while_it_is_put_under_an_order_are_all_counted(
    shop: Till, simulator: Simulator, sold: Sold, database: Database, shard: int
):
    """Whoever comes first: what was captured before goes along, what is captured after is the order's."""
    authorization = await shop.authorized(100)
    answers = await asyncio.gather(
        *(shop.capture(authorization, 10) for _ in range(4)),
        shop.under(sold.placed.summary, paymentAuthorizationId=authorization),
        *(shop.capture(authorization, 10) for _ in range(4)),
    )
    assert {answer.status_code for answer in answers} <= {201, 400}
    for answer in answers:
        if answer.status_code == 400:
            refused(answer, "INVALID_STATUS")
    captured = 10 * sum("gatewayResponse" in a.json() for a in answers if a.status_code == 201)
    read = await shop.read(authorization)
    if read["OrderPaymentSummaryId"] is None:
        read["OrderPaymentSummaryId"] = await put(shop, sold, paymentAuthorizationId=authorization)
    assert await sums(shop, read["OrderPaymentSummaryId"]) == (
        100, 0, captured, 0, captured, 100 - captured, captured, 0, 0,
    )  # fmt: skip
    assert await moved(simulator, read["GatewayRefNumber"]) == (captured, 0, 0)
    assert await requests_of(database, "Capture", payment_authorization_id=authorization, order_summary_id=None) == []
    await sound(database)


async def test_two_orders_want_the_same_money(
    shop: Till, simulator: Simulator, sold: Sold, database: Database, shard: int
):
    money = await before_its_order(shop, simulator)
    other = await invoiced(shop)
    answers = await asyncio.gather(
        *(
            shop.under(order.placed.summary, paymentAuthorizationId=money.authorization)
            for order in (sold, other, sold, other)
        )
    )
    assert [a.status_code for a in answers].count(201) == 1
    assert {a.status_code for a in answers} == {201, 409}
    summary = next(a.json()["orderPaymentSummaryId"] for a in answers if a.status_code == 201)
    assert await sums(shop, summary) == MOVED_SUMS
    await sound(database)


async def test_what_cannot_pay_for_the_order_stays_where_it_is(
    shop: Till, simulator: Simulator, sold: Sold, database: Database, shard: int
):
    dollars = await shop.in_currency("USD").authorized(10)
    good, other = await shop.sold(10), await shop.authorized(10)
    cases: list[tuple[dict[str, Any], str, int]] = [
        ({"paymentAuthorizationId": dollars}, "INVALID_INPUT", 400),
        ({"paymentAuthorizationId": other, "paymentIds": [good]}, "INVALID_INPUT", 400),
        ({}, "REQUIRED_FIELD_MISSING", 400),
        ({"paymentIds": ["0aQ000000000001"]}, "NOT_FOUND", 404),
        ({"paymentIds": [good, "0aQ000000000001"]}, "NOT_FOUND", 404),
    ]
    for paid, code, status in cases:
        async with Untouched(database, dollars, good, other), Nothing(database, sold.placed):
            refused(await shop.under(sold.placed.summary, **paid), code, status)
    assert await forwarded(database, dollars, good, other) == 0
