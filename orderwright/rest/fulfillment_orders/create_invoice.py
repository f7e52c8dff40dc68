"""POST /commerce/fulfillment/fulfillment-orders/{fulfillmentOrderId}/actions/create-invoice."""

from __future__ import annotations

import msgspec

from orderwright.decisions.create_invoice import decide_create_invoice
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import FulfillmentOrder
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse
from orderwright.store.load import WITH_FULFILLMENT
from orderwright.store.transaction import NotFound, Transaction, read_record


class FulfillmentOrderInvoiceInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An empty object."""


class FulfillmentOrderInvoiceOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The new invoice."""

    errors: tuple[ErrorResponse, ...] = ()
    invoice_id: Id | None = None
    success: bool = True


async def create_invoice(
    context: Context,
    fulfillment_order_id: Id,
    body: FulfillmentOrderInvoiceInput,  # noqa: ARG001 - documented, and empty
) -> FulfillmentOrderInvoiceOutput:
    """Create the invoice of a fulfillment order that has none."""

    async def act(transaction: Transaction) -> FulfillmentOrderInvoiceOutput:
        summary_id = await summary_of(transaction, fulfillment_order_id)
        whole = await transaction.lock(WITH_FULFILLMENT, summary_id)
        decision, invoice = decide_create_invoice(whole, fulfillment_order_id, transaction.now)
        real = await transaction.save(decision)
        return FulfillmentOrderInvoiceOutput(invoice_id=real[invoice.id])

    output: FulfillmentOrderInvoiceOutput = await context.store.submit(context.call, act, FulfillmentOrderInvoiceOutput)
    return output


async def summary_of(transaction: Transaction, fulfillment_order_id: Id) -> Id:
    """The order summary of a fulfillment order: its row is what is locked first. Raises NotFound."""
    shard = await transaction.find_shard(fulfillment_order_id)
    order = await read_record(transaction.session, "FulfillmentOrder", shard, fulfillment_order_id)
    if not isinstance(order, FulfillmentOrder) or order.order_summary_id is None:
        raise NotFound(fulfillment_order_id)
    return order.order_summary_id
