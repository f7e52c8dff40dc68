"""Plain records: the calls that create, read, update, delete and query them, and what their answers become.

A record is a dict under Salesforce's names. Amounts and quantities in it are Decimals, also where the JSON has no
fraction; of aggregates (`COUNT()`, `SUM(…)`) a whole number is an int.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

from orderwright.connect_api.calls import BASE, Call
from orderwright.connect_api.wire import content_of, parsed
from orderwright.objects.definition import Definition
from orderwright.objects.registry import BY_LOWER_NAME

Record = dict[str, Any]

INEXACT = frozenset({"int", "boolean"})
"""Types of fields whose values are no Decimals."""


class Page(NamedTuple):
    """Some records of a query, and where the next ones are; None: these are the last."""

    records: list[Record]
    rest: str | None


def create(object_: str, fields: Mapping[str, Any]) -> Call[str]:
    """The call that makes a record; it answers the id."""
    return _call("POST", _path(object_), lambda content: str(parsed(content)["id"]), fields)


def read(object_: str, record_id: str, fields: tuple[str, ...]) -> Call[Record]:
    """The call that reads a record: `fields`, or all."""
    asked = {"fields": ",".join(fields)} if fields else {}
    return Call("GET", BASE + _path(object_, record_id), _record, parameters=asked)


def update(object_: str, record_id: str, fields: Mapping[str, Any]) -> Call[None]:
    """The call that changes fields of a record."""
    return _call("PATCH", _path(object_, record_id), _nothing, fields)


def delete(object_: str, record_id: str) -> Call[None]:
    """The call that deletes a record."""
    return Call("DELETE", BASE + _path(object_, record_id), _nothing)


def query(soql: str) -> Call[Page]:
    """The call that answers the first records of a query."""
    return Call("GET", f"{BASE}/query", _page, parameters={"q": soql})


def more(rest: str) -> Call[Page]:
    """The call that answers the next records of a query."""
    return Call("GET", rest, _page)


def request(method: str, path: str, body: Any) -> Call[Any]:
    """Any call; `path` is relative to the version, unless it begins with /services."""
    whole = path if path.startswith("/services/") else f"{BASE}/{path.lstrip('/')}"
    content = None if body is None else content_of(body)
    return Call(method, whole, parsed, content=content)


def _path(*parts: str) -> str:
    return "/".join(("/sobjects", *(quote(part, safe="") for part in parts)))


def _call(method: str, path: str, read_answer: Any, fields: Mapping[str, Any]) -> Call[Any]:
    return Call(method, BASE + path, read_answer, content=content_of(fields))


def _nothing(_: bytes) -> None:
    return None


def _record(content: bytes) -> Record:
    found: Record = exact(parsed(content))
    return found


def _page(content: bytes) -> Page:
    body = parsed(content)
    return Page(exact(body["records"]), body.get("nextRecordsUrl"))


def exact(value: Any) -> Any:
    """`value` with Decimals for all numbers of records that hold amounts, quantities or other exact numbers."""
    if isinstance(value, list):
        return [exact(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    attributes = value.get("attributes")
    type_ = attributes.get("type", "") if isinstance(attributes, dict) else ""
    is_record = type_ not in ("", "AggregateResult")
    definition = BY_LOWER_NAME.get(type_.lower()) if is_record else None
    return {
        name: Decimal(inner) if is_record and type(inner) is int and _is_exact(definition, name) else exact(inner)
        for name, inner in value.items()
    }


def _is_exact(definition: Definition | None, name: str) -> bool:
    field = definition.by_wire_name.get(name.lower()) if definition is not None else None
    return field is None or field.type not in INEXACT
