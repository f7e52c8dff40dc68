"""The gateway of each payment: the one its PaymentGateway's provider names, else the one of the settings.

`PaymentGatewayProvider.DeveloperName` chooses it when a gateway of that name is installed. So one shop can take cards
through one gateway and gift cards through another.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from orderwright.clock import Clock
from orderwright.decisions.gateway_limits import GatewayLimits, Limits
from orderwright.gateways.protocol import Gateway
from orderwright.gateways.registry import known_gateways, open_gateway
from orderwright.objects.definition import Id
from orderwright.objects.payment_method import PaymentGateway, PaymentGatewayProvider
from orderwright.store.database import Database
from orderwright.store.ids import shard_of
from orderwright.store.transaction import NotFound, read_record

REMEMBERED_SECONDS = 60
"""How long the name of a PaymentGateway's provider is believed without looking again."""


class Gateways(Protocol):
    """Finds the gateway of a payment."""

    async def of(self, payment_gateway_id: Id | None) -> Gateway:
        """The gateway behind a PaymentGateway; for None, the one of the settings."""
        ...


class _Known(NamedTuple):
    name: str
    until: float


class ConfiguredGateways:
    """Gateways opened when they are needed first, and kept until `close`."""

    def __init__(self, database: Database, default: str, *, environment: Mapping[str, str], clock: Clock) -> None:
        self._database = database
        self._default = default
        self._environment = environment
        self._clock = clock
        self._opened: dict[str, Gateway] = {}
        self._names: dict[Id, _Known] = {}
        self._opening = asyncio.Lock()

    async def of(self, payment_gateway_id: Id | None) -> Gateway:
        """See `Gateways`. Raises UnknownGateway, and ConfigurationError for one that is not set up."""
        return await self.called(await self.name_of(payment_gateway_id))

    async def called(self, name: str) -> Gateway:
        """The gateway of this name. Raises UnknownGateway and ConfigurationError."""
        known = self._opened.get(name)
        if known is not None:
            return known
        async with self._opening:
            if name not in self._opened:
                self._opened[name] = await open_gateway(
                    name, environment=self._environment, database_url=self._database.url, clock=self._clock
                )
        return self._opened[name]

    async def of_provider(self, provider_id: Id) -> Gateway:
        """The gateway that a PaymentGatewayProvider names. Raises NotFound."""
        async with self._database.main.acquire() as session:
            provider = await read_record(session, "PaymentGatewayProvider", shard_of(provider_id), provider_id)
        return await self.called(self._installed(provider))

    async def name_of(self, payment_gateway_id: Id | None) -> str:
        """The name of the gateway behind a PaymentGateway; for None, of the one of the settings."""
        if payment_gateway_id is None:
            return self._default
        known = self._names.get(payment_gateway_id)
        if known is None or known.until < time.monotonic():
            known = _Known(await self._read_name(payment_gateway_id), time.monotonic() + REMEMBERED_SECONDS)
            self._names[payment_gateway_id] = known
        return known.name

    async def _read_name(self, payment_gateway_id: Id) -> str:
        async with self._database.main.acquire() as session:
            try:
                found = await read_record(session, "PaymentGateway", shard_of(payment_gateway_id), payment_gateway_id)
                if not isinstance(found, PaymentGateway):
                    return self._default
                provider_id = found.payment_gateway_provider_id
                provider = await read_record(session, "PaymentGatewayProvider", shard_of(provider_id), provider_id)
            except NotFound:
                return self._default
        return self._installed(provider)

    def _installed(self, provider: object) -> str:
        name = provider.developer_name if isinstance(provider, PaymentGatewayProvider) else None
        return name if name in known_gateways() else self._default

    async def close(self) -> None:
        """Close all that were opened."""
        opened, self._opened = self._opened, {}
        for gateway in opened.values():
            await gateway.close()


class OneGateway:
    """The same gateway for every payment."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def of(self, payment_gateway_id: Id | None) -> Gateway:  # noqa: ARG002 - all are the same
        """See `Gateways`."""
        return self._gateway


async def limits_of_gateways(gateways: Gateways, payment_gateway_ids: Iterable[Id | None]) -> Limits:
    """What the gateways of some payments cannot do, for a plan."""
    found = {}
    for payment_gateway_id in set(payment_gateway_ids):
        able = (await gateways.of(payment_gateway_id)).capabilities
        found[payment_gateway_id] = GatewayLimits(
            partial_capture=able.partial_capture,
            multiple_capture=able.multiple_capture,
            partial_refund=able.partial_refund,
        )
    return found
