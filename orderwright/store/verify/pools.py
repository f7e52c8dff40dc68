"""Pools: where an item's money lies follows where its units lie (decisions.md N2, inferred)."""

from __future__ import annotations

import msgspec

from orderwright.store.verify.check import Check, managed
from orderwright.store.verify.quantities import CATEGORY

POOLS = "decisions.md#N2 (inferred)"


class Component(msgspec.Struct, frozen=True):
    """One kind of component of an item: its summary, and what fulfillment orders hold of it."""

    object: str
    table: str
    amount: str
    item: str
    """The column that names the item summary."""
    held_table: str
    held_amount: str
    held_link: str


COMPONENTS = (
    Component(
        "OrderItemSummary", "order_item_summary", "line_amount", "id",
        "fulfillment_order_line_item", "total_line_amount", "order_item_summary_id",
    ),
    Component(
        "OrderItemAdjustmentLineSummary", "order_item_adjustment_line_summary", "amount", "order_item_summary_id",
        "fulfillment_order_item_adjustment", "amount", "order_item_adjust_line_summary_id",
    ),
    Component(
        "OrderItemTaxLineItemSummary", "order_item_tax_line_item_summary", "amount", "order_item_summary_id",
        "fulfillment_order_item_tax", "amount", "order_item_tax_line_item_summary_id",
    ),
)  # fmt: skip


def pool_checks() -> list[Check]:
    """What is allocated is what fulfillment orders took; no money where no unit is; no pool turned negative."""
    return [
        *(
            Check(
                rule="pool-held",
                object=component.object,
                says="its part in fulfillment is what the active fulfillment orders took of it",
                source=POOLS,
                sql=_held(component),
            )
            for component in COMPONENTS
        ),
        *(
            Check(
                rule="pool-empty",
                object=component.object,
                says="where no unit lies, no money lies",
                source=POOLS,
                sql=_empty(component),
            )
            for component in COMPONENTS
        ),
        NEGATIVE_POOLS,
    ]


def _held(component: Component) -> str:
    pool = f"{component.amount}_in_fulfillment"
    return f"""
    SELECT t.id AS record_id, '{pool}' AS field, coalesce(h.held, 0) AS expected, t.{pool} AS actual
    FROM {component.table} t
    LEFT JOIN (SELECT x.shard, x.{component.held_link} AS of_id, sum(x.{component.held_amount}) AS held
               FROM {component.held_table} x
               JOIN fulfillment_order f ON f.shard = x.shard AND f.id = x.fulfillment_order_id
               WHERE NOT x.is_deleted AND NOT f.is_deleted AND NOT f.is_reship
                 AND {CATEGORY} IN ('ACTIVATED', 'FULFILLING') GROUP BY 1, 2) h
      ON h.shard = t.shard AND h.of_id = t.id
    WHERE NOT t.is_deleted AND {managed("t")} AND coalesce(h.held, 0) <> t.{pool}"""


# Units of a return order keep their money in the post pool until they are processed (semantics.md §9.3): that pool is
# empty only when every fulfilled unit is returned.
def _empty(component: Component) -> str:
    units = {
        "pre_fulfillment": "i.quantity_ordered - i.quantity_canceled - i.quantity_allocated",
        "in_fulfillment": "i.quantity_allocated - i.quantity_fulfilled",
        "post_fulfillment": "i.quantity_fulfilled - i.quantity_returned",
    }
    values = ", ".join(
        f"('{component.amount}_{pool}', {count}, t.{component.amount}_{pool})" for pool, count in units.items()
    )
    return f"""
    SELECT t.id AS record_id, v.field, 0 AS expected, v.amount AS actual
    FROM {component.table} t
    JOIN order_item_summary i ON i.shard = t.shard AND i.id = t.{component.item}
    CROSS JOIN LATERAL (VALUES {values}) AS v (field, units, amount)
    WHERE NOT t.is_deleted AND {managed("t")} AND v.units = 0 AND v.amount <> 0"""


NEGATIVE_POOLS = Check(
    rule="pool-negative",
    object="OrderItemSummary",
    says="no part of a line amount is below zero when the original amount is not",
    source=POOLS,
    sql=f"""
    SELECT t.id AS record_id, v.field, 0 AS expected, v.amount AS actual
    FROM order_item_summary t
    JOIN order_item o ON o.shard = t.shard AND o.id = t.original_order_item_id
    CROSS JOIN LATERAL (VALUES ('line_amount_pre_fulfillment', t.line_amount_pre_fulfillment),
                               ('line_amount_in_fulfillment', t.line_amount_in_fulfillment),
                               ('line_amount_post_fulfillment', t.line_amount_post_fulfillment)) AS v (field, amount)
    WHERE NOT t.is_deleted AND {managed("t")} AND o.rounded_line_amount >= 0 AND v.amount < 0""",
)
