"""What fits into the simulator's books, and what is refused."""

from decimal import Decimal
from hashlib import sha256

import pytest

from orderwright.gateways.simulator import Books, Simulator
from tests.gateways.asking import (
    NOW,
    OPERATIONS,
    ask,
    authorization,
    authorize,
    authorized_at,
    capture,
    captured_at,
    moved,
    payment,
    refund,
    verdict,
    void,
)

EMPTY = Books(authorizations=(), captures=())


async def test_an_order_is_paid_in_parts_and_partly_refunded(simulator: Simulator):
    reserved = await simulator.authorize(authorize("a", "100.00"))
    assert reserved.gateway_ref_number is not None
    source = authorization(reserved.gateway_ref_number)
    first = await simulator.capture(capture("c1", "60.00", source))
    second = await simulator.capture(capture("c2", "40.00", source))
    paid = payment(first.gateway_ref_number, "60.00")
    given_back = await simulator.refund(refund("r", "25.50", paid))

    assert verdict(first) == verdict(second) == verdict(given_back) == ("Success", "approved")
    assert (first.amount, first.duplicate) == (Decimal("60.00"), False)
    assert first.gateway_date == NOW.replace(microsecond=123000)
    totals = await authorized_at(simulator, reserved.gateway_ref_number)
    assert (totals.authorized, totals.captured, totals.refunded, totals.reversed) == _amounts("100 100 25.50 0")
    one = await captured_at(simulator, str(first.gateway_ref_number))
    assert one.authorization_reference == totals.reference
    assert (one.captured, one.refunded) == _amounts("60 25.50")


async def test_references_follow_from_the_key_and_name_the_operation(simulator: Simulator):
    made = [await ask(simulator, operation, f"key of {operation}", "1.00") for operation in OPERATIONS]
    assert [answer.gateway_ref_number for answer in made] == [
        "sim_auth_f9e4259294545760",
        "sim_cap_a73801b4ba2f3356",
        "sim_ref_7bf68724659dbac1",
        "sim_void_40e6752ab90d5619",
        "sim_sale_" + sha256(b"key of Sale").hexdigest()[:16],
        "device-key of PostAuthorize",
    ]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        ("0", "USD", "amount_invalid"),
        ("-0.01", "USD", "amount_invalid"),
        ("10.001", "USD", "amount_invalid"),
        ("1.5", "JPY", "amount_invalid"),
        ("1.0001", "KWD", "amount_invalid"),
        ("NaN", "USD", "amount_invalid"),
        ("sNaN", "USD", "amount_invalid"),
        ("Infinity", "USD", "amount_invalid"),
        ("1E+16", "USD", "amount_invalid"),
        ("1.00", "ABC", "currency_unknown"),
        ("1.00", "XAU", "currency_unknown"),
    ],
)
async def test_what_is_no_amount_of_money_is_refused(
    simulator: Simulator, operation: str, amount: str, currency: str, reason: str
):
    assert verdict(await ask(simulator, operation, "k", amount, currency)) == ("ValidationError", reason)
    assert await simulator.books() == EMPTY
    assert await simulator.look_up("k") is None


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("amount", "currency"), [("10.00", "USD"), ("10.000", "USD"), ("10", "JPY"), ("1.005", "KWD")])
async def test_an_amount_at_the_scale_of_its_currency_is_taken(
    simulator: Simulator, operation: str, amount: str, currency: str
):
    assert verdict(await ask(simulator, operation, "k", amount, currency)) == ("Success", "approved")
    assert (await moved(simulator))[operation] == Decimal(amount)


async def test_an_empty_key_is_refused(simulator: Simulator):
    assert verdict(await simulator.capture(capture("", "1.00"))) == ("ValidationError", "field_missing")
    assert await simulator.books() == EMPTY


async def test_captures_together_stay_within_the_authorization(simulator: Simulator):
    await simulator.capture(capture("c1", "60.00"))
    assert verdict(await simulator.capture(capture("c2", "40.01"))) == ("PermanentFail", "amount_above_authorization")
    assert (await moved(simulator))["Capture"] == 60
    assert verdict(await simulator.capture(capture("c3", "40.00"))) == ("Success", "approved")
    assert (await moved(simulator))["Capture"] == 100


async def test_refunds_together_stay_within_the_capture(simulator: Simulator):
    captured = await simulator.capture(capture("c", "50.00"))
    paid = payment(captured.gateway_ref_number, "50.00")
    await simulator.refund(refund("r1", "30.00", paid))
    assert verdict(await simulator.refund(refund("r2", "20.01", paid))) == ("PermanentFail", "amount_above_capture")
    assert (await moved(simulator))["Refund"] == 30
    assert verdict(await simulator.refund(refund("r3", "20.00", paid))) == ("Success", "approved")
    assert (await moved(simulator))["Refund"] == 50


async def test_a_refund_is_held_to_what_was_captured_not_to_what_it_states(simulator: Simulator):
    captured = await simulator.capture(capture("c", "50.00"))
    inflated = payment(captured.gateway_ref_number, "90.00")
    assert verdict(await simulator.refund(refund("r", "50.01", inflated))) == ("PermanentFail", "amount_above_capture")


async def test_nothing_is_captured_after_a_void(simulator: Simulator):
    await simulator.void(void("v", "100.00"))
    assert verdict(await simulator.capture(capture("c", "0.01"))) == ("PermanentFail", "authorization_voided")
    assert verdict(await simulator.void(void("v2", "0.01"))) == ("PermanentFail", "authorization_voided")
    assert await moved(simulator) == dict.fromkeys(OPERATIONS, 0) | {"Authorize": 100, "Void": 100}


async def test_a_part_can_be_voided_and_the_rest_captured(simulator: Simulator):
    await simulator.void(void("v", "30.00"))
    assert verdict(await simulator.capture(capture("c1", "70.01"))) == ("PermanentFail", "authorization_voided")
    assert verdict(await simulator.capture(capture("c2", "70.00"))) == ("Success", "approved")


async def test_captured_money_cannot_be_voided(simulator: Simulator):
    await simulator.capture(capture("c", "70.00"))
    assert verdict(await simulator.void(void("v", "30.01"))) == ("PermanentFail", "amount_above_authorization")
    assert verdict(await simulator.void(void("v2", "30.00"))) == ("Success", "approved")


@pytest.mark.parametrize("operation", ["Capture", "Refund", "Void"])
async def test_the_currency_is_that_of_the_books(simulator: Simulator, operation: str):
    await ask(simulator, operation, "k1", "10.00", "USD")
    assert verdict(await ask(simulator, operation, "k2", "10.00", "EUR")) == ("ValidationError", "currency_mismatch")
    assert (await moved(simulator))[operation] == 10


async def test_the_currency_is_that_of_the_stated_authorization(simulator: Simulator):
    request = capture("c", "10.00", authorization(currency="EUR"), "USD")
    assert verdict(await simulator.capture(request)) == ("ValidationError", "currency_mismatch")
    assert await simulator.books() == EMPTY


async def test_an_authorization_made_elsewhere_is_opened_with_the_amount_first_stated(simulator: Simulator):
    await simulator.capture(capture("c1", "10.00", authorization(whole="50.00")))
    assert (await authorized_at(simulator, "elsewhere-1")).authorized == 50
    above = await simulator.capture(capture("c2", "40.01", authorization(whole="500.00")))
    assert verdict(above) == ("PermanentFail", "amount_above_authorization")
    assert (await authorized_at(simulator, "elsewhere-1")).authorized == 50


@pytest.mark.parametrize("stated", ["19.99", "0", "-20", "NaN", "Infinity", "1E+16"])
async def test_each_request_is_also_held_to_its_own_statement(simulator: Simulator, stated: str):
    await simulator.capture(capture("c1", "10.00"))
    below = await simulator.capture(capture("c2", "20.00", authorization(whole=stated)))
    assert verdict(below) == ("PermanentFail", "amount_above_authorization")
    assert (await moved(simulator))["Capture"] == 10


async def test_without_a_number_our_id_names_the_authorization(simulator: Simulator):
    await simulator.capture(capture("c1", "60.00", authorization(None, our_id="0xcA")))
    other = await simulator.capture(capture("c2", "60.00", authorization(None, our_id="0xcB")))
    same = await simulator.capture(capture("c3", "60.00", authorization("", our_id="0xcA")))
    assert (other.sf_result_code, same.sf_result_code) == ("Success", "PermanentFail")


async def test_money_captured_elsewhere_is_refunded_up_to_the_amount_first_stated(simulator: Simulator):
    await simulator.refund(refund("r1", "30.00", payment(whole="40.00")))
    above = await simulator.refund(refund("r2", "10.01", payment(whole="400.00")))
    assert verdict(above) == ("PermanentFail", "amount_above_capture")
    totals = await captured_at(simulator, "elsewhere-2")
    assert totals.authorization_reference is None
    assert (totals.captured, totals.refunded) == _amounts("40 30")


async def test_an_unknown_reference_of_the_simulators_own_making_is_never_opened(simulator: Simulator):
    captured = await simulator.capture(capture("c", "1.00", authorization("sim_auth_0123456789abcdef")))
    refunded = await simulator.refund(refund("r", "1.00", payment("sim_cap_0123456789abcdef")))
    voided = await simulator.void(void("v", "1.00", authorization("sim_auth_0123456789abcdef")))
    assert verdict(captured) == verdict(refunded) == verdict(voided) == ("ValidationError", "reference_unknown")
    assert await simulator.books() == EMPTY


async def test_the_sums_beside_the_limits_equal_the_entries(simulator: Simulator, books_url: str):
    await simulator.capture(capture("c1", "10.00"))
    captured = await simulator.capture(capture("c2", "20.00"))
    await simulator.void(void("v", "5.00"))
    await simulator.refund(refund("r", "7.00", payment(captured.gateway_ref_number, "20.00")))
    [kept] = await simulator._books.fetch("SELECT captured, reversed FROM simulator.authorization")
    totals = await authorized_at(simulator, "elsewhere-1")
    assert tuple(kept) == (totals.captured, totals.reversed) == _amounts("30 5")
    kept_refunds = await simulator._books.fetchval("SELECT sum(refunded) FROM simulator.capture")
    assert kept_refunds == totals.refunded == 7


def _amounts(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount) for amount in text.split())
