"""An order of a few lines as one composite request, with totals worked out by hand."""

from decimal import Decimal
from typing import Any

from tests.rest.calling import BASE

LINES = ((2, "10.00"), (1, "4.99"), (3, "7.50"), (1, "100.00"), (6, "1.35"))
"""Quantity and unit price. Each line's tax is 20 %, each line has 1.00 off with 0.20 less tax, from the header."""

NET = sum((quantity * Decimal(price) for quantity, price in LINES), Decimal(0))
DELIVERY = Decimal("5.00")


def part(method: str, path: str, reference: str, body: Any = None) -> dict[str, Any]:
    """One part of a composite."""
    return {"method": method, "url": BASE + path, "referenceId": reference, "body": body}


def of(type_: str, **fields: Any) -> dict[str, Any]:
    """One record of a collection."""
    return {"attributes": {"type": type_}, **fields}


def records(reference: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """One part that creates many records."""
    return part("POST", "/composite/sobjects", reference, {"allOrNone": True, "records": found})


def placement(product_ids: list[str], account_id: str, activate: bool = True) -> dict[str, Any]:
    """The composite that places the order of `LINES` with delivery, header adjustment and taxes."""
    order = {
        "EffectiveDate": "2026-03-01", "Status": "Draft", "CurrencyIsoCode": "GBP", "AccountId": account_id,
        "OrderReferenceNumber": "W-1",
    }  # fmt: skip
    groups = [
        of("OrderDeliveryGroup", OrderId="@{order.id}", DeliverToName="Ada"),
        of("OrderAdjustmentGroup", OrderId="@{order.id}", Name="Spring", Type="Header"),
    ]
    parts = [
        part("POST", "/sobjects/Order", "order", order),
        records("groups", groups),
        records("items", items(product_ids)),
    ]
    parts += [records("adjustments", adjustments()), records("taxes", taxes())]
    if activate:
        parts.append(part("PATCH", "/sobjects/Order/@{order.id}", "activation", {"Status": "Activated"}))
    return {"allOrNone": True, "compositeRequest": parts}


def items(product_ids: list[str]) -> list[dict[str, Any]]:
    link = {"OrderId": "@{order.id}", "OrderDeliveryGroupId": "@{groups[0].id}"}
    lines = [
        of("OrderItem", Quantity=quantity, UnitPrice=price, TotalLineAmount=str(quantity * Decimal(price)),
           Product2Id=product, **link)
        for (quantity, price), product in zip(LINES, product_ids, strict=True)
    ]  # fmt: skip
    return [*lines, of("OrderItem", Quantity=1, TotalLineAmount=DELIVERY, Type="Delivery Charge", **link)]


def adjustments() -> list[dict[str, Any]]:
    return [
        of("OrderItemAdjustmentLineItem", Name="Spring", Amount="-1.00", OrderItemId=f"@{{items[{line}].id}}",
           OrderAdjustmentGroupId="@{groups[1].id}")
        for line in range(len(LINES))
    ]  # fmt: skip


def taxes() -> list[dict[str, Any]]:
    about = {"Name": "VAT", "Type": "Actual", "TaxEffectiveDate": "2026-03-01", "Rate": 20}
    on_items = [
        of("OrderItemTaxLineItem", Amount=(quantity * Decimal(price) / 5).quantize(Decimal("0.01")),
           OrderItemId=f"@{{items[{line}].id}}", **about)
        for line, (quantity, price) in enumerate(LINES)
    ]  # fmt: skip
    on_adjustments = [
        of("OrderItemTaxLineItem", Amount="-0.20", OrderItemId=f"@{{items[{line}].id}}",
           OrderItemAdjustmentLineItemId=f"@{{adjustments[{line}].id}}", **about)
        for line in range(len(LINES))
    ]  # fmt: skip
    return on_items + on_adjustments


TAX = sum(((quantity * Decimal(price) / 5).quantize(Decimal("0.01")) for quantity, price in LINES), Decimal(0))
