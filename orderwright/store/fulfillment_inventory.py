"""The inventory's side of fulfillment orders: units reserved for a request under way, given back when it fails, and
duties carried out. Each of these is a transaction of its own that touches no order, and is safe to run again.

    reserve_stock      before the order's transaction: the needs are met for `LAPSE_SECONDS`, or refused each for itself
    (store/fulfillment_stock.py: the order's transaction writes who holds what, and duties)
    carry_out_duties   after it, by whoever comes first, the request or a worker's round: exactly once by action id
    give_back_stock    instead of it, when it was refused

A crash before the order's transaction leaves a reservation that lapses. A crash after it leaves duties that are open.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.decisions.carry_out_duties import Duty, DutyDone, decide_carry_out_duties
from orderwright.decisions.errors import Refusal
from orderwright.decisions.fulfillment_stock import SKUS_IN_ONE, ReservedStock, StockNeed
from orderwright.decisions.inventory import InsufficientInventory, Inventory, InventoryDecision, Place, hold_at, room
from orderwright.decisions.reserve_inventory import NotReserved, ReserveLine, ReserveRequest, decide_reserve_inventory
from orderwright.decisions.settle_duties import decide_settle_duties
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment_stock import InventoryDuty
from orderwright.objects.order_summary import OrderSummary
from orderwright.store.ids import shard_of
from orderwright.store.inventory import Wanted, load_inventory
from orderwright.store.inventory_movements import LOCK, Cell, save_inventory
from orderwright.store.inventory_reservations import release_held
from orderwright.store.transaction import Call, NotFound, Store, Transaction

LAPSE_SECONDS = 900
"""How long units are reserved for a request that was not heard of again."""
LEAST_SECONDS = 300
"""How long a reservation must still last for an order to be written on it: time enough to keep it."""
MOST_DUTIES = 500

_log = logging.getLogger(__name__)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A need, told from equal ones of the same request by its number."""

    need: StockNeed
    number: int = 0


Outcome = ReservedStock | Refusal


# --- before the order's transaction -----------------------------------------------------------------------------------


async def reserve_stock(store: Store, call: Call, wishes: Sequence[Wish]) -> dict[Wish, Outcome]:
    """What came of each wish: its units are reserved until `LAPSE_SECONDS` from now, or why none of them are.

    Each wish is met whole or refused alone. Asked again under the same `call.request_key`, what still stands of the
    earlier reservations is found again, so that a request that is repeated after a crash does not reserve twice.
    """
    skus = sorted({sku for wish in wishes for sku, _ in wish.need.units})

    async def act(transaction: Transaction) -> list[Outcome]:
        await transaction.session.execute(LOCK, skus)
        return [await _reserve(transaction, call, wish) for wish in wishes]

    # Without a request key: its actions have ids of their own, under which they are known again.
    found: list[Any] = await store.submit(Call(user_id=call.user_id), act, list)
    return dict(zip(wishes, found, strict=True))


async def _reserve(transaction: Transaction, call: Call, wish: Wish) -> Outcome:
    units = wish.need.units
    parts = [units[start : start + SKUS_IN_ONE] for start in range(0, len(units), SKUS_IN_ONE)]
    planned, refusals = list[tuple[str, InventoryDecision]](), list[Refusal]()
    for number, part in enumerate(parts):
        try:
            planned.append(await _planned(transaction, call, wish, (number, part)))
        except Refusal as refusal:
            refusals.append(refusal)
    if refusals:
        return refusals[0]
    for _, decision in planned:
        await save_inventory(transaction.session, decision, call.user_id, transaction.now)
    return ReservedStock(need=wish.need, reservation_ids=tuple(reservation_id for reservation_id, _ in planned))


Part = tuple[int, tuple[tuple[str, Decimal], ...]]


async def _planned(transaction: Transaction, call: Call, wish: Wish, part: Part) -> tuple[str, InventoryDecision]:
    """The reservation of one part of a wish, and what it takes to have it. Raises Refusal."""
    place = Place(is_group=False, identifier=wish.need.location_identifier)
    digest = msgspec.json.encode((wish, part[0]))
    for again in itertools.count():
        asked = f"{call.request_key}\n{again}\n".encode() + digest
        request = ReserveRequest(
            action_request_id=hashlib.sha256(asked).hexdigest(),
            digest=digest,
            lines=tuple(ReserveLine(place=place, stock_keeping_unit=sku, quantity=q) for sku, q in part[1]),
            expiration_seconds=LAPSE_SECONDS,
        )
        inventory = await load_inventory(transaction.session, _wanted(request), transaction.now)
        if request.action_request_id not in inventory.done:
            try:
                decision, _ = decide_reserve_inventory(inventory, request, transaction.now)
            except NotReserved:
                raise _shortage(inventory, request) from None
            return request.action_request_id, decision
        if _still_stands(inventory, request, transaction):
            return request.action_request_id, InventoryDecision()
    raise AssertionError("unreachable")


def _wanted(request: ReserveRequest) -> Wanted:
    reservation_id = request.action_request_id
    cells = [Cell(line.stock_keeping_unit, line.place) for line in request.lines]
    return Wanted(
        cells=frozenset(cells),
        held=tuple((cell, reservation_id) for cell in cells),
        reservation_ids=frozenset([reservation_id]),
        action_ids=frozenset([reservation_id]),
    )


def _still_stands(inventory: Inventory, request: ReserveRequest, transaction: Transaction) -> bool:
    """Whether an earlier run of this request reserved this, and nobody kept it, gave it back, or let it lapse."""
    reservation = inventory.reservations.get(request.action_request_id)
    if reservation is None or reservation.expiration_time is None:
        return False
    if (reservation.expiration_time - transaction.now).total_seconds() < LEAST_SECONDS:
        return False
    holds = [
        hold_at(inventory.shelf(line.stock_keeping_unit).holds, line.place, reservation.id) for line in request.lines
    ]
    return all(
        hold is not None and hold.quantity == line.quantity for hold, line in zip(holds, request.lines, strict=True)
    )


def _shortage(inventory: Inventory, request: ReserveRequest) -> InsufficientInventory:
    """The refusal that names each SKU of which there is not enough, the location, what was asked and what there is."""
    short = []
    for line in request.lines:
        free = room(inventory.shelf(line.stock_keeping_unit), line.place)
        if free < line.quantity:
            short.append(f"SKU '{line.stock_keeping_unit}': {line.quantity} asked, {free} available")
    return InsufficientInventory(
        f"{request.lines[0].place} has not enough available to order: {'; '.join(short)}. Ask for fewer, or ship from "
        "another location",
        "fulfilledFromLocationId",
    )


# --- instead of it ----------------------------------------------------------------------------------------------------


async def give_back_stock(store: Store, call: Call, reserved: Iterable[Outcome]) -> None:
    """Give back what was reserved for a request that came to nothing. What cannot be given back now will lapse."""
    for outcome in reserved:
        for reservation_id in outcome.reservation_ids if isinstance(outcome, ReservedStock) else ():
            try:
                await release_held(store, Call(user_id=call.user_id), reservation_id, "not needed")
            except Exception as error:  # noqa: BLE001  # it lapses by itself, and the caller has an error to tell of
                _log.warning("reservation %s could not be given back and will lapse: %s", reservation_id, error)


# --- after it ---------------------------------------------------------------------------------------------------------

OPEN_OF = """
SELECT coalesce(json_agg(t ORDER BY t.sequence, t.id), '[]') FROM (
    SELECT * FROM inventory_duty WHERE shard = $1 AND order_summary_id = $2 AND state = 'Open'
    ORDER BY sequence, id LIMIT $3
) t
"""
# Not bound to a shard: for the round that looks for what is left.
OPEN = "SELECT DISTINCT order_summary_id FROM inventory_duty WHERE state = 'Open' LIMIT $1"
KEEP = """
WITH kept AS (UPDATE inventory.reservation SET expiration_time = NULL WHERE id = ANY($1::text[]))
UPDATE inventory.hold SET expiration_time = NULL WHERE reservation_id = ANY($1::text[])
"""


async def carry_out_duties(store: Store, order_summary_id: Id) -> int:
    """Carry out what the inventory owes an order; returns how many duties were open.

    Each is done once, in the order in which they came, whoever is at it at the same time: it is known by its own id.
    """
    count = 0
    while True:
        async with store.database.main.acquire() as session:
            found = await session.fetchval(OPEN_OF, shard_of(order_summary_id), order_summary_id, MOST_DUTIES)
        duties = msgspec.json.decode(found, type=list[InventoryDuty])
        if not duties:
            return count
        count += len(duties)
        await _settle(store, duties, await _do(store, duties))


async def carry_out_left_duties(store: Store, most: int = 100) -> int:
    """Carry out what was left open by requests that ended before they could; returns how many duties that were."""
    async with store.database.main.acquire() as session:
        found = [row[0] for row in await session.fetch(OPEN, most)]
    count = 0
    for order_summary_id in found:
        try:
            count += await carry_out_duties(store, order_summary_id)
        except Exception as error:  # noqa: BLE001  # one order must not hold up the others; its duties stay open
            _log.warning("what the inventory owes order %s stays open for now: %s", order_summary_id, error)
    return count


async def _do(store: Store, duties: Sequence[InventoryDuty]) -> tuple[DutyDone, ...]:
    asked = [_duty(duty) for duty in duties]
    held = [(Cell(duty.stock_keeping_unit, duty.place), duty.reservation_id) for duty in asked]
    wanted = Wanted(
        cells=frozenset(cell for cell, _ in held),
        held=tuple(held),
        reservation_ids=frozenset(reservation_id for _, reservation_id in held),
        action_ids=frozenset(duty.action_request_id for duty in asked),
    )
    kept = sorted({duty.reservation_id for duty in duties if duty.kind == "Keep"})

    async def act(transaction: Transaction) -> tuple[DutyDone, ...]:
        inventory = await load_inventory(transaction.session, wanted, transaction.now)
        decision, outcomes = decide_carry_out_duties(inventory, asked)
        if kept:
            await transaction.session.execute(KEEP, kept)
        await save_inventory(transaction.session, decision, duties[0].created_by_id or "", transaction.now)
        return outcomes

    outcomes: tuple[DutyDone, ...] = await store.submit(Call(user_id=""), act, tuple[DutyDone, ...])
    return outcomes


def _duty(duty: InventoryDuty) -> Duty:
    return Duty(
        action_request_id=action_id_of(duty),
        kind=duty.kind,
        reservation_id=duty.reservation_id,
        place=Place(is_group=False, identifier=duty.location_identifier),
        stock_keeping_unit=duty.stock_keeping_unit,
        quantity=duty.quantity,
    )


def action_id_of(duty: InventoryDuty) -> str:
    """Under which action id a duty stands in the inventory: once it is done there, it is not done again."""
    return f"fulfillment {duty.id}"


async def _settle(store: Store, duties: Sequence[InventoryDuty], outcomes: Sequence[DutyDone]) -> None:
    """Write down what came of an order's duties, unless somebody else did."""
    order_summary_id, user_id = duties[0].order_summary_id, duties[0].created_by_id or ""
    done = dict(zip((duty.id for duty in duties), outcomes, strict=True))

    async def act(transaction: Transaction) -> int:
        summary = await transaction.lock_record(order_summary_id)
        if not isinstance(summary, OrderSummary):
            raise NotFound(order_summary_id)
        found = await transaction.session.fetchval(OPEN_OF, summary.shard, summary.id, MOST_DUTIES)
        still_open = msgspec.json.decode(found, type=list[InventoryDuty])
        decision = decide_settle_duties(summary, still_open, done, transaction.now)
        await transaction.save(decision, summary.shard)
        return len(decision.changed)

    await store.submit(Call(user_id=user_id), act, int)
