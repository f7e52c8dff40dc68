"""What the capacity resources share: requests, batches, and what came of each.

Source: fulfillment-routing.yaml#CapacityRequestInput and its neighbours (documented).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import msgspec

from orderwright.decisions.capacity import Batch, CapacityRequest
from orderwright.decisions.capacity_batches import Outcome, Outcomes
from orderwright.rest.codec import About, Longest, OnlyWhenSet
from orderwright.rest.context import Context
from orderwright.rest.errors import spoken
from orderwright.rest.representations import ErrorResponse
from orderwright.store.transaction import Call, Transaction

LOCATION = About("The id of a Location, or its ExternalReference.")


class CapacityRequestInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One fulfillment order at one location."""

    action_request_id: Annotated[str, About("Unique key of the caller's; sent again it does nothing more.")]
    location_id: Annotated[str, LOCATION, Longest(255)]


# The names that callers chose for a request are no record ids: fields whose names end in _id would be written as such.
class CapacityResponseOutput(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one request; `error` is null when it succeeded."""

    action_request: str = msgspec.field(name="actionRequestId")
    error: ErrorResponse | None = None
    expiration_time: Annotated[
        dt.datetime | None,
        OnlyWhenSet(),
        About("Extension, with expirationSeconds: when the hold lapses unless it is confirmed."),
    ] = msgspec.field(name="expirationTime", default=None)
    success: bool = True


class CapacityResponsesOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One response per request of a batch, in its order."""

    capacity_responses: tuple[CapacityResponseOutput, ...]


Act = Callable[[Transaction, Call, Sequence[Batch]], Awaitable[Outcomes]]


async def submitted(context: Context, act: Act, batches: Sequence[Batch]) -> Outcomes:
    """What came of `batches`, all carried out in one transaction."""
    outcomes: Outcomes = await context.store.submit(
        context.call, lambda transaction: act(transaction, context.call, batches), Outcomes
    )
    return outcomes


def batch_of(
    requests: Sequence[CapacityRequestInput], *, all_or_nothing: bool, expiration_seconds: int | None = None
) -> Batch:
    """A batch as the decision takes it."""
    return Batch(
        requests=tuple(
            CapacityRequest(action_request_id=request.action_request_id, location=request.location_id)
            for request in requests
        ),
        all_or_nothing=all_or_nothing,
        expiration_seconds=expiration_seconds,
    )


def responses(outcomes: Sequence[Outcome], *, show_expiration: bool = False) -> CapacityResponsesOutput:
    """What came of a batch, under its documented names."""
    return CapacityResponsesOutput(
        capacity_responses=tuple(_response(outcome, show_expiration=show_expiration) for outcome in outcomes)
    )


def _response(outcome: Outcome, *, show_expiration: bool) -> CapacityResponseOutput:
    code = outcome.error_code
    return CapacityResponseOutput(
        action_request=outcome.action_request_id,
        error=refusal_output(code, outcome.message or "") if code is not None else None,
        expiration_time=outcome.expiration_time if show_expiration else None,
        success=code is None,
    )


def refusal_output(code: str, message: str) -> ErrorResponse:
    """Why a request was refused, as an entry of its own tells it."""
    return ErrorResponse(error_code=code, message=spoken(message))


def all_succeeded(outcomes: Outcomes) -> bool:
    """Whether no request was refused."""
    return all(outcome.error_code is None for batch in outcomes for outcome in batch)
