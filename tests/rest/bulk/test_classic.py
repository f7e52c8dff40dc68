"""The older Bulk API: what its clients send and read, in XML, JSON and CSV."""

import datetime as dt
import json
from typing import Any

import httpx
from lxml import etree

from tests.rest.bulk.bulking import ASYNC, Bulk, csv_of, rows_of

NAMESPACE = "{http://www.force.com/2009/06/asyncapi/dataload}"
XML = {"Content-Type": "application/xml; charset=utf-8"}
JOB = '<?xml version="1.0" encoding="UTF-8"?>\n<jobInfo  xmlns="http://www.force.com/2009/06/asyncapi/dataload">{}</jobInfo>'


def elements(answer: httpx.Response, root: str) -> dict[str, str]:
    """The children of an XML answer, by name."""
    assert answer.headers["content-type"].startswith("application/xml")
    top = etree.fromstring(answer.content)
    assert top.tag == NAMESPACE + root
    return {etree.QName(child).localname: child.text or "" for child in top}


async def xml_job(bulk: Bulk, **properties: str) -> str:
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in properties.items())
    answer = await bulk.api.http.post(ASYNC, content=JOB.format(inside), headers=XML)
    assert answer.status_code == 201, answer.text
    return elements(answer, "jobInfo")["id"]


async def json_job(bulk: Bulk, **properties: Any) -> str:
    answer = await bulk.api.http.post(ASYNC, json=properties)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def batch(bulk: Bulk, job: str, content: str | bytes, media: str) -> httpx.Response:
    return await bulk.api.http.post(f"{ASYNC}/{job}/batch", content=content, headers={"Content-Type": media})


async def test_csv_batches_of_an_xml_job(bulk: Bulk):
    job = await xml_job(bulk, operation="insert", object="Account", contentType="CSV")
    first = await batch(bulk, job, csv_of({"Name": "A"}, {"Name": ""}), "text/csv")
    second = await batch(bulk, job, csv_of({"Name": "C"}), "text/csv")
    info = elements(first, "batchInfo")
    assert (info["jobId"], info["state"], info["numberRecordsProcessed"]) == (job, "Queued", "0")
    assert info["createdDate"] == "2026-03-01T10:00:00.123Z"
    url = f"{ASYNC}/{job}/batch/{info['id']}"
    early = await bulk.api.http.get(f"{url}/result")
    assert (early.status_code, elements(early, "error")["exceptionCode"]) == (400, "InvalidBatch")
    await bulk.work()
    about = elements(await bulk.api.http.get(f"{ASYNC}/{job}"), "jobInfo")
    assert [about[name] for name in ("state", "apiVersion", "numberBatchesTotal", "numberBatchesCompleted")] == [
        "Open", "67.0", "2", "2",
    ]  # fmt: skip
    assert [about[name] for name in ("numberRecordsProcessed", "numberRecordsFailed")] == ["3", "1"]
    done = elements(await bulk.api.http.get(url), "batchInfo")
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("Completed", "2", "1")
    good, bad = rows_of(await bulk.api.http.get(f"{url}/result"))
    assert (good["Success"], good["Created"], good["Error"]) == ("true", "true", "")
    assert (await bulk.api.read("Account", good["Id"]))["Name"] == "A"
    assert (bad["Id"], bad["Success"], bad["Created"]) == ("", "false", "false")
    assert bad["Error"].startswith("REQUIRED_FIELD_MISSING:")
    assert bad["Error"].endswith(":Name --")
    assert (await bulk.api.http.get(f"{url}/request")).text == csv_of({"Name": "A"}, {"Name": ""})
    listed = etree.fromstring((await bulk.api.http.get(f"{ASYNC}/{job}/batch")).content)
    assert [each.findtext(f"{NAMESPACE}id") for each in listed] == [info["id"], elements(second, "batchInfo")["id"]]
    closed = await bulk.api.http.post(f"{ASYNC}/{job}", content=JOB.format("<state>Closed</state>"), headers=XML)
    assert elements(closed, "jobInfo")["state"] == "Closed"
    late = await batch(bulk, job, "Name\nA\n", "text/csv")
    assert (late.status_code, elements(late, "error")["exceptionCode"]) == (400, "InvalidJobState")


async def test_json_batches(keyed: Bulk):
    parent = await keyed.api.create("Account", Name="P", Key__c="parent")
    asked = {"operation": "upsert", "object": "Account", "contentType": "JSON", "concurrencyMode": 1}
    job = await json_job(keyed, **asked, externalIdFieldName="Key__c")
    records = [
        {"Key__c": "new", "Name": "N", "Phone": None, "Number__c": 7.5, "Parent__r": {"Key__c": "PARENT"}},
        {"Key__c": "parent", "Phone": "1", "Any__r": {"attributes": {"type": "Account"}, "Key__c": "parent"}},
        {"Key__c": "x", "Name": "X", "Parent__r": {"Key__c": "nobody"}},
        {"Key__c": "y", "Name": "Y", "Phone": "nul\u0000l"},
    ]
    made = await batch(keyed, job, json.dumps(records), "application/json")
    assert (made.status_code, made.json()["state"]) == (201, "Queued")
    url = f"{ASYNC}/{job}/batch/{made.json()['id']}"
    await keyed.work()
    assert (await keyed.api.http.get(url)).json()["numberRecordsFailed"] == 2
    first, second, third, fourth = (await keyed.api.http.get(f"{url}/result")).json()
    assert (first["success"], first["created"], first["errors"]) == (True, True, [])
    assert (second["success"], second["created"], second["id"]) == (True, False, parent)
    assert (third["success"], third["id"], third["errors"][0]["statusCode"]) == (False, None, "INVALID_FIELD")
    assert third["errors"][0]["fields"] == ["Parent__r.Key__c"]
    assert fourth["errors"][0]["statusCode"] == "JSON_PARSER_ERROR"
    new, known = await keyed.api.read("Account", first["id"]), await keyed.api.read("Account", parent)
    assert (new["Parent__c"], str(new["Number__c"]), known["Any__c"], known["Phone"]) == (parent, "7.5", parent, "1")
    assert (await keyed.api.http.get(f"{url}/request")).json() == records
    answer = await keyed.api.http.post(f"{ASYNC}/{job}", json={"state": "Closed"})
    assert (answer.json()["state"], answer.json()["concurrencyMode"]) == ("Closed", "Serial")


async def test_xml_batches(bulk: Bulk):
    account = await bulk.api.create("Account", Name="Old", Phone="1", BillingCity="Rome")
    job = await xml_job(bulk, operation="update", object="Account", contentType="XML")
    content = (
        '<sObjects xmlns="http://www.force.com/2009/06/asyncapi/dataload" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<sObject><Id>{account}</Id><Name>N &amp; M</Name><phone xsi:nil="true"/><BillingCity/></sObject>'
        "<sObject><Id>001000000000001AAA</Id></sObject></sObjects>"
    )
    made = elements(await batch(bulk, job, content, "application/xml"), "batchInfo")
    await bulk.work()
    answer = await bulk.api.http.get(f"{ASYNC}/{job}/batch/{made['id']}/result")
    good, bad = etree.fromstring(answer.content)
    assert [(etree.QName(e).localname, e.text) for e in good] == [
        ("id", account),
        ("success", "true"),
        ("created", "false"),
    ]
    assert bad.findtext(f"{NAMESPACE}errors/{NAMESPACE}statusCode") == "NOT_FOUND"
    found = await bulk.api.read("Account", account)
    assert (found["Name"], found["Phone"], found["BillingCity"]) == ("N & M", None, "Rome")


async def test_batches_that_cannot_be_read(bulk: Bulk):
    for media, content, why in (
        ("CSV", "Nmae\nA\n", "Field name not found : Nmae"), ("JSON", "{}", "the batch is no list"),
        ("JSON", "[1]", "the batch is no list"), ("XML", "<sObjects>", "the batch is not well-formed XML"),
        ("XML", '<!DOCTYPE a [<!ENTITY b "c">]><sObjects/>', "the batch is no XML of records"),
        ("CSV", "Name\n" + "A\n" * 10_001, "The batch has 10001 records"),
        ("JSON", json.dumps([{"Name": "A"}] * 10_001), "The batch has 10001 records"),
    ):  # fmt: skip
        job = await json_job(bulk, operation="insert", object="Account", contentType=media)
        made = await batch(bulk, job, content, "text/plain")
        batch_id = made.json()["id"] if media == "JSON" else elements(made, "batchInfo")["id"]
        await bulk.work()
        answer = await bulk.api.http.get(f"{ASYNC}/{job}/batch/{batch_id}")
        message = answer.json()["stateMessage"] if media == "JSON" else elements(answer, "batchInfo")["stateMessage"]
        assert message.startswith(f"InvalidBatch : {why}")
        refused = await bulk.api.http.get(f"{ASYNC}/{job}/batch/{batch_id}/result")
        assert (refused.status_code, "Records not processed" in refused.text) == (400, True)


async def test_queries(bulk: Bulk):
    account = await bulk.api.create("Account", Name="Asked, here")
    soql = "SELECT Id, Name, CreatedDate, Owner.Name FROM Account WHERE Name = 'Asked, here'"  # SOQL
    job = await xml_job(bulk, operation="query", object="Account", contentType="CSV")
    made = elements(await batch(bulk, job, soql, "text/csv"), "batchInfo")
    await bulk.work()
    url = f"{ASYNC}/{job}/batch/{made['id']}/result"
    result = elements(await bulk.api.http.get(url), "result-list")["result"]
    [row] = rows_of(await bulk.api.http.get(f"{url}/{result}"))
    assert (row["Id"], row["Name"], row["CreatedDate"]) == (account, "Asked, here", "2026-03-01T10:00:00.123Z")
    job = await json_job(bulk, operation="query", object="account", contentType="JSON")
    made = (await batch(bulk, job, soql, "application/json")).json()
    await bulk.work()
    url = f"{ASYNC}/{job}/batch/{made['id']}/result"
    [result] = (await bulk.api.http.get(url)).json()
    [found] = (await bulk.api.http.get(f"{url}/{result}")).json()
    assert found["attributes"] == {"type": "Account", "url": f"/services/data/v67.0/sobjects/Account/{account}"}
    assert found["Owner"]["Name"] == row["Owner.Name"]
    moment = dt.datetime(2026, 3, 1, 10, 0, 0, 123_000, tzinfo=dt.UTC)
    assert found["CreatedDate"] == round(moment.timestamp() * 1000)
    for text, why in (
        ("SELECT Nmae FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Contact", "INVALID_TYPE_FOR_OPERATION"),
        ("SELECT COUNT() FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
    ):
        failed = (await batch(bulk, job, text, "application/json")).json()
        assert failed["state"] == "Failed"
        assert failed["stateMessage"].startswith(f"InvalidBatch : Failed to process query: {why}")


async def test_aborted_jobs_and_serial_ones(bulk: Bulk):
    job = await json_job(bulk, operation="insert", object="Account", contentType="CSV")
    made = elements(await batch(bulk, job, "Name\nA\n", "text/csv"), "batchInfo")
    answer = await bulk.api.http.post(f"{ASYNC}/{job}", content=JOB.format("<state>Aborted</state>"), headers=XML)
    assert elements(answer, "jobInfo")["state"] == "Aborted"
    assert await bulk.work() == 0
    state = elements(await bulk.api.http.get(f"{ASYNC}/{job}/batch/{made['id']}"), "batchInfo")["state"]
    assert state == "NotProcessed"
    again = await bulk.api.http.post(f"{ASYNC}/{job}", content=JOB.format("<state>Closed</state>"), headers=XML)
    assert elements(again, "error")["exceptionCode"] == "InvalidJobState"


async def test_errors_are_those_of_this_api(bulk: Bulk):
    """A session that is over is answered with 400: that is where clients look for it."""
    for headers, media in ((XML, "xml"), ({"Content-Type": "application/json"}, "json")):
        sent = headers | {"Authorization": "", "X-SFDC-Session": "nonsense"}
        answer = await bulk.api.http.get(f"{ASYNC}/750000000000001AAA", headers=sent)
        code = answer.json()["exceptionCode"] if media == "json" else elements(answer, "error")["exceptionCode"]
        assert (answer.status_code, code) == (400, "InvalidSessionId")
    token = bulk.api.http.headers["Authorization"].removeprefix("Bearer ")
    for path, content, code in (
        ("/750000000000001AAA", None, "InvalidJob"), ("", "<jobInfo", "InvalidXML"),
        ("", JOB.format("<operation>insert</operation><object>Nothing</object>"), "InvalidJob"),
        ("", JOB.format("<operation>hardDelete</operation><object>Account</object>"), "FeatureNotEnabled"),
        ("", JOB.format("<object>Account</object>"), "REQUIRED_FIELD_MISSING"),
    ):  # fmt: skip
        sent = XML | {"Authorization": "", "X-SFDC-Session": token}
        method = "GET" if content is None else "POST"
        answer = await bulk.api.http.request(method, ASYNC + path, content=content, headers=sent)
        assert (answer.status_code, elements(answer, "error")["exceptionCode"]) == (400, code)
    old = await bulk.api.http.post("/services/async/36.0/job", json={})
    assert (old.status_code, old.json()["exceptionCode"]) == (400, "InvalidJob")
