"""What a bulk query found, as CSV or as JSON records."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orderwright.decisions.read_bulk import DELIMITERS, LINE_ENDINGS
from orderwright.objects.custom_fields import Schema
from orderwright.rest.bulk.results import csv_text
from orderwright.rest.codec import to_json
from orderwright.soql.compile import Plan
from orderwright.soql.shape import Writer, flat_names
from orderwright.store.bulk_found import found_rows
from orderwright.store.bulk_jobs import Batch, Job
from orderwright.store.database import Session

ORDERED_SINCE = 50
"""From this version on columns stand as they were asked for, before in the order of their names (documented)."""

MOST_CHILDREN = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was carried out, and how its rows are to be read."""

    job: Job
    batch: Batch
    plan: Plan
    schema: Schema


async def as_csv(session: Session, asked: Asked, start: int, end: int) -> AsyncIterator[bytes]:
    """The rows from `start` until before `end`, below the names of their columns."""
    delimiter, ending = DELIMITERS[asked.job.column_delimiter], LINE_ENDINGS[asked.job.line_ending]
    columns = [(name, leaf.at, _cell(asked, name, leaf.show)) for name, leaf in flat_names(asked.plan.record)]
    if asked.job.api_version < ORDERED_SINCE:
        columns.sort(key=lambda column: column[0].lower())
    yield csv_text([[name for name, _, _ in columns]], delimiter, ending)
    async for rows in found_rows(session, asked.batch.id, start, end, as_text=True):
        flat = _flat(rows) if asked.plan.record.is_wide else rows
        yield csv_text([[show(row[at]) for _, at, show in columns] for row in flat], delimiter, ending)


def _flat(rows: Sequence[Any]) -> list[list[Any]]:
    """Rows that come in parts, in one."""
    return [[value for part in row for value in part] for row in rows]


def _cell(asked: Asked, name: str, show: Callable[[Any], Any] | None) -> Callable[[Any], str]:
    is_moment = type_of(asked.schema, asked.plan.object, name) == "dateTime"

    def cell(value: Any) -> str:
        if value is None:
            return ""
        if show is not None:
            value = show(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, dict | list):
            return to_json(value).decode()
        return str(value).replace("+0000", "Z") if is_moment else str(value)

    return cell


def type_of(schema: Schema, object_: str, path: str) -> str | None:
    """The type of the field that a path from an object leads to; None when that differs from row to row."""
    *way, name = path.split(".")
    definition = schema.by_name.get(object_)
    for step in way:
        fields = definition.by_wire_name.values() if definition is not None else ()
        link = next((f for f in fields if f.relationship == step), None)
        definition = schema.by_name.get(link.to[0]) if link is not None and len(link.to) == 1 else None
    field = definition.by_wire_name.get(name.lower()) if definition is not None else None
    return None if field is None else field.type


async def as_json(session: Session, asked: Asked, end: int) -> AsyncIterator[bytes]:
    """All rows as a list of records; moments are milliseconds since 1970, as the older API was seen to write them."""
    write = Writer(asked.plan.record, asked.job.api_version, MOST_CHILDREN)
    moments = [
        tuple(name.split("."))
        for name, _ in flat_names(asked.plan.record)
        if type_of(asked.schema, asked.plan.object, name) == "dateTime"
    ]
    yield b"["
    separator = b""
    async for rows in found_rows(session, asked.batch.id, 0, end, as_text=False):
        records = [_with_milliseconds(write(row), moments) for row in rows]
        if records:
            yield separator + to_json(records)[1:-1]
            separator = b","
    yield b"]"


def _with_milliseconds(record: dict[str, Any], moments: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    for *way, name in moments:
        place: Any = record
        for step in way:
            place = place.get(step) if place is not None else None
        if place is not None and place.get(name) is not None:
            moment = dt.datetime.strptime(place[name], "%Y-%m-%dT%H:%M:%S.%f%z")
            place[name] = round(moment.timestamp() * 1000)
    return record
