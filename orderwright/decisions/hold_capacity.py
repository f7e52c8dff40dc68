"""How capacity of a location is held for a fulfillment order that is about to be assigned there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from orderwright.decisions.capacity import (
    Batch,
    Capacity,
    CapacityDecision,
    CapacityExceeded,
    CapacityRequest,
    Hold,
    Movement,
    limit_of,
    refuse_elsewhere,
)
from orderwright.decisions.capacity_batches import Outcomes, Step, decide_batches
from orderwright.decisions.errors import DuplicateValue, InvalidInput
from orderwright.objects.fulfillment import Location

USUAL_SECONDS = 86_400
"""A day: the record knows no end of a hold, so it should outlast whatever lies between routing and assignment."""
MOST_SECONDS = 30 * 86_400


def decide_hold_capacity(
    capacity: Capacity, batches: Sequence[Batch], now: dt.datetime
) -> tuple[CapacityDecision, Outcomes]:
    """Return the holds that `batches` begin, and what came of each request.

    One unit of capacity per request. A request that was carried out before succeeds again and holds nothing more, as
    long as its hold is held or was confirmed. Refused alone, in this order: a location that does not exist
    (InvalidCrossReference), an id that was used for another location, or for a hold that is over (DuplicateValue), no
    free capacity (CapacityExceeded). Raises what `decide_batches` does, and InvalidInput for `expiration_seconds`.
    Source: fulfillment-routing.yaml#routing.capacity.hold (documented); repeating, and how long a hold lasts, are
    inferred.
    """
    for batch in batches:
        _check_seconds(batch.expiration_seconds)
    return decide_batches(
        capacity,
        batches,
        "holdFOCapacityRequests",
        lambda known, batch, request: _hold(known, request, now + _lasting(batch)),
    )


def _check_seconds(seconds: int | None) -> None:
    if seconds is not None and not 1 <= seconds <= MOST_SECONDS:
        raise InvalidInput(
            f"expirationSeconds is {seconds}; send 1 to {MOST_SECONDS}, or leave it out for {USUAL_SECONDS}",
            "expirationSeconds",
        )


def _lasting(batch: Batch) -> dt.timedelta:
    return dt.timedelta(seconds=batch.expiration_seconds or USUAL_SECONDS)


def _hold(capacity: Capacity, request: CapacityRequest, until: dt.datetime) -> Step:
    location = capacity.location(request.location)
    known = capacity.holds.get(request.action_request_id)
    if known is not None:
        return _repeated(known, location)
    _refuse_full(capacity, location)
    hold = Hold(id=request.action_request_id, location_id=location.id, expiration_time=until)
    movement = Movement(kind="Held", action_request_id=hold.id, location_id=location.id, hold_id=hold.id, held=1)
    return Step(movement=movement, hold=hold)


def _repeated(hold: Hold, location: Location) -> Step:
    refuse_elsewhere(hold, location, hold.id)
    if hold.ended_as in {None, "Confirmed"}:
        return Step(hold=hold)
    how = "lapsed" if hold.ended_as == "Expired" else "was released"
    raise DuplicateValue(
        f"actionRequestId '{hold.id}' was used before, for a hold that {how}; send a new one to hold capacity again",
        "actionRequestId",
    )


def _refuse_full(capacity: Capacity, location: Location) -> None:
    limit = limit_of(location)
    if limit is None:
        return
    held, assigned = capacity.held.get(location.id, 0), location.assigned_fo_count or 0
    if held + assigned >= limit:
        raise CapacityExceeded(
            f"location {location.id} has no free capacity: FoCapacity is {limit}, {held} are held and {assigned} "
            "assigned; take another location, or wait until some is released or AssignedFoCount is set back",
            "locationId",
        )
