"""The explanation that a change order carries, read back."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from orderwright.decisions.explain import Step
from orderwright.objects.definition import Id
from orderwright.store.database import Session
from orderwright.store.ids import shard_of

EXPLANATION = """
SELECT order_number, change_class, explanation FROM "order" WHERE shard = $1 AND id = $2 AND explanation IS NOT NULL
"""
NAMES = "SELECT id, name FROM order_item_summary WHERE shard = $1 AND id = ANY ($2::text[])"


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A change order's explanation; `item_names` by order item summary."""

    order_number: str
    change_class: str
    steps: tuple[Step, ...]
    item_names: Mapping[Id, str]


async def read_explanation(session: Session, change_order_id: Id) -> Explained | None:
    """The explanation of a change order; None when there is no such order, or it has none."""
    shard = shard_of(change_order_id)
    row = await session.fetchrow(EXPLANATION, shard, change_order_id)
    if row is None:
        return None
    steps = msgspec.json.decode(row["explanation"], type=tuple[Step, ...])
    names = await session.fetch(NAMES, shard, [step.order_item_summary_id for step in steps])
    return Explained(
        order_number=row["order_number"],
        change_class=row["change_class"],
        steps=steps,
        item_names={name["id"]: name["name"] for name in names},
    )
