"""Gateways by name: the built-in ones, and those that an installed package offers.

A package publishes a gateway as an entry point of the group `orderwright.gateways`: an `Opener`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from orderwright.clock import Clock
from orderwright.gateways.configuration import ConfigurationError
from orderwright.gateways.protocol import Gateway
from orderwright.gateways.surroundings import Surroundings

ENTRY_POINT_GROUP = "orderwright.gateways"

Opener = Callable[[Surroundings], Awaitable[Gateway]]
"""Makes a gateway, ready to be asked. Raises ConfigurationError for what it was not told or was told wrong."""

# By the place of the opener, so that a provider's library is imported only where its gateway is used.
BUILT_IN: Mapping[str, tuple[str, str]] = {
    "Http": ("orderwright.gateways.http_adapter", "open_http"),
    "Simulator": ("orderwright.gateways.simulator_opening", "open_simulator"),
    "Stripe": ("orderwright.gateways.stripe", "open_stripe"),
}


class UnknownGateway(LookupError):
    """No gateway has this name, or more than one package claims it."""


async def open_gateway(name: str, *, environment: Mapping[str, str], database_url: str, clock: Clock) -> Gateway:
    """Return the gateway called `name`, configured and ready; whoever opens it closes it.

    Raises UnknownGateway, and ConfigurationError for a variable that is missing or wrong or a library not installed.
    """
    return await gateway_opener(name)(
        Surroundings(name=name, environment=environment, database_url=database_url, clock=clock)
    )


def gateway_opener(name: str) -> Opener:
    """Return what opens the gateway called `name`; names are case-sensitive, and no package can replace a built-in one.

    Raises UnknownGateway, with the known names, for a name that nobody or more than one package offers.
    """
    if name in BUILT_IN:
        return _built_in(name)
    published = [point for point in _published() if point.name == name]
    if len({point.value for point in published}) > 1:
        # Which account money moves through must not depend on the order in which packages were installed.
        raise UnknownGateway(
            f"Several installed packages offer a payment gateway named {name!r}: uninstall all but one"
        )
    if not published:
        raise UnknownGateway(f"No payment gateway is named {name!r}. Known gateways: {', '.join(known_gateways())}")
    return cast("Opener", published[0].load())


def known_gateways() -> tuple[str, ...]:
    """Return every name that `gateway_opener` knows, sorted."""
    return tuple(sorted({*BUILT_IN, *(point.name for point in _published())}))


def _built_in(name: str) -> Opener:
    module, opener = BUILT_IN[name]
    try:
        return cast("Opener", getattr(import_module(module), opener))
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"The payment gateway {name} needs the Python package {error.name!r}: "
            f"pip install 'orderwright[{name.lower()}]'"
        ) from error


def _published() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=ENTRY_POINT_GROUP))
