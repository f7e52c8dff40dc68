"""What a path or a body names: an object of this installation, in the called version, and a record of it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from orderwright.decisions.read_value import MalformedId, shown
from orderwright.objects.definition import Definition, Field, Id
from orderwright.objects.identity import to_15, to_18
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError


def object_called(context: Context, name: str) -> Definition:
    """The object `name`, whatever its case, with its custom fields.

    Raises HttpError for none, or one that is younger than the called version.
    """
    known = context.schema.by_lower_name
    definition = known.get(name.lower())
    if definition is None or definition.about.since > context.version:
        close = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"did you mean '{known[close[0]].name}'?" if close else "see /sobjects for all there are"
        raise HttpError("NOT_FOUND", f"there is no object '{name}' in version {context.version}.0; {hint}")
    return definition


def record_of(definition: Definition, text: str) -> Id:
    """The id in `text`. Raises MalformedId unless it is one of a record of `definition`."""
    record_id = to_15(text)
    if record_id is None:
        raise MalformedId(f"{definition.name} id {shown(text)!r} is no record id; send its 15 or 18 characters", "Id")
    if record_id[:3] != definition.about.key_prefix:
        raise MalformedId(f"{to_18(record_id)} is not the id of a record of {definition.name}", "Id")
    return record_id


def key_of(definition: Definition, name: str, version: int) -> Field | None:
    """The field `name` when records can be looked up by it; None when there is no such field."""
    field = definition.by_wire_name.get(name.lower())
    return field if field is not None and field.since <= version and (field.idlookup or field.unique) else None


def refuse_other_record(definition: Definition, given: Mapping[str, Any], record_id: Id | None = None) -> None:
    """Raises HttpError when the body says that it is about another object, or another record, than the URL."""
    attributes = given.get("attributes", {})
    if not isinstance(attributes, dict):
        raise HttpError("JSON_PARSER_ERROR", f"attributes is {shown(attributes)!r}; send an object, or leave it out")
    named = attributes.get("type", definition.name)
    if not isinstance(named, str) or named.lower() != definition.name.lower():
        raise HttpError(
            "INVALID_FIELD",
            f"attributes.type is {shown(named)!r}, and the URL names {definition.name}; send one of them",
        )
    if record_id is None:
        return
    for value in (value for name, value in given.items() if name.lower() == "id"):
        if not isinstance(value, str) or to_15(value) != record_id:
            message = f"Id is {shown(value)!r}, and the URL names {to_18(record_id)}; an id never changes, leave it out"
            raise HttpError("INVALID_FIELD", message, "Id")


def fields_asked(context: Context) -> list[str] | None:
    """The names in `?fields=A,B`; None for all fields."""
    asked = context.query.get("fields")
    return [name.strip() for name in asked.split(",") if name.strip()] if asked else None
