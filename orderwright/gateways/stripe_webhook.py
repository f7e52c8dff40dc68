"""Stripe's webhooks: which of its events are news of a capture or a refund."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import stripe

from orderwright.arithmetic.money import InvalidAmount, UnknownCurrency
from orderwright.gateways.configuration import Secret
from orderwright.gateways.protocol import InvalidNotification, Notification
from orderwright.gateways.stripe_answers import refund_verdict
from orderwright.gateways.stripe_money import from_stripe_units
from orderwright.gateways.stripe_objects import CAPTURE, KEY, Intent, Refund, moment

SIGNATURE = "stripe-signature"
WINDOW_SECONDS = 300
REFUND_EVENTS = {"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}
CAPTURE_EVENT = "payment_intent.succeeded"


class _Data(msgspec.Struct, frozen=True):
    object: dict[str, Any]


class _Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    data: _Data
    created: int = 0


def parse_webhook(secret: Secret | None, headers: Mapping[str, str], body: bytes) -> Notification | None:
    """Return the news in a signed event, None if there is none. Raises InvalidNotification."""
    if secret is None:
        raise InvalidNotification("No webhook secret is configured, so no event can be verified")
    signature = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE)
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret.reveal(), WINDOW_SECONDS)
        return _news(msgspec.json.decode(body, type=_Event))
    except stripe.SignatureVerificationError as error:
        raise InvalidNotification(f"The event is refused: {error.user_message}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, UnknownCurrency, InvalidAmount) as error:
        raise InvalidNotification(f"The event is not understood: {error}") from None


def _news(event: _Event) -> Notification | None:
    if event.type in REFUND_EVENTS:
        return _of_refund(event, msgspec.convert(event.data.object, Refund))
    if event.type == CAPTURE_EVENT:
        return _of_capture(event, msgspec.convert(event.data.object, Intent))
    return None


def _of_refund(event: _Event, refund: Refund) -> Notification | None:
    """A refund with a final state. One without our key was made by hand in Stripe's pages."""
    verdict = refund_verdict(refund)
    if verdict.sf_result_code == "Indeterminate":
        return None
    return Notification(
        notification_id=event.id,
        kind="Refund",
        idempotency_key=refund.metadata.get(KEY),
        gateway_ref_number=refund.id,
        sf_result_code=verdict.sf_result_code,
        gateway_result_code=verdict.code,
        gateway_message=verdict.message,
        amount=from_stripe_units(refund.amount, refund.currency),
        currency_iso_code=refund.currency.upper(),
        gateway_date=moment(event.created),
        response=msgspec.json.encode(refund).decode(),
    )


def _of_capture(event: _Event, intent: Intent) -> Notification | None:
    """The capture of an authorization of ours, without a key if it was made by hand in Stripe's pages; or a sale."""
    if not intent.metadata.keys() & {KEY, CAPTURE}:
        return None
    units = intent.amount_received or intent.claimed(CAPTURE) or intent.amount
    return Notification(
        notification_id=event.id,
        kind="Capture",
        idempotency_key=intent.metadata.get(KEY if intent.is_sale else CAPTURE),
        gateway_ref_number=intent.charge_id,
        sf_result_code="Success",
        gateway_result_code=intent.status,
        gateway_message="Captured",
        amount=from_stripe_units(units, intent.currency),
        currency_iso_code=intent.currency.upper(),
        gateway_date=moment(event.created),
        response=msgspec.json.encode(intent).decode(),
    )
