"""How a reservation is changed: each record says how much of a SKU it is to hold at a place from now on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.errors import InvalidCrossReference, InvalidOperation
from orderwright.decisions.inventory import (
    ZERO,
    Done,
    InsufficientInventory,
    Inventory,
    InventoryDecision,
    Movement,
    Reservation,
    hold_at,
    moved,
    room,
)
from orderwright.decisions.reserve_inventory import (
    LineOutcome,
    NotReserved,
    ReserveLine,
    ReserveOutcome,
    check_lines,
    check_name,
    check_quantity,
    movement_of,
    repeated,
    shortage,
)


class UpdateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How much a reservation is to hold from now on, line by line; zero gives it up there."""

    action_request_id: str
    digest: bytes
    reservation_id: str
    lines: tuple[ReserveLine, ...]
    allow_partial: bool = False
    all_or_nothing: bool = False
    reservation_time: dt.datetime | None = None


def decide_update_reservation(
    inventory: Inventory, request: UpdateRequest, now: dt.datetime
) -> tuple[InventoryDecision, ReserveOutcome]:
    """Return what the update moves, and what each line holds afterwards.

    A line is absolute: the quantity held from now on; zero or more, at most nine decimals. A line that lacks units
    stays as it was, or takes what there is with `allow_partial`; with `all_or_nothing` it ends the whole update. When
    the reservation lapses does not change. Raises, in this order: InvalidInput, InvalidCrossReference, DuplicateValue,
    InvalidOperation for a reservation that lapsed, NotReserved.
    Source: returns-payments-inventory.yaml#oci.reservation-update (documented); that quantities are absolute is
    inferred from the output, which has the total beside the adjustment.
    """
    _check(inventory, request)
    done = repeated(inventory, request.action_request_id, request.digest)
    if done is not None:
        return InventoryDecision(), msgspec.json.decode(done.answer, type=ReserveOutcome)
    reservation = standing(inventory, request.reservation_id, now)
    after, lines, movements = inventory, list[LineOutcome](), list[Movement]()
    for line in sorted_for_update(inventory, request):
        outcome = _adjusted(after, line, request)
        lines.append(outcome)
        if outcome.adjustment != 0:
            movements.append(
                movement_of("Adjusted", line.place, outcome, request.reservation_id, request.action_request_id)
            )
            after = moved(after, movements[-1:])
    outcome_of_all = _outcome(request, lines, reservation, now)
    decision = InventoryDecision(
        movements=tuple(movements),
        done=(Done(id=request.action_request_id, digest=request.digest, answer=msgspec.json.encode(outcome_of_all)),),
    )
    return decision, outcome_of_all


def _check(inventory: Inventory, request: UpdateRequest) -> None:
    check_name(request.action_request_id, "actionRequestId")
    check_lines(inventory, request.lines, "updateRecords")
    for line in request.lines:
        check_quantity(line.quantity, may_be_zero=True)


def standing(inventory: Inventory, reservation_id: str, now: dt.datetime) -> Reservation:
    """The reservation with this id. Raises InvalidCrossReference for none, InvalidOperation for one that lapsed."""
    reservation = inventory.reservations.get(reservation_id)
    if reservation is None:
        raise InvalidCrossReference(
            f"there is no reservation '{reservation_id}'; send the actionRequestId that made it", "reservationId"
        )
    if reservation.expiration_time is not None and reservation.expiration_time <= now:
        raise InvalidOperation(
            f"reservation '{reservation_id}' lapsed at {reservation.expiration_time.isoformat()} and holds nothing; "
            "reserve anew",
            "reservationId",
        )
    return reservation


def sorted_for_update(inventory: Inventory, request: UpdateRequest) -> Sequence[ReserveLine]:
    """The lines in an order in which units given up by one are there for another: those that give up come first."""
    return sorted(request.lines, key=lambda line: line.quantity >= held_by(inventory, line, request.reservation_id))


def held_by(inventory: Inventory, line: ReserveLine, reservation_id: str) -> Decimal:
    """What the reservation holds of the line's SKU at its place."""
    hold = hold_at(inventory.shelf(line.stock_keeping_unit).holds, line.place, reservation_id)
    return ZERO if hold is None else hold.quantity


def _adjusted(inventory: Inventory, line: ReserveLine, request: UpdateRequest) -> LineOutcome:
    held = held_by(inventory, line, request.reservation_id)
    wanted = line.quantity - held
    free = room(inventory.shelf(line.stock_keeping_unit), line.place) if wanted > 0 else wanted
    is_short = free < wanted
    adjustment = wanted if not is_short else free if request.allow_partial else ZERO
    return LineOutcome(
        place=line.place,
        stock_keeping_unit=line.stock_keeping_unit,
        quantity=held + adjustment,
        adjustment=adjustment,
        error_code=InsufficientInventory.code if is_short else None,
        message=shortage(line, wanted, free) if is_short else None,
    )


def _outcome(
    request: UpdateRequest, lines: Sequence[LineOutcome], reservation: Reservation, now: dt.datetime
) -> ReserveOutcome:
    by_line = {(line.place, line.stock_keeping_unit): line for line in lines}
    in_order = tuple(by_line[line.place, line.stock_keeping_unit] for line in request.lines)
    if request.all_or_nothing and not all(is_met(line, request) for line in in_order):
        raise NotReserved(
            tuple(
                msgspec.structs.replace(line, quantity=line.quantity - line.adjustment, adjustment=ZERO)
                for line in in_order
            )
        )
    return ReserveOutcome(
        lines=in_order,
        reservation_time=request.reservation_time or now,
        expiration_time=reservation.expiration_time,
    )


def is_met(line: LineOutcome, request: UpdateRequest) -> bool:
    """Whether the line got what it asked for, or the part that the request allows it to get."""
    return line.error_code is None or (request.allow_partial and line.adjustment > 0)
