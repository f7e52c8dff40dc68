"""The simulator's sales, and authorizations that a payer's device made. What holds for all operations is elsewhere."""

import asyncio
import datetime as dt
from decimal import Decimal

import pytest

from orderwright.gateways.configuration import Secret
from orderwright.gateways.protocol import Listing, PostAuthorizing, Selling, Tokenizing
from orderwright.gateways.simulator import FaultKind, FaultOperation, Simulator, open_pool
from tests.gateways.asking import (
    NOW,
    authorization,
    authorize,
    authorized_at,
    capture,
    captured_at,
    codes,
    moved,
    payment,
    post_authorize,
    refund,
    sale,
    verdict,
    void,
)

HOUR = dt.timedelta(hours=1)


async def test_the_simulator_offers_everything(simulator: Simulator):
    for ability in (Selling, PostAuthorizing, Tokenizing, Listing):
        assert isinstance(simulator, ability)


# --- sales ------------------------------------------------------------------------------------------------------------


async def test_a_sale_takes_the_money_at_once_and_can_be_refunded_by_its_number(simulator: Simulator):
    sold = await simulator.sale(sale("s", "80.00"))
    paid = payment(sold.gateway_ref_number, "80.00")
    given_back = await simulator.refund(refund("r1", "30.00", paid))
    above = await simulator.refund(refund("r2", "50.01", paid))

    assert (verdict(sold), sold.amount) == (("Success", "approved"), Decimal("80.00"))
    assert verdict(given_back) == ("Success", "approved")
    assert verdict(above) == ("PermanentFail", "amount_above_capture")
    taken = await captured_at(simulator, sold.gateway_ref_number or "")
    behind = await authorized_at(simulator, taken.authorization_reference or "")
    assert [taken.captured, taken.refunded] == [80, 30]
    assert [behind.authorized, behind.captured, behind.reversed] == [80, 80, 0]


async def test_nothing_more_is_captured_or_voided_after_a_sale(simulator: Simulator):
    sold = await simulator.sale(sale("s", "80.00"))
    behind = (await captured_at(simulator, sold.gateway_ref_number or "")).authorization_reference
    source = authorization(behind, "80.00")
    assert verdict(await simulator.capture(capture("c", "0.01", source))) == (
        "PermanentFail",
        "amount_above_authorization",
    )
    assert verdict(await simulator.void(void("v", "0.01", source))) == ("PermanentFail", "amount_above_authorization")


async def test_an_unknown_sale_is_not_refunded(simulator: Simulator):
    answer = await simulator.refund(refund("r", "1.00", payment("sim_sale_0123456789abcdef")))
    assert verdict(answer) == ("ValidationError", "reference_unknown")


async def test_a_sale_with_another_payment_method_or_after_an_authorization_is_another_request(simulator: Simulator):
    await simulator.sale(sale("s", "10.00", method="tok_one"))
    await simulator.authorize(authorize("a", "10.00"))
    before = await simulator.books()
    for other in (sale("s", "10.00", method="tok_two"), sale("a", "10.00")):
        assert verdict(await simulator.sale(other)) == ("ValidationError", "idempotency_key_reused")
    assert await simulator.books() == before


async def test_an_authorization_and_a_sale_under_one_key_at_once_book_one(simulator: Simulator):
    asking = [(simulator.sale(sale("k", "10.00")), simulator.authorize(authorize("k", "10.00"))) for _ in range(8)]
    answers = await asyncio.gather(*(one for pair in asking for one in pair))
    assert codes(answers) == ["Success"] * 8 + ["ValidationError"] * 8
    assert (await moved(simulator))["Authorize"] == 10


async def test_a_sale_settles_and_is_notified_as_the_capture_it_is(books_url: str):
    now = [NOW]
    secret = Secret("what the simulator signs with")
    slow = Simulator(await open_pool(books_url), lambda: now[0], settles_after=HOUR, notification_secret=secret)
    try:
        first = await slow.sale(sale("s", "10.00"))
        now[0] += HOUR
        settled = await slow.look_up("s")
        [news] = [slow.parse_notification(*message) for message in await slow.due_notifications()]
    finally:
        await slow.close()
    assert (verdict(first), first.pending) == (("Indeterminate", "pending"), True)
    assert settled is not None
    assert verdict(settled) == ("Success", "approved")
    assert (news.kind, news.idempotency_key, news.amount) == ("Capture", "s", Decimal("10.00"))
    assert news.gateway_ref_number == settled.gateway_ref_number


@pytest.mark.parametrize("operation", ["Sale", "PostAuthorize"])
@pytest.mark.parametrize("kind", ["lost_request", "lost_answer", "flapping"])
async def test_a_lost_sale_or_post_authorization_can_be_sent_again(
    simulator: Simulator, operation: FaultOperation, kind: FaultKind
):
    await simulator.tell(operation=operation, kind=kind, times=2)

    def send():
        if operation == "Sale":
            return simulator.sale(sale("k", "10.00"))
        return simulator.post_authorize(post_authorize("k", "10.00"))

    answers = [await send() for _ in range(3)]
    assert answers[0].sf_result_code in {"Indeterminate", "SystemError"}
    assert verdict(answers[-1]) == ("Success", "approved")
    assert (await moved(simulator))[operation] == 10


async def test_an_authorization_of_a_device_can_be_said_to_have_lapsed(simulator: Simulator):
    await simulator.tell(operation="PostAuthorize", kind="expired")
    answer = await simulator.post_authorize(post_authorize("p", "10.00"))
    assert verdict(answer) == ("PermanentFail", "authorization_expired")


# --- what a payer's device authorized ---------------------------------------------------------------------------------


async def test_what_a_device_authorized_is_recorded_and_can_be_captured(books_url: str):
    simulator = Simulator(await open_pool(books_url), lambda: NOW, authorization_lifetime=HOUR)
    try:
        recorded = await simulator.post_authorize(post_authorize("p", "50.00", token="device-7"))
        source = authorization(recorded.gateway_ref_number, "50.00")
        taken = await simulator.capture(capture("c", "50.00", source))
    finally:
        await simulator.close()
    assert (verdict(recorded), recorded.gateway_ref_number) == (("Success", "approved"), "device-7")
    assert recorded.expires_at is not None
    assert abs(recorded.expires_at - (NOW + HOUR)) < dt.timedelta(milliseconds=1)
    assert verdict(taken) == ("Success", "approved")


async def test_what_is_in_the_books_already_is_recorded_as_it_is_there(simulator: Simulator):
    opened = await simulator.authorize(authorize("a", "50.00"))
    await simulator.expire(opened.gateway_ref_number or "", NOW + HOUR)
    recorded = await simulator.post_authorize(post_authorize("p", "50.00", token=opened.gateway_ref_number))
    assert (verdict(recorded), recorded.gateway_ref_number) == (("Success", "approved"), opened.gateway_ref_number)
    assert recorded.expires_at is not None
    assert (await moved(simulator))["Authorize"] == 50


async def test_an_authorization_is_recorded_once(simulator: Simulator):
    answers = await asyncio.gather(
        *(simulator.post_authorize(post_authorize(f"p{n}", "50.00", token="device-7")) for n in range(10))
    )
    assert codes(answers) == ["PermanentFail"] * 9 + ["Success"]
    assert {a.gateway_result_code for a in answers} == {"approved", "authorization_recorded"}
    assert (await moved(simulator))["PostAuthorize"] == 50


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        ("49.99", "USD", ("ValidationError", "amount_mismatch")),
        ("50.01", "USD", ("ValidationError", "amount_mismatch")),
        ("50.00", "EUR", ("ValidationError", "currency_mismatch")),
    ],
)
async def test_a_device_cannot_state_another_amount_or_currency(
    simulator: Simulator, amount: str, currency: str, reason: tuple[str, str]
):
    opened = await simulator.authorize(authorize("a", "50.00"))
    answer = await simulator.post_authorize(post_authorize("p", amount, currency, opened.gateway_ref_number))
    assert verdict(answer) == reason


async def test_what_is_captured_voided_or_lapsed_is_not_ready(simulator: Simulator):
    numbers = [str((await simulator.authorize(authorize(f"a{n}", "50.00"))).gateway_ref_number) for n in range(3)]
    await simulator.capture(capture("c", "10.00", authorization(numbers[0], "50.00")))
    await simulator.void(void("v", "10.00", authorization(numbers[1], "50.00")))
    await simulator.expire(numbers[2])
    answers = [await simulator.post_authorize(post_authorize(f"p-{n}", "50.00", token=n)) for n in numbers]
    assert [verdict(answer) for answer in answers] == [
        ("PermanentFail", "authorization_captured"),
        ("PermanentFail", "authorization_voided"),
        ("PermanentFail", "authorization_expired"),
    ]


async def test_an_unknown_number_of_the_simulators_own_making_or_none_is_not_recorded(simulator: Simulator):
    unknown = await simulator.post_authorize(post_authorize("p1", "1.00", token="sim_auth_0123456789abcdef"))
    nothing = await simulator.post_authorize(post_authorize("p2", "1.00", token=""))
    assert verdict(unknown) == ("ValidationError", "reference_unknown")
    assert verdict(nothing) == ("ValidationError", "field_missing")
