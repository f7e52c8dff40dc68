"""A slice of the fault matrix: `make torture` goes through all of it."""

import logging

import pytest

from orderwright.arithmetic.money import is_at_scale
from tests.torture.matrix import FAULTS, KILLS, OPERATIONS, STEPS, all_cells, cell_of, chosen_cells
from tests.torture.processes import kill_processes
from tests.torture.scenario import SCALES, draw
from tests.torture.torture import torture

SEED = 4
RUNS = 40


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture):
    """Connection pools whose server was killed say so at length."""
    caplog.set_level(logging.CRITICAL, "asyncpg")


async def test_after_any_fault_and_any_kill_both_books_agree():
    report = await torture(range(RUNS), SEED, all_cells())
    assert report.is_clean, report.text(0)
    # A torture that strikes nothing proves nothing.
    assert sum(result.struck for result in report.results) > RUNS * 0.8
    assert sum(result.counts["captures"] for result in report.results) > RUNS
    assert sum(result.counts["refunds"] for result in report.results) > RUNS


async def test_a_killed_worker_process_is_taken_over_from():
    results = await kill_processes(1, SEED)
    assert [problem for result in results for problem in [*result.problems, result.story] if result.problems] == []


def test_the_matrix_has_every_step_with_every_fault_and_every_kill():
    cells = all_cells()
    assert len(set(cells)) == len(cells)
    combinations = {(cell.operation, cell.step, cell.fault, cell.kill) for cell in cells}
    assert {(o, s, f, k) for o in OPERATIONS for s in STEPS for f in FAULTS for k in KILLS} <= combinations
    assert {cell_of(run, 1, cells) for run in range(len(cells))} == set(cells)


def test_a_run_can_be_repeated():
    cells = all_cells()
    assert draw(cell_of(17, 3, cells), 3, 17) == draw(cell_of(17, 3, cells), 3, 17)
    assert draw(cells[0], 3, 17) != draw(cells[0], 3, 18)


@pytest.mark.parametrize("run", range(50))
def test_the_tenders_of_a_scenario_cover_its_order_and_leave_something_to_capture(run: int):
    scenario = draw(all_cells()[run], 1, run)
    paid = sum(amount for tender in scenario.tenders for amount in tender.amounts)
    sold = sum(amount for tender in scenario.tenders if tender.kind == "sale" for amount in tender.amounts)
    assert paid >= scenario.total > sold * 2
    assert all(amount > 0 for tender in scenario.tenders for amount in tender.amounts)
    amounts = [amount for tender in scenario.tenders for amount in tender.amounts]
    assert all(is_at_scale(amount, SCALES[scenario.currency]) for amount in amounts)
    shipped = {name: sum(parcel.get(name, 0) for parcel in scenario.shipments) for name in scenario.lines}
    assert shipped == {name: line.units for name, line in scenario.lines.items()}


def test_cells_can_be_chosen():
    assert {cell.kill for cell in chosen_cells("booked:*:server")} == {"server"}
    assert {(cell.operation, cell.fault) for cell in chosen_cells("Refund:*:slow:*")} == {("Refund", "slow")}
    with pytest.raises(ValueError, match="no cell"):
        chosen_cells("nowhere:slow:worker")
