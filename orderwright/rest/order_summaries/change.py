"""What cancel and return share: both preview and submit alike, each with its own decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from orderwright.decisions.change_items import ChangeDecision, ChangeItem
from orderwright.decisions.charge_fees import Fee
from orderwright.decisions.errors import InvalidCrossReference
from orderwright.objects.definition import Id
from orderwright.objects.picklists import Picklists
from orderwright.objects.whole import WholeSummary
from orderwright.rest.context import Context
from orderwright.rest.previewed import check_preview, explanation, show_preview
from orderwright.rest.representations import (
    ChangeInput,
    ChangeItemFeeInput,
    ChangeItemInput,
    PreviewChangeOutput,
    SubmitChangeOutput,
    change_item_output,
)  # fmt: skip
from orderwright.store.database import Session
from orderwright.store.existing import find_existing
from orderwright.store.load import SUMMARY, WITH_FULFILLMENT, Loader
from orderwright.store.transaction import Transaction

Decide = Callable[[WholeSummary, Sequence[ChangeItem], dt.datetime, Picklists], ChangeDecision]


def loader_for(body: ChangeInput) -> Loader[WholeSummary]:
    """A delivery charge may be in fulfillment: where it can fall, fulfillment is loaded as well."""
    return WITH_FULFILLMENT if any(item.shipping_reduction_flag for item in body.change_items) else SUMMARY


def change_items(body: ChangeInput) -> tuple[ChangeItem, ...]:
    """The items of a request, as the decision takes them."""
    return tuple(
        ChangeItem(
            order_item_summary_id=item.order_item_summary_id,
            quantity=item.quantity,
            reason=item.reason,
            reason_for_change_text=item.reason_for_change_text,
            shipping_reduction_flag=item.shipping_reduction_flag,
            fees=tuple(_fee(item, fee) for fee in item.change_item_fees),
        )
        for item in body.change_items
    )


def _fee(item: ChangeItemInput, fee: ChangeItemFeeInput) -> Fee:
    return Fee(
        order_item_summary_id=item.order_item_summary_id,
        quantity=item.quantity,
        amount=fee.amount,
        amount_type=fee.amount_type,
        description=fee.description,
        product2_id=fee.product2_id,
        pricebook_entry_id=fee.price_book_entry_id,
        reason=fee.reason,
    )


def has_fees(body: ChangeInput) -> bool:
    """Whether the request charges fees."""
    return any(item.change_item_fees for item in body.change_items)


async def check_fee_products(session: Session, body: ChangeInput) -> None:
    """Refuse fees whose product or price book entry does not exist."""
    fees = [fee for item in body.change_items for fee in item.change_item_fees]
    asked = {i for fee in fees for i in (fee.product2_id, fee.price_book_entry_id) if i is not None}
    unknown = asked - (await find_existing(session, asked)).keys() if asked else set()
    if unknown:
        raise InvalidCrossReference(f"{', '.join(sorted(unknown))} does not exist", "product2Id", "priceBookEntryId")


async def preview_change(
    context: Context, order_summary_id: Id, body: ChangeInput, decide: Decide
) -> PreviewChangeOutput:
    """What `decide` would do to the order: the balances, no ids; nothing is stored."""
    if has_fees(body):
        async with context.reading() as session:
            await check_fee_products(session, body)
    whole = await context.store.preview(loader_for(body), order_summary_id)
    change = decide(whole, change_items(body), context.store.now(), context.picklists)
    return PreviewChangeOutput(
        change_balances=change_item_output(change.balances),
        explanation=explanation(context, change.steps),
        order_summary_id=whole.summary.id,
        preview_token=show_preview(context, whole, change),
    )


async def submit_change(
    context: Context, order_summary_id: Id, body: ChangeInput, decide: Decide
) -> SubmitChangeOutput:
    """Do what `decide` says to the order; the same balances as its preview, and the change order."""

    async def act(transaction: Transaction) -> SubmitChangeOutput:
        if has_fees(body):
            await check_fee_products(transaction.session, body)
        whole = await transaction.lock(loader_for(body), order_summary_id)
        change = decide(whole, change_items(body), transaction.now, context.picklists)
        check_preview(context, whole, change)
        return _submitted(context, change, await transaction.save(change.decision))

    output: SubmitChangeOutput = await context.store.submit(context.call, act, SubmitChangeOutput)
    return output


def _submitted(context: Context, change: ChangeDecision, real: Mapping[Id, Id]) -> SubmitChangeOutput:
    return SubmitChangeOutput(
        change_balances=change_item_output(change.balances),
        change_order_id=real[change.change_order_id],
        explanation=explanation(context, change.steps),
        fee_change_order_id=real[change.fee_change_order_id] if change.fee_change_order_id else None,
    )
