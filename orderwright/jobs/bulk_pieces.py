"""Pieces of files as rows, read ahead: while PostgreSQL writes the rows of one, the next is taken apart."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orderwright.decisions.read_bulk import (
    DELIMITERS,
    Sheet,
    as_text,
    read_cells,
    read_header,
    read_json,
    sheet_of,
    sheet_of_records,
    without_unkeepable,
)
from orderwright.jobs.read_bulk_xml import read_xml
from orderwright.objects.definition import Id
from orderwright.store.bulk_jobs import Batch, Job, read_piece
from orderwright.store.database import Database

Place = tuple[Id, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """The rows of a piece: cells of CSV below their columns, or records."""

    columns: tuple[str, ...] | None
    rows: Sequence[Any]
    is_clean: bool
    """Whether all of it can be kept as text."""

    def sheet(self, start: int, most: int) -> Sheet:
        """At most so many rows, from `start` on."""
        rows = self.rows[start : start + most] if start or most < len(self.rows) else self.rows
        found = sheet_of_records(rows) if self.columns is None else sheet_of(self.columns, rows)
        return found if self.is_clean else without_unkeepable(found)


def piece_of(raw: bytes, batch: Batch, job: Job) -> Piece:
    """The rows of a piece. Raises InvalidBatch for what is no file of rows."""
    if job.content_type != "CSV":
        records = read_json(raw) if job.content_type == "JSON" else read_xml(raw)
        return Piece(None, records, b"\\u0000" not in raw and b"\\ud" not in raw.lower())
    delimiter = DELIMITERS[job.column_delimiter]
    text, is_clean = as_text(raw)
    return Piece(read_header(batch.header or "", delimiter), read_cells(text, delimiter), is_clean)


class Pieces:
    """The piece that was read last, and the one that is being read ahead. Pieces of a batch never change."""

    def __init__(self, database: Database, *, reads_ahead: bool = True) -> None:
        self._database = database
        self._reads_ahead = reads_ahead
        self._read: dict[Place, asyncio.Task[Piece | None]] = {}

    async def read(self, batch: Batch, job: Job) -> Piece | None:
        """The piece that comes next in a batch; None when there is none. Raises InvalidBatch."""
        return await self._task(batch, job, batch.pieces_done)

    def read_ahead(self, batch: Batch, job: Job) -> None:
        """Begin to read the piece after the one that comes next, and forget those before."""
        kept = {(batch.id, batch.pieces_done), (batch.id, batch.pieces_done + 1)}
        for place in self._read.keys() - kept:
            self._read.pop(place).cancel()
        if self._reads_ahead and batch.pieces_done + 1 < batch.pieces:
            self._task(batch, job, batch.pieces_done + 1).add_done_callback(_let_be)

    def _task(self, batch: Batch, job: Job, number: int) -> asyncio.Task[Piece | None]:
        place = (batch.id, number)
        known = self._read.get(place)
        if known is None or (known.done() and (known.cancelled() or known.exception() is not None)):
            known = self._read[place] = asyncio.create_task(self._reading(batch, job, number))
        return known

    async def _reading(self, batch: Batch, job: Job, number: int) -> Piece | None:
        raw = await read_piece(self._database.main, batch.id, number)
        return None if raw is None else piece_of(raw, batch, job)


def _let_be(task: asyncio.Task[Any]) -> None:
    """Whoever needs what was read ahead hears of its error; nobody else does."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
