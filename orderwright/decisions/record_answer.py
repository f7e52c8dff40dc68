"""What a gateway's answer does: the request is closed, the Payment or Refund appears, totals follow, a log is kept.

Called again with an answer it has recorded already it changes nothing, so a job may run twice.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.ensure_funds import application
from orderwright.decisions.ensure_refunds import taken_from_unapplied
from orderwright.decisions.finish_operation import finished
from orderwright.decisions.funds import funds_decision, operation_of, roll_up_funds
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.payment import Payment, PaymentLineInvoice, Refund, RefundLinePayment
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.objects.whole import Funds, WholeSummary, find

ZERO = Decimal(0)
SfResultCode = Literal[
    "Success", "Decline", "PermanentFail", "RequiresReview", "ValidationError", "SystemError", "Indeterminate"
]


LOGGED = {"Success": "Success", "Indeterminate": "Timeout", "RequiresReview": "Initiated"}
"""PaymentGatewayLog.InteractionStatus by result code; Failed for the others."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway said, in the words of the log; the result code is Salesforce's."""

    sf_result_code: SfResultCode
    gateway_ref_number: str | None = None
    gateway_result_code: str | None = None
    gateway_message: str | None = None
    gateway_date: dt.datetime | None = None
    request: str = ""
    response: str = ""


def decide_record_answer(
    whole: WholeSummary, request_id: Id, answer: Answer, now: dt.datetime, *, may_retry: bool
) -> Decision:
    """Return what `answer` to the open request does. Amounts: order currency, positive.

    `may_retry`: whether an answer that says nothing was sent (SystemError) leaves the request open for another try.
    A request that is closed already changes nothing.
    Source: semantics.md#13 (capture effects, documented), semantics.md#15.4, decisions.md#M11, M12, M13.
    """
    request = find(whole.funds.requests, request_id)
    if request is None or request.state not in OPEN_REQUEST_STATES:
        return Decision()
    ids = NewIds()
    state = _state(answer, may_retry=may_retry)
    whole = _closed(whole, request, answer, state)
    after, moved_id = whole, None
    if state == "Succeeded":
        after, moved_id = _moved(whole, request, answer, ids, now)
    log = _log(request, answer, moved_id, ids(), now)
    after = _with_last_log(roll_up_funds(after), request, log)
    after = _with_operation(after, request, answer, state, now)
    return funds_decision(_reopened(whole, request), after, extra=(log,))


def _state(answer: Answer, *, may_retry: bool) -> str:
    if answer.sf_result_code == "Success":
        return "Succeeded"
    # Under review the money may still move, as when no answer came: it stays pending until the gateway knows.
    if answer.sf_result_code in {"Indeterminate", "RequiresReview"}:
        return "Indeterminate"
    if answer.sf_result_code == "SystemError" and may_retry:
        return "Open"
    return "Refused"


def _replaced(whole: WholeSummary, request: GatewayRequest) -> WholeSummary:
    funds = whole.funds
    requests = tuple(request if r.id == request.id else r for r in funds.requests)
    return msgspec.structs.replace(whole, funds_part=msgspec.structs.replace(funds, requests=requests))


def _closed(whole: WholeSummary, request: GatewayRequest, answer: Answer, state: str) -> WholeSummary:
    answered = msgspec.structs.replace(
        request,
        state=state,
        attempts=request.attempts + 1,
        sf_result_code=answer.sf_result_code,
        gateway_message=(answer.gateway_message or "")[:255] or None,
    )
    return _replaced(whole, answered)


def _reopened(whole: WholeSummary, request: GatewayRequest) -> WholeSummary:
    """`whole` as it was loaded: what the decision is compared with."""
    return _replaced(whole, request)


def _moved(
    whole: WholeSummary, request: GatewayRequest, answer: Answer, ids: NewIds, now: dt.datetime
) -> tuple[WholeSummary, Id]:
    funds = whole.funds
    if request.kind == "Capture":
        payment = _payment(whole, request, answer, ids(), now)
        lines = _application(whole, request, payment, ids, now)
        funds = msgspec.structs.replace(
            funds, payments=(*funds.payments, payment), payment_lines=(*funds.payment_lines, *lines)
        )
        return msgspec.structs.replace(whole, funds_part=funds), payment.id
    refund = _refund(whole, request, answer, ids(), now)
    line = _refund_line(funds, request, refund, ids(), now)
    funds = msgspec.structs.replace(funds, refunds=(*funds.refunds, refund), refund_lines=(*funds.refund_lines, line))
    return msgspec.structs.replace(whole, funds_part=funds), refund.id


def _payment(whole: WholeSummary, request: GatewayRequest, answer: Answer, payment_id: Id, now: dt.datetime) -> Payment:
    authorization = find(whole.funds.authorizations, request.payment_authorization_id)
    return Payment(
        id=payment_id,
        account_id=whole.summary.account_id,
        amount=request.amount,
        currency_iso_code=request.currency_iso_code,
        date=now,
        effective_date=now,
        gateway_date=answer.gateway_date,
        gateway_ref_number=answer.gateway_ref_number,
        gateway_result_code=answer.gateway_result_code,
        order_payment_summary_id=request.order_payment_summary_id,
        payment_authorization_id=request.payment_authorization_id,
        payment_gateway_id=request.payment_gateway_id,
        payment_group_id=authorization.payment_group_id if authorization else None,
        payment_method_id=authorization.payment_method_id if authorization else None,
        processing_mode="Salesforce",
        sf_result_code="Success",
        status="Processed",
        type="Capture",
    )


def _application(
    whole: WholeSummary, request: GatewayRequest, payment: Payment, ids: NewIds, now: dt.datetime
) -> list[PaymentLineInvoice]:
    """The captured money applied to its invoice, as far as that still needs it; the rest stays as the payment's
    balance.
    """
    invoice = find(whole.funds.invoices, request.invoice_id)
    amount = min(payment.amount, max(ZERO, invoice.balance)) if invoice else ZERO
    return [application(invoice, payment.id, amount, ids(), now)] if invoice and amount else []


def _refund(whole: WholeSummary, request: GatewayRequest, answer: Answer, refund_id: Id, now: dt.datetime) -> Refund:
    payment = find(whole.funds.payments, request.payment_id)
    return Refund(
        id=refund_id,
        account_id=whole.summary.account_id,
        amount=request.amount,
        currency_iso_code=request.currency_iso_code,
        date=now,
        effective_date=now,
        gateway_date=answer.gateway_date,
        gateway_ref_number=answer.gateway_ref_number,
        gateway_result_code=answer.gateway_result_code,
        order_payment_summary_id=request.order_payment_summary_id,
        payment_gateway_id=request.payment_gateway_id,
        payment_method_id=payment.payment_method_id if payment else None,
        processing_mode="Salesforce",
        sf_result_code="Success",
        status="Processed",
        type="Referenced",
        credit_memo_id=request.credit_memo_id,
    )


def _refund_line(
    funds: Funds, request: GatewayRequest, refund: Refund, line_id: Id, now: dt.datetime
) -> RefundLinePayment:
    payment = next(p for p in funds.payments if p.id == request.payment_id)
    unapplied = taken_from_unapplied(payment, refund.amount, excess=request.credit_memo_id is None)
    return RefundLinePayment(
        id=line_id,
        amount=refund.amount,
        applied_date=now,
        associated_account_id=refund.account_id,
        date=now,
        effective_date=now,
        payment_id=payment.id,
        refund_id=refund.id,
        type="Applied",
        unapplied_amount=unapplied,
    )


def _log(
    request: GatewayRequest, answer: Answer, moved_id: Id | None, log_id: Id, now: dt.datetime
) -> PaymentGatewayLog:
    status = LOGGED.get(answer.sf_result_code, "Failed")
    return PaymentGatewayLog(
        id=log_id,
        currency_iso_code=request.currency_iso_code,
        gateway_date=answer.gateway_date or now,
        gateway_message=(answer.gateway_message or "")[:255] or None,
        gateway_ref_number=answer.gateway_ref_number,
        gateway_result_code=answer.gateway_result_code,
        interaction_status=status,
        interaction_type="Capture" if request.kind == "Capture" else "ReferencedRefund",
        order_payment_summary_id=request.order_payment_summary_id,
        payment_gateway_id=request.payment_gateway_id,
        referenced_entity_id=moved_id or request.payment_authorization_id or request.payment_id,
        request=answer.request,
        response=answer.response,
        sf_ref_number=request.id,
        sf_result_code=answer.sf_result_code,
    )


def _with_last_log(whole: WholeSummary, request: GatewayRequest, log: PaymentGatewayLog) -> WholeSummary:
    return msgspec.structs.replace(
        whole,
        payment_summaries=tuple(
            msgspec.structs.replace(
                summary,
                last_payment_gateway_log_id=log.id,
                last_payment_gateway_message=log.gateway_message or log.sf_result_code,
            )
            if summary.id == request.order_payment_summary_id
            else summary
            for summary in whole.payment_summaries
        ),
    )


def _with_operation(
    whole: WholeSummary, request: GatewayRequest, answer: Answer, state: str, now: dt.datetime
) -> WholeSummary:
    operation = operation_of(whole, request.background_operation_id or "")
    if operation is None:
        return whole
    if state == "Succeeded":
        counted = msgspec.structs.replace(operation, completed_amount=operation.completed_amount + request.amount)
    else:
        counted = _with_failure(operation, request, answer)
    return finished(whole, counted, now)


def _with_failure(operation: BackgroundOperation, request: GatewayRequest, answer: Answer) -> BackgroundOperation:
    said = f"{request.kind} of {request.amount} {request.currency_iso_code}: {answer.sf_result_code}"
    if answer.gateway_message:
        said += f" ({answer.gateway_message})"
    message = f"{operation.outcome_message}; {said}" if operation.outcome_message else said
    return msgspec.structs.replace(
        operation,
        outcome_code=answer.gateway_result_code or answer.sf_result_code,
        outcome_message=message[:4000],
    )
