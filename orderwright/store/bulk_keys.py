"""Records by many values of one field at once: what `keys.py` finds for one value."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from orderwright.objects.definition import Definition, Field, Id, sql_type
from orderwright.store.database import Session
from orderwright.store.keys import ignores_case, key_text, registry_name
from orderwright.store.unique import shard_of_value

_HOLDERS = """
SELECT u.value, u.record_id FROM unnest($1::smallint[], $2::text[]) v (shard, value)
JOIN unique_value u ON u.shard = v.shard AND u.field = $3 AND u.value = v.value
"""
_ALONE = "SELECT count(*) FROM (SELECT pg_advisory_xact_lock(hashtextextended(v, 0)) FROM unnest($1::text[]) v) q"


async def find_by_values(
    session: Session, definition: Definition, field: Field, values: Sequence[Any]
) -> dict[str, list[Id]]:
    """The records whose `field` has one of `values`, by the text that equal values share (`key_text`)."""
    by_key = {key_text(field, value): value for value in values}
    if not by_key:
        return {}
    if field.unique:
        return await _holders(session, definition, field, list(by_key))
    found: dict[str, list[Id]] = {}
    for row in await session.fetch(_search(definition, field), list(by_key.values())):
        found.setdefault(key_text(field, row["value"]), []).append(row["id"])
    return found


async def _holders(session: Session, definition: Definition, field: Field, keys: Sequence[str]) -> dict[str, list[Id]]:
    shards = [shard_of_value(key) for key in keys]
    rows = await session.fetch(_HOLDERS, shards, list(keys), registry_name(definition, field))
    return {row["value"]: [row["record_id"]] for row in rows}


@functools.lru_cache(256)
def _search(definition: Definition, field: Field) -> str:
    """Goes over all shards, once for all values."""
    left, right, kind = definition.expression(field.name), "v.value", sql_type(field.type)
    if kind == "text" and ignores_case(field):
        left, right = f"lower({left})", f"lower({right})"
    return (
        f'SELECT v.value, t.id FROM unnest($1::{kind}[]) v (value) JOIN "{definition.table}" t ON {left} = {right} '
        "WHERE NOT t.is_deleted ORDER BY t.id"
    )


async def alone_with_values(session: Session, definition: Definition, field: Field, values: Sequence[Any]) -> None:
    """Wait until no other transaction looks up one of these values to make a record of it, as `keys.alone_with`."""
    names = sorted({f"{registry_name(definition, field)}={key_text(field, value)}" for value in values})
    await session.fetchval(_ALONE, names)
