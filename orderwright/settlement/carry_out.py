"""One open request carried to its gateway, and the answer recorded. No transaction is open while the gateway is asked.

A request is sent under its own id, so however often that happens, by whomever, money moves at most once. Whoever finds
one that may have been sent asks what became of it first; when the gateway knows nothing of it, it is sent again: it may
still be on its way, so its amount is never given free (decisions.md M11).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from orderwright.decisions.contradict_request import contradicts, decide_contradiction
from orderwright.decisions.decision import Decision
from orderwright.decisions.record_answer import Answer, decide_record_answer, decide_record_answer_outside, log_of
from orderwright.gateways.protocol import (
    AuthorizationReference,
    AuthorizeRequest,
    CaptureRequest,
    Gateway,
    GatewayResponse,
    PaymentReference,
    PostAuthorizeRequest,
    PostAuthorizing,
    RefundRequest,
    SaleRequest,
    Selling,
    VoidRequest,
)  # fmt: skip
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.registry import definition_of
from orderwright.settlement.gateways import Gateways
from orderwright.settlement.open_request import OpenRequest, begin_sending, read_request
from orderwright.store.load import FUNDS
from orderwright.store.load_payment import AROUND_AUTHORIZATION, AROUND_PAYMENT, AROUND_REQUEST, Around
from orderwright.store.records import read_records
from orderwright.store.transaction import Call, Store, Transaction, find_shard

MOST_SENDINGS = 5
"""How often a request is sent that never reached the gateway, before it counts as refused."""


async def carry_out(
    store: Store, gateways: Gateways, work: OpenRequest, user_id: Id, *, sent_before: bool, is_last: bool = False
) -> GatewayResponse | None:
    """Ask the gateway and record what it says; returns that, or None when another has closed the request meanwhile.

    `is_last`: nobody tries again if it cannot be reached.

    An answer that never came is asked about once more: what the gateway knows settles it, else the amount stays
    pending.
    """
    gateway = await gateways.of(work.request.payment_gateway_id)
    if sent_before:
        response = await _asked_or_sent(store, gateway, work)
    else:
        response = await _send(store, gateway, work)
    if response is None:
        return None
    if response.sf_result_code == "Indeterminate" and not response.pending:
        response = await _ask(gateway, work) or response
    await record(store, work.request, answer_of(response), user_id, is_last=is_last)
    return response


async def _asked_or_sent(store: Store, gateway: Gateway, work: OpenRequest) -> GatewayResponse | None:
    """What became of a request that may have been sent; unknown to its gateway, it is sent again.

    None when another has closed it meanwhile. A sending is written down before it begins: who sees it fail knows then
    whether all have.
    """
    response = await _ask(gateway, work)
    if response is not None:
        return response
    return await _send(store, gateway, work) if await begin_sending(store, work.request) else None


async def ask_again(store: Store, gateways: Gateways, work: OpenRequest, user_id: Id) -> GatewayResponse | None:
    """Ask what became of a request that got no answer, or one that said "later"; unknown to its gateway, it is sent
    again. Nothing is recorded while nothing new is known; None when another has closed it meanwhile.
    """
    gateway = await gateways.of(work.request.payment_gateway_id)
    response = await _asked_or_sent(store, gateway, work)
    if response is None:
        return None
    known = response.sf_result_code not in {"Indeterminate", "SystemError", "RequiresReview"}
    if known or (response.pending and work.request.state != "Accepted"):
        await record(store, work.request, answer_of(response), user_id)
    return response


async def _ask(gateway: Gateway, work: OpenRequest) -> GatewayResponse | None:
    """What the gateway says became of the request; None when it knows nothing of it. That the question, or some other
    sending, did not get through says nothing of this one.
    """
    kind = work.request.kind
    drawn_on = _payment(work) if kind == "Refund" else _authorization(work) if kind in {"Capture", "Reversal"} else None
    known = await gateway.look_up(work.request.id, drawn_on)
    return None if known is not None and known.sf_result_code == "SystemError" else known


async def _send(store: Store, gateway: Gateway, work: OpenRequest) -> GatewayResponse:
    return await SENDING[work.request.kind](store, gateway, work)


async def _capture(_: Store, gateway: Gateway, work: OpenRequest) -> GatewayResponse:
    return await gateway.capture(
        CaptureRequest(
            idempotency_key=work.request.id,
            amount=work.request.amount,
            currency_iso_code=work.request.currency_iso_code,
            authorization=_authorization(work),
        )
    )


async def _refund(_: Store, gateway: Gateway, work: OpenRequest) -> GatewayResponse:
    return await gateway.refund(
        RefundRequest(
            idempotency_key=work.request.id,
            amount=work.request.amount,
            currency_iso_code=work.request.currency_iso_code,
            payment=_payment(work),
        )
    )


async def _reverse(_: Store, gateway: Gateway, work: OpenRequest) -> GatewayResponse:
    return await gateway.void(
        VoidRequest(
            idempotency_key=work.request.id,
            amount=work.request.amount,
            currency_iso_code=work.request.currency_iso_code,
            authorization=_authorization(work),
        )
    )


async def _authorize(store: Store, gateway: Gateway, work: OpenRequest) -> GatewayResponse:
    return await gateway.authorize(
        AuthorizeRequest(
            idempotency_key=work.request.id,
            amount=work.request.amount,
            currency_iso_code=work.request.currency_iso_code,
            payment_method_token=await _token(store, work.request),
        )
    )


async def _sell(store: Store, gateway: Gateway, work: OpenRequest) -> GatewayResponse:
    if not isinstance(gateway, Selling):
        return _unable(work.request, "this gateway does not take sales: authorize, then capture")
    return await gateway.sale(
        SaleRequest(
            idempotency_key=work.request.id,
            amount=work.request.amount,
            currency_iso_code=work.request.currency_iso_code,
            payment_method_token=await _token(store, work.request),
        )
    )


async def _post_authorize(store: Store, gateway: Gateway, work: OpenRequest) -> GatewayResponse:
    if not isinstance(gateway, PostAuthorizing):
        return _unable(work.request, "this gateway knows no authorizations made by the payer's device")
    return await gateway.post_authorize(
        PostAuthorizeRequest(
            idempotency_key=work.request.id,
            amount=work.request.amount,
            currency_iso_code=work.request.currency_iso_code,
            payment_method_token=await _token(store, work.request),
        )
    )


SENDING: dict[str, Callable[[Store, Gateway, OpenRequest], Awaitable[GatewayResponse]]] = {
    "Authorization": _authorize,
    "Capture": _capture,
    "PostAuth": _post_authorize,
    "Refund": _refund,
    "Reversal": _reverse,
    "Sale": _sell,
}


def _unable(request: GatewayRequest, why: str) -> GatewayResponse:
    return GatewayResponse(
        sf_result_code="PermanentFail",
        gateway_ref_number=None,
        gateway_result_code="unsupported",
        gateway_message=why,
        amount=request.amount,
        gateway_date=None,
        request="",
        response="",
    )


async def _token(store: Store, request: GatewayRequest) -> str:
    """What the gateway calls the payment method; empty when it has no token, which the gateway will refuse."""
    definition = definition_of(request.payment_method_id or "")
    if definition is None or request.payment_method_id is None:
        return ""
    async with store.database.main.acquire() as session:
        found = await read_records(session, definition.record, [request.payment_method_id])
    return (getattr(found[0], "gateway_token", None) or "") if found else ""


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


def answer_of(response: GatewayResponse) -> Answer:
    """What `response` says, as a decision takes it."""
    return Answer(
        sf_result_code=response.sf_result_code,
        gateway_ref_number=response.gateway_ref_number,
        gateway_result_code=response.gateway_result_code,
        gateway_message=response.gateway_message,
        gateway_date=response.gateway_date,
        accepted=response.pending,
        expires_at=response.expires_at,
        request=response.request,
        response=response.response,
    )


async def record(
    store: Store,
    request: GatewayRequest,
    answer: Answer,
    user_id: Id,
    *,
    is_last: bool = False,
) -> None:
    """Save what the answer does to the money of its order, or to the payment it is about.

    One that comes after the request was closed changes nothing; if it says otherwise, somebody has to look at it.
    """

    async def act(transaction: Transaction) -> bool:
        may_retry = not is_last and request.attempts + 1 < MOST_SENDINGS
        if request.order_summary_id is not None:
            whole = await transaction.lock(FUNDS, request.order_summary_id)
            decision = decide_record_answer(whole, request.id, answer, transaction.now, may_retry=may_retry)
        else:
            loader, root = around(request)
            money = await transaction.lock(loader, root)
            decision = decide_record_answer_outside(money, request.id, answer, transaction.now, may_retry=may_retry)
        await transaction.save(decision)
        return bool(decision.changed)

    if not await store.submit(Call(user_id=user_id), act, bool):
        await _look_at_closed(store, request, answer, user_id)


async def _look_at_closed(store: Store, request: GatewayRequest, answer: Answer, user_id: Id) -> None:
    async with store.database.main.acquire() as session:
        # It may have gone under an order with its payment meanwhile.
        shard = await find_shard(session, request.id)
    found = await read_request(store, shard, request.id)
    if found is None or not contradicts(found.request, answer):
        return
    closed, words = found.request, f"{found.request.kind} was recorded as {found.request.state}"

    async def act(transaction: Transaction) -> bool:
        said = f"{words}, and the gateway says {answer.sf_result_code}. Nothing was booked"
        log = log_of(closed, answer, closed.made_id, NewIds()(), transaction.now)
        if closed.order_summary_id is None:
            await transaction.save(Decision(new=(log,)), closed.shard)
            return True
        whole = await transaction.lock(FUNDS, closed.order_summary_id)
        await transaction.save(decide_contradiction(whole, closed, log, said))
        return True

    await store.submit(Call(user_id=user_id), act, bool)


def around(request: GatewayRequest) -> tuple[Around, Id]:
    """How the money around a request of no order is loaded, and the id of the record it hangs on."""
    if request.payment_authorization_id is not None:
        return AROUND_AUTHORIZATION, request.payment_authorization_id
    if request.payment_id is not None:
        return AROUND_PAYMENT, request.payment_id
    return AROUND_REQUEST, request.id
