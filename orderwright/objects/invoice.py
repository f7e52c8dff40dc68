"""What is charged and what is credited."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar

from orderwright.objects.definition import (
    About,
    Formula,
    Id,
    RollUp,
    SObject,
    amount_formula,
    boolean,
    currency,
    day,
    moment,
    number,
    percent,
    picklist,
    reference,
    text,
    whole,
)
from orderwright.objects.expression import first_match
from orderwright.objects.rules import in_status, of_type, open_request, settlement_status

ZERO = Decimal(0)


class Invoice(SObject, frozen=True, kw_only=True):
    """Charges for fulfilled items or for fee change orders."""

    ABOUT: ClassVar[About] = About(
        label="Invoice",
        key_prefix="3tt",
        name_field="DocumentNumber",
        calls=frozenset({"update", "query", "retrieve"}),
        has_owner=True,
        root="reference_entity_id",
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    billing_account_id: Annotated[Id | None, reference("Account", update=True, children="Invoices", cascade=True)] = (
        None
    )
    bill_to_contact_id: Annotated[Id | None, reference("Contact", update=True, children="Invoices")] = None
    currency_iso_code: Annotated[str | None, picklist(update=True, since=55)] = None
    days_invoice_open: Annotated[int | None, whole(since=55)] = None
    days_invoice_overdue: Annotated[int | None, whole(since=55)] = None
    description: Annotated[str | None, text(update=True, length=255)] = None
    document_number: Annotated[str | None, text(length=255, autonumber="INV-{000000000}", idlookup=True)] = None
    due_date: Annotated[dt.date, day(update=True)]
    full_settlement_date: Annotated[dt.date | None, day(since=55)] = None
    invoice_date: Annotated[dt.date, day(update=True)]
    invoice_number: Annotated[str | None, text(update=True, length=255)] = None
    net_credits_applied: Annotated[
        Decimal, currency(since=55, rollup=RollUp("CreditMemoInvApplication", "invoice_id", "signed_amount"))
    ] = ZERO
    net_payments_applied: Annotated[
        Decimal, currency(since=55, rollup=RollUp("PaymentLineInvoice", "invoice_id", "signed_amount"))
    ] = ZERO
    payment_term_id: Annotated[Id | None, reference("PaymentTerm", update=True, since=55)] = None
    posted_date: Annotated[dt.date | None, day(since=60)] = None
    reference_entity_id: Annotated[Id | None, reference("Order", "OrderSummary", update=True, children="Invoices")] = (
        None
    )
    status: Annotated[
        str,
        picklist(
            "Draft",
            "Draft In Progress",
            "Pending",
            "Posting In Progress",
            "Posted",
            "Canceled",
            "Error",
            "Void In Progress",
            "Voided",
            restricted=True,
        ),
    ]
    tax_locale_type: Annotated[
        str | None, picklist("Net", "Gross", "Automatic", update=True, restricted=True, since=56)
    ] = None
    total_adjustment_amount: Annotated[
        Decimal, currency(rollup=RollUp("InvoiceLine", "invoice_id", "adjustment_amount"))
    ] = ZERO
    total_adjustment_tax_amount: Annotated[
        Decimal, currency(since=55, rollup=RollUp("InvoiceLine", "invoice_id", "adjustment_tax_amount"))
    ] = ZERO
    total_charge_amount: Annotated[Decimal, currency(rollup=RollUp("InvoiceLine", "invoice_id", "charge_amount"))] = (
        ZERO
    )
    total_charge_tax_amount: Annotated[
        Decimal, currency(since=55, rollup=RollUp("InvoiceLine", "invoice_id", "charge_tax_amount"))
    ] = ZERO
    total_converted_neg_amount: Annotated[Decimal | None, currency(since=56)] = None
    total_tax_amount: Annotated[Decimal, currency(rollup=RollUp("InvoiceLine", "invoice_id", "tax_amount"))] = ZERO
    open_capture_amount: Annotated[
        Decimal,
        currency(internal=True, rollup=RollUp("GatewayRequest", "invoice_id", "amount", where=open_request("Capture"))),
    ] = ZERO
    """Captures for it asked of the gateway whose outcome is not known yet."""

    balance = amount_formula(lambda s: s.total_amount_with_tax - s.net_payments_applied - s.net_credits_applied)
    settlement_status: ClassVar[Formula[str | None]] = Formula(
        settlement_status,
        picklist("Not Applicable", "Not Settled", "Partially Settled", "Settled", restricted=True, since=55),
    )
    total_adjustment_amount_with_tax = amount_formula(
        lambda s: s.total_adjustment_amount + s.total_adjustment_tax_amount, since=55
    )
    total_amount = amount_formula(lambda s: s.total_charge_amount + s.total_adjustment_amount)
    total_amount_with_tax = amount_formula(lambda s: s.total_amount + s.total_tax_amount)
    total_charge_amount_with_tax = amount_formula(lambda s: s.total_charge_amount + s.total_charge_tax_amount, since=55)


class InvoiceLine(SObject, frozen=True, kw_only=True):
    """Invoice Line."""

    ABOUT: ClassVar[About] = About(
        label="Invoice Line", key_prefix="5TV", calls=frozenset({"update", "query", "retrieve"}), root="invoice_id"
    )

    adjustment_amount: Annotated[Decimal, currency()] = ZERO
    adjustment_tax_amount: Annotated[Decimal, currency()] = ZERO
    balance: Annotated[Decimal | None, currency()] = None
    charge_amount: Annotated[Decimal, currency(update=True)] = ZERO
    charge_tax_amount: Annotated[Decimal, currency()] = ZERO
    description: Annotated[str | None, text(update=True, length=255)] = None
    gross_unit_price: Annotated[Decimal | None, currency(update=True)] = None
    group_reference_entity_item_id: Annotated[
        Id | None,
        reference(
            "OrderItem", "OrderItemAdjustmentLineItem", "OrderItemSummary", update=True, children="GroupInvoiceLines"
        ),
    ] = None
    has_multiple_items: Annotated[bool, boolean()] = False
    invoice_id: Annotated[Id, reference("Invoice", children="InvoiceLines", cascade=True)]
    invoice_line_end_date: Annotated[dt.date, day(update=True)]
    invoice_line_start_date: Annotated[dt.date, day(update=True)]
    invoice_status: Annotated[str | None, text(length=50)] = None
    name: Annotated[str, text(update=True, length=255, idlookup=True)]
    net_credits_applied: Annotated[Decimal, currency()] = ZERO
    net_payments_applied: Annotated[Decimal, currency()] = ZERO
    product2_id: Annotated[Id | None, reference("Product2", update=True, children="InvoiceLines")] = None
    quantity: Annotated[Decimal | None, number(update=True, scale=2)] = None
    reference_entity_item_id: Annotated[
        Id | None,
        reference("OrderItem", "OrderItemAdjustmentLineItem", "OrderItemSummary", update=True, children="InvoiceLines"),
    ] = None
    reference_entity_item_type: Annotated[
        str | None, picklist("Order Product", "Delivery Charge", "Fee", update=True, restricted=True)
    ] = None
    reference_entity_item_type_code: Annotated[
        str | None, picklist("Product", "Charge", update=True, restricted=True)
    ] = None
    related_line_id: Annotated[Id | None, reference("InvoiceLine", update=True, children="InvoiceLines")] = None
    tax_amount: Annotated[Decimal, currency(update=True)] = ZERO
    tax_code: Annotated[str | None, text(update=True, length=255)] = None
    tax_document_number: Annotated[str | None, text()] = None
    tax_effective_date: Annotated[dt.date | None, day(update=True)] = None
    tax_name: Annotated[str | None, text(update=True, length=255)] = None
    tax_rate: Annotated[Decimal | None, percent(update=True, scale=2)] = None
    tax_transaction_number: Annotated[str | None, text()] = None
    tax_treatment_id: Annotated[Id | None, reference("TaxTreatment")] = None
    type: Annotated[str, picklist("Charge", "Tax", "Adjustment", restricted=True)]
    unit_price: Annotated[Decimal | None, currency(update=True)] = None

    adjustment_amount_with_tax = amount_formula(lambda s: s.adjustment_amount + s.adjustment_tax_amount)
    charge_amount_with_tax = amount_formula(lambda s: s.charge_amount + s.charge_tax_amount)
    line_amount = amount_formula(lambda s: s.charge_amount + s.adjustment_amount + s.tax_amount)


class CreditMemo(SObject, frozen=True, kw_only=True):
    """Money owed back for post-fulfillment change orders."""

    ABOUT: ClassVar[About] = About(
        label="Credit Memo",
        key_prefix="50g",
        name_field="DocumentNumber",
        calls=frozenset({"update", "query", "retrieve"}),
        has_owner=True,
        root="reference_entity_id",
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    billing_account_id: Annotated[
        Id | None, reference("Account", update=True, children="CreditMemos", cascade=True)
    ] = None
    bill_to_contact_id: Annotated[Id | None, reference("Contact", update=True, children="CreditMemos")] = None
    creation_mode: Annotated[str | None, picklist("External", "Salesforce", restricted=True, since=55)] = None
    credit_date: Annotated[dt.date | None, day()] = None
    credit_memo_number: Annotated[str | None, text(update=True, length=10)] = None
    currency_iso_code: Annotated[str | None, picklist(update=True)] = None
    description: Annotated[str | None, text(update=True, length=255)] = None
    document_number: Annotated[str | None, text(length=255, autonumber="DOC-{0000000}", idlookup=True)] = None
    effective_date: Annotated[dt.date | None, day(since=55)] = None
    external_reference: Annotated[str | None, text(update=True, since=55)] = None
    external_reference_data_source: Annotated[str | None, text(update=True)] = None
    reference_entity_id: Annotated[
        Id | None, reference("Invoice", "Order", "OrderSummary", update=True, children="CreditMemos", since=53)
    ] = None
    source_action: Annotated[
        str | None,
        picklist(
            "Invoice", "NegativeInvoiceLineConversion", "Standalone", "VoidPostedInvoice", restricted=True, since=55
        ),
    ] = None
    status: Annotated[
        str, picklist("Draft", "Pending", "Posted", "Canceled", "Error", "Voided", update=True, restricted=True)
    ]
    tax_locale_type: Annotated[str | None, picklist("Net", "Gross", "Automatic", update=True, restricted=True)] = None
    total_adjustment_amount: Annotated[
        Decimal, currency(rollup=RollUp("CreditMemoLine", "credit_memo_id", "adjustment_amount"))
    ] = ZERO
    total_adjustment_tax_amount: Annotated[
        Decimal, currency(rollup=RollUp("CreditMemoLine", "credit_memo_id", "adjustment_tax_amount"))
    ] = ZERO
    total_charge_amount: Annotated[
        Decimal, currency(rollup=RollUp("CreditMemoLine", "credit_memo_id", "charge_amount"))
    ] = ZERO
    total_charge_tax_amount: Annotated[
        Decimal, currency(rollup=RollUp("CreditMemoLine", "credit_memo_id", "charge_tax_amount"))
    ] = ZERO
    total_credit_amount_applied: Annotated[
        Decimal,
        currency(
            since=53, rollup=RollUp("CreditMemoInvApplication", "credit_memo_id", "amount", where=of_type("Applied"))
        ),
    ] = ZERO
    total_credit_amount_unapplied: Annotated[
        Decimal,
        currency(
            since=55, rollup=RollUp("CreditMemoInvApplication", "credit_memo_id", "amount", where=of_type("Unapplied"))
        ),
    ] = ZERO
    total_tax_amount: Annotated[Decimal, currency(rollup=RollUp("CreditMemoLine", "credit_memo_id", "tax_amount"))] = (
        ZERO
    )
    refunded_amount: Annotated[
        Decimal,
        currency(internal=True, rollup=RollUp("Refund", "credit_memo_id", "amount", where=in_status("Processed"))),
    ] = ZERO
    """Refunds made for this credit memo."""
    open_refund_amount: Annotated[
        Decimal,
        currency(
            internal=True, rollup=RollUp("GatewayRequest", "credit_memo_id", "amount", where=open_request("Refund"))
        ),
    ] = ZERO
    """Refunds for it asked of the gateway whose outcome is not known yet."""

    balance = amount_formula(lambda s: s.total_amount_with_tax - s.net_credits_applied - s.refunded_amount)
    net_credits_applied = amount_formula(
        lambda s: s.total_credit_amount_applied - s.total_credit_amount_unapplied, since=55
    )
    total_adjustment_amount_with_tax = amount_formula(
        lambda s: s.total_adjustment_amount + s.total_adjustment_tax_amount
    )
    total_amount = amount_formula(lambda s: s.total_charge_amount + s.total_adjustment_amount)
    total_amount_with_tax = amount_formula(lambda s: s.total_amount + s.total_tax_amount)
    total_charge_amount_with_tax = amount_formula(lambda s: s.total_charge_amount + s.total_charge_tax_amount)


class CreditMemoLine(SObject, frozen=True, kw_only=True):
    """Credit Memo Line."""

    ABOUT: ClassVar[About] = About(
        label="Credit Memo Line",
        key_prefix="9yx",
        calls=frozenset({"update", "query", "retrieve"}),
        root="credit_memo_id",
    )

    adjustment_amount: Annotated[Decimal, currency(update=True)] = ZERO
    adjustment_tax_amount: Annotated[Decimal, currency()] = ZERO
    charge_amount: Annotated[Decimal, currency(update=True)] = ZERO
    charge_tax_amount: Annotated[Decimal, currency()] = ZERO
    credit_memo_id: Annotated[Id, reference("CreditMemo", children="CreditMemoLines", cascade=True)]
    currency_iso_code: Annotated[str | None, picklist(update=True)] = None
    description: Annotated[str | None, text(update=True, length=255)] = None
    end_date: Annotated[dt.date | None, day(update=True)] = None
    name: Annotated[str, text(update=True, length=255, idlookup=True)]
    product2_id: Annotated[Id | None, reference("Product2", update=True, children="CreditMemoLines")] = None
    reference_entity_item_id: Annotated[
        Id | None, reference("InvoiceLine", "OrderItem", "OrderItemSummary", update=True, children="CreditMemoLines")
    ] = None
    reference_entity_item_type: Annotated[
        str | None, picklist("Order Product", "Delivery Charge", "Fee", update=True, restricted=True)
    ] = None
    reference_entity_item_type_code: Annotated[
        str | None, picklist("Product", "Charge", update=True, restricted=True)
    ] = None
    related_line_id: Annotated[Id | None, reference("CreditMemoLine", update=True, children="CreditMemoLines")] = None
    start_date: Annotated[dt.date | None, day(update=True)] = None
    status: Annotated[str | None, text(length=50)] = None
    tax_amount: Annotated[Decimal, currency(update=True)] = ZERO
    tax_code: Annotated[str | None, text(update=True, length=255)] = None
    tax_effective_date: Annotated[dt.date | None, day(update=True)] = None
    tax_name: Annotated[str | None, text(update=True, length=255)] = None
    tax_rate: Annotated[Decimal | None, percent(update=True, scale=2)] = None
    tax_status: Annotated[str | None, picklist("Complete", "Error", "None", restricted=True)] = "None"
    type: Annotated[str, picklist("Charge", "Tax", "Adjustment", restricted=True)]

    adjustment_amount_with_tax = amount_formula(lambda s: s.adjustment_amount + s.adjustment_tax_amount)
    charge_amount_with_tax = amount_formula(lambda s: s.charge_amount + s.charge_tax_amount)
    line_amount = amount_formula(lambda s: s.charge_amount + s.adjustment_amount + s.tax_amount)
    total_amount = amount_formula(lambda s: s.charge_amount + s.adjustment_amount)
    total_amount_with_tax = amount_formula(lambda s: s.total_amount + s.tax_amount)


class CreditMemoInvApplication(SObject, frozen=True, kw_only=True):
    """Credit Memo Invoice Application."""

    ABOUT: ClassVar[About] = About(
        label="Credit Memo Invoice Application",
        key_prefix="4sF",
        name_field="CreditMemoInvoiceNumber",
        calls=frozenset({"update", "query", "retrieve"}),
        root="credit_memo_id",
    )

    amount: Annotated[Decimal, currency()]
    applied_date: Annotated[dt.datetime | None, moment()] = None
    associated_line_id: Annotated[
        Id | None, reference("CreditMemoInvApplication", children="CreditMemoInvApplications")
    ] = None
    credit_memo_balance: Annotated[Decimal | None, currency()] = None
    credit_memo_id: Annotated[Id, reference("CreditMemo", children="CreditMemoInvsApplication", cascade=True)]
    credit_memo_invoice_number: Annotated[
        str | None, text(length=255, autonumber="CMIA-{000000000}", idlookup=True)
    ] = None
    date: Annotated[dt.datetime | None, moment()] = None
    description: Annotated[str | None, text(update=True, length=255)] = None
    effective_date: Annotated[dt.datetime | None, moment()] = None
    has_been_unapplied: Annotated[str | None, picklist("NA", "No", "Yes", restricted=True)] = None
    invoice_balance: Annotated[Decimal | None, currency()] = None
    invoice_id: Annotated[Id, reference("Invoice", children="CreditMemoInvsApplication", cascade=True)]
    type: Annotated[str, picklist("Applied", "Unapplied", restricted=True)]
    unapplied_date: Annotated[dt.datetime | None, moment()] = None

    impact_amount = amount_formula(lambda s: -s.signed_amount)
    signed_amount = amount_formula(
        lambda s: first_match((s.type == "Applied", s.amount), otherwise=-s.amount), internal=True
    )


class CreditMemoLineInvoiceLine(SObject, frozen=True, kw_only=True):
    """Credit Memo Line Invoice Line."""

    ABOUT: ClassVar[About] = About(
        label="Credit Memo Line Invoice Line",
        key_prefix="4sL",
        name_field="CreditMemoLineInvoiceLineNumber",
        calls=frozenset({"query", "retrieve"}),
        since=64,
        root="credit_memo_line_id",
    )

    amount: Annotated[Decimal | None, currency()] = None
    applied_date_time: Annotated[dt.datetime | None, moment()] = None
    credit_memo_line_balance: Annotated[Decimal | None, currency()] = None
    credit_memo_line_id: Annotated[Id | None, reference("CreditMemoLine")] = None
    credit_memo_line_invoice_line_number: Annotated[str | None, text(autonumber="CMLIL-{000000000}")] = None
    description: Annotated[str | None, text("textarea")] = None
    effective_date_time: Annotated[dt.datetime | None, moment()] = None
    impact_amount: Annotated[Decimal | None, currency()] = None
    invoice_line_balance: Annotated[Decimal | None, currency()] = None
    invoice_line_id: Annotated[Id | None, reference("InvoiceLine")] = None
    legal_entity_accounting_period_id: Annotated[Id | None, reference("LegalEntyAccountingPeriod")] = None
    legal_entity_id: Annotated[Id | None, reference("LegalEntity")] = None
    related_cr_memo_line_invc_line_id: Annotated[Id | None, reference("CreditMemoLineInvoiceLine")] = None
    type: Annotated[str | None, picklist("Applied", "Unapplied")] = None
    unapplied_date_time: Annotated[dt.datetime | None, moment()] = None
    unapplied_status: Annotated[str | None, picklist("NA", "No", "Yes")] = None
