"""Which payments fund an invoice, how much each, and in which order.

Captured money that no invoice holds comes first, then authorized money, which has to be captured.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from orderwright.decisions.choose import ASKED, Source, Take, exact_or_largest, inside, merged
from orderwright.decisions.errors import InsufficientFunds, InvalidCrossReference, InvalidInput
from orderwright.decisions.funds import less_refunds_of_others, roll_up_funds
from orderwright.decisions.gateway_limits import NO_LIMITS, UNLIMITED, GatewayLimits, Limits, limits_of
from orderwright.objects.definition import Id
from orderwright.objects.invoice import Invoice
from orderwright.objects.payment import OrderPaymentSummary, Payment, PaymentAuthorization
from orderwright.objects.rules import pending_without_request
from orderwright.objects.whole import WholeSummary, find

ZERO = Decimal(0)


class FundsSequence(msgspec.Struct, frozen=True, kw_only=True):
    """A payment summary to use, and at most how much of it; 0 means all it has (documented edge case)."""

    order_payment_summary_id: Id
    amount: Decimal


class FundsWishes(msgspec.Struct, frozen=True, kw_only=True):
    """What an ensure-funds request asks for."""

    invoice_id: Id
    sequences: tuple[FundsSequence, ...] = ()
    is_allow_partial: bool = False


class FundsPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays: amounts by Payment (captured, not applied yet) and by PaymentAuthorization (to be captured)."""

    invoice: Invoice
    needed: Decimal
    applications: tuple[Take, ...] = ()
    captures: tuple[Take, ...] = ()

    @property
    def planned(self) -> Decimal:
        return sum((take.amount for take in (*self.applications, *self.captures)), ZERO)


def plan_funds(whole: WholeSummary, wishes: FundsWishes, now: dt.datetime, limits: Limits = NO_LIMITS) -> FundsPlan:
    """Return who pays how much of the invoice's balance, what is on its way to it already not counted again.

    What a gateway cannot do is not planned (`limits`). Amounts: order currency, positive. Raises InvalidCrossReference
    for an invoice or payment summary of another order, InvalidInput for a negative sequence, InsufficientFunds when all
    payment summaries together have too little.
    Source: connectapi-ordersummary-class.txt#ensureFundsAsync (documented), semantics.md#13, decisions.md#M1, M2, M9.
    """
    # A payment of an authorization may have joined the order under another payment summary since the last change.
    whole = roll_up_funds(whole)
    invoice = find(whole.funds.invoices, wishes.invoice_id)
    if invoice is None:
        raise InvalidCrossReference(
            f"invoice {wishes.invoice_id} does not belong to order summary {whole.summary.id}", "invoiceId"
        )
    needed = max(ZERO, invoice.balance - invoice.open_capture_amount)
    work = _Planning(whole, now, limits)
    words = (
        f"invoice {invoice.document_number} needs {needed:f} {whole.summary.currency_iso_code}; the payment summaries "
        f"have {work.total:f} (captured and not applied, or authorized and not captured)"
    )
    if needed > work.total:
        raise InsufficientFunds(words, "invoiceId")
    for sequence in wishes.sequences:
        work.use(sequence, needed)
    is_partial = bool(wishes.sequences) and wishes.is_allow_partial
    if not is_partial:
        work.use_default(needed)
    if work.planned < needed and not is_partial:
        raise InsufficientFunds(
            f"{words}, and what their gateways can do covers only {work.planned:f}: some capture an authorization in "
            "whole only; name payment summaries that fit in sequences",
            "invoiceId",
        )
    return FundsPlan(
        invoice=invoice, needed=needed, applications=merged(work.applications), captures=merged(work.captures)
    )


def lacking_funds(whole: WholeSummary, wishes: FundsWishes, now: dt.datetime, limits: Limits = NO_LIMITS) -> Decimal:
    """How much of what the invoice needs no payment summary has; zero or less when there is enough, or no invoice."""
    whole = roll_up_funds(whole)
    invoice = find(whole.funds.invoices, wishes.invoice_id)
    if invoice is None:
        return ZERO
    return max(ZERO, invoice.balance - invoice.open_capture_amount) - _Planning(whole, now, limits).total


class _Planning:
    """What each payment and each authorization can still give while a plan is made."""

    def __init__(self, whole: WholeSummary, now: dt.datetime, limits: Limits) -> None:
        self._whole = whole
        self._limits = limits
        self._balance = less_refunds_of_others(whole, {p.id: unapplied(p) for p in whole.funds.payments})
        self._capturable = {
            a.id: _capturable(whole, a, now, limits_of(limits, a.payment_gateway_id))
            for a in whole.funds.authorizations
        }
        self.applications: list[Take] = []
        self.captures: list[Take] = []

    @property
    def total(self) -> Decimal:
        return sum(self._balance.values(), ZERO) + sum(self._capturable.values(), ZERO)

    @property
    def planned(self) -> Decimal:
        return sum((take.amount for take in (*self.applications, *self.captures)), ZERO)

    def use(self, sequence: FundsSequence, needed: Decimal) -> None:
        """Take from one payment summary, captured money first, up to the sequence's amount."""
        summary = find(self._whole.payment_summaries, sequence.order_payment_summary_id)
        if summary is None:
            raise InvalidCrossReference(
                f"order payment summary {sequence.order_payment_summary_id} does not belong to this order summary",
                "orderPaymentSummaryId",
            )
        if sequence.amount < 0:
            raise InvalidInput(f"sequence amount {sequence.amount:f} is negative", "amount")
        cap = sequence.amount if sequence.amount > 0 else needed
        cap = min(cap, needed - self.planned)
        taken = self._apply(summary, cap, ASKED)
        self._capture(summary, cap - taken, ASKED)

    def use_default(self, needed: Decimal) -> None:
        """The documented default: captured money by payment summary, then authorized money."""
        self._use_in_turn(self._balances_of, self._apply, needed)
        self._use_in_turn(self._capturable_of, self._capture, needed)

    def _use_in_turn(self, of: SourcesOf, use: Use, needed: Decimal) -> None:
        """One payment summary at each turn; where a gateway cannot give what was chosen, the next turn makes up."""
        rest = self._sources(of)
        while takes := exact_or_largest(rest, needed - self.planned):
            use(self._summary(takes[0].id), takes[0].amount, takes[0].why)
            rest = [source for source in rest if source.id != takes[0].id]

    def _apply(self, summary: OrderPaymentSummary, amount: Decimal, why: str) -> Decimal:
        sources = self._balances_of(summary)
        takes = inside(sources, exact_or_largest(sources, amount), why)
        for take in takes:
            self._balance[take.id] -= take.amount
        self.applications += takes
        return sum((take.amount for take in takes), ZERO)

    def _capture(self, summary: OrderPaymentSummary, amount: Decimal, why: str) -> None:
        sources = self._capturable_of(summary)
        takes = inside(sources, exact_or_largest(sources, amount), why)
        for take in takes:
            self._capturable[take.id] -= take.amount
        self.captures += takes

    def _sources(self, of: SourcesOf) -> list[Source]:
        found = [
            Source(summary.id, sum((s.available for s in of(summary)), ZERO))
            for summary in self._whole.payment_summaries
        ]
        return [source for source in found if source.available > 0]

    def _balances_of(self, summary: OrderPaymentSummary) -> list[Source]:
        return [
            Source(p.id, self._balance[p.id])
            for p in self._whole.funds.payments
            if p.order_payment_summary_id == summary.id
        ]

    def _capturable_of(self, summary: OrderPaymentSummary) -> list[Source]:
        return [
            Source(
                a.id,
                self._capturable[a.id],
                whole_only=not limits_of(self._limits, a.payment_gateway_id).partial_capture,
            )
            for a in self._whole.funds.authorizations
            if a.order_payment_summary_id == summary.id
        ]

    def _summary(self, summary_id: Id) -> OrderPaymentSummary:
        return next(s for s in self._whole.payment_summaries if s.id == summary_id)


def unapplied(payment: Payment) -> Decimal:
    """Captured money of a payment that no invoice holds and no refund is about to take; never negative."""
    if payment.status != "Processed":
        return ZERO
    return max(ZERO, payment.balance - payment.open_refund_amount)


def capturable(authorization: PaymentAuthorization, now: dt.datetime, limits: GatewayLimits = UNLIMITED) -> Decimal:
    """What an authorization can still give: nothing once it has expired (semantics.md §15.9, documented), nor after the
    first capture at a gateway that makes only one.
    """
    if authorization.status != "Processed" or is_expired(authorization, now):
        return ZERO
    used = authorization.total_payment_capture_amount + authorization.open_capture_amount
    if used and not limits.multiple_capture:
        return ZERO
    taken = authorization.open_capture_amount + authorization.unsettled_reversal_amount
    return max(ZERO, authorization.balance - taken)


def is_expired(authorization: PaymentAuthorization, now: dt.datetime) -> bool:
    """Whether its ExpirationDate has come."""
    return authorization.expiration_date is not None and authorization.expiration_date <= now


def _capturable(
    whole: WholeSummary, authorization: PaymentAuthorization, now: dt.datetime, limits: GatewayLimits
) -> Decimal:
    """As `capturable`, less Payments of it that others recorded as Pending: money that may be captured already."""
    mine = (p for p in whole.funds.payments if p.payment_authorization_id == authorization.id)
    pending = sum((payment.amount for payment in mine if pending_without_request(payment)), ZERO)
    if pending and not limits.multiple_capture:
        return ZERO
    left = max(ZERO, capturable(authorization, now, limits) - pending)
    # What is left of one that was reversed or captured in part is a part of it.
    return left if limits.partial_capture or left == authorization.amount else ZERO


class SourcesOf(Protocol):
    """The sources of money inside one payment summary."""

    def __call__(self, summary: OrderPaymentSummary) -> Sequence[Source]: ...


class Use(Protocol):
    """Takes an amount from one payment summary, as far as its gateways can give it; `why` that one."""

    def __call__(self, summary: OrderPaymentSummary, amount: Decimal, why: str) -> object: ...
