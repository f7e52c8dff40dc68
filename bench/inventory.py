"""What inventory requests cost, and uploads, also while reservations go on, beside a bare COPY.

A file is made while it is sent: nobody holds it whole.
Everything is checked at the end: counts, sums, and that the ledger adds up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import msgspec

from bench.effort import Effort
from bench.inventory_caller import (
    BOUNDARY,
    CELLS,
    GROUPS,
    LOCATIONS,
    LOOK_SECONDS,
    OCI,
    Caller,
    Reserving,
    file_lines,
    location,
    multipart,
    set_up,
    signed_in,
    sku,
)
from bench.measure import difference, quantile
from bench.server import Server

GET = f"{OCI}/availability/availability-records/actions/get-availability"
UPLOADS = f"{OCI}/availability-records/uploads"
RESERVING_CLIENTS, PAUSE_SECONDS = 4, 0.05
AVAILABILITY_LIMIT, RESERVATION_LIMIT = 40, 10
"""Milliseconds of processor time that a request may cost: what the project promises."""
UNBALANCED = """
SELECT count(*) FROM inventory.stock s FULL JOIN (
    SELECT stock_keeping_unit, is_group, place, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM inventory.ledger GROUP BY 1, 2, 3
) l USING (stock_keeping_unit, is_group, place)
WHERE s.on_hand IS DISTINCT FROM coalesce(l.on_hand, 0) OR s.reserved IS DISTINCT FROM coalesce(l.reserved, 0)
"""


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds of waiting for an answer."""

    p50: float
    p95: float
    p99: float
    longest: float


class Uploaded(msgspec.Struct, frozen=True):
    """One file: how long it took to come in and to be carried out, and what that cost."""

    what: str
    records: int
    received_seconds: float
    carried_out_seconds: float
    cpu_seconds: dict[str, float]
    """By process, reservations included."""
    reservations: int
    refused: int
    latency: Latency | None
    """Of the reservations that went on meanwhile."""
    memory: dict[str, int]
    """The most bytes that each process has had so far."""

    @property
    def per_second(self) -> float:
        """Records carried out in a second."""
        return self.records / self.carried_out_seconds


class Cost(msgspec.Struct, frozen=True):
    """What one request takes, on a system that does nothing else: time, and milliseconds of processor time."""

    what: str
    limit: int
    latency: Latency
    cpu_milliseconds: dict[str, float]


class Inventory(msgspec.Struct, frozen=True):
    """All figures of the inventory."""

    memory: dict[str, int]
    """Before the uploads, in bytes."""
    uploads: tuple[Uploaded, ...]
    costs: tuple[Cost, ...]
    copied_per_second: float
    """Rows of a bare COPY into a table like the counters."""


def latency_of(seconds: list[float]) -> Latency:
    return Latency(*(1000 * quantile(seconds, part) for part in (0.5, 0.95, 0.99, 1.0)))


# --- the upload -------------------------------------------------------------------------------------------------------


async def upload(api: Caller, what: str, skus: int, batch: str, clients: int) -> Uploaded:
    """Send a file of `skus` at every location, while `clients` reserve, and wait until it is carried out."""
    before, began = api.processes.cpu_seconds(), time.perf_counter()
    reserving = Reserving(api, PAUSE_SECONDS)
    tasks = [asyncio.create_task(reserving.go()) for _ in range(clients)]
    body = multipart(file_lines(skus, batch, least=100_000))
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = await api.http.post(UPLOADS, content=body, headers=headers, timeout=600)
    assert answer.status_code == 201, answer.text
    received = time.perf_counter() - began
    status = await carried_out(api, answer.json()["uploadId"])
    elapsed = time.perf_counter() - began
    cpu = difference(api.processes.cpu_seconds(), before)
    reserving.is_over = True
    await asyncio.gather(*tasks)
    assert status["status"] == "COMPLETED", status
    assert [status["recordsProcessedCount"], status["recordsSkippedCount"]] == [skus * LOCATIONS, 0], status
    return Uploaded(
        what=what,
        records=skus * LOCATIONS,
        received_seconds=received,
        carried_out_seconds=elapsed - received,
        cpu_seconds=cpu,
        reservations=len(reserving.seconds),
        refused=reserving.refused,
        latency=latency_of(reserving.seconds) if reserving.seconds else None,
        memory=dict(api.memory.most),
    )


async def carried_out(api: Caller, upload_id: str) -> dict[str, Any]:
    while True:
        status: dict[str, Any] = (await api.http.get(f"{UPLOADS}/{upload_id}")).json()
        if status["status"] in ("COMPLETED", "FAILED"):
            return status
        await asyncio.sleep(LOOK_SECONDS)


# --- single requests --------------------------------------------------------------------------------------------------


async def cost_of(api: Caller, what: str, limit: int, count: int, request: Callable[[], Awaitable[None]]) -> Cost:
    for _ in range(5):
        await request()
    seconds, before = [], api.processes.cpu_seconds()
    for _ in range(count):
        began = time.perf_counter()
        await request()
        seconds.append(time.perf_counter() - began)
    cpu = difference(api.processes.cpu_seconds(), before)
    used = {name: 1000 * cpu[name] / count for name in ("API", "PostgreSQL")}
    return Cost(what, limit, latency_of(seconds), used)


async def costs(api: Caller, effort: Effort) -> tuple[Cost, ...]:
    """The costs of availability and of reservations, one request at a time."""
    skus = [sku(number) for number in range(CELLS)]
    places = {"locationIdentifiers": [location(n) for n in range(LOCATIONS)], "stockKeepingUnits": skus}
    groups = {"locationGroupIdentifiers": [f"G{n}" for n in range(GROUPS)], "stockKeepingUnits": skus}

    async def availability(body: dict[str, Any], records: int) -> None:
        answer = await api.http.post(GET, json=body)
        assert answer.content.count(b'"onHand"') == records

    reserving = Reserving(api)
    return (
        await cost_of(
            api,
            f"{CELLS} SKUs × {LOCATIONS} locations",
            AVAILABILITY_LIMIT,
            effort.availabilities,
            lambda: availability(places, CELLS * LOCATIONS),
        ),
        await cost_of(
            api,
            f"{CELLS} SKUs × {GROUPS} groups of {LOCATIONS // GROUPS}",
            AVAILABILITY_LIMIT,
            effort.availabilities,
            lambda: availability(groups, CELLS * GROUPS),
        ),
        await cost_of(api, "reserve 3 SKUs, release half", RESERVATION_LIMIT, effort.reservations, reserving.one),
    )


# --- beside what COPY reaches -----------------------------------------------------------------------------------------

BARE = """
CREATE UNLOGGED TABLE public.bench_rows (LIKE inventory.stock INCLUDING ALL);
ALTER TABLE public.bench_rows SET LOGGED;
"""


async def copied(connection: asyncpg.Connection, rows: int) -> float:
    """Rows per second of a bare COPY into a table like the counters, with its key: nothing read, checked or told."""
    await connection.execute(BARE)

    async def content() -> AsyncIterator[bytes]:
        for start in range(0, rows, 1000):
            yield b"".join(
                b"%s,f,%s,%d,%d\n"
                % (sku(n % (rows // LOCATIONS)).encode(), location(n * LOCATIONS // rows).encode(), n, 1)
                for n in range(start, start + 1000)
            )

    began = time.perf_counter()
    columns = ["stock_keeping_unit", "is_group", "place", "on_hand", "safety_stock_count"]
    await connection.copy_to_table("bench_rows", source=content(), columns=columns, format="csv")
    elapsed = time.perf_counter() - began
    await connection.execute("DROP TABLE public.bench_rows")
    return rows / elapsed


# --- all of it --------------------------------------------------------------------------------------------------------


async def measure_inventory(server: Server, effort: Effort) -> Inventory:
    """Three uploads, single requests, and COPY. Stops with an AssertionError where sums are wrong."""
    connection = await asyncpg.connect(server.database_url)
    async with httpx.AsyncClient(base_url=server.url, timeout=120) as http:
        await signed_in(http, server)
        api = Caller(server, http)
        watching = asyncio.create_task(api.memory.watch())
        await set_up(api)
        await upload(api, "first", CELLS, "zero", 0)
        before = dict(api.memory.most)
        uploads = await all_uploads(api, max(CELLS, effort.records // LOCATIONS))
        watching.cancel()
        # Else it may begin by itself in the middle of what is measured.
        await connection.execute("VACUUM ANALYZE inventory.stock, inventory.hold, inventory.ledger")
        found = Inventory(before, uploads, await costs(api, effort), await copied(connection, uploads[0].records))
        unbalanced = await connection.fetchval(UNBALANCED)
        assert unbalanced == 0, f"{unbalanced} counters are not the sums of their ledger"
    await connection.close()
    return found


async def all_uploads(api: Caller, skus: int) -> tuple[Uploaded, ...]:
    return (
        await upload(api, "new records", skus, "aaaa", 0),
        await upload(api, "counted again", skus, "bbbb", 0),
        await upload(api, "again, while reserving", skus, "cccc", RESERVING_CLIENTS),
    )
