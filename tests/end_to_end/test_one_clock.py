"""One clock for a whole test instance: two processes of the API, the worker and a command go by the same time."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from orderwright.clock import system_clock
from orderwright.gateways.simulator import Simulator, open_pool
from orderwright.store.embedded import EmbeddedPostgres
from tests.end_to_end.conftest import ORDERWRIGHT, READY, Server
from tests.rest.calling import BASE, Caller
from tests.rest.changing import post
from tests.rest.funding import Funded, funded

CLOCK = "/commerce/order-management/clock"
ENVIRONMENT = os.environ | {"ORDERWRIGHT_INSTANCE": "test"}


def command(*arguments: str) -> str:
    done = subprocess.run(
        (*ORDERWRIGHT, *arguments), capture_output=True, text=True, timeout=120, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A test instance with two processes that answer requests."""
    folder = Path(tempfile.mkdtemp(prefix="ow-", dir="/tmp"))
    folder.chmod(0o755)
    data = folder / "data"
    options = ("serve", "--data", str(data), "--port", "0", "--workers", "2")
    process = subprocess.Popen((*ORDERWRIGHT, *options), stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    try:
        assert process.stdout is not None
        url = READY.search(process.stdout.readline())
        assert url is not None
        client = json.loads(command("client", "create", "test", "--json", "--data", str(data)))
        yield Server(url[1], data, client["client_id"], client["client_secret"], process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        shutil.rmtree(folder)


def shown(server: Server, times: int = 12) -> set[str]:
    """What the processes of the API say the time is; each request comes by a connection of its own."""
    headers = {"Authorization": f"Bearer {server.token()}"}
    return {httpx.get(f"{server.url}{BASE}{CLOCK}", headers=headers).json()["now"] for _ in range(times)}


def changed(server: Server, action: str, body: Any) -> str:
    """What the clock shows after a change."""
    headers = {"Authorization": f"Bearer {server.token()}"}
    answer = httpx.post(f"{server.url}{BASE}{CLOCK}/actions/{action}", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["now"])


def test_every_process_goes_by_a_change_once_it_is_answered(server: Server):
    frozen = changed(server, "freeze", {})
    for _ in range(5):
        assert shown(server) == {frozen}
        frozen = changed(server, "advance", {"seconds": 86400})
    said = command("clock", "advance", "30d", "--data", str(server.data))
    (after,) = shown(server)
    assert said.startswith(f"{after}: ")
    assert after > frozen


def test_a_process_that_is_killed_comes_back_at_the_same_time(server: Server):
    frozen = changed(server, "freeze", {})
    for child in psutil.Process(server.process.pid).children():
        if "api-1" in child.cmdline():
            child.kill()
    assert shown(server) == {frozen}
    later = changed(server, "advance", {"seconds": 60})
    assert shown(server) == {later}


def test_what_the_worker_records_has_the_same_moment(server: Server):
    frozen = changed(server, "freeze", {})
    operation, payments = asyncio.run(paid(server))
    moment = frozen.replace("Z", "+0000")
    assert operation["Outcome"] == "Succeeded"
    assert {operation[name] for name in ("SubmittedAt", "StartedAt", "FinishedAt")} == {moment}
    assert {payment[name] for payment in payments for name in ("CreatedDate", "GatewayDate")} == {moment}
    assert len(payments) == 2


async def paid(server: Server) -> tuple[Any, list[Any]]:
    """An invoice that the worker funded: the operation, and the payments it made."""
    headers = {"Authorization": f"Bearer {server.token()}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as http:
        paying = await funded(Caller(http))
        queued = await paying.queued("ensure-funds-async", {"invoiceId": paying.invoice})
        return await read_once(paying, queued, "FinishedAt"), await payments_of(paying)


async def read_once(paying: Funded, operation: str, field: str) -> Any:
    """The operation as it is when it has a value in `field`."""
    async with asyncio.timeout(30):
        while not (found := await paying.read(operation))[field]:  # noqa: ASYNC110 - as a client asks
            await asyncio.sleep(0.05)
    return found


async def payments_of(paying: Funded) -> list[Any]:
    found = []
    for summary in paying.summaries:
        answer = await paying.placed.api.send("GET", f"/sobjects/OrderPaymentSummary/{summary}/Payments")
        assert answer.status_code == 200, answer.text
        found += answer.json()["records"]
    return found


def test_a_retry_waits_for_the_clock(server: Server):
    """The gateway is not reached at first: the next try is due one second later, by the clock, which stands."""
    frozen = datetime.fromisoformat(changed(server, "freeze", {}))
    with EmbeddedPostgres.open(server.data) as postgres:
        waiting, finished = asyncio.run(retried(server, postgres.url))
    assert (waiting["Status"], waiting["FinishedAt"]) == ("Running", None)
    assert datetime.fromisoformat(waiting["ProcessAfter"]) == frozen + timedelta(seconds=1)
    assert finished["Outcome"] == "Succeeded"
    assert datetime.fromisoformat(finished["FinishedAt"]) == frozen + timedelta(hours=1)


async def retried(server: Server, database_url: str) -> tuple[Any, Any]:
    """An operation whose next try was due two looks of the worker ago, by true time; and once the clock agrees."""
    await out_of_reach_once(database_url)
    headers = {"Authorization": f"Bearer {server.token()}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as http:
        paying = await funded(Caller(http))
        queued = await paying.queued("ensure-funds-async", {"invoiceId": paying.invoice})
        await read_once(paying, queued, "ProcessAfter")
        await asyncio.sleep(3)
        waiting = await paying.read(queued)
        answer = await post(Caller(http), f"{CLOCK}/actions/advance", {"seconds": 3600})
        assert answer.status_code == 201, answer.text
        return waiting, await read_once(paying, queued, "FinishedAt")


async def out_of_reach_once(database_url: str) -> None:
    simulator = Simulator(await open_pool(database_url, max_size=1), system_clock)
    try:
        await simulator.tell(operation="Capture", kind="error_before")
    finally:
        await simulator.close()


def test_two_advances_at_once_both_count(server: Server):
    before = changed(server, "freeze", {})

    async def advance_twice() -> list[int]:
        headers = {"Authorization": f"Bearer {server.token()}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers) as http:
            sent = (post(Caller(http), f"{CLOCK}/actions/advance", {"seconds": 3600}) for _ in range(2))
            return [answer.status_code for answer in await asyncio.gather(*sent)]

    assert asyncio.run(advance_twice()) == [201, 201]
    (after,) = shown(server)
    assert datetime.fromisoformat(after) - datetime.fromisoformat(before) == timedelta(hours=2)
