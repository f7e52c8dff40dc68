"""GET /recent: the records that the caller's user made last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orderwright.decisions.edit_order import PARTS
from orderwright.decisions.errors import InvalidInput
from orderwright.decisions.read_value import shown
from orderwright.objects.identity import to_18
from orderwright.rest.context import Context
from orderwright.store.recent import newest_of

MOST_RECENT = 200

HEADS = frozenset({
    "Account", "Contact", "Product2", "Pricebook2", "Location", "LocationGroup", "Order", "OrderSummary",
    "FulfillmentOrder", "Invoice", "CreditMemo", "ReturnOrder", "Shipment",
}) - PARTS.keys()  # fmt: skip
"""What people open by itself; lines and the like are seen with their head."""


async def list_recent(context: Context) -> list[dict[str, Any]]:
    """Lists the records that the caller's user made last, newest first; `?limit=` says how many, 10 without it.

    Only that a record was made is on record here, not who looked at it.
    """
    objects = [
        definition.name
        for definition in context.schema.by_lower_name.values()
        if definition.name in HEADS and context.rights.may_read(definition.name)
    ]
    return await recent_records(context, objects, _most(context))


async def recent_records(context: Context, objects: Sequence[str], most: int) -> list[dict[str, Any]]:
    """The newest records of `objects` that the caller's user made."""
    async with context.reading() as session:
        found = await newest_of(session, objects, context.call.user_id, most)
    base = f"/services/data/v{context.version}.0/sobjects"
    return [
        {"attributes": {"type": object_, "url": f"{base}/{object_}/{to_18(i)}"}, "Id": to_18(i), "Name": name}
        for object_, i, name, _ in found
    ]


def _most(context: Context) -> int:
    text = context.query.get("limit", "10")
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= MOST_RECENT:
        raise InvalidInput(f"limit is '{shown(text)}'; send a number from 1 to {MOST_RECENT}", "limit")
    return int(text)
