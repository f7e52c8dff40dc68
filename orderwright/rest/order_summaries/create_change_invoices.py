"""POST /commerce/order-management/order-summaries/actions/create-multiple-change-invoices."""

from __future__ import annotations

from typing import Annotated

import msgspec

from orderwright.decisions.create_change_invoice import decide_create_change_invoice
from orderwright.decisions.errors import Refusal, RequiredFieldMissing
from orderwright.objects.definition import Id
from orderwright.rest.codec import Bare, IdOf
from orderwright.rest.context import Context
from orderwright.rest.errors import spoken
from orderwright.rest.representations import ErrorResponse
from orderwright.store.load import WITH_CHANGES
from orderwright.store.transaction import NotFound, Transaction


class CreateInvoiceFromChangeOrdersInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The change orders of one order summary that one invoice should charge."""

    change_order_ids: tuple[Annotated[Id, IdOf("Order")], ...]
    order_summary_id: Annotated[Id, IdOf("OrderSummary")]


class CreateMultipleInvoicesInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One entry per invoice."""

    invoices_from_change_orders: Annotated[tuple[CreateInvoiceFromChangeOrdersInput, ...], Bare()]


class CreateInvoiceFromChangeOrdersOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one entry."""

    errors: tuple[ErrorResponse, ...] = ()
    invoice_id: Id | None = None
    success: bool = True


class CreateMultipleInvoicesOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One result per entry, in their order; `success` is true when all of them worked."""

    errors: tuple[ErrorResponse, ...] = ()
    invoices: tuple[CreateInvoiceFromChangeOrdersOutput, ...] = ()
    success: bool = True


async def create_multiple_change_invoices(
    context: Context, body: CreateMultipleInvoicesInput
) -> CreateMultipleInvoicesOutput:
    """Create invoices for change orders that raise order amounts; each entry succeeds or fails alone."""
    if not body.invoices_from_change_orders:
        raise RequiredFieldMissing("invoicesFromChangeOrders is empty", "invoicesFromChangeOrders")
    results = tuple(
        [await _create(context, place, entry) for place, entry in enumerate(body.invoices_from_change_orders)]
    )
    return CreateMultipleInvoicesOutput(invoices=results, success=all(result.success for result in results))


async def _create(
    context: Context, place: int, entry: CreateInvoiceFromChangeOrdersInput
) -> CreateInvoiceFromChangeOrdersOutput:
    async def act(transaction: Transaction) -> CreateInvoiceFromChangeOrdersOutput:
        whole = await transaction.lock(WITH_CHANGES, entry.order_summary_id)
        decision, invoice = decide_create_change_invoice(whole, entry.change_order_ids, transaction.now)
        real = await transaction.save(decision)
        return CreateInvoiceFromChangeOrdersOutput(invoice_id=real[invoice.id])

    call = msgspec.structs.replace(context.call, request_key=f"{context.call.request_key}:{place}")
    try:
        output: CreateInvoiceFromChangeOrdersOutput = await context.store.submit(
            call, act, CreateInvoiceFromChangeOrdersOutput
        )
    except Refusal as refusal:
        return _failed(refusal.code, refusal.message)
    except NotFound as error:
        return _failed("NOT_FOUND", f"order summary {error.record_id} does not exist")
    return output


def _failed(code: str, message: str) -> CreateInvoiceFromChangeOrdersOutput:
    return CreateInvoiceFromChangeOrdersOutput(
        errors=(ErrorResponse(error_code=code, message=spoken(message)),), success=False
    )
