"""A credit memo for change orders: what they took off the order after money for it was due, owed back line by line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.change_order import check_managed
from orderwright.decisions.decision import Decision, changed
from orderwright.decisions.errors import (
    DuplicateValue,
    InvalidCrossReference,
    InvalidInput,
    RequiredFieldMissing,
)  # fmt: skip
from orderwright.decisions.roll_up import each
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.invoice import CreditMemo, CreditMemoLine
from orderwright.objects.order import Order, OrderItem, OrderItemAdjustmentLineItem, OrderItemTaxLineItem
from orderwright.objects.whole import Changes, WholeSummary, find

ZERO = Decimal(0)
MOST_CREDIT_MEMO_LINES = 500
"""Charges, adjustments, taxes and adjustment taxes together (semantics.md §12.4, documented)."""


def decide_create_credit_memo(
    whole: WholeSummary, change_order_ids: Sequence[Id], now: dt.datetime
) -> tuple[Decision, CreditMemo]:
    """Return the credit memo of `change_order_ids`, Posted, its total the negative of theirs.

    Amounts: order currency, positive for money owed back. Raises InvalidOperation, RequiredFieldMissing,
    InvalidCrossReference, InvalidInput for a repeated, pre-fulfillment or fee change order, DuplicateValue for one
    that a credit memo holds already.
    Source: semantics.md#12.3, semantics.md#12.4 (documented), decisions.md#M6.
    """
    check_managed(whole)
    orders = _checked(whole, change_order_ids)
    ids = NewIds()
    memo = _head(whole, ids(), now)
    lines = tuple(line for order in orders for line in _Lines(memo, ids, now).of(order, whole.changes))
    if len(lines) > MOST_CREDIT_MEMO_LINES:
        raise InvalidInput(
            f"the credit memo would have {len(lines)} lines; at most {MOST_CREDIT_MEMO_LINES} are allowed: "
            "give fewer change orders at a time",
            "changeOrderIds",
        )
    memo = each((memo,), {"CreditMemoLine": lines})[0]
    held = [msgspec.structs.replace(order, credit_memo_id=memo.id) for order in orders]
    summary = msgspec.structs.replace(whole.summary, version=whole.summary.version + 1)
    pairs = (*changed((whole.summary,), (summary,)), *changed(orders, held))
    return Decision(new=(memo, *lines), changed=pairs), memo


def _checked(whole: WholeSummary, change_order_ids: Sequence[Id]) -> list[Order]:
    if not change_order_ids:
        raise RequiredFieldMissing("changeOrderIds is empty; give at least one change order", "changeOrderIds")
    if len(set(change_order_ids)) < len(change_order_ids):
        raise InvalidInput("changeOrderIds lists a change order twice", "changeOrderIds")
    return [_creditable(whole, order_id) for order_id in change_order_ids]


def _creditable(whole: WholeSummary, order_id: Id) -> Order:
    order = find(whole.change_orders, order_id)
    if order is None:
        raise InvalidCrossReference(
            f"{order_id} is not a change order of order summary {whole.summary.id}", "changeOrderIds"
        )
    if order.change_class != "creditable":
        raise InvalidInput(
            f"change order {order_id} owes nothing that was invoiced ({order.change_class}); money captured for it is "
            "excess funds: pass totalExcessFundsAmount to ensure-refunds-async"
            if order.change_class == "excess"
            else f"change order {order_id} charges a fee; invoice it with create-multiple-change-invoices",
            "changeOrderIds",
        )
    if order.credit_memo_id is not None:
        raise DuplicateValue(
            f"change order {order_id} is already in the credit memo {order.credit_memo_id}", "changeOrderIds"
        )
    return order


def _head(whole: WholeSummary, memo_id: Id, now: dt.datetime) -> CreditMemo:
    summary = whole.summary
    return CreditMemo(
        id=memo_id,
        billing_account_id=summary.account_id,
        bill_to_contact_id=summary.bill_to_contact_id,
        creation_mode="Salesforce",
        credit_date=now.date(),
        currency_iso_code=summary.currency_iso_code,
        effective_date=now.date(),
        reference_entity_id=summary.id,
        source_action="Standalone",
        status="Posted",
        tax_locale_type=summary.tax_locale_type,
    )


class _Lines:
    """Credit memo lines: a Charge per change item; Adjustments and Taxes point at it through RelatedLineId."""

    def __init__(self, memo: CreditMemo, ids: NewIds, now: dt.datetime) -> None:
        self._memo = memo
        self._ids = ids
        self._today = now.date()

    def of(self, order: Order, changes: Changes) -> list[CreditMemoLine]:
        lines: list[CreditMemoLine] = []
        for item in changes.items:
            if item.order_id != order.id:
                continue
            taxes = [t for t in changes.taxes if t.order_item_id == item.id]
            adjustments = [a for a in changes.adjustments if a.order_item_id == item.id]
            charge = self._charge(item, taxes)
            lines.append(charge)
            lines += (self._adjustment(charge, a, taxes) for a in adjustments if a.amount)
            lines += (self._tax(charge, t) for t in taxes if t.amount)
        return lines

    def _charge(self, item: OrderItem, taxes: Iterable[OrderItemTaxLineItem]) -> CreditMemoLine:
        own = (t.amount for t in taxes if t.order_item_adjustment_line_item_id is None)
        return CreditMemoLine(
            id=self._ids(),
            charge_amount=-item.rounded_line_amount,
            charge_tax_amount=-sum(own, ZERO),
            credit_memo_id=self._memo.id,
            currency_iso_code=self._memo.currency_iso_code,
            description=item.description,
            end_date=self._today,
            name=item.type,
            product2_id=item.product2_id,
            reference_entity_item_id=item.id,
            reference_entity_item_type=item.type,
            reference_entity_item_type_code=item.type_code,
            start_date=self._today,
            status=self._memo.status,
            type="Charge",
        )

    def _adjustment(
        self, charge: CreditMemoLine, line: OrderItemAdjustmentLineItem, taxes: Iterable[OrderItemTaxLineItem]
    ) -> CreditMemoLine:
        tax = sum((t.amount for t in taxes if t.order_item_adjustment_line_item_id == line.id), ZERO)
        return self._under(
            charge,
            type="Adjustment",
            name=line.name,
            adjustment_amount=-line.amount,
            adjustment_tax_amount=-tax,
        )

    def _tax(self, charge: CreditMemoLine, tax: OrderItemTaxLineItem) -> CreditMemoLine:
        return self._under(
            charge,
            type="Tax",
            name=tax.name,
            tax_amount=-tax.amount,
            tax_name=tax.name,
            tax_rate=tax.rate,
            tax_effective_date=tax.tax_effective_date,
        )

    def _under(self, charge: CreditMemoLine, **fields: object) -> CreditMemoLine:
        return msgspec.structs.replace(
            charge,
            id=self._ids(),
            related_line_id=charge.id,
            **({"charge_amount": ZERO, "charge_tax_amount": ZERO} | fields),
        )
