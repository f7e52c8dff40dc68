"""python -m bench: starts a throw-away server, measures, prints the report."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

import msgspec
import uvloop

from bench.report import print_report
from bench.run import Report, measure
from bench.server import serving


def main(arguments: list[str]) -> None:
    """Measure as the command line says, and print."""
    options = parser().parse_args(arguments)
    with serving() as server, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        report: Report = runner.run(
            measure(server, options.concurrency, options.seconds, options.rounds, options.idle, options.funds)
        )
    print_report(report)
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    made.add_argument("--seconds", type=int, default=15, help="per concurrency, for us and for pgbench (default: 15)")
    made.add_argument("--rounds", type=int, default=3, help="in how many rounds, one after the other (default: 3)")
    made.add_argument("--concurrency", type=int, nargs="+", default=[1, 8], help="lifecycles at once (default: 1 8)")
    made.add_argument("--idle", type=int, default=50, help="background operations on an idle system (default: 50)")
    made.add_argument("--funds", type=int, default=60, help="ensure-funds operations in each round (default: 60)")
    made.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to FILE")
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
