"""The statements that write, built from the definitions: one multi-row statement per table, the shard as `$1`.

Their text depends only on the table, the columns and the number of rows, so each is built and prepared once.
"""

from __future__ import annotations

import functools

from orderwright.objects.definition import Definition, sql_type
from orderwright.objects.registry import BY_NAME

LOCK = 'SELECT 1 FROM "{table}" WHERE shard = $1 AND id = $2 AND NOT is_deleted FOR UPDATE'


@functools.cache
def lock(table: str) -> str:
    """Lock one row by shard and id."""
    return LOCK.format(table=table)


@functools.cache
def was_there(table: str) -> str:
    """Whether there is a deleted row with this shard and id."""
    return f'SELECT is_deleted FROM "{table}" WHERE shard = $1 AND id = $2'


@functools.cache
def read_record(object_: str) -> str:
    """One record as JSON by shard and id."""
    table = BY_NAME[object_].table
    return f'SELECT row_to_json(t) FROM "{table}" t WHERE t.shard = $1 AND t.id = $2 AND NOT t.is_deleted'


@functools.lru_cache(4096)
def insert(object_: str, columns: tuple[str, ...], rows: int) -> str:
    """Insert `rows` rows; parameters: the shard, then the columns of each row in turn."""
    table = BY_NAME[object_].table
    names = ", ".join(f'"{column}"' for column in columns)
    width = len(columns)
    values = ", ".join(
        "($1, " + ", ".join(f"${2 + row * width + column}" for column in range(width)) + ")" for row in range(rows)
    )
    return f'INSERT INTO "{table}" (shard, {names}) VALUES {values}'


@functools.lru_cache(4096)
def update(object_: str, columns: tuple[str, ...], rows: int) -> str:
    """Update `columns` of `rows` rows by id; parameters: the shard, then id and columns of each row in turn."""
    definition = BY_NAME[object_]
    width = len(columns) + 1
    kinds = ["text", *(sql_type(definition.stored[column].type) for column in columns)]
    values = ", ".join(
        "(" + ", ".join(f"${2 + row * width + i}::{kind}" for i, kind in enumerate(kinds)) + ")" for row in range(rows)
    )
    assignments = ", ".join(f'"{column}" = v."{column}"' for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    return (
        f'UPDATE "{definition.table}" t SET {assignments} FROM (VALUES {values}) AS v (id, {names}) '
        f"WHERE t.shard = $1 AND t.id = v.id"
    )


@functools.cache
def write_order() -> tuple[str, ...]:
    """Object names, parents before children, so that foreign keys hold while rows are written."""
    ordered: list[str] = []

    def place(definition: Definition) -> None:
        if definition.name in ordered:
            return
        for field in definition.stored.values():
            if field.type == "reference" and len(field.to) == 1 and not field.nillable and field.to[0] in BY_NAME:
                parent = BY_NAME[field.to[0]]
                if parent is not definition:
                    place(parent)
        ordered.append(definition.name)

    for definition in BY_NAME.values():
        place(definition)
    return tuple(ordered)
