"""What all that moves money shares: totals made true, and the records that differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.roll_up import each
from orderwright.objects.background_operation import BackgroundOperation
from orderwright.objects.definition import Id, SObject, rolled_up
from orderwright.objects.whole import Funds, WholeSummary, find

ZERO = Decimal(0)
ABANDONED_AFTER = dt.timedelta(minutes=15)
"""When a request whose operation has not settled it is asked about by whoever finds it."""


def roll_up_money(funds: Funds) -> Funds:
    """`funds` with the totals of its payments, refunds, authorizations and invoices made true again."""
    payments = each(
        funds.payments,
        {
            "PaymentLineInvoice": funds.payment_lines,
            "RefundLinePayment": funds.refund_lines,
            "GatewayRequest": funds.requests,
        },
    )
    return msgspec.structs.replace(
        funds,
        payments=payments,
        refunds=each(funds.refunds, {"RefundLinePayment": funds.refund_lines}),
        authorizations=each(
            funds.authorizations,
            {"Payment": payments, "GatewayRequest": funds.requests, "PaymentAuthAdjustment": funds.adjustments},
        ),
        invoices=each(
            funds.invoices,
            {
                "PaymentLineInvoice": funds.payment_lines,
                "CreditMemoInvApplication": funds.credit_applications,
                "GatewayRequest": funds.requests,
            },
        ),
    )


def roll_up_funds(whole: WholeSummary) -> WholeSummary:
    """`whole` with every total of its payments, invoices, credit memos and payment summaries made true again."""
    funds = roll_up_money(whole.funds)
    memos = each(
        whole.credit_memos,
        {
            "Refund": funds.refunds,
            "CreditMemoInvApplication": funds.credit_applications,
            "GatewayRequest": funds.requests,
        },
    )
    summaries = each(
        whole.payment_summaries,
        {
            "PaymentAuthorization": funds.authorizations,
            "Payment": funds.payments,
            "Refund": funds.refunds,
            "GatewayRequest": funds.requests,
        },
    )
    return msgspec.structs.replace(
        whole,
        summary=rolled_up(whole.summary, {"ProcessException": funds.exceptions}),
        credit_memos=memos,
        payment_summaries=summaries,
        funds_part=funds,
    )


def less_refunds_of_others(whole: WholeSummary, left: Mapping[Id, Decimal]) -> dict[Id, Decimal]:
    """`left`, amounts by Payment, less the refunds of their payment summaries that no payment knows of.

    Others recorded these: Pending, or without a line that says of which payment they are. So they are taken from the
    payments of the summary in order of creation (decisions.md M3: none of that money can be used again).
    """
    after = dict(left)
    for summary in whole.payment_summaries:
        payments = [p for p in whole.funds.payments if p.order_payment_summary_id == summary.id]
        known = sum((p.net_refund_applied for p in payments), ZERO)
        unknown = summary.refunded_amount + summary.pending_refund_record_amount - known
        for payment in payments:
            part = min(max(ZERO, unknown), after[payment.id])
            after[payment.id] -= part
            unknown -= part
    return after


def funds_decision(before: WholeSummary, after: WholeSummary) -> Decision:
    """The records that `after` has and `before` has not, and those that differ; the order's version is raised."""
    summary = msgspec.structs.replace(after.summary, version=before.summary.version + 1)
    return _difference(
        [
            ((before.summary,), (summary,)),
            (before.payment_summaries, after.payment_summaries),
            (before.credit_memos, after.credit_memos),
            *_parts(before.funds, after.funds),
        ]
    )


def money_decision(before: Funds, after: Funds) -> Decision:
    """As `funds_decision`, for money that belongs to no order."""
    return _difference(_parts(before, after))


Lists = tuple[Sequence[SObject], Sequence[SObject]]


def _parts(before: Funds, after: Funds) -> list[Lists]:
    return [(getattr(before, name), getattr(after, name)) for name in Funds.__struct_fields__]


def _difference(lists: Sequence[Lists]) -> Decision:
    new: list[SObject] = []
    pairs: list[Change] = []
    for old, now in lists:
        known = {record.id: record for record in old}
        for record in now:
            first = known.get(record.id)
            if first is None:
                new.append(record)
            elif first is not record and first != record:
                pairs.append(Change(first, record))
    return Decision(new=tuple(new), changed=tuple(pairs))


def with_operation(whole: WholeSummary, operation: BackgroundOperation) -> WholeSummary:
    """`whole` with `operation` in the place of its former state."""
    return msgspec.structs.replace(
        whole,
        funds_part=msgspec.structs.replace(
            whole.funds,
            operations=tuple(operation if o.id == operation.id else o for o in whole.funds.operations),
        ),
    )


def operation_of(whole: WholeSummary, operation_id: Id) -> BackgroundOperation | None:
    """The unfinished operation with this id; None when it has finished."""
    return find(whole.funds.operations, operation_id)
