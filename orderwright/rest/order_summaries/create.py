"""POST /commerce/order-management/order-summaries: an order summary from an activated order."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from orderwright.decisions.create_order_summary import Wishes, decide_create_order_summary
from orderwright.decisions.errors import DuplicateValue, InvalidPicklistValue, Refusal, named
from orderwright.objects.catalog import Product2
from orderwright.objects.definition import Id, define
from orderwright.objects.order_summary import OrderSummary
from orderwright.rest.codec import IdOf, Longest, Since
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse
from orderwright.store.keys import hold_carried
from orderwright.store.load import ORDER, SUMMARY
from orderwright.store.records import read_records
from orderwright.store.transaction import Act, NotFound, Transaction
from orderwright.store.unique import claim, confirm, release


class OrderSummaryInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: order-management.yaml#order-summaries-create (documented)."""

    business_model: Annotated[str | None, Since(53)] = None
    external_reference_identifier: Annotated[str | None, Since(56), Longest(255)] = None
    name: Annotated[str | None, Since(50), Longest(255)] = None
    order_id: Annotated[Id, IdOf("Order")]
    order_life_cycle_type: Annotated[str, Since(49)] = "MANAGED"
    source_process: Annotated[str, Since(57)] = "Standard"
    status: Annotated[str | None, Since(50)] = None


class OrderSummaryOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The new order summary."""

    errors: tuple[ErrorResponse, ...] = ()
    order_summary_id: Id | None = None
    success: bool = True


_CHOICES = {
    "business_model": "businessModel",
    "order_life_cycle_type": "orderLifeCycleType",
    "source_process": "sourceProcess",
    "status": "status",
}


async def create_order_summary(context: Context, body: OrderSummaryInput) -> OrderSummaryOutput:
    """Create an order summary; the order becomes its original order and is frozen."""
    wishes = _wishes(body)
    reference = wishes.external_reference_identifier

    async def act(transaction: Transaction) -> OrderSummaryOutput:
        whole = await transaction.lock(ORDER, body.order_id)
        products = await _products(transaction, [item.product2_id for item in whole.items if item.product2_id])
        decision, summary = decide_create_order_summary(whole, products, wishes, context.schema)
        real = await transaction.save(decision)
        await hold_carried(transaction.session, context.schema, decision.new, real, transaction.now)
        return OrderSummaryOutput(order_summary_id=real[summary.id])

    if reference is None:
        output: OrderSummaryOutput = await context.store.submit(context.call, act, OrderSummaryOutput)
        return output
    return await _with_claim(context, reference, body.order_id, act)


_REFERENCE = "OrderSummary.ExternalReferenceIdentifier"


async def _with_claim(
    context: Context, reference: str, order_id: Id, act: Act[OrderSummaryOutput]
) -> OrderSummaryOutput:
    """Create the summary between the two steps that keep its reference unique in the organisation (S6)."""
    database = context.store.database
    holder = await claim(database, _REFERENCE, reference, order_id, context.store.now())
    if holder is not None:
        raise DuplicateValue(
            f"externalReferenceIdentifier '{reference}' is taken by {holder}",
            "externalReferenceIdentifier",
        )
    try:
        output: OrderSummaryOutput = await context.store.submit(context.call, act, OrderSummaryOutput)
    except (Refusal, NotFound):
        await _settle_claim(context, reference, order_id)
        raise
    if output.order_summary_id is not None:
        await confirm(database, _REFERENCE, reference, order_id, output.order_summary_id)
    return output


async def _settle_claim(context: Context, reference: str, order_id: Id) -> None:
    """Give up the claim of a refused request, unless the summary of an earlier, interrupted one holds the reference."""
    database = context.store.database
    with contextlib.suppress(NotFound):
        whole = await context.store.preview(ORDER, order_id)
        if whole.order_summary_id is not None:
            existing = await context.store.preview(SUMMARY, whole.order_summary_id)
            if existing.summary.external_reference_identifier == reference:
                await confirm(database, _REFERENCE, reference, order_id, existing.summary.id)
                return
    await release(database, _REFERENCE, reference, order_id)


def _wishes(body: OrderSummaryInput) -> Wishes:
    stored = define(OrderSummary).stored
    for name, wire in _CHOICES.items():
        value, allowed = getattr(body, name), stored[name].values
        if value is not None and value not in allowed:
            raise InvalidPicklistValue(f"{wire} '{value}' is not a value of OrderSummary; use {named(allowed)}", wire)
    return Wishes(
        name=body.name,
        status=body.status,
        order_life_cycle_type=body.order_life_cycle_type,
        business_model=body.business_model,
        source_process=body.source_process,
        external_reference_identifier=body.external_reference_identifier,
    )


async def _products(transaction: Transaction, product_ids: Sequence[Id]) -> Mapping[Id, Product2]:
    """The products of an order: reference data, read and never written here, in whatever shard they are."""
    found = await read_records(transaction.session, Product2, product_ids)
    return {product.id: product for product in found}
