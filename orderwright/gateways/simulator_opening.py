"""The simulator as it is configured and opened by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec

from orderwright.gateways.configuration import Secret
from orderwright.gateways.simulator import Simulator, open_pool
from orderwright.gateways.surroundings import Surroundings


class SimulatorConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The variables ORDERWRIGHT_GATEWAY_SIMULATOR_…. Days and seconds of the system's one clock."""

    authorization_days: Annotated[float, msgspec.Meta(gt=0)] | None = None
    """How long authorizations made here can be captured; unset: for ever."""
    settle_seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None
    """How long captures and refunds take to settle; unset: no time, and no notification; 0: no time, but notified."""
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=120)] = 10
    """How long an answer is waited for, in real time; a slower one is Indeterminate."""
    notification_secret: Secret | None = None
    """What its notifications are signed with; unset: it sends none and believes none."""


async def open_simulator(surroundings: Surroundings) -> Simulator:
    """Return a Simulator whose books are in the surroundings' own database. Raises ConfigurationError."""
    configuration = surroundings.configuration(SimulatorConfiguration)
    days, seconds = configuration.authorization_days, configuration.settle_seconds
    return Simulator(
        await open_pool(surroundings.database_url),
        surroundings.clock,
        authorization_lifetime=None if days is None else timedelta(days=days),
        settles_after=None if seconds is None else timedelta(seconds=seconds),
        timeout_seconds=configuration.timeout_seconds,
        notification_secret=configuration.notification_secret,
    )
