"""Which locations may ship to a recipient by the rules, what of it, and why each of them is in or out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orderwright.decisions.choose_route import Demand, Offer, distance_between
from orderwright.decisions.rank_by_distance import Position, rounded
from orderwright.decisions.routing_plan import Candidate, RoutingLocation
from orderwright.decisions.routing_rules import Exclusion, RoutingRules, matches


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a delivery group goes; None for what is not known."""

    country: str | None
    position: Position | None


def filter_location(
    location: RoutingLocation,
    demand: Demand,
    held: Mapping[str, int],
    recipient: Recipient,
    rules: RoutingRules,
    refused: frozenset[str],
) -> tuple[Candidate, Offer | None]:
    """Return whether a location may ship some of `demand`, and why; what it offers if it may.

    `held`: whole units of a SKU that are there and not taken. `refused`: SKUs that a reservation was refused there.
    """
    distance = distance_between(location.position, recipient.position, rules.distance_unit)
    without = {sku: why for sku in demand for why in _left_out(location, sku, recipient, rules)}
    without |= dict.fromkeys(refused & demand.keys(), "a location group that has it promised these units to others")
    has = {sku: held.get(sku, 0) for sku in demand if held.get(sku, 0) > 0}
    stock = {sku: quantity for sku, quantity in has.items() if sku not in without}
    out = _why_out(location, distance, recipient, rules)
    if out is None and not stock:
        named = sorted(without.keys() & has.keys())
        out = f"{without[named[0]]} ({named[0]})" if named else "it has none of what is wanted"
    notes = "".join(f"; not {sku}: {without[sku]}" for sku in sorted(without.keys() & has.keys()))
    candidate = Candidate(
        location=location.reference,
        location_id=location.id,
        is_in=out is None,
        why=f"in{notes}" if out is None else f"out: {out}",
        free_capacity=location.free,
        distance=rounded(distance) if distance is not None else None,
        position_source=location.position.source if location.position is not None else None,
        stock=stock if out is None else has,
    )
    return candidate, Offer(location.reference, stock, location.free, distance) if out is None else None


def _why_out(
    location: RoutingLocation, distance: float | None, recipient: Recipient, rules: RoutingRules
) -> str | None:
    return next(_reasons(location, distance, recipient, rules), None)


def _reasons(
    location: RoutingLocation, distance: float | None, recipient: Recipient, rules: RoutingRules
) -> Iterator[str]:
    if location.is_ambiguous:
        yield "several Locations have this ExternalReference"
    only = rules.locations
    if only.references and not matches(only.references, location.reference):
        yield f"[locations] references has no pattern for {location.reference}"
    if only.types and location.type not in only.types:
        yield f"[locations] types does not have {location.type}"
    if only.groups and not location.groups & set(only.groups):
        yield "it is in none of [locations] groups"
    for exclusion in rules.exclusions:
        if not exclusion.skus and _applies(exclusion, location, recipient):
            yield exclusion.why
    if only.farthest is not None and distance is not None and rounded(distance) > only.farthest:
        yield f"it is farther than [locations] farthest, {only.farthest} {rules.distance_unit}"
    if location.free == 0:
        yield "it has no free capacity for another fulfillment order"


def _left_out(location: RoutingLocation, sku: str, recipient: Recipient, rules: RoutingRules) -> Iterator[str]:
    """Why a SKU does not ship from a location that may ship others."""
    for exclusion in rules.exclusions:
        if exclusion.skus and matches(exclusion.skus, sku) and _applies(exclusion, location, recipient):
            yield exclusion.why


def _applies(exclusion: Exclusion, location: RoutingLocation, recipient: Recipient) -> bool:
    return (
        (not exclusion.references or matches(exclusion.references, location.reference))
        and (not exclusion.types or location.type in exclusion.types)
        and (not exclusion.countries or recipient.country in exclusion.countries)
    )


def whole_units(stock: Mapping[str, Decimal], taken: Mapping[str, int], skus: Sequence[str]) -> dict[str, int]:
    """Whole units of each SKU that are left: a part of a unit cannot be shipped."""
    return {sku: max(int(stock.get(sku, Decimal(0)) // 1) - taken.get(sku, 0), 0) for sku in skus}
