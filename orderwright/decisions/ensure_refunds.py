"""How a plan to refund becomes records.

The plan's effects are data: refunds become `GatewayRequest`s that a job carries out, fees are paid at once
(decisions.md M13).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from orderwright.decisions.choose import Take
from orderwright.decisions.decision import Decision
from orderwright.decisions.ensure_funds import application
from orderwright.decisions.errors import Refusal
from orderwright.decisions.finish_operation import decide_refuse_operation, finished
from orderwright.decisions.funds import ABANDONED_AFTER, funds_decision, roll_up_funds, with_operation
from orderwright.decisions.gateway_limits import NO_LIMITS, Limits
from orderwright.decisions.plan_refunds import RefundPlan, RefundWishes, plan_refunds
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.invoice import CreditMemo, CreditMemoInvApplication, Invoice
from orderwright.objects.payment import Payment
from orderwright.objects.whole import WholeSummary

ZERO = Decimal(0)


def taken_from_unapplied(payment: Payment, amount: Decimal, *, excess: bool) -> Decimal:
    """How much of a refund of `amount` comes from money of the payment that no invoice holds (decisions.md M4).

    Excess funds are taken from unapplied money first, refunds of credit memos from applied money first; so what the
    payment has left to apply is never more than what it has left at all.
    """
    if excess:
        return min(amount, max(ZERO, payment.balance))
    refunded_applied = payment.net_refund_applied - payment.refunded_unapplied_amount
    return max(ZERO, amount - max(ZERO, payment.net_applied - refunded_applied))


def decide_ensure_refunds(
    whole: WholeSummary,
    operation: BackgroundOperation,
    wishes: RefundWishes,
    now: dt.datetime,
    limits: Limits = NO_LIMITS,
) -> Decision:
    """Return the plan as records: fees paid, refunds as open requests, the operation running or finished.

    A refusal ends the operation with Status Error, as in `decide_ensure_funds`.
    Source: semantics.md#14 (documented), decisions.md#M13 (inferred).
    """
    try:
        plan = plan_refunds(whole, wishes, limits)
    except Refusal as refusal:
        return decide_refuse_operation(whole, operation, refusal, now)
    after = _planned(whole, plan, NewIds(), operation, now)
    started = msgspec.structs.replace(
        operation,
        status="Running",
        started_at=operation.started_at or now,
        requested_amount=plan.needed,
        currency_iso_code=whole.summary.currency_iso_code,
        process_after=None,
    )
    after = with_operation(roll_up_funds(after), started)
    return funds_decision(whole, finished(after, started, now))


def _planned(
    whole: WholeSummary, plan: RefundPlan, ids: NewIds, operation: BackgroundOperation, now: dt.datetime
) -> WholeSummary:
    memo_id = plan.memo.id if plan.memo else None
    requests = (
        *(_request(whole, take, ids(), operation, memo_id, now) for take in plan.for_memo),
        *(_request(whole, take, ids(), operation, None, now) for take in plan.for_excess),
    )
    paid = [_credit(plan.memo, invoice, amount, ids(), now) for invoice, amount in plan.fees if plan.memo]
    applied = [application(invoice, take.id, take.amount, ids(), now) for invoice, take in plan.excess_fees]
    funds = whole.funds
    return msgspec.structs.replace(
        whole,
        funds_part=msgspec.structs.replace(
            funds,
            requests=(*funds.requests, *requests),
            payment_lines=(*funds.payment_lines, *applied),
            credit_applications=(*funds.credit_applications, *paid),
        ),
    )


def _request(
    whole: WholeSummary,
    take: Take,
    request_id: Id,
    operation: BackgroundOperation,
    memo_id: Id | None,
    now: dt.datetime,
) -> GatewayRequest:
    payment = next(p for p in whole.funds.payments if p.id == take.id)
    return GatewayRequest(
        id=request_id,
        kind="Refund",
        amount=take.amount,
        currency_iso_code=whole.summary.currency_iso_code or "",
        order_summary_id=whole.summary.id,
        order_payment_summary_id=payment.order_payment_summary_id or "",
        background_operation_id=operation.id,
        payment_id=payment.id,
        credit_memo_id=memo_id,
        payment_gateway_id=payment.payment_gateway_id,
        process_after=now + ABANDONED_AFTER,
    )


def _credit(
    memo: CreditMemo, invoice: Invoice, amount: Decimal, line_id: Id, now: dt.datetime
) -> CreditMemoInvApplication:
    return CreditMemoInvApplication(
        id=line_id,
        amount=amount,
        applied_date=now,
        credit_memo_id=memo.id,
        date=now,
        effective_date=now,
        invoice_id=invoice.id,
        type="Applied",
    )
