"""What routing has to know of an order and its network, read in one READ ONLY transaction."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from orderwright.decisions.rank_by_distance import Place, Position, place_of
from orderwright.decisions.routing_plan import RoutingFacts, RoutingLocation
from orderwright.decisions.routing_rules import RoutingRules
from orderwright.geo.built_in import BuiltIn
from orderwright.geo.centroids import Centroids
from orderwright.geo.imported import Imported
from orderwright.geo.protocol import locate
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import Location
from orderwright.objects.order_summary import OrderDeliveryGroupSummary
from orderwright.store.capacity import Held
from orderwright.store.database import Session
from orderwright.store.load import SUMMARY
from orderwright.store.routing_network import Network, are_others_under_way, read_network, read_promised, read_skus
from orderwright.store.transaction import Store, find_shard, read

RECENTLY = dt.timedelta(seconds=5)
OWN = "Record"
"""The source of a position that a Location or a delivery group has itself."""


async def load_facts(
    store: Store, order_summary_id: Id, rules: RoutingRules, tried: Iterable[tuple[str, str]] = ()
) -> RoutingFacts:
    """The facts as they are now. Raises NotFound.

    `tried`: places and SKUs of which a reservation was refused; those count as refused where a location group may have
    promised the units.
    """
    now = store.now()
    async with (
        store.database.main.acquire() as session,
        session.transaction(isolation="repeatable_read", readonly=True),
    ):
        whole = await read(session, SUMMARY, await find_shard(session, order_summary_id), order_summary_id)
        products = {item.id: item.product2_id for item in whole.items if item.product2_id is not None}
        known = await read_skus(session, products.values())
        skus = {item_id: known[product] for item_id, product in products.items() if product in known}
        network = await read_network(session, sorted(set(skus.values())), rules, now)
        tried = frozenset(tried)
        promised = await read_promised(session, sorted({sku for _, sku in tried})) if tried else frozenset()
        ids = [held.location.id for held in network.locations]
        under_way = await are_others_under_way(session, sorted(set(skus.values())), ids, now - RECENTLY, now)
        positions = await _positions(session, network, whole.delivery_groups, rules)
    return RoutingFacts(
        whole=whole,
        skus=skus,
        locations=_locations(network, positions, rules),
        stock=network.stock,
        destinations={
            group.id: found for group in whole.delivery_groups if (found := _destination(group, positions)) is not None
        },
        are_others_under_way=under_way,
        refused=tried & promised,
    )


def _locations(
    network: Network, positions: Mapping[Place, Position], rules: RoutingRules
) -> tuple[RoutingLocation, ...]:
    references = [held.location.external_reference or "" for held in network.locations]
    times = Counter(references)
    return tuple(
        RoutingLocation(
            id=held.location.id,
            reference=reference,
            name=held.location.name,
            type=held.location.location_type,
            groups=network.groups.get(reference, frozenset()),
            free=held.free,
            position=_position(held, reference, positions, rules),
            tracks_capacity=held.location.should_track_fo_capacity,
            is_ambiguous=times[reference] > 1,
        )
        for held, reference in zip(network.locations, references, strict=True)
    )


async def _positions(
    session: Session, network: Network, groups: Sequence[OrderDeliveryGroupSummary], rules: RoutingRules
) -> dict[Place, Position]:
    """Where the places are that records and rules name by a postal code."""
    references = {held.location.external_reference or "" for held in network.locations}
    places = [place for reference, place in rules.postal_codes.items() if reference in references]
    places += [place for group in groups if (place := _place(group)) is not None]
    return await locate(places, [Imported(session), BuiltIn(), Centroids()]) if places else {}


def _position(held: Held, reference: str, positions: Mapping[Place, Position], rules: RoutingRules) -> Position | None:
    own = _own(held.location)
    place = rules.postal_codes.get(reference)
    return own if own is not None or place is None else positions.get(place)


def _own(location: Location) -> Position | None:
    if location.latitude is None or location.longitude is None:
        return None
    latitude, longitude = float(location.latitude), float(location.longitude)
    return Position(latitude=latitude, longitude=longitude, source=OWN, found_as=OWN)


def _destination(group: OrderDeliveryGroupSummary, positions: Mapping[Place, Position]) -> Position | None:
    if group.deliver_to_latitude is not None and group.deliver_to_longitude is not None:
        latitude, longitude = float(group.deliver_to_latitude), float(group.deliver_to_longitude)
        return Position(latitude=latitude, longitude=longitude, source=OWN, found_as=OWN)
    place = _place(group)
    return None if place is None else positions.get(place)


def _place(group: OrderDeliveryGroupSummary) -> Place | None:
    """Where a delivery group goes, when it says so by a country's two letters."""
    country = group.deliver_to_country_code or group.deliver_to_country or ""
    return place_of(country, group.deliver_to_postal_code or "") if len(country.strip()) == 2 else None
