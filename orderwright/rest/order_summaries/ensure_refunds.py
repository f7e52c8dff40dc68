"""POST …/order-summaries/{orderSummaryId}/async-actions/ensure-refunds-async."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.decisions.start_operation import decide_start_ensure_refunds
from orderwright.objects.definition import Id
from orderwright.rest.codec import Alias, IdOf, Since
from orderwright.rest.context import Context
from orderwright.rest.order_summaries.ensure_funds import AsyncOutput
from orderwright.rest.order_summaries.wishes import InvoiceToPayInput, SequenceInput, refund_wishes
from orderwright.store.load import INVOICES
from orderwright.store.transaction import Transaction


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
    wishes = refund_wishes(body)

    async def act(transaction: Transaction) -> AsyncOutput:
        whole = await transaction.lock(INVOICES, order_summary_id)
        decision, operation = decide_start_ensure_refunds(whole, wishes, transaction.now)
        real = await transaction.save(decision)
        return AsyncOutput(background_operation_id=real[operation.id])

    output: AsyncOutput = await context.store.submit(context.call, act, AsyncOutput)
    return output
