"""Fees charged with a cancel or a return: an increasing change order of its own, each fee a new item, fulfilled at
once.

Source: semantics.md#10 (documented; tax ratio inferred), decisions.md#N4, N9.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from orderwright.arithmetic.money import is_at_scale, round_fraction, round_money
from orderwright.arithmetic.prorate import proportional, share
from orderwright.decisions.change_order import ChangeOrder, change_order_head, scale_for
from orderwright.decisions.component import only, with_line_amounts, with_tax_amounts
from orderwright.decisions.errors import InvalidInput, InvalidPicklistValue, named
from orderwright.decisions.roll_up import roll_up_order
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.order import Order, OrderItem, OrderItemTaxLineItem
from orderwright.objects.order_item_summary import (
    OrderItemSummary,
    OrderItemSummaryChange,
    OrderItemTaxLineItemSummary,
)  # fmt: skip
from orderwright.objects.whole import WholeOrder, WholeSummary

ZERO, ONE = Decimal(0), Decimal(1)
AMOUNT_TYPES = ("AmountWithTax", "AmountWithoutTax", "Percentage", "PercentageGross")


class Fee(msgspec.Struct, frozen=True, kw_only=True):
    """A fee on some units of one item; `amount` above zero, read according to `amount_type`."""

    order_item_summary_id: Id
    quantity: Decimal
    amount: Decimal
    amount_type: str
    description: str
    product2_id: Id
    pricebook_entry_id: Id | None = None
    reason: str


def check_fee(fee: Fee, scale: int) -> None:
    """Refuse an amount that is not above zero or finer than the currency, or an unknown amount type."""
    if fee.amount_type not in AMOUNT_TYPES:
        raise InvalidPicklistValue(
            f"amountType '{fee.amount_type}' is not known; use {named(AMOUNT_TYPES)}", "amountType"
        )
    if fee.amount <= 0:
        raise InvalidInput(f"fee amount {fee.amount:f} is not above zero; fees are given as positive amounts", "amount")
    if fee.amount_type in {"AmountWithTax", "AmountWithoutTax"} and not is_at_scale(fee.amount, scale):
        raise InvalidInput(f"fee amount {fee.amount:f} has more decimals than the order's currency ({scale})", "amount")


def fee_amounts(fee: Fee, item: OrderItemSummary, scale: int) -> tuple[Decimal, Decimal]:
    """The price and the tax of a fee: order currency, at `scale`, positive.

    Percentages are of the item as it is before the change, in proportion to the units the fee is for.
    Source: semantics.md#10.1 (documented).
    """
    if fee.amount_type == "AmountWithoutTax":
        price = round_money(fee.amount, scale)
        return price, _tax_on(price, item, scale)
    if fee.amount_type == "AmountWithTax":
        gross = round_money(fee.amount, scale)
        # A free item has no ratio; nor has one whose tax, all on adjustments, takes away its whole price or more.
        has_ratio = item.total_price > 0 and item.total_amt_with_tax > 0
        tax = proportional(item.total_tax_amount, gross, item.total_amt_with_tax, scale) if has_ratio else ZERO
        return gross - tax, tax
    part = Fraction(fee.amount) / 100 * Fraction(fee.quantity) / Fraction(item.quantity)
    if fee.amount_type == "Percentage":
        return _of(part, item.total_price, scale), _of(part, item.total_tax_amount, scale)
    return _of(part, item.total_line_amount, scale), _of(part, item.total_line_tax_amount, scale)


def _tax_on(price: Decimal, item: OrderItemSummary, scale: int) -> Decimal:
    return proportional(item.total_tax_amount, price, item.total_price, scale) if item.total_price else ZERO


def _of(part: Fraction, amount: Decimal, scale: int) -> Decimal:
    return round_fraction(part * Fraction(amount), scale)


def make_fee_order(
    whole: WholeSummary, fees: Sequence[Fee], change_type: str, ids: NewIds, now: dt.datetime
) -> ChangeOrder:
    """The change order that charges `fees`, with the order item summaries it adds, already fulfilled.

    Amounts: positive, they raise the order. Raises InvalidPicklistValue, InvalidInput.
    """
    order = change_order_head(whole, "fee", ids(), now)
    made = [_FeeLines(whole, fee, order, ids, now) for fee in fees]
    lines = WholeOrder(order=order, items=tuple(m.item for m in made), taxes=tuple(t for m in made for t in m.taxes))
    return ChangeOrder(
        whole=roll_up_order(lines),
        changes=tuple(m.record(whole, change_type, ids()) for m in made),
        added_items=tuple(m.summary for m in made),
        added_taxes=tuple(t for m in made for t in m.tax_summaries),
    )


class _FeeLines:
    """One fee as an order item with its taxes, and as the order item summary it becomes."""

    def __init__(self, whole: WholeSummary, fee: Fee, order: Order, ids: NewIds, now: dt.datetime) -> None:
        of = whole.item(fee.order_item_summary_id)
        if of is None:
            raise InvalidInput(f"order item summary {fee.order_item_summary_id} does not belong to this order")
        self._fee = fee
        price, tax = fee_amounts(fee, of, scale_for(whole))
        self.item = _fee_item(fee, order, price, ids())
        self.summary = _fee_summary(whole, fee, of, self.item, ids())
        self.taxes: list[OrderItemTaxLineItem] = []
        self.tax_summaries: list[OrderItemTaxLineItemSummary] = []
        self._add_taxes(whole, of, tax, ids, now)

    def record(self, whole: WholeSummary, change_type: str, record_id: Id) -> OrderItemSummaryChange:
        """Why the fee is charged."""
        return OrderItemSummaryChange(
            id=record_id,
            change_order_item_id=self.item.id,
            change_type=change_type,
            currency_iso_code=whole.summary.currency_iso_code,
            is_pre_fulfillment=False,
            order_item_summary_id=self.summary.id,
            order_summary_id=whole.summary.id,
            reason=self._fee.reason,
        )

    def _add_taxes(
        self, whole: WholeSummary, of: OrderItemSummary, tax: Decimal, ids: NewIds, now: dt.datetime
    ) -> None:
        """The fee's tax over the item's own tax lines, in proportion (decisions.md N3, N4)."""
        taxes = [t for t in whole.taxes if t.order_item_summary_id == of.id]
        if not tax or not taxes:
            return
        # An item that bears tax on its adjustments only has that ratio all the same.
        likes = [t for t in taxes if t.order_item_adjustment_line_summary_id is None] or taxes
        for like, amount in zip(likes, share(tax, [abs(t.amount) for t in likes], scale_for(whole)), strict=True):
            if amount:
                self._add_tax(whole, like, amount, ids, now)

    def _add_tax(
        self, whole: WholeSummary, like: OrderItemTaxLineItemSummary, amount: Decimal, ids: NewIds, now: dt.datetime
    ) -> None:
        line = OrderItemTaxLineItem(
            id=ids(),
            order_id=self.item.order_id,
            order_item_id=self.item.id,
            name=like.name,
            rate=like.rate,
            type=like.type,
            tax_effective_date=now.date(),
            amount=amount,
        )
        summary = OrderItemTaxLineItemSummary(
            id=ids(),
            name=like.name,
            rate=like.rate,
            type=like.type,
            tax_effective_date=line.tax_effective_date,
            currency_iso_code=whole.summary.currency_iso_code,
            order_item_summary_id=self.summary.id,
            order_summary_id=whole.summary.id,
            original_order_item_tax_line_item_id=line.id,
        )
        self.taxes.append(line)
        self.tax_summaries.append(with_tax_amounts(summary, only("post", amount)))


def _fee_item(fee: Fee, order: Order, price: Decimal, item_id: Id) -> OrderItem:
    return OrderItem(
        id=item_id,
        order_id=order.id,
        currency_iso_code=order.currency_iso_code,
        description=fee.description[:255],
        quantity=ONE,
        unit_price=price,
        pricebook_entry_id=fee.pricebook_entry_id,
        product2_id=fee.product2_id,
        total_line_amount=price,
        rounded_line_amount=price,
        type="Fee",
    )


def _fee_summary(
    whole: WholeSummary, fee: Fee, of: OrderItemSummary, item: OrderItem, summary_id: Id
) -> OrderItemSummary:
    summary = OrderItemSummary(
        id=summary_id,
        currency_iso_code=whole.summary.currency_iso_code,
        description=item.description,
        name=fee.description[:255],
        order_delivery_group_summary_id=of.order_delivery_group_summary_id,
        order_summary_id=whole.summary.id,
        original_order_item_id=item.id,
        pricebook_entry_id=fee.pricebook_entry_id,
        product2_id=fee.product2_id,
        quantity_ordered=ONE,
        quantity_allocated=ONE,
        quantity_fulfilled=ONE,
        type="Fee",
        unit_price=item.unit_price,
    )
    return with_line_amounts(summary, only("post", item.rounded_line_amount))
