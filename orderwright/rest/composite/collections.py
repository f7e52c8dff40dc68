"""/composite/sobjects: up to 200 records of any objects, written together, or up to 2,000 of one object, read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidInput, Refusal, RequiredFieldMissing
from orderwright.objects.definition import Definition, Id
from orderwright.objects.identity import to_15
from orderwright.rest import errors
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError, Undone
from orderwright.rest.properties import About, OnlyWhenSet
from orderwright.rest.sobjects.by_value import needed_key, upsert
from orderwright.rest.sobjects.delete import remove_record
from orderwright.rest.sobjects.names import object_called
from orderwright.rest.sobjects.show import show_record
from orderwright.rest.sobjects.update import change_record
from orderwright.rest.sobjects.writing import Writing
from orderwright.store.records import read_found

MOST_RECORDS = 200
MOST_READ = 2000


class CollectionInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Records to save, each with `attributes: {type}` beside its fields."""

    all_or_none: Annotated[bool, About("True: one refused record refuses all.")] = False
    records: list[dict[str, Any]]


class SelectionInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which records to read, and which of their fields."""

    ids: Annotated[list[Any], About("Ids of records of the object, at most 2,000.")]
    fields: list[str]


class RecordError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why a record was not saved."""

    status_code: str
    message: str
    fields: list[str] = []


class RecordResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one record, in the order of the request."""

    id: Annotated[str | None, OnlyWhenSet()] = None
    success: bool
    errors: list[RecordError] = []
    created: Annotated[bool | None, OnlyWhenSet()] = None
    """Of an upsert only."""


Act = Callable[[Any], Awaitable[RecordResult]]


async def create_records(context: Context, writing: Writing, body: CollectionInput) -> list[RecordResult]:
    """Creates up to 200 records; each succeeds or fails alone, unless `allOrNone`."""

    async def create(record: dict[str, Any]) -> RecordResult:
        definition = object_called(context, type_of(record))
        context.rights.refuse_without(f"Create {definition.name}")
        return RecordResult(id=await writing.create(definition, record, context.version), success=True)

    await _look_up(writing, body)
    return await _each(context, body.records, create, all_or_none=body.all_or_none)


async def update_records(context: Context, writing: Writing, body: CollectionInput) -> list[RecordResult]:
    """Changes up to 200 records, each named by its `id`; each succeeds or fails alone, unless `allOrNone`."""

    async def change(record: dict[str, Any]) -> RecordResult:
        record_id = id_of(record)
        definition = context.schema.definition_of(record_id)
        named = object_called(context, type_of(record, definition.name if definition else ""))
        if definition is not named:
            raise HttpError("INVALID_ID_FIELD", f"{record_id} is not the id of a record of {named.name}", "Id")
        context.rights.refuse_without(f"Edit {named.name}")
        await change_record(writing, named, record_id, record, context.version)
        return RecordResult(id=record_id, success=True)

    await _look_up(writing, body)
    return await _each(context, body.records, change, all_or_none=body.all_or_none)


async def upsert_records(
    context: Context, writing: Writing, object_name: str, field_name: str, body: CollectionInput
) -> list[RecordResult]:
    """Creates or changes up to 200 records of one object, told apart by a field that records are looked up by."""
    definition = object_called(context, object_name)
    key = "Id" if field_name.lower() == "id" else needed_key(definition, field_name, context.version).wire_name

    async def save(record: dict[str, Any]) -> RecordResult:
        _refuse_other_object(definition, record)
        value, rest = _taken_out(record, key)
        done = await upsert(context, writing, definition, key, value, rest)
        return RecordResult(id=done.id, success=True, created=done.created)

    await _look_up(writing, body)
    return await _each(context, body.records, save, all_or_none=body.all_or_none, is_upsert=True)


async def delete_records(context: Context, writing: Writing) -> list[RecordResult]:
    """Deletes up to 200 records, their ids in `?ids=A,B`; each succeeds or fails alone, unless `allOrNone=true`."""

    async def remove(text: str) -> RecordResult:
        record_id = to_15(text)
        definition = context.schema.definition_of(record_id) if record_id else None
        if record_id is None or definition is None or definition.about.internal:
            raise HttpError("INVALID_ID_FIELD", f"'{text}' is not the id of a record", "Id")
        context.rights.refuse_without(f"Delete {definition.name}")
        await remove_record(writing, definition, record_id)
        return RecordResult(id=record_id, success=True)

    all_or_none = context.query.get("allOrNone", "false").lower() == "true"
    return await _each(context, _ids_asked(context), remove, all_or_none=all_or_none)


async def read_records(context: Context, object_name: str) -> list[dict[str, Any] | None]:
    """Reads up to 2,000 records of one object, `?ids=A,B&fields=C,D`; null stands for one that is not there."""
    fields = [name.strip() for name in context.query.get("fields", "").split(",") if name.strip()]
    return await _read(context, object_name, _ids_asked(context, MOST_READ), fields)


async def select_records(context: Context, object_name: str, body: SelectionInput) -> list[dict[str, Any] | None]:
    """Reads up to 2,000 records of one object; null stands for one that is not there."""
    return await _read(context, object_name, body.ids, body.fields)


async def _read(context: Context, object_name: str, ids: list[Any], fields: list[str]) -> list[dict[str, Any] | None]:
    definition = object_called(context, object_name)
    if not fields:
        raise RequiredFieldMissing("fields is missing; name the fields to read", "fields")
    _refuse_count(len(ids), "ids", MOST_READ)
    wanted = [to_15(text) if isinstance(text, str) else None for text in ids]
    mine = [i for i in wanted if i is not None and i[:3] == definition.about.key_prefix]
    async with context.reading() as session:
        found = {record.id: record for record in await read_found(session, definition.record, mine)}
    shown = {i: show_record(definition, record, context.version, context.rights, fields) for i, record in found.items()}
    return [shown.get(i or "") for i in wanted]


async def _look_up(writing: Writing, body: CollectionInput) -> None:
    _refuse_count(len(body.records), "records", MOST_RECORDS)
    await writing.look_up(body.records)


def _ids_asked(context: Context, most: int = MOST_RECORDS) -> list[str]:
    ids = [text.strip() for text in context.query.get("ids", "").split(",") if text.strip()]
    _refuse_count(len(ids), "ids", most)
    return ids


def _refuse_count(count: int, name: str, most: int) -> None:
    if not 0 < count <= most:
        raise InvalidInput(f"{name} has {count} entries; send 1 to {most}", name)


async def _each(
    context: Context, entries: list[Any], act: Act, *, all_or_none: bool, is_upsert: bool = False
) -> list[RecordResult]:
    results = [await _one(entry, act, is_upsert=is_upsert) for entry in entries]
    # a part of an atomic composite is all or none, whatever it says itself
    if (all_or_none or context.writing is not None) and not all(result.success for result in results):
        raise Undone([_not_done(result) for result in results])
    return results


async def _one(entry: Any, act: Act, *, is_upsert: bool) -> RecordResult:
    try:
        return await act(entry)
    except Exception as error:  # noqa: BLE001  # `described` raises again what is no refusal
        return RecordResult(success=False, errors=[described(error)], created=False if is_upsert else None)


def described(error: Exception) -> RecordError:
    """The error of one record. What is no refusal of it is raised again: it concerns the whole transaction."""
    refusal: Refusal | None = errors.as_refusal(error)
    if refusal is not None:
        return RecordError(
            status_code=refusal.code, message=errors.spoken(refusal.message), fields=list(refusal.fields)
        )
    if isinstance(error, Undone) and error.status == 300:
        return RecordError(status_code="DUPLICATE_EXTERNAL_ID", message="more than one record has the value")
    known = errors.as_http_error(error)
    if known is None or known.status >= 500:
        raise error
    return RecordError(status_code=known.code, message=errors.spoken(known.message), fields=list(known.fields))


def _not_done(result: RecordResult) -> RecordResult:
    if not result.success:
        return result
    message = "this record was not saved: another one of the request was refused, and allOrNone is true"
    return RecordResult(
        success=False,
        errors=[RecordError(status_code="ALL_OR_NONE_OPERATION_ROLLED_BACK", message=message)],
        created=None if result.created is None else False,
    )


def type_of(record: dict[str, Any], otherwise: str = "") -> str:
    """The name of the object that a record says it is of. Raises HttpError."""
    attributes = record.get("attributes")
    found = attributes.get("type", otherwise) if isinstance(attributes, dict) else otherwise
    if not isinstance(found, str) or not found:
        raise HttpError("REQUIRED_FIELD_MISSING", "attributes.type is missing; send the name of the record's object")
    return found


def id_of(record: dict[str, Any]) -> Id:
    """The id that a record comes with. Raises HttpError."""
    value = next((value for name, value in record.items() if name.lower() == "id"), None)
    record_id = to_15(value) if isinstance(value, str) else None
    if record_id is None:
        raise HttpError("REQUIRED_FIELD_MISSING", "id is missing or no record id; send the id of the record", "Id")
    return record_id


def _refuse_other_object(definition: Definition, record: dict[str, Any]) -> None:
    named = type_of(record, definition.name)
    if named.lower() != definition.name.lower():
        raise HttpError("INVALID_FIELD", f"attributes.type is '{named}', and the URL names {definition.name}")


def _taken_out(record: dict[str, Any], key: str) -> tuple[str, dict[str, Any]]:
    """The value of `key` in a record, as text, and the record without it. Raises HttpError."""
    rest = {name: value for name, value in record.items() if name.lower() != key.lower()}
    value = next((value for name, value in record.items() if name.lower() == key.lower()), None)
    if value is None or value == "" or isinstance(value, dict | list | bool):
        raise HttpError("REQUIRED_FIELD_MISSING", f"{key} is missing; send the value that tells the record apart", key)
    return str(value), rest
