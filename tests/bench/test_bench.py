"""The whole benchmark, as short as can be: it runs, and its figures fit together; how large they are is not asked."""

import subprocess
import sys
from pathlib import Path

import msgspec

from bench.lifecycle import STEPS
from bench.run import Report

ROOT = Path(__file__).resolve().parents[2]


def test_a_short_run_reports_everything(tmp_path: Path):
    file = tmp_path / "report.json"
    options = [
        "--seconds",
        "1",
        "--rounds",
        "1",
        "--concurrency",
        "2",
        "--idle",
        "1",
        "--funds",
        "4",
        "--json",
        str(file),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "bench", *options], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    report = msgspec.json.decode(file.read_bytes(), type=Report)

    written = report.written
    assert report.pgbench.rows + report.pgbench.left_out == written.inserted + written.updated + written.deleted
    assert report.pgbench.left_out <= 2  # a block of numbers may run out in the very lifecycle that is recorded
    assert report.pgbench.commits == report.written.writing_commits < report.written.commits < report.written.statements
    (load,) = report.loads
    assert [step.step for step in load.steps] == list(STEPS)
    assert load.lifecycles > 0
    assert all(0 < step.p50 <= step.p95 for step in load.steps)
    assert load.pgbench_per_second > load.per_second
    assert [funds.how for funds in report.funds] == ["1 at once", "8 at once", "backlog of 4"]
    assert [funds.operations for funds in report.funds] == [1, 4, 4]
    for funds in report.funds:
        parts = funds.parts
        assert min(parts.queue, parts.database, parts.gateway, parts.python, funds.per_second) > 0
    assert "backlog of 4: once begun, " in done.stdout
    assert "2 at once" in done.stdout
    assert f"ratio {load.ratio:.2f}" in done.stdout
