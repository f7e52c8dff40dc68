"""Sforce-Limit-Info and /limits: how many requests there were in 24 hours, in all processes together."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from orderwright.app import create_app
from orderwright.rest.request_count import RequestCount
from orderwright.settings import Settings
from orderwright.store.transaction import Store
from tests.rest.calling import BASE, Caller


@pytest.fixture(scope="module")
def database_url(module_database_url: str) -> str:
    """A database of its own: elsewhere others have made requests on the same day."""
    return module_database_url


def said(answer: httpx.Response) -> tuple[int, int]:
    """Used and most, as clients read them."""
    found = re.fullmatch(r"api-usage=(\d+)/(\d+)", answer.headers["Sforce-Limit-Info"])
    assert found, answer.headers
    return int(found[1]), int(found[2])


@asynccontextmanager
async def another_process(store: Store, token: str, **settings: Any) -> AsyncIterator[Caller]:
    app = create_app(store, Settings(**settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://two.test", headers={"Authorization": token}
        ) as http,
    ):
        yield Caller(http)


async def test_every_answer_says_how_many_there_were_and_limits_says_the_same(api: Caller):
    first, most = said(await api.send("GET", "/sobjects"))
    assert most == Settings().daily_requests
    assert said(await api.send("GET", "/sobjects/Account/001000000000000AAA")) == (first + 1, most)
    assert said(await api.send("POST", "/sobjects/Account", {"Nmae": "x"})) == (first + 2, most)
    limits = await api.send("GET", "/limits")
    assert said(limits) == (first + 3, most)
    assert limits.json()["DailyApiRequests"] == {"Max": most, "Remaining": most - first - 3}


async def test_who_does_not_get_in_is_not_counted_and_neither_is_signing_in(api: Caller, http: httpx.AsyncClient):
    first, _ = said(await api.send("GET", "/sobjects"))
    refused = await http.get(f"{BASE}/sobjects", headers={"Authorization": "Bearer wrong"})
    assert (refused.status_code, said(refused)[0]) == (401, first)
    token = await http.post("/services/oauth2/token", data={"grant_type": "password"})
    assert "Sforce-Limit-Info" not in token.headers
    assert said(await api.send("GET", "/sobjects"))[0] == first + 1


async def test_what_another_process_answered_is_in_the_sum_of_the_next_round(api: Caller, store: Store):
    first, most = said(await api.send("GET", "/limits"))
    async with another_process(store, api.http.headers["Authorization"]) as other:
        assert said(await other.send("GET", "/sobjects")) == (first + 1, most)
        await other.send("GET", "/sobjects")
    # what it had counted last, it told when it ended
    assert said(await api.send("GET", "/limits"))[0] == first + 3


async def test_one_request_too_many_is_refused(api: Caller, store: Store):
    used, _ = said(await api.send("GET", "/limits"))
    token = api.http.headers["Authorization"]
    async with another_process(store, token, daily_requests=used + 1) as other:
        assert (await other.send("GET", "/sobjects")).status_code == 200
        refused = await other.send("GET", "/sobjects")
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")


async def test_requests_are_forgotten_after_a_day(store: Store):
    database = store.database.main
    count = RequestCount(store.database, 1000)
    await count.refresh()
    before = count.used
    await database.execute(
        "INSERT INTO request_count VALUES (date_trunc('hour', now()) - interval '24 hours', 999, 500), "
        "(date_trunc('hour', now()) - interval '23 hours', 999, 7)"
    )
    await count.refresh()
    assert count.used == before + 7
    assert await database.fetchval("SELECT sum(requests) FROM request_count WHERE node = 999") == 7


async def test_what_could_not_be_told_is_told_later(store: Store, monkeypatch: pytest.MonkeyPatch):
    count = RequestCount(store.database, 1000)
    await count.refresh()
    before = count.used
    with monkeypatch.context() as patch:
        patch.setattr("orderwright.rest.request_count.count_requests", broken)
        await count.add()
        await count.refresh()
    assert count.used == before + 1
    await count.close()
    again = RequestCount(store.database, 1000)
    await again.refresh()
    assert again.used == before + 1


async def broken(*_: object) -> int:
    raise OSError("the database is away")
