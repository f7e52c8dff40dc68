"""POST …/order-summaries/{orderSummaryId}/async-actions/ensure-funds-async."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.decisions.ensure_funds import FundsSequence, FundsWishes
from orderwright.decisions.start_operation import decide_start_ensure_funds
from orderwright.objects.definition import Id
from orderwright.rest.codec import Alias, IdOf, Since
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse
from orderwright.store.load import INVOICES
from orderwright.store.transaction import Transaction


class SequenceInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A payment summary to use, and at most how much of it; 0 means all it has."""

    amount: Decimal
    order_payment_summary_id: Annotated[Id, IdOf("OrderPaymentSummary")]


class EnsureFundsAsyncInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: order-management.yaml#ensure-funds-async (documented); the flag's two spellings: decisions.md M10."""

    invoice_id: Annotated[Id, IdOf("Invoice")]
    is_allow_partial: Annotated[bool, Since(60)] = False
    is_consider_reserved_balance_amount: Annotated[bool, Since(59), Alias("isReservedBalanceAmountConsidered")] = False
    sequences: Annotated[tuple[SequenceInput, ...], Since(60)] = ()


class AsyncOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The queued background operation; what the gateway says stands there and in the log, never here."""

    background_operation_id: Id | None = None
    errors: tuple[ErrorResponse, ...] = ()
    success: bool = True


def sequences_of(asked: Sequence[SequenceInput]) -> tuple[FundsSequence, ...]:
    """The sequences of a request, as the decision takes them."""
    return tuple(FundsSequence(order_payment_summary_id=s.order_payment_summary_id, amount=s.amount) for s in asked)


async def ensure_funds_async(context: Context, order_summary_id: Id, body: EnsureFundsAsyncInput) -> AsyncOutput:
    """Queue the funding of an invoice: captured money first, then authorized money is captured."""
    wishes = FundsWishes(
        invoice_id=body.invoice_id, is_allow_partial=body.is_allow_partial, sequences=sequences_of(body.sequences)
    )

    async def act(transaction: Transaction) -> AsyncOutput:
        whole = await transaction.lock(INVOICES, order_summary_id)
        decision, operation = decide_start_ensure_funds(whole, wishes, transaction.now)
        real = await transaction.save(decision)
        return AsyncOutput(background_operation_id=real[operation.id])

    output: AsyncOutput = await context.store.submit(context.call, act, AsyncOutput)
    return output
