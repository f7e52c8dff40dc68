"""How an object is declared, once: the frozen record class *is* the definition (decisions.md S1).

A stored field is an annotated attribute, `total_line_amount: Annotated[Decimal, currency()]`; a field computed
from the same record is a `formula`; one computed from child records is a stored field with a `RollUp`.
Table, JSON names, describe, and what a caller may create or update are all read from here.

Names follow one rule: `TotalLineAmount` in Salesforce is `total_line_amount` in Python and in SQL.
Fields with `internal=True` are ours: stored, never shown or accepted by the API. Conditions inside annotations are
named functions of `rules.py`, never lambdas: `typing` evaluates annotations with the class body as globals.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, overload

import msgspec

from orderwright.objects.expression import Rule, Sql

Id = str
"""A record id: 15 case-sensitive characters inside the system, 18 on the wire (decisions.md W8, S3)."""

FieldType = Literal[
    "id", "boolean", "string", "textarea", "email", "phone", "url", "encryptedstring", "picklist", "reference",
    "currency", "double", "percent", "int", "date", "dateTime", "time", "address", "json", "multipicklist",
]  # fmt: skip

SQL_TYPES: Mapping[FieldType, str] = {
    "boolean": "boolean",
    "currency": "numeric",
    "double": "numeric",
    "percent": "numeric",
    "int": "integer",
    "date": "date",
    "dateTime": "timestamp(3) with time zone",
    "time": "time without time zone",
    "json": "jsonb",
}


def sql_type(type_: FieldType) -> str:
    """The PostgreSQL type that stores `type_`, as the catalogue spells it."""
    return SQL_TYPES.get(type_, "text")


def to_wire_name(name: str) -> str:
    """`quantity_available_to_cancel` -> `QuantityAvailableToCancel`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def to_record_name(wire_name: str) -> str:
    """`QuantityAvailableToCancel` -> `quantity_available_to_cancel`; the way back of `to_wire_name`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", wire_name).lower()


@dataclass(frozen=True, slots=True)
class RollUp:
    """A field computed over child records: the sum (or count) of `of` over those that match `where`.

    `child` is the object's name, `by` the child's field that points at the parent, `of` a field or formula of it.
    """

    child: str
    by: str
    of: str
    where: Rule | None = None
    how: Literal["sum", "count_distinct"] = "sum"


@dataclass(frozen=True, slots=True)
class CustomField:
    """What only a custom field (`…__c`) has; its value is kept in the record's `custom`, by its name."""

    label: str
    precision: int = 0
    """Digits in all, of a number."""
    external_id: bool = False
    case_sensitive: bool = False
    default: Any = None
    """The value of a new record that comes without one."""
    help: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """What the definition says about one field beyond its Python type."""

    type: FieldType
    name: str = ""
    create: bool = False
    update: bool = False
    nillable: bool = True
    has_default: bool = False
    length: int | None = None
    scale: int | None = None
    values: tuple[str, ...] = ()
    restricted: bool = False
    to: tuple[str, ...] = ()
    children: str | None = None
    """The relationship name by which the referenced object lists these records; irregular, so declared."""
    cascade: bool = False
    since: int = 48
    """First API version (major) that knows the field."""
    autonumber: str | None = None
    """Format of a system-made number, as `FO-{0000}`."""
    idlookup: bool = False
    unmanaged_edit: bool = False
    internal: bool = False
    rule: Rule | None = None
    rollup: RollUp | None = None
    unique: bool = False
    custom: CustomField | None = None
    """What an installation declared of a field of its own; None for a standard field."""

    @property
    def wire_name(self) -> str:
        """Its Salesforce name; that of a custom field follows no rule and is kept as it was declared."""
        return self.name if self.custom is not None else to_wire_name(self.name)

    @property
    def required(self) -> bool:
        """Must be given on create."""
        return self.create and not self.nillable and not self.has_default

    @property
    def relationship(self) -> str | None:
        """The parent relationship's name: the field's name without Id; with `__r` for a custom field."""
        if self.type != "reference":
            return None
        if self.custom is not None:
            return f"{self.name.removesuffix('__c')}__r"
        return self.wire_name.removesuffix("Id")


def text(type_: FieldType = "string", **about: Any) -> Field:
    """A text field; `length` in characters."""
    return Field(type_, **about)


def picklist(*values: str, **about: Any) -> Field:
    """A picklist; `restricted` ones accept only `values`."""
    return Field("picklist", values=values, **about)


def reference(*to: str, **about: Any) -> Field:
    """A link to a record of one of the objects `to`."""
    return Field("reference", to=to, **about)


def currency(**about: Any) -> Field:
    """An amount in the record's currency; stored exactly, at that currency's scale."""
    return Field("currency", **about)


def number(**about: Any) -> Field:
    """A decimal number that is not money (a quantity, a factor); `scale` in decimals."""
    return Field("double", **about)


def percent(**about: Any) -> Field:
    """A percentage: 8.25 means 8.25 %."""
    return Field("percent", **about)


def whole(**about: Any) -> Field:
    """An integer."""
    return Field("int", **about)


def boolean(**about: Any) -> Field:
    """True or false."""
    return Field("boolean", **about)


def day(**about: Any) -> Field:
    """A calendar date."""
    return Field("date", **about)


def moment(**about: Any) -> Field:
    """A point in time, UTC, to the millisecond."""
    return Field("dateTime", **about)


def time_of_day(**about: Any) -> Field:
    """A time without a date."""
    return Field("time", **about)


T = TypeVar("T")


class Formula(Generic[T]):
    """A field computed from other fields of the same record; never stored."""

    __slots__ = ("field", "rule")

    def __init__(self, rule: Callable[[Any], T], about: Field) -> None:
        self.rule = rule
        self.field = replace(about, rule=rule)

    def __set_name__(self, owner: type, name: str) -> None:
        self.field = replace(self.field, name=name)

    @overload
    def __get__(self, record: None, owner: type) -> Formula[T]: ...
    @overload
    def __get__(self, record: object, owner: type) -> T: ...
    def __get__(self, record: object | None, owner: type) -> Formula[T] | T:
        return self if record is None else self.rule(record)


def amount_formula(rule: Rule, **about: Any) -> Formula[Decimal]:
    """A formula whose value is money in the record's currency."""
    return Formula(rule, currency(**about))


def quantity_formula(rule: Rule, **about: Any) -> Formula[Decimal]:
    """A formula whose value is a whole quantity."""
    return Formula(rule, number(scale=0, **about))


@dataclass(frozen=True, slots=True)
class About:
    """What the definition says about an object as a whole."""

    label: str
    key_prefix: str
    name_field: str = "Name"
    plural: str = ""
    calls: frozenset[str] = frozenset()
    """Of create, update, delete, query, retrieve: what the API allows."""
    has_owner: bool = False
    since: int = 48
    addresses: tuple[str, ...] = ()
    """Prefixes of compound addresses, as `Billing`: read-only objects built from the parts."""
    internal: bool = False
    """Ours, not part of the API."""
    root: str | None = None
    """The field that leads to the record whose shard this one inherits; none: a shard of its own."""


class SObject(msgspec.Struct, frozen=True, kw_only=True):
    """What every record has. No behaviour: a Struct cannot mix fields in any other way."""

    ABOUT: ClassVar[About]

    id: Annotated[Id, Field("id")]
    shard: Annotated[int, Field("int", internal=True)] = 0
    is_deleted: Annotated[bool, boolean()] = False
    created_date: Annotated[dt.datetime | None, moment()] = None
    created_by_id: Annotated[Id | None, reference("User")] = None
    last_modified_date: Annotated[dt.datetime | None, moment()] = None
    last_modified_by_id: Annotated[Id | None, reference("User")] = None
    system_modstamp: Annotated[dt.datetime | None, moment()] = None
    custom: Annotated[dict[str, Any], Field("json", internal=True)] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)  # one per object: compared and hashed by identity
class Definition:
    """Everything known of one object, read from its record class."""

    record: type[SObject]
    name: str
    table: str
    about: About
    stored: Mapping[str, Field]
    """By record name, in declaration order."""
    computed: Mapping[str, Field]
    rollups: Mapping[str, RollUp] = field(default_factory=dict)
    """By the name of the field that holds the total."""
    by_wire_name: Mapping[str, Field] = field(default_factory=dict)
    """Public fields, stored, computed and custom, by Salesforce name in lower case: the API ignores case in names."""
    customs: Mapping[str, Field] = field(default_factory=dict)
    """The custom fields of this installation, by their names; empty in the definitions of `registry.py`."""

    def field(self, name: str) -> Field:
        """The field called `name` in Python; KeyError when there is none."""
        return self.stored.get(name) or self.customs.get(name) or self.computed[name]

    def expression(self, name: str, alias: str = "t") -> str:
        """The SQL expression of the field `name` over table alias `alias`; formulas are expanded."""
        known = self.field(name)
        if known.custom is not None:
            return custom_expression(known, alias)
        if known.rule is None:
            return f'{alias}."{name}"'
        return _sql_of(known.rule, self, alias)

    def condition(self, rule: Rule, alias: str = "t") -> str:
        """The SQL expression of a rule over this object's fields."""
        return _sql_of(rule, self, alias)


def custom_expression(known: Field, alias: str) -> str:
    """The SQL expression of a custom field, of the type that its values have in a column of their own.

    A checkbox is never null: a record that is older than the field reads as false. Names of custom fields have only
    letters, digits and underscores (`custom_fields.py` checks), so they can stand in a statement.
    """
    text = f"({alias}.\"custom\" ->> '{known.name}')"
    kind = sql_type(known.type)
    if kind == "text":
        return text
    return f"coalesce({text}::boolean, FALSE)" if kind == "boolean" else f"{text}::{kind}"


class _Columns:
    """Stands in for a record when a rule is rendered: each attribute is that field's SQL."""

    def __init__(self, definition: Definition, alias: str) -> None:
        self._definition = definition
        self._alias = alias

    def __getattr__(self, name: str) -> Sql:
        return Sql(self._definition.expression(name, self._alias))


def _sql_of(rule: Rule, definition: Definition, alias: str) -> str:
    result = rule(_Columns(definition, alias))
    return result.text if isinstance(result, Sql) else str(result)


@functools.cache
def define(record: type[SObject]) -> Definition:
    """The definition of a record class."""
    hints = typing.get_type_hints(record, include_extras=True)
    defaults = {f.name: f for f in msgspec.structs.fields(record)}
    stored = {name: _stored_field(name, hints[name], defaults[name]) for name in record.__struct_fields__}
    computed = {
        name: attribute.field
        for owner in reversed(record.__mro__)
        for name, attribute in vars(owner).items()
        if isinstance(attribute, Formula)
    }
    public = [f for f in [*stored.values(), *computed.values()] if not f.internal]
    return Definition(
        record=record,
        name=record.__name__,
        table=to_record_name(record.__name__),
        about=record.ABOUT,
        stored=stored,
        computed=computed,
        rollups={name: f.rollup for name, f in stored.items() if f.rollup is not None},
        by_wire_name={f.wire_name.lower(): f for f in public},
    )


def _stored_field(name: str, hint: Any, info: msgspec.structs.FieldInfo) -> Field:
    about = next(a for a in typing.get_args(hint)[1:] if isinstance(a, Field))
    nillable = type(None) in typing.get_args(typing.get_args(hint)[0])
    has_default = not nillable and (
        info.default is not msgspec.NODEFAULT or info.default_factory is not msgspec.NODEFAULT
    )
    return replace(about, name=name, nillable=nillable, has_default=has_default)


Record = TypeVar("Record", bound=SObject)


def rolled_up(record: Record, children: Mapping[str, Sequence[SObject]]) -> Record:
    """`record` with every roll-up computed over `children`, lists of child records by object name.

    Objects missing from `children` are left as they are. Returns the same object when nothing changes.
    """
    changes = {}
    for name, rollup in define(type(record)).rollups.items():
        if rollup.child not in children:
            continue
        value = _roll(rollup, record.id, children[rollup.child])
        if getattr(record, name) != value:
            changes[name] = value
    return msgspec.structs.replace(record, **changes) if changes else record


def _roll(rollup: RollUp, parent: Id, children: Sequence[SObject]) -> Decimal | int:
    if not children:
        return 0 if rollup.how == "count_distinct" else Decimal(0)
    where, of, by = rollup.where, rollup.of, rollup.by
    values = [
        getattr(child, of) for child in children if getattr(child, by) == parent and (where is None or where(child))
    ]
    if rollup.how == "count_distinct":
        # As SQL counts: a child without a value is not one more kind.
        return len({value for value in values if value is not None})
    return sum(values, Decimal(0))
