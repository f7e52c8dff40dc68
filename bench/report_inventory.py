"""The inventory's part of the report."""

from __future__ import annotations

from rich.table import Table

from bench.inventory import Inventory, Uploaded
from bench.report import console


def print_inventory(found: Inventory) -> None:
    """Print all figures of the inventory; what the project promises last."""
    print_uploads(found)
    print_requests(found)


def print_uploads(found: Inventory) -> None:
    """Print how fast files are carried out, what that costs, and what reservations waited meanwhile."""
    records = found.uploads[0].records
    console.print(f"\n[bold]Inventory uploads[/] of {records:,} records each; one worker carries them out")
    names = list(found.uploads[0].cpu_seconds)
    table = Table("CPU µs per record", *names, "s received", "s carried out", "records/s", "of COPY's", box=None)
    for done in found.uploads:
        cpu = (f"{1e6 * done.cpu_seconds[name] / done.records:.1f}" for name in names)
        times = (f"{done.received_seconds:.1f}", f"{done.carried_out_seconds:.1f}", f"{done.per_second:,.0f}")
        table.add_row(done.what, *cpu, *times, f"1/{found.copied_per_second / done.per_second:.1f}")
    console.print(table)
    console.print(
        f"  COPY of as many rows into such a table: {found.copied_per_second:,.0f}/s; it reads no JSON, checks nothing "
        "and keeps no ledger"
    )
    for done in found.uploads:
        print_meanwhile(done)
    before, most = (megabytes(each) for each in (found.memory, found.uploads[-1].memory))
    console.print(f"  memory before: {before}; at most: {most}\n")


def print_meanwhile(done: Uploaded) -> None:
    """Print what reservations had to wait."""
    if done.latency is None:
        return
    took = done.latency
    console.print(
        f"  {done.reservations:,} reservations of 3 SKUs meanwhile ({done.refused} refused), ms: "
        f"median {took.p50:.1f}, p95 {took.p95:.1f}, p99 {took.p99:.1f}, longest {took.longest:.1f}"
    )


def megabytes(memory: dict[str, int]) -> str:
    return ", ".join(f"{name} {size / 2**20:.0f} MiB" for name, size in memory.items())


def print_requests(found: Inventory) -> None:
    """Print what single requests cost, beside what they may."""
    names = list(found.costs[0].cpu_milliseconds)
    table = Table("CPU ms, one at a time", *names, "both", "promised", "answered in ms: p50", "p99", box=None)
    for cost in found.costs:
        used = [cost.cpu_milliseconds[name] for name in names]
        cells = (*(f"{value:.1f}" for value in (*used, sum(used))), f"under {cost.limit}")
        table.add_row(cost.what, *cells, f"{cost.latency.p50:.1f}", f"{cost.latency.p99:.1f}")
    console.print(table)
    console.print()
