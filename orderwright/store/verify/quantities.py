"""Units: they move one way through an item's life, and agree with the fulfillment orders that hold them."""

from __future__ import annotations

from orderwright.objects.registry import BY_NAME
from orderwright.store.verify.check import Check, managed

LIFECYCLE = "data-model.yaml#quantity_lifecycle (derived)"

_ORDER = BY_NAME["FulfillmentOrder"]
CATEGORY = _ORDER.expression("status_category", "f")
"""The status category of a fulfillment order, over alias `f`."""


def _item(rule: str, says: str, values: str, broken: str, source: str = LIFECYCLE) -> Check:
    return Check(
        rule=rule,
        object="OrderItemSummary",
        says=says,
        source=source,
        sql=f"""
        SELECT t.id AS record_id, v.field, v.expected, v.actual
        FROM order_item_summary t CROSS JOIN LATERAL (VALUES {values}) AS v (field, expected, actual)
        WHERE NOT t.is_deleted AND {managed("t")} AND {broken}""",
    )


_QUANTITIES = (
    "quantity_ordered",
    "quantity_canceled",
    "quantity_allocated",
    "quantity_fulfilled",
    "quantity_return_initiated",
    "quantity_returned",
    "quantity_reshipped",
    "quantity_invoiced_pre_fulfillment",
)

WHOLE_QUANTITIES = _item(
    "quantity-whole",
    "a quantity is a whole number, not below zero",
    ", ".join(f"('{name}', greatest(trunc(t.{name}), 0), t.{name})" for name in _QUANTITIES),
    "v.expected <> v.actual",
    "decisions.md#N11 (inferred)",
)

QUANTITY_ORDER = _item(
    "quantity-order",
    "returned <= return initiated <= fulfilled <= allocated, and allocated + canceled <= ordered; no more unallocated "
    "units are invoiced than there are",
    """('quantity_returned', t.quantity_return_initiated, t.quantity_returned),
       ('quantity_return_initiated', t.quantity_fulfilled, t.quantity_return_initiated),
       ('quantity_fulfilled', t.quantity_allocated, t.quantity_fulfilled),
       ('quantity_allocated', t.quantity_ordered - t.quantity_canceled, t.quantity_allocated),
       ('quantity_invoiced_pre_fulfillment', t.quantity_ordered - t.quantity_canceled - t.quantity_allocated,
        t.quantity_invoiced_pre_fulfillment)""",
    "v.actual > v.expected",
)

# A fee is born fulfilled, without a fulfillment order (semantics.md §10.3). A Draft holds nothing yet (§6.8), and a
# reship sends the same units again, so they were counted before.
UNITS_IN_FULFILLMENT_ORDERS = Check(
    rule="quantity-held",
    object="OrderItemSummary",
    says="allocated units lie on fulfillment orders not cancelled, fulfilled units on closed ones",
    source="semantics.md#6.2, #6.6, #6.7 (documented)",
    sql=f"""
    SELECT t.id AS record_id, v.field, v.expected, v.actual
    FROM order_item_summary t
    LEFT JOIN (SELECT l.shard, l.order_item_summary_id, sum(l.quantity) AS allocated,
                      sum(l.quantity) FILTER (WHERE {CATEGORY} = 'CLOSED') AS fulfilled
               FROM fulfillment_order_line_item l
               JOIN fulfillment_order f ON f.shard = l.shard AND f.id = l.fulfillment_order_id
               WHERE NOT l.is_deleted AND NOT f.is_deleted AND NOT l.is_reship AND NOT f.is_reship
                 AND {CATEGORY} IN ('ACTIVATED', 'FULFILLING', 'CLOSED') GROUP BY 1, 2) h
      ON h.shard = t.shard AND h.order_item_summary_id = t.id
    CROSS JOIN LATERAL (VALUES ('quantity_allocated', coalesce(h.allocated, 0), t.quantity_allocated),
                               ('quantity_fulfilled', coalesce(h.fulfilled, 0), t.quantity_fulfilled))
      AS v (field, expected, actual)
    WHERE NOT t.is_deleted AND t.type IS DISTINCT FROM 'Fee' AND {managed("t")} AND v.expected <> v.actual""",
)

LINE_QUANTITY = Check(
    rule="fulfillment-line-quantity",
    object="FulfillmentOrderLineItem",
    says="a whole number between zero and its original quantity",
    source="semantics.md#6.7 (documented), decisions.md#N11 (inferred)",
    sql="""
    SELECT l.id AS record_id, 'quantity' AS field,
           least(greatest(trunc(l.quantity), 0), l.original_quantity) AS expected,
           l.quantity AS actual
    FROM fulfillment_order_line_item l
    WHERE NOT l.is_deleted AND (l.quantity <> trunc(l.quantity) OR l.quantity NOT BETWEEN 0 AND l.original_quantity)""",
)

QUANTITY_CHECKS = (WHOLE_QUANTITIES, QUANTITY_ORDER, UNITS_IN_FULFILLMENT_ORDERS, LINE_QUANTITY)
