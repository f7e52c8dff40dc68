"""Records -> JSON under their Salesforce names: one writer per object and version, built once."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from orderwright.decisions.rights import ALL, Rights
from orderwright.objects.abilities import MASK, MASKED
from orderwright.objects.address import address_called, address_fields, address_parts, part_name
from orderwright.objects.custom_fields import value_of
from orderwright.objects.definition import Definition, Field, SObject
from orderwright.objects.identity import to_18
from orderwright.rest.errors import HttpError
from orderwright.rest.writer import wire_id, wire_number

Show = Callable[[Any], Any]


def moment_text(value: dt.datetime) -> str:
    """A point in time as sObject resources write it."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}+0000"


def masked(_: str) -> str:
    """What is shown of a secret."""
    return MASK


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
    **dict.fromkeys(MASKED, masked),
}


def shown_value(field: Field, value: Any) -> Any:
    """One field's value as JSON takes it."""
    show = SHOWN.get(field.type)
    if value is None or show is None:
        return value
    return show(Decimal(value)) if show is wire_number else show(value)


def show_record(
    definition: Definition, record: SObject, version: int, rights: Rights, fields: Sequence[str] | None = None
) -> dict[str, Any]:
    """The JSON object of `record`: `fields` in the order asked for, else all that `version` knows and `rights` cover.

    Raises HttpError for a field that there is not, MissingRight for one that is asked for and may not be read.
    """
    names = readable_names(definition, version, rights) if fields is None else fields
    if fields is not None:
        refuse_unreadable(definition, rights, fields)
    url = f"/services/data/v{version}.0/sobjects/{definition.name}/{to_18(record.id)}"
    shown: dict[str, Any] = {"attributes": {"type": definition.name, "url": url}}
    for name in names:
        wire_name, value = _value(definition, record, name, version)
        shown[wire_name] = value
    return shown


def _value(definition: Definition, record: SObject, name: str, version: int) -> tuple[str, Any]:
    field = definition.by_wire_name.get(name.lower())
    if field is not None and field.since <= version:
        return field.wire_name, shown_value(field, value_of(record, field))
    prefix = address_called(definition, name)
    if prefix is None:
        raise HttpError("INVALID_FIELD", f"no such field '{name}' on {definition.name} in version {version}.0", name)
    return f"{prefix}Address", _address(definition, record, prefix)


def _reads_whole(definition: Definition, rights: Rights) -> bool:
    given = rights.granted
    whole = f"Read {definition.name}" in given or f"Read {ALL}" in given
    return whole and rights.may_read(definition.name)


def readable_names(definition: Definition, version: int, rights: Rights) -> Sequence[str]:
    """The fields of an object that a caller may read, compound addresses last."""
    names = _all_names(definition, version)
    if _reads_whole(definition, rights):
        return names
    return [
        name for name in names if all(rights.may_read(definition.name, part) for part in _read_by(definition, name))
    ]


def refuse_unreadable(definition: Definition, rights: Rights, fields: Sequence[str]) -> None:
    """Raise MissingRight for the first of `fields` that the caller may not read."""
    if _reads_whole(definition, rights):
        return
    needed = (f"Read {definition.name}.{part}" for name in fields for part in _read_by(definition, name))
    rights.refuse_without(*needed)


def _read_by(definition: Definition, name: str) -> tuple[str, ...]:
    """The fields that are read for what is called `name`: itself, or the parts of a compound address."""
    field = definition.by_wire_name.get(name.lower())
    if field is not None:
        return (field.wire_name,)
    prefix = address_called(definition, name)
    return tuple(f.wire_name for f in address_fields(definition, prefix)) if prefix is not None else ()


@functools.cache
def _all_names(definition: Definition, version: int) -> tuple[str, ...]:
    fields = [f.wire_name for f in definition.by_wire_name.values() if f.since <= version]
    return (
        "Id",
        *(name for name in fields if name != "Id"),
        *(f"{prefix}Address" for prefix in definition.about.addresses),
    )


def _address(definition: Definition, record: SObject, prefix: str) -> dict[str, Any] | None:
    """A compound address; null when all its parts are (data-model.yaml conventions.compound_address, documented)."""
    values = {
        part: None if field is None else getattr(record, field.name)
        for part, field in address_parts(definition, prefix)
    }
    if all(value is None for value in values.values()):
        return None
    return {part_name(part): value for part, value in values.items()}
