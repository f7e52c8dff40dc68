"""POST /commerce/order-management/order-summaries/async-actions/multiple-ensure-funds-async."""

from __future__ import annotations

from typing import Annotated

import msgspec

from orderwright.decisions.errors import Refusal, RequiredFieldMissing
from orderwright.decisions.start_operation import decide_start_ensure_funds
from orderwright.objects.definition import Id
from orderwright.rest.codec import Alias, IdOf, Since
from orderwright.rest.context import Context
from orderwright.rest.errors import spoken
from orderwright.rest.order_summaries.ensure_funds import AsyncOutput
from orderwright.rest.order_summaries.wishes import SequenceInput, funds_wishes
from orderwright.rest.representations import ErrorResponse
from orderwright.store.load import INVOICES
from orderwright.store.transaction import NotFound, Transaction


class InnerEnsureFundsAsyncInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An invoice to fund, and the order summary it belongs to; the flag's two spellings: decisions.md M10."""

    invoice_id: Annotated[Id, IdOf("Invoice")]
    is_allow_partial: Annotated[bool, Since(60)] = False
    is_consider_reserved_balance_amount: Annotated[bool, Since(59), Alias("isReservedBalanceAmountConsidered")] = False
    order_summary_id: Annotated[Id, IdOf("OrderSummary")]
    sequences: Annotated[tuple[SequenceInput, ...], Since(60)] = ()


class MultipleEnsureFundsAsyncInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One entry per invoice. Source: order-management.yaml#multiple-ensure-funds-async (documented)."""

    async_inputs: tuple[InnerEnsureFundsAsyncInput, ...]


class MultipleAsyncOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One result per entry, in their order; `success` is true when all of them were queued."""

    async_outputs: tuple[AsyncOutput, ...] = ()
    errors: tuple[ErrorResponse, ...] = ()
    success: bool = True


async def multiple_ensure_funds_async(context: Context, body: MultipleEnsureFundsAsyncInput) -> MultipleAsyncOutput:
    """Queue the funding of several invoices, each by an operation of its own; each entry succeeds or fails alone."""
    if not body.async_inputs:
        raise RequiredFieldMissing("asyncInputs is empty", "asyncInputs")
    outputs = tuple([await _queue(context, place, entry) for place, entry in enumerate(body.async_inputs)])
    return MultipleAsyncOutput(async_outputs=outputs, success=all(output.success for output in outputs))


async def _queue(context: Context, place: int, entry: InnerEnsureFundsAsyncInput) -> AsyncOutput:
    async def act(transaction: Transaction) -> AsyncOutput:
        whole = await transaction.lock(INVOICES, entry.order_summary_id)
        decision, operation = decide_start_ensure_funds(whole, funds_wishes(entry), transaction.now)
        real = await transaction.save(decision)
        return AsyncOutput(background_operation_id=real[operation.id])

    # Each entry is a transaction of its own, on its order's shard, and acts at most once under a key of its own.
    call = msgspec.structs.replace(context.call, request_key=f"{context.call.request_key}:{place}")
    try:
        output: AsyncOutput = await context.store.submit(call, act, AsyncOutput)
    except Refusal as refusal:
        return _failed(refusal.code, refusal.message)
    except NotFound as error:
        return _failed("NOT_FOUND", f"order summary {error.record_id} does not exist")
    return output


def _failed(code: str, message: str) -> AsyncOutput:
    return AsyncOutput(errors=(ErrorResponse(error_code=code, message=spoken(message)),), success=False)
