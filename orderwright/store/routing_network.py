"""Where there is what of some SKUs: locations, their capacity and groups, and what is available. Nothing is locked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.routing_rules import RoutingRules
from orderwright.objects.definition import Id
from orderwright.store.capacity import Held, read_capacity
from orderwright.store.database import Session
from orderwright.store.ids import shard_of

LOCATIONS = """
SELECT t.id FROM "location" t
WHERE NOT t.is_deleted AND t.should_sync_with_oci AND t.external_reference = ANY(ARRAY(
    SELECT DISTINCT s.place FROM inventory.stock s JOIN inventory.location l ON l.identifier = s.place
    WHERE s.stock_keeping_unit = ANY($1::text[]) AND NOT s.is_group
))
ORDER BY t.external_reference, t.id
"""
GROUPS = """
SELECT location, array_agg(location_group) AS groups FROM inventory.member WHERE location_group = ANY($1::text[])
GROUP BY location
"""
# What lapsed and was not given back yet is available.
STOCK = """
SELECT s.place, s.stock_keeping_unit, s.on_hand - s.reserved - s.safety_stock_count + coalesce(l.quantity, 0)
       + CASE WHEN $3 THEN s.future_quantity ELSE 0 END AS available
FROM inventory.stock s LEFT JOIN (
    SELECT stock_keeping_unit, place, sum(quantity) AS quantity FROM inventory.hold
    WHERE stock_keeping_unit = ANY($1::text[]) AND NOT is_group AND expiration_time <= $2 GROUP BY 1, 2
) l ON l.stock_keeping_unit = s.stock_keeping_unit AND l.place = s.place
WHERE s.stock_keeping_unit = ANY($1::text[]) AND NOT s.is_group
"""
SKUS = """
SELECT t.id, t.stock_keeping_unit
FROM unnest($1::smallint[], $2::text[]) v (shard, id) JOIN product2 t ON t.shard = v.shard AND t.id = v.id
WHERE t.stock_keeping_unit <> ''
"""
PROMISED = """
SELECT DISTINCT m.location, s.stock_keeping_unit FROM inventory.stock s
JOIN inventory.member m ON m.location_group = s.place
WHERE s.stock_keeping_unit = ANY($1::text[]) AND s.is_group AND s.reserved > 0
"""


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """The locations that have a record of wanted SKUs, and what is available there."""

    locations: tuple[Held, ...]
    groups: Mapping[str, frozenset[str]]
    """By reference: those of the groups asked for that have the location."""
    stock: Mapping[str, Mapping[str, Decimal]]


async def read_skus(session: Session, product_ids: Iterable[Id]) -> dict[Id, str]:
    """The StockKeepingUnit of products that have one."""
    ids = sorted(set(product_ids))
    rows = await session.fetch(SKUS, [shard_of(one) for one in ids], ids)
    return {row["id"]: row["stock_keeping_unit"] for row in rows}


async def read_network(session: Session, skus: Sequence[str], rules: RoutingRules, now: dt.datetime) -> Network:
    """Where there is what of `skus`, as it counts by the rules; nothing is locked."""
    ids = [row["id"] for row in await session.fetch(LOCATIONS, skus)]
    held = await read_capacity(session, ids, now)
    groups = await session.fetch(GROUPS, list(rules.locations.groups)) if rules.locations.groups else []
    stock: dict[str, dict[str, Decimal]] = {}
    for row in await session.fetch(STOCK, skus, now, rules.counted == "available_to_order"):
        stock.setdefault(row["place"], {})[row["stock_keeping_unit"]] = row["available"]
    return Network(
        locations=tuple(held[one] for one in ids if one in held),
        groups={row["location"]: frozenset(row["groups"]) for row in groups},
        stock=stock,
    )


async def read_promised(session: Session, skus: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Places and SKUs of which a location group may have promised units: less can be reserved there than is shown."""
    rows = await session.fetch(PROMISED, skus)
    return frozenset((row["location"], row["stock_keeping_unit"]) for row in rows)


UNDER_WAY = """
SELECT EXISTS (
    SELECT FROM inventory.hold WHERE stock_keeping_unit = ANY($1::text[]) AND expiration_time > $4
    AND reservation_time > $3
) OR EXISTS (
    SELECT FROM capacity.hold WHERE location_id = ANY($2::text[]) AND ended_as IS NULL AND expiration_time > $4
    AND held_at > $3
)
"""


async def are_others_under_way(
    session: Session, skus: Sequence[str], location_ids: Sequence[Id], since: dt.datetime, now: dt.datetime
) -> bool:
    """Whether somebody took units or places since `since` that come back unless they are kept."""
    return bool(await session.fetchval(UNDER_WAY, skus, location_ids, since, now))
