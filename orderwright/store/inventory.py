"""What reservations need of the inventory, loaded under lock, and the movements they decide, saved.

Every action locks the rows of its SKUs first, in order, so that all that gives out units of one SKU queues in one place
and two actions cannot wait for each other. Then holds that lapsed are given back, and only then the counters are read.
Counts and uploads take no SKU lock: they state what lies somewhere, which no promise can refuse. They lock the counters
they change, in the same order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.decisions.inventory import (
    Done,
    Hold,
    Inventory,
    InventoryDecision,
    Movement,
    Place,
    Pool,
    Reservation,
    Shelf,
    Stock,
)
from orderwright.objects.definition import Id
from orderwright.store.database import Session


class Cell(msgspec.Struct, frozen=True, order=True):
    """A SKU at a place."""

    stock_keeping_unit: str
    place: Place


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an action is about: all that has to be loaded for it."""

    cells: frozenset[Cell]
    uses: tuple[tuple[Cell, Decimal], ...] = ()
    """Reserved units to be used up at a cell, by whomever they are held."""
    held: tuple[tuple[Cell, str], ...] = ()
    """Cells with the reservation whose hold there is asked for."""
    reservation_ids: frozenset[str] = frozenset()
    action_ids: frozenset[str] = frozenset()

    @property
    def skus(self) -> list[str]:
        return sorted({cell.stock_keeping_unit for cell in self.cells})


LOCK = "SELECT 1 FROM inventory.sku WHERE stock_keeping_unit = ANY($1::text[]) ORDER BY stock_keeping_unit FOR UPDATE"
KNOWN = """
SELECT false AS is_group, identifier FROM inventory.location WHERE identifier = ANY($1::text[])
UNION ALL SELECT true, identifier FROM inventory.location_group WHERE identifier = ANY($2::text[])
"""
ASKED = """
SELECT s.stock_keeping_unit, s.is_group, s.place, s.on_hand, s.reserved, s.safety_stock_count, s.future_quantity
FROM unnest($1::text[], $2::boolean[], $3::text[]) v (sku, is_group, place)
JOIN inventory.stock s ON s.stock_keeping_unit = v.sku AND s.is_group = v.is_group AND s.place = v.place
ORDER BY s.stock_keeping_unit, s.is_group, s.place FOR UPDATE OF s
"""
PROMISED = """
SELECT stock_keeping_unit, is_group, place, on_hand, reserved, safety_stock_count, future_quantity
FROM inventory.stock WHERE stock_keeping_unit = ANY($1::text[]) AND is_group AND reserved > 0
"""
COUNTED = """
SELECT stock_keeping_unit, place, groups, sum(net) AS net, sum(greatest(net, 0)) AS available FROM (
    SELECT s.stock_keeping_unit, CASE WHEN s.place = ANY($3::text[]) THEN s.place END AS place,
           array_agg(v.place ORDER BY v.place) AS groups,
           s.on_hand - s.reserved - s.safety_stock_count + s.future_quantity AS net
    FROM unnest($1::text[], $2::text[]) v (sku, place)
    JOIN inventory.member m ON m.location_group = v.place
    JOIN inventory.stock s ON s.stock_keeping_unit = v.sku AND NOT s.is_group AND s.place = m.location
    WHERE s.exclusions IS NULL OR NOT v.place = ANY(s.exclusions)
    GROUP BY s.stock_keeping_unit, s.is_group, s.place
) x GROUP BY 1, 2, 3
"""
USED = """
SELECT h.stock_keeping_unit, h.is_group, h.place, h.reservation_id, h.quantity
FROM unnest($1::text[], $2::boolean[], $3::text[], $4::numeric[]) v (sku, is_group, place, wanted)
CROSS JOIN LATERAL (
    SELECT *, sum(quantity) OVER (ORDER BY expiration_time IS NOT NULL, reservation_time, reservation_id) - quantity
           AS before
    FROM inventory.hold t
    WHERE t.stock_keeping_unit = v.sku AND t.is_group = v.is_group AND t.place = v.place
) h
WHERE h.before < v.wanted
ORDER BY h.expiration_time IS NOT NULL, h.reservation_time, h.reservation_id
"""
HELD = """
SELECT h.stock_keeping_unit, h.is_group, h.place, h.reservation_id, h.quantity
FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[]) v (sku, is_group, place, reservation_id)
JOIN inventory.hold h ON h.stock_keeping_unit = v.sku AND h.is_group = v.is_group AND h.place = v.place
    AND h.reservation_id = v.reservation_id
ORDER BY h.reservation_id
"""
RESERVATIONS = """
SELECT id, reservation_time, expiration_time, external_ref_id FROM inventory.reservation WHERE id = ANY($1::text[])
"""
ACTIONS = "SELECT id, digest, answer FROM inventory.action WHERE id = ANY($1::text[])"
OF_RESERVATION = """
SELECT stock_keeping_unit, is_group, place, quantity FROM inventory.hold WHERE reservation_id = $1
ORDER BY stock_keeping_unit, is_group, place
"""


async def load_inventory(session: Session, wanted: Wanted, now: dt.datetime) -> Inventory:
    """What `wanted` asks for, its SKUs locked until the transaction ends; holds that lapsed by `now` are given back."""
    await session.execute(LOCK, wanted.skus)
    await expire(session, wanted.skus, now)
    return Inventory(
        shelves=await _shelves(session, wanted),
        known=await known_places(session, {cell.place for cell in wanted.cells}),
        reservations=await _reservations(session, wanted.reservation_ids),
        done=await actions(session, wanted.action_ids),
    )


async def known_places(session: Session, places: Iterable[Place]) -> frozenset[Place]:
    """Those of `places` that the location graph has."""
    asked = list(places)
    locations = [place.identifier for place in asked if not place.is_group]
    groups = [place.identifier for place in asked if place.is_group]
    return frozenset(Place(*row) for row in await session.fetch(KNOWN, locations, groups))


async def holds_of(session: Session, reservation_id: str) -> list[tuple[Cell, Decimal]]:
    """What a reservation holds, by SKU and place; not locked."""
    rows = await session.fetch(OF_RESERVATION, reservation_id)
    return [(_cell(row), row["quantity"]) for row in rows]


async def actions(session: Session, ids: Iterable[str]) -> dict[str, Done]:
    """What was carried out before under `ids`."""
    rows = await session.fetch(ACTIONS, list(ids))
    return {row["id"]: Done(id=row["id"], digest=row["digest"], answer=row["answer"]) for row in rows}


async def _reservations(session: Session, ids: frozenset[str]) -> dict[str, Reservation]:
    if not ids:
        return {}
    rows = await session.fetch(RESERVATIONS, list(ids))
    return {row["id"]: Reservation(**row) for row in rows}


async def _shelves(session: Session, wanted: Wanted) -> dict[str, Shelf]:
    stocks = [*await session.fetch(ASKED, *_columns(wanted.cells)), *await session.fetch(PROMISED, wanted.skus)]
    found: dict[str, dict[Place, Stock]] = {sku: {} for sku in wanted.skus}
    for cell in wanted.cells:
        if cell.place.is_group:
            found[cell.stock_keeping_unit][cell.place] = Stock(place=cell.place)
    for row in stocks:
        place = Place(row["is_group"], row["place"])
        found[row["stock_keeping_unit"]][place] = Stock(place=place, **{name: row[name] for name in COUNTERS})
    pools = await _count(session, found)
    holds = await _holds(session, wanted)
    return {
        sku: Shelf(stocks=found[sku], pools=tuple(pools.get(sku, ())), holds=tuple(holds.get(sku, ())))
        for sku in wanted.skus
    }


COUNTERS = ("on_hand", "reserved", "safety_stock_count", "future_quantity")


def _columns(cells: Iterable[Cell]) -> tuple[list[str], list[bool], list[str]]:
    ordered = sorted(cells)
    return (
        [cell.stock_keeping_unit for cell in ordered],
        [cell.place.is_group for cell in ordered],
        [cell.place.identifier for cell in ordered],
    )


def _cell(row: Any) -> Cell:
    return Cell(row["stock_keeping_unit"], Place(row["is_group"], row["place"]))


async def _count(session: Session, found: dict[str, dict[Place, Stock]]) -> dict[str, list[Pool]]:
    """The pools of each SKU; what is at hand learns which groups it counts for."""
    groups = [(sku, place.identifier) for sku, stocks in found.items() for place in stocks if place.is_group]
    if not groups:
        return {}
    asked = sorted({place.identifier for stocks in found.values() for place in stocks if not place.is_group})
    pools: dict[str, list[Pool]] = {}
    for row in await session.fetch(COUNTED, *map(list, zip(*groups, strict=True)), asked):
        sku, counted_in = row["stock_keeping_unit"], frozenset(row["groups"])
        place = Place(is_group=False, identifier=row["place"] or "")
        stock = found[sku].get(place)
        if stock is not None:
            found[sku][place] = msgspec.structs.replace(stock, counted_in=counted_in)
        else:
            pool = Pool(counted_in=counted_in, available=row["available"], net=row["net"])
            pools.setdefault(sku, []).append(pool)
    return pools


async def _holds(session: Session, wanted: Wanted) -> dict[str, list[Hold]]:
    rows: list[Any] = []
    if wanted.uses:
        totals: dict[Cell, Decimal] = {}
        for cell, quantity in wanted.uses:
            totals[cell] = totals.get(cell, Decimal(0)) + quantity
        rows += await session.fetch(USED, *_columns(totals), [totals[cell] for cell in sorted(totals)])
    if wanted.held:
        ordered = sorted(set(wanted.held))
        skus = [cell.stock_keeping_unit for cell, _ in ordered]
        kinds = [cell.place.is_group for cell, _ in ordered]
        places = [cell.place.identifier for cell, _ in ordered]
        rows += await session.fetch(HELD, skus, kinds, places, [reservation_id for _, reservation_id in ordered])
    holds: dict[str, dict[tuple[Place, str], Hold]] = {}
    for row in rows:
        cell = _cell(row)
        hold = Hold(place=cell.place, reservation_id=row["reservation_id"], quantity=row["quantity"])
        holds.setdefault(cell.stock_keeping_unit, {}).setdefault((hold.place, hold.reservation_id), hold)
    return {sku: list(by_key.values()) for sku, by_key in holds.items()}


# --- saving -----------------------------------------------------------------------------------------------------------

BEGIN_STOCK = """
INSERT INTO inventory.stock (stock_keeping_unit, is_group, place)
SELECT * FROM unnest($1::text[], $2::boolean[], $3::text[]) ON CONFLICT DO NOTHING
"""
MOVE_STOCK = """
UPDATE inventory.stock s SET on_hand = s.on_hand + v.on_hand, reserved = s.reserved + v.reserved
FROM unnest($1::text[], $2::boolean[], $3::text[], $4::numeric[], $5::numeric[])
    v (sku, is_group, place, on_hand, reserved)
WHERE s.stock_keeping_unit = v.sku AND s.is_group = v.is_group AND s.place = v.place
"""
BEGIN_RESERVATION = """
INSERT INTO inventory.reservation (id, external_ref_id, reservation_time, expiration_time, created_date, created_by_id)
VALUES ($1, $2, $3, $4, $5, $6)
"""
RAISE_HOLDS = """
INSERT INTO inventory.hold AS h
    (stock_keeping_unit, is_group, place, reservation_id, quantity, expiration_time, reservation_time)
SELECT v.sku, v.is_group, v.place, r.id, v.quantity, r.expiration_time, r.reservation_time
FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::numeric[]) v (sku, is_group, place, id, quantity)
JOIN inventory.reservation r ON r.id = v.id
ON CONFLICT (stock_keeping_unit, is_group, place, reservation_id)
DO UPDATE SET quantity = h.quantity + excluded.quantity
"""
LOWER_HOLDS = """
UPDATE inventory.hold h SET quantity = h.quantity + v.quantity
FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::numeric[]) v (sku, is_group, place, id, quantity)
WHERE h.stock_keeping_unit = v.sku AND h.is_group = v.is_group AND h.place = v.place AND h.reservation_id = v.id
"""
END_HOLDS = """
DELETE FROM inventory.hold h
USING unnest($1::text[], $2::boolean[], $3::text[], $4::text[]) v (sku, is_group, place, id)
WHERE h.stock_keeping_unit = v.sku AND h.is_group = v.is_group AND h.place = v.place AND h.reservation_id = v.id
  AND h.quantity = 0
"""
WRITE_LEDGER = """
INSERT INTO inventory.ledger
    (stock_keeping_unit, is_group, place, action_request_id, kind, on_hand, reserved, reservation_id, at)
SELECT v.*, $9 FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::numeric[],
    $8::text[]) v
"""
KEEP_ACTIONS = """
INSERT INTO inventory.action (id, digest, answer, created_date)
SELECT v.*, $4 FROM unnest($1::text[], $2::bytea[], $3::bytea[]) v
"""


async def save_inventory(session: Session, decision: InventoryDecision, user_id: Id, now: dt.datetime) -> None:
    """Write what was decided. The SKUs of all movements are locked by whoever decided it."""
    reservation = decision.reservation
    if reservation is not None:
        await session.execute(
            BEGIN_RESERVATION,
            reservation.id,
            reservation.external_ref_id,
            reservation.reservation_time,
            reservation.expiration_time,
            now,
            user_id,
        )
    if decision.movements:
        await _move_stock(session, decision.movements)
        await _move_holds(session, decision.movements)
        await write_ledger(session, decision.movements, now)
    if decision.done:
        done = decision.done
        columns = ([d.id for d in done], [d.digest for d in done], [d.answer for d in done])
        await session.execute(KEEP_ACTIONS, *columns, now)


async def _move_stock(session: Session, movements: Sequence[Movement]) -> None:
    totals: dict[Cell, tuple[Decimal, Decimal]] = {}
    for movement in movements:
        cell = Cell(movement.stock_keeping_unit, movement.place)
        on_hand, reserved = totals.get(cell, (Decimal(0), Decimal(0)))
        totals[cell] = (on_hand + movement.on_hand, reserved + movement.reserved)
    keys, ordered = _columns(totals), [totals[cell] for cell in sorted(totals)]
    values = ([on_hand for on_hand, _ in ordered], [reserved for _, reserved in ordered])
    if any(movement.reserved > 0 and _may_be_new(movement) for movement in movements):
        await session.execute(BEGIN_STOCK, *keys)
    done = await session.execute(MOVE_STOCK, *keys, *values)
    if done != f"UPDATE {len(totals)}":
        raise RuntimeError(f"{len(totals)} counters were to be moved: {done}")


def _may_be_new(movement: Movement) -> bool:
    """Whether nothing may have been counted at its place so far; else a unit reserved there was counted before."""
    return movement.place.is_group or movement.kind == "TransferredIn"


async def _move_holds(session: Session, movements: Sequence[Movement]) -> None:
    totals: dict[tuple[Cell, str], Decimal] = {}
    for movement in movements:
        key = (Cell(movement.stock_keeping_unit, movement.place), movement.reservation_id)
        totals[key] = totals.get(key, Decimal(0)) + movement.reserved
    raised = {key: quantity for key, quantity in totals.items() if quantity > 0}
    lowered = {key: quantity for key, quantity in totals.items() if quantity < 0}
    if raised:
        await session.execute(RAISE_HOLDS, *_hold_keys(raised), list(raised.values()))
    if lowered:
        await session.execute(LOWER_HOLDS, *_hold_keys(lowered), list(lowered.values()))
        await session.execute(END_HOLDS, *_hold_keys(lowered))


def _hold_keys(keys: Iterable[tuple[Cell, str]]) -> tuple[list[str], list[bool], list[str], list[str]]:
    listed = list(keys)
    return (
        [cell.stock_keeping_unit for cell, _ in listed],
        [cell.place.is_group for cell, _ in listed],
        [cell.place.identifier for cell, _ in listed],
        [reservation_id for _, reservation_id in listed],
    )


async def write_ledger(session: Session, movements: Sequence[Movement], now: dt.datetime) -> None:
    """Add `movements` to the ledger."""
    await session.execute(
        WRITE_LEDGER,
        [m.stock_keeping_unit for m in movements],
        [m.place.is_group for m in movements],
        [m.place.identifier for m in movements],
        [m.action_request_id for m in movements],
        [m.kind for m in movements],
        [m.on_hand for m in movements],
        [m.reserved for m in movements],
        [m.reservation_id for m in movements],
        now,
    )


# --- expiry -----------------------------------------------------------------------------------------------------------

LAPSED = """
SELECT stock_keeping_unit, is_group, place, reservation_id, quantity FROM inventory.hold
WHERE stock_keeping_unit = ANY($1::text[]) AND expiration_time <= $2
ORDER BY stock_keeping_unit, is_group, place, reservation_id
"""
SKUS_WITH_LAPSED = """
SELECT stock_keeping_unit FROM inventory.hold WHERE expiration_time <= $1 ORDER BY expiration_time LIMIT $2
"""


async def expire(session: Session, skus: Sequence[str], now: dt.datetime) -> int:
    """Give back what is held of `skus`, which the caller has locked, by reservations that lapsed; returns how many."""
    rows = await session.fetch(LAPSED, skus, now)
    if rows:
        movements = tuple(_lapsed(row) for row in rows)
        await save_inventory(session, InventoryDecision(movements=movements), "", now)
    return len(rows)


def _lapsed(row: Any) -> Movement:
    cell = _cell(row)
    return Movement(
        kind="Expired",
        stock_keeping_unit=cell.stock_keeping_unit,
        place=cell.place,
        reserved=-row["quantity"],
        reservation_id=row["reservation_id"],
        action_request_id=row["reservation_id"],
    )


async def expire_some(session: Session, now: dt.datetime, most: int) -> int:
    """Give back what lapsed longest ago, of at most `most` holds' SKUs; returns how many holds ended."""
    rows = await session.fetch(SKUS_WITH_LAPSED, now, most)
    skus = sorted({row["stock_keeping_unit"] for row in rows})
    if not skus:
        return 0
    await session.execute(LOCK, skus)
    return await expire(session, skus, now)
