"""Locations with capacity, and requests for it, in few words."""

import datetime as dt
from typing import Any

from orderwright.decisions.capacity import Batch, Capacity, CapacityDecision, CapacityRequest, Hold
from orderwright.decisions.capacity_batches import Outcomes
from orderwright.objects.fulfillment import Location

NOW = dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
HERE, THERE = "131000000000001", "131000000000002"


def location(
    id_: str = HERE, capacity: int | None = 3, assigned: int | None = None, *, tracks: bool = True
) -> Location:
    return Location(
        id=id_, name=id_, location_type="Store", fo_capacity=capacity, assigned_fo_count=assigned,
        should_track_fo_capacity=tracks,
    )  # fmt: skip


def hold(id_: str, where: str = HERE, **fields: Any) -> Hold:
    about: dict[str, Any] = {"id": id_, "location_id": where, "expiration_time": LATER}
    return Hold(**about | fields)


def state(*locations: Location, holds: tuple[Hold, ...] = (), **fields: Any) -> Capacity:
    """What is loaded; `held` is counted from `holds` unless it is given."""
    found = locations or (location(),)
    held = {one.id: sum(h.location_id == one.id and h.ended_as is None for h in holds) for one in found}
    about: dict[str, Any] = {"locations": {one.id: one for one in found}, "held": held}
    return Capacity(holds={h.id: h for h in holds}, **about | fields)


def batch(*requests: str | tuple[str, str], **fields: Any) -> Batch:
    """Requests by id, at `HERE` unless a location is given with it."""
    pairs = [(request, HERE) if isinstance(request, str) else request for request in requests]
    listed = tuple(CapacityRequest(action_request_id=id_, location=where) for id_, where in pairs)
    return Batch(requests=listed, **fields)


def codes(outcomes: Outcomes) -> list[list[str | None]]:
    return [[outcome.error_code for outcome in told] for told in outcomes]


def moved(decision: CapacityDecision) -> list[tuple[str, str, int, int]]:
    return [(m.hold_id, m.location_id, m.held, m.assigned) for m in decision.movements]


NOTHING = CapacityDecision()
