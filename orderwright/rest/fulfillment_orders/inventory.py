"""GET …/fulfillment-orders/{fulfillmentOrderId}/inventory: an extension of ours."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.objects.definition import Id
from orderwright.objects.fulfillment_stock import FulfillmentReservation, InventoryDuty
from orderwright.rest.codec import About
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse
from orderwright.store.fulfillment_inventory import action_id_of
from orderwright.store.fulfillment_stock import read_duties, read_links
from orderwright.store.ids import shard_of
from orderwright.store.transaction import read_record


class LineStockOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a line of the fulfillment order holds of the inventory, and held: under which reservation, and where."""

    fulfillment_order_line_item_id: Id
    location_identifier: str
    quantity: Annotated[Decimal, About("Units that it holds now.")]
    quantity_fulfilled: Annotated[Decimal, About("Units that left the location.")]
    quantity_released: Annotated[Decimal, About("Units that were given back.")]
    reservation_id: str
    stock_keeping_unit: str


class DutyOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that the inventory owed the fulfillment order, and what became of it."""

    action_request_id: Annotated[str, About("Under which it stands in the inventory's ledger.")]
    created_date: dt.datetime | None
    done_date: dt.datetime | None
    kind: Annotated[str, About("Keep: its reservation lapses no more. Fulfill: units left. Release: given back.")]
    location_identifier: str
    message: Annotated[str | None, About("Why it could not be done of all units.")]
    quantity: Decimal
    quantity_done: Decimal | None
    reservation_id: str
    state: Annotated[str, About("Open or Done.")]
    stock_keeping_unit: str


class FulfillmentOrderInventoryOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Empty lists: nothing was ever reserved for this fulfillment order."""

    duties: tuple[DutyOutput, ...] = ()
    errors: tuple[ErrorResponse, ...] = ()
    lines: tuple[LineStockOutput, ...] = ()
    success: bool = True


async def get_fulfillment_inventory(context: Context, fulfillment_order_id: Id) -> FulfillmentOrderInventoryOutput:
    """Extension: what a fulfillment order has reserved in the inventory, line by line, and how that came about:
    everything that was to be done there for it, in order, with what became of it.
    """
    shard = shard_of(fulfillment_order_id)
    async with context.reading() as session:
        await read_record(session, "FulfillmentOrder", shard, fulfillment_order_id)
        links = await read_links(session, shard, [fulfillment_order_id])
        duties = await read_duties(session, shard, fulfillment_order_id)
    return FulfillmentOrderInventoryOutput(
        lines=tuple(_line(link) for link in links), duties=tuple(_duty(duty) for duty in duties)
    )


def _line(link: FulfillmentReservation) -> LineStockOutput:
    return LineStockOutput(
        fulfillment_order_line_item_id=link.fulfillment_order_line_item_id,
        location_identifier=link.location_identifier,
        quantity=link.quantity,
        quantity_fulfilled=link.quantity_fulfilled,
        quantity_released=link.quantity_released,
        reservation_id=link.reservation_id,
        stock_keeping_unit=link.stock_keeping_unit,
    )


def _duty(duty: InventoryDuty) -> DutyOutput:
    return DutyOutput(
        action_request_id=action_id_of(duty),
        created_date=duty.created_date,
        done_date=duty.done_date,
        kind=duty.kind,
        location_identifier=duty.location_identifier,
        message=duty.message,
        quantity=duty.quantity,
        quantity_done=duty.quantity_done,
        reservation_id=duty.reservation_id,
        state=duty.state,
        stock_keeping_unit=duty.stock_keeping_unit,
    )
