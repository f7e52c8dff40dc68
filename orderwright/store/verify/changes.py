"""Change orders: well formed, part of one summary, and each line accounted for; and what may exist only once."""

from __future__ import annotations

from orderwright.objects.definition import Definition, Field
from orderwright.objects.registry import BY_NAME
from orderwright.store.verify.check import Check

_CHANGE_ORDER = "t.related_order_type = 'ChangeOrder' AND NOT t.is_deleted"

CLASSED = Check(
    rule="change-order-class",
    object="Order",
    says="a change order is classed once: excess, creditable or fee",
    source="decisions.md#N10 (inferred)",
    sql=f"""
    SELECT t.id AS record_id, 'change_class' AS field, 'excess, creditable or fee' AS expected, t.change_class AS actual
    FROM "order" t
    WHERE {_CHANGE_ORDER} AND coalesce(t.change_class, '') NOT IN ('excess', 'creditable', 'fee')""",
)

ACTIVATED = Check(
    rule="change-order-activated",
    object="Order",
    says="a change order is made Activated and stays so",
    source="semantics.md#7.4 (documented)",
    sql=f"""
    SELECT t.id AS record_id, v.field, 'Activated' AS expected, v.actual
    FROM "order" t CROSS JOIN LATERAL (VALUES ('status', t.status), ('status_code', t.status_code)) AS v (field, actual)
    WHERE {_CHANGE_ORDER} AND v.actual <> 'Activated'""",
)

OF_THE_SUMMARY = Check(
    rule="change-order-summary",
    object="Order",
    says="a change order names the summary it changes, and that summary's original order",
    source="semantics.md#1.1 (documented)",
    sql=f"""
    SELECT t.id AS record_id, 'related_order_id' AS field, s.original_order_id AS expected, t.related_order_id AS actual
    FROM "order" t LEFT JOIN order_summary s ON s.shard = t.shard AND s.id = t.order_summary_id
    WHERE {_CHANGE_ORDER} AND (s.id IS NULL OR s.original_order_id IS DISTINCT FROM t.related_order_id)""",
)

ONLY_CHANGE_ORDERS = Check(
    rule="original-order-plain",
    object="Order",
    says="only a change order carries a class, a summary to change, a credit memo or an invoice",
    source="decisions.md#N10, #M6 (inferred)",
    sql="""
    SELECT t.id AS record_id, v.field, NULL AS expected, v.actual
    FROM "order" t
    CROSS JOIN LATERAL (VALUES ('change_class', t.change_class), ('order_summary_id', t.order_summary_id),
                               ('credit_memo_id', t.credit_memo_id), ('invoice_id', t.invoice_id)) AS v (field, actual)
    WHERE t.related_order_type IS DISTINCT FROM 'ChangeOrder' AND NOT t.is_deleted AND v.actual IS NOT NULL""",
)

RECORDED = Check(
    rule="change-recorded",
    object="OrderItem",
    says="each item of a change order has one OrderItemSummaryChange, of the same summary and of the item it changes",
    source="semantics.md#7.4 (documented)",
    sql=f"""
    SELECT i.id AS record_id, NULL AS field, 1 AS expected, count(s.id) AS actual
    FROM "order" t
    JOIN order_item i ON i.shard = t.shard AND i.order_id = t.id AND NOT i.is_deleted
    LEFT JOIN order_item_summary_change c
      ON c.shard = i.shard AND c.change_order_item_id = i.id AND NOT c.is_deleted
     AND c.order_summary_id = t.order_summary_id
    LEFT JOIN order_item_summary s
      ON s.shard = c.shard AND s.id = c.order_item_summary_id AND s.order_summary_id = t.order_summary_id
     AND s.original_order_item_id = coalesce(i.related_order_item_id, i.id)
    WHERE {_CHANGE_ORDER} GROUP BY i.id HAVING count(s.id) <> 1""",
)

ONE_SUMMARY = Check(
    rule="one-summary",
    object="Order",
    says="an order has at most one summary",
    source="semantics.md#2.10 (observed)",
    sql="""
    SELECT t.original_order_id AS record_id, NULL AS field, 1 AS expected, count(*) AS actual
    FROM order_summary t WHERE NOT t.is_deleted GROUP BY t.original_order_id HAVING count(*) > 1""",
)


def _unique_values() -> str:
    holders = [d for d in BY_NAME.values() if any(f.unique for f in d.stored.values())]
    known = ", ".join(f"'{d.about.key_prefix}'" for d in holders)
    missing = " ".join(
        f"""AND NOT (left(t.record_id, 3) = '{d.about.key_prefix}'
             AND EXISTS (SELECT 1 FROM "{d.table}" r WHERE r.id = t.record_id AND NOT r.is_deleted))"""
        for d in holders
    )
    # a custom field may have been declared and its values may stay after the declaration: its name says what it is
    custom = " ".join(
        f"""AND NOT (t.field LIKE '{d.name}.%\\_\\_c' AND EXISTS (SELECT 1 FROM "{d.table}" r
             WHERE r.id = t.record_id AND NOT r.is_deleted
               AND r.custom ->> substr(t.field, {len(d.name) + 2}) IS NOT NULL))"""
        for d in BY_NAME.values()
    )
    return f"""
    SELECT t.record_id, t.field, 'a record with a unique field ({known.replace("'", "")})' AS expected,
           t.value AS actual
    FROM unique_value t WHERE t.confirmed {missing} {custom}"""


UNIQUE_VALUES = Check(
    rule="unique-value",
    object="unique_value",
    says="a confirmed unique value belongs to a record that exists",
    source="decisions.md#S6 (inferred)",
    sql=_unique_values(),
)


def _once(definition: Definition, field: Field) -> Check:
    return Check(
        rule="unique-once",
        object=definition.name,
        says="no two records have the same value of a unique field",
        source="decisions.md#S6 (inferred)",
        sql=f"""
        SELECT t.id AS record_id, '{field.name}' AS field, 'a value of its own' AS expected, t.value AS actual
        FROM (SELECT id, {field.name} AS value, count(*) OVER (PARTITION BY {field.name}) AS holders
              FROM "{definition.table}" WHERE NOT is_deleted AND {field.name} IS NOT NULL) t
        WHERE t.holders > 1""",
    )


CHANGE_CHECKS = (
    CLASSED,
    ACTIVATED,
    OF_THE_SUMMARY,
    ONLY_CHANGE_ORDERS,
    RECORDED,
    ONE_SUMMARY,
    UNIQUE_VALUES,
    *(
        _once(definition, field)
        for definition in BY_NAME.values()
        for field in definition.stored.values()
        if field.unique
    ),
)
