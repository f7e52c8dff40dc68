"""Fulfillment orders: one per location, made of units of one delivery group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from orderwright.decisions.allocate import Allocating, Allocation, FulfillmentGroup
from orderwright.decisions.change_order import check_managed
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import Refusal, RequiredFieldMissing
from orderwright.objects.definition import Id
from orderwright.objects.picklists import STANDARD, Picklists
from orderwright.objects.whole import WholeSummary

__all__ = [
    "Allocation",
    "FulfillmentGroup",
    "GroupOutcome",
    "WantedGroup",
    "decide_create_fulfillment_order",
    "decide_create_multiple",
]  # fmt: skip


class WantedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """One fulfillment group among many of one order, each of which is made or refused alone."""

    delivery_group_summary_id: Id
    group: FulfillmentGroup
    status: str


class GroupOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a group: the stand-in id of its fulfillment order, or why there is none."""

    fulfillment_order_id: Id | None = None
    refusal: Refusal | None = None
    item_refusals: tuple[Refusal | None, ...] = ()
    """Why each of its items cannot be allocated, in their order; empty when the refusal is not about items."""


def decide_create_fulfillment_order(
    whole: WholeSummary,
    delivery_group_summary_id: Id,
    groups: Sequence[FulfillmentGroup],
    status: str,
    now: dt.datetime,
    picklists: Picklists = STANDARD,
) -> tuple[Decision, tuple[Id, ...]]:
    """Return one fulfillment order per group, with lines and events, and their (stand-in) ids in the groups' order.

    Amounts of a line: the part of the pre pool its units take, the last unit taking the rest; order currency, at scale.
    Raises InvalidOperation, InvalidCrossReference, RequiredFieldMissing, InvalidPicklistValue, InvalidInput,
    QuantityUnavailable above QuantityAvailableToFulfill.
    Source: semantics.md#6 (documented; amounts inferred), decisions.md#N2.
    """
    check_managed(whole)
    work = Allocating(whole, now, picklists)
    to = work.delivery_group(delivery_group_summary_id)
    if not groups:
        raise RequiredFieldMissing("fulfillmentGroups is empty; give one group per location", "fulfillmentGroups")
    work.check_status(status)
    made = tuple(work.allocate(to, group, status) for group in groups)
    return work.decision(), made


def decide_create_multiple(
    whole: WholeSummary, wanted: Sequence[WantedGroup], now: dt.datetime, picklists: Picklists = STANDARD
) -> tuple[Decision, tuple[GroupOutcome, ...]]:
    """Return the fulfillment orders of those groups that can be made, and what became of each group, in their order.

    A group takes from what those before it left; a refused one takes nothing. Raises InvalidOperation for an order that
    another system manages, which refuses all of them.
    Source: semantics.md#6.5 (documented), decisions.md#W3.
    """
    check_managed(whole)
    work = Allocating(whole, now, picklists)
    outcomes = tuple(_outcome(work, one) for one in wanted)
    return work.decision(), outcomes


def _outcome(work: Allocating, wanted: WantedGroup) -> GroupOutcome:
    try:
        to = work.delivery_group(wanted.delivery_group_summary_id)
        work.check_status(wanted.status)
    except Refusal as refusal:
        return GroupOutcome(refusal=refusal)
    try:
        return GroupOutcome(fulfillment_order_id=work.allocate(to, wanted.group, wanted.status))
    except Refusal as refusal:
        return GroupOutcome(refusal=refusal, item_refusals=work.item_refusals(to, wanted.group))
