"""The Stripe gateway against localstripe, a live server that behaves like Stripe where it matters here.

localstripe lets more be refunded than was captured, and ignores idempotency keys: what holds here is held by us.
"""

import asyncio
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from orderwright.gateways.protocol import Gateway, GatewayResponse, InvalidNotification, Notifying
from orderwright.gateways.stripe import StripeGateway
from orderwright.gateways.stripe_records import StripeRecords
from tests.gateways.asking import authorization, authorize, capture, payment, refund, verdict, void
from tests.gateways.serving import free_port
from tests.gateways.stripe_account import CONFIRM, DECLINED, KEY, WEBHOOK_SECRET, api, card, opened

# Stripe's library hands httpx its form as text, in a way that httpx would rather not see.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@contextmanager
def listening() -> Iterator[tuple[str, "queue.Queue[tuple[dict[str, str], bytes]]"]]:
    """A server that takes every POST, and what came to it: headers and body."""
    events: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            events.put((dict(self.headers), body))

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", events
    finally:
        server.shutdown()
        server.server_close()


def refunded_at_stripe(api_base: str, charge: str) -> int:
    return sum(r["amount"] for r in api(api_base, "GET", f"refunds?charge={charge}&limit=100")["data"])


async def authorized(stripe: Gateway, api_base: str, amount: str = "100.00", currency: str = "USD", key: str = "a"):
    answer = await stripe.authorize(authorize(key, amount, currency, card(api_base)))
    assert verdict(answer) == ("Success", "requires_capture")
    return authorization(answer.gateway_ref_number, amount, currency)


async def captured(stripe: Gateway, api_base: str, amount: str = "100.00", currency: str = "USD", key: str = "c"):
    source = await authorized(stripe, api_base, amount, currency, key=f"a-{key}")
    answer = await stripe.capture(capture(key, amount, source, currency))
    assert verdict(answer) == ("Success", "succeeded")
    return payment(answer.gateway_ref_number, amount, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "units"), [("12.34", "USD", 1234), ("1234", "JPY", 1234), ("12.340", "KWD", 12340)]
)
async def test_a_payment_is_authorized_captured_and_refunded_in_the_units_of_its_currency(
    stripe: StripeGateway, api_base: str, amount: str, currency: str, units: int
):
    paid = await captured(stripe, api_base, amount, currency)
    charge = api(api_base, "GET", f"charges/{paid.gateway_ref_number}")
    given_back = await stripe.refund(refund("r", amount, paid, currency))

    assert (charge["amount"], charge["captured"], charge["currency"]) == (units, True, currency.lower())
    assert verdict(given_back) == ("Success", "succeeded")
    assert given_back.amount == Decimal(amount)
    assert refunded_at_stripe(api_base, charge["id"]) == units


async def test_a_part_is_captured_and_the_rest_is_released(stripe: StripeGateway, api_base: str):
    source = await authorized(stripe, api_base)
    first = await stripe.capture(capture("c1", "60.00", source))
    second = await stripe.capture(capture("c2", "40.00", source))

    assert (verdict(first), first.amount) == (("Success", "succeeded"), Decimal(60))
    assert verdict(second) == ("PermanentFail", "authorization_captured")
    paid = payment(first.gateway_ref_number, "60.00")
    assert verdict(await stripe.refund(refund("r1", "60.01", paid))) == ("PermanentFail", "amount_above_capture")
    assert verdict(await stripe.refund(refund("r2", "60.00", paid))) == ("Success", "succeeded")


async def test_more_than_is_authorized_is_refused_before_stripe_is_asked(stripe: StripeGateway, api_base: str):
    source = await authorized(stripe, api_base)
    assert verdict(await stripe.capture(capture("c", "100.01", source))) == (
        "PermanentFail",
        "amount_above_authorization",
    )
    assert api(api_base, "GET", f"payment_intents/{source.gateway_ref_number}")["status"] == "requires_capture"


async def test_refunds_together_stay_within_the_capture(stripe: StripeGateway, api_base: str):
    paid = await captured(stripe, api_base)
    assert verdict(await stripe.refund(refund("r1", "70.00", paid))) == ("Success", "succeeded")
    assert verdict(await stripe.refund(refund("r2", "30.01", paid))) == ("PermanentFail", "amount_above_capture")
    assert verdict(await stripe.refund(refund("r3", "30.00", paid))) == ("Success", "succeeded")
    assert refunded_at_stripe(api_base, paid.gateway_ref_number or "") == 10000


async def test_a_refund_made_by_hand_counts(stripe: StripeGateway, api_base: str):
    paid = await captured(stripe, api_base)
    api(api_base, "POST", "refunds", charge=paid.gateway_ref_number or "", amount="5000")
    assert verdict(await stripe.refund(refund("r", "50.01", paid))) == ("PermanentFail", "amount_above_capture")


async def test_many_refunds_of_one_payment_at_once_never_exceed_it(stripe: StripeGateway, api_base: str):
    paid = await captured(stripe, api_base)
    answers = await asyncio.gather(*(stripe.refund(refund(f"r{n}", "30.00", paid)) for n in range(8)))
    assert sorted(answer.sf_result_code for answer in answers) == ["PermanentFail"] * 5 + ["Success"] * 3
    assert refunded_at_stripe(api_base, paid.gateway_ref_number or "") == 9000


async def test_the_same_key_moves_money_once(stripe: StripeGateway, api_base: str):
    source = await authorized(stripe, api_base)
    first, second = [await stripe.capture(capture("c", "60.00", source)) for _ in range(2)]
    assert (first.duplicate, second.duplicate) == (False, True)
    assert (second.amount, second.gateway_ref_number) == (Decimal(60), first.gateway_ref_number)

    paid = payment(first.gateway_ref_number, "60.00")
    once, twice = [await stripe.refund(refund("r", "10.00", paid)) for _ in range(2)]
    assert (once.duplicate, twice.duplicate) == (False, True)
    assert once.gateway_ref_number == twice.gateway_ref_number
    # What the capture released is on localstripe's list of refunds, too.
    assert refunded_at_stripe(api_base, paid.gateway_ref_number or "") == 4000 + 1000


async def test_a_key_is_for_one_request(stripe: StripeGateway, api_base: str):
    paid = await captured(stripe, api_base)
    await stripe.refund(refund("r", "10.00", paid))
    assert verdict(await stripe.refund(refund("r", "20.00", paid))) == ("ValidationError", "idempotency_key_reused")


async def test_an_authorization_is_released_whole(stripe: StripeGateway, api_base: str):
    source = await authorized(stripe, api_base)
    assert verdict(await stripe.void(void("v0", "40.00", source))) == ("ValidationError", "void_in_part")
    assert verdict(await stripe.void(void("v", "100.00", source))) == ("Success", "canceled")
    assert (await stripe.void(void("v", "100.00", source))).duplicate
    assert verdict(await stripe.capture(capture("c", "1.00", source))) == ("PermanentFail", "authorization_voided")


async def test_a_declined_card_is_a_decline_and_stays_one(stripe: StripeGateway, api_base: str):
    answer = await stripe.authorize(authorize("a", "10.00", method=card(api_base, DECLINED)))
    kept = await stripe.look_up("a")
    assert verdict(answer) == ("Decline", "card_declined")
    assert (answer.gateway_message, answer.gateway_ref_number) == ("Your card was declined.", None)
    assert kept is not None
    assert verdict(kept) == ("Decline", "card_declined")


async def test_a_payer_who_would_have_to_confirm_is_declined_and_cannot_confirm_later(
    stripe: StripeGateway, api_base: str
):
    answer = await stripe.authorize(authorize("a", "10.00", method=card(api_base, CONFIRM)))
    [intent] = api(api_base, "GET", "payment_intents")["data"]
    assert verdict(answer) == ("Decline", "authentication_required")
    assert intent["status"] == "canceled"
    kept = await stripe.look_up("a")
    assert kept is not None
    assert verdict(kept) == ("Decline", "authentication_required")


async def test_look_up_finds_every_kind_of_request_with_and_without_what_it_drew_on(
    stripe: StripeGateway, api_base: str
):
    source = await authorized(stripe, api_base)
    taken = await stripe.capture(capture("c", "60.00", source))
    paid = payment(taken.gateway_ref_number, "60.00")
    given_back = await stripe.refund(refund("r", "10.00", paid))
    other = await authorized(stripe, api_base, key="a2")
    released = await stripe.void(void("v", "100.00", other))

    for key, drawn_on, first in [("c", source, taken), ("r", paid, given_back), ("v", other, released)]:
        for known in (drawn_on, None):
            found = await stripe.look_up(key, known)
            assert found is not None
            assert (verdict(found), found.amount) == (verdict(first), first.amount)
            assert found.gateway_ref_number == first.gateway_ref_number
    opened_first = await stripe.look_up("a")
    assert opened_first is not None
    assert opened_first.gateway_ref_number == source.gateway_ref_number


async def test_look_up_of_what_never_came_is_none(stripe: StripeGateway, api_base: str):
    source = await authorized(stripe, api_base)
    paid = await captured(stripe, api_base)
    for drawn_on in (None, source, paid, authorization("pi_unknown"), payment("ch_unknown"), payment(None)):
        assert await stripe.look_up("never", drawn_on) is None


async def test_a_search_that_does_not_reach_the_end_knows_nothing(
    stripe: StripeGateway, api_base: str, monkeypatch: pytest.MonkeyPatch
):
    for number in range(5):
        await authorized(stripe, api_base, key=f"a{number}")
    monkeypatch.setattr("orderwright.gateways.stripe_records.PAGE", 2)
    records = stripe._records
    everything = await StripeRecords(records._services, records._within, 100).look_up("a4", None)
    not_all = await StripeRecords(records._services, records._within, 3).look_up("a4", None)
    assert everything is not None
    assert not_all is not None
    assert (everything.sf_result_code, verdict(not_all)) == ("Success", ("Indeterminate", "not_found_yet"))


async def test_another_request_for_the_same_authorization_waits_until_the_first_is_settled(
    stripe: StripeGateway, api_base: str
):
    """The first one's answer was lost on its way; where it stands, nobody knows yet."""
    source = await authorized(stripe, api_base)
    intent = await stripe._records.intent(source.gateway_ref_number or "")
    await stripe._claim(intent, "orderwright_capture", capture("first", "60.00", source), 6000)

    assert await stripe.look_up("first", source) is None
    assert verdict(await stripe.capture(capture("second", "40.00", source))) == ("SystemError", "under_way")
    assert verdict(await stripe.capture(capture("first", "60.00", source))) == ("Success", "succeeded")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0", "USD"), ("-1", "USD"), ("1.001", "USD"), ("1.5", "JPY"), ("1.005", "KWD"), ("10.50", "MGA"), ("5", "UGX"),
     ("1", "XAU"), ("NaN", "USD")],
)  # fmt: skip
async def test_what_stripe_cannot_move_is_refused_without_asking(amount: str, currency: str):
    async with opened("http://127.0.0.1:1") as gateway:
        answer = await gateway.authorize(authorize("a", amount, currency))
    assert verdict(answer) == ("ValidationError", "amount_invalid")


async def test_what_draws_on_nothing_or_in_another_currency_is_refused(stripe: StripeGateway, api_base: str):
    source = await authorized(stripe, api_base)
    assert verdict(await stripe.capture(capture("", "1.00", source))) == ("ValidationError", "field_missing")
    assert verdict(await stripe.refund(refund("r", "1.00", payment(None)))) == ("ValidationError", "field_missing")
    assert verdict(await stripe.capture(capture("c", "1.00", source, "EUR"))) == (
        "ValidationError",
        "currency_mismatch",
    )
    assert (await stripe.capture(capture("c", "1.00", authorization("pi_unknown")))).sf_result_code == "ValidationError"


async def test_a_stripe_that_is_not_there_is_a_system_error_and_look_up_knows_nothing():
    async with opened(f"http://127.0.0.1:{free_port()}") as gateway:
        answers: list[GatewayResponse] = [
            await gateway.authorize(authorize("a", "1.00")),
            await gateway.capture(capture("c", "1.00")),
            await gateway.refund(refund("r", "1.00")),
            await gateway.void(void("v", "1.00")),
        ]
        found = await gateway.look_up("a")
    assert [verdict(answer) for answer in answers] == [("SystemError", "unreachable")] * 4
    assert found is not None
    assert verdict(found) == ("Indeterminate", "unreachable")


async def test_an_answer_that_does_not_come_leaves_it_open_whether_money_moved():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with opened(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=0.2) as gateway:
            moved = await gateway.authorize(authorize("a", "1.00"))
            asked_first = await gateway.capture(capture("c", "1.00"))
    assert moved.sf_result_code == "Indeterminate"
    # It ended at the question that comes before a capture, so nothing was asked to move.
    assert asked_first.sf_result_code == "SystemError"


async def test_no_secret_is_shown(stripe: StripeGateway, api_base: str):
    token = card(api_base, DECLINED)
    answers = [
        await stripe.authorize(authorize("a", "1.00", method=token)),
        await stripe.authorize(authorize("a2", "1.00", method=card(api_base))),
    ]
    shown = repr([answers, stripe._configuration, authorize("a", "1.00", method=token)])
    assert KEY not in shown
    assert WEBHOOK_SECRET not in shown
    assert token not in shown
    assert "_secret_" not in shown


async def test_a_real_event_of_a_capture_is_news_of_it(stripe: StripeGateway, api_base: str):
    with listening() as (url, events):
        async with httpx.AsyncClient(base_url=api_base) as http:
            hook = {"url": url, "secret": WEBHOOK_SECRET}
            (await http.post("/_config/webhooks/tests", data=hook)).raise_for_status()
        paid = await captured(stripe, api_base, "12.34", key="announced")
        headers: dict[str, str] = {}
        body = b""
        while b"announced" not in body:
            # localstripe waits a second, so events of the tests before may come first.
            headers, body = await asyncio.to_thread(events.get, timeout=10)

    assert isinstance(stripe, Notifying)
    news = stripe.parse_notification(headers, body)
    assert news is not None
    assert (news.kind, news.idempotency_key, news.sf_result_code) == ("Capture", "announced", "Success")
    assert (news.amount, news.currency_iso_code) == (Decimal("12.34"), "USD")
    assert news.gateway_ref_number == paid.gateway_ref_number
    assert stripe.parse_notification(headers, body) == news
    with pytest.raises(InvalidNotification):
        stripe.parse_notification(headers, body.replace(b"1234", b"9234"))
