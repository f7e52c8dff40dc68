"""POST /commerce/oci/reservation/actions/{fulfillments, releases, transfers}: what becomes of reserved units.

Source: returns-payments-inventory.yaml#oci.reservation-fulfill and its neighbours (documented).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from orderwright.decisions.use_reservation import (
    LinesRefused,
    Refused,
    UseLine,
    decide_fulfill_inventory,
    decide_release_inventory,
    decide_transfer_inventory,
)
from orderwright.rest.codec import Since
from orderwright.rest.context import Context
from orderwright.rest.inventory.representations import ReservationId, digest_of, place_of, refused
from orderwright.store.inventory_reservations import use

FROM = ("fromLocationIdentifier", "fromLocationGroupIdentifier")
TO = ("toLocationIdentifier", "toLocationGroupIdentifier")


class FulfillReservationSingleInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Reserved units that leave a location."""

    action_request_id: str
    external_ref_id: str | None = None
    location_identifier: str
    quantity: Decimal
    reservation_id: ReservationId = None
    stock_keeping_unit: str


class FulfillReservationInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A `reservationId` here goes for every record that names none."""

    fulfillment_records: tuple[FulfillReservationSingleInput, ...]
    reservation_id: ReservationId = None


class ReleaseReservationSingleInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Reserved units that are available again."""

    action_request_id: str
    external_ref_id: str | None = None
    location_group_identifier: str | None = None
    location_identifier: str | None = None
    quantity: Decimal
    reservation_id: ReservationId = None
    stock_keeping_unit: str


class ReleaseReservationInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A `reservationId` here goes for every record that names none."""

    release_records: tuple[ReleaseReservationSingleInput, ...]
    reservation_id: ReservationId = None


class TransferReservationSingleInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Reserved units whose reservation goes to another place; the units themselves stay."""

    action_request_id: str
    external_ref_id: str | None = None
    from_location_group_identifier: str | None = None
    from_location_identifier: str | None = None
    ignore_availability_check: Annotated[bool, Since(52)] = False
    quantity: Decimal
    reservation_id: ReservationId = None
    stock_keeping_unit: str
    to_location_group_identifier: str | None = None
    to_location_identifier: str | None = None


class TransferReservationInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """With an `allOrNothingTransferId` all records are transferred or none."""

    all_or_nothing_transfer_id: str | None = None
    reservation_id: ReservationId = None
    transfer_records: tuple[TransferReservationSingleInput, ...]


class ActionErrorOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A record that was refused, and why; `details` repeats the record."""

    details: dict[str, Any]
    error_code: str
    message: str


class ReservationActionOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`success` is true when no record was refused."""

    errors: tuple[ActionErrorOutput, ...] = ()
    success: bool = True


Records = Sequence[FulfillReservationSingleInput | ReleaseReservationSingleInput | TransferReservationSingleInput]


async def fulfill_reservation(context: Context, body: FulfillReservationInput) -> ReservationActionOutput:
    """Take reserved units off the hands of their locations; each record succeeds or fails alone."""
    records = body.fulfillment_records
    lines = [_fulfill_line(record, body.reservation_id) for record in records]
    return _output(records, await use(context.store, context.call, lines, decide_fulfill_inventory))


async def release_reservation(context: Context, body: ReleaseReservationInput) -> ReservationActionOutput:
    """Give reserved units back; each record succeeds or fails alone."""
    records = body.release_records
    lines = [_release_line(record, body.reservation_id) for record in records]
    return _output(records, await use(context.store, context.call, lines, decide_release_inventory))


async def transfer_reservation(context: Context, body: TransferReservationInput) -> ReservationActionOutput:
    """Move reservations from place to place; each record succeeds or fails alone, or all of them together."""
    records = body.transfer_records
    lines = [_transfer_line(record, body) for record in records]
    decide = functools.partial(decide_transfer_inventory, all_or_nothing=body.all_or_nothing_transfer_id is not None)
    try:
        return _output(records, await use(context.store, context.call, lines, decide))
    except LinesRefused as refusal:
        return _none_of(context, records, refusal)


def _fulfill_line(record: FulfillReservationSingleInput, reservation_id: str | None) -> UseLine:
    return UseLine(
        action_request_id=record.action_request_id,
        digest=digest_of("fulfill", [record, reservation_id]),
        place=place_of(record.location_identifier, None),
        stock_keeping_unit=record.stock_keeping_unit,
        quantity=record.quantity,
        reservation_id=record.reservation_id or reservation_id,
    )


def _release_line(record: ReleaseReservationSingleInput, reservation_id: str | None) -> UseLine:
    return UseLine(
        action_request_id=record.action_request_id,
        digest=digest_of("release", [record, reservation_id]),
        place=place_of(record.location_identifier, record.location_group_identifier),
        stock_keeping_unit=record.stock_keeping_unit,
        quantity=record.quantity,
        reservation_id=record.reservation_id or reservation_id,
    )


def _transfer_line(record: TransferReservationSingleInput, body: TransferReservationInput) -> UseLine:
    return UseLine(
        action_request_id=record.action_request_id,
        digest=digest_of("transfer", [record, body.reservation_id]),
        place=place_of(record.from_location_identifier, record.from_location_group_identifier, FROM),
        to=place_of(record.to_location_identifier, record.to_location_group_identifier, TO),
        stock_keeping_unit=record.stock_keeping_unit,
        quantity=record.quantity,
        reservation_id=record.reservation_id or body.reservation_id,
        ignore_availability=record.ignore_availability_check,
    )


def _output(records: Records, found: tuple[Refused, ...]) -> ReservationActionOutput:
    errors = tuple(
        ActionErrorOutput(details=_echo(records[one.number]), error_code=one.code, message=one.message) for one in found
    )
    return ReservationActionOutput(errors=errors, success=not errors)


def _echo(record: msgspec.Struct) -> dict[str, Any]:
    """What was sent, by its documented names; what was left out is left out here."""
    values = ((field, getattr(record, field.name)) for field in msgspec.structs.fields(record))
    return {field.encode_name: value for field, value in values if value is not None}


def _none_of(context: Context, records: Records, refusal: LinesRefused) -> ReservationActionOutput:
    output = _output(records, refusal.refused)
    answer: ReservationActionOutput = refused(refusal, output, context.version)
    return answer
