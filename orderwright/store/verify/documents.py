"""Invoices and credit memos say what fulfillment orders and change orders say; no more is settled than is owed."""

from __future__ import annotations

from orderwright.objects.registry import BY_NAME
from orderwright.store.verify.check import Check

_INVOICE, _MEMO, _ORDER = BY_NAME["Invoice"], BY_NAME["CreditMemo"], BY_NAME["Order"]
_FULFILLMENT = BY_NAME["FulfillmentOrder"]

_INVOICED = {
    "total_charge_amount": "f.total_product_amount + f.total_delivery_amount + f.total_fee_amount",
    "total_adjustment_amount": "f.total_adjustment_amount + f.total_delivery_adjust_amount + f.total_fee_adjust_amount",
    "total_tax_amount": _FULFILLMENT.expression("total_tax_amount", "f"),
}

# A cancel-item and a later discount lower the fulfillment order, not its invoice. Whether units went before or after
# the invoice was made is no longer to be seen, so of such an order only the direction is checked, and only of the
# charges: where discounts are rounded apart from prices, a unit of no price may take a cent less than nothing along.
# Units that an earlier invoice charges are left out of this one, so an order that holds some is not compared.
INVOICE_OF_FULFILLMENT = Check(
    rule="invoice-of-fulfillment",
    object="Invoice",
    says="it charges exactly what its fulfillment order holds, and never less once units were cancelled from that",
    source="semantics.md#12.1 (documented), decisions.md#N2 (inferred)",
    sql=f"""
    SELECT t.id AS record_id, v.field, v.expected, v.actual
    FROM fulfillment_order f
    JOIN invoice t ON t.shard = f.shard AND t.id = f.invoice_id
    LEFT JOIN (SELECT l.shard, l.fulfillment_order_id, bool_or(l.quantity <> l.original_quantity) AS reduced,
                      bool_or(l.invoiced_quantity > 0) AS prepaid
               FROM fulfillment_order_line_item l WHERE NOT l.is_deleted GROUP BY 1, 2) l
      ON l.shard = f.shard AND l.fulfillment_order_id = f.id
    CROSS JOIN LATERAL (VALUES {", ".join(f"('{n}', {e}, t.{n})" for n, e in _INVOICED.items())},
        ('total_amount_with_tax', {_FULFILLMENT.expression("grand_total_amount", "f")},
         {_INVOICE.expression("total_amount_with_tax", "t")})) AS v (field, expected, actual)
    WHERE NOT f.is_deleted AND NOT t.is_deleted AND NOT coalesce(l.prepaid, false)
      AND CASE WHEN l.reduced OR EXISTS (
                   SELECT FROM fulfillment_order_item_adjustment a
                   WHERE a.shard = f.shard AND a.fulfillment_order_id = f.id AND a.created_date > t.created_date)
               THEN v.field = 'total_charge_amount' AND v.actual < v.expected
               ELSE v.actual <> v.expected END""",
)

ONE_FULFILLMENT_PER_INVOICE = Check(
    rule="invoice-once",
    object="Invoice",
    says="it belongs to one fulfillment order",
    source="semantics.md#12.1 (documented)",
    sql="""
    SELECT f.invoice_id AS record_id, NULL AS field, 1 AS expected, count(*) AS actual
    FROM fulfillment_order f WHERE f.invoice_id IS NOT NULL AND NOT f.is_deleted
    GROUP BY f.invoice_id HAVING count(*) > 1""",
)

INVOICE_OF_FEES = Check(
    rule="invoice-of-fees",
    object="Invoice",
    says="it charges exactly what its fee change orders add",
    source="semantics.md#12.2 (documented)",
    sql=f"""
    SELECT t.id AS record_id, 'total_amount_with_tax' AS field, o.total AS expected,
           {_INVOICE.expression("total_amount_with_tax", "t")} AS actual
    FROM invoice t
    JOIN (SELECT o.shard, o.invoice_id, sum({_ORDER.expression("grand_total_amount", "o")}) AS total
          FROM "order" o WHERE o.invoice_id IS NOT NULL AND NOT o.is_deleted GROUP BY 1, 2) o
      ON o.shard = t.shard AND o.invoice_id = t.id
    WHERE NOT t.is_deleted AND o.total <> {_INVOICE.expression("total_amount_with_tax", "t")}""",
)

INVOICE_BALANCE = Check(
    rule="invoice-balance",
    object="Invoice",
    says="no more is paid or being captured for it than it charges",
    source="decisions.md#M5, #M13 (inferred)",
    sql=f"""
    SELECT t.id AS record_id, 'balance' AS field, t.open_capture_amount AS expected,
           {_INVOICE.expression("balance", "t")} AS actual
    FROM invoice t WHERE NOT t.is_deleted AND {_INVOICE.expression("balance", "t")} < t.open_capture_amount""",
)

_CREDITED = {
    "total_amount": "o.total_amount",
    "total_tax_amount": "o.total_tax_amount",
}

CREDIT_OF_CHANGES = Check(
    rule="credit-memo-of-changes",
    object="CreditMemo",
    says="it credits exactly what its change orders took away",
    source="semantics.md#12.3 (documented)",
    sql=f"""
    SELECT t.id AS record_id, v.field, v.expected, v.actual
    FROM credit_memo t
    LEFT JOIN (SELECT o.shard, o.credit_memo_id, {", ".join(f"- sum({e}) AS {n}" for n, e in _CREDITED.items())}
               FROM "order" o WHERE o.credit_memo_id IS NOT NULL AND NOT o.is_deleted GROUP BY 1, 2) o
      ON o.shard = t.shard AND o.credit_memo_id = t.id
    CROSS JOIN LATERAL (VALUES
        {", ".join(f"('{n}', coalesce(o.{n}, 0), {_MEMO.expression(n, 't')})" for n in _CREDITED)})
      AS v (field, expected, actual)
    WHERE NOT t.is_deleted AND v.expected <> v.actual""",
)

CREDIT_OF_CREDITABLE = Check(
    rule="credit-memo-class",
    object="Order",
    says="only a creditable change order lies in a credit memo, and in one of its own order summary",
    source="decisions.md#M6, #N10 (inferred)",
    sql="""
    SELECT t.id AS record_id, 'credit_memo_id' AS field,
           'creditable, ' || coalesce(t.order_summary_id, 'no summary') AS expected,
           coalesce(t.change_class, 'no class') || ', ' || coalesce(m.reference_entity_id, 'no summary') AS actual
    FROM "order" t LEFT JOIN credit_memo m ON m.shard = t.shard AND m.id = t.credit_memo_id
    WHERE t.credit_memo_id IS NOT NULL AND NOT t.is_deleted
      AND (t.change_class IS DISTINCT FROM 'creditable'
           OR m.reference_entity_id IS DISTINCT FROM t.order_summary_id)""",
)

CREDIT_BALANCE = Check(
    rule="credit-memo-balance",
    object="CreditMemo",
    says="no more is refunded or being refunded for it than it credits",
    source="decisions.md#M5, #M13 (inferred)",
    sql=f"""
    SELECT t.id AS record_id, 'balance' AS field, t.open_refund_amount AS expected,
           {_MEMO.expression("balance", "t")} AS actual
    FROM credit_memo t WHERE NOT t.is_deleted AND {_MEMO.expression("balance", "t")} < t.open_refund_amount""",
)

DOCUMENT_CHECKS = (
    INVOICE_OF_FULFILLMENT,
    ONE_FULFILLMENT_PER_INVOICE,
    INVOICE_OF_FEES,
    INVOICE_BALANCE,
    CREDIT_OF_CHANGES,
    CREDIT_OF_CREDITABLE,
    CREDIT_BALANCE,
)
