"""Records -> JSON under their Salesforce names: one writer per object and version, built once."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from orderwright.objects.definition import Definition, Field, SObject, to_wire_name
from orderwright.objects.identity import to_18
from orderwright.rest.errors import HttpError
from orderwright.rest.writer import wire_id, wire_number

ADDRESS_PARTS = (
    "city", "country", "country_code", "geocode_accuracy", "latitude", "longitude", "postal_code", "state",
    "state_code", "street",
)  # fmt: skip

Show = Callable[[Any], Any]


def moment_text(value: dt.datetime) -> str:
    """A point in time as sObject resources write it."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}+0000"


def time_text(value: dt.time) -> str:
    """A time of day as sObject resources write it."""
    return value.strftime("%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


SHOWN: dict[str, Show] = {
    "id": wire_id,
    "reference": wire_id,
    "dateTime": moment_text,
    "date": dt.date.isoformat,
    "time": time_text,
    "currency": wire_number,
    "double": wire_number,
    "percent": wire_number,
}


def shown_value(field: Field, value: Any) -> Any:
    """One field's value as JSON takes it."""
    show = SHOWN.get(field.type)
    if value is None or show is None:
        return value
    return show(Decimal(value)) if show is wire_number else show(value)


def show_record(
    definition: Definition, record: SObject, version: int, fields: Sequence[str] | None = None
) -> dict[str, Any]:
    """The JSON object of `record`: `fields` in the order asked for, else all that `version` knows.

    Raises HttpError for a field that there is not.
    """
    names = _all_names(definition, version) if fields is None else fields
    url = f"/services/data/v{version}.0/sobjects/{definition.name}/{to_18(record.id)}"
    shown: dict[str, Any] = {"attributes": {"type": definition.name, "url": url}}
    for name in names:
        wire_name, value = _value(definition, record, name, version)
        shown[wire_name] = value
    return shown


def _value(definition: Definition, record: SObject, name: str, version: int) -> tuple[str, Any]:
    field = definition.by_wire_name.get(name.lower())
    if field is not None and field.since <= version:
        return field.wire_name, shown_value(field, getattr(record, field.name))
    prefix = _addresses(definition).get(name.lower())
    if prefix is None:
        raise HttpError("INVALID_FIELD", f"no such field '{name}' on {definition.name} in version {version}.0", name)
    return f"{prefix}Address", _address(record, prefix)


@functools.cache
def _all_names(definition: Definition, version: int) -> tuple[str, ...]:
    fields = [f.wire_name for f in definition.by_wire_name.values() if f.since <= version]
    return (
        "Id",
        *(name for name in fields if name != "Id"),
        *(f"{prefix}Address" for prefix in definition.about.addresses),
    )


@functools.cache
def _addresses(definition: Definition) -> dict[str, str]:
    return {f"{prefix}address".lower(): prefix for prefix in definition.about.addresses}


def _address(record: SObject, prefix: str) -> dict[str, Any] | None:
    """A compound address; null when all its parts are (data-model.yaml conventions.compound_address, documented)."""
    start = "".join(f"_{c.lower()}" if c.isupper() else c for c in prefix).lstrip("_")
    values = {part: getattr(record, f"{start}_{part}", None) for part in ADDRESS_PARTS}
    if all(value is None for value in values.values()):
        return None
    return {_camel(part): value for part, value in values.items()}


def _camel(part: str) -> str:
    wire_name = to_wire_name(part)
    return wire_name[0].lower() + wire_name[1:]
