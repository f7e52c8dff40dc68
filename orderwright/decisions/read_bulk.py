"""What the rows of an uploaded file say: columns of texts, however the file is laid out.

A text is None where the row leaves the field alone, and empty where it sets the field to null. In CSV an empty value
leaves alone and `#N/A` sets to null; in JSON and XML what is missing leaves alone and null sets to null.
Source: Bulk API guide, "Valid CSV Record Rows", "Valid XML and JSON Records", "Relationship Fields in Records"
(documented).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.decisions.errors import Refusal
from orderwright.objects.definition import Id

NULL = "#N/A"
DELIMITERS: Mapping[str, str] = {
    "BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t",
}  # fmt: skip
LINE_ENDINGS: Mapping[str, str] = {"LF": "\n", "CRLF": "\r\n"}
LONGEST_HEADER = 32_000
LONGEST_FIELD = 131_072
"""Characters; what is longer ends the reading of the whole file (`csv.field_size_limit` has the same number)."""

Text = str | None

_LINES = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")

_JSON = msgspec.json.Decoder(float_hook=str)


class InvalidBatch(Refusal):
    """A file that cannot be read at all: no header, a column that the object does not have, no JSON list."""

    code = "INVALIDBATCH"


class InvalidRow(Refusal):
    """A row that does not fit its header."""

    code = "INVALID_BATCH_ROW"


class Failure(msgspec.Struct, frozen=True):
    """Why a row was not written, and the fields that this is about."""

    code: str
    message: str
    fields: tuple[str, ...] = ()
    id: Id | None = None
    """The record that the row is about, where it names one."""

    def __str__(self) -> str:
        """As result files have it."""
        return f"{self.code}:{self.message}:{', '.join(self.fields)} --"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Some rows of a file, column by column. `rows` are the places, in what was read, of the rows that could be."""

    columns: tuple[str, ...]
    values: tuple[Sequence[Text], ...]
    rows: Sequence[int]
    failures: Mapping[int, Failure] = field(default_factory=dict)
    """Why rows could not be read, by their places."""

    def __len__(self) -> int:
        """How many rows there are, good or not."""
        return len(self.rows) + len(self.failures)


def header_cells(header: str, delimiter: str) -> tuple[str, ...]:
    """What the first row of a CSV file says, right or wrong."""
    return tuple(name.strip() for name in next(csv.reader([header], delimiter=delimiter), ()))


def read_header(header: str, delimiter: str) -> tuple[str, ...]:
    """The names in the first row of a CSV file. Raises InvalidBatch."""
    names = header_cells(header, delimiter)
    if not any(names):
        raise InvalidBatch("the file has no header row; name the fields in its first row")
    if not all(names):
        raise InvalidBatch("Field name not found : a column has no name")
    twice = {name.lower() for name in names if sum(name.lower() == other.lower() for other in names) > 1}
    if twice:
        raise InvalidBatch(f"Duplicate field name in the header row : {min(twice)}")
    return names


def as_text(raw: bytes) -> tuple[str, bool]:
    """Text in UTF-8, and whether it can be kept as it is; bytes that are no text are told apart from all that is."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw.decode(errors="surrogateescape"), False
    return text, "\0" not in text


def without_unkeepable(sheet: Sheet) -> Sheet:
    """`sheet` without the rows that hold what is no text, which are failures instead."""
    bad = {
        n for column in sheet.values for n, text in enumerate(column) if text is not None and _UNKEEPABLE.search(text)
    }
    kept = [n for n in range(len(sheet.rows)) if n not in bad]
    failure = Failure("JSON_PARSER_ERROR", "the row holds a null character, or bytes that are no UTF-8; leave them out")
    return Sheet(
        sheet.columns,
        tuple([column[n] for n in kept] for column in sheet.values),
        [sheet.rows[n] for n in kept],
        {**sheet.failures, **{sheet.rows[n]: failure for n in bad}},
    )


def lines_of(text: str) -> list[str]:
    """The lines of `text` with their endings; inside quotes they are part of a row."""
    if "\r" in text:
        return _LINES.findall(text)
    *lines, last = text.split("\n")
    return [*(line + "\n" for line in lines), *([last] if last else [])]


def read_cells(text: str, delimiter: str) -> list[list[str]]:
    """The rows of CSV text, without empty lines. Raises InvalidBatch for what cannot be told apart as rows."""
    reader = csv.reader(lines_of(text), delimiter=delimiter)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InvalidBatch(f"the file is no CSV: {error}") from None
    return [row for row in rows if row] if [] in rows else rows


def sheet_of(columns: tuple[str, ...], cells: Sequence[Sequence[str]]) -> Sheet:
    """Rows of CSV as a sheet; one that has not a value for each column is a failure."""
    width = len(columns)
    if set(map(len, cells)) <= {width}:
        return _with_nulls(columns, cells, range(len(cells)), {})
    rows = [place for place, row in enumerate(cells) if len(row) == width]
    failures = {place: _uneven(row, width) for place, row in enumerate(cells) if len(row) != width}
    return _with_nulls(columns, [cells[place] for place in rows], rows, failures)


def _uneven(row: Sequence[str], width: int) -> Failure:
    return Failure(
        InvalidRow.code,
        f"{len(row)} values in {width} columns; quote values that hold the delimiter, a quote or a line ending",
    )


def _with_nulls(
    columns: tuple[str, ...], cells: Sequence[Sequence[str]], rows: Sequence[int], failures: Mapping[int, Failure]
) -> Sheet:
    if not cells:
        return Sheet(columns, tuple(() for _ in columns), rows, failures)
    return Sheet(columns, tuple(_texts(column) for column in zip(*cells, strict=True)), rows, failures)


def _texts(column: Sequence[str]) -> Sequence[Text]:
    """A column of CSV with None for what is left alone. Most columns have no such value, and stay as they are."""
    if "" in column or NULL in column:
        return ["" if text == NULL else text or None for text in column]
    return column


# --- JSON -------------------------------------------------------------------------------------------------------------


def read_json(raw: bytes) -> list[dict[str, Any]]:
    """The records of a JSON batch. Raises InvalidBatch."""
    try:
        records = _JSON.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidBatch(f"the batch is no JSON: {error}") from None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InvalidBatch("the batch is no list of JSON objects; send one object for each record")
    return records


def sheet_of_records(records: Sequence[Mapping[str, Any]]) -> Sheet:
    """JSON records as a sheet: a record within one is the column `Relationship.Field`."""
    flat = [dict(_flat(record)) for record in records]
    columns: dict[str, None] = {}
    for record in flat:
        columns.update(dict.fromkeys(record))
    names = tuple(columns)
    return Sheet(names, tuple([record.get(name) for record in flat] for name in names), range(len(flat)))


def _flat(record: Mapping[str, Any]) -> Iterable[tuple[str, Text]]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            if name != "attributes":
                yield from _related(name, value)
        else:
            yield name, _text(value)


def _related(name: str, inner: Mapping[str, Any]) -> Iterable[tuple[str, Text]]:
    """A record that is named by a value of its own; `attributes.type` says its object where there are several."""
    attributes = inner.get("attributes")
    type_ = attributes.get("type") if isinstance(attributes, Mapping) else None
    prefix = f"{type_}:{name}" if isinstance(type_, str) else name
    for field_name, value in inner.items():
        if field_name not in ("attributes", "type"):
            yield f"{prefix}.{field_name}", _text(value)


def _text(value: Any) -> Text:
    """A JSON value as text; null is an empty one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | Decimal):
        return str(value)
    return msgspec.json.encode(value).decode()
