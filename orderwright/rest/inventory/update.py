"""POST /commerce/oci/reservation/actions/update: change how much a reservation holds."""

from __future__ import annotations

import datetime as dt

import msgspec

from orderwright.decisions.errors import RequiredFieldMissing
from orderwright.decisions.reserve_inventory import NotReserved, ReserveOutcome
from orderwright.decisions.update_reservation import UpdateRequest, is_met
from orderwright.rest.context import Context
from orderwright.rest.inventory.representations import (
    ReservationSingleInput,
    UpdateSingleOutput,
    digest_of,
    errors_of,
    refused,
    reserve_lines,
    single_error,
    update_output,
)
from orderwright.rest.representations import ErrorResponse
from orderwright.store.inventory_reservations import update_reservation as submit_update


class UpdateReservationInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Quantities are what the reservation is to hold from now on.

    Source: returns-payments-inventory.yaml#OCIUpdateReservationInput (documented; that they are totals is inferred).
    """

    action_request_id: str
    allow_partial_reservations: bool = False
    external_ref_id: str | None = None
    reservation_id: str | None = None
    reservation_time: dt.datetime | None = None
    update_all_or_nothing_records: bool = False
    update_records: tuple[ReservationSingleInput, ...]


class UpdateReservationOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the reservation holds now, record by record."""

    details: tuple[UpdateSingleOutput, ...] = ()
    errors: tuple[ErrorResponse, ...] = ()
    reservation_time: dt.datetime | None = None
    success: bool = True


async def update_reservation(context: Context, body: UpdateReservationInput) -> UpdateReservationOutput:
    """Change what a reservation holds, record by record or all at once; when it lapses stays as it is."""
    if body.reservation_id is None:
        raise RequiredFieldMissing("reservationId is missing; send the actionRequestId that made it", "reservationId")
    request = UpdateRequest(
        action_request_id=body.action_request_id,
        digest=digest_of("update", body),
        reservation_id=body.reservation_id,
        lines=reserve_lines(body.update_records),
        allow_partial=body.allow_partial_reservations,
        all_or_nothing=body.update_all_or_nothing_records,
        reservation_time=body.reservation_time,
    )
    try:
        outcome = await submit_update(context.store, context.call, request)
    except NotReserved as refusal:
        return _refused(context, refusal)
    return _output(outcome, request)


def _output(outcome: ReserveOutcome, request: UpdateRequest) -> UpdateReservationOutput:
    failed = tuple(line for line in outcome.lines if not is_met(line, request))
    return UpdateReservationOutput(
        details=tuple(update_output(line) for line in outcome.lines),
        errors=errors_of(failed),
        reservation_time=outcome.reservation_time,
        success=not failed,
    )


def _refused(context: Context, refusal: NotReserved) -> UpdateReservationOutput:
    output = UpdateReservationOutput(
        details=tuple(update_output(line) for line in refusal.lines), errors=single_error(refusal), success=False
    )
    answer: UpdateReservationOutput = refused(refusal, output, context.version)
    return answer
