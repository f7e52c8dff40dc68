"""What is to be done with the rows of a file: each makes, changes or deletes one record, or fails at once.

Rows about the same record, or the same value that tells records apart, are done one after the other, in waves: the
first of each, then the second of each, and so on, as if they had been sent one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from orderwright.decisions.map_bulk_columns import Mapped
from orderwright.decisions.read_bulk import Failure, Sheet, Text
from orderwright.objects.definition import Definition, Field, Id
from orderwright.objects.identity import to_15, to_18

Verb = Literal["insert", "update", "delete"]
VERBS: Mapping[str, Verb] = {"insert": "insert", "update": "update", "delete": "delete", "hardDelete": "delete"}

ID = "id"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by column, as the fields that they set; the Id, where it is a column, stands apart."""

    definition: Definition
    fields: tuple[Field, ...]
    values: tuple[Sequence[Text], ...]
    """A reference is the id of the record; one that was named by a value of its own was looked up."""
    ids: Sequence[Text]
    """What stands in the Id column; None everywhere when there is none."""
    rows: Sequence[int]
    """The place of each row in what was read."""
    failures: Mapping[int, Failure]
    """By place: rows that cannot be written."""

    def given(self, row: int) -> dict[str, Any]:
        """What a row says about its record, as a request about this record alone would."""
        texts = ((each.wire_name, column[row]) for each, column in zip(self.fields, self.values, strict=True))
        return {name: text or None for name, text in texts if text is not None}


@dataclass(frozen=True, slots=True)
class Wave:
    """Rows of a `Table` that are done together: no two are about the same record."""

    new: tuple[int, ...] = ()
    changed: tuple[tuple[int, Id], ...] = ()
    deleted: tuple[tuple[int, Id], ...] = ()


@dataclass(frozen=True, slots=True)
class Single:
    """One row on its own: what a request about this record alone would be."""

    verb: Verb
    given: Mapping[str, Any]
    record_id: Id | None = None
    created: bool = False
    """Whether the answer says that the record is new."""


@dataclass(slots=True)
class Targets:
    """Which record each row is about, as far as it names one."""

    waves: list[Wave] = field(default_factory=list)
    failures: dict[int, Failure] = field(default_factory=dict)


def table_of(
    definition: Definition, sheet: Sheet, mapped: Sequence[Mapped], looked_up: Mapping[str, Mapping[str, Id | Failure]]
) -> Table:
    """Return the rows of `sheet` as the fields that they set.

    `looked_up` has, by column, the record of each text that names one, or why there is none.
    """
    fields: list[Field] = []
    values: list[Sequence[Text]] = []
    ids: Sequence[Text] = [None] * len(sheet.rows)
    failures = dict(sheet.failures)
    for column, texts in zip(mapped, sheet.values, strict=True):
        if column.field.name == ID:
            ids = texts
            continue
        fields.append(column.field)
        found = looked_up[column.name] if column.key is not None else None
        values.append(texts if found is None else _resolved(texts, sheet.rows, found, failures))
    return Table(definition, tuple(fields), tuple(values), ids, sheet.rows, failures)


def _resolved(
    texts: Sequence[Text], rows: Sequence[int], found: Mapping[str, Id | Failure], failures: dict[int, Failure]
) -> Sequence[Text]:
    resolved: list[Text] = []
    for place, text in zip(rows, texts, strict=True):
        known = found[text] if text else text
        if isinstance(known, Failure):
            failures.setdefault(place, known)
            known = None
        resolved.append(known)
    return resolved


def open_rows(table: Table) -> Iterator[int]:
    """The rows that did not fail yet."""
    if not table.failures:
        return iter(range(len(table.rows)))
    return (row for row, place in enumerate(table.rows) if place not in table.failures)


def plan_inserts(table: Table) -> Targets:
    """Return the waves of rows that all make new records."""
    targets = Targets()
    if not any(table.ids):
        targets.waves.append(Wave(new=tuple(open_rows(table))))
        return targets
    new = []
    for row in open_rows(table):
        if table.ids[row]:
            targets.failures[table.rows[row]] = Failure(
                "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call; leave it out", ("Id",)
            )
        else:
            new.append(row)
    targets.waves.append(Wave(new=tuple(new)))
    return targets


def plan_by_id(table: Table, verb: Verb, *, makes_without: bool = False) -> Targets:
    """Return the waves of rows that name their records by Id; with `makes_without` those that do not make new ones."""
    targets = Targets()
    named: list[tuple[int, Id]] = []
    new: list[int] = []
    for row in open_rows(table):
        text = table.ids[row]
        if not text and makes_without:
            new.append(row)
            continue
        found = record_named(table.definition, text, verb)
        if isinstance(found, Failure):
            targets.failures[table.rows[row]] = found
        else:
            named.append((row, found))
    waves = list(_apart(named))
    if verb == "delete":
        targets.waves += [Wave(deleted=wave) for wave in waves]
    else:
        targets.waves += [Wave(changed=wave) for wave in waves]
    if new:
        targets.waves.append(Wave(new=tuple(new)))
    return targets


def record_named(definition: Definition, text: Text, verb: Verb) -> Id | Failure:
    """The record that the text of an Id column names, or why it names none."""
    if not text:
        return Failure(
            "MISSING_ARGUMENT", f"Id not specified in {'a delete' if verb == 'delete' else 'an update'} call"
        )
    record_id = to_15(text)
    if record_id is None:
        return Failure("MALFORMED_ID", f"'{text[:80]}' is no record id; send its 15 or 18 characters", ("Id",))
    if record_id[:3] != definition.about.key_prefix:
        return Failure("MALFORMED_ID", f"{to_18(record_id)} is not the id of a record of {definition.name}", ("Id",))
    return record_id


def plan_upserts(
    table: Table, key: Field, keys: Sequence[str | Failure | None], found: Mapping[str, Sequence[Id]]
) -> Targets:
    """Return the waves of rows whose records are told apart by the field `key`.

    `keys` has for each row the text that equal values share, `found` the records that have it.
    """
    targets = Targets()
    turns: dict[str, int] = {}
    waves: list[tuple[list[int], list[tuple[int, Id]]]] = []
    for row in open_rows(table):
        own = _key_of(table, key, keys[row], row, found)
        if isinstance(own, Failure):
            targets.failures[table.rows[row]] = own
            continue
        turn = turns.get(own, 0)
        turns[own] = turn + 1
        while len(waves) <= turn:
            waves.append(([], []))
        new, changed = waves[turn]
        ids = found.get(own)
        if ids:
            changed.append((row, ids[0]))
        else:
            new.append(row)
    targets.waves += [Wave(new=tuple(new), changed=tuple(changed)) for new, changed in waves]
    return targets


def _key_of(
    table: Table, key: Field, own: str | Failure | None, row: int, found: Mapping[str, Sequence[Id]]
) -> str | Failure:
    if own is None:
        message = f"{key.wire_name} is missing; send the value that tells the record apart"
        return Failure("MISSING_ARGUMENT", message, (key.wire_name,))
    if isinstance(own, Failure):
        return own
    if table.ids[row]:
        return Failure("INVALID_FIELD", f"Id cannot be sent together with {key.wire_name}; leave it out", ("Id",))
    ids = found.get(own, ())
    if len(ids) > 1:
        many = ", ".join(map(to_18, ids[:5]))
        return Failure(
            "DUPLICATE_EXTERNAL_ID", f"{key.wire_name}: more than one record has this value: {many}", (key.wire_name,)
        )
    return own


def _apart(named: Sequence[tuple[int, Id]]) -> Iterator[tuple[tuple[int, Id], ...]]:
    """Rows in waves, each record once in a wave."""
    turns: dict[Id, int] = {}
    waves: list[list[tuple[int, Id]]] = []
    for row, record_id in named:
        turn = turns.get(record_id, 0)
        turns[record_id] = turn + 1
        while len(waves) <= turn:
            waves.append([])
        waves[turn].append((row, record_id))
    return (tuple(wave) for wave in waves)
