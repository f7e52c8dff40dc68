"""New records of many rows in one statement: those that are surely good (`bulk_checks.py`) are written, and said.

What `decide_new_record` and `completed` in Python make of one row, this statement makes of all. Only for objects whose
records follow no rule beyond that: no parent, no sums, no numbers of their own.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from orderwright.decisions.write_record import WITH_CURRENCY, may_create
from orderwright.objects.definition import Definition, Field, Id, SObject
from orderwright.objects.expression import literal
from orderwright.store.bulk_checks import check_of, default_literal, given
from orderwright.store.bulk_stage import stage, staged
from orderwright.store.database import Session
from orderwright.store.keys import registry_name, unique_fields

ALONE = frozenset({
    "Account", "Contact", "Product2", "Pricebook2", "PricebookEntry", "OrderDeliveryMethod", "Location", "SalesChannel",
    "LocationGroup", "LocationGroupAssignment", "CardPaymentMethod", "DigitalWallet", "AlternativePaymentMethod",
    "PaymentGateway", "PaymentGatewayProvider",
})  # fmt: skip
"""Objects whose records stand alone: each is checked by itself, and nothing else is counted or told."""

SYSTEM = frozenset(SObject.__struct_fields__)
DERIVED = frozenset({"Account", "Contact"})
MOST_PAIRS = 45
"""PostgreSQL's functions take at most a hundred arguments."""

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Making:
    """Who makes new records, when, where, and in which currency when they do not say."""

    user_id: Id
    now: dt.datetime
    shard: int
    currency: str


def can_insert(definition: Definition, names: Collection[str]) -> bool:
    """Whether new records with values for the fields `names` can be written so at all."""
    if definition.name not in ALONE or any(f.autonumber for f in definition.stored.values()):
        return False
    return all(name in names or name == "name" for name in _needed(definition))


def _needed(definition: Definition) -> Iterator[str]:
    for field in (*definition.stored.values(), *definition.customs.values()):
        follows = field.name == "name" and definition.name in DERIVED
        if not field.nillable and not field.has_default and field.name not in SYSTEM and not follows:
            yield field.name


def keyed(definition: Definition, names: Sequence[str]) -> tuple[Field, ...]:
    """The unique fields among `names`."""
    return tuple(field for field in unique_fields(definition) if field.name in names)


async def insert_rows(
    session: Session, definition: Definition, names: tuple[str, ...], rows: Iterable[Row], making: Making
) -> list[int]:
    """Write the rows that are surely good; returns their numbers.

    A row is its number, its new id, a text (None for none) for each of `names`, and key and shard of each unique value.
    """
    await stage(session, rows, len(names), len(keyed(definition, names)))
    statement = _statement(definition, names, making.currency)
    found: list[int] | None = await session.fetchval(statement, making.shard, making.now, making.user_id)
    return found or []


@functools.lru_cache(256)
def _statement(definition: Definition, names: tuple[str, ...], currency: str) -> str:
    every = {name: f"s.c{place}" for place, name in enumerate(names)}
    columns = {name: column for name, column in every.items() if may_create(definition, definition.field(name))}
    keys = keyed(definition, names)
    values = _values(definition, columns, currency)
    claims = "".join(_claim(definition, field, place) for place, field in enumerate(keys))
    conditions = [
        *_conditions(definition, columns),
        *(_is_free(definition, field, place) for place, field in enumerate(keys)),
        *(f"{every[name]} IS NULL" for name in every.keys() - columns.keys()),
    ]
    return (
        f'WITH ok AS MATERIALIZED (SELECT * FROM pg_temp."{staged(len(names), len(keys))}" s '
        f"WHERE {' AND '.join(conditions)}), "
        f'made AS (INSERT INTO "{definition.table}" ({", ".join(_quoted(name) for name in values)}) '
        f"SELECT {', '.join(values.values())} FROM ok s){claims} SELECT array_agg(number) FROM ok"
    )


def _quoted(name: str) -> str:
    return f'"{name}"'


def _conditions(definition: Definition, columns: Mapping[str, str]) -> Iterator[str]:
    needed = set(_needed(definition))
    for name, column in columns.items():
        good = check_of(definition.field(name), column).condition
        yield f"({column} <> '' AND {good})" if name in needed else f"({column} IS NULL OR {column} = '' OR {good})"
    if definition.name == "Account":
        yield f"({_has(columns, 'name')} OR {_has(columns, 'last_name')})"


def _has(columns: Mapping[str, str], name: str) -> str:
    return f"coalesce({columns[name]}, '') <> ''" if name in columns else "FALSE"


def _is_free(definition: Definition, field: Field, place: int) -> str:
    name = literal(registry_name(definition, field))
    return (
        f"(s.k{place} IS NULL OR NOT EXISTS (SELECT FROM unique_value u WHERE u.shard = s.h{place} "
        f"AND u.field = {name} AND u.value = s.k{place}))"
    )


def _claim(definition: Definition, field: Field, place: int) -> str:
    name = literal(registry_name(definition, field))
    return (
        f", claim{place} AS (INSERT INTO unique_value (shard, field, value, record_id, confirmed, claimed_at) "
        f"SELECT h{place}, {name}, k{place}, id, TRUE, $2 FROM ok WHERE k{place} IS NOT NULL)"
    )


def _values(definition: Definition, columns: Mapping[str, str], currency: str) -> dict[str, str]:
    """The SQL of each column of the table that gets a value."""
    values = {
        "shard": "$1::smallint", "id": "s.id", "is_deleted": "FALSE", "created_date": "$2::timestamptz",
        "created_by_id": "$3::text", "last_modified_date": "$2", "last_modified_by_id": "$3", "system_modstamp": "$2",
        "custom": _customs(definition, columns),
    }  # fmt: skip
    for info in msgspec.structs.fields(definition.record):
        if info.name in SYSTEM:
            continue
        default = None if info.default is msgspec.NODEFAULT else info.default
        value = _value(definition.stored[info.name], columns.get(info.name), default)
        if value is not None:
            values[info.name] = value
    if definition.about.has_owner:
        values["owner_id"] = f"coalesce({values.get('owner_id', 'NULL')}, $3)"
    if definition.name in WITH_CURRENCY:
        values["currency_iso_code"] = f"coalesce({values.get('currency_iso_code', 'NULL')}, {literal(currency)})"
    return values | _derived(definition, columns, values)


def _value(field: Field, column: str | None, default: object) -> str | None:
    if column is None:
        return None if default is None else default_literal(default)
    return given(field, column) if default is None else f"coalesce({given(field, column)}, {default_literal(default)})"


def _derived(definition: Definition, columns: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    if definition.name not in DERIVED:
        return {}
    full = f"concat_ws(' ', {values.get('first_name', 'NULL')}, {values.get('last_name', 'NULL')})"
    if definition.name == "Contact":
        return {"name": full}
    has_name, has_last = _has(columns, "name"), _has(columns, "last_name")
    return {
        "name": f"CASE WHEN {has_name} THEN {values.get('name', 'NULL')} ELSE {full} END",
        "is_person_account": f"(NOT {has_name} AND {has_last})",
    }


def _customs(definition: Definition, columns: Mapping[str, str]) -> str:
    pairs = [
        f"'{name}', {custom}"
        for name, field in definition.customs.items()
        if (custom := _custom(field, columns.get(name))) is not None
    ]
    if not pairs:
        return "'{}'::jsonb"
    parts = [", ".join(pairs[start : start + MOST_PAIRS]) for start in range(0, len(pairs), MOST_PAIRS)]
    return f"jsonb_strip_nulls({' || '.join(f'jsonb_build_object({part})' for part in parts)})"


def _custom(field: Field, column: str | None) -> str | None:
    """The value of a custom field as `custom` keeps it: numbers and moments as the texts they came as."""
    default = field.custom.default if field.custom is not None else None
    if column is None:
        return None if default is None else literal(default)
    value = f"nullif({column}, '')" + ("::boolean" if field.type == "boolean" else "")
    return value if default is None else f"coalesce({value}, {literal(default)})"
