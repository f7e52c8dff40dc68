"""POST /commerce/payments/notify?provider={PaymentGatewayProviderId}: what providers say unasked.

Nobody signs in here: the gateway's own signature is what a message is believed for. It is answered once what it says is
stored, so a provider that hears nothing sends it again.
"""

from __future__ import annotations

from orderwright.gateways.configuration import ConfigurationError
from orderwright.gateways.protocol import InvalidNotification, Notifying
from orderwright.gateways.registry import UnknownGateway
from orderwright.objects.payment_method import PaymentGatewayProvider
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.execute import Answer
from orderwright.rest.router import checked_id
from orderwright.settlement.gateways import ConfiguredGateways
from orderwright.settlement.take_notification import take_notification
from orderwright.store.records import read_records

ACCEPTED = b"[accepted]"
"""What the published sample adapter answers."""


async def notify(context: Context) -> Answer:
    """What a payment gateway says unasked, passed to the gateway that `provider` names, body and headers untouched."""
    provider_id = checked_id(context.query.get("provider", ""), "PaymentGatewayProvider")
    async with context.store.database.main.acquire() as session:
        found = await read_records(session, PaymentGatewayProvider, [provider_id])
    if not found or not isinstance(context.gateways, ConfiguredGateways):
        raise HttpError("NOT_FOUND", f"there is no payment gateway provider {provider_id}")
    try:
        gateway = await context.gateways.of_provider(provider_id)
    except (ConfigurationError, UnknownGateway):
        # Said to anybody: what is missing here is not for them to know.
        raise HttpError("NOT_FOUND", "this payment gateway is not set up here") from None
    if not isinstance(gateway, Notifying):
        raise HttpError("NOT_FOUND", "this payment gateway sends no notifications")
    try:
        said = gateway.parse_notification(dict(context.received.headers), context.received.body)
    except InvalidNotification as error:
        raise HttpError("INVALID_SIGNATURE", f"nothing of this message is believed: {error}") from None
    if said is not None:
        await take_notification(context.store, said, found[0].created_by_id or "", provider_id)
    return Answer(200, ACCEPTED, {"Content-Type": "text/plain"})
