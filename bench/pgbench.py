"""pgbench, from the same PostgreSQL installation, on a second database with the same tables."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from bench.measure import tree_seconds
from bench.server import Server
from orderwright.store.embedded import find_binaries
from orderwright.store.migrate import migrate

DATABASE = "pgbench"
LIFECYCLES_OF_A_ROUND = 1_000_000
"""More than a client does in one round: the next round's keys begin behind them."""

REAP_SECONDS = 0.3
"""Until PostgreSQL knows what its processes that have just ended have used."""

_rounds = itertools.count()


@dataclass(frozen=True)
class Limit:
    """What pgbench reached: lifecycles per second, and PostgreSQL's processor seconds for each."""

    per_second: float
    postgres_seconds: float


async def make_database(server: Server, name: str = DATABASE) -> str:
    """The URL of another database, migrated like the first."""
    connection = await asyncpg.connect(server.database_url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    url = urlsplit(server.database_url)._replace(path=f"/{name}").geturl()
    await migrate(url)
    return url


async def run(server: Server, url: str, script: Path, clients: int, seconds: int) -> Limit:
    """Let `clients` go through `script` for `seconds`. Raises RuntimeError when a statement fails."""
    start = next(_rounds) * LIFECYCLES_OF_A_ROUND
    command = [str(find_binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={script}"]
    command += [f"--client={clients}", f"--time={seconds}", f"--define=n={start}", url]
    before, began = tree_seconds(server.postmaster()), time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    answer, complaints = await process.communicate()
    elapsed = time.perf_counter() - began
    await asyncio.sleep(REAP_SECONDS)
    used = tree_seconds(server.postmaster()) - before
    return _limit(answer.decode(), complaints.decode(), used, elapsed)


def _limit(answer: str, complaints: str, postgres_seconds: float, elapsed: float) -> Limit:
    done = re.search(r"number of transactions actually processed: (\d+)", answer)
    rate = re.search(r"tps = ([\d.]+)", answer)
    if done is None or rate is None or "aborted" in complaints:
        raise RuntimeError(f"pgbench failed after {elapsed:.0f} s: {complaints[-2000:]}{answer[-500:]}")
    return Limit(float(rate[1]), postgres_seconds / max(1, int(done[1])))
