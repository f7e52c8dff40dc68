"""Which references between records of orders may lead from one order to another (decisions.md S4)."""

ELSEWHERE = frozenset(
    {
        ("Order", "original_order_id"),
        ("OrderSummary", "source_order_summary_id"),
        ("Payment", "payment_authorization_id"),
        ("Payment", "payment_group_id"),
        ("Refund", "payment_group_id"),
        ("PaymentAuthorization", "payment_group_id"),
        ("OrderSummaryRelationship", "associated_order_summary_id"),
        ("OrderSummaryRelationship", "root_order_summary_id"),
        ("OrderSummaryRelationship", "main_attached_to_id"),
        ("OrderPaymentSummaryReference", "order_payment_summary_id"),
    }
)
"""References between records of orders that may lie in different shards: to another order, or between payment records
that were made before their order was known."""
