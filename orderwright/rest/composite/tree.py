"""POST /composite/tree/{objectName}: records with their children, all of them or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidInput, RequiredFieldMissing
from orderwright.objects.definition import Definition, Field, Id
from orderwright.rest.composite.collections import RecordError, described, type_of
from orderwright.rest.composite.composite import NAME
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError, Undone
from orderwright.rest.properties import About, OnlyWhenSet
from orderwright.rest.sobjects.names import object_called
from orderwright.rest.sobjects.related import child_of
from orderwright.rest.sobjects.writing import Writing

MOST_RECORDS = 200
MOST_LEVELS = 5
MOST_OBJECTS = 5


class TreeInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Records of one object, each with `attributes: {type, referenceId}`, its fields, and children under the names of
    their relationships, as `{"records": [...]}`.
    """

    records: list[dict[str, Any]]


class TreeResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one record."""

    reference_id: Annotated[str, About("The name that the request gave the record.")]
    id: Annotated[str | None, OnlyWhenSet()] = None
    errors: Annotated[list[RecordError] | None, OnlyWhenSet()] = None


class TreeOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All records that were made, or those that were refused."""

    has_errors: bool
    results: list[TreeResult]


@dataclass(frozen=True, slots=True)
class _Node:
    """One record of the tree, and the record it hangs on, by its place in the list."""

    definition: Definition
    reference_id: str
    fields: dict[str, Any]
    parent: int | None
    link: Field | None
    level: int


def tree_status(output: TreeOutput) -> int:
    """201 when all records were made, 400 when none was."""
    return 400 if output.has_errors else 201


async def create_tree(context: Context, writing: Writing, object_name: str, body: TreeInput) -> TreeOutput:
    """Creates up to 200 records, parents and children together, up to five levels deep; one refused refuses all."""
    nodes = _nodes(context, object_called(context, object_name), body.records)
    await writing.look_up(body.records)
    ids: list[Id | None] = []
    refused: list[TreeResult] = []
    for node in nodes:
        if node.parent is not None and ids[node.parent] is None:
            ids.append(None)  # what was refused is the record it hangs on
            continue
        try:
            ids.append(await _create(context, writing, node, ids))
        except Exception as error:  # noqa: BLE001  # `described` raises again what is no refusal
            ids.append(None)
            refused.append(TreeResult(reference_id=node.reference_id, errors=[described(error)]))
    if refused:
        raise Undone(TreeOutput(has_errors=True, results=refused))
    made = [TreeResult(reference_id=node.reference_id, id=i) for node, i in zip(nodes, ids, strict=True)]
    return TreeOutput(has_errors=False, results=made)


async def _create(context: Context, writing: Writing, node: _Node, ids: list[Id | None]) -> Id:
    context.rights.refuse_without(f"Create {node.definition.name}")
    fields = dict(node.fields)
    if node.parent is not None and node.link is not None:
        fields[node.link.wire_name] = ids[node.parent]
    return await writing.create(node.definition, fields, context.version)


def _nodes(context: Context, definition: Definition, records: list[dict[str, Any]]) -> list[_Node]:
    """The records of the tree, parents first, level by level. Raises HttpError and Refusal for an odd tree."""
    nodes = [_node(context, definition, record, None, None, 1) for record in records]
    bodies = list(records)
    place = 0
    while place < len(nodes):
        _refuse_odd(nodes)
        node = nodes[place]
        for name, child, link, inner in _children(context, node.definition, bodies[place]):
            node.fields.pop(name)
            bodies += inner
            nodes += [_node(context, child, record, place, link, node.level + 1) for record in inner]
        place += 1
    _refuse_odd(nodes)
    _refuse_same_names(nodes)
    return nodes


def _node(
    context: Context, definition: Definition, record: Any, parent: int | None, link: Field | None, level: int
) -> _Node:
    if not isinstance(record, dict):
        raise HttpError("JSON_PARSER_ERROR", "records has an entry that is no object; send records")
    named = object_called(context, type_of(record))
    if named is not definition:
        raise HttpError("INVALID_FIELD", f"attributes.type is {named.name}, and {definition.name} belongs here")
    reference = record["attributes"].get("referenceId")
    if not isinstance(reference, str) or not NAME.fullmatch(reference):
        raise RequiredFieldMissing(
            "attributes.referenceId is missing or no name; use letters, digits and underscores, the last not first",
            "referenceId",
        )
    return _Node(definition, reference, dict(record), parent, link, level)


def _children(
    context: Context, definition: Definition, record: dict[str, Any]
) -> Iterator[tuple[str, Definition, Field, list[Any]]]:
    for name, value in record.items():
        if isinstance(value, dict) and name != "attributes":
            found = child_of(context.schema, definition, name.lower())
            inner = value.get("records")
            if found is None or not isinstance(inner, list):
                raise HttpError("INVALID_FIELD", f"{definition.name} has no children '{name}' with records", name)
            yield name, *found, inner


def _refuse_odd(nodes: list[_Node]) -> None:
    if not 0 < len(nodes) <= MOST_RECORDS:
        raise InvalidInput(f"the tree has {len(nodes)} records; send 1 to {MOST_RECORDS}", "records")
    if nodes[-1].level > MOST_LEVELS:
        raise InvalidInput(f"the tree is more than {MOST_LEVELS} levels deep", "records")
    if len({node.definition.name for node in nodes}) > MOST_OBJECTS:
        raise InvalidInput(f"the tree has records of more than {MOST_OBJECTS} objects", "records")


def _refuse_same_names(nodes: list[_Node]) -> None:
    """Each record with a name that another has is named in the answer (documented)."""
    names = Counter(node.reference_id for node in nodes)
    error = RecordError(status_code="INVALID_INPUT", message="another record of the request has this referenceId")
    same = [name for name in (node.reference_id for node in nodes) if names[name] > 1]
    if same:
        results = [TreeResult(reference_id=name, errors=[error]) for name in same]
        raise Undone(TreeOutput(has_errors=True, results=results))
