"""The Idempotency-Key header: a request sent again is answered again, and done once."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from orderwright.settings import Settings
from orderwright.store.database import Database
from orderwright.store.idempotency import forget
from orderwright.store.oauth import create_client
from tests.rest.calling import BASE, Caller, row_counts
from tests.rest.changing import SUMMARIES, Nothing, Placed, place, plain, post, refusal
from tests.rest.conftest import Hands
from tests.rest.signing_in import PASSWORD, TOKEN, client_for, user_with


@pytest.fixture
async def placed(api: Caller) -> Placed:
    return await place(api)


@pytest.fixture
async def other(http: httpx.AsyncClient, api: Caller, database: Database, clock: Hands) -> AsyncIterator[Caller]:
    """Another client of the same shop."""
    headers = {"Authorization": await signed_in(http, await create_client(database, "Another shop", clock()))}
    transport = http._transport  # the same application
    async with httpx.AsyncClient(transport=transport, base_url=http.base_url, headers=headers) as client:
        yield Caller(client)


async def signed_in(http: httpx.AsyncClient, client: tuple[str, str]) -> str:
    """The Authorization header with a new token of a client, given by its id and secret."""
    form = {"grant_type": "client_credentials", "client_id": client[0], "client_secret": client[1]}
    return f"Bearer {(await http.post('/services/oauth2/token', data=form)).json()['access_token']}"


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


async def cancelled(placed: Placed, text: str, units: int = 1, **options: Any) -> httpx.Response:
    return await placed.act("submit-cancel", placed.of("mug", units), headers=key(text), **options)


async def test_a_request_sent_again_gets_the_saved_answer_and_does_nothing(placed: Placed, database: Database):
    first = await cancelled(placed, "once")
    assert (first.status_code, "Idempotent-Replayed" in first.headers) == (201, False)
    async with Nothing(database, placed):
        again = await cancelled(placed, "once")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await placed.item("mug"))["QuantityCanceled"] == 1
    assert (await cancelled(placed, "twice")).json()["changeOrderId"] != first.json()["changeOrderId"]


async def test_the_answer_is_the_saved_one_even_when_it_could_not_be_done_any_more(placed: Placed):
    first = await cancelled(placed, "once", 4)
    assert refusal(await cancelled(placed, "other", 4), 400, "INVALID_INPUT")
    assert (await cancelled(placed, "once", 4)).content == first.content


@pytest.mark.parametrize("what", ["body", "path", "query", "version"])
async def test_the_same_key_with_another_request_is_a_conflict(placed: Placed, database: Database, what: str):
    await cancelled(placed, "once")
    async with Nothing(database, placed):
        answer = {
            "body": lambda: cancelled(placed, "once", 2),
            "path": lambda: placed.act("preview-cancel", placed.of("mug"), headers=key("once")),
            "query": lambda: cancelled(placed, "once", query="?explain=true"),
            "version": lambda: cancelled(placed, "once", version=60),
        }[what]()
        assert "another request" in plain(await answer, 409, "IDEMPOTENCY_KEY_REUSED")


async def test_simultaneous_requests_with_one_key_act_once(placed: Placed):
    answers = await asyncio.gather(*(cancelled(placed, "once") for _ in range(4)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert sorted("Idempotent-Replayed" in answer.headers for answer in answers) == [False, True, True, True]
    assert (await placed.item("mug"))["QuantityCanceled"] == 1


async def test_of_simultaneous_different_requests_with_one_key_one_is_done(placed: Placed):
    answers = await asyncio.gather(*(cancelled(placed, "once", units) for units in (1, 2, 3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    done = next(units for units, answer in zip((1, 2, 3), answers, strict=True) if answer.status_code == 201)
    assert (await placed.item("mug"))["QuantityCanceled"] == done


async def test_a_refused_request_gives_its_key_back(placed: Placed, database: Database):
    async with Nothing(database, placed):
        for _ in range(2):
            refused = await cancelled(placed, "once", 5)
            assert "is not available" in refusal(refused, 400, "INVALID_INPUT")
            assert "Idempotent-Replayed" not in refused.headers
    corrected = await cancelled(placed, "once", 4)
    assert corrected.status_code == 201
    assert (await cancelled(placed, "once", 4)).content == corrected.content


async def test_a_request_that_could_not_be_read_gives_its_key_back(placed: Placed, database: Database):
    async with Nothing(database, placed):
        plain(await placed.act("submit-cancel", {"changeItem": []}, headers=key("once")), 400, "INVALID_FIELD")
    assert (await cancelled(placed, "once")).status_code == 201


async def test_of_simultaneous_refused_requests_each_is_refused(placed: Placed, database: Database):
    async with Nothing(database, placed):
        answers = await asyncio.gather(*(cancelled(placed, "once", 5) for _ in range(3)))
        for answer in answers:
            refusal(answer, 400, "INVALID_INPUT")


async def test_a_key_belongs_to_the_client_that_sent_it(placed: Placed, other: Caller):
    await cancelled(placed, "once")
    path = f"{SUMMARIES}/{placed.summary}/actions/submit-cancel"
    theirs = await post(other, path, placed.of("mug", 2), headers=key("once"))
    assert (theirs.status_code, "Idempotent-Replayed" in theirs.headers) == (201, False)
    assert (await placed.item("mug"))["QuantityCanceled"] == 3


async def test_a_key_belongs_to_the_user_the_client_acts_for(
    http: httpx.AsyncClient, api: Caller, database: Database, clock: Hands
):
    """One program has many users: what one of them was answered is not told to another, who may do less."""
    makes, reads = (f"{name}-{uuid.uuid4().hex}@example.com" for name in ("makes", "reads"))
    await user_with(database, makes, "Create Account", now=clock())
    await user_with(database, reads, "Read Account", now=clock())
    client = await client_for(database, clock(), flows=("password",))
    answers = []
    for username in (makes, reads, makes):
        form = client | {"grant_type": "password", "username": username, "password": PASSWORD}
        token = (await http.post(TOKEN, data=form)).json()["access_token"]
        headers = key("one") | {"Authorization": f"Bearer {token}"}
        answers.append(await http.post(f"{BASE}/sobjects/Account", json={"Name": "Ada"}, headers=headers))
    assert [answer.status_code for answer in answers] == [201, 403, 201]
    assert answers[2].content == answers[0].content


async def test_a_key_is_kept_as_long_as_configured_and_then_forgotten(
    placed: Placed, database: Database, clock: Hands, client_secret: tuple[str, str]
):
    kept, moment = dt.timedelta(hours=Settings().idempotency_hours), dt.timedelta(milliseconds=1)
    first = await cancelled(placed, "once")
    clock.now += kept - moment
    placed.api.http.headers["Authorization"] = await signed_in(placed.api.http, client_secret)
    await forget(database, clock.now - kept)
    assert (await cancelled(placed, "once")).content == first.content
    clock.now += 2 * moment
    await forget(database, clock.now - kept)
    again = await cancelled(placed, "once")
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)
    assert (await placed.item("mug"))["QuantityCanceled"] == 2


async def test_a_claim_left_by_a_crash_is_taken_over(placed: Placed, database: Database):
    """The answer is taken away, as if the process had died after the change was made and before it was answered. The
    clock stands still: how long a claim stands is not for it to say.
    """
    first = await cancelled(placed, "once")
    await database.main.execute(
        "UPDATE request_key SET answer = NULL, claimed_at = claimed_at - interval '6 seconds' WHERE key LIKE '%:once'"
    )
    async with Nothing(database, placed):
        again = await cancelled(placed, "once")
    assert (again.status_code, again.json()) == (201, first.json())
    assert (await placed.item("mug"))["QuantityCanceled"] == 1


async def test_a_key_that_is_free_again_is_free_for_another_request(placed: Placed, database: Database):
    """The key's row goes a moment before that of its transaction, which must not answer for the new request."""
    await cancelled(placed, "once", 1)
    await database.main.execute("DELETE FROM request_key WHERE key LIKE '%:once'")
    assert (await cancelled(placed, "once", 2)).status_code == 201
    assert (await placed.item("mug"))["QuantityCanceled"] == 3


BAD_KEYS = {"empty": "", "blank": "   ", "too long": "k" * 256, "a tab": "a\tb"}


@pytest.mark.parametrize("text", BAD_KEYS.values(), ids=BAD_KEYS)
async def test_what_is_no_key_is_refused(placed: Placed, database: Database, text: str):
    async with Nothing(database, placed):
        plain(await cancelled(placed, text), 400, "INVALID_IDEMPOTENCY_KEY")


async def test_every_kind_of_write_takes_a_key(api: Caller, database: Database):
    """Records, collections and composites; an update has no answer to save, and is not repeated all the same."""
    account = {"Name": "Ada"}
    collection = {"allOrNone": True, "records": [{"attributes": {"type": "Product2"}, "Name": "Mug"}]}
    part = {"method": "POST", "url": f"{BASE}/sobjects/Account", "referenceId": "a", "body": account}
    for number, (path, body) in enumerate((
        ("/sobjects/Account", account),
        ("/composite/sobjects", collection),
        ("/composite", {"allOrNone": True, "compositeRequest": [part]}),
        ("/composite", {"allOrNone": False, "compositeRequest": [part, part | {"referenceId": "b"}]}),
    )):  # fmt: skip
        first = await post(api, path, body, headers=key(f"write {number}"))
        assert first.status_code in {200, 201}, first.text
        before = await row_counts(database)
        again = await post(api, path, body, headers=key(f"write {number}"))
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers.get("Location") == first.headers.get("Location")
        assert await row_counts(database) == before


async def test_an_update_is_replayed_too(api: Caller):
    account = await api.create("Account", Name="Ada")
    path = f"{BASE}/sobjects/Account/{account}"
    first = await api.http.patch(path, json={"Name": "Grace"}, headers=key("rename"))
    await api.http.patch(path, json={"Name": "Ada"})
    again = await api.http.patch(path, json={"Name": "Grace"}, headers=key("rename"))
    assert (first.status_code, again.status_code) == (204, 204)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await api.read("Account", account))["Name"] == "Ada"


async def test_entries_that_act_alone_are_not_repeated(placed: Placed):
    """Two fee invoices, each in a transaction of its own; the second request makes none."""
    fees = [
        (await placed.done("submit-cancel", placed.of("mug", changeItemFees=[placed.fee(n)])))["feeChangeOrderId"]
        for n in (1, 2)
    ]
    entries = [{"orderSummaryId": placed.summary, "changeOrderIds": [fee]} for fee in fees]
    path, body = f"{SUMMARIES}/actions/create-multiple-change-invoices", {"invoicesFromChangeOrders": entries}
    first = await post(placed.api, path, body, headers=key("invoices"))
    again = await post(placed.api, path, body, headers=key("invoices"))
    assert first.json()["success"] is True
    assert again.content == first.content


async def test_a_preview_under_a_key_is_replayed_with_its_token(placed: Placed):
    first = await placed.act("preview-cancel", placed.of("mug"), headers=key("look"))
    again = await placed.act("preview-cancel", placed.of("mug"), headers=key("look"))
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Preview-Token"] == first.headers["Preview-Token"]


async def test_reading_takes_no_notice_of_a_key(placed: Placed):
    path = f"{BASE}/sobjects/OrderSummary/{placed.summary}"
    first = await placed.api.http.get(path, headers=key("read"))
    await cancelled(placed, "once")
    again = await placed.api.http.get(path, headers=key("read"))
    assert first.json()["TotalAmount"] != again.json()["TotalAmount"]
