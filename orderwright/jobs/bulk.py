"""What a worker does for bulk jobs that write: some rows of a batch at a time, each time in one transaction.

The transaction writes the records, says what became of each row and how far the batch is. So a batch goes on where it
stopped, and no row is written twice, whoever goes on with it after whatever happened.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass

import asyncpg
import msgspec

from orderwright.decisions.errors import Refusal
from orderwright.decisions.read_bulk import Failure, InvalidBatch, Sheet
from orderwright.jobs.bulk_pieces import Pieces
from orderwright.jobs.bulk_rows import Writers, rows_at_once, write_sheet
from orderwright.objects.definition import Id
from orderwright.store import bulk_jobs
from orderwright.store.bulk_jobs import Batch, Job, forget_old_jobs
from orderwright.store.bulk_progress import (
    Outcomes,
    lock_batch,
    prepare_for_many,
    save_outcomes,
    save_progress,
    waiting_batches,
)
from orderwright.store.fulfillment_stock import Stock, submit_with_stock
from orderwright.store.transaction import AGAIN, Call, Store, Transaction

RECEIVING_HOURS = 24
"""A batch that was not received whole by then is not being received any more."""
MOST_RECORDS = 10_000
"""In a batch of the older API (documented); files of CSV are counted when they are received."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Work:
    """What bulk jobs are carried out with."""

    store: Store
    writers: Writers
    pieces: Pieces


async def carry_out_rows(store: Store, writers: Writers, pieces: Pieces | None = None) -> int:
    """Write the next rows of the batch that is least far; returns whether there was one that nobody else was at.

    Who calls again and again gives the same `pieces`, which then are read ahead.
    """
    work = _Work(store, writers, pieces or Pieces(store.database, reads_ahead=False))
    for batch_id, user_id in await waiting_batches(store.database.main, queries=False):
        if await _carry_out(work, batch_id, user_id):
            return 1
    return 0


async def _carry_out(work: _Work, batch_id: Id, user_id: Id) -> int:
    began = time.perf_counter()

    async def act(transaction: Transaction, stock: Stock) -> int:
        found = await lock_batch(transaction.session, batch_id)
        if found is None:
            return 0
        await _write_next(work, transaction, stock, *found, began)
        return 1

    try:
        call = Call(user_id=user_id)
        return int(await submit_with_stock(work.store, call, act, int, reserves=work.writers.reserves_stock))
    except InvalidBatch as refusal:
        await _fail(work.store, batch_id, user_id, f"InvalidBatch : {refusal.message}")
    except asyncpg.UniqueViolationError as error:
        await _take_care(work, batch_id, user_id, error)
    except (*AGAIN, OSError):
        raise
    except Exception as error:  # noqa: BLE001  # whatever it was, it must cost no other row than its own
        await _take_care(work, batch_id, user_id, error)
    return 1


async def _write_next(
    work: _Work, transaction: Transaction, stock: Stock, batch: Batch, job: Job, began: float
) -> None:
    session = transaction.session
    rows = await next_rows(work.pieces, batch, job, 1 if batch.careful_rows else rows_at_once(job, work.writers))
    await prepare_for_many(session, may_wait=rows.is_last)
    since = time.perf_counter()
    outcomes = Outcomes(ids=(), created=False)
    if len(rows.sheet):
        work.pieces.read_ahead(batch, job)
        outcomes = await write_sheet(transaction, stock, work.store.database, job, rows.sheet, work.writers)
        await transaction.flush()
    await save_outcomes(session, batch, outcomes)
    now = time.perf_counter()
    done = timed(progressed(batch, rows, outcomes), now - since, now - began)
    await save_progress(session, done, transaction.now)


@dataclass(frozen=True, slots=True)
class NextRows:
    """Rows of a batch that are written together."""

    sheet: Sheet
    ends_piece: bool
    is_last: bool


async def next_rows(pieces: Pieces, batch: Batch, job: Job, most: int) -> NextRows:
    """The rows that come next in a batch, at most so many. Raises InvalidBatch for what is no file of rows."""
    piece = await pieces.read(batch, job)
    if piece is None:
        return NextRows(Sheet((), (), ()), ends_piece=True, is_last=True)
    count = len(piece.rows)
    _refuse_many(job, count)
    sheet = piece.sheet(batch.rows_done, most)
    ends_piece = batch.rows_done + len(sheet) >= count
    return NextRows(sheet, ends_piece, is_last=ends_piece and batch.pieces_done + 1 >= batch.pieces)


def _refuse_many(job: Job, count: int) -> None:
    if job.kind == "classic" and job.content_type != "CSV" and count > MOST_RECORDS:
        raise InvalidBatch(f"The batch has {count} records; send at most {MOST_RECORDS} in one")


def progressed(batch: Batch, rows: NextRows, outcomes: Outcomes) -> Batch:
    """`batch` after some more of its rows."""
    return msgspec.structs.replace(
        batch,
        state="Completed" if rows.is_last else "InProgress",
        pieces_done=batch.pieces_done + (1 if rows.ends_piece else 0),
        rows_done=0 if rows.ends_piece else batch.rows_done + len(rows.sheet),
        careful_rows=max(0, batch.careful_rows - len(rows.sheet)),
        processed=batch.processed + len(rows.sheet),
        failed=batch.failed + len(outcomes.failures),
    )


def timed(batch: Batch, active: float, total: float) -> Batch:
    """`batch` with the seconds that some more rows took."""
    return msgspec.structs.replace(
        batch,
        active_milliseconds=batch.active_milliseconds + round(active * 1000),
        total_milliseconds=batch.total_milliseconds + round(total * 1000),
    )


# --- what goes wrong --------------------------------------------------------------------------------------------------


async def _take_care(work: _Work, batch_id: Id, user_id: Id, error: Exception) -> None:
    """Write the rows that met an unexpected error one at a time; the one that meets it alone fails."""
    refusal = error if isinstance(error, Refusal) else None
    if refusal is None:
        _log.warning("rows of bulk batch %s could not be written together: %s", batch_id, error, exc_info=error)

    async def act(transaction: Transaction) -> int:
        found = await lock_batch(transaction.session, batch_id)
        if found is not None:
            await _give_up_or_take_care(work, transaction, *found, error)
        return 0

    await work.store.submit(Call(user_id=user_id), act, int)


async def _give_up_or_take_care(
    work: _Work, transaction: Transaction, batch: Batch, job: Job, error: Exception
) -> None:
    session = transaction.session
    if not batch.careful_rows:
        rows = await next_rows(work.pieces, batch, job, rows_at_once(job, work.writers))
        careful = msgspec.structs.replace(batch, state="InProgress", careful_rows=len(rows.sheet))
        await save_progress(session, careful, transaction.now)
        return
    rows = await next_rows(work.pieces, batch, job, 1)
    outcomes = Outcomes(ids=(None,), created=False, failures={0: failure_of(error)})
    await save_outcomes(session, batch, outcomes)
    await save_progress(session, progressed(batch, rows, outcomes), transaction.now)


def failure_of(error: Exception) -> Failure:
    """What is told of a row that an error stopped."""
    if isinstance(error, Refusal):
        return Failure(error.code, error.message, error.fields)
    if isinstance(error, asyncpg.UniqueViolationError):
        return Failure("DUPLICATE_VALUE", "another record has a value of this one that must be unique")
    return Failure("UNKNOWN_EXCEPTION", "an unexpected fault of this server; its log has it")


async def _fail(store: Store, batch_id: Id, user_id: Id, message: str) -> None:
    """End a batch that cannot be read; what was written of it stays."""

    async def act(transaction: Transaction) -> int:
        found = await lock_batch(transaction.session, batch_id)
        if found is not None:
            failed = msgspec.structs.replace(found[0], state="Failed", state_message=message)
            await save_progress(transaction.session, failed, transaction.now)
        return 0

    await store.submit(Call(user_id=user_id), act, int)


# --- what is over -----------------------------------------------------------------------------------------------------


async def forget_jobs(store: Store) -> int:
    """Forget jobs that ended long ago, and what was never received whole; returns how many that was."""

    async def act(transaction: Transaction) -> int:
        before = transaction.now - dt.timedelta(hours=RECEIVING_HOURS)
        dropped = await bulk_jobs.forget_half_received(transaction.session, before)
        return dropped + await forget_old_jobs(transaction.session, transaction.now)

    return int(await store.submit(Call(user_id=""), act, int))
