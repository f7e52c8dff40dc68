"""Work that happens later, and the record of each request to a payment gateway."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import msgspec

from orderwright.objects.definition import (
    About,
    Field,
    Id,
    SObject,
    currency,
    moment,
    picklist,
    reference,
    text,
    whole,
)  # fmt: skip

ZERO = Decimal(0)


class BackgroundOperation(SObject, frozen=True, kw_only=True):
    """One piece of work asked for by an asynchronous action, and how it went.

    `Status` says that the run finished, as documented; what came of it stands in the extension fields `Outcome`,
    `OutcomeCode`, `OutcomeMessage`, `RequestedAmount` and `CompletedAmount`, always filled (decisions.md M14).
    """

    ABOUT: ClassVar[About] = About(
        label="Background Operation", key_prefix="08P", calls=frozenset({"query", "retrieve"}), root="order_summary_id"
    )

    name: Annotated[str, text(length=255)]
    type: Annotated[str, text(length=255)]
    status: Annotated[
        str,
        picklist("New", "Scheduled", "Canceled", "Merged", "Waiting", "Running", "Error", "Complete", restricted=True),
    ] = "New"
    submitted_at: Annotated[dt.datetime | None, moment()] = None
    started_at: Annotated[dt.datetime | None, moment()] = None
    finished_at: Annotated[dt.datetime | None, moment()] = None
    process_after: Annotated[dt.datetime | None, moment()] = None
    error: Annotated[str | None, text("textarea", length=1000)] = None
    retry_count: Annotated[int, whole()] = 0
    retry_limit: Annotated[int, whole()] = 5
    attempts: Annotated[int, whole()] = 0
    outcome: Annotated[
        str, picklist("Pending", "Succeeded", "PartlySucceeded", "Failed", "Unknown", restricted=True)
    ] = "Pending"
    outcome_code: Annotated[str | None, text(length=80)] = None
    outcome_message: Annotated[str | None, text("textarea", length=4000)] = None
    requested_amount: Annotated[Decimal, currency()] = ZERO
    completed_amount: Annotated[Decimal, currency()] = ZERO
    currency_iso_code: Annotated[str | None, picklist()] = None
    order_summary_id: Annotated[Id, reference("OrderSummary", children="BackgroundOperations")]
    reference_entity_id: Annotated[Id | None, reference("Invoice", "CreditMemo")] = None
    input: Annotated[dict[str, Any], Field("json", internal=True)] = msgspec.field(default_factory=dict)
    """What was asked, by record names; amounts as text."""
    tries: Annotated[int, whole(internal=True)] = 0
    """How often this run was tried in vain."""
    handed_at: Annotated[dt.datetime | None, moment(internal=True)] = None
    """When the relay gave it to the queue (decisions.md S9)."""


class GatewayRequest(SObject, frozen=True, kw_only=True):
    """The intent to move money: durable before the gateway is called, closed when its answer is known (M13).

    Its id is the idempotency key, so the gateway sees one request however often it is sent. One that is made for no
    order lies beside the authorization or payment it draws on, or alone.

    `state`: Open, nothing is known of it yet, it may not even have been sent; Indeterminate, no answer came; Accepted,
    the gateway took it and will say later what became of it; Succeeded or Refused, for good.
    """

    ABOUT: ClassVar[About] = About(
        label="Gateway Request", key_prefix="9gR", name_field="Id", internal=True, root="order_summary_id"
    )

    kind: Annotated[
        str, picklist("Authorization", "PostAuth", "Capture", "Reversal", "Sale", "Refund", restricted=True)
    ]
    state: Annotated[str, picklist("Open", "Indeterminate", "Accepted", "Succeeded", "Refused", restricted=True)] = (
        "Open"
    )
    amount: Annotated[Decimal, currency()]
    currency_iso_code: Annotated[str, picklist()]
    order_summary_id: Annotated[Id | None, reference("OrderSummary")] = None
    order_payment_summary_id: Annotated[Id | None, reference("OrderPaymentSummary")] = None
    background_operation_id: Annotated[Id | None, reference("BackgroundOperation")] = None
    payment_authorization_id: Annotated[Id | None, reference("PaymentAuthorization")] = None
    payment_id: Annotated[Id | None, reference("Payment")] = None
    invoice_id: Annotated[Id | None, reference("Invoice")] = None
    credit_memo_id: Annotated[Id | None, reference("CreditMemo")] = None
    payment_gateway_id: Annotated[Id | None, reference("PaymentGateway")] = None
    payment_method_id: Annotated[
        Id | None, reference("AlternativePaymentMethod", "CardPaymentMethod", "DigitalWallet")
    ] = None
    attempts: Annotated[int, whole()] = 0
    sendings: Annotated[int, whole()] = 1
    """How often it was begun to be sent; the first time counts when it is made."""
    unreached: Annotated[int, whole()] = 0
    """How many of these are known to have ended before the gateway was reached."""
    process_after: Annotated[dt.datetime | None, moment()] = None
    """When whoever finds it unsettled asks the gateway about it; null: the operation that made it sees to that."""
    sf_result_code: Annotated[str | None, text(length=64)] = None
    gateway_message: Annotated[str | None, text(length=255)] = None
    made_id: Annotated[Id | None, reference("Payment", "PaymentAuthAdjustment", "PaymentAuthorization", "Refund")] = (
        None
    )
    """The record that came of it."""
    log_id: Annotated[Id | None, reference("PaymentGatewayLog")] = None
    """The log of what the gateway said last."""
    details: Annotated[dict[str, Any], Field("json", internal=True)] = msgspec.field(default_factory=dict)
    """What the record that comes of it will say beside the money, by record names: comments, dates, who asked."""
