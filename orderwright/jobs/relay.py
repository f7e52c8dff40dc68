"""Hands background operations to the queue (decisions.md S9).

The operation's row is the outbox: it was written in the transaction that asked for it. Three steps, each its own: find
what was not handed over, or was put off and its time has come; enqueue it; mark it. A crash between the last two
enqueues again what is in the queue already, which its key prevents, or what has run already, which does nothing: an
operation acts once however often it is run.
"""

from __future__ import annotations

import datetime as dt

import msgspec
from pgqueuer.queries import Queries

from orderwright.objects.definition import Id
from orderwright.store.database import Database

ENTRYPOINT = "background_operation"
BATCH = 200

WAITING = """
SELECT shard, id FROM background_operation
WHERE handed_at IS NULL AND status IN ('New', 'Running') AND (process_after IS NULL OR process_after <= $1)
ORDER BY submitted_at LIMIT $2
"""
# What the queue has lost, as it may when PostgreSQL was away: taken back, so that it is handed over again. One that is
# still in the queue stays there, its key sees to that.
STRAYED = """
UPDATE background_operation SET handed_at = NULL
WHERE finished_at IS NULL AND status IN ('New', 'Running') AND handed_at < $1
"""
HANDED = """
UPDATE background_operation t SET handed_at = $1
FROM unnest($2::smallint[], $3::text[]) AS v (shard, id) WHERE t.shard = v.shard AND t.id = v.id
"""


class Job(msgspec.Struct, frozen=True):
    """What the queue carries: where the operation is, nothing else."""

    shard: int
    operation_id: Id


async def hand_over(database: Database, queue: Queries, now: dt.datetime) -> int:
    """Hand what waits to the queue; returns how many operations that were.

    One whose earlier job has not left the queue yet stays as it is: either that job will still run it, or it was asked
    to run again too quickly and is handed over at the next look.
    """
    waiting = await database.main.fetch(WAITING, now, BATCH)
    if not waiting:
        return 0
    shards, ids = [row["shard"] for row in waiting], [row["id"] for row in waiting]
    payloads: list[bytes | None] = [msgspec.json.encode(Job(s, i)) for s, i in zip(shards, ids, strict=True)]
    jobs = await queue.enqueue(
        [ENTRYPOINT] * len(ids), payloads, [0] * len(ids), dedupe_key=list(ids), on_conflict="skip"
    )
    taken = [place for place, job in zip(zip(shards, ids, strict=True), jobs, strict=True) if job is not None]
    await database.main.execute(HANDED, now, [shard for shard, _ in taken], [operation for _, operation in taken])
    return len(taken)


async def take_back(database: Database, before: dt.datetime) -> None:
    """Let what was handed over before that moment, and has not finished, be handed over again."""
    await database.main.execute(STRAYED, before)
