"""One order from placing to refund, as a shop would send it: five products, a delivery charge, a tax line for each."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import defaultdict
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from orderwright.demo.client import Client, Part
from orderwright.demo.shop import collection

SUMMARIES = "commerce/order-management/order-summaries"
PAYMENT_SUMMARIES = "commerce/order-management/order-payment-summaries"
FULFILLMENT_ORDERS = "commerce/fulfillment/fulfillment-orders"

PRODUCTS, UNITS = 5, 2
PRICE, TAX = Decimal("19.90"), Decimal("7.96")
DELIVERY, DELIVERY_TAX = Decimal("4.95"), Decimal("0.99")
TOTAL = PRODUCTS * (UNITS * PRICE + TAX) + DELIVERY + DELIVERY_TAX

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.02, 0.16
"""How a shop asks whether a background operation is done: after 20 ms, then twice as long each time."""

STEPS = (
    "place", "authorize", "summarise", "payment summary", "read items", "allocate", "invoice", "ensure funds", "fulfil",
    "return", "credit memo", "refund",
)  # fmt: skip

T = TypeVar("T")


class OperationFailed(Exception):
    """A background operation did not do what was asked: nothing is measured then."""


@dataclass(frozen=True)
class Shop:
    """The records all orders share."""

    account_id: str
    product_ids: tuple[str, ...]
    delivery_method_id: str
    location_id: str


@dataclass
class Timings:
    """What was timed: seconds by step, from request to answer, and of background operations from asked to begun."""

    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    pick_ups: list[float] = field(default_factory=list)

    async def timed(self, step: str, work: Awaitable[T]) -> T:
        """What `work` returns; how long it took is noted."""
        began = time.perf_counter()
        result = await work
        self.steps[step].append(time.perf_counter() - began)
        return result


async def open_shop(api: Client) -> Shop:
    """A new shop."""

    async def create(object_: str, **fields: Any) -> str:
        return str((await api.post(f"sobjects/{object_}", fields))["id"])

    return Shop(
        account_id=await create("Account", Name="Ada Lovelace"),
        product_ids=tuple([await create("Product2", Name=f"Product {n}", IsActive=True) for n in range(PRODUCTS)]),
        delivery_method_id=await create("OrderDeliveryMethod", Name="Ground", IsActive=True),
        location_id=await create("Location", Name="North", LocationType="Warehouse"),
    )


async def live(api: Client, shop: Shop, timings: Timings) -> None:
    """Take one order all the way. Raises ApiError or OperationFailed when anything is not as it should be."""
    order = await invoice(api, shop, timings)
    path = f"{SUMMARIES}/{order.summary_id}/actions"
    await timings.timed("ensure funds", run_operation(api, order, "funds", {"invoiceId": order.invoice_id}, timings))
    fulfillment = f"sobjects/FulfillmentOrder/{order.fulfillment_id}"
    await timings.timed("fulfil", api.patch(fulfillment, {"Status": "Fulfilled"}))
    returned = await timings.timed("return", api.post(f"{path}/submit-return", _return(order.item_ids[0])))
    credited = {"changeOrderIds": [returned["changeOrderId"]]}
    memo = await timings.timed("credit memo", api.post(f"{path}/create-credit-memo", credited))
    await timings.timed("refund", run_operation(api, order, "refunds", {"creditMemoId": memo["creditMemoId"]}, timings))


@dataclass(frozen=True)
class Sold:
    """An order with an invoice; `item_ids` are its order item summaries, products first."""

    summary_id: str
    item_ids: tuple[str, ...]
    fulfillment_id: str
    invoice_id: str


async def invoice(api: Client, shop: Shop, timings: Timings) -> Sold:
    """Take one order from placing to its invoice."""
    order_id = await timings.timed("place", place(api, shop))
    authorization_id = await timings.timed("authorize", authorize(api, shop, order_id))
    summary = await timings.timed("summarise", api.post(SUMMARIES, {"orderId": order_id}))
    summary_id = summary["orderSummaryId"]
    paid = {"orderSummaryId": summary_id, "paymentAuthorizationId": authorization_id}
    await timings.timed("payment summary", api.post(PAYMENT_SUMMARIES, paid))
    items = await timings.timed("read items", read_items(api, summary_id))
    allocated = await timings.timed("allocate", api.post(FULFILLMENT_ORDERS, _fulfillment(shop, summary_id, items)))
    fulfillment_id = allocated["fulfillmentOrderIds"][0]
    made = await timings.timed("invoice", api.post(f"{FULFILLMENT_ORDERS}/{fulfillment_id}/actions/create-invoice", {}))
    return Sold(summary_id, tuple(item["Id"] for item in items), fulfillment_id, made["invoiceId"])


async def place(api: Client, shop: Shop) -> str:
    """The id of a new, activated order: one composite request, one transaction."""
    parts = [
        Part("POST", "sobjects/Order", "order", _order(shop)),
        Part("POST", "sobjects/OrderDeliveryGroup", "group", _delivery_group(shop)),
        collection("items", "OrderItem", _items(shop)),
        collection("taxes", "OrderItemTaxLineItem", _taxes()),
        Part("PATCH", "sobjects/Order/@{order.id}", "activated", {"Status": "Activated"}),
    ]
    return str((await api.composite(parts))[0]["id"])


async def authorize(api: Client, shop: Shop, reference: str) -> str:
    """The id of an authorization of a card, as a payment provider's checkout leaves it under its `reference`."""
    parts = [
        Part("POST", "sobjects/CardPaymentMethod", "card", _card(shop)),
        Part("POST", "sobjects/PaymentAuthorization", "authorization", _authorization(shop, reference)),
    ]
    return str((await api.composite(parts))[1]["id"])


async def read_items(api: Client, summary_id: str) -> list[Any]:
    """The order item summaries, in the order in which they were sent."""
    path = f"sobjects/OrderSummary/{summary_id}/OrderItemSummaries"
    items = await api.children(path, "Id,OrderDeliveryGroupSummaryId")
    return sorted(items, key=lambda item: str(item["Id"]))  # ids sort by the time they were made


async def run_operation(api: Client, order: Sold, what: str, wish: dict[str, Any], timings: Timings) -> str:
    """The id of an operation for funds or refunds, once it is done. Raises OperationFailed when it did not succeed."""
    operation_id = await start_operation(api, order, what, wish)
    pause = FIRST_PAUSE_SECONDS
    while True:
        await asyncio.sleep(pause)
        operation = await read_operation(api, operation_id)
        if operation["FinishedAt"] is not None:
            break
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
    timings.pick_ups.append(pick_up_seconds(operation))
    return operation_id


async def start_operation(api: Client, order: Sold, what: str, wish: dict[str, Any]) -> str:
    """The id of a background operation that was just asked for."""
    path = f"{SUMMARIES}/{order.summary_id}/async-actions/ensure-{what}-async"
    return str((await api.post(path, wish))["backgroundOperationId"])


async def read_operation(api: Client, operation_id: str) -> Any:
    """The background operation as it is now. Raises OperationFailed for one that ended without success."""
    path = f"sobjects/BackgroundOperation/{operation_id}"
    operation = await api.get(path, fields="SubmittedAt,StartedAt,FinishedAt,Outcome,OutcomeMessage")
    if operation["FinishedAt"] is not None and operation["Outcome"] != "Succeeded":
        raise OperationFailed(f"{operation_id}: {operation['Outcome']}: {operation['OutcomeMessage']}")
    return operation


def pick_up_seconds(operation: Any) -> float:
    """How long a background operation waited until a worker began with it."""
    submitted, started = (dt.datetime.fromisoformat(operation[name]) for name in ("SubmittedAt", "StartedAt"))
    return (started - submitted).total_seconds()


# --- what is sent -----------------------------------------------------------------------------------------------------


def _order(shop: Shop) -> dict[str, Any]:
    return {
        "AccountId": shop.account_id,
        "EffectiveDate": "2026-03-01",
        "Status": "Draft",
        "CurrencyIsoCode": "USD",
        "BillingStreet": "12 St James's Square",
        "BillingCity": "London",
        "BillingPostalCode": "SW1Y 4JH",
        "BillingCountry": "United Kingdom",
    }


def _delivery_group(shop: Shop) -> dict[str, Any]:
    return {
        "OrderId": "@{order.id}",
        "OrderDeliveryMethodId": shop.delivery_method_id,
        "DeliverToName": "Ada Lovelace",
        "DeliverToStreet": "12 St James's Square",
        "DeliverToCity": "London",
        "DeliverToPostalCode": "SW1Y 4JH",
        "DeliverToCountry": "United Kingdom",
    }


def _items(shop: Shop) -> list[dict[str, Any]]:
    item = {"OrderId": "@{order.id}", "OrderDeliveryGroupId": "@{group.id}"}
    price = {"Quantity": UNITS, "UnitPrice": PRICE, "TotalLineAmount": UNITS * PRICE}
    products = [
        item | price | {"Product2Id": product_id, "Description": f"Product {number}"}
        for number, product_id in enumerate(shop.product_ids)
    ]
    charge = {"Quantity": 1, "UnitPrice": DELIVERY, "TotalLineAmount": DELIVERY}
    return [*products, item | charge | {"Type": "Delivery Charge", "Description": "Delivery"}]


def _taxes() -> list[dict[str, Any]]:
    amounts = [TAX] * PRODUCTS + [DELIVERY_TAX]
    return [
        {
            "OrderItemId": f"@{{items[{number}].id}}",
            "Name": "VAT",
            "Amount": amount,
            "Rate": 20,
            "TaxEffectiveDate": "2026-03-01",
            "Type": "Actual",
        }
        for number, amount in enumerate(amounts)
    ]


def _card(shop: Shop) -> dict[str, Any]:
    return {
        "AccountId": shop.account_id,
        "CardCategory": "CreditCard",
        "CardType": "Visa",
        "CardLastFour": 4242,
        "CardHolderName": "Ada Lovelace",
        "ProcessingMode": "External",
        "Status": "Active",
    }


def _authorization(shop: Shop, reference: str) -> dict[str, Any]:
    return {
        "AccountId": shop.account_id,
        "PaymentMethodId": "@{card.id}",
        "Amount": TOTAL,
        "CurrencyIsoCode": "USD",
        "ProcessingMode": "External",
        "Status": "Processed",
        "GatewayRefNumber": reference,
    }


def _fulfillment(shop: Shop, summary_id: str, items: Sequence[Any]) -> dict[str, Any]:
    quantities = [UNITS] * PRODUCTS + [1]
    group = {
        "fulfilledFromLocationId": shop.location_id,
        "fulfillmentType": "Warehouse",
        "orderItemSummaries": [
            {"orderItemSummaryId": item["Id"], "quantity": quantity}
            for item, quantity in zip(items, quantities, strict=True)
        ],
    }
    return {
        "fulfillmentGroups": [group],
        "orderDeliveryGroupSummaryId": items[0]["OrderDeliveryGroupSummaryId"],
        "orderSummaryId": summary_id,
    }


def _return(item_id: str) -> dict[str, Any]:
    change = {"orderItemSummaryId": item_id, "quantity": 1, "reason": "Unknown", "shippingReductionFlag": False}
    return {"changeItems": [change]}
