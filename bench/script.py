r"""A pgbench script that writes the rows of a recorded lifecycle again, in as many transactions, under new keys.

The same tables, rows, columns and values, one multi-row statement where there was one; an update sets the columns that
changed. What must differ each time is a variable: keys made during the recording, wherever their value stands, and the
shard, which is random. All else is a constant, which costs PostgreSQL less than the parameters our own statements have:
the limit is rather too high than too low.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from bench.recording import Statement, Table, Transactions, Values

SHARDS = 4096
KEY_DIGITS = 15
"""As long as a record's id."""
MOST_KEYS = 1000
INTEGERS = frozenset({"smallint", "integer", "bigint"})
MOST_PARAMETERS = 250
"""pgbench takes 255 in one statement, and counts every place where a variable stands."""


@dataclass(frozen=True)
class Script:
    """The text for pgbench, and how much it does: what it leaves out are changes of rows the lifecycle did not make."""

    text: str
    transactions: int
    statements: int
    rows: int
    left_out: int


def script_of(recorded: Transactions) -> Script:
    """The script that does what was `recorded`."""
    keys = _Keys(recorded)
    done: list[list[tuple[str, int]]] = []
    for transaction in recorded:
        texts = [made for statement in transaction for made in _written(statement, keys)]
        if texts:
            done.append(texts)
    rows = sum(count for texts in done for _, count in texts)
    everything = sum(len(statement.rows) for transaction in recorded for statement in transaction)
    lines = [*keys.settings(), *(line for texts in done for line in _transaction([text for text, _ in texts]))]
    return Script("\n".join(lines) + "\n", len(done), sum(map(len, done)), rows, everything - rows)


def _transaction(statements: Sequence[str]) -> list[str]:
    return [*statements] if len(statements) == 1 else ["BEGIN;", *statements, "END;"]


class _Keys:
    """Which values are keys made during the recording, and the variable of each."""

    def __init__(self, recorded: Transactions) -> None:
        self._names: dict[object, str] = {}
        self._shards: dict[object, str] = {}
        for transaction in recorded:
            for statement in transaction:
                self._take_up(statement)
        assert len(self._names) < MOST_KEYS

    def _take_up(self, statement: Statement) -> None:
        for old, new in statement.rows:
            if old is not None or new is None:
                continue
            for column in statement.table.key:
                if column != "shard":
                    self._names.setdefault(new[column], f"k{len(self._names)}")

    def settings(self) -> list[str]:
        r"""The lines that give the variables their values; `n` counts the lifecycles of a client."""
        base = rf"\set base 100000000000000 + :client_id * 1000000000000 + :n * {MOST_KEYS}"
        keys = [rf"\set {name} :base + {place}" for place, name in enumerate(self._names.values())]
        shards = [rf"\set {name} random(0, {SHARDS - 1})" for name in self._shards.values()]
        return [r"\set n :n + 1", base, *keys, *shards]

    def knows(self, table: Table, row: Values) -> bool:
        """Whether the row was made during the recording."""
        return any(row[column] in self._names for column in table.key if column != "shard")

    def written(self, table: Table, column: str, value: Any) -> str:
        """The value of a column as the script has it."""
        if value is None:
            return "NULL"
        kind = table.types[column]
        if column.endswith("shard"):
            return ":" + self._shards.setdefault(value, f"shard{len(self._shards)}")
        if isinstance(value, str | int) and value in self._names and _may_be_key(table, column, kind):
            head = value[:-KEY_DIGITS] if isinstance(value, str) else ""
            variable = f":{self._names[value]}"
            return f"({literal(head)} || {variable})" if head else variable
        return literal(value if isinstance(value, str) and kind != "jsonb" else msgspec.json.encode(value).decode())


def _may_be_key(table: Table, column: str, kind: str) -> bool:
    """A small number may equal a key by chance; only where a key can stand is it one."""
    return kind not in INTEGERS or column in table.key or column.endswith("_id")


def literal(text: str) -> str:
    """`text` as a constant. pgbench looks for variables inside constants too, so no colon may be seen."""
    escaped = text.replace("\\", r"\\").replace("'", "''").replace(":", r"\072").replace("\n", r"\012")
    return f"E'{escaped}'"


def _written(statement: Statement, keys: _Keys) -> Iterator[tuple[str, int]]:
    """The statement as the script has it, with its number of rows; in parts when pgbench could not take it whole."""
    table = statement.table
    rows = [(old, new) for old, new in statement.rows if keys.knows(table, _either(old, new))]
    if rows:
        whole = _text(Statement(table, rows), keys)
        if whole.count(":") - 2 * whole.count("::") <= MOST_PARAMETERS:
            yield whole, len(rows)
        else:
            middle = len(rows) // 2
            for part in (rows[:middle], rows[middle:]):
                yield from _written(Statement(table, part), keys)


def _either(old: Values | None, new: Values | None) -> Values:
    values = old if new is None else new
    assert values is not None
    return values


def _text(statement: Statement, keys: _Keys) -> str:
    if statement.inserts:
        return _insert(statement.table, [_either(None, new) for _, new in statement.rows], keys)
    if statement.deletes:
        return _delete(statement.table, [_either(old, None) for old, _ in statement.rows], keys)
    return _update(statement, keys)


def _insert(table: Table, rows: Sequence[Values], keys: _Keys) -> str:
    columns = [column for column in table.types if any(row[column] is not None for row in rows)]
    values = ", ".join("(" + ", ".join(keys.written(table, c, row[c]) for c in columns) + ")" for row in rows)
    return f"INSERT INTO {table.name} ({_names(columns)}) VALUES {values};"  # noqa: S608  # our own rows


def _update(statement: Statement, keys: _Keys) -> str:
    table = statement.table
    pairs = [(_either(old, None), _either(None, new)) for old, new in statement.rows]
    columns = [c for c in table.types if any(old[c] != new[c] for old, new in pairs)]
    rows = ", ".join(_typed(table, [*table.key, *columns], new, keys) for _, new in pairs)
    assignments = ", ".join(f'"{column}" = v."{column}"' for column in columns)
    names = _names([*table.key, *columns])
    return f"UPDATE {table.name} t SET {assignments} FROM (VALUES {rows}) AS v ({names}) WHERE {_same_key(table)};"  # noqa: S608


def _delete(table: Table, rows: Sequence[Values], keys: _Keys) -> str:
    values = ", ".join(_typed(table, table.key, row, keys) for row in rows)
    return f"DELETE FROM {table.name} t USING (VALUES {values}) AS v ({_names(table.key)}) WHERE {_same_key(table)};"  # noqa: S608


def _same_key(table: Table) -> str:
    return " AND ".join(f't."{column}" = v."{column}"' for column in table.key)


def _typed(table: Table, columns: Sequence[str], row: Values, keys: _Keys) -> str:
    return "(" + ", ".join(f"{keys.written(table, c, row[c])}::{table.types[c]}" for c in columns) + ")"


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
