"""GET, PATCH and DELETE /sobjects/{objectName}/{fieldName}/{value}: a record by a value that tells it apart.

The field is a custom one that was declared unique or an external id, or a standard one that records are looked up by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidField
from orderwright.decisions.read_value import parser_of, shown
from orderwright.objects.definition import Definition, Field, Id
from orderwright.objects.identity import to_18
from orderwright.rest.codec import to_json
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError, Undone
from orderwright.rest.execute import Answer
from orderwright.rest.properties import About
from orderwright.rest.representations import ErrorResponse
from orderwright.rest.sobjects.delete import remove_record
from orderwright.rest.sobjects.names import fields_asked, key_of, object_called, record_of, refuse_other_record
from orderwright.rest.sobjects.show import show_record
from orderwright.rest.sobjects.update import change_record
from orderwright.rest.sobjects.writing import Writing
from orderwright.store.database import Session
from orderwright.store.keys import alone_with, find_by_value
from orderwright.store.transaction import find_shard, read_record


class UpsertResult(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was made or changed."""

    id: Annotated[Id, About("The record's id, 18 characters.")]
    success: bool = True
    errors: list[ErrorResponse] = []
    created: Annotated[bool, About("Whether the record is new.")]


def status_of(result: UpsertResult) -> int:
    """201 for a new record, 200 for one that was changed."""
    return 201 if result.created else 200


async def read_by_value(context: Context, definition: Definition, field: Field, text: str) -> dict[str, Any]:
    """The record whose `field` has the value in `text`. Raises HttpError for none; several are answered with 300."""
    async with context.reading() as session:
        found = await only_one(context, session, definition, field, value_in(field, text))
        if found is None:
            raise no_such_value(definition, field, text)
        record = await read_record(session, definition.name, await find_shard(session, found), found)
    return show_record(definition, record, context.version, context.rights, fields_asked(context))


async def upsert_record(
    context: Context, writing: Writing, object_name: str, field_name: str, value: str, body: dict[str, Any]
) -> UpsertResult:
    """Changes the record that has the value in the field, or creates one that has it when there is none.

    With `?updateOnly=true` none is created. Several records with the value are answered 300, with their addresses.
    """
    definition = object_called(context, object_name)
    if field_name.lower() == "id":
        refuse_other_record(definition, body, record_of(definition, value))
        return await upsert(context, writing, definition, field_name, value, body)
    refuse_other_record(definition, body)
    needed_key(definition, field_name, context.version)
    if any(name.lower() in ("id", field_name.lower()) for name in body):
        raise InvalidField(f"{field_name} and Id stand in the URL; leave them out of the body", field_name)
    only_update = context.query.get("updateOnly", "").lower() == "true"
    return await upsert(context, writing, definition, field_name, value, body, only_update=only_update)


async def upsert(
    context: Context,
    writing: Writing,
    definition: Definition,
    field_name: str,
    value: str,
    body: dict[str, Any],
    *,
    only_update: bool = False,
) -> UpsertResult:
    """Change or create one record of a request; `body` does not have the value that is looked for."""
    await writing.look_up(body)
    if field_name.lower() == "id":
        return await _change(context, writing, definition, record_of(definition, value), body)
    field = needed_key(definition, field_name, context.version)
    found = await _found(context, writing, definition, field, value_in(field, value))
    if found is not None:
        return await _change(context, writing, definition, found, body)
    if only_update:
        raise no_such_value(definition, field, value)
    context.rights.refuse_without(f"Create {definition.name}")
    made = await writing.create(definition, {**body, field.wire_name: value}, context.version)
    return UpsertResult(id=made, created=True)


async def _change(
    context: Context, writing: Writing, definition: Definition, record_id: Id, body: dict[str, Any]
) -> UpsertResult:
    context.rights.refuse_without(f"Edit {definition.name}")
    await change_record(writing, definition, record_id, body, context.version)
    return UpsertResult(id=record_id, created=False)


async def delete_by_value(context: Context, writing: Writing, object_name: str, field_name: str, value: str) -> None:
    """Deletes the record that has the value in the field."""
    definition = object_called(context, object_name)
    field = needed_key(definition, field_name, context.version)
    found = await _found(context, writing, definition, field, value_in(field, value))
    if found is None:
        raise no_such_value(definition, field, value)
    await remove_record(writing, definition, found)


async def _found(context: Context, writing: Writing, definition: Definition, field: Field, value: Any) -> Id | None:
    """The record with the value; until the transaction ends nobody else makes one by such a look-up."""
    if not field.unique:
        await writing.flush()  # a record of this very request may have the value
    session = writing.transaction.session
    await alone_with(session, definition, field, value)
    return await only_one(context, session, definition, field, value)


async def only_one(context: Context, session: Session, definition: Definition, field: Field, value: Any) -> Id | None:
    """The one record with the value, None for none. Several end the request with 300 and their addresses."""
    found = await find_by_value(session, definition, field, value)
    if len(found) > 1:
        raise Undone(Answer(300, to_json(_addresses(context, definition, found))), 300)
    return found[0] if found else None


def _addresses(context: Context, definition: Definition, ids: Sequence[Id]) -> list[str]:
    return [f"/services/data/v{context.version}.0/sobjects/{definition.name}/{to_18(i)}" for i in ids]


def needed_key(definition: Definition, name: str, version: int) -> Field:
    """The field `name`, by which records are looked up. Raises HttpError when there is no such one."""
    field = key_of(definition, name, version)
    if field is None:
        known = [f.wire_name for f in definition.by_wire_name.values() if key_of(definition, f.wire_name, version)]
        hint = f"use {', '.join(known)} or Id" if known else "it has none but Id"
        raise HttpError("NOT_FOUND", f"{definition.name} cannot be looked up by '{name}'; {hint}", name)
    return field


def value_in(field: Field, text: str) -> Any:
    """The value of `field` in a piece of a path. Raises Refusal for what cannot be one."""
    return parser_of(field)(text)


def no_such_value(definition: Definition, field: Field, text: str) -> HttpError:
    """The error for a value that no record has."""
    return HttpError(
        "NOT_FOUND", f"there is no {definition.name} whose {field.wire_name} is '{shown(text)}'", field.wire_name
    )
