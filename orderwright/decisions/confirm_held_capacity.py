"""How held capacity becomes an assigned fulfillment order."""

from __future__ import annotations

from collections.abc import Sequence

from orderwright.decisions.capacity import (
    Batch,
    Capacity,
    CapacityDecision,
    CapacityHoldLapsed,
    CapacityNotHeld,
    CapacityRequest,
)
from orderwright.decisions.capacity_batches import Outcomes, Step, decide_batches
from orderwright.decisions.end_hold import done_before, ended, meant


def decide_confirm_held_capacity(capacity: Capacity, batches: Sequence[Batch]) -> tuple[CapacityDecision, Outcomes]:
    """Return the holds that `batches` confirm, Locations with AssignedFoCount raised, and what came of each request.

    A request that was carried out before succeeds again and changes nothing. Refused alone, in this order: a location
    that does not exist (InvalidCrossReference), an id that was used for another location (DuplicateValue), its own hold
    lapsed (CapacityHoldLapsed) or was released, or nothing is held there (CapacityNotHeld). Raises what
    `decide_batches` does.
    Source: fulfillment-routing.yaml#routing.capacity.confirm (documented); repeating and lapsing are inferred.
    """
    return decide_batches(
        capacity, batches, "confirmHeldFOCapacityRequests", lambda known, _, request: _confirm(known, request)
    )


def _confirm(capacity: Capacity, request: CapacityRequest) -> Step:
    location = capacity.location(request.location)
    if done_before(capacity, request, location):
        return Step()
    hold = meant(capacity, request, location)
    if hold.ended_as == "Expired":
        raise CapacityHoldLapsed(
            f"the hold '{hold.id}' lapsed at {hold.expiration_time.isoformat(timespec='seconds')}; hold capacity "
            "again, under a new actionRequestId, and confirm that",
            "actionRequestId",
        )
    if hold.ended_as is not None:
        raise CapacityNotHeld(
            f"the hold '{hold.id}' was released; hold capacity again, under a new actionRequestId, and confirm that",
            "actionRequestId",
        )
    return ended(hold, "Confirmed", request, assigned=1)
