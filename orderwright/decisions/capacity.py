"""How many fulfillment orders a location can still take: the values that holding, confirming and releasing decide on.

free = FoCapacity − (held + AssignedFoCount). FoCapacity and AssignedFoCount are fields of the Location; what is held is
the number of its holds that have neither ended nor lapsed. A location without a FoCapacity, or that does not track it
(ShouldTrackFoCapacity), has no limit; what is held there is counted all the same.

A hold is known by the actionRequestId that made it. Confirming or releasing under that id ends that very hold. Under an
id that names no hold it ends the one that would lapse next: the contract knows a counter only, and a key of its own for
every request. Totals are right either way, also where one caller's confirm ended the hold of another: that one's own
confirm then ends the next.

Source: fulfillment-routing.yaml#capacity_model (documented; untracked as unlimited derived); that holds have names and
lapse is inferred.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from orderwright.decisions.decision import Change
from orderwright.decisions.errors import (
    DuplicateValue,
    InvalidCrossReference,
    InvalidInput,
    Refusal,
)
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import Location


class CapacityExceeded(Refusal):
    """The location has no free capacity for another fulfillment order."""

    code = "CAPACITY_EXCEEDED"


class CapacityNotHeld(Refusal):
    """Nothing is held at the location that could be confirmed or released, or it is not held any more."""

    code = "CAPACITY_NOT_HELD"


class CapacityHoldLapsed(Refusal):
    """The hold lapsed before it was confirmed, and its capacity may be somebody else's by now; hold it again."""

    code = "CAPACITY_HOLD_LAPSED"


class CapacityRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One fulfillment order at one location; `location` is the Location's id or its ExternalReference."""

    action_request_id: str
    location: str


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that succeed or fail each alone, or with `all_or_nothing` together."""

    requests: tuple[CapacityRequest, ...]
    all_or_nothing: bool = False
    expiration_seconds: int | None = None
    """How long holds of this batch last; None for as long as any."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Capacity for one fulfillment order; `ended_as` is None while it is held."""

    id: str
    location_id: Id
    expiration_time: dt.datetime
    ended_as: str | None = None
    """Confirmed, Released or Expired."""
    ended_by: str | None = None
    """The actionRequestId that ended it."""


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger: by how much `held` and `assigned` change at a location, through which hold."""

    kind: str
    action_request_id: str
    location_id: Id
    hold_id: str
    held: int
    assigned: int = 0


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decision needs to know, as it is under the locks of its locations; what lapsed by now has ended."""

    locations: Mapping[str, Location] = {}
    """By what the requests call them; those that do not exist are left out."""
    ambiguous: frozenset[str] = frozenset()
    """What the requests call a location, and several Locations have as their ExternalReference."""
    held: Mapping[Id, int] = {}
    """By location; needed where there is a limit."""
    holds: Mapping[str, Hold] = {}
    """Those that requests may mean, held or ended, by id: the one that lapses next first."""
    done: Mapping[str, Movement] = {}
    """What was confirmed (or released, if that is asked for) before, by actionRequestId."""

    def location(self, called: str) -> Location:
        """The location that a request calls so. Raises InvalidCrossReference and InvalidInput."""
        found = self.locations.get(called)
        if found is None:
            raise no_location(called, self.ambiguous)
        return found


class CapacityDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What to write: holds that begin and end, every movement, and the Locations whose AssignedFoCount changed."""

    begun: tuple[Hold, ...] = ()
    ended: tuple[Hold, ...] = ()
    movements: tuple[Movement, ...] = ()
    changed: tuple[Change, ...] = ()


def no_location(called: str, ambiguous: frozenset[str]) -> Refusal:
    """The refusal of what names no Location, or as one of `ambiguous` several."""
    if called in ambiguous:
        return InvalidInput(
            f"locationId '{called}' is the ExternalReference of several Locations; send the id of one", "locationId"
        )
    return InvalidCrossReference(
        f"locationId is '{called}', and there is no such Location; send the id or the ExternalReference of one",
        "locationId",
    )


def limit_of(location: Location) -> int | None:
    """The most fulfillment orders a location takes at a time; None for no limit."""
    return location.fo_capacity if location.should_track_fo_capacity else None


def refuse_elsewhere(hold: Hold | Movement, location: Location, action_request_id: str) -> None:
    """Raise DuplicateValue when an actionRequestId was used for another location than the one asked for."""
    if hold.location_id != location.id:
        raise DuplicateValue(
            f"actionRequestId '{action_request_id}' was used before for location {hold.location_id}; send a new one, "
            "or that location",
            "actionRequestId",
        )
