"""…/order-summaries/{orderSummaryId}/actions/preview-cancel and submit-cancel."""

from __future__ import annotations

from orderwright.decisions.cancel import decide_cancel
from orderwright.objects.definition import Id
from orderwright.rest.context import Context
from orderwright.rest.order_summaries.change import preview_change, submit_change
from orderwright.rest.representations import ChangeInput, PreviewChangeOutput, SubmitChangeOutput


async def preview_cancel(context: Context, order_summary_id: Id, body: ChangeInput) -> PreviewChangeOutput:
    """What cancelling these units would do; nothing is stored."""
    return await preview_change(context, order_summary_id, body, decide_cancel)


async def submit_cancel(context: Context, order_summary_id: Id, body: ChangeInput) -> SubmitChangeOutput:
    """Cancel units that are not allocated yet, on a change order."""
    return await submit_change(context, order_summary_id, body, decide_cancel)
