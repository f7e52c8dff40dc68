"""The clock over HTTP: seen everywhere, set on a test instance, and what goes by it."""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from orderwright.app import create_app
from orderwright.settings import Settings
from orderwright.store.clock import clock_of
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.calling import Caller, exact
from tests.rest.changing import plain, post, refusal

CLOCK = "/commerce/order-management/clock"


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    """The store of a test instance; the clock is put right afterwards, as other tests share the database."""
    async with clock_of(database, is_test=True) as clock:
        yield Store(database, clock)
    await database.main.execute("UPDATE clock SET frozen_at = NULL, ahead = '0', version = version + 1")


async def done(api: Caller, action: str, body: Any) -> Any:
    answer = await post(api, f"{CLOCK}/actions/{action}", body)
    assert answer.status_code == 201, answer.text
    return exact(answer)


async def seen(api: Caller) -> Any:
    answer = await api.send("GET", CLOCK)
    assert answer.status_code == 200, answer.text
    return exact(answer)


async def test_it_is_frozen_advanced_and_runs_on(api: Caller):
    frozen = await done(api, "freeze", {})
    assert (frozen["isFrozen"], frozen["errors"], frozen["success"]) == (True, [], True)
    assert (await seen(api))["now"] == frozen["now"]
    advanced = await done(api, "advance", {"seconds": Decimal("1.5")})
    then = dt.datetime.fromisoformat(frozen["now"]) + dt.timedelta(seconds=1.5)
    assert dt.datetime.fromisoformat(advanced["now"]) == then
    assert advanced["isFrozen"]
    running = await done(api, "run", {})
    assert not running["isFrozen"]
    assert dt.datetime.fromisoformat((await seen(api))["now"]) >= then


async def test_a_running_clock_set_ahead_says_by_how_much(api: Caller):
    assert (await seen(api))["offsetSeconds"] == 0
    answer = await done(api, "advance", {"seconds": 60})
    assert (answer["offsetSeconds"], answer["isFrozen"]) == (60, False)


async def test_a_moment_that_was_shown_can_be_named_again(api: Caller):
    frozen = await done(api, "freeze", {})
    assert (await done(api, "advance", {"to": frozen["now"]}))["now"] == frozen["now"]
    assert (await done(api, "freeze", {"at": frozen["now"]}))["now"] == frozen["now"]
    later = "2999-12-31T23:59:59.999Z"
    assert (await done(api, "advance", {"to": later}))["now"] == later


@pytest.mark.parametrize(
    ("action", "body", "words"),
    [
        ("freeze", {"at": "2020-01-01T00:00:00Z"}, "never goes back"),
        ("advance", {"to": "2020-01-01T00:00:00+0200"}, "never goes back"),
        ("advance", {"seconds": -1}, "never goes back"),
        ("advance", {"seconds": -9999999999999999}, "never goes back"),
        ("advance", {"seconds": 9999999999999999}, "4000"),
        ("advance", {"to": "9999-12-31T23:59:59Z"}, "4000"),
        ("advance", {}, "either seconds or to"),
        ("advance", {"seconds": 1, "to": "2999-01-01T00:00:00Z"}, "either seconds or to"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(api: Caller, action: str, body: Any, words: str):
    before = await done(api, "freeze", {})
    assert words in refusal(await post(api, f"{CLOCK}/actions/{action}", body), 400, "INVALID_INPUT")
    assert (await seen(api))["now"] == before["now"]


@pytest.mark.parametrize("moment", ["tomorrow", "2026-03-01", "2026-03-01T10:00:00", 5])
async def test_a_moment_has_its_zone(api: Caller, moment: Any):
    said = plain(await post(api, f"{CLOCK}/actions/freeze", {"at": moment}), 400, "JSON_PARSER_ERROR")
    assert said.startswith("at: ")


async def test_timestamps_of_records_go_by_it(api: Caller):
    await done(api, "freeze", {})
    moment = (await done(api, "advance", {"seconds": 3600}))["now"].replace("Z", "+0000")
    account = await api.create("Account", Name="Ada Lovelace")
    stored = await api.read("Account", account)
    assert stored["CreatedDate"] == stored["LastModifiedDate"] == moment


async def test_tokens_run_out_by_it(api: Caller):
    lifetime = Settings().token_lifetime_seconds
    await done(api, "freeze", {})
    await done(api, "advance", {"seconds": lifetime - 60})
    assert (await api.send("GET", CLOCK)).status_code == 200
    await done(api, "advance", {"seconds": 60})
    plain(await api.send("GET", CLOCK), 401, "INVALID_SESSION_ID")


async def test_an_advance_sent_again_with_its_key_is_one(api: Caller):
    await done(api, "freeze", {})
    before = await seen(api)
    key = {"Idempotency-Key": "a-day-later"}
    for _ in range(2):
        answer = await post(api, f"{CLOCK}/actions/advance", {"seconds": 60}, headers=key)
        assert answer.status_code == 201
    after = await seen(api)
    moments = [dt.datetime.fromisoformat(read["now"]) for read in (before, after)]
    assert moments[1] - moments[0] == dt.timedelta(seconds=60)


async def test_what_became_due_is_looked_for_at_once(api: Caller, store: Store):
    woken: list[None] = []
    store.committed = lambda: woken.append(None)
    await done(api, "advance", {"seconds": 60})
    assert woken


# --- production -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def production(api: Caller, database: Database, clock: Any) -> AsyncIterator[Caller]:
    """The same client at an application whose store goes by a clock of its own."""
    transport = httpx.ASGITransport(app=create_app(Store(database, clock), Settings()))
    headers = {"Authorization": api.http.headers["Authorization"]}
    async with httpx.AsyncClient(transport=transport, base_url=api.http.base_url, headers=headers) as http:
        yield Caller(http)


@pytest.mark.parametrize(("action", "body"), [("freeze", {}), ("advance", {"seconds": 1}), ("run", {})])
async def test_a_production_instance_refuses_and_names_the_way_out(production: Caller, action: str, body: Any):
    said = refusal(await post(production, f"{CLOCK}/actions/{action}", body), 400, "INVALID_OPERATION")
    assert "ORDERWRIGHT_INSTANCE=test" in said


async def test_a_production_instance_shows_its_clock(production: Caller):
    answer = await seen(production)
    assert (answer["now"], answer["isFrozen"], answer["offsetSeconds"]) == ("2026-03-01T10:00:00.123Z", False, 0)
