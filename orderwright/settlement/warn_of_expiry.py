"""Authorizations that will expire soon, or have expired: each is told of once, by an event."""

from __future__ import annotations

import datetime as dt

import msgspec

from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.expire_authorization import warned
from orderwright.objects.definition import Id
from orderwright.objects.payment import OrderPaymentSummary, PaymentAuthorization
from orderwright.store.transaction import Call, Store, Transaction, read_record

BATCH = 100

# Not bound to a shard: along a partial index that holds only authorizations nobody was warned of yet.
EXPIRING = """
SELECT shard, id, created_by_id FROM payment_authorization
WHERE status = 'Processed' AND expiry_warned_at IS NULL AND expiration_date IS NOT NULL AND expiration_date <= $1
ORDER BY expiration_date LIMIT $2
"""
LISTED = """
SELECT coalesce(json_agg(json_build_object('authorization', row_to_json(a), 'order_number', s.order_number,
    'order_summary_id', s.id) ORDER BY a.expiration_date, a.id), '[]')
FROM (
    SELECT * FROM payment_authorization WHERE status = 'Processed' AND expiration_date <= $1 AND NOT is_deleted
    AND amount - total_payment_capture_amount - total_auth_reversal_amount > 0
    ORDER BY expiration_date LIMIT $2
) a
LEFT JOIN order_payment_summary p ON p.shard = a.shard AND p.id = a.order_payment_summary_id
LEFT JOIN order_summary s ON s.shard = p.shard AND s.id = p.order_summary_id
"""


class Expiring(msgspec.Struct, frozen=True, kw_only=True):
    """An authorization with money left on it, and the order it pays for, if it pays for one yet."""

    authorization: PaymentAuthorization
    order_number: str | None
    order_summary_id: Id | None


async def warn_of_expiry(store: Store, ahead: dt.timedelta) -> int:
    """Write the events of authorizations that expire within `ahead`; returns how many were looked at, at most BATCH."""
    rows = await store.database.main.fetch(EXPIRING, store.now() + ahead, BATCH)
    for row in rows:
        await _warn(store, row["shard"], row["id"], row["created_by_id"] or "")
    return len(rows)


async def read_expiring(store: Store, until: dt.datetime, most: int) -> list[Expiring]:
    """Authorizations with money left that expire before `until` or have expired, the oldest first."""
    text = await store.database.main.fetchval(LISTED, until, most)
    return msgspec.json.decode(text, type=list[Expiring])


async def _warn(store: Store, shard: int, authorization_id: Id, user_id: Id) -> None:
    async def act(transaction: Transaction) -> bool:
        found = await transaction.lock_record(authorization_id)
        if isinstance(found, PaymentAuthorization) and found.expiry_warned_at is None:
            order_summary_id = await _order_of(transaction, shard, found)
            after, event = warned(found, order_summary_id, transaction.now)
            new = () if event is None else (event,)
            await transaction.save(Decision(new=new, changed=(Change(found, after),)), shard)
        return True

    await store.submit(Call(user_id=user_id), act, bool)


async def _order_of(transaction: Transaction, shard: int, authorization: PaymentAuthorization) -> Id | None:
    if authorization.order_payment_summary_id is None:
        return None
    found = await read_record(transaction.session, "OrderPaymentSummary", shard, authorization.order_payment_summary_id)
    return found.order_summary_id if isinstance(found, OrderPaymentSummary) else None
