"""Which set of locations is nearest to a recipient, on average.

Distances are great circles on a sphere of the Earth's mean radius, between the points that stand for postal codes. The
sphere is off by at most 0.6 % of a distance; a postal code's point may be some kilometres from the door. So a tenth of
a mile or kilometre is all that is shown, and all that is compared: averages that look equal are equal.

Positions and metres are binary floats. They are no money: a float is a thousand million times finer than a postal code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from orderwright.arithmetic.money import round_money
from orderwright.decisions.errors import InvalidInput, named

EARTH_RADIUS_METRES = 6_371_009
DECIMALS = 1
MILLIMETRES: Mapping[Unit, int] = {"mi": 1_609_344, "km": 1_000_000}
MOST_NAMED = 5

Unit = Literal["mi", "km"]
Direction = Literal["ASC", "DESC"]


class Place(msgspec.Struct, frozen=True):
    """A postal code in a country, as `place_of` makes it: two places are the same if they are equal."""

    country_code: str
    """Two letters, in upper case (ISO 3166-1)."""
    postal_code: str


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a place is taken to be: a point on the Earth, in degrees, north and east positive."""

    latitude: float
    longitude: float
    source: str
    """Who said so."""
    found_as: str | None
    """The code that was known: all of the postal code, or the part of it that names the area. None: only the country
    was, and the point is its middle."""

    @property
    def is_approximate(self) -> bool:
        """Whether this is only the middle of the country."""
        return self.found_as is None


class Stop(msgspec.Struct, frozen=True):
    """A location of a set: the caller's name for it, and where it is."""

    identifier: str
    place: Place


class StopDistance(msgspec.Struct, frozen=True):
    """A location and its distance to the recipient, in the unit asked for, with `DECIMALS` decimals."""

    stop: Stop
    position: Position
    distance: Decimal


class RankedSet(msgspec.Struct, frozen=True):
    """A set with its place among all sets, counted from 1, and the plain mean of its distances, rounded once."""

    rank: int
    average_distance: Decimal
    stops: tuple[StopDistance, ...]
    is_approximate: bool
    """Whether one of the positions behind the average, the recipient's included, is only the middle of a country."""


def place_of(country_code: str, postal_code: str) -> Place:
    """The place that is meant, whatever the case and the spaces around it."""
    return Place(country_code.strip().upper(), postal_code.strip().upper())


def decide_rank_by_distance(
    recipient: Place,
    sets: Sequence[Sequence[Stop]],
    positions: Mapping[Place, Position],
    unit: Unit,
    direction: Direction,
) -> tuple[RankedSet, ...]:
    """Return the sets by their average distance to `recipient`, nearest first for ASC; equal ones in order of input.

    `positions` holds the known places. Distances: in `unit`, halves up at `DECIMALS`; the average is of the exact
    distances, each location counting once for every time it is listed. Ranks follow the order of the result, so the
    first has rank 1 for DESC, too, and no two share one.
    Raises InvalidInput when there is no set, for a set without locations, and for places without a position.
    Source: fulfillment-routing.yaml#routing.rank-by-average-distance (documented); ranks, ties and rounding are
    inferred.
    """
    check_sets(sets)
    check_positions(recipient, sets, positions)
    measured = measure(recipient, sets, positions, unit)
    averages = [mean_of([measured[stop.place].exact for stop in stops]) for stops in sets]
    # Sorting is stable, also in reverse: ties stay in order of input.
    order = sorted(range(len(sets)), key=averages.__getitem__, reverse=direction == "DESC")
    from_nowhere = positions[recipient].is_approximate
    return tuple(
        RankedSet(
            rank=rank,
            average_distance=averages[index],
            stops=tuple(_shown(stop, measured[stop.place]) for stop in sets[index]),
            is_approximate=from_nowhere or any(measured[stop.place].is_approximate for stop in sets[index]),
        )
        for rank, index in enumerate(order, start=1)
    )


def check_sets(sets: Sequence[Sequence[Stop]]) -> None:
    """Raises InvalidInput when there is nothing to rank, or nothing in a set."""
    if not sets:
        raise InvalidInput("targetLocations is empty; send at least one set of locations", "targetLocations")
    for index, stops in enumerate(sets):
        if not stops:
            path = f"targetLocations[{index}].locations"
            raise InvalidInput(f"{path} is empty, so it has no average; send at least one location in it", path)


def check_positions(recipient: Place, sets: Sequence[Sequence[Stop]], positions: Mapping[Place, Position]) -> None:
    """Raises InvalidInput for places that nobody knows: their country is none."""
    asked = dict.fromkeys([recipient, *(stop.place for stops in sets for stop in stops)])
    unknown = dict.fromkeys(place.country_code for place in asked if place not in positions)
    if unknown:
        codes = named(repr(code[:20]) for code in list(unknown)[:MOST_NAMED])
        raise InvalidInput(
            f"no country is known by the code {codes}; send the two letters of ISO 3166-1, as in US, or import the "
            "positions of its postal codes",
            "deliveryCountryCode" if recipient not in positions else "countryCode",
        )


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A place, and how far it is from the recipient, exactly and as it is shown."""

    position: Position
    exact: float
    shown: Decimal
    is_approximate: bool


def measure(
    recipient: Place, sets: Sequence[Sequence[Stop]], positions: Mapping[Place, Position], unit: Unit
) -> dict[Place, Measured]:
    """Every place in `sets` with its distance in `unit`; each is measured once, however often it is listed."""
    there = positions[recipient]
    found: dict[Place, Measured] = {}
    for place in {stop.place for stops in sets for stop in stops}:
        here = positions[place]
        exact = metres_between(here, there) * 1000 / MILLIMETRES[unit]
        found[place] = Measured(position=here, exact=exact, shown=rounded(exact), is_approximate=here.is_approximate)
    return found


def _shown(stop: Stop, measured: Measured) -> StopDistance:
    return StopDistance(stop, measured.position, measured.shown)


def metres_between(one: Position, other: Position) -> float:
    """The length of the great circle's shorter arc; the same both ways, and 0 between equal points."""
    south, north = math.radians(one.latitude), math.radians(other.latitude)
    by_latitude = math.sin((north - south) / 2) ** 2
    by_longitude = math.sin(math.radians(other.longitude - one.longitude) / 2) ** 2
    # The haversine: exact for near points, where the cosine of the arc says nothing. Rounding may lift it over 1.
    haversine = by_latitude + math.cos(south) * math.cos(north) * by_longitude
    return 2 * EARTH_RADIUS_METRES * math.asin(math.sqrt(min(1, haversine)))


def mean_of(distances: Sequence[float]) -> Decimal:
    """The mean, rounded; the order of the distances does not matter, not even to the last bit."""
    return rounded(math.fsum(distances) / len(distances))


def rounded(distance: float) -> Decimal:
    """A distance as it is shown."""
    return round_money(Decimal(distance), DECIMALS)
