"""An invoice for change orders that raise the order, such as fees: one charge line per item, taxes under it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.change_order import check_managed
from orderwright.decisions.create_invoice import MOST_INVOICE_LINES, head, line_under
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
from orderwright.objects.invoice import Invoice, InvoiceLine
from orderwright.objects.order import Order, OrderItem, OrderItemAdjustmentLineItem, OrderItemTaxLineItem
from orderwright.objects.whole import Changes, WholeSummary, find

ZERO = Decimal(0)


def decide_create_change_invoice(
    whole: WholeSummary, change_order_ids: Sequence[Id], now: dt.datetime
) -> tuple[Decision, Invoice]:
    """Return one invoice, Posted, that charges all of `change_order_ids`; its total is theirs.

    Amounts: order currency, positive. Raises InvalidOperation, RequiredFieldMissing, InvalidCrossReference,
    InvalidInput for a repeated change order, one that does not raise the order, or more than 2,000 lines,
    DuplicateValue for one that an invoice charges already.
    Source: order-management.yaml#create-multiple-change-invoices, semantics.md#12.2, semantics.md#12.4 (documented).
    """
    check_managed(whole)
    if not change_order_ids:
        raise RequiredFieldMissing("changeOrderIds is empty; give at least one change order", "changeOrderIds")
    if len(set(change_order_ids)) < len(change_order_ids):
        raise InvalidInput("changeOrderIds lists a change order twice", "changeOrderIds")
    orders = [_chargeable(whole, order_id) for order_id in change_order_ids]
    ids = NewIds()
    invoice = head(whole, ids(), now)
    lines = tuple(line for order in orders for line in _Lines(invoice, ids, now).of(order, whole.changes))
    if len(lines) > MOST_INVOICE_LINES:
        raise InvalidInput(
            f"the invoice would have {len(lines)} lines; at most {MOST_INVOICE_LINES} are allowed", "changeOrderIds"
        )
    invoice = each((invoice,), {"InvoiceLine": lines})[0]
    charged = [msgspec.structs.replace(order, invoice_id=invoice.id) for order in orders]
    summary = msgspec.structs.replace(whole.summary, version=whole.summary.version + 1)
    pairs = (*changed((whole.summary,), (summary,)), *changed(orders, charged))
    return Decision(new=(invoice, *lines), changed=pairs), invoice


def _chargeable(whole: WholeSummary, order_id: Id) -> Order:
    order = find(whole.change_orders, order_id)
    if order is None:
        raise InvalidCrossReference(
            f"{order_id} is not a change order of order summary {whole.summary.id}", "changeOrderIds"
        )
    if order.invoice_id is not None:
        raise DuplicateValue(f"change order {order_id} is already on the invoice {order.invoice_id}", "changeOrderIds")
    if order.change_class != "fee" or order.grand_total_amount <= 0:
        raise InvalidInput(
            f"change order {order_id} does not raise the order ({order.grand_total_amount:f}); only fees are invoiced, "
            "reductions are credited with create-credit-memo",
            "changeOrderIds",
        )
    return order


class _Lines:
    """Invoice lines of a change order: a Charge per item; Adjustments and Taxes point at it through RelatedLineId."""

    def __init__(self, invoice: Invoice, ids: NewIds, now: dt.datetime) -> None:
        self._invoice = invoice
        self._ids = ids
        self._today = now.date()

    def of(self, order: Order, changes: Changes) -> list[InvoiceLine]:
        lines: list[InvoiceLine] = []
        for item in changes.items:
            if item.order_id == order.id:
                taxes = [t for t in changes.taxes if t.order_item_id == item.id]
                adjustments = [a for a in changes.adjustments if a.order_item_id == item.id and a.amount]
                charge = self._charge(item, taxes)
                lines += (charge, *(self._adjustment(charge, a, taxes) for a in adjustments))
                lines += (self._tax(charge, t) for t in taxes if t.amount)
        return lines

    def _charge(self, item: OrderItem, taxes: Iterable[OrderItemTaxLineItem]) -> InvoiceLine:
        own = (t.amount for t in taxes if t.order_item_adjustment_line_item_id is None)
        return InvoiceLine(
            id=self._ids(),
            charge_amount=item.rounded_line_amount,
            charge_tax_amount=sum(own, ZERO),
            description=item.description,
            group_reference_entity_item_id=item.id,
            invoice_id=self._invoice.id,
            invoice_line_end_date=self._today,
            invoice_line_start_date=self._today,
            invoice_status=self._invoice.status,
            name=item.type,
            product2_id=item.product2_id,
            quantity=item.quantity,
            reference_entity_item_id=item.id,
            reference_entity_item_type=item.type,
            reference_entity_item_type_code=item.type_code,
            type="Charge",
            unit_price=item.unit_price,
        )

    def _adjustment(
        self, charge: InvoiceLine, line: OrderItemAdjustmentLineItem, taxes: Iterable[OrderItemTaxLineItem]
    ) -> InvoiceLine:
        tax = sum((t.amount for t in taxes if t.order_item_adjustment_line_item_id == line.id), ZERO)
        return line_under(
            charge,
            self._ids(),
            type="Adjustment",
            name=line.name,
            adjustment_amount=line.amount,
            adjustment_tax_amount=tax,
        )

    def _tax(self, charge: InvoiceLine, tax: OrderItemTaxLineItem) -> InvoiceLine:
        return line_under(
            charge,
            self._ids(),
            type="Tax",
            name=tax.name,
            tax_amount=tax.amount,
            tax_name=tax.name,
            tax_rate=tax.rate,
            tax_effective_date=tax.tax_effective_date,
        )
