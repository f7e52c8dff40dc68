"""JSON, both ways: exact numbers from the first byte, camelCase names, ids in 18 characters.

Source: decisions.md N12, W1, W5-W8.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from orderwright.rest.errors import HttpError
from orderwright.rest.properties import About, Alias, Bare, IdOf, Longest, OnlyWhenSet, Since
from orderwright.rest.reader import Unreadable, reader_of
from orderwright.rest.writer import writer_of

__all__ = [
    "About",
    "Alias",
    "Bare",
    "IdOf",
    "Longest",
    "OnlyWhenSet",
    "Since",
    "decode",
    "encode",
    "parse_json",
    "read",
    "to_json",
]  # fmt: skip

T = TypeVar("T")

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def parse_json(raw: bytes) -> Any:
    """The JSON value of `raw`; numbers with a fraction or an exponent are Decimals. Raises HttpError."""
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, ArithmeticError) as error:
        raise HttpError("JSON_PARSER_ERROR", f"the body is not valid JSON in UTF-8: {error}") from None
    except RecursionError:
        raise HttpError("JSON_PARSER_ERROR", "the body is nested too deeply; send flat objects") from None


def read(value: Any, type_: type[T], version: int) -> T:
    """`value`, decoded JSON, as an instance of `type_` in API version `version`. Raises HttpError."""
    try:
        found: T = reader_of(type_)(value, version)
    except Unreadable as problem:
        raise problem.as_error() from None
    return found


def decode(raw: bytes, type_: type[T], version: int) -> T:
    """The input in `raw`. Raises HttpError with the path of the property, its value and the way out."""
    return read(parse_json(raw), type_, version)


def to_json(value: Any) -> bytes:
    """JSON text of plain values; Decimals become numbers with the digits they have."""
    return _ENCODER.encode(value)


def encode(output: Any, version: int, hint: Any = None) -> bytes:
    """The JSON text of an output: every property that `version` knows, null for None.

    `hint` is its declared type; a Struct needs none.
    """
    write = writer_of(hint or type(output), version)
    return _ENCODER.encode(output if write is None else write(output))
