"""Every row that one lifecycle writes, in which transaction and by which statement: kept by triggers, for a moment.

pgbench then writes the same rows, because they come from what happened and not from what somebody thinks happens.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

SETTLE_SECONDS = 0.3
"""The worker closes its books on a job a moment after the operation shows as finished."""

START = """
CREATE SCHEMA recorded;
CREATE TABLE recorded.change (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, transaction text, statement timestamptz, changed regclass,
    old jsonb, new jsonb
);
CREATE FUNCTION recorded.keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recorded.change (transaction, statement, changed, old, new)
    VALUES (pg_current_xact_id()::text, statement_timestamp(), TG_RELID, to_jsonb(OLD), to_jsonb(NEW));
    RETURN NULL;
END
$$;
DO $$
DECLARE t regclass;
BEGIN
    FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname IN ('public', 'queue', 'simulator')
    LOOP
        EXECUTE format('CREATE TRIGGER recorded AFTER INSERT OR UPDATE OR DELETE ON %s '
                       'FOR EACH ROW EXECUTE FUNCTION recorded.keep()', t);
    END LOOP;
END
$$;
"""
STOP = "DROP SCHEMA recorded CASCADE"  # the triggers go with their function

CHANGES = """
SELECT transaction, statement::text AS statement, changed::regclass::text AS table, old::text, new::text
FROM recorded.change ORDER BY max(place) OVER (PARTITION BY transaction), place
"""
# Key: the columns of the primary key. Generated columns are not written by anybody.
TABLES = """
SELECT c.oid::regclass::text AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnum = ANY (coalesce(i.indkey::smallint[], '{}')) AS is_key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind = 'r' AND n.nspname IN ('public', 'queue', 'simulator')
ORDER BY c.oid, a.attnum
"""

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A table: the type of each column that is written, and the columns of its primary key."""

    name: str
    types: Mapping[str, str]
    key: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """Rows that one statement changed in one table in one way: before (None: inserted) and after (None: deleted)."""

    table: Table
    rows: Sequence[tuple[Values | None, Values | None]]

    @property
    def inserts(self) -> bool:
        return self.rows[0][0] is None

    @property
    def deletes(self) -> bool:
        return self.rows[0][1] is None


Transactions = Sequence[Sequence[Statement]]


@asynccontextmanager
async def recording(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Keep all changes of rows made during the block."""
    await connection.execute(START)
    try:
        yield
    except BaseException:
        await connection.execute(STOP)
        raise


async def take_recorded(connection: asyncpg.Connection) -> list[list[Statement]]:
    """What was recorded: statements by transaction, in the order of their commits. Ends the recording."""
    tables = await read_tables(connection)
    changes = await connection.fetch(CHANGES)
    await connection.execute(STOP)
    return [
        list(_statements(mine, tables)) for _, mine in itertools.groupby(changes, lambda change: change["transaction"])
    ]


def _statements(changes: Iterator[Any], tables: Mapping[str, Table]) -> Iterator[Statement]:
    def place(change: Any) -> tuple[object, ...]:
        return change["statement"], change["table"], change["old"] is None, change["new"] is None

    for _, same in itertools.groupby(changes, place):
        rows = [(_values(change["old"]), _values(change["new"]), change["table"]) for change in same]
        yield Statement(tables[rows[0][2]], [(old, new) for old, new, _ in rows])


def _values(row: str | None) -> Values | None:
    if row is None:
        return None
    values: Values = _decode(row)
    return values


_decode = msgspec.json.Decoder(float_hook=str).decode  # digits stay as PostgreSQL wrote them


async def read_tables(connection: asyncpg.Connection) -> dict[str, Table]:
    """The tables by name, as the catalogue has them."""
    columns = await connection.fetch(TABLES)
    return {
        name: _table(name, list(mine)) for name, mine in itertools.groupby(columns, lambda column: str(column["table"]))
    }


def _table(name: str, columns: Sequence[Any]) -> Table:
    types = {str(column["column"]): str(column["type"]) for column in columns}
    return Table(name, types, tuple(str(column["column"]) for column in columns if column["is_key"]))
