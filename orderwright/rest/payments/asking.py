"""How a payment call is carried out: the request is written, its gateway asked, the answer recorded, and all of it read
again for the output.

A call that is repeated under its idempotency key finds its request again, and what became of it. One whose caller was
cut off is settled by a worker soon after (settlement/settle.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import InvalidCrossReference
from orderwright.gateways.protocol import GatewayResponse
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id, SObject
from orderwright.objects.payment import PaymentGroup
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.objects.registry import definition_of
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.rest.context import Context
from orderwright.settlement.carry_out import carry_out
from orderwright.settlement.open_request import OpenRequest, read_request
from orderwright.settlement.settle import settle
from orderwright.store.existing import find_existing
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
        """Whether the gateway was not reached, so that nothing came of this sending."""
        return self.response.sf_result_code == "SystemError"


async def ask(context: Context, decide: Decide) -> Asked:
    """Write the request that `decide` makes, carry it out, and return what is stored of it then."""
    again = 0
    while True:
        request_id, is_new = await _written(context, decide, again)
        work = await _read(context, request_id)
        if is_new or not _never_sent(work.request):
            break
        # The same key is sent again after the gateway was out of reach: nothing happened, so it is a new request.
        again += 1
    if work.request.state in OPEN_REQUEST_STATES:
        await _carried_out(context, work, is_new=is_new)
        work = await _read(context, request_id)
    return await read_asked(context, work.request)


async def _read(context: Context, request_id: Id) -> OpenRequest:
    """The request, which may have gone under an order with its payment. Raises NotFound."""
    async with context.store.database.main.acquire() as session:
        shard = await find_shard(session, request_id)
    found = await read_request(context.store, shard, request_id)
    if found is None:
        raise NotFound(request_id)
    return found


def _never_sent(request: GatewayRequest) -> bool:
    return request.state == "Refused" and request.sf_result_code == "SystemError"


async def _carried_out(context: Context, work: OpenRequest, *, is_new: bool) -> None:
    store, gateways, user_id = context.store, context.gateways, context.call.user_id
    outcome: Coroutine[Any, Any, object]
    if is_new:
        outcome = carry_out(store, gateways, work, user_id, sent_before=False, is_last=True)
    else:
        # An earlier sending may be on its way, so this one is not given up for good if the gateway cannot be reached.
        outcome = settle(store, gateways, work, user_id)
    # Shielded: a caller that hangs up must not stop what is being recorded.
    await asyncio.shield(asyncio.ensure_future(outcome))


async def _written(context: Context, decide: Decide, again: int) -> tuple[Id, bool]:
    """The id of the request, and whether it was written just now."""
    made = ""

    async def act(transaction: Transaction) -> str:
        nonlocal made
        decision, request = await decide(transaction)
        made = (await transaction.save(decision))[request.id]
        return made

    call = context.call
    if again:
        call = msgspec.structs.replace(call, request_key=f"{call.request_key}:{again}")
    request_id: Id = await context.store.submit(call, act, str)
    # Another with the same key may have been faster while this one tried: then it is that one's request.
    return request_id, request_id == made


async def read_asked(context: Context, request: GatewayRequest) -> Asked:
    """What is stored of a request."""
    async with context.store.database.main.acquire() as session:
        log = None
        if request.log_id is not None:
            shard = await find_shard(session, request.log_id)
            found = await read_record(session, "PaymentGatewayLog", shard, request.log_id)
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


async def check_exist(context: Context, ids: Iterable[tuple[str, Id | None]]) -> None:
    """Refuse ids, by property, that name no record. Raises InvalidCrossReference."""
    given = [(name, record_id) for name, record_id in ids if record_id is not None]
    async with context.store.database.main.acquire() as session:
        known = await find_existing(session, [record_id for _, record_id in given])
    for name, record_id in given:
        if record_id not in known:
            raise InvalidCrossReference(f"{name} is {record_id}, and there is no such record", name)
