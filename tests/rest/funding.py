"""An order with two cards authorized and an invoice to fund, and a worker's one run of a background operation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from orderwright.gateways.simulator import Simulator, open_pool
from orderwright.jobs.operation import run_operation
from orderwright.objects.identity import to_15
from orderwright.settlement.gateways import OneGateway
from orderwright.store.ids import shard_of
from orderwright.store.transaction import Store
from tests.rest.calling import Caller, exact
from tests.rest.changing import SUMMARIES, Placed, place, post

OPERATIONS = "/commerce/order-management/background-operations"
INVOICED = "28.80"
"""Two mugs at 9.00 with 3.60 tax, the delivery at 6.00 with 1.20."""


@dataclass(frozen=True)
class Funded:
    """An invoice over `INVOICED`, and two payment summaries, each of an authorization: of 20.00 and of 15.00."""

    placed: Placed
    invoice: str
    summaries: tuple[str, str]
    authorizations: tuple[str, str]

    async def ask(self, action: str, body: Any) -> httpx.Response:
        """Ask for an asynchronous action of the order summary, as `ensure-funds-async`."""
        return await post(self.placed.api, f"{SUMMARIES}/{self.placed.summary}/async-actions/{action}", body)

    async def queued(self, action: str, body: Any) -> str:
        """The background operation that was queued."""
        answer = await self.ask(action, body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["backgroundOperationId"])

    async def read(self, operation: str) -> Any:
        return await self.placed.api.read("BackgroundOperation", operation)

    async def act(self, operation: str, action: str) -> httpx.Response:
        """Retry or cancel a background operation."""
        return await post(self.placed.api, f"{OPERATIONS}/{operation}/actions/{action}", {})

    async def done(self, operation: str, action: str) -> Any:
        answer = await self.act(operation, action)
        assert answer.status_code == 201, answer.text
        return exact(answer)


async def funded(api: Caller) -> Funded:
    """The order of `changing`, two mugs and the delivery shipped and invoiced, two cards authorized."""
    placed = await place(api)
    await placed.shipped(mug=2, delivery=1)
    (invoice,) = await placed.related("Invoices")
    first, second = [await authorized(placed, amount) for amount in ("20.00", "15.00")]
    return Funded(placed, invoice["Id"], (first[0], second[0]), (first[1], second[1]))


async def authorized(placed: Placed, amount: str) -> tuple[str, str]:
    """A card authorization under the order summary: the payment summary and the authorization."""
    authorization = await placed.api.create(
        "PaymentAuthorization", Amount=amount, CurrencyIsoCode="GBP", ProcessingMode="External", Status="Processed"
    )
    body = {"orderSummaryId": placed.summary, "paymentAuthorizationId": authorization}
    answer = await post(placed.api, "/commerce/order-management/order-payment-summaries", body)
    assert answer.status_code == 201, answer.text
    return answer.json()["orderPaymentSummaryId"], authorization


@asynccontextmanager
async def simulated(store: Store) -> AsyncIterator[Simulator]:
    """The built-in gateway, with its books in the store's database."""
    simulator = Simulator(await open_pool(store.database.url, max_size=2), store.clock)
    try:
        yield simulator
    finally:
        await simulator.close()


async def run(store: Store, simulator: Simulator, operation: str) -> None:
    """One run of a background operation, as a worker does it."""
    operation_id = to_15(operation) or ""
    await run_operation(store, OneGateway(simulator), shard_of(operation_id), operation_id)
