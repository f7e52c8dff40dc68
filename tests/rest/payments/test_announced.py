"""What listeners are told of a capture or sale that was asked for directly."""

from orderwright.gateways.simulator import Simulator
from orderwright.store.database import Database
from orderwright.store.events import published, read_latest_events
from tests.rest.payments.till import Till


async def test_a_capture_and_a_sale_are_told_of_by_an_event(shop: Till, database: Database):
    authorization = await shop.authorized(50)
    captured = await shop.made(f"/authorizations/{authorization}/captures", {"amount": 20})
    sold = await shop.made("/sales", shop.charge(7))
    async with database.main.acquire() as session:
        told = [dict(published(event)) for event in await read_latest_events(session, 2)]
    assert [(one["Type"], one["PaymentId"], one["PaymentStatus"], one["IsSuccess"], one["Amount"]) for one in told] == [
        ("Capture", captured["payment"]["id"], "Processed", True, "20.00"),
        ("Sale", sold["payment"]["id"], "Processed", True, "7.00"),
    ]
    assert [one["PaymentGatewayLogId"] for one in told] == [
        captured["paymentGatewayLogs"][0]["id"], sold["paymentGatewayLogs"][0]["id"]
    ]  # fmt: skip


async def test_a_declined_sale_is_told_of_without_a_payment(shop: Till, simulator: Simulator, database: Database):
    await simulator.tell(operation="Sale", kind="decline")
    await shop.made("/sales", shop.charge(7))
    async with database.main.acquire() as session:
        (told,) = [dict(published(event)) for event in await read_latest_events(session, 1)]
    assert (told["PaymentId"], told["PaymentStatus"], told["IsSuccess"], told["ErrorCode"]) == (
        None, "Failed", False, "Decline"
    )  # fmt: skip
