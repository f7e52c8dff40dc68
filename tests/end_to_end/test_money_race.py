"""32 clients ask for the funds, then for the refunds of one order, and several workers carry it out at once: never more
is captured than was authorized, never more refunded than captured, and the gateway's books say the same as ours.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest
from simple_salesforce import Salesforce

from orderwright.objects.identity import to_15
from orderwright.store.embedded import EmbeddedPostgres
from tests.end_to_end.conftest import Server
from tests.end_to_end.shop import OM, SUMMARIES, Shop, change
from tests.torture.books import Ours, differences, read_ours, read_theirs, total

CLIENTS = 32
PARCELS = 4
PARCEL = Decimal(66)
ORDER = PARCELS * PARCEL
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module", autouse=True)
def several_workers() -> Iterator[None]:
    """Before the server starts: two processes that answer requests, three that carry out operations."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ORDERWRIGHT_WORKERS", "2")
        environment.setenv("ORDERWRIGHT_JOB_WORKERS", "3")
        yield


@pytest.fixture
def shop(salesforce: Salesforce) -> Shop:
    return Shop(salesforce).open()


def invoiced(shop: Shop, number: str, *amounts: float) -> tuple[str, str, list[str]]:
    """An order in four parcels, each shipped and invoiced, with cards authorized over `amounts`.

    Returns the order summary, its item and the invoices.
    """
    order = shop.place(number, units=3 * PARCELS, line=240, tax=24)
    summary = shop.call(SUMMARIES, {"orderId": order})["orderSummaryId"]
    for place, amount in enumerate(amounts):
        card = {"Amount": amount, "CurrencyIsoCode": "USD", "ProcessingMode": "External", "Status": "Processed"}
        card |= {"PaymentMethodId": shop.ids["card"], "GatewayRefNumber": f"auth-{number}-{place}"}
        authorization = shop.sf.PaymentAuthorization.create(card)["id"]
        body = {"orderSummaryId": summary, "paymentAuthorizationId": authorization}
        shop.call(f"{OM}/order-payment-summaries", body)
    item = shop.related("OrderSummary", summary, "OrderItemSummaries")[0]["Id"]
    invoices = []
    for _ in range(PARCELS):
        fulfillment = shop.allocate(summary, {item: 3})
        invoices.append(shop.invoice(fulfillment))
        shop.sf.FulfillmentOrder.update(fulfillment, {"Status": "Fulfilled"})
    return summary, item, invoices


def credited(shop: Shop, summary: str, item: str) -> list[str]:
    """A credit memo for each of four returns, in which everything comes back."""
    actions = f"{SUMMARIES}/{summary}/actions"
    changes = [shop.call(f"{actions}/submit-return", change(item, 3))["changeOrderId"] for _ in range(PARCELS)]
    return [shop.call(f"{actions}/create-credit-memo", {"changeOrderIds": [made]})["creditMemoId"] for made in changes]


def race(server: Server, summary: str, what: str, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask for all of it at once, each as a client of its own; the operations once all have finished."""
    return asyncio.run(raced(server, summary, what, bodies))


async def raced(server: Server, summary: str, what: str, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {server.token()}"}
    limits = httpx.Limits(max_connections=CLIENTS)
    base = f"{server.url}/services/data/v67.0/"
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60, limits=limits) as client:
        path = f"{SUMMARIES}/{summary}/async-actions/{what}-async"
        answers = await asyncio.gather(*(client.post(path, json=body) for body in bodies))
        assert [answer.status_code for answer in answers] == [201] * len(bodies)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asyncio.gather(*(finished(client, answer) for answer in answers))


async def finished(client: httpx.AsyncClient, answer: httpx.Response) -> dict[str, Any]:
    operation = answer.json()["backgroundOperationId"]
    while True:
        found: dict[str, Any] = (await client.get(f"sobjects/BackgroundOperation/{operation}")).json()
        if found["FinishedAt"]:
            return found
        await asyncio.sleep(0.05)


def agreed(server: Server, summary: str) -> Ours:
    """Our records of the order, with which the gateway's books agree."""
    ours, different = asyncio.run(compared(server, to_15(summary) or ""))
    assert different == []
    assert ours.unsettled == []
    verified = server.run("verify")
    assert verified.returncode == 0, verified.stdout
    return ours


async def compared(server: Server, summary_id: str) -> tuple[Ours, list[str]]:
    with EmbeddedPostgres.open(server.data) as postgres:
        connection = await asyncpg.connect(postgres.url)
        try:
            ours = await read_ours(connection, summary_id)
            return ours, differences(ours, await read_theirs(connection, ours))
        finally:
            await connection.close()


def completed(operations: Sequence[dict[str, Any]]) -> Decimal:
    return total(Decimal(str(operation["CompletedAmount"])) for operation in operations)


def test_32_clients_ask_for_funds_of_all_invoices_of_one_order(shop: Shop, server: Server):
    summary, _, invoices = invoiced(shop, "FUNDS", 100, 164)

    operations = race(server, summary, "ensure-funds", [{"invoiceId": i} for i in invoices * (CLIENTS // PARCELS)])

    assert Counter(operation["Outcome"] for operation in operations) == {"Succeeded": CLIENTS}
    ours = agreed(server, summary)
    assert ours.captured == completed(operations) == ORDER
    assert [invoice["Balance"] for invoice in shop.related("OrderSummary", summary, "Invoices")] == [0] * PARCELS


def test_32_clients_ask_for_funds_of_one_invoice(shop: Shop, server: Server):
    summary, _, invoices = invoiced(shop, "ONE-INVOICE", 10, 20, 36)

    operations = race(server, summary, "ensure-funds", [{"invoiceId": invoices[0]}] * CLIENTS)

    # One of them planned it all; to the others the invoice was funded, or about to be.
    assert sorted(operation["RequestedAmount"] for operation in operations) == [0] * (CLIENTS - 1) + [66]
    ours = agreed(server, summary)
    assert [ours.captured, completed(operations)] == [PARCEL, PARCEL]


def test_32_clients_ask_for_more_than_is_authorized(shop: Shop, server: Server):
    summary, _, invoices = invoiced(shop, "SCARCE", 90, 110)

    operations = race(server, summary, "ensure-funds", [{"invoiceId": i} for i in invoices * (CLIENTS // PARCELS)])

    # 200 is enough for three of the four invoices; who asks for the fourth is told so.
    ours = agreed(server, summary)
    assert ours.captured == completed(operations) == 3 * PARCEL
    codes = Counter(operation["OutcomeCode"] for operation in operations)
    assert codes == {None: 24, "INSUFFICIENT_FUNDS": 8}


def test_32_clients_ask_for_more_refunds_of_one_order_than_was_captured(shop: Shop, server: Server):
    """Four credit memos over all that was captured, each asked for seven times, and excess funds besides."""
    summary, item, invoices = invoiced(shop, "REFUNDS", 100, 164)
    race(server, summary, "ensure-funds", [{"invoiceId": invoice} for invoice in invoices])
    memos = credited(shop, summary, item)
    bodies = [{"creditMemoId": memo} for memo in memos] * 7 + [{"excessFundsAmount": 50}] * 4

    operations = race(server, summary, "ensure-refunds", bodies)

    ours = agreed(server, summary)
    refunded = total(row["amount"] for row in ours.refunds)
    assert refunded == completed(operations)
    assert 0 < refunded <= ours.captured == ORDER
    by_memo = [total(r["amount"] for r in ours.refunds if r["credit_memo_id"] == to_15(memo)) for memo in memos]
    assert set(by_memo) <= {0, PARCEL}
    # What is left is less than anything that was asked for and refused.
    excess = refunded - total(by_memo)
    refused = [PARCEL] * (0 in by_memo) + [Decimal(50)] * (excess < 200)
    assert ours.captured - refunded < min(refused)


def test_32_clients_ask_for_the_refund_of_one_credit_memo(shop: Shop, server: Server):
    summary, item, invoices = invoiced(shop, "ONE-MEMO", 264)
    race(server, summary, "ensure-funds", [{"invoiceId": invoice} for invoice in invoices])
    memo = credited(shop, summary, item)[0]

    operations = race(server, summary, "ensure-refunds", [{"creditMemoId": memo}] * CLIENTS)

    assert Counter(operation["Outcome"] for operation in operations) == {"Succeeded": CLIENTS}
    ours = agreed(server, summary)
    assert total(row["amount"] for row in ours.refunds) == completed(operations) == PARCEL
