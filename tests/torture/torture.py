"""Many runs, one after the other, on one database; now and then every rule of `orderwright verify` is checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orderwright.store.ids import shard_of
from tests.torture.ground import Ground, prepared_ground
from tests.torture.matrix import Cell, cell_of
from tests.torture.report import Report
from tests.torture.run import Result, carry_out
from tests.torture.scenario import draw

VERIFY_EVERY = 100

Progress = Callable[[Result], None]


async def torture(
    runs: Sequence[int], seed: int, cells: Sequence[Cell], *, only: str | None = None, progress: Progress | None = None
) -> Report:
    """Carry out the runs with these numbers."""
    report = Report(len(cells))
    async with prepared_ground() as ground:
        for count, number in enumerate(runs, 1):
            result = await carry_out(ground, draw(cell_of(number, seed, cells), seed, number))
            result.again = f"python -m tests.torture --seed {seed} --run {number}" + (
                f" --only '{only}'" if only else ""
            )
            report.results.append(result)
            if progress is not None:
                progress(result)
            if count % VERIFY_EVERY == 0 or count == len(runs):
                await verify(ground, report)
    return report


async def verify(ground: Ground, report: Report) -> None:
    """Note the first record that breaks each rule, with the runs that may have done it."""
    for found in await ground.broken_rules():
        shard = shard_of(found.record_id)
        runs = [f"{result.name} {result.cell}" for result in report.results if result.shard == shard]
        report.broken_rules.setdefault(f"{found.rule} of {found.object}", f"{found.text} ({', '.join(runs)})")
