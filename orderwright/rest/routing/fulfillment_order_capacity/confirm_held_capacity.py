"""POST /commerce/order-management/routing/fulfillment-order-capacity/actions/confirm-held-capacity"""

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
from orderwright.store.capacity import confirm


class ConfirmHeldFOCapacityRequestInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Requests that succeed or fail each alone, or with `allOrNothing` together."""

    all_or_nothing: bool = False
    capacity_requests: tuple[CapacityRequestInput, ...]


class ConfirmHeldFOCapacityInput(msgspec.Struct, frozen=True, kw_only=True):
    """Batches, independent of each other, carried out in this order."""

    requests: tuple[ConfirmHeldFOCapacityRequestInput, ...] = msgspec.field(name="confirmHeldFOCapacityRequests")


class ConfirmHeldFOCapacityOutput(msgspec.Struct, frozen=True, kw_only=True):
    """What came of each batch, in their order; `success` is true when no request was refused."""

    errors: tuple[ErrorResponse, ...] = ()
    responses: tuple[CapacityResponsesOutput, ...] = msgspec.field(name="confirmHeldFOCapacityResponses", default=())
    success: bool = True


async def confirm_held_capacity(context: Context, body: ConfirmHeldFOCapacityInput) -> ConfirmHeldFOCapacityOutput:
    """Make held capacity assigned: one less is held at the location, and its AssignedFoCount is one higher.

    Under the actionRequestId of a hold, that hold is confirmed, unless it lapsed; under another one, the hold at the
    location that would lapse next.
    """
    batches = [batch_of(batch.capacity_requests, all_or_nothing=batch.all_or_nothing) for batch in body.requests]
    outcomes = await submitted(context, confirm, batches)
    return ConfirmHeldFOCapacityOutput(
        responses=tuple(responses(told) for told in outcomes), success=all_succeeded(outcomes)
    )
