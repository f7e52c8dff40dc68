"""Rows -> JSON as Salesforce shows records. A row is a list of values; a shape says what each of them is.

The statement makes values that JSON can hold as they are: numbers with all their digits, moments as text. Only ids get
their 18 characters here, and what FORMAT asks for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from orderwright.objects.identity import to_18
from orderwright.objects.registry import BY_PREFIX

Row = Sequence[Any]
Show = Callable[[Any], Any]
Write = Callable[[Row, dict[str, Any]], None]

show_id = functools.lru_cache(16_384)(to_18)  # one answer names the same records again and again


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value, under its name."""

    name: str
    at: int
    show: Show | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """A record that is referred to; null when its id is."""

    name: str
    id_at: int
    type: str | None
    """The object shown in its attributes; None: the one its id belongs to."""
    members: tuple[Member, ...]
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """What is shown of a record whose id begins so; None: of any other."""

    prefix: str | None
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Children:
    """The records that refer to this one, as a result of their own; null when there are none."""

    name: str
    at: int
    record: Record


@dataclass(frozen=True, slots=True)
class Record:
    """What is shown of each row. Without `id_at` it is a line of a grouped query."""

    type: str
    id_at: int | None
    members: tuple[Member, ...]
    is_wide: bool = False
    """Whether a row comes in parts: PostgreSQL makes no list of more than a hundred values."""


Member = Leaf | Parent | Children


@dataclass(frozen=True, slots=True)
class Rest:
    """Child records that did not fit: where they belong, which they are, and the result that is to name their URL."""

    part: str
    """The way to their shape from the top, as `Accounts.Contacts.`"""
    rows: Sequence[Row]
    result: dict[str, Any]


class Writer:
    """Writes the rows of one shape, for one API version.

    Of the children of one record no more than `most_children` are written; what is left is collected in `rests`.
    """

    def __init__(self, record: Record, version: int, most_children: int, part: str = "") -> None:
        self._base = f"/services/data/v{version}.0/sobjects"
        self._most_children = most_children
        self.rests: list[Rest] = []
        self._write = self._record(record, part)

    def __call__(self, row: Row) -> dict[str, Any]:
        """The JSON object of a row."""
        return self._write(row)

    def _record(self, record: Record, part: str) -> Callable[[Row], dict[str, Any]]:
        fill = self._members(record.members, part)
        id_at, type_, base = record.id_at, record.type, f"{self._base}/{record.type}/"

        def write(row: Row) -> dict[str, Any]:
            attributes = {"type": type_} if id_at is None else {"type": type_, "url": base + show_id(row[id_at])}
            shown: dict[str, Any] = {"attributes": attributes}
            fill(row, shown)
            return shown

        if record.is_wide:
            return lambda parts: write([value for part in parts for value in part])
        return write

    def _members(self, members: Sequence[Member], part: str) -> Write:
        writes = [self._member(member, part) for member in members]

        def fill(row: Row, shown: dict[str, Any]) -> None:
            for write in writes:
                write(row, shown)

        return fill

    def _member(self, member: Member, part: str) -> Write:
        if isinstance(member, Leaf):
            return _leaf(member)
        return self._parent(member, part) if isinstance(member, Parent) else self._children(member, part)

    def _children(self, member: Children, part: str) -> Write:
        name, at, most, inside = member.name, member.at, self._most_children, f"{part}{member.name}."
        write_row = self._record(member.record, inside)

        def write(row: Row, shown: dict[str, Any]) -> None:
            rows = row[at]
            if not rows:
                shown[name] = None
                return
            records = [write_row(each) for each in rows[:most]]
            result = shown[name] = {"totalSize": len(rows), "done": len(rows) <= most, "records": records}
            if len(rows) > most:
                self.rests.append(Rest(inside, rows, result))

        return write

    def _parent(self, member: Parent, part: str) -> Write:
        fill = self._members(member.members, part)
        branches = {branch.prefix: self._members(branch.members, part) for branch in member.branches}
        name, id_at, base = member.name, member.id_at, self._base

        def write(row: Row, shown: dict[str, Any]) -> None:
            record_id = row[id_at]
            prefix = record_id and record_id[:3]
            fill_more = branches.get(prefix, branches.get(None)) if branches else fill
            if record_id is None or fill_more is None:
                shown[name] = None
                return
            type_ = BY_PREFIX[prefix].name
            url = f"{base}/{type_}/{show_id(record_id)}"
            inner = shown[name] = {"attributes": {"type": member.type or type_, "url": url}}
            fill_more(row, inner)

        return write


def _leaf(leaf: Leaf) -> Write:
    name, at, show = leaf.name, leaf.at, leaf.show
    if show is None:

        def plain(row: Row, shown: dict[str, Any]) -> None:
            shown[name] = row[at]

        return plain

    def write(row: Row, shown: dict[str, Any]) -> None:
        value = row[at]
        shown[name] = None if value is None else show(value)

    return write


def part_of(record: Record, part: str) -> Record:
    """The shape of the child records that `part` leads to. Raises KeyError when there are none."""
    for name in part.split(".")[:-1]:
        found = next((m for m in record.members if isinstance(m, Children) and m.name == name), None)
        if found is None:
            raise KeyError(part)
        record = found.record
    return record


def flat_names(record: Record, prefix: str = "") -> Iterator[tuple[str, Leaf]]:
    """The leaves of a record with their names from its top, as `Account.Name`: what a table of rows has as columns.

    Child records and what TYPEOF chooses have no place in such a table and are left out.
    """
    yield from _flat(record.members, prefix)


def _flat(members: Sequence[Member], prefix: str) -> Iterator[tuple[str, Leaf]]:
    for member in members:
        if isinstance(member, Leaf):
            yield prefix + member.name, member
        elif isinstance(member, Parent) and not member.branches:
            yield from _flat(member.members, f"{prefix}{member.name}.")
