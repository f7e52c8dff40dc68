"""How one delivery group is shipped: its locations filtered, their routes found and compared, the units shared out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from orderwright.decisions.choose_route import Demand, Offer, alone, compared, covered_by, filled, sorting
from orderwright.decisions.filter_locations import Recipient, filter_location, whole_units
from orderwright.decisions.find_routes import (
    MOST_LOCATIONS,
    MOST_QUANTITIES,
    MOST_WORK,
    Available,
    Ordered,
    decide_find_routes,
)
from orderwright.decisions.routing_plan import (
    Candidate,
    ComparedRoute,
    GroupPlan,
    NotAllocated,
    PlannedItem,
    PlannedShipment,
    RoutingFacts,
)
from orderwright.decisions.routing_rules import RoutingRules, SortKey, fulfillment_type_of
from orderwright.decisions.search_budget import Limit
from orderwright.objects.definition import Id
from orderwright.objects.order_summary import OrderDeliveryGroupSummary
from orderwright.objects.picklists import Picklists

MOST_ROUTES_KEPT = 100
"""Routes that a plan tells of; all that were found are compared."""


class Want(NamedTuple):
    """Units of one item that are to be allocated; `sku` is None for an item that has none."""

    item_id: Id
    sku: str | None
    quantity: int


class Found(NamedTuple):
    """Routes that cover a demand, the best one first; none when nothing does."""

    demand: Demand
    routes: Sequence[ComparedRoute]
    limit: Limit | None
    are_fewest: bool = True
    """Whether nothing has fewer locations; not known of what was filled when the search was ended."""


class Search(NamedTuple):
    """What routes are looked for, and how much may be done for it."""

    most_splits: int
    most_work: int
    keys: Sequence[SortKey]


class Taken:
    """What delivery groups planned before take: units by reference and SKU, fulfillment orders by reference."""

    def __init__(self) -> None:
        self.units: dict[str, Counter[str]] = {}
        self.orders: Counter[str] = Counter()

    def add(self, shipped: Iterable[PlannedShipment]) -> None:
        for shipment in shipped:
            units = self.units.setdefault(shipment.location, Counter())
            for item in shipment.items:
                units[item.stock_keeping_unit] += item.quantity
            self.orders[shipment.location] += 1


def plan_delivery_group(
    group: OrderDeliveryGroupSummary,
    wants: Sequence[Want],
    facts: RoutingFacts,
    taken: Taken,
    rules: RoutingRules,
    picklists: Picklists,
    most_work: int = MOST_WORK,
) -> GroupPlan:
    """Return what each location is to ship of `wants`, and what was considered; nothing is taken yet."""
    summary = facts.whole.summary
    most_splits, rule = rules.splits_for(summary.currency_iso_code, summary.grand_total_amount)
    demand = demand_of(wants)
    candidates, offers = _filtered(group, demand, facts, taken, rules)
    partly = rules.shortage == "allocate_available"
    found = Found({}, (), None)
    if partly or all(want.sku is not None for want in wants):
        found = _found(demand, list(offers.values()), Search(most_splits, most_work, rules.sort_keys), partly=partly)
    route = [offers[name] for name in found.routes[0].locations] if found.routes else []
    shipped = shared_out(wants, found.demand, route)
    return GroupPlan(
        order_delivery_group_summary_id=group.id,
        most_splits=most_splits,
        splits_rule=rule,
        candidates=candidates,
        routes_found=len(found.routes),
        limit_reached=found.limit,
        routes=tuple(found.routes[:MOST_ROUTES_KEPT]),
        shipments=_shipments(shipped, facts, rules, picklists),
        not_allocated=_not_allocated(wants, shipped, offers, (most_splits, found.limit)),
        why=_why(found, rules.sort_keys),
    )


def demand_of(wants: Iterable[Want]) -> dict[str, int]:
    """The units of each SKU."""
    demand: Counter[str] = Counter()
    for want in wants:
        if want.sku is not None:
            demand[want.sku] += want.quantity
    return dict(demand)


def _filtered(
    group: OrderDeliveryGroupSummary, demand: Demand, facts: RoutingFacts, taken: Taken, rules: RoutingRules
) -> tuple[tuple[Candidate, ...], dict[str, Offer]]:
    """Every location with why it is in or out, and what those that are in offer."""
    recipient = Recipient(group.deliver_to_country_code, facts.destinations.get(group.id))
    candidates, offers = [], {}
    for location in facts.locations:
        units = taken.units.get(location.reference, Counter())
        held = whole_units(facts.stock.get(location.reference, {}), units, list(demand))
        refused = frozenset(sku for sku in demand if (location.reference, sku) in facts.refused)
        if location.free is not None:
            left = max(location.free - taken.orders[location.reference], 0)
            location = msgspec.structs.replace(location, free=left)  # noqa: PLW2901  # as those before left it
        candidate, offer = filter_location(location, demand, held, recipient, rules, refused)
        candidates.append(candidate)
        if offer is not None:
            offers[offer.reference] = offer
    return tuple(candidates), offers


def _found(demand: Demand, every: Sequence[Offer], search: Search, *, partly: bool) -> Found:
    """The routes for all of `demand`; where there are none and `partly`, for as much of it as can be shipped."""
    within = covered_by(every, demand)
    if not within or (within != demand and not partly):
        return Found({}, (), None)
    found = _routes(within, every, search)
    if found.routes or not (partly or found.limit):
        return found
    # No route has it all, or the search was ended: what some that are filled one by one have, then has a route.
    some = filled(within, every, search.most_splits + 1, search.keys)
    covered = covered_by(some, within)
    if covered != within and not partly:
        return Found({}, (), found.limit)
    again = _routes(covered, every, search) if covered != within else found
    routes = again.routes or compared([some], search.keys)
    return Found(covered, routes, again.limit or found.limit, are_fewest=bool(again.routes))


def _routes(demand: Demand, offers: Sequence[Offer], search: Search) -> Found:
    # The best first: when there are more than can be listed, those are that have such locations.
    best_first = sorted(offers, key=lambda offer: sorting(alone(offer), search.keys))
    used = best_first[: min(MOST_LOCATIONS, MOST_QUANTITIES // len(demand))]
    rows = [Available(offer.reference, sku, Decimal(units)) for offer in used for sku, units in offer.stock.items()]
    ordered = [Ordered(sku, Decimal(quantity)) for sku, quantity in demand.items()]
    routing = decide_find_routes(ordered, rows, search.most_splits, most_work=search.most_work)
    by_reference = {offer.reference: offer for offer in used}
    routes = [[by_reference[name] for name in sorted(routing.names(route))] for route in routing.routes]
    return Found(demand, compared(routes, search.keys), routing.limit)


# --- sharing out ------------------------------------------------------------------------------------------------------


def shared_out(wants: Sequence[Want], demand: Demand, route: Sequence[Offer]) -> dict[str, list[PlannedItem]]:
    """What each location of a route ships of `demand`, by reference.

    Each SKU from as few of them as can be, the fullest first; the items of a SKU in their order, each from as few
    locations as that leaves.
    """
    shipped: dict[str, list[PlannedItem]] = {offer.reference: [] for offer in route}
    left = {want.item_id: want.quantity for want in wants}
    for sku, need in demand.items():
        for offer in sorted(route, key=lambda offer: -offer.stock.get(sku, 0)):
            units = min(need, offer.stock.get(sku, 0))
            need -= units  # noqa: PLW2901  # what the next one ships
            shipped[offer.reference] += _taken_from(wants, sku, units, left)
    return {reference: items for reference, items in shipped.items() if items}


def _taken_from(wants: Sequence[Want], sku: str, units: int, left: dict[Id, int]) -> Iterator[PlannedItem]:
    for want in wants:
        taken = min(left[want.item_id], units) if want.sku == sku else 0
        if taken:
            left[want.item_id] -= taken
            units -= taken
            yield PlannedItem(order_item_summary_id=want.item_id, stock_keeping_unit=sku, quantity=taken)


def _shipments(
    shipped: Mapping[str, Sequence[PlannedItem]], facts: RoutingFacts, rules: RoutingRules, picklists: Picklists
) -> tuple[PlannedShipment, ...]:
    return tuple(
        PlannedShipment(
            location=location.reference,
            location_id=location.id,
            fulfillment_type=fulfillment_type_of(rules, location.type, picklists),
            takes_capacity=location.tracks_capacity,
            items=tuple(shipped[location.reference]),
        )
        for location in facts.locations
        if location.reference in shipped
    )


# --- saying why -------------------------------------------------------------------------------------------------------


def _not_allocated(
    wants: Sequence[Want],
    shipped: Mapping[str, Sequence[PlannedItem]],
    offers: Mapping[str, Offer],
    within: tuple[int, Limit | None],
) -> tuple[NotAllocated, ...]:
    gets: Counter[Id] = Counter()
    for item in (item for items in shipped.values() for item in items):
        gets[item.order_item_summary_id] += item.quantity
    demand = demand_of(wants)
    together = covered_by(list(offers.values()), demand)
    return tuple(
        NotAllocated(
            order_item_summary_id=want.item_id,
            stock_keeping_unit=want.sku,
            quantity=want.quantity - gets[want.item_id],
            why=_why_not(want, demand, together, *within),
        )
        for want in wants
        if want.quantity > gets[want.item_id]
    )


def _why_not(want: Want, demand: Demand, together: Demand, most_splits: int, limit: Limit | None) -> str:
    if want.sku is None:
        return "its product has no StockKeepingUnit"
    if together.get(want.sku, 0) < demand[want.sku]:
        return f"the locations that may ship it have {together.get(want.sku, 0)} of the {demand[want.sku]} wanted"
    if together != demand:
        return "it could be shipped, but not everything of its delivery group can"
    if limit is not None:
        return f"not known: the search was ended ({limit}) before a route for all that is wanted together was found"
    return f"no {most_splits + 1} or fewer of the locations that may ship it have all that is wanted together"


def _why(found: Found, keys: Sequence[SortKey]) -> str:
    if not found.routes:
        return "no route: see what is not allocated"
    best = found.routes[0]
    told = f"{named_route(best)}: {len(best.locations)} fulfillment order{'s' if best.splits else ''}"
    if not found.are_fewest:
        return f"{told}, filled one by one; the search was ended ({found.limit}), and there may be fewer"
    told, more = f"{told}, the fewest", f"; the search was ended ({found.limit}), and there may be other routes"
    if len(found.routes) == 1:
        return told + ("; no other route has so few" if found.limit is None else more)
    by = decided_by(best, found.routes[1], keys)
    return f"{told}; of {len(found.routes)} such routes the best by {by}" + (more if found.limit is not None else "")


def named_route(route: ComparedRoute) -> str:
    """Its locations, as people name them."""
    return " + ".join(route.locations)


def decided_by(best: ComparedRoute, second: ComparedRoute, keys: Sequence[SortKey]) -> str:
    """The key by which the first route is better than the second, with both values."""
    for key in keys:
        if sorting(best, [key])[:-1] != sorting(second, [key])[:-1]:
            return f"{key}: {_value(best, key)} against {_value(second, key)}"
    return "the names of its locations, all else being equal"


def _value(route: ComparedRoute, key: SortKey) -> str:
    value = {"splits": route.splits, "distance": route.distance, "capacity": route.capacity, "stock": route.stock}[key]
    nothing = "unlimited" if key == "capacity" else "not known"
    return nothing if value is None else str(value)
