"""POST /commerce/fulfillment/fulfillment-orders/actions/create-multiple-invoices, and the path of the resource list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from orderwright.decisions.create_invoice import decide_create_invoice
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import InvalidInput, Refusal, RequiredFieldMissing
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import FulfillmentOrder
from orderwright.rest.codec import About, IdOf
from orderwright.rest.context import Context
from orderwright.rest.errors import spoken
from orderwright.rest.representations import ErrorResponse
from orderwright.store.load import WITH_FULFILLMENT
from orderwright.store.transaction import NotFound, Transaction, find_shard, read_record


class MultipleFulfillmentOrderInvoicesInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The fulfillment orders to invoice, each with an invoice of its own."""

    fulfillment_order_ids: tuple[Annotated[Id, IdOf("FulfillmentOrder")], ...]


class InvoiceOutcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one fulfillment order of the request."""

    errors: tuple[ErrorResponse, ...] = ()
    fulfillment_order_id: Id
    invoice_id: Id | None = None
    success: bool = True


class MultipleFulfillmentOrderInvoicesOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The new invoices, in the order of the request; what could not be invoiced is missing there, and in `errors`."""

    errors: tuple[ErrorResponse, ...] = ()
    invoice_ids: tuple[Id, ...] = ()
    results: Annotated[
        tuple[InvoiceOutcome, ...], About("Extension: what became of each fulfillment order, in their order.")
    ] = ()
    success: bool = True


async def create_multiple_invoices(
    context: Context, body: MultipleFulfillmentOrderInvoicesInput
) -> MultipleFulfillmentOrderInvoicesOutput:
    """Create an invoice for each of these fulfillment orders; each succeeds or fails alone."""
    if not body.fulfillment_order_ids:
        raise RequiredFieldMissing("fulfillmentOrderIds is empty; name at least one", "fulfillmentOrderIds")
    summaries = await _summaries(context, body.fulfillment_order_ids)
    found: dict[int, InvoiceOutcome] = {
        place: _failed(order_id, "NOT_FOUND", f"there is no fulfillment order {order_id} of an order summary")
        for place, order_id in enumerate(body.fulfillment_order_ids)
        if order_id not in summaries
    }
    # One transaction per order, in the order of their ids: so two such requests cannot wait for each other.
    for number, summary_id in enumerate(sorted(set(summaries.values()))):
        mine = [n for n, order_id in enumerate(body.fulfillment_order_ids) if summaries.get(order_id) == summary_id]
        asked = [body.fulfillment_order_ids[place] for place in mine]
        found |= zip(mine, await _invoice(context, number, summary_id, asked), strict=True)
    results = tuple(found[place] for place in range(len(body.fulfillment_order_ids)))
    return MultipleFulfillmentOrderInvoicesOutput(
        errors=tuple(error for result in results for error in result.errors),
        invoice_ids=tuple(result.invoice_id for result in results if result.invoice_id is not None),
        results=results,
        success=all(result.success for result in results),
    )


async def _summaries(context: Context, fulfillment_order_ids: Sequence[Id]) -> Mapping[Id, Id]:
    """The order summary of each fulfillment order that exists; that one never changes, so no lock is needed."""
    found: dict[Id, Id] = {}
    async with context.reading() as session:
        for order_id in dict.fromkeys(fulfillment_order_ids):
            try:
                record = await read_record(session, "FulfillmentOrder", await find_shard(session, order_id), order_id)
            except NotFound:
                continue
            if isinstance(record, FulfillmentOrder) and record.order_summary_id is not None:
                found[order_id] = record.order_summary_id
    return found


async def _invoice(
    context: Context, number: int, order_summary_id: Id, fulfillment_order_ids: Sequence[Id]
) -> tuple[InvoiceOutcome, ...]:
    """What became of the fulfillment orders of one order summary."""

    async def act(transaction: Transaction) -> tuple[InvoiceOutcome, ...]:
        whole = await transaction.lock(WITH_FULFILLMENT, order_summary_id)
        done: list[InvoiceOutcome] = []
        for order_id in fulfillment_order_ids:
            try:
                if any(outcome.fulfillment_order_id == order_id for outcome in done):
                    raise InvalidInput(f"fulfillmentOrderId {order_id} is listed twice", "fulfillmentOrderIds")
                decision, invoice = decide_create_invoice(whole, order_id, transaction.now)
            except Refusal as refusal:
                done.append(_failed(order_id, refusal.code, f"{order_id}: {refusal.message}"))
                continue
            done.append(await _saved(transaction, order_id, decision, invoice.id))
        return tuple(done)

    call = msgspec.structs.replace(context.call, request_key=f"{context.call.request_key}:{number}")
    outcomes: tuple[InvoiceOutcome, ...] = await context.store.submit(call, act, tuple[InvoiceOutcome, ...])
    return outcomes


async def _saved(transaction: Transaction, order_id: Id, decision: Decision, invoice_id: Id) -> InvoiceOutcome:
    real = await transaction.save(decision)
    return InvoiceOutcome(fulfillment_order_id=order_id, invoice_id=real[invoice_id])


def _failed(fulfillment_order_id: Id, code: str, message: str) -> InvoiceOutcome:
    return InvoiceOutcome(
        errors=(ErrorResponse(error_code=code, message=spoken(message)),),
        fulfillment_order_id=fulfillment_order_id,
        success=False,
    )
