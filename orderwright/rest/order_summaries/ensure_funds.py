"""POST …/order-summaries/{orderSummaryId}/async-actions/ensure-funds-async."""

from __future__ import annotations

from typing import Annotated

import msgspec

from orderwright.decisions.start_operation import decide_start_ensure_funds
from orderwright.objects.definition import Id
from orderwright.rest.codec import Alias, IdOf, Since
from orderwright.rest.context import Context
from orderwright.rest.order_summaries.wishes import SequenceInput, funds_wishes
from orderwright.rest.representations import ErrorResponse
from orderwright.store.load import INVOICES
from orderwright.store.transaction import Transaction


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


async def ensure_funds_async(context: Context, order_summary_id: Id, body: EnsureFundsAsyncInput) -> AsyncOutput:
    """Queue the funding of an invoice: captured money first, then authorized money is captured."""
    wishes = funds_wishes(body)

    async def act(transaction: Transaction) -> AsyncOutput:
        whole = await transaction.lock(INVOICES, order_summary_id)
        decision, operation = decide_start_ensure_funds(whole, wishes, transaction.now)
        real = await transaction.save(decision)
        return AsyncOutput(background_operation_id=real[operation.id])

    output: AsyncOutput = await context.store.submit(context.call, act, AsyncOutput)
    return output
