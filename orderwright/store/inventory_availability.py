"""Availability, answered as PostgreSQL finds it: each place's records as one JSON text.

A request may ask for 10,000 records. Only to decode them here would take nearly three times as long as finding them; so
the statement writes the JSON, exactly (numerics, no floats), and the answer carries it along. What lapsed and was not
given back yet is left out of `reserved`: it is looked for first, and there is nearly always nothing.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any

import msgspec

from orderwright.store.database import Session

WITH_ATTRIBUTES, WITH_EXISTS = 59, 62
"""The first versions that know `attributeSet` and `exists`."""


class PlaceRecords(msgspec.Struct, frozen=True):
    """One place: its inventory records, as JSON."""

    identifier: str
    records: msgspec.Raw


LAPSED = """
SELECT EXISTS (SELECT FROM inventory.hold WHERE stock_keeping_unit = ANY($1::text[]) AND expiration_time <= $2)
"""
LAPSED_HOLDS = """
lapsed AS MATERIALIZED (
    SELECT stock_keeping_unit, is_group, place, sum(quantity) AS quantity FROM inventory.hold
    WHERE stock_keeping_unit = ANY($1::text[]) AND expiration_time <= $3 GROUP BY 1, 2, 3
)"""
RESERVED_NOW = "(s.reserved - coalesce(l.quantity, 0))"
JOIN_LAPSED = """LEFT JOIN lapsed l ON l.stock_keeping_unit = s.stock_keeping_unit AND l.is_group = s.is_group
    AND l.place = s.place"""

LOCATIONS = """
WITH {lapsed_holds} cell AS (
    SELECT s.place, s.stock_keeping_unit, s.on_hand, {reserved} AS reserved, s.safety_stock_count, s.future_quantity,
           s.futures::text AS futures, s.effective_date, s.exclusions
    FROM inventory.stock s {join_lapsed}
    WHERE s.stock_keeping_unit = ANY($1::text[]) AND NOT s.is_group AND s.place = ANY($2::text[])
)
SELECT place, string_agg({record}, ','),
       CASE WHEN count(*) < cardinality($1::text[]) THEN array_agg(stock_keeping_unit) END
FROM cell s GROUP BY place
"""
GROUPS = """
WITH {lapsed_holds} located AS (
    SELECT place, stock_keeping_unit, sum(on_hand) AS on_hand, sum(reserved) AS reserved,
           sum(safety_stock_count) AS safety_stock_count, sum(future_quantity) AS future_quantity,
           json_agg(futures) FILTER (WHERE futures IS NOT NULL) AS futures, max(effective_date) AS effective_date
    FROM (
        SELECT m.location_group AS place, s.stock_keeping_unit, false AS is_group, s.on_hand, {reserved} AS reserved,
               s.safety_stock_count, s.future_quantity, s.futures, s.effective_date
        FROM inventory.stock s {join_lapsed}
        JOIN inventory.member m ON m.location_group = ANY($2::text[]) AND m.location = s.place
        WHERE s.stock_keeping_unit = ANY($1::text[]) AND NOT s.is_group
          AND s.place = ANY(ARRAY(SELECT location FROM inventory.member WHERE location_group = ANY($2::text[])))
          AND (s.exclusions IS NULL OR NOT m.location_group = ANY(s.exclusions))
        UNION ALL
        SELECT s.place, s.stock_keeping_unit, true, s.on_hand, {reserved}, s.safety_stock_count, s.future_quantity,
               s.futures, s.effective_date
        FROM inventory.stock s {join_lapsed}
        WHERE s.stock_keeping_unit = ANY($1::text[]) AND s.is_group AND s.place = ANY($2::text[])
    ) part
    GROUP BY 1, 2 HAVING NOT bool_and(is_group)
), cell AS (
    SELECT place, stock_keeping_unit, on_hand, reserved, safety_stock_count, future_quantity, effective_date,
           NULL::text[] AS exclusions,
           CASE WHEN futures IS NOT NULL THEN (
               SELECT json_agg(json_build_object('expectedDate', day, 'quantity', quantity) ORDER BY day)::text FROM (
                   SELECT f->>'expectedDate' AS day, sum((f->>'quantity')::numeric) AS quantity
                   FROM json_array_elements(futures) a, json_array_elements(a) f GROUP BY 1
               ) x
           ) END AS futures
    FROM located
)
SELECT place, string_agg({record}, ','),
       CASE WHEN count(*) < cardinality($1::text[]) THEN array_agg(stock_keeping_unit) END
FROM cell s GROUP BY place
"""
OUTSIDE_GROUPS = """
SELECT l.identifier FROM inventory.stock s JOIN inventory.location l ON l.identifier = s.place
WHERE s.stock_keeping_unit = $1 AND NOT s.is_group
  AND NOT EXISTS (SELECT FROM inventory.member m WHERE m.location = l.identifier)
ORDER BY l.identifier
"""
MEMBERS = "SELECT location FROM inventory.member WHERE location_group = $1 ORDER BY location"

FULFILL = "s.on_hand - s.reserved - s.safety_stock_count"
ALWAYS = (
    ("stockKeepingUnit", "{sku}"),
    ("onHand", "s.on_hand"),
    ("reserved", "s.reserved"),
    ("safetyStockCount", "s.safety_stock_count"),
    ("availableToFulfill", FULFILL),
    ("availableToOrder", f"{FULFILL} + s.future_quantity"),
    ("futures", "coalesce(s.futures, '[]')"),
    ("effectiveDate", "coalesce('\"' || s.effective_date || '\"', 'null')"),
)
QUOTED, ESCAPED = "'\"', s.stock_keeping_unit, '\"'", "to_json(s.stock_keeping_unit)"
"""A SKU as JSON: between quotes when nothing in it has to be escaped, which is a third of the work."""
EXISTS = ("exists", "'true'")
ATTRIBUTES = (
    "attributeSet",
    """CASE WHEN s.exclusions IS NULL THEN 'null'
       ELSE '{"groupEligibilityExclusion":' || array_to_json(s.exclusions)::text || '}' END""",
)


def _members(version: int) -> tuple[tuple[str, str], ...]:
    later = ((WITH_EXISTS, EXISTS), (WITH_ATTRIBUTES, ATTRIBUTES))
    return (*ALWAYS, *(member for since, member in later if version >= since))


@functools.cache
def statement(template: str, version: int, *, with_lapsed: bool, are_plain: bool) -> str:
    """The statement that answers in API version `version`; `are_plain`: no SKU has anything to escape."""
    sku = QUOTED if are_plain else ESCAPED
    members = ((f'"{name}":', sku if value == "{sku}" else value) for name, value in _members(version))
    parts = (f"'{',' if number else '{'}{name}', {value}" for number, (name, value) in enumerate(members))
    record = f"concat({', '.join(parts)}, '}}')"
    return template.format(
        record=record,
        lapsed_holds=f"{LAPSED_HOLDS}," if with_lapsed else "",
        join_lapsed=JOIN_LAPSED if with_lapsed else "",
        reserved=RESERVED_NOW if with_lapsed else "s.reserved",
    )


async def read_availability(
    session: Session, template: str, places: Sequence[str], skus: Sequence[str], version: int, now: dt.datetime
) -> tuple[PlaceRecords, ...]:
    """The records of `skus` at `places`, in the order of the places; zeros where nothing was ever counted.

    `template` is LOCATIONS or GROUPS.
    """
    if not places:
        return ()
    with_lapsed = bool(await session.fetchval(LAPSED, skus, now))
    are_plain = all(msgspec.json.encode(sku) == b'"%s"' % sku.encode() for sku in skus)
    text = statement(template, version, with_lapsed=with_lapsed, are_plain=are_plain)
    rows = await session.fetch(text, skus, places, *([now] if with_lapsed else []))
    found = {row[0]: _complete(row, skus, version) for row in rows}
    nothing = _complete(None, skus, version)
    return tuple(PlaceRecords(place, found.get(place, nothing)) for place in places)


def _complete(row: Any, skus: Sequence[str], version: int) -> msgspec.Raw:
    """The records of a place with those it lacks; `row`: the place, its records, and the SKUs of these if some lack."""
    if row is not None and row[2] is None:
        return msgspec.Raw(f"[{row[1]}]".encode())
    known = frozenset(row[2]) if row is not None else frozenset()
    texts = [row[1]] if row is not None else []
    texts += [_absent(sku, version) for sku in skus if sku not in known]
    return msgspec.Raw(f"[{','.join(texts)}]".encode())


def _absent(sku: str, version: int) -> str:
    zeros = dict.fromkeys(("onHand", "reserved", "safetyStockCount", "availableToFulfill", "availableToOrder"), 0)
    record: dict[str, object] = {"stockKeepingUnit": sku, **zeros, "futures": [], "effectiveDate": None}
    if version >= WITH_EXISTS:
        record["exists"] = False
    if version >= WITH_ATTRIBUTES:
        record["attributeSet"] = None
    return msgspec.json.encode(record).decode()


async def members_of(session: Session, location_group: str) -> list[str]:
    """The locations of a group."""
    return [row[0] for row in await session.fetch(MEMBERS, location_group)]


async def outside_groups(session: Session, sku: str) -> list[str]:
    """The locations of no group that have a record of `sku`."""
    return [row[0] for row in await session.fetch(OUTSIDE_GROUPS, sku)]
