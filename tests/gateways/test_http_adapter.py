"""The HTTP adapter against the example of its other side, a process of its own, and against servers that misbehave."""

import asyncio
import json
import socket
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from orderwright.clock import system_clock
from orderwright.gateways.configuration import ConfigurationError, Secret
from orderwright.gateways.http_adapter import HttpGateway, open_http
from orderwright.gateways.protocol import AuthorizeRequest, GatewayResponse, InvalidNotification
from orderwright.gateways.signing import sign
from orderwright.gateways.surroundings import Surroundings
from tests.gateways.asking import (
    NOW,
    authorization,
    authorize,
    capture,
    payment,
    post_authorize,
    refund,
    sale,
    verdict,
    void,
)
from tests.gateways.http_servers import SECRET, Reply, gateway_at, server_that, signed
from tests.gateways.serving import free_port

# --- the example ------------------------------------------------------------------------------------------------------


async def test_money_moves_through_the_example_and_is_found_again(example: HttpGateway):
    opened = await example.authorize(authorize("life-a", "100.00"))
    source = authorization(opened.gateway_ref_number)
    taken = await example.capture(capture("life-c", "60.00", source))
    released = await example.void(void("life-v", "40.00", source))
    paid = payment(taken.gateway_ref_number, "60.00")
    given_back = await example.refund(refund("life-r", "25.00", paid))

    answers = {"life-a": opened, "life-c": taken, "life-v": released, "life-r": given_back}
    for key, answer in answers.items():
        assert verdict(answer) == ("Success", "approved")
        assert answer.gateway_ref_number
        found = await example.look_up(key)
        assert found is not None
        assert (found.gateway_ref_number, found.amount) == (answer.gateway_ref_number, answer.amount)
    assert await example.look_up("life-never") is None


async def test_the_example_holds_captures_and_refunds_to_their_limits(example: HttpGateway):
    source = authorization("shop-1", "50.00")
    assert (await example.capture(capture("limit-c1", "30.00", source))).sf_result_code == "Success"
    above = await example.capture(capture("limit-c2", "20.01", source))
    assert verdict(above) == ("PermanentFail", "refused")
    last = await example.capture(capture("limit-c3", "20.00", source))
    too_much = await example.refund(refund("limit-r", "20.01", payment(last.gateway_ref_number, "20.00")))
    assert (last.sf_result_code, too_much.sf_result_code) == ("Success", "PermanentFail")


async def test_the_example_moves_money_once_for_a_key(example: HttpGateway):
    source = authorization("shop-2", "50.00")
    first, second = [await example.capture(capture("once-c", "30.00", source)) for _ in range(2)]
    other = await example.capture(capture("once-c", "20.00", source))
    rest = await example.capture(capture("once-c2", "20.00", source))
    assert (first.duplicate, second.duplicate) == (False, True)
    assert second.gateway_ref_number == first.gateway_ref_number
    assert verdict(other) == ("ValidationError", "refused")
    assert rest.sf_result_code == "Success"


async def test_the_example_survives_twenty_requests_at_once(example: HttpGateway):
    source = authorization("shop-3", "50.00")
    answers = await asyncio.gather(*(example.capture(capture(f"many-{n}", "10.00", source)) for n in range(20)))
    assert sorted(a.sf_result_code for a in answers) == ["PermanentFail"] * 15 + ["Success"] * 5


async def test_with_another_secret_nothing_moves_and_nothing_is_believed(example_url: str, example: HttpGateway):
    stranger = gateway_at(example_url, Secret("another secret that nobody here knows"))
    answer = await stranger.capture(capture("stranger", "1.00", authorization("shop-4")))
    assert verdict(answer) == ("Indeterminate", "answer_not_believed")
    assert "401" in (answer.gateway_message or "")
    assert await example.look_up("stranger") is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers, body: ({}, body),
        lambda headers, body: (headers, body.replace(b"1.00", b"9.00")),
        lambda headers, body: (sign(SECRET, "POST", "/refunds", body, system_clock()), body),
        lambda headers, body: (sign(SECRET, "POST", "/captures", body, system_clock() - timedelta(seconds=301)), body),
    ],
    ids=["not signed", "another body", "for another path", "too old"],
)
async def test_the_example_believes_only_what_is_signed(example_url: str, spoil: Callable[..., Any]):
    body = b'{"idempotency_key": "forged", "amount": "1.00"}'
    headers, body = spoil(sign(SECRET, "POST", "/captures", body, system_clock()), body)
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{example_url}/captures", headers=headers, content=body)
    assert answer.status_code == 401
    assert "orderwright-signature" not in answer.headers


# --- servers that misbehave -------------------------------------------------------------------------------------------


def success(**changed: object) -> dict[str, object]:
    return {"idempotency_key": "k", "result": "Success", "amount": "1.00", "gateway_ref_number": "n"} | changed


async def asked(reply: Reply) -> GatewayResponse:
    async with server_that(reply) as url:
        return await gateway_at(url).capture(capture("k", "1.00"))


async def test_a_signed_answer_is_believed():
    answer = await asked(signed(200, success(amount="1.0", gateway_date="2026-03-01T12:00:00Z", duplicate=True)))
    assert (answer.sf_result_code, answer.gateway_ref_number, answer.duplicate) == ("Success", "n", True)
    assert answer.gateway_date is not None


async def test_an_asynchronous_gateway_says_that_it_is_pending():
    answer = await asked(signed(200, success(result="Indeterminate", pending=True, gateway_ref_number=None)))
    assert (answer.sf_result_code, answer.pending) == ("Indeterminate", True)


@pytest.mark.parametrize(
    ("status", "result"),
    [(400, "ValidationError"), (404, "ValidationError"), (422, "ValidationError"), (429, "SystemError"),
     (503, "SystemError"), (500, "Indeterminate"), (502, "Indeterminate"), (302, "Indeterminate")],
)  # fmt: skip
async def test_what_a_signed_status_means(status: int, result: str):
    answer = await asked(signed(status, {"code": "why", "message": "because"}))
    assert answer.sf_result_code == result


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500, 503])
async def test_an_unsigned_answer_says_nothing(status: int):
    answer = await asked(lambda signature, method, body: (status, {}, json.dumps(success()).encode()))
    assert verdict(answer) == ("Indeterminate", "answer_not_believed")


@pytest.mark.parametrize(
    "content",
    [
        success(idempotency_key="another"),
        success(amount="2.00"),
        success(amount="NaN"),
        success(amount="sNaN"),
        success(gateway_ref_number=None),
        success(gateway_ref_number=""),
        success(result="Fine"),
        success(pending=True),
        success(gateway_date="2026-03-01T12:00:00"),
        {},
        [],
    ],
    ids=json.dumps,
)
async def test_an_answer_that_cannot_be_is_indeterminate(content: object):
    answer = await asked(signed(200, content))
    assert verdict(answer) == ("Indeterminate", "answer_not_believed")


async def test_an_answer_to_another_request_is_not_believed():
    answer = await asked(signed(200, success(), about="v1=another"))
    assert verdict(answer) == ("Indeterminate", "answer_not_believed")


async def test_an_answer_that_is_no_http_or_breaks_off_is_indeterminate():
    assert (await asked(lambda *_: (200, {"X": "\r\nbroken\x00"}, b""))).sf_result_code == "Indeterminate"
    assert (await asked(lambda *_: (200, {"Content-Length": "100"}, b"short"))).sf_result_code == "Indeterminate"


async def test_an_answer_that_does_not_come_is_indeterminate():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        gateway = gateway_at(f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=0.1)
        answer = await gateway.capture(capture("k", "1.00"))
        found = await gateway.look_up("k")
    assert verdict(answer) == ("Indeterminate", "no_answer")
    assert found is not None
    assert verdict(found) == ("Indeterminate", "not_looked_up")


async def test_a_server_that_is_not_there_is_a_system_error():
    gateway = gateway_at(f"http://127.0.0.1:{free_port()}")
    found = await gateway.look_up("k")
    assert verdict(await gateway.capture(capture("k", "1.00"))) == ("SystemError", "unreachable")
    assert found is not None
    assert found.sf_result_code == "Indeterminate"


@pytest.mark.parametrize(("status", "result"), [(404, None), (400, "Indeterminate"), (500, "Indeterminate")])
async def test_look_up_is_none_only_for_a_signed_404(status: int, result: str | None):
    async with server_that(signed(status, {"code": "unknown"})) as url:
        found = await gateway_at(url).look_up("k")
    assert (found and found.sf_result_code) == result
    async with server_that(lambda *_: (status, {}, b"")) as url:
        unsigned = await gateway_at(url).look_up("k")
    assert unsigned is not None
    assert unsigned.sf_result_code == "Indeterminate"


async def test_a_token_is_in_no_log_even_if_it_is_repeated_to_us():
    def repeat(signature: str, method: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        return signed(200, success(gateway_message=f"token {json.loads(body)['payment_method_token']}"))(
            signature, method, body
        )

    async with server_that(repeat) as url:
        request = AuthorizeRequest(
            idempotency_key="k", amount=Decimal("1.00"), currency_iso_code="USD", payment_method_token="tok_very_secret"
        )
        answer = await gateway_at(url).authorize(request)
    assert answer.sf_result_code == "Success"
    assert "tok_very_secret" not in repr(answer)


@pytest.mark.parametrize("status", [200, 422])
@pytest.mark.parametrize("token", ["tok_very_secret", "cus_1/pm_very_secret"])
async def test_no_token_is_shown_wherever_the_other_side_repeats_it(status: int, token: str):
    said = success(gateway_message=f"no: {token}", message=f"no: {token}", code=token)

    def repeat(signature: str, method: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        answer = json.dumps(said).replace("/", "\\/").encode()
        return status, sign(SECRET, f"ANSWER {status}", signature, answer, system_clock()), answer

    async with server_that(repeat) as url:
        for ask in (gateway_at(url).sale(sale("k", "1.00", method=token)),
                    gateway_at(url).authorize(authorize("k", "1.00", method=token)),
                    gateway_at(url).post_authorize(post_authorize("k", "1.00", token=token))):  # fmt: skip
            answer = await ask
            assert answer.sf_result_code == ("Success" if status == 200 else "ValidationError")
            assert "very_secret" not in repr(answer)
            assert "hidden" in answer.response


async def test_a_token_within_a_key_does_not_spoil_the_answer():
    async with server_that(signed(200, success(idempotency_key="card-1"))) as url:
        assert (await gateway_at(url).sale(sale("card-1", "1.00", method="card"))).sf_result_code == "Success"


# --- notifications ----------------------------------------------------------------------------------------------------

NOTICE = {
    "notification_id": "n1", "kind": "Refund", "idempotency_key": "r1", "gateway_ref_number": "ex_ref_1",
    "result": "Success", "amount": "12.50", "currency_iso_code": "EUR",
}  # fmt: skip


def notice(secret: Secret = SECRET, age: int = 0, **changed: object):
    body = json.dumps(NOTICE | changed).encode()
    headers = sign(secret, "NOTIFICATION", "", body, system_clock() - timedelta(seconds=age))
    return {name.lower(): value for name, value in headers.items()}, body


def test_a_signed_notification_is_news():
    news = gateway_at("http://127.0.0.1").parse_notification(*notice())
    assert (news.kind, news.idempotency_key, news.sf_result_code, news.amount) == (
        "Refund", "r1", "Success", Decimal("12.50"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "message_made_now",
    [
        lambda: notice(Secret("another secret that nobody here knows")),
        lambda: notice(age=301),
        lambda: notice(age=-310),
        lambda: ({}, notice()[1]),
        lambda: (notice()[0], notice(amount="99.00")[1]),
        lambda: notice(amount="12.505"),
        lambda: notice(amount="-1"),
        lambda: notice(amount="NaN"),
        lambda: notice(currency_iso_code="XAU"),
        lambda: notice(idempotency_key=None, gateway_ref_number=None),
        lambda: notice(kind="Gift"),
    ],
    ids=["secret", "old", "ahead", "unsigned", "body", "scale", "negative", "NaN", "currency", "nameless", "kind"],
)
def test_a_notification_that_cannot_be_believed_is_refused(
    message_made_now: Callable[[], tuple[dict[str, str], bytes]],
):
    with pytest.raises(InvalidNotification):
        gateway_at("http://127.0.0.1").parse_notification(*message_made_now())


# --- configuration ----------------------------------------------------------------------------------------------------


async def opened(**variables: str) -> HttpGateway:
    environment = {f"ORDERWRIGHT_GATEWAY_HTTP_{name}": value for name, value in variables.items()}
    return await open_http(Surroundings(name="Http", environment=environment, database_url="", clock=lambda: NOW))


async def test_it_can_what_it_is_configured_to():
    gateway = await opened(URL="https://pay.example", SHARED_SECRET=SECRET.reveal(), CAPABILITIES="void, needs_lines")
    assert (gateway.capabilities.void, gateway.capabilities.needs_lines) == (True, True)
    assert (gateway.capabilities.partial_capture, gateway.capabilities.multiple_capture) == (False, False)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"SHARED_SECRET": "short"}, "less than 32 characters"),
        ({"URL": "http://pay.example"}, "is not https"),
        ({"URL": "ftp://pay.example"}, "HTTP_URL"),
        ({"URL": ""}, "needs ORDERWRIGHT_GATEWAY_HTTP_URL"),
        ({"CAPABILITIES": "void,magic"}, "magic"),
        ({"TIMEOUT_SECONDS": "0"}, "HTTP_TIMEOUT_SECONDS"),
        ({"TIMEOUT_SECONDS": "121"}, "HTTP_TIMEOUT_SECONDS"),
    ],
)
async def test_a_wrong_configuration_is_refused_in_words_for_people(changed: dict[str, str], complaint: str):
    right = {"URL": "https://pay.example", "SHARED_SECRET": SECRET.reveal()}
    with pytest.raises(ConfigurationError, match=complaint) as error:
        await opened(**right | changed)
    assert SECRET.reveal() not in str(error.value)


async def test_http_in_clear_is_for_this_machine_unless_allowed():
    for url, allowed in [("http://127.0.0.1:1", "false"), ("http://pay.example", "true")]:
        gateway = await opened(URL=url, SHARED_SECRET=SECRET.reveal(), ALLOW_UNENCRYPTED=allowed)
        assert gateway.capabilities.void
