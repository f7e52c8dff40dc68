"""When a background operation is done, and what came of it in words (decisions.md M14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import Refusal
from orderwright.decisions.funds import funds_decision, roll_up_funds, with_operation
from orderwright.decisions.raise_exception import CAPTURE_FAILED, REFUND_FAILED, operation_failed
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.identity import NewIds
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.objects.whole import WholeSummary, find

ZERO = Decimal(0)


def finished(whole: WholeSummary, operation: BackgroundOperation, now: dt.datetime) -> WholeSummary:
    """`whole` with `operation` Complete when none of its requests is open any more; else as it is."""
    mine = _moving(whole, operation)
    states = {request.state for request in mine}
    if "Open" in states:
        return with_operation(whole, operation)
    came_of_it = outcome(operation, states)
    # A failure that was made good later, as a request without an answer that is found, is not what came of it.
    made_good = came_of_it == "Succeeded"
    plain = _plain(whole, operation, sum((r.amount for r in mine if r.state == "Accepted"), ZERO))
    done = msgspec.structs.replace(
        operation,
        status="Complete",
        finished_at=operation.finished_at or now,
        process_after=None,
        # Each try counts when it ends; what is learnt after that is no further one.
        attempts=operation.attempts + (operation.finished_at is None),
        outcome=came_of_it,
        outcome_code=None if made_good else operation.outcome_code,
        outcome_message=plain if made_good else operation.outcome_message or plain,
    )
    return with_operation(whole, done)


def _moving(whole: WholeSummary, operation: BackgroundOperation) -> list[GatewayRequest]:
    """The operation's requests whose money is what it was asked for: a new authorization is only a means to it."""
    return [r for r in whole.funds.requests if r.background_operation_id == operation.id and r.kind != "Authorization"]


def outcome(operation: BackgroundOperation, states: Collection[str] = ()) -> str:
    """How much of what was asked came about; Pending while the gateway has yet to say. `states`: of its requests."""
    if "Indeterminate" in states:
        return "Unknown"
    if "Accepted" in states:
        return "Pending"
    if operation.completed_amount >= operation.requested_amount:
        return "Succeeded"
    return "PartlySucceeded" if operation.completed_amount > ZERO else "Failed"


def _plain(whole: WholeSummary, operation: BackgroundOperation, accepted: Decimal) -> str:
    code = operation.currency_iso_code or ""
    if not operation.requested_amount:
        return _nothing_asked(whole, operation, code)
    said = f"{operation.completed_amount:f} of {operation.requested_amount:f} {code} done".strip()
    return f"{said}; {accepted:f} {code} taken by the gateway, which says later what became of it" if accepted else said


def _nothing_asked(whole: WholeSummary, operation: BackgroundOperation, code: str) -> str:
    """Why there was nothing to ask for: it is settled, or all of it is on its way already."""
    on_its_way = sum(
        (
            request.amount
            for request in whole.funds.requests
            if request.state in OPEN_REQUEST_STATES
            and operation.reference_entity_id in {request.invoice_id, request.credit_memo_id}
        ),
        ZERO,
    )
    if on_its_way:
        return (
            f"nothing was left to ask for: {on_its_way:f} {code} of it was asked for before, and what became of that "
            "is not known yet"
        )
    return "nothing was left to ask for: it is settled already"


def decide_refuse_operation(
    whole: WholeSummary, operation: BackgroundOperation, refusal: Refusal, now: dt.datetime
) -> Decision:
    """Return `operation` ended by a rule before anything was asked of a gateway, with the exception that says so.

    Status Error, with the rule's words.
    Source: decisions.md#M14, semantics.md#15.2, #18 (documented).
    """
    ended = msgspec.structs.replace(
        operation,
        status="Error",
        started_at=operation.started_at or now,
        finished_at=now,
        process_after=None,
        attempts=operation.attempts + 1,
        error=refusal.message[:1000],
        outcome="Failed",
        outcome_code=refusal.code,
        outcome_message=refusal.message,
    )
    return _failed(whole, ended, refusal.message)


def decide_give_up(whole: WholeSummary, operation: BackgroundOperation, why: str, now: dt.datetime) -> Decision:
    """Return `operation` ended because it kept failing: it stays visible, with Status Error and the reason.

    Requests of it that are still open are asked about all the same, and what they come to is added to it.
    Source: semantics.md#15.7 (inferred).
    """
    may_move = any(r.state in OPEN_REQUEST_STATES for r in _moving(whole, operation))
    ended = msgspec.structs.replace(
        operation,
        status="Error",
        finished_at=now,
        process_after=None,
        error=why[:1000],
        attempts=operation.attempts + 1,
        outcome="Unknown" if may_move else outcome(operation) if operation.completed_amount else "Failed",
        outcome_code="UNKNOWN_EXCEPTION",
        outcome_message=why[:4000],
    )
    return _failed(whole, ended, why)


def _failed(whole: WholeSummary, ended: BackgroundOperation, words: str) -> Decision:
    type_, amount = _what_failed(whole, ended)
    after = operation_failed(with_operation(whole, ended), ended, type_, amount, words, NewIds())
    return funds_decision(whole, roll_up_funds(after))


def _what_failed(whole: WholeSummary, operation: BackgroundOperation) -> tuple[str, Decimal | None]:
    """The type of the exception, and the amount that is left to capture or refund; None when nobody knows it."""
    type_ = REFUND_FAILED if operation.type == "EnsureRefunds" else CAPTURE_FAILED
    if operation.requested_amount:
        return type_, operation.requested_amount - operation.completed_amount
    about = operation.reference_entity_id
    invoice, memo = find(whole.funds.invoices, about), find(whole.credit_memos, about)
    if invoice is not None:
        return type_, invoice.balance - invoice.open_capture_amount
    excess = Decimal(operation.input.get("excess_funds_amount", 0))
    return type_, (memo.balance - memo.open_refund_amount if memo else ZERO) + excess or None
