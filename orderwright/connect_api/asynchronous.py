"""The same classes and the same connection for `async` code: every method has to be awaited.

The methods are those of the other classes. They only make calls, and what they return is what the connection makes of
one: here it is to be awaited, which is all that is said of them below.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import httpx

from orderwright.connect_api import fulfillment_order, inventory, order_summary, payments, records, routing
from orderwright.connect_api.calls import Call
from orderwright.connect_api.connection import PAUSE_SECONDS, answering, is_finished, still_open
from orderwright.connect_api.records import Record

P = ParamSpec("P")
T = TypeVar("T")


def awaited(method: Callable[Concatenate[Any, P], T]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """`method` of a class whose connection is asynchronous."""
    return cast("Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]", method)


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """ConnectApi.OrderSummary, to be awaited; see `order_summary.OrderSummary`."""

    connection: AsyncConnection

    adjust_preview = awaited(order_summary.OrderSummary.adjust_preview)
    adjust_submit = awaited(order_summary.OrderSummary.adjust_submit)
    create_credit_memo = awaited(order_summary.OrderSummary.create_credit_memo)
    create_multiple_invoices = awaited(order_summary.OrderSummary.create_multiple_invoices)
    ensure_funds_async = awaited(order_summary.OrderSummary.ensure_funds_async)
    ensure_refunds_async = awaited(order_summary.OrderSummary.ensure_refunds_async)
    multiple_ensure_funds_async = awaited(order_summary.OrderSummary.multiple_ensure_funds_async)
    preview_cancel = awaited(order_summary.OrderSummary.preview_cancel)
    preview_return = awaited(order_summary.OrderSummary.preview_return)
    submit_cancel = awaited(order_summary.OrderSummary.submit_cancel)
    submit_return = awaited(order_summary.OrderSummary.submit_return)


@dataclass(frozen=True, slots=True)
class OrderSummaryCreation:
    """ConnectApi.OrderSummaryCreation, to be awaited; see `order_summary.OrderSummaryCreation`."""

    connection: AsyncConnection

    create_order_summary = awaited(order_summary.OrderSummaryCreation.create_order_summary)


@dataclass(frozen=True, slots=True)
class OrderPaymentSummary:
    """ConnectApi.OrderPaymentSummary, to be awaited; see `order_summary.OrderPaymentSummary`."""

    connection: AsyncConnection

    create_order_payment_summary = awaited(order_summary.OrderPaymentSummary.create_order_payment_summary)


@dataclass(frozen=True, slots=True)
class FulfillmentOrder:
    """ConnectApi.FulfillmentOrder, to be awaited; see `fulfillment_order.FulfillmentOrder`."""

    connection: AsyncConnection

    cancel_fulfillment_order_line_items = awaited(
        fulfillment_order.FulfillmentOrder.cancel_fulfillment_order_line_items
    )
    create_fulfillment_orders = awaited(fulfillment_order.FulfillmentOrder.create_fulfillment_orders)
    create_invoice = awaited(fulfillment_order.FulfillmentOrder.create_invoice)
    create_multiple_fulfillment_order = awaited(fulfillment_order.FulfillmentOrder.create_multiple_fulfillment_order)
    create_multiple_invoices = awaited(fulfillment_order.FulfillmentOrder.create_multiple_invoices)


@dataclass(frozen=True, slots=True)
class PickTicket:
    """ConnectApi.PickTicket, to be awaited; see `fulfillment_order.PickTicket`."""

    connection: AsyncConnection

    distribute_picked_quantities = awaited(fulfillment_order.PickTicket.distribute_picked_quantities)


@dataclass(frozen=True, slots=True)
class Routing:
    """ConnectApi.Routing, to be awaited; see `routing.Routing`."""

    connection: AsyncConnection

    confirm_held_fo_capacity = awaited(routing.Routing.confirm_held_fo_capacity)
    find_routes_with_fewest_splits = awaited(routing.Routing.find_routes_with_fewest_splits)
    find_routes_with_fewest_splits_using_oci = awaited(routing.Routing.find_routes_with_fewest_splits_using_oci)
    get_fo_capacity_values = awaited(routing.Routing.get_fo_capacity_values)
    hold_fo_capacity = awaited(routing.Routing.hold_fo_capacity)
    rank_average_distance = awaited(routing.Routing.rank_average_distance)
    release_held_fo_capacity = awaited(routing.Routing.release_held_fo_capacity)


@dataclass(frozen=True, slots=True)
class Payments:
    """ConnectApi.Payments, to be awaited; see `payments.Payments`."""

    connection: AsyncConnection

    authorize = awaited(payments.Payments.authorize)
    capture = awaited(payments.Payments.capture)
    post_auth = awaited(payments.Payments.post_auth)
    refund = awaited(payments.Payments.refund)
    reverse_authorization = awaited(payments.Payments.reverse_authorization)
    sale = awaited(payments.Payments.sale)
    tokenize_payment_method = awaited(payments.Payments.tokenize_payment_method)


@dataclass(frozen=True, slots=True)
class OmnichannelInventory:
    """ConnectApi.OmnichannelInventoryService, to be awaited; see `inventory.OmnichannelInventory`."""

    connection: AsyncConnection

    create_reservation = awaited(inventory.OmnichannelInventory.create_reservation)
    fulfill_reservation = awaited(inventory.OmnichannelInventory.fulfill_reservation)
    get_inventory_availability = awaited(inventory.OmnichannelInventory.get_inventory_availability)
    get_inventory_availability_upload_status = awaited(
        inventory.OmnichannelInventory.get_inventory_availability_upload_status
    )
    get_publish_location_structure_status = awaited(
        inventory.OmnichannelInventory.get_publish_location_structure_status
    )
    publish_location_structure = awaited(inventory.OmnichannelInventory.publish_location_structure)
    release_reservation = awaited(inventory.OmnichannelInventory.release_reservation)
    submit_inventory_availability_upload = awaited(inventory.OmnichannelInventory.submit_inventory_availability_upload)
    transfer_reservation = awaited(inventory.OmnichannelInventory.transfer_reservation)
    update_reservation = awaited(inventory.OmnichannelInventory.update_reservation)


class AsyncConnection:
    """An open connection for `async` code. Any number of tasks may use it at once."""

    def __init__(self, http: httpx.AsyncClient, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self._http = http
        self._headers = headers
        self.FulfillmentOrder = FulfillmentOrder(self)
        self.OmnichannelInventoryService = OmnichannelInventory(self)
        self.OrderPaymentSummary = OrderPaymentSummary(self)
        self.OrderSummary = OrderSummary(self)
        self.OrderSummaryCreation = OrderSummaryCreation(self)
        self.Payments = Payments(self)
        self.PickTicket = PickTicket(self)
        self.Routing = Routing(self)

    def with_headers(self, headers: Mapping[str, str]) -> AsyncConnection:
        """This connection, sending these headers along; see `connection.Connection`."""
        return AsyncConnection(self._http, {**self._headers, **headers})

    async def ask(self, call: Call[T]) -> T:
        """What the call answers. Raises ConnectApiException."""
        with answering():
            response = await self._http.send(call.request(self._http.build_request, self._headers))
        return call.answer(response)

    async def create(self, object_: str, fields: Mapping[str, Any]) -> str:
        """The id of a new record. Raises ConnectApiException."""
        return await self.ask(records.create(object_, fields))

    async def read(self, object_: str, record_id: str, *fields: str) -> Record:
        """A record: these fields of it, or all. Raises ConnectApiException."""
        return await self.ask(records.read(object_, record_id, fields))

    async def update(self, object_: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Change fields of a record. Raises ConnectApiException."""
        await self.ask(records.update(object_, record_id, fields))

    async def delete(self, object_: str, record_id: str) -> None:
        """Delete a record. Raises ConnectApiException."""
        await self.ask(records.delete(object_, record_id))

    async def query(self, soql: str) -> list[Record]:
        """All records that a SOQL query finds. Raises ConnectApiException."""
        page = await self.ask(records.query(soql))
        found = page.records
        while page.rest is not None:
            page = await self.ask(records.more(page.rest))
            found += page.records
        return found

    async def request(self, method: str, path: str, body: Any = None) -> Any:
        """What any resource answers, decoded; `path` is relative to the version. Raises ConnectApiException."""
        return await self.ask(records.request(method, path, body))

    async def wait_for(self, background_operation_id: str, timeout_seconds: float = 30) -> Record:
        """The BackgroundOperation once it has finished; `Outcome` says what came of it.

        Raises TimeoutError, and ConnectApiException.
        """
        ends = time.monotonic() + timeout_seconds
        while not is_finished(operation := await self.read("BackgroundOperation", background_operation_id)):
            if time.monotonic() > ends:
                raise still_open(operation, timeout_seconds)
            await asyncio.sleep(PAUSE_SECONDS)
        return operation
