"""Idempotency keys of payment calls: one key moves money once, whatever happens on the way."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from orderwright.gateways.simulator import Simulator
from orderwright.objects.identity import to_15
from orderwright.settlement.gateways import OneGateway
from orderwright.settlement.settle import settle_due
from orderwright.store.database import Database
from orderwright.store.oauth import create_client
from orderwright.store.transaction import Store
from tests.rest.calling import Caller, exact
from tests.rest.changing import plain
from tests.rest.conftest import Hands
from tests.rest.payments.crash import after_the_gateway, before_the_gateway, dying
from tests.rest.payments.till import (
    KEY,
    PAYMENTS,
    Till,
    Untouched,
    keyed,
    moved,
    refused,
    requests_of,
    sound,
    stored,
    told,
)

PLACES: dict[str, Callable[[str], tuple[dict[str, str], dict[str, str]]]] = {
    "the header of payments": lambda key: ({KEY: key}, {}),
    "the header of all writes": lambda key: ({"Idempotency-Key": key}, {}),
    "the body": lambda key: ({}, {"idempotencyKey": key}),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
async def test_a_call_sent_again_is_answered_again_and_moves_nothing(
    shop: Till, simulator: Simulator, database: Database, place: Any
):
    headers, body = place(f"once {shop.account}")
    first = await shop.call("/sales", shop.charge(**body), headers=headers)
    payment = told(first)["payment"]["id"]
    async with Untouched(database, payment):
        again = await shop.call("/sales", shop.charge(**body), headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    await sound(database)


TWICE = [
    ({KEY: "a", "Idempotency-Key": "a"}, {}),
    ({KEY: "a"}, {"idempotencyKey": "a"}),
    ({"Idempotency-Key": "a"}, {"idempotencyKey": "b"}),
]


@pytest.mark.parametrize(("headers", "body"), TWICE)
async def test_a_key_in_two_places_is_refused(shop: Till, database: Database, headers: Any, body: Any):
    async with Untouched(database):
        answer = await shop.call("/sales", shop.charge(**body), headers=headers)
        assert "one place" in plain(answer, 400, "INVALID_IDEMPOTENCY_KEY")


async def test_a_key_that_is_none_is_refused(shop: Till, database: Database):
    async with Untouched(database):
        for key in ("", "  ", "k" * 256):
            plain(await shop.call("/sales", shop.charge(), headers={KEY: key}), 400, "INVALID_IDEMPOTENCY_KEY")
        for key in ("  ", "k" * 256, "a\tb", "a\0b"):
            assert (await shop.call("/sales", shop.charge(idempotencyKey=key))).status_code == 400
        assert (await shop.call("/sales", shop.charge(idempotencyKey=7))).status_code == 400


async def test_one_key_for_two_different_calls_is_a_conflict(shop: Till, database: Database):
    authorization = await shop.authorized(50)
    told(await shop.capture(authorization, 10, **keyed("same")))
    other = await shop.authorized(50)
    async with Untouched(database, authorization, other):
        plain(await shop.capture(authorization, 11, **keyed("same")), 409, "IDEMPOTENCY_KEY_REUSED")
        plain(await shop.capture(other, 10, **keyed("same")), 409, "IDEMPOTENCY_KEY_REUSED")


async def test_a_key_belongs_to_the_organisation_and_the_kind_of_call(
    shop: Till, http: httpx.AsyncClient, database: Database, clock: Hands
):
    """Another client that sends the same is answered the same; a reversal under the key of a capture is another call.

    The general header's keys belong to their clients, as on every other resource.
    """
    authorization = await shop.authorized(50)
    first = await shop.capture(authorization, 10, **keyed("ours"))
    secret = await create_client(database, "Second till", clock())
    form = {"grant_type": "client_credentials", "client_id": secret[0], "client_secret": secret[1]}
    token = (await http.post("/services/oauth2/token", data=form)).json()["access_token"]
    async with httpx.AsyncClient(
        transport=http._transport, base_url=http.base_url, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        second = Till(Caller(client), shop.account, shop.gateway, shop.provider, shop.card)
        assert (await second.capture(authorization, 10, **keyed("ours"))).content == first.content
    told(await shop.reverse(authorization, 10, **keyed("ours")))
    assert (await shop.read(authorization))["Balance"] == 30


async def test_simultaneous_calls_with_one_key_move_money_once(shop: Till, simulator: Simulator, database: Database):
    authorization = await shop.authorized(50)
    answers = await asyncio.gather(*(shop.capture(authorization, 10, **keyed("rush")) for _ in range(5)))
    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    assert await moved(simulator, (await shop.read(authorization))["GatewayRefNumber"]) == (10, 0, 0)
    assert len(await requests_of(database, "Capture", payment_authorization_id=authorization)) == 1
    await sound(database)


async def test_a_refused_call_gives_its_key_back(shop: Till, simulator: Simulator):
    authorization = await shop.authorized(50)
    refused(await shop.capture(authorization, 51, **keyed("again")), "INSUFFICIENT_FUNDS")
    told(await shop.capture(authorization, 50, **keyed("again")))


async def test_a_key_that_was_declined_stays_declined(shop: Till, simulator: Simulator, database: Database):
    await simulator.tell(operation="Sale", kind="decline")
    first = await shop.call("/sales", shop.charge(), **keyed("no luck"))
    assert told(first)["error"]["errorCode"] == "Decline"
    async with Untouched(database):
        assert (await shop.call("/sales", shop.charge(), **keyed("no luck"))).content == first.content
    told(await shop.call("/sales", shop.charge(), **keyed("better luck")))


@pytest.mark.parametrize("times", [1, 3])
async def test_a_key_whose_call_never_reached_the_gateway_can_be_sent_again(
    shop: Till, simulator: Simulator, database: Database, times: int
):
    authorization = await shop.authorized(50)
    await simulator.tell(operation="Capture", kind="error_before", times=times)
    for _ in range(times):
        answer = await shop.capture(authorization, 50, **keyed(f"patience {times}"))
        assert (answer.status_code, answer.json()["error"]["errorCode"]) == (503, "SystemError")
    first = await shop.capture(authorization, 50, **keyed(f"patience {times}"))
    assert told(first)["payment"]["status"] == "Processed"
    async with Untouched(database, authorization):
        assert (await shop.capture(authorization, 50, **keyed(f"patience {times}"))).content == first.content
    assert await moved(simulator, (await shop.read(authorization))["GatewayRefNumber"]) == (50, 0, 0)
    await sound(database)


@pytest.fixture(params=["sale", "authorization", "capture", "refund", "reversal"])
async def call(request: pytest.FixtureRequest, shop: Till) -> AsyncIterator[tuple[str, Any]]:
    """A call on each resource that moves money: its path and body."""
    kind = request.param
    if kind in {"sale", "authorization"}:
        yield f"/{kind}s", shop.on_card(10)
    elif kind == "refund":
        yield f"/payments/{await shop.sold(50)}/refunds", {"amount": 10}
    else:
        yield f"/authorizations/{await shop.authorized(50)}/{kind}s", {"amount": 10}


@pytest.mark.parametrize("at", [before_the_gateway, after_the_gateway], ids=["before the gateway", "after the gateway"])
async def test_a_call_cut_off_by_a_crash_moves_money_once_when_it_is_sent_again(
    shop: Till, simulator: Simulator, database: Database, call: tuple[str, Any], at: Any
):
    path, body = call
    before = await entries(database)
    with dying(at):
        assert (await shop.call(path, body, **keyed(shop.account))).status_code == 500
    answer = told(await shop.call(path, body, **keyed(shop.account)))
    assert (answer["error"], answer["gatewayResponse"]["salesforceResultCode"]) == (None, "Success")
    assert await entries(database) == before + 1
    again = await shop.call(path, body, **keyed(shop.account))
    assert exact(again) == answer
    assert await entries(database) == before + 1
    await sound(database)


async def entries(database: Database) -> int:
    """How many movements the provider has booked: what it authorized, captured, gave back and released."""
    found = await database.main.fetchval(
        "SELECT (SELECT count(*) FROM simulator.answer WHERE sf_result_code = 'Success')"
    )
    return int(found)


async def test_a_call_cut_off_after_the_gateway_is_settled_without_being_sent_again(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands
):
    authorization = await shop.authorized(50)
    with dying(after_the_gateway):
        await shop.capture(authorization, 50, **keyed("gone"))
    assert (await stored(database, authorization))["open_capture_amount"] == 50
    clock.now += dt.timedelta(minutes=3)
    await settle_due(store, OneGateway(simulator))
    assert (await shop.read(authorization))["TotalPaymentCaptureAmount"] == 50
    answer = told(await shop.capture(authorization, 50, **keyed("gone")))
    assert (answer["error"], answer["payment"]["amount"]) == (None, 50)
    assert await moved(simulator, (await shop.read(authorization))["GatewayRefNumber"]) == (50, 0, 0)
    await sound(database)


async def test_what_may_have_been_sent_is_not_given_up_because_the_gateway_is_out_of_reach_now(
    shop: Till, simulator: Simulator, database: Database
):
    """The first sending is still on its way when the second finds nobody: it may arrive at any time."""
    authorization = await shop.authorized(50)
    with dying(before_the_gateway):
        await shop.capture(authorization, 50, **keyed("late"))
    for _ in range(6):
        await simulator.tell(operation="Capture", kind="error_before")
        answer = await shop.capture(authorization, 50, **keyed("late"))
        assert (answer.status_code, answer.json()["error"]["errorCode"]) == (503, "SystemError")
        assert (await stored(database, authorization))["open_capture_amount"] == 50
        refused(await shop.capture(authorization, 1), "INSUFFICIENT_FUNDS")
    assert told(await shop.capture(authorization, 50, **keyed("late")))["error"] is None
    assert await moved(simulator, (await shop.read(authorization))["GatewayRefNumber"]) == (50, 0, 0)
    await sound(database)


async def test_a_long_key_gives_each_card_its_own_token(shop: Till, database: Database):
    """Two keys that differ only at their end."""
    tokens = set()
    for end, number in (("1", "4111111111111111"), ("2", "4242424242424242")):
        body = {"paymentGatewayId": shop.gateway, "cardPaymentMethod": shop.on_card(cardNumber=number)["paymentMethod"]}
        body["cardPaymentMethod"] = body["cardPaymentMethod"]["cardPaymentMethod"]
        answer = await shop.made("/payment-methods", body, **keyed("k" * 254 + end))
        tokens.add(answer["gatewayResponse"]["gatewayToken"])
    assert len(tokens) == 2


async def test_a_key_inside_a_composite_moves_money_once(shop: Till, simulator: Simulator, database: Database):
    part = {
        "method": "POST",
        "url": f"/services/data/v67.0{PAYMENTS}/sales",
        "referenceId": "sale",
        "body": shop.charge(idempotencyKey="inside"),
    }
    twice = {"allOrNone": False, "compositeRequest": [part, {**part, "referenceId": "again"}]}
    answers = [(await shop.api.send("POST", "/composite", twice)).json()["compositeResponse"] for _ in range(2)]
    found = [answer for both in answers for answer in both]
    assert [answer["httpStatusCode"] for answer in found] == [201] * 4
    assert len({answer["body"]["payment"]["id"] for answer in found}) == 1
    assert await database.main.fetchval("SELECT count(*) FROM payment WHERE account_id = $1", to_15(shop.account)) == 1
