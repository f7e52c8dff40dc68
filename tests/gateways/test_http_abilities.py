"""What the HTTP contract offers besides the four operations: against the example, and against servers without it."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from orderwright.clock import system_clock
from orderwright.gateways.http_adapter import HttpGateway
from orderwright.gateways.protocol import Listing, NotListed, PostAuthorizing, Selling, Tokenizing
from orderwright.gateways.signing import sign
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
from tests.gateways.http_servers import SECRET, Reply, gateway_at, server_that, signed
from tests.gateways.serving import free_port

SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_the_adapter_offers_everything(example: HttpGateway):
    for ability in (Selling, PostAuthorizing, Tokenizing, Listing):
        assert isinstance(example, ability)


# --- the example ------------------------------------------------------------------------------------------------------


async def test_a_sale_is_made_once_found_again_and_refunded(example: HttpGateway):
    first, second = [await example.sale(sale("sale-1", "80.00")) for _ in range(2)]
    found = await example.look_up("sale-1")
    above = await example.refund(refund("sale-r1", "80.01", payment(first.gateway_ref_number, "80.00")))
    given_back = await example.refund(refund("sale-r2", "80.00", payment(first.gateway_ref_number, "80.00")))
    assert (verdict(first), first.duplicate, second.duplicate) == (("Success", "approved"), False, True)
    assert found is not None
    assert first.gateway_ref_number == second.gateway_ref_number == found.gateway_ref_number
    assert (above.sf_result_code, given_back.sf_result_code) == ("PermanentFail", "Success")
    other = await example.sale(sale("sale-1", "80.00", method="another"))
    assert other.sf_result_code == "ValidationError"


async def test_what_a_device_authorized_is_recorded_once_and_captured(example: HttpGateway):
    recorded = await example.post_authorize(post_authorize("post-1", "50.00", token="device-7"))
    again = await example.post_authorize(post_authorize("post-2", "50.00", token="device-7"))
    unknown = await example.post_authorize(post_authorize("post-3", "50.00", token="ex_auth_unknown"))
    taken = await example.capture(capture("post-c", "50.00", authorization(recorded.gateway_ref_number, "50.00")))
    assert (verdict(recorded), recorded.gateway_ref_number) == (("Success", "approved"), "device-7")
    assert [again.sf_result_code, unknown.sf_result_code] == ["PermanentFail"] * 2
    assert taken.sf_result_code == "Success"


async def test_a_card_gets_a_token_that_pays_and_nothing_of_it_is_shown(example: HttpGateway):
    for request in (tokenize("token-1", "4242 4242 4242 4242"), tokenize_bank("token-2")):
        answer = await example.tokenize(request)
        assert answer.sf_result_code == "Success"
        assert answer.gateway_token
        assert (
            await example.sale(sale(f"paid-{request.idempotency_key}", "1.00", method=answer.gateway_token))
        ).amount == 1
        shown = repr([request, answer]) + answer.request + answer.response
        for secret in (answer.gateway_token, CARD_NUMBER, "4242 4242 4242 4242", CVV, "000123456789", "Carol"):
            assert secret not in shown
    refused = await example.tokenize(tokenize("token-3", "4242424242424241"))
    assert (refused.sf_result_code, refused.gateway_result_code) == ("ValidationError", "incorrect_number")


async def test_the_example_lists_what_moved(example: HttpGateway):
    before = system_clock()
    opened = await example.authorize(authorize("list-a", "100.00", "EUR"))
    source = authorization(opened.gateway_ref_number, "100.00", "EUR")
    taken = await example.capture(capture("list-c", "60.00", source, "EUR"))
    await example.void(void("list-v", "40.00", source, "EUR"))
    await example.capture(capture("list-above", "0.01", source, "EUR"))
    await example.refund(refund("list-r", "10.00", payment(taken.gateway_ref_number, "60.00", "EUR"), "EUR"))
    await example.sale(sale("list-s", "5.00"))
    await example.sale(sale("list-s", "5.00"))
    found = await listed(example, before, system_clock() + HOUR)

    assert [(t.kind, t.idempotency_key, t.drawn_on, t.amount) for t in found] == [
        ("Authorize", "list-a", None, Decimal(100)),
        ("Capture", "list-c", opened.gateway_ref_number, Decimal(60)),
        ("Void", "list-v", opened.gateway_ref_number, Decimal(40)),
        ("Refund", "list-r", taken.gateway_ref_number, Decimal(10)),
        ("Sale", "list-s", None, Decimal(5)),
    ]
    assert found[1].gateway_ref_number == taken.gateway_ref_number
    assert await listed(example, before - 2 * HOUR, before - HOUR) == []


async def test_the_example_lists_more_than_a_page(example: HttpGateway):
    before = system_clock()
    for number in range(205):
        await example.sale(sale(f"page-{number}", "1.00"))
    found = await listed(example, before, system_clock() + HOUR)
    assert [t.idempotency_key for t in found] == [f"page-{number}" for number in range(205)]


async def test_what_is_asked_for_behind_the_question_mark_is_signed(example_url: str):
    path = "/transactions?since=2026-03-01T00%3A00%3A00Z&until=2026-03-02T00%3A00%3A00Z"
    async with httpx.AsyncClient() as http:
        for about, status in [(path, 200), ("/transactions", 401), (path.replace("03-02", "03-03"), 401)]:
            headers = sign(SECRET, "GET", about, b"", system_clock())
            assert (await http.get(example_url + path, headers=headers)).status_code == status


# --- servers without it -----------------------------------------------------------------------------------------------


async def test_what_a_server_does_not_have_it_does_not_offer():
    async with server_that(signed(404, {"code": "no_such_path"})) as url:
        gateway = gateway_at(url)
        answers = [await gateway.sale(sale("k", "1.00")), await gateway.post_authorize(post_authorize("k", "1.00"))]
        token = await gateway.tokenize(tokenize())
        with pytest.raises(NotListed, match="does not offer GET /transactions"):
            await listed(gateway, SINCE, UNTIL)
        capture_answer = await gateway.capture(capture("k", "1.00"))
    assert [verdict(answer) for answer in answers] == [("PermanentFail", "not_offered")] * 2
    assert answers[0].gateway_message == "The gateway does not offer POST /sales"
    assert (token.sf_result_code, token.gateway_result_code) == ("PermanentFail", "not_offered")
    assert token.gateway_message == "The gateway does not offer POST /payment-methods"
    # What every gateway has to have is missing for another reason.
    assert capture_answer.sf_result_code == "ValidationError"


async def test_an_unsigned_404_may_be_anybodys():
    async with server_that(lambda *_: (404, {}, b"{}")) as url:
        gateway = gateway_at(url)
        assert verdict(await gateway.sale(sale("k", "1.00"))) == ("Indeterminate", "answer_not_believed")
        assert (await gateway.tokenize(tokenize())).sf_result_code == "Indeterminate"
        with pytest.raises(NotListed, match="not signed"):
            await listed(gateway, SINCE, UNTIL)


async def test_a_server_that_is_not_there_gives_no_token_and_no_list():
    gateway = gateway_at(f"http://127.0.0.1:{free_port()}")
    assert verdict(await gateway.sale(sale("k", "1.00"))) == ("SystemError", "unreachable")
    token = await gateway.tokenize(tokenize())
    assert (token.sf_result_code, token.response) == ("SystemError", "")
    with pytest.raises(NotListed, match="no connection"):
        await listed(gateway, SINCE, UNTIL)


# --- tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "result"),
    [(400, "ValidationError"), (422, "ValidationError"), (429, "SystemError"), (503, "SystemError"),
     (500, "Indeterminate"), (302, "Indeterminate")],
)  # fmt: skip
async def test_what_a_signed_status_means_for_a_token(status: int, result: str):
    said = {"code": "why", "message": f"{CARD_NUMBER} with {CVV}"}
    async with server_that(signed(status, said)) as url:
        answer = await gateway_at(url).tokenize(tokenize())
    assert answer.sf_result_code == result
    assert CARD_NUMBER not in repr(answer) + answer.response
    assert CVV not in repr(answer)


async def test_what_a_server_repeats_of_a_card_is_shown_nowhere():
    said = {
        "idempotency_key": "t", "result": "Success", "gateway_token": "tok_very_secret", "gateway_result_code": CVV,
        "gateway_message": f"tok_very_secret is 4242-4242-4242-4242 with {CVV}", "card": {"card_number": CARD_NUMBER},
    }  # fmt: skip
    async with server_that(signed(200, said)) as url:
        answer = await gateway_at(url).tokenize(tokenize())
    assert answer.gateway_token == "tok_very_secret"
    assert answer.gateway_message == "hidden is hidden with hidden"
    shown = repr(answer) + answer.request + answer.response
    for secret in ("tok_very_secret", CARD_NUMBER, "4242-4242", CVV):
        assert secret not in shown


@pytest.mark.parametrize(
    "content",
    [{"idempotency_key": "another", "result": "Success", "gateway_token": "t"},
     {"idempotency_key": "t", "result": "Success"}, {"idempotency_key": "t", "result": "Fine"}, {}, []],
    ids=json.dumps,
)  # fmt: skip
async def test_a_token_that_cannot_be_is_not_believed(content: object):
    async with server_that(signed(200, content)) as url:
        answer = await gateway_at(url).tokenize(tokenize())
    assert (answer.sf_result_code, answer.gateway_token) == ("Indeterminate", None)


# --- lists ------------------------------------------------------------------------------------------------------------


def movement(**changed: object) -> dict[str, object]:
    plain = {"kind": "Sale", "gateway_ref_number": "n", "amount": "1.00", "currency_iso_code": "USD"}
    return plain | {"booked_at": "2026-03-01T12:00:00Z"} | changed


@asynccontextmanager
async def listing(*pages: object) -> AsyncIterator[HttpGateway]:
    """A gateway that gives one page after the other."""
    left = iter(pages)

    def reply(signature: str, method: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        answer: Reply = signed(200, next(left))
        return answer(signature, method, body)

    async with server_that(reply) as url:
        yield gateway_at(url)


def page(transactions: Sequence[object], cursor: str | None = None) -> dict[str, object]:
    return {"transactions": transactions, "next_cursor": cursor}


async def test_pages_follow_each_other_until_there_is_no_cursor():
    pages = [page([movement(gateway_ref_number="1")], "a"), page([], "b"), page([movement(gateway_ref_number="2")])]
    async with listing(*pages) as gateway:
        assert [t.gateway_ref_number for t in await listed(gateway, SINCE, UNTIL)] == ["1", "2"]


@pytest.mark.parametrize(
    ("pages", "complaint"),
    [
        ([page([movement(booked_at="2026-02-28T23:59:59Z")])], "out of order or outside"),
        ([page([movement(booked_at="2026-03-02T00:00:00Z")])], "out of order or outside"),
        ([page([movement()], "a"), page([movement(booked_at="2026-03-01T11:00:00Z")])], "out of order or outside"),
        ([page([movement()], "a"), page([], "a")], "goes in circles"),
        ([page([movement(amount="1.001")])], "no amount"),
        ([page([movement(amount="-1")])], "no amount"),
        ([page([movement(amount="NaN")])], "no amount"),
        ([page([movement(currency_iso_code="XAU")])], "no amount"),
        ([page([movement(gateway_ref_number="")])], "without a gateway_ref_number"),
        ([page([movement(kind="Gift")])], "could not be read"),
        ([page([movement(booked_at="2026-03-01T12:00:00")])], "could not be read"),
        ([[]], "could not be read"),
    ],
)  # fmt: skip
async def test_a_list_that_cannot_be_is_none(pages: list[object], complaint: str):
    async with listing(*pages) as gateway:
        with pytest.raises(NotListed, match=complaint):
            await listed(gateway, SINCE, UNTIL)


@pytest.mark.parametrize("status", [400, 429, 500])
async def test_a_list_is_only_a_200(status: int):
    async with server_that(signed(status, {"code": "why"})) as url:
        with pytest.raises(NotListed, match=str(status)):
            await listed(gateway_at(url), SINCE, UNTIL)
