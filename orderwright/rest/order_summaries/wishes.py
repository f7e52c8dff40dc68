"""What requests for funds and refunds ask for, as the decisions take it: the same for a preview and for the job."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from orderwright.decisions.ensure_funds import FundsWishes
from orderwright.decisions.ensure_refunds import RefundWishes
from orderwright.decisions.errors import InvalidInput
from orderwright.objects.definition import Id
from orderwright.rest.order_summaries.ensure_funds import SequenceInput, sequences_of
from orderwright.rest.order_summaries.ensure_refunds import EnsureRefundsAsyncInput


class FundsInput(Protocol):
    """The properties that every request for the funds of an invoice has."""

    @property
    def invoice_id(self) -> Id: ...
    @property
    def is_allow_partial(self) -> bool: ...
    @property
    def sequences(self) -> tuple[SequenceInput, ...]: ...


def funds_wishes(body: FundsInput) -> FundsWishes:
    """The wishes of a request to fund an invoice."""
    return FundsWishes(
        invoice_id=body.invoice_id, is_allow_partial=body.is_allow_partial, sequences=sequences_of(body.sequences)
    )


def refund_wishes(body: EnsureRefundsAsyncInput) -> RefundWishes:
    """The wishes of a request to refund. Raises InvalidInput for an amount of excess funds that is not above zero."""
    if body.excess_funds_amount is not None and body.excess_funds_amount <= 0:
        raise InvalidInput(
            f"excessFundsAmount {body.excess_funds_amount} is not above zero; leave it out for a credit memo only",
            "excessFundsAmount",
        )
    return RefundWishes(
        credit_memo_id=body.credit_memo_id,
        excess_funds_amount=body.excess_funds_amount or Decimal(0),
        invoices_to_pay=tuple(invoice.invoice_id for invoice in body.invoices_to_pay),
        sequences=sequences_of(body.sequences),
        is_allow_partial=body.is_allow_partial,
    )
