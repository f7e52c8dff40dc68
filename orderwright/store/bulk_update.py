"""Changes and deletions of many records in one statement each, for records that stand alone (`bulk_insert.py`).

The rows are locked first, in the order of shards and ids, and looked at by a second statement, which sees them as they
are once locked (decisions.md S7).
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence

from orderwright.decisions.delete_record import KEEPS_ACTIVE, may_delete
from orderwright.decisions.write_record import may_update
from orderwright.objects.custom_fields import Schema
from orderwright.objects.definition import Definition, Field, Id, sql_type
from orderwright.store.bulk_checks import check_of, given
from orderwright.store.bulk_insert import ALONE, DERIVED, Row
from orderwright.store.bulk_stage import stage, staged
from orderwright.store.database import Session
from orderwright.store.keys import unique_fields
from orderwright.store.referring import links_to

_LOCK = """
SELECT count(*) FROM (
    SELECT FROM pg_temp."{staged}" s JOIN "{table}" t ON t.shard = query.id_shard(s.id) AND t.id = s.id
    WHERE NOT t.is_deleted ORDER BY t.shard, t.id FOR UPDATE OF t
) q
"""
_MOVED_ON = "last_modified_date = $1::timestamptz, last_modified_by_id = $2::text, system_modstamp = $1"


def can_update(definition: Definition) -> bool:
    """Whether changes of records can be written so at all."""
    return definition.name in ALONE and "update" in definition.about.calls


def can_delete(definition: Definition) -> bool:
    """Whether deletions can be written so at all."""
    return (
        definition.name in ALONE
        and may_delete(definition)
        and definition.name not in KEEPS_ACTIVE
        and not unique_fields(definition)
    )


async def update_rows(
    session: Session,
    definition: Definition,
    names: tuple[str, ...],
    rows: Iterable[Row],
    user_id: Id,
    now: dt.datetime,
) -> list[int]:
    """Change the records of rows that are surely good; returns their numbers. No record is named by two rows.

    A row is its number, the id of its record, and a text for each of `names`: None leaves alone, empty sets to null.
    """
    table = await stage(session, rows, len(names))
    await session.fetchval(_LOCK.format(staged=table, table=definition.table))
    found: list[int] | None = await session.fetchval(_update(definition, names), now, user_id)
    return found or []


async def delete_rows(
    session: Session, schema: Schema, definition: Definition, rows: Sequence[Row], user_id: Id, now: dt.datetime
) -> list[int]:
    """Delete the records of rows (number, id) that nothing refers to; returns the numbers."""
    table = await stage(session, rows, 0)
    await session.fetchval(_LOCK.format(staged=table, table=definition.table))
    found: list[int] | None = await session.fetchval(_delete(schema, definition), now, user_id)
    return found or []


@functools.lru_cache(256)
def _update(definition: Definition, names: tuple[str, ...]) -> str:
    every = {name: f"s.c{place}" for place, name in enumerate(names)}
    columns = {name: column for name, column in every.items() if may_update(definition, definition.field(name))}
    after = _after(definition, columns)
    conditions = [
        *(f"({column} IS NULL OR {_good(definition.field(name), column)})" for name, column in columns.items()),
        *(f"{every[name]} IS NULL" for name in every.keys() - columns.keys()),
    ]
    staged_columns = "".join(f", s.c{place}" for place in range(len(names)))
    before_and_after = " OR ".join(f't."{name}" IS DISTINCT FROM {value}' for name, value in after.items()) or "FALSE"
    changes = "".join(f'"{name}" = {value}, ' for name, value in after.items())
    return (
        f"WITH ok AS MATERIALIZED (SELECT s.number, t.shard, t.id{staged_columns} "
        f'FROM pg_temp."{staged(len(names))}" s '
        f'JOIN "{definition.table}" t ON t.shard = query.id_shard(s.id) AND t.id = s.id '
        f"WHERE NOT t.is_deleted{''.join(f' AND {c}' for c in conditions)}), "
        f'changed AS (UPDATE "{definition.table}" t SET {changes}{_MOVED_ON} FROM ok s '
        f"WHERE t.shard = s.shard AND t.id = s.id AND ({before_and_after})) "
        "SELECT array_agg(number) FROM ok"
    )


def _good(field: Field, column: str) -> str:
    """Whether a text surely can become the value of the field: the currency of a record never changes, and unique
    values are held and given back one by one."""
    if field.name == "currency_iso_code" or field.unique:
        return f"{column} = {_as_text(field)}"
    good = check_of(field, column).condition
    return f"{column} = '' OR {good}" if field.nillable else f"({column} <> '' AND {good})"


def _as_text(field: Field) -> str:
    return f"(t.\"custom\" ->> '{field.name}')" if field.custom is not None else f't."{field.name}"::text'


def _after(definition: Definition, columns: Mapping[str, str]) -> dict[str, str]:
    """What the columns of the table become."""
    after = {
        name: f'CASE WHEN {column} IS NULL THEN t."{name}" ELSE {given(definition.field(name), column)} END'
        for name, column in columns.items()
        if name in definition.stored
    }
    customs = {name: column for name, column in columns.items() if name in definition.customs}
    if customs:
        after["custom"] = _custom(definition, customs)
    if definition.name in DERIVED:
        after |= _derived(definition, columns, after)
    return after


def _custom(definition: Definition, columns: Mapping[str, str]) -> str:
    pairs = []
    for name, column in columns.items():
        value = f"nullif({column}, '')"
        if sql_type(definition.customs[name].type) == "boolean":
            value = f"{value}::boolean"
        pairs.append(f"WHEN {column} IS NULL THEN '{{}}'::jsonb ELSE jsonb_build_object('{name}', {value})")
    parts = " || ".join(f"(CASE {pair} END)" for pair in pairs)
    return f'jsonb_strip_nulls(t."custom" || {parts})'


def _derived(definition: Definition, columns: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """The name of a contact, and of a person account, follows from its parts; an account may be given one instead."""
    first, last = (after.get(name, f't."{name}"') for name in ("first_name", "last_name"))
    full = f"concat_ws(' ', {first}, {last})"
    if definition.name == "Contact":
        return {"name": full}
    named = f"coalesce({columns['name']}, '') <> ''" if "name" in columns else "FALSE"
    return {"name": f"CASE WHEN {named} THEN {after.get('name', 'NULL')} WHEN {last} IS NOT NULL THEN {full} "
            f'ELSE t."name" END'}  # fmt: skip


@functools.lru_cache(256)
def _delete(schema: Schema, definition: Definition) -> str:
    free = "".join(
        f' AND NOT EXISTS (SELECT FROM "{child.table}" x WHERE {child.expression(link.name, "x")} = s.id '
        "AND NOT x.is_deleted)"
        for child, link in links_to(schema, definition.name)
    )
    return (
        f'WITH ok AS MATERIALIZED (SELECT s.number, t.shard, t.id FROM pg_temp."{staged(0)}" s '
        f'JOIN "{definition.table}" t ON t.shard = query.id_shard(s.id) AND t.id = s.id WHERE NOT t.is_deleted{free}), '
        f'gone AS (UPDATE "{definition.table}" t SET is_deleted = TRUE, {_MOVED_ON} FROM ok s '
        "WHERE t.shard = s.shard AND t.id = s.id) SELECT array_agg(number) FROM ok"
    )
