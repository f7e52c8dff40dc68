"""Who refers to a record that is to be deleted: children that go with it, and others that stand in the way."""

from __future__ import annotations

import functools
from collections.abc import Collection

import msgspec

from orderwright.objects.custom_fields import Schema
from orderwright.objects.definition import Definition, Field, Id, SObject
from orderwright.store.database import Session

MOST_CHILDREN = 2000


@functools.lru_cache(1024)
def links_to(schema: Schema, object_: str) -> tuple[tuple[Definition, Field], ...]:
    """Every field that can refer to a record of `object_`, custom ones too, with its object."""
    return tuple(
        (definition, field)
        for definition in schema.by_name.values()
        for field in (*definition.stored.values(), *definition.customs.values())
        if field.type == "reference" and object_ in field.to
    )


async def first_reference(
    session: Session, schema: Schema, object_: str, record_id: Id, besides: Collection[tuple[str, str]]
) -> tuple[Definition, Field, Id] | None:
    """A record that refers to `record_id`, with the field it does so by; links in `besides` do not count."""
    links = [link for link in links_to(schema, object_) if (link[0].name, link[1].name) not in besides]
    if not links:
        return None
    row = await session.fetchrow(_first(schema, object_, frozenset(besides)), record_id)
    if row is None:
        return None
    definition, field = links[row["place"]]
    return definition, field, row["id"]


@functools.lru_cache(256)
def _first(schema: Schema, object_: str, besides: frozenset[tuple[str, str]]) -> str:
    """One statement over all tables that can refer to an object, in all shards."""
    links = [link for link in links_to(schema, object_) if (link[0].name, link[1].name) not in besides]
    parts = [
        f'(SELECT {place} AS place, t.id FROM "{child.table}" t '
        f"WHERE {child.expression(link.name)} = $1 AND NOT t.is_deleted LIMIT 1)"
        for place, (child, link) in enumerate(links)
    ]
    return f"SELECT place, id FROM ({' UNION ALL '.join(parts)}) found LIMIT 1"


async def children_of(session: Session, child: Definition, link: Field, parent_id: Id) -> list[SObject]:
    """The records of `child` that refer to a record by `link`, in any shard; one more than `MOST_CHILDREN`."""
    text = await session.fetchval(
        f"SELECT coalesce(json_agg(c ORDER BY c.id), '[]') FROM (SELECT * FROM \"{child.table}\" t "
        f'WHERE t."{link.name}" = $1 AND NOT t.is_deleted ORDER BY t.id LIMIT $2) c',
        parent_id,
        MOST_CHILDREN + 1,
    )
    found: list[SObject] = msgspec.json.decode(text, type=list[child.record])  # type: ignore[name-defined]
    return found
