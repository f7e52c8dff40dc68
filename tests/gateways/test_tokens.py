"""Tokens for cards and bank accounts, and that nothing of a card is ever shown."""

import datetime as dt
import json
import pickle
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from rich.pretty import pretty_repr

from orderwright.gateways.card_data import BankDetails, CardDetails, without
from orderwright.gateways.protocol import TokenizeResponse
from orderwright.gateways.simulator import Simulator
from orderwright.gateways.simulator_tokens import passes_luhn
from tests.gateways.asking import (
    CARD_NUMBER,
    CVV,
    NOW,
    authorize,
    post_authorize,
    sale,
    tokenize,
    tokenize_bank,
)


def said(answer: TokenizeResponse) -> tuple[str, str | None]:
    return answer.sf_result_code, answer.gateway_result_code


@pytest.mark.parametrize(
    "number",
    [
        CARD_NUMBER,
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "378282246310005",
        "30569309025904",
        "5555555555554444",
    ],
)
async def test_any_card_that_could_be_real_gets_a_token_that_pays(simulator: Simulator, number: str):
    answer = await simulator.tokenize(tokenize(number=number))
    assert said(answer) == ("Success", "approved")
    assert answer.gateway_token
    assert answer.gateway_date == NOW
    paid = await simulator.authorize(authorize("a", "1.00", method=answer.gateway_token))
    assert paid.sf_result_code == "Success"


async def test_the_same_key_gets_the_same_token_and_another_key_another(simulator: Simulator):
    tokens = [(await simulator.tokenize(tokenize(key))).gateway_token for key in ("t1", "t1", "t2")]
    assert tokens[0] == tokens[1] != tokens[2]


@pytest.mark.parametrize(
    ("number", "result"),
    [
        ("4242424242424241", ("ValidationError", "incorrect_number")),
        ("42424242424", ("ValidationError", "incorrect_number")),
        ("42424242424242424242", ("ValidationError", "incorrect_number")),
        ("4242x42424242424", ("ValidationError", "incorrect_number")),
        ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", ("ValidationError", "incorrect_number")),
        ("", ("ValidationError", "incorrect_number")),
        ("4000000000000002", ("Decline", "card_declined")),
        ("4000000000009995", ("Decline", "insufficient_funds")),
        ("4000 0000 0000 9979", ("PermanentFail", "stolen_card")),
        ("4000000000000127", ("ValidationError", "incorrect_cvv")),
    ],
)
async def test_some_numbers_are_refused(simulator: Simulator, number: str, result: tuple[str, str]):
    answer = await simulator.tokenize(tokenize(number=number))
    assert (said(answer), answer.gateway_token) == (result, None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"expiry_month": 0}, "invalid_expiry"),
        ({"expiry_month": 13}, "invalid_expiry"),
        ({"expiry_year": 30}, "invalid_expiry"),
        ({"expiry_year": 2026, "expiry_month": 2}, "expired_card"),
        ({"expiry_year": 2025, "expiry_month": 12}, "expired_card"),
        ({"cvv": "12"}, "invalid_cvv"),
        ({"cvv": "12345"}, "invalid_cvv"),
        ({"cvv": "abc"}, "invalid_cvv"),
    ],
)
async def test_a_card_that_cannot_be_used_is_refused(simulator: Simulator, changed: dict[str, Any], code: str):
    assert said(await simulator.tokenize(tokenize(**changed))) == ("ValidationError", code)


async def test_a_card_is_good_to_the_end_of_its_month_and_needs_no_security_code(simulator: Simulator):
    last_day = dt.datetime(2026, 3, 31, 23, 59, tzinfo=dt.UTC)
    simulator._clock = lambda: last_day
    answer = await simulator.tokenize(tokenize(expiry_year=2026, expiry_month=3, cvv=None))
    assert said(answer) == ("Success", "approved")


async def test_a_bank_account_gets_a_token_and_neither_or_both_get_none(simulator: Simulator):
    assert said(await simulator.tokenize(tokenize_bank())) == ("Success", "approved")
    assert said(await simulator.tokenize(tokenize_bank(number=" "))) == ("ValidationError", "field_missing")
    both = msgspec.structs.replace(tokenize(), bank=tokenize_bank().bank)
    for request in (both, msgspec.structs.replace(tokenize(), card=None), tokenize("")):
        assert said(await simulator.tokenize(request)) == ("ValidationError", "field_missing")


@pytest.mark.parametrize("digits", ["4242424242424242", "79927398713", "0"])
def test_the_check_digit_is_right(digits: str):
    assert passes_luhn(digits)
    for wrong in range(1, 10):
        assert not passes_luhn(digits[:-1] + str((int(digits[-1]) + wrong) % 10))


# --- nothing of it is shown -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [CARD_NUMBER, "4000000000000002", "4242424242424241", "98765"])
async def test_nothing_secret_is_in_any_log_text_or_repr_of_a_tokenization(simulator: Simulator, number: str):
    request = tokenize(number=number, email="carol@example.com")
    answer = await simulator.tokenize(request)
    shown = "".join(
        [
            *(f(x) for f in (repr, str, pretty_repr) for x in (request, request.card, answer)),
            answer.request,
            answer.response,
        ]
    )
    assert number not in shown
    assert number[-5:] not in shown
    assert CVV not in shown
    assert "Carol" not in shown
    assert "carol@example.com" not in shown
    assert "Main St" not in shown
    assert answer.gateway_token is None or answer.gateway_token not in shown


async def test_the_log_of_a_tokenization_names_the_method_by_its_last_digits(simulator: Simulator):
    card, bank = await simulator.tokenize(tokenize()), await simulator.tokenize(tokenize_bank())
    assert json.loads(card.request) == {
        "operation": "Tokenize", "idempotency_key": "t", "payment_method": "Card", "last_four": "4242",
    }  # fmt: skip
    assert json.loads(bank.request)["last_four"] == "6789"
    assert json.loads(card.response)["sf_result_code"] == "Success"
    assert "00012345" not in repr(tokenize_bank()) + bank.request + bank.response


@pytest.mark.parametrize(
    "request_made", [authorize("k", "1.00", method="tok_secret"), sale("k", "1.00", method="tok_secret"),
                     post_authorize("k", "1.00", token="tok_secret")], ids=lambda r: type(r).__name__,
)  # fmt: skip
async def test_a_token_is_in_no_repr_however_it_is_drawn(request_made: object):
    for shown in (repr(request_made), str(request_made), pretty_repr(request_made), f"{[request_made]}"):
        assert "tok_secret" not in shown
        assert "'k'" in shown


async def test_a_sale_keeps_and_logs_no_token(simulator: Simulator):
    answer = await simulator.sale(sale("s", "1.00", method="tok_secret"))
    kept = await simulator._books.fetch("SELECT a::text FROM simulator.answer AS a")
    assert "tok_secret" not in "".join([repr(answer), *(row["a"] for row in kept)])


def test_too_short_a_number_shows_no_digits():
    assert CardDetails(card_number="1234567", expiry_month=1, expiry_year=2030).last_four == ""
    bank = BankDetails(account_number="1234", bank_code="1", account_holder_name="C")
    assert "1234" not in repr(bank)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("card 4242424242424242 declined", "card hidden declined"),
        ("card 4242-4242 4242-4242!", "card hidden!"),
        ("code 737 wrong", "code hidden wrong"),
        ("request 17371 and 4242424242424242x", "request 17371 and 4242424242424242x"),
        ("", ""),
    ],
)
def test_what_a_provider_repeats_is_hidden_but_not_what_only_looks_like_it(text: str, left: str):
    assert tokenize().hide(text) == left
    assert without(text, []) == text


def test_requests_still_travel_between_processes():
    """Hidden from people, not from the program."""
    request = tokenize()
    assert pickle.loads(pickle.dumps(request)) == request  # noqa: S301 - our own bytes
    assert sale("k", "1.00").amount == Decimal("1.00")
