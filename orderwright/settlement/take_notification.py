"""What a provider says unasked: it closes the request it is about, or is kept for somebody to look at."""

from __future__ import annotations

from orderwright.decisions.contradict_request import contradicts, decide_contradiction
from orderwright.decisions.decision import Decision
from orderwright.decisions.record_answer import INTERACTIONS, Answer
from orderwright.gateways.protocol import Notification
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds, to_15
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.settlement.carry_out import record
from orderwright.settlement.open_request import read_request
from orderwright.store.ids import shard_of
from orderwright.store.load import FUNDS
from orderwright.store.transaction import Call, Store, Transaction

KINDS = {"Capture": ("Capture", "Sale"), "Refund": ("Refund",)}
"""The kinds of request that a notification of a kind can be about."""


async def take_notification(store: Store, notification: Notification, user_id: Id) -> str:
    """Return what became of it: recorded, known (it was told before), contradiction, or unknown. It is stored then.

    The same notification may come again at any time. Nothing is believed of one whose kind, amount or currency is not
    that of its request.
    """
    request = await _request(store, notification)
    answer = _answer(notification)
    if request is None:
        await _keep(store, notification, user_id)
        return "unknown"
    if not _is_about(notification, request):
        await _contradict(store, request, _words(notification, request), user_id)
        return "contradiction"
    if request.state in OPEN_REQUEST_STATES:
        await record(store, request, answer, user_id)
        return "recorded"
    if contradicts(request, answer):
        await _contradict(store, request, _words(notification, request), user_id)
        return "contradiction"
    return "known"


async def _request(store: Store, notification: Notification) -> GatewayRequest | None:
    request_id = to_15(notification.idempotency_key or "")
    if request_id is None or not request_id.startswith(GatewayRequest.ABOUT.key_prefix):
        return None
    found = await read_request(store, shard_of(request_id), request_id)
    return found.request if found else None


def _answer(notification: Notification) -> Answer:
    return Answer(
        sf_result_code=notification.sf_result_code,
        gateway_ref_number=notification.gateway_ref_number,
        gateway_result_code=notification.gateway_result_code,
        gateway_message=notification.gateway_message,
        gateway_date=notification.gateway_date,
        is_notification=True,
        response=notification.response,
    )


def _is_about(notification: Notification, request: GatewayRequest) -> bool:
    return (
        request.kind in KINDS[notification.kind]
        and notification.amount == request.amount
        and notification.currency_iso_code == request.currency_iso_code
    )


def _words(notification: Notification, request: GatewayRequest) -> str:
    return (
        f"a notification says {notification.kind} of {notification.amount} {notification.currency_iso_code}: "
        f"{notification.sf_result_code}; recorded is {request.kind} of {request.amount} {request.currency_iso_code}: "
        f"{request.state}. Nothing was booked; compare with the gateway's own books"
    )


async def _contradict(store: Store, request: GatewayRequest, words: str, user_id: Id) -> None:
    async def act(transaction: Transaction) -> bool:
        if request.order_summary_id is not None:
            whole = await transaction.lock(FUNDS, request.order_summary_id)
            await transaction.save(decide_contradiction(whole, request, words))
        return True

    await store.submit(Call(user_id=user_id), act, bool)


async def _keep(store: Store, notification: Notification, user_id: Id) -> None:
    """Keep a notification about nothing of ours, once: a refund made in the provider's own pages, for example."""
    log = PaymentGatewayLog(
        id=NewIds()(),
        currency_iso_code=notification.currency_iso_code,
        gateway_date=notification.gateway_date or store.now(),
        gateway_message=(notification.gateway_message or "")[:255] or None,
        gateway_ref_number=notification.gateway_ref_number,
        gateway_result_code=notification.gateway_result_code,
        interaction_status="Success" if notification.sf_result_code == "Success" else "Failed",
        interaction_type=INTERACTIONS.get(notification.kind, notification.kind),
        is_notification="Yes",
        response=notification.response,
        sf_ref_number=notification.idempotency_key,
        sf_result_code=notification.sf_result_code,
    )

    async def act(transaction: Transaction) -> bool:
        await transaction.save(Decision(new=(log,)))
        return True

    key = f"notification:{notification.notification_id}"
    await store.submit(Call(user_id=user_id, request_key=key, repeatable=True), act, bool)
