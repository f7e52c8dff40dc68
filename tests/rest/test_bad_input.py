"""Whatever is sent: its documented error, nothing written, never a 500 (issue: "It holds when")."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from orderwright.store.database import Database
from tests.rest.calling import BASE, Caller, row_counts

SUMMARY = "1Os000000000001"
CANCEL = f"/commerce/order-management/order-summaries/{SUMMARY}/actions/submit-cancel"
ITEM = "10u000000000001"
CHANGE = {"orderItemSummaryId": ITEM, "quantity": 1, "reason": "Unknown", "shippingReductionFlag": False}
ORDER = {"EffectiveDate": "2026-03-01", "Status": "Draft"}


def cancel(**change: Any) -> dict[str, Any]:
    return {"changeItems": [CHANGE | change]}


@pytest.fixture
async def unchanged(api: Caller, database: Database) -> AsyncIterator[None]:
    before = await row_counts(database)
    yield
    assert await row_counts(database) == before


async def error_of(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert isinstance(body, list)
    assert body[0]["message"]
    return answer.status_code, body[0]["errorCode"]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", CANCEL, cancel(), (404, "NOT_FOUND")),
        ("POST", CANCEL.replace(SUMMARY, "801000000000001"), cancel(), (400, "INVALID_ID_FIELD")),
        ("POST", CANCEL.replace(SUMMARY, "1Os"), cancel(), (400, "INVALID_ID_FIELD")),
        ("POST", CANCEL.replace(SUMMARY, "1Os00000000000%C3%A9"), cancel(), (400, "INVALID_ID_FIELD")),
        ("POST", CANCEL, cancel(orderItemSummaryId="801000000000001"), (400, "INVALID_ID_FIELD")),
        ("POST", CANCEL, cancel(orderItemSummaryId=7), (400, "INVALID_ID_FIELD")),
        ("POST", CANCEL, cancel(quantity="many"), (400, "JSON_PARSER_ERROR")),
        ("POST", CANCEL, cancel(quantity=True), (400, "JSON_PARSER_ERROR")),
        ("POST", CANCEL, cancel(quantity="Infinity"), (400, "JSON_PARSER_ERROR")),
        ("POST", CANCEL, cancel(quantity=10**400), (400, "NUMBER_OUTSIDE_VALID_RANGE")),
        ("POST", CANCEL, cancel(shippingReductionFlag="perhaps"), (400, "JSON_PARSER_ERROR")),
        ("POST", CANCEL, cancel(quantiti=1), (400, "INVALID_FIELD")),
        ("POST", CANCEL, {"changeItems": {}}, (400, "JSON_PARSER_ERROR")),
        ("POST", CANCEL, {"changeItems": [1]}, (400, "JSON_PARSER_ERROR")),
        ("POST", CANCEL, [], (400, "JSON_PARSER_ERROR")),
        ("POST", CANCEL, {}, (400, "REQUIRED_FIELD_MISSING")),
        ("POST", CANCEL, cancel(reason="a\x00b"), (400, "JSON_PARSER_ERROR")),
        ("GET", CANCEL, None, (405, "METHOD_NOT_ALLOWED")),
        ("POST", "/commerce/nothing", {}, (404, "NOT_FOUND")),
        ("GET", "/sobjects/Nothing", None, (404, "NOT_FOUND")),
        ("GET", "/sobjects/GatewayRequest", None, (404, "NOT_FOUND")),
        ("GET", "/sobjects/Order/801000000000001", None, (404, "NOT_FOUND")),
        ("GET", "/sobjects/Order/001000000000001", None, (400, "MALFORMED_ID")),
        ("GET", "/sobjects/Order/a%00b", None, (400, "MALFORMED_ID")),
        ("PATCH", "/sobjects/Order/801000000000001", {"Name": "x"}, (404, "NOT_FOUND")),
        ("DELETE", "/sobjects/Order/801000000000001", None, (404, "NOT_FOUND")),
        ("POST", "/sobjects/Order", [ORDER], (400, "JSON_PARSER_ERROR")),
        ("GET", "/recent?limit=" + "1" * 5000, None, (400, "INVALID_INPUT")),
        ("POST", "/sobjects/Order", {}, (400, "REQUIRED_FIELD_MISSING")),
        ("POST", "/sobjects/Order", ORDER | {"EfectiveDate": 1}, (400, "INVALID_FIELD")),
        ("POST", "/sobjects/Order", ORDER | {"ChangeClass": "fee"}, (400, "INVALID_FIELD")),
        ("POST", "/sobjects/Order", ORDER | {"TotalAmount": 1}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE")),
        ("POST", "/sobjects/Order", ORDER | {"Id": "801000000000001"}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE")),
        ("POST", "/sobjects/Order", ORDER | {"name": "a", "Name": "b"}, (400, "INVALID_INPUT")),
        ("POST", "/sobjects/Order", ORDER | {"Name": "x" * 81}, (400, "STRING_TOO_LONG")),
        ("POST", "/sobjects/Order", ORDER | {"Name": {"a": 1}}, (400, "JSON_PARSER_ERROR")),
        ("POST", "/sobjects/Order", ORDER | {"Name": "a\x00b"}, (400, "JSON_PARSER_ERROR")),
        ("POST", "/sobjects/Order", ORDER | {"EffectiveDate": "2026-02-30"}, (400, "JSON_PARSER_ERROR")),
        ("POST", "/sobjects/Order", ORDER | {"EffectiveDate": 20260301}, (400, "JSON_PARSER_ERROR")),
        ("POST", "/sobjects/Order", ORDER | {"OrderedDate": "2026-03-01"}, (400, "JSON_PARSER_ERROR")),
        ("POST", "/sobjects/Order", ORDER | {"OrderedDate": "0001-01-01T00:00:00+14:00"}, (400, "JSON_PARSER_ERROR")),
        ("POST", "/sobjects/Order", ORDER | {"Status": "Open"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")),
        ("POST", "/sobjects/Order", ORDER | {"AccountId": "001000000000001"}, (400, "INVALID_CROSS_REFERENCE_KEY")),
        ("POST", "/sobjects/Order", ORDER | {"AccountId": "003000000000001"}, (400, "INVALID_CROSS_REFERENCE_KEY")),
        ("POST", "/sobjects/Order", ORDER | {"AccountId": "Ada"}, (400, "MALFORMED_ID")),
        ("POST", "/sobjects/Order", ORDER | {"ContractId": "8" * 15}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE")),
        ("POST", "/sobjects/Order", ORDER | {"BillingLatitude": "1e300"}, (400, "NUMBER_OUTSIDE_VALID_RANGE")),
        ("POST", "/sobjects/OrderSummary", {"OrderNumber": "1"}, (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")),
        ("POST", "/sobjects/User", {"Name": "x"}, (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")),
    ],
)  # fmt: skip
async def test_bad_input_has_its_error(api: Caller, method: str, path: str, body: Any, expected: tuple[int, str]):
    assert await error_of(await api.send(method, path, body)) == expected


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff", b'{"Name": "\xff"}', b"[" * 200_000, b'{"a":' * 200_000, b"nul", b'{"Name": 1e}',
     b'{"a":"\\ud800"}',
     b'{"Name": 1e99999999999999999999}', b"123", b"{}{}"],
)  # fmt: skip
async def test_broken_json_has_its_error(api: Caller, raw: bytes):
    headers = {"Content-Type": "application/json"}
    for path in ("/sobjects/Account", "/composite", CANCEL):
        status, code = await error_of(await api.http.post(BASE + path, content=raw, headers=headers))
        assert (status, code) == (400, "JSON_PARSER_ERROR")


@pytest.mark.parametrize("depth", [200, 500, 900])
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"Id":', "}")], ids=["lists", "objects"])
async def test_a_body_nested_deeply_is_refused(api: Caller, database: Database, depth: int, start: str, end: str):
    """However deep the decoder goes along, whatever walks through the value goes less deep."""
    record = (
        '{"attributes": {"type": "Account", "referenceId": "a"}, "Name": ' + start * depth + "1" + end * depth + "}"
    )
    request = f'{{"method": "POST", "url": "{BASE}/sobjects/Account", "referenceId": "a", "body": {record}}}'
    bodies = {
        "/sobjects/Account": record,
        "/composite": f'{{"allOrNone": true, "compositeRequest": [{request}]}}',
        "/composite/graph": f'{{"graphs": [{{"graphId": "1", "compositeRequest": [{request}]}}]}}',
        "/composite/sobjects": f'{{"records": [{record}]}}',
        "/composite/tree/Account": f'{{"records": [{record}]}}',
    }
    before = (await row_counts(database))["account"]
    for path, body in bodies.items():
        answer = await api.http.post(BASE + path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {200, 400}, path
        assert "UNKNOWN_EXCEPTION" not in answer.text, path
    assert (await row_counts(database))["account"] == before


@pytest.mark.usefixtures("unchanged")
async def test_a_body_too_large_is_refused_before_it_is_read(api: Caller):
    sent = 0

    async def much() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(10 * 1024):
            sent += 1024
            yield b" " * 1024

    headers = {"Content-Type": "application/json"}
    streamed = await api.http.post(f"{BASE}/sobjects/Account", content=much(), headers=headers)
    assert await error_of(streamed) == (413, "REQUEST_LIMIT_EXCEEDED")
    assert sent < 7 * 1024 * 1024
    whole = await api.http.post(f"{BASE}/sobjects/Account", content=b" " * 10_000_000, headers=headers)
    assert await error_of(whole) == (413, "REQUEST_LIMIT_EXCEEDED")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("headers", [{"Content-Type": "text/csv"}, {"Content-Encoding": "br"}])
async def test_another_kind_of_body_is_refused(api: Caller, headers: dict[str, str]):
    about = {"Content-Type": "application/json"} | headers
    answer = await api.http.post(f"{BASE}/sobjects/Account", content=b'{"Name":"x"}', headers=about)
    assert await error_of(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("version", ["v47.0", "v68.0", "v67", "67.0", "v67.1"])
async def test_an_unknown_version_is_not_found(api: Caller, version: str):
    assert await error_of(await api.http.get(f"/services/data/{version}/sobjects")) == (404, "NOT_FOUND")


async def test_a_refusal_of_an_action_carries_the_empty_output(api: Caller):
    order = await api.draft()
    answer = await api.send("POST", "/commerce/order-management/order-summaries", {"orderId": order})
    (error,) = answer.json()
    assert answer.status_code == 400
    assert error["enhancedErrorType"] is None
    assert error["output"] == {
        "errors": [{"errorCode": error["errorCode"], "message": error["message"]}],
        "orderSummaryId": None,
        "success": False,
    }


async def test_a_misspelt_name_is_told_the_nearest(api: Caller):
    answer = await api.send("POST", CANCEL, cancel(quantiti=1))
    assert "changeItems[0]" in answer.json()[0]["message"]
    assert "did you mean 'quantity'?" in answer.json()[0]["message"]
    answer = await api.send("POST", "/sobjects/Order", ORDER | {"AcountId": "x"})
    assert "did you mean 'AccountId'?" in answer.json()[0]["message"]


async def test_a_fault_of_ours_is_logged_and_says_nothing(api: Caller, monkeypatch, caplog):
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("inner secret")

    monkeypatch.setattr("orderwright.rest.sobjects.read.read_record", broken)
    answer = await api.send("GET", "/sobjects/Order/801000000000001")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (500, "UNKNOWN_EXCEPTION")
    assert "inner secret" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
