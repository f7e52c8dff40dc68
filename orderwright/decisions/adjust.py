"""Price changes over pre-, in- and post-fulfillment quantities: a discount, spread evenly over the units that share it.

A discount is an adjustment of the item, with the tax that goes with it. It is spread over the groups of units by
quantity, the rest of a cent by largest remainder in the order pre, in, post (decisions.md N6); a group never gives
more than its units still cost, what it cannot give the others give. Source: semantics.md#11.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from orderwright.arithmetic.money import is_at_scale, round_fraction
from orderwright.arithmetic.prorate import proportional, share
from orderwright.decisions.balances import Balances, balances, change_lines
from orderwright.decisions.change_items import change_decision, check_reason, with_held
from orderwright.decisions.change_order import (
    ChangeClass,
    ChangeOrder,
    ItemChange,
    NewAdjustment,
    apply_change,
    check_managed,
    make_change_order,
    scale_for,
)  # fmt: skip
from orderwright.decisions.component import Amounts, Pool, amounts_of, line_amounts, units_in
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import (
    InvalidCrossReference,
    InvalidInput,
    InvalidOperation,
    InvalidPicklistValue,
    RequiredFieldMissing,
    named,
)  # fmt: skip
from orderwright.decisions.explain import POOL_WORDS, Borne, Step, explain_adjustment, explained
from orderwright.decisions.hold_in_fulfillment import decide_hold_in_fulfillment
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.order_item_summary import OrderItemSummary, OrderItemTaxLineItemSummary
from orderwright.objects.picklists import STANDARD, Picklists
from orderwright.objects.whole import WholeSummary

ZERO = Decimal(0)
POOLS: tuple[Pool, ...] = ("pre", "in", "post")
ADJUSTMENT_TYPES = ("AmountWithTax", "AmountWithoutTax", "Percentage", "AmountTaxOnly", "ProductOnly")
ALLOCATED_ITEMS = ("Disallowed", "InFulfillment", "PreFulfillment")
TAX_WORDS = {
    "AmountWithTax": "the tax that the amount contains, at the item's own ratio",
    "AmountWithoutTax": "the item's tax × change ÷ its price, at most what the sharing units bear",
    "Percentage": "that part of the item's tax, at most what the sharing units bear",
    "AmountTaxOnly": "the amount itself",
    "ProductOnly": "none",
}
CHANGE_TYPES = {
    "Order Product": "ProductAdjustment",
    "Delivery Charge": "DeliveryChargeAdjustment",
    "Fee": "FeeAdjustment",
}

Group = Literal["pre", "in", "post"]


class AdjustItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item to discount; `amount` below zero, read according to `adjustment_type`, for the whole item."""

    order_item_summary_id: Id
    adjustment_type: str
    amount: Decimal
    reason: str
    description: str | None = None


class AdjustWishes(msgspec.Struct, frozen=True, kw_only=True):
    """What an adjust request asks for."""

    items: tuple[AdjustItem, ...]
    allocated_items_change_order_type: str = "Disallowed"
    individual_line_item_tax_adjustments: bool = False


class AdjustDecision(msgspec.Struct, frozen=True, kw_only=True):
    """The records of an adjustment, its change orders by group (none where nothing changes), and the balances."""

    decision: Decision
    balances: Balances
    steps: tuple[Step, ...] = ()
    """Why each number is what it is."""
    lines: tuple[tuple[str, ...], ...] = ()
    """What the change orders hold, for comparing outcomes."""
    change_order_ids: Mapping[Group, Id]
    after: WholeSummary


def decide_adjust(
    whole: WholeSummary, wishes: AdjustWishes, now: dt.datetime, picklists: Picklists = STANDARD
) -> AdjustDecision:
    """Return the change orders that discount `wishes.items`, one to three of them, and their balances.

    Amounts: order currency, at its scale; negative on the change orders, positive in the balances.
    Raises InvalidOperation for an unmanaged order or an item wholly in fulfillment, RequiredFieldMissing,
    InvalidPicklistValue, InvalidCrossReference, InvalidInput for an amount not below zero, a repeated item, or a
    discount above the price of the units that share it.
    Source: semantics.md#11 (documented; spreading inferred), decisions.md#N4, N6.
    """
    check_managed(whole)
    _check(whole, wishes, picklists)
    parts = [part for asked in wishes.items for part in _discounts(whole, wishes, asked)]
    if not parts:
        raise InvalidInput("the discount rounds to nothing; give a larger amount", "amount")
    ids = NewIds()
    made = {group: _order(whole, group, parts, ids, now) for group in _groups(parts)}
    after = apply_change(whole, [change for _, change in parts], list(made.values()))
    orders = list(made.values())
    steps = [step for asked in wishes.items for step in _steps(whole, wishes, asked, parts)]
    steps_of_each = [[step for of, step in steps if of == group] for group in made]
    held = decide_hold_in_fulfillment(whole, orders, ids)
    return AdjustDecision(
        decision=with_held(change_decision(whole, after, explained(orders, steps_of_each)), held),
        balances=balances(after, orders),
        steps=tuple(step for _, step in steps),
        lines=change_lines(orders),
        change_order_ids={group: order.whole.order.id for group, order in made.items()},
        after=after,
    )


Part = tuple[Group, ItemChange]


def _steps(
    whole: WholeSummary, wishes: AdjustWishes, asked: AdjustItem, parts: Sequence[Part]
) -> list[tuple[Group, Step]]:
    item = next(i for i in whole.items if i.id == asked.order_item_summary_id)
    allocated = wishes.allocated_items_change_order_type
    pools = _sharing(item, allocated)
    discount = _discount(whole, item, asked, pools)
    mine = {group: change for group, change in parts if change.item.id == item.id}
    steps: list[tuple[Group, Step]] = []
    for group, members in _grouped(pools, allocated):
        if group in mine:
            count = sum((units_in(item, pool) for pool in members), ZERO)
            of_all = sum((units_in(item, pool) for pool in pools), ZERO)
            bearers = " and ".join(POOL_WORDS[pool] for pool in members)
            borne = Borne(units=count, of_units=of_all, by=bearers, price=discount.price, tax=discount.tax)
            how = f"{asked.adjustment_type} {asked.amount}"
            rule = TAX_WORDS[asked.adjustment_type]
            steps += [(group, step) for step in explain_adjustment(mine[group], how, borne, rule, scale_for(whole))]
    return steps


def _groups(parts: Sequence[Part]) -> list[Group]:
    present = {group for group, _ in parts}
    return [group for group in POOLS if group in present]


def _order(whole: WholeSummary, group: Group, parts: Sequence[Part], ids: NewIds, now: dt.datetime) -> ChangeOrder:
    """The change order of one group: fulfilled units are owed back by credit memo, the others as excess funds."""
    change_class: ChangeClass = "creditable" if group == "post" else "excess"
    return make_change_order(whole, [change for part, change in parts if part == group], change_class, ids, now)


def _check(whole: WholeSummary, wishes: AdjustWishes, picklists: Picklists) -> None:
    if wishes.allocated_items_change_order_type not in ALLOCATED_ITEMS:
        raise InvalidPicklistValue(
            f"allocatedItemsChangeOrderType '{wishes.allocated_items_change_order_type}' is not known; "
            f"use {named(ALLOCATED_ITEMS)}",
            "allocatedItemsChangeOrderType",
        )
    if not wishes.items:
        raise RequiredFieldMissing("adjustItems is empty; name at least one item", "adjustItems")
    seen: set[Id] = set()
    for asked in wishes.items:
        _check_item(whole, asked, picklists)
        if asked.order_item_summary_id in seen:
            raise InvalidInput(
                f"orderItemSummaryId {asked.order_item_summary_id} is listed twice; add its amounts up",
                "orderItemSummaryId",
            )
        seen.add(asked.order_item_summary_id)


def _check_item(whole: WholeSummary, asked: AdjustItem, picklists: Picklists) -> None:
    if whole.item(asked.order_item_summary_id) is None:
        raise InvalidCrossReference(
            f"order item summary {asked.order_item_summary_id} does not belong to order summary {whole.summary.id}",
            "orderItemSummaryId",
        )
    if asked.adjustment_type not in ADJUSTMENT_TYPES:
        raise InvalidPicklistValue(
            f"adjustmentType '{asked.adjustment_type}' is not known; use {named(ADJUSTMENT_TYPES)}", "adjustmentType"
        )
    if asked.amount >= 0:
        raise InvalidInput(
            f"amount {asked.amount} of order item summary {asked.order_item_summary_id} is not below zero: adjusting "
            "can only discount; give a negative amount",
            "amount",
        )
    if asked.adjustment_type != "Percentage" and not is_at_scale(asked.amount, scale_for(whole)):
        raise InvalidInput(
            f"amount {asked.amount} has more decimals than {whole.summary.currency_iso_code} ({scale_for(whole)})",
            "amount",
        )
    check_reason(asked.reason, picklists)


def _discounts(whole: WholeSummary, wishes: AdjustWishes, asked: AdjustItem) -> list[Part]:
    """The changes of one item, by group; groups whose part is nothing are left out."""
    item = next(i for i in whole.items if i.id == asked.order_item_summary_id)
    pools = _sharing(item, wishes.allocated_items_change_order_type)
    discount = _discount(whole, item, asked, pools)
    prices = _spread(discount.price, item, pools, _prices(whole, item), scale_for(whole), "price")
    taxes = _spread(discount.tax, item, pools, _tax_amounts(whole, item), scale_for(whole), "tax")
    parts = []
    for group, members in _grouped(pools, wishes.allocated_items_change_order_type):
        amounts = Amounts(*(prices.get(pool, ZERO) if pool in members else ZERO for pool in POOLS))
        taxed = Amounts(*(taxes.get(pool, ZERO) if pool in members else ZERO for pool in POOLS))
        if amounts.total or taxed.total:
            parts.append((group, _change(whole, wishes, asked, item, group, amounts, taxed)))
    return parts


class _Discount(msgspec.Struct, frozen=True, kw_only=True):
    price: Decimal
    tax: Decimal


def _discount(whole: WholeSummary, item: OrderItemSummary, asked: AdjustItem, pools: Sequence[Pool]) -> _Discount:
    """What is to be spread over `pools`: the discount, its tax never more than the units there still bear.

    The item's ratio, rounded, may ask the units of some pools for a cent of tax more than they hold. A discount that
    fits their price is not refused for that cent; with AmountWithTax it moves between tax and price instead.
    """
    price, tax = discount_amounts(item, asked, scale_for(whole))
    if asked.adjustment_type in ("AmountTaxOnly", "ProductOnly"):
        return _Discount(price=price, tax=tax)
    prices, taxes = _prices(whole, item), _tax_amounts(whole, item)
    tax = _at_most(tax, _room(tax, pools, taxes))
    if asked.adjustment_type == "AmountWithTax":
        price = _at_most(asked.amount - tax, _room(asked.amount, pools, prices))
        if abs(asked.amount - price) <= _room(tax, pools, taxes):
            return _Discount(price=price, tax=asked.amount - price)
        price = asked.amount - tax
    return _Discount(price=price, tax=tax)


def _room(change: Decimal, pools: Sequence[Pool], held: Amounts) -> Decimal:
    """How far amounts in `pools` can go in the direction of `change` until they are zero; not negative."""
    return sum((max(held.of(pool) if change < 0 else -held.of(pool), ZERO) for pool in pools), ZERO)


def _at_most(change: Decimal, room: Decimal) -> Decimal:
    return change if abs(change) <= room else room.copy_sign(change)


def _sharing(item: OrderItemSummary, allocated: str) -> list[Pool]:
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


def _grouped(pools: Sequence[Pool], allocated: str) -> list[tuple[Group, Sequence[Pool]]]:
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


def _prices(whole: WholeSummary, item: OrderItemSummary) -> Amounts:
    """The item's price by pool: its line amount with all its adjustments."""
    adjustments = (amounts_of(a) for a in whole.adjustments if a.order_item_summary_id == item.id)
    return sum(adjustments, line_amounts(item))


def _tax_amounts(whole: WholeSummary, item: OrderItemSummary) -> Amounts:
    return sum((amounts_of(t) for t in whole.taxes if t.order_item_summary_id == item.id), Amounts())


def _spread(
    amount: Decimal, item: OrderItemSummary, pools: Sequence[Pool], held: Amounts, scale: int, what: str
) -> dict[Pool, Decimal]:
    """`amount` by pool, in proportion to units, no pool giving more than it holds."""
    room = {pool: _room(amount, [pool], held) for pool in pools}
    available = sum(room.values(), ZERO)
    if abs(amount) > available:
        raise InvalidInput(
            f"a discount of {-amount} is more than the {what} of the units that share it: order item summary {item.id} "
            f"has {available} left there",
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


def _change(
    whole: WholeSummary,
    wishes: AdjustWishes,
    asked: AdjustItem,
    item: OrderItemSummary,
    group: Group,
    amounts: Amounts,
    taxed: Amounts,
) -> ItemChange:
    return ItemChange(
        item=item,
        change_type=CHANGE_TYPES[item.type],
        reason=asked.reason,
        is_pre_fulfillment=group != "post",
        added=(
            NewAdjustment(
                name="Price Adjustment",
                description=asked.description,
                amounts=amounts,
                taxes=_tax_lines(whole, item, taxed, individual=wishes.individual_line_item_tax_adjustments),
            ),
        ),
    )


def _tax_lines(
    whole: WholeSummary, item: OrderItemSummary, taxed: Amounts, *, individual: bool
) -> tuple[tuple[OrderItemTaxLineItemSummary, Amounts], ...]:
    """One combined tax line, or one per tax line of the item; the totals are the same (semantics.md §3.5)."""
    if not taxed.total:
        return ()
    lines = [tax for tax in whole.taxes if tax.order_item_summary_id == item.id]
    if not lines:
        raise InvalidInput(f"order item summary {item.id} has no tax to change", "adjustmentType")
    # An item that bears tax on its adjustments only must change that all the same.
    lines = [tax for tax in lines if tax.order_item_adjustment_line_summary_id is None] or lines
    if not individual:
        return ((lines[0], taxed),)
    weights = [abs(line.amount) for line in lines]
    scale = scale_for(whole)
    by_pool = [share(taxed.of(pool), weights, scale) for pool in POOLS]
    shares = [Amounts(*parts) for parts in zip(*by_pool, strict=True)]
    return tuple((line, part) for line, part in zip(lines, shares, strict=True) if part.total)
