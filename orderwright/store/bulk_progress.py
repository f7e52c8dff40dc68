"""How far bulk batches are: the next one to go on with, locked, and what became of its rows, saved with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from orderwright.decisions.read_bulk import Failure
from orderwright.objects.definition import Id
from orderwright.store.bulk_jobs import Batch, Job
from orderwright.store.database import Session


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some rows, in their order."""

    ids: tuple[Id | None, ...]
    """The record that was written; None for a row that failed."""
    created: bool | tuple[bool, ...]
    """Whether each record is new; one word when it is the same for all."""
    failures: Mapping[int, Failure] = {}
    """By place among these rows."""

    def is_new(self, place: int) -> bool:
        """Whether the row at `place` made a record."""
        return self.created if isinstance(self.created, bool) else self.created[place]


# A batch of Bulk API 2.0 waits until its job is closed. One of the older API that was begun is carried out to its end
# although its job was aborted (documented). Those that are less far come first: a small job waits for no large one.
_OPEN = """
FROM bulk.batch b JOIN bulk.job j ON j.id = b.job_id
WHERE b.state IN ('Queued', 'InProgress') AND CASE j.kind
        WHEN 'classic' THEN j.state <> 'Aborted' OR b.state = 'InProgress'
        WHEN 'ingest' THEN j.state = 'Closed'
        ELSE j.state <> 'Aborted' END
    AND (j.concurrency_mode <> 'Serial' OR NOT EXISTS (
        SELECT FROM bulk.batch e WHERE e.job_id = b.job_id AND e.number < b.number
            AND e.state IN ('Receiving', 'Queued', 'InProgress')))
"""
_WAITING = f"""
SELECT b.id, j.created_by_id {_OPEN} AND (b.query IS NOT NULL) = $1 ORDER BY b.pieces_done, b.number LIMIT 16
"""
_LOCK = f"SELECT row_to_json(b), row_to_json(j) {_OPEN} AND b.id = $1 FOR UPDATE OF b SKIP LOCKED"
_PROGRESS = """
UPDATE bulk.batch SET state = $2, state_message = $3, pieces_done = $4, rows_done = $5, careful_rows = $6,
    processed = $7, failed = $8, total_milliseconds = $9, active_milliseconds = $10, system_modstamp = $11
WHERE id = $1
"""
_OUTCOME = "INSERT INTO bulk.outcome (batch_id, piece, first_row, row_count, outcomes) VALUES ($1, $2, $3, $4, $5)"
_COMMIT_UNFLUSHED = "SET LOCAL synchronous_commit = off"
_FOR_MANY = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = on"
_IS_ABORTED = "SELECT state = 'Aborted' FROM bulk.job WHERE id = $1"


async def waiting_batches(session: Session, *, queries: bool) -> list[tuple[Id, Id]]:
    """The batches to go on with, and the users who sent them; with `queries` those that ask, else those that write."""
    return [(row[0], row[1]) for row in await session.fetch(_WAITING, queries)]


async def lock_batch(session: Session, batch_id: Id) -> tuple[Batch, Job] | None:
    """A batch that still waits, locked, and its job; None when it does not, or somebody is at it."""
    row = await session.fetchrow(_LOCK, batch_id)
    if row is None:
        return None
    return msgspec.json.decode(row[0], type=Batch), msgspec.json.decode(row[1], type=Job)


async def prepare_for_many(session: Session, *, may_wait: bool) -> None:
    """Plan the statements of this transaction for the rows they are about, and let its commit not wait for the disk
    unless it `may_wait`.

    Should PostgreSQL crash before that, all of the transaction is gone, what it says of the batch too.
    """
    await session.execute(_FOR_MANY if may_wait else f"{_FOR_MANY}; {_COMMIT_UNFLUSHED}")


async def save_progress(session: Session, batch: Batch, now: dt.datetime) -> None:
    """Keep a batch's row as it is now."""
    await session.execute(
        _PROGRESS, batch.id, batch.state, batch.state_message, batch.pieces_done, batch.rows_done, batch.careful_rows,
        batch.processed, batch.failed, batch.total_milliseconds, batch.active_milliseconds, now,
    )  # fmt: skip


async def save_outcomes(session: Session, batch: Batch, outcomes: Outcomes) -> None:
    """Keep what became of the rows that come next in `batch`."""
    if not outcomes.ids:
        return
    encoded = msgspec.json.encode(outcomes)
    await session.execute(_OUTCOME, batch.id, batch.pieces_done, batch.rows_done, len(outcomes.ids), encoded)


async def is_aborted(session: Session, job_id: Id) -> bool:
    """Whether a job was aborted, or deleted, by now."""
    return await session.fetchval(_IS_ABORTED, job_id) is not False


def outcomes_in(encoded: bytes) -> Outcomes:
    """Outcomes as they were kept."""
    return msgspec.json.decode(encoded, type=Outcomes)
