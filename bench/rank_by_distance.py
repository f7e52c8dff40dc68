"""python -m bench.rank_by_distance: times ranking by average distance, and how a large table is asked.

The decision alone, on random ZIP codes; then the whole way with 1,000,000 imported codes in a throw-away PostgreSQL.
Each figure is the fastest and the median of several runs; the first use, which reads the built-in data, is told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg

from orderwright.decisions.rank_by_distance import Place, Position, Stop, decide_rank_by_distance
from orderwright.geo.built_in import BuiltIn, zip_positions
from orderwright.geo.centroids import Centroids
from orderwright.geo.import_file import import_postal_file
from orderwright.geo.imported import Imported
from orderwright.geo.protocol import locate
from orderwright.store.embedded import EmbeddedPostgres
from orderwright.store.migrate import migrate

HERE = Place("US", "94105")
SHAPES = ((100, 5), (1000, 5), (1000, 20), (5000, 10))  # sets, locations in each


def sets_of(chance: random.Random, codes: Sequence[str], sets: int, locations: int) -> list[list[Stop]]:
    """Random sets of locations at known ZIP codes."""
    return [[Stop(f"{n}-{m}", Place("US", chance.choice(codes))) for m in range(locations)] for n in range(sets)]


async def timed(runs: int, act: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """The fastest and the median run, in milliseconds."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        await act()
        times.append((time.perf_counter() - began) * 1000)
    return min(times), statistics.median(times)


async def measure(runs: int, imported: int) -> None:
    """Print every figure."""
    began = time.perf_counter()
    known = await BuiltIn().find([HERE])
    print(
        f"first use of the built-in data   {(time.perf_counter() - began) * 1000:9.1f} ms, {len(zip_positions())} codes"
    )
    assert HERE in known
    chance, codes = random.Random(1), sorted(zip_positions())  # noqa: S311 - which codes are drawn guards no secret
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # noqa: ASYNC240 - nothing else runs
        with EmbeddedPostgres.open(folder / "data") as postgres:
            await migrate(postgres.url)
            connection = await asyncpg.connect(postgres.url, server_settings={"enable_seqscan": "off", "jit": "off"})
            await fill(connection, folder / "codes.csv", imported)
            providers = [Imported(connection), BuiltIn(), Centroids()]
            for sets, locations in SHAPES:
                await measure_shape(runs, sets_of(chance, codes, sets, locations), providers)
            await connection.close()


async def measure_shape(runs: int, sets: list[list[Stop]], providers: Sequence[object]) -> None:
    """Print the time to find the positions and the time to decide."""
    places = list(dict.fromkeys([HERE, *(stop.place for stops in sets for stop in stops)]))
    found: dict[Place, Position] = {}

    async def find() -> None:
        found.update(await locate(places, providers))  # type: ignore[arg-type]  # each is a provider

    async def decide() -> None:
        assert len(decide_rank_by_distance(HERE, sets, found, "mi", "ASC")) == len(sets)

    shape = f"{len(sets)} sets × {len(sets[0])} locations"
    for what, (fastest, median) in (("positions", await timed(runs, find)), ("decision", await timed(runs, decide))):
        print(f"{shape:<28} {what:<10} fastest {fastest:8.1f} ms, median {median:8.1f} ms")


async def fill(connection: asyncpg.Connection, path: Path, rows: int) -> None:
    """Import `rows` codes of another country, and print how long it took."""
    with path.open("w") as file:
        file.write("country,postal_code,latitude,longitude\n")
        file.writelines(f"PT,{n:07d},{n % 180 - 89.5},{n % 360 - 179.5}\n" for n in range(rows))
    began = time.perf_counter()
    report = await import_postal_file(connection, path, lambda _: None)
    seconds = time.perf_counter() - began
    print(f"import of {report.codes} codes        {seconds * 1000:9.1f} ms, {report.codes / seconds:,.0f} a second")


if __name__ == "__main__":
    made = argparse.ArgumentParser(prog="python -m bench.rank_by_distance", description=__doc__)
    made.add_argument("--runs", type=int, default=9)
    made.add_argument("--imported", type=int, default=1_000_000, help="rows of the own table")
    options = made.parse_args(sys.argv[1:])
    asyncio.run(measure(options.runs, options.imported))
