"""Bulk jobs, their batches and what was sent for them: received piece by piece, carried out piece by piece.

A piece is some whole rows of a file. Carrying rows out writes the records, says what became of them and counts them on
the batch's row, all in one transaction; so a batch goes on where it stopped, whoever goes on with it, and no row is
written twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from orderwright.objects.definition import Id
from orderwright.store.database import Session

JOB_PREFIX, BATCH_PREFIX = "750", "751"
CHANNEL = "orderwright_bulk"
"""Where workers are told that there is a batch to be carried out; they also look by themselves."""
MOST_LISTED = 1000
"""Jobs in one answer (documented)."""

KEPT_FOR = dt.timedelta(days=7)
"""How long a job and its results are kept after it last changed (documented)."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """The row of a job, with the sums over its batches."""

    id: Id
    kind: str
    operation: str
    object: str
    state: str = "Open"
    external_id_field_name: str | None = None
    content_type: str = "CSV"
    column_delimiter: str = "COMMA"
    line_ending: str = "LF"
    concurrency_mode: str = "Parallel"
    api_version: int
    rights: tuple[str, ...] = ()
    created_by_id: Id
    created_date: dt.datetime
    system_modstamp: dt.datetime
    batches: int = 0
    queued: int = 0
    in_progress: int = 0
    completed: int = 0
    failed_batches: int = 0
    not_processed: int = 0
    processed: int = 0
    failed: int = 0
    total_milliseconds: int = 0
    active_milliseconds: int = 0
    error_message: str | None = None
    touched: dt.datetime | None = None
    """When one of its batches last changed."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """The row of a batch."""

    id: Id
    job_id: Id
    number: int = 0
    state: str
    state_message: str | None = None
    query: str | None = None
    header: str | None = None
    pieces: int = 0
    pieces_done: int = 0
    rows_done: int = 0
    careful_rows: int = 0
    processed: int = 0
    failed: int = 0
    total_milliseconds: int = 0
    active_milliseconds: int = 0
    created_date: dt.datetime
    system_modstamp: dt.datetime


_SUMS = """
SELECT count(*) AS batches, count(*) FILTER (WHERE b.state = 'Queued') AS queued,
       count(*) FILTER (WHERE b.state = 'InProgress') AS in_progress,
       count(*) FILTER (WHERE b.state = 'Completed') AS completed,
       count(*) FILTER (WHERE b.state = 'Failed') AS failed_batches,
       count(*) FILTER (WHERE b.state = 'NotProcessed') AS not_processed,
       coalesce(sum(b.processed), 0)::bigint AS processed, coalesce(sum(b.failed), 0)::bigint AS failed,
       coalesce(sum(b.total_milliseconds), 0)::bigint AS total_milliseconds,
       coalesce(sum(b.active_milliseconds), 0)::bigint AS active_milliseconds,
       max(b.state_message) AS error_message, max(b.system_modstamp) AS touched
FROM bulk.batch b WHERE b.job_id = j.id AND b.state <> 'Receiving'
"""
_WHOLE = f"SELECT j.*, s.* FROM bulk.job j CROSS JOIN LATERAL ({_SUMS}) s"
_READ = f"SELECT row_to_json(w) FROM ({_WHOLE} WHERE j.id = $1) w"
_LIST = f"""
SELECT row_to_json(w) FROM ({_WHOLE}
    WHERE j.kind = ANY ($1::text[]) AND (j.created_by_id = $2 OR $3) ORDER BY j.created_date, j.id OFFSET $4 LIMIT $5
) w
"""
_NEW_JOB = """
INSERT INTO bulk.job (id, kind, operation, object, state, external_id_field_name, content_type, column_delimiter,
    line_ending, concurrency_mode, api_version, rights, created_by_id, created_date, system_modstamp)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
_SET_STATE = "UPDATE bulk.job SET state = $2, system_modstamp = $3 WHERE id = $1 AND state = ANY ($4::text[])"
_DROP_QUEUED = """
UPDATE bulk.batch SET state = 'NotProcessed', system_modstamp = $2 WHERE job_id = $1 AND state = 'Queued'
"""
_DELETE_JOB = "DELETE FROM bulk.job WHERE id = $1"
_NEW_BATCH = """
INSERT INTO bulk.batch (id, job_id, state, state_message, query, created_date, system_modstamp)
VALUES ($1, $2, $3, $4, $5, $6, $6)
"""
_ADD_PIECE = "INSERT INTO bulk.piece (batch_id, number, rows) VALUES ($1, $2, $3)"
_RECEIVED = """
UPDATE bulk.batch SET state = CASE WHEN $5::text IS NULL THEN 'Queued' ELSE 'Failed' END, header = $2, pieces = $3,
    system_modstamp = $4, state_message = $5
WHERE id = $1
"""
_FORGET_BATCH = "DELETE FROM bulk.batch WHERE id = $1"
_BATCHES = "SELECT row_to_json(b) FROM bulk.batch b WHERE b.job_id = $1 AND b.state <> 'Receiving' ORDER BY b.number"
_BATCH = "SELECT row_to_json(b) FROM bulk.batch b WHERE b.job_id = $1 AND b.id = $2 AND b.state <> 'Receiving'"
_LOCK_JOB = "SELECT state FROM bulk.job WHERE id = $1 FOR UPDATE"
_STATES = "SELECT state FROM bulk.batch WHERE job_id = $1"
_PIECE = "SELECT rows FROM bulk.piece WHERE batch_id = $1 AND number = $2"
_OUTCOMES = """
SELECT first_row, row_count, outcomes FROM bulk.outcome WHERE batch_id = $1 AND piece = $2 ORDER BY first_row
"""
_LET_GO = """
DELETE FROM bulk.job j WHERE j.id IN (
    SELECT o.id FROM bulk.job o WHERE o.created_date < $1 AND o.system_modstamp < $1
        AND NOT EXISTS (SELECT FROM bulk.batch b WHERE b.job_id = o.id AND b.system_modstamp >= $1)
    ORDER BY o.created_date LIMIT 10
)
"""
_ABANDONED = "DELETE FROM bulk.batch WHERE state = 'Receiving' AND created_date < $1"


async def add_job(session: Session, job: Job) -> None:
    """Keep a new job."""
    await session.execute(
        _NEW_JOB, job.id, job.kind, job.operation, job.object, job.state, job.external_id_field_name,
        job.content_type, job.column_delimiter, job.line_ending, job.concurrency_mode, job.api_version,
        list(job.rights), job.created_by_id, job.created_date, job.system_modstamp,
    )  # fmt: skip


async def read_job(session: Session, job_id: Id) -> Job | None:
    """The job with this id; None when there is none."""
    text = await session.fetchval(_READ, job_id)
    return None if text is None else msgspec.json.decode(text, type=Job)


async def list_jobs(session: Session, kinds: Sequence[str], user_id: Id, start: int, *, of_all: bool) -> list[Job]:
    """The jobs of these kinds that a user made, or everybody, from `start` on; one more than are listed at once."""
    rows = await session.fetch(_LIST, list(kinds), user_id, of_all, start, MOST_LISTED + 1)
    return [msgspec.json.decode(row[0], type=Job) for row in rows]


async def set_state(session: Session, job_id: Id, state: str, before: Sequence[str], now: dt.datetime) -> bool:
    """Make `state` the state of a job that is in one of `before`; returns whether it was."""
    connection: Any = session
    async with connection.transaction():
        done = await session.execute(_SET_STATE, job_id, state, now, list(before)) == "UPDATE 1"
        if done and state == "Aborted":
            await session.execute(_DROP_QUEUED, job_id, now)
    return bool(done)


async def close_whole(session: Session, job_id: Id, now: dt.datetime) -> bool:
    """Close a job whose file is here; returns False when it is not Open, or its file is still being received."""
    connection: Any = session
    async with connection.transaction():
        await session.fetchval(_LOCK_JOB, job_id)
        if "Receiving" in [row[0] for row in await session.fetch(_STATES, job_id)]:
            return False
        return bool(await session.execute(_SET_STATE, job_id, "Closed", now, ["Open"]) == "UPDATE 1")


async def wake_workers(session: Session) -> None:
    """Tell workers that there is a batch to be carried out."""
    await session.execute("SELECT pg_notify($1, '')", CHANNEL)


async def delete_job(session: Session, job_id: Id) -> None:
    """Forget a job with all that was sent for it and came of it."""
    await session.execute(_DELETE_JOB, job_id)


async def add_batch(session: Session, batch: Batch) -> None:
    """Keep a new batch: one that is being received, or a query."""
    await session.execute(
        _NEW_BATCH, batch.id, batch.job_id, batch.state, batch.state_message, batch.query, batch.created_date
    )


async def add_only_batch(session: Session, batch: Batch) -> bool:
    """Keep a new batch, the only one of its Open job; returns whether it is."""
    connection: Any = session
    async with connection.transaction():
        if await session.fetchval(_LOCK_JOB, batch.job_id) != "Open" or await session.fetch(_STATES, batch.job_id):
            return False
        await add_batch(session, batch)
    return True


async def add_piece(session: Session, batch_id: Id, number: int, rows: bytes) -> None:
    """Keep some whole rows of a batch. The commit does not wait for the disk: that of `end_receiving` waits for all."""
    connection: Any = session
    async with connection.transaction():
        await connection.execute("SET LOCAL synchronous_commit = off")
        await connection.execute(_ADD_PIECE, batch_id, number, rows)


async def end_receiving(
    session: Session, batch_id: Id, header: str | None, pieces: int, now: dt.datetime, fault: str | None = None
) -> None:
    """All of a batch is here; one with a `fault` is not carried out."""
    await session.execute(_RECEIVED, batch_id, header, pieces, now, fault)


async def forget_batch(session: Session, batch_id: Id) -> None:
    """Drop a batch that was not received whole."""
    await session.execute(_FORGET_BATCH, batch_id)


async def batches_of(session: Session, job_id: Id) -> list[Batch]:
    """The batches of a job in the order in which they came."""
    return [msgspec.json.decode(row[0], type=Batch) for row in await session.fetch(_BATCHES, job_id)]


async def read_batch(session: Session, job_id: Id, batch_id: Id) -> Batch | None:
    """A batch of a job; None when it has none with this id."""
    text = await session.fetchval(_BATCH, job_id, batch_id)
    return None if text is None else msgspec.json.decode(text, type=Batch)


async def read_piece(session: Session, batch_id: Id, number: int) -> bytes | None:
    """A piece of a batch, as it came."""
    found: bytes | None = await session.fetchval(_PIECE, batch_id, number)
    return found


async def outcomes_of(session: Session, batch_id: Id, piece: int) -> Sequence[Any]:
    """What became of the rows of a piece, as far as they were carried out: (first row, how many, outcomes)."""
    return await session.fetch(_OUTCOMES, batch_id, piece)


async def forget_old_jobs(session: Session, now: dt.datetime) -> int:
    """Forget some of the jobs that have not changed for `KEPT_FOR`; returns how many."""
    return int((await session.execute(_LET_GO, now - KEPT_FOR)).rpartition(" ")[2])


async def forget_half_received(session: Session, before: dt.datetime) -> int:
    """Drop what began to be received before `before` and never came whole; returns how many batches."""
    return int((await session.execute(_ABANDONED, before)).rpartition(" ")[2])
