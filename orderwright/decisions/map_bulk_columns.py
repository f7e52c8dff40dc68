"""Which field of its object each column of a file is about.

A column is called as a field, or `Relationship.Field`: the record that has this value in `Field` is referred to. Where
a reference may lead to several objects the column says to which: `Object:Relationship.Field`.
Source: Bulk API guide, "Relationship Fields in a Header Row" (documented).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orderwright.decisions.read_bulk import InvalidBatch
from orderwright.objects.custom_fields import Schema
from orderwright.objects.definition import Definition, Field


@dataclass(frozen=True, slots=True)
class Key:
    """By what a record that is referred to is named: a field of its object, which is its Id or tells it apart."""

    definition: Definition
    field: Field


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column: the field that it sets, and the key by which it names a record where it sets a reference so."""

    name: str
    field: Field
    key: Key | None = None


def map_columns(schema: Schema, definition: Definition, columns: Sequence[str], version: int) -> tuple[Mapped, ...]:
    """Return what each of `columns` sets. Raises InvalidBatch for a name that the object does not have."""
    mapped = tuple(_mapped(schema, definition, column, version) for column in columns)
    seen: set[str] = set()
    for each in mapped:
        if each.field.name in seen:
            raise InvalidBatch(f"Duplicate field name : {each.name} sets {each.field.wire_name} once more")
        seen.add(each.field.name)
    return mapped


def key_field(definition: Definition, name: str, version: int) -> Field | None:
    """The field `name` when it is the Id or tells records apart; None when there is no such field."""
    found = definition.by_wire_name.get(name.lower())
    if found is None or found.since > version or not (found.idlookup or found.unique or found.name == "id"):
        return None
    return found


def _mapped(schema: Schema, definition: Definition, column: str, version: int) -> Mapped:
    if "." in column:
        return _related(schema, definition, column, version)
    field = definition.by_wire_name.get(column.lower())
    if field is None or field.since > version:
        raise _unknown(column)
    return Mapped(column, field)


def _related(schema: Schema, definition: Definition, column: str, version: int) -> Mapped:
    way, _, name = column.partition(".")
    object_, colon, relationship = way.rpartition(":")
    field = next(
        (
            f
            for f in definition.by_wire_name.values()
            if f.relationship is not None and f.relationship.lower() == relationship.lower() and f.since <= version
        ),
        None,
    )
    if field is None:
        raise _unknown(column)
    targets = [to for to in field.to if to in schema.by_name and not schema.by_name[to].about.internal]
    if (len(targets) > 1) != bool(colon):
        need = "needs" if len(targets) > 1 else "takes no"
        raise InvalidBatch(f"Field name not found : {column}; {relationship} {need} object before its name")
    target = next((to for to in targets if not colon or to.lower() == object_.lower()), None)
    key = key_field(schema.by_name[target], name, version) if target is not None else None
    if target is None or key is None:
        raise _unknown(column)
    return Mapped(column, field, Key(schema.by_name[target], key))


def _unknown(column: str) -> InvalidBatch:
    return InvalidBatch(f"Field name not found : {column[:100]}")
