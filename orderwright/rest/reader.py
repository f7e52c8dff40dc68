"""JSON values -> inputs: one reading function per type, built once (decisions.md W5-W7).

A reader gets a decoded JSON value and the called version. What it does not like it raises as `Unreadable`; the places
it passes on the way up become the path in the message, so that nothing is paid for it when all is well.
"""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from orderwright.decisions.errors import NumberOutsideValidRange, named
from orderwright.decisions.read_value import (
    BOOLEANS,
    LARGEST_INT,
    LONGEST_TEXT,
    MOMENT_WANTED,
    shown,
    to_decimal,
    to_moment,
    within_range,
)
from orderwright.objects.identity import to_15
from orderwright.objects.registry import BY_NAME, definition_of
from orderwright.rest.errors import HttpError
from orderwright.rest.properties import IdOf, Longest, Property, is_struct, optional_of, properties_of, unwrapped

Read = Callable[[Any, int], Any]


class Unreadable(Exception):
    """A value that cannot be taken; `places` lead to it, innermost first."""

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem
        self.places: list[str | int] = []

    def at(self, place: str | int) -> Unreadable:
        """This problem, found inside `place`."""
        self.places.append(place)
        return self

    def as_error(self) -> HttpError:
        """The answer: where, what, and the way out."""
        path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in reversed(self.places)).lstrip(".")
        return HttpError(self.code, f"{path}: {self.problem}" if path else self.problem, *([path] if path else []))


def reader_of(hint: Any) -> Read:
    """The reader of a type hint, built when it is first asked for."""
    return _reader_of(hint)


@functools.cache
def _reader_of(hint: Any) -> Read:
    bare, marks = unwrapped(hint)
    inside = optional_of(bare)
    if inside is not None:
        read = reader_of(typing.Annotated[inside, *marks] if marks else inside)
        return lambda value, version: None if value is None else read(value, version)
    for mark in marks:
        if isinstance(mark, IdOf):
            return _id_list(mark.objects) if typing.get_origin(bare) in (list, tuple) else _id(mark.objects)
    if bare is str:
        return _text(next((m.characters for m in marks if isinstance(m, Longest)), LONGEST_TEXT))
    return _struct(bare) if is_struct(bare) else _plain(bare)


def _plain(bare: Any) -> Read:
    origin = typing.get_origin(bare)
    if origin in (list, tuple):
        return _list(reader_of(typing.get_args(bare)[0]), tuple if origin is tuple else list)
    if origin is typing.Literal:
        return _choice(typing.get_args(bare))
    return READERS.get(bare, _any)


def _wrong(value: Any, wanted: str) -> Unreadable:
    return Unreadable("JSON_PARSER_ERROR", f"{shown(value)!r} is not {wanted}; send {wanted}")


def _any(value: Any, version: int) -> Any:  # noqa: ARG001  # all readers are called alike
    return value


def _map(value: Any, version: int) -> Any:  # noqa: ARG001
    if type(value) is not dict:
        raise _wrong(value, "an object")
    return value


def _boolean(value: Any, version: int) -> bool:  # noqa: ARG001
    found = value if isinstance(value, bool) else BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise _wrong(value, "true or false")
    return found


def _decimal(value: Any, version: int) -> Decimal:  # noqa: ARG001
    number = None if value is True or value is False else to_decimal(value)
    if number is None:
        raise _wrong(value, "a number")
    try:
        return within_range(number, "the number")
    except NumberOutsideValidRange as refusal:
        raise Unreadable(refusal.code, refusal.message) from None


def _whole(value: Any, version: int) -> int:
    number = _decimal(value, version)
    if number != number.to_integral_value() or number.copy_abs() > LARGEST_INT:
        raise _wrong(value, f"a whole number of at most {LARGEST_INT}")
    return int(number)


def _moment(value: Any, version: int) -> dt.datetime:  # noqa: ARG001  # all readers are called alike
    moment = to_moment(value)
    if moment is None:
        raise _wrong(value, MOMENT_WANTED)
    return moment


READERS: Mapping[Any, Read] = {
    bool: _boolean,
    Decimal: _decimal,
    int: _whole,
    dt.datetime: _moment,
    dict: _map,
    dict[str, Any]: _map,
}


def _text(longest: int) -> Read:
    def read(value: Any, version: int) -> str:  # noqa: ARG001
        if type(value) is not str or "\x00" in value:
            raise _wrong(value, "a string" if type(value) is not str else "text without the null character")
        if len(value) > longest:
            raise Unreadable("STRING_TOO_LONG", f"{len(value)} characters, at most {longest} are kept; shorten it")
        return value

    return read


def _choice(values: tuple[Any, ...]) -> Read:
    def read(value: Any, version: int) -> Any:  # noqa: ARG001
        if value not in values:
            raise Unreadable(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"{shown(value)!r} is not possible; use {named(values)}"
            )
        return value

    return read


def _id(objects: tuple[str, ...]) -> Read:
    prefixes = frozenset(BY_NAME[name].about.key_prefix for name in objects)

    def read(value: Any, version: int) -> str:  # noqa: ARG001
        record_id = to_15(value) if type(value) is str else None
        if record_id is None or record_id[:3] not in prefixes:
            raise wrong_id(value, record_id, objects)
        return record_id

    return read


def wrong_id(value: Any, record_id: str | None, objects: tuple[str, ...]) -> Unreadable:
    """The refusal of an id: what it is, and whose is wanted."""
    known = definition_of(record_id) if record_id else None
    what = f"the id of a record of {known.name}" if known else "no record id"
    return Unreadable("INVALID_ID_FIELD", f"{shown(value)!r} is {what}; send the id of a record of {named(objects)}")


def _id_list(objects: tuple[str, ...]) -> Read:
    return _list(_id(objects), tuple)


def _list(read_item: Read, make: Callable[[list[Any]], Any]) -> Read:
    def read(value: Any, version: int) -> Any:
        if type(value) is not list:
            raise _wrong(value, "a list")
        found = []
        for index, item in enumerate(value):
            try:
                found.append(read_item(item, version))
            except Unreadable as problem:
                raise problem.at(index) from None
        return make(found)

    return read


def _struct(type_: Any) -> Read:
    properties = properties_of(type_)
    readers = {name: (p, reader_of(p.hint)) for p in properties for name in (p.wire_name, *p.aliases)}
    required = frozenset(p.name for p in properties if p.required)
    alone = next((p.wire_name for p in properties if p.bare), None)

    def read(value: Any, version: int) -> Any:
        if alone is not None and type(value) is list:
            value = {alone: value}
        if type(value) is not dict:
            raise _wrong(value, "an object")
        found: dict[str, Any] = {}
        for key, item in value.items():
            known = readers.get(key)
            if known is None or known[0].since > version:
                raise _unknown(key, readers, version)
            property_, read_value = known
            if item is None and not property_.nullable:
                continue
            if property_.name in found:
                raise Unreadable("INVALID_FIELD", f"'{property_.wire_name}' is given twice; send it once").at(key)
            try:
                found[property_.name] = read_value(item, version)
            except Unreadable as problem:
                raise problem.at(key) from None
        if not required <= found.keys():
            raise _missing(properties, found)
        return type_(**found)

    return read


def _unknown(key: str, readers: Mapping[str, tuple[Property, Read]], version: int) -> Unreadable:
    known = {name.lower(): p.wire_name for name, (p, _) in readers.items() if p.since <= version}
    close = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.5)
    listed = ", ".join(sorted(set(known.values())))
    possible = f"known are {listed}" if listed else "there are none here: send {} or nothing"
    hint = f"did you mean '{known[close[0]]}'?" if close else possible
    return Unreadable("INVALID_FIELD", f"unknown property '{shown(key)}' in version {version}.0; {hint}")


def _missing(properties: tuple[Property, ...], found: Mapping[str, Any]) -> Unreadable:
    names = [p.wire_name for p in properties if p.required and p.name not in found]
    return Unreadable("REQUIRED_FIELD_MISSING", f"missing {', '.join(names)}; send a value for each")
