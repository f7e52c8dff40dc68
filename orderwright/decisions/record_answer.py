"""What a gateway's answer does: the request is closed, its record appears, totals follow, a log is kept.

Called again with an answer it has recorded already it changes nothing, so a job may run twice, and a notification and a
look-up may tell the same.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import msgspec

from orderwright.decisions.announce_payment import payment_created
from orderwright.decisions.book_movement import booked
from orderwright.decisions.decision import Decision
from orderwright.decisions.finish_operation import finished
from orderwright.decisions.funds import (
    funds_decision,
    money_decision,
    operation_of,
    roll_up_funds,
    roll_up_money,
    with_operation,
)  # fmt: skip
from orderwright.decisions.raise_exception import request_failed, request_made_good
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.payment_method import CardPaymentMethod, PaymentGatewayLog
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.objects.whole import Funds, WholeSummary, find

ZERO = Decimal(0)
SfResultCode = Literal[
    "Success", "Decline", "PermanentFail", "RequiresReview", "ValidationError", "SystemError", "Indeterminate"
]


LOGGED = {"Success": "Success", "Indeterminate": "Timeout", "RequiresReview": "Initiated"}
"""PaymentGatewayLog.InteractionStatus by result code; Failed for the others."""
INTERACTIONS = {"Refund": "ReferencedRefund", "Reversal": "AuthorizationReversal"}
"""PaymentGatewayLog.InteractionType by kind of request; the kind itself for the others."""

FIRST_QUESTION, LONGEST_WAIT = dt.timedelta(seconds=15), dt.timedelta(hours=1)
"""When a request without an answer is asked about first, and how long it waits between questions at most."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway said, in the words of the log; the result code is Salesforce's.

    `accepted`: it took the request and will say later what became of it. `expires_at`: of an authorization just made.
    """

    sf_result_code: SfResultCode
    gateway_ref_number: str | None = None
    gateway_result_code: str | None = None
    gateway_message: str | None = None
    gateway_date: dt.datetime | None = None
    accepted: bool = False
    expires_at: dt.datetime | None = None
    is_notification: bool = False
    request: str = ""
    response: str = ""


def decide_record_answer(
    whole: WholeSummary,
    request_id: Id,
    answer: Answer,
    now: dt.datetime,
    *,
    may_retry: bool,
) -> Decision:
    """Return what `answer` to the open request does. Amounts: order currency, positive.

    `may_retry`: whether an answer that says nothing was sent (SystemError) leaves the request open for another try.
    It frees the amount only when every sending that was begun is known to have ended so (decisions.md M11).
    A request that is closed already changes nothing.
    Source: semantics.md#13 (capture effects, documented), semantics.md#15.4, decisions.md#M11, M12, M13.
    """
    request = find(whole.funds.requests, request_id)
    if request is None or request.state not in OPEN_REQUEST_STATES:
        return Decision()
    answered = _answered(whole.funds, request, answer, now, _state(request, answer, may_retry=may_retry))
    after = roll_up_funds(msgspec.structs.replace(whole, funds_part=answered.funds))
    after = _with_last_log(after, answered.request, answered.log)
    return funds_decision(whole, _with_operation(after, answered.request, answer, now))


def decide_record_answer_outside(
    funds: Funds, request_id: Id, answer: Answer, now: dt.datetime, *, may_retry: bool
) -> Decision:
    """As `decide_record_answer`, for money that belongs to no order.

    Source: returns-payments-inventory.yaml#payments (documented), decisions.md#M11, M13 (inferred).
    """
    request = find(funds.requests, request_id)
    if request is None or request.state not in OPEN_REQUEST_STATES:
        return Decision()
    answered = _answered(funds, request, answer, now, _state(request, answer, may_retry=may_retry))
    return money_decision(funds, roll_up_money(answered.funds))


class _Answered(NamedTuple):
    funds: Funds
    request: GatewayRequest
    log: PaymentGatewayLog


def _answered(funds: Funds, request: GatewayRequest, answer: Answer, now: dt.datetime, state: str) -> _Answered:
    ids = NewIds()
    # Totals first without the request: what is being made is no longer on its way.
    funds = roll_up_money(_replaced(funds, msgspec.structs.replace(request, state=state)))
    funds, made_id = booked(funds, request, _said(answer), state, ids, now)
    log = log_of(request, answer, made_id, ids(), now)
    after = msgspec.structs.replace(
        request,
        state=state,
        attempts=request.attempts + 1,
        unreached=request.unreached + (answer.sf_result_code == "SystemError"),
        process_after=_asked_again(request, state, now),
        sf_result_code=answer.sf_result_code,
        gateway_message=(answer.gateway_message or "")[:255] or None,
        made_id=made_id,
        log_id=log.id,
    )
    events = (*funds.events, *payment_created(after, log, made_id, ids()))
    funds = _replaced(msgspec.structs.replace(funds, logs=(*funds.logs, log), events=events), after)
    if state == "Succeeded":
        funds = request_made_good(funds, after)
    elif state in {"Refused", "Indeterminate"}:
        funds = request_failed(funds, after, log, _words(after, answer), ids)
    return _Answered(funds, after, log)


def _state(request: GatewayRequest, answer: Answer, *, may_retry: bool) -> str:
    if answer.sf_result_code == "Success":
        return "Succeeded"
    if answer.accepted:
        return "Accepted"
    # Under review the money may still move, as when no answer came: it stays pending until the gateway knows.
    if answer.sf_result_code in {"Indeterminate", "RequiresReview"}:
        return "Indeterminate"
    if answer.sf_result_code == "SystemError":
        return _unreached(request, may_retry=may_retry)
    return "Refused"


def _unreached(request: GatewayRequest, *, may_retry: bool) -> str:
    """The state after one more sending that did not reach the gateway: it says nothing of the others."""
    if request.state != "Open" or may_retry:
        return request.state
    return "Refused" if request.unreached + 1 >= request.sendings else "Indeterminate"


def _asked_again(request: GatewayRequest, state: str, now: dt.datetime) -> dt.datetime | None:
    if state in {"Succeeded", "Refused"}:
        return None
    return now + pause_before_asking(request.attempts)


def pause_before_asking(attempts: int) -> dt.timedelta:
    """How long to wait before a gateway is asked again about a request, after `attempts` times; it doubles."""
    return min(LONGEST_WAIT, FIRST_QUESTION * (1 << min(attempts, 16)))


def _replaced(funds: Funds, request: GatewayRequest) -> Funds:
    return msgspec.structs.replace(funds, requests=tuple(request if r.id == request.id else r for r in funds.requests))


def _said(answer: Answer) -> dict[str, Any]:
    return {
        "gateway_date": answer.gateway_date,
        "gateway_ref_number": answer.gateway_ref_number,
        "gateway_result_code": answer.gateway_result_code,
        "sf_result_code": answer.sf_result_code,
        "expiration_date": answer.expires_at,
    }


def log_of(
    request: GatewayRequest, answer: Answer, made_id: Id | None, log_id: Id, now: dt.datetime
) -> PaymentGatewayLog:
    """What is kept of `answer`; `made_id`: the record that came of it."""
    status = "Initiated" if answer.accepted else LOGGED.get(answer.sf_result_code, "Failed")
    return PaymentGatewayLog(
        id=log_id,
        currency_iso_code=request.currency_iso_code,
        gateway_date=answer.gateway_date or now,
        gateway_message=(answer.gateway_message or "")[:255] or None,
        gateway_ref_number=answer.gateway_ref_number,
        gateway_result_code=answer.gateway_result_code,
        interaction_status=status,
        interaction_type=INTERACTIONS.get(request.kind, request.kind),
        is_notification="Yes" if answer.is_notification else "No",
        # Documented for reversals: the log names no payment summary (returns-payments-inventory.yaml).
        order_payment_summary_id=request.order_payment_summary_id if request.kind != "Reversal" else None,
        payment_gateway_id=request.payment_gateway_id,
        referenced_entity_id=made_id or request.payment_authorization_id or request.payment_id or _card(request),
        request=answer.request,
        response=answer.response,
        sf_ref_number=request.id,
        sf_result_code=answer.sf_result_code,
    )


def _card(request: GatewayRequest) -> Id | None:
    """The payment method, if it is one that a log may refer to (data-model.yaml#PaymentGatewayLog, documented)."""
    method_id = request.payment_method_id or ""
    return method_id if method_id.startswith(CardPaymentMethod.ABOUT.key_prefix) else None


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


def _with_operation(whole: WholeSummary, request: GatewayRequest, answer: Answer, now: dt.datetime) -> WholeSummary:
    operation = operation_of(whole, request.background_operation_id or "")
    if operation is None:
        return whole
    if request.kind == "Authorization":
        # A means to an end: the operation plans its captures when it is there.
        return (
            whole if request.state == "Succeeded" else with_operation(whole, _with_failure(operation, request, answer))
        )
    if request.state == "Succeeded":
        counted = msgspec.structs.replace(operation, completed_amount=operation.completed_amount + request.amount)
    elif request.state == "Accepted":
        counted = operation
    else:
        counted = _with_failure(operation, request, answer)
    return finished(whole, counted, now)


def _with_failure(operation: BackgroundOperation, request: GatewayRequest, answer: Answer) -> BackgroundOperation:
    said = _words(request, answer)
    known = operation.outcome_message
    message = said if not known or known.endswith(said) else f"{known}; {said}"
    return msgspec.structs.replace(
        operation,
        outcome_code=answer.gateway_result_code or answer.sf_result_code,
        outcome_message=message[:4000],
    )


def _words(request: GatewayRequest, answer: Answer) -> str:
    said = f"{request.kind} of {request.amount:f} {request.currency_iso_code}: {answer.sf_result_code}"
    return f"{said} ({answer.gateway_message})" if answer.gateway_message else said
