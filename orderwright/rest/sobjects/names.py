"""The object a path names, in the called version."""

from __future__ import annotations

import difflib

from orderwright.objects.definition import Definition, Id
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
