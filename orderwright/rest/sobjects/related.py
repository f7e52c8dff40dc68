"""GET /sobjects/{objectName}/{recordId}/{relationship}: the records that hang on a record, or the one it hangs on."""

from __future__ import annotations

import functools
from typing import Any

from orderwright.objects.custom_fields import Schema, value_of
from orderwright.objects.definition import Definition, Field, Id, SObject
from orderwright.objects.identity import to_15
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.sobjects.by_value import read_by_value
from orderwright.rest.sobjects.names import fields_asked, key_of, object_called, record_of
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
    definition = object_called(context, object_name)
    key = key_of(definition, record_id, context.version)
    if key is not None and to_15(record_id) is None:
        return await read_by_value(context, definition, key, relationship)
    found = record_of(definition, record_id)
    fields = fields_asked(context)
    async with context.reading() as session:
        shard = await find_shard(session, found)
        record = await read_record(session, definition.name, shard, found)
        child = child_of(context.schema, definition, relationship.lower())
        if child is None:
            return await _parent(context, session, definition, record, relationship, fields)
        # that a child names this record is what its reference says
        context.rights.refuse_without(f"Read {child[0].name}", f"Read {child[0].name}.{child[1].wire_name}")
        children, total = await read_children(session, definition, child[0], child[1], found, shard)
    shown = [show_record(child[0], c, context.version, context.rights, fields) for c in children]
    return {"totalSize": total, "done": total <= MOST_RECORDS, "records": shown}


@functools.lru_cache(4096)
def child_of(schema: Schema, definition: Definition, relationship: str) -> tuple[Definition, Field] | None:
    """The child object of a relationship name in lower case, and its field that points here."""
    wanted = ALIASES.get(relationship, relationship)
    for child in schema.by_name.values():
        for field in (*child.stored.values(), *child.customs.values()):
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
            for field in (*definition.stored.values(), *definition.customs.values())
            if not field.internal and (field.relationship or "").lower() == relationship.lower()
        ),
        None,
    )
    if link is None:
        known = ", ".join(sorted(_relationships(context.schema, definition)))
        raise HttpError(
            "NOT_FOUND", f"{definition.name} has no relationship '{relationship}'; it has {known}", relationship
        )
    context.rights.refuse_without(f"Read {definition.name}.{link.wire_name}")
    parent_id: Id | None = value_of(record, link)
    parent = context.schema.definition_of(parent_id) if parent_id else None
    if parent_id is None or parent is None:
        raise HttpError("NOT_FOUND", f"{link.wire_name} of {definition.name} is empty", relationship)
    context.rights.refuse_without(f"Read {parent.name}")
    found = await read_record(session, parent.name, await find_shard(session, parent_id), parent_id)
    return show_record(parent, found, context.version, context.rights, fields)


@functools.lru_cache(256)
def _relationships(schema: Schema, definition: Definition) -> frozenset[str]:
    fields = (*definition.stored.values(), *definition.customs.values())
    parents = {f.relationship for f in fields if f.relationship and not f.internal}
    children = {
        field.children
        for child in schema.by_name.values()
        for field in (*child.stored.values(), *child.customs.values())
        if field.children and definition.name in field.to and not field.internal and not child.about.internal
    }
    return frozenset(parents | children)
