"""Where whole rows end in a piece of a CSV file: a line ending inside quotes ends no row."""

from __future__ import annotations

import csv
import itertools

from orderwright.decisions.read_bulk import InvalidBatch, lines_of

MOST_ROWS = 8_000
"""In one piece, which one transaction can write."""


def end_of_rows(raw: bytes, delimiter: str) -> int:
    """Return how many bytes of `raw`, which begins with a row, are whole rows, at most `MOST_ROWS` of them.

    Quotes, delimiters and line endings are ASCII, so bytes may be looked at one by one, as if they were Latin-1. Raises
    InvalidBatch.
    """
    end = raw.rfind(b"\n") + 1
    if not end or raw.find(b'"', 0, end) < 0:
        *_, rest = raw[:end].split(b"\n", MOST_ROWS)
        return end - len(rest)
    lines = lines_of(raw[:end].decode("latin-1"))
    return sum(map(len, lines[: _whole_lines(lines, delimiter)]))


def _whole_lines(lines: list[str], delimiter: str) -> int:
    """How many lines belong to whole rows. One more line is read: it ends up in the last row if that is still open."""
    reader = csv.reader([*lines, "x"], delimiter=delimiter)
    before, last = 0, 0
    try:
        for _ in itertools.islice(reader, MOST_ROWS + 1):
            before, last = last, reader.line_num
    except csv.Error as error:
        raise InvalidBatch(f"the file is no CSV: {error}") from None
    return before
