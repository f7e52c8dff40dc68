"""python -m tests.torture: the fault matrix of payments, at any size. Exit code 1 when anything is wrong."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time

import uvloop

from tests.torture.matrix import all_cells, chosen_cells
from tests.torture.processes import kill_processes
from tests.torture.report import Report
from tests.torture.run import Result
from tests.torture.torture import torture


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--runs", type=int, default=len(all_cells()), help="how many [default: each cell once]")
    parser.add_argument("--seed", type=int, default=1, help="what everything is drawn from")
    parser.add_argument("--run", type=int, help="only the run with this number, with its story")
    parser.add_argument(
        "--only", metavar="STEP:FAULT:KILL", help="only these cells; * for any, Capture: or Refund: before"
    )
    parser.add_argument("--processes", type=int, default=0, metavar="ROUNDS", help="also kill real worker processes")
    return parser.parse_args()


def main() -> int:
    """Torture as the command line says; the exit code."""
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # pools that lost their server say so at length
    chosen = arguments()
    began = time.monotonic()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        report = runner.run(matrix(chosen))
        if chosen.processes:
            report.processes += runner.run(kill_processes(chosen.processes, chosen.seed, progress=show))
    if chosen.run is None:
        say(report.text(time.monotonic() - began))
    else:
        say("\n".join([report.results[0].story, *report.results[0].problems, *report.broken_rules.values()]))
    return 0 if report.is_clean else 1


async def matrix(chosen: argparse.Namespace) -> Report:
    runs = range(chosen.runs) if chosen.run is None else [chosen.run]
    return await torture(runs, chosen.seed, chosen_cells(chosen.only), only=chosen.only, progress=show)


def say(text: str) -> None:
    """Printing belongs here: this is a command."""
    print(text, flush=True)  # noqa: T201


def show(result: Result) -> None:
    """One line per run."""
    what = "VIOLATION" if result.problems else "ok" if result.struck else "ok, not reached"
    say(f"{result.name:16} {result.cell!s:70} {result.seconds:6.2f} s  {what}")


if __name__ == "__main__":
    sys.exit(main())
