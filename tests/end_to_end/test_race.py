"""64 clients race to cancel, return and discount the same order: nothing is done twice, nothing is lost."""

import asyncio
from collections import Counter

import httpx
import pytest
from simple_salesforce import Salesforce

from tests.end_to_end.conftest import Server
from tests.end_to_end.shop import OM, SUMMARIES, Shop, change

CLIENTS = 64
UNITS = 60


@pytest.fixture
def shop(salesforce: Salesforce) -> Shop:
    return Shop(salesforce).open()


def test_64_clients_cancel_return_and_discount_one_order(shop: Shop, server: Server):
    """30 units are shipped, 30 unallocated; together the clients ask for more of both than there are."""
    order = shop.place("RACE", units=UNITS, line=599.99, tax=60.01)
    summary = shop.call(SUMMARIES, {"orderId": order})["orderSummaryId"]
    shop.pay(summary, 660)
    item = shop.related("OrderSummary", summary, "OrderItemSummaries")[0]["Id"]
    fulfillment = shop.allocate(summary, {item: 30})
    shop.sf.FulfillmentOrder.update(fulfillment, {"Status": "Fulfilled"})

    answers = asyncio.run(race(server, summary, item))

    codes = Counter((action, answer.status_code) for action, answer in answers)
    assert all(answer.status_code in {201, 400} for _, answer in answers), codes
    refused = [answer for _, answer in answers if answer.status_code == 400]
    assert all("is not available" in answer.json()[0]["message"] for answer in refused)
    after = shop.sf.OrderItemSummary.get(item)
    assert after["QuantityCanceled"] == 2 * codes["submit-cancel", 201] == 30
    assert after["QuantityReturned"] == 3 * codes["submit-return", 201] == 30
    discounts = codes["adjust-item-submit", 201]
    assert discounts == sum(action == "adjust-item-submit" for action, _ in answers)
    # everything is gone, so all that was discounted on the way went back with the units: nothing is left of anything
    assert (after["Quantity"], after["TotalLineAmount"], after["TotalPrice"], after["TotalTaxAmount"]) == (0, 0, 0, 0)
    verified = server.run("verify")
    assert verified.returncode == 0, verified.stdout


async def race(server: Server, summary: str, item: str) -> list[tuple[str, httpx.Response]]:
    """Each client sends one request; the discounts go first, so that there are units left to bear them."""
    requests = [("adjust-item-submit", discount(item)) for _ in range(14)]
    requests += [("submit-cancel", change(item, 2)) for _ in range(25)]
    requests += [("submit-return", change(item, 3)) for _ in range(25)]
    assert len(requests) == CLIENTS
    headers = {"Authorization": f"Bearer {server.token()}"}
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60, limits=limits) as client:

        async def send(action: str, body: dict[str, object]) -> tuple[str, httpx.Response]:
            path = f"/services/data/v67.0/{SUMMARIES}/{summary}/actions/{action}"
            return action, await client.post(path, json=body)

        first = await asyncio.gather(*(send(*request) for request in requests[:40]))
        rest = await asyncio.gather(*(send(*request) for request in requests[40:]))
    return [*first, *rest]


def discount(item: str) -> dict[str, object]:
    entry = {"orderItemSummaryId": item, "adjustmentType": "AmountWithoutTax", "amount": -0.07, "reason": "Unknown"}
    return {"adjustItems": [entry]}


def test_one_authorization_pays_for_one_order_however_many_ask_for_it_at_once(shop: Shop, server: Server):
    orders = [shop.place(f"CLAIM-{n}", units=1, line=10, tax=1) for n in range(8)]
    summaries = [shop.call(SUMMARIES, {"orderId": order})["orderSummaryId"] for order in orders]
    authorization = shop.sf.PaymentAuthorization.create(
        {
            "Amount": 11,
            "CurrencyIsoCode": "USD",
            "ProcessingMode": "External",
            "Status": "Processed",
            "PaymentMethodId": shop.ids["card"],
        }
    )["id"]

    async def claim_all() -> list[httpx.Response]:
        headers = {"Authorization": f"Bearer {server.token()}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
            path = f"/services/data/v67.0/{OM}/order-payment-summaries"
            bodies = [{"orderSummaryId": s, "paymentAuthorizationId": authorization} for s in summaries]
            return await asyncio.gather(*(client.post(path, json=body) for body in bodies))

    answers = asyncio.run(claim_all())
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {a.json()[0]["errorCode"] for a in answers if a.status_code == 409} == {"DUPLICATE_VALUE"}
    verified = server.run("verify")
    assert verified.returncode == 0, verified.stdout
