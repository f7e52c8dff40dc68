"""Money authorized, captured, applied and refunded."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar

from orderwright.objects.definition import (
    About,
    Id,
    RollUp,
    SObject,
    amount_formula,
    currency,
    moment,
    picklist,
    reference,
    text,
)
from orderwright.objects.expression import at_least_zero, first_match
from orderwright.objects.rules import (
    in_status,
    of_type,
    open_request,
    pending_without_request,
    processed_excess_refund,
)  # fmt: skip

ZERO = Decimal(0)


class OrderPaymentSummary(SObject, frozen=True, kw_only=True):
    """All payments of one method on one order summary; no matching order-payment object."""

    ABOUT: ClassVar[About] = About(
        label="Order Payment Summary",
        key_prefix="0bM",
        name_field="Method",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
        root="order_summary_id",
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    authorization_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("PaymentAuthorization", "order_payment_summary_id", "amount", where=in_status("Processed"))
        ),
    ] = ZERO
    authorization_reversal_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "PaymentAuthorization",
                "order_payment_summary_id",
                "total_auth_reversal_amount",
                where=in_status("Processed"),
            )
        ),
    ] = ZERO
    balance_amount: Annotated[
        Decimal, currency(rollup=RollUp("Payment", "order_payment_summary_id", "balance", where=in_status("Processed")))
    ] = ZERO
    captured_amount: Annotated[
        Decimal, currency(rollup=RollUp("Payment", "order_payment_summary_id", "amount", where=in_status("Processed")))
    ] = ZERO
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True, since=49)] = None
    full_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    last_payment_gateway_log_id: Annotated[
        Id | None, reference("PaymentGatewayLog", children="OrderPaymentSummaries")
    ] = None
    last_payment_gateway_message: Annotated[str | None, text(create=True, update=True, length=1000)] = None
    method: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    order_summary_id: Annotated[
        Id, reference("OrderSummary", create=True, children="OrderPaymentSummaries", cascade=True)
    ]
    payment_credited_amount: Annotated[
        Decimal,
        currency(
            since=65,
            rollup=RollUp(
                "Payment", "order_payment_summary_id", "net_payment_credit_applied", where=in_status("Processed")
            ),
        ),
    ] = ZERO
    payment_method_id: Annotated[
        Id | None,
        reference("AlternativePaymentMethod", "CardPaymentMethod", "DigitalWallet", children="OrderPaymentSummaries"),
    ] = None
    pending_authorization_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("PaymentAuthorization", "order_payment_summary_id", "amount", where=in_status("Pending"))
        ),
    ] = ZERO
    pending_reverse_auth_amount: Annotated[
        Decimal,
        currency(rollup=RollUp("PaymentAuthorization", "order_payment_summary_id", "unsettled_reversal_amount")),
    ] = ZERO
    refunded_amount: Annotated[
        Decimal, currency(rollup=RollUp("Refund", "order_payment_summary_id", "amount", where=in_status("Processed")))
    ] = ZERO
    reserved_balance_total_amount: Annotated[Decimal, currency(since=60)] = ZERO
    type: Annotated[str, text(create=True, length=255)]
    open_capture_amount: Annotated[
        Decimal,
        currency(
            internal=True,
            rollup=RollUp("GatewayRequest", "order_payment_summary_id", "amount", where=open_request("Capture")),
        ),
    ] = ZERO
    """Captures asked of the gateway whose outcome is not known yet (decisions.md M13)."""
    open_refund_amount: Annotated[
        Decimal,
        currency(
            internal=True,
            rollup=RollUp("GatewayRequest", "order_payment_summary_id", "amount", where=open_request("Refund")),
        ),
    ] = ZERO
    """Refunds asked of the gateway whose outcome is not known yet."""
    pending_payment_amount: Annotated[
        Decimal,
        currency(
            internal=True, rollup=RollUp("Payment", "order_payment_summary_id", "amount", where=pending_without_request)
        ),
    ] = ZERO
    """Payments recorded as Pending that we have no request for."""
    pending_refund_record_amount: Annotated[
        Decimal,
        currency(
            internal=True, rollup=RollUp("Refund", "order_payment_summary_id", "amount", where=pending_without_request)
        ),
    ] = ZERO
    """Refunds recorded as Pending that we have no request for."""
    excess_refunded_amount: Annotated[
        Decimal,
        currency(
            internal=True, rollup=RollUp("Refund", "order_payment_summary_id", "amount", where=processed_excess_refund)
        ),
    ] = ZERO
    """Refunds of excess funds: those that settle no credit memo (decisions.md N10)."""

    available_to_capture_amount = amount_formula(
        lambda s: at_least_zero(
            s.authorization_amount
            - s.authorization_reversal_amount
            - s.pending_reverse_auth_amount
            - s.captured_amount
            - s.pending_capture_amount
        )
    )
    available_to_refund_amount = amount_formula(
        lambda s: at_least_zero(s.captured_amount - s.refunded_amount - s.pending_refund_amount)
    )
    pending_capture_amount = amount_formula(lambda s: s.open_capture_amount + s.pending_payment_amount)
    pending_refund_amount = amount_formula(lambda s: s.open_refund_amount + s.pending_refund_record_amount)


class Payment(SObject, frozen=True, kw_only=True):
    """A capture or sale."""

    ABOUT: ClassVar[About] = About(
        label="Payment",
        key_prefix="0aQ",
        name_field="PaymentNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
    )

    account_id: Annotated[Id | None, reference("Account", create=True, update=True, children="Payments")] = None
    amount: Annotated[Decimal, currency(create=True, update=True)]
    cancellation_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    cancellation_effective_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    cancellation_gateway_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    cancellation_gateway_ref_number: Annotated[str | None, text(create=True, update=True, length=255)] = None
    cancellation_gateway_result_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    cancellation_sf_result_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    client_context: Annotated[str | None, text("textarea", length=2000)] = None
    comments: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True)] = None
    date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    effective_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    email: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    gateway_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    gateway_ref_details: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    gateway_ref_number: Annotated[str | None, text(create=True, update=True, length=255)] = None
    gateway_result_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    gateway_result_code_description: Annotated[str | None, text(create=True, update=True, length=255)] = None
    ip_address: Annotated[str | None, text(create=True, update=True, length=39)] = None
    mac_address: Annotated[str | None, text(create=True, update=True, length=32)] = None
    order_payment_summary_id: Annotated[
        Id | None, reference("OrderPaymentSummary", create=True, update=True, children="Payments")
    ] = None
    payment_authorization_id: Annotated[
        Id | None, reference("PaymentAuthorization", create=True, update=True, children="Payments")
    ] = None
    payment_gateway_id: Annotated[
        Id | None, reference("PaymentGateway", create=True, update=True, children="Payments")
    ] = None
    payment_group_id: Annotated[Id | None, reference("PaymentGroup", create=True, update=True, children="Payments")] = (
        None
    )
    payment_intent_guid: Annotated[str | None, text(create=True, idlookup=True)] = None
    payment_method_id: Annotated[
        Id | None,
        reference(
            "AlternativePaymentMethod",
            "CardPaymentMethod",
            "DigitalWallet",
            create=True,
            update=True,
            children="Payments",
        ),
    ] = None
    payment_number: Annotated[str | None, text(length=255, autonumber="P-{000000000}", idlookup=True)] = None
    phone: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None
    processing_mode: Annotated[str, picklist("Salesforce", "External", create=True, restricted=True)]
    sf_result_code: Annotated[
        str | None,
        picklist(
            "Success",
            "PermanentFail",
            "Decline",
            "RequiresReview",
            "Indeterminate",
            "SystemError",
            "ValidationError",
            create=True,
            update=True,
            restricted=True,
        ),
    ] = None
    status: Annotated[
        str, picklist("Draft", "Processed", "Canceled", "Pending", "Failed", create=True, update=True, restricted=True)
    ]
    total_applied: Annotated[
        Decimal, currency(rollup=RollUp("PaymentLineInvoice", "payment_id", "amount", where=of_type("Applied")))
    ] = ZERO
    total_payment_credit_applied: Annotated[Decimal, currency(since=65)] = ZERO
    total_payment_credit_unapplied: Annotated[Decimal, currency(since=65)] = ZERO
    total_refund_applied: Annotated[Decimal, currency(rollup=RollUp("RefundLinePayment", "payment_id", "amount"))] = (
        ZERO
    )
    total_refund_unapplied: Annotated[Decimal, currency()] = ZERO
    total_unapplied: Annotated[
        Decimal, currency(rollup=RollUp("PaymentLineInvoice", "payment_id", "amount", where=of_type("Unapplied")))
    ] = ZERO
    type: Annotated[str, picklist("Sale", "Capture", create=True, update=True, restricted=True)]
    refunded_unapplied_amount: Annotated[
        Decimal, currency(internal=True, rollup=RollUp("RefundLinePayment", "payment_id", "unapplied_amount"))
    ] = ZERO
    """Refunded money of this payment that had been applied to no invoice (decisions.md M4)."""
    open_refund_amount: Annotated[
        Decimal,
        currency(internal=True, rollup=RollUp("GatewayRequest", "payment_id", "amount", where=open_request("Refund"))),
    ] = ZERO
    """Refunds of it asked of the gateway whose outcome is not known yet."""
    gateway_request_id: Annotated[Id | None, reference("GatewayRequest", internal=True)] = None
    """The request it came of; null for what was recorded by others."""

    balance = amount_formula(lambda s: s.amount - s.net_applied - s.refunded_unapplied_amount)
    impact_amount = amount_formula(lambda s: first_match((s.status == "Canceled", 0), otherwise=-s.amount))
    net_applied = amount_formula(lambda s: s.total_applied - s.total_unapplied)
    net_payment_credit_applied = amount_formula(
        lambda s: s.total_payment_credit_applied - s.total_payment_credit_unapplied, since=65
    )
    net_refund_applied = amount_formula(lambda s: s.total_refund_applied - s.total_refund_unapplied)


class PaymentAuthorization(SObject, frozen=True, kw_only=True):
    """Payment Authorization."""

    ABOUT: ClassVar[About] = About(
        label="Payment Authorization",
        key_prefix="0Xc",
        name_field="PaymentAuthorizationNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
    )

    account_id: Annotated[
        Id | None, reference("Account", create=True, update=True, children="PaymentAuthorizations")
    ] = None
    amount: Annotated[Decimal, currency(create=True, update=True)]
    comments: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True)] = None
    date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    effective_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    email: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    expiration_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    gateway_auth_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    gateway_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    gateway_ref_details: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    gateway_ref_number: Annotated[str | None, text(create=True, update=True, length=255)] = None
    gateway_result_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    gateway_result_code_description: Annotated[str | None, text(create=True, update=True, length=255)] = None
    ip_address: Annotated[str | None, text(create=True, update=True, length=39)] = None
    mac_address: Annotated[str | None, text(create=True, update=True, length=32)] = None
    order_payment_summary_id: Annotated[
        Id | None, reference("OrderPaymentSummary", create=True, update=True, children="PaymentAuthorizations")
    ] = None
    payment_authorization_number: Annotated[
        str | None, text(length=255, autonumber="PA-{000000000}", idlookup=True)
    ] = None
    payment_gateway_id: Annotated[
        Id | None, reference("PaymentGateway", create=True, update=True, children="PaymentAuthorizations")
    ] = None
    payment_group_id: Annotated[
        Id | None, reference("PaymentGroup", create=True, update=True, children="PaymentAuthorizations")
    ] = None
    payment_intent_guid: Annotated[str | None, text(create=True, idlookup=True)] = None
    payment_method_id: Annotated[
        Id | None,
        reference(
            "AlternativePaymentMethod",
            "CardPaymentMethod",
            "DigitalWallet",
            create=True,
            update=True,
            children="PaymentAuthorizations",
        ),
    ] = None
    phone: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None
    processing_mode: Annotated[str, picklist("Salesforce", "External", create=True, restricted=True)]
    sf_result_code: Annotated[
        str | None,
        picklist(
            "Success",
            "PermanentFail",
            "Decline",
            "RequiresReview",
            "Indeterminate",
            "SystemError",
            "ValidationError",
            create=True,
            update=True,
            restricted=True,
        ),
    ] = None
    status: Annotated[
        str, picklist("Draft", "Processed", "Canceled", "Pending", "Failed", create=True, update=True, restricted=True)
    ]
    total_auth_reversal_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("PaymentAuthAdjustment", "payment_authorization_id", "amount", where=in_status("Processed"))
        ),
    ] = ZERO
    total_payment_capture_amount: Annotated[
        Decimal, currency(rollup=RollUp("Payment", "payment_authorization_id", "amount", where=in_status("Processed")))
    ] = ZERO
    open_capture_amount: Annotated[
        Decimal,
        currency(
            internal=True,
            rollup=RollUp("GatewayRequest", "payment_authorization_id", "amount", where=open_request("Capture")),
        ),
    ] = ZERO
    """Captures of it asked of the gateway whose outcome is not known yet."""
    pending_reversal_amount: Annotated[
        Decimal,
        currency(
            internal=True,
            rollup=RollUp("PaymentAuthAdjustment", "payment_authorization_id", "amount", where=pending_without_request),
        ),
    ] = ZERO
    """Reversals recorded as Pending that we have no request for."""
    open_reversal_amount: Annotated[
        Decimal,
        currency(
            internal=True,
            rollup=RollUp("GatewayRequest", "payment_authorization_id", "amount", where=open_request("Reversal")),
        ),
    ] = ZERO
    """Reversals asked of the gateway whose outcome is not known yet."""
    expiry_warned_at: Annotated[dt.datetime | None, moment(internal=True)] = None
    """When the event went out that says it will expire."""

    balance = amount_formula(lambda s: s.amount - s.total_payment_capture_amount - s.total_auth_reversal_amount)
    unsettled_reversal_amount = amount_formula(
        lambda s: s.pending_reversal_amount + s.open_reversal_amount, internal=True
    )


class PaymentAuthAdjustment(SObject, frozen=True, kw_only=True):
    """Reversal of an authorization."""

    ABOUT: ClassVar[About] = About(
        label="Payment Authorization Adjustment",
        key_prefix="9tv",
        name_field="PaymentAuthAdjustmentNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        since=51,
    )

    account_id: Annotated[
        Id | None, reference("Account", create=True, update=True, children="PaymentAuthAdjustments")
    ] = None
    amount: Annotated[Decimal, currency(create=True, update=True)]
    comments: Annotated[str | None, text("textarea", create=True, update=True)] = None
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True)] = None
    date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    effective_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    email: Annotated[str | None, text("email", create=True, update=True)] = None
    gateway_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    gateway_ref_details: Annotated[str | None, text("textarea", create=True, update=True)] = None
    gateway_ref_number: Annotated[str | None, text(create=True, update=True)] = None
    gateway_result_code: Annotated[str | None, text(create=True, update=True)] = None
    gateway_result_code_description: Annotated[str | None, text(create=True, update=True)] = None
    ip_address: Annotated[str | None, text(create=True, update=True)] = None
    mac_address: Annotated[str | None, text(create=True, update=True)] = None
    payment_auth_adjustment_number: Annotated[str | None, text(autonumber="PAA-{000000000}", idlookup=True)] = None
    payment_authorization_id: Annotated[
        Id, reference("PaymentAuthorization", create=True, update=True, children="PaymentAuthAdjustments")
    ]
    payment_intent_id: Annotated[Id | None, reference("PaymentIntent", create=True, update=True)] = None
    phone: Annotated[str | None, text("phone", create=True, update=True)] = None
    processing_mode: Annotated[str, picklist("Salesforce", "External", create=True, update=True, restricted=True)]
    sf_result_code: Annotated[
        str | None,
        picklist(
            "Success",
            "PermanentFail",
            "Decline",
            "RequiresReview",
            "Indeterminate",
            "SystemError",
            "ValidationError",
            create=True,
            update=True,
            restricted=True,
        ),
    ] = None
    status: Annotated[
        str, picklist("Draft", "Processed", "Canceled", "Pending", create=True, update=True, restricted=True)
    ]
    type: Annotated[str, picklist("Reversal", create=True, update=True, restricted=True)]
    gateway_request_id: Annotated[Id | None, reference("GatewayRequest", internal=True)] = None
    """The request it came of; null for what was recorded by others."""


class PaymentGroup(SObject, frozen=True, kw_only=True):
    """Payment Group."""

    ABOUT: ClassVar[About] = About(
        label="Payment Group",
        key_prefix="9zx",
        name_field="PaymentGroupNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
    )

    currency_iso_code: Annotated[str | None, picklist(create=True, update=True)] = None
    payment_group_number: Annotated[str | None, text(length=255, autonumber="PG-{000000000}", idlookup=True)] = None
    source_object_id: Annotated[
        Id | None, reference("Order", "Invoice", create=True, update=True, children="PaymentGroups")
    ] = None


class PaymentLineInvoice(SObject, frozen=True, kw_only=True):
    """Application of a payment to an invoice, or its reversal."""

    ABOUT: ClassVar[About] = About(
        label="Payment Line Invoice",
        key_prefix="1PL",
        name_field="PaymentLineInvoiceNumber",
        calls=frozenset({"create", "update", "query", "retrieve"}),
        root="invoice_id",
    )

    amount: Annotated[Decimal, currency(create=True)]
    applied_date: Annotated[dt.datetime | None, moment(create=True)] = None
    associated_account_id: Annotated[Id | None, reference("Account", create=True, children="PaymentLinesInvoice")] = (
        None
    )
    associated_payment_line_id: Annotated[
        Id | None, reference("PaymentLineInvoice", create=True, children="AssociatedPaymentLines")
    ] = None
    comments: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    date: Annotated[dt.datetime | None, moment(create=True)] = None
    effective_date: Annotated[dt.datetime | None, moment(create=True)] = None
    has_been_unapplied: Annotated[str, picklist("No", "Yes", "NA", create=True, restricted=True)] = "No"
    invoice_id: Annotated[Id, reference("Invoice", create=True, children="PaymentLinesInvoice", cascade=True)]
    payment_balance: Annotated[Decimal | None, currency()] = None
    payment_id: Annotated[Id, reference("Payment", create=True, children="PaymentLinesInvoice", cascade=True)]
    payment_line_invoice_number: Annotated[
        str | None, text(length=255, autonumber="PLI-{000000000}", idlookup=True)
    ] = None
    type: Annotated[str, picklist("Applied", "Unapplied", create=True, restricted=True)]
    unapplied_date: Annotated[dt.datetime | None, moment(create=True)] = None

    effective_impact_amount = amount_formula(
        lambda s: first_match((s.has_been_unapplied == "Yes", 0), otherwise=s.signed_amount)
    )
    impact_amount = amount_formula(lambda s: -s.signed_amount)
    signed_amount = amount_formula(
        lambda s: first_match((s.type == "Applied", s.amount), otherwise=-s.amount), internal=True
    )


class Refund(SObject, frozen=True, kw_only=True):
    """Refund."""

    ABOUT: ClassVar[About] = About(
        label="Refund",
        key_prefix="0cb",
        name_field="RefundNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="order_payment_summary_id",
    )

    account_id: Annotated[Id | None, reference("Account", create=True, update=True, children="Refunds")] = None
    amount: Annotated[Decimal, currency(create=True, update=True)]
    cancellation_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    cancellation_effective_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    cancellation_gateway_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    cancellation_gateway_ref_number: Annotated[str | None, text(create=True, update=True, length=255)] = None
    cancellation_gateway_result_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    cancellation_sf_result_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    client_context: Annotated[str | None, text("textarea", length=2000)] = None
    comments: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True)] = None
    date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    effective_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    email: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    gateway_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    gateway_ref_number: Annotated[str | None, text(create=True, update=True, length=255)] = None
    gateway_result_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    gateway_result_code_description: Annotated[str | None, text(create=True, update=True, length=255)] = None
    ip_address: Annotated[str | None, text(create=True, update=True, length=39)] = None
    mac_address: Annotated[str | None, text(create=True, update=True, length=32)] = None
    order_payment_summary_id: Annotated[
        Id | None, reference("OrderPaymentSummary", create=True, update=True, children="Refunds")
    ] = None
    payment_gateway_id: Annotated[
        Id | None, reference("PaymentGateway", create=True, update=True, children="Refunds")
    ] = None
    payment_group_id: Annotated[Id | None, reference("PaymentGroup", create=True, update=True, children="Refunds")] = (
        None
    )
    payment_method_id: Annotated[
        Id | None,
        reference(
            "AlternativePaymentMethod",
            "CardPaymentMethod",
            "DigitalWallet",
            create=True,
            update=True,
            children="Refunds",
        ),
    ] = None
    phone: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None
    processing_mode: Annotated[str, picklist("Salesforce", "External", create=True, restricted=True)]
    refund_number: Annotated[str | None, text(length=255, autonumber="R-{000000000}", idlookup=True)] = None
    sf_result_code: Annotated[
        str | None,
        picklist(
            "Success",
            "PermanentFail",
            "Decline",
            "RequiresReview",
            "Indeterminate",
            "SystemError",
            "ValidationError",
            create=True,
            update=True,
            restricted=True,
        ),
    ] = None
    status: Annotated[
        str, picklist("Draft", "Processed", "Canceled", "Pending", "Failed", create=True, update=True, restricted=True)
    ]
    total_applied: Annotated[Decimal, currency(rollup=RollUp("RefundLinePayment", "refund_id", "amount"))] = ZERO
    total_unapplied: Annotated[Decimal, currency()] = ZERO
    type: Annotated[str, picklist("Referenced", "NonReferenced", create=True, update=True, restricted=True)]
    credit_memo_id: Annotated[Id | None, reference("CreditMemo", internal=True)] = None
    """The credit memo it settles; none: a refund of excess funds."""
    gateway_request_id: Annotated[Id | None, reference("GatewayRequest", internal=True)] = None
    """The request it came of; null for what was recorded by others."""

    balance = amount_formula(lambda s: s.amount - s.net_applied)
    impact_amount = amount_formula(lambda s: first_match((s.status == "Canceled", 0), otherwise=s.amount))
    net_applied = amount_formula(lambda s: s.total_applied - s.total_unapplied)


class RefundLinePayment(SObject, frozen=True, kw_only=True):
    """Refund Line Payment."""

    ABOUT: ClassVar[About] = About(
        label="Refund Line Payment",
        key_prefix="0dR",
        name_field="RefundLinePaymentNumber",
        calls=frozenset({"create", "update", "query", "retrieve"}),
        root="refund_id",
    )

    amount: Annotated[Decimal, currency(create=True)]
    applied_date: Annotated[dt.datetime | None, moment(create=True)] = None
    associated_account_id: Annotated[Id | None, reference("Account", create=True, children="RefundLinePayments")] = None
    associated_refund_line_payment_id: Annotated[
        Id | None, reference("RefundLinePayment", create=True, children="RefundLinePayments")
    ] = None
    comments: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    date: Annotated[dt.datetime | None, moment(create=True)] = None
    effective_date: Annotated[dt.datetime | None, moment(create=True)] = None
    has_been_unapplied: Annotated[str, picklist("No", create=True, restricted=True)] = "No"
    payment_balance: Annotated[Decimal | None, currency()] = None
    payment_id: Annotated[Id, reference("Payment", create=True, children="RefundLinePayments", cascade=True)]
    refund_balance: Annotated[Decimal | None, currency()] = None
    refund_id: Annotated[Id, reference("Refund", create=True, children="RefundLinePayments", cascade=True)]
    refund_line_payment_number: Annotated[str | None, text(length=255, autonumber="RLP-{000000000}", idlookup=True)] = (
        None
    )
    type: Annotated[str, picklist("Applied", create=True, restricted=True)]
    unapplied_date: Annotated[dt.datetime | None, moment(create=True)] = None
    unapplied_amount: Annotated[Decimal, currency(internal=True)] = ZERO
    """The part of `amount` taken from money that was applied to no invoice."""

    effective_impact_amount = amount_formula(lambda s: s.amount)
    impact_amount = amount_formula(lambda s: s.amount)
