"""Expired authorizations are made anew, where that is allowed and possible, and the money counts once."""

from typing import Any

import pytest

from orderwright.jobs.operation import TryLater, run_operation
from orderwright.objects.identity import to_15
from orderwright.settlement.gateways import OneGateway
from orderwright.store.database import Database
from orderwright.store.ids import shard_of
from orderwright.store.transaction import Store
from orderwright.store.verify import verify_all
from tests.rest.calling import Caller
from tests.rest.changing import Placed, place, post
from tests.rest.conftest import Hands
from tests.rest.funding import Funded, simulated
from tests.rest.payments.till import Till, till


@pytest.fixture(scope="module")
def database_url(module_database_url: str) -> str:
    """A database of its own, since it is verified whole."""
    return module_database_url


FUNDS = "ensure-funds-async"


@pytest.fixture
async def expired(api: Caller, database: Database, clock: Hands) -> Funded:
    """An invoice over 28.80, and one authorization of 40.00 on a card with a token, which has expired."""
    return await with_expired(await place(api), await till(api), database, clock)


async def with_expired(placed: Placed, at: Till, database: Database, clock: Hands) -> Funded:
    await placed.shipped(mug=2, delivery=1)
    (invoice,) = await placed.related("Invoices")
    authorization = await at.authorized("40.00")
    answer = await post(
        at.api,
        "/commerce/order-management/order-payment-summaries",
        {"orderSummaryId": placed.summary, "paymentAuthorizationId": authorization},
    )
    summary = answer.json()["orderPaymentSummaryId"]
    async with database.main.acquire() as session:
        await session.execute(
            "UPDATE payment_authorization SET expiration_date = $2 WHERE id = $1", to_15(authorization), clock()
        )
    return Funded(placed, invoice["Id"], (summary, summary), (authorization, authorization))


async def funded(expired: Funded, store: Store, *, allowed: bool = True, **fault: Any) -> Any:
    """The operation after a worker's run under the policy."""
    operation = await expired.queued(FUNDS, {"invoiceId": expired.invoice})
    operation_id = to_15(operation) or ""
    async with simulated(store) as gateway:
        if fault:
            await gateway.tell(**fault)
        shard = shard_of(operation_id)
        await run_operation(store, OneGateway(gateway), shard, operation_id, may_reauthorize=allowed)
    return await expired.read(operation)


async def test_what_the_invoice_lacks_is_authorized_anew_and_captured(
    expired: Funded, store: Store, database: Database
):
    done = await funded(expired, store)
    assert (done["Outcome"], done["CompletedAmount"], done["RequestedAmount"]) == (
        "Succeeded",
        done["CompletedAmount"],
        done["CompletedAmount"],
    )
    (invoice,) = await expired.placed.related("Invoices")
    assert invoice["Balance"] == 0
    summary = await expired.placed.api.read("OrderPaymentSummary", expired.summaries[0])
    assert str(summary["AuthorizationAmount"]) == "68.80"
    assert str(summary["AuthorizationReversalAmount"]) == "28.80"
    assert str(summary["CapturedAmount"]) == "28.80"
    old = await expired.placed.api.read("PaymentAuthorization", expired.authorizations[0])
    assert (str(old["Balance"]), str(old["TotalAuthReversalAmount"])) == ("11.20", "28.80")
    async with database.main.acquire() as session:
        assert [found for found in await verify_all(session) if not found.warning] == []


async def test_without_leave_nothing_is_authorized(expired: Funded, store: Store):
    done = await funded(expired, store, allowed=False)
    assert (done["Status"], done["OutcomeCode"]) == ("Error", "INSUFFICIENT_FUNDS")


async def test_a_declined_renewal_ends_the_operation_and_says_so(expired: Funded, store: Store):
    done = await funded(expired, store, operation="Authorize", kind="decline")
    assert (done["Status"], done["Outcome"], done["OutcomeCode"]) == ("Error", "Failed", "INSUFFICIENT_FUNDS")
    raised = await expired.placed.related("AggregatedProcessExceptions")
    assert [one["SfResultCode"] for one in raised] == ["Decline", None]
    old = await expired.placed.api.read("PaymentAuthorization", expired.authorizations[0])
    assert str(old["Balance"]) == "40.00"


async def test_a_renewal_without_an_answer_is_not_asked_for_twice(expired: Funded, store: Store, database: Database):
    first = await funded(expired, store, operation="Authorize", kind="timeout_after_success")
    # asked about once more, and there: the money is the same
    assert first["Outcome"] == "Succeeded"
    async with database.main.acquire() as session:
        made = await session.fetchval(
            "SELECT count(*) FROM payment_authorization a JOIN order_payment_summary s ON s.shard = a.shard "
            "AND s.id = a.order_payment_summary_id WHERE s.order_summary_id = $1", to_15(expired.placed.summary)
        )  # fmt: skip
    assert made == 2


async def test_a_renewal_that_cannot_be_asked_for_now_is_waited_for(expired: Funded, store: Store):
    operation = await expired.queued(FUNDS, {"invoiceId": expired.invoice})
    operation_id = to_15(operation) or ""
    async with simulated(store) as gateway:
        await gateway.tell(operation="Authorize", kind="error_before")
        with pytest.raises(TryLater):
            await run_operation(store, OneGateway(gateway), shard_of(operation_id), operation_id, may_reauthorize=True)
        assert (await expired.read(operation))["Status"] == "New"
        await run_operation(store, OneGateway(gateway), shard_of(operation_id), operation_id, may_reauthorize=True)
    assert (await expired.read(operation))["Outcome"] == "Succeeded"
