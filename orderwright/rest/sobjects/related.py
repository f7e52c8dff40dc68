"""GET /sobjects/{objectName}/{recordId}/{relationship}: the records that hang on a record, or the one it hangs on."""

from __future__ import annotations

import functools
from typing import Any

from orderwright.objects.definition import Definition, Field, Id, SObject
from orderwright.objects.registry import BY_NAME, definition_of
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.sobjects.names import object_called, record_of
from orderwright.rest.sobjects.show import show_record
from orderwright.store.database import Session
from orderwright.store.related import MOST_RECORDS, read_children
from orderwright.store.transaction import find_shard, read_record

ALIASES = {"orderitemadjustmentlinesummaries": "orderitemadjustmentlineitemsummaries"}
"""Names that clients were seen to use for a relationship of another name (data-model.yaml surprises, observed)."""


async def get_related(context: Context, object_name: str, record_id: str, relationship: str) -> dict[str, Any]:
    """Follows a relationship by its name: child records as a list, in order of creation, or the parent record itself.

    A list has at most 2,000 records; `done` says whether that was all.
    """
    definition = object_called(object_name, context.version)
    found = record_of(definition, record_id)
    fields = _fields(context)
    async with context.reading() as session:
        shard = await find_shard(session, found)
        record = await read_record(session, definition.name, shard, found)
        child = child_of(definition, relationship.lower())
        if child is None:
            return await _parent(context, session, definition, record, relationship, fields)
        children, total = await read_children(session, definition, child[0], child[1], found, shard)
    shown = [show_record(child[0], c, context.version, fields) for c in children]
    return {"totalSize": total, "done": total <= MOST_RECORDS, "records": shown}


def _fields(context: Context) -> list[str] | None:
    asked = context.query.get("fields")
    return [name.strip() for name in asked.split(",") if name.strip()] if asked else None


@functools.cache
def child_of(definition: Definition, relationship: str) -> tuple[Definition, Field] | None:
    """The child object of a relationship name in lower case, and its field that points here."""
    wanted = ALIASES.get(relationship, relationship)
    for child in BY_NAME.values():
        for field in child.stored.values():
            named = field.children is not None and field.children.lower() == wanted
            if named and definition.name in field.to and not field.internal and not child.about.internal:
                return child, field
    return None


async def _parent(
    context: Context,
    session: Session,
    definition: Definition,
    record: SObject,
    relationship: str,
    fields: list[str] | None,
) -> dict[str, Any]:
    link = next(
        (
            field
            for field in definition.stored.values()
            if not field.internal and (field.relationship or "").lower() == relationship.lower()
        ),
        None,
    )
    if link is None:
        known = ", ".join(sorted(_relationships(definition)))
        raise HttpError(
            "NOT_FOUND", f"{definition.name} has no relationship '{relationship}'; it has {known}", relationship
        )
    parent_id: Id | None = getattr(record, link.name)
    parent = definition_of(parent_id) if parent_id else None
    if parent_id is None or parent is None:
        raise HttpError("NOT_FOUND", f"{link.wire_name} of {definition.name} is empty", relationship)
    found = await read_record(session, parent.name, await find_shard(session, parent_id), parent_id)
    return show_record(parent, found, context.version, fields)


@functools.cache
def _relationships(definition: Definition) -> frozenset[str]:
    parents = {f.relationship for f in definition.stored.values() if f.relationship and not f.internal}
    children = {
        field.children
        for child in BY_NAME.values()
        for field in child.stored.values()
        if field.children and definition.name in field.to and not field.internal and not child.about.internal
    }
    return frozenset(parents | children)
