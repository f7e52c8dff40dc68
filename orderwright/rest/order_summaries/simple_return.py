"""…/order-summaries/{orderSummaryId}/actions/preview-return and submit-return."""

from __future__ import annotations

from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.definition import Id
from orderwright.rest.context import Context
from orderwright.rest.order_summaries.change import preview_change, submit_change
from orderwright.rest.representations import ChangeInput, PreviewChangeOutput, SubmitChangeOutput


async def preview_return(context: Context, order_summary_id: Id, body: ChangeInput) -> PreviewChangeOutput:
    """What returning these units would do; nothing is stored."""
    return await preview_change(context, order_summary_id, body, decide_simple_return)


async def submit_return(context: Context, order_summary_id: Id, body: ChangeInput) -> SubmitChangeOutput:
    """Take back fulfilled units, on a change order; no ReturnOrder is made."""
    return await submit_change(context, order_summary_id, body, decide_simple_return)
