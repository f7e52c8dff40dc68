"""A connection: one way to reach an installation, and everything that can be called through it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar

import httpx

from orderwright.connect_api import records
from orderwright.connect_api.calls import Call
from orderwright.connect_api.exceptions import NoConnectionException, UnavailableException
from orderwright.connect_api.fulfillment_order import FulfillmentOrder, PickTicket
from orderwright.connect_api.inventory import OmnichannelInventory
from orderwright.connect_api.order_summary import OrderPaymentSummary, OrderSummary, OrderSummaryCreation
from orderwright.connect_api.payments import Payments
from orderwright.connect_api.records import Record
from orderwright.connect_api.routing import Routing

T = TypeVar("T")

PAUSE_SECONDS = 0.05
"""Between two looks at a background operation."""

_blocks: ContextVar[tuple[Connection, ...]] = ContextVar("orderwright_connections", default=())
"""The connections whose blocks the caller is in, the innermost last."""


class Connection:
    """An open connection. As a context manager it is what `ConnectApi.…` calls through inside the block, and is closed
    at its end. Any number of threads may call through it; a new thread begins in no block.
    """

    def __init__(
        self, http: httpx.Client, opened: contextlib.ExitStack, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._http = http
        self._opened = opened
        self._headers = headers
        self.FulfillmentOrder = FulfillmentOrder(self)
        self.OmnichannelInventoryService = OmnichannelInventory(self)
        self.OrderPaymentSummary = OrderPaymentSummary(self)
        self.OrderSummary = OrderSummary(self)
        self.OrderSummaryCreation = OrderSummaryCreation(self)
        self.Payments = Payments(self)
        self.PickTicket = PickTicket(self)
        self.Routing = Routing(self)

    def ask(self, call: Call[T]) -> T:
        """What the call answers. Raises ConnectApiException."""
        with answering():
            response = self._http.send(call.request(self._http.build_request, self._headers))
        return call.answer(response)

    def create(self, object_: str, fields: Mapping[str, Any]) -> str:
        """The id of a new record. Raises ConnectApiException."""
        return self.ask(records.create(object_, fields))

    def read(self, object_: str, record_id: str, *fields: str) -> Record:
        """A record: these fields of it, or all. Raises ConnectApiException."""
        return self.ask(records.read(object_, record_id, fields))

    def update(self, object_: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Change fields of a record. Raises ConnectApiException."""
        self.ask(records.update(object_, record_id, fields))

    def delete(self, object_: str, record_id: str) -> None:
        """Delete a record. Raises ConnectApiException."""
        self.ask(records.delete(object_, record_id))

    def query(self, soql: str) -> list[Record]:
        """All records that a SOQL query finds. Raises ConnectApiException."""
        page = self.ask(records.query(soql))
        found = page.records
        while page.rest is not None:
            page = self.ask(records.more(page.rest))
            found += page.records
        return found

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """What any resource answers, decoded; `path` is relative to the version. Raises ConnectApiException."""
        return self.ask(records.request(method, path, body))

    def wait_for(self, background_operation_id: str, timeout_seconds: float = 30) -> Record:
        """The BackgroundOperation once it has finished; `Outcome` says what came of it.

        Raises TimeoutError, and ConnectApiException.
        """
        ends = time.monotonic() + timeout_seconds
        while not is_finished(operation := self.read("BackgroundOperation", background_operation_id)):
            if time.monotonic() > ends:
                raise still_open(operation, timeout_seconds)
            time.sleep(PAUSE_SECONDS)
        return operation

    def with_headers(self, headers: Mapping[str, str]) -> Connection:
        """This connection, sending these headers along: an `Idempotency-Key`, so that what is sent again is done once,
        or a `Preview-Token`. It lasts as long as this one.
        """
        return Connection(self._http, contextlib.ExitStack(), {**self._headers, **headers})

    def close(self) -> None:
        """Let go of the server, or end the instance inside this process. May be called again."""
        self._opened.close()

    def __enter__(self) -> Self:
        _blocks.set((*_blocks.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _blocks.set(tuple(connection for connection in _blocks.get() if connection is not self))
        self.close()


@dataclass(frozen=True, slots=True)
class Current:
    """Asks through the connection whose block the caller is in."""

    def ask(self, call: Call[T]) -> T:
        """What the call answers. Raises NoConnectionException, and ConnectApiException."""
        blocks = _blocks.get()
        if not blocks:
            raise NoConnectionException(
                "NO_CONNECTION",
                "no connection is open here; call ConnectApi inside `with orderwright.connect():`, in the same thread, "
                "or call through the connection: `salesforce.OrderSummary…`. Asynchronous ones have to be named",
            )
        return blocks[-1].ask(call)


def is_finished(operation: Record) -> bool:
    """Whether a background operation has ended, or was cancelled."""
    return operation["FinishedAt"] is not None or operation["Status"] in ("Canceled", "Merged")


def still_open(operation: Record, timeout_seconds: float) -> TimeoutError:
    """What is raised for an operation that did not finish in time."""
    return TimeoutError(
        f"background operation {operation['Id']} is {operation['Status']} after {timeout_seconds:g} seconds"
        f" ({operation['Error'] or 'no error so far'}); is a worker running?"
    )


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Raises UnavailableException for a request that was not answered."""
    try:
        yield
    except httpx.TransportError as error:
        why = f"no answer from the server: {str(error) or type(error).__name__}"
        raise UnavailableException("SERVER_UNAVAILABLE", why) from error
