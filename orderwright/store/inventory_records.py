"""Records of batches and uploads, put into the counters: a few statements however many records there are.

Records of one call name each SKU and location once. What a record changes is computed where the counter is, under its
lock, and goes into the ledger in the same statement; the ledger also says which records were put before.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.inventory_record import Future, InventoryRecord
from orderwright.store.database import Session

RECORDS = """unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[]) r (sku, place, id, on_hand, safety_stock_count, future_quantity, futures, effective_date,
    exclusions, external_ref_id)"""

KNOW_SKUS = "INSERT INTO inventory.sku SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"

FIRST = f"""
WITH begun AS (
    INSERT INTO inventory.stock (stock_keeping_unit, is_group, place, on_hand, safety_stock_count, future_quantity,
                                 futures, effective_date, exclusions, external_ref_id)
    SELECT r.sku, false, r.place, coalesce(r.on_hand::numeric, 0), coalesce(r.safety_stock_count::numeric, 0),
           coalesce(r.future_quantity::numeric, 0), nullif(r.futures, '[]')::json, r.effective_date,
           nullif(r.exclusions, '{{}}')::text[], r.external_ref_id
    FROM {RECORDS}
    ON CONFLICT DO NOTHING
    RETURNING stock_keeping_unit, place, on_hand
)
INSERT INTO inventory.ledger (stock_keeping_unit, is_group, place, action_request_id, kind, on_hand, reserved, at)
SELECT r.sku, false, r.place, r.id, 'Counted', b.on_hand, 0, $11
FROM {RECORDS} JOIN begun b ON b.stock_keeping_unit = r.sku AND b.place = r.place
"""
LOCK_COUNTERS = """
SELECT count(*) FROM (
    SELECT 1 FROM unnest($1::text[], $2::text[]) r (sku, place)
    JOIN inventory.stock s ON s.stock_keeping_unit = r.sku AND NOT s.is_group AND s.place = r.place
    ORDER BY s.stock_keeping_unit, s.is_group, s.place FOR UPDATE OF s
) x
"""
AGAIN = f"""
WITH fresh AS MATERIALIZED (
    SELECT r.*, s.on_hand AS before FROM {RECORDS}
    JOIN inventory.stock s ON s.stock_keeping_unit = r.sku AND NOT s.is_group AND s.place = r.place
    WHERE NOT EXISTS (SELECT FROM inventory.ledger l
                      WHERE l.stock_keeping_unit = r.sku AND l.place = r.place AND l.action_request_id = r.id)
), counted AS (
    UPDATE inventory.stock s SET
        on_hand = coalesce(f.on_hand::numeric, s.on_hand),
        safety_stock_count = coalesce(f.safety_stock_count::numeric, s.safety_stock_count),
        future_quantity = coalesce(f.future_quantity::numeric, s.future_quantity),
        futures = CASE WHEN f.futures IS NULL THEN s.futures ELSE nullif(f.futures, '[]')::json END,
        effective_date = coalesce(f.effective_date, s.effective_date),
        exclusions = CASE WHEN f.exclusions IS NULL THEN s.exclusions ELSE nullif(f.exclusions, '{{}}')::text[] END,
        external_ref_id = coalesce(f.external_ref_id, s.external_ref_id)
    FROM fresh f WHERE s.stock_keeping_unit = f.sku AND NOT s.is_group AND s.place = f.place
    RETURNING s.stock_keeping_unit, s.place, f.id, s.on_hand - f.before AS moved
)
INSERT INTO inventory.ledger (stock_keeping_unit, is_group, place, action_request_id, kind, on_hand, reserved, at)
SELECT stock_keeping_unit, false, place, id, 'Counted', moved, 0, $11 FROM counted
"""


async def put_records(session: Session, records: Sequence[InventoryRecord], now: dt.datetime) -> int:
    """Put `records`, each of another SKU or location; returns how many had not been put before."""
    ordered = sorted(records, key=lambda record: (record.stock_keeping_unit, record.location))
    columns = _columns(ordered)
    await session.execute(KNOW_SKUS, sorted({record.stock_keeping_unit for record in ordered}))
    first = _count(await session.execute(FIRST, *columns, now))
    if first == len(ordered):
        return first
    await session.fetchval(LOCK_COUNTERS, columns[0], columns[1])
    return first + _count(await session.execute(AGAIN, *columns, now))


def _count(done: str) -> int:
    return int(done.rpartition(" ")[2])


def _columns(records: Sequence[InventoryRecord]) -> tuple[list[str | None], ...]:
    """Everything as text: PostgreSQL reads a number from text in a tenth of the time that encoding it takes here."""
    return (
        [r.stock_keeping_unit for r in records],
        [r.location for r in records],
        [r.id for r in records],
        [None if r.on_hand is None else str(r.on_hand) for r in records],
        [None if r.safety_stock_count is None else str(r.safety_stock_count) for r in records],
        [None if r.futures is None else _sum(r.futures) for r in records],
        [None if r.futures is None else _json(r.futures) for r in records],
        [None if r.effective_date is None else moment_text(r.effective_date) for r in records],
        [None if r.exclusions is None else _array(r.exclusions) for r in records],
        [r.external_ref_id for r in records],
    )


def _sum(futures: Sequence[Future]) -> str:
    return str(sum((future.quantity for future in futures), Decimal(0))) if futures else "0"


def _json(futures: Sequence[Future]) -> str:
    """The restocks as they are answered, in order of their dates."""
    if not futures:
        return "[]"
    listed = [
        {"expectedDate": moment_text(future.expected_date), "quantity": future.quantity}
        for future in sorted(futures, key=lambda future: future.expected_date)
    ]
    return _ENCODER.encode(listed).decode()


_ENCODER = msgspec.json.Encoder(decimal_format="number")


@functools.lru_cache(1024)
def moment_text(moment: dt.datetime) -> str:
    """A moment as inventory answers it: UTC, to the millisecond. Records of one file mostly have the same."""
    utc = moment.astimezone(dt.UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def _array(texts: Sequence[str]) -> str:
    """A PostgreSQL array in its text form."""
    quoted = ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)
    return "{" + ",".join(quoted) + "}"
