"""How reserved units are fulfilled, released or transferred: line by line, each an action with an id of its own.

A line that names a reservation uses up what that one holds at the place. A line that names none uses up what is held
there by anyone: first by reservations that do not lapse, which belong to orders that were placed, the oldest first.
That is as inferred as it is needed: the reservation's id came into these requests only with version 58.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.errors import InvalidCrossReference, InvalidInput, Refusal
from orderwright.decisions.inventory import (
    ZERO,
    Done,
    Hold,
    InsufficientInventory,
    Inventory,
    InventoryDecision,
    Movement,
    Place,
    Reservation,
    moved,
    room,
    stock_at,
)
from orderwright.decisions.reserve_inventory import (
    check_count,
    check_known,
    check_name,
    check_quantity,
    repeated,
)


class UseLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units that were reserved at a place; for a transfer also where the promise is to lie from now on."""

    action_request_id: str
    digest: bytes
    place: Place
    to: Place | None = None
    stock_keeping_unit: str
    quantity: Decimal
    reservation_id: str | None = None
    ignore_availability: bool = False


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was refused: its number, from zero, and why."""

    number: int
    code: str
    message: str


class LinesRefused(Refusal):
    """A request of which all lines or none are carried out, and one of them cannot be."""

    code = "TRANSFER_ROLLED_BACK"

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__(f"{len(refused)} of the records cannot be carried out, so none was: {refused[0].message}")
        self.refused = tuple(refused)


DecideLine = Callable[[Inventory, UseLine], tuple[Movement, ...]]


def decide_fulfill_inventory(
    inventory: Inventory, lines: Sequence[UseLine]
) -> tuple[InventoryDecision, tuple[Refused, ...]]:
    """Return what fulfilling `lines` moves, and the lines that were refused: each succeeds or fails alone.

    Fulfilled units are neither on hand nor reserved any more. Raises InvalidInput for no lines, or too many.
    Source: returns-payments-inventory.yaml#oci.reservation-fulfill (documented; the effect derived).
    """
    return _decide_each(inventory, lines, _fulfill, "fulfillmentRecords")


def decide_release_inventory(
    inventory: Inventory, lines: Sequence[UseLine]
) -> tuple[InventoryDecision, tuple[Refused, ...]]:
    """Return what releasing `lines` moves, and the lines that were refused: each succeeds or fails alone.

    Released units are available again. Raises InvalidInput for no lines, or too many.
    Source: returns-payments-inventory.yaml#oci.reservation-release (documented).
    """
    return _decide_each(inventory, lines, _release, "releaseRecords")


def decide_transfer_inventory(
    inventory: Inventory, lines: Sequence[UseLine], *, all_or_nothing: bool
) -> tuple[InventoryDecision, tuple[Refused, ...]]:
    """Return what transferring `lines` moves, and the lines that were refused, each alone or all of them.

    The promise moves, the units stay. The target needs them available to fulfil, unless the line says to ignore that.
    Raises InvalidInput for no lines, or too many; LinesRefused with `all_or_nothing`.
    Source: returns-payments-inventory.yaml#oci.reservation-transfer (documented); that available-to-fulfil is the
    figure that decides is inferred: the next step is to ship from there.
    """
    decision, refused = _decide_each(inventory, lines, _transfer, "transferRecords")
    if refused and all_or_nothing:
        raise LinesRefused(refused)
    return decision, refused


def _decide_each(
    inventory: Inventory, lines: Sequence[UseLine], decide: DecideLine, name: str
) -> tuple[InventoryDecision, tuple[Refused, ...]]:
    check_count(len(lines), name)
    after, movements, done, refused = inventory, list[Movement](), list[Done](), list[Refused]()
    for number, line in enumerate(lines):
        try:
            made = _once(after, line, decide)
        except Refusal as refusal:
            refused.append(Refused(number=number, code=refusal.code, message=refusal.message))
            continue
        if made:
            movements += made
            done.append(Done(id=line.action_request_id, digest=line.digest))
            after = msgspec.structs.replace(moved(after, made), done={**after.done, done[-1].id: done[-1]})
    return InventoryDecision(movements=tuple(movements), done=tuple(done)), tuple(refused)


def _once(inventory: Inventory, line: UseLine, decide: DecideLine) -> tuple[Movement, ...]:
    """What `line` moves; nothing when it was carried out before. Raises Refusal."""
    check_name(line.action_request_id, "actionRequestId")
    check_name(line.stock_keeping_unit, "stockKeepingUnit")
    check_quantity(line.quantity)
    if repeated(inventory, line.action_request_id, line.digest) is not None:
        return ()
    return decide(inventory, line)


def _fulfill(inventory: Inventory, line: UseLine) -> tuple[Movement, ...]:
    taken = _taken(inventory, line)
    on_hand = stock_at(inventory.shelf(line.stock_keeping_unit), line.place).on_hand
    if on_hand < line.quantity:
        raise InsufficientInventory(
            f"only {on_hand:f} of SKU '{line.stock_keeping_unit}' are on hand at {line.place}; count it again, or "
            "transfer the reservation",
            "quantity",
        )
    return tuple(_movement(line, "Fulfilled", line.place, held, -quantity, -quantity) for held, quantity in taken)


def _release(inventory: Inventory, line: UseLine) -> tuple[Movement, ...]:
    taken = _taken(inventory, line)
    return tuple(_movement(line, "Released", line.place, held, -quantity) for held, quantity in taken)


def _transfer(inventory: Inventory, line: UseLine) -> tuple[Movement, ...]:
    to = line.to
    if to is None or to == line.place:
        raise InvalidInput(
            f"the source and the target are both {line.place}; send another target", "toLocationIdentifier"
        )
    check_known(inventory, (to,))
    taken = _taken(inventory, line)
    out = tuple(_movement(line, "TransferredOut", line.place, held, -quantity) for held, quantity in taken)
    if not line.ignore_availability:
        _check_target(moved(inventory, out), line, to)
    return (*out, *(_movement(line, "TransferredIn", to, held, quantity) for held, quantity in taken))


def _check_target(inventory: Inventory, line: UseLine, to: Place) -> None:
    shelf = inventory.shelf(line.stock_keeping_unit)
    free = room(shelf, to)
    if not to.is_group:
        free = max(min(free, stock_at(shelf, to).available_to_fulfill), ZERO)
    if free < line.quantity:
        raise InsufficientInventory(
            f"{line.quantity:f} of SKU '{line.stock_keeping_unit}' are not available at {to}, {free:f} are; transfer "
            "fewer, or send ignoreAvailabilityCheck",
            "quantity",
        )


def _taken(inventory: Inventory, line: UseLine) -> list[tuple[Hold, Decimal]]:
    """The holds that `line` uses up, and how much of each. Raises when they hold less than it wants."""
    if line.reservation_id is not None and line.reservation_id not in inventory.reservations:
        raise InvalidCrossReference(
            f"there is no reservation '{line.reservation_id}'; send the actionRequestId that made it", "reservationId"
        )
    left, taken = line.quantity, list[tuple[Hold, Decimal]]()
    for hold in inventory.shelf(line.stock_keeping_unit).holds:
        if hold.place == line.place and line.reservation_id in (None, hold.reservation_id) and hold.quantity > 0:
            quantity = min(left, hold.quantity)
            taken.append((hold, quantity))
            left -= quantity
            if left == 0:
                return taken
    raise InsufficientInventory(_not_reserved(inventory, line, line.quantity - left), "quantity")


def _not_reserved(inventory: Inventory, line: UseLine, reserved: Decimal) -> str:
    reservation = inventory.reservations.get(line.reservation_id or "")
    who = f"by reservation '{line.reservation_id}' " if line.reservation_id is not None else ""
    return (
        f"{line.quantity:f} of SKU '{line.stock_keeping_unit}' are not reserved {who}at {line.place}, {reserved:f} are"
        f"{_lapse(reservation)}; send at most that, or the place where the reservation is"
    )


def _lapse(reservation: Reservation | None) -> str:
    if reservation is None or reservation.expiration_time is None:
        return ""
    return f" (it lapses or lapsed at {reservation.expiration_time.isoformat()})"


def _movement(
    line: UseLine, kind: str, place: Place, hold: Hold, reserved: Decimal, on_hand: Decimal = ZERO
) -> Movement:
    return Movement(
        kind=kind,
        stock_keeping_unit=line.stock_keeping_unit,
        place=place,
        on_hand=on_hand,
        reserved=reserved,
        reservation_id=hold.reservation_id,
        action_request_id=line.action_request_id,
    )
