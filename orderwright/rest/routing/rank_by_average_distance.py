"""POST …/routing/actions/rank-byaverage-distance (the manual's own spelling; rank-by-average-distance works, too)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.decisions.rank_by_distance import (
    Direction,
    Place,
    Position,
    RankedSet,
    Stop,
    Unit,
    decide_rank_by_distance,
    place_of,
)
from orderwright.geo.built_in import BuiltIn
from orderwright.geo.centroids import Centroids
from orderwright.geo.imported import Imported
from orderwright.geo.protocol import ATTRIBUTIONS, locate
from orderwright.rest.codec import About, OnlyWhenSet
from orderwright.rest.context import Context
from orderwright.rest.previewed import asks_why
from orderwright.rest.representations import ErrorResponse

WORDS: Mapping[Unit, str] = {"mi": "miles", "km": "kilometers"}
METHOD = (
    "great-circle distance on a sphere with a radius of 6371.009 km between the points of the postal codes; the "
    "average is the plain mean of a set's distances, rounded once to a tenth; equal averages keep the order of input"
)


class LocationInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where a location is."""

    country_code: str
    location_identifier: str
    postal_code: str


class TargetLocationInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The locations of one set."""

    locations: tuple[LocationInput, ...]


class RankAverageDistanceInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: fulfillment-routing.yaml#RankAverageDistanceInput (documented); the defaults are inferred."""

    delivery_country_code: str
    delivery_postal_code: str
    distance_unit: Unit = "mi"
    sort_result: Direction = "ASC"
    target_locations: tuple[TargetLocationInput, ...]


class LocationOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One location's distance to the recipient."""

    distance: Decimal
    location_identifier: str
    position_source: Annotated[
        str, About("Extension: who knew its position: Own, GeoNames, BuiltIn, or CountryCentroid as the last resort.")
    ]


class DistanceCalculationOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One set with its average distance and its place among all."""

    average_distance: Decimal
    is_approximate: Annotated[
        bool, About("Extension: the middle of a country stood in for a postal code that nobody knew.")
    ]
    locations: tuple[LocationOutput, ...]
    rank: int


class AverageDistanceResultOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The wrapper that the documented output has around each set."""

    distance_calculation: DistanceCalculationOutput


class PositionOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where a postal code was taken to be.

    `foundAs` is the code that was known: all of it, or the part that names the area; null when only the country was.
    """

    country_code: str
    postal_code: str
    found_as: str | None
    latitude: Decimal
    longitude: Decimal
    source: str


class ExplainedPair(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The way from one location to the recipient."""

    distance: Decimal
    location_identifier: str
    position: PositionOutput
    rank: int


class RankExplanation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the distances came about: the recipient's position, every pair in order of the result, whom to thank."""

    attributions: tuple[str, ...]
    method: str
    pairs: tuple[ExplainedPair, ...]
    recipient: PositionOutput


class RankAverageDistanceOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The sets by average distance."""

    distance_unit: str
    errors: tuple[ErrorResponse, ...] = ()
    explanation: Annotated[RankExplanation | None, OnlyWhenSet()] = None
    recipient_position_source: Annotated[str, About("Extension: who knew the recipient's position.")]
    results: tuple[AverageDistanceResultOutput, ...]
    success: bool = True


async def rank_by_average_distance(context: Context, body: RankAverageDistanceInput) -> RankAverageDistanceOutput:
    """Rank sets of locations by their average distance to a recipient.

    Distances are between postal codes, as the crow flies, and looked up without any network: in the merchant's own
    table, in imported GeoNames data, in what comes with the program (United States); where all of these fail, the
    middle of the country stands in and the set is marked `isApproximate`. `?explain=true` adds every pair's positions
    and who knew them.
    """
    recipient = place_of(body.delivery_country_code, body.delivery_postal_code)
    sets = [_stops(target) for target in body.target_locations]
    positions = await _positions(context, recipient, sets)
    ranked = decide_rank_by_distance(recipient, sets, positions, body.distance_unit, body.sort_result)
    return RankAverageDistanceOutput(
        distance_unit=WORDS[body.distance_unit],
        explanation=_explanation(recipient, ranked, positions) if asks_why(context) else None,
        recipient_position_source=positions[recipient].source,
        results=tuple(_result(one) for one in ranked),
    )


def _stops(target: TargetLocationInput) -> tuple[Stop, ...]:
    return tuple(
        Stop(location.location_identifier, place_of(location.country_code, location.postal_code))
        for location in target.locations
    )


async def _positions(context: Context, recipient: Place, sets: Sequence[Sequence[Stop]]) -> dict[Place, Position]:
    places = list(dict.fromkeys([recipient, *(stop.place for stops in sets for stop in stops)]))
    async with context.reading() as session:
        return await locate(places, [Imported(session), BuiltIn(), Centroids()])


def _result(ranked: RankedSet) -> AverageDistanceResultOutput:
    locations = tuple(
        LocationOutput(
            distance=one.distance, location_identifier=one.stop.identifier, position_source=one.position.source
        )
        for one in ranked.stops
    )
    return AverageDistanceResultOutput(
        distance_calculation=DistanceCalculationOutput(
            average_distance=ranked.average_distance,
            is_approximate=ranked.is_approximate,
            locations=locations,
            rank=ranked.rank,
        )
    )


def _explanation(recipient: Place, ranked: Sequence[RankedSet], positions: Mapping[Place, Position]) -> RankExplanation:
    pairs = tuple(
        ExplainedPair(
            distance=one.distance,
            location_identifier=one.stop.identifier,
            position=_position(one.stop.place, one.position),
            rank=of.rank,
        )
        for of in ranked
        for one in of.stops
    )
    used = {positions[recipient].source, *(pair.position.source for pair in pairs)}
    return RankExplanation(
        attributions=tuple(f"{source}: {text}" for source, text in ATTRIBUTIONS.items() if source in used),
        method=METHOD,
        pairs=pairs,
        recipient=_position(recipient, positions[recipient]),
    )


def _position(place: Place, position: Position) -> PositionOutput:
    return PositionOutput(
        country_code=place.country_code,
        postal_code=place.postal_code,
        found_as=position.found_as,
        latitude=Decimal(str(position.latitude)),
        longitude=Decimal(str(position.longitude)),
        source=position.source,
    )
