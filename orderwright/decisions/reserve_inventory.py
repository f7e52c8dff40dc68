"""How a reservation is made: all of it, or where the caller allows that, what there is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from orderwright.decisions.errors import DuplicateValue, InvalidCrossReference, InvalidInput, Refusal
from orderwright.decisions.inventory import (
    ZERO,
    Done,
    InsufficientInventory,
    Inventory,
    InventoryDecision,
    Movement,
    Place,
    Reservation,
    moved,
    room,
)

MOST_RECORDS = 100
MOST_EXPIRATION_SECONDS = 14_400
LONGEST_NAME = 255
MOST_DECIMALS = 9


class ReserveLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one SKU wanted at one place."""

    place: Place
    stock_keeping_unit: str
    quantity: Decimal


class ReserveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a reservation is asked to hold, and for how long; without `expiration_seconds` it never lapses."""

    action_request_id: str
    digest: bytes
    lines: tuple[ReserveLine, ...]
    allow_partial: bool = False
    expiration_seconds: int | None = None
    reservation_time: dt.datetime | None = None
    external_ref_id: str | None = None


class LineOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one line: units held there now, by how many that changed, and why it is fewer than asked for."""

    place: Place
    stock_keeping_unit: str
    quantity: Decimal
    adjustment: Decimal = ZERO
    error_code: str | None = None
    message: str | None = None


class ReserveOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a reservation holds, line by line in the order asked, and until when."""

    lines: tuple[LineOutcome, ...]
    reservation_time: dt.datetime
    expiration_time: dt.datetime | None = None


class NotReserved(InsufficientInventory):
    """Nothing was reserved, because not enough is available; the lines say where."""

    def __init__(self, lines: tuple[LineOutcome, ...]) -> None:
        super().__init__("; ".join(line.message for line in lines if line.message is not None))
        self.lines = lines


def decide_reserve_inventory(
    inventory: Inventory, request: ReserveRequest, now: dt.datetime
) -> tuple[InventoryDecision, ReserveOutcome]:
    """Return what reserving `request` moves, and what came of each line.

    Quantities above zero, at most nine decimals. A request that was carried out before is answered as it was, and moves
    nothing. Raises, in this order: InvalidInput and InvalidCrossReference for the request itself, DuplicateValue for an
    id that was used for something else, NotReserved when a line lacks units (with `allow_partial`: when all do).
    Source: returns-payments-inventory.yaml#oci.reservation-create (documented); the figure that decides, and that a
    part of a line may be reserved, are inferred.
    """
    _check(inventory, request)
    done = repeated(inventory, request.action_request_id, request.digest)
    if done is not None:
        return InventoryDecision(), msgspec.json.decode(done.answer, type=ReserveOutcome)
    reservation = _begun(request, now)
    after, lines, movements = inventory, [], []
    for line in request.lines:
        outcome = _granted(after, line, may_be_part=request.allow_partial)
        lines.append(outcome)
        if outcome.quantity > 0:
            movements.append(movement_of("Reserved", line.place, outcome, reservation.id, request.action_request_id))
            after = moved(after, movements[-1:])
    _refuse_short(lines, allow_partial=request.allow_partial)
    outcome_of_all = ReserveOutcome(
        lines=tuple(lines),
        reservation_time=reservation.reservation_time,
        expiration_time=reservation.expiration_time,
    )
    decision = InventoryDecision(
        movements=tuple(movements),
        reservation=reservation,
        done=(Done(id=reservation.id, digest=request.digest, answer=msgspec.json.encode(outcome_of_all)),),
    )
    return decision, outcome_of_all


def _check(inventory: Inventory, request: ReserveRequest) -> None:
    check_name(request.action_request_id, "actionRequestId")
    check_external_reference(request.external_ref_id)
    seconds = request.expiration_seconds
    if seconds is not None and not 1 <= seconds <= MOST_EXPIRATION_SECONDS:
        raise InvalidInput(
            f"expirationSeconds is {seconds}; send 1 to {MOST_EXPIRATION_SECONDS}, or leave it out for a reservation "
            "that does not lapse",
            "expirationSeconds",
        )
    check_lines(inventory, request.lines, "createRecords")
    for line in request.lines:
        check_quantity(line.quantity)


def check_lines(inventory: Inventory, lines: tuple[ReserveLine, ...], name: str) -> None:
    """Raise InvalidInput or InvalidCrossReference for lines that no reservation can have."""
    check_count(len(lines), name)
    seen: set[tuple[Place, str]] = set()
    for line in lines:
        check_name(line.stock_keeping_unit, "stockKeepingUnit")
        check_known(inventory, (line.place,))
        if (line.place, line.stock_keeping_unit) in seen:
            raise InvalidInput(
                f"SKU '{line.stock_keeping_unit}' at {line.place} is listed twice; send one record with the sum", name
            )
        seen.add((line.place, line.stock_keeping_unit))


def check_count(count: int, name: str) -> None:
    """Raise InvalidInput for no records, or for more than one request may have."""
    if not 1 <= count <= MOST_RECORDS:
        raise InvalidInput(f"{name} has {count} records; send 1 to {MOST_RECORDS}", name)


def check_name(value: str, name: str) -> None:
    """Raise InvalidInput for an identifier that is empty, longer than any is, or cannot be kept as text."""
    if not value.strip() or len(value) > LONGEST_NAME or "\x00" in value:
        raise InvalidInput(
            f"{name} has {len(value)} characters; send 1 to {LONGEST_NAME}, not only spaces and no null character", name
        )


def check_external_reference(value: str | None) -> None:
    """Raise InvalidInput for an externalRefId that is longer than any is."""
    if value is not None and len(value) > LONGEST_NAME:
        raise InvalidInput(
            f"externalRefId has {len(value)} characters, at most {LONGEST_NAME} are kept", "externalRefId"
        )


def check_known(inventory: Inventory, places: Iterable[Place]) -> None:
    """Raise InvalidCrossReference for a place that is not in the published location graph."""
    for place in places:
        if place not in inventory.known:
            raise unknown(place)


def unknown(place: Place) -> InvalidCrossReference:
    """The refusal of a place that the location graph does not have."""
    name = "locationGroupIdentifier" if place.is_group else "locationIdentifier"
    return InvalidCrossReference(
        f"{place} is not in the location graph; send the ExternalReference of a published one, or publish it", name
    )


def check_quantity(quantity: Decimal, *, may_be_zero: bool = False) -> None:
    """Raise InvalidInput for a quantity below zero (or zero), or with more decimals than are kept."""
    exponent = quantity.as_tuple().exponent
    if quantity < 0 or (quantity == 0 and not may_be_zero):
        raise InvalidInput(f"quantity is {quantity:f}; send a number above zero", "quantity")
    if isinstance(exponent, int) and exponent < -MOST_DECIMALS:
        raise InvalidInput(f"quantity is {quantity:f}; at most {MOST_DECIMALS} decimals are kept", "quantity")


def repeated(inventory: Inventory, action_request_id: str, digest: bytes) -> Done | None:
    """What this action did before; None when it is new. Raises DuplicateValue when its id was used for another."""
    done = inventory.done.get(action_request_id)
    if done is not None and done.digest != digest:
        raise DuplicateValue(
            f"actionRequestId '{action_request_id}' was used before for another request; send a new one",
            "actionRequestId",
        )
    return done


def _begun(request: ReserveRequest, now: dt.datetime) -> Reservation:
    begins = request.reservation_time or now
    ends = _end(begins, request.expiration_seconds)
    if ends is not None and ends <= now:
        raise InvalidInput(
            f"the reservation would have lapsed at {ends.isoformat()}; send a later reservationTime, or none",
            "reservationTime",
        )
    return Reservation(
        id=request.action_request_id,
        reservation_time=begins,
        expiration_time=ends,
        external_ref_id=request.external_ref_id,
    )


def _end(begins: dt.datetime, seconds: int | None) -> dt.datetime | None:
    try:
        return None if seconds is None else begins + dt.timedelta(seconds=seconds)
    except OverflowError:
        raise InvalidInput(
            f"a reservation from {begins.isoformat()} would end after the year {dt.MAXYEAR}; send an earlier "
            "reservationTime, or none",
            "reservationTime",
        ) from None


def _granted(inventory: Inventory, line: ReserveLine, *, may_be_part: bool) -> LineOutcome:
    free = room(inventory.shelf(line.stock_keeping_unit), line.place)
    is_short = free < line.quantity
    granted = line.quantity if not is_short else free if may_be_part else ZERO
    return LineOutcome(
        place=line.place,
        stock_keeping_unit=line.stock_keeping_unit,
        quantity=granted,
        adjustment=granted,
        error_code=InsufficientInventory.code if is_short else None,
        message=shortage(line, line.quantity, free) if is_short else None,
    )


def shortage(line: ReserveLine, wanted: Decimal, free: Decimal) -> str:
    """What is lacking, and the way out, in words."""
    return (
        f"{wanted:f} of SKU '{line.stock_keeping_unit}' at {line.place} are not available, {free:f} are; ask for "
        "fewer, or elsewhere, or allow a partial reservation"
    )


def _refuse_short(lines: list[LineOutcome], *, allow_partial: bool) -> None:
    short = any(line.error_code for line in lines)
    if short and not (allow_partial and any(line.quantity > 0 for line in lines)):
        nothing = (msgspec.structs.replace(line, quantity=ZERO, adjustment=ZERO) for line in lines)
        raise NotReserved(tuple(nothing))


def movement_of(kind: str, place: Place, outcome: LineOutcome, reservation_id: str, action_request_id: str) -> Movement:
    """The movement of what a line was granted."""
    return Movement(
        kind=kind,
        stock_keeping_unit=outcome.stock_keeping_unit,
        place=place,
        reserved=outcome.adjustment,
        reservation_id=reservation_id,
        action_request_id=action_request_id,
    )


def refused_line(line: ReserveLine, refusal: Refusal, held: Decimal = ZERO) -> LineOutcome:
    """The outcome of a line that was refused; `held` stays as it was."""
    return LineOutcome(
        place=line.place,
        stock_keeping_unit=line.stock_keeping_unit,
        quantity=held,
        error_code=refusal.code,
        message=refusal.message,
    )
