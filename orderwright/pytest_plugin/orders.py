"""Orders for tests: placed with all that belongs to them in one request, and summarised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from orderwright.arithmetic.money import round_money, scale_of
from orderwright.connect_api import representations as documented
from orderwright.connect_api.calls import BASE
from orderwright.connect_api.connection import Connection
from orderwright.connect_api.exceptions import exception_of

CURRENCY = "USD"
DELIVERY = Decimal("5.00")
DELIVERY_LINE = "Delivery"
"""By which name the delivery charge is found among the items."""
HALTED = ("PROCESSING_HALTED", "ALL_OR_NONE_OPERATION_ROLLED_BACK")


@dataclass(frozen=True)
class Line:
    """Units of a product, at a price without tax, in the order's currency."""

    name: str = "Mug"
    quantity: int | Decimal = 2
    unit_price: Decimal = Decimal("10.00")
    tax_percent: Decimal = Decimal(20)
    sku: str | None = None
    """None: its name."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the OrderItem."""

    @property
    def stock_keeping_unit(self) -> str:
        return self.sku or self.name

    @property
    def amount(self) -> Decimal:
        """Of all units, without tax."""
        return self.quantity * self.unit_price


LINES = (Line(), Line("Towel", 1, Decimal("7.00")))
DELIVERY_TAX_PERCENT = Decimal(20)


@dataclass(frozen=True)
class Wanted:
    """An order to place."""

    lines: tuple[Line, ...]
    delivery: Decimal | None
    currency: str
    activated: bool
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class PlacedOrder:
    """A placed order. Items are found by the names of their lines."""

    id: str
    account_id: str
    order_delivery_group_id: str
    items: Mapping[str, str]
    currency: str


@dataclass(frozen=True)
class Summary:
    """An order summary. Items are found by the names of the order's lines, the delivery charge as "Delivery"."""

    id: str
    order: PlacedOrder
    order_delivery_group_summary_id: str
    items: Mapping[str, str]
    """Ids of the OrderItemSummaries."""


def place(salesforce: Connection, wanted: Wanted, products: dict[str, str]) -> PlacedOrder:
    """Place an order. `products` are those that are there by SKU; new ones are added."""
    account = wanted.fields.get("AccountId") or salesforce.create("Account", {"Name": "Ada Lovelace"})
    for line in wanted.lines:
        if line.stock_keeping_unit not in products:
            about = {"Name": line.name, "StockKeepingUnit": line.stock_keeping_unit, "IsActive": True}
            products[line.stock_keeping_unit] = salesforce.create("Product2", about)
    answers = _composite(salesforce, _parts(wanted, account, products))
    names = [line.name for line in wanted.lines] + [DELIVERY_LINE]
    items = dict(zip(names, (made["id"] for made in answers["items"]), strict=False))
    return PlacedOrder(
        answers["order"]["id"], account, answers["group"]["id"], MappingProxyType(items), wanted.currency
    )


def _parts(wanted: Wanted, account: str, products: Mapping[str, str]) -> list[dict[str, Any]]:
    order = {"Status": "Draft", "EffectiveDate": "2026-01-01", "CurrencyIsoCode": wanted.currency, "AccountId": account}
    group = {"OrderId": "@{order.id}", "DeliverToName": "Ada Lovelace"}
    parts = [
        _part("POST", "/sobjects/Order", "order", order | dict(wanted.fields)),
        _part("POST", "/sobjects/OrderDeliveryGroup", "group", group),
        _records("items", "OrderItem", _items(wanted, products)),
        _records("taxes", "OrderItemTaxLineItem", _taxes(wanted)),
    ]
    if wanted.activated:
        parts.append(_part("PATCH", "/sobjects/Order/@{order.id}", "activation", {"Status": "Activated"}))
    return parts


def _items(wanted: Wanted, products: Mapping[str, str]) -> list[dict[str, Any]]:
    link = {"OrderId": "@{order.id}", "OrderDeliveryGroupId": "@{group.id}"}
    items = [
        {
            "Quantity": line.quantity, "UnitPrice": line.unit_price, "TotalLineAmount": line.amount,
            "Product2Id": products[line.stock_keeping_unit], **link, **line.fields,
        }
        for line in wanted.lines
    ]  # fmt: skip
    if wanted.delivery is not None:
        items.append({"Quantity": 1, "TotalLineAmount": wanted.delivery, "Type": "Delivery Charge", **link})
    return items


def _taxes(wanted: Wanted) -> list[dict[str, Any]]:
    scale = scale_of(wanted.currency)
    taxed = [(line.amount, line.tax_percent) for line in wanted.lines]
    if wanted.delivery is not None:
        taxed.append((wanted.delivery, DELIVERY_TAX_PERCENT))
    about = {"Name": "VAT", "Type": "Actual", "TaxEffectiveDate": "2026-01-01"}
    return [
        {
            "OrderItemId": f"@{{items[{place}].id}}", "Rate": percent,
            "Amount": round_money(amount * percent / 100, scale), **about,
        }
        for place, (amount, percent) in enumerate(taxed)
    ]  # fmt: skip


def _part(method: str, path: str, name: str, body: Any) -> dict[str, Any]:
    return {"method": method, "url": BASE + path, "referenceId": name, "body": body}


def _records(name: str, object_: str, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    typed = [{"attributes": {"type": object_}, **record} for record in records]
    return _part("POST", "/composite/sobjects", name, {"allOrNone": True, "records": typed})


def _composite(salesforce: Connection, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """What the parts answer, by name, all done in one transaction. Raises ConnectApiException for the one at fault."""
    body = {"allOrNone": True, "compositeRequest": parts}
    answers = salesforce.request("POST", "/composite", body)["compositeResponse"]
    for answer in answers:
        if answer["httpStatusCode"] >= 300:
            error = exception_of(answer["httpStatusCode"], answer["body"], lambda _: None)
            if error.error_code not in HALTED:
                raise error
    return {answer["referenceId"]: answer["body"] for answer in answers}


def summarise(salesforce: Connection, order: PlacedOrder) -> Summary:
    """The order summary of an activated order."""
    made = salesforce.OrderSummaryCreation.create_order_summary(
        documented.OrderSummaryInputRepresentation(order_id=order.id)
    )
    summary = made.order_summary_id or ""
    path = f"/sobjects/OrderSummary/{summary}"
    found = salesforce.request("GET", f"{path}/OrderItemSummaries?fields=Id,OriginalOrderItemId")["records"]
    by_original = {item["OriginalOrderItemId"]: item["Id"] for item in found}
    (group,) = salesforce.request("GET", f"{path}/OrderDeliveryGroupSummaries?fields=Id")["records"]
    items = {name: by_original[original] for name, original in order.items.items()}
    return Summary(summary, order, group["Id"], MappingProxyType(items))
