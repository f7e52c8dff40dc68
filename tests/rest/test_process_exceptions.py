"""Process exceptions as records, with statuses of a merchant's own: their category says what holds an order up."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from orderwright.app import create_app
from orderwright.objects.identity import to_15
from orderwright.settings import Settings
from orderwright.store.database import Database
from orderwright.store.ids import shard_of
from orderwright.store.transaction import Store
from orderwright.store.verify import verify_all
from tests.rest.calling import BASE, Caller, exact
from tests.rest.changing import Placed, place

OWN = """
[ProcessException.Status]
New = "ACTIVE"
"Asked the bank" = "ACTIVE"
"Let be" = "INACTIVE"
Resolved = "RESOLVED"
"""


@pytest.fixture
async def placed(api: Caller) -> Placed:
    return await place(api)


@pytest.fixture
async def configured(store: Store, api: Caller, tmp_path: Path) -> AsyncIterator[Caller]:
    """The same database behind an application that has statuses of its own."""
    file = tmp_path / "picklists.toml"
    file.write_text(OWN)
    app = create_app(store, Settings(picklists=file))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://own.test", headers=api.http.headers
        ) as client,
    ):
        yield Caller(client)


def about(placed: Placed, **more: Any) -> dict[str, Any]:
    return {"AttachedToId": placed.summary, "OrderSummaryId": placed.summary, "Message": "Look", **more}


async def active(placed: Placed) -> int:
    return int((await placed.read())["ActiveProcessExceptionCount"])


async def test_own_statuses_count_by_their_category(placed: Placed, configured: Caller):
    made = await configured.create("ProcessException", **about(placed, Status="Asked the bank"))
    assert await active(placed) == 1
    path = f"/sobjects/ProcessException/{made}"
    for status, category, count in (
        ("Let be", "INACTIVE", 0), ("New", "ACTIVE", 1), ("Resolved", "RESOLVED", 0), ("Asked the bank", "ACTIVE", 1),
    ):  # fmt: skip
        assert (await configured.send("PATCH", path, {"Status": status})).status_code == 204
        record = await configured.read("ProcessException", made)
        assert (record["Status"], record["StatusCategory"], await active(placed)) == (status, category, count)


async def test_an_exception_keeps_its_category_where_its_status_is_none(placed: Placed, configured: Caller):
    made = await configured.create("ProcessException", **about(placed, Status="Asked the bank"))
    path = f"/sobjects/ProcessException/{made}"
    # read and changed without that configuration, it is as it was, and can be moved to any status that there is
    assert (await placed.api.read("ProcessException", made))["StatusCategory"] == "ACTIVE"
    changed = await placed.api.send("PATCH", path, {"Description": "Again", "Status": "Asked the bank"})
    assert (changed.status_code, await active(placed)) == (204, 1)
    assert (await placed.api.send("PATCH", path, {"Status": "Voided"})).status_code == 204
    assert await active(placed) == 0


@pytest.mark.parametrize("of_an_order", [True, False])
async def test_a_status_that_is_none_is_refused(placed: Placed, configured: Caller, of_an_order: bool):
    given = about(placed) if of_an_order else {"AttachedToId": placed.summary, "Message": "Look"}
    made = await configured.create("ProcessException", **given)
    refused = [
        await configured.send("POST", "/sobjects/ProcessException", given | {"Status": "Triaged"}),
        await configured.send("PATCH", f"/sobjects/ProcessException/{made}", {"Status": "Triaged"}),
    ]
    for answer in refused:
        [error] = answer.json()
        assert (answer.status_code, error["errorCode"]) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
        assert (error["fields"], "Asked the bank" in error["message"]) == (["Status"], True)
    moved = await configured.send("PATCH", f"/sobjects/ProcessException/{made}", {"Status": "Let be"})
    assert moved.status_code == 204
    assert (await configured.read("ProcessException", made))["StatusCategory"] == "INACTIVE"
    assert await active(placed) == 0


async def test_nobody_says_the_category_and_it_can_be_asked_for(placed: Placed, configured: Caller):
    answer = await configured.send("POST", "/sobjects/ProcessException", about(placed, StatusCategory="RESOLVED"))
    assert answer.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    made = await configured.create("ProcessException", **about(placed))
    query = "SELECT Id FROM ProcessException WHERE StatusCategory = 'ACTIVE'"
    found = await configured.http.get(f"{BASE}/query", params={"q": query})
    assert made in [record["Id"] for record in exact(found)["records"]]
    described = (await configured.send("GET", "/sobjects/ProcessException/describe")).json()["fields"]
    values = {f["name"]: [v["value"] for v in f["picklistValues"]] for f in described if f["picklistValues"]}
    assert values["Status"] == ["New", "Asked the bank", "Let be", "Resolved"]
    assert set(values["StatusCategory"]) == {"ACTIVE", "INACTIVE", "RESOLVED"}


async def test_what_refers_to_another_order_is_refused(placed: Placed):
    other = await place(placed.api)
    given = {"AttachedToId": other.summary, "OrderSummaryId": placed.summary, "Message": "Look"}
    answer = await placed.api.send("POST", "/sobjects/ProcessException", given)
    [error] = answer.json()
    assert (answer.status_code, error["errorCode"]) == (400, "INVALID_CROSS_REFERENCE_KEY")
    assert (error["fields"], "another order" in error["message"]) == (["AttachedToId"], True)


async def test_an_exception_of_no_order_lies_where_what_it_is_attached_to_lies(placed: Placed, database: Database):
    made = await placed.api.create("ProcessException", AttachedToId=placed.summary, Message="Look")
    assert shard_of(to_15(made) or "") == shard_of(to_15(placed.summary) or "")
    async with database.main.acquire() as session:
        assert [v for v in await verify_all(session) if v.record_id == to_15(made)] == []
