"""When a background operation is done, and what came of it in words (decisions.md M14)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from orderwright.decisions.errors import Refusal
from orderwright.decisions.funds import with_operation
from orderwright.objects.background_operation import BackgroundOperation
from orderwright.objects.whole import WholeSummary

ZERO = Decimal(0)


def finished(whole: WholeSummary, operation: BackgroundOperation, now: dt.datetime) -> WholeSummary:
    """`whole` with `operation` Complete when none of its requests is open any more; else as it is."""
    mine = [request for request in whole.funds.requests if request.background_operation_id == operation.id]
    if any(request.state == "Open" for request in mine):
        return with_operation(whole, operation)
    came_of_it = outcome(operation, unknown=any(request.state == "Indeterminate" for request in mine))
    # A failure that was made good later, as a request without an answer that is found, is not what came of it.
    made_good = came_of_it == "Succeeded"
    done = msgspec.structs.replace(
        operation,
        status="Complete",
        finished_at=now,
        outcome=came_of_it,
        outcome_code=None if made_good else operation.outcome_code,
        outcome_message=_plain(operation) if made_good else operation.outcome_message or _plain(operation),
    )
    return with_operation(whole, done)


def outcome(operation: BackgroundOperation, *, unknown: bool) -> str:
    """How much of what was asked came about."""
    if unknown:
        return "Unknown"
    if operation.completed_amount >= operation.requested_amount:
        return "Succeeded"
    return "PartlySucceeded" if operation.completed_amount > ZERO else "Failed"


def _plain(operation: BackgroundOperation) -> str:
    return (
        f"{operation.completed_amount} of {operation.requested_amount} {operation.currency_iso_code or ''} done"
    ).strip()


def refused(operation: BackgroundOperation, refusal: Refusal, now: dt.datetime) -> BackgroundOperation:
    """`operation` ended by a rule before anything was asked of a gateway: Status Error, with the rule's words."""
    return msgspec.structs.replace(
        operation,
        status="Error",
        started_at=operation.started_at or now,
        finished_at=now,
        attempts=operation.attempts + 1,
        error=refusal.message[:1000],
        outcome="Failed",
        outcome_code=refusal.code,
        outcome_message=refusal.message,
    )


def gave_up(operation: BackgroundOperation, why: str, now: dt.datetime) -> BackgroundOperation:
    """`operation` ended because it kept failing: it stays visible, with Status Error and the reason."""
    return msgspec.structs.replace(
        operation,
        status="Error",
        finished_at=now,
        error=why[:1000],
        outcome="Failed" if not operation.completed_amount else "PartlySucceeded",
        outcome_code="UNKNOWN_EXCEPTION",
        outcome_message=why[:4000],
    )
