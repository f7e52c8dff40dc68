"""POST /commerce/order-management/order-payment-summaries: an authorization or payments under an order summary.

A payment record made before its order was known lives in a shard of its own and has to move to the order's. It goes in
two transactions of one shard each: the first takes the row out and leaves a forwarding with its content, claimed for
this order summary; the second puts it under the new payment summary. A crash in between loses nothing: the record is
found through the forwarding, and the same request can be made again (decisions.md S4, S5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from orderwright.decisions.create_order_payment_summary import (
    MethodLabel,
    check_payable,
    check_payables,
    decide_create_order_payment_summary,
)  # fmt: skip
from orderwright.decisions.errors import InvalidInput
from orderwright.objects.definition import Id, SObject
from orderwright.objects.payment import Payment, PaymentAuthorization
from orderwright.objects.payment_method import CardPaymentMethod, DigitalWallet
from orderwright.objects.registry import definition_of
from orderwright.rest.codec import IdOf, Longest, Since
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse
from orderwright.store.ids import shard_of
from orderwright.store.load import HEAD
from orderwright.store.move import Destination, arrived_families, heads_of, records_to_send, send_to
from orderwright.store.records import read_records
from orderwright.store.transaction import Transaction


class CreateOrderPaymentSummaryInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: order-management.yaml#order-payment-summaries-create (documented)."""

    order_summary_id: Annotated[Id, IdOf("OrderSummary")]
    name: Annotated[str | None, Since(66), Longest(255)] = None
    payment_authorization_id: Annotated[Id | None, IdOf("PaymentAuthorization")] = None
    payment_ids: tuple[Annotated[Id, IdOf("Payment")], ...] = ()


class CreateOrderPaymentSummaryOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The new payment summary."""

    errors: tuple[ErrorResponse, ...] = ()
    order_payment_summary_id: Id | None = None
    success: bool = True


async def create_order_payment_summary(
    context: Context, body: CreateOrderPaymentSummaryInput
) -> CreateOrderPaymentSummaryOutput:
    """Put one authorization, or payments of one method, under an order summary."""
    ids = (*((body.payment_authorization_id,) if body.payment_authorization_id else ()), *body.payment_ids)
    shard = shard_of(body.order_summary_id)
    if len(set(ids)) < len(ids):
        raise InvalidInput("paymentIds lists a payment twice", "paymentIds")
    heads = await _bring(context, ids, body.order_summary_id)

    async def act(transaction: Transaction) -> CreateOrderPaymentSummaryOutput:
        whole = await transaction.lock(HEAD, body.order_summary_id)
        records, arrived = await arrived_families(transaction, heads, shard)
        paid = [record for record in records if record.id in ids]
        label = await _label(transaction, paid, body.name)
        decision, summary = decide_create_order_payment_summary(
            whole,
            next((record for record in paid if isinstance(record, PaymentAuthorization)), None),
            [record for record in paid if isinstance(record, Payment)],
            label,
            arrived,
            along=[record for record in records if record.id not in ids],
        )
        real = await transaction.save(decision)
        return CreateOrderPaymentSummaryOutput(order_payment_summary_id=real[summary.id])

    output: CreateOrderPaymentSummaryOutput = await context.store.submit(
        context.call, act, CreateOrderPaymentSummaryOutput
    )
    return output


async def _bring(context: Context, ids: Sequence[Id], order_summary_id: Id) -> list[Id]:
    """Send the records to the order's shard, with what hangs on them; unless it can take all, none of them leaves.

    Returns the ids of what went, or stayed, as a whole.
    """
    async with context.reading() as session:
        records = await records_to_send(session, ids, order_summary_id)
    heads = heads_of(records)
    shard = shard_of(order_summary_id)
    travelling = [record_id for record_id in heads if shard_of(record_id) != shard]
    if not travelling:
        return heads
    whole = await context.store.preview(HEAD, order_summary_id)
    check_payables(whole, records)
    destination = Destination(
        order_summary_id=order_summary_id,
        shard=shard_of(order_summary_id),
        check=lambda record: check_payable(whole, record),
    )
    await send_to(context.store, context.call, travelling, destination)
    return heads


async def _label(transaction: Transaction, paid: Sequence[SObject], name: str | None) -> MethodLabel:
    method_id = getattr(paid[0], "payment_method_id", None) if paid else None
    definition = definition_of(method_id) if method_id else None
    if method_id is None or definition is None:
        return MethodLabel(method=name or "Payment", type="Unknown")
    found = await read_records(transaction.session, definition.record, [method_id])
    if not found:
        raise InvalidInput(f"the payment method {method_id} does not exist any more", "paymentMethodId")
    return method_label(found[0], name)


def method_label(method: SObject, name: str | None) -> MethodLabel:
    """How a payment method is shown: cards by brand and last four digits, others by their nickname or type."""
    if isinstance(method, CardPaymentMethod):
        brand = method.card_type or method.card_category or "Card"
        shown = f"{brand} ************{method.card_last_four:04d}" if method.card_last_four is not None else brand
        return MethodLabel(method=name or shown, type=brand, full_name=method.card_holder_name)
    if isinstance(method, DigitalWallet):
        kind = method.type or "DigitalWallet"
        return MethodLabel(method=name or method.nick_name or kind, type=kind, full_name=method.billing_name)
    kind = "AlternativePaymentMethod"
    shown = getattr(method, "nick_name", None) or kind
    return MethodLabel(method=name or shown, type=kind, full_name=getattr(method, "billing_name", None))
