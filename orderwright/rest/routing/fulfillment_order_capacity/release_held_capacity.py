"""POST /commerce/order-management/routing/fulfillment-order-capacity/actions/release-held-capacity"""

from __future__ import annotations

import msgspec

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
from orderwright.store.capacity import release


class ReleaseHeldFOCapacityRequestInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Requests that succeed or fail each alone, or with `allOrNothing` together."""

    all_or_nothing: bool = False
    capacity_requests: tuple[CapacityRequestInput, ...]


class ReleaseHeldFOCapacityInput(msgspec.Struct, frozen=True, kw_only=True):
    """Batches, independent of each other, carried out in this order."""

    requests: tuple[ReleaseHeldFOCapacityRequestInput, ...] = msgspec.field(name="releaseHeldFOCapacityRequests")


class ReleaseHeldFOCapacityOutput(msgspec.Struct, frozen=True, kw_only=True):
    """What came of each batch, in their order; `success` is true when no request was refused."""

    errors: tuple[ErrorResponse, ...] = ()
    responses: tuple[CapacityResponsesOutput, ...] = msgspec.field(name="releaseHeldFOCapacityResponses", default=())
    success: bool = True


async def release_held_capacity(context: Context, body: ReleaseHeldFOCapacityInput) -> ReleaseHeldFOCapacityOutput:
    """Give held capacity back, when a fulfillment order is not assigned after all; AssignedFoCount stays.

    Under the actionRequestId of a hold, that hold is released; under another one, the hold at the location that would
    lapse next.
    """
    batches = [batch_of(batch.capacity_requests, all_or_nothing=batch.all_or_nothing) for batch in body.requests]
    outcomes = await submitted(context, release, batches)
    return ReleaseHeldFOCapacityOutput(
        responses=tuple(responses(told) for told in outcomes), success=all_succeeded(outcomes)
    )
