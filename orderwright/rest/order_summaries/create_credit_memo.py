"""POST …/order-summaries/{orderSummaryId}/actions/create-credit-memo."""

from __future__ import annotations

from typing import Annotated

import msgspec

from orderwright.decisions.create_credit_memo import decide_create_credit_memo
from orderwright.objects.definition import Id
from orderwright.rest.codec import IdOf
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse
from orderwright.store.load import WITH_CHANGES
from orderwright.store.transaction import Transaction


class CreateCreditMemoInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The change orders to credit, each at most once in its life."""

    change_order_ids: tuple[Annotated[Id, IdOf("Order")], ...]


class CreateCreditMemoOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The new credit memo."""

    credit_memo_id: Id | None = None
    errors: tuple[ErrorResponse, ...] = ()
    success: bool = True


async def create_credit_memo(
    context: Context, order_summary_id: Id, body: CreateCreditMemoInput
) -> CreateCreditMemoOutput:
    """Create one credit memo for all the listed change orders."""

    async def act(transaction: Transaction) -> CreateCreditMemoOutput:
        whole = await transaction.lock(WITH_CHANGES, order_summary_id)
        decision, memo = decide_create_credit_memo(whole, body.change_order_ids, transaction.now)
        real = await transaction.save(decision)
        return CreateCreditMemoOutput(credit_memo_id=real[memo.id])

    output: CreateCreditMemoOutput = await context.store.submit(context.call, act, CreateCreditMemoOutput)
    return output
