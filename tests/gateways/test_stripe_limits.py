"""What the Stripe gateway refuses by itself, in states that a stand-in for Stripe does not show."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from orderwright.gateways.stripe_answers import authorized
from orderwright.gateways.stripe_limits import (
    CLAIM_SECONDS,
    Refused,
    check_capture,
    check_claim,
    check_refund,
    check_void,
)
from orderwright.gateways.stripe_objects import Charge, Intent, Refund
from tests.gateways.asking import NOW, authorization, capture, payment, refund, void


def intent(**changed: Any) -> Intent:
    usual: dict[str, Any] = {
        "id": "pi_1",
        "amount": 10000,
        "currency": "usd",
        "status": "requires_capture",
        "latest_charge": "ch_1",
    }
    return Intent(**usual | changed)


def refused_with(check: Any, *arguments: Any) -> str | None:
    try:
        check(*arguments)
    except Refused as refusal:
        return refusal.verdict.code
    return None


@pytest.mark.parametrize(
    ("found", "units", "code"),
    [
        (intent(amount_capturable=10000), 10000, None),
        (intent(amount_capturable=6000), 6001, "amount_above_authorization"),
        (intent(amount=20000, amount_capturable=20000), 10001, "amount_above_authorization"),
        (intent(status="succeeded"), 1, "authorization_captured"),
        (intent(status="canceled"), 1, "authorization_voided"),
        (intent(status="canceled", cancellation_reason="automatic"), 1, "authorization_expired"),
        (intent(status="requires_payment_method"), 1, "not_authorized"),
        (intent(currency="eur"), 1, "currency_mismatch"),
    ],
)
def test_captures(found: Intent, units: int, code: str | None):
    assert refused_with(check_capture, found, capture("c", "1.00", authorization("pi_1")), units) == code


@pytest.mark.parametrize(
    ("found", "units", "code"),
    [
        (intent(), 10000, None),
        (intent(), 9999, "void_in_part"),
        (intent(status="succeeded", amount_received=6000), 4000, None),
        (intent(status="succeeded", amount_received=6000), 4001, "amount_above_authorization"),
        (intent(status="succeeded"), 1, "authorization_captured"),
        (intent(status="canceled"), 10000, "authorization_voided"),
    ],
)
def test_voids(found: Intent, units: int, code: str | None):
    assert refused_with(check_void, found, void("v", "1.00", authorization("pi_1")), units) == code


def given_back(amount: int, status: str = "succeeded", **metadata: str) -> Refund:
    return Refund(id="re_1", amount=amount, currency="usd", status=status, metadata=metadata)


OURS = {"orderwright_key": "r0"}


@pytest.mark.parametrize(
    ("captured", "refunds", "left"),
    [
        (10000, [], 10000),
        (10000, [given_back(3000, **OURS)], 7000),
        (10000, [given_back(3000, "pending", **OURS)], 7000),
        (10000, [given_back(3000, "failed", **OURS), given_back(1000, "canceled")], 10000),
        (10000, [given_back(3000)], 7000),
        # What the capture released is on some lists of refunds and not on others.
        (6000, [given_back(4000)], 6000),
        (6000, [], 6000),
        (6000, [given_back(4000), given_back(4000)], 2000),
        (6000, [given_back(4000, **OURS)], 2000),
    ],
)
def test_refunds(captured: int, refunds: list[Refund], left: int):
    charge = Charge(id="ch_1", amount=10000, currency="usd", captured=True, amount_captured=captured)
    request = refund("r", "1.00", payment("ch_1", "100.00"))
    assert refused_with(check_refund, charge, refunds, request, left) is None
    assert refused_with(check_refund, charge, refunds, request, left + 1) == "amount_above_capture"


def test_a_refund_is_also_held_to_our_own_record_of_the_capture():
    charge = Charge(id="ch_1", amount=10000, currency="usd", captured=True, amount_captured=10000)
    request = refund("r", "1.00", payment("ch_1", "40.00"))
    assert refused_with(check_refund, charge, [], request, 4000) is None
    assert refused_with(check_refund, charge, [], request, 4001) == "amount_above_capture"


@pytest.mark.parametrize(
    ("key", "age", "code"),
    [("first", 0, None), ("second", 0, "under_way"), ("second", CLAIM_SECONDS - 1, "under_way"),
     ("second", CLAIM_SECONDS, None)],
)  # fmt: skip
def test_a_claim_holds_another_key_off_while_its_request_may_be_under_way(key: str, age: int, code: str | None):
    since = NOW - dt.timedelta(seconds=age)
    claimed = intent(metadata={"orderwright_capture": "first", "orderwright_capture_at": since.isoformat()})
    assert refused_with(check_claim, claimed, "orderwright_capture", key, NOW) == code


@pytest.mark.parametrize(
    ("found", "result", "code"),
    [
        (intent(), "Success", "requires_capture"),
        (intent(status="succeeded"), "Success", "succeeded"),
        (intent(status="canceled", cancellation_reason="automatic"), "Success", "canceled"),
        (intent(status="processing"), "Indeterminate", "processing"),
        (intent(status="canceled", latest_charge=None), "Decline", "authentication_required"),
    ],
)
def test_what_became_of_an_authorization_whatever_happened_to_it_later(found: Intent, result: str, code: str):
    answer = authorized("{}", found, duplicate=False)
    assert (answer.sf_result_code, answer.gateway_result_code) == (result, code)
    assert answer.pending == (result == "Indeterminate")


def test_stripe_says_when_an_authorization_lapses():
    details = {"card": {"capture_before": 86400}}
    charge = {"id": "ch_1", "amount": 1, "currency": "usd", "payment_method_details": details}
    answer = authorized("{}", intent(latest_charge=msgspec.convert(charge, Charge)), duplicate=False)
    assert answer.expires_at == dt.datetime(1970, 1, 2, tzinfo=dt.UTC)
