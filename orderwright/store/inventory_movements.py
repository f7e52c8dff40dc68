"""Movements, saved: into the counters, into what is held, and into the ledger, all three from the same list.

Whoever saves has locked the SKUs. What a reservation held when it lapsed is given back by movements too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

from orderwright.decisions.inventory import InventoryDecision, Movement, Place
from orderwright.objects.definition import Id
from orderwright.store.database import Session


class Cell(msgspec.Struct, frozen=True, order=True):
    """A SKU at a place."""

    stock_keeping_unit: str
    place: Place


LOCK = "SELECT 1 FROM inventory.sku WHERE stock_keeping_unit = ANY($1::text[]) ORDER BY stock_keeping_unit FOR UPDATE"


def columns_of(cells: Iterable[Cell]) -> tuple[list[str], list[bool], list[str]]:
    """The cells in order of their keys, as three parameters of a statement."""
    ordered = sorted(cells)
    return (
        [cell.stock_keeping_unit for cell in ordered],
        [cell.place.is_group for cell in ordered],
        [cell.place.identifier for cell in ordered],
    )


def cell_of(row: Any) -> Cell:
    """The cell that a row is about."""
    return Cell(row["stock_keeping_unit"], Place(row["is_group"], row["place"]))


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
# The reservation is kept from being forgotten (store/forget.py) until what it holds is there to be seen.
RAISE_HOLDS = """
INSERT INTO inventory.hold AS h
    (stock_keeping_unit, is_group, place, reservation_id, quantity, expiration_time, reservation_time)
SELECT v.sku, v.is_group, v.place, r.id, v.quantity, r.expiration_time, r.reservation_time
FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::numeric[]) v (sku, is_group, place, id, quantity)
JOIN inventory.reservation r ON r.id = v.id FOR KEY SHARE OF r
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
    keys, ordered = columns_of(totals), [totals[cell] for cell in sorted(totals)]
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
        await _raise_holds(session, raised)
    if lowered:
        await session.execute(LOWER_HOLDS, *_hold_keys(lowered), list(lowered.values()))
        await session.execute(END_HOLDS, *_hold_keys(lowered))


async def _raise_holds(session: Session, raised: Mapping[tuple[Cell, str], Decimal]) -> None:
    done = await session.execute(RAISE_HOLDS, *_hold_keys(raised), list(raised.values()))
    if done != f"INSERT 0 {len(raised)}":
        # It was there when this was decided: run again, that it is gone will be known and said.
        raise asyncpg.SerializationError("a reservation was forgotten while it was to hold something again")


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
    cell = cell_of(row)
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
