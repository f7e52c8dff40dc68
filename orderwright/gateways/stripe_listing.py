"""What moved at Stripe in some time, from its charges and refunds.

A charge is listed by when it was authorized. Captures and cancellations come later, by as much as an authorization may
last: so charges are asked for from that long before. Stripe lists the newest first, so all is read before any is given.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import stripe

from orderwright.arithmetic.money import InvalidAmount, UnknownCurrency
from orderwright.gateways.protocol import ListedTransaction, NotListed
from orderwright.gateways.stripe_answers import verdict_on
from orderwright.gateways.stripe_money import from_stripe_units
from orderwright.gateways.stripe_objects import (
    CAPTURE,
    KEY,
    VOID,
    BalanceTransaction,
    Intent,
    ListedCharge,
    Refund,
    moment,
)
from orderwright.gateways.stripe_records import StripeRecords

LONGEST_AUTHORIZATION = timedelta(days=31)
"""Stripe's longest are of 30 days (documented: place an extended hold)."""
_RELEASED_WITHIN = timedelta(seconds=5)
"""What a capture releases is kept as a refund by some versions of the API; it is made with the capture."""


async def list_account(records: StripeRecords, since: datetime, until: datetime) -> AsyncIterator[ListedTransaction]:
    """See `Listing.transactions`; times are whole seconds, as Stripe has them."""
    earliest = since - LONGEST_AUTHORIZATION
    try:
        charges = await records.charges_made(_seconds(earliest), _seconds(until))
        refunds = await records.refunds_made(_seconds(since), _seconds(until))
        moved = [*_of_charges(charges), *_of_refunds(refunds, {charge.id: charge for charge in charges})]
    except (stripe.StripeError, TimeoutError) as error:
        raise NotListed(f"Stripe's books could not be read: {verdict_on(error).message}") from error
    except (msgspec.ValidationError, UnknownCurrency, InvalidAmount) as error:
        raise NotListed(f"Stripe's books are not understood: {error}") from error
    for transaction in sorted(moved, key=lambda found: (found.booked_at, found.gateway_ref_number)):
        if since <= transaction.booked_at < until:
            yield transaction


def _of_charges(charges: list[ListedCharge]) -> Iterator[ListedTransaction]:
    for charge in charges:
        if charge.status == "succeeded":
            yield from _of_charge(charge)


def _of_charge(charge: ListedCharge) -> Iterator[ListedTransaction]:
    intent = charge.payment_intent
    if not isinstance(intent, Intent) or intent.is_sale:
        # Without an intent it is nothing of ours; money that it took counts all the same.
        if charge.captured:
            key = intent.metadata.get(KEY) if isinstance(intent, Intent) else None
            yield _listed("Sale", charge, charge.id, key, None, _captured(charge), _captured_at(charge))
        return
    keys, made = intent.metadata, moment(charge.created)
    yield _listed("Authorize", charge, intent.id, keys.get(KEY), None, charge.amount, made)
    if charge.captured:
        units = _captured(charge)
        yield _listed("Capture", charge, charge.id, keys.get(CAPTURE), intent.id, units, _captured_at(charge))
    # A void after a capture is agreed to, as the capture released the rest. What lapsed was not voided.
    is_voided = intent.status == "canceled" and intent.cancellation_reason != "automatic"
    if is_voided or (charge.captured and VOID in keys):
        units = intent.claimed(VOID) or intent.amount
        yield _listed("Void", charge, intent.id, keys.get(VOID), intent.id, units, _voided_at(intent) or made)


def _of_refunds(refunds: list[Refund], charges: Mapping[str, ListedCharge]) -> Iterator[ListedTransaction]:
    for refund in refunds:
        if refund.status == "succeeded" and not _is_release(refund, charges.get(refund.charge or "")):
            key, made = refund.metadata.get(KEY), moment(refund.created)
            yield _listed("Refund", refund, refund.id, key, refund.charge, refund.amount, made)


def _is_release(refund: Refund, charge: ListedCharge | None) -> bool:
    """Whether it is no money given back, but the part of an authorization that its capture or cancellation released."""
    if charge is None or KEY in refund.metadata:
        return False
    released = charge.amount - (_captured(charge) if charge.captured else 0)
    intent = charge.payment_intent
    ended = _captured_at(charge) if charge.captured else _voided_at(intent) if isinstance(intent, Intent) else None
    made = moment(refund.created)
    if ended is None or made is None:
        return False
    return refund.amount == released and abs(made - ended) <= _RELEASED_WITHIN


def _captured(charge: ListedCharge) -> int:
    """The amount taken, in Stripe's units."""
    if charge.amount_captured is not None:
        return charge.amount_captured
    intent = charge.payment_intent
    claimed = (intent.claimed(CAPTURE) or intent.amount_received) if isinstance(intent, Intent) else None
    return claimed or charge.amount


def _captured_at(charge: ListedCharge) -> datetime | None:
    entry = charge.balance_transaction
    return moment(entry.created if isinstance(entry, BalanceTransaction) else charge.created)


def _voided_at(intent: Intent) -> datetime | None:
    if intent.status == "canceled" and intent.canceled_at:
        return moment(intent.canceled_at)
    return intent.claimed_at(VOID)


def _listed(
    kind: Any,
    made: ListedCharge | Refund,
    number: str,
    key: str | None,
    drawn_on: str | None,
    units: int,
    booked_at: datetime | None,
) -> ListedTransaction:
    if booked_at is None:
        raise msgspec.ValidationError(f"{number} has no time")
    return ListedTransaction(
        kind=kind,
        gateway_ref_number=number,
        idempotency_key=key,
        drawn_on=drawn_on,
        amount=from_stripe_units(units, made.currency),
        currency_iso_code=made.currency.upper(),
        booked_at=booked_at,
    )


def _seconds(moment_: datetime) -> int:
    """The first whole second from the moment on."""
    return math.ceil(moment_.timestamp())
