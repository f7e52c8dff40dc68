"""How held capacity is given back, when a fulfillment order is not assigned after all."""

from __future__ import annotations

from collections.abc import Sequence

from orderwright.decisions.capacity import Batch, Capacity, CapacityDecision, CapacityNotHeld, CapacityRequest
from orderwright.decisions.capacity_batches import Outcomes, Step, decide_batches
from orderwright.decisions.end_hold import done_before, ended, meant


def decide_release_held_capacity(capacity: Capacity, batches: Sequence[Batch]) -> tuple[CapacityDecision, Outcomes]:
    """Return the holds that `batches` release, and what came of each request; AssignedFoCount stays.

    A request that was carried out before succeeds again and changes nothing, and so does the release of a hold that
    lapsed: its capacity is free. Refused alone, in this order: a location that does not exist (InvalidCrossReference),
    an id that was used for another location (DuplicateValue), its own hold was confirmed, or nothing is held there
    (CapacityNotHeld). Raises what `decide_batches` does.
    Source: fulfillment-routing.yaml#routing.capacity.release (documented); repeating and lapsing are inferred.
    """
    return decide_batches(
        capacity, batches, "releaseHeldFOCapacityRequests", lambda known, _, request: _release(known, request)
    )


def _release(capacity: Capacity, request: CapacityRequest) -> Step:
    location = capacity.location(request.location)
    if done_before(capacity, request, location):
        return Step()
    hold = meant(capacity, request, location)
    if hold.ended_as == "Expired":
        return Step()
    if hold.ended_as is not None:
        raise CapacityNotHeld(
            f"the hold '{hold.id}' was confirmed, so nothing is held under it; to give its place back, lower the "
            "Location's AssignedFoCount",
            "actionRequestId",
        )
    return ended(hold, "Released", request)
