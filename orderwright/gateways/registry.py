"""Gateways by name: the built-in ones, and those that an installed package offers.

A package publishes a gateway as an entry point of the group `orderwright.gateways`: a callable that returns a
`Gateway`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points

from orderwright.gateways.protocol import Gateway
from orderwright.gateways.simulator import Simulator

ENTRY_POINT_GROUP = "orderwright.gateways"
BUILT_IN: Mapping[str, Callable[..., Gateway]] = {"Simulator": Simulator}


class UnknownGateway(LookupError):
    """No gateway has this name, or more than one package claims it."""


def gateway_factory(name: str) -> Callable[..., Gateway]:
    """Return what makes the gateway called `name`; names are case-sensitive, and no package can replace a built-in one.

    Raises UnknownGateway, with the known names, for a name that nobody or more than one package offers.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    published = [point for point in _published() if point.name == name]
    if len({point.value for point in published}) > 1:
        # Which account money moves through must not depend on the order in which packages were installed.
        raise UnknownGateway(
            f"Several installed packages offer a payment gateway named {name!r}: uninstall all but one"
        )
    if not published:
        raise UnknownGateway(f"No payment gateway is named {name!r}. Known gateways: {', '.join(known_gateways())}")
    factory: Callable[..., Gateway] = published[0].load()
    return factory


def known_gateways() -> tuple[str, ...]:
    """Return every name that `gateway_factory` knows, sorted."""
    return tuple(sorted({*BUILT_IN, *(point.name for point in _published())}))


def _published() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=ENTRY_POINT_GROUP))
