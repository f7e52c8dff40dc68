"""What inventory and capacity forget when it is old: actions carried out, holds that ended, and single movements.

Each of these takes a portion, in one transaction, and nothing that a request waits for: rows that are somebody's at the
moment are passed over. The ledger of the inventory stays a ledger: old movements are folded into one row per SKU and
place, and one per reservation that still holds something there, so that all sums stay what they are. Capacity needs
no such row: the movements of a hold that ended add up to none, and go with it.

The memory of an actionRequestId is the row of its action, its movement, or its hold. None of them goes before the
moment given here, so that no request acts twice until then (docs/why/forgetting.md).
"""

from __future__ import annotations

import datetime as dt

from orderwright.store.database import Session

OLD_ACTIONS = """
SELECT a.id FROM inventory.action a
WHERE a.created_date < $1 AND NOT EXISTS (SELECT FROM inventory.hold h WHERE h.reservation_id = a.id)
ORDER BY a.created_date LIMIT $2 FOR UPDATE OF a SKIP LOCKED
"""
LOCK_RESERVATIONS = """
SELECT id FROM inventory.reservation WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE
"""
# A statement of its own: it sees what a reservation was given until its row was locked.
FORGET_ACTIONS = """
WITH old AS MATERIALIZED (
    SELECT id FROM unnest($1::text[]) o (id)
    WHERE NOT EXISTS (SELECT FROM inventory.hold h WHERE h.reservation_id = o.id)
), ended AS (
    DELETE FROM inventory.reservation r USING old WHERE r.id = old.id
)
DELETE FROM inventory.action a USING old WHERE a.id = old.id
"""
CARRY_FORWARD = """
WITH old AS MATERIALIZED (
    SELECT ctid AS row, stock_keeping_unit, is_group, place, reservation_id FROM inventory.ledger
    WHERE kind <> 'CarriedForward' AND at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED
), cell AS MATERIALIZED (
    SELECT stock_keeping_unit, is_group, place, array_agg(reservation_id) AS reservation_ids FROM old GROUP BY 1, 2, 3
), carried AS MATERIALIZED (
    SELECT l.ctid AS row FROM cell c JOIN inventory.ledger l
        ON l.stock_keeping_unit = c.stock_keeping_unit AND l.place = c.place AND l.action_request_id = ''
       AND l.is_group = c.is_group AND (l.reservation_id IS NULL OR l.reservation_id = ANY(c.reservation_ids))
    FOR UPDATE OF l SKIP LOCKED
), gone AS (
    DELETE FROM inventory.ledger l USING (SELECT row FROM old UNION ALL SELECT row FROM carried) o WHERE l.ctid = o.row
    RETURNING l.*
), total AS (
    SELECT stock_keeping_unit, is_group, place, NULL AS reservation_id, sum(on_hand) AS on_hand,
           coalesce(sum(reserved) FILTER (WHERE reservation_id IS NULL), 0) AS reserved, max(at) AS at
    FROM gone GROUP BY 1, 2, 3
    UNION ALL
    SELECT stock_keeping_unit, is_group, place, reservation_id, 0, sum(reserved), max(at)
    FROM gone WHERE reservation_id IS NOT NULL GROUP BY 1, 2, 3, 4
), kept AS (
    INSERT INTO inventory.ledger
        (stock_keeping_unit, is_group, place, action_request_id, kind, on_hand, reserved, reservation_id, at)
    SELECT stock_keeping_unit, is_group, place, '', 'CarriedForward', on_hand, reserved, reservation_id, at
    FROM total WHERE on_hand <> 0 OR reserved <> 0
)
SELECT count(*) FROM old
"""
FORGET_HOLDS = """
WITH old AS MATERIALIZED (
    SELECT id FROM capacity.hold WHERE ended_at < $1 ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
), moved AS (
    DELETE FROM capacity.ledger l USING old WHERE l.hold_id = old.id
)
DELETE FROM capacity.hold h USING old WHERE h.id = old.id
"""


async def forget_actions(session: Session, before: dt.datetime, most: int) -> int:
    """Forget actions of the inventory carried out before `before`, at most `most`; returns how many.

    Their reservations go with them. An action whose reservation still holds something is kept until it does not.
    """
    ids = [row["id"] for row in await session.fetch(OLD_ACTIONS, before, most)]
    if not ids:
        return 0
    await session.fetch(LOCK_RESERVATIONS, ids)
    return _count(await session.execute(FORGET_ACTIONS, ids))


async def carry_forward(session: Session, before: dt.datetime, most: int) -> int:
    """Fold movements of the inventory from before `before` into sums, at most `most`; returns how many."""
    return int(await session.fetchval(CARRY_FORWARD, before, most))


async def forget_holds(session: Session, before: dt.datetime, most: int) -> int:
    """Forget capacity holds that ended before `before` with their movements, at most `most`; returns how many."""
    return _count(await session.execute(FORGET_HOLDS, before, most))


def _count(done: str) -> int:
    return int(done.rpartition(" ")[2])
