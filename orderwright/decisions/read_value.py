"""One field's value from JSON: what each field type accepts, and how it says no.

Numbers and booleans may come as strings (decisions.md W7); numbers arrive as int or Decimal, never as float (N12).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from orderwright.arithmetic.money import EXACT, MONEY_LIMIT, UnknownCurrency, plain, scale_of
from orderwright.decisions.errors import (
    InvalidCrossReference,
    InvalidPicklistValue,
    NumberOutsideValidRange,
    Refusal,
    StringTooLong,
    named,
)  # fmt: skip
from orderwright.objects.definition import Field, Id
from orderwright.objects.identity import to_15
from orderwright.objects.registry import BY_NAME, definition_of

Parse = Callable[[Any], Any]

MOST_DECIMALS = 18
LARGEST_INT = 2**31 - 1
LONGEST_PICKLIST_VALUE = 255
LONGEST_TEXT = 131_072
SHOWN = 80
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})", re.ASCII)
TIME = re.compile(r"(\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z?", re.ASCII)
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


class WrongType(Refusal):
    """A JSON value of another type than the field's."""

    code = "JSON_PARSER_ERROR"


class MalformedId(Refusal):
    """Text that is no record id at all."""

    code = "MALFORMED_ID"


def parser_of(field: Field) -> Parse:
    """The function that turns a JSON value, never null or empty, into the value of `field`, or raises a Refusal."""
    if field.name.endswith("currency_iso_code"):
        return _currency_code(field.wire_name)
    return PARSERS.get(field.type, _text)(field)


def shown(value: object) -> str:
    """`value` as a message may repeat it."""
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    text = plain(value) if isinstance(value, Decimal) else text
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def _wrong(field: Field, value: object, wanted: str) -> WrongType:
    return WrongType(f"{field.wire_name} is {shown(value)!r}; send {wanted}", field.wire_name)


def _text(field: Field) -> Parse:
    longest = field.length or LONGEST_TEXT

    def parse(value: Any) -> str:
        if type(value) is not str:
            raise _wrong(field, value, "a string")
        if len(value) > longest:
            raise StringTooLong(
                f"{field.wire_name} has {len(value)} characters, at most {longest} are kept; shorten it",
                field.wire_name,
            )
        if "\x00" in value:
            raise _wrong(field, value, "text without the null character")
        return value

    return parse


def _picklist(field: Field) -> Parse:
    read = _text(Field("string", name=field.name, length=field.length or LONGEST_PICKLIST_VALUE))
    if not field.restricted:
        return read
    values = frozenset(field.values)

    def parse(value: Any) -> str:
        text = str(read(value))
        if text not in values:
            raise InvalidPicklistValue(
                f"{field.wire_name} is '{shown(text)}', which is no value of this picklist; use {named(field.values)}",
                field.wire_name,
            )
        return text

    return parse


def _multipicklist(field: Field) -> Parse:
    """Values with semicolons between them; one that is there twice is kept once, in the order that was sent."""
    read = _text(field)
    one = _picklist(field)

    def parse(value: Any) -> str:
        chosen = [part.strip() for part in str(read(value)).split(";")]
        return ";".join(dict.fromkeys(str(one(part)) for part in chosen if part))

    return parse


def _currency_code(wire_name: str) -> Parse:
    def parse(value: Any) -> str:
        try:
            scale_of(value if isinstance(value, str) else "")
        except UnknownCurrency:
            raise InvalidPicklistValue(
                f"{wire_name} is '{shown(value)}'; send an ISO 4217 currency code in capitals, as USD", wire_name
            ) from None
        return str(value)

    return parse


def _boolean(field: Field) -> Parse:
    def parse(value: Any) -> bool:
        found = value if isinstance(value, bool) else BOOLEANS.get(value.lower()) if isinstance(value, str) else None
        if found is None:
            raise _wrong(field, value, "true or false")
        return found

    return parse


BOOLEANS = {"true": True, "false": False}


def to_decimal(value: Any) -> Decimal | None:
    """The finite number `value` (int, Decimal or numeric text) is; None for anything else."""
    if type(value) is int:
        return Decimal(value) if abs(value) < MONEY_LIMIT * 1000 else Decimal(MONEY_LIMIT)
    if type(value) is str and NUMBER.fullmatch(value):
        try:
            return Decimal(value)
        except InvalidOperation:
            return None
    return value if isinstance(value, Decimal) and value.is_finite() else None


def within_range(value: Decimal, name: str, decimals: int = MOST_DECIMALS) -> Decimal:
    """`value` in plain notation. Raises NumberOutsideValidRange for what is too large or too fine."""
    if value.adjusted() > 40 or value.copy_abs() >= MONEY_LIMIT:
        raise NumberOutsideValidRange(f"{name} is {shown(value)}; numbers stay below {MONEY_LIMIT:f}", name)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -decimals:
        value = _without_zeros(value, name, decimals)
    elif isinstance(exponent, int) and exponent > 0:
        value = value.quantize(Decimal(1), context=EXACT)
    return value


def _without_zeros(value: Decimal, name: str, decimals: int) -> Decimal:
    if value.adjusted() < -decimals or len(value.as_tuple().digits) > 60:
        raise NumberOutsideValidRange(f"{name} is {shown(value)}; at most {decimals} decimals are kept", name)
    kept = value.normalize(EXACT)  # the default context would round to 28 digits
    exponent = kept.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -decimals:
        raise NumberOutsideValidRange(f"{name} is {shown(value)}; at most {decimals} decimals are kept", name)
    return kept.quantize(Decimal((0, (1,), min(exponent, 0))), context=EXACT)


def _number(field: Field) -> Parse:
    exact = field.type == "double" or field.custom is not None
    decimals = field.scale if exact and field.scale is not None else MOST_DECIMALS
    end = MONEY_LIMIT if field.custom is None else Decimal(10) ** (field.custom.precision - decimals)

    def parse(value: Any) -> Decimal:
        number = to_decimal(value)
        if number is None:
            raise _wrong(field, value, "a number")
        number = within_range(number, field.wire_name, decimals)
        if number.copy_abs() >= end:
            raise NumberOutsideValidRange(
                f"{field.wire_name} is {shown(value)}; its numbers stay below {end:f}", field.wire_name
            )
        return number

    return parse


def _whole(field: Field) -> Parse:
    def parse(value: Any) -> int:
        number = to_decimal(value)
        if number is None:
            raise _wrong(field, value, "a whole number")
        if number.adjusted() > 40 or number.copy_abs() > LARGEST_INT or number != number.to_integral_value():
            raise NumberOutsideValidRange(
                f"{field.wire_name} is {shown(value)}; send a whole number of at most {LARGEST_INT}", field.wire_name
            )
        return int(number)

    return parse


def _day(field: Field) -> Parse:
    def parse(value: Any) -> dt.date:
        if isinstance(value, str) and DAY.fullmatch(value):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                pass
        raise _wrong(field, value, "a date as 2026-03-01")

    return parse


def _moment(field: Field) -> Parse:
    def parse(value: Any) -> dt.datetime:
        moment = to_moment(value)
        if moment is None:
            raise _wrong(field, value, MOMENT_WANTED)
        return moment

    return parse


def to_moment(value: Any) -> dt.datetime | None:
    """The moment that text names with its zone, in UTC, to the millisecond; None for anything else."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return None
    try:
        moment = dt.datetime.fromisoformat(value).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


MOMENT_WANTED = "a date and time with its zone, as 2026-03-01T10:00:00.000Z or 2026-03-01T10:00:00+0000"


def _time(field: Field) -> Parse:
    def parse(value: Any) -> dt.time:
        found = TIME.fullmatch(value) if isinstance(value, str) else None
        if found is not None:
            try:
                return dt.time.fromisoformat(f"{found[1]}.{(found[2] or '0').ljust(6, '0')[:6]}")
            except ValueError:
                pass
        raise _wrong(field, value, "a time as 10:00:00.000Z")

    return parse


def _reference(field: Field) -> Parse:
    prefixes = frozenset(BY_NAME[name].about.key_prefix for name in field.to if name in BY_NAME)

    def parse(value: Any) -> Id:
        record_id = to_15(value) if type(value) is str else None
        if record_id is None:
            raise MalformedId(
                f"{field.wire_name} is {shown(value)!r}; send the 15 or 18 character id of a record", field.wire_name
            )
        if record_id[:3] not in prefixes:
            raise _wrong_object(field, record_id)
        return record_id

    return parse


def _wrong_object(field: Field, record_id: Id) -> InvalidCrossReference:
    known = definition_of(record_id)
    what = f"the id of a record of {known.name}" if known else "no id of a record kept here"
    return InvalidCrossReference(
        f"{field.wire_name} is {record_id}, {what}; send the id of a record of {named(field.to)}", field.wire_name
    )


PARSERS: Mapping[str, Callable[[Field], Parse]] = {
    "boolean": _boolean,
    "picklist": _picklist,
    "multipicklist": _multipicklist,
    "reference": _reference,
    "currency": _number,
    "double": _number,
    "percent": _number,
    "int": _whole,
    "date": _day,
    "dateTime": _moment,
    "time": _time,
}
