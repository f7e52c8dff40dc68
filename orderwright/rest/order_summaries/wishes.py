"""What requests for funds and refunds ask for, as the decisions take it: the same for a preview and for the job."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Protocol

import msgspec

from orderwright.decisions.errors import InvalidInput
from orderwright.decisions.plan_funds import FundsSequence, FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.objects.definition import Id
from orderwright.rest.codec import IdOf


class SequenceInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A payment summary to use, and at most how much of it; 0 means all it has."""

    amount: Decimal
    order_payment_summary_id: Annotated[Id, IdOf("OrderPaymentSummary")]


class InvoiceToPayInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A fee invoice that is paid out of what is owed back."""

    invoice_id: Annotated[Id, IdOf("Invoice")]


class FundsInput(Protocol):
    """The properties that every request for the funds of an invoice has."""

    @property
    def invoice_id(self) -> Id: ...
    @property
    def is_allow_partial(self) -> bool: ...
    @property
    def sequences(self) -> tuple[SequenceInput, ...]: ...


class RefundsInput(Protocol):
    """The properties of every request for refunds."""

    @property
    def credit_memo_id(self) -> Id | None: ...
    @property
    def excess_funds_amount(self) -> Decimal | None: ...
    @property
    def invoices_to_pay(self) -> tuple[InvoiceToPayInput, ...]: ...
    @property
    def is_allow_partial(self) -> bool: ...
    @property
    def sequences(self) -> tuple[SequenceInput, ...]: ...


def sequences_of(asked: Sequence[SequenceInput]) -> tuple[FundsSequence, ...]:
    """The sequences of a request, as the decision takes them."""
    return tuple(FundsSequence(order_payment_summary_id=s.order_payment_summary_id, amount=s.amount) for s in asked)


def funds_wishes(body: FundsInput) -> FundsWishes:
    """The wishes of a request to fund an invoice."""
    return FundsWishes(
        invoice_id=body.invoice_id, is_allow_partial=body.is_allow_partial, sequences=sequences_of(body.sequences)
    )


def refund_wishes(body: RefundsInput) -> RefundWishes:
    """The wishes of a request to refund. Raises InvalidInput for an amount of excess funds that is not above zero."""
    if body.excess_funds_amount is not None and body.excess_funds_amount <= 0:
        raise InvalidInput(
            f"excessFundsAmount {body.excess_funds_amount:f} is not above zero; leave it out for a credit memo only",
            "excessFundsAmount",
        )
    return RefundWishes(
        credit_memo_id=body.credit_memo_id,
        excess_funds_amount=body.excess_funds_amount or Decimal(0),
        invoices_to_pay=tuple(invoice.invoice_id for invoice in body.invoices_to_pay),
        sequences=sequences_of(body.sequences),
        is_allow_partial=body.is_allow_partial,
    )
