"""POST /sobjects/{objectName}"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from orderwright.objects.definition import Id
from orderwright.objects.identity import to_18
from orderwright.objects.registry import definition_of
from orderwright.rest.context import Context
from orderwright.rest.properties import About
from orderwright.rest.representations import ErrorResponse
from orderwright.rest.sobjects.names import object_called, refuse_other_record
from orderwright.rest.sobjects.writing import Writing


class SaveResult(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was saved."""

    id: Annotated[Id, About("The record's id, 18 characters.")]
    success: bool = True
    errors: list[ErrorResponse] = []


async def create_record(context: Context, writing: Writing, object_name: str, body: dict[str, Any]) -> SaveResult:
    """Creates one record from fields under their Salesforce names.

    A part of an order can be added while the order is a Draft; the order's totals follow.
    """
    definition = object_called(context, object_name)
    refuse_other_record(definition, body)
    await writing.look_up(body)
    return SaveResult(id=await writing.create(definition, body, context.version))


def location_of(result: SaveResult) -> str:
    """Where the saved record is read."""
    definition = definition_of(result.id)
    return f"/sobjects/{definition.name if definition else ''}/{to_18(result.id)}"
