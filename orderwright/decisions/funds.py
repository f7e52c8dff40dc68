"""What ensure-funds, ensure-refunds and gateway answers share: totals made true, and the records that differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.roll_up import each
from orderwright.objects.background_operation import BackgroundOperation
from orderwright.objects.definition import Id, SObject
from orderwright.objects.whole import Funds, WholeSummary, find

S = TypeVar("S", bound=SObject)


def roll_up_funds(whole: WholeSummary) -> WholeSummary:
    """`whole` with every total of its payments, invoices, credit memos and payment summaries made true again."""
    funds = whole.funds
    payments = each(
        funds.payments,
        {
            "PaymentLineInvoice": funds.payment_lines,
            "RefundLinePayment": funds.refund_lines,
            "GatewayRequest": funds.requests,
        },
    )
    refunds = each(funds.refunds, {"RefundLinePayment": funds.refund_lines})
    authorizations = each(funds.authorizations, {"Payment": payments, "GatewayRequest": funds.requests})
    invoices = each(
        funds.invoices,
        {
            "PaymentLineInvoice": funds.payment_lines,
            "CreditMemoInvApplication": funds.credit_applications,
            "GatewayRequest": funds.requests,
        },
    )
    memos = each(
        whole.credit_memos,
        {
            "Refund": refunds,
            "CreditMemoInvApplication": funds.credit_applications,
            "GatewayRequest": funds.requests,
        },
    )
    summaries = each(
        whole.payment_summaries,
        {
            "PaymentAuthorization": authorizations,
            "Payment": payments,
            "Refund": refunds,
            "GatewayRequest": funds.requests,
        },
    )
    return msgspec.structs.replace(
        whole,
        credit_memos=memos,
        payment_summaries=summaries,
        funds_part=msgspec.structs.replace(
            funds, payments=payments, refunds=refunds, authorizations=authorizations, invoices=invoices
        ),
    )


def funds_decision(before: WholeSummary, after: WholeSummary, extra: Sequence[SObject] = ()) -> Decision:
    """The records that `after` has and `before` has not, those that differ, and `extra` ones (logs)."""
    summary = msgspec.structs.replace(after.summary, version=before.summary.version + 1)
    lists: list[tuple[Sequence[SObject], Sequence[SObject]]] = [
        ((before.summary,), (summary,)),
        (before.payment_summaries, after.payment_summaries),
        (before.credit_memos, after.credit_memos),
        *(
            (getattr(before.funds, name), getattr(after.funds, name))
            for name in Funds.__struct_fields__
        ),
    ]  # fmt: skip
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
    return Decision(new=(*new, *extra), changed=tuple(pairs))


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
