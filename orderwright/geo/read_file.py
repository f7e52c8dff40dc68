"""A file of postal codes, read row by row: the merchant's own CSV, or GeoNames' public format.

CSV: a first line with the names of the columns, of which `country`, `postal_code`, `latitude` and `longitude` are read,
in any order; commas or semicolons between them. GeoNames: no such line, twelve columns with tabs between them; also as
the .zip in which GeoNames offers it. A row that cannot be taken is told with its line, and then the file is refused as
a whole; only a GeoNames row that has no position is skipped, as its readers cannot mend it.
"""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from orderwright.geo.imported import ImportedSource
from orderwright.geo.postal_code import MOST_CHARACTERS, compared, is_code

MOST_PROBLEMS = 20
GEONAMES_COLUMNS = 12
TELL_BYTES = 1 << 16
CSV_COLUMNS = {
    "country": ("country", "countrycode"),
    "postal_code": ("postalcode", "postcode", "zip", "zipcode"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng", "long"),
}
"""What a column may be called, without regard to case, spaces, hyphens and underscores."""

Advance = Callable[[int], None]
"""Hears how many more bytes were read."""


class FileRefused(Exception):
    """Says, in words for people, what is wrong with a file. Nothing of it was kept."""


class Row(NamedTuple):
    """A postal code with its position, and where it stands in the file."""

    line: int
    country_code: str
    postal_code: str
    latitude: float
    longitude: float


class Unusable(ValueError):
    """A row that cannot be taken; says why."""


class PostalFile:
    """An open file, its format known from its first line. `rows` reads it once, from the beginning to the end."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.problems: list[str] = []
        """What is wrong, by line; when there are `MOST_PROBLEMS`, reading ends."""
        self.skipped = 0
        """How many GeoNames rows had no position."""
        self._lines = lines
        self._first = next(lines, "").removeprefix("\ufeff")
        is_geonames = self._first.count("\t") == GEONAMES_COLUMNS - 1
        self.source: ImportedSource = "GeoNames" if is_geonames else "Own"
        self._columns = None if is_geonames else _columns_of(self._first)

    def rows(self) -> Iterator[Row]:
        """The rows that can be taken, in order; the others are in `problems` afterwards."""
        return self._read(self._geonames() if self._columns is None else self._csv(self._columns))

    def _read(self, fields: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
        for line, (country, code, latitude, longitude) in fields:
            try:
                yield _row(line, country, code, latitude, longitude)
            except Unusable as problem:
                self.problems.append(f"line {line}: {problem}")
                if len(self.problems) == MOST_PROBLEMS:
                    return

    def _geonames(self) -> Iterator[tuple[int, list[str]]]:
        for number, line in enumerate(_with(self._first, self._lines), start=1):
            if not line.strip():
                continue
            columns = line.rstrip("\r\n").split("\t")
            columns += [""] * (GEONAMES_COLUMNS - len(columns))
            if columns[9].strip() and columns[10].strip():
                yield number, [columns[0], columns[1], columns[9], columns[10]]
            else:
                self.skipped += 1

    def _csv(self, columns: tuple[str, list[int]]) -> Iterator[tuple[int, list[str]]]:
        delimiter, places = columns
        reader = csv.reader(self._lines, delimiter=delimiter)
        for fields in reader:
            if any(field.strip() for field in fields):
                padded = fields + [""] * (max(places) + 1 - len(fields))
                yield reader.line_num + 1, [padded[place] for place in places]


@contextmanager
def opened(path: Path, advance: Advance) -> Iterator[PostalFile]:
    """The file at `path`, for a block. Raises FileRefused for one that is neither format, OSError."""
    try:
        with path.open("rb") as stored, _unpacked(stored, path) as raw:
            yield PostalFile(_lines(raw, advance))
    except (UnicodeDecodeError, csv.Error, zipfile.BadZipFile) as error:
        raise FileRefused(f"{path} cannot be read as text in UTF-8: {error}. Save it as UTF-8.") from error


@contextmanager
def _unpacked(stored: io.BufferedReader, path: Path) -> Iterator[io.IOBase]:
    if not zipfile.is_zipfile(stored):
        stored.seek(0)
        yield stored
        return
    with zipfile.ZipFile(stored) as archive:
        names = [name for name in archive.namelist() if name.lower() != "readme.txt" and not name.endswith("/")]
        if len(names) != 1:
            raise FileRefused(f"{path} holds {len(names)} files beside readme.txt; unpack it and import them singly.")
        with archive.open(names[0]) as inside:
            yield inside  # type: ignore[misc]  # an IO[bytes] that is an IOBase, which its stub does not say


def _lines(raw: io.IOBase, advance: Advance) -> Iterator[str]:
    read = 0
    for line in raw:
        read += len(line)
        if read >= TELL_BYTES:
            advance(read)
            read = 0
        yield line.decode("utf-8")
    advance(read)


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _columns_of(header: str) -> tuple[str, list[int]]:
    """The delimiter of a CSV file and the places of its four columns. Raises FileRefused when one is not there."""
    delimiter = ";" if header.count(";") > header.count(",") else ","
    names = [re.sub(r"[\s_-]", "", name).lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    places = [next((names.index(n) for n in accepted if n in names), None) for accepted in CSV_COLUMNS.values()]
    missing = [name for name, place in zip(CSV_COLUMNS, places, strict=True) if place is None]
    if missing:
        raise FileRefused(
            f"The first line lacks {', '.join(missing)}. A CSV file begins with the line "
            f"{','.join(CSV_COLUMNS)}; a file of GeoNames has {GEONAMES_COLUMNS} columns with tabs between them."
        )
    return delimiter, [place for place in places if place is not None]


def _row(line: int, country: str, postal_code: str, latitude: str, longitude: str) -> Row:
    country_code, code = country.strip().upper(), compared(postal_code)
    if not re.fullmatch("[A-Z]{2}", country_code):
        raise Unusable(f"country is {country[:20]!r}; it must be two letters, as US")
    if not is_code(code):
        raise Unusable(
            f"postal code is {postal_code[:40]!r}; it must be 1 to {MOST_CHARACTERS} letters A to Z and digits"
        )
    return Row(line, country_code, code, _degrees("latitude", latitude, 90), _degrees("longitude", longitude, 180))


def _degrees(name: str, text: str, most: int) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not -most <= found <= most:
        raise Unusable(f"{name} is {text[:40]!r}; it must be degrees from -{most} to {most}, as 40.7484")
    return found
