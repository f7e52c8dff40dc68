"""Captures, refunds and reversals that are asked for directly: what is refused, in order, and what the request says."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.arithmetic.money import InvalidAmount
from orderwright.decisions.errors import (
    InsufficientFunds,
    InvalidCrossReference,
    InvalidInput,
    InvalidOperation,
    InvalidStatus,
    NumberOutsideValidRange,
    Refusal,
)
from orderwright.decisions.gateway_limits import GatewayLimits
from orderwright.decisions.move_payment import (
    SETTLED_BY_ITSELF_AFTER,
    Money,
    PaymentWishes,
    VoidLimits,
    decide_capture,
    decide_charge,
    decide_refund,
    decide_reverse_authorization,
)
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.payment import Payment, PaymentAuthorization
from orderwright.objects.whole import Funds
from tests.builders import NOW

D = Decimal
A, P = "0Xc000000000001", "0aQ000000000001"


def authorization(**fields: Any) -> PaymentAuthorization:
    """100, of which 20 are captured and 10 released."""
    about: dict[str, Any] = {
        "id": A, "amount": D("100.00"), "currency_iso_code": "GBP", "processing_mode": "Salesforce",
        "status": "Processed", "account_id": "001000000000001", "payment_gateway_id": "0b0000000000001",
        "total_payment_capture_amount": D(20), "total_auth_reversal_amount": D(10), **fields,
    }  # fmt: skip
    return PaymentAuthorization(**about)


def payment(**fields: Any) -> Payment:
    """100, of which 30 are refunded."""
    about: dict[str, Any] = {
        "id": P, "amount": D("100.00"), "currency_iso_code": "GBP", "processing_mode": "Salesforce",
        "status": "Processed", "type": "Sale", "total_refund_applied": D(30), "refunded_unapplied_amount": D(30),
        **fields,
    }  # fmt: skip
    return Payment(**about)


def alone(*records: Any) -> Funds:
    return Funds(
        authorizations=tuple(r for r in records if isinstance(r, PaymentAuthorization)),
        payments=tuple(r for r in records if isinstance(r, Payment)),
        requests=tuple(r for r in records if isinstance(r, GatewayRequest)),
    )


def wishes(amount: Any, **more: Any) -> PaymentWishes:
    return PaymentWishes(amount=D(amount), **more)


def asked(decide: Any, money: Money, record_id: str, amount: Any, *limits: Any) -> GatewayRequest:
    decision, request = decide(money, record_id, wishes(amount), NOW, *limits)
    assert request in decision.new
    return request  # type: ignore[no-any-return]


# The limit of each, and one minor unit above it

LIMITS = {
    "captured and released is gone": (decide_capture, authorization(), D("70.00")),
    "being captured counts": (decide_capture, authorization(open_capture_amount=D(30)), D("40.00")),
    "being released counts": (decide_capture, authorization(open_reversal_amount=D(30)), D("40.00")),
    "reversals that others recorded count": (decide_capture, authorization(pending_reversal_amount=D(5)), D("65.00")),
    "refunded is gone": (decide_refund, payment(), D("70.00")),
    "being refunded counts": (decide_refund, payment(open_refund_amount=D(30)), D("40.00")),
    "money that an invoice holds can be given back": (
        decide_refund, payment(total_applied=D(70)), D("70.00"),
    ),
    "a yen is the smallest yen": (
        decide_capture,
        authorization(
            amount=D(100), currency_iso_code="JPY", total_payment_capture_amount=D(99),
            total_auth_reversal_amount=D(0),
        ),
        D(1),
    ),
    "a dinar has a thousand fils": (
        decide_refund,
        payment(
            amount=D("1.000"), currency_iso_code="KWD", total_refund_applied=D("0.999"),
            refunded_unapplied_amount=D("0.999"),
        ),
        D("0.001"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("decide", "record", "most"), LIMITS.values(), ids=LIMITS)
def test_all_that_is_left_and_not_a_minor_unit_more(decide: Any, record: Any, most: Decimal):
    assert asked(decide, alone(record), record.id, most).amount == most
    with pytest.raises(InsufficientFunds, match=f", and {most} "):
        decide(alone(record), record.id, wishes(2 * most), NOW)
    unit = D(1).scaleb(most.as_tuple().exponent)  # type: ignore[arg-type]
    with pytest.raises(InsufficientFunds):
        decide(alone(record), record.id, wishes(most + unit), NOW)


AMOUNTS = {
    "zero": ("GBP", "0", InvalidInput),
    "below zero": ("GBP", "-1", InvalidInput),
    "finer than pence": ("GBP", "0.001", NumberOutsideValidRange),
    "finer than yen": ("JPY", "0.5", NumberOutsideValidRange),
    "finer than fils": ("KWD", "0.0001", NumberOutsideValidRange),
    "more than money can be": ("GBP", "1e16", InvalidAmount),
}


@pytest.mark.parametrize("decide", [decide_capture, decide_refund, decide_reverse_authorization])
@pytest.mark.parametrize(("currency", "amount", "refusal"), AMOUNTS.values(), ids=AMOUNTS)
def test_an_amount_that_cannot_be_is_refused(decide: Any, currency: str, amount: str, refusal: type[Exception]):
    record: Any = payment if decide is decide_refund else authorization
    record = record(currency_iso_code=currency)
    with pytest.raises(refusal):
        decide(alone(record), record.id, wishes(amount), NOW)


@pytest.mark.parametrize(("currency", "amount", "refusal"), AMOUNTS.values(), ids=AMOUNTS)
def test_a_charge_refuses_the_same_amounts(currency: str, amount: str, refusal: type[Exception]):
    with pytest.raises(refusal):
        decide_charge("Sale", currency, "0b0000000000001", "03O000000000001", wishes(amount), NOW)


@pytest.mark.parametrize("decide", [decide_capture, decide_refund, decide_reverse_authorization])
@pytest.mark.parametrize("status", ["Draft", "Canceled", "Pending", "Failed"])
def test_only_what_is_processed_can_be_used(decide: Any, status: str):
    record: Any = payment(status=status) if decide is decide_refund else authorization(status=status)
    with pytest.raises(InvalidStatus, match=status):
        decide(alone(record), record.id, wishes(1), NOW)


@pytest.mark.parametrize("decide", [decide_capture, decide_refund, decide_reverse_authorization])
def test_what_went_meanwhile_is_refused(decide: Any):
    with pytest.raises(InvalidCrossReference):
        decide(Funds(), A, wishes(1), NOW)


def test_an_authorization_can_be_captured_until_the_moment_it_expires_and_released_after_it():
    lapsing = authorization(expiration_date=NOW + dt.timedelta(milliseconds=1))
    assert asked(decide_capture, alone(lapsing), A, 70).amount == 70
    lapsed = authorization(expiration_date=NOW)
    with pytest.raises(InvalidStatus, match="expired"):
        decide_capture(alone(lapsed), A, wishes(1), NOW)
    assert asked(decide_reverse_authorization, alone(lapsed), A, 70).amount == 70


UNABLE = {
    "a second capture": (decide_capture, authorization(), 70, GatewayLimits(multiple_capture=False), "only once"),
    "a second capture while the first is under way": (
        decide_capture,
        authorization(total_payment_capture_amount=D(0), open_capture_amount=D(20)),
        50,
        GatewayLimits(multiple_capture=False),
        "only once",
    ),
    "a part captured": (
        decide_capture,
        authorization(total_payment_capture_amount=D(0), total_auth_reversal_amount=D(0)),
        99,
        GatewayLimits(partial_capture=False),
        "only the whole",
    ),
    "a part refunded": (decide_refund, payment(), 70, GatewayLimits(partial_refund=False), "only the whole"),
    "a part released": (
        decide_reverse_authorization, authorization(), 69, VoidLimits(partial_void=False), "all that is left .* 70",
    ),
    "a release": (decide_reverse_authorization, authorization(), 70, VoidLimits(void=False), "releases no"),
}  # fmt: skip


@pytest.mark.parametrize(("decide", "record", "amount", "limits", "says"), UNABLE.values(), ids=UNABLE)
def test_what_the_gateway_cannot_do_is_not_asked_of_it(decide: Any, record: Any, amount: Any, limits: Any, says: str):
    with pytest.raises(InvalidOperation, match=says):
        decide(alone(record), record.id, wishes(amount), NOW, limits)


def test_a_gateway_that_releases_the_rest_is_asked_for_exactly_that_or_more():
    limits = VoidLimits(partial_void=False)
    record = authorization(open_capture_amount=D(20))
    assert asked(decide_reverse_authorization, alone(record), A, 50, limits).amount == 50
    assert asked(decide_reverse_authorization, alone(record), A, 60, limits).amount == 60


@pytest.mark.parametrize("amount", [71, 100, 1000])
def test_a_reversal_is_not_compared_with_what_is_left(amount: int):
    """Documented: the gateway decides."""
    assert asked(decide_reverse_authorization, alone(authorization()), A, amount).amount == amount


@pytest.mark.parametrize(("account", "fits"), [(None, True), ("001000000000001", True), ("001000000000002", False)])
def test_a_reversal_names_the_account_of_its_authorization_or_none(account: str | None, fits: bool):
    try:
        decide_reverse_authorization(alone(authorization()), A, wishes(1, account_id=account), NOW)
    except InvalidCrossReference:
        assert not fits
    else:
        assert fits


# What the request says, and what it does to the totals


def test_a_capture_of_no_order_is_held_back_at_once():
    decision, request = decide_capture(alone(authorization()), A, wishes("12.3", details={"comments": "x"}), NOW)
    assert (request.kind, str(request.amount), request.currency_iso_code) == ("Capture", "12.30", "GBP")
    assert (request.payment_authorization_id, request.payment_gateway_id) == (A, "0b0000000000001")
    assert (request.order_summary_id, request.state, request.details) == (None, "Open", {"comments": "x"})
    assert request.process_after == NOW + SETTLED_BY_ITSELF_AFTER
    [change] = decision.changed
    assert isinstance(change.after, PaymentAuthorization)
    assert change.after.open_capture_amount == D("12.30")


def test_a_refund_of_no_order_is_held_back_and_hangs_on_the_authorization_that_was_captured():
    captured = payment(type="Capture", payment_authorization_id=A)
    decision, request = decide_refund(alone(captured), P, wishes(70), NOW)
    assert (request.payment_id, request.payment_authorization_id) == (P, A)
    [change] = decision.changed
    assert isinstance(change.after, Payment)
    assert change.after.open_refund_amount == 70
    assert asked(decide_refund, alone(payment()), P, 70).payment_authorization_id is None


def test_two_captures_one_after_the_other_share_what_is_left():
    whole = authorization(total_payment_capture_amount=D(0), total_auth_reversal_amount=D(0))
    decision, request = decide_capture(alone(whole), A, wishes(40), NOW)
    saved = msgspec.structs.replace(request, id="9gR000000000001")
    after = alone(decision.changed[0].after, saved)
    with pytest.raises(InsufficientFunds, match="60"):
        decide_capture(after, A, wishes(61), NOW)
    decision, _ = decide_capture(after, A, wishes(60), NOW)
    assert decision.changed[0].after.open_capture_amount == 100  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["Authorization", "PostAuth", "Sale"])
def test_a_charge_is_a_request_of_no_order_and_of_nothing_made_before(kind: str):
    decision, request = decide_charge(
        kind, "JPY", "0b0000000000001", "03O000000000001", wishes("50.00", account_id="001000000000001"), NOW
    )
    assert decision.changed == ()
    assert (request.kind, str(request.amount), request.currency_iso_code) == (kind, "50", "JPY")
    assert (request.payment_method_id, request.payment_gateway_id) == ("03O000000000001", "0b0000000000001")
    assert request.details == {"account_id": "001000000000001"}


def test_a_refusal_says_what_to_do():
    refusals = [
        (lambda: decide_capture(alone(authorization()), A, wishes(71), NOW), "at most that"),
        (lambda: decide_capture(alone(authorization()), A, wishes("0.001"), NOW), "send it rounded"),
    ]
    for refuse, way_out in refusals:
        with pytest.raises(Refusal, match=way_out):
            refuse()
