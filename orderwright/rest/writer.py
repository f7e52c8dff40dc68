"""Outputs -> JSON values: one writing function per type and version, built once (decisions.md W1, W5, N12)."""

from __future__ import annotations

import datetime as dt
import functools
import typing
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orderwright.arithmetic.money import EXACT
from orderwright.objects.identity import to_18
from orderwright.rest.properties import IdOf, is_struct, optional_of, properties_of, unwrapped

Write = Callable[[Any], Any]


def writer_of(hint: Any, version: int) -> Write | None:
    """The writer of a type hint for API version `version`; None for what JSON takes as it is."""
    return _writer_of(hint, version)


@functools.cache
def _writer_of(hint: Any, version: int) -> Write | None:
    bare, marks = unwrapped(hint)
    inside = optional_of(bare)
    if inside is not None:
        return _or_null(writer_of(typing.Annotated[inside, *marks] if marks else inside, version))
    origin = typing.get_origin(bare)
    if any(isinstance(mark, IdOf) for mark in marks):
        return _list(wire_id) if origin in (list, tuple) else wire_id
    if is_struct(bare):
        return _struct(bare, version)
    if origin in (list, tuple):
        inner = writer_of(typing.get_args(bare)[0], version)
        return None if inner is None else _list(inner)
    return WRITERS.get(bare)


def wire_id(record_id: str | None) -> str | None:
    """An id in 18 characters; null for none and for the stand-in of a record that is not saved."""
    return None if not record_id or record_id[0] == "~" else to_18(record_id)


def wire_number(value: Decimal) -> Decimal:
    """A number in plain notation: 1E+2 becomes 100."""
    exponent = value.as_tuple().exponent
    return value.quantize(Decimal(1), context=EXACT) if isinstance(exponent, int) and exponent > 0 else value


def wire_moment(value: dt.datetime) -> str:
    """A point in time as Connect resources write it."""
    # Always with four digits of the year, which strftime does not promise.
    return f"{value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


WRITERS: dict[Any, Write] = {Decimal: wire_number, dt.datetime: wire_moment}


OUR_NAMES = frozenset({
    "reference_id", "external_order_id", "external_item_id", "upload_id", "action_request_id", "external_ref_id",
    "graph_id", "reservation_id",
})  # fmt: skip
"""Names that a caller chose, and numbers of uploads; they end like ids of records and are none."""


def _or_null(write: Write | None) -> Write | None:
    return None if write is None else lambda value: None if value is None else write(value)


def _list(write: Write) -> Write:
    return lambda values: [write(value) for value in values]


def _struct(type_: Any, version: int) -> Write:
    properties = [p for p in properties_of(type_) if p.since <= version]
    known = [(p.name, p.wire_name, _property(p.name, p.hint, version)) for p in properties]
    asked = frozenset(p.wire_name for p in properties if p.only_when_set)

    def write(output: Any) -> dict[str, Any]:
        return {
            wire_name: getattr(output, name) if write_value is None else write_value(getattr(output, name))
            for name, wire_name, write_value in known
        }

    return _without_null(write, asked) if asked else write


def _without_null(write: Callable[[Any], dict[str, Any]], names: frozenset[str]) -> Write:
    return lambda output: {n: v for n, v in write(output).items() if v is not None or n not in names}


def _property(name: str, hint: Any, version: int) -> Write | None:
    write = writer_of(hint, version)
    if write is not None:
        return write
    if name.endswith("_ids") and typing.get_origin(unwrapped(hint)[0]) in (list, tuple):
        return _list(wire_id)
    return wire_id if (name == "id" or name.endswith("_id")) and _is_text(hint) and name not in OUR_NAMES else None


def _is_text(hint: Any) -> bool:
    bare, _ = unwrapped(hint)
    inside, _ = unwrapped(optional_of(bare) or bare)
    return inside is str


@functools.cache
def _nothing(type_: type, version: int) -> dict[str, Any]:
    known = (p for p in properties_of(type_) if p.since <= version and not p.only_when_set)
    return {p.wire_name: None for p in known}


def refused_output(type_: type, version: int, error: dict[str, str]) -> dict[str, Any]:
    """The output of a refused request: all properties that `version` knows, null, `success` false, and the error in
    `errors`; those of payments have one `error` instead of both.
    """
    nothing = _nothing(type_, version)
    return nothing | ({"error": error} if "error" in nothing else {"errors": [error], "success": False})
