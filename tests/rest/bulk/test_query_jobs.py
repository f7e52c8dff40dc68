"""Bulk API 2.0 query: results of one moment, as CSV, in sets."""

import csv
import io
from typing import Any

import httpx
import pytest

from tests.rest.bulk.bulking import QUERY, Bulk, csv_of, rows_of
from tests.rest.calling import BASE


async def asked(bulk: Bulk, soql: str, operation: str = "query", **more: Any) -> str:
    answer = await bulk.api.send("POST", QUERY, {"operation": operation, "query": soql} | more)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert (made["state"], made["operation"], made["jobType"]) == ("UploadComplete", operation, "V2Query")
    return str(made["id"])


async def results(bulk: Bulk, job: str, **parameters: Any) -> httpx.Response:
    return await bulk.api.http.get(f"{BASE}{QUERY}/{job}/results", params=parameters)


async def filled(bulk: Bulk, name: str, count: int) -> None:
    rows = ({"Name": f"{name} {n:05d}", "Phone": "" if n % 2 else f'"{n}", x'} for n in range(count))
    await bulk.run("Account", "insert", csv_of(*rows))


async def test_results_in_sets_of_one_moment(bulk: Bulk):
    await filled(bulk, "paged", 2500)
    job = await asked(
        bulk, "SELECT Id, Name, Phone, CreatedDate FROM Account WHERE Name LIKE 'paged %' ORDER BY Name DESC"
    )
    early = await results(bulk, job)
    assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    await bulk.work()
    info = await bulk.info(job, QUERY)
    assert (info["state"], info["numberRecordsProcessed"], info["object"]) == ("JobComplete", 2500, "Account")
    await filled(bulk, "paged", 10)
    found: list[dict[str, str]] = []
    locator, sets = "", []
    while locator != "null":
        answer = await results(bulk, job, maxRecords=999, **({"locator": locator} if locator else {}))
        page = rows_of(answer)
        locator = answer.headers["Sforce-Locator"]
        assert answer.headers["Sforce-NumberOfRecords"] == str(len(page))
        sets.append(len(page))
        found += page
    assert sets == [999, 999, 502]
    assert [row["Name"] for row in found] == [f"paged {n:05d}" for n in range(2499, -1, -1)]
    assert [found[-1]["Phone"], found[-2]["Phone"]] == ['"0", x', ""]
    assert {row["CreatedDate"] for row in found} == {"2026-03-01T10:00:00.123Z"}
    whole = await results(bulk, job)
    assert (whole.headers["Sforce-Locator"], whole.headers["Sforce-NumberOfRecords"]) == ("null", "2500")
    assert rows_of(whole) == found


async def test_parents_types_and_other_forms(bulk: Bulk):
    account = await bulk.api.create("Account", Name="Forms, Ltd")
    await bulk.api.create("Contact", LastName="One", AccountId=account)
    await bulk.api.create("Contact", LastName="Two")
    draft = await bulk.api.draft(AccountId=account, PoNumber="forms")
    item = {"OrderId": draft, "Quantity": 1, "TotalLineAmount": "0.10", "UnitPrice": "0.0000001"}
    await bulk.api.create("OrderItem", **item)
    contacts = (
        "SELECT LastName, Account.Name, Account.Id FROM Contact WHERE LastName IN ('One', 'Two') ORDER BY LastName"
    )
    job = await asked(bulk, contacts, columnDelimiter="PIPE", lineEnding="CRLF")
    fields = "Order.TotalAmount, UnitPrice, Order.EffectiveDate, Order.IsReductionOrder, ServiceDate"
    order = await asked(bulk, f"SELECT {fields} FROM OrderItem WHERE Order.PoNumber = 'forms'")  # noqa: S608  # SOQL
    nothing = await asked(bulk, "SELECT Id, Name FROM Account WHERE Name = 'nobody'")
    await bulk.work()
    answer = await results(bulk, job)
    assert answer.text == (
        f'"LastName"|"Account.Name"|"Account.Id"\r\n"One"|"Forms, Ltd"|"{account}"\r\n"Two"|""|""\r\n'
    )
    assert rows_of(await results(bulk, order)) == [{
        "Order.TotalAmount": "0.10", "UnitPrice": "0.0000001", "Order.EffectiveDate": "2026-03-01",
        "Order.IsReductionOrder": "false", "ServiceDate": "",
    }]  # fmt: skip
    empty = await results(bulk, nothing)
    assert empty.text == '"Id","Name"\n'
    assert (empty.headers["Sforce-Locator"], empty.headers["Sforce-NumberOfRecords"]) == ("null", "0")
    old = "/services/data/v49.0/jobs/query"
    made = await bulk.api.http.post(
        old, json={"operation": "query", "query": "SELECT Phone, Id, Name FROM Account LIMIT 1"}
    )
    await bulk.work()
    assert (await results(bulk, made.json()["id"])).status_code == 409
    answer = await bulk.api.http.get(f"{old}/{made.json()['id']}/results")
    assert next(csv.reader(io.StringIO(answer.text))) == ["Id", "Name", "Phone"]


async def test_query_all_finds_what_was_deleted(bulk: Bulk):
    account = await bulk.api.create("Account", Name="gone for good")
    await bulk.api.send("DELETE", f"/sobjects/Account/{account}")
    soql = "SELECT Id, IsDeleted FROM Account WHERE Name = 'gone for good'"
    jobs = [await asked(bulk, soql), await asked(bulk, soql, "queryAll")]
    await bulk.work()
    assert [rows_of(await results(bulk, job)) for job in jobs] == [[], [{"Id": account, "IsDeleted": "true"}]]


REFUSED = (
    ("SELECT Id FROM", "MALFORMED_QUERY"),
    ("SELECT Nonsense FROM Account", "INVALID_FIELD"),
    ("SELECT Id FROM Nonsense", "INVALID_TYPE"),
    ("SELECT COUNT() FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
    ("SELECT Name, COUNT(Id) FROM Account GROUP BY Name", "FUNCTIONALITY_NOT_ENABLED"),
    ("SELECT Id FROM Account LIMIT 1 OFFSET 1", "FUNCTIONALITY_NOT_ENABLED"),
    ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
    (" ", "REQUIRED_FIELD_MISSING"),
)


async def test_queries_that_are_refused(bulk: Bulk):
    for soql, code in REFUSED:
        answer = await bulk.api.send("POST", QUERY, {"operation": "query", "query": soql})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code), soql
    assert "ERROR at Row:1:Column:8" in (await refusal(bulk, query="SELECT Nonsense FROM Account"))["message"]
    for wrong in ({"operation": "update"}, {"contentType": "JSON"}, {"columnDelimiter": "DOT"}):
        assert (await refusal(bulk, **wrong))["errorCode"] == "INVALID_INPUT"


async def refusal(bulk: Bulk, **asked_for: str) -> dict[str, Any]:
    body = {"operation": "query", "query": "SELECT Id FROM Account"} | asked_for
    answer = await bulk.api.send("POST", QUERY, body)
    assert answer.status_code == 400
    found: dict[str, Any] = answer.json()[0]
    return found


async def test_abort_delete_and_list(bulk: Bulk):
    job = await asked(bulk, "SELECT Id FROM Account")
    refused = await bulk.api.send("DELETE", f"{QUERY}/{job}")
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "API_ERROR")
    answer = await bulk.api.send("PATCH", f"{QUERY}/{job}", {"state": "Aborted"})
    assert (answer.status_code, answer.json()["state"]) == (200, "Aborted")
    assert await bulk.work() == 0
    again = await bulk.api.send("PATCH", f"{QUERY}/{job}", {"state": "Aborted"})
    assert (again.status_code, again.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    listed = (await bulk.api.send("GET", f"{QUERY}?jobType=V2Query")).json()
    assert {"id": job, "jobType": "V2Query"}.items() <= next(r for r in listed["records"] if r["id"] == job).items()
    assert (await bulk.api.send("DELETE", f"{QUERY}/{job}")).status_code == 204
    assert (await bulk.api.send("GET", f"{QUERY}/{job}")).status_code == 404
    for wrong in ({"maxRecords": "0"}, {"maxRecords": "x"}, {"locator": "!"}):
        done = await asked(bulk, "SELECT Id FROM Account")
        await bulk.work()
        answer = await results(bulk, done, **wrong)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_INPUT")


async def test_places_of_results(bulk: Bulk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("orderwright.rest.bulk.query_jobs.MOST_RECORDS", 2)
    await filled(bulk, "place", 13)
    job = await asked(bulk, "SELECT Name FROM Account WHERE Name LIKE 'place %' ORDER BY Name")
    await bulk.work()
    url, pages = f"{BASE}{QUERY}/{job}/resultPages", []
    while url:
        answer = (await bulk.api.http.get(url)).json()
        pages.append([page["resultUrl"] for page in answer["resultPages"]])
        url = answer["nextRecordsUrl"]
    assert [len(page) for page in pages] == [5, 2]
    names = [row["Name"] for page in pages for each in page for row in rows_of(await bulk.api.http.get(each))]
    assert names == [f"place {n:05d}" for n in range(13)]


async def test_a_query_that_a_worker_left_is_asked_again(bulk: Bulk, monkeypatch: pytest.MonkeyPatch):
    await filled(bulk, "again", 5)
    job = await asked(bulk, "SELECT Id FROM Account WHERE Name LIKE 'again %'")

    class Killed(BaseException):
        pass

    async def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("orderwright.jobs.bulk_query.is_aborted", killed)
        with pytest.raises(Killed):
            await bulk.work()
    assert (await bulk.info(job, QUERY))["state"] == "InProgress"
    await bulk.work()
    assert len(rows_of(await results(bulk, job))) == 5
