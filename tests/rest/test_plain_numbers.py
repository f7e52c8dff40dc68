"""Messages write numbers as people do: 0.00000001, never 1E-8, however they were sent."""

import re
from typing import Any

import pytest

from orderwright.store.database import Database
from tests.rest.calling import Caller
from tests.rest.changing import SUMMARIES, Placed, place
from tests.rest.stocking import BATCH, FULFILL, RELEASE, RESERVE, TRANSFER, UPDATE, Stockroom

EXPONENT = re.compile(r"(?<![\w.-])-?\d+(\.\d+)?[eE][+-]?\d+(?!\w)")
TINY = [0.00000001, "1E-8", "0.000000010"]
"""The same number, as JSON and as texts that are read as numbers."""


@pytest.fixture
async def room(api: Caller, database: Database) -> Stockroom:
    made = Stockroom(api, database)
    await made.locate({}, "A", "B")
    await made.count("A", "mug", 5)
    return made


def messages(answer: Any) -> list[str]:
    """Every message in an answer, of whatever shape."""
    if isinstance(answer, dict):
        own = [answer["message"]] if isinstance(answer.get("message"), str) else []
        return own + [text for value in answer.values() for text in messages(value)]
    return [text for value in answer for text in messages(value)] if isinstance(answer, list) else []


async def told(api: Caller, path: str, body: Any, method: str = "POST") -> list[str]:
    answer = await api.send(method, path, body)
    found = messages(answer.json())
    assert found, answer.text
    return found


def check(found: list[str], number: str = "0.00000001") -> None:
    assert any(number in text for text in found), found
    assert [text for text in found if EXPONENT.search(text)] == []


@pytest.mark.parametrize("tiny", TINY)
async def test_of_units_that_are_not_there(room: Stockroom, tiny: Any):
    action = room.action()
    check(await told(room.api, RESERVE, {"actionRequestId": action, "createRecords": [room.line("B", "mug", tiny)]}))
    line = room.line("B", "mug", tiny) | {"actionRequestId": room.action()}
    check(await told(room.api, FULFILL, {"fulfillmentRecords": [line]}))
    check(await told(room.api, RELEASE, {"releaseRecords": [line | {"actionRequestId": room.action()}]}))
    moving = {
        "actionRequestId": room.action(), "fromLocationIdentifier": room.name("A"),
        "toLocationIdentifier": room.name("B"), "stockKeepingUnit": room.name("mug"), "quantity": tiny,
    }  # fmt: skip
    check(await told(room.api, TRANSFER, {"transferRecords": [moving]}))
    made = await room.reserve(room.line("A", "mug", 5))
    more = {"actionRequestId": room.action(), "reservationId": made, "updateAllOrNothingRecords": True}
    check(await told(room.api, UPDATE, more | {"updateRecords": [room.line("B", "mug", tiny)]}))


@pytest.mark.parametrize(("number", "text"), [(-0.00000001, "-0.00000001"), ("1E-10", "0.0000000001")])
async def test_of_numbers_that_cannot_be_kept(room: Stockroom, number: Any, text: str):
    body = {"actionRequestId": room.action(), "createRecords": [room.line("A", "mug", number)]}
    check(await told(room.api, RESERVE, body), text)
    record = {
        "actionRequestId": room.action(), "locationIdentifier": room.name("A"),
        "stockKeepingUnit": room.name("mug"), "onHand": number,
    }  # fmt: skip
    check(await told(room.api, BATCH, {"records": [record]}), text)


@pytest.fixture
async def placed(api: Caller) -> Placed:
    return await place(api)


@pytest.mark.parametrize("tiny", TINY)
async def test_of_units_and_amounts_of_an_order(placed: Placed, tiny: Any):
    change = {
        "orderItemSummaryId": placed.items["mug"], "quantity": tiny, "reason": "Unknown",
        "shippingReductionFlag": False,
    }  # fmt: skip
    for action in ("preview-cancel", "submit-cancel", "preview-return", "submit-return"):
        check(await told(placed.api, f"{SUMMARIES}/{placed.summary}/actions/{action}", {"changeItems": [change]}))


@pytest.mark.parametrize("tiny", TINY)
async def test_of_fields_of_records(api: Caller, tiny: Any):
    order = await api.draft()
    item = {"OrderId": order, "Quantity": tiny, "UnitPrice": 1, "TotalLineAmount": 1}
    check(await told(api, "/sobjects/OrderItem", item))
    payment = {"Amount": tiny, "CurrencyIsoCode": "GBP", "ProcessingMode": "External", "Type": "Capture"}
    check(await told(api, "/sobjects/Payment", payment | {"Status": "Processed"}))


async def test_of_numbers_without_end(api: Caller):
    """Nothing is written out that would fill the memory."""
    for number in ("1E+999999999", "1E-999999999"):
        (text,) = await told(api, "/sobjects/OrderItem", {"OrderId": await api.draft(), "Quantity": number})
        assert len(text) < 300
