"""What Stripe's errors, events and amounts mean, where a stand-in for Stripe cannot be made to say it."""

import json
import time
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stripe

from orderwright.arithmetic.money import InvalidAmount
from orderwright.gateways.configuration import Secret
from orderwright.gateways.protocol import InvalidNotification
from orderwright.gateways.stripe_answers import authorized, failed, not_begun, refunded, verdict_on
from orderwright.gateways.stripe_money import from_stripe_units, stripe_units
from orderwright.gateways.stripe_objects import Intent, Refund
from orderwright.gateways.stripe_webhook import parse_webhook
from tests.gateways.asking import authorize, capture, sale

SECRET = Secret("whsec_for_tests")


def error_of(kind: type[stripe.StripeError], status: int, **said: str) -> stripe.StripeError:
    body = {"error": said}
    extra: dict[str, Any] = {"param": None} if kind in {stripe.CardError, stripe.InvalidRequestError} else {}
    return kind(said.get("message"), http_status=status, http_body="{}", json_body=body, code=said.get("code"), **extra)


def connection_error(cause: Exception) -> stripe.StripeError:
    error = stripe.APIConnectionError("Network error")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "result", "code"),
    [
        (error_of(stripe.CardError, 402, code="card_declined", decline_code="insufficient_funds"), "Decline",
         "insufficient_funds"),
        (error_of(stripe.CardError, 402, code="expired_card"), "Decline", "expired_card"),
        (error_of(stripe.InvalidRequestError, 400, code="parameter_missing"), "ValidationError", "parameter_missing"),
        (error_of(stripe.InvalidRequestError, 404), "ValidationError", "invalid_request"),
        (error_of(stripe.InvalidRequestError, 400, code="charge_already_refunded"), "PermanentFail",
         "charge_already_refunded"),
        (error_of(stripe.InvalidRequestError, 400, code="charge_expired_for_capture"), "PermanentFail",
         "charge_expired_for_capture"),
        (error_of(stripe.InvalidRequestError, 400, code="balance_insufficient"), "Decline", "balance_insufficient"),
        (error_of(stripe.IdempotencyError, 400), "ValidationError", "idempotency_key_reused"),
        (error_of(stripe.RateLimitError, 429), "SystemError", "rate_limit"),
        (error_of(stripe.AuthenticationError, 401), "SystemError", "not_permitted"),
        (error_of(stripe.APIError, 500), "Indeterminate", "api_error"),
        (error_of(stripe.APIError, 409, code="idempotency_key_in_use"), "Indeterminate", "idempotency_key_in_use"),
        (connection_error(httpx.ConnectError("refused")), "SystemError", "unreachable"),
        (connection_error(httpx.ConnectTimeout("slow")), "SystemError", "unreachable"),
        (connection_error(httpx.ReadTimeout("slow")), "Indeterminate", "no_answer"),
        (connection_error(httpx.WriteError("lost")), "Indeterminate", "no_answer"),
        (connection_error(httpx.RemoteProtocolError("lost")), "Indeterminate", "no_answer"),
        (TimeoutError(), "Indeterminate", "timeout"),
    ],
)  # fmt: skip
def test_what_an_error_says_of_the_money(error: Exception, result: str, code: str):
    verdict = verdict_on(error)
    assert (verdict.sf_result_code, verdict.code) == (result, code)
    assert failed(capture("c", "1.00"), error).sf_result_code == result
    # Before the call that moves money, the worst is that it has to be tried again.
    assert not_begun(capture("c", "1.00"), error).sf_result_code == result.replace("Indeterminate", "SystemError")


@pytest.mark.parametrize(
    ("status", "result", "pending"),
    [("succeeded", "Success", False), ("pending", "Indeterminate", True), ("requires_action", "Indeterminate", True),
     ("failed", "Decline", False), ("canceled", "Decline", False), (None, "Indeterminate", True)],
)  # fmt: skip
def test_a_refund_moves_money_when_it_succeeded_only(status: str | None, result: str, pending: bool):
    answer = refunded("{}", Refund(id="re_1", amount=100, currency="usd", status=status), duplicate=False)
    assert (answer.sf_result_code, answer.pending) == (result, pending)
    assert (answer.gateway_ref_number is not None) == (result == "Success")


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [("12.34", "USD", 1234), ("12.3", "USD", 1230), ("5", "JPY", 5), ("5.120", "KWD", 5120), ("5", "ISK", 500),
     ("5.00", "MGA", 5), ("0.01", "EUR", 1)],
)  # fmt: skip
def test_amounts_in_the_units_of_stripe(amount: str, currency: str, units: int):
    assert stripe_units(Decimal(amount), currency) == units
    assert from_stripe_units(units, currency.lower()) == Decimal(amount)


@pytest.mark.parametrize("amount", ["5.124", "0.001"])
def test_thousandths_that_stripe_does_not_move_are_refused(amount: str):
    with pytest.raises(InvalidAmount, match=r"steps of 0\.010"):
        stripe_units(Decimal(amount), "KWD")


def event(kind: str, **fields: Any) -> bytes:
    return json.dumps(
        {"id": "evt_1", "object": "event", "type": kind, "created": 1, "data": {"object": fields}}
    ).encode()


def parse(body: bytes, secret: Secret | None = SECRET, age: int = 0):
    timestamp = int(time.time()) - age
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET.reveal(), timestamp)
    return parse_webhook(secret, {"Stripe-Signature": header}, body)


REFUND = {"id": "re_1", "amount": 1000, "currency": "jpy", "metadata": {"orderwright_key": "r1"}}


@pytest.mark.parametrize(("status", "result"), [("succeeded", "Success"), ("failed", "Decline")])
def test_an_event_of_a_refund_is_news_once_it_is_settled(status: str, result: str):
    news = parse(event("refund.updated", **REFUND, status=status))
    assert news is not None
    assert (news.kind, news.idempotency_key, news.gateway_ref_number) == ("Refund", "r1", "re_1")
    assert (news.sf_result_code, news.amount, news.currency_iso_code) == (result, 1000, "JPY")


def test_events_that_settle_nothing_of_ours_are_no_news():
    assert parse(event("refund.created", **REFUND, status="pending")) is None
    assert parse(event("customer.created", id="cus_1")) is None
    assert parse(event("payment_intent.succeeded", id="pi_1", amount=1, currency="usd", status="succeeded")) is None


def test_a_refund_made_by_hand_is_news_without_a_key():
    news = parse(event("refund.created", id="re_2", amount=5, currency="usd", status="succeeded"))
    assert news is not None
    assert (news.idempotency_key, news.gateway_ref_number, news.amount) == (None, "re_2", Decimal("0.05"))


def test_a_sale_is_news_under_its_own_key():
    metadata = {"orderwright_key": "s1"}
    sold = {"id": "pi_1", "amount": 500, "currency": "usd", "status": "succeeded", "latest_charge": "ch_1"}
    news = parse(event("payment_intent.succeeded", **sold, metadata=metadata, capture_method="automatic"))
    assert news is not None
    assert (news.kind, news.idempotency_key, news.gateway_ref_number) == ("Capture", "s1", "ch_1")
    by_hand = parse(event("payment_intent.succeeded", **sold, metadata=metadata, capture_method="manual"))
    assert by_hand is not None
    assert by_hand.idempotency_key is None


@pytest.mark.parametrize("ask", [sale, authorize])
def test_the_object_that_stripe_does_not_know_is_not_named_if_it_is_a_token(ask: Any):
    error = error_of(stripe.InvalidRequestError, 404, message="No such PaymentMethod: 'pm_b2'; see cus_a1")
    answer = failed(ask("k", "1.00", method="cus_a1/pm_b2"), error)
    assert answer.gateway_message == "No such PaymentMethod: 'hidden'; see hidden"
    assert "pm_b2" not in repr(answer)


@pytest.mark.parametrize(
    ("status", "result"),
    [("succeeded", "Success"), ("processing", "Indeterminate"), ("requires_action", "Decline"),
     ("requires_payment_method", "Decline")],
)  # fmt: skip
def test_a_sale_took_money_when_it_succeeded_only(status: str, result: str):
    intent = Intent(
        id="pi_1", amount=100, currency="usd", status=status, capture_method="automatic", latest_charge="ch_1"
    )
    answer = authorized("{}", intent, duplicate=False)
    assert (answer.sf_result_code, answer.pending) == (result, result == "Indeterminate")
    assert answer.gateway_ref_number == ("ch_1" if result == "Success" else None)


@pytest.mark.parametrize("body", [b"{}", b"no JSON", event("refund.created", id="re_1"), b"\xff"])
def test_an_event_that_is_not_understood_is_refused(body: bytes):
    signed = body.decode("latin-1").encode()
    with pytest.raises(InvalidNotification):
        parse(signed)


def test_an_event_that_is_old_or_cannot_be_verified_is_refused():
    body = event("refund.updated", **REFUND, status="succeeded")
    with pytest.raises(InvalidNotification, match="refused"):
        parse(body, age=301)
    with pytest.raises(InvalidNotification, match="No webhook secret"):
        parse(body, secret=None)
    with pytest.raises(InvalidNotification, match="refused"):
        parse(body, secret=Secret("whsec_another"))
    with pytest.raises(InvalidNotification, match="refused"):
        parse_webhook(SECRET, {}, body)
