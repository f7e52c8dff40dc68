"""Notifications as the HTTP contract has them: the JSON, its signature, and the `Notification` it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

import msgspec

from orderwright.arithmetic.money import UnknownCurrency, is_at_scale, plain, scale_of
from orderwright.gateways.configuration import Secret
from orderwright.gateways.protocol import InvalidNotification, Notification, SfResultCode
from orderwright.gateways.signing import NOTIFICATION, NotSigned, sign, verify


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a notification. `result` is an SfResultCode; `amount` is text, positive, at its currency's scale."""

    notification_id: str
    kind: Literal["Capture", "Refund"]
    idempotency_key: str | None = None
    gateway_ref_number: str | None = None
    result: SfResultCode
    gateway_result_code: str | None = None
    gateway_message: str | None = None
    amount: Decimal
    currency_iso_code: str
    gateway_date: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class Message(NamedTuple):
    """One HTTP POST to the notification endpoint."""

    headers: Mapping[str, str]
    body: bytes


def signed_notice(secret: Secret, notice: Notice, now: datetime) -> Message:
    """Return the notice ready to be sent."""
    body = msgspec.json.encode(notice)
    return Message({"Content-Type": "application/json", **sign(secret, NOTIFICATION, "", body, now)}, body)


def parse_notice(secret: Secret | None, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
    """Return what a signed notice says. Raises InvalidNotification; without a secret, for every message."""
    if secret is None:
        raise InvalidNotification("This gateway has no secret to verify notifications with")
    try:
        verify(secret, NOTIFICATION, "", headers, body, now)
        notice = msgspec.json.decode(body, type=Notice)
        _refuse_unless_money(notice)
    except (NotSigned, msgspec.DecodeError, UnknownCurrency) as error:
        raise InvalidNotification(f"The notification is refused: {error}") from None
    fields = msgspec.structs.asdict(notice)
    result = fields.pop("result")
    return Notification(**fields, sf_result_code=result, response=body.decode())


def _refuse_unless_money(notice: Notice) -> None:
    # The scale first: NaN, which compares with nothing, has none.
    if not is_at_scale(notice.amount, scale_of(notice.currency_iso_code)) or notice.amount <= 0:
        raise msgspec.ValidationError(f"{plain(notice.amount)} is no amount of {notice.currency_iso_code}")
    if not (notice.idempotency_key or notice.gateway_ref_number):
        raise msgspec.ValidationError("it names neither an idempotency key nor a gateway_ref_number")
