"""What a change does to the money of an order, as the API reports it: `changeBalances`.

Deltas have the sign of the change order turned round, so a reduction is positive; the three order-wide totals are the
order's state after the change, whoever caused it (decisions.md N9, N10; semantics.md §1.5, §14.9).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from orderwright.arithmetic.money import round_money, scale_of
from orderwright.decisions.change_order import ChangeOrder
from orderwright.objects.order import Order, OrderItem
from orderwright.objects.whole import WholeSummary

ZERO = Decimal(0)


class Balances(msgspec.Struct, frozen=True, kw_only=True):
    """Order currency, at its scale. Names are those of the Change Item Output."""

    grand_total_amount: Decimal
    total_adj_delivery_amt_with_tax: Decimal
    total_adj_dist_amount_with_tax: Decimal
    total_adj_product_amt_with_tax: Decimal
    total_adjusted_delivery_amount: Decimal
    total_adjusted_delivery_tax_amount: Decimal
    total_adjusted_product_amount: Decimal
    total_adjusted_product_tax_amount: Decimal
    total_adjustment_distributed_amount: Decimal
    total_adjustment_distributed_tax_amount: Decimal
    total_amount: Decimal
    total_excess_funds_amount: Decimal
    total_fee_amount: Decimal
    total_fee_tax_amount: Decimal
    total_refundable_amount: Decimal
    total_required_funds_amount: Decimal
    total_tax_amount: Decimal


def balances(after: WholeSummary, made: Iterable[ChangeOrder]) -> Balances:
    """The deltas of the change orders `made`, sign turned round, and the order-wide totals of `after`."""
    items = [item for order in made for item in order.whole.items]
    product, product_tax = _sum(items, "Order Product")
    delivery, delivery_tax = _sum(items, "Delivery Charge")
    fee, fee_tax = _sum(items, "Fee")
    distributed = -sum((item.total_adjustment_dist_amount for item in items), ZERO)
    distributed_tax = -sum((item.total_adjustment_dist_tax_amount for item in items), ZERO)
    excess = excess_funds(after)
    amounts = {
        "grand_total_amount": product + delivery + fee + product_tax + delivery_tax + fee_tax,
        "total_adj_delivery_amt_with_tax": delivery + delivery_tax,
        "total_adj_dist_amount_with_tax": distributed + distributed_tax,
        "total_adj_product_amt_with_tax": product + product_tax,
        "total_adjusted_delivery_amount": delivery,
        "total_adjusted_delivery_tax_amount": delivery_tax,
        "total_adjusted_product_amount": product,
        "total_adjusted_product_tax_amount": product_tax,
        "total_adjustment_distributed_amount": distributed,
        "total_adjustment_distributed_tax_amount": distributed_tax,
        "total_amount": product + delivery + fee,
        "total_excess_funds_amount": excess,
        "total_fee_amount": fee,
        "total_fee_tax_amount": fee_tax,
        "total_refundable_amount": excess + outstanding_credit(after),
        "total_required_funds_amount": ZERO,
        "total_tax_amount": product_tax + delivery_tax + fee_tax,
    }
    scale = scale_of(after.summary.currency_iso_code or "")
    return Balances(**{name: round_money(amount, scale) for name, amount in amounts.items()})


def _sum(items: Iterable[OrderItem], type_: str) -> tuple[Decimal, Decimal]:
    """Price and tax of the items of one type, the change order's sign turned round."""
    price = tax = ZERO
    for item in items:
        if item.type == type_:
            price -= item.total_price
            tax -= item.total_tax_amount
    return price, tax


def change_lines(made: Iterable[ChangeOrder]) -> tuple[tuple[str, ...], ...]:
    """All that change orders hold, as plain text, in order: what two outcomes are compared by.

    Ids and moments are left out, since they are others each time: an item goes by the item it changes.
    """
    return tuple(line for order in made for line in _lines_of(order))


def _lines_of(order: ChangeOrder) -> Iterator[tuple[str, ...]]:
    """Items with units and amounts; under which names their adjustments and taxes stand; and the reasons."""
    whole = order.whole
    places = {item.id: f"{number} {item.related_order_item_id or item.type}" for number, item in enumerate(whole.items)}
    yield ("order", whole.order.change_class or "")
    for item in whole.items:
        amounts = (item.total_line_amount, item.total_price, item.total_tax_amount)
        about = (item.description, item.product2_id, item.pricebook_entry_id)
        yield _line(places[item.id], item.quantity, *amounts, *about)
    for line in whole.adjustments:
        yield _line(places[line.order_item_id], line.name, line.description, line.amount)
    for tax in whole.taxes:
        yield _line(places[tax.order_item_id], tax.name, tax.amount, tax.order_item_adjustment_line_item_id is None)
    for change in order.changes:
        why = (change.change_type, change.reason, change.reason_text)
        yield _line(places[change.change_order_item_id], *why, change.is_pre_fulfillment)


def _line(*parts: object) -> tuple[str, ...]:
    return tuple("" if part is None else str(part) for part in parts)


def excess_funds(whole: WholeSummary) -> Decimal:
    """Captured money owed back that is tied to no invoice or credit memo; never negative.

    Captured, less refunds of excess funds, less what the order is worth without its creditable changes.
    Source: decisions.md#N10, semantics.md#14.9 (definition documented, formula inferred).
    """
    captured = sum((p.captured_amount - p.excess_refunded_amount for p in whole.payment_summaries), ZERO)
    changes = sum((_grand_total(o) for o in whole.change_orders if o.change_class != "creditable"), ZERO)
    return max(ZERO, captured - _grand_total(whole.original) - changes)


def outstanding_credit(whole: WholeSummary) -> Decimal:
    """What creditable change orders owe and no refund has paid yet: without a credit memo in full, else its balance."""
    without_memo = sum(
        (_grand_total(o) for o in whole.change_orders if o.change_class == "creditable" and o.credit_memo_id is None),
        ZERO,
    )
    return sum((memo.balance for memo in whole.credit_memos), -without_memo)


def _grand_total(order: Order) -> Decimal:
    return order.grand_total_amount
