"""A provider that takes a minute to settle, and says so in signed notifications."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest

from orderwright.clock import system_clock
from orderwright.gateways.configuration import Secret
from orderwright.gateways.notices import Message, Notice, signed_notice
from orderwright.gateways.simulator import Simulator, open_pool
from orderwright.objects.identity import to_15
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.payments.till import Till, stored

SECRET = Secret("whispered-between-two")
MINUTE = dt.timedelta(minutes=1)
PREFIX = "ORDERWRIGHT_GATEWAY_SIMULATOR_"


def told_of_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application, which has yet to open its gateway, find a slow one that notifies."""
    monkeypatch.setenv(PREFIX + "SETTLE_SECONDS", "60")
    monkeypatch.setenv(PREFIX + "NOTIFICATION_SECRET", SECRET.reveal())


@asynccontextmanager
async def slow_provider(store: Store) -> AsyncIterator[Simulator]:
    """The same gateway for the test's own hands."""
    simulator = Simulator(
        await open_pool(store.database.url, max_size=2), store.clock, settles_after=MINUTE, notification_secret=SECRET
    )
    try:
        yield simulator
        await simulator._books.execute("DELETE FROM simulator.fault")
        await simulator._books.execute("UPDATE simulator.notification SET remaining = 0")
    finally:
        await simulator.close()


async def post(shop: Till, message: Message, provider: str | None = None, **headers: str) -> httpx.Response:
    """One message to the notification endpoint, from somebody who is not signed in."""
    return await shop.api.http.post(
        "/services/data/v67.0/commerce/payments/notify",
        params={"provider": provider or shop.provider},
        content=message.body,
        headers={"Authorization": "", **message.headers, **headers},
    )


def notice(request: Mapping[str, Any], **more: Any) -> Notice:
    """What could be said of a request, given as its row."""
    about = {
        "notification_id": f"note of {request['id']}", "kind": "Refund" if request["kind"] == "Refund" else "Capture",
        "idempotency_key": request["id"], "gateway_ref_number": "sim_1", "result": "Success",
        "amount": request["amount"], "currency_iso_code": request["currency_iso_code"],
    }  # fmt: skip
    return msgspec.convert({**about, **more}, Notice)


def signed(about: Notice) -> Message:
    return signed_notice(SECRET, about, system_clock())


async def state_of(store: Store, request_id: str) -> str:
    return str((await stored(store.database, request_id))["state"])


async def delivered(shop: Till, simulator: Simulator) -> int:
    """Post what the provider has to say; returns how much that was."""
    messages = await simulator.due_notifications()
    for message in messages:
        answer = await post(shop, message)
        assert (answer.status_code, answer.content) == (200, b"[accepted]"), answer.text
    return len(messages)


async def payments_of(database: Database, shop: Till) -> list[Any]:
    return list(
        await database.main.fetch(
            "SELECT * FROM payment WHERE payment_gateway_id = $1 ORDER BY id", to_15(shop.gateway)
        )
    )
