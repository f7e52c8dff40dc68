"""Jobs go on where they stopped, whatever happened to the worker, and no row is written twice."""

import asyncio
from typing import Any

import asyncpg
import pytest

from orderwright.jobs import bulk as jobs
from orderwright.jobs import bulk_rows
from orderwright.jobs.bulk import carry_out_rows, forget_jobs
from orderwright.jobs.bulk_pieces import Pieces
from orderwright.store.bulk_insert import insert_rows
from orderwright.store.database import Database
from tests.rest.bulk.bulking import INGEST, Bulk, csv_of
from tests.rest.calling import row_counts

ROWS = 20


@pytest.fixture(autouse=True)
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few rows, and transactions of three of them."""
    monkeypatch.setattr("orderwright.rest.bulk.receive.PIECE_BYTES", 200)
    monkeypatch.setattr(bulk_rows, "MOST_ROWS", 3)


def accounts(name: str, count: int = ROWS) -> str:
    return csv_of(*({"Name": f"{name} {n}", "BillingCity": "Somewhere far away"} for n in range(count)))


async def names(bulk: Bulk, name: str) -> list[str]:
    found = await bulk.query(f"SELECT Name FROM Account WHERE Name LIKE '{name} %' ORDER BY Id")  # noqa: S608  # SOQL
    return [row["Name"] for row in found]


class Killed(BaseException):
    """A worker that ends without a word."""


@pytest.mark.parametrize("place", ["write_sheet", "save_outcomes", "save_progress"])
async def test_a_worker_that_is_killed(bulk: Bulk, monkeypatch: pytest.MonkeyPatch, place: str):
    job = await bulk.ready("Account", "insert", accounts(place))
    original, calls = getattr(jobs, place), 0

    async def killed(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        result = await original(*arguments)
        if calls % 2 == 0:
            raise Killed
        return result

    monkeypatch.setattr(jobs, place, killed)
    processed = []
    while (info := await bulk.info(job))["state"] != "JobComplete":
        processed.append(info["numberRecordsProcessed"])
        try:
            await carry_out_rows(bulk.store, bulk.writers)
        except Killed:
            assert (await bulk.info(job))["numberRecordsProcessed"] == processed[-1]
    assert calls > ROWS / 3
    assert processed == sorted(processed)
    assert sorted(await names(bulk, place)) == sorted(f"{place} {n}" for n in range(ROWS))
    written = await bulk.written(job)
    assert [row["Name"] for row in written] == [f"{place} {n}" for n in range(ROWS)]
    assert len({row["sf__Id"] for row in written}) == ROWS


async def test_two_workers_share_a_job(bulk: Bulk):
    first = [await bulk.ready("Account", "insert", accounts(f"shared{n}")) for n in range(3)]

    async def work() -> int:
        pieces, done = Pieces(bulk.store.database), 0
        for _ in range(60):
            done += await carry_out_rows(bulk.store, bulk.writers, pieces)
        return done

    assert min(await asyncio.gather(work(), work())) > 0
    for n, job in enumerate(first):
        assert (await bulk.info(job))["numberRecordsProcessed"] == ROWS
        assert sorted(await names(bulk, f"shared{n}")) == sorted(f"shared{n} {i}" for i in range(ROWS))


async def test_a_small_job_does_not_wait_for_a_large_one(bulk: Bulk):
    large = await bulk.ready("Account", "insert", accounts("large", 200))
    for _ in range(9):
        await carry_out_rows(bulk.store, bulk.writers)
    assert (await bulk.info(large))["state"] == "InProgress"
    small = await bulk.ready("Account", "insert", accounts("small", 2))
    await carry_out_rows(bulk.store, bulk.writers)
    assert (await bulk.info(small))["state"] == "JobComplete"
    await bulk.api.send("PATCH", f"{INGEST}/{large}", {"state": "Aborted"})
    assert await bulk.work() == 0
    done = (await bulk.info(large))["numberRecordsProcessed"]
    assert 0 < done < 200
    assert len(await bulk.written(large)) == len(await names(bulk, "large")) == done
    rest = await bulk.results(large, "unprocessedRecords")
    assert [row["Name"] for row in rest] == [f"large {n}" for n in range(done, 200)]


async def test_a_fault_of_ours_costs_the_row_that_meets_it(bulk: Bulk, monkeypatch: pytest.MonkeyPatch):
    """The rows that were to be written with it are then written one at a time."""
    original = insert_rows

    async def broken(session: Any, definition: Any, columns: Any, rows: Any, making: Any) -> Any:
        kept = list(rows)
        if any("fault 4" in row for row in kept):
            raise ValueError("a fault")
        if any("fault 7" in row for row in kept):
            raise asyncpg.UniqueViolationError("twice")
        return await original(session, definition, columns, kept, making)

    monkeypatch.setattr(bulk_rows, "insert_rows", broken)
    job = await bulk.run("Account", "insert", accounts("fault"))
    failed = {row["Name"]: row["sf__Error"].partition(":")[0] for row in await bulk.failed(job)}
    assert failed == {"fault 4": "UNKNOWN_EXCEPTION", "fault 7": "DUPLICATE_VALUE"}
    info = await bulk.info(job)
    assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == ("JobComplete", ROWS, 2)
    assert len(await names(bulk, "fault")) == ROWS - 2


async def test_a_database_that_is_away_costs_nothing(bulk: Bulk, monkeypatch: pytest.MonkeyPatch):
    job = await bulk.ready("Account", "insert", accounts("away"))

    async def away(*_: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "save_progress", away)
        with pytest.raises(ConnectionResetError):
            await carry_out_rows(bulk.store, bulk.writers)
    await bulk.work()
    assert (await bulk.info(job))["numberRecordsFailed"] == 0
    assert len(await names(bulk, "away")) == ROWS


async def test_a_transaction_writes_to_one_shard(bulk: Bulk, database: Database):
    await bulk.run("Account", "insert", accounts("shard"))
    shards = await database.main.fetch(
        "SELECT shard, count(*) AS rows FROM account WHERE name LIKE 'shard %' GROUP BY 1"
    )
    assert len(shards) > ROWS / 3 - 1
    assert max(row["rows"] for row in shards) <= 3


async def test_old_jobs_are_forgotten(bulk: Bulk, clock: Any, database: Database):
    """A week after they last changed; what never came whole after a day."""
    job = await bulk.run("Account", "insert", accounts("old"))
    half = (await bulk.create("Account", "insert"))["id"]
    await database.main.execute(
        "INSERT INTO bulk.batch (id, job_id, state, created_date, system_modstamp) "
        "VALUES ('half', $1, 'Receiving', $2, $2)",
        half[:15],
        clock(),
    )
    before = await row_counts(database)
    clock.now = clock.now.replace(day=8)
    assert await forget_jobs(bulk.store) == 1
    kept = await database.main.fetch("SELECT id FROM bulk.job WHERE id = ANY ($1)", [job[:15], half[:15]])
    assert len(kept) == 2
    clock.now = clock.now.replace(day=9)
    while await forget_jobs(bulk.store):
        pass
    assert await database.main.fetchval("SELECT count(*) FROM bulk.piece") == 0
    assert await database.main.fetchval("SELECT count(*) FROM bulk.job") == 0
    assert await row_counts(database) == before
