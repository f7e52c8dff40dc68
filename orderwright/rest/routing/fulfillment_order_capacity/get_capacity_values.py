"""POST /commerce/order-management/routing/fulfillment-order-capacity/actions/get-capacity-values"""

from __future__ import annotations

from typing import Annotated

import msgspec

from orderwright.decisions.capacity import no_location
from orderwright.decisions.capacity_batches import check_count
from orderwright.decisions.errors import RequiredFieldMissing
from orderwright.objects.identity import to_18
from orderwright.rest.codec import About
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse
from orderwright.rest.routing.fulfillment_order_capacity.representations import refusal_output
from orderwright.store.capacity import Called, Held, find_called, read_capacity


class GetFOCapacityValuesRequestInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The locations asked about."""

    location_ids: Annotated[tuple[str, ...], About("Each the id of a Location, or its ExternalReference.")]


class LocationCapacityOutput(msgspec.Struct, frozen=True, kw_only=True):
    """The capacity of one location; all numbers are null when `error` is set."""

    assigned: Annotated[int | None, About("AssignedFoCount; zero when it was never set.")] = None
    capacity: Annotated[int | None, About("FoCapacity; null for no limit.")] = None
    error: ErrorResponse | None = None
    held: Annotated[int | None, About("Neither confirmed nor released, and not lapsed.")] = msgspec.field(
        name="heldCapacity", default=None
    )
    # Not always a record id: an ExternalReference is answered as it was sent.
    location: str = msgspec.field(name="locationId")


class GetFOCapacityValuesOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One entry per location asked about, in that order; `success` is true when all of them exist."""

    errors: tuple[ErrorResponse, ...] = ()
    locations: tuple[LocationCapacityOutput, ...] = ()
    success: bool = True


async def get_capacity_values(context: Context, body: GetFOCapacityValuesRequestInput) -> GetFOCapacityValuesOutput:
    """What locations can take, what is assigned to them, and what is held there: the only place that tells the last."""
    if not body.location_ids:
        raise RequiredFieldMissing("locationIds is empty; name one location at least", "locationIds")
    check_count(len(body.location_ids), "locationIds")
    async with context.reading() as session:
        called = await find_called(session, body.location_ids)
        found = await read_capacity(session, called.ids.values(), context.store.now())
    locations = tuple(_location(text, called, found) for text in body.location_ids)
    return GetFOCapacityValuesOutput(locations=locations, success=all(one.error is None for one in locations))


def _location(text: str, called: Called, found: dict[str, Held]) -> LocationCapacityOutput:
    held = found.get(called.ids.get(text, ""))
    if held is None:
        why = no_location(text, called.ambiguous)
        return LocationCapacityOutput(location=text, error=refusal_output(why.code, why.message))
    location = held.location
    return LocationCapacityOutput(
        location=text if text == location.external_reference else to_18(location.id),
        capacity=location.fo_capacity,
        assigned=location.assigned_fo_count or 0,
        held=held.held,
    )
