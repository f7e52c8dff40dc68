"""POST …/order-summaries/{orderSummaryId}/actions/preview-ensure-funds: an extension of ours."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import msgspec

from orderwright.arithmetic.money import round_money
from orderwright.decisions.change_order import scale_for
from orderwright.decisions.choose import Take
from orderwright.decisions.gateway_limits import Limits
from orderwright.decisions.plan_funds import FundsPlan, plan_funds
from orderwright.decisions.start_operation import decide_start_ensure_funds
from orderwright.objects.definition import Id
from orderwright.objects.payment import Payment, PaymentAuthorization
from orderwright.objects.whole import WholeSummary
from orderwright.rest.context import Context
from orderwright.rest.order_summaries.ensure_funds import EnsureFundsAsyncInput
from orderwright.rest.order_summaries.wishes import funds_wishes
from orderwright.rest.representations import ErrorResponse
from orderwright.settlement.gateways import limits_of_gateways
from orderwright.store.load import FUNDS


class PlannedFunds(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An amount that one source gives: captured money that is applied, or authorized money that is captured first."""

    action: Literal["Apply", "Capture"]
    amount: Decimal
    order_payment_summary_id: Id | None
    payment_authorization_id: Id | None = None
    payment_id: Id | None = None
    why: str


class PreviewEnsureFundsOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What ensure-funds would do now. `neededAmount` is what the invoice lacks, less what is being captured for it
    already; `openAmount` is the part of it that nobody would pay.
    """

    currency_iso_code: str | None = None
    errors: tuple[ErrorResponse, ...] = ()
    funds: tuple[PlannedFunds, ...] = ()
    invoice_id: Id | None = None
    needed_amount: Decimal | None = None
    open_amount: Decimal | None = None
    order_summary_id: Id | None = None
    planned_amount: Decimal | None = None
    success: bool = True


async def preview_ensure_funds(
    context: Context, order_summary_id: Id, body: EnsureFundsAsyncInput
) -> PreviewEnsureFundsOutput:
    """Extension: which payments and authorizations ensure-funds-async would use for an invoice, how much of each, and
    why. Takes what ensure-funds-async takes, refuses what it or its job would refuse, and stores nothing.
    """
    whole = await context.store.preview(FUNDS, order_summary_id)
    wishes, now = funds_wishes(body), context.store.now()
    # What the request itself would be refused for; the operation that is decided here is not kept.
    decide_start_ensure_funds(whole, wishes, now)
    limits = await limits_of_order(context, whole)
    return _output(whole, plan_funds(whole, wishes, now, limits))


async def limits_of_order(context: Context, whole: WholeSummary) -> Limits:
    """What the gateways of the order's payments cannot do, as the job will find it."""
    sources: list[Payment | PaymentAuthorization] = [*whole.funds.authorizations, *whole.funds.payments]
    return await limits_of_gateways(context.gateways, [source.payment_gateway_id for source in sources])


def _output(whole: WholeSummary, plan: FundsPlan) -> PreviewEnsureFundsOutput:
    funds = (
        *_planned(whole, "Apply", plan.applications, whole.funds.payments),
        *_planned(whole, "Capture", plan.captures, whole.funds.authorizations),
    )
    return PreviewEnsureFundsOutput(
        currency_iso_code=whole.summary.currency_iso_code,
        funds=funds,
        invoice_id=plan.invoice.id,
        needed_amount=shown(whole, plan.needed),
        open_amount=shown(whole, plan.needed - plan.planned),
        order_summary_id=whole.summary.id,
        planned_amount=shown(whole, plan.planned),
    )


def _planned(
    whole: WholeSummary,
    action: Literal["Apply", "Capture"],
    takes: Iterable[Take],
    sources: Iterable[Payment | PaymentAuthorization],
) -> list[PlannedFunds]:
    holders = {source.id: source.order_payment_summary_id for source in sources}
    return [
        PlannedFunds(
            action=action,
            amount=shown(whole, take.amount),
            order_payment_summary_id=holders[take.id],
            payment_authorization_id=take.id if action == "Capture" else None,
            payment_id=take.id if action == "Apply" else None,
            why=take.why,
        )
        for take in takes
    ]


def shown(whole: WholeSummary, amount: Decimal) -> Decimal:
    """`amount` with the decimals of the order's currency."""
    return round_money(amount, scale_for(whole))
