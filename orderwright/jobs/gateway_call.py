"""One open request carried to the gateway, and its answer recorded. No transaction is open while the gateway is
asked.
"""

from __future__ import annotations

import msgspec

from orderwright.decisions.record_answer import Answer, decide_record_answer
from orderwright.gateways.protocol import (
    AuthorizationReference,
    CaptureRequest,
    Gateway,
    GatewayResponse,
    PaymentReference,
    RefundRequest,
)  # fmt: skip
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.payment import Payment, PaymentAuthorization
from orderwright.store.load import FUNDS
from orderwright.store.transaction import Call, Store, Transaction

MOST_SENDINGS = 5
"""How often a request is sent that never reached the gateway, before it counts as refused."""


class OpenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request with what the gateway needs to know beside it."""

    request: GatewayRequest
    authorization: PaymentAuthorization | None = None
    payment: Payment | None = None


OPEN_REQUESTS = """
SELECT coalesce(json_agg(json_build_object(
    'request', row_to_json(r), 'authorization', row_to_json(a), 'payment', row_to_json(p)) ORDER BY r.id), '[]')
FROM gateway_request r
LEFT JOIN payment_authorization a ON a.shard = $1 AND a.id = r.payment_authorization_id
LEFT JOIN payment p ON p.shard = $1 AND p.id = r.payment_id
WHERE r.shard = $1 AND r.order_summary_id = $2 AND r.state IN ('Open', 'Indeterminate')
"""
_decode = msgspec.json.Decoder(list[OpenRequest]).decode


async def open_requests(store: Store, shard: int, order_summary_id: Id) -> list[OpenRequest]:
    """The requests of one order whose outcome is not known, in the order in which they were made."""
    async with store.database.main.acquire() as session:
        return _decode(await session.fetchval(OPEN_REQUESTS, shard, order_summary_id))


async def carry_out(store: Store, gateway: Gateway, work: OpenRequest, user_id: Id, *, sent_before: bool) -> str:
    """Ask the gateway and record what it says; returns its result code.

    A request that may have been sent before is asked about first. An answer that never came is asked about once more:
    what the gateway knows settles it, else the amount stays pending (decisions.md M11).
    """
    response = await _ask(gateway, work) if sent_before else None
    if response is None or response.sf_result_code == "SystemError":
        response = await _send(gateway, work)
    if response.sf_result_code == "Indeterminate" and not response.pending:
        response = await _ask(gateway, work) or response
    await record(store, work.request, response, user_id)
    return response.sf_result_code


async def ask_again(store: Store, gateway: Gateway, work: OpenRequest, user_id: Id) -> None:
    """Ask what became of an indeterminate request; nothing is sent anew."""
    response = await _ask(gateway, work)
    if response is not None and response.sf_result_code not in {"Indeterminate", "SystemError"}:
        await record(store, work.request, response, user_id)


async def _ask(gateway: Gateway, work: OpenRequest) -> GatewayResponse | None:
    drawn_on = _authorization(work) if work.request.kind == "Capture" else _payment(work)
    return await gateway.look_up(work.request.id, drawn_on)


async def _send(gateway: Gateway, work: OpenRequest) -> GatewayResponse:
    request = work.request
    if request.kind == "Capture":
        return await gateway.capture(
            CaptureRequest(
                idempotency_key=request.id,
                amount=request.amount,
                currency_iso_code=request.currency_iso_code,
                authorization=_authorization(work),
            )
        )
    return await gateway.refund(
        RefundRequest(
            idempotency_key=request.id,
            amount=request.amount,
            currency_iso_code=request.currency_iso_code,
            payment=_payment(work),
        )
    )


def _authorization(work: OpenRequest) -> AuthorizationReference:
    found = work.authorization
    return AuthorizationReference(
        gateway_ref_number=found.gateway_ref_number if found else None,
        amount=found.amount if found else work.request.amount,
        currency_iso_code=work.request.currency_iso_code,
        our_id=work.request.payment_authorization_id or "",
    )


def _payment(work: OpenRequest) -> PaymentReference:
    found = work.payment
    return PaymentReference(
        gateway_ref_number=found.gateway_ref_number if found else None,
        amount=found.amount if found else work.request.amount,
        currency_iso_code=work.request.currency_iso_code,
        our_id=work.request.payment_id or "",
    )


async def record(store: Store, request: GatewayRequest, response: GatewayResponse, user_id: Id) -> None:
    """Save what the answer does to the order's money."""
    answer = Answer(
        sf_result_code=response.sf_result_code,
        gateway_ref_number=response.gateway_ref_number,
        gateway_result_code=response.gateway_result_code,
        gateway_message=response.gateway_message,
        gateway_date=response.gateway_date,
        request=response.request,
        response=response.response,
    )

    async def act(transaction: Transaction) -> bool:
        whole = await transaction.lock(FUNDS, request.order_summary_id)
        may_retry = request.attempts + 1 < MOST_SENDINGS
        await transaction.save(decide_record_answer(whole, request.id, answer, transaction.now, may_retry=may_retry))
        return True

    await store.submit(Call(user_id=user_id), act, bool)
