"""Inventory: counters are sums of movements, what is promised is the sum of what is held, and nothing is below zero."""

from __future__ import annotations

from orderwright.store.clock import NOW_IN_SQL
from orderwright.store.verify.check import Check

_LEDGER_IS_TRUTH = "returns-payments-inventory.yaml#oci.quantity_model (derived)"
_HELD = "returns-payments-inventory.yaml#oci.reservation_rules (derived)"


def cell(alias: str) -> str:
    """A SKU at a place, in words: what a counter, a hold or a movement is about."""
    place = f"CASE WHEN {alias}.is_group THEN 'location group ' ELSE 'location ' END || {alias}.place"
    return f"{alias}.stock_keeping_unit || ' at ' || {place}"


def hold(alias: str) -> str:
    """What one reservation holds of a SKU at a place, in words."""
    return f"{alias}.reservation_id || ': ' || {cell(alias)}"


BALANCE = Check(
    rule="inventory-balance",
    object="inventory.stock",
    says="a counter is the sum of all movements of the SKU at the place",
    source=_LEDGER_IS_TRUTH,
    sql=f"""
    SELECT {cell("t")} AS record_id, v.field, v.expected, v.actual
    FROM (SELECT stock_keeping_unit, is_group, place, coalesce(s.on_hand, 0) AS on_hand,
                 coalesce(s.reserved, 0) AS reserved, coalesce(l.on_hand, 0) AS moved_on_hand,
                 coalesce(l.reserved, 0) AS moved_reserved
          FROM inventory.stock s FULL JOIN (
              SELECT stock_keeping_unit, is_group, place, sum(on_hand) AS on_hand, sum(reserved) AS reserved
              FROM inventory.ledger GROUP BY 1, 2, 3) l USING (stock_keeping_unit, is_group, place)) t
    CROSS JOIN LATERAL (VALUES ('on_hand', t.moved_on_hand, t.on_hand), ('reserved', t.moved_reserved, t.reserved))
      AS v (field, expected, actual)
    WHERE v.expected <> v.actual""",
)

RESERVED = Check(
    rule="inventory-reserved",
    object="inventory.stock",
    says="what is reserved of a SKU at a place is the sum of what reservations hold there",
    source=_HELD,
    sql=f"""
    SELECT {cell("t")} AS record_id, 'reserved' AS field, t.held AS expected, t.reserved AS actual
    FROM (SELECT stock_keeping_unit, is_group, place, coalesce(s.reserved, 0) AS reserved, coalesce(h.held, 0) AS held
          FROM inventory.stock s FULL JOIN (
              SELECT stock_keeping_unit, is_group, place, sum(quantity) AS held
              FROM inventory.hold GROUP BY 1, 2, 3) h USING (stock_keeping_unit, is_group, place)) t
    WHERE t.held <> t.reserved""",
)

HELD = Check(
    rule="inventory-held",
    object="inventory.hold",
    says="what a reservation holds of a SKU at a place is the sum of its movements there",
    source=_LEDGER_IS_TRUTH,
    sql=f"""
    SELECT {hold("t")} AS record_id, 'quantity' AS field, t.moved AS expected, t.quantity AS actual
    FROM (SELECT stock_keeping_unit, is_group, place, reservation_id, coalesce(h.quantity, 0) AS quantity,
                 coalesce(l.moved, 0) AS moved
          FROM inventory.hold h FULL JOIN (
              SELECT stock_keeping_unit, is_group, place, reservation_id, sum(reserved) AS moved
              FROM inventory.ledger WHERE reservation_id IS NOT NULL GROUP BY 1, 2, 3, 4) l
            USING (stock_keeping_unit, is_group, place, reservation_id)) t
    WHERE t.moved <> t.quantity""",
)

NEGATIVE = Check(
    rule="inventory-negative",
    object="inventory.stock",
    says="no counter is below zero but what is expected, and a group has no units of its own",
    source="returns-payments-inventory.yaml#oci.quantity_model (derived)",
    sql=f"""
    SELECT {cell("t")} AS record_id, v.field,
           CASE WHEN v.is_own AND t.is_group THEN '0' ELSE '0 or more' END AS expected, v.actual
    FROM inventory.stock t
    CROSS JOIN LATERAL (VALUES ('on_hand', t.on_hand, true, 0), ('reserved', t.reserved, false, 0),
                               ('safety_stock_count', t.safety_stock_count, true, 0),
                               ('future_quantity', t.future_quantity, true, NULL)) AS v (field, actual, is_own, least)
    WHERE v.actual < v.least OR (v.is_own AND t.is_group AND v.actual <> 0)""",
)

HELD_NEGATIVE = Check(
    rule="inventory-hold-positive",
    object="inventory.hold",
    says="a reservation holds more than nothing; what holds nothing any more is no hold",
    source=_HELD,
    sql=f"""
    SELECT {hold("t")} AS record_id, 'quantity' AS field, 'above 0' AS expected, t.quantity AS actual
    FROM inventory.hold t WHERE t.quantity <= 0""",
)

FUTURES = Check(
    rule="inventory-future",
    object="inventory.stock",
    says="what is expected of a SKU at a place is the sum of its restocks",
    source="returns-payments-inventory.yaml#oci.quantity_model (derived)",
    sql=f"""
    SELECT {cell("t")} AS record_id, 'future_quantity' AS field, f.listed AS expected, t.future_quantity AS actual
    FROM inventory.stock t
    CROSS JOIN LATERAL (SELECT coalesce(sum((x ->> 'quantity')::numeric), 0) AS listed
                        FROM json_array_elements(coalesce(t.futures, '[]')) x) f
    WHERE t.future_quantity <> f.listed""",
)

# Who gives out units of a SKU locks its row: without one nobody would wait for anybody.
KNOWN_SKUS = Check(
    rule="inventory-sku",
    object="inventory.stock",
    says="each SKU with a counter has the row that is locked for it",
    source="decisions.md#S5 (inferred)",
    sql=f"""
    SELECT {cell("t")} AS record_id, 'stock_keeping_unit' AS field, 'a row in inventory.sku' AS expected,
           t.stock_keeping_unit AS actual
    FROM inventory.stock t
    WHERE NOT EXISTS (SELECT FROM inventory.sku k WHERE k.stock_keeping_unit = t.stock_keeping_unit)""",
)

OF_RESERVATIONS = Check(
    rule="inventory-reservation",
    object="inventory.hold",
    says="what is held belongs to a reservation that exists, and lapses when that does or not at all",
    source=_HELD,
    sql=f"""
    SELECT {hold("t")} AS record_id, v.field, v.expected, v.actual
    FROM inventory.hold t LEFT JOIN inventory.reservation r ON r.id = t.reservation_id
    CROSS JOIN LATERAL (VALUES ('reservation_id', coalesce(r.id, 'an existing reservation'), t.reservation_id),
                               ('expiration_time', CASE WHEN r.id IS NULL THEN t.expiration_time
                                                        ELSE r.expiration_time END::text, t.expiration_time::text))
      AS v (field, expected, actual)
    WHERE v.actual IS NOT NULL AND v.expected IS DISTINCT FROM v.actual""",
)

# A place may leave the published graph while something is held there: it can still be shipped, released or transferred.
HELD_AT_KNOWN = Check(
    rule="inventory-place",
    object="inventory.hold",
    says="what is held is held at a location or group of the published location graph",
    source="returns-payments-inventory.yaml#oci.location-graph-publish (documented)",
    warning=True,
    sql=f"""
    SELECT {hold("t")} AS record_id, 'place' AS field, 'a published place' AS expected, t.place AS actual
    FROM inventory.hold t
    WHERE NOT EXISTS (
        SELECT FROM (SELECT false AS is_group, identifier FROM inventory.location
                     UNION ALL SELECT true, identifier FROM inventory.location_group) g
        WHERE g.is_group = t.is_group AND g.identifier = t.place)""",
)

MEMBERS = Check(
    rule="inventory-member",
    object="inventory.member",
    says="the location graph has both the group and the location of each member",
    source="returns-payments-inventory.yaml#oci.location-graph-publish (documented)",
    sql="""
    SELECT t.location_group || ' / ' || t.location AS record_id, v.field, 'a published place' AS expected, v.actual
    FROM inventory.member t
    LEFT JOIN inventory.location_group g ON g.identifier = t.location_group
    LEFT JOIN inventory.location l ON l.identifier = t.location
    CROSS JOIN LATERAL (VALUES ('location_group', t.location_group, g.identifier IS NULL),
                               ('location', t.location, l.identifier IS NULL)) AS v (field, actual, is_missing)
    WHERE v.is_missing""",
)

LAPSED = Check(
    rule="inventory-lapsed",
    object="inventory.hold",
    says="what a reservation holds is given back within an hour after it lapsed, which is a worker's job",
    source=_HELD,
    warning=True,
    sql=f"""
    SELECT {hold("t")} AS record_id, 'expiration_time' AS field, 'less than an hour ago' AS expected,
           t.expiration_time AS actual
    FROM inventory.hold t WHERE t.expiration_time < {NOW_IN_SQL} - interval '1 hour'""",
)

INVENTORY_CHECKS = (
    KNOWN_SKUS,
    BALANCE,
    HELD,
    RESERVED,
    NEGATIVE,
    HELD_NEGATIVE,
    FUTURES,
    OF_RESERVATIONS,
    HELD_AT_KNOWN,
    MEMBERS,
    LAPSED,
)
