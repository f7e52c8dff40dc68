"""…/order-summaries/{orderSummaryId}/actions/preview-cancel and submit-cancel."""

from __future__ import annotations

from orderwright.decisions.cancel import decide_cancel
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


async def preview_cancel(context: Context, order_summary_id: Id, body: ChangeInput) -> PreviewChangeOutput:
    """What cancelling these units would do; nothing is stored."""
    if has_fees(body):
        async with context.reading() as session:
            await check_fee_products(session, body)
    whole = await context.store.preview(loader_for(body), order_summary_id)
    return preview_output(context, whole, decide_cancel(whole, change_items(body), context.store.now()))


async def submit_cancel(context: Context, order_summary_id: Id, body: ChangeInput) -> SubmitChangeOutput:
    """Cancel units that are not allocated yet, on a change order."""

    async def act(transaction: Transaction) -> SubmitChangeOutput:
        if has_fees(body):
            await check_fee_products(transaction.session, body)
        whole = await transaction.lock(loader_for(body), order_summary_id)
        change = decide_cancel(whole, change_items(body), transaction.now)
        check_preview(context, whole, change)
        return submit_output(context, change, await transaction.save(change.decision))

    output: SubmitChangeOutput = await context.store.submit(context.call, act, SubmitChangeOutput)
    return output
