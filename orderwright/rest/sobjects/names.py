"""The object a path names, in the called version."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from orderwright.decisions.read_value import shown
from orderwright.objects.definition import Definition, Id
from orderwright.objects.identity import to_15, to_18
from orderwright.objects.registry import BY_LOWER_NAME
from orderwright.rest.errors import HttpError
from orderwright.rest.router import checked_id


def object_called(name: str, version: int) -> Definition:
    """The object `name`, whatever its case. Raises HttpError for none, or one that is younger than `version`."""
    definition = BY_LOWER_NAME.get(name.lower())
    if definition is None or definition.about.since > version:
        close = difflib.get_close_matches(name.lower(), BY_LOWER_NAME, n=1)
        hint = f"did you mean '{BY_LOWER_NAME[close[0]].name}'?" if close else "see /sobjects for all there are"
        raise HttpError("NOT_FOUND", f"there is no object '{name}' in version {version}.0; {hint}")
    return definition


def record_of(definition: Definition, text: str) -> Id:
    """The id in `text`. Raises HttpError unless it belongs to `definition`."""
    return checked_id(text, definition.name)


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
