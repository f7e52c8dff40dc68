"""What reservations need of the inventory, loaded under lock.

Every action locks the rows of its SKUs first, in order, so that all that gives out units of one SKU queues in one place
and two actions cannot wait for each other. Then holds that lapsed are given back, and only then the counters are read.
Counts and uploads take no SKU lock: they state what lies somewhere, which no promise can refuse. They lock the counters
they change, in the same order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.decisions.inventory import (
    Done,
    Hold,
    Inventory,
    Place,
    Pool,
    Reservation,
    Shelf,
    Stock,
)
from orderwright.store.database import Session
from orderwright.store.inventory_movements import LOCK, Cell, cell_of, columns_of, expire


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
    return [(cell_of(row), row["quantity"]) for row in rows]


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
    stocks = [*await session.fetch(ASKED, *columns_of(wanted.cells)), *await session.fetch(PROMISED, wanted.skus)]
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
        rows += await session.fetch(USED, *columns_of(totals), [totals[cell] for cell in sorted(totals)])
    if wanted.held:
        ordered = sorted(set(wanted.held))
        skus = [cell.stock_keeping_unit for cell, _ in ordered]
        kinds = [cell.place.is_group for cell, _ in ordered]
        places = [cell.place.identifier for cell, _ in ordered]
        rows += await session.fetch(HELD, skus, kinds, places, [reservation_id for _, reservation_id in ordered])
    holds: dict[str, dict[tuple[Place, str], Hold]] = {}
    for row in rows:
        cell = cell_of(row)
        hold = Hold(place=cell.place, reservation_id=row["reservation_id"], quantity=row["quantity"])
        holds.setdefault(cell.stock_keeping_unit, {}).setdefault((hold.place, hold.reservation_id), hold)
    return {sku: list(by_key.values()) for sku, by_key in holds.items()}
