"""A failure that somebody has to look at."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from orderwright.objects.definition import (
    About,
    Formula,
    Id,
    SObject,
    currency,
    picklist,
    reference,
    text,
)  # fmt: skip
from orderwright.objects.picklists import EXCEPTION_CATEGORIES, NEW, STANDARD
from orderwright.objects.rules import severity_category


class ProcessException(SObject, frozen=True, kw_only=True):
    """A failure that holds an order up until it is resolved; `OrderSummary.ActiveProcessExceptionCount` counts them.

    What failed stands in fields, not only in words: the fields from `Amount` on are an extension.
    """

    ABOUT: ClassVar[About] = About(
        label="Process Exception",
        key_prefix="2Pe",
        name_field="ProcessExceptionNumber",
        calls=frozenset({"create", "update", "query", "retrieve"}),
        has_owner=True,
        since=50,
        root="order_summary_id",
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    attached_to_id: Annotated[
        Id,
        reference(
            "CreditMemo",
            "FulfillmentOrder",
            "Invoice",
            "Order",
            "OrderItem",
            "OrderItemSummary",
            "OrderPaymentSummary",
            "OrderSummary",
            "Payment",
            "PaymentAuthorization",
            "Refund",
            "ReturnOrder",
            create=True,
            update=True,
            children="ProcessExceptions",
            cascade=True,
        ),
    ]
    case_id: Annotated[Id | None, reference("Case", create=True, update=True)] = None
    category: Annotated[
        str | None,
        picklist(
            "Fulfillment",
            "Invoicing",
            "Order Activation",
            "Order Approval",
            "Order To Asset",
            "Order Item Summary To Asset",
            "Order To Billing Schedule",
            "Payment",
            "Place Order",
            create=True,
            update=True,
        ),
    ] = "Order Activation"
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    external_reference: Annotated[str | None, text(create=True, update=True, length=255)] = None
    flow_orchestration_inst_rela_obj: Annotated[
        Id | None, reference("FlowOrchestrationInstRelaObj", create=True, update=True)
    ] = None
    group_by_id: Annotated[Id | None, reference("AsyncOperationTracker", create=True, update=True)] = None
    message: Annotated[str, text(create=True, update=True, length=255)]
    order_summary_id: Annotated[
        Id | None, reference("OrderSummary", create=True, update=True, children="AggregatedProcessExceptions")
    ] = None
    priority: Annotated[str | None, picklist("High", "Low", create=True, update=True)] = "Low"
    process_exception_number: Annotated[str | None, text(length=255, autonumber="PE-{00000000}", idlookup=True)] = None
    severity: Annotated[str | None, picklist("High", "Low", create=True, update=True)] = "High"
    status: Annotated[str, picklist(*STANDARD.exception_statuses, create=True, update=True)] = NEW
    status_category: Annotated[str, picklist(*EXCEPTION_CATEGORIES, restricted=True)] = "ACTIVE"
    """The category that the status had when the exception got it: stored, for what it is called is configuration."""
    exception_type: Annotated[str | None, text(length=80)] = None
    """The ExceptionType of the event that went out with it."""
    amount: Annotated[Decimal | None, currency()] = None
    payment_id: Annotated[Id | None, reference("Payment")] = None
    payment_authorization_id: Annotated[Id | None, reference("PaymentAuthorization")] = None
    order_payment_summary_id: Annotated[Id | None, reference("OrderPaymentSummary")] = None
    invoice_id: Annotated[Id | None, reference("Invoice")] = None
    credit_memo_id: Annotated[Id | None, reference("CreditMemo")] = None
    background_operation_id: Annotated[Id | None, reference("BackgroundOperation")] = None
    payment_gateway_log_id: Annotated[Id | None, reference("PaymentGatewayLog")] = None
    sf_result_code: Annotated[str | None, text(length=64)] = None
    gateway_result_code: Annotated[str | None, text(length=64)] = None
    gateway_message: Annotated[str | None, text(length=255)] = None
    gateway_request_id: Annotated[Id | None, reference("GatewayRequest", internal=True)] = None
    """The request that failed or got no answer: what is learnt of it later changes this record."""

    severity_category: ClassVar[Formula[str | None]] = Formula(
        severity_category, picklist("HIGH", "MEDIUM", "LOW", restricted=True)
    )
