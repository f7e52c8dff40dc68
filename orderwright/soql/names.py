"""From the names in a query to objects, fields and relationships, as this version has them.

What there is and the caller may not read is refused by the name of the right that is missing, as everywhere; only what
stands for a list of fields, or for a record of whatever object, silently leaves it out.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orderwright.decisions.rights import EVERYTHING, Rights
from orderwright.objects.address import address_fields
from orderwright.objects.custom_fields import Schema
from orderwright.objects.definition import Definition, Field
from orderwright.soql.errors import InvalidType, UnknownField, nearest

ALIASES = {"orderitemadjustmentlinesummaries": "orderitemadjustmentlineitemsummaries"}
"""Names that clients were seen to use for a relationship of another name (data-model.yaml surprises, observed)."""

UNLIMITED = Rights(EVERYTHING)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How names are understood: the objects of this installation, the API version, and the rights of the caller."""

    schema: Schema
    version: int
    all_rows: bool = False
    """Whether deleted records are found too."""
    rights: Rights = UNLIMITED


class Names:
    """The names one query uses. Everything it asks for is remembered: a plan serves only who may read all of it."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.reads: set[tuple[str, str | None]] = set()

    def may_read(self, object_: str, field: str | None = None) -> bool:
        """Whether records of an object, or one field of them, may be read: asked of what may be left out."""
        self.reads.add((object_, field))
        return self._dialect.rights.may_read(object_, field)

    def need(self, object_: str, field: str | None = None) -> None:
        """Raise MissingRight unless records of an object, or one field of them, may be read."""
        if not self.may_read(object_, field):
            self._dialect.rights.refuse_without(f"Read {object_}" if field is None else f"Read {object_}.{field}")

    @property
    def all_rows(self) -> bool:
        return self._dialect.all_rows

    @property
    def version(self) -> int:
        return self._dialect.version

    def object(self, name: str, at: int) -> Definition:
        """The object called `name`. Raises InvalidType or MissingRight."""
        found = self._dialect.schema.by_lower_name.get(name.lower())
        if found is None or not self._exists(found):
            known = [d.name for d in self._dialect.schema.by_lower_name.values() if self._shown(d)]
            raise InvalidType(
                f"sObject type '{name}' is not supported{nearest(name, known)}; GET /sobjects lists all", at
            )
        self.need(found.name)
        return found

    def known(self, name: str) -> Definition | None:
        """The object that a reference leads to, whether it may be read or not; None when there is none."""
        found = self._dialect.schema.by_name.get(name)
        return found if found is not None and self._exists(found) else None

    def _exists(self, definition: Definition) -> bool:
        about = definition.about
        return not about.internal and about.since <= self.version and "query" in about.calls

    def _shown(self, definition: Definition) -> bool:
        return self._exists(definition) and self._dialect.rights.may_read(definition.name)

    def field(self, definition: Definition, name: str, at: int) -> Field:
        """The field of an object called `name`. Raises UnknownField or MissingRight."""
        found = definition.by_wire_name.get(name.lower())
        if found is None or found.since > self.version:
            raise self.no_field(definition, name, at)
        self.need(definition.name, found.wire_name)
        return found

    def no_field(self, definition: Definition, name: str, at: int) -> UnknownField:
        """What is said about a field that there is not."""
        known = [f.wire_name for f in self.fields(definition)] + [f"{a}Address" for a in definition.about.addresses]
        hint = nearest(name, known) or f"; GET /sobjects/{definition.name}/describe lists all"
        return UnknownField(f"No such column '{name}' on entity '{definition.name}'{hint}", at)

    def fields(self, definition: Definition) -> list[Field]:
        """All fields of an object that this version has and the caller may read, Id first."""
        shown = [
            field
            for field in definition.by_wire_name.values()
            if field.since <= self.version and self._dialect.rights.may_read(definition.name, field.wire_name)
        ]
        return sorted(shown, key=lambda field: field.name != "id")

    def reads_address(self, definition: Definition, prefix: str) -> bool:
        """Whether the caller may read a compound address: every part of it."""
        return all(self.may_read(definition.name, field.wire_name) for field in address_fields(definition, prefix))

    def need_address(self, definition: Definition, prefix: str) -> None:
        """Raise MissingRight unless the caller may read a compound address."""
        for field in address_fields(definition, prefix):
            self.need(definition.name, field.wire_name)

    def relationship(self, definition: Definition, name: str, at: int) -> Field:
        """The reference of an object that is followed as `name`. Raises UnknownField or MissingRight."""
        found = _parents(definition).get(name.lower())
        if found is None or found.since > self.version:
            known = [f.relationship or "" for f in _parents(definition).values() if f.since <= self.version]
            raise UnknownField(
                f"Didn't understand relationship '{name}' in field path on entity '{definition.name}'"
                f"{nearest(name, known)}",
                at,
            )
        self.need(definition.name, found.wire_name)
        return found

    def children(self, parent: Definition, name: str, at: int) -> tuple[Definition, Field]:
        """The child object, and its reference to `parent`, of a relationship called `name`.

        Raises InvalidType or MissingRight.
        """
        wanted = name.lower()
        wanted = ALIASES.get(wanted, wanted)
        for child, field in _children(self._dialect.schema, parent.name):
            if child_name(field).lower() == wanted and self._exists(child) and field.since <= self.version:
                self.need(child.name)
                self.need(child.name, field.wire_name)
                return child, field
        known = [child_name(field) for child, field in _children(self._dialect.schema, parent.name)]
        raise InvalidType(
            f"Didn't understand relationship '{name}' in FROM part of query call on entity '{parent.name}'"
            f"{nearest(name, known)}",
            at,
        )


def child_name(field: Field) -> str:
    """The name by which the referenced object lists the records; that of a custom field ends with `__r`."""
    name = field.children or ""
    return name if field.custom is None or name.endswith("__r") else f"{name}__r"


@functools.cache
def _parents(definition: Definition) -> Mapping[str, Field]:
    return {f.relationship.lower(): f for f in definition.by_wire_name.values() if f.relationship is not None}


@functools.cache
def _children(schema: Schema, parent: str) -> tuple[tuple[Definition, Field], ...]:
    return tuple(_references(schema, parent))


def _references(schema: Schema, parent: str) -> Iterator[tuple[Definition, Field]]:
    for child in schema.by_name.values():
        for field in child.by_wire_name.values():
            if field.type == "reference" and field.children and parent in field.to:
                yield child, field
