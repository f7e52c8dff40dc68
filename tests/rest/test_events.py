"""What is written down when a payment fails or an authorization is about to expire, and where it can be read."""

import datetime as dt
from typing import Any

import httpx
import pytest

from orderwright.objects.identity import to_15
from orderwright.settlement.warn_of_expiry import read_expiring, warn_of_expiry
from orderwright.store.database import Database
from orderwright.store.events import published, read_latest_events
from orderwright.store.transaction import Store
from tests.rest.calling import Caller, exact
from tests.rest.changing import SUMMARIES, place
from tests.rest.conftest import Hands
from tests.rest.funding import Funded, funded, run, simulated

FUNDS = "ensure-funds-async"


MANY = 1000
"""Other tests have events in the same database, and clocks of their own."""


@pytest.fixture
async def paying(api: Caller) -> Funded:
    return await funded(api)


async def events_of(paying: Funded, query: str = "") -> Any:
    answer = await paying.placed.api.send("GET", f"{SUMMARIES}/{paying.placed.summary}/events{query}")
    assert answer.status_code == 200, answer.text
    told = exact(answer)
    # That there is a summary, and that the order was allocated before, is told as well.
    before = {"OrderSummaryCreatedEvent", "FOStatusChangedEvent"}
    return {**told, "events": [one for one in told["events"] if one["event"] not in before]}


async def declined(paying: Funded, store: Store) -> str:
    """An operation whose first capture was declined."""
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    async with simulated(store) as gateway:
        await gateway.tell(operation="Capture", kind="decline", match=to_15(paying.authorizations[0]))
        await run(store, gateway, operation)
    return operation


async def test_a_declined_capture_is_told_in_fields(paying: Funded, store: Store, database: Database):
    operation = await declined(paying, store)
    told = await events_of(paying)
    assert (told["done"], told["success"], told["errors"]) == (True, True, [])
    (event,) = told["events"]
    said = event["fields"]
    assert event["event"] == "ProcessExceptionEvent"
    assert {
        name: said[name]
        for name in (
            "AttachedToId", "BackgroundOperationId", "ExceptionType", "Message", "OrderSummaryId", "Severity", "Amount",
            "CurrencyIsoCode", "InvoiceId", "PaymentAuthorizationId", "OrderPaymentSummaryId", "SfResultCode",
        )
    } == {
        "AttachedToId": paying.invoice, "BackgroundOperationId": operation, "ExceptionType": "OM Capture Failed",
        "Message": "Unable to Capture Payment", "OrderSummaryId": paying.placed.summary, "Severity": None,
        "Amount": "20.00", "CurrencyIsoCode": "GBP", "InvoiceId": paying.invoice,
        "PaymentAuthorizationId": paying.authorizations[0], "OrderPaymentSummaryId": paying.summaries[0],
        "SfResultCode": "Decline",
    }  # fmt: skip
    (raised,) = await paying.placed.related("AggregatedProcessExceptions")
    assert (raised["Category"], raised["Status"], raised["StatusCategory"]) == ("Payment", "New", "ACTIVE")
    assert (raised["Amount"], raised["InvoiceId"], raised["AttachedToId"]) == (20, paying.invoice, paying.invoice)
    summary = await paying.placed.api.read("OrderSummary", paying.placed.summary)
    assert summary["ActiveProcessExceptionCount"] == 1
    async with database.main.acquire() as session:
        latest = await read_latest_events(session, MANY)
    assert said["EventUuid"] in [published(one)["EventUuid"] for one in latest]


async def test_events_are_read_on_from_where_one_was(paying: Funded, store: Store):
    await declined(paying, store)
    first = (await events_of(paying))["events"][0]["fields"]["ReplayId"]
    assert (await events_of(paying, f"?after={first}"))["events"] == []
    await declined(paying, store)
    (second,) = (await events_of(paying, f"?after={first}"))["events"]
    assert second["fields"]["ReplayId"] != first


async def test_an_order_tells_of_its_activation_its_summary_and_its_change_orders(api: Caller, database: Database):
    """Source: data-model.yaml#events (documented): made and activated in one transaction, an order was a Draft."""
    placed = await place(api)
    change = (await placed.done("submit-cancel", placed.of("mug")))["changeOrderId"]
    original = (await placed.read())["OriginalOrderId"]
    async with database.main.acquire() as session:
        latest = [(event.name, published(event)) for event in await read_latest_events(session, MANY)]
    told = [
        (name, said) for name, said in latest if {original, change} & {said.get("OrderId"), said.get("RelatedOrderId")}
    ]
    statuses = {"OldStatus": "Draft", "OldStatusCode": "Draft", "NewStatus": "Activated", "NewStatusCode": "Activated"}
    nobody = {"OrderId": None, "RelatedOrderId": None, "RelatedOrderType": None}
    expected = [
        ("OrderStatusChangedEvent", statuses | nobody | {"OrderId": original}),
        ("OrderSummaryCreatedEvent", {"OrderId": original, "OrderSummaryId": placed.summary}),
        ("OrderStatusChangedEvent", statuses | nobody | {"RelatedOrderId": change, "RelatedOrderType": "Change Order"}),
    ]
    assert [name for name, _ in told] == [name for name, _ in expected]
    for (_, said), (_, wanted) in zip(told, expected, strict=True):
        assert said.items() >= wanted.items()


async def test_a_draft_tells_of_nothing_until_it_is_activated(api: Caller, database: Database):
    async def told() -> int:
        return int(await database.main.fetchval("SELECT count(*) FROM event WHERE name = 'OrderStatusChangedEvent'"))

    before = await told()
    order = await api.draft()
    await api.create("OrderItem", OrderId=order, Quantity=1, TotalLineAmount=1)
    assert await told() == before
    for _ in range(2):
        await api.send("PATCH", f"/sobjects/Order/{order}", {"Status": "Activated"})
    assert await told() == before + 1


async def test_events_of_no_order_are_not_found(api: Caller):
    answer = await api.send("GET", f"{SUMMARIES}/1Os000000000001/events")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")


async def resolved(paying: Funded, status: str) -> httpx.Response:
    (raised,) = await paying.placed.related("AggregatedProcessExceptions")
    return await paying.placed.api.send("PATCH", f"/sobjects/ProcessException/{raised['Id']}", {"Status": status})


@pytest.mark.parametrize(("status", "active"), [("Triaged", 1), ("Paused", 0), ("Resolved", 0)])
async def test_a_person_moves_an_exception_on_and_the_order_counts_it(
    paying: Funded, store: Store, status: str, active: int
):
    await declined(paying, store)
    assert (await resolved(paying, status)).status_code == 204
    summary = await paying.placed.api.read("OrderSummary", paying.placed.summary)
    assert summary["ActiveProcessExceptionCount"] == active
    # and a later failure counts from there
    await declined(paying, store)
    summary = await paying.placed.api.read("OrderSummary", paying.placed.summary)
    assert summary["ActiveProcessExceptionCount"] == active + 1


async def test_an_authorization_is_warned_of_once_before_it_expires(paying: Funded, store: Store, clock: Hands):
    ends = clock() + dt.timedelta(hours=49)
    async with store.database.main.acquire() as session:
        await session.execute(
            "UPDATE payment_authorization SET expiration_date = $2 WHERE id = $1", to_15(paying.authorizations[0]), ends
        )
    ahead = dt.timedelta(hours=48)
    await warn_of_expiry(store, ahead)
    assert (await events_of(paying))["events"] == []
    clock.now = ends - dt.timedelta(hours=47.5)
    await warn_of_expiry(store, ahead)
    await warn_of_expiry(store, ahead)
    (event,) = (await events_of(paying))["events"]
    assert event["event"] == "PaymentAuthorizationExpiringEvent"
    said = event["fields"]
    assert (said["PaymentAuthorizationId"], said["Balance"], said["IsExpired"]) == (
        paying.authorizations[0], "20.00", False
    )  # fmt: skip
    listed = await read_expiring(store, clock() + ahead, 10)
    assert [one.authorization.id for one in listed if one.order_summary_id == to_15(paying.placed.summary)] == [
        to_15(paying.authorizations[0])
    ]


async def test_an_expired_authorization_is_not_captured(paying: Funded, store: Store, clock: Hands):
    async with store.database.main.acquire() as session:
        await session.execute(
            "UPDATE payment_authorization SET expiration_date = $2 WHERE id = $1",
            to_15(paying.authorizations[0]),
            clock(),
        )
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    async with simulated(store) as gateway:
        await run(store, gateway, operation)
    done = await paying.read(operation)
    assert (done["Status"], done["OutcomeCode"]) == ("Error", "INSUFFICIENT_FUNDS")
    (raised,) = await paying.placed.related("AggregatedProcessExceptions")
    assert (raised["ExceptionType"], raised["InvoiceId"]) == ("OM Capture Failed", paying.invoice)
