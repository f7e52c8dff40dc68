"""Where the other side of a reference is: joins name the shard too, so that they go by primary key (decisions.md S4).

What hangs on an order is in its shard. Everything else is found by the bucket in its id, with `query.id_shard` of
the database; a payment record may have moved to its order, and left a forwarding.
"""

from __future__ import annotations

import functools

from orderwright.objects.definition import Definition, Field
from orderwright.objects.elsewhere import ELSEWHERE
from orderwright.objects.registry import BY_NAME

MOVABLE = frozenset({
    "Payment", "PaymentAuthorization", "PaymentAuthAdjustment", "Refund", "RefundLinePayment", "PaymentGatewayLog",
})  # fmt: skip
"""Payment records are in a shard of their own until their order is known."""

WITH_ORDER = frozenset({("Order", "related_order_id")})
"""References to another record of the same object that are only ever made inside one order: change orders."""


@functools.cache
def is_of_an_order(name: str) -> bool:
    """Whether records of the object are in an order's shard, payment records only once their order is known."""
    seen: set[str] = set()
    while name not in seen:
        if name == "Order" or name in MOVABLE:
            return True
        seen.add(name)
        definition = BY_NAME[name]
        root = definition.about.root
        targets = definition.stored[root].to if root is not None else ()
        name = targets[0] if targets else name
    return False


def is_near(child: Definition, field: Field, parent: Definition) -> bool:
    """Whether a record is always in the shard of the one that its `field` names.

    A custom field, and a reference to the same object, may name a record of another order.
    """
    with_it = (child.name, field.name)
    crosses = with_it in ELSEWHERE or (child.name in field.to and with_it not in WITH_ORDER)
    return field.custom is None and not crosses and is_of_an_order(child.name) and is_of_an_order(parent.name)


def stays(child: Definition, field: Field) -> bool:
    """Whether a `field` of `child` has to name a record of the same order."""
    within = is_of_an_order(child.name) and all(to in BY_NAME and is_of_an_order(to) for to in field.to)
    return within and field.custom is None and (child.name, field.name) not in ELSEWHERE


def shard_of_id(id_sql: str, targets: tuple[str, ...]) -> str:
    """The SQL of the shard in which the record with this id is, when it belongs to one of `targets`."""
    own = f"query.id_shard({id_sql})"
    if MOVABLE.isdisjoint(targets):
        return own
    return f"coalesce((SELECT f.to_shard FROM forwarding f WHERE f.shard = {own} AND f.id = {id_sql}), {own})"


def shard_of_parent(child: Definition, field: Field, parent: Definition, alias: str, reference_sql: str) -> str:
    """The SQL of the shard in which the record is that `field` of the child under `alias` names."""
    return f"{alias}.shard" if is_near(child, field, parent) else shard_of_id(reference_sql, (parent.name,))
