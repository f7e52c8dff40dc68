"""Records that rows name by values of their own instead of by ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderwright.decisions.errors import Refusal
from orderwright.decisions.map_bulk_columns import Mapped
from orderwright.decisions.read_bulk import Failure, Sheet
from orderwright.decisions.read_value import parser_of
from orderwright.objects.definition import Field, Id
from orderwright.store.bulk_keys import find_by_values
from orderwright.store.database import Session
from orderwright.store.keys import key_text


async def look_up(session: Session, column: Mapped, sheet: Sheet, place: int) -> Mapping[str, Id | Failure]:
    """The records that the texts of a column name by a value of their own."""
    if column.key is None:
        return {}
    definition, field_ = column.key.definition, column.key.field
    texts = {text for text in sheet.values[place] if text}
    if field_.name == "id":
        return {text: text for text in texts}
    parsed: dict[str, Any] = {text: parsed_text(field_, text) for text in texts}
    values = [value for value in parsed.values() if not isinstance(value, Failure)]
    found = await find_by_values(session, definition, field_, values)
    return {text: _only_one(column, text, value, found) for text, value in parsed.items()}


def _only_one(column: Mapped, text: str, value: Any, found: Mapping[str, Sequence[Id]]) -> Id | Failure:
    if isinstance(value, Failure) or column.key is None:
        return value if isinstance(value, Failure) else text
    ids = found.get(key_text(column.key.field, value), ())
    if len(ids) == 1:
        return ids[0]
    name, object_ = column.key.field.wire_name, column.key.definition.name
    if ids:
        return Failure("INVALID_FIELD", f"More than one record found for external id field {name} in entity {object_}: "
                       f"'{text[:80]}'", (column.name,))  # fmt: skip
    message = f"Foreign key external ID: {text[:80]} not found for field {name} in entity {object_}"
    return Failure("INVALID_FIELD", message, (column.name,))


def parsed_text(field_: Field, text: str) -> Any:
    """The value of a field in a text, or why it has none."""
    try:
        return parser_of(field_)(text)
    except Refusal as refusal:
        return Failure(refusal.code, refusal.message, refusal.fields)
