"""A provider that answers later: Pending records, and what notifications and questions make of them."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from orderwright.gateways.simulator import Simulator
from orderwright.objects.identity import to_15
from orderwright.settlement.gateways import OneGateway
from orderwright.settlement.settle import settle_due
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.conftest import Hands
from tests.rest.payments.news import MINUTE, delivered, payments_of, slow_provider, told_of_later
from tests.rest.payments.till import (
    Till,
    Untouched,
    moved,
    refused,
    request_of,
    sound,
    stored,
    told,
)

D = Decimal


@pytest.fixture
async def simulator(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Simulator]:
    told_of_later(monkeypatch)
    async with slow_provider(store) as simulator:
        yield simulator


async def settled(shop: Till, simulator: Simulator, store: Store, clock: Hands, how: str) -> None:
    """Let time pass, and hear what became of all that was Pending."""
    clock.now += 3 * MINUTE
    if how == "told":
        await delivered(shop, simulator)
    else:
        await settle_due(store, OneGateway(simulator))


@pytest.mark.parametrize("how", ["told", "asked"])
async def test_sale_capture_and_refund_are_pending_until_the_provider_is_done(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands, how: str
):
    answer = await shop.made("/sales", shop.charge(50))
    assert (answer["error"], answer["payment"]["status"]) == (None, "Pending")
    payment = answer["payment"]["id"]
    async with Untouched(database, payment):
        refused(await shop.refund(payment, 10), "INVALID_STATUS")
    await settled(shop, simulator, store, clock, how)
    read = await shop.read(payment)
    assert (read["Status"], read["SfResultCode"], read["Balance"]) == ("Processed", "Success", 50)
    assert [r["id"] for r in await payments_of(database, shop)] == [to_15(payment)]

    refund = told(await shop.refund(payment, 20))["refund"]
    assert (refund["status"], (await stored(database, payment))["open_refund_amount"]) == ("Pending", 20)
    assert (await shop.read(payment))["Balance"] == 50
    refused(await shop.refund(payment, 31), "INSUFFICIENT_FUNDS")
    await settled(shop, simulator, store, clock, how)
    assert (await shop.read(refund["id"]))["Status"] == "Processed"
    after = await shop.read(payment)
    assert (after["Balance"], after["NetRefundApplied"]) == (30, 20)
    assert await moved(simulator, after["GatewayRefNumber"]) == (50, 0, 20)

    authorization = await shop.authorized(50)
    capture = told(await shop.capture(authorization, 20))["payment"]
    kept = await stored(database, authorization)
    assert (capture["status"], kept["open_capture_amount"], kept["total_payment_capture_amount"]) == ("Pending", 20, 0)
    refused(await shop.capture(authorization, 31), "INSUFFICIENT_FUNDS")
    await settled(shop, simulator, store, clock, how)
    kept = await stored(database, authorization)
    assert (kept["open_capture_amount"], kept["total_payment_capture_amount"]) == (0, 20)
    assert (await shop.read(capture["id"]))["Status"] == "Processed"
    await sound(database)


@pytest.mark.parametrize("how", ["told", "asked"])
async def test_what_was_taken_and_then_refused_is_failed_and_frees_its_amount(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands, how: str
):
    for operation in ("Sale", "Capture", "Refund"):
        authorization = await shop.authorized(50) if operation == "Capture" else ""
        payment = ""
        if operation == "Refund":
            payment = await shop.sold(50)
            await settled(shop, simulator, store, clock, how)
        await simulator.tell(operation=operation, kind="decline")
        if operation == "Sale":
            made = (await shop.made("/sales", shop.charge(50)))["payment"]["id"]
        elif operation == "Capture":
            made = told(await shop.capture(authorization, 50))["payment"]["id"]
        else:
            made = told(await shop.refund(payment, 50))["refund"]["id"]
        assert (await shop.read(made))["Status"] == "Pending"
        await settled(shop, simulator, store, clock, how)
        read = await shop.read(made)
        assert (read["Status"], read["SfResultCode"]) == ("Failed", "Decline"), operation
        request = await request_of(database, made)
        assert (request["state"], request["made_id"]) == ("Refused", to_15(made))
        if authorization:
            kept = await stored(database, authorization)
            assert (kept["open_capture_amount"], kept["total_payment_capture_amount"]) == (0, 0)
            assert (await shop.read(authorization))["Balance"] == 50
        if payment:
            kept = await stored(database, payment)
            assert (kept["open_refund_amount"], kept["total_refund_applied"]) == (0, 0)
    await sound(database)
