"""Records of batches and uploads, put into the counters: a few statements however many records there are.

Records of one call name each SKU and location once. What a record changes is computed where the counter is, under its
lock, and goes into the ledger in the same statement; the ledger also says which records were put before.

Everybody locks counters in the order of their keys, and counters are begun before any is locked: so no two can wait for
each other. Whether some are to be begun shows only when the others are locked. Then those locks are given back first.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from decimal import Decimal

import asyncpg
import msgspec

from orderwright.decisions.inventory_record import Future, InventoryRecord
from orderwright.store.database import Session

COLUMNS = (
    "sku",
    "place",
    "id",
    "on_hand",
    "safety_stock_count",
    "future_quantity",
    "futures",
    "effective_date",
    "exclusions",
    "external_ref_id",
)
ARRAYS = ", ".join(f"${number}::text::text[]" for number in range(1, len(COLUMNS) + 1))
RECORD = ", ".join(COLUMNS)
RECORDS = f"unnest({ARRAYS}) r ({RECORD})"

SAVEPOINT, GO_BACK, FORGET_SAVEPOINT = "SAVEPOINT put", "ROLLBACK TO SAVEPOINT put", "RELEASE SAVEPOINT put"

LOCK_COUNTERS = """
SELECT string_agg(r.number || ' ' || s.at, ' ')
FROM unnest($1::text::text[], $2::text::text[]) WITH ORDINALITY r (sku, place, number)
CROSS JOIN LATERAL (
    SELECT ctid::text AS at FROM inventory.stock
    WHERE stock_keeping_unit = r.sku AND NOT is_group AND place = r.place FOR UPDATE
) s
"""
"""The numbers, from one, of the records that have a counter, and where it lies. It lies there as long as it is locked;
to find it by its key again takes as long as to change it. One look-up after the other, in order: else a plan that was
made while the table was small reads all of it, whatever it has become since."""
KNOW_SKUS = """
INSERT INTO inventory.sku SELECT r.sku FROM unnest($1::text::text[]) r (sku)
WHERE NOT EXISTS (SELECT FROM inventory.sku k WHERE k.stock_keeping_unit = r.sku) ON CONFLICT DO NOTHING
"""
BEGIN_COUNTERS = f"""
INSERT INTO inventory.stock (stock_keeping_unit, is_group, place, on_hand, safety_stock_count, future_quantity,
                             futures, effective_date, exclusions, external_ref_id)
SELECT r.sku, false, r.place, coalesce(r.on_hand::numeric, 0), coalesce(r.safety_stock_count::numeric, 0),
       coalesce(r.future_quantity::numeric, 0), nullif(r.futures, '[]')::json, r.effective_date,
       nullif(r.exclusions, '{{}}')::text[], r.external_ref_id
FROM {RECORDS}
"""
WRITE_FIRST = """
INSERT INTO inventory.ledger (stock_keeping_unit, is_group, place, action_request_id, kind, on_hand, reserved, at)
SELECT r.sku, false, r.place, r.id, 'Counted', coalesce(r.on_hand::numeric, 0), 0, $5
FROM unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[]) r (sku, place, id, on_hand)
"""
COUNT_AGAIN = f"""
WITH fresh AS MATERIALIZED (
    SELECT r.*, (SELECT on_hand FROM inventory.stock s WHERE s.ctid = r.at AND s.stock_keeping_unit = r.sku) AS before
    FROM unnest({ARRAYS}, $11::text::tid[]) r ({RECORD}, at)
    WHERE NOT EXISTS (SELECT FROM inventory.ledger l
                      WHERE l.stock_keeping_unit = r.sku AND l.place = r.place AND l.action_request_id = r.id
                        AND l.kind = 'Counted')
), counted AS (
    UPDATE inventory.stock s SET
        on_hand = coalesce(f.on_hand::numeric, s.on_hand),
        safety_stock_count = coalesce(f.safety_stock_count::numeric, s.safety_stock_count),
        future_quantity = coalesce(f.future_quantity::numeric, s.future_quantity),
        futures = CASE WHEN f.futures IS NULL THEN s.futures ELSE nullif(f.futures, '[]')::json END,
        effective_date = coalesce(f.effective_date, s.effective_date),
        exclusions = CASE WHEN f.exclusions IS NULL THEN s.exclusions ELSE nullif(f.exclusions, '{{}}')::text[] END,
        external_ref_id = coalesce(f.external_ref_id, s.external_ref_id)
    FROM fresh f
    WHERE s.ctid = f.at AND s.stock_keeping_unit = f.sku AND NOT s.is_group AND s.place = f.place
    RETURNING s.stock_keeping_unit, s.place, f.id, s.on_hand - f.before AS moved
)
INSERT INTO inventory.ledger (stock_keeping_unit, is_group, place, action_request_id, kind, on_hand, reserved, at)
SELECT stock_keeping_unit, false, place, id, 'Counted', moved, 0, $12 FROM counted
"""


async def put_records(session: Session, records: Sequence[InventoryRecord], now: dt.datetime) -> int:
    """Put `records`, each of another SKU or location; returns how many had not been put before."""
    ordered = sorted(records, key=lambda record: (record.stock_keeping_unit, record.location))
    await session.execute(SAVEPOINT)
    done: int | None = None
    while done is None:
        done = await _put(session, ordered, now)
    await session.execute(FORGET_SAVEPOINT)
    return done


async def _put(session: Session, records: Sequence[InventoryRecord], now: dt.datetime) -> int | None:
    """As `put_records`; None when somebody else began one of the counters meanwhile: then it is to be done anew."""
    places = await _lock_counters(session, records)
    new = [record for number, record in enumerate(records) if number not in places]
    if not new:
        return await _count_again(session, records, places, now)
    if places:
        await session.execute(GO_BACK)
    try:
        await _begin(session, new, now)
    except asyncpg.UniqueViolationError:
        await session.execute(GO_BACK)
        return None
    if not places:
        return len(new)
    known = [records[number] for number in sorted(places)]
    return len(new) + await _count_again(session, known, await _lock_counters(session, known), now)


async def _lock_counters(session: Session, records: Sequence[InventoryRecord]) -> dict[int, str]:
    """Where the counters of `records` lie, by the numbers of those that have one, from zero. They are locked now."""
    skus, places = _array([r.stock_keeping_unit for r in records]), _array([r.location for r in records])
    text = await session.fetchval(LOCK_COUNTERS, skus, places)
    words = text.split(" ") if text else []
    return {int(number) - 1: at for number, at in zip(words[::2], words[1::2], strict=True)}


async def _begin(session: Session, records: Sequence[InventoryRecord], now: dt.datetime) -> None:
    """Begin the counters of `records`. Raises UniqueViolationError when somebody else began one of them."""
    columns = _columns(records)
    await session.execute(KNOW_SKUS, _array(sorted({record.stock_keeping_unit for record in records})))
    # ON CONFLICT would look each key up once more: half of what this costs.
    await session.execute(BEGIN_COUNTERS, *columns)
    await session.execute(WRITE_FIRST, *columns[:4], now)


async def _count_again(
    session: Session, records: Sequence[InventoryRecord], places: dict[int, str], now: dt.datetime
) -> int:
    at = _array([places[number] for number in range(len(records))])
    return _count(await session.execute(COUNT_AGAIN, *_columns(records), at, now))


def _count(done: str) -> int:
    return int(done.rpartition(" ")[2])


def _columns(records: Sequence[InventoryRecord]) -> tuple[str | None, ...]:
    """Each column as one text, an array as PostgreSQL writes it; encoded element by element it would take this side and
    PostgreSQL three times as long. A column of nothing but nulls is null.
    """
    lists: tuple[list[str | None], ...] = (
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
    return tuple(None if not any(text is not None for text in texts) else _array(texts) for texts in lists)


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
    # The year in four digits, which strftime does not promise: these texts are compared, too.
    return f"{moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _array(texts: Sequence[str | None]) -> str:
    """A PostgreSQL array in its text form."""
    if None not in texts:
        joined = '","'.join(texts)  # type: ignore[arg-type]  # None is in none of them
        if "\\" not in joined and joined.count('"') == 2 * (len(texts) - 1):
            return f'{{"{joined}"}}' if texts else "{}"
    return f"{{{','.join('NULL' if text is None else _quoted(text) for text in texts)}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
