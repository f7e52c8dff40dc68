"""JSON schemas of inputs and outputs, from the same declarations as the reader and the writer."""

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.arithmetic.money import MONEY_LIMIT
from orderwright.rest.operation import OLDEST_VERSION, Manner
from orderwright.rest.properties import IdOf, Longest, Property, is_struct, optional_of, properties_of, unwrapped

BELOW = int(MONEY_LIMIT)

ID = {"type": "string", "minLength": 15, "maxLength": 18, "pattern": "^[0-9A-Za-z]{15}([0-9A-Za-z]{3})?$"}
SIMPLE: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    Decimal: {"type": "number", "exclusiveMinimum": -BELOW, "exclusiveMaximum": BELOW},
    dt.datetime: {"type": "string", "format": "date-time"},
    dt.date: {"type": "string", "format": "date"},
    msgspec.Raw: {},
    Any: {},
}


class Schemas:
    """The schemas of one document; Structs become components, each once."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def input(self, hint: Any) -> dict[str, Any]:
        """The schema of what is sent."""
        return self._of(hint, sent=True)

    def output(self, hint: Any) -> dict[str, Any]:
        """The schema of what is answered: all properties are present."""
        return self._of(hint, sent=False)

    def errors(self, manner: Manner) -> dict[str, Any]:
        """The schema of an error answer."""
        name = f"Errors{manner.capitalize()}"
        self.components.setdefault(name, ERRORS[manner])
        return {"$ref": f"#/components/schemas/{name}"}

    def _of(self, hint: Any, *, sent: bool) -> dict[str, Any]:
        bare, marks = unwrapped(hint)
        inside = optional_of(bare)
        if inside is not None:
            schema = self._of(typing.Annotated[inside, *marks] if marks else inside, sent=sent)
            return {"anyOf": [schema, {"type": "null"}]}
        if typing.get_origin(bare) in (list, tuple):
            return {"type": "array", "items": self._items(typing.get_args(bare)[0], marks, sent=sent)}
        return self._single(bare, marks, sent=sent)

    def _items(self, inner: Any, marks: tuple[Any, ...], *, sent: bool) -> dict[str, Any]:
        ids = [mark for mark in marks if isinstance(mark, IdOf)]
        return self._of(typing.Annotated[inner, *ids] if ids else inner, sent=sent)

    def _single(self, bare: Any, marks: tuple[Any, ...], *, sent: bool) -> dict[str, Any]:
        for mark in marks:
            if isinstance(mark, IdOf):
                return ID | {"description": f"Id of a record of {' or '.join(mark.objects)}."}
            if isinstance(mark, Longest):
                return {"type": "string", "maxLength": mark.characters}
        if is_struct(bare):
            return self._component(bare, sent=sent)
        if typing.get_origin(bare) is typing.Literal:
            return {"enum": list(typing.get_args(bare))}
        if typing.get_origin(bare) is dict or bare is dict:
            return {"type": "object"}
        return dict(SIMPLE.get(bare, {}))

    def _component(self, type_: Any, *, sent: bool) -> dict[str, Any]:
        name = type_.__name__
        if name not in self.components:
            self.components[name] = {}
            properties = properties_of(type_)
            self.components[name] = {
                "type": "object",
                "description": (type_.__doc__ or "").split("\n", 1)[0],
                "properties": {p.wire_name: self._property(p, sent=sent) for p in properties},
                "required": [p.wire_name for p in properties if p.required or not (sent or p.only_when_set)],
                "additionalProperties": False,
            }
            if not self.components[name]["required"]:
                del self.components[name]["required"]
        return {"$ref": f"#/components/schemas/{name}"}

    def _property(self, property_: Property, *, sent: bool) -> dict[str, Any]:
        schema = self._of(property_.hint, sent=sent)
        since = f"Since v{property_.since}.0." if property_.since > OLDEST_VERSION else ""
        text = " ".join(part for part in (property_.text, since) if part)
        return schema | {"description": text} if text else schema


_ERROR = {"errorCode": {"type": "string"}, "message": {"type": "string"}}
_CONNECT = _ERROR | {"output": {}, "enhancedErrorType": {"type": "null"}}
_RECORDS = _ERROR | {"fields": {"type": "array", "items": {"type": "string"}}}


def _array(properties: dict[str, Any]) -> dict[str, Any]:
    item = {"type": "object", "properties": properties, "required": ["errorCode", "message"]}
    return {"type": "array", "items": item}


ERRORS: Mapping[Manner, dict[str, Any]] = {
    "connect": _array(_CONNECT),
    "records": _array(_RECORDS),
    "plain": {"anyOf": [_array(_ERROR), {"type": "object", "properties": {"error": {"type": "string"}}}]},
}
