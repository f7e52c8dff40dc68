"""Records -> rows: gives ids, numbers and timestamps, and writes one statement per table. Knows tables, not verbs."""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from orderwright.objects.definition import Definition, Id, SObject
from orderwright.objects.event import Event, with_links
from orderwright.objects.identity import is_stand_in
from orderwright.objects.registry import BY_NAME
from orderwright.store import statements
from orderwright.store.database import Database, Session

LINE_BLOCK, HEAD_BLOCK = 5000, 100
"""How many readable numbers a process leases at a time: for lines there are many, for heads gaps should stay small."""

MOST_PARAMETERS = 30_000
"""PostgreSQL takes 32,767 parameters in one statement; larger saves are split."""

_HEADS = frozenset({"Order", "FulfillmentOrder", "Invoice", "CreditMemo", "Payment", "Refund", "PaymentAuthorization"})


class Author(msgspec.Struct, frozen=True):
    """Who saves, and when: one moment for the whole transaction (decisions.md S13, S15)."""

    user_id: Id
    now: dt.datetime


def identified(record: SObject, database: Database, shard: int, real: dict[Id, Id]) -> Id:
    """The id `record` is saved under, remembered in `real` when it replaces a stand-in."""
    if not is_stand_in(record.id):
        return record.id
    made = database.ids.new_id(record.ABOUT.key_prefix, shard)
    real[record.id] = made
    return made


async def completed(
    records: Sequence[SObject], database: Database, shard: int, author: Author, real: dict[Id, Id]
) -> list[SObject]:
    """`records` as they will be stored: ids, links, numbers, owner and timestamps filled in."""
    ids = [identified(record, database, shard, real) for record in records]
    done = []
    for record, record_id in zip(records, ids, strict=True):
        system: dict[str, Any] = {
            "id": record_id,
            "shard": shard,
            "last_modified_date": author.now,
            "last_modified_by_id": author.user_id,
            "system_modstamp": author.now,
        }
        if record.created_date is None:
            system |= {"created_date": author.now, "created_by_id": author.user_id}
        if record.ABOUT.has_owner and getattr(record, "owner_id", None) is None:
            system["owner_id"] = author.user_id
        system |= await _numbers(record, database)
        done.append(linked(msgspec.structs.replace(record, **system), real))
    return done


async def _numbers(record: SObject, database: Database) -> dict[str, str]:
    definition = BY_NAME[type(record).__name__]
    found = {}
    for field in _auto_numbers(definition):
        if getattr(record, field.name) is None:
            block = HEAD_BLOCK if definition.name in _HEADS else LINE_BLOCK
            number = (await database.numbers(definition.name, 1, block)).start
            found[field.name] = formatted(field.autonumber or "{0}", number)
    return found


_AUTO_NUMBERS: dict[str, list[Any]] = {}


def _auto_numbers(definition: Definition) -> list[Any]:
    known = _AUTO_NUMBERS.get(definition.name)
    if known is None:
        known = _AUTO_NUMBERS[definition.name] = [f for f in definition.stored.values() if f.autonumber]
    return known


def formatted(pattern: str, number: int) -> str:
    """`FO-{0000}` and 12 -> `FO-0012`."""
    head, _, rest = pattern.partition("{")
    zeros, _, tail = rest.partition("}")
    return f"{head}{number:0{len(zeros)}d}{tail}"


_REFERENCES: dict[str, tuple[str, ...]] = {}


def linked(record: SObject, real: Mapping[Id, Id]) -> SObject:
    """`record` with stand-in ids in its links, and in what an event tells, replaced by real ones."""
    if isinstance(record, Event):
        record = with_links(record, real)
    name = type(record).__name__
    names = _REFERENCES.get(name)
    if names is None:
        stored = BY_NAME[name].stored.values()
        names = _REFERENCES[name] = tuple(f.name for f in stored if f.type == "reference")
    links = {}
    for field in names:
        value = getattr(record, field)
        if value is not None and value in real:
            links[field] = real[value]
    return msgspec.structs.replace(record, **links) if links else record


async def write(
    session: Session, shard: int, new: Iterable[SObject], changed: Iterable[tuple[SObject, SObject]]
) -> None:
    """Insert `new` (complete records) and update `changed` (before, after), parents before children."""
    inserts: dict[str, list[SObject]] = {}
    updates: dict[str, list[tuple[SObject, SObject]]] = {}
    for record in new:
        inserts.setdefault(type(record).__name__, []).append(record)
    for before, after in changed:
        updates.setdefault(type(after).__name__, []).append((before, after))
    for name in statements.write_order():
        if name in inserts:
            await _insert(session, shard, name, inserts[name])
        if name in updates:
            await _update(session, shard, name, updates[name])


@functools.cache
def _reader(name: str) -> tuple[tuple[str, ...], Callable[[SObject], tuple[Any, ...]]]:
    """The columns of an object but the shard, and what reads them all from a record: far cheaper than one by one."""
    columns = tuple(column for column in BY_NAME[name].stored if column != "shard")
    return columns, operator.attrgetter(*columns)


async def _insert(session: Session, shard: int, name: str, records: Sequence[SObject]) -> None:
    names, read = _reader(name)
    found = [read(record) for record in records]
    used = [place for place, values in enumerate(zip(*found, strict=True)) if any(map(_is_set, values))]
    columns = tuple(names[place] for place in used)
    most = max(1, MOST_PARAMETERS // len(columns))
    for start in range(0, len(found), most):
        rows = found[start : start + most]
        values = [_parameter(row[place]) for row in rows for place in used]
        await session.execute(statements.insert(name, columns, len(rows)), shard, *values)


async def _update(session: Session, shard: int, name: str, pairs: Sequence[tuple[SObject, SObject]]) -> None:
    names, read = _reader(name)
    found = [(read(before), read(after)) for before, after in pairs]
    differ = {place for before, after in found for place, value in enumerate(after) if value != before[place]}
    columns = tuple(names[place] for place in sorted(differ))
    if not columns:
        return
    used = (names.index("id"), *sorted(differ))
    most = max(1, MOST_PARAMETERS // len(used))
    for start in range(0, len(found), most):
        rows = [after for _, after in found[start : start + most]]
        values = [_parameter(row[place]) for row in rows for place in used]
        await session.execute(statements.update(name, columns, len(rows)), shard, *values)


_JSON = (dict, list)


def _is_set(value: object) -> bool:
    return value is not None and value != {}


def _parameter(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, _JSON) else value
