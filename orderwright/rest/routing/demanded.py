"""An order to be routed from our own inventory: who may ship which of its items, and how much of them there is.

What may be shipped is availableToFulfill: it lies there and nobody else's reservation at that location holds it. What
is reserved at a location group does not count: that is where the units of an order to be routed are usually held.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.decisions.errors import InvalidCrossReference, InvalidInput
from orderwright.decisions.find_routes import Available
from orderwright.decisions.find_routes_for_demands import Demand
from orderwright.rest.inventory.availability import availability_json
from orderwright.store.database import Session
from orderwright.store.inventory_availability import GROUPS, LOCATIONS, read_availability
from orderwright.store.inventory_places import Named

MOST_RECORDS = 50_000
"""Inventory records read for one request: places × SKUs of each order, added up."""


class OrderedItem(msgspec.Struct, frozen=True):
    """So much of a SKU, to be shipped from a location, or from any location of a group."""

    place: str
    stock_keeping_unit: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """What is ordered, from where, and by whom it must not be shipped."""

    items: Sequence[OrderedItem]
    excluded: frozenset[str]
    leaves_ineligible_out: bool
    """Whether a location does not count for a group that its inventory record excludes."""

    @property
    def skus(self) -> tuple[str, ...]:
        """Each SKU once, as first named."""
        return tuple(dict.fromkeys(item.stock_keeping_unit for item in self.items))

    @property
    def places(self) -> tuple[str, ...]:
        """Each place once, as first named."""
        return tuple(dict.fromkeys(item.place for item in self.items))


@dataclass(frozen=True, slots=True)
class Demanded:
    """An order with its inventory: demands and stock as the decision takes them, and what was read, as JSON."""

    demands: tuple[Demand, ...]
    available: tuple[Available, ...]
    inventory: Mapping[str, Any]
    notes: Mapping[str, str]
    """By location, why it is left out."""


class _Attributes(msgspec.Struct, frozen=True, rename="camel"):
    group_eligibility_exclusion: tuple[str, ...] = ()


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    """What routing needs of an inventory record."""

    stock_keeping_unit: str
    available_to_fulfill: Decimal
    attribute_set: _Attributes | None = None


_RECORDS = msgspec.json.Decoder(list[_Record])


def locations_of(order: Order, named: Mapping[str, Named]) -> tuple[str, ...]:
    """All locations that the order's places stand for, as first named, those of a group by name.

    Raises InvalidCrossReference for a place that is not published; InvalidInput for a group among excluded locations.
    """
    for place in order.places:
        if place not in named:
            raise InvalidCrossReference(
                f"no location group or location '{place}' is in the location graph; send the ExternalReference of a "
                "published one, or publish it",
                "locationGroupIdentifier",
            )
    locations = tuple(dict.fromkeys(location for place in order.places for location in named[place].locations))
    for name in sorted(order.excluded.difference(locations)):
        if name in named and named[name].is_group:
            raise InvalidInput(
                f"excludeLocations has the location group '{name}'; send its locations", "excludeLocations"
            )
    return locations


def count_records(order: Order, named: Mapping[str, Named], left: int) -> int:
    """How many inventory records an order needs. Raises InvalidInput for more than are `left`."""
    locations = locations_of(order, named)
    places, skus = len(locations) + sum(named[place].is_group for place in order.places), len(order.skus)
    if places * skus > left:
        raise InvalidInput(
            f"{places} locations and groups × {skus} SKUs are {places * skus} inventory records; a request reads "
            f"{MOST_RECORDS}, and {left} are left for this order: send it in a request of its own, or name smaller "
            "groups",
            "orderedItems",
        )
    return places * skus


async def read_demanded(
    session: Session, order: Order, named: Mapping[str, Named], version: int, now: dt.datetime
) -> Demanded:
    """The order with what there is of its items, as it is answered in API version `version`."""
    names, skus = locations_of(order, named), order.skus
    groups = tuple(place for place in order.places if named[place].is_group)
    in_groups = await read_availability(session, GROUPS, groups, skus, version, now)
    at_locations = await read_availability(session, LOCATIONS, names, skus, version, now)
    records = {place.identifier: _RECORDS.decode(place.records) for place in at_locations}
    ineligible = _ineligible(records) if order.leaves_ineligible_out else frozenset()
    return Demanded(
        demands=_demands(order, named, ineligible),
        available=tuple(
            Available(location, record.stock_keeping_unit, record.available_to_fulfill)
            for location, found in records.items()
            for record in found
        ),
        inventory=availability_json(in_groups, at_locations),
        notes=_notes(order, named, ineligible, names),
    )


Ineligible = frozenset[tuple[str, str, str]]
"""Location, SKU, group: the SKU at this location does not count for the group."""


def _ineligible(records: Mapping[str, Sequence[_Record]]) -> Ineligible:
    return frozenset(
        (location, record.stock_keeping_unit, group)
        for location, found in records.items()
        for record in found
        if record.attribute_set is not None
        for group in record.attribute_set.group_eligibility_exclusion
    )


def _demands(order: Order, named: Mapping[str, Named], ineligible: Ineligible) -> tuple[Demand, ...]:
    shippers = {
        (sku, place): frozenset(
            location
            for location in named[place].locations
            if location not in order.excluded and (location, sku, place) not in ineligible
        )
        for sku, place in {(item.stock_keeping_unit, item.place) for item in order.items}
    }
    return tuple(
        Demand(item.stock_keeping_unit, item.quantity, shippers[item.stock_keeping_unit, item.place], item.place)
        for item in order.items
    )


def _notes(
    order: Order, named: Mapping[str, Named], ineligible: Ineligible, locations: Iterable[str]
) -> dict[str, str]:
    wanted = {(item.stock_keeping_unit, item.place) for item in order.items if named[item.place].is_group}
    notes: dict[str, str] = {}
    for location, sku, group in sorted(ineligible):
        if (sku, group) in wanted and location in named[group].locations:
            note = f"its {sku} does not count for group {group}"
            notes[location] = f"{notes[location]}; {note}" if location in notes else note
    return notes | {location: "excludeLocations names it" for location in locations if location in order.excluded}
