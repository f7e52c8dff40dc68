"""Who may make bulk jobs, and whose jobs one sees."""

import httpx
import pytest

from orderwright.store.database import Database
from tests.rest.bulk.bulking import ASYNC, INGEST, QUERY, Bulk, csv_of, rows_of
from tests.rest.calling import BASE
from tests.rest.signing_in import token_of_rights


@pytest.mark.parametrize(
    ("operation", "right", "missing"),
    [
        ("insert", "Edit Account", "Create Account"), ("update", "Create Account", "Edit Account"),
        ("upsert", "Create Account", "Edit Account"), ("upsert", "Edit Account", "Create Account"),
        ("delete", "Edit Account", "Delete Account"),
    ],
)  # fmt: skip
async def test_a_job_needs_the_right_to_write_its_object(
    http: httpx.AsyncClient, database: Database, clock, operation: str, right: str, missing: str
):
    headers = {"Authorization": f"Bearer {await token_of_rights(http, database, clock(), right)}"}
    body = {"object": "Account", "operation": operation, "externalIdFieldName": "Id"}
    if operation != "upsert":
        del body["externalIdFieldName"]
    for path in (f"{BASE}{INGEST}", ASYNC):
        answer = await http.post(path, json=body, headers=headers)
        assert (answer.status_code, f"'{missing}'" in answer.text) == (403 if path != ASYNC else 400, True)
    assert await database.main.fetchval("SELECT count(*) FROM bulk.job") == await database.main.fetchval(
        "SELECT count(*) FROM bulk.job WHERE created_date <> $1", clock().replace(microsecond=0)
    )


async def test_a_query_reads_only_what_the_caller_may(bulk: Bulk, http: httpx.AsyncClient, database: Database, clock):
    account = await bulk.api.create("Account", Name="Seen", Phone="secret")
    token = await token_of_rights(http, database, clock(), "Read Account.Name")
    headers = {"Authorization": f"Bearer {token}"}

    async def ask(soql: str) -> httpx.Response:
        return await http.post(f"{BASE}{QUERY}", json={"operation": "query", "query": soql}, headers=headers)

    refused = await ask("SELECT Name FROM Account WHERE Phone = 'secret'")
    assert (refused.status_code, "'Read Account.Phone'" in refused.text) == (403, True)
    job = (await ask(f"SELECT FIELDS(STANDARD) FROM Account WHERE Id = '{account}' LIMIT 1")).json()["id"]  # noqa: S608  # SOQL
    await bulk.work()
    results = f"{BASE}{QUERY}/{job}/results"
    assert rows_of(await http.get(results, headers=headers)) == [{"Id": account, "Name": "Seen"}]
    # whoever administers sees the job, and in it what its maker might see
    assert "secret" not in (await bulk.api.http.get(results)).text


async def test_jobs_of_others_are_not_there(bulk: Bulk, http: httpx.AsyncClient, database: Database, clock):
    job = await bulk.run("Account", "insert", csv_of({"Name": "Mine"}))
    query = (await bulk.api.send("POST", QUERY, {"operation": "query", "query": "SELECT Id FROM Account"})).json()["id"]
    token = await token_of_rights(http, database, clock(), "Create Account", "Read Account")
    headers = {"Authorization": f"Bearer {token}"}
    for method, path in (
        ("GET", f"{INGEST}/{job}"), ("GET", f"{INGEST}/{job}/successfulResults"), ("DELETE", f"{INGEST}/{job}"),
        ("PATCH", f"{INGEST}/{job}"), ("GET", f"{QUERY}/{query}"), ("GET", f"{QUERY}/{query}/results"),
        ("GET", f"{QUERY}/{job}"), ("GET", f"{INGEST}/{query}"), ("GET", f"{INGEST}/750000000000001AAA"),
    ):  # fmt: skip
        content = b'{"state": "Aborted"}' if method == "PATCH" else None
        sent = headers | ({"Content-Type": "application/json"} if content else {})
        answer = await http.request(method, BASE + path, content=content, headers=sent)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND"), (method, path)
    assert (await http.get(BASE + INGEST, headers=headers)).json() == {
        "done": True, "records": [], "nextRecordsUrl": None,
    }  # fmt: skip
