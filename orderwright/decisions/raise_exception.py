"""Failures of payments as records and events: what failed, how much, on which payment and for which document.

The documented system sends the event and leaves the record to a flow of the merchant's; here the record is made with
it, so that nobody has to listen to see it (docs/why/process-exceptions.md).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id, SObject, to_wire_name
from orderwright.objects.event import Event
from orderwright.objects.identity import NewIds
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.objects.picklists import RESOLVED, SET_BY_THE_SYSTEM
from orderwright.objects.process_exception import ProcessException
from orderwright.objects.whole import Funds, WholeSummary

EVENT = "ProcessExceptionEvent"
CAPTURE_FAILED, APPLY_FAILED, REFUND_FAILED = "OM Capture Failed", "OM Apply Failed", "OM Refund Failed"
MESSAGES = {
    CAPTURE_FAILED: "Unable to Capture Payment",
    APPLY_FAILED: "Unable to Apply Payment",
    REFUND_FAILED: "Unable to Refund Payment",
}
"""Source: semantics.md#15.2, #15.3 (documented and observed); the words for refunds are inferred."""

TOLD = (
    "amount", "currency_iso_code", "payment_id", "payment_authorization_id", "order_payment_summary_id", "invoice_id",
    "credit_memo_id", "sf_result_code", "gateway_result_code", "gateway_message",
)  # fmt: skip
"""Fields of the exception that its event carries beside the documented ones: an extension."""


def request_failed(funds: Funds, request: GatewayRequest, log: PaymentGatewayLog, words: str, ids: NewIds) -> Funds:
    """`funds` with the exception of a request that was refused, or got no answer; nothing for one of no order.

    An exception of the same request that is still active is brought up to date instead.
    """
    if request.order_summary_id is None:
        return funds
    known = active_of(funds, request)
    type_ = REFUND_FAILED if request.kind == "Refund" else CAPTURE_FAILED
    attached = request.credit_memo_id or request.invoice_id or request.payment_id or request.payment_authorization_id
    made = ProcessException(
        id=known.id if known else ids(),
        attached_to_id=attached or request.order_summary_id,
        category="Payment",
        currency_iso_code=request.currency_iso_code,
        description=words[:2000],
        message=MESSAGES[type_],
        order_summary_id=request.order_summary_id,
        exception_type=type_,
        amount=request.amount,
        payment_id=request.payment_id,
        payment_authorization_id=request.payment_authorization_id,
        order_payment_summary_id=request.order_payment_summary_id,
        invoice_id=request.invoice_id,
        credit_memo_id=request.credit_memo_id,
        background_operation_id=request.background_operation_id,
        payment_gateway_log_id=log.id,
        sf_result_code=log.sf_result_code,
        gateway_result_code=log.gateway_result_code,
        gateway_message=log.gateway_message,
        gateway_request_id=request.id,
    )
    if known is not None:
        return _replaced(funds, _brought_up_to_date(known, made))
    return _with(funds, made, ids)


def operation_failed(
    whole: WholeSummary, operation: BackgroundOperation, type_: str, amount: Decimal | None, words: str, ids: NewIds
) -> WholeSummary:
    """`whole` with the exception of an operation that a rule refused, or that was given up."""
    about = operation.reference_entity_id
    made = ProcessException(
        id=ids(),
        attached_to_id=about or whole.summary.id,
        category="Payment",
        currency_iso_code=whole.summary.currency_iso_code,
        description=words[:2000],
        message=MESSAGES[type_],
        order_summary_id=whole.summary.id,
        exception_type=type_,
        amount=amount,
        invoice_id=about if type_ != REFUND_FAILED else None,
        credit_memo_id=about if type_ == REFUND_FAILED else None,
        background_operation_id=operation.id,
    )
    return msgspec.structs.replace(whole, funds_part=_with(whole.funds, made, ids))


def request_made_good(funds: Funds, request: GatewayRequest) -> Funds:
    """`funds` with the exception of a request that succeeded after all resolved."""
    known = active_of(funds, request)
    return funds if known is None else _replaced(funds, resolved(known))


def resolved(exception: ProcessException) -> ProcessException:
    """`exception`, which nobody has to look at any more."""
    return msgspec.structs.replace(exception, status=RESOLVED, status_category=SET_BY_THE_SYSTEM[RESOLVED])


def active_of(funds: Funds, request: GatewayRequest) -> ProcessException | None:
    """The active exception of this request, if there is one; that its gateway contradicts itself is another matter."""
    raised = (e for e in funds.exceptions if e.gateway_request_id == request.id)
    return next((e for e in raised if e.message in MESSAGES.values()), None)


def event_of(exception: ProcessException, event_id: Id) -> Event:
    """The event that tells of `exception`. Severity is null for payments, as documented."""
    told: dict[str, Any] = {
        "AttachedToId": exception.attached_to_id,
        "BackgroundOperationId": exception.background_operation_id,
        "Description": exception.description,
        "ExceptionType": exception.exception_type,
        "ExternalReference": exception.external_reference,
        "Message": exception.message,
        "OrderSummaryId": exception.order_summary_id,
        "Severity": None,
    }
    for name in TOLD:
        value = getattr(exception, name)
        told[to_wire_name(name)] = f"{value:f}" if isinstance(value, Decimal) else value
    return Event(id=event_id, name=EVENT, order_summary_id=exception.order_summary_id, payload=told)


def _with(funds: Funds, made: ProcessException, ids: NewIds) -> Funds:
    return msgspec.structs.replace(
        funds, exceptions=(*funds.exceptions, made), events=(*funds.events, event_of(made, ids()))
    )


_LEARNT = ("description", "payment_gateway_log_id", "sf_result_code", "gateway_result_code", "gateway_message")


def _brought_up_to_date(known: ProcessException, made: ProcessException) -> ProcessException:
    return msgspec.structs.replace(known, **{name: getattr(made, name) for name in _LEARNT})


def _replaced(funds: Funds, exception: ProcessException) -> Funds:
    records: tuple[SObject, ...] = tuple(exception if e.id == exception.id else e for e in funds.exceptions)
    return msgspec.structs.replace(funds, exceptions=records)
