"""POST /commerce/order-management/routing/fulfillment-order-capacity/actions/hold-capacity"""

from __future__ import annotations

from typing import Annotated

import msgspec

from orderwright.decisions.hold_capacity import MOST_SECONDS, USUAL_SECONDS
from orderwright.rest.codec import About
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse
from orderwright.rest.routing.fulfillment_order_capacity.representations import (
    CapacityRequestInput,
    CapacityResponsesOutput,
    all_succeeded,
    batch_of,
    responses,
    submitted,
)
from orderwright.store.capacity import hold


class HoldFOCapacityRequestInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Requests that succeed or fail each alone, or with `allOrNothing` together."""

    all_or_nothing: bool = False
    capacity_requests: tuple[CapacityRequestInput, ...]
    expiration_seconds: Annotated[
        int | None,
        About(f"Extension: how long these holds last, up to {MOST_SECONDS}; {USUAL_SECONDS} when left out."),
    ] = None


class HoldFOCapacityInput(msgspec.Struct, frozen=True, kw_only=True):
    """Batches, independent of each other, carried out in this order."""

    requests: tuple[HoldFOCapacityRequestInput, ...] = msgspec.field(name="holdFOCapacityRequests")


class HoldFOCapacityOutput(msgspec.Struct, frozen=True, kw_only=True):
    """What came of each batch, in their order; `success` is true when no request was refused."""

    errors: tuple[ErrorResponse, ...] = ()
    responses: tuple[CapacityResponsesOutput, ...] = msgspec.field(name="holdFOCapacityResponses", default=())
    success: bool = True


async def hold_capacity(context: Context, body: HoldFOCapacityInput) -> HoldFOCapacityOutput:
    """Hold capacity of locations for fulfillment orders that are about to be assigned there, one per request.

    A location's FoCapacity less what is held and AssignedFoCount is free; without one, or unless
    ShouldTrackFoCapacity is set, there is no limit. A hold lapses when it is neither confirmed nor released in time.
    """
    batches = [
        batch_of(
            batch.capacity_requests, all_or_nothing=batch.all_or_nothing, expiration_seconds=batch.expiration_seconds
        )
        for batch in body.requests
    ]
    outcomes = await submitted(context, hold, batches)
    return HoldFOCapacityOutput(
        responses=tuple(
            responses(told, show_expiration=batch.expiration_seconds is not None)
            for batch, told in zip(batches, outcomes, strict=True)
        ),
        success=all_succeeded(outcomes),
    )
