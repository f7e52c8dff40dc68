"""Records by a value of one of their fields: unique values are held for a record, others are searched.

A unique value has a row in the registry (decisions.md S6), in a shard that the value chooses, so that all who want it
meet there. The row is written in the transaction of the record itself: within one database that is atomic, and leaves
nothing behind when the record is refused (docs/why/custom-fields.md). A value that may stand on several records, or in
a standard field without a registry, is searched in the table of its object.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.decisions.errors import DuplicateValue
from orderwright.objects.custom_fields import Schema, value_of
from orderwright.objects.definition import Definition, Field, Id, SObject, sql_type
from orderwright.objects.identity import to_18
from orderwright.store.database import Session
from orderwright.store.unique import CLAIM_SECONDS, HOLDER, shard_of_value

MOST_FOUND = 200
"""How many records of the same value are told apart; a look-up that finds more than one is refused anyway."""

FREE = "DELETE FROM unique_value WHERE shard = $1 AND field = $2 AND value = $3 AND record_id = $4"
FORGET_CLAIM = """
DELETE FROM unique_value
WHERE shard = $1 AND field = $2 AND value = $3 AND NOT confirmed AND claimed_at < $4::timestamptz - $5::interval
"""
HOLD = """
INSERT INTO unique_value (shard, field, value, record_id, confirmed, claimed_at) VALUES ($1, $2, $3, $4, true, $5)
"""
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


def registry_name(definition: Definition, field: Field) -> str:
    """The name under which values of a field are registered."""
    return f"{definition.name}.{field.wire_name}"


def key_text(field: Field, value: Any) -> str:
    """The text under which a value is registered: equal values have equal texts, whatever their case or digits."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    text = str(value)
    return text.lower() if ignores_case(field) else text


def ignores_case(field: Field) -> bool:
    """Whether two texts of the field are the same when only their letter case differs.

    So unless it is declared otherwise, and but for the standard unique fields, which are case-sensitive (documented).
    """
    return not field.unique if field.custom is None else not field.custom.case_sensitive


@functools.cache
def unique_fields(definition: Definition) -> tuple[Field, ...]:
    """The fields of which no two records have the same value."""
    return tuple(f for f in (*definition.stored.values(), *definition.customs.values()) if f.unique and not f.internal)


async def refuse_taken(
    session: Session, definition: Definition, record: SObject, before: SObject | None, now: dt.datetime
) -> None:
    """Raise DuplicateValue when another record holds a unique value that `record` has, and `before` had not."""
    await _refuse_taken(session, definition, unique_fields(definition), record, before, now)


async def _refuse_taken(
    session: Session,
    definition: Definition,
    fields: Sequence[Field],
    record: SObject,
    before: SObject | None,
    now: dt.datetime,
) -> None:
    for field in fields:
        value = value_of(record, field)
        if value is None or (before is not None and value_of(before, field) == value):
            continue
        name, key = registry_name(definition, field), key_text(field, value)
        shard = shard_of_value(key)
        await session.execute(FORGET_CLAIM, shard, name, key, now, dt.timedelta(seconds=CLAIM_SECONDS))
        holder = await session.fetchval(HOLDER, shard, name, key)
        if holder is not None and (before is None or holder != before.id):
            raise DuplicateValue(
                f"{field.wire_name} is '{value}', and {to_18(holder)} has that value already; it is unique",
                field.wire_name,
            )


async def hold(
    session: Session, definition: Definition, before: SObject | None, after: SObject | None, now: dt.datetime
) -> None:
    """Register the unique values of `after` (None: deleted) instead of those of `before` (None: new).

    Another who was faster shows as a unique violation: the transaction is then run again, and `refuse_taken` says so.
    """
    await _hold(session, definition, unique_fields(definition), before, after, now)


async def _hold(
    session: Session,
    definition: Definition,
    fields: Sequence[Field],
    before: SObject | None,
    after: SObject | None,
    now: dt.datetime,
) -> None:
    for field in fields:
        old = None if before is None else value_of(before, field)
        new = None if after is None else value_of(after, field)
        if old == new:
            continue
        name = registry_name(definition, field)
        if before is not None and old is not None:
            key = key_text(field, old)
            await session.execute(FREE, shard_of_value(key), name, key, before.id)
        if after is not None and new is not None:
            key = key_text(field, new)
            await session.execute(HOLD, shard_of_value(key), name, key, after.id, now)


async def hold_carried(
    session: Session, schema: Schema, records: Sequence[SObject], real: Mapping[Id, Id], now: dt.datetime
) -> None:
    """Register the unique custom values that new `records` took over from others; `real` ids by stand-in id.

    Raises DuplicateValue when one was given to another record directly.
    """
    for record in records:
        definition = schema.of(record)
        fields = [field for field in definition.customs.values() if field.unique]
        if record.custom and fields:
            saved = msgspec.structs.replace(record, id=real.get(record.id, record.id))
            await _refuse_taken(session, definition, fields, saved, None, now)
            await _hold(session, definition, fields, None, saved, now)


async def find_by_value(session: Session, definition: Definition, field: Field, value: Any) -> list[Id]:
    """The records whose `field` is `value`, at most `MOST_FOUND`, by id. Deleted ones are not found."""
    if field.unique:
        key = key_text(field, value)
        holder = await session.fetchval(HOLDER, shard_of_value(key), registry_name(definition, field), key)
        if holder is None or field.custom is not None:
            return [] if holder is None else [holder]
    rows = await session.fetch(_search(definition, field), value)
    return [row[0] for row in rows]


def _search(definition: Definition, field: Field) -> str:
    """Goes over all shards: who holds a value is not known before."""
    asked = f"$1::{sql_type(field.type)}"
    right = f"lower({asked})" if _is_folded(field) else asked
    return (
        f'SELECT t.id FROM "{definition.table}" t WHERE {comparable(definition, field, "t")} = {right} '
        f"AND NOT t.is_deleted ORDER BY t.id LIMIT {MOST_FOUND}"
    )


def comparable(definition: Definition, field: Field, alias: str) -> str:
    """The SQL of a field's value as it is compared with another: what indexes are made over."""
    value = definition.expression(field.name, alias)
    return f"lower({value})" if _is_folded(field) else value


def _is_folded(field: Field) -> bool:
    return sql_type(field.type) == "text" and ignores_case(field)


async def alone_with(session: Session, definition: Definition, field: Field, value: Any) -> None:
    """Wait until no other transaction looks up this value to make a record of it; until this one ends, none will."""
    await session.fetchval(ALONE, f"{registry_name(definition, field)}={key_text(field, value)}")
