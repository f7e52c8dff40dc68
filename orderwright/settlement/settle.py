"""Requests that nobody settled in time: of an operation that was given up, of an answer that never came, of a gateway
that answers later. Their gateway is asked, at growing intervals, until it knows.
"""

from __future__ import annotations

import logging

from orderwright.decisions.record_answer import pause_before_asking
from orderwright.objects.definition import Id
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.settlement.carry_out import ask_again, carry_out
from orderwright.settlement.gateways import Gateways
from orderwright.settlement.open_request import OpenRequest, due_requests, postpone, read_request
from orderwright.store.transaction import Store

BATCH = 50

_log = logging.getLogger(__name__)


async def settle_due(store: Store, gateways: Gateways) -> int:
    """Ask about requests that are due, at most BATCH; returns how many were asked about.

    One that cannot be asked about now is logged and comes back later: the others go on.
    """
    asked = 0
    for shard, request_id in await due_requests(store, store.now(), BATCH):
        try:
            asked += await _settle(store, gateways, shard, request_id)
        except Exception:  # noqa: BLE001  # the others go on
            _log.exception("the request %s could not be settled now", request_id)
    return asked


async def _settle(store: Store, gateways: Gateways, shard: int, request_id: Id) -> bool:
    work = await read_request(store, shard, request_id)
    now = store.now()
    if work is None or work.request.state not in OPEN_REQUEST_STATES or (work.request.process_after or now) > now:
        return False
    # First its next time, then the question: of two who find it, one asks.
    if not await postpone(store, work.request, now + pause_before_asking(work.request.attempts)):
        return False
    await settle(store, gateways, work, work.request.created_by_id or "")
    return True


async def settle(store: Store, gateways: Gateways, work: OpenRequest, user_id: Id) -> str | None:
    """Ask about one request now; returns the gateway's result code, None when another has closed it meanwhile."""
    if work.request.state == "Open":
        response = await carry_out(store, gateways, work, user_id, sent_before=True)
    else:
        response = await ask_again(store, gateways, work, user_id)
    return response.sf_result_code if response else None
