"""Which of the routes with the fewest splits is taken, and how much can be shipped when there is no route for all.

Routes are compared by the keys of the rules, one after the other:

- distance: the average of its locations' distances, as it is shown; a route whose distance is not known comes last;
- capacity: the least free capacity of its locations, the most first; no limit comes before any number;
- stock: the units of what is wanted that its locations have together, the most first: shelves that are full are used up
  before those that are nearly empty.

Routes that are equal in all keys go by the references of their locations, so that the same facts give the same route.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from orderwright.decisions.rank_by_distance import MILLIMETRES, Position, Unit, mean_of, metres_between
from orderwright.decisions.routing_plan import ComparedRoute
from orderwright.decisions.routing_rules import SortKey

Demand = Mapping[str, int]
"""Units above zero, by SKU."""


class Offer:
    """A location that may ship: what it has of what is wanted, how much it still takes, and how far it is."""

    def __init__(self, reference: str, stock: Demand, free: int | None, distance: float | None) -> None:
        self.reference = reference
        self.stock = stock
        self.free = free
        self.distance = distance


def distance_between(one: Position | None, other: Position | None, unit: Unit) -> float | None:
    """How far two positions are from each other, exactly; None when one of them is not known."""
    if one is None or other is None:
        return None
    return metres_between(one, other) * 1000 / MILLIMETRES[unit]


def alone(offer: Offer) -> ComparedRoute:
    """A location as a route of its own."""
    return _compared([offer])


def compared(routes: Sequence[Sequence[Offer]], keys: Sequence[SortKey]) -> list[ComparedRoute]:
    """The routes, the best one first."""
    return sorted((_compared(route) for route in routes), key=lambda route: sorting(route, keys))


def _compared(route: Sequence[Offer]) -> ComparedRoute:
    distances = [offer.distance for offer in route if offer.distance is not None]
    limits = [offer.free for offer in route if offer.free is not None]
    return ComparedRoute(
        locations=tuple(offer.reference for offer in route),
        splits=len(route) - 1,
        distance=mean_of(distances) if len(distances) == len(route) else None,
        capacity=min(limits, default=None),
        stock=sum(sum(offer.stock.values()) for offer in route),
    )


def sorting(route: ComparedRoute, keys: Sequence[SortKey]) -> tuple[object, ...]:
    """What routes are sorted by: the lowest is the best."""
    values: Mapping[SortKey, tuple[object, ...]] = {
        "splits": (route.splits,),
        "distance": (route.distance is None, route.distance or Decimal(0)),
        "capacity": (route.capacity is not None, -(route.capacity or 0)),
        "stock": (-route.stock,),
    }
    return (*(value for key in keys for value in values[key]), sorted(route.locations))


def filled(demand: Demand, offers: Sequence[Offer], most: int, keys: Sequence[SortKey]) -> tuple[Offer, ...]:
    """At most `most` locations that ship much of `demand`: each time the one that ships most of what is left.

    Of those that ship as much, the one that is best by `keys`. Not always the most that can be shipped: to find that
    takes as long as trying all combinations. Never less than 63 % of it, and all of it when one location has it.
    """
    chosen: list[Offer] = []
    left = dict(demand)
    while len(chosen) < most and any(left.values()):
        best = min(
            (offer for offer in offers if offer not in chosen),
            key=lambda offer: (-shipped_by(offer, left), sorting(alone(offer), keys)),
            default=None,
        )
        if best is None or not shipped_by(best, left):
            break
        chosen.append(best)
        left = {sku: max(need - best.stock.get(sku, 0), 0) for sku, need in left.items()}
    return tuple(chosen)


def shipped_by(offer: Offer, demand: Demand) -> int:
    """How many units of `demand` a location has."""
    return sum(min(offer.stock.get(sku, 0), need) for sku, need in demand.items())


def covered_by(offers: Sequence[Offer], demand: Demand) -> dict[str, int]:
    """How much of `demand` some locations have together; SKUs of which they have none are left out."""
    together = {sku: min(need, sum(offer.stock.get(sku, 0) for offer in offers)) for sku, need in demand.items()}
    return {sku: quantity for sku, quantity in together.items() if quantity}
