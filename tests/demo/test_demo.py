"""The command itself: everything started, real orders replayed, processes killed in the middle."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO
from pathlib import Path

import asyncpg
import psutil
import pytest
from rich.console import Console
from rich.progress import Progress

from orderwright.demo.report import print_report
from orderwright.demo.run import Access, Wish, run
from orderwright.store.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120
TABLES = ("order_summary", "payment_authorization", "fulfillment_order", "invoice")
TENDERS = ("order_payment_summary", "payment")
COUNTED = (*TABLES, *TENDERS)


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
    """How many records there are: original orders, change orders, refunds, and of each of TABLES and TENDERS."""

    async def count(url):
        connection = await asyncpg.connect(url)
        try:
            orders = await connection.fetchval('SELECT count(*) FROM "order" WHERE related_order_id IS NULL')
            changes = await connection.fetchval('SELECT count(*) FROM "order" WHERE related_order_id IS NOT NULL')
            refunds = await connection.fetchval("SELECT count(*) FROM refund")
            counts = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in COUNTED]  # noqa: S608
            return orders, changes, refunds, dict(zip(COUNTED, counts, strict=True))
        finally:
            await connection.close()

    with EmbeddedPostgres.open(data) as postgres:
        return asyncio.run(count(postgres.url))


def expected(orders, two_tenders):
    """Records by table: one for each order, and of what each tender has, one more for orders paid with two."""
    return dict.fromkeys(TABLES, orders) | dict.fromkeys(TENDERS, orders + two_tenders)


def test_real_orders_go_all_the_way_and_the_money_agrees(data):
    out = finish(start(data, 20))
    assert "20  orders placed" in out
    assert "✓ 20 orders read back" in out
    assert "No violation" in out
    assert "discount (D)" in out, "what was left out is told"
    assert "CC BY 4.0" in out
    assert "Paid with (5 of 20 orders with two tenders)" in out
    assert re.search(r"Gift card +5 +£0.00 +£97.40 +£0.00", out)
    orders, changes, refunds, others = counted(data)
    assert (orders, changes, refunds) == (20, changes, changes)
    assert others == expected(20, 5)


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
    assert others == expected(40, 9)
    assert re.search(r"Gift card +9 +£0.00 +£166.10 +−£13.42", out), (
        "a refund goes to the smallest tender that covers it"
    )
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


def test_a_card_is_declined_once_and_the_operation_explains_itself(data):
    with EmbeddedPostgres.open(data) as postgres, serving(data) as url:
        client_id, client_secret = client_of(data)
        access = Access(url, client_id, client_secret, postgres.url)
        wish, journal = Wish(limit=2), data.parent / "journal"
        first, second = (asyncio.run(run(access, journal, wish, Progress(disable=True))) for _ in range(2))
    (declined,) = first.declined
    assert declined.invoice_no == "536365"
    assert (declined.then.outcome, declined.then.code) == ("PartlySucceeded", "declined")
    assert declined.then.message == "Capture of 119.12 GBP: Decline (The payment method was declined)"
    assert (declined.then.completed, declined.then.requested) == (Decimal("20.00"), Decimal("139.12"))
    assert (declined.now.outcome, declined.now.retries) == ("Succeeded", 1)
    assert first.is_right
    assert second.declined == first.declined, "another run has nothing to do, and tells the same"
    out = printed(first)
    assert "it said    PartlySucceeded: £20.00 of £139.12 done; declined" in out
    assert f"orderwright operation show {declined.operation_id}" in out


def client_of(data):
    """Id and secret of a new OAuth client."""
    command = [sys.executable, "-m", "orderwright", "client", "create", "demo", "--json", "--data", str(data)]
    command += ["--permission-set", "SystemAdministrator"]
    made = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return made["client_id"], made["client_secret"]


def printed(outcome):
    out = StringIO()
    print_report(Console(width=120, file=out), outcome, "", is_verified=None)
    return out.getvalue()


@contextmanager
def serving(data):
    """The address of a server on `data`."""
    command = [sys.executable, "-m", "orderwright", "serve", "--data", str(data), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)
