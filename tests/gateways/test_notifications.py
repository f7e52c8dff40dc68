"""The simulator as an asynchronous provider: what is pending, what it notifies, and authorizations that lapse."""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal

import asyncpg
import pytest

from orderwright.gateways.configuration import Secret
from orderwright.gateways.protocol import InvalidNotification, Notification
from orderwright.gateways.simulator import FaultKind, Operation, Simulator, open_pool
from tests.gateways.asking import NOW, ask, authorization, authorize, capture, moved, payment, refund, verdict

SECRET = Secret("what the simulator signs with")
HOUR = dt.timedelta(hours=1)


class HeldClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, by: dt.timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def slow(books_url: str, clock: HeldClock) -> AsyncIterator[Simulator]:
    """A simulator that takes an hour to settle."""
    simulator = Simulator(await open_pool(books_url), clock, settles_after=HOUR, notification_secret=SECRET)
    yield simulator
    await simulator.close()


@pytest.fixture
async def quick(books_url: str, clock: HeldClock) -> AsyncIterator[Simulator]:
    """A simulator that answers at once and can notify besides."""
    simulator = Simulator(await open_pool(books_url), clock, notification_secret=SECRET)
    yield simulator
    await simulator.close()


async def notified(simulator: Simulator) -> list[Notification]:
    return [simulator.parse_notification(*message) for message in await simulator.due_notifications()]


@pytest.mark.parametrize("operation", ["Capture", "Refund"])
async def test_what_was_taken_is_pending_until_it_has_settled(slow: Simulator, clock: HeldClock, operation: Operation):
    answer = await ask(slow, operation, "k", "10.00")
    assert (verdict(answer), answer.pending, answer.gateway_ref_number) == (("Indeterminate", "pending"), True, None)
    assert (await moved(slow))[operation] == 10
    assert await notified(slow) == []
    for again in (await slow.look_up("k"), await ask(slow, operation, "k", "10.00")):
        assert again is not None
        assert (verdict(again), again.pending) == (("Indeterminate", "pending"), True)

    clock.forward(HOUR)
    settled = await slow.look_up("k")
    assert settled is not None
    assert (verdict(settled), settled.pending) == (("Success", "approved"), False)
    [news] = await notified(slow)
    assert (news.kind, news.idempotency_key, news.sf_result_code) == (operation, "k", "Success")
    assert (news.amount, news.currency_iso_code) == (Decimal("10.00"), "USD")
    assert news.gateway_ref_number == settled.gateway_ref_number
    assert await notified(slow) == []
    assert (await moved(slow))[operation] == 10


async def test_a_decline_is_pending_too_and_then_news(slow: Simulator, clock: HeldClock):
    await slow.tell(operation="Capture", kind="decline")
    assert (await slow.capture(capture("k", "10.00"))).pending
    clock.forward(HOUR)
    [news] = await notified(slow)
    assert (news.sf_result_code, news.gateway_result_code, news.gateway_ref_number) == ("Decline", "declined", None)
    assert (await moved(slow))["Capture"] == 0


async def test_what_exceeds_its_limit_is_refused_at_once(slow: Simulator):
    answer = await slow.capture(capture("k", "10.00", authorization(whole="5.00")))
    assert (answer.sf_result_code, answer.pending) == ("PermanentFail", False)


@pytest.mark.parametrize(
    ("kind", "deliveries"),
    [("duplicate_notification", [0, 2]), ("late_notification", [0, 1]), ("lost_notification", [0, 0])],
)
async def test_notifications_come_twice_late_or_never(
    slow: Simulator, clock: HeldClock, kind: FaultKind, deliveries: list[int]
):
    await slow.tell(operation="Capture", kind=kind, seconds=60)
    await slow.capture(capture("k", "10.00"))
    clock.forward(HOUR)
    on_time = await notified(slow) + (await notified(slow))
    clock.forward(dt.timedelta(seconds=60))
    late = await notified(slow)
    assert len(on_time) == (deliveries[1] if kind == "duplicate_notification" else 0)
    assert len(on_time + late) == deliveries[1]
    assert len({news.notification_id for news in on_time + late}) <= 1
    settled = await slow.look_up("k")
    assert settled is not None
    assert settled.sf_result_code == "Success"


async def test_a_provider_that_answers_at_once_can_notify_besides(quick: Simulator):
    await quick.tell(operation="Capture", kind="duplicate_notification")
    answer = await quick.capture(capture("k", "10.00"))
    assert verdict(answer) == ("Success", "approved")
    first, second = [*await notified(quick), *await notified(quick)]
    assert first == second
    await quick.capture(capture("k2", "10.00"))
    assert await notified(quick) == []


async def test_after_a_lost_answer_the_notification_tells(slow: Simulator, clock: HeldClock):
    await slow.tell(operation="Capture", kind="timeout_after_success")
    answer = await slow.capture(capture("k", "10.00"))
    assert (verdict(answer), answer.pending) == (("Indeterminate", "no_answer"), False)
    clock.forward(HOUR)
    assert [news.sf_result_code for news in await notified(slow)] == ["Success"]


async def test_without_a_secret_nothing_is_sent_and_nothing_is_believed(books_url: str, slow: Simulator):
    silent = Simulator(await open_pool(books_url), lambda: NOW + 2 * HOUR, settles_after=HOUR)
    await slow.capture(capture("k", "10.00"))
    try:
        assert await silent.due_notifications() == ()
        with pytest.raises(InvalidNotification, match="no secret"):
            silent.parse_notification({}, b"{}")
    finally:
        await silent.close()


# --- authorizations that lapse ----------------------------------------------------------------------------------------


async def test_an_authorization_lapses_after_its_time(books_url: str, clock: HeldClock):
    simulator = Simulator(await open_pool(books_url), clock, authorization_lifetime=HOUR)
    try:
        opened = await simulator.authorize(authorize("a", "100.00"))
        source = authorization(opened.gateway_ref_number)
        first = await simulator.capture(capture("c1", "10.00", source))
        clock.forward(HOUR)
        late = await simulator.capture(capture("c2", "10.00", source))
        again = await simulator.capture(capture("c1", "10.00", source))
        renewed = await simulator.authorize(authorize("a2", "90.00"))
        kept = await simulator.look_up("a")
    finally:
        await simulator.close()
    # To the millisecond, as the books keep it.
    assert opened.expires_at is not None
    assert abs(opened.expires_at - (NOW + HOUR)) < dt.timedelta(milliseconds=1)
    assert kept is not None
    assert kept.expires_at == opened.expires_at
    assert verdict(late) == ("PermanentFail", "authorization_expired")
    assert (verdict(first), verdict(again), again.duplicate) == (verdict(first), ("Success", "approved"), True)
    assert renewed.sf_result_code == "Success"


async def test_an_authorization_can_be_made_to_lapse(simulator: Simulator):
    await simulator.capture(capture("c1", "10.00"))
    await simulator.expire("elsewhere-1")
    assert verdict(await simulator.capture(capture("c2", "10.00"))) == ("PermanentFail", "authorization_expired")
    assert (await moved(simulator))["Capture"] == 10
    with pytest.raises(LookupError, match="elsewhere-9"):
        await simulator.expire("elsewhere-9")


async def test_money_captured_before_an_authorization_lapsed_can_be_refunded(simulator: Simulator):
    taken = await simulator.capture(capture("c", "10.00"))
    await simulator.expire("elsewhere-1")
    given_back = await simulator.refund(refund("r", "10.00", payment(taken.gateway_ref_number, "10.00")))
    assert given_back.sf_result_code == "Success"


async def test_an_authorization_that_is_not_in_the_books_can_be_said_to_have_lapsed(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="expired", match="elsewhere-1")
    assert verdict(await simulator.capture(capture("c", "1.00"))) == ("PermanentFail", "authorization_expired")
    assert (await simulator.books()).authorizations == ()


# --- faults on the way ------------------------------------------------------------------------------------------------


async def test_a_lost_request_moves_nothing_and_nobody_says_so(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="lost_request")
    assert verdict(await simulator.capture(capture("k", "10.00"))) == ("Indeterminate", "no_answer")
    assert await simulator.look_up("k") is None
    assert (await moved(simulator))["Capture"] == 0
    assert (await simulator.capture(capture("k", "10.00"))).sf_result_code == "Success"


async def test_answers_can_be_lost_again_and_again(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="lost_answer", times=3)
    lost = [await simulator.capture(capture("k", "10.00")) for _ in range(3)]
    found = await simulator.capture(capture("k", "10.00"))
    assert [verdict(answer) for answer in lost] == [("Indeterminate", "no_answer")] * 3
    assert (verdict(found), found.duplicate) == (("Success", "approved"), True)
    assert (await moved(simulator))["Capture"] == 10


async def test_flapping_lets_every_third_request_through(simulator: Simulator):
    await simulator.tell(operation="Capture", kind="flapping", times=6, every=3)
    codes = [(await simulator.capture(capture(f"k{n}", "1.00"))).sf_result_code for n in range(8)]
    assert codes == ["SystemError", "SystemError", "Success"] * 2 + ["Success", "Success"]
    assert (await moved(simulator))["Capture"] == 4


@pytest.mark.parametrize("kind", ["error_before", "lost_answer"])
async def test_look_up_can_fail_and_then_tells_the_truth(simulator: Simulator, kind: FaultKind):
    await simulator.capture(capture("k", "10.00"))
    await simulator.tell(operation="LookUp", kind=kind, match="k")
    struck, kept = await simulator.look_up("k"), await simulator.look_up("k")
    assert struck is not None
    assert kept is not None
    assert (verdict(struck), struck.pending) == (("Indeterminate", "no_answer"), False)
    assert verdict(kept) == ("Success", "approved")


async def test_look_up_can_flap_and_be_for_what_was_drawn_on(simulator: Simulator):
    await simulator.tell(operation="LookUp", kind="flapping", times=2, every=2, match="elsewhere-1")
    other = await simulator.look_up("k", authorization("elsewhere-2"))
    first = await simulator.look_up("k", authorization("elsewhere-1"))
    second = await simulator.look_up("k", authorization("elsewhere-1"))
    assert other is None
    assert first is not None
    assert first.sf_result_code == "Indeterminate"
    assert second is None


async def test_an_answer_that_takes_longer_than_the_timeout_is_indeterminate(books_url: str):
    simulator = Simulator(await open_pool(books_url), lambda: NOW, timeout_seconds=0.05)
    try:
        await simulator.tell(operation="Capture", kind="slow", seconds=60)
        await simulator.tell(operation="LookUp", kind="slow", seconds=60)
        answer = await simulator.capture(capture("k", "10.00"))
        looked = await simulator.look_up("k")
        found = await simulator.look_up("k")
    finally:
        await simulator.close()
    assert verdict(answer) == ("Indeterminate", "no_answer")
    assert looked is not None
    assert looked.sf_result_code == "Indeterminate"
    assert found is not None
    assert found.sf_result_code == "Success"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"operation": "LookUp", "kind": "decline"},
        {"operation": "LookUp", "kind": "lost_request"},
        {"operation": "Void", "kind": "expired"},
        {"operation": "Authorize", "kind": "lost_notification"},
        {"kind": "late_notification"},
        {"kind": "flapping", "every": 1},
    ],
)
async def test_a_fault_that_cannot_happen_is_refused(simulator: Simulator, nonsense: dict[str, object]):
    with pytest.raises(asyncpg.CheckViolationError):
        await simulator.tell(**{"operation": "Capture"} | nonsense)  # type: ignore[arg-type]
