"""Money: no more is captured than authorized, nor applied or refunded than captured. Sums are taken from the lines."""

from __future__ import annotations

from orderwright.objects.registry import BY_NAME
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.store.clock import NOW_IN_SQL
from orderwright.store.verify.check import Check

_OPEN = ", ".join(f"'{state}'" for state in OPEN_REQUEST_STATES)
_LINE = BY_NAME["PaymentLineInvoice"].expression("signed_amount", "l")


def sum_of(table: str, link: str, amount: str, where: str = "TRUE", alias: str = "x") -> str:
    """Sums of `amount` over the records of `table` by what `link` names: a subquery of shard, of_id and amount."""
    return (
        f'(SELECT {alias}.shard, {alias}.{link} AS of_id, sum({amount}) AS amount FROM "{table}" {alias} '
        f"WHERE NOT {alias}.is_deleted AND {where} GROUP BY 1, 2)"
    )


_CAPTURED = sum_of("payment", "payment_authorization_id", "x.amount", "x.status = 'Processed'")
_REVERSED = sum_of("payment_auth_adjustment", "payment_authorization_id", "x.amount", "x.status = 'Processed'")
_ASKED = sum_of(
    "gateway_request", "payment_authorization_id", "x.amount", f"x.kind = 'Capture' AND x.state IN ({_OPEN})"
)

CAPTURED_WITHIN_AUTHORIZATION = Check(
    rule="authorization-exceeded",
    object="PaymentAuthorization",
    says="what is captured of it, or being captured, is at most its amount less reversals",
    source="semantics.md#13 (documented), decisions.md#M13 (inferred)",
    sql=f"""
    SELECT t.id AS record_id, NULL AS field, t.amount - coalesce(r.amount, 0) AS expected,
           coalesce(c.amount, 0) + coalesce(a.amount, 0) AS actual
    FROM payment_authorization t
    LEFT JOIN {_CAPTURED} c ON c.shard = t.shard AND c.of_id = t.id
    LEFT JOIN {_REVERSED} r ON r.shard = t.shard AND r.of_id = t.id
    LEFT JOIN {_ASKED} a ON a.shard = t.shard AND a.of_id = t.id
    WHERE NOT t.is_deleted
      AND coalesce(c.amount, 0) + coalesce(a.amount, 0) > greatest(t.amount - coalesce(r.amount, 0), 0)""",
)

_APPLIED = sum_of("payment_line_invoice", "payment_id", _LINE, alias="l")
_REFUNDED_UNAPPLIED = sum_of("refund_line_payment", "payment_id", "x.unapplied_amount")

PAYMENT_BALANCE = Check(
    rule="payment-balance",
    object="Payment",
    says="what is applied to invoices, and refunded of the rest, is at most its amount",
    source="decisions.md#M4 (inferred)",
    sql=f"""
    SELECT t.id AS record_id, NULL AS field, t.amount AS expected,
           coalesce(a.amount, 0) + coalesce(r.amount, 0) AS actual
    FROM payment t
    LEFT JOIN {_APPLIED} a ON a.shard = t.shard AND a.of_id = t.id
    LEFT JOIN {_REFUNDED_UNAPPLIED} r ON r.shard = t.shard AND r.of_id = t.id
    WHERE NOT t.is_deleted AND coalesce(a.amount, 0) + coalesce(r.amount, 0) > t.amount""",
)

_REFUND_ASKED = sum_of("gateway_request", "payment_id", "x.amount", f"x.kind = 'Refund' AND x.state IN ({_OPEN})")

REFUNDED_WITHIN_PAYMENT = Check(
    rule="payment-over-refunded",
    object="Payment",
    says="what is refunded of it, or being refunded, is at most its amount",
    source="decisions.md#M3, #M13 (inferred)",
    sql=f"""
    SELECT t.id AS record_id, NULL AS field, t.amount AS expected,
           coalesce(r.amount, 0) + coalesce(a.amount, 0) AS actual
    FROM payment t
    LEFT JOIN (SELECT l.shard, l.payment_id AS of_id, sum(l.amount) AS amount FROM refund_line_payment l
               JOIN refund r ON r.shard = l.shard AND r.id = l.refund_id
               WHERE NOT l.is_deleted AND NOT r.is_deleted AND r.status = 'Processed' GROUP BY 1, 2) r
      ON r.shard = t.shard AND r.of_id = t.id
    LEFT JOIN {_REFUND_ASKED} a ON a.shard = t.shard AND a.of_id = t.id
    WHERE NOT t.is_deleted AND coalesce(r.amount, 0) + coalesce(a.amount, 0) > t.amount""",
)

_REFUND_LINES = sum_of("refund_line_payment", "refund_id", "x.amount")

REFUND_LINES = Check(
    rule="refund-lines",
    object="Refund",
    says="the payments it takes from add up to it",
    source="data-model.yaml#RefundLinePayment (documented)",
    sql=f"""
    SELECT t.id AS record_id, NULL AS field, t.amount AS expected, coalesce(l.amount, 0) AS actual
    FROM refund t LEFT JOIN {_REFUND_LINES} l ON l.shard = t.shard AND l.of_id = t.id
    WHERE NOT t.is_deleted AND t.status = 'Processed' AND t.type = 'Referenced'
      AND coalesce(l.amount, 0) <> t.amount""",
)

UNAPPLIED_PART = Check(
    rule="refund-line-unapplied",
    object="RefundLinePayment",
    says="the part taken from money that was never applied is between zero and the whole",
    source="decisions.md#M4 (inferred)",
    sql="""
    SELECT t.id AS record_id, 'unapplied_amount' AS field, t.amount AS expected, t.unapplied_amount AS actual
    FROM refund_line_payment t WHERE NOT t.is_deleted AND t.unapplied_amount NOT BETWEEN 0 AND t.amount""",
)


def _positive(object_: str) -> Check:
    return Check(
        rule="amount-positive",
        object=object_,
        says="money that moves is an amount above zero",
        source="decisions.md#N11, #M13 (inferred)",
        sql=f"""
        SELECT t.id AS record_id, 'amount' AS field, 'above zero' AS expected, t.amount AS actual
        FROM "{BY_NAME[object_].table}" t WHERE NOT t.is_deleted AND t.amount <= 0""",
    )


def _settled_in_currency(line: str, holder: str, link: str) -> Check:
    table = BY_NAME[line].table
    return Check(
        rule="settlement-currency",
        object=line,
        says=f"the payment and the {holder} have one currency",
        source="decisions.md#S11 (inferred)",
        sql=f"""
        SELECT t.id AS record_id, 'currency_iso_code' AS field, h.currency_iso_code AS expected,
               p.currency_iso_code AS actual
        FROM "{table}" t
        JOIN payment p ON p.shard = t.shard AND p.id = t.payment_id
        JOIN "{BY_NAME[holder].table}" h ON h.shard = t.shard AND h.id = t.{link}
        WHERE NOT t.is_deleted AND h.currency_iso_code IS DISTINCT FROM p.currency_iso_code""",
    )


_IN_HAND = """
    SELECT p.shard, p.order_summary_id, sum(coalesce(c.amount, 0)) AS captured, sum(coalesce(r.amount, 0)) AS refunded,
           sum(coalesce(e.amount, 0)) AS excess_refunded
    FROM order_payment_summary p
    LEFT JOIN {captured} c ON c.shard = p.shard AND c.of_id = p.id
    LEFT JOIN {refunded} r ON r.shard = p.shard AND r.of_id = p.id
    LEFT JOIN {excess} e ON e.shard = p.shard AND e.of_id = p.id
    WHERE NOT p.is_deleted GROUP BY 1, 2""".format(
    captured=sum_of("payment", "order_payment_summary_id", "x.amount", "x.status = 'Processed'"),
    refunded=sum_of("refund", "order_payment_summary_id", "x.amount", "x.status = 'Processed'"),
    excess=sum_of(
        "refund", "order_payment_summary_id", "x.amount", "x.status = 'Processed' AND x.credit_memo_id IS NULL"
    ),
)

REFUNDED_WITHIN_ORDER = Check(
    rule="order-over-refunded",
    object="OrderSummary",
    says="no more is refunded for an order than was captured for it",
    source="decisions.md#M3 (inferred)",
    sql=f"""
    SELECT h.order_summary_id AS record_id, NULL AS field, h.captured AS expected, h.refunded AS actual
    FROM ({_IN_HAND}) h WHERE h.refunded > h.captured""",
)

_GRAND_TOTAL = BY_NAME["Order"].expression("grand_total_amount", "o")

# Fees are left out: one that is made after a refund of excess funds does not make that refund wrong.
EXCESS_WAS_EXCESS = Check(
    rule="excess-over-refunded",
    object="OrderSummary",
    says="refunds of excess funds leave what the order needs: the original less changes that are not creditable; the "
    "caller names the amount and may give back more, up to what was captured",
    source="decisions.md#N10 (inferred), semantics.md#14.1, #14.8 (documented)",
    warning=True,
    sql=f"""
    SELECT t.id AS record_id, NULL AS field, {_GRAND_TOTAL} + coalesce(c.amount, 0) AS expected,
           h.captured - h.excess_refunded AS actual
    FROM ({_IN_HAND}) h
    JOIN order_summary t ON t.shard = h.shard AND t.id = h.order_summary_id
    JOIN "order" o ON o.shard = t.shard AND o.id = t.original_order_id
    LEFT JOIN {sum_of("order", "order_summary_id", _GRAND_TOTAL, "o.change_class = 'excess'", alias="o")} c
      ON c.shard = t.shard AND c.of_id = t.id
    WHERE h.excess_refunded > 0 AND h.captured - h.excess_refunded < {_GRAND_TOTAL} + coalesce(c.amount, 0)""",
)

FORGOTTEN_REQUESTS = Check(
    rule="gateway-request-open",
    object="GatewayRequest",
    says="the outcome of a request to the gateway is known within an hour",
    source="decisions.md#M11, #M13 (inferred)",
    warning=True,
    sql=f"""
    SELECT t.id AS record_id, 'state' AS field, 'Succeeded or Refused' AS expected, t.state AS actual
    FROM gateway_request t
    WHERE NOT t.is_deleted AND t.state IN ({_OPEN}) AND t.created_date < {NOW_IN_SQL} - interval '1 hour'""",
)

PAYMENT_CHECKS = (
    CAPTURED_WITHIN_AUTHORIZATION,
    PAYMENT_BALANCE,
    REFUNDED_WITHIN_PAYMENT,
    REFUND_LINES,
    UNAPPLIED_PART,
    *(_positive(name) for name in ("PaymentLineInvoice", "RefundLinePayment", "GatewayRequest")),
    _settled_in_currency("PaymentLineInvoice", "Invoice", "invoice_id"),
    _settled_in_currency("RefundLinePayment", "Refund", "refund_id"),
    REFUNDED_WITHIN_ORDER,
    EXCESS_WAS_EXCESS,
    FORGOTTEN_REQUESTS,
)
