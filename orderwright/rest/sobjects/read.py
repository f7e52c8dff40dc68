"""GET /sobjects/{objectName}/{recordId}"""

from __future__ import annotations

from typing import Any

from orderwright.rest.context import Context
from orderwright.rest.sobjects.names import fields_asked, object_called, record_of
from orderwright.rest.sobjects.show import show_record
from orderwright.store.transaction import find_shard, read_record


async def get_record(context: Context, object_name: str, record_id: str) -> dict[str, Any]:
    """Reads one record, with all fields that the version knows or, with `?fields=A,B`, those asked for."""
    definition = object_called(context, object_name)
    found = record_of(definition, record_id)
    async with context.reading() as session:
        record = await read_record(session, definition.name, await find_shard(session, found), found)
    return show_record(definition, record, context.version, context.rights, fields_asked(context))
