"""GET /query, /queryAll and /query/{locator}: pages that stay as they were, errors as the platform has them."""

import datetime as dt
from typing import Any

import asyncpg
import pytest

from orderwright.objects.custom_fields import STANDARD_SCHEMA
from orderwright.soql.errors import QueryTimeout
from orderwright.soql.names import Dialect
from orderwright.soql.prepare import prepare
from orderwright.store.database import Database
from orderwright.store.query import MOST_CURSORS, limited
from tests.rest.calling import BASE, Caller, exact
from tests.rest.conftest import Hands
from tests.rest.placing import part
from tests.rest.signing_in import token_of_rights

MAKE = """
INSERT INTO product2 (shard, id, name, product_code, is_active, product_class)
SELECT 7, '01t' || lpad(n::text, 12, '0'), 'Thing ' || n, $2, true, 'Simple' FROM generate_series(1, $1::int) n
"""


@pytest.fixture
async def many(database: Database):
    """4,500 products with the code P."""
    await database.main.execute(MAKE, 4500, "P")
    yield
    await database.main.execute("DELETE FROM product2 WHERE product_code IN ('P', 'Q')")


async def ask(api: Caller, text: str, resource: str = "query", **headers: str) -> Any:
    answer = await api.http.get(f"{BASE}/{resource}", params={"q": text}, headers=headers)
    assert answer.status_code == 200, answer.text
    return exact(answer)


async def refusal(api: Caller, path: str) -> tuple[int, str, str]:
    answer = await api.http.get(path)
    (error,) = answer.json()
    assert set(error) == {"message", "errorCode"}
    return answer.status_code, error["errorCode"], error["message"]


async def pages(api: Caller, text: str, **headers: str) -> list[Any]:
    found = [await ask(api, text, **headers)]
    while not found[-1]["done"]:
        answer = await api.http.get(found[-1]["nextRecordsUrl"])
        assert answer.status_code == 200, answer.text
        found.append(exact(answer))
    return found


async def test_pages_stay_as_they_were_while_records_change(api: Caller, many: None, database: Database):
    text = "SELECT Id, Name FROM Product2 WHERE ProductCode = 'P' ORDER BY Id"
    first = await ask(api, text)
    assert list(first) == ["totalSize", "done", "nextRecordsUrl", "records"]
    assert (first["totalSize"], first["done"], len(first["records"])) == (4500, False, 2000)
    assert first["nextRecordsUrl"].startswith(f"{BASE}/query/01g")
    assert first["nextRecordsUrl"].endswith("-2000")
    await database.main.execute("UPDATE product2 SET name = 'other', product_code = 'Q', is_deleted = true")
    second = exact(await api.http.get(first["nextRecordsUrl"]))
    third = exact(await api.http.get(second["nextRecordsUrl"]))
    again = exact(await api.http.get(first["nextRecordsUrl"]))
    assert again == second
    assert (third["done"], "nextRecordsUrl" in third, third["totalSize"]) == (True, False, 4500)
    names = [record["Name"] for page in (first, second, third) for record in page["records"]]
    assert names == [f"Thing {n}" for n in range(1, 4501)]
    assert (await ask(api, text))["totalSize"] == 0


async def test_the_next_page_may_be_asked_for_in_another_version(api: Caller, many: None):
    first = await ask(api, "SELECT Id, Name FROM Product2 WHERE ProductCode = 'P' ORDER BY Id")
    older = exact(await api.http.get(first["nextRecordsUrl"].replace("v67.0", "v50.0")))
    assert older["nextRecordsUrl"].startswith("/services/data/v50.0/query/")
    assert older["records"][0]["attributes"]["url"].startswith("/services/data/v50.0/sobjects/Product2/")
    newer = exact(await api.http.get(first["nextRecordsUrl"]))
    assert [r["Id"] for r in older["records"]] == [r["Id"] for r in newer["records"]]


@pytest.mark.parametrize(("asked", "size"), [("batchSize=250", 250), ("batchSize=1", 200), ("batchSize=99999", 2000)])
async def test_the_size_of_a_page_is_asked_for_within_bounds(api: Caller, many: None, asked: str, size: int):
    found = await pages(api, "SELECT Id FROM Product2 WHERE ProductCode = 'P'", **{"Sforce-Query-Options": asked})
    assert [len(page["records"]) for page in found[:-1]] == [size] * (len(found) - 1)
    assert len({record["Id"] for page in found for record in page["records"]}) == 4500


async def test_a_limit_is_kept_over_pages(api: Caller, many: None):
    found = await pages(api, "SELECT Name FROM Product2 WHERE ProductCode = 'P' LIMIT 2001")
    assert [len(page["records"]) for page in found] == [2000, 1]
    (found_one,) = await pages(api, "SELECT Name FROM Product2 WHERE ProductCode = 'P' LIMIT 2000")
    assert (found_one["totalSize"], found_one["done"]) == (2000, True)


async def test_a_count_is_not_a_page(api: Caller, many: None):
    assert await ask(api, "SELECT COUNT() FROM Product2 WHERE ProductCode = 'P'") == {
        "totalSize": 4500, "done": True, "records": [],
    }  # fmt: skip
    assert (await ask(api, "SELECT COUNT(Id) n FROM Product2 WHERE ProductCode = 'P'"))["records"] == [
        {"attributes": {"type": "AggregateResult"}, "n": 4500}
    ]


async def test_groups_have_no_second_page(api: Caller, many: None):
    grouped = "SELECT Name, COUNT(Id) FROM Product2 WHERE ProductCode = 'P' GROUP BY Name"
    answer = await api.http.get(f"{BASE}/query", params={"q": grouped})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
    assert len((await ask(api, f"{grouped} LIMIT 2000"))["records"]) == 2000


async def test_the_rows_are_of_who_asked(api: Caller, many: None, database: Database):
    first = await ask(api, "SELECT Id FROM Product2 WHERE ProductCode = 'P'")
    await database.main.execute("UPDATE query.cursor SET user_id = '005000000000000'")
    status, code, _ = await refusal(api, first["nextRecordsUrl"])
    assert (status, code) == (400, "INVALID_QUERY_LOCATOR")


@pytest.mark.parametrize(
    "locator", ["x", "01g000000000000AAA-2000", "01g000000000000-x", "01g000000000000", "%00-1", "--"]
)
async def test_a_locator_that_names_nothing_is_refused(api: Caller, locator: str):
    assert (await refusal(api, f"{BASE}/query/{locator}"))[:2] == (400, "INVALID_QUERY_LOCATOR")


async def test_a_locator_beyond_the_end_is_refused(api: Caller, many: None):
    first = await ask(api, "SELECT Id FROM Product2 WHERE ProductCode = 'P'")
    url = first["nextRecordsUrl"].replace("-2000", "-4500")
    assert (await refusal(api, url))[:2] == (400, "INVALID_QUERY_LOCATOR")
    last = exact(await api.http.get(first["nextRecordsUrl"].replace("-2000", "-4499").replace("/query/", "/queryAll/")))
    assert (last["done"], len(last["records"])) == (True, 1)


async def test_rows_are_kept_for_an_hour_after_they_were_last_asked_for(
    api: Caller, many: None, clock: Hands, database: Database
):
    text = "SELECT Id FROM Product2 WHERE ProductCode = 'P'"
    first, left_alone = await ask(api, text), await ask(api, text)
    clock.now += dt.timedelta(minutes=50)
    assert (await api.http.get(first["nextRecordsUrl"])).status_code == 200
    clock.now += dt.timedelta(minutes=59)
    assert (await api.http.get(first["nextRecordsUrl"])).status_code == 200
    assert (await refusal(api, left_alone["nextRecordsUrl"]))[1] == "INVALID_QUERY_LOCATOR"
    await ask(api, text)
    left = "SELECT (SELECT count(*) FROM query.cursor), (SELECT count(DISTINCT cursor_id) FROM query.row)"
    assert [tuple(row) for row in await database.main.fetch(left)] == [(2, 2)]


async def test_the_oldest_rows_of_a_user_give_way(api: Caller, database: Database):
    await database.main.execute(MAKE, 201, "R")
    text, small = "SELECT Id FROM Product2 WHERE ProductCode = 'R'", {"Sforce-Query-Options": "batchSize=200"}
    urls = [(await ask(api, text, **small))["nextRecordsUrl"] for _ in range(MOST_CURSORS + 1)]
    statuses = [(await api.http.get(url)).status_code for url in urls]
    assert statuses == [400] + [200] * MOST_CURSORS
    await database.main.execute("DELETE FROM product2 WHERE product_code = 'R'")


async def test_children_that_do_not_fit_have_pages_of_their_own(api: Caller, database: Database):
    account = await api.create("Account", Name="Acme")
    await database.main.execute(
        "INSERT INTO contact (shard, id, last_name, name, account_id) "
        "SELECT 9, '003' || lpad(n::text, 12, '0'), 'L' || n, 'L' || n, $1 FROM generate_series(1, 2300) n",
        account[:15],
    )
    (record,) = (await ask(api, f"SELECT Id, (SELECT LastName FROM Contacts) FROM Account WHERE Id = '{account}'"))[
        "records"
    ]
    contacts = record["Contacts"]
    assert (contacts["totalSize"], contacts["done"], len(contacts["records"])) == (2300, False, 2000)
    await database.main.execute("DELETE FROM contact WHERE shard = 9")
    rest = exact(await api.http.get(contacts["nextRecordsUrl"]))
    assert (rest["totalSize"], rest["done"], len(rest["records"])) == (2300, True, 300)
    assert [r["LastName"] for r in contacts["records"] + rest["records"]] == [f"L{n}" for n in range(1, 2301)]
    assert rest["records"][0]["attributes"]["type"] == "Contact"


async def test_deleted_records_are_only_found_by_query_all(api: Caller, database: Database):
    gone, kept = [await api.create("Product2", Name=name, ProductCode="DEL") for name in ("Gone", "Kept")]
    await database.main.execute("UPDATE product2 SET is_deleted = true WHERE id = $1", gone[:15])
    text = "SELECT Id, IsDeleted FROM Product2 WHERE ProductCode = 'DEL' ORDER BY Name"
    assert [r["Id"] for r in (await ask(api, text))["records"]] == [kept]
    found = (await ask(api, text, "queryAll"))["records"]
    assert [(r["Id"], r["IsDeleted"]) for r in found] == [(gone, True), (kept, False)]
    assert (await ask(api, f"{text} ALL ROWS", "queryAll"))["totalSize"] == 2
    assert (await ask(api, f"{text}", "queryAll/"))["totalSize"] == 2


@pytest.mark.parametrize(
    ("q", "code", "message"),
    [
        ("SELECT Nmae FROM Account", "INVALID_FIELD",
         "\nSELECT Nmae FROM Account\n       ^\nERROR at Row:1:Column:8\n"
         "No such column 'Nmae' on entity 'Account'; did you mean 'Name'?"),
        ("SELECT Id FROM Account WHERE Id = '801000000000001x'", "INVALID_QUERY_FILTER_OPERATOR",
         "\nSELECT Id FROM Account WHERE Id = '801000000000001x'\n                                  ^\n"
         "ERROR at Row:1:Column:35\ninvalid ID field: 801000000000001x"),
        ("SELECT Id FROM Order WHERE Id = '801000000000001' AN", "MALFORMED_QUERY",
         "\nder WHERE Id = '801000000000001' AN\n" + " " * 33 + "^\nERROR at Row:1:Column:51\nunexpected token: 'AN'"),
    ],
)  # fmt: skip
async def test_an_error_names_the_place_and_is_an_array(api: Caller, q: str, code: str, message: str):
    answer = await api.http.get(f"{BASE}/query", params={"q": q})
    assert answer.status_code == 400
    (error,) = answer.json()
    assert error["errorCode"] == code
    if code != "MALFORMED_QUERY":
        assert error["message"] == message
    else:
        assert error["message"].endswith("\nERROR at Row:1:Column:51\nunexpected token: 'AN'")
        _, excerpt, caret, *_ = error["message"].split("\n")
        assert excerpt[caret.index("^") :] == "AN"


async def test_a_query_that_is_too_long_for_a_url_comes_in_a_form(api: Caller):
    order = await api.draft()
    text = f"SELECT Id FROM Order WHERE Id IN ({', '.join([repr(order)] * 2000)})"
    answer = await api.http.post(f"{BASE}/query?_HttpMethod=GET", data={"q": text})
    assert [record["Id"] for record in answer.json()["records"]] == [order]
    refused = await api.http.post(f"{BASE}/query", data={"q": text})
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET")


async def test_the_right_that_is_missing_is_named_over_http(api: Caller, database: Database, clock: Hands):
    token = await token_of_rights(api.http, database, clock(), "Read Account.Name")
    own = {"Authorization": f"Bearer {token}"}
    texts = {
        "query?q=SELECT+Name,Phone+FROM+Account": "Read Account.Phone",
        "queryAll?q=SELECT+Id+FROM+Order": "Read Order",
        "query?explain=SELECT+Id+FROM+Order": "Read Order",
        "search?q=FIND+{acme}+RETURNING+Order": "Read Order",
        "parameterizedSearch?q=acme&sobject=Account&fields=Phone": "Read Account.Phone",
    }
    for path, right in texts.items():
        answer = await api.http.get(f"{BASE}/{path}", headers=own)
        (error,) = answer.json()
        assert (answer.status_code, error["errorCode"], f"'{right}'" in error["message"]) == (
            403, "INSUFFICIENT_ACCESS", True,
        )  # fmt: skip
    fields = await api.http.get(f"{BASE}/query?q=SELECT+FIELDS(ALL)+FROM+Account+LIMIT+1", headers=own)
    assert fields.status_code == 200


@pytest.mark.parametrize("path", ["/query", "/query?q=", "/queryAll", "/query?explain="])
async def test_a_query_must_be_sent(api: Caller, path: str):
    assert (await refusal(api, BASE + path))[:2] == (400, "MALFORMED_QUERY")


async def test_nobody_asks_without_a_session(api: Caller):
    answer = await api.http.get(f"{BASE}/query", params={"q": "SELECT Id FROM Account"}, headers={"Authorization": ""})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


async def test_a_plan_says_which_way_is_taken(api: Caller):
    order = await api.draft()
    answer = await api.http.get(
        f"{BASE}/query", params={"explain": f"SELECT Id FROM OrderItem WHERE OrderId = '{order}' AND Quantity > 1"}
    )
    (plan,) = answer.json()["plans"]
    assert (plan["leadingOperationType"], plan["sobjectType"]) == ("Index", "OrderItem")
    assert {"OrderId", "Quantity"} <= {*plan["fields"], *(name for note in plan["notes"] for name in note["fields"])}
    assert plan["relativeCost"] <= 1


async def test_a_query_inside_a_composite_sees_what_was_written_there(api: Caller):
    body = {
        "allOrNone": True,
        "compositeRequest": [
            part("POST", "/sobjects/Account", "made", {"Name": "Composed"}),
            part("GET", "/query?q=SELECT+Name+FROM+Account+WHERE+Id+=+'@{made.id}'", "asked"),
            part("GET", "/query?q=SELECT+Nmae+FROM+Account", "wrong"),
        ],
    }
    parts = (await api.send("POST", "/composite", body)).json()["compositeResponse"]
    assert [p["httpStatusCode"] for p in parts] == [400, 400, 400]
    del body["compositeRequest"][2]  # type: ignore[attr-defined]
    parts = (await api.send("POST", "/composite", body)).json()["compositeResponse"]
    assert parts[1]["body"]["records"][0]["Name"] == "Composed"


async def test_a_query_can_neither_write_nor_run_for_ever(database: Database):
    plan = prepare("SELECT Id FROM Account", Dialect(STANDARD_SCHEMA, 67)).plan
    async with database.main.acquire() as session:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            async with limited(session, plan, 1):
                await session.execute("DELETE FROM account")
        with pytest.raises(QueryTimeout):
            async with limited(session, plan, 1):
                await session.execute("SELECT pg_sleep(5)")
        assert await session.fetchval("SHOW statement_timeout") == "0"
