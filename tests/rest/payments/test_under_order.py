"""Payment calls on money that belongs to an order: counted by it at every stage, wherever the money began."""

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from orderwright.gateways.simulator import Simulator
from orderwright.jobs.operation import run_operation
from orderwright.objects.identity import to_15
from orderwright.settlement.gateways import OneGateway
from orderwright.settlement.settle import settle_due
from orderwright.store.database import Database
from orderwright.store.ids import shard_of
from orderwright.store.transaction import Store
from tests.rest.calling import exact
from tests.rest.changing import SUMMARIES, Nothing
from tests.rest.changing import post as post_to
from tests.rest.conftest import Hands
from tests.rest.payments.crash import after_the_gateway, dying
from tests.rest.payments.news import notice, post, signed, told_of_later
from tests.rest.payments.orders import (
    Sold,
    before_its_order,
    invoiced,
    put,
    sums,
)
from tests.rest.payments.till import (
    Till,
    keyed,
    moved,
    refused,
    request_of,
    sound,
    told,
)

D = Decimal


async def run(store: Store, simulator: Simulator, sold: Sold, action: str, body: Any) -> Any:
    """Ask for an asynchronous action, do it, and return its operation."""
    path = f"{SUMMARIES}/{sold.placed.summary}/async-actions/{action}"
    answer = await post_to(sold.placed.api, path, body)
    assert answer.status_code == 201, answer.text
    operation = answer.json()["backgroundOperationId"]
    short = to_15(operation) or ""
    await run_operation(store, OneGateway(simulator), shard_of(short), short)
    return await sold.placed.api.read("BackgroundOperation", operation)


async def test_the_money_pays_the_invoice_and_is_given_back(
    shop: Till, simulator: Simulator, store: Store, sold: Sold, database: Database, shard: int
):
    """28.80 of the 40 that are left of the captures, the rest as excess; then more is captured and given back."""
    money = await before_its_order(shop, simulator)
    summary = await put(shop, sold, paymentAuthorizationId=money.authorization)
    reference = (await shop.read(money.authorization))["GatewayRefNumber"]
    operation = await run(store, simulator, sold, "ensure-funds-async", {"invoiceId": sold.invoice})
    assert (operation["Status"], operation["Outcome"]) == ("Complete", "Succeeded")
    assert (await shop.api.read("Invoice", sold.invoice))["Balance"] == 0
    assert await sums(shop, summary) == (100, 15, 50, 10, D("11.20"), 35, 40, 0, 0)
    await sound(database)
    operation = await run(store, simulator, sold, "ensure-refunds-async", {"excessFundsAmount": "11.20"})
    assert (operation["Status"], operation["Outcome"]) == ("Complete", "Succeeded"), operation
    before = await shop.api.read("OrderPaymentSummary", summary)
    assert (before["RefundedAmount"], before["AvailableToRefundAmount"]) == (D("21.20"), D("28.80"))
    told(await shop.capture(money.authorization, 35))
    after = await shop.api.read("OrderPaymentSummary", summary)
    assert (after["CapturedAmount"], after["AvailableToCaptureAmount"]) == (85, 0)
    assert after["BalanceAmount"] == before["BalanceAmount"] + 35
    refused(await shop.capture(money.authorization, "0.01"), "INSUFFICIENT_FUNDS")
    assert await moved(simulator, reference) == (85, 15, D("21.20"))
    await sound(database)


async def test_direct_calls_under_an_order_are_counted_by_it_at_every_stage(
    shop: Till, simulator: Simulator, store: Store, sold: Sold, database: Database, clock: Hands, shard: int
):
    authorization = await shop.authorized(100)
    summary = await put(shop, sold, paymentAuthorizationId=authorization)
    await simulator.tell(operation="Capture", kind="lost_request")
    assert told(await shop.capture(authorization, 60))["error"]["errorCode"] == "Indeterminate"
    assert await sums(shop, summary) == (100, 0, 0, 0, 0, 40, 0, 60, 0)
    assert (await sold.placed.read())["ActiveProcessExceptionCount"] == 1
    async with Nothing(database, sold.placed):
        refused(await shop.capture(authorization, 41), "INSUFFICIENT_FUNDS")
    clock.now += dt.timedelta(minutes=3)
    await settle_due(store, OneGateway(simulator))
    assert await sums(shop, summary) == (100, 0, 60, 0, 60, 40, 60, 0, 0)
    assert (await sold.placed.read())["ActiveProcessExceptionCount"] == 0
    [payment] = await sold_payments(database, summary)
    await simulator.tell(operation="Refund", kind="lost_request")
    told(await shop.refund(payment, 25))
    assert await sums(shop, summary) == (100, 0, 60, 0, 60, 40, 35, 0, 25)
    clock.now += dt.timedelta(minutes=3)
    await settle_due(store, OneGateway(simulator))
    assert await sums(shop, summary) == (100, 0, 60, 25, 35, 40, 35, 0, 0)
    await simulator.tell(operation="Void", kind="decline")
    assert told(await shop.reverse(authorization, 40))["error"]["errorCode"] == "Decline"
    assert (await sold.placed.read())["ActiveProcessExceptionCount"] == 1
    reversal = told(await shop.reverse(authorization, 40))
    log = await shop.read(reversal["paymentGatewayLogs"][0]["id"])
    assert log["OrderPaymentSummaryId"] is None
    assert await sums(shop, summary) == (100, 40, 60, 25, 35, 0, 35, 0, 0)
    reference = (await shop.read(authorization))["GatewayRefNumber"]
    assert await moved(simulator, reference) == (60, 40, 25)
    await sound(database)


async def test_calls_at_the_same_time_never_move_more_than_the_order_has(
    shop: Till, simulator: Simulator, sold: Sold, database: Database, shard: int
):
    authorization = await shop.authorized(100)
    summary = await put(shop, sold, paymentAuthorizationId=authorization)
    payment = await shop.captured(authorization, 40)
    answers = await asyncio.gather(
        *(shop.capture(authorization, 25) for _ in range(4)), *(shop.refund(payment, 15) for _ in range(4))
    )
    assert sorted(a.status_code for a in answers[:4]) == sorted(a.status_code for a in answers[4:])
    assert [a.status_code for a in answers].count(201) == 4
    assert await sums(shop, summary) == (100, 0, 90, 30, 60, 10, 60, 0, 0)
    assert await moved(simulator, (await shop.read(authorization))["GatewayRefNumber"]) == (90, 0, 30)
    await sound(database)


async def sold_payments(database: Database, summary: str) -> list[str]:
    rows = await database.main.fetch("SELECT id FROM payment WHERE order_payment_summary_id = $1", to_15(summary))
    return [row["id"] for row in rows]


async def test_a_key_is_known_where_the_money_went(
    shop: Till, simulator: Simulator, store: Store, sold: Sold, database: Database, clock: Hands, shard: int
):
    """A capture is cut off by a crash and settled, then the authorization goes under its order; then it is repeated."""
    authorization = await shop.authorized(100)
    key = keyed(f"moved {shop.account}")
    with dying(after_the_gateway):
        await shop.capture(authorization, 30, **key)
    clock.now += dt.timedelta(minutes=3)
    await settle_due(store, OneGateway(simulator))
    summary = await put(shop, sold, paymentAuthorizationId=authorization)
    answer = told(await shop.capture(authorization, 30, **key))
    assert (answer["error"], answer["payment"]["amount"]) == (None, 30)
    assert await sums(shop, summary) == (100, 0, 30, 0, 30, 70, 30, 0, 0)
    reference = (await shop.read(authorization))["GatewayRefNumber"]
    assert await moved(simulator, reference) == (30, 0, 0)
    await sound(database)


async def test_a_late_contradiction_finds_the_request_where_it_went(
    shop: Till, sold: Sold, database: Database, shard: int, monkeypatch: pytest.MonkeyPatch
):
    told_of_later(monkeypatch)
    payment = await shop.sold(50)
    first = notice(await request_of(database, payment))
    await post(shop, signed(first))
    await put(shop, sold, paymentIds=[payment])
    async with Nothing(database, sold.placed):
        assert (await post(shop, signed(first))).status_code == 200
    late = notice(await request_of(database, payment), result="Decline", notification_id=f"late {payment}")
    for _ in range(3):
        assert (await post(shop, signed(late))).status_code == 200
    assert (await sold.placed.read())["ActiveProcessExceptionCount"] == 1
    [exception] = await sold.placed.related("AggregatedProcessExceptions")
    assert (exception["Message"], exception["Amount"]) == ("Gateway Contradicts Itself", 50)
    assert (exception["AttachedToId"], exception["SfResultCode"]) == (payment, "Decline")
    log = await shop.read(exception["PaymentGatewayLogId"])
    assert (log["IsNotification"], log["ReferencedEntityId"]) == ("Yes", payment)
    answer = await shop.api.send("PATCH", f"/sobjects/ProcessException/{exception['Id']}", {"Status": "Resolved"})
    assert answer.status_code == 204, answer.text
    assert (await sold.placed.read())["ActiveProcessExceptionCount"] == 0
    await post(shop, signed(late))
    assert (await sold.placed.read())["ActiveProcessExceptionCount"] == 0
    await sound(database)


async def test_process_exceptions_are_raised_and_resolved_by_people(
    shop: Till, simulator: Simulator, sold: Sold, database: Database
):
    authorization = await shop.authorized(100)
    await put(shop, sold, paymentAuthorizationId=authorization)
    await simulator.tell(operation="Capture", kind="decline")
    told(await shop.capture(authorization, 30))
    [exception] = await sold.placed.related("AggregatedProcessExceptions")
    assert (exception["Message"], exception["AttachedToId"]) == ("Unable to Capture Payment", authorization)
    assert (exception["Amount"], exception["SfResultCode"]) == (30, "Decline")
    own = await shop.api.create(
        "ProcessException", AttachedToId=sold.placed.summary, OrderSummaryId=sold.placed.summary, Message="Look",
    )  # fmt: skip
    for record_id, status, count in (
        (own, "Triaged", 2), (own, "Paused", 1), (own, "New", 2), (exception["Id"], "Resolved", 1),
        (own, "Voided", 0), (own, "Voided", 0), (own, "New", 1),
    ):  # fmt: skip
        answer = await shop.api.send("PATCH", f"/sobjects/ProcessException/{record_id}", {"Status": status})
        assert answer.status_code == 204, answer.text
        assert (await sold.placed.read())["ActiveProcessExceptionCount"] == count, (status, count)
    other = (await invoiced(shop)).placed.summary
    answer = await shop.api.send("PATCH", f"/sobjects/ProcessException/{own}", {"OrderSummaryId": other})
    assert exact(answer)[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    await sound(database)
