"""What the simulator does when told to misbehave or when its books are out of reach, and what it says afterwards."""

import asyncio
import time

import asyncpg
import pytest

from orderwright.gateways.simulator import FaultKind, Operation, Simulator, open_pool
from tests.gateways.asking import NOW, OPERATIONS, ask, authorization, capture, codes, moved, payment, refund, verdict

NOTHING = dict.fromkeys(OPERATIONS, 0)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("kind", "answered", "found"),
    [
        ("decline", ("Decline", "declined"), ("Decline", "declined")),
        ("permanent_fail", ("PermanentFail", "do_not_retry"), ("PermanentFail", "do_not_retry")),
        ("error_before", ("SystemError", "unreachable"), None),
        ("timeout_after_success", ("Indeterminate", "no_answer"), ("Success", "approved")),
        ("slow", ("Success", "approved"), ("Success", "approved")),
    ],
)
async def test_a_fault_strikes_once_and_look_up_tells_the_truth(
    simulator: Simulator,
    operation: Operation,
    kind: FaultKind,
    answered: tuple[str, str],
    found: tuple[str, str] | None,
):
    await simulator.tell(operation=operation, kind=kind, seconds=0.01)
    assert await simulator.look_up("k") is None
    answer = await ask(simulator, operation, "k", "10.00")
    kept = await simulator.look_up("k")

    assert verdict(answer) == answered
    assert (kept and verdict(kept)) == found
    assert (await moved(simulator))[operation] == (10 if found == ("Success", "approved") else 0)
    assert (await ask(simulator, operation, "k2", "5.00")).sf_result_code == "Success"


@pytest.mark.parametrize("kind", ["decline", "permanent_fail", "error_before"])
async def test_a_refused_authorization_is_not_opened(simulator: Simulator, kind: FaultKind):
    await simulator.tell(operation="Capture", kind=kind)
    await simulator.capture(capture("k", "10.00"))
    assert await moved(simulator) == NOTHING


@pytest.mark.parametrize("kind", ["error_before", "timeout_after_success"])
async def test_where_no_answer_came_the_log_shows_none(simulator: Simulator, kind: FaultKind):
    await simulator.tell(operation="Capture", kind=kind)
    answer = await simulator.capture(capture("k", "10.00"))
    assert (answer.response, answer.gateway_ref_number, answer.gateway_date) == ("", None, None)
    assert "10.00" in answer.request


async def test_after_a_lost_answer_the_same_key_gets_it_and_moves_nothing(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="timeout_after_success", times=2)
    await simulator.capture(capture("k", "100.00"))
    again = await simulator.capture(capture("k", "100.00"))
    assert (verdict(again), again.duplicate) == (("Success", "approved"), True)
    assert (await moved(simulator))["Capture"] == 100
    # The second fault waits for a request that is carried out.
    other = await simulator.capture(capture("k2", "1.00", authorization("elsewhere-9")))
    assert verdict(other) == ("Indeterminate", "no_answer")


async def test_a_lost_refusal_is_found_by_look_up(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="timeout_after_success")
    await simulator.capture(capture("k1", "60.00", match := authorization("elsewhere-8")))
    await simulator.tell(operation="Capture", kind="timeout_after_success")
    assert verdict(await simulator.capture(capture("k2", "60.00", match))) == ("Indeterminate", "no_answer")
    kept = await simulator.look_up("k2")
    assert kept is not None
    assert verdict(kept) == ("PermanentFail", "amount_above_authorization")


async def test_a_repeated_request_can_fail_to_arrive(simulator: Simulator):
    first = await simulator.capture(capture("k", "10.00"))
    await simulator.tell(operation="Capture", kind="error_before")
    assert verdict(await simulator.capture(capture("k", "10.00"))) == ("SystemError", "unreachable")
    assert await simulator.look_up("k") == first


async def test_a_fault_strikes_as_often_as_told_and_the_oldest_first(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="decline", times=2)
    await simulator.tell(operation="Capture", kind="permanent_fail")
    answers = [await simulator.capture(capture(f"k{n}", "1.00")) for n in range(4)]
    assert [answer.sf_result_code for answer in answers] == ["Decline", "Decline", "PermanentFail", "Success"]


async def test_a_fault_is_for_its_operation_only(simulator: Simulator):
    await simulator.tell(operation="Refund", kind="decline")
    captured = await simulator.capture(capture("c", "10.00"))
    given_back = await simulator.refund(refund("r", "1.00", payment(captured.gateway_ref_number, "10.00")))
    assert (captured.sf_result_code, given_back.sf_result_code) == ("Success", "Decline")


@pytest.mark.parametrize(
    ("match", "number"),
    [("k1", "elsewhere-1"), ("elsewhere-7", "elsewhere-7"), ("0xc", None)],
    ids=["idempotency key", "gateway_ref_number", "our id"],
)
async def test_a_fault_can_be_for_one_request_or_reference(simulator: Simulator, match: str, number: str | None):
    await simulator.tell(operation="Capture", kind="decline", match=match)
    other = await simulator.capture(capture("k0", "1.00", authorization("elsewhere-0")))
    struck = await simulator.capture(capture("k1", "1.00", authorization(number)))
    assert (other.sf_result_code, struck.sf_result_code) == ("Success", "Decline")


async def test_twenty_requests_at_once_use_a_fault_up_exactly(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="decline", times=3)
    await simulator.tell(operation="Capture", kind="permanent_fail", times=4)
    answers = await asyncio.gather(*(simulator.capture(capture(f"k{n}", "1.00")) for n in range(20)))
    assert codes(answers) == ["Decline"] * 3 + ["PermanentFail"] * 4 + ["Success"] * 13
    assert (await moved(simulator))["Capture"] == 13


async def test_requests_that_wait_for_one_fault_use_it_up_exactly(simulator: Simulator, books_url: str):
    await simulator.tell(operation="Capture", kind="decline", times=3)
    await simulator.tell(operation="Capture", kind="permanent_fail", times=2)
    other = await asyncpg.connect(books_url)
    try:
        async with other.transaction():
            await other.execute("SELECT FROM simulator.fault FOR UPDATE")
            asking = [asyncio.create_task(simulator.capture(capture(f"k{n}", "1.00"))) for n in range(8)]
            await _waiting(other, 8)
    finally:
        await other.close()

    answers = await asyncio.gather(*asking)
    assert codes(answers) == ["Decline"] * 3 + ["PermanentFail"] * 2 + ["Success"] * 3
    assert (await moved(simulator))["Capture"] == 3


async def test_slow_takes_its_time(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="slow", seconds=0.1)
    start = time.monotonic()
    await simulator.capture(capture("k", "10.00"))
    assert time.monotonic() - start >= 0.1


async def test_who_stops_waiting_for_a_slow_answer_finds_the_money_moved(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="slow", seconds=60)
    asking = asyncio.create_task(simulator.capture(capture("k", "10.00")))
    async with asyncio.timeout(5):
        while (kept := await simulator.look_up("k")) is None:
            pass
    assert verdict(kept) == ("Success", "approved")
    assert not asking.done()
    asking.cancel()
    assert (await moved(simulator))["Capture"] == 10


@pytest.mark.parametrize(
    "nonsense",
    [{"kind": "explode"}, {"operation": "Gift"}, {"times": -1}, {"kind": "slow"}, {"kind": "slow", "seconds": -1}],
)
async def test_a_fault_that_makes_no_sense_is_refused(simulator: Simulator, nonsense: dict[str, object]):
    with pytest.raises(asyncpg.CheckViolationError):
        await simulator.tell(**{"operation": "Capture", "kind": "decline"} | nonsense)  # type: ignore[arg-type]


async def test_a_connection_lost_in_the_middle_is_indeterminate_and_sending_again_is_safe(
    simulator: Simulator, books_url: str
):
    await simulator.capture(capture("k1", "10.00"))
    other = await asyncpg.connect(books_url)
    try:
        async with other.transaction():
            await other.execute("SELECT FROM simulator.authorization FOR UPDATE")
            sending = asyncio.create_task(simulator.capture(capture("k2", "10.00")))
            [pid] = await _waiting(other, 1)
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            answer = await sending
    finally:
        await other.close()

    assert verdict(answer) == ("Indeterminate", "no_answer")
    assert await simulator.look_up("k2") is None
    assert (await simulator.capture(capture("k2", "10.00"))).sf_result_code == "Success"
    assert (await moved(simulator))["Capture"] == 20


async def test_a_deadlock_is_indeterminate_never_an_exception(simulator: Simulator):
    async def lose(*_: object) -> None:
        raise asyncpg.DeadlockDetectedError("deadlock detected")

    simulator._book = lose  # type: ignore[method-assign, assignment]
    assert verdict(await simulator.capture(capture("k", "10.00"))) == ("Indeterminate", "no_answer")


async def test_books_out_of_reach_are_a_system_error_and_look_up_knows_nothing(tmp_path: object):
    pool = await asyncpg.create_pool(f"postgresql://postgres@/postgres?host={tmp_path}", min_size=0)
    simulator = Simulator(pool, clock=lambda: NOW)
    try:
        for operation in OPERATIONS:
            assert verdict(await ask(simulator, operation, "k", "10.00")) == ("SystemError", "unreachable")
        found = await simulator.look_up("k")
        assert found is not None
        assert verdict(found) == ("Indeterminate", "no_answer")
    finally:
        await simulator.close()


async def test_a_mistake_in_the_program_raises(database_url: str):
    """Not every trouble may be taken for a lost answer: here the books do not exist."""
    administrator = await asyncpg.connect(database_url)
    await administrator.execute("DROP DATABASE IF EXISTS empty_books")
    await administrator.execute("CREATE DATABASE empty_books")
    await administrator.close()
    simulator = Simulator(await open_pool(database_url.replace("/postgres?", "/empty_books?")), clock=lambda: NOW)
    try:
        with pytest.raises(asyncpg.UndefinedTableError):
            await simulator.capture(capture("k", "10.00"))
    finally:
        await simulator.close()


async def _waiting(connection: asyncpg.Connection, count: int) -> list[int]:
    """Return the processes that wait for a lock, once there are `count` of them."""
    # In a queue for one row only the first waits for its holder, so the wait itself is asked for.
    waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(5):
        while len(rows := await connection.fetch(waiting)) < count:
            # PostgreSQL would show the same picture until the transaction ends.
            await connection.execute("SELECT pg_stat_clear_snapshot()")
            await asyncio.sleep(0.01)
    return [row["pid"] for row in rows]
