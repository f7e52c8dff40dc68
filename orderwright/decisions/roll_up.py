"""Totals from the bottom up: adjustments, then items, then groups, then the head. No rounding happens here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from orderwright.objects.definition import Id, SObject, define, rolled_up
from orderwright.objects.whole import WholeOrder, WholeSummary

S = TypeVar("S", bound=SObject)


def each(records: Sequence[S], children: Mapping[str, Sequence[SObject]]) -> tuple[S, ...]:
    """`records` of one object, each with its roll-ups over `children`; every child is looked at once."""
    if not records:
        return ()
    links = {rollup.child: rollup.by for rollup in define(type(records[0])).rollups.values()}
    groups = {name: grouped(found, links[name]) for name, found in children.items() if name in links}
    return tuple(
        rolled_up(record, {name: group.get(record.id, ()) for name, group in groups.items()}) for record in records
    )


def grouped(records: Sequence[SObject], link: str) -> Mapping[Id | None, Sequence[SObject]]:
    """`records` by the record that their field `link` names."""
    groups: dict[Id | None, list[SObject]] = {}
    for record in records:
        groups.setdefault(getattr(record, link), []).append(record)
    return groups


def roll_up_summary(whole: WholeSummary) -> WholeSummary:
    """`whole` with the totals of adjustments, items, groups and the summary made true again."""
    adjustments = each(whole.adjustments, {"OrderItemTaxLineItemSummary": whole.taxes})
    items = each(
        whole.items,
        {"OrderItemTaxLineItemSummary": whole.taxes, "OrderItemAdjustmentLineSummary": adjustments},
    )
    return msgspec.structs.replace(
        whole,
        summary=rolled_up(whole.summary, {"OrderItemSummary": items}),
        items=items,
        adjustments=adjustments,
        delivery_groups=each(whole.delivery_groups, {"OrderItemSummary": items}),
        adjustment_groups=each(whole.adjustment_groups, {"OrderItemAdjustmentLineSummary": adjustments}),
    )


def roll_up_order(whole: WholeOrder) -> WholeOrder:
    """`whole` with the totals of adjustments, items, groups and the order made true again."""
    adjustments = each(whole.adjustments, {"OrderItemTaxLineItem": whole.taxes})
    items = each(whole.items, {"OrderItemTaxLineItem": whole.taxes, "OrderItemAdjustmentLineItem": adjustments})
    return msgspec.structs.replace(
        whole,
        order=rolled_up(whole.order, {"OrderItem": items}),
        items=items,
        adjustments=adjustments,
        delivery_groups=each(whole.delivery_groups, {"OrderItem": items}),
        adjustment_groups=each(whole.adjustment_groups, {"OrderItemAdjustmentLineItem": adjustments}),
    )
