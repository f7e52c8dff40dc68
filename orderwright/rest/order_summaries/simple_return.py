"""…/order-summaries/{orderSummaryId}/actions/preview-return and submit-return."""

from __future__ import annotations

from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.definition import Id
from orderwright.rest.context import Context
from orderwright.rest.order_summaries.change import (
    change_items,
    check_fee_products,
    has_fees,
    loader_for,
    preview_output,
    submit_output,
)
from orderwright.rest.previewed import check_preview
from orderwright.rest.representations import ChangeInput, PreviewChangeOutput, SubmitChangeOutput
from orderwright.store.transaction import Transaction


async def preview_return(context: Context, order_summary_id: Id, body: ChangeInput) -> PreviewChangeOutput:
    """What returning these units would do; nothing is stored."""
    if has_fees(body):
        async with context.reading() as session:
            await check_fee_products(session, body)
    whole = await context.store.preview(loader_for(body), order_summary_id)
    return preview_output(context, whole, decide_simple_return(whole, change_items(body), context.store.now()))


async def submit_return(context: Context, order_summary_id: Id, body: ChangeInput) -> SubmitChangeOutput:
    """Take back fulfilled units, on a change order; no ReturnOrder is made."""

    async def act(transaction: Transaction) -> SubmitChangeOutput:
        if has_fees(body):
            await check_fee_products(transaction.session, body)
        whole = await transaction.lock(loader_for(body), order_summary_id)
        change = decide_simple_return(whole, change_items(body), transaction.now)
        check_preview(context, whole, change)
        return submit_output(context, change, await transaction.save(change.decision))

    output: SubmitChangeOutput = await context.store.submit(context.call, act, SubmitChangeOutput)
    return output
