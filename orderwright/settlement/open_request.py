"""Requests whose outcome is not known, with what a gateway needs to know beside them."""

from __future__ import annotations

import datetime as dt

import msgspec

from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.payment import Payment, PaymentAuthorization
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.store.transaction import Store

STATES = ", ".join(f"'{state}'" for state in OPEN_REQUEST_STATES)


class OpenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request with the authorization or the payment it draws on."""

    request: GatewayRequest
    authorization: PaymentAuthorization | None = None
    payment: Payment | None = None


_WHOLE = """
SELECT coalesce(json_agg(json_build_object(
    'request', row_to_json(r), 'authorization', row_to_json(a), 'payment', row_to_json(p)) ORDER BY r.id), '[]')
FROM gateway_request r
LEFT JOIN payment_authorization a ON a.shard = r.shard AND a.id = r.payment_authorization_id
LEFT JOIN payment p ON p.shard = r.shard AND p.id = r.payment_id
"""
OF_ORDER = f"{_WHOLE} WHERE r.shard = $1 AND r.order_summary_id = $2 AND r.state IN ({STATES})"
ONE = f"{_WHOLE} WHERE r.shard = $1 AND r.id = $2"
# Not bound to a shard: it looks for what nobody else settles, in all of them, along a partial index that holds only
# requests that are open.
DUE = f"""
SELECT shard, id FROM gateway_request WHERE state IN ({STATES}) AND process_after <= $1 ORDER BY process_after LIMIT $2
"""
POSTPONE = f"""
UPDATE gateway_request SET process_after = $3, attempts = attempts + 1
WHERE shard = $1 AND id = $2 AND state IN ({STATES}) AND process_after IS NOT DISTINCT FROM $4
RETURNING true
"""
SENDING = f"""
UPDATE gateway_request SET sendings = sendings + 1 WHERE shard = $1 AND id = $2 AND state IN ({STATES}) RETURNING true
"""
_decode = msgspec.json.Decoder(list[OpenRequest]).decode


async def open_requests(store: Store, shard: int, order_summary_id: Id) -> list[OpenRequest]:
    """The requests of one order whose outcome is not known, in the order in which they were made."""
    async with store.database.main.acquire() as session:
        return _decode(await session.fetchval(OF_ORDER, shard, order_summary_id))


async def read_request(store: Store, shard: int, request_id: Id) -> OpenRequest | None:
    """One request, whatever its state; None when there is none of this id."""
    async with store.database.main.acquire() as session:
        found = _decode(await session.fetchval(ONE, shard, request_id))
    return found[0] if found else None


async def due_requests(store: Store, now: dt.datetime, most: int) -> list[tuple[int, Id]]:
    """Shard and id of requests that nobody has settled by their time, the longest overdue first."""
    return [(row["shard"], row["id"]) for row in await store.database.main.fetch(DUE, now, most)]


async def postpone(store: Store, request: GatewayRequest, until: dt.datetime) -> bool:
    """Put the next question about `request` off; False when another was faster, who asks in our place."""
    done = await store.database.main.fetchval(POSTPONE, request.shard, request.id, until, request.process_after)
    return bool(done)


async def begin_sending(store: Store, request: GatewayRequest) -> bool:
    """Write down that `request` is about to be sent once more; False when it is closed, and must not be."""
    return bool(await store.database.main.fetchval(SENDING, request.shard, request.id))
