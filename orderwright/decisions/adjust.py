"""Price changes over pre-, in- and post-fulfillment quantities: a discount, spread evenly over the units that share it.

A discount is an adjustment of the item, with the tax that goes with it. It is spread over the groups of units by
quantity, the rest of a cent by largest remainder in the order pre, in, post (decisions.md N6); a group never gives
more than its units still cost, what it cannot give the others give. Source: semantics.md#11.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from orderwright.arithmetic.money import is_at_scale
from orderwright.arithmetic.prorate import share
from orderwright.decisions.apply_change import apply_change
from orderwright.decisions.balances import Balances, balances, change_lines
from orderwright.decisions.change_items import change_decision, check_reason, with_held
from orderwright.decisions.change_order import (
    ChangeClass,
    ChangeOrder,
    ItemChange,
    NewAdjustment,
    check_managed,
    make_change_order,
    scale_for,
)
from orderwright.decisions.component import Amounts, units_in
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import (
    InvalidCrossReference,
    InvalidInput,
    InvalidPicklistValue,
    RequiredFieldMissing,
    named,
)  # fmt: skip
from orderwright.decisions.explain import POOL_WORDS, Borne, Step, explain_adjustment, explained
from orderwright.decisions.hold_in_fulfillment import decide_hold_in_fulfillment
from orderwright.decisions.spread_discount import (
    POOLS,
    AdjustItem,
    Group,
    discount_over,
    grouped_pools,
    prices_of,
    sharing_pools,
    spread_discount,
    taxes_of,
)
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.order_item_summary import OrderItemSummary, OrderItemTaxLineItemSummary
from orderwright.objects.picklists import STANDARD, Picklists
from orderwright.objects.whole import WholeSummary

ZERO = Decimal(0)
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
    pools = sharing_pools(item, allocated)
    discount = discount_over(whole, item, asked, pools)
    mine = {group: change for group, change in parts if change.item.id == item.id}
    steps: list[tuple[Group, Step]] = []
    for group, members in grouped_pools(pools, allocated):
        if group in mine:
            count = sum((units_in(item, pool) for pool in members), ZERO)
            of_all = sum((units_in(item, pool) for pool in pools), ZERO)
            bearers = " and ".join(POOL_WORDS[pool] for pool in members)
            borne = Borne(units=count, of_units=of_all, by=bearers, price=discount.price, tax=discount.tax)
            how = f"{asked.adjustment_type} {asked.amount:f}"
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
            f"amount {asked.amount:f} of order item summary {asked.order_item_summary_id} is not below zero: adjusting "
            "can only discount; give a negative amount",
            "amount",
        )
    if asked.adjustment_type != "Percentage" and not is_at_scale(asked.amount, scale_for(whole)):
        raise InvalidInput(
            f"amount {asked.amount:f} has more decimals than {whole.summary.currency_iso_code} ({scale_for(whole)})",
            "amount",
        )
    check_reason(asked.reason, picklists)


def _discounts(whole: WholeSummary, wishes: AdjustWishes, asked: AdjustItem) -> list[Part]:
    """The changes of one item, by group; groups whose part is nothing are left out."""
    item = next(i for i in whole.items if i.id == asked.order_item_summary_id)
    pools = sharing_pools(item, wishes.allocated_items_change_order_type)
    discount = discount_over(whole, item, asked, pools)
    prices = spread_discount(discount.price, item, pools, prices_of(whole, item), scale_for(whole), "price")
    taxes = spread_discount(discount.tax, item, pools, taxes_of(whole, item), scale_for(whole), "tax")
    parts = []
    for group, members in grouped_pools(pools, wishes.allocated_items_change_order_type):
        amounts = Amounts(*(prices.get(pool, ZERO) if pool in members else ZERO for pool in POOLS))
        taxed = Amounts(*(taxes.get(pool, ZERO) if pool in members else ZERO for pool in POOLS))
        if amounts.total or taxed.total:
            parts.append((group, _change(whole, wishes, asked, item, group, amounts, taxed)))
    return parts


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
