"""The command itself: everything started, real orders replayed, processes killed in the middle."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import psutil
import pytest

from orderwright.store.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120
TABLES = ("order_summary", "order_payment_summary", "payment_authorization", "fulfillment_order", "invoice", "payment")


@pytest.fixture
def data():
    # In /tmp: pytest's own folders are closed to the user PostgreSQL runs as, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="ow-demo-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder)


def start(data, limit):
    return subprocess.Popen(
        [sys.executable, "-m", "orderwright", "demo", "--data", str(data), "--limit", str(limit)],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
    )


def finish(process):
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, (out, err)
    return out


def wait_for_steps(data, step, number):
    """Return once the journal notes `number` steps of this name."""
    journal, ends = data / "demo-journal.jsonl", time.monotonic() + PATIENCE_SECONDS
    while not journal.exists() or journal.read_bytes().count(f'"{step}":true'.encode()) < number:
        assert time.monotonic() < ends
        time.sleep(0.02)


def kill_worker(process):
    for child in psutil.Process(process.pid).children():
        if "worker-1" in child.cmdline():
            child.kill()
            return
    raise AssertionError("no worker runs")


def counted(data):
    """How many records there are: original orders, change orders, refunds, and of each of TABLES."""

    async def count(url):
        connection = await asyncpg.connect(url)
        try:
            orders = await connection.fetchval('SELECT count(*) FROM "order" WHERE related_order_id IS NULL')
            changes = await connection.fetchval('SELECT count(*) FROM "order" WHERE related_order_id IS NOT NULL')
            refunds = await connection.fetchval("SELECT count(*) FROM refund")
            others = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}  # noqa: S608
            return orders, changes, refunds, others
        finally:
            await connection.close()

    with EmbeddedPostgres.open(data) as postgres:
        return asyncio.run(count(postgres.url))


def test_real_orders_go_all_the_way_and_the_money_agrees(data):
    out = finish(start(data, 20))
    assert "20  orders placed" in out
    assert "✓ 20 orders read back" in out
    assert "No violation" in out
    assert "discount (D)" in out, "what was left out is told"
    assert "CC BY 4.0" in out
    orders, changes, refunds, others = counted(data)
    assert (orders, changes, refunds) == (20, changes, changes)
    assert others == dict.fromkeys(TABLES, 20)


def test_a_killed_demo_and_a_killed_worker_lose_nothing_and_repeat_nothing(data):
    first = start(data, 40)
    wait_for_steps(data, "fulfil", 6)
    first.kill()
    first.communicate()
    second = start(data, 40)
    wait_for_steps(data, "fulfil", 14)
    kill_worker(second)
    out = finish(second)
    assert "✓ 40 orders read back" in out
    orders, changes, refunds, others = counted(data)
    assert (orders, changes, refunds) == (40, changes, changes)
    assert changes > 0
    assert others == dict.fromkeys(TABLES, 40)
    assert "an earlier run had done it all" in finish(start(data, 40))
    assert counted(data) == (orders, changes, refunds, others)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        ("a,b\n1,2\n", "it lacks the columns InvoiceNo"),
        ("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n", "has no rows"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_refused_before_anything_starts(tmp_path, content, words):
    file = tmp_path / "orders.csv"
    if content is not None:
        file.write_text(content)
    command = [sys.executable, "-m", "orderwright", "demo", "--orders", str(file), "--data", str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()
