"""…/order-summaries/{orderSummaryId}/actions/adjust-item-preview and adjust-item-submit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.decisions.adjust import ADJUSTMENT_TYPES, ALLOCATED_ITEMS, AdjustDecision, AdjustWishes, decide_adjust
from orderwright.decisions.errors import InvalidPicklistValue, named
from orderwright.decisions.spread_discount import AdjustItem
from orderwright.objects.definition import Id
from orderwright.objects.whole import WholeSummary
from orderwright.rest.codec import About, Alias, IdOf, Longest, Since
from orderwright.rest.context import Context
from orderwright.rest.previewed import check_preview, explanation, show_preview
from orderwright.rest.representations import (
    ChangeItemOutput,
    ErrorResponse,
    Explanation,
    PreviewToken,
    change_item_output,
)
from orderwright.store.load import SUMMARY, WITH_FULFILLMENT, Loader
from orderwright.store.transaction import Transaction


class AdjustItemInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One item to discount; `amount` below zero, for the whole item."""

    adjustment_type: Annotated[
        str, Alias("appeasementType"), About(f"{named(ADJUSTMENT_TYPES)}; the last two since v65.0.")
    ]
    amount: Annotated[Decimal, Alias("discountValue")]
    description: Annotated[str | None, Longest(2000)] = None
    order_item_summary_id: Annotated[Id, IdOf("OrderItemSummary")]
    reason: str


class AdjustOrderItemSummaryInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: order-management.yaml#AdjustOrderItemSummaryInput (documented)."""

    adjust_items: Annotated[tuple[AdjustItemInput, ...], Alias("changeItems")]
    allocated_items_change_order_type: Annotated[str, Since(55), About(f"{named(ALLOCATED_ITEMS)}.")] = "Disallowed"
    individual_line_item_tax_adjustments: Annotated[bool, Since(59)] = False


class AdjustOrderSummaryOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a discount changes, summed over its change orders; their ids are null in a preview."""

    change_balances: ChangeItemOutput | None = None
    in_fulfillment_change_order_id: Annotated[Id | None, Since(55)] = None
    errors: tuple[ErrorResponse, ...] = ()
    explanation: Explanation = None
    order_summary_id: Id | None = None
    post_fulfillment_change_order_id: Id | None = None
    pre_fulfillment_change_order_id: Id | None = None
    preview_token: PreviewToken = None
    success: bool = True


async def adjust_item_preview(
    context: Context, order_summary_id: Id, body: AdjustOrderItemSummaryInput
) -> AdjustOrderSummaryOutput:
    """What discounting these items would do; nothing is stored."""
    _check_types(context, body)
    whole = await context.store.preview(_loader(body), order_summary_id)
    adjusted = decide_adjust(whole, _wishes(body), context.store.now(), context.picklists)
    output = _output(context, whole, adjusted, {})
    return msgspec.structs.replace(output, preview_token=show_preview(context, whole, adjusted))


async def adjust_item_submit(
    context: Context, order_summary_id: Id, body: AdjustOrderItemSummaryInput
) -> AdjustOrderSummaryOutput:
    """Discount items, on one change order for each group of units that shares the discount."""

    _check_types(context, body)

    async def act(transaction: Transaction) -> AdjustOrderSummaryOutput:
        whole = await transaction.lock(_loader(body), order_summary_id)
        adjusted = decide_adjust(whole, _wishes(body), transaction.now, context.picklists)
        check_preview(context, whole, adjusted)
        return _output(context, whole, adjusted, await transaction.save(adjusted.decision))

    output: AdjustOrderSummaryOutput = await context.store.submit(context.call, act, AdjustOrderSummaryOutput)
    return output


TYPES_SINCE = {"AmountTaxOnly": 65, "ProductOnly": 65}
"""First API versions of the adjustment types that came later (order-management.yaml#AdjustItemInput, documented)."""


def _check_types(context: Context, body: AdjustOrderItemSummaryInput) -> None:
    """Refuse an adjustment type that is younger than the called version (decisions.md W5)."""
    for item in body.adjust_items:
        since = TYPES_SINCE.get(item.adjustment_type, 0)
        if since > context.version:
            raise InvalidPicklistValue(
                f"adjustmentType '{item.adjustment_type}' exists since version {since}.0, and this is version "
                f"{context.version}.0; call it in that version",
                "adjustmentType",
            )


def _loader(body: AdjustOrderItemSummaryInput) -> Loader[WholeSummary]:
    """Units in fulfillment are on fulfillment orders, which then have to be loaded."""
    return SUMMARY if body.allocated_items_change_order_type == "Disallowed" else WITH_FULFILLMENT


def _wishes(body: AdjustOrderItemSummaryInput) -> AdjustWishes:
    return AdjustWishes(
        items=tuple(
            AdjustItem(
                order_item_summary_id=item.order_item_summary_id,
                adjustment_type=item.adjustment_type,
                amount=item.amount,
                reason=item.reason,
                description=item.description,
            )
            for item in body.adjust_items
        ),
        allocated_items_change_order_type=body.allocated_items_change_order_type,
        individual_line_item_tax_adjustments=body.individual_line_item_tax_adjustments,
    )


def _output(
    context: Context, whole: WholeSummary, adjusted: AdjustDecision, real: Mapping[Id, Id]
) -> AdjustOrderSummaryOutput:
    ids = adjusted.change_order_ids
    return AdjustOrderSummaryOutput(
        change_balances=change_item_output(adjusted.balances),
        explanation=explanation(context, adjusted.steps),
        in_fulfillment_change_order_id=real.get(ids.get("in", "")),
        order_summary_id=whole.summary.id,
        post_fulfillment_change_order_id=real.get(ids.get("post", "")),
        pre_fulfillment_change_order_id=real.get(ids.get("pre", "")),
    )
