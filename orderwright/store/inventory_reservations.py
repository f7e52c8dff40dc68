"""Reservations from request to commit: what an action is about, loaded and locked; decided; saved.

Also the hook for whoever ships an order: `fulfill_held` and `release_held` work on all that a reservation holds, by its
id alone. Inventory is no part of an order's shard (decisions.md S5): each of these is a transaction of its own, and
safe to run again, because its actions carry ids that follow from the caller's.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol, TypeVar

from orderwright.decisions.inventory import Inventory, InventoryDecision
from orderwright.decisions.reserve_inventory import (
    MOST_RECORDS,
    ReserveOutcome,
    ReserveRequest,
    decide_reserve_inventory,
)
from orderwright.decisions.update_reservation import UpdateRequest, decide_update_reservation
from orderwright.decisions.use_reservation import (
    Refused,
    UseLine,
    decide_fulfill_inventory,
    decide_release_inventory,
)
from orderwright.store.inventory import Wanted, holds_of, load_inventory
from orderwright.store.inventory_movements import Cell, save_inventory
from orderwright.store.transaction import Call, Store, Transaction

T = TypeVar("T")

Decide = Callable[[Inventory], tuple[InventoryDecision, T]]


class UseLines(Protocol):
    """`decide_fulfill_inventory` and its like."""

    def __call__(
        self, inventory: Inventory, lines: Sequence[UseLine]
    ) -> tuple[InventoryDecision, tuple[Refused, ...]]: ...


async def reserve(store: Store, call: Call, request: ReserveRequest) -> ReserveOutcome:
    """Reserve what `request` asks for. Raises what `decide_reserve_inventory` raises; then nothing was written."""
    wanted = Wanted(
        cells=frozenset(Cell(line.stock_keeping_unit, line.place) for line in request.lines),
        action_ids=frozenset([request.action_request_id]),
    )

    async def act(transaction: Transaction) -> ReserveOutcome:
        now = transaction.now
        return await decided(
            transaction, call, wanted, lambda inventory: decide_reserve_inventory(inventory, request, now)
        )

    outcome: ReserveOutcome = await store.submit(call, act, ReserveOutcome)
    return outcome


async def update_reservation(store: Store, call: Call, request: UpdateRequest) -> ReserveOutcome:
    """Change what a reservation holds. Raises what `decide_update_reservation` raises; then nothing was written."""
    cells = [Cell(line.stock_keeping_unit, line.place) for line in request.lines]
    wanted = Wanted(
        cells=frozenset(cells),
        held=tuple((cell, request.reservation_id) for cell in cells),
        reservation_ids=frozenset([request.reservation_id]),
        action_ids=frozenset([request.action_request_id]),
    )

    async def act(transaction: Transaction) -> ReserveOutcome:
        now = transaction.now
        return await decided(
            transaction, call, wanted, lambda inventory: decide_update_reservation(inventory, request, now)
        )

    outcome: ReserveOutcome = await store.submit(call, act, ReserveOutcome)
    return outcome


async def use(store: Store, call: Call, lines: Sequence[UseLine], decide: UseLines) -> tuple[Refused, ...]:
    """Fulfil, release or transfer `lines`, as `decide` says; returns those that were refused."""

    async def act(transaction: Transaction) -> tuple[Refused, ...]:
        return await decided(transaction, call, wanted_by(lines), lambda inventory: decide(inventory, lines))

    refused: tuple[Refused, ...] = await store.submit(call, act, tuple[Refused, ...])
    return refused


def wanted_by(lines: Sequence[UseLine]) -> Wanted:
    """What has to be loaded for `lines`."""
    here = [Cell(line.stock_keeping_unit, line.place) for line in lines]
    there = [Cell(line.stock_keeping_unit, line.to) for line in lines if line.to is not None]
    unnamed = {cell for cell, line in zip(here, lines, strict=True) if line.reservation_id is None}
    named = [(cell, line.reservation_id) for cell, line in zip(here, lines, strict=True)]
    return Wanted(
        cells=frozenset([*here, *there]),
        # Lines that name a reservation may use up what one without a name would find first.
        uses=tuple((cell, line.quantity) for cell, line in zip(here, lines, strict=True) if cell in unnamed),
        held=tuple((cell, reservation_id) for cell, reservation_id in named if reservation_id is not None),
        reservation_ids=frozenset(line.reservation_id for line in lines if line.reservation_id is not None),
        action_ids=frozenset(line.action_request_id for line in lines),
    )


async def decided(transaction: Transaction, call: Call, wanted: Wanted, decide: Decide[T]) -> T:
    """Load, decide and save inside `transaction`; returns what the decision told besides what it moves."""
    inventory = await load_inventory(transaction.session, wanted, transaction.now)
    decision, outcome = decide(inventory)
    await save_inventory(transaction.session, decision, call.user_id, transaction.now)
    return outcome


async def fulfill_held(store: Store, call: Call, reservation_id: str, action_id: str) -> tuple[Refused, ...]:
    """Fulfil all that a reservation holds at locations; returns what was refused, as units that are not on hand.

    `action_id` names what it is done for, as the fulfillment order: done again under it, nothing more is fulfilled.
    """
    return await _use_held(store, call, reservation_id, f"fulfill {action_id}", decide_fulfill_inventory, groups=False)


async def release_held(store: Store, call: Call, reservation_id: str, action_id: str) -> tuple[Refused, ...]:
    """Release all that a reservation holds, at locations and groups; returns what was refused.

    `action_id` names what it is done for: done again under it, nothing more is released.
    """
    return await _use_held(store, call, reservation_id, f"release {action_id}", decide_release_inventory, groups=True)


async def _use_held(
    store: Store, call: Call, reservation_id: str, action_id: str, decide: UseLines, *, groups: bool
) -> tuple[Refused, ...]:
    async def act(transaction: Transaction) -> tuple[Refused, ...]:
        held = await holds_of(transaction.session, reservation_id)
        lines = [
            _line(cell, quantity, reservation_id, action_id)
            for cell, quantity in held
            if groups or not cell.place.is_group
        ]
        found: tuple[Refused, ...] = ()
        for start in range(0, len(lines), MOST_RECORDS):
            some = lines[start : start + MOST_RECORDS]
            found += await decided(transaction, call, wanted_by(some), functools.partial(decide, lines=some))
        return found

    refused: tuple[Refused, ...] = await store.submit(call, act, tuple[Refused, ...])
    return refused


def _line(cell: Cell, quantity: Decimal, reservation_id: str, action_id: str) -> UseLine:
    """A line over all that is held at `cell`. Its id follows from what it is for and where: the same when run again."""
    place = cell.place
    parts = "\n".join((action_id, reservation_id, cell.stock_keeping_unit, str(place.is_group), place.identifier))
    return UseLine(
        action_request_id=hashlib.sha256(parts.encode()).hexdigest(),
        digest=reservation_id.encode(),
        place=place,
        stock_keeping_unit=cell.stock_keeping_unit,
        quantity=quantity,
        reservation_id=reservation_id,
    )
