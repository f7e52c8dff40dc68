"""Capacity: what is held and assigned is what the ledger of movements says, hold by hold, at a location that exists."""

from __future__ import annotations

from orderwright.store.clock import NOW_IN_SQL
from orderwright.store.verify.check import Check

_MODEL = "fulfillment-routing.yaml#capacity_model (documented; holds with names inferred)"

BALANCE = Check(
    rule="capacity-balance",
    object="capacity.hold",
    says="movements of a hold add up to one while it is held and to none when it ended, and assign one if confirmed",
    source=_MODEL,
    sql="""
    SELECT t.id AS record_id, v.field, v.expected, v.actual
    FROM (SELECT coalesce(h.id, l.hold_id) AS id, coalesce(l.held, 0) AS held, coalesce(l.assigned, 0) AS assigned,
                 (h.id IS NOT NULL AND h.ended_as IS NULL)::int AS to_hold,
                 coalesce(h.ended_as = 'Confirmed', false)::int AS to_assign
          FROM capacity.hold h FULL JOIN (
              SELECT hold_id, sum(held) AS held, sum(assigned) AS assigned FROM capacity.ledger GROUP BY 1) l
            ON l.hold_id = h.id) t
    CROSS JOIN LATERAL (VALUES ('held', t.to_hold, t.held), ('assigned', t.to_assign, t.assigned))
      AS v (field, expected, actual)
    WHERE v.expected <> v.actual""",
)

MOVED_AS_SAID = Check(
    rule="capacity-movement",
    object="capacity.ledger",
    says="a movement belongs to its hold: at the same location, begun under its id, ended as and by what the hold says",
    source=_MODEL,
    sql="""
    SELECT t.kind || ' ' || t.action_request_id AS record_id, v.field, v.expected, v.actual
    FROM capacity.ledger t LEFT JOIN capacity.hold h ON h.id = t.hold_id
    CROSS JOIN LATERAL (VALUES
        ('hold_id', h.id, t.hold_id),
        ('location_id', h.location_id, t.location_id),
        ('kind', CASE WHEN t.held > 0 THEN 'Held' ELSE h.ended_as END, t.kind),
        ('action_request_id', CASE WHEN t.held > 0 THEN h.id ELSE h.ended_by END, t.action_request_id))
      AS v (field, expected, actual)
    WHERE v.expected IS DISTINCT FROM v.actual""",
)

LOCATED = Check(
    rule="capacity-location",
    object="capacity.hold",
    says="capacity is held at a Location that exists",
    source=_MODEL,
    sql="""
    SELECT t.id AS record_id, 'location_id' AS field, 'an existing Location' AS expected, t.location_id AS actual
    FROM capacity.hold t WHERE NOT EXISTS (SELECT FROM "location" p WHERE p.id = t.location_id)""",
)

NEGATIVE = Check(
    rule="capacity-negative",
    object="Location",
    says="neither its limit nor what is assigned is below zero; a caller may write both",
    source=_MODEL,
    warning=True,
    sql="""
    SELECT t.id AS record_id, v.field, '0 or more' AS expected, v.actual
    FROM "location" t
    CROSS JOIN LATERAL (VALUES ('fo_capacity', t.fo_capacity), ('assigned_fo_count', t.assigned_fo_count))
      AS v (field, actual)
    WHERE NOT t.is_deleted AND v.actual < 0""",
)

# A hold that lapsed is not counted, whether or not it was ended; it is ended so that it can be forgotten.
LAPSED = Check(
    rule="capacity-lapsed",
    object="capacity.hold",
    says="a hold is ended within a day after it lapsed, which is a worker's job",
    source=_MODEL,
    warning=True,
    sql=f"""
    SELECT t.id AS record_id, 'expiration_time' AS field, 'less than a day ago' AS expected,
           t.expiration_time AS actual
    FROM capacity.hold t WHERE t.ended_as IS NULL AND t.expiration_time < {NOW_IN_SQL} - interval '1 day'""",
)

CAPACITY_CHECKS = (BALANCE, MOVED_AS_SAID, LOCATED, NEGATIVE, LAPSED)
