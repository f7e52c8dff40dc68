"""How a plan to fund an invoice becomes records.

The plan's effects are data: applications are saved at once, captures become `GatewayRequest`s that a job carries out
(decisions.md M13).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from orderwright.decisions.choose import Take
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import Refusal
from orderwright.decisions.finish_operation import decide_refuse_operation, finished
from orderwright.decisions.funds import ABANDONED_AFTER, funds_decision, roll_up_funds, with_operation
from orderwright.decisions.gateway_limits import NO_LIMITS, Limits
from orderwright.decisions.plan_funds import FundsPlan, FundsWishes, plan_funds
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.invoice import Invoice
from orderwright.objects.payment import PaymentLineInvoice
from orderwright.objects.whole import WholeSummary

ZERO = Decimal(0)


def decide_ensure_funds(
    whole: WholeSummary,
    operation: BackgroundOperation,
    wishes: FundsWishes,
    now: dt.datetime,
    limits: Limits = NO_LIMITS,
) -> Decision:
    """Return the plan as records: applications done, captures as open requests, the operation running or finished.

    A refusal ends the operation with Status Error; it is returned as data, not raised, because the request that asked
    was answered long ago (decisions.md M14, U18).
    Source: semantics.md#13 (documented), decisions.md#M13 (inferred).
    """
    try:
        plan = plan_funds(whole, wishes, now, limits)
    except Refusal as refusal:
        return decide_refuse_operation(whole, operation, refusal, now)
    after = _applied(whole, plan, NewIds(), operation, now)
    started = msgspec.structs.replace(
        operation,
        status="Running",
        started_at=operation.started_at or now,
        requested_amount=plan.needed,
        completed_amount=sum((take.amount for take in plan.applications), ZERO),
        currency_iso_code=whole.summary.currency_iso_code,
        process_after=None,
    )
    after = with_operation(roll_up_funds(after), started)
    return funds_decision(whole, finished(after, started, now))


def _applied(
    whole: WholeSummary, plan: FundsPlan, ids: NewIds, operation: BackgroundOperation, now: dt.datetime
) -> WholeSummary:
    lines = [application(plan.invoice, take.id, take.amount, ids(), now) for take in plan.applications]
    requests = [_capture_request(whole, plan, take, ids(), operation, now) for take in plan.captures]
    funds = whole.funds
    return msgspec.structs.replace(
        whole,
        funds_part=msgspec.structs.replace(
            funds, payment_lines=(*funds.payment_lines, *lines), requests=(*funds.requests, *requests)
        ),
    )


def application(invoice: Invoice, payment_id: Id, amount: Decimal, line_id: Id, now: dt.datetime) -> PaymentLineInvoice:
    """The application of a payment to an invoice."""
    return PaymentLineInvoice(
        id=line_id,
        amount=amount,
        applied_date=now,
        associated_account_id=invoice.billing_account_id,
        date=now,
        effective_date=now,
        invoice_id=invoice.id,
        payment_id=payment_id,
        type="Applied",
    )


def _capture_request(
    whole: WholeSummary,
    plan: FundsPlan,
    take: Take,
    request_id: Id,
    operation: BackgroundOperation,
    now: dt.datetime,
) -> GatewayRequest:
    authorization = next(a for a in whole.funds.authorizations if a.id == take.id)
    return GatewayRequest(
        id=request_id,
        kind="Capture",
        amount=take.amount,
        currency_iso_code=whole.summary.currency_iso_code or "",
        order_summary_id=whole.summary.id,
        order_payment_summary_id=authorization.order_payment_summary_id or "",
        background_operation_id=operation.id,
        payment_authorization_id=authorization.id,
        invoice_id=plan.invoice.id,
        payment_gateway_id=authorization.payment_gateway_id,
        process_after=now + ABANDONED_AFTER,
    )
