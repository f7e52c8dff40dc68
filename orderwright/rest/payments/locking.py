"""The money a payment call is about: found wherever it is, and locked as a whole.

An authorization or payment may be put under an order at any moment, and may leave its shard for it. So what was read
before a lock is looked at again once the lock is held.
"""

from __future__ import annotations

from orderwright.decisions.errors import InvalidStatus
from orderwright.decisions.gateway_limits import GatewayLimits
from orderwright.decisions.move_payment import Money
from orderwright.gateways.protocol import Gateway
from orderwright.objects.definition import Id
from orderwright.objects.payment import OrderPaymentSummary, Payment, PaymentAuthorization
from orderwright.objects.registry import definition_of
from orderwright.objects.whole import Funds, find
from orderwright.rest.context import Context
from orderwright.rest.payments.methods import reached
from orderwright.settlement.gateways import limits_of_gateways
from orderwright.store.database import Session
from orderwright.store.ids import shard_of
from orderwright.store.load import FUNDS
from orderwright.store.load_payment import AROUND_AUTHORIZATION, AROUND_PAYMENT
from orderwright.store.transaction import NotFound, Transaction, find_shard, read_record

Drawn = PaymentAuthorization | Payment


async def lock_money(transaction: Transaction, record_id: Id) -> Money:
    """The order whose money an authorization or payment is, or what hangs on it when it has none; locked.

    Raises NotFound, InvalidStatus while it is on its way to its order.
    """
    # The answer of an earlier call under the same key stays where the record was then.
    await transaction.check_replay(shard_of(record_id))
    shard = await transaction.find_shard(record_id)
    record = await _read(transaction.session, shard, record_id)
    if record.order_payment_summary_id is None:
        try:
            money = await _lock_around(transaction, record)
        except NotFound:
            # It went while this call waited for it.
            raise await _gone(transaction.session, record_id) from None
        record = _in(money, record_id)
        if record.order_payment_summary_id is None:
            return money
    return await _lock_order(transaction, shard, record.order_payment_summary_id)


async def _lock_around(transaction: Transaction, record: Drawn) -> Funds:
    if isinstance(record, PaymentAuthorization):
        return await transaction.lock(AROUND_AUTHORIZATION, record.id)
    if record.payment_authorization_id is not None:
        return await transaction.lock(AROUND_AUTHORIZATION, record.payment_authorization_id)
    return await transaction.lock(AROUND_PAYMENT, record.id)


async def _lock_order(transaction: Transaction, shard: int, payment_summary_id: Id | None) -> Money:
    if payment_summary_id is None:
        raise NotFound("")
    summary = await read_record(transaction.session, "OrderPaymentSummary", shard, payment_summary_id)
    if not isinstance(summary, OrderPaymentSummary):
        raise NotFound(payment_summary_id)
    return await transaction.lock(FUNDS, summary.order_summary_id)


def _in(money: Funds, record_id: Id) -> Drawn:
    found = find(money.authorizations, record_id) or find(money.payments, record_id)
    if found is None:
        raise NotFound(record_id)
    return found


async def _read(session: Session, shard: int, record_id: Id) -> Drawn:
    definition = definition_of(record_id)
    if definition is None:
        raise NotFound(record_id)
    try:
        found = await read_record(session, definition.name, shard, record_id)
    except NotFound:
        raise await _gone(session, record_id) from None
    if not isinstance(found, Drawn):
        raise NotFound(record_id)
    return found


async def _gone(session: Session, record_id: Id) -> NotFound | InvalidStatus:
    """Why a record is not where it should be."""
    if await find_shard(session, record_id) == shard_of(record_id):
        return NotFound(record_id)
    return InvalidStatus(f"{record_id} is being put under an order at this moment; send the same again shortly")


async def limits_around(context: Context, record_id: Id) -> GatewayLimits:
    """What the gateway of an authorization or payment cannot do. Raises NotFound, InvalidStatus, InvalidOperation."""
    gateway_id = await _gateway_id(context, record_id)
    await reached(context, gateway_id)
    return (await limits_of_gateways(context.gateways, [gateway_id]))[gateway_id]


async def gateway_around(context: Context, record_id: Id) -> Gateway:
    """The gateway of an authorization or payment. Raises NotFound, InvalidStatus, InvalidOperation."""
    return await reached(context, await _gateway_id(context, record_id))


async def _gateway_id(context: Context, record_id: Id) -> Id | None:
    async with context.store.database.main.acquire() as session:
        return (await _read(session, await find_shard(session, record_id), record_id)).payment_gateway_id
