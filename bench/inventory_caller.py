"""The inventory that is measured: its locations and groups, the files of its counts, and who asks for it."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil

from bench.measure import Processes
from bench.server import Server

BASE = "/services/data/v67.0"
OCI = f"{BASE}/commerce/oci"
RESERVE = f"{OCI}/reservation/actions/reservations"
RELEASE = f"{OCI}/reservation/actions/releases"
LOCATIONS, GROUPS = 100, 10
CELLS = 100
"""Availability is asked of 100 SKUs at 100 locations; reservations are for these SKUs too."""
LOOK_SECONDS = 0.2
SEND_BYTES = 64 * 1024
BOUNDARY = "inventory"


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


class Caller:
    """A signed-in client, and what is known of the server's processes."""

    def __init__(self, server: Server, http: httpx.AsyncClient) -> None:
        self.http = http
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


async def set_up(api: Caller) -> None:
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
    place_ids = await create(api, places)
    group_ids = await create(api, groups)
    members = [
        {
            "attributes": {"type": "LocationGroupAssignment"},
            "LocationId": made,
            "LocationGroupId": group_ids[n % GROUPS],
        }
        for n, made in enumerate(place_ids)
    ]
    await create(api, members)
    await api.post(f"{OCI}/location-graph/uploads", None)


async def create(api: Caller, records: list[dict[str, Any]]) -> list[str]:
    answer = await api.http.post(f"{BASE}/composite/sobjects", json={"allOrNone": True, "records": records})
    assert answer.status_code == 200, answer.text
    assert all(made["success"] for made in answer.json()), answer.text
    return [made["id"] for made in answer.json()]


async def signed_in(http: httpx.AsyncClient, server: Server) -> None:
    """Let `http` act as the client of `server`."""
    client_id, client_secret = server.credentials
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    token = (await http.post("/services/oauth2/token", data=form)).json()["access_token"]
    http.headers["Authorization"] = f"Bearer {token}"


class Reserving:
    """Reservations of three SKUs, one after the other, at locations and groups; every other one is released again."""

    def __init__(self, api: Caller, pause_seconds: float = 0) -> None:
        self._pause_seconds = pause_seconds
        self.api = api
        self.seconds: list[float] = []
        self.refused = 0
        self.is_over = False
        self._chance = random.Random(1)  # noqa: S311 - no secret

    async def go(self) -> None:
        while not self.is_over:
            await self.one()
            await asyncio.sleep(self._pause_seconds)

    async def one(self) -> None:
        action, lines = self.api.action(), self._lines()
        began = time.perf_counter()
        answer = await self.api.http.post(RESERVE, json={"actionRequestId": action, "createRecords": lines})
        self.seconds.append(time.perf_counter() - began)
        if answer.status_code != 201:
            assert answer.json()[0]["errorCode"] == "INSUFFICIENT_INVENTORY", answer.text
            self.refused += 1
        elif self._chance.random() < 0.5:
            records = [{**line, "actionRequestId": self.api.action(), "reservationId": action} for line in lines]
            assert (await self.api.post(RELEASE, {"releaseRecords": records}))["success"]

    def _lines(self) -> list[dict[str, Any]]:
        places = [("locationIdentifier", location(n)) for n in range(LOCATIONS)]
        places += [("locationGroupIdentifier", f"G{n}") for n in range(GROUPS)]
        return [
            {kind: place, "stockKeepingUnit": sku(number), "quantity": self._chance.randint(1, 3)}
            for number in self._chance.sample(range(CELLS), 3)
            for kind, place in [self._chance.choice(places)]
        ]
