"""POST /commerce/fulfillment/fulfillment-orders: one fulfillment order per location."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.decisions.create_fulfillment_order import (
    Allocation,
    FulfillmentGroup,
    decide_create_fulfillment_order,
)  # fmt: skip
from orderwright.decisions.errors import InvalidCrossReference
from orderwright.objects.definition import Id
from orderwright.rest.codec import About, IdOf, Since
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse
from orderwright.store.existing import find_existing
from orderwright.store.fulfillment_stock import Stock, submit_with_stock
from orderwright.store.load import SUMMARY
from orderwright.store.transaction import Transaction


class OrderItemSummaryInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one item to allocate; whole units above zero."""

    order_item_summary_id: Annotated[Id, IdOf("OrderItemSummary")]
    quantity: Decimal


class FulfillmentGroupInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one location ships."""

    fulfilled_from_location_id: Annotated[Id, IdOf("Location")]
    fulfillment_type: str
    order_item_summaries: tuple[OrderItemSummaryInput, ...]
    reference_id: Annotated[str | None, Since(50)] = None


class FulfillmentOrderInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: fulfillment-routing.yaml#FulfillmentOrderInput (documented)."""

    default_activation_status: Annotated[
        str | None, Since(58), About("A status of category Activated; Allocated when left out.")
    ] = None
    fulfillment_groups: tuple[FulfillmentGroupInput, ...]
    order_delivery_group_summary_id: Annotated[Id, IdOf("OrderDeliveryGroupSummary")]
    order_summary_id: Annotated[Id, IdOf("OrderSummary")]
    reserve_inventory: Annotated[
        bool | None,
        About(
            "Extension: whether the units are reserved in the inventory, all of them or nothing is created; as the "
            "installation is set when left out."
        ),
    ] = None


class FulfillmentOrderOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The new fulfillment orders, in the order of the groups."""

    errors: tuple[ErrorResponse, ...] = ()
    fulfillment_order_ids: tuple[Id, ...] = ()
    success: bool = True


async def create_fulfillment_orders(context: Context, body: FulfillmentOrderInput) -> FulfillmentOrderOutput:
    """Allocate units of one delivery group: one fulfillment order per fulfillment group, with its lines.

    Where stock is reserved with it (see reserveInventory), all groups have to find theirs at their locations.
    """
    groups = tuple(group_of(group) for group in body.fulfillment_groups)
    status = status_for(context, body)

    async def act(transaction: Transaction, stock: Stock) -> FulfillmentOrderOutput:
        unknown = await unknown_locations(transaction, groups)
        if unknown:
            raise no_location(*sorted(unknown))
        whole = await transaction.lock(SUMMARY, body.order_summary_id)
        decision, made = decide_create_fulfillment_order(
            whole, body.order_delivery_group_summary_id, groups, status, transaction.now, context.picklists
        )
        real = await transaction.save(await stock.settled(transaction, decision))
        return FulfillmentOrderOutput(fulfillment_order_ids=tuple(real[order_id] for order_id in made))

    output: FulfillmentOrderOutput = await submit_with_stock(
        context.store, context.call, act, FulfillmentOrderOutput, reserves=reserves(context, body.reserve_inventory)
    )
    return output


def reserves(context: Context, asked: bool | None) -> bool:
    """Whether stock is reserved: as `asked`, or as this installation does it."""
    return context.reserves_stock if asked is None else asked


def status_for(context: Context, body: FulfillmentOrderInput) -> str:
    """The status that the new fulfillment orders start in."""
    return body.default_activation_status or context.picklists.default_activation_status


def group_of(group: FulfillmentGroupInput) -> FulfillmentGroup:
    """What the decision needs of a fulfillment group."""
    return FulfillmentGroup(
        fulfilled_from_location_id=group.fulfilled_from_location_id,
        fulfillment_type=group.fulfillment_type,
        order_item_summaries=tuple(
            Allocation(order_item_summary_id=item.order_item_summary_id, quantity=item.quantity)
            for item in group.order_item_summaries
        ),
    )


async def unknown_locations(transaction: Transaction, groups: Iterable[FulfillmentGroup]) -> set[Id]:
    """The locations of `groups` that do not exist."""
    asked = {group.fulfilled_from_location_id for group in groups}
    return asked - (await find_existing(transaction.session, asked)).keys()


def no_location(*location_ids: Id) -> InvalidCrossReference:
    """The refusal of locations that do not exist."""
    return InvalidCrossReference(f"location {', '.join(location_ids)} does not exist", "fulfilledFromLocationId")
