"""The pooled amounts of an item's components: the arithmetic of decisions.md N2, in one place.

A component of an item is its line amount, one of its adjustments, or one of its tax lines. Each lies in three pools,
as the item's units do: pre (unallocated), in (allocated, not fulfilled), post (fulfilled, not under return). Moving q
of a pool's Q units moves round(pool amount × q / Q) of each component, and all that is left when q = Q; so any
sequence of partial moves ends at exactly zero.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from orderwright.arithmetic.prorate import part_of
from orderwright.objects.order_item_summary import (
    OrderItemAdjustmentLineSummary,
    OrderItemSummary,
    OrderItemTaxLineItemSummary,
)  # fmt: skip

Pool = Literal["pre", "in", "post"]
ZERO = Decimal(0)


class Amounts(msgspec.Struct, frozen=True):
    """An amount by pool, in order currency; signed as it is stored."""

    pre: Decimal = ZERO
    in_: Decimal = ZERO
    post: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.pre + self.in_ + self.post

    def of(self, pool: Pool) -> Decimal:
        """The amount that lies in `pool`."""
        return {"pre": self.pre, "in": self.in_, "post": self.post}[pool]

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.pre + other.pre, self.in_ + other.in_, self.post + other.post)

    def __neg__(self) -> Amounts:
        return Amounts(-self.pre, -self.in_, -self.post)


def only(pool: Pool, amount: Decimal) -> Amounts:
    """`amount` in `pool`, nothing elsewhere."""
    return Amounts(
        pre=amount if pool == "pre" else ZERO,
        in_=amount if pool == "in" else ZERO,
        post=amount if pool == "post" else ZERO,
    )


def line_amounts(item: OrderItemSummary) -> Amounts:
    """The item's line amount by pool."""
    return Amounts(item.line_amount_pre_fulfillment, item.line_amount_in_fulfillment, item.line_amount_post_fulfillment)


def amounts_of(component: OrderItemAdjustmentLineSummary | OrderItemTaxLineItemSummary) -> Amounts:
    """The amount of an adjustment or a tax line by pool."""
    return Amounts(component.amount_pre_fulfillment, component.amount_in_fulfillment, component.amount_post_fulfillment)


def with_line_amounts(item: OrderItemSummary, amounts: Amounts) -> OrderItemSummary:
    """`item` holding `amounts` as its line amount."""
    return msgspec.structs.replace(
        item,
        line_amount_pre_fulfillment=amounts.pre,
        line_amount_in_fulfillment=amounts.in_,
        line_amount_post_fulfillment=amounts.post,
    )


def with_adjustment_amounts(
    adjustment: OrderItemAdjustmentLineSummary, amounts: Amounts
) -> OrderItemAdjustmentLineSummary:
    """`adjustment` holding `amounts`."""
    return msgspec.structs.replace(
        adjustment,
        amount_pre_fulfillment=amounts.pre,
        amount_in_fulfillment=amounts.in_,
        amount_post_fulfillment=amounts.post,
    )


def with_tax_amounts(tax: OrderItemTaxLineItemSummary, amounts: Amounts) -> OrderItemTaxLineItemSummary:
    """`tax` holding `amounts`."""
    return msgspec.structs.replace(
        tax,
        amount_pre_fulfillment=amounts.pre,
        amount_in_fulfillment=amounts.in_,
        amount_post_fulfillment=amounts.post,
    )


def units_in(item: OrderItemSummary, pool: Pool) -> Decimal:
    """The units of `item` that lie in `pool` (semantics.md §11.4, documented)."""
    if pool == "pre":
        return item.quantity_available_to_cancel
    if pool == "in":
        return item.quantity_allocated - item.quantity_fulfilled
    return item.quantity_available_to_return


def part_in(amounts: Amounts, item: OrderItemSummary, pool: Pool, quantity: Decimal, scale: int) -> Decimal:
    """What `quantity` units take with them from `pool`: at `scale`, the sign of the component."""
    return part_of(amounts.of(pool), quantity, units_in(item, pool), scale)


def moved(amounts: Amounts, source: Pool, target: Pool, amount: Decimal) -> Amounts:
    """`amounts` after `amount` went from one pool to another; the total stays."""
    return amounts + only(source, -amount) + only(target, amount)
