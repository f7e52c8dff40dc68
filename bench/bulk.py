"""What a Bulk API 2.0 ingest costs beside PostgreSQL's own COPY of the very same rows into the same table.

A file is made while it is sent: nobody holds it whole. COPY then gets the rows that the ingest wrote, ids and all, in
another database with the same tables; the two take turns.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import asyncpg
import httpx
import msgspec

from bench.effort import Effort
from bench.inventory_caller import BASE, SEND_BYTES, signed_in
from bench.measure import Processes, difference, tree_seconds
from bench.pgbench import REAP_SECONDS, make_database
from bench.server import Server

JOBS = f"{BASE}/jobs/ingest"
LOOK_SECONDS = 0.02
DATABASE = "copied"
PROMISED = 3
"""How many times as long as COPY an ingest may take: what the project promises."""

ROWS: Mapping[str, tuple[str, Callable[[int], str]]] = {
    "Account": (
        "Name,Phone,BillingStreet,BillingCity,BillingState,BillingPostalCode,BillingCountry,PersonTitle",
        lambda n: f"Account {n},+44 20 7946 {n:06d},{n} Baker Street,London,Greater London,NW{n % 20} 6XE,UK,Dr",
    ),
    "Product2": (
        "Name,ProductCode,StockKeepingUnit,Description,IsActive,ExternalId,QuantityUnitOfMeasure",
        lambda n: f'"Mug, {n}",P-{n:07d},SKU-{n:07d},"A ""large"" mug",true,EXT-{n:07d},Each',
    ),
}
TABLES = {"Account": "account", "Product2": "product2"}


class Ingested(msgspec.Struct, frozen=True):
    """One object: seconds of each round, and processor time of all of them."""

    object: str
    rows: int
    uploaded_seconds: tuple[float, ...]
    carried_out_seconds: tuple[float, ...]
    copied_seconds: tuple[float, ...]
    cpu_seconds: dict[str, float]
    """Of one round, by process."""
    copy_cpu_seconds: float
    """Of PostgreSQL, in one round."""

    @property
    def ingested_seconds(self) -> float:
        """End to end, the median of the rounds."""
        return statistics.median(u + c for u, c in zip(self.uploaded_seconds, self.carried_out_seconds, strict=True))

    @property
    def times_copy(self) -> float:
        """How many times as long as COPY it took, end to end."""
        return self.ingested_seconds / statistics.median(self.copied_seconds)

    @property
    def times_copy_processing(self) -> float:
        """How many times as long as COPY it took to carry the file out."""
        return statistics.median(self.carried_out_seconds) / statistics.median(self.copied_seconds)


async def measure_bulk(server: Server, effort: Effort) -> tuple[Ingested, ...]:
    """Ingest a file of each object, and copy the same rows."""
    url = await make_database(server, DATABASE)
    async with httpx.AsyncClient(base_url=server.url, timeout=600) as http:
        await signed_in(http, server)
        return tuple([await _measured(server, http, url, object_, effort) for object_ in ROWS])


async def _measured(server: Server, http: httpx.AsyncClient, url: str, object_: str, effort: Effort) -> Ingested:
    processes, table, rows = Processes.of(server), TABLES[object_], effort.bulk
    uploaded, carried_out, copied = [], [], []
    used: list[dict[str, float]] = []
    copying: list[float] = []
    await _ingest(http, object_, min(rows, 2000))
    for _ in range(effort.rounds):
        await _emptied(server.database_url, table)
        before = processes.cpu_seconds()
        first, second = await _ingest(http, object_, rows)
        used.append(difference(processes.cpu_seconds(), before))
        uploaded.append(first)
        carried_out.append(second)
        seconds, cpu = await _copy(server, url, table, rows)
        copied.append(seconds)
        copying.append(cpu)
    cpu_seconds = {name: statistics.mean(each[name] for each in used) for name in used[0]}
    times = (tuple(uploaded), tuple(carried_out), tuple(copied))
    return Ingested(object_, rows, *times, cpu_seconds, statistics.mean(copying))


async def _ingest(http: httpx.AsyncClient, object_: str, rows: int) -> tuple[float, float]:
    """Seconds until the file was received, and from then on until all of it was carried out."""
    began = time.perf_counter()
    job = (await http.post(JOBS, json={"object": object_, "operation": "insert"})).json()["id"]
    headers = {"Content-Type": "text/csv"}
    answer = await http.put(f"{JOBS}/{job}/batches", content=_file(object_, rows), headers=headers)
    assert answer.status_code == 201, answer.text
    uploaded = time.perf_counter()
    await http.patch(f"{JOBS}/{job}", json={"state": "UploadComplete"})
    info = await _over(http, job)
    ended = time.perf_counter()
    found = (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"])
    assert found == ("JobComplete", rows, 0), info
    return uploaded - began, ended - uploaded


async def _over(http: httpx.AsyncClient, job: str) -> dict[str, Any]:
    while True:
        info: dict[str, Any] = (await http.get(f"{JOBS}/{job}")).json()
        if info["state"] not in ("UploadComplete", "InProgress"):
            return info
        await asyncio.sleep(LOOK_SECONDS)


async def _file(object_: str, rows: int) -> AsyncIterator[bytes]:
    header, line = ROWS[object_]
    at_hand = [header]
    size = len(header)
    for number in range(rows):
        text = line(number)
        at_hand.append(text)
        size += len(text)
        if size >= SEND_BYTES:
            yield ("\n".join(at_hand) + "\n").encode()
            at_hand, size = [], 0
    yield ("\n".join(at_hand) + "\n").encode()


async def _emptied(url: str, table: str) -> None:
    connection: Any = await asyncpg.connect(url)
    try:
        await connection.execute(f'TRUNCATE "{table}"')
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _copy(server: Server, url: str, table: str, rows: int) -> tuple[float, float]:
    """Seconds of wall and of PostgreSQL's processor time that COPY needs for the rows that are there now."""
    source: Any = await asyncpg.connect(server.database_url)
    kept = io.BytesIO()
    await source.copy_from_table(table, output=kept, format="csv")
    await source.close()
    await _emptied(url, table)
    kept.seek(0)
    target: Any = await asyncpg.connect(url)
    before, began = tree_seconds(server.postmaster()), time.perf_counter()
    done = await target.copy_to_table(table, source=kept, format="csv")
    seconds = time.perf_counter() - began
    await target.close()
    await asyncio.sleep(REAP_SECONDS)
    assert done == f"COPY {rows}", done
    return seconds, tree_seconds(server.postmaster()) - before
