"""An invoice for a fulfillment order: exactly what its lines took, one charge line each with adjustments and taxes
under it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from orderwright.arithmetic.prorate import part_of
from orderwright.decisions.change_order import check_managed, scale_for
from orderwright.decisions.decision import Decision, changed
from orderwright.decisions.errors import InvalidCrossReference, InvalidInput, InvalidStatus
from orderwright.decisions.fulfillment_lines import part_of_order
from orderwright.decisions.roll_up import each
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import (
    FulfillmentOrder,
    FulfillmentOrderItemAdjustment,
    FulfillmentOrderItemTax,
    FulfillmentOrderLineItem,
)  # fmt: skip
from orderwright.objects.identity import NewIds
from orderwright.objects.invoice import Invoice, InvoiceLine
from orderwright.objects.whole import Fulfillment, WholeSummary, find

ZERO = Decimal(0)
MOST_INVOICE_LINES = 2000
"""Charges, adjustments, taxes and adjustment taxes together (semantics.md §12.4, documented)."""


def decide_create_invoice(whole: WholeSummary, fulfillment_order_id: Id, now: dt.datetime) -> tuple[Decision, Invoice]:
    """Return the invoice of a fulfillment order, Posted, its balance its total.

    Amounts: those of the fulfillment order, at the currency's scale. The fulfillment order need not be fulfilled.
    Raises InvalidOperation, InvalidCrossReference, InvalidStatus when it has an invoice, is cancelled or empty,
    InvalidInput above 2,000 lines.
    Source: semantics.md#12.1, semantics.md#12.4 (documented).
    """
    check_managed(whole)
    order = find(whole.fulfillment.orders, fulfillment_order_id)
    if order is None:
        raise InvalidCrossReference(
            f"fulfillment order {fulfillment_order_id} does not belong to this order", "fulfillmentOrderId"
        )
    _check(order)
    mine = charged(part_of_order(whole.fulfillment, order.id), scale_for(whole))
    if not mine.lines:
        why = "are charged by the invoice of an earlier fulfillment order" if order.item_count else "were given back"
        raise InvalidStatus(
            f"all units of fulfillment order {order.id} {why}; there is nothing left to invoice", "fulfillmentOrderId"
        )
    ids = NewIds()
    invoice = head(whole, ids(), now)
    lines = _Lines(invoice, ids, now).of(mine)
    if len(lines) > MOST_INVOICE_LINES:
        raise InvalidInput(
            f"the invoice would have {len(lines)} lines; at most {MOST_INVOICE_LINES} are allowed: "
            "split the fulfillment order",
            "fulfillmentOrderId",
        )
    invoice = each((invoice,), {"InvoiceLine": lines})[0]
    invoiced = msgspec.structs.replace(order, invoice_id=invoice.id)
    summary = msgspec.structs.replace(whole.summary, version=whole.summary.version + 1)
    return (
        Decision(
            new=(invoice, *lines), changed=(*changed((whole.summary,), (summary,)), *changed((order,), (invoiced,)))
        ),
        invoice,
    )


def charged(part: Fulfillment, scale: int) -> Fulfillment:
    """What of a fulfillment order is to be invoiced: all but the units that an earlier invoice charges already (M6).

    What those take with them is rounded, and the rest is charged, as if they had been invoiced out of this line first:
    the invoices together charge the line, to the cent.
    """
    fresh = {line.id: line.quantity - line.invoiced_quantity for line in part.lines}
    of = {line.id: line.quantity for line in part.lines}

    def left(amount: Decimal, line_id: Id) -> Decimal:
        return amount - part_of(amount, of[line_id] - fresh[line_id], of[line_id], scale)

    return Fulfillment(
        lines=tuple(
            msgspec.structs.replace(
                line, quantity=fresh[line.id], total_line_amount=left(line.total_line_amount, line.id)
            )
            for line in part.lines
            if fresh[line.id]
        ),
        adjustments=tuple(
            msgspec.structs.replace(a, amount=left(a.amount, a.fulfillment_order_line_item_id))
            for a in part.adjustments
        ),
        taxes=tuple(
            msgspec.structs.replace(t, amount=left(t.amount, t.fulfillment_order_line_item_id)) for t in part.taxes
        ),
    )


def _check(order: FulfillmentOrder) -> None:
    if order.invoice_id is not None:
        raise InvalidStatus(
            f"fulfillment order {order.id} already has the invoice {order.invoice_id}", "fulfillmentOrderId"
        )
    if order.status_category in {"CANCELLED", "REJECTED", "DRAFT"}:
        raise InvalidStatus(
            f"fulfillment order {order.id} is {order.status}; there is nothing to invoice", "fulfillmentOrderId"
        )


def head(whole: WholeSummary, invoice_id: Id, now: dt.datetime) -> Invoice:
    """An empty invoice of an order summary, Posted."""
    summary = whole.summary
    return Invoice(
        id=invoice_id,
        billing_account_id=summary.account_id,
        bill_to_contact_id=summary.bill_to_contact_id,
        currency_iso_code=summary.currency_iso_code,
        due_date=now.date(),
        invoice_date=now.date(),
        posted_date=now.date(),
        reference_entity_id=summary.id,
        status="Posted",
        tax_locale_type=summary.tax_locale_type,
    )


class _Lines:
    """Invoice lines: a Charge per fulfillment line; Adjustments and Taxes point at it through RelatedLineId."""

    def __init__(self, invoice: Invoice, ids: NewIds, now: dt.datetime) -> None:
        self._invoice = invoice
        self._ids = ids
        self._today = now.date()

    def of(self, part: Fulfillment) -> tuple[InvoiceLine, ...]:
        lines: list[InvoiceLine] = []
        for line in part.lines:
            taxes = [t for t in part.taxes if t.fulfillment_order_line_item_id == line.id]
            adjustments = [a for a in part.adjustments if a.fulfillment_order_line_item_id == line.id]
            charge = self._charge(line, [t for t in taxes if t.fulfillment_order_item_adjust_id is None])
            lines.append(charge)
            lines += (self._adjustment(charge, a, taxes) for a in adjustments if a.amount)
            lines += (self._tax(charge, t) for t in taxes if t.amount)
        return tuple(lines)

    def _charge(self, line: FulfillmentOrderLineItem, taxes: Iterable[FulfillmentOrderItemTax]) -> InvoiceLine:
        return InvoiceLine(
            id=self._ids(),
            charge_amount=line.total_line_amount,
            charge_tax_amount=sum((t.amount for t in taxes), ZERO),
            description=line.description,
            gross_unit_price=line.gross_unit_price,
            group_reference_entity_item_id=line.order_item_summary_id,
            invoice_id=self._invoice.id,
            invoice_line_end_date=self._today,
            invoice_line_start_date=self._today,
            invoice_status=self._invoice.status,
            name=line.type,
            product2_id=line.product2_id,
            quantity=line.quantity,
            reference_entity_item_id=line.order_item_summary_id,
            reference_entity_item_type=line.type,
            reference_entity_item_type_code=line.type_code,
            type="Charge",
            unit_price=line.unit_price,
        )

    def _adjustment(
        self,
        charge: InvoiceLine,
        adjustment: FulfillmentOrderItemAdjustment,
        taxes: Iterable[FulfillmentOrderItemTax],
    ) -> InvoiceLine:
        tax = sum((t.amount for t in taxes if t.fulfillment_order_item_adjust_id == adjustment.id), ZERO)
        return line_under(
            charge,
            self._ids(),
            type="Adjustment",
            name=adjustment.promotion_name or "Adjustment",
            adjustment_amount=adjustment.amount,
            adjustment_tax_amount=tax,
        )

    def _tax(self, charge: InvoiceLine, tax: FulfillmentOrderItemTax) -> InvoiceLine:
        return line_under(
            charge,
            self._ids(),
            type="Tax",
            name=tax.description or "Tax",
            tax_amount=tax.amount,
            tax_name=tax.description,
            tax_rate=tax.rate,
            tax_effective_date=tax.tax_effective_date,
        )


def line_under(charge: InvoiceLine, line_id: Id, **fields: object) -> InvoiceLine:
    """A line that belongs to `charge`: its amounts are its own, everything else is the charge's."""
    return msgspec.structs.replace(
        charge,
        id=line_id,
        related_line_id=charge.id,
        **({"charge_amount": ZERO, "charge_tax_amount": ZERO} | fields),
    )
