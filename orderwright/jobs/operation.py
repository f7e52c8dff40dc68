"""One background operation from start to end: plan, ask the gateway, record. Run again, it goes on where it stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.ensure_funds import decide_ensure_funds
from orderwright.decisions.ensure_refunds import decide_ensure_refunds
from orderwright.decisions.finish_operation import decide_give_up, finished
from orderwright.decisions.funds import funds_decision, operation_of
from orderwright.decisions.gateway_limits import Limits
from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.put_off_operation import decide_put_off
from orderwright.decisions.start_operation import ENSURE_FUNDS, ENSURE_REFUNDS
from orderwright.jobs.reauthorize import reauthorize
from orderwright.objects.background_operation import BackgroundOperation
from orderwright.objects.definition import Id
from orderwright.objects.whole import WholeSummary
from orderwright.settlement.carry_out import ask_again, carry_out
from orderwright.settlement.gateways import Gateways, limits_of_gateways
from orderwright.settlement.open_request import open_requests
from orderwright.store.load import FUNDS
from orderwright.store.transaction import Call, Store, Transaction, read_record

UNKNOWN = frozenset({"SystemError", "Indeterminate", "RequiresReview"})
"""Result codes after which a request may still succeed."""


class TryLater(Exception):
    """The operation could not be finished now, and may succeed later."""


async def run_operation(
    store: Store, gateways: Gateways, shard: int, operation_id: Id, *, may_reauthorize: bool = False
) -> None:
    """Carry out one operation. Raises TryLater when requests could not be sent; nothing is done twice."""
    operation = await _read(store, shard, operation_id)
    if operation.finished_at is not None:
        return
    user_id = operation.created_by_id or ""
    resumed = operation.status == "Running"
    await _settle_unknown(store, gateways, shard, operation, user_id)
    if not resumed:
        if may_reauthorize and operation.type == ENSURE_FUNDS:
            await reauthorize(store, gateways, operation)
            renewed = await _carry_out_mine(store, gateways, shard, operation, asked_before=True)
            if UNKNOWN & set(renewed):
                raise TryLater(f"what became of a new authorization for operation {operation_id} is not known yet")
        # Another run of the same job may have planned it meanwhile: then its requests may have been sent.
        planned_here = await _decide(store, operation, await _planner(store, gateways, operation))
        resumed = not planned_here
    codes = await _carry_out_mine(store, gateways, shard, operation, asked_before=resumed)
    if "SystemError" in codes:
        raise TryLater(f"the gateway could not be reached for operation {operation_id}")
    if resumed:
        await _decide(store, operation, lambda whole, found, now: funds_decision(whole, finished(whole, found, now)))


async def _carry_out_mine(
    store: Store, gateways: Gateways, shard: int, operation: BackgroundOperation, *, asked_before: bool
) -> list[str]:
    """Carry out the operation's open requests, one after the other; returns the result codes."""
    user_id = operation.created_by_id or ""
    codes: list[str] = []
    for work in await open_requests(store, shard, operation.order_summary_id):
        if work.request.background_operation_id == operation.id and work.request.state == "Open":
            sent_before = asked_before or work.request.attempts > 0
            response = await carry_out(store, gateways, work, user_id, sent_before=sent_before)
            if response is not None:
                codes.append(response.sf_result_code)
    return codes


async def put_off(store: Store, shard: int, operation_id: Id, why: str) -> None:
    """Let an operation that could not be carried out wait, or give it up when that has happened too often."""
    operation = await _read(store, shard, operation_id)
    if operation.finished_at is None:
        await _decide(store, operation, lambda whole, found, now: decide_put_off(whole, found, why, now))


async def _read(store: Store, shard: int, operation_id: Id) -> BackgroundOperation:
    async with store.database.main.acquire() as session:
        record = await read_record(session, "BackgroundOperation", shard, operation_id)
    if not isinstance(record, BackgroundOperation):
        raise TypeError(f"{operation_id} is no background operation")
    return record


async def _settle_unknown(
    store: Store, gateways: Gateways, shard: int, operation: BackgroundOperation, user_id: Id
) -> None:
    """Before anything new is asked, ask what became of earlier requests of this order that got no answer (M11)."""
    for work in await open_requests(store, shard, operation.order_summary_id):
        if work.request.state != "Open":
            await ask_again(store, gateways, work, user_id)


Decide = Callable[[WholeSummary, BackgroundOperation, dt.datetime], Decision]


async def _decide(store: Store, operation: BackgroundOperation, decide: Decide) -> bool:
    """Decide about the operation as it is now; returns whether that changed anything."""

    async def act(transaction: Transaction) -> bool:
        whole = await transaction.lock(FUNDS, operation.order_summary_id)
        found = operation_of(whole, operation.id)
        # A job whose operation was retried meanwhile has nothing to say about the new run.
        is_this_run = found is not None and found.retry_count == operation.retry_count
        if found is not None and is_this_run and found.finished_at is None:
            decision = decide(whole, found, transaction.now)
            await transaction.save(decision)
            return bool(decision.changed)
        return False

    changed: bool = await store.submit(Call(user_id=operation.created_by_id or ""), act, bool)
    return changed


async def _planner(store: Store, gateways: Gateways, operation: BackgroundOperation) -> Decide:
    """What plans the operation, once it is known what the gateways of its order cannot do."""
    limits = await _limits(store, gateways, operation)

    def plan(whole: WholeSummary, found: BackgroundOperation, now: dt.datetime) -> Decision:
        if found.status == "Running":
            # Another run of the same job planned it meanwhile.
            return Decision()
        if found.type == ENSURE_FUNDS:
            return decide_ensure_funds(whole, found, msgspec.convert(found.input, FundsWishes), now, limits)
        if found.type == ENSURE_REFUNDS:
            return decide_ensure_refunds(whole, found, msgspec.convert(found.input, RefundWishes), now, limits)
        return decide_give_up(whole, found, f"nobody knows operations of type {found.type}", now)

    return plan


GATEWAYS_OF_ORDER = """
SELECT DISTINCT v.payment_gateway_id FROM order_payment_summary s CROSS JOIN LATERAL (
    SELECT a.payment_gateway_id FROM payment_authorization a WHERE a.shard = $1 AND a.order_payment_summary_id = s.id
    UNION ALL
    SELECT p.payment_gateway_id FROM payment p WHERE p.shard = $1 AND p.order_payment_summary_id = s.id
) v WHERE s.shard = $1 AND s.order_summary_id = $2
"""


async def _limits(store: Store, gateways: Gateways, operation: BackgroundOperation) -> Limits:
    rows = await store.database.main.fetch(GATEWAYS_OF_ORDER, operation.shard, operation.order_summary_id)
    return await limits_of_gateways(gateways, [row["payment_gateway_id"] for row in rows])
