"""The child records of a record, in order of creation."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import msgspec

from orderwright.objects.definition import Definition, Field, Id, SObject
from orderwright.store.database import Session

MOST_RECORDS = 2000


async def read_children(
    session: Session, parent: Definition, child: Definition, link: Field, parent_id: Id, shard: int
) -> tuple[Sequence[SObject], int]:
    """The first children whose `link` names `parent_id`, and how many there are (at most one more is counted)."""
    near = is_of_an_order(parent) and is_of_an_order(child)
    text = await session.fetchval(_statement(child, link, near=near), shard, parent_id, MOST_RECORDS + 1)
    records: list[SObject] = msgspec.json.decode(text, type=list[child.record])  # type: ignore[name-defined]
    return records[:MOST_RECORDS], len(records)


def is_of_an_order(definition: Definition) -> bool:
    """Whether records of the object live in an order's shard, some of them only once their order is known."""
    moved = {"Order", "Payment", "PaymentAuthorization", "PaymentAuthAdjustment", "PaymentGatewayLog"}
    return definition.about.root is not None or definition.name in moved


@functools.cache
def _statement(child: Definition, link: Field, *, near: bool) -> str:
    """Children of an order are in its shard; those of an account, a product … may be in any."""
    where = "t.shard = $1" if near else "$1::smallint IS NOT NULL"
    return (
        f"SELECT coalesce(json_agg(c ORDER BY c.id), '[]') FROM (SELECT * FROM \"{child.table}\" t "
        f"WHERE {where} AND {child.expression(link.name)} = $2 AND NOT t.is_deleted ORDER BY t.id LIMIT $3) c"
    )
