"""Writes some rows of a bulk job inside a transaction: all that are surely good in few statements, the others as
requests about single records are written.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from orderwright.decisions.map_bulk_columns import Mapped, key_field, map_columns
from orderwright.decisions.plan_bulk import (
    VERBS,
    Single,
    Table,
    Targets,
    Wave,
    plan_by_id,
    plan_inserts,
    plan_upserts,
    table_of,
)
from orderwright.decisions.read_bulk import Failure, InvalidBatch, Sheet, Text
from orderwright.jobs.bulk_lookups import look_up, parsed_text
from orderwright.objects.custom_fields import Schema
from orderwright.objects.definition import Definition, Field, Id
from orderwright.objects.identity import to_15
from orderwright.store.bulk_insert import ALONE, Making, can_insert, insert_rows, keyed
from orderwright.store.bulk_jobs import Job
from orderwright.store.bulk_keys import alone_with_values, find_by_values
from orderwright.store.bulk_progress import Outcomes
from orderwright.store.bulk_update import can_delete, can_update, delete_rows, update_rows
from orderwright.store.database import Database, Session
from orderwright.store.fulfillment_stock import Stock
from orderwright.store.keys import key_text
from orderwright.store.transaction import Transaction
from orderwright.store.unique import shard_of_value

MOST_ROWS, MOST_DECIDED, MOST_SEARCHED = 10_000, 1_000, 500
"""Rows in one transaction: of objects whose records stand alone, of all others, and where values are locked that
tell records apart and have no registry.
"""

NO_ID = "?"
"""Stands for a text that is no id, and so leads to no record."""


class WriteSingles(Protocol):
    """Writes rows as requests about single records: with every rule, and nothing of a row that is refused."""

    async def __call__(
        self, transaction: Transaction, stock: Stock, job: Job, definition: Definition, rows: Sequence[Single]
    ) -> Sequence[Id | Failure]: ...


@dataclass(frozen=True, slots=True)
class Writers:
    """What writing rows needs to know of this installation."""

    schema: Schema
    currency: str
    """Of records that need one and name none."""
    reserves_stock: bool
    write_singles: WriteSingles


def definition_of(job: Job, writers: Writers) -> Definition:
    """The object of a job. Raises InvalidBatch when there is none any more."""
    definition = writers.schema.by_lower_name.get(job.object.lower())
    if definition is None:
        raise InvalidBatch(f"there is no object '{job.object}' here")
    return definition


def rows_at_once(job: Job, writers: Writers) -> int:
    """How many rows of a job one transaction writes."""
    definition = definition_of(job, writers)
    if definition.name not in ALONE:
        return MOST_DECIDED
    key = _upsert_key(job, definition)
    return MOST_SEARCHED if key is not None and key.name != "id" and not key.unique else MOST_ROWS


def _upsert_key(job: Job, definition: Definition) -> Field | None:
    if job.operation != "upsert":
        return None
    key = key_field(definition, job.external_id_field_name or "", job.api_version)
    if key is None:
        raise InvalidBatch(f"Field name not found : {job.external_id_field_name}")
    return key


async def write_sheet(
    transaction: Transaction, stock: Stock, database: Database, job: Job, sheet: Sheet, writers: Writers
) -> Outcomes:
    """Write the rows of `sheet`; returns what became of each. Raises InvalidBatch for columns that do not fit."""
    definition = definition_of(job, writers)
    mapped = map_columns(writers.schema, definition, sheet.columns, job.api_version)
    key = _upsert_key(job, definition)
    _refuse_missing_column(job, mapped, key)
    looked_up = {m.name: await look_up(transaction.session, m, sheet, n) for n, m in enumerate(mapped) if m.key}
    table = table_of(definition, sheet, mapped, looked_up)
    writing = _Writing(transaction, stock, database, job, writers, table, key, len(sheet))
    await writing.carry_out()
    return writing.outcomes()


def _refuse_missing_column(job: Job, mapped: Sequence[Mapped], key: Field | None) -> None:
    names = {column.field.name for column in mapped}
    if job.operation != "insert" and key is None and "id" not in names:
        raise InvalidBatch("Field name not found : Id")
    if key is not None and key.name not in names and key.name != "id":
        raise InvalidBatch(f"Field name not found : {key.wire_name}")
    if VERBS.get(job.operation) == "delete" and names != {"id"}:
        raise InvalidBatch("The 'delete' batch must contain only ids")


@dataclass(slots=True)
class _Writing:
    """Rows on their way into the database, and what became of them so far."""

    transaction: Transaction
    stock: Stock
    database: Database
    job: Job
    writers: Writers
    table: Table
    key: Field | None
    count: int
    ids: list[Id | None] = field(init=False)
    created: set[int] = field(default_factory=set)
    failures: dict[int, Failure] = field(init=False)

    def __post_init__(self) -> None:
        self.ids = [None] * self.count
        self.failures = dict(self.table.failures)

    def outcomes(self) -> Outcomes:
        """What became of each row."""
        always = self.job.operation == "insert"
        created: bool | tuple[bool, ...] = always
        if self.job.operation == "upsert":
            created = tuple(place in self.created for place in range(self.count))
        return Outcomes(ids=tuple(self.ids), created=created, failures=self.failures)

    @property
    def session(self) -> Session:
        return self.transaction.session

    async def carry_out(self) -> None:
        """Write wave after wave."""
        targets = await self._targets()
        self.failures |= targets.failures
        for number, wave in enumerate(targets.waves):
            await self._write(await self._known_by_now(wave) if number and wave.new else wave)

    async def _targets(self) -> Targets:
        if self.key is not None and self.key.name != "id":
            keys, found = await self._by_key(self.key, range(len(self.table.rows)))
            return plan_upserts(self.table, self.key, keys, found)
        if self.job.operation == "insert":
            return plan_inserts(self.table)
        verb = VERBS.get(self.job.operation, "update")
        return plan_by_id(self.table, verb, makes_without=self.key is not None)

    async def _by_key(
        self, key: Field, rows: Sequence[int]
    ) -> tuple[list[str | Failure | None], Mapping[str, Sequence[Id]]]:
        """For each row the text that equal keys share, and the records that have them."""
        column = self.table.values[self.table.fields.index(key)]
        parsed = [parsed_text(key, text) if (text := column[row]) else None for row in rows]
        keys = [each if each is None or isinstance(each, Failure) else key_text(key, each) for each in parsed]
        values = [each for each in parsed if each is not None and not isinstance(each, Failure)]
        if not key.unique:
            await self.transaction.flush()
            await alone_with_values(self.session, self.table.definition, key, values)
        return keys, await find_by_values(self.session, self.table.definition, key, values)

    async def _known_by_now(self, wave: Wave) -> Wave:
        """A later wave of an upsert: records that an earlier one made are changed now."""
        if self.key is None or self.key.name == "id":
            return wave
        keys, found = await self._by_key(self.key, wave.new)
        known = {
            row: found[key][0]
            for row, key in zip(wave.new, keys, strict=True)
            if isinstance(key, str) and found.get(key)
        }
        new = tuple(row for row in wave.new if row not in known)
        return Wave(new=new, changed=(*wave.changed, *known.items()), deleted=wave.deleted)

    async def _write(self, wave: Wave) -> None:
        left = [
            *await self._insert(wave.new),
            *await self._update(wave.changed),
            *await self._delete(wave.deleted),
        ]
        if not left:
            return
        left.sort(key=lambda each: each[0])
        done = await self.writers.write_singles(
            self.transaction, self.stock, self.job, self.table.definition, [single for _, single in left]
        )
        for (row, single), result in zip(left, done, strict=True):
            self._note(row, single, result)

    def _note(self, row: int, single: Single, result: Id | Failure) -> None:
        place = self.table.rows[row]
        if isinstance(result, Failure):
            self.failures[place] = msgspec.structs.replace(result, id=single.record_id)
            return
        self.ids[place] = result
        if single.created:
            self.created.add(place)

    # --- rows that are surely good ------------------------------------------------------------------------------------

    async def _insert(self, rows: Sequence[int]) -> list[tuple[int, Single]]:
        """Write new records; returns the rows that have to be looked at one by one."""
        table = self.table
        names = tuple(f.name for f in table.fields)
        if rows and can_insert(table.definition, names):
            columns = self._columns(rows, range(len(names)))
            keys, held = self._keys(names, rows)
            shard = self.transaction.shard
            ids = self.database.ids.new_ids(table.definition.about.key_prefix, shard, len(rows))
            staged = zip(range(len(rows)), ids, *columns, *keys, strict=True)
            if held:
                staged = itertools.compress(staged, [n not in held for n in range(len(rows))])  # type: ignore[assignment]
            making = Making(self.job.created_by_id, self.transaction.now, shard, self.writers.currency)
            done = await insert_rows(self.session, table.definition, names, staged, making)
            rows = self._done(rows, done, ids, created=True)
        return [(row, Single("insert", table.given(row), created=True)) for row in rows]

    async def _update(self, changed: Sequence[tuple[int, Id]]) -> list[tuple[int, Single]]:
        table = self.table
        places = [n for n, f in enumerate(table.fields) if f is not self.key]
        names = tuple(table.fields[n].name for n in places)
        rows, ids = [row for row, _ in changed], [record_id for _, record_id in changed]
        if rows and can_update(table.definition):
            staged = zip(range(len(rows)), ids, *self._columns(rows, places), strict=True)
            author = (self.job.created_by_id, self.transaction.now)
            done = await update_rows(self.session, table.definition, names, staged, *author)
            self._done(rows, done, ids)
            taken = set(done)
            changed = [each for n, each in enumerate(changed) if n not in taken]
        return [(row, Single("update", self._without_key(row), record_id)) for row, record_id in changed]

    async def _delete(self, deleted: Sequence[tuple[int, Id]]) -> list[tuple[int, Single]]:
        rows, ids = [row for row, _ in deleted], [record_id for _, record_id in deleted]
        if rows and can_delete(self.table.definition):
            author = (self.job.created_by_id, self.transaction.now)
            staged = list(enumerate(ids))
            done = await delete_rows(self.session, self.writers.schema, self.table.definition, staged, *author)
            self._done(rows, done, ids)
            taken = set(done)
            deleted = [each for n, each in enumerate(deleted) if n not in taken]
        return [(row, Single("delete", {}, record_id)) for row, record_id in deleted]

    def _done(
        self, rows: Sequence[int], done: Sequence[int], ids: Sequence[Id], *, created: bool = False
    ) -> Sequence[int]:
        """Note which of `rows` were written; returns the others."""
        places = self.table.rows
        if len(done) == self.count:
            self.ids = list(ids)
            self.created.update(places if created else ())
            return ()
        for n in done:
            self.ids[places[rows[n]]] = ids[n]
        if created:
            self.created.update(places[rows[n]] for n in done)
        if len(done) == len(rows):
            return ()
        taken = set(done)
        return [row for n, row in enumerate(rows) if n not in taken]

    def _without_key(self, row: int) -> dict[str, Any]:
        given = self.table.given(row)
        if self.key is not None:
            given.pop(self.key.wire_name, None)
        return given

    def _columns(self, rows: Sequence[int], places: Sequence[int]) -> list[Sequence[Text]]:
        """The values of some rows, ids of records in their 15 characters."""
        table = self.table
        every = len(rows) == len(table.rows)
        columns = []
        for place in places:
            column = table.values[place] if every else [table.values[place][row] for row in rows]
            columns.append(_as_ids(column) if table.fields[place].type == "reference" else column)
        return columns

    def _keys(self, names: tuple[str, ...], rows: Sequence[int]) -> tuple[list[Sequence[Any]], set[int]]:
        """Key and shard of each unique value, and the rows that must wait: their value is none, or is there twice."""
        columns: list[Sequence[Any]] = []
        held: set[int] = set()
        for unique in keyed(self.table.definition, names):
            column = self.table.values[names.index(unique.name)]
            keys: list[str | None] = []
            for n, row in enumerate(rows):
                value = parsed_text(unique, text) if (text := column[row]) else None
                if isinstance(value, Failure):
                    held.add(n)
                keys.append(None if value is None or isinstance(value, Failure) else key_text(unique, value))
            held |= _repeated(keys)
            columns += [keys, [None if key is None else shard_of_value(key) for key in keys]]
        return columns, held


def _as_ids(column: Sequence[Text]) -> Sequence[Text]:
    return [(to_15(text) or NO_ID) if text else text for text in column]


def _repeated(keys: Sequence[str | None]) -> set[int]:
    """The places of keys that stand at an earlier place, too."""
    seen: set[str] = set()
    found: set[int] = set()
    for place, key in enumerate(keys):
        if key is None:
            continue
        if key in seen:
            found.add(place)
        seen.add(key)
    return found
