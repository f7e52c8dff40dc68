"""A capture, refund or reversal asked for directly, of money under an order or of none: the request, written first.

What the gateway says is another decision (`record_answer.py`). No document is settled by these: a captured amount
waits as the payment's balance, a refund gives back what was not applied first, as excess funds do.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.arithmetic.money import is_at_scale, round_money, scale_of
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import (
    InsufficientFunds,
    InvalidCrossReference,
    InvalidInput,
    InvalidOperation,
    InvalidStatus,
    NumberOutsideValidRange,
)  # fmt: skip
from orderwright.decisions.funds import funds_decision, money_decision, roll_up_funds, roll_up_money
from orderwright.decisions.gateway_limits import UNLIMITED, GatewayLimits
from orderwright.decisions.plan_funds import capturable, is_expired
from orderwright.decisions.plan_refunds import refundable
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.payment import Payment, PaymentAuthorization
from orderwright.objects.whole import Funds, WholeSummary, find

ZERO = Decimal(0)
SETTLED_BY_ITSELF_AFTER = dt.timedelta(minutes=2)
"""When a request is asked about whose caller was cut off before it heard the gateway's answer."""

Money = WholeSummary | Funds
"""The order whose money moves, or the money around one payment that belongs to no order."""


class VoidLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a gateway releases authorizations, and parts of what is left of one."""

    void: bool = True
    partial_void: bool = True


ANY_VOID = VoidLimits()


class PaymentWishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asks for. `details` go into the record that comes of it, by record names."""

    amount: Decimal
    account_id: Id | None = None
    details: dict[str, Any] = msgspec.field(default_factory=dict)


def decide_capture(
    money: Money, authorization_id: Id, wishes: PaymentWishes, now: dt.datetime, limits: GatewayLimits = UNLIMITED
) -> tuple[Decision, GatewayRequest]:
    """Return the request to capture `wishes.amount`, in the authorization's currency.

    Raises InvalidStatus for one that is not Processed or has expired, NumberOutsideValidRange, InvalidInput,
    InsufficientFunds above what is left of it, InvalidOperation for what its gateway cannot do.
    Source: returns-payments-inventory.yaml#payments.capture (documented; the limit is inferred, decisions.md M13).
    """
    authorization = _authorization(money, authorization_id)
    _check_processed(authorization)
    if is_expired(authorization, now):
        raise InvalidStatus(
            f"payment authorization {authorization.id} expired at {authorization.expiration_date}: it cannot be "
            "captured any more; authorize anew",
            "authorizationId",
        )
    amount = _amount(wishes, authorization.currency_iso_code)
    left = capturable(authorization, now)
    if amount > left:
        raise InsufficientFunds(
            f"amount is {amount:f}, and {left:f} {authorization.currency_iso_code} of payment authorization "
            f"{authorization.id} can be captured; ask for at most that",
            "amount",
        )
    _check_possible(authorization, amount, limits, now)
    request = _drawn(money, "Capture", amount, authorization, wishes, now)
    return _asked(money, msgspec.structs.replace(request, payment_authorization_id=authorization.id))


def decide_refund(
    money: Money, payment_id: Id, wishes: PaymentWishes, now: dt.datetime, limits: GatewayLimits = UNLIMITED
) -> tuple[Decision, GatewayRequest]:
    """Return the request to refund `wishes.amount`, in the payment's currency.

    Raises InvalidStatus for one that is not Processed, NumberOutsideValidRange, InvalidInput, InsufficientFunds above
    what is left of it, InvalidOperation for a part where the gateway refunds only the whole.
    Source: returns-payments-inventory.yaml#payments.refund (documented; the limit: decisions.md M3, inferred).
    """
    payment = find(_funds(money).payments, payment_id)
    if payment is None:
        raise InvalidCrossReference(f"payment {payment_id} is not there any more", "paymentId")
    _check_processed(payment)
    amount = _amount(wishes, payment.currency_iso_code)
    left = refundable(payment)
    if amount > left:
        raise InsufficientFunds(
            f"amount is {amount:f}, and {left:f} {payment.currency_iso_code} of payment {payment.id} can be refunded; "
            "ask for at most that",
            "amount",
        )
    if amount < payment.amount and not limits.partial_refund:
        raise InvalidOperation(
            f"the gateway refunds only the whole payment of {payment.amount:f} {payment.currency_iso_code}", "amount"
        )
    request = _drawn(money, "Refund", amount, payment, wishes, now)
    # Money of no order hangs together by its authorization, if it had one.
    around = payment.payment_authorization_id if not isinstance(money, WholeSummary) else None
    return _asked(money, msgspec.structs.replace(request, payment_id=payment.id, payment_authorization_id=around))


def decide_reverse_authorization(
    money: Money, authorization_id: Id, wishes: PaymentWishes, now: dt.datetime, limits: VoidLimits = ANY_VOID
) -> tuple[Decision, GatewayRequest]:
    """Return the request to release `wishes.amount` of an authorization, in its currency.

    The amount may be more than is left: the gateway decides. Raises InvalidStatus, NumberOutsideValidRange,
    InvalidInput, InvalidCrossReference for another account than the authorization's, InvalidOperation for what its
    gateway cannot do.
    Source: returns-payments-inventory.yaml#payments.reverse-authorization (documented).
    """
    authorization = _authorization(money, authorization_id)
    _check_processed(authorization)
    if wishes.account_id is not None and wishes.account_id != authorization.account_id:
        raise InvalidCrossReference(
            f"accountId is {wishes.account_id}, and payment authorization {authorization.id} belongs to "
            f"{authorization.account_id or 'no account'}; leave it out, or send that one",
            "accountId",
        )
    amount = _amount(wishes, authorization.currency_iso_code)
    _check_releasable(authorization, amount, limits)
    request = _drawn(money, "Reversal", amount, authorization, wishes, now)
    return _asked(money, msgspec.structs.replace(request, payment_authorization_id=authorization.id))


def decide_charge(
    kind: str,
    currency: str,
    payment_gateway_id: Id,
    payment_method_id: Id,
    wishes: PaymentWishes,
    now: dt.datetime,
) -> tuple[Decision, GatewayRequest]:
    """Return the request for an Authorization, a PostAuth or a Sale on a payment method: money of no order yet.

    Raises NumberOutsideValidRange and InvalidInput for the amount.
    Source: returns-payments-inventory.yaml#payments.authorize, post-auth, sale (documented).
    """
    request = GatewayRequest(
        id=NewIds()(),
        kind=kind,
        amount=_amount(wishes, currency),
        currency_iso_code=currency,
        payment_gateway_id=payment_gateway_id,
        payment_method_id=payment_method_id,
        process_after=now + SETTLED_BY_ITSELF_AFTER,
        details=_details(wishes),
    )
    return Decision(new=(request,)), request


def _funds(money: Money) -> Funds:
    return money.funds if isinstance(money, WholeSummary) else money


def _authorization(money: Money, authorization_id: Id) -> PaymentAuthorization:
    found = find(_funds(money).authorizations, authorization_id)
    if found is None:
        raise InvalidCrossReference(f"payment authorization {authorization_id} is not there any more")
    return found


def _check_processed(record: PaymentAuthorization | Payment) -> None:
    if record.status != "Processed":
        what = "payment authorization" if isinstance(record, PaymentAuthorization) else "payment"
        raise InvalidStatus(f"{what} {record.id} is {record.status}; only a Processed one can be used", "status")


def _amount(wishes: PaymentWishes, currency: str | None) -> Decimal:
    code = currency or ""
    scale = scale_of(code)
    if wishes.amount <= 0:
        raise InvalidInput(f"amount is {wishes.amount:f}; send an amount above zero", "amount")
    if not is_at_scale(wishes.amount, scale):
        raise NumberOutsideValidRange(
            f"amount is {wishes.amount:f}, and amounts in {code} have at most {scale} decimals; send it rounded",
            "amount",
        )
    return round_money(wishes.amount, scale)


def _check_possible(
    authorization: PaymentAuthorization, amount: Decimal, limits: GatewayLimits, now: dt.datetime
) -> None:
    if capturable(authorization, now, limits) < amount:
        raise InvalidOperation(
            f"the gateway captures an authorization only once, and {authorization.id} was captured before; authorize "
            "anew",
            "authorizationId",
        )
    if not limits.partial_capture and amount < authorization.amount:
        raise InvalidOperation(
            f"the gateway captures only the whole authorization of {authorization.amount:f} "
            f"{authorization.currency_iso_code}",
            "amount",
        )


def _check_releasable(authorization: PaymentAuthorization, amount: Decimal, limits: VoidLimits) -> None:
    if not limits.void:
        raise InvalidOperation("the gateway releases no authorizations; they expire by themselves", "authorizationId")
    left = authorization.balance - authorization.open_capture_amount - authorization.unsettled_reversal_amount
    if amount < left and not limits.partial_void:
        raise InvalidOperation(
            f"the gateway releases only all that is left of an authorization: {left:f} "
            f"{authorization.currency_iso_code}",
            "amount",
        )


def _drawn(
    money: Money,
    kind: str,
    amount: Decimal,
    source: PaymentAuthorization | Payment,
    wishes: PaymentWishes,
    now: dt.datetime,
) -> GatewayRequest:
    return GatewayRequest(
        id=NewIds()(),
        kind=kind,
        amount=amount,
        currency_iso_code=source.currency_iso_code or "",
        order_summary_id=money.summary.id if isinstance(money, WholeSummary) else None,
        order_payment_summary_id=source.order_payment_summary_id,
        payment_gateway_id=source.payment_gateway_id,
        process_after=now + SETTLED_BY_ITSELF_AFTER,
        details=_details(wishes),
    )


def _details(wishes: PaymentWishes) -> dict[str, Any]:
    own = {} if wishes.account_id is None else {"account_id": wishes.account_id}
    return {name: value for name, value in (own | wishes.details).items() if value is not None}


def _asked(money: Money, request: GatewayRequest) -> tuple[Decision, GatewayRequest]:
    funds = _funds(money)
    asked = msgspec.structs.replace(funds, requests=(*funds.requests, request))
    if isinstance(money, WholeSummary):
        after = roll_up_funds(msgspec.structs.replace(money, funds_part=asked))
        return funds_decision(money, after), request
    return money_decision(money, roll_up_money(asked)), request
