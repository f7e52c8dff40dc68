"""POST and PATCH /composite/sobjects: up to 200 records of any objects, written together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidInput, Refusal
from orderwright.objects.definition import Id
from orderwright.objects.identity import to_15
from orderwright.objects.registry import definition_of
from orderwright.rest import errors
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError, Undone
from orderwright.rest.properties import About
from orderwright.rest.sobjects.names import object_called
from orderwright.rest.sobjects.update import change_record
from orderwright.rest.sobjects.writing import Writing

MOST_RECORDS = 200

Act = Callable[[dict[str, Any]], Awaitable[Id]]


class CollectionInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Records to save, each with `attributes: {type}` beside its fields."""

    all_or_none: Annotated[bool, About("True: one refused record refuses all.")] = False
    records: list[dict[str, Any]]


class RecordError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why a record was not saved."""

    status_code: str
    message: str
    fields: list[str] = []


class RecordResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one record, in the order of the request."""

    id: str | None = None
    success: bool
    errors: list[RecordError] = []


async def create_records(context: Context, writing: Writing, body: CollectionInput) -> list[RecordResult]:
    """Creates up to 200 records; each succeeds or fails alone, unless `allOrNone`."""

    async def create(record: dict[str, Any]) -> Id:
        definition = object_called(_type_of(record), context.version)
        return await writing.create(definition, record, context.version)

    return await _each(context, writing, body, create)


async def update_records(context: Context, writing: Writing, body: CollectionInput) -> list[RecordResult]:
    """Changes up to 200 records, each named by its `id`; each succeeds or fails alone, unless `allOrNone`."""

    async def change(record: dict[str, Any]) -> Id:
        record_id = _id_of(record)
        definition = definition_of(record_id)
        named = object_called(_type_of(record, definition.name if definition else ""), context.version)
        if definition is not named:
            raise HttpError("INVALID_ID_FIELD", f"{record_id} is not the id of a record of {named.name}", "Id")
        await change_record(writing, named, record_id, record, context.version)
        return record_id

    return await _each(context, writing, body, change)


async def _each(context: Context, writing: Writing, body: CollectionInput, act: Act) -> list[RecordResult]:
    if not 0 < len(body.records) <= MOST_RECORDS:
        raise InvalidInput(f"records has {len(body.records)} entries; send 1 to {MOST_RECORDS}", "records")
    await writing.look_up(body.records)
    results = [await _one(record, act) for record in body.records]
    # a part of an atomic composite is all or none, whatever it says itself
    if (body.all_or_none or context.writing is not None) and not all(result.success for result in results):
        raise Undone([_not_done(result) for result in results])
    return results


async def _one(record: dict[str, Any], act: Act) -> RecordResult:
    try:
        return RecordResult(id=await act(record), success=True)
    except Exception as error:  # noqa: BLE001  # `_described` raises again what is no refusal
        code, message, fields = _described(error)
        return RecordResult(success=False, errors=[RecordError(status_code=code, message=message, fields=list(fields))])


def _described(error: Exception) -> tuple[str, str, tuple[str, ...]]:
    """The error of one record. What is no refusal of it is raised again: it concerns the whole transaction."""
    refusal: Refusal | None = errors.as_refusal(error)
    if refusal is not None:
        return refusal.code, errors.spoken(refusal.message), refusal.fields
    known = errors.as_http_error(error)
    if known is None or known.status >= 500:
        raise error
    return known.code, errors.spoken(known.message), known.fields


def _not_done(result: RecordResult) -> RecordResult:
    if not result.success:
        return result
    message = "this record was not saved: another one of the request was refused, and allOrNone is true"
    return RecordResult(
        success=False, errors=[RecordError(status_code="ALL_OR_NONE_OPERATION_ROLLED_BACK", message=message)]
    )


def _type_of(record: dict[str, Any], otherwise: str = "") -> str:
    attributes = record.get("attributes")
    found = attributes.get("type", otherwise) if isinstance(attributes, dict) else otherwise
    if not isinstance(found, str) or not found:
        raise HttpError("REQUIRED_FIELD_MISSING", "attributes.type is missing; send the name of the record's object")
    return found


def _id_of(record: dict[str, Any]) -> Id:
    value = next((value for name, value in record.items() if name.lower() == "id"), None)
    record_id = to_15(value) if isinstance(value, str) else None
    if record_id is None:
        raise HttpError("REQUIRED_FIELD_MISSING", "id is missing or no record id; send the id of the record", "Id")
    return record_id
