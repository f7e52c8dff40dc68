"""One background operation from start to end: plan, ask the gateway, record. Run again, it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.ensure_funds import FundsWishes, decide_ensure_funds
from orderwright.decisions.ensure_refunds import RefundWishes, decide_ensure_refunds
from orderwright.decisions.finish_operation import finished, gave_up
from orderwright.decisions.funds import funds_decision, operation_of, with_operation
from orderwright.decisions.start_operation import ENSURE_FUNDS, ENSURE_REFUNDS
from orderwright.gateways.protocol import Gateway
from orderwright.jobs.gateway_call import ask_again, carry_out, open_requests
from orderwright.objects.background_operation import BackgroundOperation
from orderwright.objects.definition import Id
from orderwright.objects.whole import WholeSummary
from orderwright.store.load import FUNDS
from orderwright.store.transaction import Call, Store, Transaction, read_record


class TryLater(Exception):
    """The operation could not be finished now, and may succeed later."""


async def run_operation(store: Store, gateway: Gateway, shard: int, operation_id: Id) -> None:
    """Carry out one operation. Raises TryLater when requests could not be sent; nothing is done twice."""
    operation = await _read(store, shard, operation_id)
    if operation.finished_at is not None:
        return
    user_id = operation.created_by_id or ""
    resumed = operation.status == "Running"
    await _settle_unknown(store, gateway, shard, operation, user_id)
    if not resumed:
        await _decide(store, operation, _plan)
    codes = [
        await carry_out(store, gateway, work, user_id, sent_before=resumed or work.request.attempts > 0)
        for work in await open_requests(store, shard, operation.order_summary_id)
        if work.request.background_operation_id == operation_id and work.request.state == "Open"
    ]
    if "SystemError" in codes:
        raise TryLater(f"the gateway could not be reached for operation {operation_id}")
    if resumed:
        await _decide(store, operation, lambda whole, found, now: funds_decision(whole, finished(whole, found, now)))


async def give_up(store: Store, shard: int, operation_id: Id, why: str) -> None:
    """End an operation that failed for good: it stays visible, with Status Error and the reason."""
    operation = await _read(store, shard, operation_id)
    if operation.finished_at is None:
        await _decide(
            store,
            operation,
            lambda whole, found, now: funds_decision(whole, with_operation(whole, gave_up(found, why, now))),
        )


async def _read(store: Store, shard: int, operation_id: Id) -> BackgroundOperation:
    async with store.database.main.acquire() as session:
        record = await read_record(session, "BackgroundOperation", shard, operation_id)
    if not isinstance(record, BackgroundOperation):
        raise TypeError(f"{operation_id} is no background operation")
    return record


async def _settle_unknown(
    store: Store, gateway: Gateway, shard: int, operation: BackgroundOperation, user_id: Id
) -> None:
    """Before anything new is asked, ask what became of earlier requests of this order that got no answer (M11)."""
    for work in await open_requests(store, shard, operation.order_summary_id):
        if work.request.state == "Indeterminate":
            await ask_again(store, gateway, work, user_id)


Decide = Callable[[WholeSummary, BackgroundOperation, Any], Decision]


async def _decide(store: Store, operation: BackgroundOperation, decide: Decide) -> None:
    async def act(transaction: Transaction) -> bool:
        whole = await transaction.lock(FUNDS, operation.order_summary_id)
        found = operation_of(whole, operation.id)
        # A job whose operation was retried meanwhile has nothing to say about the new run.
        is_this_run = found is not None and found.retry_count == operation.retry_count
        if found is not None and is_this_run and found.finished_at is None:
            await transaction.save(decide(whole, found, transaction.now))
        return True

    await store.submit(Call(user_id=operation.created_by_id or ""), act, bool)


def _plan(whole: WholeSummary, operation: BackgroundOperation, now: Any) -> Decision:
    if operation.status == "Running":
        # Another run of the same job planned it meanwhile.
        return Decision()
    if operation.type == ENSURE_FUNDS:
        return decide_ensure_funds(whole, operation, msgspec.convert(operation.input, FundsWishes), now)
    if operation.type == ENSURE_REFUNDS:
        return decide_ensure_refunds(whole, operation, msgspec.convert(operation.input, RefundWishes), now)
    return funds_decision(
        whole, with_operation(whole, gave_up(operation, f"nobody knows operations of type {operation.type}", now))
    )
