"""Representations <-> JSON: exact numbers both ways, names as the API writes them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def content_of(value: Any) -> bytes:
    """The JSON text of an input, or of plain values. Raises TypeError for a float, which is not exact."""
    return _encode(to_wire(value))


def to_wire(value: Any) -> Any:
    """`value` as plain values; of a representation what differs from its defaults. Raises TypeError for a float."""
    if isinstance(value, msgspec.Struct):
        return {
            info.encode_name: to_wire(given)
            for info in _fields(type(value))
            if (given := getattr(value, info.name)) != _default(info) or info.required
        }
    if isinstance(value, Mapping):
        return {name: to_wire(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_wire(inner) for inner in value]
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float, which holds no exact amount; write Decimal('{value}')")
    return value


@functools.cache
def _fields(type_: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(type_)


def _default(info: msgspec.structs.FieldInfo) -> Any:
    return info.default if info.default_factory is msgspec.NODEFAULT else info.default_factory()


def parsed(content: bytes) -> Any:
    """The JSON value of an answer; numbers with a fraction or an exponent are Decimals. None for an empty one."""
    return _decoder.decode(content) if content else None


def output_of(content: bytes, type_: type[T]) -> T:
    """The output in an answer. Properties that this version of the program does not know are passed over."""
    output: T = _output_decoder(cast("Any", type_)).decode(content)
    return output


@functools.cache
def _output_decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_, float_hook=Decimal)


def refused_output(value: Any, type_: type[T]) -> T | None:
    """The output that came with a refusal, whose properties are null where nothing is to say; None for another."""
    if not isinstance(value, dict):
        return None
    filled = {name: inner for name, inner in value.items() if inner is not None}
    try:
        return msgspec.convert(filled, type_)
    except msgspec.ValidationError:
        return None
