"""A card that is declined at first: what the operation says of it, and how trying again succeeds.

The simulated gateway is told, in its own books, to decline the first capture of one order. That takes the database, so
it happens only where the demo runs a server of its own. A decline is met in the same way whoever asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.clock import system_clock
from orderwright.demo.client import as_decimal
from orderwright.demo.steps import Case, Desk, check_succeeded, ended_operation, read_operation
from orderwright.gateways.simulator import Simulator, open_pool

RETRY = "commerce/order-management/background-operations/{}/actions/retry"
DECLINED = "declined"
"""The gateway's own word for it, the operation's OutcomeCode; and the fact under which a decline is noted."""
MOST_RETRIES = 3
ARRANGED = "decline"
"""Under which name the journal knows that a decline was arranged."""


class Told(msgspec.Struct, frozen=True):
    """What a background operation says of itself; amounts in GBP."""

    outcome: str
    code: str | None
    message: str
    requested: Decimal
    completed: Decimal
    attempts: int
    retries: int


class Declined(msgspec.Struct, frozen=True):
    """An order whose card was declined at first: what its operation said then, and what it says now."""

    invoice_no: str
    operation_id: str
    then: Told
    now: Told


async def arrange_decline(desk: Desk, database_url: str, invoice_no: str, reference: str) -> None:
    """Let the gateway decline the first capture from the authorization with this `reference`; once for each journal."""
    if desk.journal.facts(ARRANGED):
        return
    simulator = Simulator(await open_pool(database_url, max_size=1), system_clock)
    try:
        await simulator.tell(operation="Capture", kind="decline", match=reference)
    finally:
        await simulator.close()
    desk.journal.record(ARRANGED, {"order": invoice_no})


async def funded(case: Case, operation_id: str, step: str) -> None:
    """Return once an operation has ended well, a declined one after another try. Raises StepFailed otherwise."""
    operation = await ended_operation(case, operation_id)
    for retry in range(MOST_RETRIES):
        if operation["OutcomeCode"] != DECLINED:
            break
        # Noted at once: nobody can ask the operation later what it said before it was retried.
        note = {"operation": operation_id, **msgspec.to_builtins(told(operation))}
        case.desk.journal.record(case.subject, {DECLINED: note})
        await case.desk.client.post(RETRY.format(operation_id), {}, case.key(f"{step} retry {retry}"))
        operation = await ended_operation(case, operation_id)
    check_succeeded(step, operation)


def told(operation: Mapping[str, Any]) -> Told:
    """What the record of an operation says."""
    return Told(
        outcome=operation["Outcome"],
        code=operation["OutcomeCode"],
        message=operation["OutcomeMessage"] or "",
        requested=as_decimal(operation["RequestedAmount"]),
        completed=as_decimal(operation["CompletedAmount"]),
        attempts=int(operation["Attempts"]),
        retries=int(operation["RetryCount"]),
    )


async def read_declined(desk: Desk, facts: Mapping[str, Mapping[str, Any]]) -> Sequence[Declined]:
    """The orders of which their `facts`, by invoice number, know a decline, with what their operations say now."""
    found = []
    for invoice_no, known in facts.items():
        if DECLINED in known:
            noted = known[DECLINED]
            now = told(await read_operation(desk, noted["operation"]))
            found.append(Declined(invoice_no, noted["operation"], msgspec.convert(noted, Told, strict=False), now))
    return found
