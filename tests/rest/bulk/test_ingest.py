"""Bulk API 2.0 ingest: jobs and their states, files in all their forms, results."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from orderwright.settings import Settings
from orderwright.store.transaction import Store
from tests.rest.bulk.bulking import INGEST, Bulk, csv_of, rows_of
from tests.rest.calling import BASE, Caller


def accounts(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"Name": f"Account {n}", **more} for n in range(count)]


def ids_of(rows: list[dict[str, str]]) -> list[str]:
    return [row["sf__Id"] for row in rows]


async def test_a_jobs_life(bulk: Bulk):
    made = await bulk.create("Account", "insert", lineEnding="LF", columnDelimiter="COMMA", contentType="CSV")
    job = made["id"]
    assert (job[:3], len(job), made["state"], made["jobType"]) == ("750", 18, "Open", "V2Ingest")
    assert made["contentUrl"] == f"services/data/v67.0/jobs/ingest/{job}/batches"
    assert json.dumps(made["apiVersion"]) == "67.0"
    assert (await bulk.put(job, csv_of(*accounts(3)))).status_code == 201
    assert (await bulk.info(job))["state"] == "Open"
    assert await bulk.work() == 0
    closed = await bulk.close(job)
    assert (closed["state"], "contentUrl" in closed) == ("UploadComplete", False)
    assert await bulk.work() == 1
    info = await bulk.info(job)
    numbers = ("numberRecordsProcessed", "numberRecordsFailed", "retries", "apexProcessingTime")
    assert [info["state"], *(info[name] for name in numbers)] == ["JobComplete", 3, 0, 0, 0]
    assert info["totalProcessingTime"] >= info["apiActiveProcessingTime"] >= 0
    assert info["createdDate"] == "2026-03-01T10:00:00.123+0000"
    written = await bulk.written(job)
    assert [(row["sf__Created"], row["Name"]) for row in written] == [("true", f"Account {n}") for n in range(3)]
    among = "', '".join(ids_of(written))
    found = await bulk.query(f"SELECT Name FROM Account WHERE Id IN ('{among}') ORDER BY Name")  # noqa: S608  # SOQL
    assert [row["Name"] for row in found] == ["Account 0", "Account 1", "Account 2"]
    assert [await bulk.failed(job), await bulk.results(job, "unprocessedrecords")] == [[], []]


async def test_update_empties_and_leaves_alone_and_delete(bulk: Bulk):
    made = await bulk.written(await bulk.run("Account", "insert", csv_of(*accounts(3, Phone="1", BillingCity="Rome"))))
    ids = ids_of(made)
    changes = [
        {"Id": ids[0], "Phone": "#N/A", "BillingCity": ""}, {"Id": ids[1], "Phone": "", "BillingCity": "Oslo"},
        {"Id": ids[2][:15], "Phone": "2", "BillingCity": "#N/A"}, {"Id": ids[2].upper(), "Phone": "3"},
    ]  # fmt: skip
    job = await bulk.run("Account", "update", csv_of(*changes))
    assert [row["sf__Created"] for row in await bulk.written(job)] == ["false"] * 4
    soql = "SELECT Phone, BillingCity FROM Account WHERE Id IN ('{}') ORDER BY Name"
    found = await bulk.query(soql.format("', '".join(ids)))
    assert [(row["Phone"], row["BillingCity"]) for row in found] == [(None, "Rome"), ("1", "Oslo"), ("3", None)]
    job = await bulk.run("Account", "delete", csv_of(*({"Id": i} for i in [*ids, ids[0]])))
    assert ids_of(await bulk.written(job)) == ids
    [twice] = await bulk.failed(job)
    assert (twice["sf__Id"], twice["sf__Error"][:18]) == (ids[0], "ENTITY_IS_DELETED:")
    assert await bulk.query(soql.format("', '".join(ids))) == []


async def test_a_bad_row_costs_its_own_row_only(bulk: Bulk):
    """In the words that a request about this record alone is refused with."""
    known = await bulk.api.create("Account", Name="Known")
    rows: list[dict[str, Any]] = [
        {"LastName": "Good", "AccountId": known}, {"LastName": ""}, {"LastName": "x" * 81},
        {"LastName": "A", "AccountId": "001000000000001AAA"}, {"LastName": "B", "AccountId": "nobody"},
        {"LastName": "C", "OwnerId": known}, {"LastName": "Fine"},
    ]  # fmt: skip
    job = await bulk.run("Contact", "insert", csv_of(*rows))
    info = await bulk.info(job)
    assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == ("JobComplete", 7, 5)
    assert [row["LastName"] for row in await bulk.written(job)] == ["Good", "Fine"]
    failed = await bulk.failed(job)
    assert [row["LastName"] for row in failed] == [row["LastName"] for row in rows[1:6]]
    for row, sent in zip(failed, rows[1:6], strict=True):
        answer = await bulk.api.send("POST", "/sobjects/Contact", {k: v for k, v in sent.items() if v})
        error = answer.json()[0]
        assert row["sf__Error"] == f"{error['errorCode']}:{error['message']}:{', '.join(error['fields'])} --"
        assert row["sf__Id"] == ""


async def test_updates_of_what_is_no_record(bulk: Bulk):
    account, product = await bulk.api.create("Account", Name="A"), await bulk.api.create("Product2", Name="P")
    rows = [{"Id": ""}, {"Id": "x"}, {"Id": product}, {"Id": "001000000000001AAA"}, {"Id": account, "Name": "#N/A"}]
    job = await bulk.run("Account", "update", csv_of(*({"Name": "New"} | row for row in rows)))
    codes = [row["sf__Error"].partition(":")[0] for row in await bulk.failed(job)]
    assert codes == ["MISSING_ARGUMENT", "MALFORMED_ID", "MALFORMED_ID", "NOT_FOUND", "REQUIRED_FIELD_MISSING"]
    job = await bulk.run("Account", "insert", csv_of({"Id": account, "Name": "Again"}))
    assert (await bulk.failed(job))[0]["sf__Error"].startswith("INVALID_FIELD_FOR_INSERT_UPDATE:cannot specify Id")


MISFITS = (
    ("Account", "insert", "Name,Nmae\nA,B\n", "Field name not found : Nmae"),
    ("Account", "insert", "Name,Owner.Nonsense\nA,B\n", "Field name not found : Owner.Nonsense"),
    ("Contact", "insert", "LastName,Account:Account.Id\nA,B\n", "Field name not found : Account:Account.Id"),
    ("Account", "insert", "Name,NAME\nA,B\n", "Duplicate field name in the header row : name"),
    ("Contact", "insert", "LastName,AccountId,Account.Id\nA,B,C\n", "Duplicate field name : Account.Id"),
    ("Account", "update", "Name\nA\n", "Field name not found : Id"),
    ("Account", "delete", "Id,Name\nA,B\n", "The 'delete' batch must contain only ids"),
)


async def test_a_file_that_does_not_fit_fails_the_job(bulk: Bulk):
    for object_, operation, content, why in MISFITS:
        job = await bulk.run(object_, operation, content)
        info = await bulk.info(job)
        assert (info["state"], info["numberRecordsProcessed"]) == ("Failed", 0)
        assert info["errorMessage"].startswith(f"InvalidBatch : {why}")
        answer = await bulk.api.send("GET", f"{INGEST}/{job}/unprocessedRecords")
        assert answer.text.replace('"', "") == content


async def test_a_quote_that_is_never_closed_fails_the_job(bulk: Bulk):
    job = await bulk.run("Account", "insert", f'Name\nA\n"{"x" * 200_000}\n')
    info = await bulk.info(job)
    assert (info["state"], info["errorMessage"][:42]) == ("Failed", "InvalidBatch : the file is no CSV: field l")


@pytest.mark.parametrize(
    ("delimiter", "ending"),
    [("COMMA", "CRLF"), ("semicolon", "LF"), ("TAB", "crlf"), ("PIPE", "LF"), ("Caret", "LF"), ("BACKQUOTE", "LF")],
)
async def test_delimiters_and_line_endings(bulk: Bulk, delimiter: str, ending: str):
    names = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
    mark, end = names[delimiter.upper()], "\n" if ending == "LF" else "\r\n"
    rows = [
        {"Name": f'a "b"{mark} c', "BillingStreet": "1 Road\r\nSecond line"},
        {"Name": "plain", "BillingStreet": "grüße"},
        {"Name": ",;\t|^`", "BillingStreet": '"'},
    ]
    content = "\ufeff" + csv_of(*rows, delimiter=mark, ending=end)
    job = await bulk.run("Account", "insert", content, columnDelimiter=delimiter, lineEnding=ending)
    answer = await bulk.api.send("GET", f"{INGEST}/{job}/SUCCESSFULRESULTS/")
    assert answer.text.startswith(f'"sf__Id"{mark}"sf__Created"{mark}"Name"{mark}"BillingStreet"{end}')
    written = rows_of(answer, mark)
    assert [(row["Name"], row["BillingStreet"]) for row in written] == [(r["Name"], r["BillingStreet"]) for r in rows]
    first = await bulk.api.read("Account", written[0]["sf__Id"])
    assert (first["Name"], first["BillingStreet"]) == (rows[0]["Name"], rows[0]["BillingStreet"])


async def test_rows_that_do_not_fit_their_header_and_text_that_is_none(bulk: Bulk):
    content = b'Name,Phone\nA,1\nB\nC,1,2\n\n"D",3\nE\xff,4\nF\x00,5\n"G""",6'
    job = await bulk.run("Account", "insert", content)
    assert [row["Name"] for row in await bulk.written(job)] == ["A", "D", 'G"']
    answer = await bulk.api.send("GET", f"{INGEST}/{job}/failedResults")
    errors = [line.split(",")[1].split(":")[0].strip('"') for line in answer.content.decode("latin-1").split("\n")[1:5]]
    assert errors == ["INVALID_BATCH_ROW", "INVALID_BATCH_ROW", "JSON_PARSER_ERROR", "JSON_PARSER_ERROR"]
    assert b'"E\xff"' in answer.content


async def test_gzip_both_ways_and_one_upload_only(bulk: Bulk):
    job = (await bulk.create("Account", "insert"))["id"]
    packed = gzip.compress(csv_of(*accounts(500)).encode())
    assert (await bulk.put(job, packed[:-9], **{"Content-Encoding": "gzip"})).status_code == 400
    assert (await bulk.put(job, packed, **{"Content-Encoding": "gzip"})).status_code == 201
    again = await bulk.put(job, "Name\nA\n")
    assert (again.status_code, again.json()[0]["errorCode"]) == (400, "INVALIDJOB")
    await bulk.close(job)
    late = await bulk.put(job, "Name\nA\n")
    assert (late.status_code, late.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    await bulk.work()
    answer = await bulk.api.http.get(f"{BASE}{INGEST}/{job}/successfulResults", headers={"Accept-Encoding": "gzip"})
    assert (answer.headers["content-encoding"], len(rows_of(answer))) == ("gzip", 500)
    unknown = await bulk.put((await bulk.create("Account", "insert"))["id"], b"x", **{"Content-Encoding": "br"})
    assert (unknown.status_code, unknown.json()[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_job_is_not_closed_while_its_file_comes_in(bulk: Bulk):
    job = (await bulk.create("Account", "insert"))["id"]
    came, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"Name\nA\n"
        came.set()
        await goes_on.wait()
        yield b"B\n"

    url, headers = f"{BASE}{INGEST}/{job}/batches", {"Content-Type": "text/csv"}
    sending = asyncio.create_task(bulk.api.http.put(url, content=slowly(), headers=headers))
    await came.wait()
    early = await bulk.api.send("PATCH", f"{INGEST}/{job}", {"state": "UploadComplete"})
    assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert (await bulk.put(job, "Name\nC\n")).json()[0]["errorCode"] == "INVALIDJOB"
    goes_on.set()
    assert (await sending).status_code == 201
    await bulk.close(job)
    await bulk.work()
    assert [row["Name"] for row in await bulk.written(job)] == ["A", "B"]


async def test_an_upload_that_breaks_off_leaves_nothing(bulk: Bulk):
    job = (await bulk.create("Account", "insert"))["id"]

    async def broken() -> AsyncIterator[bytes]:
        yield b"Name\n" + b"A\n" * 1000
        raise ConnectionResetError

    headers = {"Content-Type": "text/csv"}
    assert (
        await bulk.api.http.put(f"{BASE}{INGEST}/{job}/batches", content=broken(), headers=headers)
    ).status_code == 503
    assert (await bulk.put(job, "Name\nC\n")).status_code == 201


async def test_more_than_may_be_uploaded(bulk: Bulk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("orderwright.rest.bulk.ingest.MOST_UPLOADED_BYTES", 10_000)
    job = (await bulk.create("Account", "insert"))["id"]
    packed = gzip.compress(b"Name\n" + b"A\n" * 100_000)
    assert len(packed) < 10_000
    answer = await bulk.put(job, packed, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (413, "REQUEST_LIMIT_EXCEEDED")
    assert (await bulk.put(job, "Name\nA\n")).status_code == 201


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
async def test_job_and_file_in_one_request(bulk: Bulk, ending: str):
    asked = {"object": "contact", "contentType": "CSV", "operation": "INSERT", "lineEnding": "LF"}
    content = "FirstName,LastName\nAstro,Nomical\nHootie,McOwl"
    lines = [
        "--BOUNDARY", "Content-Type: application/json", 'Content-Disposition: form-data; name="job"', "",
        json.dumps(asked), "--BOUNDARY", "Content-Type: text/csv",
        'Content-Disposition: form-data; name="content"; filename="content"', "", content, "--BOUNDARY--", "",
    ]  # fmt: skip
    headers = {"Content-Type": 'multipart/form-data; boundary="BOUNDARY"'}
    answer = await bulk.api.http.post(f"{BASE}{INGEST}", content=ending.join(lines), headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (200, "UploadComplete"), answer.text
    await bulk.work()
    assert [row["LastName"] for row in await bulk.written(answer.json()["id"])] == ["Nomical", "McOwl"]


async def test_abort_and_delete(bulk: Bulk):
    open_ = (await bulk.create("Account", "insert"))["id"]
    refused = await bulk.api.send("DELETE", f"{INGEST}/{open_}")
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "API_ERROR")
    waiting = await bulk.ready("Account", "insert", csv_of(*accounts(2)))
    for job in (open_, waiting):
        answer = await bulk.api.send("PATCH", f"{INGEST}/{job}", {"state": "aborted"})
        assert (answer.status_code, answer.json()["state"]) == (200, "Aborted")
        again = await bulk.api.send("PATCH", f"{INGEST}/{job}", {"state": "Aborted"})
        assert (again.status_code, again.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert await bulk.work() == 0
    assert [row["Name"] for row in await bulk.results(waiting, "unprocessedrecords")] == ["Account 0", "Account 1"]
    for job in (open_, waiting, await bulk.run("Account", "insert", csv_of(*accounts(1)))):
        answer = await bulk.api.send("DELETE", f"{INGEST}/{job}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await bulk.api.send("GET", f"{INGEST}/{job}")).status_code == 404
    for table in ("piece", "outcome"):
        alone = f"SELECT count(*) FROM bulk.{table} p LEFT JOIN bulk.batch b ON b.id = p.batch_id WHERE b.id IS NULL"  # noqa: S608  # our names
        assert await bulk.store.database.main.fetchval(alone) == 0


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"operation": "insert"}, "REQUIRED_FIELD_MISSING"),
    ({"object": "Account"}, "REQUIRED_FIELD_MISSING"),
    ({"object": "Account", "operation": "merge"}, "INVALID_INPUT"),
    ({"object": "Nothing", "operation": "insert"}, "NOT_FOUND"),
    ({"object": "Account", "operation": "hardDelete"}, "FEATURENOTENABLED"),
    ({"object": "Account", "operation": "upsert"}, "INVALIDJOB"),
    ({"object": "Account", "operation": "upsert", "externalIdFieldName": "Phone"}, "INVALIDJOB"),
    ({"object": "Account", "operation": "insert", "externalIdFieldName": "Id"}, "INVALIDJOB"),
    ({"object": "Account", "operation": "insert", "contentType": "JSON"}, "INVALID_INPUT"),
    ({"object": "Account", "operation": "insert", "columnDelimiter": "DOT"}, "INVALID_INPUT"),
    ({"object": "Account", "operation": "insert", "lineEnding": "CR"}, "INVALID_INPUT"),
    ({"object": "Account", "operation": "insert", "colour": "red"}, "INVALID_FIELD"),
)


async def test_jobs_that_are_refused(bulk: Bulk):
    for body, code in REFUSED:
        answer = await bulk.api.send("POST", INGEST, body)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (404 if code == "NOT_FOUND" else 400, code), body


async def test_empty_files(bulk: Bulk):
    job = (await bulk.create("Account", "insert"))["id"]
    for content in ("", "\n", "Na\0me\nA\n", "x" * 33_000):
        answer = await bulk.put(job, content)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALIDBATCH")
    assert (await bulk.put(job, "Name\n")).status_code == 201
    await bulk.close(job)
    await bulk.work()
    assert [(await bulk.info(job))["state"], await bulk.written(job)] == ["JobComplete", []]
    nothing = (await bulk.create("Account", "insert"))["id"]
    await bulk.close(nothing)
    assert (await bulk.info(nothing))["state"] == "JobComplete"


async def test_jobs_are_listed_page_by_page(bulk: Bulk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("orderwright.rest.bulk.ingest.MOST_LISTED", 2)
    monkeypatch.setattr("orderwright.store.bulk_jobs.MOST_LISTED", 2)
    before = len(await listed(bulk, f"{BASE}{INGEST}"))
    made = {(await bulk.create("Account", "insert"))["id"] for _ in range(3)}
    found = await listed(bulk, f"{BASE}{INGEST}?jobType=V2Ingest")
    assert made < {job["id"] for job in found}
    assert len(found) == before + 3
    wrong = await bulk.api.http.get(f"{BASE}{INGEST}?queryLocator=nonsense")
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (400, "INVALID_INPUT")


async def listed(bulk: Bulk, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"nextRecordsUrl": url}
    while page["nextRecordsUrl"]:
        answer = await bulk.api.http.get(page["nextRecordsUrl"])
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["done"] == (page["nextRecordsUrl"] is None)
        found += page["records"]
    return found


async def test_a_file_is_never_held_whole(api: Caller, store: Store, monkeypatch: pytest.MonkeyPatch):
    """It is kept in pieces as it comes in, each of whole rows."""
    monkeypatch.setattr("orderwright.rest.bulk.receive.PIECE_BYTES", 100)
    bulk = Bulk(api, store)
    rows = [{"Name": f"Account {n}", "BillingStreet": f'{n} "Long"\nRoad, {"x" * (n % 50)}'} for n in range(60)]
    job = await bulk.ready("Account", "insert", csv_of(*rows))
    pieces = await store.database.main.fetchval(
        "SELECT count(*) FROM bulk.piece p JOIN bulk.batch b ON b.id = p.batch_id WHERE b.job_id = $1", job[:15]
    )
    assert pieces > 20
    await bulk.work()
    assert [{k: row[k] for k in rows[0]} for row in await bulk.written(job)] == rows


def test_settings_say_what_an_upload_may_be():
    assert Settings().largest_upload_bytes > 150_000_000
