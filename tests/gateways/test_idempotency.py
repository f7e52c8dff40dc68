"""A key moves money once, whatever is sent under it, however often, and from wherever."""

import asyncio
import datetime as dt
import json
from decimal import Decimal

import asyncpg
import msgspec
import pytest

from orderwright.gateways.protocol import CaptureRequest
from orderwright.gateways.simulator import Simulator, open_pool
from tests.gateways.asking import (
    NOW,
    OPERATIONS,
    ask,
    authorization,
    authorize,
    authorized_at,
    capture,
    codes,
    moved,
    payment,
    refund,
    verdict,
    void,
)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_repeated_key_replays_the_first_answer_and_moves_nothing(simulator: Simulator, operation: str):
    first = await ask(simulator, operation, "k", "100.00")
    before = await simulator.books()
    simulator._clock = lambda: NOW + dt.timedelta(days=1)
    again = await ask(simulator, operation, "k", "100")
    assert not first.duplicate
    assert again == msgspec.structs.replace(first, duplicate=True, response=again.response)
    assert json.loads(again.response) == {**json.loads(first.response), "duplicate": True}
    assert await simulator.books() == before


async def test_a_refusal_is_replayed_even_when_it_would_fit_by_now(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="decline")
    first = await simulator.capture(capture("k", "10.00"))
    again = await simulator.capture(capture("k", "10.00"))
    assert verdict(first) == verdict(again) == ("Decline", "declined")
    assert (first.duplicate, again.duplicate) == (False, True)
    assert (await moved(simulator))["Capture"] == 0


@pytest.mark.parametrize(
    "other",
    [
        capture("k", "9.99"),
        capture("k", "10.00", authorization("elsewhere-9")),
        capture("k", "10.00", authorization(currency="EUR"), "EUR"),
        capture("k", "10.001"),
    ],
    ids=["amount", "authorization", "currency", "malformed"],
)
async def test_a_key_with_another_request_is_refused(simulator: Simulator, other: CaptureRequest):
    first = await simulator.capture(capture("k", "10.00"))
    before = await simulator.books()
    assert (await simulator.capture(other)).sf_result_code == "ValidationError"
    assert await simulator.books() == before
    assert await simulator.look_up("k") == first


@pytest.mark.parametrize("operation", ["Authorize", "Refund", "Void"])
async def test_a_key_with_another_operation_is_refused(simulator: Simulator, operation: str):
    await simulator.capture(capture("k", "10.00"))
    before = await simulator.books()
    assert verdict(await ask(simulator, operation, "k", "10.00")) == ("ValidationError", "idempotency_key_reused")
    assert await simulator.books() == before


async def test_a_key_with_another_payment_method_is_refused(simulator: Simulator):
    await simulator.authorize(authorize("k", "10.00", method="tok_one"))
    other = await simulator.authorize(authorize("k", "10.00", method="tok_two"))
    assert verdict(other) == ("ValidationError", "idempotency_key_reused")


async def test_a_replay_does_not_depend_on_what_is_stated_of_the_authorization(simulator: Simulator):
    first = await simulator.capture(capture("k", "60.00"))
    again = await simulator.capture(capture("k", "60.00", authorization(whole="50.00")))
    assert (again.sf_result_code, again.gateway_ref_number) == ("Success", first.gateway_ref_number)
    assert again.duplicate


async def test_twenty_captures_at_once_never_exceed_the_authorization(simulator: Simulator):
    answers = await asyncio.gather(*(simulator.capture(capture(f"k{n}", "9.00")) for n in range(20)))
    assert codes(answers) == ["PermanentFail"] * 9 + ["Success"] * 11
    totals = await authorized_at(simulator, "elsewhere-1")
    assert totals.authorized == 100
    assert totals.captured == 99


async def test_captures_and_voids_at_once_never_exceed_the_authorization(simulator: Simulator):
    captures = [simulator.capture(capture(f"c{n}", "7.00")) for n in range(10)]
    voids = [simulator.void(void(f"v{n}", "7.00")) for n in range(10)]
    answers = await asyncio.gather(*(one for pair in zip(captures, voids, strict=True) for one in pair))
    totals = await authorized_at(simulator, "elsewhere-1")
    assert codes(answers).count("Success") == 14
    assert totals.captured + totals.reversed == 98


async def test_twenty_refunds_at_once_never_exceed_the_capture(simulator: Simulator):
    captured = await simulator.capture(capture("c", "50.00"))
    paid = payment(captured.gateway_ref_number, "50.00")
    answers = await asyncio.gather(*(simulator.refund(refund(f"r{n}", "9.00", paid)) for n in range(20)))
    assert codes(answers) == ["PermanentFail"] * 15 + ["Success"] * 5
    assert (await moved(simulator))["Refund"] == 45


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("amount", ["1.00", "100.00"])
async def test_twenty_times_the_same_key_at_once_books_once(simulator: Simulator, operation: str, amount: str):
    answers = await asyncio.gather(*(ask(simulator, operation, "k", amount) for _ in range(20)))
    assert codes(answers) == ["Success"] * 20
    assert [answer.duplicate for answer in answers].count(False) == 1
    assert len({answer.gateway_ref_number for answer in answers}) == 1
    assert (await moved(simulator))[operation] == Decimal(amount)


async def test_two_different_requests_under_one_key_at_once_book_one(simulator: Simulator):
    answers = await asyncio.gather(*(simulator.capture(capture("k", f"{n + 1}.00")) for n in range(20)))
    assert codes(answers) == ["Success"] + ["ValidationError"] * 19
    [booked] = [answer.amount for answer in answers if answer.sf_result_code == "Success"]
    assert (await moved(simulator))["Capture"] == booked


async def test_what_waited_for_the_authorization_is_judged_by_what_is_left_then(simulator: Simulator, books_url: str):
    await simulator.capture(capture("k", "10.00"))
    other = await asyncpg.connect(books_url)
    try:
        async with other.transaction():
            await other.execute("UPDATE simulator.authorization SET captured = 95")
            asking = asyncio.create_task(simulator.capture(capture("k2", "6.00")))
            done, _ = await asyncio.wait([asking], timeout=0.2)
            assert not done, "it waits for the row"
    finally:
        await other.close()
    assert verdict(await asking) == ("PermanentFail", "amount_above_authorization")


async def test_answers_and_books_survive_a_new_connection(simulator: Simulator, books_url: str):
    first = await simulator.capture(capture("k", "10.00"))
    books = await simulator.books()
    after = Simulator(await open_pool(books_url), clock=lambda: NOW + dt.timedelta(days=1))
    try:
        assert await after.look_up("k") == first
        assert (await after.capture(capture("k", "10.00"))).duplicate
        assert await after.books() == books
    finally:
        await after.close()


async def test_what_is_logged_or_kept_holds_no_token(simulator: Simulator):
    request = authorize("k", "10.00", method="tok_secret")
    answer = await simulator.authorize(request)
    kept = await simulator._books.fetch("SELECT a::text FROM simulator.answer AS a")
    assert "tok_secret" not in "".join([repr(request), str(request), repr(answer), *(row["a"] for row in kept)])
    assert json.loads(answer.request) == {
        "operation": "Authorize",
        "idempotency_key": "k",
        "amount": "10.00",
        "currency_iso_code": "USD",
        "reference": answer.gateway_ref_number,
    }


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_success_and_replay_are_one_statement_each(books_url: str, operation: str):
    statements: list[str] = []

    async def watch(connection: asyncpg.Connection) -> None:
        connection.add_query_logger(lambda record: statements.append(record.query))

    simulator = Simulator(
        await asyncpg.create_pool(books_url, min_size=1, max_size=1, init=watch, reset=lambda _: asyncio.sleep(0)),
        clock=lambda: NOW,
    )
    try:
        for expected in (1, 2):
            await ask(simulator, operation, "k", "10.00")
            assert len(statements) == expected
    finally:
        await simulator.close()
