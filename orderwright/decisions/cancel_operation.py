"""A background operation that has moved nothing, and will not any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.errors import InvalidOperation, InvalidStatus
from orderwright.decisions.retry_operation import unsettled
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest

CANCELED = "CANCELED"


def decide_cancel_operation(
    operation: BackgroundOperation, requests: Sequence[GatewayRequest], now: dt.datetime
) -> tuple[Decision, BackgroundOperation]:
    """Return `operation` ended with Status Canceled; a job that has it in hand finds it finished and does nothing.

    `requests`: all it ever made. It can be retried later.
    Raises InvalidStatus for one that has finished, InvalidOperation for one whose money may still move.
    Source: semantics.md#15.1 knows no cancel; that only what moved nothing may be canceled is inferred.
    """
    if operation.finished_at is not None:
        raise InvalidStatus(
            f"background operation {operation.id} has finished (Status {operation.status}, Outcome "
            f"{operation.outcome}) and cannot be canceled; what it moved can be refunded",
            "status",
        )
    for request in unsettled(requests):
        raise InvalidOperation(
            f"the {request.kind} of {request.amount:f} {request.currency_iso_code} of background operation "
            f"{operation.id} may be at the gateway already ({request.state}): it can be refunded once it is known, not "
            "taken back",
            "status",
        )
    after = msgspec.structs.replace(
        operation,
        status="Canceled",
        finished_at=now,
        outcome="Failed",
        outcome_code=CANCELED,
        outcome_message="canceled before it asked a gateway for anything",
    )
    return Decision(changed=(Change(operation, after),)), after
