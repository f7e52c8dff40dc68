"""What the inventory owes orders, done: reservations kept, units taken off, units given back.

A duty cannot be refused: what it tells of has happened, the order is allocated, shipped or cancelled. It does as much
as there is, once under its action id, and says what it could not do; somebody has to look at that then.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.inventory import (
    ZERO,
    Done,
    Inventory,
    InventoryDecision,
    Movement,
    Place,
    hold_at,
    moved,
    room,
    stock_at,
)


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one SKU at one place that a reservation holds, or should; `kind` as that of an InventoryDuty."""

    action_request_id: str
    kind: str
    reservation_id: str
    place: Place
    stock_keeping_unit: str
    quantity: Decimal


class DutyDone(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a duty: of how many units it could be done, and why not of all."""

    quantity: Decimal
    message: str | None = None


def decide_carry_out_duties(
    inventory: Inventory, duties: Sequence[Duty]
) -> tuple[InventoryDecision, tuple[DutyDone, ...]]:
    """Return what carrying out `duties`, one after the other, moves, and what came of each.

    Keep: what of it lapsed already is reserved anew as far as units are available to order; that it lapses no more is
    written by whoever saves this. Fulfill: units are off the location and off the reservation. Release: they are off
    the reservation.
    A duty that was carried out before moves nothing and is answered as it was.
    Source: returns-payments-inventory.yaml#oci (effects of fulfilment and release, derived); the rest is inferred.
    """
    after, movements, done, outcomes = inventory, list[Movement](), list[Done](), list[DutyDone]()
    for duty in duties:
        before = after.done.get(duty.action_request_id)
        if before is not None:
            outcomes.append(msgspec.json.decode(before.answer, type=DutyDone))
            continue
        made, outcome = _DECIDE[duty.kind](after, duty)
        movements += made
        outcomes.append(outcome)
        done.append(Done(id=duty.action_request_id, digest=b"duty", answer=msgspec.json.encode(outcome)))
        after = msgspec.structs.replace(moved(after, made), done={**after.done, done[-1].id: done[-1]})
    return InventoryDecision(movements=tuple(movements), done=tuple(done)), tuple(outcomes)


def _keep(inventory: Inventory, duty: Duty) -> tuple[list[Movement], DutyDone]:
    held = _held(inventory, duty)
    # One that is forgotten by now (store/forget.py) lapsed long ago, and can hold nothing again.
    is_known = duty.reservation_id in inventory.reservations
    free = room(inventory.shelf(duty.stock_keeping_unit), duty.place) if is_known else ZERO
    again = max(min(duty.quantity - held, free), ZERO)
    made = [_movement(duty, "Reserved", reserved=again)] if again else []
    left = duty.quantity - held - again
    why = (
        f"the reservation lapsed before the order was heard of, and {left} of {duty.quantity} units of SKU "
        f"'{duty.stock_keeping_unit}' at {duty.place} were given to others; give them back with cancel-item and "
        "allocate them elsewhere, or count again"
    )
    return made, DutyDone(quantity=duty.quantity - max(left, ZERO), message=why if left > 0 else None)


def _fulfill(inventory: Inventory, duty: Duty) -> tuple[list[Movement], DutyDone]:
    on_hand = stock_at(inventory.shelf(duty.stock_keeping_unit), duty.place).on_hand
    off, taken = min(on_hand, duty.quantity), min(_held(inventory, duty), duty.quantity)
    made = [_movement(duty, "Fulfilled", on_hand=-off, reserved=-taken)] if off or taken else []
    why = (
        f"{duty.quantity} units of SKU '{duty.stock_keeping_unit}' left {duty.place}, where {on_hand} were on hand; "
        "count them again"
    )
    return made, DutyDone(quantity=off, message=why if off < duty.quantity else None)


def _release(inventory: Inventory, duty: Duty) -> tuple[list[Movement], DutyDone]:
    taken = min(_held(inventory, duty), duty.quantity)
    made = [_movement(duty, "Released", reserved=-taken)] if taken else []
    return made, DutyDone(quantity=taken)


_DECIDE = {"Keep": _keep, "Fulfill": _fulfill, "Release": _release}


def _held(inventory: Inventory, duty: Duty) -> Decimal:
    hold = hold_at(inventory.shelf(duty.stock_keeping_unit).holds, duty.place, duty.reservation_id)
    return ZERO if hold is None else hold.quantity


def _movement(duty: Duty, kind: str, *, reserved: Decimal, on_hand: Decimal = ZERO) -> Movement:
    return Movement(
        kind=kind,
        stock_keeping_unit=duty.stock_keeping_unit,
        place=duty.place,
        on_hand=on_hand,
        reserved=reserved,
        reservation_id=duty.reservation_id,
        action_request_id=duty.action_request_id,
    )
