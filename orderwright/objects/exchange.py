"""What joins an order summary to others: exchanges, shared payments, and orders that wait to become one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar

from orderwright.objects.definition import (
    About,
    Id,
    SObject,
    currency,
    moment,
    picklist,
    reference,
    text,
)

ZERO = Decimal(0)


class OrderSummaryRelationship(SObject, frozen=True, kw_only=True):
    """Order Summary Relationship."""

    ABOUT: ClassVar[About] = About(
        label="Order Summary Relationship",
        key_prefix="20s",
        name_field="Name",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        since=60,
        root="main_order_summary_id",
    )

    main_order_summary_id: Annotated[Id, reference("OrderSummary", create=True)]
    associated_order_summary_id: Annotated[Id, reference("OrderSummary", create=True)]
    root_order_summary_id: Annotated[Id, reference("OrderSummary", create=True)]
    main_attached_to_id: Annotated[Id | None, reference("Order", "ReturnOrder", create=True, update=True)] = None
    associated_relationship_type: Annotated[str, picklist("Exchange", create=True, update=True, restricted=True)]
    associated_order_summary_status: Annotated[
        str | None,
        picklist("Activated", "Approved", "Canceled", "Created", "Fulfilled", "Returned", "Waiting to Fulfill"),
    ] = "Created"
    name: Annotated[str | None, text(autonumber="OSR-{000000000}", idlookup=True)] = None


class OrderPaymentSummaryReference(SObject, frozen=True, kw_only=True):
    """Order Payment Summary Reference."""

    ABOUT: ClassVar[About] = About(
        label="Order Payment Summary Reference",
        key_prefix="2Pr",
        name_field="Method",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        since=60,
        root="order_summary_id",
    )

    order_payment_summary_id: Annotated[Id, reference("OrderPaymentSummary", create=True)]
    order_summary_id: Annotated[Id, reference("OrderSummary", create=True)]
    method: Annotated[str, text(create=True, update=True, idlookup=True)]
    type: Annotated[str, picklist("Shared", create=True, update=True, restricted=True)]
    authorization_amount: Annotated[Decimal | None, currency()] = None
    captured_amount: Annotated[Decimal | None, currency()] = None
    refunded_amount: Annotated[Decimal | None, currency()] = None
    reserved_balance_amount: Annotated[Decimal, currency(create=True, update=True)] = ZERO
    reserved_balance_total_amount: Annotated[Decimal, currency(create=True, update=True)] = ZERO


class PendingOrderSummary(SObject, frozen=True, kw_only=True):
    """Pending Order Summary."""

    ABOUT: ClassVar[About] = About(
        label="Pending Order Summary",
        key_prefix="29s",
        name_field="OrderNumber",
        calls=frozenset({"create", "query", "retrieve"}),
        since=55,
    )

    external_reference_identifier: Annotated[str | None, text()] = None
    order_number: Annotated[str | None, text()] = None
    ordered_date: Annotated[dt.datetime | None, moment()] = None
    account_id: Annotated[Id | None, reference("Account")] = None
    bill_to_contact_id: Annotated[Id | None, reference("Contact")] = None
    billing_email_address: Annotated[str | None, text("email")] = None
    billing_phone_number: Annotated[str | None, text("phone")] = None
    shopper_name: Annotated[str | None, text()] = None
    grand_total_amount: Annotated[Decimal | None, currency()] = None
    sales_channel_id: Annotated[Id | None, reference("SalesChannel")] = None
    sales_store_id: Annotated[Id | None, reference("WebStore")] = None
    payload: Annotated[str | None, text("textarea")] = None
    payload_type: Annotated[str | None, picklist()] = None
    processing_instructions: Annotated[str | None, text("textarea")] = None
