"""What one preview and one submit cost: an order of ten items, of each of which a unit is cancelled."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from bench.lifecycle import SUMMARIES, Shop, read_items
from bench.measure import Processes, difference, quantile
from orderwright.demo.client import Client, Part
from orderwright.demo.shop import collection

ITEMS, UNITS = 10, 6
LINE_PRICE, LINE_TAX = Decimal("119.94"), Decimal("23.99")
DISCOUNT, DISCOUNT_TAX = Decimal("-10.00"), Decimal("-2.00")
DELIVERY, DELIVERY_TAX = Decimal("4.95"), Decimal("0.99")
CHANGES_PER_ORDER = UNITS - 1


class Cost(msgspec.Struct, frozen=True):
    """Of one kind of request: milliseconds of processor time per request by process, and of waiting for the answer."""

    request: str
    requests: int
    cpu_milliseconds: dict[str, float]
    p50: float
    p95: float


@dataclass(frozen=True)
class Placed:
    """An order summary and its ten items' ids."""

    summary_id: str
    item_ids: tuple[str, ...]


async def costs_of_changes(api: Client, shop: Shop, processes: Processes, count: int) -> tuple[Cost, ...]:
    """The costs of preview-cancel and submit-cancel, one request at a time, on `count` orders nobody changed yet."""
    warm, *orders = [await place(api, shop) for _ in range(count + 1)]
    for action in ("preview-cancel", "submit-cancel"):
        await _ask(api, warm, action)
    return tuple([await _cost(action, api, orders, processes) for action in ("preview-cancel", "submit-cancel")])


async def _cost(action: str, api: Client, orders: Sequence[Placed], processes: Processes) -> Cost:
    times = []
    before = processes.cpu_seconds()
    for _ in range(CHANGES_PER_ORDER):
        for order in orders:
            began = time.perf_counter()
            await _ask(api, order, action)
            times.append(1000 * (time.perf_counter() - began))
    used = difference(processes.cpu_seconds(), before)
    cpu = {name: 1000 * used[name] / len(times) for name in ("API", "PostgreSQL")}
    return Cost(f"{action} of {ITEMS} items", len(times), cpu, quantile(times, 0.5), quantile(times, 0.95))


async def _ask(api: Client, order: Placed, action: str) -> None:
    changes = [
        {"orderItemSummaryId": item_id, "quantity": 1, "reason": "Unknown", "shippingReductionFlag": True}
        for item_id in order.item_ids
    ]
    await api.post(f"{SUMMARIES}/{order.summary_id}/actions/{action}", {"changeItems": changes})


async def place(api: Client, shop: Shop) -> Placed:
    """A new order with taxes and a discount on every item and a delivery charge, and its summary."""
    parts = [
        Part("POST", "sobjects/Order", "order", _order(shop)),
        Part("POST", "sobjects/OrderDeliveryGroup", "group", _delivery_group(shop)),
        collection("items", "OrderItem", _items(shop)),
        collection("discounts", "OrderItemAdjustmentLineItem", _discounts()),
        collection("taxes", "OrderItemTaxLineItem", _taxes()),
        Part("PATCH", "sobjects/Order/@{order.id}", "activated", {"Status": "Activated"}),
    ]
    order_id = (await api.composite(parts))[0]["id"]
    summary_id = (await api.post(SUMMARIES, {"orderId": order_id}))["orderSummaryId"]
    items = await read_items(api, summary_id)
    return Placed(summary_id, tuple(item["Id"] for item in items[:ITEMS]))


def _order(shop: Shop) -> dict[str, Any]:
    return {
        "AccountId": shop.account_id,
        "EffectiveDate": "2026-03-01",
        "Status": "Draft",
        "CurrencyIsoCode": "USD",
    }


def _delivery_group(shop: Shop) -> dict[str, Any]:
    return {
        "OrderId": "@{order.id}",
        "OrderDeliveryMethodId": shop.delivery_method_id,
        "DeliverToName": "Ada Lovelace",
    }


def _items(shop: Shop) -> list[dict[str, Any]]:
    parent = {"OrderId": "@{order.id}", "OrderDeliveryGroupId": "@{group.id}"}
    price = {"Quantity": UNITS, "UnitPrice": LINE_PRICE / UNITS, "TotalLineAmount": LINE_PRICE}
    products = [
        parent | price | {"Product2Id": shop.product_ids[number % len(shop.product_ids)]} for number in range(ITEMS)
    ]
    charge = {"Quantity": 1, "UnitPrice": DELIVERY, "TotalLineAmount": DELIVERY, "Type": "Delivery Charge"}
    return [*products, parent | charge]


def _discounts() -> list[dict[str, Any]]:
    return [
        {"OrderItemId": f"@{{items[{number}].id}}", "Name": "Spring", "Amount": DISCOUNT} for number in range(ITEMS)
    ]


def _taxes() -> list[dict[str, Any]]:
    tax = {"Name": "VAT", "TaxEffectiveDate": "2026-03-01", "Type": "Actual"}
    on_items = [tax | {"OrderItemId": f"@{{items[{number}].id}}", "Amount": LINE_TAX} for number in range(ITEMS)]
    on_delivery = tax | {"OrderItemId": f"@{{items[{ITEMS}].id}}", "Amount": DELIVERY_TAX}
    on_discounts = [
        tax
        | {
            "OrderItemId": f"@{{items[{number}].id}}",
            "OrderItemAdjustmentLineItemId": f"@{{discounts[{number}].id}}",
            "Amount": DISCOUNT_TAX,
        }
        for number in range(ITEMS)
    ]
    return [*on_items, on_delivery, *on_discounts]
