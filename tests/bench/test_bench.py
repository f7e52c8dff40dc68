"""The whole benchmark, as short as can be: it runs, and its figures fit together; how large they are is not asked."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from bench.__main__ import Figures, effort_of, parser
from bench.effort import SHORT, Effort
from bench.lifecycle import STEPS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def short_run(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Everything that `python -m bench --short` printed, and its figures."""
    file = tmp_path_factory.mktemp("bench") / "figures.json"
    command = [sys.executable, "-m", "bench", "--short", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(text=done.stdout, figures=msgspec.json.decode(file.read_bytes(), type=Figures))


def test_the_lifecycle_is_reported_beside_pgbench_that_writes_the_same(short_run: SimpleNamespace):
    report = short_run.figures.lifecycle
    written = report.written
    assert report.pgbench.rows + report.pgbench.left_out == written.inserted + written.updated + written.deleted
    assert report.pgbench.left_out <= 2  # a block of numbers may run out in the very lifecycle that is recorded
    assert report.pgbench.commits == written.writing_commits < written.commits < written.statements
    (load,) = report.loads
    assert [step.step for step in load.steps] == list(STEPS)
    assert load.lifecycles > 0
    assert all(0 < step.p50 <= step.p95 for step in load.steps)
    assert load.pgbench_per_second > load.per_second
    assert "2 at once" in short_run.text
    assert f"ratio {load.ratio:.2f}" in short_run.text


def test_funds_are_reported_by_where_their_time_goes(short_run: SimpleNamespace):
    found = short_run.figures.lifecycle.funds
    assert [(funds.how, funds.operations) for funds in found] == [
        ("1 at once", 1),
        ("8 at once", 2),
        ("backlog of 2", 2),
    ]
    for funds in found:
        parts = funds.parts
        assert min(parts.queue, parts.database, parts.gateway, parts.python, funds.per_second) > 0
    assert "backlog of 2: once begun, " in short_run.text


def test_the_inventory_is_reported_beside_copy_and_what_is_promised(short_run: SimpleNamespace):
    found = short_run.figures.inventory
    assert [upload.records for upload in found.uploads] == [SHORT.records] * 3
    assert [upload.reservations > 0 for upload in found.uploads] == [False, False, True]
    assert all(0 < upload.per_second < found.copied_per_second for upload in found.uploads)
    meanwhile = found.uploads[-1].latency
    assert 0 < meanwhile.p50 <= meanwhile.p95 <= meanwhile.p99 <= meanwhile.longest
    assert found.memory.keys() == found.uploads[-1].memory.keys() == {"API", "worker"}
    assert [cost.limit for cost in found.costs] == [40, 40, 10]
    for cost in found.costs:
        assert f"{sum(cost.cpu_milliseconds.values()):.1f}" in short_run.text
        assert f"under {cost.limit}" in short_run.text


def test_routing_is_reported_for_each_number_of_splits_beside_the_solver(short_run: SimpleNamespace):
    cells = short_run.figures.routing
    assert [(cell.locations, cell.splits) for cell in cells] == [(50, splits) for splits in range(5)]
    for cell in cells:
        (case,) = cell.cases
        assert min(case.seconds, case.solver_seconds, case.checked, case.routes) > 0
    assert "CP-SAT ms" in short_run.text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], Effort()),
        (["--short"], SHORT),
        (["--records", "1000000"], Effort(records=1_000_000)),
        (["--short", "--concurrency", "1", "4"], msgspec.structs.replace(SHORT, concurrency=(1, 4))),
    ],
)  # fmt: skip
def test_what_the_command_line_names_goes_before_what_is_usual(arguments: list[str], expected: Effort):
    assert effort_of(parser().parse_args(arguments)) == expected


def test_bulk_ingests_are_reported_beside_copy_of_the_same_rows(short_run: SimpleNamespace):
    found = short_run.figures.bulk
    assert [(each.object, each.rows) for each in found] == [("Account", SHORT.bulk), ("Product2", SHORT.bulk)]
    for each in found:
        assert each.ingested_seconds > max(each.carried_out_seconds) / 2 > 0
        assert each.times_copy > each.times_copy_processing > 0
        assert f" {each.times_copy:.1f} " in short_run.text


def test_all_is_measured_unless_parts_are_named():
    assert parser().parse_args([]).only == ("lifecycle", "inventory", "bulk", "routing")
    assert parser().parse_args(["--only", "routing"]).only == ["routing"]
    assert Effort().routing == (50, 200, 1000)
