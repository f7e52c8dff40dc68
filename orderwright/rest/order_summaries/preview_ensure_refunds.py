"""POST …/order-summaries/{orderSummaryId}/actions/preview-ensure-refunds: an extension of ours."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from orderwright.decisions.choose import Take
from orderwright.decisions.plan_refunds import RefundPlan, plan_refunds
from orderwright.decisions.start_operation import decide_start_ensure_refunds
from orderwright.objects.definition import Id
from orderwright.objects.whole import WholeSummary
from orderwright.rest.context import Context
from orderwright.rest.order_summaries.ensure_refunds import EnsureRefundsAsyncInput
from orderwright.rest.order_summaries.preview_ensure_funds import limits_of_order, shown
from orderwright.rest.order_summaries.wishes import refund_wishes
from orderwright.rest.representations import ErrorResponse
from orderwright.store.load import FUNDS

ZERO = Decimal(0)


class PlannedRefund(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An amount that one payment gives back: for the credit memo, or of excess funds when `creditMemoId` is null."""

    amount: Decimal
    credit_memo_id: Id | None
    order_payment_summary_id: Id | None
    payment_id: Id
    why: str


class PlannedFee(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An amount that pays a fee invoice instead of going back: out of the credit memo, or of a payment's money that no
    invoice holds.
    """

    amount: Decimal
    credit_memo_id: Id | None = None
    invoice_id: Id
    payment_id: Id | None = None


class PreviewEnsureRefundsOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What ensure-refunds would do now. `neededAmount` is what is owed back, less fees and what is being refunded
    already; `openAmount` is the part of it that nobody would give back.
    """

    credit_memo_id: Id | None = None
    currency_iso_code: str | None = None
    errors: tuple[ErrorResponse, ...] = ()
    fees: tuple[PlannedFee, ...] = ()
    needed_amount: Decimal | None = None
    open_amount: Decimal | None = None
    order_summary_id: Id | None = None
    planned_amount: Decimal | None = None
    refunds: tuple[PlannedRefund, ...] = ()
    success: bool = True


async def preview_ensure_refunds(
    context: Context, order_summary_id: Id, body: EnsureRefundsAsyncInput
) -> PreviewEnsureRefundsOutput:
    """Extension: which payments ensure-refunds-async would refund, how much of each, and why; and which fee invoices
    would be paid before. Takes what ensure-refunds-async takes, refuses what it or its job would refuse, and stores
    nothing.
    """
    wishes = refund_wishes(body)
    whole = await context.store.preview(FUNDS, order_summary_id)
    # What the request itself would be refused for; the operation that is decided here is not kept.
    decide_start_ensure_refunds(whole, wishes, context.store.now())
    return _output(whole, plan_refunds(whole, wishes, await limits_of_order(context, whole)))


def _output(whole: WholeSummary, plan: RefundPlan) -> PreviewEnsureRefundsOutput:
    memo_id = plan.memo.id if plan.memo else None
    refunds = (*_refunds(whole, plan.for_memo, memo_id), *_refunds(whole, plan.for_excess, None))
    planned = sum((take.amount for take in (*plan.for_memo, *plan.for_excess)), ZERO)
    return PreviewEnsureRefundsOutput(
        credit_memo_id=memo_id,
        currency_iso_code=whole.summary.currency_iso_code,
        fees=_fees(whole, plan),
        needed_amount=shown(whole, plan.needed),
        open_amount=shown(whole, plan.needed - planned),
        order_summary_id=whole.summary.id,
        planned_amount=shown(whole, planned),
        refunds=refunds,
    )


def _refunds(whole: WholeSummary, takes: Iterable[Take], memo_id: Id | None) -> list[PlannedRefund]:
    holders = {payment.id: payment.order_payment_summary_id for payment in whole.funds.payments}
    return [
        PlannedRefund(
            amount=shown(whole, take.amount),
            credit_memo_id=memo_id,
            order_payment_summary_id=holders[take.id],
            payment_id=take.id,
            why=take.why,
        )
        for take in takes
    ]


def _fees(whole: WholeSummary, plan: RefundPlan) -> tuple[PlannedFee, ...]:
    memo_id = plan.memo.id if plan.memo else None
    return (
        *(
            PlannedFee(amount=shown(whole, amount), credit_memo_id=memo_id, invoice_id=invoice.id)
            for invoice, amount in plan.fees
        ),
        *(
            PlannedFee(amount=shown(whole, take.amount), invoice_id=invoice.id, payment_id=take.id)
            for invoice, take in plan.excess_fees
        ),
    )
