"""What a torture came to: counts by step, kill and fault, outcomes, and what was wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.torture.matrix import CAPTURE_FAULTS, KILLS, NOTHING, OPERATIONS, STEPS
from tests.torture.run import Result

MOST_STORIES = 5


@dataclass
class Report:
    """Results, in the order of their runs. `broken_rules`: the first that verify found of each."""

    cells: int
    results: list[Result] = field(default_factory=list)
    processes: list[Result] = field(default_factory=list)
    """Of orders whose worker was a real process."""
    broken_rules: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> list[Result]:
        return [result for result in (*self.results, *self.processes) if result.problems]

    @property
    def is_clean(self) -> bool:
        return not self.failed and not self.broken_rules

    def text(self, seconds: float) -> str:
        """The report, for people."""
        parts = [self._stories(), self._steps(), self._faults(), self._killed(), self._counts(), self._verdict(seconds)]
        return "\n\n".join(part for part in parts if part)

    def _stories(self) -> str:
        told = [
            "\n".join([f"VIOLATION in {result.name} {result.cell}", *result.problems, result.story, result.again])
            for result in self.failed[:MOST_STORIES]
        ]
        more = [f"VIOLATION in {r.name} {r.cell}: {r.problems[0]}\n{r.again}" for r in self.failed[MOST_STORIES:]]
        return "\n\n".join([*told, *more, *(f"BROKEN RULE {text}" for text in self.broken_rules.values())])

    def _steps(self) -> str:
        head = f"{'runs (of which the kill fell)':30}" + "".join(
            f"{operation + ', ' + kill:>20}" for operation in OPERATIONS for kill in KILLS
        )
        return "\n".join([head, *(self._step(step) for step in STEPS)])

    def _step(self, step: str) -> str:
        shown = [self._share(operation, step, kill) for operation in OPERATIONS for kill in KILLS]
        return f"{step:30}" + "".join(f"{text:>20}" for text in shown)

    def _share(self, operation: str, step: str, kill: str) -> str:
        found = [r for r in self.results if (r.cell.operation, r.cell.step, r.cell.kill) == (operation, step, kill)]
        return f"{len(found)} ({sum(result.struck for result in found)})"

    def _faults(self) -> str:
        head = f"{'runs by fault':30}{'Capture':>10}{'Refund':>10}{'without kill':>14}"
        return "\n".join([head, *(self._fault(fault) for fault in CAPTURE_FAULTS)])

    def _fault(self, fault: str) -> str:
        cells = [result.cell for result in self.results if result.cell.fault == fault]
        by = [sum(cell.operation == operation for cell in cells) for operation in OPERATIONS]
        return f"{fault:30}{by[0]:>10}{by[1]:>10}{sum(cell.kill == NOTHING for cell in cells):>14}"

    def _killed(self) -> str:
        found = Counter((result.cell.operation, result.cell.step, result.cell.kill) for result in self.processes)
        lines = [f"{operation + ', ' + step:30}{kill:>20}{n:>10}" for (operation, step, kill), n in found.items()]
        return "\n".join(["orders with a real worker process", *lines]) if lines else ""

    def _counts(self) -> str:
        counts = sum((result.counts for result in (*self.results, *self.processes)), Counter[str]())
        return "\n".join(f"{name:40}{counts[name]:>8}" for name in sorted(counts))

    def _verdict(self, seconds: float) -> str:
        visited, struck = self._distinct(self.results), self._distinct([r for r in self.results if r.struck])
        return (
            f"{len(self.results)} runs in {seconds:.0f} s ({seconds / max(1, len(self.results)):.2f} s each); "
            f"{visited} of {self.cells} cells visited, in {struck} of them the kill fell\n"
            f"{len(self.processes)} orders with a real worker process that was killed, or lost its database\n"
            f"{len(self.failed)} runs with a violation, {len(self.broken_rules)} broken rules"
        )

    @staticmethod
    def _distinct(results: Sequence[Result]) -> int:
        return len({result.cell for result in results})
