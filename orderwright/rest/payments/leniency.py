"""Payment inputs as the manual's samples send them, brought into the form of its property tables, then read.

The samples differ from the tables in three ways: an empty string means that the property is absent, one sample wraps
the body of a reversal in an object of one property, and dates come in several forms (`moment_of`). Secrets are looked
at here as well, before the reader would repeat a value it cannot take.

Source: returns-payments-inventory.yaml#payments (documented: samples; that they mean this is inferred).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, TypeVar

from orderwright.decisions.errors import InvalidInput
from orderwright.decisions.read_value import DAY, MOMENT, shown
from orderwright.rest.codec import read
from orderwright.rest.payments.hidden import is_hidden
from orderwright.rest.properties import Property, is_struct, optional_of, properties_of, unwrapped
from orderwright.rest.reader import Unreadable

T = TypeVar("T")

DAY_FIRST = re.compile(r"(\d{2})-(\d{2})-(\d{4})", re.ASCII)


def read_leniently(value: Any, type_: type[T], version: int) -> T:
    """`value`, decoded JSON, as an instance of `type_`: what `codec.read` is, for payment inputs. Raises HttpError."""
    wrapper = getattr(type_, "WRAPPER", None)
    if type(value) is dict and value.keys() == {wrapper}:
        value = value[wrapper]
    try:
        tabled = _tabled(value, type_)
    except Unreadable as problem:
        raise problem.as_error() from None
    return read(tabled, type_, version)


def _tabled(value: Any, type_: type) -> dict[str, Any]:
    """`value` with null for every empty string, in the objects that `type_` knows and no deeper."""
    if type(value) is not dict:
        # Not repeated, as the reader would: a list around a card holds the card.
        raise Unreadable("JSON_PARSER_ERROR", "what was sent is not an object; send an object")
    known = {name: p for p in properties_of(type_) for name in (p.wire_name, *p.aliases)}
    found = {}
    for key, item in value.items():
        try:
            found[key] = _item(item, known.get(key))
        except Unreadable as problem:
            raise problem.at(key) from None
    return found


def _item(item: Any, property_: Property | None) -> Any:
    if property_ is None or item is None:
        return item
    if type(item) is str and not item:
        return None
    bare, _ = unwrapped(property_.hint)
    inner = optional_of(bare) or bare
    if is_struct(inner):
        return _tabled(item, inner)
    if is_hidden(property_) and (type(item) is not str or "\x00" in item):
        raise Unreadable("JSON_PARSER_ERROR", "what was sent is not plain text; send a string without null characters")
    return item


def moment_of(text: str, name: str) -> dt.datetime:
    """The moment that `text` in the property `name` stands for, in UTC, to the millisecond; a day alone is its start.

    ISO 8601 with a zone, or a day; also 15-01-2020, day first, as one sample has it. Raises InvalidInput.
    """
    iso = DAY_FIRST.sub(r"\3-\2-\1", text) if DAY_FIRST.fullmatch(text) else text
    try:
        if DAY.fullmatch(iso):
            return dt.datetime.combine(dt.date.fromisoformat(iso), dt.time.min, dt.UTC)
        if MOMENT.fullmatch(iso):
            moment = dt.datetime.fromisoformat(iso).astimezone(dt.UTC)
            return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    except (ValueError, OverflowError):
        pass  # a day or an hour that does not exist: refused below as any other text
    raise InvalidInput(
        f"{name} is '{shown(text)}'; send a day as 2026-03-01, or a date and time with its zone as "
        "2026-03-01T10:00:00.000Z",
        name,
    )
