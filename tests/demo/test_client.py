import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from orderwright.demo.client import ApiError, Client, Part, Unanswered, Unreachable, as_decimal
from tests.demo.scripted_server import HANG_UP, scripted

BASE = "/services/data/v67.0"


@asynccontextmanager
async def client_of(answer, patience_seconds=5):
    async with scripted(answer) as server:
        client = Client(server.url, "id", "secret", patience_seconds=patience_seconds)
        try:
            yield client, server
        finally:
            client.close()
            await asyncio.sleep(0)


def in_turn(*answers):
    """Answers in this order."""
    left = list(answers)
    return lambda asked: left.pop(0)


async def test_amounts_are_exact_both_ways():
    async with client_of(lambda asked: (201, b'{"amount":0.30000000000000000001,"units":3}')) as (client, server):
        answer = await client.post("things", {"amount": Decimal("1234567890123.45")})
    assert as_decimal(answer["amount"]) == Decimal("0.30000000000000000001")
    assert as_decimal(answer["units"]) == Decimal(3)
    assert server.asked[0].body == b'{"amount":1234567890123.45}'
    assert (server.asked[0].path, server.asked[0].headers["authorization"]) == (f"{BASE}/things", "Bearer token1")


@pytest.mark.parametrize("value", [1.5, "1", None, True])
def test_what_is_no_exact_number_is_no_amount(value):
    with pytest.raises(TypeError):
        as_decimal(value)


async def test_one_connection_serves_requests_that_follow_each_other():
    async with client_of(lambda asked: (200, {})) as (client, server):
        for _ in range(5):
            await client.get("things", fields="A,B")
    assert server.connections == 1
    assert server.asked[0].path == f"{BASE}/things?fields=A,B"


async def test_requests_at_once_share_a_token():
    async with client_of(lambda asked: (200, {})) as (client, server):
        await asyncio.gather(*(client.get("things") for _ in range(6)))
    assert server.tokens == 1
    assert len(server.asked) == 6


async def test_a_token_that_ended_is_replaced_and_the_request_sent_again():
    refused = (401, [{"errorCode": "INVALID_SESSION_ID", "message": "expired"}])
    async with client_of(in_turn(refused, (201, {"id": "1"}))) as (client, server):
        assert await client.post("things", {}) == {"id": "1"}
    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer token1", "Bearer token2"]


async def test_a_refusal_carries_the_servers_own_words():
    body = [{"errorCode": "INVALID_STATUS", "message": "activate it first", "output": None}]
    async with client_of(lambda asked: (400, body)) as (client, _):
        with pytest.raises(ApiError, match="activate it first") as caught:
            await client.post("things", {})
    assert (caught.value.status, caught.value.error_code) == (400, "INVALID_STATUS")


async def test_an_answer_that_is_no_json_is_an_error_that_shows_it():
    async with client_of(lambda asked: (500, b"<html>oops")) as (client, _):
        with pytest.raises(ApiError, match="oops"):
            await client.get("things")


async def test_a_read_whose_answer_is_lost_is_sent_again():
    async with client_of(in_turn(HANG_UP, (503, b""), (200, {"Id": "1"}))) as (client, server):
        assert await client.get("things") == {"Id": "1"}
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "lost",
    [
        HANG_UP,
        (503, [{"errorCode": "SERVER_UNAVAILABLE", "message": "busy"}]),
        (409, [{"errorCode": "IDEMPOTENCY_KEY_IN_USE", "message": "still being carried out"}]),
    ],
)
async def test_a_write_whose_answer_is_lost_is_not_sent_again(lost):
    async with client_of(lambda asked: lost) as (client, server):
        with pytest.raises(Unanswered):
            await client.post("things", {}, "key1")
    assert len(server.asked) == 1
    assert server.asked[0].headers["idempotency-key"] == "key1"


async def test_a_server_that_is_away_is_waited_for_then_given_up():
    client = Client("http://127.0.0.1:1", "id", "secret", patience_seconds=0.2)
    with pytest.raises(Unreachable, match="does not answer"):
        await client.post("things", {})


async def test_a_server_that_comes_back_gets_the_request():
    async with scripted(lambda asked: (200, {})) as gone:
        url = gone.url
    await asyncio.sleep(0.01)
    client = Client(url, "id", "secret", patience_seconds=10)
    asking = asyncio.create_task(client.get("things"))
    await asyncio.sleep(0.1)
    assert not asking.done()
    asking.cancel()


def composite_of(*parts):
    answers = [{"body": body, "httpStatusCode": status, "referenceId": "", "httpHeaders": {}} for status, body in parts]
    return 200, {"compositeResponse": answers}


PARTS = [Part("POST", "sobjects/Order", "order", {"Status": "Draft"}), Part("GET", "sobjects/Order/1", "again")]
HALTED = (400, [{"errorCode": "PROCESSING_HALTED", "message": "another part"}])


async def test_a_composite_is_one_request_whose_answers_come_in_order():
    async with client_of(lambda asked: composite_of((201, {"id": "1"}), (200, {"Id": "1"}))) as (client, server):
        assert await client.composite(PARTS, "key") == [{"id": "1"}, {"Id": "1"}]
    sent = server.asked[0].json()
    assert sent["allOrNone"] is True
    assert sent["compositeRequest"] == [
        {"method": "POST", "url": f"{BASE}/sobjects/Order", "referenceId": "order", "body": {"Status": "Draft"}},
        {"method": "GET", "url": f"{BASE}/sobjects/Order/1", "referenceId": "again"},
    ]


async def test_a_composite_that_failed_names_the_part_at_fault():
    failed = (400, [{"errorCode": "INVALID_FIELD", "message": "no such field"}])
    async with client_of(lambda asked: composite_of(HALTED, failed)) as (client, _):
        with pytest.raises(ApiError, match=r"GET sobjects/Order/1 \(again\): 400 INVALID_FIELD: no such field"):
            await client.composite(PARTS)


async def test_a_collection_that_failed_names_the_record_at_fault():
    records = [
        {"success": False, "errors": [{"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": "fine"}]},
        {"success": False, "errors": [{"statusCode": "STRING_TOO_LONG", "message": "Name is too long"}]},
    ]
    async with client_of(lambda asked: composite_of((200, records), HALTED)) as (client, _):
        with pytest.raises(ApiError, match="STRING_TOO_LONG: Name is too long"):
            await client.composite(PARTS)


async def test_children_that_do_not_fit_into_one_answer_are_never_passed_over():
    page = {"totalSize": 2001, "done": False, "records": [{"Id": "1"}]}
    async with client_of(lambda asked: (200, page)) as (client, _):
        with pytest.raises(ApiError, match="2001 records, too many"):
            await client.children("sobjects/Account/1/Orders", "Id")


async def test_reads_together_are_sent_again_while_the_server_is_not_available():
    busy = (503, [{"errorCode": "SERVER_UNAVAILABLE", "message": "busy"}])
    answers = in_turn(composite_of((200, {"Id": "1"}), busy), composite_of((200, {"Id": "1"}), (200, {"Id": "2"})))
    async with client_of(answers) as (client, server):
        assert await client.read_together(["sobjects/Order/1", "sobjects/Order/2"]) == [{"Id": "1"}, {"Id": "2"}]
    assert server.asked[0].json()["allOrNone"] is False
