"""Batches of capacity requests, carried out one request after the other; a batch may be all or nothing.

Source: fulfillment-routing.yaml#HoldFOCapacityRequestInput and its neighbours (documented).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from orderwright.decisions.capacity import Batch, Capacity, CapacityDecision, CapacityRequest, Hold, Movement
from orderwright.decisions.decision import Change
from orderwright.decisions.errors import InvalidInput, Refusal, RequiredFieldMissing
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import Location

LONGEST_NAME = 255
MOST_REQUESTS = 1_000
"""In one call, over all its batches; in one that asks for values, locations."""


class RolledBack(Refusal):
    """This request is fine; another of the same batch, of which all or nothing is done, is not."""

    code = "ALL_OR_NONE_OPERATION_ROLLED_BACK"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request; `error_code` is None when it succeeded."""

    action_request_id: str
    error_code: str | None = None
    message: str | None = None
    expiration_time: dt.datetime | None = None
    """When the hold it asked for lapses."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one request does: a movement and the hold as it is then; none of both when it was done before."""

    movement: Movement | None = None
    hold: Hold | None = None


Outcomes = tuple[tuple[Outcome, ...], ...]
"""Of each batch, one per request, in the order of the request."""

DecideStep = Callable[[Capacity, Batch, CapacityRequest], Step]


def decide_batches(
    capacity: Capacity, batches: Sequence[Batch], name: str, decide: DecideStep
) -> tuple[CapacityDecision, Outcomes]:
    """Return what `batches` do, request by request in their order, and what came of each.

    `name` is what the contract calls the batches. Raises RequiredFieldMissing for no batches and for an empty one,
    InvalidInput for more requests than one call may have.
    Source: fulfillment-routing.yaml#HoldFOCapacityRequestInput (documented); one after the other is inferred.
    """
    _check_batches(batches, name)
    after, steps, outcomes = capacity, list[Step](), list[tuple[Outcome, ...]]()
    for batch in batches:
        tried, made, told = _decide_batch(after, batch, decide)
        if batch.all_or_nothing and any(outcome.error_code is not None for outcome in told):
            told = tuple(map(_rolled_back, told))
        else:
            after = tried
            steps += made
        outcomes.append(told)
    return _decision(capacity, steps), tuple(outcomes)


def _check_batches(batches: Sequence[Batch], name: str) -> None:
    if not batches:
        raise RequiredFieldMissing(f"{name} is empty; send at least one", name)
    for number, batch in enumerate(batches):
        if not batch.requests:
            path = f"{name}[{number}].capacityRequests"
            raise RequiredFieldMissing(f"{path} is empty; send at least one", path)
    check_count(sum(len(batch.requests) for batch in batches), "capacityRequests")


def check_count(count: int, name: str) -> None:
    """Raise InvalidInput for more entries than one call may have."""
    if count > MOST_REQUESTS:
        raise InvalidInput(f"there are {count} {name}; send at most {MOST_REQUESTS} in one call", name)


def _decide_batch(
    capacity: Capacity, batch: Batch, decide: DecideStep
) -> tuple[Capacity, list[Step], tuple[Outcome, ...]]:
    after, steps, outcomes = capacity, list[Step](), list[Outcome]()
    for request in batch.requests:
        try:
            _check_name(request.action_request_id)
            step = decide(after, batch, request)
        except Refusal as refusal:
            outcomes.append(_refused(request.action_request_id, refusal))
            continue
        outcomes.append(_succeeded(request, step))
        if step.movement is not None:
            steps.append(step)
            after = _moved(after, step)
    return after, steps, tuple(outcomes)


def _check_name(value: str) -> None:
    if not value.strip() or len(value) > LONGEST_NAME:
        raise InvalidInput(
            f"actionRequestId has {len(value)} characters; send 1 to {LONGEST_NAME}, not only spaces", "actionRequestId"
        )


def _refused(action_request_id: str, refusal: Refusal) -> Outcome:
    return Outcome(action_request_id=action_request_id, error_code=refusal.code, message=refusal.message)


def _succeeded(request: CapacityRequest, step: Step) -> Outcome:
    held = step.hold if step.hold is not None and step.hold.ended_as is None else None
    return Outcome(
        action_request_id=request.action_request_id, expiration_time=held.expiration_time if held is not None else None
    )


def _rolled_back(outcome: Outcome) -> Outcome:
    if outcome.error_code is not None:
        return outcome
    return _refused(
        outcome.action_request_id,
        RolledBack("nothing was done, because another request of this allOrNothing batch was refused; see its error"),
    )


def _moved(capacity: Capacity, step: Step) -> Capacity:
    movement, hold = step.movement, step.hold
    if movement is None or hold is None:
        return capacity
    held = capacity.held.get(movement.location_id, 0) + movement.held
    return msgspec.structs.replace(
        capacity,
        held={**capacity.held, movement.location_id: held},
        holds={**capacity.holds, hold.id: hold},
        # Holding finds what it did in `holds`: under its id something else may be confirmed later.
        done=capacity.done if movement.held > 0 else {**capacity.done, movement.action_request_id: movement},
    )


def _decision(capacity: Capacity, steps: Sequence[Step]) -> CapacityDecision:
    movements = tuple(step.movement for step in steps if step.movement is not None)
    holds = [step.hold for step in steps if step.hold is not None]
    assigned = Counter[Id]()
    for movement in movements:
        assigned[movement.location_id] += movement.assigned
    locations = {location.id: location for location in capacity.locations.values()}
    return CapacityDecision(
        begun=tuple(hold for hold in holds if hold.ended_as is None),
        ended=tuple(hold for hold in holds if hold.ended_as is not None),
        movements=movements,
        changed=tuple(
            Change(locations[id_], _assigned(locations[id_], more)) for id_, more in assigned.items() if more
        ),
    )


def _assigned(location: Location, more: int) -> Location:
    return msgspec.structs.replace(location, assigned_fo_count=(location.assigned_fo_count or 0) + more)
