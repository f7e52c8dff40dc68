"""The bulk jobs' part of the report."""

from __future__ import annotations

import statistics

from rich.table import Table

from bench.bulk import PROMISED, Ingested
from bench.report import console


def print_bulk(found: tuple[Ingested, ...]) -> None:
    """Print how long ingests take beside COPY of the same rows, and the processor time of both."""
    console.print(
        f"\n[bold]Bulk API 2.0 ingest[/] of {found[0].rows:,} rows with 7 or 8 fields; one worker carries it out"
    )
    names = list(found[0].cpu_seconds)
    times = ("received", "carried out", "both", "COPY", "carried out / COPY", "both / COPY", "promised")
    table = Table("seconds", *times, box=None)
    for each in found:
        received, carried_out, copied = (
            statistics.median(seconds)
            for seconds in (each.uploaded_seconds, each.carried_out_seconds, each.copied_seconds)
        )
        cells = [f"{seconds:.2f}" for seconds in (received, carried_out, each.ingested_seconds, copied)]
        ratios = [f"{each.times_copy_processing:.1f}", f"{each.times_copy:.1f}", f"at most {PROMISED}"]
        table.add_row(each.object, *cells, *ratios)
    console.print(table)
    used = Table("CPU µs per row", *names, "PostgreSQL, for COPY alone", box=None)
    for each in found:
        cells = [f"{1e6 * each.cpu_seconds[name] / each.rows:.1f}" for name in names]
        used.add_row(each.object, *cells, f"{1e6 * each.copy_cpu_seconds / each.rows:.1f}")
    console.print(used)
    console.print()
