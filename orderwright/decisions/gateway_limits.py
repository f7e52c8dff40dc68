"""What the gateways of an order's payments cannot do, as far as it changes a plan."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from orderwright.objects.definition import Id


class GatewayLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an authorization may be captured in part, and more than once, and a payment refunded in part."""

    partial_capture: bool = True
    multiple_capture: bool = True
    partial_refund: bool = True


UNLIMITED = GatewayLimits()

Limits = Mapping[Id | None, GatewayLimits]
"""By PaymentGateway, None for payments that name none; a gateway that is missing has no limits."""

NO_LIMITS: Limits = {}


def limits_of(limits: Limits, payment_gateway_id: Id | None) -> GatewayLimits:
    """The limits of one gateway."""
    return limits.get(payment_gateway_id, UNLIMITED)
