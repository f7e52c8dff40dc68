"""64 clients reserve the last units of the same SKUs, while counts come in and the machine dies: exactly what there is
is given out, nothing falls below zero, every movement adds up, and what was answered is still so afterwards.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest

from orderwright.store.embedded import EmbeddedPostgres
from orderwright.store.postgres_cluster import command_of, read_pid_file
from tests.end_to_end.conftest import Server, started

CLIENTS = 64
ATTEMPTS = 4
BASE = "/services/data/v67.0"
OCI = f"{BASE}/commerce/oci"
RESERVE = f"{OCI}/reservation/actions/reservations"
FULFILL = f"{OCI}/reservation/actions/fulfillments"
RELEASE = f"{OCI}/reservation/actions/releases"
TRANSFER = f"{OCI}/reservation/actions/transfers"
BATCH = f"{OCI}/availability-records/actions/batch-update"
SKUS = ("mug", "cup", "jug")
LOCATIONS = {"EAST-1": ["EAST"], "EAST-2": ["EAST", "ALL"], "WEST-1": ["ALL"]}
PATIENCE_SECONDS = 90

BROKEN = """
WITH summed AS (
    SELECT stock_keeping_unit, is_group, place, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM inventory.ledger GROUP BY 1, 2, 3
), held AS (
    SELECT stock_keeping_unit, is_group, place, sum(quantity) AS reserved FROM inventory.hold GROUP BY 1, 2, 3
), by_reservation AS (
    SELECT stock_keeping_unit, is_group, place, reservation_id, sum(reserved) AS reserved
    FROM inventory.ledger WHERE reservation_id IS NOT NULL GROUP BY 1, 2, 3, 4
)
SELECT 'counter' AS what, stock_keeping_unit, place FROM inventory.stock s
FULL JOIN summed l USING (stock_keeping_unit, is_group, place)
FULL JOIN held h USING (stock_keeping_unit, is_group, place)
WHERE s.on_hand IS DISTINCT FROM coalesce(l.on_hand, 0) OR s.reserved IS DISTINCT FROM coalesce(l.reserved, 0)
   OR s.reserved IS DISTINCT FROM coalesce(h.reserved, 0)
UNION ALL
SELECT 'hold', stock_keeping_unit, place FROM by_reservation l
FULL JOIN inventory.hold h USING (stock_keeping_unit, is_group, place, reservation_id)
WHERE coalesce(l.reserved, 0) <> coalesce(h.quantity, 0)
UNION ALL
SELECT 'below zero', stock_keeping_unit, place FROM inventory.stock WHERE on_hand < 0 OR reserved < 0
"""
LEFT = """
SELECT stock_keeping_unit, sum(on_hand - reserved) AS left_over, sum(on_hand) AS on_hand, sum(reserved) AS reserved
FROM inventory.stock GROUP BY 1
"""


@pytest.fixture(scope="module", autouse=True)
def two_processes() -> Iterator[None]:
    """Before the server starts: two processes that answer."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ORDERWRIGHT_WORKERS", "2")
        yield


def client_of(server: Server) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {server.token()}"}
    limits = httpx.Limits(max_connections=CLIENTS)
    return httpx.AsyncClient(base_url=server.url, headers=headers, timeout=30, limits=limits)


async def post(client: httpx.AsyncClient, path: str, body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def open_shop(client: httpx.AsyncClient, mark: str, units: int) -> None:
    """Three locations in two groups that overlap, `units` of each SKU at each location."""
    groups = {}
    for group in ("EAST", "ALL"):
        body = {
            "LocationGroupName": group,
            "IsEnabled": True,
            "ShouldSyncWithOci": True,
            "ExternalReference": group + mark,
        }
        groups[group] = (await post(client, f"{BASE}/sobjects/LocationGroup", body))["id"]
    for location, belongs_to in LOCATIONS.items():
        body = {
            "Name": location,
            "LocationType": "Warehouse",
            "ShouldSyncWithOci": True,
            "ExternalReference": location + mark,
        }
        made = (await post(client, f"{BASE}/sobjects/Location", body))["id"]
        for group in belongs_to:
            entry = {"LocationId": made, "LocationGroupId": groups[group]}
            await post(client, f"{BASE}/sobjects/LocationGroupAssignment", entry)
    await post(client, f"{OCI}/location-graph/uploads", None)
    assert (await post(client, BATCH, {"records": first_counts(mark, units)}))["success"]


def first_counts(mark: str, units: int) -> list[dict[str, Any]]:
    return [
        counted(f"first-{location}-{sku}{mark}", location + mark, sku + mark, units)
        for location in LOCATIONS
        for sku in SKUS
    ]


def counted(action: str, location: str, sku: str, units: int) -> dict[str, Any]:
    return {"actionRequestId": action, "locationIdentifier": location, "stockKeepingUnit": sku, "onHand": units}


def wish(chance: random.Random, mark: str, number: int) -> dict[str, Any]:
    """One to three SKUs, in any order, at any of the places."""
    lines = []
    for sku in chance.sample(SKUS, chance.randint(1, 3)):
        place = chance.choice([*LOCATIONS, "EAST", "ALL"])
        kind = "locationGroupIdentifier" if place in ("EAST", "ALL") else "locationIdentifier"
        lines.append({kind: place + mark, "stockKeepingUnit": sku + mark, "quantity": chance.randint(1, 2)})
    return {"actionRequestId": f"wish-{number}{mark}", "createRecords": lines}


def wanted(body: dict[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in body["createRecords"]:
        found[line["stockKeepingUnit"]] += line["quantity"]
    return found


def query(server: Server, statement: str) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        with EmbeddedPostgres.open(server.data) as postgres:
            connection = await asyncpg.connect(postgres.url)
            try:
                return await connection.fetch(statement)
            finally:
                await connection.close()

    return asyncio.run(run())


def given_out(bodies: list[dict[str, Any]]) -> Counter[str]:
    return sum((wanted(body) for body in bodies), Counter())


async def reserve_until_nothing_is_left(client: httpx.AsyncClient, mark: str) -> list[dict[str, Any]]:
    """The wishes that came true: each client asks again and again, at last for single units wherever there are any."""
    chance = random.Random(mark)
    wishes = [wish(chance, mark, number) for number in range(CLIENTS * ATTEMPTS)]
    singles = [
        {"actionRequestId": f"single-{location}-{sku}-{number}{mark}", "createRecords": [
            {"locationIdentifier": location + mark, "stockKeepingUnit": sku + mark, "quantity": 1}
        ]}
        for number in range(20) for sku in SKUS for location in LOCATIONS
    ]  # fmt: skip
    granted = []

    async def ask(bodies: list[dict[str, Any]]) -> None:
        for body in bodies:
            answer = await client.post(RESERVE, json=body)
            if answer.status_code == 201:
                granted.append(body)
            else:
                assert answer.json()[0]["errorCode"] == "INSUFFICIENT_INVENTORY", answer.text

    for some in (wishes, singles):
        await asyncio.gather(*(ask(some[client_number::CLIENTS]) for client_number in range(CLIENTS)))
    return granted


def test_64_clients_reserve_the_last_units(server: Server):
    mark, units = "-race", 20

    async def race() -> list[dict[str, Any]]:
        async with client_of(server) as client:
            await open_shop(client, mark, units)
            return await reserve_until_nothing_is_left(client, mark)

    granted = asyncio.run(race())

    everything = {sku + mark: units * len(LOCATIONS) for sku in SKUS}
    assert given_out(granted) == everything
    assert query(server, BROKEN) == []
    left = {row["stock_keeping_unit"]: row["left_over"] for row in query(server, LEFT)}
    assert {sku: left[sku] for sku in everything} == dict.fromkeys(everything, Decimal(0))


class Carts:
    """Carts that are filled, and each line shipped or given up; what was shipped is counted."""

    def __init__(self, client: httpx.AsyncClient, mark: str) -> None:
        self.client = client
        self.mark = mark
        self.shipped: Counter[str] = Counter()

    async def fill(self, number: int) -> None:
        chance = random.Random(number)
        body = wish(chance, self.mark, number)
        if (await self.client.post(RESERVE, json=body)).status_code == 201:
            for line_number, line in enumerate(body["createRecords"]):
                await self.finish(chance, body["actionRequestId"], f"{number}-{line_number}", line)

    async def finish(self, chance: random.Random, reservation: str, name: str, line: dict[str, Any]) -> None:
        sku, quantity = line["stockKeepingUnit"], line["quantity"]
        units = {"stockKeepingUnit": sku, "quantity": quantity, "reservationId": reservation}
        location = line.get("locationIdentifier") or await self.move(chance, name, line, units)
        if location is None:
            return
        entry = units | {"actionRequestId": f"end-{name}{self.mark}", "locationIdentifier": location}
        if chance.random() < 0.6:
            done = await post(self.client, FULFILL, {"fulfillmentRecords": [entry]})
            self.shipped[sku] += quantity if done["success"] else 0
        else:
            assert (await post(self.client, RELEASE, {"releaseRecords": [entry]}))["success"]

    async def move(self, chance: random.Random, name: str, line: Any, units: dict[str, Any]) -> str | None:
        """Where the line is now; None when it stayed at its group."""
        location = chance.choice(list(LOCATIONS)) + self.mark
        move = units | {"actionRequestId": f"move-{name}{self.mark}", "toLocationIdentifier": location}
        move["fromLocationGroupIdentifier"] = line["locationGroupIdentifier"]
        done = await post(self.client, TRANSFER, {"transferRecords": [move]})
        return location if done["success"] else None

    async def recount(self, units: int) -> None:
        """Says again what was said at first, under the same ids: none of it counts a second time."""
        for _ in range(10):
            assert (await post(self.client, BATCH, {"records": first_counts(self.mark, units)}))["success"]


def test_all_kinds_of_actions_at_once_lose_and_invent_nothing(server: Server):
    """Carts fill, go to a location, ship or are given up, while the units are counted again and again."""
    mark, units = "-mixed", 30

    async def race() -> Counter[str]:
        async with client_of(server) as client:
            await open_shop(client, mark, units)
            carts = Carts(client, mark)
            await asyncio.gather(*(carts.fill(number) for number in range(CLIENTS)), carts.recount(units))
            return carts.shipped

    shipped = asyncio.run(race())

    assert shipped.total() > 0
    assert query(server, BROKEN) == []
    on_hand = {row["stock_keeping_unit"]: row["on_hand"] for row in query(server, LEFT)}
    for sku in SKUS:
        assert on_hand[sku + mark] == units * len(LOCATIONS) - shipped[sku + mark]


class Interrupted:
    """Wishes of which some get no answer, because everything is killed meanwhile."""

    def __init__(self, server: Server, wishes: list[dict[str, Any]]) -> None:
        self.server = server
        self.wishes = wishes
        self.granted: dict[str, Any] = {}
        """What was answered, by actionRequestId."""
        self.refused: set[str] = set()
        self.unanswered: list[dict[str, Any]] = []

    async def race(self, client: httpx.AsyncClient, answers_before: int) -> None:
        dying = asyncio.create_task(self._die(answers_before))
        await asyncio.gather(*(self._ask_all(client, self.wishes[n::CLIENTS]) for n in range(CLIENTS)))
        await dying

    async def _die(self, answers_before: int) -> None:
        while len(self.granted) + len(self.refused) < answers_before:  # noqa: ASYNC110 - answers come one by one
            await asyncio.sleep(0.001)
        await asyncio.to_thread(kill_everything, self.server)

    async def _ask_all(self, client: httpx.AsyncClient, bodies: list[dict[str, Any]]) -> None:
        for body in bodies:
            try:
                await self.ask(client, body)
            except (httpx.HTTPError, Unanswered):
                self.unanswered.append(body)

    async def ask(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        answer = await client.post(RESERVE, json=body)
        name = body["actionRequestId"]
        if answer.status_code == 201:
            assert self.granted.setdefault(name, answer.json()) == answer.json()
        elif answer.status_code == 400:
            self.refused.add(name)
        else:
            raise Unanswered(answer.text)

    async def ask_again(self, client: httpx.AsyncClient) -> None:
        """Whoever got no answer asks again; whoever got one is answered as before."""
        for body in self.unanswered:
            await self.ask(client, body)
        for body in self.wishes:
            if body["actionRequestId"] in self.granted:
                await self.ask(client, body)


class Unanswered(Exception):
    """The server is there, and cannot answer."""


def test_a_crash_in_the_middle_loses_nothing(server: Server):
    """PostgreSQL and the server are killed; whoever got no answer asks again under the same id once all is up again."""
    mark, units = "-crash", 25
    chance = random.Random(mark)
    interrupted = Interrupted(server, [wish(chance, mark, number) for number in range(CLIENTS * 3)])

    async def before() -> None:
        async with client_of(server) as client:
            await open_shop(client, mark, units)
            await interrupted.race(client, answers_before=40)

    async def after() -> None:
        async with client_of(server) as client:
            await interrupted.ask_again(client)

    asyncio.run(before())
    assert interrupted.unanswered, "all was answered before the crash"
    process, server.url = started(server.data)
    try:
        asyncio.run(after())
        assert query(server, BROKEN) == []
        reserved = {row["stock_keeping_unit"]: row["reserved"] for row in query(server, LEFT)}
        granted = [body for body in interrupted.wishes if body["actionRequestId"] in interrupted.granted]
        assert given_out(granted) == {sku + mark: reserved[sku + mark] for sku in SKUS}
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE_SECONDS)


def kill_everything(server: Server) -> None:
    """As a power cut would: nobody gets to say goodbye."""
    found = read_pid_file(server.data / "postgres")
    assert found is not None
    server.process.kill()
    os.kill(found.process_id, signal.SIGQUIT)
    server.process.wait(timeout=PATIENCE_SECONDS)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(command_of(found.process_id) or ()) and time.monotonic() < deadline:
        time.sleep(0.01)
