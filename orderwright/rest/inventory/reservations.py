"""POST /commerce/oci/reservation/actions/reservations: reserve units at locations and location groups."""

from __future__ import annotations

import datetime as dt

import msgspec

from orderwright.decisions.reserve_inventory import (
    NotReserved,
    ReserveOutcome,
    ReserveRequest,
)
from orderwright.rest.context import Context
from orderwright.rest.inventory.representations import (
    ReservationSingleInput,
    ReservationSingleOutput,
    digest_of,
    refused,
    reserve_lines,
    single_error,
    single_output,
)
from orderwright.rest.representations import ErrorResponse
from orderwright.store.inventory_reservations import reserve


class CreateReservationInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: returns-payments-inventory.yaml#OCICreateReservationInput (documented)."""

    action_request_id: str
    allow_partial_reservations: bool = False
    create_records: tuple[ReservationSingleInput, ...]
    expiration_seconds: int | None = None
    external_ref_id: str | None = None
    reservation_time: dt.datetime | None = None


class CreateReservationOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was reserved, record by record; `expirationTime` is null for a reservation that does not lapse."""

    details: tuple[ReservationSingleOutput, ...] = ()
    errors: tuple[ErrorResponse, ...] = ()
    expiration_time: dt.datetime | None = None
    reservation_time: dt.datetime | None = None
    success: bool = True


async def create_reservation(context: Context, body: CreateReservationInput) -> CreateReservationOutput:
    """Reserve units; the actionRequestId becomes the reservation's id, and a repeat of it reserves nothing more."""
    request = ReserveRequest(
        action_request_id=body.action_request_id,
        digest=digest_of("reserve", body),
        lines=reserve_lines(body.create_records),
        allow_partial=body.allow_partial_reservations,
        expiration_seconds=body.expiration_seconds,
        reservation_time=body.reservation_time,
        external_ref_id=body.external_ref_id,
    )
    try:
        outcome = await reserve(context.store, context.call, request)
    except NotReserved as refusal:
        return _refused(context, refusal)
    return _output(outcome)


def _output(outcome: ReserveOutcome) -> CreateReservationOutput:
    return CreateReservationOutput(
        details=tuple(single_output(line) for line in outcome.lines),
        expiration_time=outcome.expiration_time,
        reservation_time=outcome.reservation_time,
    )


def _refused(context: Context, refusal: NotReserved) -> CreateReservationOutput:
    output = CreateReservationOutput(
        details=tuple(single_output(line) for line in refusal.lines), errors=single_error(refusal), success=False
    )
    answer: CreateReservationOutput = refused(refusal, output, context.version)
    return answer
