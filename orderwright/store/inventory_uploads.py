"""Uploads: received piece by piece, carried out piece by piece, each in a transaction of its own.

A piece is some whole lines of the file. Carrying one out writes its records, counts them on the upload's row and
deletes it, all at once; so an upload goes on where it stopped, whoever goes on with it, and its row says how far it is.
Uploads are carried out one after the other, in the order in which they came: the later one has the last word.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from orderwright.decisions.inventory_record import InventoryRecord
from orderwright.decisions.publish_location_graph import LocationGraph, Marked
from orderwright.decisions.read_upload import Reading
from orderwright.objects.definition import Id
from orderwright.store.database import Session
from orderwright.store.inventory_records import put_records

MOST_ERRORS = 100
"""How many problems of one upload are kept; the counts still tell of all."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """The row of an upload."""

    id: str
    kind: str
    status: str
    received_at: dt.datetime
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    pieces: int = 0
    pieces_done: int = 0
    read_count: int = 0
    processed_count: int = 0
    skipped_count: int = 0
    invalid_count: int = 0
    errors: tuple[str, ...] = ()
    reading: Reading = msgspec.field(default_factory=Reading)
    created_by_id: Id


BEGIN = """
INSERT INTO inventory.upload (id, kind, status, received_at, created_by_id)
VALUES ($1, 'Availability', 'STAGING', $2, $3)
"""
ADD_PIECE = "INSERT INTO inventory.piece (upload_id, number, lines) VALUES ($1, $2, $3)"
RECEIVED = "UPDATE inventory.upload SET status = 'PENDING', pieces = $2 WHERE id = $1"
FORGET_PIECES = "DELETE FROM inventory.piece WHERE upload_id = $1"
FORGET = "DELETE FROM inventory.upload WHERE id = $1"
READ = "SELECT row_to_json(t) FROM inventory.upload t WHERE id = $1 AND kind = $2"
NEXT = """
SELECT row_to_json(t),
       (SELECT lines FROM inventory.piece p WHERE p.upload_id = t.id AND p.number = t.pieces_done) AS lines
FROM inventory.upload t WHERE id = (
    SELECT id FROM inventory.upload WHERE status IN ('PENDING', 'RUNNING') ORDER BY number LIMIT 1
) AND status IN ('PENDING', 'RUNNING') FOR UPDATE SKIP LOCKED
"""
"""With the piece that comes next."""
PROGRESS = """
WITH done AS (DELETE FROM inventory.piece WHERE upload_id = $1 AND number = $5 - 1)
UPDATE inventory.upload SET status = $2, started_at = $3, ended_at = $4, pieces_done = $5, read_count = $6,
    processed_count = $7, skipped_count = $8, invalid_count = $9, errors = $10, reading = $11
WHERE id = $1
"""
ABANDONED = "SELECT id FROM inventory.upload WHERE status = 'STAGING' AND received_at < $1"
COMMIT_UNFLUSHED = "SET LOCAL synchronous_commit = off"
KNOWN_LOCATIONS = "SELECT identifier FROM inventory.location WHERE identifier = ANY($1::text[])"


async def begin_upload(session: Session, upload_id: str, user_id: Id, now: dt.datetime) -> None:
    """Note that a file is being received."""
    await session.execute(BEGIN, upload_id, now, user_id)


async def add_piece(session: Session, upload_id: str, number: int, lines: bytes) -> None:
    """Keep some whole lines of the file."""
    await session.execute(ADD_PIECE, upload_id, number, lines)


async def end_receiving(session: Session, upload_id: str, pieces: int) -> None:
    """The whole file is here: from now on it is carried out."""
    await session.execute(RECEIVED, upload_id, pieces)


async def forget_upload(session: Session, upload_id: str) -> None:
    """Drop a file that was not received whole."""
    await forget_pieces(session, upload_id)
    await session.execute(FORGET, upload_id)


async def forget_pieces(session: Session, upload_id: str) -> None:
    """Drop what is left of a file; the row of its upload stays."""
    await session.execute(FORGET_PIECES, upload_id)


async def forget_abandoned(session: Session, before: dt.datetime) -> int:
    """Drop what began to be received before `before` and never came whole; returns how many files."""
    rows = await session.fetch(ABANDONED, before)
    for row in rows:
        await forget_upload(session, row["id"])
    return len(rows)


async def read_upload(session: Session, upload_id: str, kind: str) -> Upload | None:
    """The upload with this id; None when there is none of this kind."""
    text = await session.fetchval(READ, upload_id, kind)
    return None if text is None else msgspec.json.decode(text, type=Upload)


async def lock_next_upload(session: Session) -> tuple[Upload, bytes] | None:
    """The upload to go on with, locked, and its next piece; None when there is none, or somebody is at it."""
    row = await session.fetchrow(NEXT)
    return None if row is None else (msgspec.json.decode(row[0], type=Upload), row[1])


async def known_locations(session: Session, identifiers: Iterable[str]) -> frozenset[str]:
    """Those of `identifiers` that the location graph has."""
    return frozenset(row[0] for row in await session.fetch(KNOWN_LOCATIONS, list(identifiers)))


async def put_waves(session: Session, waves: Sequence[Sequence[InventoryRecord]], now: dt.datetime) -> int:
    """Put the records, wave after wave; returns how many had not been put before."""
    return sum([await put_records(session, wave, now) for wave in waves])


async def commit_unflushed(session: Session) -> None:
    """Let the commit not wait for the disk. Should PostgreSQL crash before that, all of the transaction is gone: its
    piece is still to be carried out. Whoever commits after it, and may have seen it, waits for both.
    """
    await session.execute(COMMIT_UNFLUSHED)


async def save_progress(session: Session, upload: Upload) -> None:
    """Keep an upload's row as it is now; the piece that was carried out last is not needed any more."""
    counts = (upload.pieces_done, upload.read_count, upload.processed_count, upload.skipped_count, upload.invalid_count)
    reading = msgspec.json.encode(upload.reading).decode()
    times = (upload.started_at, upload.ended_at)
    await session.execute(PROGRESS, upload.id, upload.status, *times, *counts, list(upload.errors), reading)


# --- the location graph -----------------------------------------------------------------------------------------------

# Not bound to a shard: a location belongs to none but its own, and publishing is about all of them.
MARKED_LOCATIONS = "SELECT id, external_reference FROM location WHERE should_sync_with_oci AND NOT is_deleted"
MARKED_GROUPS = """
SELECT id, external_reference FROM location_group WHERE should_sync_with_oci AND is_enabled AND NOT is_deleted
"""
ASSIGNMENTS = "SELECT location_group_id, location_id FROM location_group_assignment WHERE NOT is_deleted"
LOCK_GRAPH = "LOCK TABLE inventory.location IN SHARE ROW EXCLUSIVE MODE"
WRITE_GRAPH = (
    ("DELETE FROM inventory.location WHERE identifier <> ALL($1::text[])", "locations"),
    ("INSERT INTO inventory.location SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", "locations"),
    ("DELETE FROM inventory.location_group WHERE identifier <> ALL($1::text[])", "groups"),
    ("INSERT INTO inventory.location_group SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", "groups"),
)
LEAVE_MEMBERS = """
DELETE FROM inventory.member m WHERE NOT EXISTS (
    SELECT FROM unnest($1::text[], $2::text[]) v (location_group, location)
    WHERE v.location_group = m.location_group AND v.location = m.location
)
"""
JOIN_MEMBERS = "INSERT INTO inventory.member SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING"
PUBLISHED = """
INSERT INTO inventory.upload (id, kind, status, received_at, started_at, ended_at, read_count, processed_count,
                              skipped_count, invalid_count, errors, created_by_id)
VALUES ($1, 'LocationGraph', 'COMPLETED', $2, $2, $2, $3, $4, $5, $6, $7, $8)
"""


async def read_marked(session: Session) -> tuple[list[Marked], list[Marked], list[tuple[Id, Id]]]:
    """The locations and groups that are to be published, and all assignments (group, location)."""
    await session.execute(LOCK_GRAPH)
    locations = [Marked(**row) for row in await session.fetch(MARKED_LOCATIONS)]
    groups = [Marked(**row) for row in await session.fetch(MARKED_GROUPS)]
    return locations, groups, [(row[0], row[1]) for row in await session.fetch(ASSIGNMENTS)]


async def save_graph(session: Session, upload_id: str, graph: LocationGraph, user_id: Id, now: dt.datetime) -> None:
    """Make `graph` the one that inventory knows. What lies at a place that is in it no more stays counted."""
    for statement, name in WRITE_GRAPH:
        await session.execute(statement, list(getattr(graph, name)))
    columns = ([group for group, _ in graph.members], [location for _, location in graph.members])
    await session.execute(LEAVE_MEMBERS, *columns)
    await session.execute(JOIN_MEMBERS, *columns)
    done, skipped = graph.read_count - graph.skipped_count, graph.skipped_count
    errors = list(graph.problems[:MOST_ERRORS])
    counts = (graph.read_count, done, skipped, len(graph.problems))
    await session.execute(PUBLISHED, upload_id, now, *counts, errors, user_id)
