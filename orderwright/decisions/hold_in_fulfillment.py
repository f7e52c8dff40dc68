"""A price adjustment of units in fulfillment also stands on the fulfillment order lines that hold those units.

What the lines of open fulfillment orders hold is the in pool of every component (decisions.md N2): an adjustment that
lies in that pool would otherwise stay behind when its fulfillment order closes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orderwright.arithmetic.prorate import share
from orderwright.decisions.activate_fulfillment_order import HOLDING
from orderwright.decisions.change_order import ChangeOrder, scale_for
from orderwright.decisions.decision import Decision, changed
from orderwright.decisions.fulfillment_lines import adjustment_on, part_of_order, rolled, tax_on
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import (
    FulfillmentOrderItemAdjustment,
    FulfillmentOrderItemTax,
    FulfillmentOrderLineItem,
)  # fmt: skip
from orderwright.objects.identity import NewIds
from orderwright.objects.order_item_summary import OrderItemAdjustmentLineSummary, OrderItemTaxLineItemSummary
from orderwright.objects.whole import Fulfillment, WholeSummary


def decide_hold_in_fulfillment(whole: WholeSummary, made: Sequence[ChangeOrder], ids: NewIds) -> Decision:
    """Return the adjustments of fulfillment order lines that go with those `made` added to the in pool.

    Amounts: signed as the adjustment, shared over the lines that hold units by their quantity, rounded to add up (N3).
    Source: decisions.md#N2, N3 (inferred).
    """
    taxes = [t for order in made for t in order.added_taxes if t.amount_in_fulfillment]
    # A share of the price may round to nothing while that of the tax does not.
    taxed = {tax.order_item_adjustment_line_summary_id for tax in taxes}
    adjustments = [a for order in made for a in order.added_adjustments if a.amount_in_fulfillment or a.id in taxed]
    if not adjustments:
        return Decision()
    work = _Holding(whole, ids)
    for adjustment in adjustments:
        work.hold(adjustment, [t for t in taxes if t.order_item_adjustment_line_summary_id == adjustment.id])
    return work.decision()


class _Holding:
    def __init__(self, whole: WholeSummary, ids: NewIds) -> None:
        self._whole = whole
        self._ids = ids
        self._adjustments: list[FulfillmentOrderItemAdjustment] = []
        self._taxes: list[FulfillmentOrderItemTax] = []

    def hold(self, adjustment: OrderItemAdjustmentLineSummary, taxes: Iterable[OrderItemTaxLineItemSummary]) -> None:
        """Write one adjustment and its taxes on the lines that hold units of its item."""
        lines = self._lines_of(adjustment.order_item_summary_id)
        scale, weights = scale_for(self._whole), [line.quantity for line in lines]
        parts = share(adjustment.amount_in_fulfillment, weights, scale)
        held = [adjustment_on(line, adjustment, part, self._ids()) for line, part in zip(lines, parts, strict=True)]
        self._adjustments += held
        for tax in taxes:
            parts = share(tax.amount_in_fulfillment, weights, scale)
            self._taxes += [
                tax_on(line, tax, on, part, self._ids()) for line, on, part in zip(lines, held, parts, strict=True)
            ]

    def _lines_of(self, item_id: Id) -> list[FulfillmentOrderLineItem]:
        part = self._whole.fulfillment
        open_orders = {order.id for order in part.orders if order.status_category in HOLDING}
        return [
            line
            for line in part.lines
            if line.order_item_summary_id == item_id and line.fulfillment_order_id in open_orders and line.quantity
        ]

    def decision(self) -> Decision:
        """The new lines of adjustments and taxes, and the totals of the fulfillment orders they stand on."""
        new = {a.id: a for a in self._adjustments}
        decision = Decision(new=tuple(self._taxes))
        for order_id in dict.fromkeys(a.fulfillment_order_id for a in self._adjustments):
            before = part_of_order(self._whole.fulfillment, order_id)
            after = self._with_new(before, order_id)
            new |= {a.id: a for a in after.adjustments if a.id in new}
            decision = Decision(
                new=decision.new,
                changed=(
                    *decision.changed,
                    *changed(before.orders, after.orders),
                    *changed(before.lines, after.lines),
                ),
            )
        return Decision(new=(*new.values(), *decision.new), changed=decision.changed)

    def _with_new(self, before: Fulfillment, order_id: Id) -> Fulfillment:
        return rolled(
            before.orders[0],
            before.lines,
            [*before.adjustments, *(a for a in self._adjustments if a.fulfillment_order_id == order_id)],
            [*before.taxes, *(t for t in self._taxes if t.fulfillment_order_id == order_id)],
        )
