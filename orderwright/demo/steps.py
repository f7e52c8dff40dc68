"""Steps that happen exactly once, whatever breaks in between.

A step that the journal knows is not repeated. One that may have happened without our knowledge, because the answer was
lost or an earlier run ended there, is looked for first: it is repeated only when the server shows that it did not
happen.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from orderwright.demo.client import ApiError, Client, Patience, Unanswered
from orderwright.demo.journal import Facts, Journal
from orderwright.demo.shop import Shop

OPERATION_LIMIT_SECONDS = 300
FIRST_POLL_SECONDS = 0.02
LONGEST_POLL_SECONDS = 0.5
OPERATION_FIELDS = (
    "Status,Outcome,OutcomeCode,OutcomeMessage,RequestedAmount,CompletedAmount,Attempts,RetryCount,FinishedAt"
)
RECORD_ID = r"\b{prefix}[0-9A-Za-z]{{12}}(?:[0-9A-Z]{{3}})?\b"


class StepFailed(Exception):
    """A step whose outcome is known and is not what it should be."""


@dataclass
class Measured:
    """What the run took: seconds of each step by its name, and how often an answer was lost and looked for."""

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lost_answers: Counter[str] = field(default_factory=Counter)
    found_done: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Desk:
    """What every step works with."""

    client: Client
    journal: Journal
    shop: Shop
    measured: Measured


@dataclass(frozen=True)
class Case:
    """One order or return on its way: `subject` is its name in the journal, `planned` what the file says."""

    desk: Desk
    subject: str
    planned: Any

    def __getitem__(self, name: str) -> Any:
        """A fact that an earlier step noted."""
        return self.desk.journal.facts(self.subject)[name]

    def key(self, step: str) -> str:
        return self.desk.journal.key(self.subject, step)


class Step(NamedTuple):
    """`act` does it and returns facts; `find` returns the same facts if it was done already, else None."""

    name: str
    act: Callable[[Case], Awaitable[Facts]]
    find: Callable[[Case], Awaitable[Facts | None]]


async def take(case: Case, steps: Sequence[Step]) -> None:
    """Do the steps that are not done yet, in order. Raises ApiError, StepFailed and Unreachable."""
    known = case.desk.journal.facts(case.subject)
    is_first = True
    for step in steps:
        if step.name in known:
            continue
        # Only the first missing step of an order from an earlier run may have happened without our knowledge.
        may_be_done = is_first and case.desk.journal.is_resumed
        is_first = False
        began = time.perf_counter()
        facts = await done_once(case, step, may_be_done=may_be_done)
        case.desk.measured.seconds[step.name].append(time.perf_counter() - began)
        case.desk.journal.record(case.subject, {**facts, step.name: True})


async def done_once(case: Case, step: Step, *, may_be_done: bool) -> Facts:
    """The facts of a step, done now or found done."""
    patience = Patience(OPERATION_LIMIT_SECONDS)
    while True:
        if may_be_done and (found := await step.find(case)) is not None:
            case.desk.measured.found_done[step.name] += 1
            return found
        try:
            return await step.act(case)
        except Unanswered as lost:
            case.desk.measured.lost_answers[step.name] += 1
            may_be_done = True
            await patience.pause(lost)


async def nothing_to_find(_case: Case) -> Facts | None:
    """For a step that leaves nothing behind, or whose repetition the server recognises."""
    return None


async def made_or_named(making: Awaitable[Any], output: str, prefix: str) -> str:
    """The id that a creating action answers with, as the property `output`.

    A second creation is refused with DUPLICATE_VALUE and the id of what exists: then it is that one.
    """
    try:
        return str((await making)[output])
    except ApiError as error:
        named = re.search(RECORD_ID.format(prefix=prefix), error.message)
        if error.error_code != "DUPLICATE_VALUE" or named is None:
            raise
        return named[0]


async def run_operation(case: Case, path: str, wish: Facts, step: str) -> None:
    """Queue a background operation and wait for its end. Raises StepFailed when it did not do all that was asked."""
    check_succeeded(step, await ended_operation(case, await queued_operation(case, path, wish, step)))


async def queued_operation(case: Case, path: str, wish: Facts, step: str) -> str:
    """The id of the background operation that was asked for: the same one however often it is asked."""
    return str((await case.desk.client.post(path, wish, case.key(step)))["backgroundOperationId"])


async def ended_operation(case: Case, operation_id: str) -> Mapping[str, Any]:
    """What an operation says of itself once it has finished."""
    patience = Patience(OPERATION_LIMIT_SECONDS, FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS)
    while True:
        await patience.pause(StepFailed(f"background operation {operation_id} does not end"))
        operation: Mapping[str, Any] = await read_operation(case.desk, operation_id)
        if operation["FinishedAt"] is not None:
            return operation


async def read_operation(desk: Desk, operation_id: str) -> Mapping[str, Any]:
    """What an operation says of itself now."""
    found: Mapping[str, Any] = await desk.client.get(
        f"sobjects/BackgroundOperation/{operation_id}", fields=OPERATION_FIELDS
    )
    return found


def check_succeeded(step: str, operation: Mapping[str, Any]) -> None:
    """Raise StepFailed, in the operation's own words, unless it did all that was asked."""
    if operation["Outcome"] != "Succeeded":
        raise StepFailed(f"{step}: {operation['Outcome']}: {operation['OutcomeMessage'] or operation['Status']}")
