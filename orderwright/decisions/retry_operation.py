"""A background operation that did not succeed runs again: the same record, planned anew.

The job plans from what is open now, so an invoice or a credit memo is never paid twice. What the request itself limits
is different: an amount of excess funds, and the caps of `sequences`. Of these, what the last run moved is taken off
before the next one, or a retry would move it again (semantics.md §14.8).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.errors import InvalidOperation, InvalidStatus
from orderwright.decisions.plan_funds import FundsSequence, FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.start_operation import ENSURE_FUNDS, ENSURE_REFUNDS
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.rules import OPEN_REQUEST_STATES

ZERO = Decimal(0)
AUTHORIZATION = "Authorization"
"""The kind of request that is only a means to a capture: it moves nothing of what an operation was asked for."""
EARLIER = "earlier_requests"
"""Where an operation's input keeps the ids of the gateway requests of the runs before the last one."""


def decide_retry_operation(
    operation: BackgroundOperation, requests: Sequence[GatewayRequest]
) -> tuple[Decision, BackgroundOperation]:
    """Return `operation` as if it had just been asked for, with what is left of its wishes; its attempts are kept.

    `requests`: all it ever made. Its amounts begin at zero again: they say what the next run asks for and gets. One
    whose money may still move goes on with the same run: its gateway is asked again first.
    Raises InvalidStatus for one that has not finished or has succeeded, InvalidOperation for one of whose wishes
    nothing is left or cannot be told.
    Source: decisions.md#M12, semantics.md#15.8 (a new run takes what is still open, observed); that it is the same
    record is inferred.
    """
    check_retryable(operation)
    if any(request.kind != AUTHORIZATION for request in unsettled(requests)):
        return _resumed(operation)
    after = msgspec.structs.replace(
        operation,
        status="New",
        outcome="Pending",
        outcome_code=None,
        outcome_message=None,
        error=None,
        started_at=None,
        finished_at=None,
        process_after=None,
        handed_at=None,
        tries=0,
        retry_count=operation.retry_count + 1,
        requested_amount=ZERO,
        completed_amount=ZERO,
        input=_input_left(operation, requests),
    )
    return Decision(changed=(Change(operation, after),)), after


def check_retryable(operation: BackgroundOperation) -> None:
    """Refuse an operation that runs, or that has succeeded."""
    if operation.finished_at is None:
        raise InvalidStatus(
            f"background operation {operation.id} has not finished (Status {operation.status}), and tries again by "
            "itself what may be tried again",
            "status",
        )
    if operation.outcome == "Succeeded":
        raise InvalidStatus(f"background operation {operation.id} has succeeded: nothing is left to retry", "outcome")


def _resumed(operation: BackgroundOperation) -> tuple[Decision, BackgroundOperation]:
    """The same run goes on: what became of its requests is asked about, and nothing new is planned before that is
    known, or it could move twice.
    """
    after = msgspec.structs.replace(
        operation,
        status="Running",
        outcome="Pending",
        error=None,
        finished_at=None,
        process_after=None,
        handed_at=None,
        tries=0,
        retry_count=operation.retry_count + 1,
    )
    return Decision(changed=(Change(operation, after),)), after


def unsettled(requests: Iterable[GatewayRequest]) -> list[GatewayRequest]:
    """The requests whose money may still move."""
    return [request for request in requests if request.state in OPEN_REQUEST_STATES]


def last_run(operation: BackgroundOperation, requests: Iterable[GatewayRequest]) -> list[GatewayRequest]:
    """The captures and refunds of the operation that no retry has come after."""
    earlier = set(operation.input.get(EARLIER, ()))
    return [request for request in requests if request.id not in earlier and request.kind != AUTHORIZATION]


def applied_before(operation: BackgroundOperation, run: Iterable[GatewayRequest]) -> Decimal:
    """What the last run took from money that was captured before; order currency, not negative.

    All of an operation's completed amount that no capture or refund of it brought.
    """
    moved = sum((request.amount for request in run if request.state == "Succeeded"), ZERO)
    return max(ZERO, operation.completed_amount - moved)


def _input_left(operation: BackgroundOperation, requests: Sequence[GatewayRequest]) -> dict[str, Any]:
    run = last_run(operation, requests)
    if operation.type == ENSURE_FUNDS:
        left: FundsWishes | RefundWishes = _funds_left(operation, run)
    elif operation.type == ENSURE_REFUNDS:
        left = _refunds_left(operation, run)
    else:
        raise InvalidOperation(f"nobody knows operations of type {operation.type}", "type")
    return {**msgspec.to_builtins(left), EARLIER: [request.id for request in requests]}


def _funds_left(operation: BackgroundOperation, run: Sequence[GatewayRequest]) -> FundsWishes:
    wishes = msgspec.convert(operation.input, FundsWishes)
    capped = any(sequence.amount for sequence in wishes.sequences)
    if wishes.is_allow_partial and capped and applied_before(operation, run):
        raise InvalidOperation(
            f"background operation {operation.id} applied money captured before, and does not know to which of its "
            "sequences it belongs; ask for funds again with the sequences that are left",
            "sequences",
        )
    return msgspec.structs.replace(wishes, sequences=_sequences_left(operation, wishes, run))


def _refunds_left(operation: BackgroundOperation, run: Sequence[GatewayRequest]) -> RefundWishes:
    wishes = msgspec.convert(operation.input, RefundWishes)
    excess = _excess_left(operation, wishes, run)
    if wishes.credit_memo_id is None and not excess:
        raise _nothing_left(operation)
    return msgspec.structs.replace(
        wishes, excess_funds_amount=excess, sequences=_sequences_left(operation, wishes, run)
    )


def _excess_left(operation: BackgroundOperation, wishes: RefundWishes, run: Sequence[GatewayRequest]) -> Decimal:
    """What was refused of the excess funds. Fees that were paid out of them are not in it: they are paid."""
    if not operation.requested_amount:
        # The last run was refused, or failed, before it planned anything.
        return wishes.excess_funds_amount
    of_excess = [request for request in run if request.credit_memo_id is None]
    if of_excess:
        return sum((request.amount for request in of_excess if request.state == "Refused"), ZERO)
    return min(wishes.excess_funds_amount, operation.requested_amount - operation.completed_amount)


def _sequences_left(
    operation: BackgroundOperation, wishes: FundsWishes | RefundWishes, run: Iterable[GatewayRequest]
) -> tuple[FundsSequence, ...]:
    """The sequences less what the last run moved of each; one that is used up is left out: 0 would mean all it has."""
    moved: dict[Id, Decimal] = defaultdict(Decimal)
    for request in run:
        if request.state == "Succeeded":
            moved[request.order_payment_summary_id or ""] += request.amount
    left = tuple(rest for sequence in wishes.sequences if (rest := _rest(sequence, moved)) is not None)
    if wishes.sequences and wishes.is_allow_partial and not left:
        raise _nothing_left(operation)
    return left


def _rest(sequence: FundsSequence, moved: Mapping[Id, Decimal]) -> FundsSequence | None:
    if not sequence.amount:
        return sequence
    amount = sequence.amount - moved.get(sequence.order_payment_summary_id, ZERO)
    return msgspec.structs.replace(sequence, amount=amount) if amount > 0 else None


def _nothing_left(operation: BackgroundOperation) -> InvalidOperation:
    return InvalidOperation(
        f"background operation {operation.id} has moved all that it was allowed to: nothing is left to retry", "outcome"
    )
