"""python -m bench: starts a throw-away server, measures, prints the report."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import uvloop

from bench.bulk import Ingested, measure_bulk
from bench.effort import SHORT, Effort
from bench.inventory import Inventory, measure_inventory
from bench.report import print_report
from bench.report_bulk import print_bulk
from bench.report_inventory import print_inventory
from bench.routing import Cell, measure_routing, print_routing
from bench.run import Report, measure
from bench.server import serving

PARTS = ("lifecycle", "inventory", "bulk", "routing")


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one run; None for a part that was left out."""

    lifecycle: Report | None = None
    inventory: Inventory | None = None
    bulk: tuple[Ingested, ...] | None = None
    routing: tuple[Cell, ...] | None = None


def main(arguments: list[str]) -> None:
    """Measure as the command line says, and print each part when it is done."""
    options = parser().parse_args(arguments)
    figures = measure_parts(options.only, effort_of(options))
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))


def measure_parts(parts: Sequence[str], effort: Effort) -> Figures:
    """What needs a server has it for itself; routes are found here, when it has ended."""
    lifecycle, inventory, bulk, routing = None, None, None, None
    if {"lifecycle", "inventory", "bulk"} & set(parts):
        with serving() as server, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            if "lifecycle" in parts:
                lifecycle = runner.run(measure(server, effort))
                print_report(lifecycle)
            if "inventory" in parts:
                inventory = runner.run(measure_inventory(server, effort))
                print_inventory(inventory)
            if "bulk" in parts:
                bulk = runner.run(measure_bulk(server, effort))
                print_bulk(bulk)
    if "routing" in parts:
        routing = tuple(measure_routing(effort.routing, effort.cases, effort.solver_seconds))
        print_routing(routing)
    return Figures(lifecycle=lifecycle, inventory=inventory, bulk=bulk, routing=routing)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    made.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts (default: all)")
    made.add_argument("--short", action="store_true", help="as little as shows that it works; no figures to believe")
    made.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to FILE")
    number(made, "seconds", "per concurrency, for us and for pgbench")
    number(made, "rounds", "in how many rounds, one after the other")
    made.add_argument("--concurrency", type=int, nargs="+", help="lifecycles at once (default: 1 8)")
    number(made, "idle", "background operations on an idle system")
    number(made, "funds", "ensure-funds operations in each round")
    number(made, "cases", "orders to route for each number of locations and splits")
    made.add_argument("--solver-seconds", type=float, help="that the solver gets for each of them (default: 1)")
    number(made, "bulk", "rows in each bulk ingest")
    number(made, "records", "in each of three inventory uploads; the proof of the manual's size is 1000000")
    return made


def number(made: argparse.ArgumentParser, name: str, what: str) -> None:
    made.add_argument(f"--{name}", type=int, help=f"{what} (default: {getattr(Effort(), name)})")


def effort_of(options: argparse.Namespace) -> Effort:
    """The effort that the command line asks for: what it names, on top of the usual one or the short one."""
    named = {name: getattr(options, name, None) for name in Effort.__struct_fields__}
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in named.items() if value}
    return msgspec.structs.replace(SHORT if options.short else Effort(), **given)


if __name__ == "__main__":
    main(sys.argv[1:])
