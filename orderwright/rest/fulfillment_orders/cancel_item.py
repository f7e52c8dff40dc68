"""POST /commerce/fulfillment/fulfillment-orders/{fulfillmentOrderId}/actions/cancel-item."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.decisions.cancel_fulfillment_item import LineToCancel, decide_cancel_fulfillment_item
from orderwright.objects.definition import Id
from orderwright.rest.codec import IdOf
from orderwright.rest.context import Context
from orderwright.rest.fulfillment_orders.create_invoice import summary_of
from orderwright.rest.representations import ErrorResponse
from orderwright.store.fulfillment_stock import Stock, submit_with_stock
from orderwright.store.load import WITH_FULFILLMENT
from orderwright.store.transaction import Transaction


class FulfillmentOrderLineItemInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one fulfillment order line to give back; whole units above zero."""

    fulfillment_order_line_item_id: Annotated[Id, IdOf("FulfillmentOrderLineItem")]
    quantity: Decimal


class FulfillmentOrderLineItemsToCancelInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The lines, and how many units of each."""

    fulfillment_order_line_items_to_cancel: tuple[FulfillmentOrderLineItemInput, ...]


class FulfillmentOrderCancelLineItemsOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether it was done."""

    errors: tuple[ErrorResponse, ...] = ()
    success: bool = True


async def cancel_item(
    context: Context, fulfillment_order_id: Id, body: FulfillmentOrderLineItemsToCancelInput
) -> FulfillmentOrderCancelLineItemsOutput:
    """Give units of a fulfillment order back: they can be allocated again, or cancelled on the order summary.

    The order's items are not cancelled by this, and the fulfillment order keeps its status. Stock that was reserved for
    these units is available again.
    """
    asked = [
        LineToCancel(fulfillment_order_line_item_id=line.fulfillment_order_line_item_id, quantity=line.quantity)
        for line in body.fulfillment_order_line_items_to_cancel
    ]

    async def act(transaction: Transaction, stock: Stock) -> FulfillmentOrderCancelLineItemsOutput:
        whole = await transaction.lock(WITH_FULFILLMENT, await summary_of(transaction, fulfillment_order_id))
        decision = decide_cancel_fulfillment_item(whole, fulfillment_order_id, asked)
        await transaction.save(await stock.settled(transaction, decision, whole.fulfillment))
        return FulfillmentOrderCancelLineItemsOutput()

    output: FulfillmentOrderCancelLineItemsOutput = await submit_with_stock(
        context.store, context.call, act, FulfillmentOrderCancelLineItemsOutput, reserves=False
    )
    return output
