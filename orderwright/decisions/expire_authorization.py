"""Authorizations that lapse: a warning in time, and a new one in place of an old one where that is allowed.

An authorization whose ExpirationDate has come is not captured (semantics.md §15.9, documented). What follows from it,
the warning and the new authorization, is ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.funds import ABANDONED_AFTER
from orderwright.decisions.plan_funds import is_expired
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.event import Event
from orderwright.objects.identity import NewIds
from orderwright.objects.payment import PaymentAuthAdjustment, PaymentAuthorization
from orderwright.objects.whole import Funds, WholeSummary, find

ZERO = Decimal(0)
EXPIRING = "PaymentAuthorizationExpiringEvent"
REPLACES = "replaces"
"""Where a request's details keep the id of the expired authorization it stands in for."""


def warned(
    authorization: PaymentAuthorization, order_summary_id: Id | None, now: dt.datetime
) -> tuple[PaymentAuthorization, Event | None]:
    """`authorization` marked as warned of, and the event; none when nothing is left of it to lose."""
    marked = msgspec.structs.replace(authorization, expiry_warned_at=now)
    left = authorization.balance - authorization.unsettled_reversal_amount
    if left <= 0 or authorization.expiration_date is None:
        return marked, None
    payload = {
        "PaymentAuthorizationId": authorization.id,
        "OrderPaymentSummaryId": authorization.order_payment_summary_id,
        "OrderSummaryId": order_summary_id,
        "ExpirationDate": authorization.expiration_date.isoformat(),
        "IsExpired": is_expired(authorization, now),
        "Balance": f"{left:f}",
        "CurrencyIsoCode": authorization.currency_iso_code,
    }
    event = Event(id=NewIds()(), name=EXPIRING, order_summary_id=order_summary_id, payload=payload)
    return marked, event


def renewals(
    whole: WholeSummary,
    operation: BackgroundOperation,
    lacking: Decimal,
    able: Sequence[Id],
    now: dt.datetime,
) -> tuple[GatewayRequest, ...]:
    """Requests for new authorizations in place of expired ones, until `lacking` is covered; the oldest first.

    `able`: the expired authorizations that may be made anew: their gateway can, and has a token of the method. One
    that is being made anew already is not asked for twice, and covers what it will.
    """
    ids = NewIds()
    made: list[GatewayRequest] = []
    under_way = {r.details.get(REPLACES): r for r in whole.funds.requests if r.kind == "Authorization"}
    for old in whole.funds.authorizations:
        left = _left(old, now)
        if lacking <= 0 or left <= 0 or old.id not in able:
            continue
        known = under_way.get(old.id)
        amount = known.amount if known else min(left, lacking)
        lacking -= amount
        if known is None:
            made.append(_renewal(whole, operation, old, amount, ids(), now))
    return tuple(made)


def _left(authorization: PaymentAuthorization, now: dt.datetime) -> Decimal:
    if authorization.status != "Processed" or not is_expired(authorization, now):
        return ZERO
    taken = authorization.open_capture_amount + authorization.unsettled_reversal_amount
    return max(ZERO, authorization.balance - taken)


def _renewal(
    whole: WholeSummary,
    operation: BackgroundOperation,
    old: PaymentAuthorization,
    amount: Decimal,
    request_id: Id,
    now: dt.datetime,
) -> GatewayRequest:
    return GatewayRequest(
        id=request_id,
        kind="Authorization",
        amount=amount,
        currency_iso_code=whole.summary.currency_iso_code or "",
        order_summary_id=whole.summary.id,
        order_payment_summary_id=old.order_payment_summary_id,
        background_operation_id=operation.id,
        payment_gateway_id=old.payment_gateway_id,
        payment_method_id=old.payment_method_id,
        process_after=now + ABANDONED_AFTER,
        details={
            REPLACES: old.id,
            "account_id": old.account_id,
            "payment_group_id": old.payment_group_id,
            "comments": f"in place of {old.payment_authorization_number or old.id}, which has expired",
        },
    )


def replaced_authorization(
    funds: Funds, request: GatewayRequest, ids: NewIds, now: dt.datetime
) -> PaymentAuthAdjustment | None:
    """What a new authorization takes off the expired one it replaces: a reversal of the same amount.

    So the payment summary counts the money once. None for a request that replaces nothing.
    """
    old = find(funds.authorizations, request.details.get(REPLACES))
    if old is None:
        return None
    return PaymentAuthAdjustment(
        id=ids(),
        account_id=old.account_id,
        amount=request.amount,
        comments="expired, and authorized anew",
        currency_iso_code=request.currency_iso_code,
        date=now,
        effective_date=now,
        payment_authorization_id=old.id,
        processing_mode="External",
        status="Processed",
        type="Reversal",
    )
