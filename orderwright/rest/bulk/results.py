"""What became of the rows of a job, as files: each row as it was sent, with the record's id or the error before it."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from orderwright.decisions.read_bulk import DELIMITERS, LINE_ENDINGS, as_text, header_cells, read_cells
from orderwright.objects.identity import to_18
from orderwright.store.bulk_jobs import Batch, Job, batches_of, outcomes_of, read_piece
from orderwright.store.bulk_progress import Outcomes, outcomes_in
from orderwright.store.database import Session

Rows = Iterator[Sequence[str]]
Select = Callable[[Sequence[Sequence[str]], Outcomes], Rows]

COLUMNS = {
    "successfulresults": ("sf__Id", "sf__Created"),
    "failedresults": ("sf__Id", "sf__Error"),
    "unprocessedrecords": (),
}


async def results_of(session: Session, job: Job, kind: str) -> AsyncIterator[bytes]:
    """A CSV file of the rows that were written, that failed, or that were never looked at."""
    delimiter, ending = DELIMITERS[job.column_delimiter], LINE_ENDINGS[job.line_ending]
    for batch in await batches_of(session, job.id):
        header = [*COLUMNS[kind], *header_cells(batch.header or "", delimiter)]
        yield csv_text([header], delimiter, ending)
        for number in range(batch.pieces):
            yield csv_text(await _piece(session, job, batch, number, kind), delimiter, ending)


async def _piece(session: Session, job: Job, batch: Batch, number: int, kind: str) -> Rows:
    if kind == "unprocessedrecords" and number < batch.pieces_done:
        return iter(())
    piece = await read_piece(session, batch.id, number)
    cells = read_cells(as_text(piece or b"")[0], DELIMITERS[job.column_delimiter])
    known = await outcomes_of(session, batch.id, number)
    if kind == "unprocessedrecords":
        done = max((row["first_row"] + row["row_count"] for row in known), default=0)
        return iter(cells[done:])
    select = _written if kind == "successfulresults" else _failed
    return (
        line
        for row in known
        for line in select(cells[row["first_row"] : row["first_row"] + row["row_count"]], outcomes_in(row["outcomes"]))
    )


def _written(cells: Sequence[Sequence[str]], outcomes: Outcomes) -> Rows:
    for place, (row, record_id) in enumerate(zip(cells, outcomes.ids, strict=True)):
        if record_id is not None:
            yield (to_18(record_id), "true" if outcomes.is_new(place) else "false", *row)


def _failed(cells: Sequence[Sequence[str]], outcomes: Outcomes) -> Rows:
    for place, failure in sorted(outcomes.failures.items()):
        yield (to_18(failure.id) if failure.id else "", str(failure), *cells[place])


def csv_text(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]], delimiter: str, ending: str) -> bytes:
    """Rows of CSV in UTF-8, every value quoted."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")
