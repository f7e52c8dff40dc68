"""Custom fields (`…__c`): what an installation declares beside the standard fields of an object (decisions.md S16).

They are declared in a file under the names that the platform's metadata uses, become a `Field` like any other, and
stand in a `Definition` of the object beside the standard fields. A `Schema` has all definitions of one installation:
whoever reads, writes, describes or queries fields takes the definition from there, and needs no case of its own for
custom ones.

A record keeps their values in `custom`, as JSON can hold them exactly: numbers and moments as text, never as a float.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from orderwright.objects.definition import CustomField, Definition, Field, FieldType, Id, SObject
from orderwright.objects.registry import BY_NAME

NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c", re.ASCII)
LONGEST_NAME = 43
"""Forty characters and `__c`, as on the platform."""

MOST_DIGITS = 18
LONGEST_TEXT = 255
LONGEST_LONG_TEXT = 131_072
LONGEST_VALUE = 255


class InvalidCustomFields(ValueError):
    """Says, in words for people, what in a declaration of custom fields is wrong."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of custom field: the field type it has, and which of the optional properties it takes."""

    type: FieldType
    takes: frozenset[str] = frozenset()
    length: int | None = None


def _kind(type_: FieldType, *takes: str, length: int | None = None) -> Kind:
    return Kind(type_, frozenset(takes), length)


KEYS = ("unique", "externalId", "caseSensitive")

KINDS: Mapping[str, Kind] = {
    "Text": _kind("string", "length", *KEYS, length=LONGEST_TEXT),
    "TextArea": _kind("textarea", length=LONGEST_TEXT),
    "LongTextArea": _kind("textarea", "length", length=32_768),
    "Number": _kind("double", "precision", "scale", "unique", "externalId"),
    "Currency": _kind("currency", "precision", "scale"),
    "Percent": _kind("percent", "precision", "scale"),
    "Checkbox": _kind("boolean"),
    "Date": _kind("date"),
    "DateTime": _kind("dateTime"),
    "Time": _kind("time"),
    "Picklist": _kind("picklist", "values", "restricted"),
    "MultiselectPicklist": _kind("multipicklist", "values", "restricted", length=4099),
    "Email": _kind("email", *KEYS, length=80),
    "Phone": _kind("phone", length=40),
    "Url": _kind("url", length=255),
    "Lookup": _kind("reference", "referenceTo", "relationshipName"),
}
"""The types by the names that the platform's metadata has for them."""

EVERYWHERE = frozenset({"type", "label", "required", "defaultValue", "inlineHelpText"})


@dataclass(frozen=True, eq=False)
class Schema:
    """All objects of one installation: the standard ones, with the custom fields that it declared."""

    by_name: Mapping[str, Definition]

    @functools.cached_property
    def by_lower_name(self) -> Mapping[str, Definition]:
        """The objects that a caller may name, by their names in lower case."""
        return {name.lower(): d for name, d in self.by_name.items() if not d.about.internal}

    @functools.cached_property
    def by_prefix(self) -> Mapping[str, Definition]:
        """The objects by the key prefix of their ids."""
        return {d.about.key_prefix: d for d in self.by_name.values()}

    def definition_of(self, record_id: Id) -> Definition | None:
        """The object that `record_id` belongs to, by its key prefix; None when no object has it."""
        return self.by_prefix.get(record_id[:3])

    def of(self, record: SObject) -> Definition:
        """The object of a record."""
        return self.by_name[type(record).__name__]


STANDARD_SCHEMA = Schema(BY_NAME)
"""The objects without any custom field."""


def schema_with(given: Mapping[str, Any]) -> Schema:
    """The objects with the custom fields that `given` declares, as `{object: {name__c: {"type": ..., ...}}}`.

    Raises InvalidCustomFields.
    """
    declared: dict[str, Definition] = {}
    for object_, fields in given.items():
        standard = BY_NAME.get(object_)
        if standard is None or standard.about.internal:
            raise InvalidCustomFields(f"there is no object {object_} that could have custom fields")
        if not isinstance(fields, Mapping):
            raise InvalidCustomFields(f"{object_} must be a table of fields, each with its properties")
        declared[object_] = _with_fields(standard, [_field(object_, name, about) for name, about in fields.items()])
    return Schema({**BY_NAME, **declared})


def _with_fields(standard: Definition, fields: list[Field]) -> Definition:
    names = [field.name.lower() for field in fields]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidCustomFields(f"{standard.name} has the field {twice[0]} twice, in upper or lower case")
    return replace(
        standard,
        customs={field.name: field for field in fields},
        by_wire_name={**standard.by_wire_name, **{field.name.lower(): field for field in fields}},
    )


def _field(object_: str, name: str, about: Any) -> Field:
    where = f"{object_}.{name}"
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise InvalidCustomFields(
            f"{where}: a name begins with a letter, has letters, digits and single underscores, at most 40 of them, "
            "and ends with __c"
        )
    if not isinstance(about, Mapping) or not isinstance(about.get("type"), str) or about["type"] not in KINDS:
        raise InvalidCustomFields(f"{where}: its type must be one of {', '.join(KINDS)}")
    kind = KINDS[about["type"]]
    unknown = about.keys() - EVERYWHERE - kind.takes
    if unknown:
        allowed = ", ".join(sorted(EVERYWHERE | kind.takes))
        raise InvalidCustomFields(f"{where}: a {about['type']} has no {min(unknown)}; it has {allowed}")
    given_ = _Given(where, about)
    field = _of_kind(kind, name, given_)
    custom = _custom(field, kind, given_)
    is_checkbox = field.type == "boolean"
    if given_.flag("required") and is_checkbox:
        raise InvalidCustomFields(f"{where}: a Checkbox is never empty, so it cannot be required")
    nillable = not is_checkbox and not given_.flag("required")
    return replace(field, custom=custom, nillable=nillable, has_default=custom.default is not None)


@dataclass(frozen=True, slots=True)
class _Given:
    """The properties of one declaration, checked as they are asked for."""

    where: str
    about: Mapping[str, Any]

    def flag(self, name: str) -> bool:
        found = self.about.get(name, False)
        if not isinstance(found, bool):
            raise InvalidCustomFields(f"{self.where}: {name} must be true or false")
        return found

    def number(self, name: str, otherwise: int, least: int, most: int) -> int:
        found = self.about.get(name, otherwise)
        if type(found) is not int or not least <= found <= most:
            raise InvalidCustomFields(f"{self.where}: {name} must be a whole number from {least} to {most}")
        return found

    def text(self, name: str, otherwise: str | None = None) -> str | None:
        found = self.about.get(name, otherwise)
        if found is not None and (not isinstance(found, str) or not found.strip()):
            raise InvalidCustomFields(f"{self.where}: {name} must be a text")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        found = self.about.get(name)
        if not isinstance(found, list) or not found or not all(isinstance(value, str) and value for value in found):
            raise InvalidCustomFields(f"{self.where}: {name} must be a list of texts, at least one")
        if len(set(found)) < len(found) or max(map(len, found)) > LONGEST_VALUE or any(";" in value for value in found):
            raise InvalidCustomFields(
                f"{self.where}: each of {name} must be there once, have no semicolon and at most 255 characters"
            )
        return tuple(found)


def _of_kind(kind: Kind, name: str, given: _Given) -> Field:
    field = Field(kind.type, name=name, create=True, update=True, length=kind.length)
    if "length" in kind.takes:
        most = LONGEST_TEXT if kind.type == "string" else LONGEST_LONG_TEXT
        field = replace(field, length=given.number("length", kind.length or most, 1, most))
    if "precision" in kind.takes:
        field = replace(field, scale=given.number("scale", 0 if kind.type == "double" else 2, 0, MOST_DIGITS - 1))
    if "values" in kind.takes:
        field = replace(field, values=given.texts("values"), restricted=given.flag("restricted"))
    if "referenceTo" in kind.takes:
        field = replace(field, to=_targets(given), children=_children(given))
    return replace(field, unique=given.flag("unique"), idlookup=given.flag("externalId"))


def _targets(given: _Given) -> tuple[str, ...]:
    named = given.about.get("referenceTo")
    targets = (named,) if isinstance(named, str) else given.texts("referenceTo")
    unknown = [target for target in targets if target not in BY_NAME or BY_NAME[target].about.internal]
    if unknown:
        raise InvalidCustomFields(f"{given.where}: there is no object {unknown[0]} to refer to")
    return targets


def _children(given: _Given) -> str | None:
    """The name by which the other object lists the records: callers write it with `__r`, as on the platform."""
    name = given.text("relationshipName")
    return name if name is None or name.endswith("__r") else f"{name}__r"


def _custom(field: Field, kind: Kind, given: _Given) -> CustomField:
    label = given.text("label", field.name.removesuffix("__c").replace("_", " "))
    precision = 0
    if "precision" in kind.takes:
        precision = given.number("precision", MOST_DIGITS, max(1, field.scale or 0), MOST_DIGITS)
    return CustomField(
        label=label or field.name,
        precision=precision,
        external_id=given.flag("externalId"),
        case_sensitive=given.flag("caseSensitive"),
        default=_default(field, given),
        help=given.text("inlineHelpText"),
    )


def _default(field: Field, given: _Given) -> Any:
    """The default as records keep it; what a caller may not write is no default either."""
    found = given.about.get("defaultValue")
    if field.type == "boolean":
        return given.flag("defaultValue")
    if found is None:
        return None
    if field.type in ("double", "currency", "percent") and type(found) in (int, str):
        return _default_number(found, given)
    if field.type not in ("string", "textarea", "picklist", "multipicklist", "email", "phone", "url"):
        raise InvalidCustomFields(f"{given.where}: a {given.about['type']} takes no defaultValue")
    text = given.text("defaultValue") or ""
    chosen = text.split(";") if field.type == "multipicklist" else [text]
    if field.restricted and not set(chosen) <= set(field.values):
        raise InvalidCustomFields(f"{given.where}: defaultValue '{text}' is none of its values")
    if field.length is not None and len(text) > field.length:
        raise InvalidCustomFields(f"{given.where}: defaultValue is longer than {field.length} characters")
    return text


def _default_number(found: int | str, given: _Given) -> str:
    if not re.fullmatch(r"-?\d+(\.\d+)?", str(found), re.ASCII):
        raise InvalidCustomFields(f"{given.where}: defaultValue must be a whole number, or a number as text")
    return str(found)


# --- values -----------------------------------------------------------------------------------------------------------

Convert = Callable[[Any], Any]


def moment_text(value: dt.datetime) -> str:
    """A point in time as records keep it: UTC, to the millisecond, so that texts sort as moments do."""
    return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def number_text(value: Decimal) -> str:
    """A number in plain notation, with the digits it has."""
    return f"{value:f}"


TO_KEPT: Mapping[str, Convert] = {
    "currency": number_text,
    "double": number_text,
    "percent": number_text,
    "date": dt.date.isoformat,
    "dateTime": moment_text,
    "time": dt.time.isoformat,
}
FROM_KEPT: Mapping[str, Convert] = {
    "currency": Decimal,
    "double": Decimal,
    "percent": Decimal,
    "date": dt.date.fromisoformat,
    "dateTime": dt.datetime.fromisoformat,
    "time": dt.time.fromisoformat,
}


def to_kept(field: Field, value: Any) -> Any:
    """The value of a custom field as `custom` keeps it."""
    convert = TO_KEPT.get(field.type)
    return value if value is None or convert is None else convert(value)


def value_of(record: SObject, field: Field) -> Any:
    """The value of any field, standard or custom, of a record, in its Python type; None for null."""
    if field.custom is None:
        return getattr(record, field.name)
    kept = record.custom.get(field.name)
    if kept is None:
        return False if field.type == "boolean" else None
    convert = FROM_KEPT.get(field.type)
    return kept if convert is None else convert(kept)


def with_values(kept: Mapping[str, Any], fields: Mapping[str, Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """`kept` (the `custom` of a record) with `values` of custom fields, by name; None takes one away."""
    changed = {**kept, **{name: to_kept(fields[name], value) for name, value in values.items()}}
    return {name: value for name, value in changed.items() if value is not None}


def with_defaults(definition: Definition, kept: Mapping[str, Any]) -> dict[str, Any]:
    """`kept` of a new record, with the defaults of the custom fields that it has no value for."""
    defaults = {f.name: f.custom.default for f in definition.customs.values() if f.custom is not None}
    return {name: value for name, value in {**defaults, **kept}.items() if value is not None}


# --- from an order to its summary -------------------------------------------------------------------------------------

NEVER_CARRIED = frozenset({"date", "time"})
"""Types that are not copied from an order to its summary: the manual names all others, and leaves out Date."""


def carried(schema: Schema, source: SObject, target: str) -> dict[str, Any]:
    """What a new `target` record takes over of the custom fields of `source`: those of the same name and type.

    Source: semantics.md#2.8 (documented).
    """
    if not source.custom:
        return {}
    return {name: source.custom[name] for name in _same(schema, type(source).__name__, target, source.custom)}


def _same(schema: Schema, source: str, target: str, kept: Mapping[str, Any]) -> Iterator[str]:
    ours, theirs = schema.by_name[source].customs, schema.by_name[target].customs
    for name in kept:
        ours_, theirs_ = ours.get(name), theirs.get(name)
        if ours_ is not None and theirs_ is not None and _alike(ours_, theirs_):
            yield name


def _alike(ours: Field, theirs: Field) -> bool:
    return ours.type == theirs.type and ours.to == theirs.to and ours.type not in NEVER_CARRIED
