"""What every gateway is given when it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from orderwright.clock import Clock
from orderwright.gateways.configuration import read_configuration

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The name a gateway was asked for by, where its configuration is, our database, and the time.

    The environment is not in the repr, and neither is the URL: both may hold secrets.
    """

    name: str
    environment: Mapping[str, str] = field(repr=False)
    database_url: str = field(repr=False)
    clock: Clock

    def configuration(self, kind: type[T]) -> T:
        """Return the gateway's own settings. Raises ConfigurationError."""
        return read_configuration(kind, self.name, self.environment)
