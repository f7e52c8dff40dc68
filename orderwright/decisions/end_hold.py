"""How a hold on capacity ends, whichever way: which hold a request is about, and whether that was done before."""

from __future__ import annotations

import msgspec

from orderwright.decisions.capacity import Capacity, CapacityNotHeld, CapacityRequest, Hold, Movement, refuse_elsewhere
from orderwright.decisions.capacity_batches import Step
from orderwright.objects.fulfillment import Location


def meant(capacity: Capacity, request: CapacityRequest, location: Location) -> Hold:
    """The hold that a confirm or release is about: the one of its own id, else the one there that would lapse next.

    The one of its own id may have ended, through that id or by lapsing. Raises DuplicateValue, CapacityNotHeld.
    """
    own = capacity.holds.get(request.action_request_id)
    if own is not None:
        refuse_elsewhere(own, location, request.action_request_id)
        if own.ended_by in {None, own.id}:
            return own
    for hold in capacity.holds.values():
        if hold.location_id == location.id and hold.ended_as is None:
            return hold
    raise CapacityNotHeld(
        f"no capacity is held at location {location.id}, so there is none to confirm or release; hold it first",
        "locationId",
    )


def ended(hold: Hold, kind: str, request: CapacityRequest, *, assigned: int = 0) -> Step:
    """The step that ends a hold."""
    movement = Movement(
        kind=kind,
        action_request_id=request.action_request_id,
        location_id=hold.location_id,
        hold_id=hold.id,
        held=-1,
        assigned=assigned,
    )
    after = msgspec.structs.replace(hold, ended_as=kind, ended_by=request.action_request_id)
    return Step(movement=movement, hold=after)


def done_before(capacity: Capacity, request: CapacityRequest, location: Location) -> bool:
    """Whether this was carried out before under the same id. Raises DuplicateValue when that was elsewhere."""
    before = capacity.done.get(request.action_request_id)
    if before is None:
        return False
    refuse_elsewhere(before, location, request.action_request_id)
    return True
