"""Who finds a request to a gateway settles it, and an amount that may have moved is never given free."""

import contextlib
import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.jobs.operation import TryLater, put_off, run_operation
from orderwright.objects.identity import to_15
from orderwright.settlement.gateways import OneGateway
from orderwright.settlement.settle import settle_due
from orderwright.store.database import Database
from orderwright.store.ids import shard_of
from orderwright.store.transaction import Store
from tests.rest.calling import Caller
from tests.rest.conftest import Hands
from tests.rest.funding import Funded, funded, run, simulated

FUNDS = "ensure-funds-async"
LONG = dt.timedelta(minutes=16)


@pytest.fixture
async def paying(api: Caller) -> Funded:
    return await funded(api)


async def requests_of(paying: Funded, database: Database) -> list[tuple[str, str | None]]:
    rows = await database.main.fetch(
        "SELECT state, sf_result_code FROM gateway_request WHERE order_summary_id = $1 ORDER BY id",
        to_15(paying.placed.summary),
    )
    return [(row["state"], row["sf_result_code"]) for row in rows]


async def captured(paying: Funded) -> Any:
    summaries = [await paying.placed.api.read("OrderPaymentSummary", summary) for summary in paying.summaries]
    return [(s["CapturedAmount"], s["PendingCaptureAmount"]) for s in summaries]


async def test_a_request_that_got_lost_is_sent_again_by_the_round(
    paying: Funded, store: Store, clock: Hands, database: Database
):
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    async with simulated(store) as gateway:
        await gateway.tell(operation="Capture", kind="lost_request", match=to_15(paying.authorizations[0]))
        await run(store, gateway, operation)
        assert (await paying.read(operation))["Outcome"] == "Unknown"
        assert await captured(paying) == [(Decimal(0), Decimal("20.00")), (Decimal("8.80"), Decimal("0.00"))]
        await settle_due(store, OneGateway(gateway))
        assert await captured(paying) == [(Decimal(0), Decimal("20.00")), (Decimal("8.80"), Decimal("0.00"))]
        clock.now += dt.timedelta(seconds=40)
        assert await settle_due(store, OneGateway(gateway)) >= 1
    assert await requests_of(paying, database) == [("Succeeded", "Success")] * 2
    assert await captured(paying) == [(Decimal("20.00"), Decimal("0.00")), (Decimal("8.80"), Decimal("0.00"))]
    done = await paying.read(operation)
    assert (done["Outcome"], str(done["CompletedAmount"])) == ("Succeeded", "28.80")


async def test_an_operation_that_was_given_up_is_settled_by_the_round(
    paying: Funded, store: Store, clock: Hands, database: Database
):
    """The worker died after the plan, and could not come back: the requests are there, and nobody runs them."""
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    operation_id = to_15(operation) or ""
    async with simulated(store) as gateway:
        with pytest.raises(RuntimeError):
            await run_operation(store, Broken(), shard_of(operation_id), operation_id)
        for _ in range(8):
            await put_off(store, shard_of(operation_id), operation_id, "no gateway is set up")
        given_up = await paying.read(operation)
        assert (given_up["Status"], given_up["Error"]) == ("Error", "no gateway is set up")
        clock.now += LONG
        # planning itself needs the gateways' abilities: nothing was asked for, so nothing is settled
        await settle_due(store, OneGateway(gateway))
        assert await requests_of(paying, database) == []
        await paying.done(operation, "retry")
        await run(store, gateway, operation)
    assert (await paying.read(operation))["Outcome"] == "Succeeded"
    assert await requests_of(paying, database) == [("Succeeded", "Success")] * 2


class Broken:
    """No gateway can be found."""

    async def of(self, payment_gateway_id: str | None) -> Any:
        raise RuntimeError(f"no gateway is set up for {payment_gateway_id}")


async def test_what_was_never_sent_is_given_free_after_some_tries(paying: Funded, store: Store, database: Database):
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    async with simulated(store) as gateway:
        await gateway.tell(operation="Capture", kind="error_before", times=50)
        for _ in range(5):
            with pytest.raises(Exception, match="could not be reached"):
                await run(store, gateway, operation)
    assert await requests_of(paying, database) == [("Refused", "SystemError")] * 2
    assert await captured(paying) == [(Decimal(0), Decimal("0.00")), (Decimal(0), Decimal("0.00"))]


async def test_what_may_have_been_sent_stays_pending_however_often_the_gateway_is_away(
    paying: Funded, store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
):
    """The first sending ended with the worker: that later ones did not reach the gateway says nothing of it."""
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    async with simulated(store) as gateway:
        real = gateway.capture

        async def killed(_: Any) -> Any:
            raise ConnectionError("the worker was killed")

        monkeypatch.setattr(gateway, "capture", killed)
        with pytest.raises(ConnectionError):
            await run(store, gateway, operation)
        monkeypatch.setattr(gateway, "capture", real)
        await gateway.tell(operation="Capture", kind="error_before", times=50)
        for _ in range(7):
            with contextlib.suppress(TryLater):
                await run(store, gateway, operation)
        assert [state for state, _ in await requests_of(paying, database)] == ["Indeterminate", "Indeterminate"]
        assert await captured(paying) == [(Decimal(0), Decimal("20.00")), (Decimal(0), Decimal("8.80"))]
        assert (await paying.read(operation))["Outcome"] == "Unknown"
        await database.main.execute("DELETE FROM simulator.fault")
        await paying.done(operation, "retry")
        await run(store, gateway, operation)
    assert await captured(paying) == [(Decimal("20.00"), Decimal("0.00")), (Decimal("8.80"), Decimal("0.00"))]
    assert (await paying.read(operation))["Outcome"] == "Succeeded"


async def test_a_look_up_that_says_unreached_is_no_word_on_a_sending_without_answer(
    paying: Funded, store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
):
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    async with simulated(store) as gateway:
        await gateway.tell(operation="Capture", kind="timeout_after_success", times=2)
        real = gateway.look_up

        async def unreached(key: str, drawn_on: Any = None) -> Any:
            known = await real(key, drawn_on)
            return msgspec.structs.replace(known, sf_result_code="SystemError") if known else None

        monkeypatch.setattr(gateway, "look_up", unreached)
        await run(store, gateway, operation)
    assert [state for state, _ in await requests_of(paying, database)] == ["Indeterminate", "Indeterminate"]
