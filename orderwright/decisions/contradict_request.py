"""A gateway that says something else of a closed request than it said before: somebody has to look at it.

Nothing is booked on the strength of it: of two words of one gateway, one is wrong, and `orderwright reconcile` shows
which (semantics.md §15.7, inferred).
"""

from __future__ import annotations

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.funds import funds_decision, roll_up_funds
from orderwright.decisions.raise_exception import CAPTURE_FAILED, REFUND_FAILED, event_of
from orderwright.decisions.record_answer import Answer
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.objects.process_exception import ProcessException
from orderwright.objects.whole import WholeSummary

CONTRADICTION = "Gateway Contradicts Itself"


def contradicts(request: GatewayRequest, answer: Answer) -> bool:
    """Whether `answer` cannot be true of `request`, which is closed."""
    if request.state == "Succeeded":
        return answer.sf_result_code in {"Decline", "PermanentFail", "ValidationError"}
    return request.state == "Refused" and answer.sf_result_code == "Success"


def decide_contradiction(whole: WholeSummary, request: GatewayRequest, log: PaymentGatewayLog, words: str) -> Decision:
    """Return what was said as `log`, and the exception that points at it, with its event; only the log when somebody
    has yet to look at another contradiction of the same request.

    Source: semantics.md#15.7 (inferred).
    """
    ids = NewIds()
    log = msgspec.structs.replace(log, id=ids())
    funds = msgspec.structs.replace(whole.funds, logs=(*whole.funds.logs, log))
    if not any(e.gateway_request_id == request.id and e.message == CONTRADICTION for e in funds.exceptions):
        made = contradiction(request, log, words, ids())
        funds = msgspec.structs.replace(
            funds, exceptions=(*funds.exceptions, made), events=(*funds.events, event_of(made, ids()))
        )
    return funds_decision(whole, roll_up_funds(msgspec.structs.replace(whole, funds_part=funds)))


def contradiction(request: GatewayRequest, log: PaymentGatewayLog, words: str, exception_id: Id) -> ProcessException:
    """The exception of a request that its gateway contradicts in `log`."""
    # A reversal is nothing that an exception can be attached to.
    made_id = request.made_id if request.kind != "Reversal" else None
    drawn_on = request.payment_id or request.payment_authorization_id
    return ProcessException(
        id=exception_id,
        attached_to_id=made_id or request.invoice_id or drawn_on or request.order_summary_id or "",
        category="Payment",
        currency_iso_code=request.currency_iso_code,
        description=words[:2000],
        message=CONTRADICTION,
        order_summary_id=request.order_summary_id,
        exception_type=REFUND_FAILED if request.kind == "Refund" else CAPTURE_FAILED,
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
