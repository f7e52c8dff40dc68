"""What holds of every order after every step: its summary is the sum of the original order and its change orders."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache

from orderwright.arithmetic.money import is_at_scale, scale_of
from orderwright.decisions.component import Pool, amounts_of, line_amounts, units_in
from orderwright.decisions.roll_up import roll_up_order, roll_up_summary
from orderwright.objects.definition import SObject, define
from orderwright.objects.order import Order, OrderItem
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.order_summary import OrderSummary
from orderwright.objects.whole import WholeOrder, WholeSummary
from tests.builders import DELIVERY, FEE, PRODUCT

ZERO = Decimal(0)
POOLS: tuple[Pool, ...] = ("pre", "in", "post")


def amounts_in_common(summary: type[SObject], order: type[SObject]) -> list[str]:
    """The money fields, stored and computed, that a summary object shares with the object it sums up."""
    ours, theirs = define(summary), define(order)
    fields = {**ours.stored, **ours.computed}
    names = {**theirs.stored, **theirs.computed}
    priced = ("unit_price", "gross_unit_price", "list_price", "reference_price")
    return [n for n, f in fields.items() if f.type == "currency" and n in names and n not in priced]


ORDER_AMOUNTS = amounts_in_common(OrderSummary, Order)
ITEM_AMOUNTS = [n for n in amounts_in_common(OrderItemSummary, OrderItem) if n != "total_line_amount"]


WITH_TAX = ("_amt_with_tax", "_amount_with_tax")
PARTS: Mapping[str, tuple[str, str]] = {
    "OrderItemSummary.total_amt_with_tax": ("total_price", "total_tax_amount"),
    "OrderItemSummary.adjusted_line_amt_with_tax": ("adjusted_line_amount", "total_adjusted_line_tax_amount"),
    "OrderItem.total_amt_with_tax": ("total_price", "total_tax_amount"),
    "OrderItem.adjusted_line_amt_with_tax": ("adjusted_line_amount", "total_adjusted_line_tax_amount"),
    "OrderItem.rounded_line_amt_with_tax": ("rounded_line_amount", "total_line_tax_amount"),
    "OrderItemAdjustmentLineSummary.total_amt_with_tax": ("amount", "total_tax_amount"),
    "OrderItemAdjustmentLineItem.total_amt_with_tax": ("amount", "total_tax_amount"),
    "FulfillmentOrderItemAdjustment.total_amt_with_tax": ("amount", "total_tax_amount"),
}
"""Amounts with tax whose parts are not named like them."""


@cache
def taxed_fields(object_: type[SObject]) -> list[tuple[str, str, str]]:
    """Every field that is an amount with tax, with the names of the amount and of the tax."""
    fields = {**define(object_).stored, **define(object_).computed}
    found = []
    for name in (n for n in fields if n.endswith(WITH_TAX)):
        stem = name.removesuffix("_with_tax").removesuffix("_amt").removesuffix("_amount")
        if f"{stem}_amount" not in fields:
            stem = stem.replace("total_adj_", "total_adjusted_")
        amount, tax = PARTS.get(f"{object_.__name__}.{name}", (f"{stem}_amount", f"{stem}_tax_amount"))
        found.append((name, amount, tax))
    return found


def check(whole: WholeSummary, placed: WholeOrder) -> None:
    """All of it, for the order `placed` and what has become of it; fulfillment and changes must be loaded."""
    check_with_tax(whole)
    check_prices(whole)
    check_sums(whole, placed)
    check_components(whole, placed)
    check_pools(whole)
    check_totals(whole)


def check_with_tax(whole: WholeSummary) -> None:
    """Every amount with tax is the amount plus the tax, on every record."""
    fulfillment, changes = whole.fulfillment, whole.changes
    kinds: tuple[Iterable[SObject], ...] = (
        (whole.summary,), whole.items, whole.delivery_groups, whole.adjustments, whole.change_orders,
        whole.credit_memos, fulfillment.orders, fulfillment.lines, fulfillment.adjustments, changes.items,
        changes.adjustments, whole.funds_part.invoices if whole.funds_part else (),
    )  # fmt: skip
    for record in (record for records in kinds for record in records):
        for name, amount, tax in taxed_fields(type(record)):
            assert getattr(record, name) == getattr(record, amount) + getattr(record, tax), (record.id, name)


def check_prices(whole: WholeSummary) -> None:
    """Prices by hand (N7, N8): the line with its adjustments, and totals by type of item."""
    sums = {type_: [ZERO, ZERO] for type_ in (PRODUCT, DELIVERY, FEE)}
    for item in whole.items:
        mine = [a for a in whole.adjustments if a.order_item_summary_id == item.id]
        line_level = sum((a.amount for a in mine if a.adjustment_group_type != "Header"), ZERO)
        assert item.adjusted_line_amount == item.total_line_amount + line_level
        assert item.total_price == item.total_line_amount + sum((a.amount for a in mine), ZERO)
        tax = sum((t.amount for t in whole.taxes if t.order_item_summary_id == item.id), ZERO)
        assert item.total_tax_amount == tax
        sums[item.type][0] += item.total_price
        sums[item.type][1] += tax
    summary = whole.summary
    for type_, bucket in ((PRODUCT, "product"), (DELIVERY, "delivery"), (FEE, "fee")):
        got = [getattr(summary, f"total_adjusted_{bucket}{tax}_amount") for tax in ("", "_tax")]
        assert got == sums[type_], bucket
    assert summary.total_amount == sum((price for price, _ in sums.values()), ZERO)
    assert summary.total_tax_amount == sum((tax for _, tax in sums.values()), ZERO)
    assert summary.grand_total_amount == summary.total_amount + summary.total_tax_amount


def check_sums(whole: WholeSummary, placed: WholeOrder) -> None:
    fees = {order.id for order in whole.change_orders if order.change_class == "fee"}
    originals = {item.id: item for item in placed.items}
    originals |= {item.id: item for item in whole.changes.items if item.order_id in fees}
    for name in ORDER_AMOUNTS:
        changes = sum((getattr(order, name) for order in whole.change_orders), ZERO)
        assert getattr(whole.summary, name) == getattr(placed.order, name) + changes, name
    for item in whole.items:
        original = originals[item.original_order_item_id or ""]
        mine = [i for i in whole.changes.items if i.related_order_item_id == original.id]
        for name in ITEM_AMOUNTS:
            assert getattr(item, name) == getattr(original, name) + sum((getattr(i, name) for i in mine), ZERO), name
        line = original.rounded_line_amount + sum((i.rounded_line_amount for i in mine), ZERO)
        assert item.total_line_amount == line
        assert item.quantity == item.quantity_ordered + sum((i.quantity for i in mine), ZERO)
        assert item.quantity_ordered == original.quantity


def check_components(whole: WholeSummary, placed: WholeOrder) -> None:
    lines = {line.id: line for line in (*placed.adjustments, *whole.changes.adjustments)}
    for adjustment in whole.adjustments:
        first = adjustment.original_order_item_adjustment_line_item_id
        mine = [line.amount for line in lines.values() if first in (line.id, line.related_adjustment_line_item_id)]
        assert adjustment.amount == sum(mine, ZERO)
    taxes = {tax.id: tax for tax in (*placed.taxes, *whole.changes.taxes)}
    for tax in whole.taxes:
        first = tax.original_order_item_tax_line_item_id
        assert tax.amount == sum(
            (t.amount for t in taxes.values() if first in (t.id, t.related_tax_line_item_id)), ZERO
        )


def check_pools(whole: WholeSummary) -> None:
    scale = scale_of(whole.summary.currency_iso_code or "")
    items = {item.id: item for item in whole.items}
    parts = [(item, line_amounts(item)) for item in items.values()]
    parts += [(items[a.order_item_summary_id], amounts_of(a)) for a in whole.adjustments]
    parts += [(items[t.order_item_summary_id], amounts_of(t)) for t in whole.taxes]
    for item, amounts in parts:
        assert is_at_scale(amounts.total, scale)
        for pool in POOLS:
            assert units_in(item, pool) >= 0
            assert units_in(item, pool) or not amounts.of(pool), f"{pool} of {item.description} has money and no units"
            assert amounts.of(pool) * amounts.total >= 0, f"{pool} of {item.description} has the wrong sign"
    for item in items.values():
        assert line_amounts(item).total >= 0
        if item.type == FEE:
            continue  # fulfilled from the first, by no fulfillment order
        held = [li for li in whole.fulfillment.lines if li.order_item_summary_id == item.id]
        assert sum((li.quantity for li in held), ZERO) == item.quantity_allocated


def check_totals(whole: WholeSummary) -> None:
    assert roll_up_summary(whole) == whole
    changes = whole.changes
    for order in whole.change_orders:
        lines = WholeOrder(
            order=order,
            items=tuple(i for i in changes.items if i.order_id == order.id),
            adjustments=tuple(a for a in changes.adjustments if a.order_id == order.id),
            taxes=tuple(t for t in changes.taxes if t.order_id == order.id),
        )
        assert roll_up_order(lines) == lines
