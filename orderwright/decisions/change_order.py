"""Item changes -> change orders. Shared by cancel, return and adjust.

A change order is an Order with the children of an original one, its amounts signed as changes: reductions are negative.
`apply_change` is the only function that moves a summary, `balances` the only place where the sign is turned round.
Source: semantics.md#1, decisions.md#N2, N8, N9.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from orderwright.arithmetic.money import scale_of
from orderwright.decisions.component import (
    Amounts,
    Pool,
    amounts_of,
    line_amounts,
    only,
    part_in,
    with_adjustment_amounts,
    with_tax_amounts,
)  # fmt: skip
from orderwright.decisions.errors import InvalidOperation
from orderwright.decisions.roll_up import roll_up_order
from orderwright.objects.definition import Id, SObject
from orderwright.objects.identity import NewIds
from orderwright.objects.order import (
    Order,
    OrderItem,
    OrderItemAdjustmentLineItem,
    OrderItemTaxLineItem,
)  # fmt: skip
from orderwright.objects.order_item_summary import (
    OrderItemAdjustmentLineSummary,
    OrderItemSummary,
    OrderItemSummaryChange,
    OrderItemTaxLineItemSummary,
)  # fmt: skip
from orderwright.objects.whole import WholeOrder, WholeSummary

ZERO = Decimal(0)
ChangeClass = Literal["excess", "creditable", "fee"]


class NewAdjustment(msgspec.Struct, frozen=True, kw_only=True):
    """A price adjustment that a change adds to an item, with the tax that goes with it, one line per entry of
    `taxes`.
    """

    name: str
    description: str | None = None
    amounts: Amounts
    taxes: tuple[tuple[OrderItemTaxLineItemSummary, Amounts], ...] = ()
    """Each a tax line of the item whose name, rate and type the new line takes over, and its amounts."""


class ItemChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one change does to one item: units and amounts as the change order stores them (reductions negative)."""

    item: OrderItemSummary
    change_type: str
    reason: str
    reason_text: str | None = None
    is_pre_fulfillment: bool
    is_invoiced: bool = False
    """Whether an invoice holds the money of these unallocated units (decisions.md M6)."""
    quantity: Decimal = ZERO
    line: Amounts = Amounts()
    adjustments: tuple[tuple[OrderItemAdjustmentLineSummary, Amounts], ...] = ()
    taxes: tuple[tuple[OrderItemTaxLineItemSummary, Amounts], ...] = ()
    added: tuple[NewAdjustment, ...] = ()


class ChangeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A change order with its lines, and the record of what each line changed."""

    whole: WholeOrder
    changes: tuple[OrderItemSummaryChange, ...]
    added_items: tuple[OrderItemSummary, ...] = ()
    added_adjustments: tuple[OrderItemAdjustmentLineSummary, ...] = ()
    added_taxes: tuple[OrderItemTaxLineItemSummary, ...] = ()

    @property
    def records(self) -> tuple[SObject, ...]:
        whole = self.whole
        return (
            whole.order, *whole.items, *whole.adjustments, *whole.taxes, *self.added_items, *self.changes,
            *self.added_adjustments,
            *self.added_taxes,
        )  # fmt: skip


def check_managed(whole: WholeSummary) -> None:
    """Refuse actions on an order that another system manages (semantics.md §2.5, documented)."""
    if whole.summary.order_life_cycle_type != "MANAGED":
        raise InvalidOperation(
            f"order summary {whole.summary.id} is UNMANAGED: another system manages it, this action is not available",
            "orderSummaryId",
        )


def scale_for(whole: WholeSummary) -> int:
    """Decimals of the order's currency."""
    return scale_of(whole.summary.currency_iso_code or "")


def reduce_item(
    whole: WholeSummary, item: OrderItemSummary, quantity: Decimal, pool: Pool, change: ItemChange
) -> ItemChange:
    """`change` with what `quantity` units take out of `pool`: the part of every component (decisions.md N2)."""
    scale = scale_for(whole)

    def taken(amounts: Amounts) -> Amounts:
        return only(pool, -part_in(amounts, item, pool, quantity, scale))

    return msgspec.structs.replace(
        change,
        quantity=-quantity,
        line=taken(line_amounts(item)),
        adjustments=tuple(
            (line, taken(amounts_of(line))) for line in whole.adjustments if line.order_item_summary_id == item.id
        ),
        taxes=tuple((tax, taken(amounts_of(tax))) for tax in whole.taxes if tax.order_item_summary_id == item.id),
    )


def make_change_order(
    whole: WholeSummary, changes: Sequence[ItemChange], change_class: ChangeClass, ids: NewIds, now: dt.datetime
) -> ChangeOrder:
    """The change order that holds `changes`; `change_class` says which way its money may come back (N10)."""
    order = change_order_head(whole, change_class, ids(), now)
    made = [_ChangeLines(whole, change, order, ids, now) for change in changes]
    lines = WholeOrder(
        order=order,
        items=tuple(m.item for m in made),
        adjustments=tuple(a for m in made for a in m.adjustments),
        taxes=tuple(t for m in made for t in m.taxes),
    )
    return ChangeOrder(
        whole=roll_up_order(lines),
        changes=tuple(m.record(whole, ids()) for m in made),
        added_adjustments=tuple(a for m in made for a in m.added_adjustments),
        added_taxes=tuple(t for m in made for t in m.added_taxes),
    )


def change_order_head(whole: WholeSummary, change_class: ChangeClass, order_id: Id, now: dt.datetime) -> Order:
    """An empty change order of an order summary, Activated."""
    original = whole.original
    return Order(
        id=order_id,
        account_id=original.account_id,
        bill_to_contact_id=original.bill_to_contact_id,
        currency_iso_code=whole.summary.currency_iso_code,
        effective_date=now.date(),
        ordered_date=now,
        pricebook2_id=original.pricebook2_id,
        sales_channel_id=original.sales_channel_id,
        tax_locale_type=original.tax_locale_type,
        status="Activated",
        status_code="Activated",
        activated_date=now,
        related_order_id=original.id,
        related_order_type="ChangeOrder",
        order_summary_id=whole.summary.id,
        change_class=change_class,
    )


class _ChangeLines:
    """The order item of one change with its adjustments and taxes, and the summary records it adds."""

    def __init__(self, whole: WholeSummary, change: ItemChange, order: Order, ids: NewIds, now: dt.datetime) -> None:
        self.change = change
        self._order = order
        self._ids = ids
        self._now = now
        self.item = self._item()
        self.adjustments: list[OrderItemAdjustmentLineItem] = []
        self.taxes: list[OrderItemTaxLineItem] = []
        self.added_adjustments: list[OrderItemAdjustmentLineSummary] = []
        self.added_taxes: list[OrderItemTaxLineItemSummary] = []
        self._change_lines()
        for added in change.added:
            self._add(whole, added)

    def record(self, whole: WholeSummary, record_id: Id) -> OrderItemSummaryChange:
        """Why and how the item changed, linked to the change order's line."""
        change = self.change
        return OrderItemSummaryChange(
            id=record_id,
            change_order_item_id=self.item.id,
            change_type=change.change_type,
            currency_iso_code=whole.summary.currency_iso_code,
            is_pre_fulfillment=change.is_pre_fulfillment,
            order_item_summary_id=change.item.id,
            order_summary_id=whole.summary.id,
            reason=change.reason,
            reason_text=change.reason_text,
        )

    def _item(self) -> OrderItem:
        item = self.change.item
        return OrderItem(
            id=self._ids(),
            order_id=self._order.id,
            currency_iso_code=self._order.currency_iso_code,
            description=item.description,
            quantity=self.change.quantity,
            unit_price=item.unit_price,
            gross_unit_price=item.gross_unit_price,
            list_price=item.list_price,
            line_number=item.line_number,
            pricebook_entry_id=item.pricebook_entry_id,
            product2_id=item.product2_id,
            related_order_item_id=item.original_order_item_id,
            total_line_amount=self.change.line.total,
            rounded_line_amount=self.change.line.total,
            type=item.type,
        )

    def _change_lines(self) -> None:
        lines: dict[Id, Id] = {}
        for line, amounts in self.change.adjustments:
            if amounts.total:
                lines[line.id] = self._adjustment(line.name, line.description, amounts.total, line).id
        for tax, amounts in self.change.taxes:
            if amounts.total:
                adjustment = tax.order_item_adjustment_line_summary_id
                # The tax of an adjustment whose own part rounds to zero has no line to stand under; its amount counts
                # as tax of adjustments all the same, so it gets a line of zero.
                if adjustment is not None and adjustment not in lines:
                    line = next(a for a, _ in self.change.adjustments if a.id == adjustment)
                    lines[adjustment] = self._adjustment(line.name, line.description, ZERO, line).id
                self._tax(tax, amounts.total, lines[adjustment] if adjustment else None, tax)

    def _adjustment(
        self, name: str, description: str | None, amount: Decimal, of: OrderItemAdjustmentLineSummary | None
    ) -> OrderItemAdjustmentLineItem:
        made = OrderItemAdjustmentLineItem(
            id=self._ids(),
            order_id=self._order.id,
            order_item_id=self.item.id,
            name=name,
            description=description,
            amount=amount,
            currency_iso_code=self._order.currency_iso_code,
            related_adjustment_line_item_id=of.original_order_item_adjustment_line_item_id if of else None,
            adjustment_group_type=of.adjustment_group_type if of else None,
        )
        self.adjustments.append(made)
        return made

    def _tax(
        self,
        like: OrderItemTaxLineItemSummary,
        amount: Decimal,
        adjustment: Id | None,
        of: OrderItemTaxLineItemSummary | None,
    ) -> OrderItemTaxLineItem:
        made = OrderItemTaxLineItem(
            id=self._ids(),
            order_id=self._order.id,
            order_item_id=self.item.id,
            order_item_adjustment_line_item_id=adjustment,
            name=like.name,
            rate=like.rate,
            type=like.type,
            tax_effective_date=self._now.date(),
            amount=amount,
            related_tax_line_item_id=of.original_order_item_tax_line_item_id if of else None,
        )
        self.taxes.append(made)
        return made

    def _add(self, whole: WholeSummary, added: NewAdjustment) -> None:
        line = self._adjustment(added.name, added.description, added.amounts.total, None)
        summary = with_adjustment_amounts(
            OrderItemAdjustmentLineSummary(
                id=self._ids(),
                name=added.name,
                description=added.description,
                currency_iso_code=self._order.currency_iso_code,
                order_item_summary_id=self.change.item.id,
                order_summary_id=whole.summary.id,
                original_order_item_adjustment_line_item_id=line.id,
            ),
            added.amounts,
        )
        self.added_adjustments.append(summary)
        for like, amounts in added.taxes:
            self._add_tax(whole, like, amounts, line.id, summary.id)

    def _add_tax(
        self,
        whole: WholeSummary,
        like: OrderItemTaxLineItemSummary,
        amounts: Amounts,
        line_id: Id,
        summary_line_id: Id,
    ) -> None:
        tax = self._tax(like, amounts.total, line_id, None)
        self.added_taxes.append(
            with_tax_amounts(
                OrderItemTaxLineItemSummary(
                    id=self._ids(),
                    name=like.name,
                    rate=like.rate,
                    type=like.type,
                    tax_effective_date=tax.tax_effective_date,
                    currency_iso_code=self._order.currency_iso_code,
                    order_item_summary_id=self.change.item.id,
                    order_item_adjustment_line_summary_id=summary_line_id,
                    order_summary_id=whole.summary.id,
                    original_order_item_tax_line_item_id=tax.id,
                ),
                amounts,
            )
        )
