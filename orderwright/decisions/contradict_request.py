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
from orderwright.objects.identity import NewIds
from orderwright.objects.process_exception import ProcessException
from orderwright.objects.whole import WholeSummary

CONTRADICTION = "Gateway Contradicts Itself"


def contradicts(request: GatewayRequest, answer: Answer) -> bool:
    """Whether `answer` cannot be true of `request`, which is closed."""
    if request.state == "Succeeded":
        return answer.sf_result_code in {"Decline", "PermanentFail", "ValidationError"}
    return request.state == "Refused" and answer.sf_result_code == "Success"


def decide_contradiction(whole: WholeSummary, request: GatewayRequest, words: str) -> Decision:
    """Return the exception that says so, with its event; nothing when it is there already.

    Source: semantics.md#15.7 (inferred).
    """
    if any(e.gateway_request_id == request.id and e.message == CONTRADICTION for e in whole.funds.exceptions):
        return Decision()
    ids = NewIds()
    made = contradiction(request, words, ids)
    funds = msgspec.structs.replace(
        whole.funds,
        exceptions=(*whole.funds.exceptions, made),
        events=(*whole.funds.events, event_of(made, ids())),
    )
    return funds_decision(whole, roll_up_funds(msgspec.structs.replace(whole, funds_part=funds)))


def contradiction(request: GatewayRequest, words: str, ids: NewIds) -> ProcessException:
    """The exception of a request that its gateway contradicts."""
    attached = request.made_id if request.made_id and not request.made_id.startswith("9tv") else None
    return ProcessException(
        id=ids(),
        attached_to_id=attached or request.invoice_id or request.payment_authorization_id or request.payment_id or "",
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
        gateway_request_id=request.id,
    )
