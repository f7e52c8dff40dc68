"""Summaries are sums: an order is what was ordered plus every change (semantics.md §1.1, documented)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from orderwright.objects.registry import BY_NAME
from orderwright.store.verify.check import Check, managed

SUMMARY_IS_SUM = "semantics.md#1.1 (documented)"
ONE_SUMMARY_EACH = "semantics.md#2.3 (documented)"


class Pair(msgspec.Struct, frozen=True):
    """A summary object, the order's object it stands for, and which fields of the two are compared.

    `original` is the summary's link to the record it began with; `related` the link of a change's record to that one.
    The original may itself lie on a change order: a fee, or an adjustment that came later.
    """

    summary: str
    source: str
    original: str
    related: str
    fields: Mapping[str, str]


PAIRS = (
    Pair(
        "OrderItemSummary",
        "OrderItem",
        "original_order_item_id",
        "related_order_item_id",
        {
            "total_line_amount": "rounded_line_amount",
            "total_line_tax_amount": "total_line_tax_amount",
            "total_line_adjustment_amount": "total_line_adjustment_amount",
            "total_line_adjustment_tax_amount": "total_line_adjustment_tax_amount",
            "total_adjustment_dist_amount": "total_adjustment_dist_amount",
            "total_adjustment_dist_tax_amount": "total_adjustment_dist_tax_amount",
            "quantity": "quantity",
        },
    ),
    Pair(
        "OrderItemAdjustmentLineSummary",
        "OrderItemAdjustmentLineItem",
        "original_order_item_adjustment_line_item_id",
        "related_adjustment_line_item_id",
        {"amount": "amount", "total_tax_amount": "total_tax_amount"},
    ),
    Pair(
        "OrderItemTaxLineItemSummary",
        "OrderItemTaxLineItem",
        "original_order_item_tax_line_item_id",
        "related_tax_line_item_id",
        {"amount": "amount"},
    ),
)

ONE_FOR_ONE = (
    *((pair.summary, pair.source, pair.original) for pair in PAIRS),
    ("OrderDeliveryGroupSummary", "OrderDeliveryGroup", "original_order_delivery_group_id"),
    ("OrderAdjustmentGroupSummary", "OrderAdjustmentGroup", "original_order_adj_group_id"),
)


def sum_checks() -> list[Check]:
    """Lines, then orders as a whole, then that nothing of an order is missing in its summary."""
    lines = [
        Check(
            rule="summary-is-sum",
            object=pair.summary,
            says=f"it is the value of the original {pair.source} plus those of the change orders",
            source=SUMMARY_IS_SUM,
            sql=line_sums(pair),
        )
        for pair in PAIRS
    ]
    return [*lines, ORDER_TOTALS, *(_one_for_one(*names) for names in ONE_FOR_ONE)]


def line_sums(pair: Pair) -> str:
    """The statement that finds summary lines which differ from the sum of their source lines."""
    summary, source = BY_NAME[pair.summary], BY_NAME[pair.source]
    sums = ", ".join(f"sum(x.{of}) AS {name}" for name, of in pair.fields.items())
    values = ", ".join(
        f"('{name}', o.{of} + coalesce(c.{name}, 0), {summary.expression(name, 't')})"
        for name, of in pair.fields.items()
    )
    return f"""
    SELECT t.id AS record_id, v.field, v.expected, v.actual
    FROM "{summary.table}" t
    JOIN "{source.table}" o ON o.shard = t.shard AND o.id = t.{pair.original}
    LEFT JOIN (SELECT x.shard, h.order_summary_id, x.{pair.related} AS original_id, {sums}
               FROM "{source.table}" x JOIN "order" h ON h.shard = x.shard AND h.id = x.order_id
               WHERE h.related_order_type = 'ChangeOrder' AND NOT h.is_deleted AND NOT x.is_deleted
               GROUP BY 1, 2, 3) c
      ON c.shard = t.shard AND c.original_id = o.id AND c.order_summary_id = t.order_summary_id
    CROSS JOIN LATERAL (VALUES {values}) AS v (field, expected, actual)
    WHERE NOT t.is_deleted AND {managed("t")} AND v.expected IS DISTINCT FROM v.actual"""


_TOTALS = (
    "total_amount",
    "total_tax_amount",
    "grand_total_amount",
    "total_adjusted_product_amount",
    "total_adjusted_product_tax_amount",
    "total_adjusted_delivery_amount",
    "total_adjusted_delivery_tax_amount",
    "total_product_adj_dist_amount",
    "total_product_adj_dist_tax_amount",
    "total_delivery_adj_dist_amount",
    "total_delivery_adj_dist_tax_amount",
)


def _order_totals() -> str:
    order, summary = BY_NAME["Order"], BY_NAME["OrderSummary"]
    sums = ", ".join(f"sum({order.expression(name, 'c')}) AS {name}" for name in _TOTALS)
    values = ", ".join(
        f"('{name}', {order.expression(name, 'o')} + coalesce(c.{name}, 0), {summary.expression(name, 't')})"
        for name in _TOTALS
    )
    return f"""
    SELECT t.id AS record_id, v.field, v.expected, v.actual
    FROM order_summary t
    JOIN "order" o ON o.shard = t.shard AND o.id = t.original_order_id
    LEFT JOIN (SELECT c.shard, c.order_summary_id, {sums} FROM "order" c
               WHERE c.related_order_type = 'ChangeOrder' AND NOT c.is_deleted GROUP BY 1, 2) c
      ON c.shard = t.shard AND c.order_summary_id = t.id
    CROSS JOIN LATERAL (VALUES {values}) AS v (field, expected, actual)
    WHERE NOT t.is_deleted AND t.order_life_cycle_type = 'MANAGED' AND v.expected IS DISTINCT FROM v.actual"""


ORDER_TOTALS = Check(
    rule="summary-is-sum",
    object="OrderSummary",
    says="it is the value of the original Order plus those of the change orders",
    source=SUMMARY_IS_SUM,
    sql=_order_totals(),
)


def _one_for_one(summary: str, source: str, original: str) -> Check:
    table = BY_NAME[summary].table
    return Check(
        rule="summarised-once",
        object=source,
        says=f"each {source} of an order with a summary has exactly one {summary}",
        source=ONE_SUMMARY_EACH,
        sql=f"""
        SELECT o.id AS record_id, NULL AS field, 1 AS expected, coalesce(t.summaries, 0) AS actual
        FROM "{BY_NAME[source].table}" o
        JOIN order_summary s ON s.shard = o.shard AND s.original_order_id = o.order_id AND NOT s.is_deleted
        LEFT JOIN (SELECT x.shard, x.{original} AS original_id, count(*) AS summaries FROM "{table}" x
                   WHERE NOT x.is_deleted GROUP BY 1, 2) t ON t.shard = o.shard AND t.original_id = o.id
        WHERE NOT o.is_deleted AND s.order_life_cycle_type = 'MANAGED' AND coalesce(t.summaries, 0) <> 1""",
    )
