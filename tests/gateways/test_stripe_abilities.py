"""Stripe's sales, authorizations of payers' devices, saved cards, and the list of what moved, against localstripe."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from orderwright.gateways.protocol import (
    GatewayResponse,
    Listing,
    NotListed,
    PostAuthorizing,
    Selling,
    TokenizeResponse,
    Tokenizing,
)
from orderwright.gateways.stripe import StripeGateway
from tests.gateways.asking import (
    CARD_NUMBER,
    CVV,
    authorization,
    authorize,
    capture,
    listed,
    payment,
    post_authorize,
    refund,
    sale,
    tokenize,
    tokenize_bank,
    verdict,
    void,
)
from tests.gateways.serving import free_port
from tests.gateways.stripe_account import CONFIRM, DECLINED, api, card, opened

# Stripe's library hands httpx its form as text, in a way that httpx would rather not see.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

HOUR = timedelta(hours=1)


def made_by_device(api_base: str, amount: str = "5000", method: str = "manual", number: str | None = None) -> str:
    """The number of a PaymentIntent that somebody else made."""
    by = card(api_base, number) if number else card(api_base)
    fields = {"amount": amount, "currency": "usd", "payment_method": by, "capture_method": method, "confirm": "true"}
    made: str = api(api_base, "POST", "payment_intents", **fields)["id"]
    return made


async def test_stripe_offers_everything(stripe: StripeGateway):
    for ability in (Selling, PostAuthorizing, Tokenizing, Listing):
        assert isinstance(stripe, ability)


# --- sales ------------------------------------------------------------------------------------------------------------


async def test_a_sale_takes_the_money_and_is_refunded_by_its_charge(stripe: StripeGateway, api_base: str):
    sold = await stripe.sale(sale("s", "80.00", method=card(api_base)))
    charge = api(api_base, "GET", f"charges/{sold.gateway_ref_number}")
    paid = payment(sold.gateway_ref_number, "80.00")
    above = await stripe.refund(refund("r1", "80.01", paid))
    given_back = await stripe.refund(refund("r2", "80.00", paid))

    assert (verdict(sold), sold.amount) == (("Success", "succeeded"), Decimal("80.00"))
    assert (charge["amount"], charge["captured"]) == (8000, True)
    assert verdict(above) == ("PermanentFail", "amount_above_capture")
    assert verdict(given_back) == ("Success", "succeeded")


async def test_a_sale_is_found_again_by_its_key(stripe: StripeGateway, api_base: str):
    sold = await stripe.sale(sale("s", "80.00", method=card(api_base)))
    found = await stripe.look_up("s")
    assert found is not None
    assert (verdict(found), found.gateway_ref_number) == (verdict(sold), sold.gateway_ref_number)


@pytest.mark.parametrize(("number", "code"), [(DECLINED, "card_declined"), (CONFIRM, "authentication_required")])
async def test_a_sale_is_declined_and_stays_so(stripe: StripeGateway, api_base: str, number: str, code: str):
    answer = await stripe.sale(sale("s", "80.00", method=card(api_base, number)))
    found = await stripe.look_up("s")
    assert (verdict(answer), answer.gateway_ref_number) == (("Decline", code), None)
    assert found is not None
    assert verdict(found) == ("Decline", code)


async def test_what_was_sold_is_neither_captured_nor_voided(stripe: StripeGateway, api_base: str):
    await stripe.sale(sale("s", "80.00", method=card(api_base)))
    [intent] = api(api_base, "GET", "payment_intents")["data"]
    source = authorization(intent["id"], "80.00")
    assert verdict(await stripe.capture(capture("c", "1.00", source))) == ("PermanentFail", "authorization_captured")
    assert verdict(await stripe.void(void("v", "80.00", source))) == ("PermanentFail", "authorization_captured")


# --- what a payer's device authorized ---------------------------------------------------------------------------------


async def test_what_a_device_authorized_is_recorded_found_and_captured(stripe: StripeGateway, api_base: str):
    number = made_by_device(api_base)
    first, again = [await stripe.post_authorize(post_authorize("p", "50.00", token=number)) for _ in range(2)]
    found = await stripe.look_up("p")
    taken = await stripe.capture(capture("c", "50.00", authorization(number, "50.00")))
    assert (verdict(first), first.gateway_ref_number) == (("Success", "requires_capture"), number)
    assert (first.duplicate, again.duplicate) == (False, True)
    assert found is not None
    assert (verdict(found), found.gateway_ref_number) == (("Success", "requires_capture"), number)
    assert verdict(taken) == ("Success", "succeeded")


async def test_what_is_recorded_or_our_own_is_not_recorded_again(stripe: StripeGateway, api_base: str):
    number = made_by_device(api_base)
    await stripe.post_authorize(post_authorize("p", "50.00", token=number))
    ours = (await stripe.authorize(authorize("a", "50.00", method=card(api_base)))).gateway_ref_number
    for known in (number, ours):
        answer = await stripe.post_authorize(post_authorize("p2", "50.00", token=known))
        assert verdict(answer) == ("PermanentFail", "authorization_recorded")


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [("49.99", "USD", "amount_mismatch"), ("50.01", "USD", "amount_mismatch"), ("50.00", "EUR", "currency_mismatch")],
)
async def test_a_device_cannot_state_another_amount_or_currency(
    stripe: StripeGateway, api_base: str, amount: str, currency: str, code: str
):
    answer = await stripe.post_authorize(post_authorize("p", amount, currency, made_by_device(api_base)))
    assert verdict(answer) == ("ValidationError", code)


async def test_what_does_not_wait_to_be_captured_is_not_recorded(stripe: StripeGateway, api_base: str):
    sold, gone, waits = (made_by_device(api_base, method="automatic"), made_by_device(api_base),
                         made_by_device(api_base, number=CONFIRM))  # fmt: skip
    api(api_base, "POST", f"payment_intents/{gone}/cancel")
    answers: list[GatewayResponse] = []
    for number, token in enumerate((sold, gone, waits, "", "pi_unknown", "pm_1", "pi_1_secret_2")):
        answers.append(await stripe.post_authorize(post_authorize(f"p{number}", "50.00", token=token)))
    assert [verdict(answer) for answer in answers[:4]] == [
        ("PermanentFail", "authorization_captured"),
        ("PermanentFail", "authorization_voided"),
        ("ValidationError", "not_authorized"),
        ("ValidationError", "field_missing"),
    ]
    assert {answer.sf_result_code for answer in answers[4:]} == {"ValidationError"}
    assert "secret" not in repr(answers)


# --- cards that are kept ----------------------------------------------------------------------------------------------


def said(answer: TokenizeResponse) -> tuple[str, str | None]:
    return answer.sf_result_code, answer.gateway_result_code


async def test_a_card_that_is_kept_pays_more_than_once_and_nothing_of_it_is_shown(stripe: StripeGateway, api_base: str):
    request = tokenize(number="4242 4242 4242 4242")
    answer = await stripe.tokenize(request)
    assert said(answer) == ("Success", "saved")
    assert answer.gateway_token
    paid = [await stripe.sale(sale(f"s{n}", "1.00", method=answer.gateway_token)) for n in range(2)]
    reserved = await stripe.authorize(authorize("a", "1.00", method=answer.gateway_token))
    assert [a.sf_result_code for a in (*paid, reserved)] == ["Success"] * 3

    method = api(api_base, "GET", f"payment_methods/{answer.gateway_token.split('/')[1]}")
    assert (method["card"]["last4"], method["card"]["exp_year"]) == ("4242", 2030)
    assert method["billing_details"] == {"name": "Carol", "address": {"line1": "Main St 1", "country": "US"}}
    shown = repr([request, answer, paid, reserved]) + answer.request + answer.response
    for secret in (*answer.gateway_token.split("/"), CARD_NUMBER, "4242 4242", CVV, "Carol"):
        assert secret not in shown
    assert json.loads(answer.request)["last_four"] == "4242"


async def test_a_card_that_stripe_does_not_take_gets_no_token(stripe: StripeGateway):
    declined = await stripe.tokenize(tokenize(number="4000000000000002"))
    wrong = await stripe.tokenize(tokenize("t2", number="424242"))
    assert said(declined) == ("Decline", "card_declined")
    assert wrong.sf_result_code == "ValidationError"
    assert declined.gateway_token is wrong.gateway_token is None
    assert "4000000000000002" not in repr(declined) + declined.request + declined.response


async def test_bank_accounts_are_not_offered_and_nothing_is_no_card(stripe: StripeGateway):
    assert said(await stripe.tokenize(tokenize_bank())) == ("PermanentFail", "not_offered")
    assert said(await stripe.tokenize(tokenize(""))) == ("ValidationError", "field_missing")


async def test_a_stripe_that_is_not_there_sells_keeps_and_lists_nothing():
    async with opened(f"http://127.0.0.1:{free_port()}") as gateway:
        assert verdict(await gateway.sale(sale("s", "1.00"))) == ("SystemError", "unreachable")
        recorded = await gateway.post_authorize(post_authorize("p", "1.00", token="pi_1"))
        assert verdict(recorded) == ("SystemError", "unreachable")
        assert said(await gateway.tokenize(tokenize())) == ("SystemError", "unreachable")
        with pytest.raises(NotListed, match="could not be reached"):
            await listed(gateway, datetime.now(UTC) - HOUR, datetime.now(UTC))


# --- what moved -------------------------------------------------------------------------------------------------------


async def test_everything_that_moved_is_listed_under_the_numbers_that_were_answered(
    stripe: StripeGateway, api_base: str
):
    opened_first = await stripe.authorize(authorize("a", "100.00", method=card(api_base)))
    source = authorization(opened_first.gateway_ref_number)
    taken = await stripe.capture(capture("c", "60.00", source))
    given_back = await stripe.refund(refund("r", "10.00", payment(taken.gateway_ref_number, "60.00")))
    sold = await stripe.sale(sale("s", "5.00", method=card(api_base)))
    other = await stripe.authorize(authorize("a2", "7.00", method=card(api_base)))
    await stripe.void(void("v2", "7.00", authorization(other.gateway_ref_number, "7.00")))
    await stripe.sale(sale("declined", "9.00", method=card(api_base, DECLINED)))
    by_hand = api(api_base, "POST", "refunds", charge=sold.gateway_ref_number or "", amount="200")

    now = datetime.now(UTC)
    found = await listed(stripe, now - HOUR, now + HOUR)
    a, c, s, a2 = (x.gateway_ref_number for x in (opened_first, taken, sold, other))
    rows = {(t.kind, t.gateway_ref_number, t.idempotency_key, t.drawn_on, str(t.amount)) for t in found}
    assert rows == {
        ("Authorize", a, "a", None, "100.00"),
        ("Capture", c, "c", a, "60.00"),
        ("Refund", given_back.gateway_ref_number, "r", c, "10.00"),
        ("Sale", s, "s", None, "5.00"),
        ("Authorize", a2, "a2", None, "7.00"),
        ("Void", a2, "v2", a2, "7.00"),
        ("Refund", by_hand["id"], None, s, "2.00"),
    }
    assert len(found) == len(rows)
    assert [t.booked_at for t in found] == sorted(t.booked_at for t in found)
    assert {t.currency_iso_code for t in found} == {"USD"}
    assert await listed(stripe, now - 2 * HOUR, now - HOUR) == []


async def test_pages_are_put_together(stripe: StripeGateway, api_base: str, monkeypatch: pytest.MonkeyPatch):
    token = card(api_base)
    for number in range(5):
        await stripe.sale(sale(f"s{number}", "1.00", method=token))
    monkeypatch.setattr("orderwright.gateways.stripe_records.PAGE", 2)
    now = datetime.now(UTC)
    found = await listed(stripe, now - HOUR, now + HOUR)
    assert sorted(str(t.idempotency_key) for t in found) == [f"s{number}" for number in range(5)]
