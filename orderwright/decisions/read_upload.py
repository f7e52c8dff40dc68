"""How an uploaded file is read, some whole lines at a time: each line is a record, says where the next ones lie, or is
refused with its number and the reason.

Two layouts. NDJSON, one JSON object per line: `{"location": …, "mode": "UPDATE"}` says where the records below it lie;
a record may also name its location itself. CSV: the first line names the columns, which are called as in NDJSON.

What a record leaves out stays as it is; what it empties (null, or "") is cleared.
Source: returns-payments-inventory.yaml#oci.upload_file_format (documented; the CSV columns and a location inside a
record are inferred).
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidField, InvalidInput, Refusal
from orderwright.decisions.inventory_record import Future, InventoryRecord, check_record

ZERO = Decimal(0)
Moment = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file was read, and what of that counts for the lines to come."""

    lines: int = 0
    location: str | None = None
    columns: tuple[str, ...] | None = None
    """The columns of a CSV file; None for NDJSON, and before the first line."""
    is_known: bool = False
    """Whether the layout is known."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a line was skipped; lines count from one."""

    line: int
    code: str
    message: str

    def __str__(self) -> str:
        # A null character, which a line may hold where it is refused, cannot be stored as text.
        return f"line {self.line}: {self.code}: {self.message}".replace("\0", "\ufffd")


class Numbered(msgspec.Struct, frozen=True, gc=False):
    """A record and the line it stands on."""

    # Thousands at once, and never in a circle: not to look for one saves a fifth of the time of a file.

    line: int
    record: InventoryRecord


class ReadLines(msgspec.Struct, frozen=True, kw_only=True):
    """What some lines of a file say."""

    reading: Reading
    records: tuple[Numbered, ...]
    problems: tuple[Problem, ...]

    @property
    def count(self) -> int:
        """How many records there were, good or not."""
        return len(self.records) + len(self.problems)


class ExpectedRestock(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A restock as a file has it."""

    quantity: Decimal
    expected_date: Moment


class Line(msgspec.Struct, frozen=True, gc=False, rename="camel", forbid_unknown_fields=True):
    """One line of a file: a record, or (without `sku`) where the records below it lie."""

    location: str | None = None
    mode: str | None = None
    record_id: str | None = None
    sku: str | None = None
    on_hand: Decimal | msgspec.UnsetType | None = msgspec.UNSET
    effective_date: Moment | None = None
    futures: tuple[ExpectedRestock, ...] | msgspec.UnsetType | None = msgspec.UNSET
    safety_stock_count: Decimal | msgspec.UnsetType | None = msgspec.UNSET


NAMES = tuple(field.encode_name for field in msgspec.structs.fields(Line))
_DECODER = msgspec.json.Decoder(Line)
_ANY = msgspec.json.Decoder(float_hook=Decimal)


def decide_read_upload(lines: bytes, reading: Reading, upload_id: str, received_at: dt.datetime) -> ReadLines:
    """Return the records in `lines`, whole lines that follow those of `reading`, and the lines that were refused.

    A record without an id, which only CSV may have, gets one of the upload and the line: reading twice gives the same.
    Restocks are expected after `received_at`.
    Source: returns-payments-inventory.yaml#oci.upload_file_format (documented).
    """
    texts: Sequence[bytes] = lines.removesuffix(b"\n").split(b"\n")
    if not reading.is_known:
        reading, texts = _begun(reading, texts)
    may_hold_null = b"\0" in lines or b"\\u0000" in lines
    reader = _Reader(reading, upload_id, received_at, may_hold_null=may_hold_null)
    for text in texts:
        reader.read(text)
    return reader.done()


def _begun(reading: Reading, texts: Sequence[bytes]) -> tuple[Reading, Sequence[bytes]]:
    """The layout, found in the first line that is not empty; the header of a CSV file is read with it."""
    for number, text in enumerate(texts):
        first = text.removeprefix(b"\xef\xbb\xbf").strip()
        if not first:
            continue
        if first.startswith(b"{"):
            known = msgspec.structs.replace(reading, is_known=True, lines=reading.lines + number)
            return known, [first, *texts[number + 1 :]]
        columns = tuple(_column(name) for name in _cells(first))
        known = msgspec.structs.replace(reading, is_known=True, lines=reading.lines + number + 1, columns=columns)
        return known, texts[number + 1 :]
    return msgspec.structs.replace(reading, lines=reading.lines + len(texts)), ()


ALIASES = {"locationidentifier": "location", "stockkeepingunit": "sku", "safetystock": "safetyStockCount"}
_COLUMNS = {name.lower(): name for name in NAMES}


def _column(name: str) -> str:
    plain = name.strip().lower().replace("_", "")
    return ALIASES.get(plain) or _COLUMNS.get(plain) or name.strip()


def _cells(text: bytes) -> list[str]:
    # In a header a null character makes the name unknown; a line of values that holds one is refused before.
    return next(csv.reader([text.decode("utf-8", "replace").replace("\0", "\ufffd").rstrip("\r")], strict=False))


class _Reader:
    """Reads line after line."""

    def __init__(self, reading: Reading, upload_id: str, received_at: dt.datetime, *, may_hold_null: bool) -> None:
        self._reading = reading
        self._may_hold_null = may_hold_null
        self._number = reading.lines
        self._location = reading.location
        self._upload_id = upload_id
        self._received_at = received_at
        self._records: list[Numbered] = []
        self._problems: list[Problem] = []

    def read(self, text: bytes) -> None:
        self._number += 1
        if not text or text.isspace():
            return
        try:
            line = self._line(text)
            if self._may_hold_null:
                _refuse_null_characters(text, line)
            if line.sku is None:
                self._begin(line)
            else:
                self._records.append(Numbered(self._number, self._record(line, line.sku)))
        except Refusal as refusal:
            self._problems.append(Problem(line=self._number, code=refusal.code, message=refusal.message))

    def done(self) -> ReadLines:
        reading = msgspec.structs.replace(self._reading, lines=self._number, location=self._location)
        return ReadLines(reading=reading, records=tuple(self._records), problems=tuple(self._problems))

    def _line(self, text: bytes) -> Line:
        if self._reading.columns is not None:
            return _converted(self._values(text, self._reading.columns))
        try:
            return _DECODER.decode(text)
        except msgspec.ValidationError:
            return _converted(_object(text))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidInput(f"this is no JSON object in UTF-8: {error}") from None

    def _values(self, text: bytes, columns: Sequence[str]) -> dict[str, Any]:
        cells = _cells(text)
        if len(cells) != len(columns):
            raise InvalidInput(f"{len(cells)} values in {len(columns)} columns; quote values that hold a comma")
        values: dict[str, Any] = dict(zip(columns, cells, strict=True))
        if values.get("futures"):
            values["futures"] = _parsed(values["futures"].encode())
        values.setdefault("recordId", f"{self._upload_id}:{self._number}")
        return values

    def _begin(self, line: Line) -> None:
        if line.location is None or line.record_id is not None:
            raise InvalidInput("a record needs sku; a line that says where records lie needs location")
        if line.mode not in (None, "UPDATE"):
            raise InvalidInput(f"mode is '{line.mode}'; only UPDATE is possible")
        self._location = line.location

    def _record(self, line: Line, sku: str) -> InventoryRecord:
        location = line.location or self._location
        if location is None:
            raise InvalidInput("no location is known here; name it in a line above, or in the record")
        if not line.record_id:
            raise InvalidInput("recordId is missing; send an id that no other record has")
        if line.effective_date is None:
            raise InvalidInput("effectiveDate is missing; say when these numbers were right")
        record = InventoryRecord(
            id=line.record_id,
            location=location,
            stock_keeping_unit=sku,
            on_hand=_cleared(line.on_hand),
            safety_stock_count=_cleared(line.safety_stock_count),
            futures=None if line.futures is msgspec.UNSET else self._futures(line.futures or ()),
            effective_date=line.effective_date,
        )
        check_record(record)
        return record

    def _futures(self, futures: tuple[ExpectedRestock, ...]) -> tuple[Future, ...]:
        for future in futures:
            if future.expected_date <= self._received_at:
                raise InvalidInput(
                    f"a restock was expected at {future.expected_date.isoformat()}, which is over; send those to come"
                )
        return tuple(Future(f.expected_date, f.quantity) for f in futures)


def _refuse_null_characters(text: bytes, line: Line) -> None:
    if b"\0" in text or any("\0" in (word or "") for word in (line.location, line.record_id, line.sku)):
        raise InvalidInput("the line holds a null character; leave it out")


def _cleared(value: Decimal | msgspec.UnsetType | None) -> Decimal | None:
    """What is kept of a number: None for one that was left out, zero for one that was emptied."""
    return None if value is msgspec.UNSET else ZERO if value is None else value


def _object(text: bytes) -> dict[str, Any]:
    found = _parsed(text)
    if not isinstance(found, dict):
        raise InvalidInput("a line is no JSON object; send one object per line, without commas between them")
    return found


def _parsed(text: bytes) -> Any:
    try:
        return _ANY.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, ArithmeticError, RecursionError) as error:
        raise InvalidInput(f"this is no JSON: {error}") from None


def _converted(values: Mapping[str, Any]) -> Line:
    """A line of a CSV file, or one that the strict decoder does not take: empty texts are null, numbers may be text."""
    for name in values:
        if name not in NAMES:
            close = difflib.get_close_matches(name, NAMES, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(NAMES)}"
            raise InvalidField(f"unknown property '{name[:80]}'; {hint}", name[:80])
    try:
        return msgspec.convert(dict(_emptied(values)), Line, strict=False)
    except (msgspec.ValidationError, ArithmeticError, ValueError) as error:
        raise InvalidInput(str(error)) from None


def _emptied(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if value == "" and name in ("location", "mode", "recordId", "sku"):
            continue
        yield name, None if value == "" else value
