"""Files with the columns of the data set "Online Retail", read as a stream: rows, and the invoices they form."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
DATE_FORMATS = ("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
MOST_UNITS = 10**9
MOST_PRICE = Decimal(10**9)


class OrdersFileError(ValueError):
    """Says, in words for people, why a file cannot be replayed."""


class Row(msgspec.Struct, frozen=True):
    """One line of an invoice. `line` is its place in the file; `customer_id` None: the file names no customer."""

    line: int
    invoice_no: str
    stock_code: str
    description: str
    quantity: int
    invoice_date: dt.datetime
    unit_price: Decimal
    customer_id: str | None
    country: str


class BrokenRow(msgspec.Struct, frozen=True):
    """A line that is no row: `text` is what stands there, `why` what is wrong with it."""

    line: int
    text: str
    why: str


class Invoice(msgspec.Struct, frozen=True):
    """Rows of one InvoiceNo that follow each other; never empty."""

    invoice_no: str
    rows: tuple[Row, ...]

    @property
    def is_cancellation(self) -> bool:
        """Whether it takes back what an earlier invoice sold."""
        return self.invoice_no.upper().startswith("C")


def read_rows(path: Path) -> Iterator[Row | BrokenRow]:
    """The rows of a file, one at a time. Raises OrdersFileError for no such file, or one with other columns."""
    try:
        with path.open("rb") as file:
            yield from parse_rows(file)
    except OSError as error:
        raise OrdersFileError(f"{path} cannot be read: {error.strerror}.") from None
    except OrdersFileError as error:
        raise OrdersFileError(f"{path}: {error}") from None


def parse_rows(lines: Iterable[bytes]) -> Iterator[Row | BrokenRow]:
    """The rows in `lines`, whose first one names the columns. Raises OrdersFileError when one is missing."""
    reader = csv.reader(decoded(line) for line in lines)
    names = [name.strip() for name in next(reader, [])]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise OrdersFileError(f"it lacks the columns {', '.join(missing)}; it needs {', '.join(COLUMNS)}.")
    places = {name: names.index(name) for name in COLUMNS}
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield parse_row(cells, places, reader.line_num)


def decoded(line: bytes) -> str:
    """A line as text. The published file is Latin-1, most copies of it are UTF-8, and some mix the two."""
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def parse_row(cells: Sequence[str], places: Mapping[str, int], line: int) -> Row | BrokenRow:
    """One row from its cells, or what is wrong with them."""
    try:
        cell = {name: cells[place].strip() for name, place in places.items()}
        return Row(
            line,
            required(cell, "InvoiceNo"),
            required(cell, "StockCode").upper(),
            cell["Description"],
            quantity(cell["Quantity"]),
            moment(cell["InvoiceDate"]),
            price(cell["UnitPrice"]),
            cell["CustomerID"].removesuffix(".0") or None,
            cell["Country"],
        )
    except IndexError:
        return BrokenRow(line, ",".join(cells), "too few cells")
    except ValueError as error:
        return BrokenRow(line, ",".join(cells), str(error))


def required(cell: Mapping[str, str], name: str) -> str:
    if not cell[name]:
        raise ValueError(f"no {name}")
    return cell[name]


def quantity(text: str) -> int:
    """Units; some copies of the file write them as `6.0`."""
    try:
        units = Decimal(text)
        if units == units.to_integral_value() and abs(units) < MOST_UNITS:
            return int(units)
    except InvalidOperation:
        pass
    raise ValueError(f"Quantity {text!r} is no whole number")


def price(text: str) -> Decimal:
    """A price with all its digits: never through a binary float."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"UnitPrice {text!r} is no number") from None
    if not value.is_finite() or abs(value) >= MOST_PRICE:
        raise ValueError(f"UnitPrice {text!r} is no price")
    return value


def moment(text: str) -> dt.datetime:
    """The time of an invoice: day first, or ISO 8601. The file knows no time zone; UTC is as good as any."""
    for form in DATE_FORMATS:
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    raise ValueError(f"InvoiceDate {text!r} is not day/month/year hour:minute")


def invoices(rows: Iterable[Row | BrokenRow]) -> Iterator[Invoice | BrokenRow]:
    """The invoices of `rows`: rows with the same number that follow each other. Broken rows pass through."""
    held: list[Row] = []
    for row in rows:
        if isinstance(row, BrokenRow):
            yield row
            continue
        if held and row.invoice_no != held[0].invoice_no:
            yield Invoice(held[0].invoice_no, tuple(held))
            held = []
        held.append(row)
    if held:
        yield Invoice(held[0].invoice_no, tuple(held))
