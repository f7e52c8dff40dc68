"""POST …/order-summaries/{orderSummaryId}/async-actions/ensure-refunds-async."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.decisions.ensure_refunds import RefundWishes
from orderwright.decisions.errors import InvalidInput
from orderwright.decisions.start_operation import decide_start_ensure_refunds
from orderwright.objects.definition import Id
from orderwright.rest.codec import Alias, IdOf, Since
from orderwright.rest.context import Context
from orderwright.rest.order_summaries.ensure_funds import AsyncOutput, SequenceInput, sequences_of
from orderwright.store.load import INVOICES
from orderwright.store.transaction import Transaction


class InvoiceToPayInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A fee invoice that is paid out of what is owed back."""

    invoice_id: Annotated[Id, IdOf("Invoice")]


class EnsureRefundsAsyncInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: order-management.yaml#ensure-refunds-async (documented); the flag's two spellings: decisions.md M10."""

    credit_memo_id: Annotated[Id | None, IdOf("CreditMemo")] = None
    excess_funds_amount: Annotated[Decimal | None, Since(49)] = None
    invoices_to_pay: Annotated[tuple[InvoiceToPayInput, ...], Since(56)] = ()
    is_allow_partial: Annotated[bool, Since(56)] = False
    is_reserved_balance_amount_considered: Annotated[bool, Since(59), Alias("isConsiderReservedBalanceAmount")] = False
    sequences: Annotated[tuple[SequenceInput, ...], Since(56)] = ()


async def ensure_refunds_async(context: Context, order_summary_id: Id, body: EnsureRefundsAsyncInput) -> AsyncOutput:
    """Queue the refund of a credit memo, of excess funds, or of both."""
    if body.excess_funds_amount is not None and body.excess_funds_amount <= 0:
        raise InvalidInput(
            f"excessFundsAmount {body.excess_funds_amount} is not above zero; leave it out for a credit memo only",
            "excessFundsAmount",
        )
    wishes = RefundWishes(
        credit_memo_id=body.credit_memo_id,
        excess_funds_amount=body.excess_funds_amount or Decimal(0),
        invoices_to_pay=tuple(invoice.invoice_id for invoice in body.invoices_to_pay),
        sequences=sequences_of(body.sequences),
        is_allow_partial=body.is_allow_partial,
    )

    async def act(transaction: Transaction) -> AsyncOutput:
        whole = await transaction.lock(INVOICES, order_summary_id)
        decision, operation = decide_start_ensure_refunds(whole, wishes, transaction.now)
        real = await transaction.save(decision)
        return AsyncOutput(background_operation_id=real[operation.id])

    output: AsyncOutput = await context.store.submit(context.call, act, AsyncOutput)
    return output
