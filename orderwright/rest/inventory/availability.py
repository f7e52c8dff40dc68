"""POST /commerce/oci/availability/availability-records/actions/get-availability."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidInput
from orderwright.decisions.inventory import Place
from orderwright.decisions.reserve_inventory import MOST_RECORDS, check_name, unknown
from orderwright.rest.codec import Since, to_json
from orderwright.rest.context import Context
from orderwright.rest.execute import Answer
from orderwright.rest.representations import ErrorResponse
from orderwright.store.database import Session
from orderwright.store.inventory import known_places
from orderwright.store.inventory_availability import (
    GROUPS,
    LOCATIONS,
    PlaceRecords,
    members_of,
    outside_groups,
    read_availability,
)


class GetInventoryAvailabilityInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Places and SKUs: one group with one SKU, up to 100 groups or 100 locations with up to 100 SKUs, or one SKU alone.

    `useCache` makes no difference: what is answered is always current. `includeRelatedProducts` is for one SKU, and
    adds the variants of its product, of which there are none here: what is answered is complete without them.
    Source: returns-payments-inventory.yaml#OCIGetInventoryAvailabilityInput (documented; the pairings are v67's).
    """

    include_related_products: Annotated[bool, Since(64)] = False
    location_group_identifier: str | None = None
    location_group_identifiers: tuple[str, ...] | None = None
    location_identifiers: tuple[str, ...] | None = None
    stock_keeping_unit: str | None = None
    stock_keeping_units: tuple[str, ...] | None = None
    use_cache: bool = True


class FutureInventoryOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An expected restock."""

    expected_date: dt.datetime
    quantity: Decimal


class AttributeSetOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The groups for which this SKU does not count at this location."""

    group_eligibility_exclusion: tuple[str, ...]


class InventoryRecordOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """availableToFulfill is onHand − reserved − safetyStockCount; availableToOrder adds the restocks."""

    attribute_set: Annotated[AttributeSetOutput | None, Since(59)] = None
    available_to_fulfill: Decimal
    available_to_order: Decimal
    effective_date: dt.datetime | None = None
    exists: Annotated[bool, Since(62)]
    futures: tuple[FutureInventoryOutput, ...] = ()
    on_hand: Decimal
    reserved: Decimal
    safety_stock_count: Decimal
    stock_keeping_unit: str


class LocationAvailabilityOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One location, SKU by SKU."""

    inventory_records: tuple[InventoryRecordOutput, ...]
    location_identifier: str


class LocationGroupAvailabilityOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One group, SKU by SKU: the sums over its locations, less what is reserved at the group itself."""

    inventory_records: tuple[InventoryRecordOutput, ...]
    location_group_identifier: str


class GetInventoryAvailabilityOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A record for every place and SKU asked for; `exists` tells those that were never counted."""

    errors: tuple[ErrorResponse, ...] = ()
    location_groups: tuple[LocationGroupAvailabilityOutput, ...] = ()
    locations: tuple[LocationAvailabilityOutput, ...] = ()
    success: bool = True


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    skus: tuple[str, ...]
    groups: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    with_members: bool = False


async def get_availability(context: Context, body: GetInventoryAvailabilityInput) -> GetInventoryAvailabilityOutput:
    """How much there is of some SKUs at some places; of one group, also at each of its locations."""
    asked = _asked(body)
    now = context.store.now()
    async with context.reading() as session:
        await _refuse_unknown(session, asked)
        locations = await _locations(session, asked)
        groups = await read_availability(session, GROUPS, asked.groups, asked.skus, context.version, now)
        found = await read_availability(session, LOCATIONS, locations, asked.skus, context.version, now)
    return _answer(groups, found)


def _asked(body: GetInventoryAvailabilityInput) -> _Asked:
    """What is asked for. Raises InvalidInput for places and SKUs that cannot be combined, none, or too many."""
    given = [
        name
        for name, value in (
            ("locationGroupIdentifier", body.location_group_identifier),
            ("locationGroupIdentifiers", body.location_group_identifiers),
            ("locationIdentifiers", body.location_identifiers),
        )
        if value is not None
    ]
    if len(given) > 1:
        raise InvalidInput(f"{' and '.join(given)} are given; send at most one of them", *given)
    if (body.stock_keeping_unit is None) == (body.stock_keeping_units is None):
        raise InvalidInput(
            "send stockKeepingUnit or stockKeepingUnits, and not both", "stockKeepingUnit", "stockKeepingUnits"
        )
    if body.include_related_products and body.stock_keeping_units is not None:
        raise InvalidInput(
            "includeRelatedProducts goes with one SKU; send stockKeepingUnit, or leave it out",
            "includeRelatedProducts", "stockKeepingUnits",
        )  # fmt: skip
    _check_pairing(given[0] if given else None, is_one=body.stock_keeping_unit is not None)
    group = body.location_group_identifier
    return _Asked(
        skus=_listed(body.stock_keeping_units, "stockKeepingUnits") or (body.stock_keeping_unit or "",),
        groups=_listed(body.location_group_identifiers, "locationGroupIdentifiers")
        or (() if group is None else (group,)),
        locations=_listed(body.location_identifiers, "locationIdentifiers"),
        with_members=group is not None,
    )


def _check_pairing(place: str | None, *, is_one: bool) -> None:
    wants_one = place in (None, "locationGroupIdentifier")
    if wants_one != is_one:
        sku = "stockKeepingUnit" if wants_one else "stockKeepingUnits"
        what = f"{place} goes with {sku}" if place is not None else "stockKeepingUnits goes with a list of places"
        raise InvalidInput(f"{what}; send these two together", *((place,) if place is not None else ()), sku)


def _listed(values: tuple[str, ...] | None, name: str) -> tuple[str, ...]:
    """`values`, each once. Raises InvalidInput for an empty list, or a long one."""
    if values is None:
        return ()
    once = tuple(dict.fromkeys(values))
    if not 1 <= len(once) <= MOST_RECORDS:
        raise InvalidInput(f"{name} has {len(once)} values; send 1 to {MOST_RECORDS}", name)
    return once


async def _refuse_unknown(session: Session, asked: _Asked) -> None:
    for sku in asked.skus:
        check_name(sku, "stockKeepingUnit")
    places = [Place(is_group=True, identifier=name) for name in asked.groups]
    places += [Place(is_group=False, identifier=name) for name in asked.locations]
    for place in places:
        check_name(place.identifier, "the identifier")
    missing = set(places) - await known_places(session, places) if places else set()
    if missing:
        raise unknown(min(missing))


async def _locations(session: Session, asked: _Asked) -> Sequence[str]:
    if asked.with_members:
        return await members_of(session, asked.groups[0])
    if not asked.groups and not asked.locations:
        return await outside_groups(session, asked.skus[0])
    return asked.locations


def _answer(groups: Sequence[PlaceRecords], locations: Sequence[PlaceRecords]) -> GetInventoryAvailabilityOutput:
    """The answer as it goes out: the records are JSON already, so it is written here."""
    answer: GetInventoryAvailabilityOutput = Answer(201, to_json(availability_json(groups, locations)))  # type: ignore[assignment]  # as encoded
    return answer


def availability_json(groups: Sequence[PlaceRecords], locations: Sequence[PlaceRecords]) -> dict[str, Any]:
    """GetInventoryAvailabilityOutput as JSON takes it."""
    return {
        "errors": [],
        "locationGroups": [
            {"inventoryRecords": found.records, "locationGroupIdentifier": found.identifier} for found in groups
        ],
        "locations": [
            {"inventoryRecords": found.records, "locationIdentifier": found.identifier} for found in locations
        ],
        "success": True,
    }
