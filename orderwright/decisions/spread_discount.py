"""How much a discount takes of an item's price and tax, and which pools of units bear it.

The discount is read by its type, shared by units, and no pool gives more than it holds.
Source: semantics.md#11 (documented; spreading inferred), decisions.md#N4, N6.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from orderwright.arithmetic.money import round_fraction
from orderwright.arithmetic.prorate import proportional, share
from orderwright.decisions.change_order import scale_for
from orderwright.decisions.component import Amounts, Pool, amounts_of, line_amounts, units_in
from orderwright.decisions.errors import InvalidInput, InvalidOperation
from orderwright.objects.definition import Id
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.whole import WholeSummary

ZERO = Decimal(0)
POOLS: tuple[Pool, ...] = ("pre", "in", "post")
Group = Literal["pre", "in", "post"]
"""Whose change order it is; with PreFulfillment, units in fulfillment count with the unallocated ones."""


class AdjustItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item to discount; `amount` below zero, read according to `adjustment_type`, for the whole item."""

    order_item_summary_id: Id
    adjustment_type: str
    amount: Decimal
    reason: str
    description: str | None = None


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """What an item's price and its tax change by: order currency, at its scale, not above zero."""

    price: Decimal
    tax: Decimal


def discount_over(whole: WholeSummary, item: OrderItemSummary, asked: AdjustItem, pools: Sequence[Pool]) -> Discount:
    """What is to be spread over `pools`: the discount, its tax never more than the units there still bear.

    The item's ratio, rounded, may ask the units of some pools for a cent of tax more than they hold. A discount that
    fits their price is not refused for that cent; with AmountWithTax it moves between tax and price instead.
    """
    price, tax = discount_amounts(item, asked, scale_for(whole))
    if asked.adjustment_type in ("AmountTaxOnly", "ProductOnly"):
        return Discount(price=price, tax=tax)
    prices, taxes = prices_of(whole, item), taxes_of(whole, item)
    tax = _at_most(tax, _room(tax, pools, taxes))
    if asked.adjustment_type == "AmountWithTax":
        price = _at_most(asked.amount - tax, _room(asked.amount, pools, prices))
        if abs(asked.amount - price) <= _room(tax, pools, taxes):
            return Discount(price=price, tax=asked.amount - price)
        price = asked.amount - tax
    return Discount(price=price, tax=tax)


def _room(change: Decimal, pools: Sequence[Pool], held: Amounts) -> Decimal:
    """How far amounts in `pools` can go in the direction of `change` until they are zero; not negative."""
    return sum((max(held.of(pool) if change < 0 else -held.of(pool), ZERO) for pool in pools), ZERO)


def _at_most(change: Decimal, room: Decimal) -> Decimal:
    return change if abs(change) <= room else room.copy_sign(change)


def sharing_pools(item: OrderItemSummary, allocated: str) -> list[Pool]:
    """The pools whose units share the discount (semantics.md §11.5, documented)."""
    pools: list[Pool] = [pool for pool in POOLS if units_in(item, pool) > 0]
    if allocated == "Disallowed":
        if pools == ["in"]:
            raise InvalidOperation(
                f"all units of order item summary {item.id} are in fulfillment; set allocatedItemsChangeOrderType to "
                "InFulfillment or PreFulfillment to discount them too",
                "allocatedItemsChangeOrderType",
            )
        pools = [pool for pool in pools if pool != "in"]
    if not pools:
        raise InvalidInput(f"order item summary {item.id} has no units left to discount", "orderItemSummaryId")
    return pools


def grouped_pools(pools: Sequence[Pool], allocated: str) -> list[tuple[Group, Sequence[Pool]]]:
    """Which pools share a change order: with PreFulfillment, units in fulfillment go with the unallocated ones."""
    if allocated == "PreFulfillment":
        early = [pool for pool in pools if pool != "post"]
        return [("pre", early), ("post", [pool for pool in pools if pool == "post"])]
    return [(pool, [pool]) for pool in pools]


def discount_amounts(item: OrderItemSummary, asked: AdjustItem, scale: int) -> tuple[Decimal, Decimal]:
    """The change of the item's price and of its tax: order currency, at `scale`, not above zero.

    Source: semantics.md#11.3 (documented; ratio inferred), decisions.md#N4, semantics.md#C8.
    """
    amount, kind = asked.amount, asked.adjustment_type
    if kind == "Percentage":
        part = Fraction(amount) / 100
        return (
            round_fraction(part * Fraction(item.total_price), scale),
            round_fraction(part * Fraction(item.total_tax_amount), scale),
        )
    if kind == "AmountTaxOnly":
        return ZERO, amount
    if kind == "ProductOnly":
        return amount, ZERO
    if kind == "AmountWithTax":
        gross = item.total_amt_with_tax
        tax = proportional(item.total_tax_amount, amount, gross, scale) if gross else ZERO
        return amount - tax, tax
    return amount, proportional(item.total_tax_amount, amount, item.total_price, scale) if item.total_price else ZERO


def prices_of(whole: WholeSummary, item: OrderItemSummary) -> Amounts:
    """The item's price by pool: its line amount with all its adjustments."""
    adjustments = (amounts_of(a) for a in whole.adjustments if a.order_item_summary_id == item.id)
    return sum(adjustments, line_amounts(item))


def taxes_of(whole: WholeSummary, item: OrderItemSummary) -> Amounts:
    """The item's tax by pool: that of its price and of its adjustments."""
    return sum((amounts_of(t) for t in whole.taxes if t.order_item_summary_id == item.id), Amounts())


def spread_discount(
    amount: Decimal, item: OrderItemSummary, pools: Sequence[Pool], held: Amounts, scale: int, what: str
) -> dict[Pool, Decimal]:
    """`amount` by pool, in proportion to units, no pool giving more than it holds."""
    room = {pool: _room(amount, [pool], held) for pool in pools}
    available = sum(room.values(), ZERO)
    if abs(amount) > available:
        raise InvalidInput(
            f"a discount of {-amount:f} is more than the {what} of the units that share it: order item summary "
            f"{item.id} has {available:f} left there",
            "amount",
        )
    given = dict.fromkeys(pools, ZERO)
    open_pools = list(pools)
    left = amount
    while left:
        parts = share(left, [units_in(item, pool) for pool in open_pools], scale)
        for pool, part in zip(open_pools, parts, strict=True):
            given[pool] += _at_most(part, room[pool] - abs(given[pool]))
        left = amount - sum(given.values(), ZERO)
        open_pools = [pool for pool in open_pools if abs(given[pool]) < room[pool]]
    return given
