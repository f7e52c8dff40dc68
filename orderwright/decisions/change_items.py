"""What a cancel and a simple return have in common: units leave one pool, on one change order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from typing import Literal

import msgspec

from orderwright.arithmetic.quantity import InvalidQuantity
from orderwright.arithmetic.quantity import whole as whole_quantity
from orderwright.decisions.announce import order_status_changed
from orderwright.decisions.apply_change import apply_change
from orderwright.decisions.balances import Balances, balances, change_lines
from orderwright.decisions.change_order import (
    ChangeClass,
    ChangeOrder,
    ItemChange,
    check_managed,
    make_change_order,
    reduce_item,
    scale_for,
)
from orderwright.decisions.charge_fees import Fee, check_fee, make_fee_order
from orderwright.decisions.component import Pool, units_in
from orderwright.decisions.decision import Change, Decision, changed
from orderwright.decisions.errors import (
    InvalidCrossReference,
    InvalidInput,
    InvalidPicklistValue,
    QuantityUnavailable,
    RequiredFieldMissing,
    named,
)  # fmt: skip
from orderwright.decisions.explain import Step, explain_delivery, explain_fee, explain_units, explained
from orderwright.decisions.hold_in_fulfillment import decide_hold_in_fulfillment
from orderwright.decisions.reduce_delivery import DeliveryReduction, reduce_delivery
from orderwright.objects.definition import Id, SObject
from orderwright.objects.event import Event
from orderwright.objects.identity import NewIds
from orderwright.objects.order import Order
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.picklists import Picklists
from orderwright.objects.whole import WholeSummary

ZERO = Decimal(0)
Verb = Literal["Cancel", "Return"]


class ChangeItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item a caller wants to cancel or return; `quantity` in whole units above zero."""

    order_item_summary_id: Id
    quantity: Decimal
    reason: str
    shipping_reduction_flag: bool
    reason_for_change_text: str | None = None
    fees: tuple[Fee, ...] = ()


class ChangeDecision(msgspec.Struct, frozen=True, kw_only=True):
    """The records of a change, the change order's stand-in id among them, and the balances a preview shows."""

    decision: Decision
    balances: Balances
    steps: tuple[Step, ...] = ()
    """Why each number is what it is."""
    lines: tuple[tuple[str, ...], ...] = ()
    """What the change orders hold, for comparing outcomes."""
    change_order_id: Id
    fee_change_order_id: Id | None = None
    after: WholeSummary


class _Rules(msgspec.Struct, frozen=True):
    pool: Pool
    available: str
    why: str
    is_pre_fulfillment: bool
    change_class: ChangeClass


RULES: dict[Verb, _Rules] = {
    "Cancel": _Rules(
        pool="pre",
        available="QuantityAvailableToCancel",
        why="ordered, less canceled and allocated units; give allocated units back with cancel-item on their "
        "fulfillment order first",
        is_pre_fulfillment=True,
        change_class="excess",
    ),
    "Return": _Rules(
        pool="post",
        available="QuantityAvailableToReturn",
        why="fulfilled units, less those returned or under return",
        is_pre_fulfillment=False,
        change_class="creditable",
    ),
}


def decide_change(
    whole: WholeSummary, change_items: Sequence[ChangeItem], *, verb: Verb, now: dt.datetime, picklists: Picklists
) -> ChangeDecision:
    """Return what cancelling or returning `change_items` does. See `decide_cancel` and `decide_simple_return`.

    Source: semantics.md#7, semantics.md#9 (documented), decisions.md#N2 (inferred).
    """
    check_managed(whole)
    if not change_items:
        raise RequiredFieldMissing("changeItems is empty; name at least one item", "changeItems")
    rules = RULES[verb]
    _check(whole, change_items, rules, picklists)
    parts = [(change, asked) for asked in change_items for change in _reduced(whole, asked, verb)]
    changes = [change for change, _ in parts]
    flagged = [change for change, asked in parts if asked.shipping_reduction_flag]
    delivery = reduce_delivery(
        whole,
        flagged,
        flagged[0].reason if flagged else "",
        scale_for(whole),
        is_pre_fulfillment=rules.is_pre_fulfillment,
    )
    fees = [fee for asked in change_items for fee in asked.fees]
    ids = NewIds()
    by_class = _by_class(rules, changes, delivery.changes)
    made = [make_change_order(whole, part, change_class, ids, now) for change_class, part in by_class]
    steps = [_steps(part, delivery, rules.pool) for _, part in by_class]
    if fees:
        made.append(make_fee_order(whole, fees, f"{verb}Fee", ids, now))
        steps.append([step for fee in fees for step in _fee_steps(whole, fee)])
    after = apply_change(whole, (*changes, *delivery.changes), made)
    return ChangeDecision(
        decision=with_held(
            change_decision(whole, after, explained(made, steps)), decide_hold_in_fulfillment(whole, made, ids)
        ),
        balances=balances(after, made),
        steps=tuple(chain.from_iterable(steps)),
        lines=change_lines(made),
        change_order_id=made[0].whole.order.id,
        fee_change_order_id=made[-1].whole.order.id if fees else None,
        after=after,
    )


def _by_class(
    rules: _Rules, changes: Sequence[ItemChange], delivery: Sequence[ItemChange]
) -> list[tuple[ChangeClass, Sequence[ItemChange]]]:
    """Which changes go on which change order: a credit memo holds what an invoice charged, all that, and nothing else.

    So the cancel of units whose fulfillment order was invoiced is creditable; and where the delivery charge of returned
    goods is itself not fulfilled, its reduction comes back as excess funds (decisions.md M6, N10).
    """
    if rules.change_class == "excess":
        due = [change for change in changes if change.is_invoiced]
        rest = [change for change in (*changes, *delivery) if not change.is_invoiced]
    else:
        due = [*changes, *(change for change in delivery if _is_in_post(change))]
        rest = [change for change in delivery if not _is_in_post(change)]
    classes: tuple[tuple[ChangeClass, list[ItemChange]], ...] = (("creditable", due), ("excess", rest))
    return [(change_class, part) for change_class, part in classes if part]


def _steps(part: Sequence[ItemChange], delivery: DeliveryReduction, pool: Pool) -> list[Step]:
    """Why the changes of one change order are what they are: its goods first, then its delivery charges."""
    charges = [change for change in part if any(change is other for other in delivery.changes)]
    goods = [change for change in part if all(change is not other for other in delivery.changes)]
    return [
        *explain_units(goods, pool),
        *explain_delivery(charges, delivery.charge, delivery.share, delivery.reduction),
    ]


def _fee_steps(whole: WholeSummary, fee: Fee) -> tuple[Step, Step]:
    return explain_fee(fee, item_to_change(whole, fee.order_item_summary_id), scale_for(whole))


def _is_in_post(change: ItemChange) -> bool:
    return all(not added.amounts.pre and not added.amounts.in_ for added in change.added)


def with_held(decision: Decision, held: Decision) -> Decision:
    """Both decisions as one."""
    return Decision(new=(*decision.new, *held.new), changed=(*decision.changed, *held.changed))


def change_decision(whole: WholeSummary, after: WholeSummary, made: Sequence[ChangeOrder]) -> Decision:
    """The records to save: the change orders, what they add, their events, and every summary record they moved."""
    items, adjustments, taxes = len(whole.items), len(whole.adjustments), len(whole.taxes)
    pairs: tuple[Change, ...] = (
        *changed((whole.summary,), (after.summary,)),
        *changed(whole.items, after.items[:items]),
        *changed(whole.adjustments, after.adjustments[:adjustments]),
        *changed(whole.taxes, after.taxes[:taxes]),
        *changed(whole.delivery_groups, after.delivery_groups),
        *changed(whole.adjustment_groups, after.adjustment_groups),
    )
    added = (*after.items[items:], *after.adjustments[adjustments:], *after.taxes[taxes:])
    fresh: dict[Id, SObject] = {record.id: record for record in added}
    new = tuple(fresh.get(record.id, record) for order in made for record in order.records)
    told = (event for order in made for event in _told(order.whole.order))
    return Decision(new=(*new, *told), changed=pairs)


def _told(order: Order) -> tuple[Event, ...]:
    return order_status_changed(None, order, lambda: f"{order.id}-told")


def _check(whole: WholeSummary, change_items: Sequence[ChangeItem], rules: _Rules, picklists: Picklists) -> None:
    """Refuse the first of `change_items` that is not allowed."""
    seen: set[Id] = set()
    for asked in change_items:
        item = item_to_change(whole, asked.order_item_summary_id)
        if asked.order_item_summary_id in seen:
            raise InvalidInput(
                f"orderItemSummaryId {asked.order_item_summary_id} is listed twice; add its quantities up",
                "orderItemSummaryId",
            )
        seen.add(asked.order_item_summary_id)
        _check_quantity(item, asked.quantity, rules)
        check_reason(asked.reason, picklists)
        check_reason_text(asked.reason_for_change_text)
        for fee in asked.fees:
            check_fee(fee, scale_for(whole))
            check_reason(fee.reason, picklists)


def item_to_change(whole: WholeSummary, item_id: Id) -> OrderItemSummary:
    """The product item with this id; refused when it is another order's, or a delivery charge."""
    item = whole.item(item_id)
    if item is None:
        raise InvalidCrossReference(
            f"order item summary {item_id} does not belong to order summary {whole.summary.id}", "orderItemSummaryId"
        )
    if item.type != "Order Product":
        raise InvalidInput(
            f"order item summary {item_id} is a {item.type}, which cannot be changed by itself; "
            "set shippingReductionFlag on the items whose delivery charge should fall",
            "orderItemSummaryId",
        )
    return item


def _check_quantity(item: OrderItemSummary, quantity: Decimal, rules: _Rules) -> None:
    try:
        whole_quantity(quantity)
    except InvalidQuantity as error:
        raise InvalidInput(f"quantity of order item summary {item.id}: {error}", "quantity") from error
    available = units_in(item, rules.pool)
    if quantity > available:
        raise QuantityUnavailable(item.id, quantity, available, rules.available, rules.why)


def check_reason(reason: str, picklists: Picklists) -> None:
    """Refuse a reason that OrderItemSummaryChange.Reason does not list."""
    if reason not in picklists.reasons:
        raise InvalidPicklistValue(
            f"reason '{reason}' is not a value of OrderItemSummaryChange.Reason; use {named(picklists.reasons)}",
            "reason",
        )


def check_reason_text(text: str | None) -> None:
    """Refuse a reason text above 255 characters (order-management.yaml#limits, documented)."""
    if text is not None and len(text) > 255:
        raise InvalidInput(
            f"reasonForChangeText has {len(text)} characters; at most 255 are allowed", "reasonForChangeText"
        )


def _reduced(whole: WholeSummary, asked: ChangeItem, verb: Verb) -> list[ItemChange]:
    """The change of one item; two where a cancel takes units that an invoice holds and units that none does."""
    rules = RULES[verb]
    item = item_to_change(whole, asked.order_item_summary_id)
    quantity = whole_quantity(asked.quantity)
    invoiced = min(quantity, item.quantity_invoiced_pre_fulfillment) if verb == "Cancel" else ZERO
    blank = ItemChange(
        item=item,
        change_type=verb,
        reason=asked.reason,
        reason_text=asked.reason_for_change_text,
        is_pre_fulfillment=rules.is_pre_fulfillment,
    )
    made: list[ItemChange] = []
    for units, is_invoiced in ((invoiced, True), (quantity - invoiced, False)):
        if units:
            # What the first part leaves is what the second takes from.
            left = apply_change(whole, made, []) if made else whole
            of = next(i for i in left.items if i.id == item.id)
            part = msgspec.structs.replace(blank, item=of, is_invoiced=is_invoiced)
            made.append(reduce_item(left, of, units, rules.pool, part))
    return made
