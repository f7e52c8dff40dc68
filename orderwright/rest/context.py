"""What a handler is given besides its path parameters and its body."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

from orderwright.decisions.rights import NOTHING, Rights
from orderwright.decisions.routing_rules import STANDARD, RoutingRules
from orderwright.objects.custom_fields import Schema
from orderwright.objects.picklists import Picklists
from orderwright.store.database import Session
from orderwright.store.transaction import Call, Store

if TYPE_CHECKING:
    from orderwright.rest.oauth.session import Sessions
    from orderwright.rest.request_count import RequestCount
    from orderwright.rest.router import Router
    from orderwright.rest.sobjects.writing import Writing
    from orderwright.settlement.gateways import Gateways


class RestSettings(Protocol):
    """The settings that this layer reads."""

    @property
    def default_currency(self) -> str: ...
    @property
    def fulfillment_inventory(self) -> str: ...
    @property
    def token_lifetime_seconds(self) -> int: ...
    @property
    def daily_requests(self) -> int: ...
    @property
    def largest_body_bytes(self) -> int: ...
    @property
    def largest_upload_bytes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Received:
    """The HTTP request itself, for the few who need more than parameters and body."""

    headers: Mapping[str, str]
    """Names in lower case."""
    query: Mapping[str, str]
    body: bytes
    base_url: str
    """Scheme and host as the client wrote them, without a slash at the end."""
    query_string: str = ""
    """The parameters as they were sent, for those that can be there several times."""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters in their order."""
        return parse_qsl(self.query_string)


@dataclass(frozen=True, slots=True)
class Context:
    """One request: who asks, in which API version, and what the process shares."""

    store: Store
    call: Call
    version: int
    settings: RestSettings
    router: Router
    sessions: Sessions
    requests: RequestCount
    gateways: Gateways
    picklists: Picklists
    """Which statuses, types and reasons there are in this installation."""
    schema: Schema
    """Which objects and fields there are in this installation, its custom fields among them."""
    received: Received
    rights: Rights = NOTHING
    """What the caller may do."""
    routing_rules: RoutingRules = field(default=STANDARD)
    """By what orders are routed in this installation."""
    headers_out: dict[str, str] = field(default_factory=dict)
    """Headers that the handler wants in the answer."""
    writing: Writing | None = field(default=None)
    """The transaction of an atomic composite that this request is part of."""
    stream: AsyncIterator[bytes] | None = field(default=None)
    """The body as it comes in, where the operation takes it so."""

    @property
    def query(self) -> Mapping[str, str]:
        """The query string's parameters."""
        return self.received.query

    @property
    def reserves_stock(self) -> bool:
        """Whether new fulfillment orders reserve stock, unless the request says otherwise."""
        return self.settings.fulfillment_inventory == "on"

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        """A connection to read from; inside an atomic composite it sees what was written there."""
        if self.writing is not None:
            await self.writing.flush()
            yield self.writing.transaction.session
            return
        async with self.store.database.main.acquire() as session:
            yield session
