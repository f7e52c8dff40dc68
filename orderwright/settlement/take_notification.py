"""What a provider says unasked: it closes the request it is about, or is kept for somebody to look at."""

from __future__ import annotations

import datetime as dt

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
from orderwright.store.load import FUNDS
from orderwright.store.transaction import Call, Store, Transaction, find_shard

KINDS = {"Capture": ("Capture", "Sale"), "Refund": ("Refund",)}
"""The kinds of request that a notification of a kind can be about."""


FINAL = frozenset({"Success", "Decline", "PermanentFail", "ValidationError"})
"""Results after which nothing more is to come. A notification of another says nothing that was not known."""


async def take_notification(store: Store, notification: Notification, user_id: Id, provider_id: Id = "") -> str:
    """Return what became of it: recorded, known (it was told before, or says nothing), contradiction, or unknown. It is
    stored then.

    The same notification may come again at any time; `provider_id` tells whose it is, for providers number them each in
    its own way. Nothing is believed of one whose kind, amount or currency is not that of its request.
    """
    request = await _request(store, notification)
    # A message that nobody signed in for is recorded in the name of whoever asked for what it is about.
    user_id = user_id or (request.created_by_id if request else None) or await _first_user(store)
    call = Call(
        user_id=user_id, request_key=f"notification:{provider_id}:{notification.notification_id}", repeatable=True
    )
    if request is None:
        await _keep(store, notification, call)
        return "unknown"
    answer = _answer(notification)
    if not _is_about(notification, request) or contradicts(request, answer):
        await _contradict(store, request, notification, call)
        return "contradiction"
    if request.state not in OPEN_REQUEST_STATES or answer.sf_result_code not in FINAL:
        return "known"
    await record(store, request, answer, user_id)
    return "recorded"


async def _first_user(store: Store) -> Id:
    found: Id | None = await store.database.main.fetchval('SELECT min(id) FROM "user"')
    return found or ""


async def _request(store: Store, notification: Notification) -> GatewayRequest | None:
    request_id = to_15(notification.idempotency_key or "")
    if request_id is None or not request_id.startswith(GatewayRequest.ABOUT.key_prefix):
        return None
    async with store.database.main.acquire() as session:
        # It may have gone under an order with its payment.
        shard = await find_shard(session, request_id)
    found = await read_request(store, shard, request_id)
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
        f"a notification says {notification.kind} of {notification.amount:f} {notification.currency_iso_code}: "
        f"{notification.sf_result_code}; recorded is {request.kind} of {request.amount:f} {request.currency_iso_code}: "
        f"{request.state}. Nothing was booked; compare with the gateway's own books"
    )


async def _contradict(store: Store, request: GatewayRequest, notification: Notification, call: Call) -> None:
    """Keep a notification that cannot be true of its request, once; on an order somebody has to look at it."""

    async def act(transaction: Transaction) -> bool:
        log = _log(notification, request, transaction.now)
        if request.order_summary_id is not None:
            whole = await transaction.lock(FUNDS, request.order_summary_id)
            await transaction.save(decide_contradiction(whole, request, log, _words(notification, request)))
            return True
        await transaction.check_replay(request.shard)
        await transaction.save(Decision(new=(log,)), request.shard)
        return True

    await store.submit(call, act, bool)


async def _keep(store: Store, notification: Notification, call: Call) -> None:
    """Keep a notification about nothing of ours, once: a refund made in the provider's own pages, for example."""

    async def act(transaction: Transaction) -> bool:
        await transaction.save(Decision(new=(_log(notification, None, transaction.now),)))
        return True

    await store.submit(call, act, bool)


def _log(notification: Notification, request: GatewayRequest | None, now: dt.datetime) -> PaymentGatewayLog:
    return PaymentGatewayLog(
        id=NewIds()(),
        currency_iso_code=notification.currency_iso_code,
        gateway_date=notification.gateway_date or now,
        gateway_message=(notification.gateway_message or "")[:255] or None,
        gateway_ref_number=notification.gateway_ref_number,
        gateway_result_code=notification.gateway_result_code,
        interaction_status="Success" if notification.sf_result_code == "Success" else "Failed",
        interaction_type=INTERACTIONS.get(notification.kind, notification.kind),
        is_notification="Yes",
        order_payment_summary_id=request.order_payment_summary_id if request else None,
        payment_gateway_id=request.payment_gateway_id if request else None,
        referenced_entity_id=(
            request.made_id or request.payment_authorization_id or request.payment_id if request else None
        ),
        response=notification.response,
        sf_ref_number=(notification.idempotency_key or "")[:255] or None,
        sf_result_code=notification.sf_result_code,
    )
