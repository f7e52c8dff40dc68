"""POST /commerce/fulfillment/actions/create-multiple: fulfillment groups of many orders, each made or refused alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Annotated, NamedTuple

import msgspec

from orderwright.decisions.create_fulfillment_order import GroupOutcome, WantedGroup, decide_create_multiple
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import Refusal, RequiredFieldMissing
from orderwright.objects.definition import Id
from orderwright.objects.whole import WholeSummary
from orderwright.rest.codec import Since
from orderwright.rest.context import Context
from orderwright.rest.errors import spoken
from orderwright.rest.fulfillment_orders.create import (
    FulfillmentGroupInput,
    FulfillmentOrderInput,
    OrderItemSummaryInput,
    group_of,
    no_location,
    reserves,
    status_for,
    unknown_locations,
)  # fmt: skip
from orderwright.rest.representations import ErrorResponse
from orderwright.store.fulfillment_stock import Stock, submit_with_stock
from orderwright.store.load import SUMMARY
from orderwright.store.transaction import NotFound, Transaction


class MultipleFulfillmentOrderInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One element per order delivery group summary."""

    fulfillment_orders: tuple[FulfillmentOrderInput, ...]


class OrderItemSummaryOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An item of a refused group, and what is wrong with it."""

    errors: tuple[ErrorResponse, ...] = ()
    order_item_summary_id: Id
    quantity: Decimal


class FulfillmentGroupOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one group: its fulfillment order; or the errors, and what was sent, to be sent again."""

    errors: tuple[ErrorResponse, ...] = ()
    fulfilled_from_location_id: Id | None = None
    fulfillment_order_id: Id | None = None
    fulfillment_type: str | None = None
    order_delivery_group_summary_id: Id | None = None
    order_item_summaries: tuple[OrderItemSummaryOutput, ...] = ()
    order_summary_id: Id | None = None
    reference_id: Annotated[str | None, Since(50)] = None
    success: bool = True


class MultipleFulfillmentOrderOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One entry per group, in the order of the request; `success` is true when all of them worked."""

    errors: tuple[ErrorResponse, ...] = ()
    fulfillment_orders: tuple[FulfillmentGroupOutput, ...] = ()
    success: bool = True


class _Entry(NamedTuple):
    """One group of the request, and the element it stands in."""

    element: FulfillmentOrderInput
    group: FulfillmentGroupInput | None


async def create_multiple(context: Context, body: MultipleFulfillmentOrderInput) -> MultipleFulfillmentOrderOutput:
    """Allocate units of many delivery groups, of one order or several; each fulfillment group succeeds or fails alone.

    A failed one comes back as it was sent, with what is wrong with it and with each of its items.
    """
    if not body.fulfillment_orders:
        raise RequiredFieldMissing("fulfillmentOrders is empty; name at least one", "fulfillmentOrders")
    entries = list(_entries(body))
    found: dict[int, FulfillmentGroupOutput] = {}
    kinds = [(e.element.order_summary_id, reserves(context, e.element.reserve_inventory)) for e in entries]
    # One transaction per order, in the order of their ids: so two such requests cannot wait for each other.
    for number, kind in enumerate(sorted(set(kinds))):
        places = [place for place, other in enumerate(kinds) if other == kind]
        outputs = await _create(context, number, kind, [entries[place] for place in places])
        found |= zip(places, outputs, strict=True)
    made = tuple(found[place] for place in range(len(entries)))
    return MultipleFulfillmentOrderOutput(fulfillment_orders=made, success=all(one.success for one in made))


def _entries(body: MultipleFulfillmentOrderInput) -> Iterator[_Entry]:
    for element in body.fulfillment_orders:
        yield from (_Entry(element, group) for group in element.fulfillment_groups or (None,))


async def _create(
    context: Context, number: int, kind: tuple[Id, bool], entries: Sequence[_Entry]
) -> tuple[FulfillmentGroupOutput, ...]:
    """What became of the groups of one order; `kind` is its id, and whether they reserve stock."""

    async def act(transaction: Transaction, stock: Stock) -> tuple[FulfillmentGroupOutput, ...]:
        return await _allocate(context, transaction, stock, entries)

    call = msgspec.structs.replace(context.call, request_key=f"{context.call.request_key}:{number}")
    try:
        outputs: tuple[FulfillmentGroupOutput, ...] = await submit_with_stock(
            context.store, call, act, tuple[FulfillmentGroupOutput, ...], reserves=kind[1]
        )
    except Refusal as refusal:
        return tuple(_failed(entry, _error(refusal)) for entry in entries)
    except NotFound as error:
        missing = ErrorResponse(
            error_code="NOT_FOUND", message=spoken(f"order summary {error.record_id} does not exist")
        )
        return tuple(_failed(entry, missing) for entry in entries)
    return outputs


async def _allocate(
    context: Context, transaction: Transaction, stock: Stock, entries: Sequence[_Entry]
) -> tuple[FulfillmentGroupOutput, ...]:
    wanted = {place: _wanted(context, e.element, e.group) for place, e in enumerate(entries) if e.group is not None}
    unknown = await unknown_locations(transaction, [one.group for one in wanted.values()])
    possible = {n: one for n, one in wanted.items() if one.group.fulfilled_from_location_id not in unknown}
    whole = await transaction.lock(SUMMARY, entries[0].element.order_summary_id)
    decision, by_place = await _decided(context, transaction, stock, (whole, possible))
    real = await transaction.save(await stock.settled(transaction, decision))
    return tuple(
        _made(entry, real[outcome.fulfillment_order_id])
        if (outcome := by_place.get(place)) is not None and outcome.fulfillment_order_id is not None
        else _refused(entry, outcome)
        for place, entry in enumerate(entries)
    )


async def _decided(
    context: Context, transaction: Transaction, stock: Stock, asked: tuple[WholeSummary, dict[int, WantedGroup]]
) -> tuple[Decision, dict[int, GroupOutcome]]:
    """What is decided of the groups, and what becomes of each by its place. One that lacks stock takes nothing."""
    whole, possible = asked
    lacking: dict[int, GroupOutcome] = {}
    while True:
        left = {place: one for place, one in possible.items() if place not in lacking}
        decision, made = decide_create_multiple(whole, list(left.values()), transaction.now, context.picklists)
        outcomes = dict(zip(left, made, strict=True))
        refused = await stock.refused(transaction, decision)
        found = {place: refused[one.fulfillment_order_id] for place, one in outcomes.items()
                 if one.fulfillment_order_id in refused}  # fmt: skip
        if not found:
            return decision, outcomes | lacking
        lacking |= {place: GroupOutcome(refusal=refusal) for place, refusal in found.items()}


def _wanted(context: Context, element: FulfillmentOrderInput, group: FulfillmentGroupInput) -> WantedGroup:
    return WantedGroup(
        delivery_group_summary_id=element.order_delivery_group_summary_id,
        group=group_of(group),
        status=status_for(context, element),
    )


def _made(entry: _Entry, fulfillment_order_id: Id) -> FulfillmentGroupOutput:
    return FulfillmentGroupOutput(
        fulfillment_order_id=fulfillment_order_id, reference_id=entry.group.reference_id if entry.group else None
    )


def _refused(entry: _Entry, outcome: GroupOutcome | None) -> FulfillmentGroupOutput:
    """The output of a group that was refused by the rules (`outcome`), or was no case for them."""
    if entry.group is None:
        why: Refusal = RequiredFieldMissing("fulfillmentGroups is empty; give one group per location")
    elif outcome is None or outcome.refusal is None:
        why = no_location(entry.group.fulfilled_from_location_id)
    else:
        why = outcome.refusal
    return _failed(entry, _error(why), outcome.item_refusals if outcome else ())


def _failed(
    entry: _Entry, error: ErrorResponse, item_refusals: Sequence[Refusal | None] = ()
) -> FulfillmentGroupOutput:
    element, group = entry
    items = group.order_item_summaries if group else ()
    return FulfillmentGroupOutput(
        errors=(error,),
        fulfilled_from_location_id=group.fulfilled_from_location_id if group else None,
        fulfillment_type=group.fulfillment_type if group else None,
        order_delivery_group_summary_id=element.order_delivery_group_summary_id,
        order_item_summaries=tuple(_item(i, why) for i, why in zip_longest(items, item_refusals)),
        order_summary_id=element.order_summary_id,
        reference_id=group.reference_id if group else None,
        success=False,
    )


def _item(item: OrderItemSummaryInput, why: Refusal | None) -> OrderItemSummaryOutput:
    return OrderItemSummaryOutput(
        errors=(_error(why),) if why is not None else (),
        order_item_summary_id=item.order_item_summary_id,
        quantity=item.quantity,
    )


def _error(refusal: Refusal) -> ErrorResponse:
    return ErrorResponse(error_code=refusal.code, message=spoken(refusal.message))
