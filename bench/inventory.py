"""python -m bench.inventory: a million inventory records uploaded while reservations go on, and what a request costs.

A throw-away server with one API process and one worker. The file is made while it is sent: nobody holds it whole.
Everything is checked at the end: counts, sums, and that the ledger adds up.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import psutil
import uvloop

from bench.measure import Processes, difference, median, quantile
from bench.server import Server, run, serving

BASE = "/services/data/v67.0"
OCI = f"{BASE}/commerce/oci"
GET = f"{OCI}/availability/availability-records/actions/get-availability"
UPLOADS = f"{OCI}/availability-records/uploads"
RESERVE = f"{OCI}/reservation/actions/reservations"
RELEASE = f"{OCI}/reservation/actions/releases"
LOCATIONS, GROUPS = 100, 10
CELLS = 100
"""Availability is asked of 100 SKUs at 100 locations; reservations are for these SKUs too."""
LOOK_SECONDS = 0.2
SEND_BYTES = 64 * 1024
BOUNDARY = "inventory"
UNBALANCED = """
SELECT count(*) FROM inventory.stock s FULL JOIN (
    SELECT stock_keeping_unit, is_group, place, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM inventory.ledger GROUP BY 1, 2, 3
) l USING (stock_keeping_unit, is_group, place)
WHERE s.on_hand IS DISTINCT FROM coalesce(l.on_hand, 0) OR s.reserved IS DISTINCT FROM coalesce(l.reserved, 0)
"""


@dataclass
class Memory:
    """The largest resident memory seen of each process, in bytes."""

    processes: dict[str, psutil.Process]
    most: dict[str, int] = field(default_factory=dict)

    async def watch(self) -> None:
        while True:
            for name, process in self.processes.items():
                self.most[name] = max(self.most.get(name, 0), process.memory_info().rss)
            await asyncio.sleep(LOOK_SECONDS)


class Bench:
    """A signed-in client, and what is known of the server's processes."""

    def __init__(self, server: Server, http: httpx.AsyncClient, connection: asyncpg.Connection) -> None:
        self.http = http
        self.connection = connection
        self.processes = Processes.of(server)
        self.memory = Memory({"API": self.processes.api, "worker": self.processes.worker})
        self._numbers = itertools.count()

    async def post(self, path: str, body: Any) -> Any:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def action(self) -> str:
        return f"action-{next(self._numbers)}"


def location(number: int) -> str:
    return f"WH-{number:03d}"


def sku(number: int) -> str:
    return f"SKU-{number:06d}"


def file_lines(skus: int, batch: str, least: int) -> Iterator[bytes]:
    """The file: every SKU at every location, with at least `least` units."""
    chance = random.Random(batch)  # noqa: S311 - no secret
    for place in range(LOCATIONS):
        yield json.dumps({"location": location(place), "mode": "UPDATE"}).encode() + b"\n"
        for number in range(skus):
            yield (
                f'{{"recordId":"{batch}-{place:03d}-{number:08d}-0000-000000000000","sku":"{sku(number)}",'
                f'"onHand":{least + chance.randrange(1000)},"effectiveDate":"2026-01-01T00:00:00Z",'
                f'"safetyStockCount":{chance.randrange(5)}}}\n'
            ).encode()


async def multipart(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="fileUpload"; filename="a"\r\n\r\n'.encode()
    at_hand = bytearray()
    for line in lines:
        at_hand += line
        if len(at_hand) >= SEND_BYTES:
            yield bytes(at_hand)
            at_hand.clear()
    yield bytes(at_hand) + f"\r\n--{BOUNDARY}--\r\n".encode()


async def set_up(bench: Bench) -> None:
    """100 locations in 10 groups, published."""
    places = [
        {"attributes": {"type": "Location"}, "Name": location(n), "LocationType": "Warehouse",
         "ShouldSyncWithOci": True, "ExternalReference": location(n)}
        for n in range(LOCATIONS)
    ]  # fmt: skip
    groups = [
        {"attributes": {"type": "LocationGroup"}, "LocationGroupName": f"G{n}", "IsEnabled": True,
         "ShouldSyncWithOci": True, "ExternalReference": f"G{n}"}
        for n in range(GROUPS)
    ]  # fmt: skip
    place_ids = await create(bench, places)
    group_ids = await create(bench, groups)
    members = [
        {
            "attributes": {"type": "LocationGroupAssignment"},
            "LocationId": made,
            "LocationGroupId": group_ids[n % GROUPS],
        }
        for n, made in enumerate(place_ids)
    ]
    await create(bench, members)
    await bench.post(f"{OCI}/location-graph/uploads", None)


async def create(bench: Bench, records: list[dict[str, Any]]) -> list[str]:
    answer = await bench.http.post(f"{BASE}/composite/sobjects", json={"allOrNone": True, "records": records})
    assert answer.status_code == 200, answer.text
    assert all(made["success"] for made in answer.json()), answer.text
    return [made["id"] for made in answer.json()]


# --- the upload -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Uploaded:
    """One file: how long it took to come in and to be carried out, and what that cost."""

    what: str
    records: int
    received_seconds: float
    carried_out_seconds: float
    cpu_seconds: dict[str, float]
    reservations: list[float]
    """Seconds that each reservation took meanwhile."""
    refused: int


async def upload(bench: Bench, what: str, skus: int, batch: str, clients: int) -> Uploaded:
    before, began = bench.processes.cpu_seconds(), time.perf_counter()
    reserving = Reserving(bench)
    tasks = [asyncio.create_task(reserving.go()) for _ in range(clients)]
    body = multipart(file_lines(skus, batch, least=100_000))
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = await bench.http.post(UPLOADS, content=body, headers=headers, timeout=600)
    assert answer.status_code == 201, answer.text
    received = time.perf_counter() - began
    status = await carried_out(bench, answer.json()["uploadId"])
    elapsed = time.perf_counter() - began
    cpu = difference(bench.processes.cpu_seconds(), before)
    reserving.is_over = True
    await asyncio.gather(*tasks)
    assert status["status"] == "COMPLETED", status
    assert [status["recordsProcessedCount"], status["recordsSkippedCount"]] == [skus * LOCATIONS, 0], status
    return Uploaded(what, skus * LOCATIONS, received, elapsed - received, cpu, reserving.seconds, reserving.refused)


async def carried_out(bench: Bench, upload_id: str) -> dict[str, Any]:
    while True:
        status: dict[str, Any] = (await bench.http.get(f"{UPLOADS}/{upload_id}")).json()
        if status["status"] in ("COMPLETED", "FAILED"):
            return status
        await asyncio.sleep(LOOK_SECONDS)


class Reserving:
    """Reservations of three SKUs, one after the other, at locations and groups; every other one is released again."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.seconds: list[float] = []
        self.refused = 0
        self.is_over = False
        self._chance = random.Random(1)  # noqa: S311 - no secret

    async def go(self) -> None:
        while not self.is_over:
            await self.one()

    async def one(self) -> None:
        action, lines = self.bench.action(), self._lines()
        began = time.perf_counter()
        answer = await self.bench.http.post(RESERVE, json={"actionRequestId": action, "createRecords": lines})
        self.seconds.append(time.perf_counter() - began)
        if answer.status_code != 201:
            assert answer.json()[0]["errorCode"] == "INSUFFICIENT_INVENTORY", answer.text
            self.refused += 1
        elif self._chance.random() < 0.5:
            records = [{**line, "actionRequestId": self.bench.action(), "reservationId": action} for line in lines]
            assert (await self.bench.post(RELEASE, {"releaseRecords": records}))["success"]

    def _lines(self) -> list[dict[str, Any]]:
        places = [("locationIdentifier", location(n)) for n in range(LOCATIONS)]
        places += [("locationGroupIdentifier", f"G{n}") for n in range(GROUPS)]
        return [
            {kind: place, "stockKeepingUnit": sku(number), "quantity": self._chance.randint(1, 3)}
            for number in self._chance.sample(range(CELLS), 3)
            for kind, place in [self._chance.choice(places)]
        ]


# --- single requests --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """What one request takes, on a system that does nothing else: time, and processor time in milliseconds."""

    what: str
    seconds: list[float]
    cpu_milliseconds: dict[str, float]


async def cost_of(bench: Bench, what: str, count: int, request: Any) -> Cost:
    for _ in range(5):
        await request()
    seconds, before = [], bench.processes.cpu_seconds()
    for _ in range(count):
        began = time.perf_counter()
        await request()
        seconds.append(time.perf_counter() - began)
    cpu = difference(bench.processes.cpu_seconds(), before)
    return Cost(what, seconds, {name: 1000 * cpu[name] / count for name in ("API", "PostgreSQL")})


async def costs(bench: Bench) -> list[Cost]:
    skus = [sku(number) for number in range(CELLS)]
    places = {"locationIdentifiers": [location(n) for n in range(LOCATIONS)], "stockKeepingUnits": skus}
    groups = {"locationGroupIdentifiers": [f"G{n}" for n in range(GROUPS)], "stockKeepingUnits": skus}

    async def availability(body: dict[str, Any], records: int) -> None:
        answer = await bench.http.post(GET, json=body)
        assert answer.content.count(b'"onHand"') == records

    reserving = Reserving(bench)
    return [
        await cost_of(bench, "availability, 100 SKUs × 100 locations", 40, lambda: availability(places, 10_000)),
        await cost_of(bench, "availability, 100 SKUs × 10 groups of 10", 40, lambda: availability(groups, 1_000)),
        await cost_of(bench, "reservation of 3 SKUs (half of them released)", 300, reserving.one),
    ]


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


async def measure(server: Server, records: int, clients: int) -> None:
    made = json.loads(run("client", "create", "inventory", "--json", "--data", str(server.data)))
    form = {"grant_type": "client_credentials", "client_id": made["client_id"], "client_secret": made["client_secret"]}
    connection = await asyncpg.connect(server.database_url)
    async with httpx.AsyncClient(base_url=server.url, timeout=120) as http:
        token = (await http.post("/services/oauth2/token", data=form)).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        bench = Bench(server, http, connection)
        watching = asyncio.create_task(bench.memory.watch())
        await set_up(bench)
        await upload(bench, "first 10,000", CELLS, "zero", 0)
        report_memory("before", bench)
        for what, batch in (("new records", "aaaa"), ("the same places counted again", "bbbb")):
            report(await upload(bench, what, records // LOCATIONS, batch, clients))
            report_memory("most so far", bench)
        watching.cancel()
        await connection.execute("VACUUM ANALYZE inventory.stock, inventory.hold, inventory.ledger")
        for cost in await costs(bench):
            report_cost(cost)
        print(f"bare COPY of {records:,} rows into such a table: {await copied(connection, records):,.0f} rows/s")
        unbalanced = await connection.fetchval(UNBALANCED)
        print(f"counters that are not the sum of their ledger: {unbalanced}")
        assert unbalanced == 0
    await connection.close()


def report(done: Uploaded) -> None:
    whole = done.received_seconds + done.carried_out_seconds
    print(f"\n{done.records:,} {done.what}, {len(done.reservations):,} reservations meanwhile")
    print(
        f"  received in {done.received_seconds:.1f} s, carried out in {done.carried_out_seconds:.1f} s more:", end=" "
    )
    print(f"{done.records / done.carried_out_seconds:,.0f} records/s carried out, {done.records / whole:,.0f} overall")
    cpu = ", ".join(f"{name} {1e6 * seconds / done.records:.1f}" for name, seconds in done.cpu_seconds.items())
    print(f"  CPU µs per record, reservations included: {cpu}")
    if done.reservations:
        times = [1000 * seconds for seconds in done.reservations]
        figures = ", ".join(f"{name} {quantile(times, part):.1f}" for name, part in QUANTILES)
        print(f"  a reservation of 3 SKUs meanwhile, ms: {figures}; {done.refused} refused")


QUANTILES = (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1.0))


def report_memory(when: str, bench: Bench) -> None:
    print(f"  memory {when}: {', '.join(f'{n} {size / 2**20:.0f} MiB' for n, size in bench.memory.most.items())}")


def report_cost(cost: Cost) -> None:
    cpu = ", ".join(f"{name} {milliseconds:.1f}" for name, milliseconds in cost.cpu_milliseconds.items())
    times = [1000 * seconds for seconds in cost.seconds]
    print(f"\n{cost.what}: {median(times):.1f} ms, p99 {quantile(times, 0.99):.1f} ms")
    print(f"  CPU ms: {cpu}; together {sum(cost.cpu_milliseconds.values()):.1f}")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.inventory", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="in each of two uploads (default: 1000000)")
    parser.add_argument("--clients", type=int, default=4, help="that reserve meanwhile (default: 4)")
    options = parser.parse_args(arguments)
    with serving() as server, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(measure(server, options.records, options.clients))


if __name__ == "__main__":
    main(sys.argv[1:])
