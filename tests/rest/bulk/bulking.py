"""What the tests of bulk jobs send, and a worker that carries jobs out when it is told to."""

import csv
import io
from typing import Any

import httpx

from orderwright.app import writers_of
from orderwright.jobs.bulk import carry_out_rows
from orderwright.jobs.bulk_query import carry_out_query
from orderwright.settings import Settings
from orderwright.store.transaction import Store
from tests.rest.calling import BASE, Caller

INGEST, QUERY = "/jobs/ingest", "/jobs/query"
ASYNC = "/services/async/67.0/job"


def csv_of(*rows: dict[str, Any], delimiter: str = ",", ending: str = "\n") -> str:
    """Rows as CSV, with a header of all their names."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, delimiter=delimiter, lineterminator=ending)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def rows_of(answer: httpx.Response, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), delimiter=delimiter))


class Bulk:
    """A client of bulk jobs, and the worker behind them."""

    def __init__(self, api: Caller, store: Store, settings: Settings | None = None) -> None:
        self.api = api
        self.store = store
        self.writers = writers_of(settings or Settings())

    async def work(self) -> int:
        """Carry out all there is to do; returns in how many steps."""
        steps = 0
        while await carry_out_rows(self.store, self.writers) or await carry_out_query(self.store, self.writers.schema):
            steps += 1
        return steps

    async def create(self, object_: str, operation: str, **more: Any) -> dict[str, Any]:
        answer = await self.api.send("POST", INGEST, {"object": object_, "operation": operation} | more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def put(self, job: str, content: str | bytes, **headers: str) -> httpx.Response:
        headers = {"Content-Type": "text/csv", **headers}
        return await self.api.http.put(f"{BASE}{INGEST}/{job}/batches", content=content, headers=headers)

    async def close(self, job: str) -> dict[str, Any]:
        answer = await self.api.send("PATCH", f"{INGEST}/{job}", {"state": "UploadComplete"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ready(self, object_: str, operation: str, content: str | bytes, **more: Any) -> str:
        """A job whose file is complete, not carried out yet."""
        job = str((await self.create(object_, operation, **more))["id"])
        answer = await self.put(job, content)
        assert (answer.status_code, answer.content) == (201, b""), answer.text
        await self.close(job)
        return job

    async def run(self, object_: str, operation: str, content: str | bytes, **more: Any) -> str:
        """A job that was carried out."""
        job = await self.ready(object_, operation, content, **more)
        await self.work()
        return job

    async def info(self, job: str, resource: str = INGEST) -> dict[str, Any]:
        answer = await self.api.send("GET", f"{resource}/{job}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def results(self, job: str, kind: str, delimiter: str = ",") -> list[dict[str, str]]:
        return rows_of(await self.api.send("GET", f"{INGEST}/{job}/{kind}"), delimiter)

    async def written(self, job: str) -> list[dict[str, str]]:
        return await self.results(job, "successfulResults")

    async def failed(self, job: str) -> list[dict[str, str]]:
        return await self.results(job, "failedResults")

    async def query(self, soql: str) -> list[dict[str, Any]]:
        """What SOQL finds now, without attributes."""
        answer = await self.api.http.get(f"{BASE}/query", params={"q": soql})
        assert answer.status_code == 200, answer.text
        return [{k: v for k, v in record.items() if k != "attributes"} for record in answer.json()["records"]]
