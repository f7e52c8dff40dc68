"""How a payment call is carried out: the request is written, its gateway asked, the answer recorded, and all of it read
again for the output.

A call that is repeated under its idempotency key finds its request again, and what became of it. One whose caller was
cut off is settled by a worker soon after (settlement/settle.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import InvalidCrossReference
from orderwright.decisions.gateway_limits import GatewayLimits
from orderwright.decisions.move_payment import Money
from orderwright.gateways.protocol import GatewayResponse
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id, SObject
from orderwright.objects.payment import OrderPaymentSummary, Payment, PaymentAuthorization, PaymentGroup
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.objects.registry import definition_of
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.rest.context import Context
from orderwright.rest.payments.inputs import PaymentGroupInput, creates_group
from orderwright.settlement.carry_out import carry_out
from orderwright.settlement.gateways import limits_of_gateways
from orderwright.settlement.open_request import read_request
from orderwright.store.existing import find_existing
from orderwright.store.ids import shard_of
from orderwright.store.load import FUNDS
from orderwright.store.load_payment import AROUND_AUTHORIZATION, AROUND_PAYMENT
from orderwright.store.records import read_records
from orderwright.store.transaction import NotFound, Transaction, find_shard, read_record

R = TypeVar("R", bound=SObject)

Decide = Callable[[Transaction], Awaitable[tuple[Decision, GatewayRequest]]]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a gateway and what became of it, as it is stored."""

    request: GatewayRequest
    response: GatewayResponse
    log: PaymentGatewayLog | None
    made: SObject | None
    group: PaymentGroup | None

    @property
    def unreachable(self) -> bool:
        """Whether the gateway was never reached, so that nothing happened at all."""
        return self.request.state == "Refused" and self.request.sf_result_code == "SystemError"


async def ask(context: Context, decide: Decide) -> Asked:
    """Write the request that `decide` makes, carry it out, and return what is stored of it then."""
    again = 0
    while True:
        request_id, is_new = await _written(context, decide, again)
        shard = shard_of(request_id)
        work = await read_request(context.store, shard, request_id)
        if work is None:
            raise NotFound(request_id)
        before = await read_asked(context, work.request)
        if is_new or not before.unreachable:
            break
        # The same key is sent again after the gateway was out of reach: nothing happened, so it is a new request.
        again += 1
    if work.request.state in OPEN_REQUEST_STATES:
        await _carried_out(context, work, sent_before=not is_new)
        work = await read_request(context.store, shard, request_id)
    if work is None:
        raise NotFound(request_id)
    return await read_asked(context, work.request)


async def _carried_out(context: Context, work: Any, *, sent_before: bool) -> None:
    # Shielded: a caller that hangs up must not stop what is being recorded.
    asking = asyncio.ensure_future(
        carry_out(context.store, context.gateways, work, context.call.user_id, sent_before=sent_before, is_last=True)
    )
    await asyncio.shield(asking)


async def _written(context: Context, decide: Decide, again: int) -> tuple[Id, bool]:
    """The id of the request, and whether it was written just now."""
    fresh = False

    async def act(transaction: Transaction) -> str:
        nonlocal fresh
        fresh = False
        decision, request = await decide(transaction)
        real = await transaction.save(decision)
        fresh = True
        return real[request.id]

    call = context.call
    if again:
        call = msgspec.structs.replace(call, request_key=f"{call.request_key}:{again}")
    request_id: Id = await context.store.submit(call, act, str)
    return request_id, fresh


async def read_asked(context: Context, request: GatewayRequest) -> Asked:
    """What is stored of a request."""
    async with context.store.database.main.acquire() as session:
        log = None
        if request.log_id is not None:
            found = await read_record(session, "PaymentGatewayLog", request.shard, request.log_id)
            log = found if isinstance(found, PaymentGatewayLog) else None
        made = await _made(session, request)
        group_id = request.details.get("payment_group_id") or getattr(made, "payment_group_id", None)
        groups = await read_records(session, PaymentGroup, [group_id] if group_id else [])
    return Asked(
        request=request,
        response=_response(request, log),
        log=log,
        made=made,
        group=groups[0] if groups else None,
    )


async def _made(session: Any, request: GatewayRequest) -> SObject | None:
    definition = definition_of(request.made_id or "")
    if definition is None or request.made_id is None:
        return None
    return await read_record(session, definition.name, await find_shard(session, request.made_id), request.made_id)


def _response(request: GatewayRequest, log: PaymentGatewayLog | None) -> GatewayResponse:
    return GatewayResponse(
        sf_result_code=(log.sf_result_code if log else None) or "Indeterminate",  # type: ignore[arg-type]  # a picklist
        gateway_ref_number=log.gateway_ref_number if log else None,
        gateway_result_code=log.gateway_result_code if log else None,
        gateway_message=log.gateway_message if log else None,
        amount=request.amount,
        gateway_date=log.gateway_date if log else None,
        pending=request.state == "Accepted",
        request="",
        response="",
    )


async def lock_money(transaction: Transaction, record_id: Id) -> Money:
    """The order whose money an authorization or payment is, or what hangs on it when it has none; locked.

    Raises NotFound.
    """
    record = await _found(transaction, record_id)
    summary_id = getattr(record, "order_payment_summary_id", None)
    if summary_id is not None:
        shard = await transaction.find_shard(record_id)
        summary = await read_record(transaction.session, "OrderPaymentSummary", shard, summary_id)
        if not isinstance(summary, OrderPaymentSummary):
            raise NotFound(summary_id)
        return await transaction.lock(FUNDS, summary.order_summary_id)
    if isinstance(record, Payment) and record.payment_authorization_id is not None:
        return await transaction.lock(AROUND_AUTHORIZATION, record.payment_authorization_id)
    if isinstance(record, Payment):
        return await transaction.lock(AROUND_PAYMENT, record_id)
    return await transaction.lock(AROUND_AUTHORIZATION, record_id)


async def _found(transaction: Transaction, record_id: Id) -> PaymentAuthorization | Payment:
    definition = definition_of(record_id)
    if definition is None:
        raise NotFound(record_id)
    shard = await transaction.find_shard(record_id)
    found = await read_record(transaction.session, definition.name, shard, record_id)
    if not isinstance(found, PaymentAuthorization | Payment):
        raise NotFound(record_id)
    return found


async def limits_around(context: Context, record_id: Id) -> GatewayLimits:
    """What the gateway of an authorization or payment cannot do. Raises NotFound."""
    definition = definition_of(record_id)
    if definition is None:
        raise NotFound(record_id)
    async with context.store.database.main.acquire() as session:
        found = await read_record(session, definition.name, await find_shard(session, record_id), record_id)
    gateway_id: Id | None = getattr(found, "payment_gateway_id", None)
    return (await limits_of_gateways(context.gateways, [gateway_id]))[gateway_id]


async def check_exist(context: Context, ids: Iterable[tuple[str, Id | None]]) -> None:
    """Refuse ids, by property, that name no record. Raises InvalidCrossReference."""
    given = [(name, record_id) for name, record_id in ids if record_id is not None]
    async with context.store.database.main.acquire() as session:
        known = await find_existing(session, [record_id for _, record_id in given])
    for name, record_id in given:
        if record_id not in known:
            raise InvalidCrossReference(f"{name} is {record_id}, and there is no such record", name)


async def with_group(
    transaction: Transaction, group: PaymentGroupInput | None, currency: str, shard: int
) -> tuple[Id | None, tuple[PaymentGroup, ...]]:
    """The payment group of a call: the one it names, or a new one, still to be saved. Raises InvalidInput."""
    if group is None or not creates_group(group):
        return (group.id if group else None), ()
    made = PaymentGroup(
        id=transaction.new_id("PaymentGroup", shard),
        currency_iso_code=group.currency_iso_code or currency,
        source_object_id=group.source_object_id,
    )
    return made.id, (made,)
