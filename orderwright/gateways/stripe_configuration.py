"""How Stripe is configured."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from orderwright.gateways.configuration import Secret


class StripeConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The variables ORDERWRIGHT_GATEWAY_STRIPE_…"""

    secret_key: Secret
    """Starts with sk_, or with rk_ for one that may do less: it needs PaymentIntents and Charges (refunds) to write."""
    webhook_secret: Secret | None = None
    """Starts with whsec_; unset: no event is believed."""
    api_base: Annotated[str, Meta(pattern=r"^https?://[^/\s]+$")] = "https://api.stripe.com"
    connect_timeout_seconds: Annotated[float, Meta(gt=0, le=120)] = 5
    timeout_seconds: Annotated[float, Meta(gt=0, le=120)] = 30
    look_back: Annotated[int, Meta(ge=100, le=100_000)] = 1000
    """How many of the newest objects are searched for a key when nothing else is known of it."""
