"""How much of the delivery charges goes with cancelled or returned goods (`shippingReductionFlag`).

Only the delivery groups that hold flagged items count. Their charges are pooled and spread over all their product
items by price; the reduction is the share of the changed units. It is an adjustment of the delivery lines: their
quantity stays.
Source: semantics.md#8 (documented pool, inferred fill-ins), decisions.md#N5.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from orderwright.arithmetic.money import round_fraction
from orderwright.arithmetic.prorate import proportional, share
from orderwright.decisions.change_order import ItemChange, NewAdjustment
from orderwright.decisions.component import Amounts, Pool, only
from orderwright.objects.order_item_summary import OrderItemSummary, OrderItemTaxLineItemSummary
from orderwright.objects.whole import WholeSummary

ZERO = Decimal(0)


class DeliveryReduction(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of delivery lines, and how they came about: the pooled charge, the share of it, and what that rounds
    to.

    Amounts: order currency, positive.
    """

    changes: tuple[ItemChange, ...] = ()
    charge: Decimal = ZERO
    share: Fraction = Fraction(0)
    reduction: Decimal = ZERO


def reduce_delivery(
    whole: WholeSummary, changes: Sequence[ItemChange], reason: str, scale: int, *, is_pre_fulfillment: bool
) -> DeliveryReduction:
    """The reduction of delivery lines that goes with `changes` of goods; an empty one when there is nothing to reduce.

    Rounded once for the whole operation, then shared over the delivery lines (decisions.md N3).
    """
    groups = {change.item.order_delivery_group_summary_id for change in changes}
    members = [item for item in whole.items if item.order_delivery_group_summary_id in groups]
    deliveries = [item for item in members if item.type == "Delivery Charge" and item.total_price > 0]
    products = [item for item in members if item.type == "Order Product"]
    charge = sum((item.total_price for item in deliveries), ZERO)
    if not charge:
        return DeliveryReduction()
    part = _share_of_changes(products, changes)
    reduction = round_fraction(Fraction(charge) * part, scale)
    shares = share(reduction, [item.total_price for item in deliveries], scale)
    reduced = (
        _reduced(whole, item, amount, reason, scale, is_pre_fulfillment=is_pre_fulfillment)
        for item, amount in zip(deliveries, shares, strict=True)
        if amount
    )
    return DeliveryReduction(changes=tuple(reduced), charge=charge, share=part, reduction=reduction)


def _share_of_changes(products: Sequence[OrderItemSummary], changes: Sequence[ItemChange]) -> Fraction:
    """The part of all product items' price that the changed units carry; by quantity when all are free."""
    # A discount may be larger than its item costs: a price below zero would turn the reduction into a charge.
    weights = {item.id: max(Fraction(item.total_price), Fraction(0)) for item in products}
    if not any(weights.values()):
        weights = {item.id: Fraction(item.quantity) for item in products}
    total = sum(weights.values(), Fraction(0))
    if not total:
        return Fraction(0)
    # Not the quantity of the change's own item: of two changes of one item, the second has what the first one left.
    of = {item.id: Fraction(item.quantity) for item in products}
    changed = sum(
        (weights[c.item.id] * Fraction(-c.quantity) / of[c.item.id] for c in changes if of[c.item.id]), Fraction(0)
    )
    return min(changed / total, Fraction(1))


def _reduced(
    whole: WholeSummary, item: OrderItemSummary, amount: Decimal, reason: str, scale: int, *, is_pre_fulfillment: bool
) -> ItemChange:
    taxes = [tax for tax in whole.taxes if tax.order_item_summary_id == item.id]
    # The item's own tax lines first; one that has tax on its adjustments only must give that back all the same.
    taxes.sort(key=lambda tax: tax.order_item_adjustment_line_summary_id is not None)
    pool = _pool_of(item)
    tax = proportional(item.total_tax_amount, amount, item.total_price, scale)
    added = NewAdjustment(
        name="Delivery Charge Reduction",
        description=f"Delivery charge of {'cancelled' if is_pre_fulfillment else 'returned'} units",
        amounts=only(pool, -amount),
        taxes=_tax_lines(taxes, tax, pool),
    )
    return ItemChange(
        item=item,
        change_type="DeliveryChargeAdjustment",
        reason=reason,
        is_pre_fulfillment=is_pre_fulfillment,
        added=(added,),
    )


def _tax_lines(
    taxes: Sequence[OrderItemTaxLineItemSummary], tax: Decimal, pool: Pool
) -> tuple[tuple[OrderItemTaxLineItemSummary, Amounts], ...]:
    """One combined tax line under the new adjustment, as adjustments have by default (semantics.md §3.5)."""
    return ((taxes[0], only(pool, -tax)),) if tax and taxes else ()


def _pool_of(item: OrderItemSummary) -> Pool:
    """Where the delivery line's unit lies: it moves when a fulfillment order lists it."""
    if item.quantity_available_to_return > 0:
        return "post"
    return "in" if item.quantity_allocated > item.quantity_fulfilled else "pre"
