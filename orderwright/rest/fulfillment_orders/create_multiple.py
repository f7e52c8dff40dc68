"""POST /commerce/fulfillment/actions/create-multiple: fulfillment groups of many orders, each made or refused alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Annotated, NamedTuple

import msgspec

from orderwright.decisions.create_fulfillment_order import GroupOutcome, WantedGroup, decide_create_multiple
from orderwright.decisions.errors import Refusal, RequiredFieldMissing
from orderwright.objects.definition import Id
from orderwright.rest.codec import Since
from orderwright.rest.context import Context
from orderwright.rest.errors import spoken
from orderwright.rest.fulfillment_orders.create import (
    FulfillmentGroupInput,
    FulfillmentOrderInput,
    OrderItemSummaryInput,
    group_of,
    no_location,
    status_for,
    unknown_locations,
)  # fmt: skip
from orderwright.rest.representations import ErrorResponse
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
    # One transaction per order, in the order of their ids: so two such requests cannot wait for each other.
    for number, summary_id in enumerate(sorted({entry.element.order_summary_id for entry in entries})):
        places = [place for place, entry in enumerate(entries) if entry.element.order_summary_id == summary_id]
        outputs = await _create(context, number, summary_id, [entries[place] for place in places])
        found |= zip(places, outputs, strict=True)
    made = tuple(found[place] for place in range(len(entries)))
    return MultipleFulfillmentOrderOutput(fulfillment_orders=made, success=all(one.success for one in made))


def _entries(body: MultipleFulfillmentOrderInput) -> Iterator[_Entry]:
    for element in body.fulfillment_orders:
        yield from (_Entry(element, group) for group in element.fulfillment_groups or (None,))


async def _create(
    context: Context, number: int, order_summary_id: Id, entries: Sequence[_Entry]
) -> tuple[FulfillmentGroupOutput, ...]:
    """What became of the groups of one order."""

    async def act(transaction: Transaction) -> tuple[FulfillmentGroupOutput, ...]:
        return await _allocate(context, transaction, order_summary_id, entries)

    call = msgspec.structs.replace(context.call, request_key=f"{context.call.request_key}:{number}")
    try:
        outputs: tuple[FulfillmentGroupOutput, ...] = await context.store.submit(
            call, act, tuple[FulfillmentGroupOutput, ...]
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
    context: Context, transaction: Transaction, order_summary_id: Id, entries: Sequence[_Entry]
) -> tuple[FulfillmentGroupOutput, ...]:
    wanted = {place: _wanted(context, e.element, e.group) for place, e in enumerate(entries) if e.group is not None}
    unknown = await unknown_locations(transaction, [one.group for one in wanted.values()])
    possible = {n: one for n, one in wanted.items() if one.group.fulfilled_from_location_id not in unknown}
    whole = await transaction.lock(SUMMARY, order_summary_id)
    decision, outcomes = decide_create_multiple(whole, list(possible.values()), transaction.now, context.picklists)
    real = await transaction.save(decision)
    by_place = dict(zip(possible, outcomes, strict=True))
    return tuple(
        _made(entry, real[outcome.fulfillment_order_id])
        if (outcome := by_place.get(place)) is not None and outcome.fulfillment_order_id is not None
        else _refused(entry, outcome)
        for place, entry in enumerate(entries)
    )


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
