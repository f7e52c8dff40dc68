"""The report as text."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bench.funds_times import Parts
from bench.run import AtConcurrency, Report

console = Console(width=110, highlight=False)


def print_report(report: Report) -> None:
    """Print all figures; the two that the project promises last."""
    print_written(report)
    print_steps(report)
    print_changes(report)
    print_funds(report)
    print_cpu(report)
    print_rates(report)


def print_written(report: Report) -> None:
    """Print what one lifecycle does to the database, and what pgbench does for it."""
    written, script = report.written, report.pgbench
    console.print("\n[bold]One lifecycle[/]: order, 5 products and delivery, to refund")
    console.print(f"  rows        {written.inserted} inserted, {written.updated} updated, {written.deleted} deleted")
    console.print(f"  commits     {written.writing_commits} that write, {written.commits:.1f} in all")
    console.print(f"  statements  {written.statements:.1f}")
    left_out = f"; {script.left_out} changed rows are left out" if script.left_out else ""
    console.print(
        f"  pgbench     {script.rows} rows in {script.commits} commits by {script.statements} statements{left_out}"
    )
    table = Table("times", "ms", "statement", title="Dearest statements, per lifecycle", title_justify="left", box=None)
    for statement in report.written.dearest:
        table.add_row(f"{statement.executed:.1f}", f"{statement.milliseconds:.2f}", statement.text[:90])
    console.print(table)


def print_steps(report: Report) -> None:
    """Print how long each step took."""
    heads = [f"{load.concurrency} at once: p50" for load in report.loads], ["p95"] * len(report.loads)
    table = Table("milliseconds", *(head for pair in zip(*heads, strict=True) for head in pair), box=None)
    for number, step in enumerate(report.loads[0].steps):
        times = [load.steps[number] for load in report.loads]
        table.add_row(step.step, *(f"{value:.1f}" for each in times for value in (each.p50, each.p95)))
    picked = [load.pick_up for load in report.loads]
    table.add_row("operation picked up", *(f"{value:.1f}" for each in picked for value in (each.p50, each.p95)))
    console.print(table)
    idle = report.idle_pick_up
    console.print(
        f"On an idle system an operation is picked up after {idle.p50:.0f} ms (p50), {idle.p95:.0f} ms (p95), "
        f"{report.idle_pick_up_worst:.0f} ms at worst\n"
    )


def print_changes(report: Report) -> None:
    """Print what one preview and one submit cost."""
    names = list(report.changes[0].cpu_milliseconds)
    heads = (*(f"CPU ms {name}" for name in names), "answered in ms: p50", "p95")
    table = Table("one at a time", *heads, box=None)
    for cost in report.changes:
        cells = (*(f"{cost.cpu_milliseconds[name]:.1f}" for name in names), f"{cost.p50:.1f}", f"{cost.p95:.1f}")
        table.add_row(f"{cost.request} ({cost.requests})", *cells)
    console.print(table)
    console.print()


def print_funds(report: Report) -> None:
    """Print how many ensure-funds operations a second, where the time of one goes, and who used the processors."""
    console.print("[bold]Ensure funds[/], one capture each: milliseconds from asked for to done, and their share")
    places = ("queue", "database", "gateway", "Python")
    table = Table("", "a second", "in all", *places, "CPU ms worker", "PostgreSQL", box=None)
    for funds in report.funds:
        rates = (f"{funds.per_second:.1f}", f"{1000 * funds.parts.whole:.1f}")
        cpu = (f"{funds.cpu_milliseconds[name]:.1f}" for name in ("worker", "PostgreSQL"))
        table.add_row(funds.how, *rates, *shares(funds.parts), *cpu)
    console.print(table)
    for funds in report.funds:
        rounds = ", ".join(f"{rate:.1f}" for rate in funds.rounds)
        console.print(f"  {funds.how}: {shares_at_work(funds.parts)}  (rounds: {rounds} a second)")
    console.print()


def shares(parts: Parts) -> list[str]:
    """Each part in milliseconds, and its share of the whole."""
    each = (parts.queue, parts.database, parts.gateway, parts.python)
    return [f"{1000 * seconds:.1f} ({seconds / parts.whole:.0%})" for seconds in each]


def shares_at_work(parts: Parts) -> str:
    """What each part is of the time after the queue."""
    each = (("database", parts.database), ("gateway", parts.gateway), ("Python", parts.python))
    return "once begun, " + ", ".join(f"{seconds / parts.at_work:.0%} {name}" for name, seconds in each)


def print_cpu(report: Report) -> None:
    """Print who used the processors."""
    names = list(report.loads[0].cpu_milliseconds)
    table = Table("CPU ms per lifecycle", *names, "all", "PostgreSQL under pgbench", box=None)
    for load in report.loads:
        used = [load.cpu_milliseconds[name] for name in names]
        cells = [f"{value:.1f}" for value in (*used, sum(used), load.pgbench_cpu_milliseconds)]
        table.add_row(f"{load.concurrency} at once", *cells)
    console.print(table)


def print_rates(report: Report) -> None:
    """Print lifecycles per second, ours and pgbench's, and their ratio."""
    console.print()
    for load in report.loads:
        console.print(
            f"[bold]{load.concurrency} at once: {load.per_second:.1f} lifecycles/s[/], pgbench "
            f"{load.pgbench_per_second:.1f}/s, [bold]ratio {load.ratio:.2f}[/]  (rounds: {rounds_of(load)})"
        )


def rounds_of(load: AtConcurrency) -> str:
    return ", ".join(f"{ours:.1f} : {limit:.1f}" for ours, limit in load.rounds)
