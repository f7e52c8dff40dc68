"""The same question put to a solver: Google OR-Tools' CP-SAT. First the smallest size, then all solutions of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

Route = tuple[int, ...]


@dataclass(frozen=True)
class Solved:
    """What the solver found. `size` is None when no combination exists; `whole` says that nothing is missing."""

    size: int | None
    routes: frozenset[Route]
    whole: bool


class _Collector(cp_model.CpSolverSolutionCallback):
    """Keeps every solution, `most` at most."""

    def __init__(self, chosen: Sequence[cp_model.IntVar], most: int) -> None:
        super().__init__()
        self._chosen = chosen
        self._most = most
        self.routes: set[Route] = set()

    def on_solution_callback(self) -> None:
        self.routes.add(tuple(n for n, choice in enumerate(self._chosen) if self.boolean_value(choice)))
        if len(self.routes) >= self._most:
            self.stop_search()


def solve(needs: Sequence[int], held: Sequence[Sequence[int]], largest: int, most: int, seconds: float) -> Solved:
    """All smallest sets of locations, `largest` at most, that hold `needs` together; at most `most`, in `seconds`."""
    until = time.monotonic() + seconds
    model, chosen = _model(needs, held)
    model.add(sum(chosen) <= largest)
    model.minimize(sum(chosen))
    solver = _solver(until)
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return Solved(None, frozenset(), whole=True)
    if status != cp_model.OPTIMAL:
        return Solved(None, frozenset(), whole=False)
    size = round(solver.objective_value)
    model, chosen = _model(needs, held)
    model.add(sum(chosen) == size)
    solver = _solver(until)
    solver.parameters.enumerate_all_solutions = True
    collector = _Collector(chosen, most)
    status = solver.solve(model, collector)
    return Solved(size, frozenset(collector.routes), whole=status in {cp_model.OPTIMAL, cp_model.INFEASIBLE})


def _model(needs: Sequence[int], held: Sequence[Sequence[int]]) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
    model = cp_model.CpModel()
    chosen = [model.new_bool_var(f"location {number}") for number in range(len(held))]
    for sku, need in enumerate(needs):
        model.add(sum(row[sku] * choice for row, choice in zip(held, chosen, strict=True)) >= need)
    return model, chosen


def _solver(until: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(until - time.monotonic(), 0.001)
    solver.parameters.num_workers = 1
    return solver
