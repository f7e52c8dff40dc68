"""Which payments give back how much, for a credit memo, for excess funds, or for both.

Fee invoices are paid out of what is owed back before anything is refunded (semantics.md §10.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.choose import (
    ASKED,
    Source,
    Take,
    exact_or_largest,
    exact_or_smallest_sufficient,
    inside,
    merged,
)  # fmt: skip
from orderwright.decisions.errors import InsufficientFunds, InvalidCrossReference, InvalidInput, RequiredFieldMissing
from orderwright.decisions.funds import less_refunds_of_others, roll_up_funds
from orderwright.decisions.gateway_limits import NO_LIMITS, Limits, limits_of
from orderwright.decisions.plan_funds import FundsSequence, unapplied
from orderwright.objects.definition import Id
from orderwright.objects.invoice import CreditMemo, Invoice
from orderwright.objects.payment import OrderPaymentSummary, Payment
from orderwright.objects.whole import WholeSummary, find

ZERO = Decimal(0)


class RefundWishes(msgspec.Struct, frozen=True, kw_only=True):
    """What an ensure-refunds request asks for; at least one of credit memo and excess funds."""

    credit_memo_id: Id | None = None
    excess_funds_amount: Decimal = ZERO
    invoices_to_pay: tuple[Id, ...] = ()
    sequences: tuple[FundsSequence, ...] = ()
    is_allow_partial: bool = False


class RefundPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Who gives back: amounts by Payment, for the credit memo and for excess funds apart."""

    memo: CreditMemo | None = None
    fees: tuple[tuple[Invoice, Decimal], ...] = ()
    """Fee invoices and what of the credit memo pays them."""
    excess_fees: tuple[tuple[Invoice, Take], ...] = ()
    """Fee invoices and the payments whose unapplied money pays them, out of the excess funds."""
    for_memo: tuple[Take, ...] = ()
    for_excess: tuple[Take, ...] = ()
    needed: Decimal = ZERO


def plan_refunds(whole: WholeSummary, wishes: RefundWishes, limits: Limits = NO_LIMITS) -> RefundPlan:
    """Return who gives back how much; what is on its way back already is not counted again, and what a gateway cannot
    do is not planned (`limits`).

    The excess funds amount is the caller's: as documented, only what was captured and not refunded bounds it, so a
    shown value that is sent twice is refunded twice as far as there is money (semantics.md §14.8, documented).

    Amounts: order currency, positive. Raises RequiredFieldMissing when nothing is named, InvalidCrossReference for a
    record of another order, InvalidInput for a negative amount, InsufficientFunds when too little can be refunded.
    Source: connectapi-ordersummary-class.txt#ensureRefundsAsync (documented), semantics.md#14, decisions.md#M3, M7, M8.
    """
    # A refund that others recorded may be missing from the totals.
    whole = roll_up_funds(whole)
    memo = _memo(whole, wishes)
    if wishes.excess_funds_amount < 0:
        raise InvalidInput(f"excessFundsAmount {wishes.excess_funds_amount:f} is negative", "excessFundsAmount")
    if memo is None and not wishes.excess_funds_amount:
        raise RequiredFieldMissing("give creditMemoId, excessFundsAmount, or both", "creditMemoId", "excessFundsAmount")
    owed = max(ZERO, memo.balance - memo.open_refund_amount) if memo else ZERO
    fees = _fees(whole, wishes, owed)
    owed -= sum((amount for _, amount in fees), ZERO)
    excess_fees = _fees_from_excess(whole, wishes, fees)
    excess = wishes.excess_funds_amount - sum((take.amount for _, take in excess_fees), ZERO)
    work = _Planning(whole, excess_fees, limits)
    words = (
        f"{owed + excess:f} {whole.summary.currency_iso_code} should be refunded (credit memo {owed:f}, excess funds "
        f"{excess:f}); the payment summaries can refund {work.total:f}"
    )
    if owed + excess > work.total:
        raise InsufficientFunds(words, "creditMemoId", "excessFundsAmount")
    for_memo, for_excess = work.plan(wishes, owed, excess)
    possible = _sum((*for_memo, *for_excess))
    if possible < owed + excess and not (wishes.sequences and wishes.is_allow_partial):
        raise InsufficientFunds(
            f"{words}, and what their gateways can do covers only {possible:f}: some refund a payment in whole only; "
            "name payment summaries that fit in sequences",
            "creditMemoId",
            "excessFundsAmount",
        )
    return RefundPlan(
        memo=memo,
        fees=fees,
        excess_fees=excess_fees,
        for_memo=for_memo,
        for_excess=for_excess,
        needed=owed + excess,
    )


def _memo(whole: WholeSummary, wishes: RefundWishes) -> CreditMemo | None:
    if wishes.credit_memo_id is None:
        return None
    memo = find(whole.credit_memos, wishes.credit_memo_id)
    if memo is None:
        raise InvalidCrossReference(
            f"credit memo {wishes.credit_memo_id} does not belong to order summary {whole.summary.id}", "creditMemoId"
        )
    return memo


def _fees(whole: WholeSummary, wishes: RefundWishes, owed: Decimal) -> tuple[tuple[Invoice, Decimal], ...]:
    """Fee invoices in the order given, each paid as far as what is owed reaches."""
    paid = []
    for invoice_id in dict.fromkeys(wishes.invoices_to_pay):
        invoice = find(whole.funds.invoices, invoice_id)
        if invoice is None:
            raise InvalidCrossReference(
                f"invoice {invoice_id} does not belong to order summary {whole.summary.id}", "invoicesToPay"
            )
        amount = min(owed, max(ZERO, invoice.balance - invoice.open_capture_amount))
        owed -= amount
        if amount:
            paid.append((invoice, amount))
    return tuple(paid)


def _fees_from_excess(
    whole: WholeSummary, wishes: RefundWishes, paid: Sequence[tuple[Invoice, Decimal]]
) -> tuple[tuple[Invoice, Take], ...]:
    """What the credit memo did not pay of the fee invoices, paid from captured money that no invoice holds."""
    left = wishes.excess_funds_amount
    already = {invoice.id: amount for invoice, amount in paid}
    balances = less_refunds_of_others(whole, {p.id: unapplied(p) for p in whole.funds.payments})
    found: list[tuple[Invoice, Take]] = []
    for invoice_id in dict.fromkeys(wishes.invoices_to_pay if left else ()):
        invoice = next(i for i in whole.funds.invoices if i.id == invoice_id)
        open_amount = invoice.balance - invoice.open_capture_amount - already.get(invoice.id, ZERO)
        takes = exact_or_largest([Source(i, b) for i, b in balances.items()], min(left, max(ZERO, open_amount)))
        for take in takes:
            balances[take.id] -= take.amount
            left -= take.amount
        found += [(invoice, take) for take in takes]
    return tuple(found)


class _Planning:
    """What each payment can still give back while a plan is made."""

    def __init__(self, whole: WholeSummary, excess_fees: Sequence[tuple[Invoice, Take]], limits: Limits) -> None:
        self._whole = whole
        self._limits = limits
        self._left = less_refunds_of_others(whole, {p.id: refundable(p) for p in whole.funds.payments})
        for _, take in excess_fees:
            self._left[take.id] -= take.amount
        for payment in whole.funds.payments:
            # What is left of one that was refunded, or pays a fee, in part is a part of it.
            if self._is_whole_only(payment) and self._left[payment.id] < payment.amount:
                self._left[payment.id] = ZERO

    @property
    def total(self) -> Decimal:
        return sum((self._of(summary) for summary in self._whole.payment_summaries), ZERO)

    def plan(self, wishes: RefundWishes, owed: Decimal, excess: Decimal) -> tuple[tuple[Take, ...], tuple[Take, ...]]:
        """Sequences first, the credit memo before excess funds; then the default rules for what is left."""
        for_memo: list[Take] = []
        for_excess: list[Take] = []
        for sequence in wishes.sequences:
            cap = self._cap(sequence)
            summary = self._summary(sequence.order_payment_summary_id)
            takes = self._from(summary, min(cap, owed), ASKED)
            for_memo += takes
            owed -= _sum(takes)
            takes = self._from(summary, min(cap - _sum(takes), excess), ASKED)
            for_excess += takes
            excess -= _sum(takes)
        if not (wishes.sequences and wishes.is_allow_partial):
            for_memo += self._default(owed)
            for_excess += self._default(excess)
        return merged(for_memo), merged(for_excess)

    def _default(self, amount: Decimal) -> list[Take]:
        """The documented rules; where a gateway cannot give what was chosen, they are tried on what is left."""
        found: list[Take] = []
        rest = [
            Source(summary.id, self._of(summary), preferred=self._is_applied(summary))
            for summary in self._whole.payment_summaries
        ]
        while takes := exact_or_smallest_sufficient(rest, amount - _sum(found)):
            found += [part for take in takes for part in self._from(self._summary(take.id), take.amount, take.why)]
            used = {take.id for take in takes}
            rest = [source for source in rest if source.id not in used]
        return found

    def _from(self, summary: OrderPaymentSummary, amount: Decimal, why: str) -> tuple[Take, ...]:
        sources = [
            Source(
                p.id,
                self._left[p.id],
                preferred=p.net_applied > 0,
                whole_only=self._is_whole_only(p),
            )
            for p in self._payments(summary)
        ]
        takes = inside(sources, exact_or_smallest_sufficient(sources, amount), why)
        for take in takes:
            self._left[take.id] -= take.amount
        return takes

    def _cap(self, sequence: FundsSequence) -> Decimal:
        if sequence.amount < 0:
            raise InvalidInput(f"sequence amount {sequence.amount:f} is negative", "amount")
        available = self._of(self._summary(sequence.order_payment_summary_id))
        return min(sequence.amount, available) if sequence.amount else available

    def _of(self, summary: OrderPaymentSummary) -> Decimal:
        return sum((self._left[p.id] for p in self._payments(summary)), ZERO)

    def _is_applied(self, summary: OrderPaymentSummary) -> bool:
        return any(p.net_applied > 0 for p in self._payments(summary))

    def _is_whole_only(self, payment: Payment) -> bool:
        return not limits_of(self._limits, payment.payment_gateway_id).partial_refund

    def _payments(self, summary: OrderPaymentSummary) -> list[Payment]:
        return [p for p in self._whole.funds.payments if p.order_payment_summary_id == summary.id]

    def _summary(self, summary_id: Id) -> OrderPaymentSummary:
        summary = find(self._whole.payment_summaries, summary_id)
        if summary is None:
            raise InvalidCrossReference(
                f"order payment summary {summary_id} does not belong to this order summary", "orderPaymentSummaryId"
            )
        return summary


def _sum(takes: Sequence[Take]) -> Decimal:
    return sum((take.amount for take in takes), ZERO)


def refundable(payment: Payment) -> Decimal:
    """What a payment can still give back: captured, less refunded and being refunded; never negative (M3)."""
    if payment.status != "Processed":
        return ZERO
    return max(ZERO, payment.amount - payment.net_refund_applied - payment.open_refund_amount)
