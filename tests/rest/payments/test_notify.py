"""The notification endpoint: what is believed of a message, and what is only kept."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from orderwright.clock import system_clock
from orderwright.gateways.configuration import Secret
from orderwright.gateways.notices import signed_notice
from orderwright.gateways.simulator import Simulator
from orderwright.objects.identity import to_15
from orderwright.settlement.gateways import OneGateway
from orderwright.settlement.settle import settle_due
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.changing import plain
from tests.rest.conftest import Hands
from tests.rest.payments.news import (
    MINUTE,
    SECRET,
    delivered,
    notice,
    payments_of,
    post,
    signed,
    slow_provider,
    state_of,
    told_of_later,
)
from tests.rest.payments.till import (
    Till,
    Untouched,
    request_of,
    sound,
    stored,
    told,
)

D = Decimal


@pytest.fixture
async def simulator(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Simulator]:
    told_of_later(monkeypatch)
    async with slow_provider(store) as simulator:
        yield simulator


async def test_a_notification_that_comes_again_and_again_is_recorded_once(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands
):
    payment = await shop.sold(50)
    clock.now += 3 * MINUTE
    await delivered(shop, simulator)
    message = signed(notice(await request_of(database, payment)))
    async with Untouched(database, payment):
        answers = await asyncio.gather(*(post(shop, message) for _ in range(4)))
        assert {a.status_code for a in answers} == {200}
        await settle_due(store, OneGateway(simulator))


async def test_simultaneous_notifications_and_questions_make_one_payment(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands
):
    payment = await shop.sold(50)
    clock.now += 3 * MINUTE
    [message] = await simulator.due_notifications()
    await asyncio.gather(
        *(post(shop, message) for _ in range(3)), *(settle_due(store, OneGateway(simulator)) for _ in range(3))
    )
    assert [(p["id"], p["status"]) for p in await payments_of(database, shop)] == [(to_15(payment), "Processed")]
    await sound(database)


@pytest.mark.parametrize("what", ["unsigned", "another secret", "another body", "old"])
async def test_nothing_of_a_message_is_believed_that_is_not_signed(
    shop: Till, simulator: Simulator, store: Store, database: Database, what: str
):
    payment = await shop.sold(50)
    about = notice(await request_of(database, payment))
    message = signed(about)
    if what == "unsigned":
        message = message._replace(headers={"Content-Type": "application/json"})
    elif what == "another secret":
        message = signed_notice(Secret("guessed"), about, system_clock())
    elif what == "another body":
        message = message._replace(body=message.body.replace(b"50", b"60"))
    else:
        message = signed_notice(SECRET, about, system_clock() - dt.timedelta(minutes=6))
    async with Untouched(database, payment):
        answer = await post(shop, message)
        assert SECRET.reveal() not in plain(answer, 401, "INVALID_SIGNATURE")


async def test_a_provider_that_is_not_known_or_says_nothing(
    shop: Till, simulator: Simulator, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("ORDERWRIGHT_GATEWAY_STRIPE_SECRET_KEY", raising=False)
    api = shop.api
    absent = await api.create("PaymentGatewayProvider", DeveloperName="Stripe", MasterLabel="Not set up here")
    payment = await shop.sold(50)
    message = signed(notice(await request_of(database, payment)))
    async with Untouched(database, payment):
        plain(await post(shop, message, "0cJ000000000001"), 404, "NOT_FOUND")
        plain(await post(shop, message, shop.account), 400, "INVALID_ID_FIELD")
        plain(await post(shop, message, "nonsense"), 400, "INVALID_ID_FIELD")
        assert "ORDERWRIGHT" not in plain(await post(shop, message, absent), 404, "NOT_FOUND")
        url = "/services/data/v67.0/commerce/payments/notify"
        plain(await api.http.post(url, content=message.body, headers=dict(message.headers)), 400, "INVALID_ID_FIELD")


WRONG = {
    "amount": {"amount": D("49.99")},
    "currency": {"currency_iso_code": "USD"},
    "kind": {"kind": "Refund"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_notification_that_does_not_fit_its_request_is_kept_and_not_believed(
    shop: Till, simulator: Simulator, store: Store, database: Database, wrong: dict[str, Any]
):
    payment = await shop.sold(50)
    request = await request_of(database, payment)
    message = signed(notice(request, **wrong))
    for _ in range(2):
        assert (await post(shop, message)).status_code == 200
    assert await state_of(store, request["id"]) == "Accepted"
    assert (await shop.read(payment))["Status"] == "Pending"
    [log] = await notifications_about(database, payment)
    assert (log["interaction_type"], log["sf_ref_number"]) == (message_kind(wrong), request["id"])
    await sound(database)


def message_kind(wrong: dict[str, Any]) -> str:
    return "ReferencedRefund" if wrong.get("kind") == "Refund" else "Capture"


async def notifications_about(database: Database, record_id: str) -> list[Any]:
    return list(
        await database.main.fetch(
            "SELECT * FROM payment_gateway_log WHERE referenced_entity_id = $1 AND is_notification = 'Yes' ORDER BY id",
            to_15(record_id),
        )
    )


@pytest.mark.parametrize(("fault", "later", "kept"), [(None, "Decline", "Processed"), ("decline", "Success", "Failed")])
async def test_a_provider_that_contradicts_itself_changes_nothing_and_is_kept(
    shop: Till, simulator: Simulator, database: Database, clock: Hands, fault: Any, later: str, kept: str
):
    if fault:
        await simulator.tell(operation="Sale", kind=fault)
    payment = await shop.sold(50)
    clock.now += 3 * MINUTE
    await delivered(shop, simulator)
    before = await stored(database, payment)
    assert before["status"] == kept
    message = signed(notice(await request_of(database, payment), result=later, notification_id=f"again {payment}"))
    for _ in range(2):
        assert (await post(shop, message)).status_code == 200
    assert dict(await stored(database, payment)) == dict(before)
    logs = await notifications_about(database, payment)
    assert [log["sf_result_code"] for log in logs] == ["Decline" if fault else "Success", later]
    await sound(database)


@pytest.mark.parametrize("result", ["Indeterminate", "SystemError", "RequiresReview"])
async def test_a_notification_that_says_nothing_changes_nothing(
    shop: Till, simulator: Simulator, database: Database, result: str
):
    payment = await shop.sold(50)
    request = await request_of(database, payment)
    async with Untouched(database, payment, request["id"]):
        assert (await post(shop, signed(notice(request, result=result)))).status_code == 200


@pytest.mark.parametrize("key", ["9gR000000000001", "9gR000000000001AAA", "theirs", None])
async def test_what_is_about_nothing_of_ours_is_kept_once(
    shop: Till, simulator: Simulator, database: Database, key: str | None
):
    payment = await shop.sold(50)
    request = await request_of(database, payment)
    about = notice(request, idempotency_key=key, notification_id=f"strange {key} {payment}", gateway_ref_number="x-1")
    message = signed(about)
    for _ in range(3):
        assert (await post(shop, message)).status_code == 200
    rows = await database.main.fetch(
        "SELECT * FROM payment_gateway_log WHERE response LIKE '%' || $1 || '%'", about.notification_id
    )
    [row] = rows
    assert (row["sf_ref_number"], row["gateway_ref_number"], row["referenced_entity_id"]) == (key, "x-1", None)
    assert (await shop.read(payment))["Status"] == "Pending"
    await sound(database)


async def test_two_providers_may_number_their_notifications_alike(shop: Till, simulator: Simulator, database: Database):
    payment = await shop.sold(50)
    request = await request_of(database, payment)
    second = await shop.api.create("PaymentGatewayProvider", DeveloperName="Simulator", MasterLabel="Second")
    for provider in (shop.provider, second):
        message = signed(notice(request, idempotency_key=None, notification_id=f"1 {payment}"))
        assert (await post(shop, message, provider)).status_code == 200
    count = "SELECT count(*) FROM payment_gateway_log WHERE response LIKE '%' || $1 || '%'"
    assert await database.main.fetchval(count, f"1 {payment}") == 2


async def test_a_notification_that_overtakes_the_answer_is_enough(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands
):
    """The answer is lost, and the provider tells of what it did before anybody asks."""
    authorization = await shop.authorized(50)
    await simulator.tell(operation="Capture", kind="timeout_after_success")
    await simulator.tell(operation="LookUp", kind="error_before")
    assert told(await shop.capture(authorization, 50))["error"]["errorCode"] == "Indeterminate"
    clock.now += MINUTE
    assert await delivered(shop, simulator) == 1
    read = await shop.read(authorization)
    assert (read["TotalPaymentCaptureAmount"], read["Balance"]) == (50, 0)
    before = dict(await stored(database, authorization))
    clock.now += 10 * MINUTE
    await settle_due(store, OneGateway(simulator))
    assert dict(await stored(database, authorization)) == before
    await sound(database)
