"""Asks for new authorizations in place of expired ones, when an invoice cannot be funded without them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from orderwright.decisions.expire_authorization import renewals
from orderwright.decisions.funds import funds_decision, roll_up_funds
from orderwright.decisions.plan_funds import FundsWishes, is_expired, lacking_funds
from orderwright.objects.background_operation import BackgroundOperation
from orderwright.objects.definition import Id
from orderwright.objects.payment import Payment, PaymentAuthorization
from orderwright.objects.registry import definition_of
from orderwright.objects.whole import WholeSummary
from orderwright.settlement.gateways import Gateways, limits_of_gateways
from orderwright.store.load import FUNDS
from orderwright.store.records import read_records
from orderwright.store.transaction import Call, Store, Transaction

ZERO = Decimal(0)


async def reauthorize(store: Store, gateways: Gateways, operation: BackgroundOperation) -> None:
    """Write requests for the authorizations that the operation lacks, if expired ones can be made anew."""
    wishes = msgspec.convert(operation.input, FundsWishes)
    whole = await store.preview(FUNDS, operation.order_summary_id)
    sources: list[PaymentAuthorization | Payment] = [*whole.funds.authorizations, *whole.funds.payments]
    limits = await limits_of_gateways(gateways, [source.payment_gateway_id for source in sources])
    if lacking_funds(whole, wishes, store.now(), limits) <= ZERO:
        return
    able = await _able(store, gateways, whole)
    if not able:
        return

    async def act(transaction: Transaction) -> bool:
        whole = await transaction.lock(FUNDS, operation.order_summary_id)
        lacking = lacking_funds(whole, wishes, transaction.now, limits)
        requests = renewals(whole, operation, lacking, able, transaction.now)
        if requests:
            funds = msgspec.structs.replace(whole.funds, requests=(*whole.funds.requests, *requests))
            after = roll_up_funds(msgspec.structs.replace(whole, funds_part=funds))
            await transaction.save(funds_decision(whole, after))
        return True

    await store.submit(Call(user_id=operation.created_by_id or ""), act, bool)


async def _able(store: Store, gateways: Gateways, whole: WholeSummary) -> list[Id]:
    """The expired authorizations whose gateway can authorize again, and has a token to do it with."""
    now = store.now()
    expired = [a for a in whole.funds.authorizations if is_expired(a, now)]
    return [a.id for a in expired if await _can(store, gateways, a)]


async def _can(store: Store, gateways: Gateways, authorization: PaymentAuthorization) -> bool:
    method_id = authorization.payment_method_id
    definition = definition_of(method_id or "")
    if method_id is None or definition is None:
        return False
    if not (await gateways.of(authorization.payment_gateway_id)).capabilities.reauthorize:
        return False
    async with store.database.main.acquire() as session:
        found = await read_records(session, definition.record, [method_id])
    return bool(found and getattr(found[0], "gateway_token", None))
