"""Two workers send one request, as after a lost heartbeat. What one learns says nothing of the other's sending."""

import asyncio
import datetime as dt
from dataclasses import replace
from typing import cast

from orderwright.gateways.protocol import CaptureRequest, Gateway, GatewayResponse
from orderwright.gateways.simulator import Simulator
from orderwright.objects.identity import to_15
from orderwright.settlement.carry_out import carry_out
from orderwright.settlement.gateways import OneGateway
from orderwright.settlement.open_request import open_requests
from orderwright.store.ids import shard_of
from tests.torture.books import differences, read_ours, read_theirs
from tests.torture.ground import Ground, prepared_ground
from tests.torture.matrix import Cell
from tests.torture.road import Road
from tests.torture.scenario import Scenario, Tender, draw
from tests.torture.worker import Worker, hire

HOUR = dt.timedelta(hours=1)
SENDINGS = 12
"""More than any worker makes before it stops trying."""


class HeldUp:
    """A way to the provider on which the first capture is held up; its sender dies waiting."""

    def __init__(self, provider: Simulator) -> None:
        self.capabilities = provider.capabilities
        self.left = asyncio.Event()
        self.request: CaptureRequest | None = None

    async def capture(self, request: CaptureRequest) -> GatewayResponse:
        self.request = request
        self.left.set()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


async def test_a_request_on_its_way_is_not_given_free_because_another_sending_did_not_arrive():
    async with prepared_ground() as ground:
        scenario = one_invoice()
        placed = await ground.shop.place(scenario)
        (invoice,) = await placed.related("Invoices")
        operation = to_15(await ground.shop.ask(placed, "ensure-funds", {"invoiceId": invoice["Id"]})) or ""
        worker = await hire("worker", ground.postgres.url, ground.clock, ground.blows, ground.late, scenario)
        try:
            await both_send(ground, worker, operation)
            summary_id = to_15(placed.summary) or ""
            again = to_15(await ground.shop.ask(placed, "ensure-funds", {"invoiceId": invoice["Id"]})) or ""
            await worker.run(again)
            ours = await read_ours(ground.postgres, summary_id)
            assert differences(ours, await read_theirs(ground.postgres, ours)) == []
            assert ours.captured == scenario.total
        finally:
            await worker.leave()


def one_invoice() -> Scenario:
    """An order with one invoice and one card, authorized over three times as much."""
    scenario = draw(Cell("Capture", "none", "none", "none"), 1, 1)
    parcel = {name: line.units for name, line in scenario.lines.items()}
    card = Tender("authorization", (3 * scenario.total,), ("authorization-two-senders",))
    return replace(scenario, shipments=(parcel,), tenders=(card,))


async def both_send(ground: Ground, worker: Worker, operation: str) -> None:
    """One sender's request leaves and is held up, the other's never arrive; at last the first one does."""
    await ground.gateway.tell(operation="Capture", kind="error_before", times=SENDINGS)
    road, held = worker.gateway, HeldUp(ground.gateway)
    worker.gateway = cast("Road", held)
    first = asyncio.create_task(worker.run(operation))
    await held.left.wait()
    shard = shard_of(operation)
    (row,) = await ground.postgres.fetch("SELECT order_summary_id FROM background_operation WHERE id = $1", operation)
    # The second one runs the same job and finds it planned: it cannot know whether the first has sent.
    (work,) = await open_requests(worker.store, shard, row["order_summary_id"])
    await carry_out(worker.store, OneGateway(cast("Gateway", road)), work, "", sent_before=True)
    first.cancel()
    worker.gateway = road
    for _ in range(SENDINGS):
        ground.clock.forward(HOUR)
        await worker.run(operation)
    assert held.request is not None
    await ground.calm()
    assert (await ground.gateway.capture(held.request)).sf_result_code == "Success"
