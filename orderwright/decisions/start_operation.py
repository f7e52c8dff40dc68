"""A background operation is asked for: ids are checked at once, money is looked at later, in the job (decisions.md
M1, S9).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from orderwright.arithmetic.money import is_at_scale
from orderwright.decisions.change_order import check_managed, scale_for
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import InvalidCrossReference, InvalidInput, RequiredFieldMissing
from orderwright.decisions.plan_funds import FundsSequence, FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.objects.background_operation import BackgroundOperation
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.whole import WholeSummary, find

ENSURE_FUNDS, ENSURE_REFUNDS = "EnsureFunds", "EnsureRefunds"


def decide_start_ensure_funds(
    whole: WholeSummary, wishes: FundsWishes, now: dt.datetime
) -> tuple[Decision, BackgroundOperation]:
    """Return the queued operation that will fund an invoice.

    Raises InvalidOperation, InvalidCrossReference for an invoice or payment summary of another order, InvalidInput.
    Source: semantics.md#13, semantics.md#15.1 (documented).
    """
    check_managed(whole)
    _check_invoice(whole, wishes.invoice_id, "invoiceId")
    _check_sequences(whole, wishes.sequences)
    return _queued(whole, ENSURE_FUNDS, wishes.invoice_id, wishes, now)


def decide_start_ensure_refunds(
    whole: WholeSummary, wishes: RefundWishes, now: dt.datetime
) -> tuple[Decision, BackgroundOperation]:
    """Return the queued operation that will refund a credit memo, excess funds, or both.

    Raises InvalidOperation, RequiredFieldMissing, InvalidCrossReference, InvalidInput.
    Source: semantics.md#14, semantics.md#15.1 (documented).
    """
    check_managed(whole)
    if wishes.credit_memo_id is None and not wishes.excess_funds_amount:
        raise RequiredFieldMissing("give creditMemoId, excessFundsAmount, or both", "creditMemoId", "excessFundsAmount")
    if wishes.excess_funds_amount < 0:
        raise InvalidInput(f"excessFundsAmount {wishes.excess_funds_amount:f} is negative", "excessFundsAmount")
    _check_scale(whole, wishes.excess_funds_amount, "excessFundsAmount")
    if wishes.credit_memo_id is not None and find(whole.credit_memos, wishes.credit_memo_id) is None:
        raise InvalidCrossReference(
            f"credit memo {wishes.credit_memo_id} does not belong to order summary {whole.summary.id}", "creditMemoId"
        )
    for invoice_id in wishes.invoices_to_pay:
        _check_invoice(whole, invoice_id, "invoicesToPay")
    _check_sequences(whole, wishes.sequences)
    return _queued(whole, ENSURE_REFUNDS, wishes.credit_memo_id, wishes, now)


def _check_invoice(whole: WholeSummary, invoice_id: Id, field: str) -> None:
    if find(whole.funds.invoices, invoice_id) is None:
        raise InvalidCrossReference(f"invoice {invoice_id} does not belong to order summary {whole.summary.id}", field)


def _check_sequences(whole: WholeSummary, sequences: Sequence[FundsSequence]) -> None:
    for sequence in sequences:
        if find(whole.payment_summaries, sequence.order_payment_summary_id) is None:
            raise InvalidCrossReference(
                f"order payment summary {sequence.order_payment_summary_id} does not belong to order summary "
                f"{whole.summary.id}",
                "orderPaymentSummaryId",
            )
        if sequence.amount < 0:
            raise InvalidInput(f"sequence amount {sequence.amount:f} is negative", "amount")
        _check_scale(whole, sequence.amount, "amount")
    if len({s.order_payment_summary_id for s in sequences}) < len(sequences):
        raise InvalidInput("sequences lists a payment summary twice", "sequences")


def _check_scale(whole: WholeSummary, amount: Decimal, field: str) -> None:
    """Refuse an amount that no gateway could move: finer than the order's currency (decisions.md N1)."""
    scale = scale_for(whole)
    if not is_at_scale(amount, scale):
        raise InvalidInput(
            f"{field} {amount:f} has more decimals than {whole.summary.currency_iso_code} ({scale})", field
        )


def _queued(
    whole: WholeSummary, type_: str, about: Id | None, wishes: FundsWishes | RefundWishes, now: dt.datetime
) -> tuple[Decision, BackgroundOperation]:
    operation = BackgroundOperation(
        id=NewIds()(),
        name=f"{type_} {whole.summary.order_number}"[:255],
        type=type_,
        status="New",
        submitted_at=now,
        currency_iso_code=whole.summary.currency_iso_code,
        order_summary_id=whole.summary.id,
        reference_entity_id=about,
        input=msgspec.to_builtins(wishes),
    )
    return Decision(new=(operation,)), operation
