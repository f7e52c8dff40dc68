"""Which movements are in Stripe's charges and refunds, also where a stand-in for Stripe has none of the kind."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from orderwright.gateways.protocol import ListedTransaction, NotListed
from orderwright.gateways.stripe_listing import LONGEST_AUTHORIZATION, list_account
from orderwright.gateways.stripe_objects import ListedCharge, Refund

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def seconds(after: timedelta) -> int:
    return int((START + after).timestamp())


class Account:
    """Charges and refunds as Stripe would list them, and for which time they were asked."""

    def __init__(self, charges: list[dict[str, Any]], refunds: list[dict[str, Any]]) -> None:
        self._charges, self._refunds = charges, refunds
        self.asked: list[tuple[int, int]] = []

    async def charges_made(self, since: int, until: int) -> list[ListedCharge]:
        self.asked.append((since, until))
        return msgspec.convert([c for c in self._charges if since <= c["created"] < until], list[ListedCharge])

    async def refunds_made(self, since: int, until: int) -> list[Refund]:
        return msgspec.convert([r for r in self._refunds if since <= r["created"] < until], list[Refund])


def charge(*, at: timedelta = MINUTE, intent: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """A charge of 100.00 that is authorized by hand and not captured yet."""
    plain = {"id": "pi_1", "amount": 10000, "currency": "usd", "status": "requires_capture", "capture_method": "manual"}
    made = plain | {"metadata": {"orderwright_key": "a"}} | (intent or {})
    fields = {"id": "ch_1", "amount": 10000, "currency": "usd", "created": seconds(at), "status": "succeeded"}
    return fields | {"payment_intent": made} | changed


def captured(units: int, at: timedelta, **intent: Any) -> dict[str, Any]:
    keys = {"orderwright_key": "a", "orderwright_capture": "c"} | intent.pop("metadata", {})
    entry = {"created": seconds(at)}
    return charge(
        captured=True, amount_captured=units, balance_transaction=entry,
        intent={"status": "succeeded", "metadata": keys} | intent,
    )  # fmt: skip


def refund(number: str, units: int, at: timedelta, **changed: Any) -> dict[str, Any]:
    fields = {"id": number, "amount": units, "currency": "usd", "created": seconds(at), "status": "succeeded"}
    return fields | {"charge": "ch_1"} | changed


async def brief(
    charges: list[dict[str, Any]], refunds: list[dict[str, Any]], *, since: timedelta = DAY * 0, until: timedelta = DAY
) -> list[tuple[str, str | None, str, timedelta]]:
    account: Any = Account(charges, refunds)
    found: list[ListedTransaction] = [t async for t in list_account(account, START + since, START + until)]
    return [(t.kind, t.idempotency_key, str(t.amount), t.booked_at - START) for t in found]


async def test_a_capture_is_booked_when_it_was_made_and_not_when_it_was_authorized():
    charges = [captured(6000, 5 * DAY)]
    assert await brief(charges, []) == [("Authorize", "a", "100.00", MINUTE)]
    late = await brief(charges, [], since=5 * DAY, until=6 * DAY)
    assert late == [("Capture", "c", "60.00", 5 * DAY)]


async def test_charges_are_asked_for_from_as_long_ago_as_an_authorization_lasts():
    account: Any = Account([], [])
    assert [t async for t in list_account(account, START, START + DAY)] == []
    assert account.asked == [(seconds(-LONGEST_AUTHORIZATION), seconds(DAY))]


async def test_a_void_is_booked_when_it_was_made_and_what_lapsed_is_none():
    voided = {"status": "canceled", "canceled_at": seconds(2 * MINUTE),
              "metadata": {"orderwright_key": "a", "orderwright_void": "v"}}  # fmt: skip
    opened = ("Authorize", "a", "100.00", MINUTE)
    assert await brief([charge(intent=voided)], []) == [opened, ("Void", "v", "100.00", 2 * MINUTE)]
    lapsed = voided | {"cancellation_reason": "automatic"}
    assert await brief([charge(intent=lapsed)], []) == [opened]


async def test_a_void_of_what_a_capture_left_is_listed_with_its_own_amount_and_time():
    keys = {"orderwright_void": "v", "orderwright_void_amount": "4000",
            "orderwright_void_at": (START + 3 * MINUTE).isoformat()}  # fmt: skip
    assert await brief([captured(6000, 2 * MINUTE, metadata=keys)], []) == [
        ("Authorize", "a", "100.00", MINUTE),
        ("Capture", "c", "60.00", 2 * MINUTE),
        ("Void", "v", "40.00", 3 * MINUTE),
    ]


async def test_what_a_capture_released_is_no_refund_but_one_made_by_hand_over_the_same_amount_is():
    charges = [captured(6000, 2 * MINUTE)]
    released = refund("re_released", 4000, 2 * MINUTE + timedelta(seconds=1))
    by_hand = refund("re_by_hand", 4000, 10 * MINUTE)
    ours = refund("re_ours", 4000, 2 * MINUTE, metadata={"orderwright_key": "r"})
    found = await brief(charges, [released, by_hand, ours])
    assert [row for row in found if row[0] == "Refund"] == [
        ("Refund", "r", "40.00", 2 * MINUTE),
        ("Refund", None, "40.00", 10 * MINUTE),
    ]


async def test_what_a_cancellation_released_is_no_refund():
    gone = {"status": "canceled", "canceled_at": seconds(2 * MINUTE)}
    found = await brief([charge(intent=gone)], [refund("re_1", 10000, 2 * MINUTE)])
    assert [row[0] for row in found] == ["Authorize", "Void"]


@pytest.mark.parametrize("status", ["pending", "failed", "canceled", "requires_action"])
async def test_only_refunds_that_were_made_are_listed(status: str):
    assert await brief([], [refund("re_1", 100, MINUTE, status=status)]) == []


async def test_a_refund_of_a_charge_from_long_ago_is_listed():
    assert await brief([], [refund("re_1", 100, MINUTE)]) == [("Refund", None, "1.00", MINUTE)]


@pytest.mark.parametrize("intent", [{"capture_method": "automatic"}, {"capture_method": "automatic_async"}])
async def test_a_sale_is_one_movement(intent: dict[str, Any]):
    sold = charge(captured=True, intent={"status": "succeeded"} | intent)
    assert await brief([sold], []) == [("Sale", "a", "100.00", MINUTE)]
    assert await brief([charge(intent=intent)], []) == []


async def test_money_that_was_taken_without_an_intent_is_a_sale_of_nobodys():
    assert await brief([charge(captured=True, payment_intent=None)], []) == [("Sale", None, "100.00", MINUTE)]


@pytest.mark.parametrize("status", ["failed", "pending"])
async def test_a_charge_that_did_not_succeed_is_not_listed(status: str):
    assert await brief([charge(status=status)], []) == []


async def test_times_begin_and_end_at_whole_seconds_as_stripe_has_them():
    half = timedelta(seconds=0.5)
    assert await brief([charge(at=MINUTE)], [], since=MINUTE, until=MINUTE + half) != []
    assert await brief([charge(at=MINUTE)], [], since=MINUTE + half) == []
    assert await brief([charge(at=MINUTE)], [], until=MINUTE) == []


async def test_an_account_with_money_that_is_not_understood_is_not_listed():
    with pytest.raises(NotListed, match="not understood"):
        await brief([charge(currency="ugx")], [])
