"""Indexes for custom fields that records are looked up by: each installation declares its own, so no migration can
make them. They are made while others read and write, and one that is there already costs a look.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

import asyncpg

from orderwright.objects.custom_fields import Schema
from orderwright.objects.definition import Definition, Field
from orderwright.store.keys import comparable
from orderwright.store.migrate import connection_to

# whoever comes second goes on without: waiting here would make the first one wait for the second
TRY = "SELECT pg_try_advisory_lock(hashtext('orderwright'), hashtext('external_ids'))"
IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"


async def index_external_ids(url: str, schema: Schema) -> list[str]:
    """Make the indexes that `schema` needs and the database lacks; returns `Object.Field__c` of each that was made.

    Raises OSError and asyncpg.PostgresError.
    """
    made: list[str] = []
    wanted = list(_wanted(schema))
    if not wanted:
        return made
    async with connection_to(url) as connection:
        if await connection.fetchval(TRY):
            for definition, field in wanted:
                if await _indexed(connection, definition, field):
                    made.append(f"{definition.name}.{field.name}")
    return made


def _wanted(schema: Schema) -> Iterator[tuple[Definition, Field]]:
    for definition in schema.by_name.values():
        for field in definition.customs.values():
            if field.unique or field.idlookup:
                yield definition, field


async def _indexed(connection: asyncpg.Connection, definition: Definition, field: Field) -> bool:
    """Whether the index had to be made. One that an earlier attempt left half done is made again."""
    value, plain = comparable(definition, field, "t"), definition.expression(field.name)
    over, where = (text.replace('t."custom"', '"custom"') for text in (value, plain))
    name = f"external_id_{hashlib.sha256(f'{definition.table} {over}'.encode()).hexdigest()[:24]}"
    valid = await connection.fetchval(IS_VALID, name)
    if valid:
        return False
    if valid is False:
        await connection.execute(f'DROP INDEX CONCURRENTLY "{name}"')
    with contextlib.suppress(asyncpg.DuplicateTableError):
        await connection.execute(
            f'CREATE INDEX CONCURRENTLY "{name}" ON "{definition.table}" (({over})) WHERE ({where}) IS NOT NULL'
        )
    return True
