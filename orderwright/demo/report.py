"""What the run was, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from orderwright.demo.declined import Declined, Told
from orderwright.demo.online_retail import BrokenRow, Row
from orderwright.demo.plan import Reason
from orderwright.demo.proof import Proof
from orderwright.demo.replay import SkippedRows, Tally
from orderwright.demo.run import Outcome
from orderwright.demo.steps import Measured

SOURCE = (
    'The orders are real: from the data set "Online Retail", D. Chen, UCI Machine Learning Repository, 2015, '
    "doi 10.24432/C5BW33, CC BY 4.0."
)
MOST_SHOWN = 10


def print_report(console: Console, outcome: Outcome, verdict: str, *, is_verified: bool | None) -> None:
    """Print everything. `verdict` is what `verify` said; `is_verified` None: it could not be asked."""
    for part in parts(outcome, verdict, is_verified):
        console.print(part)
        console.print()


def parts(outcome: Outcome, verdict: str, is_verified: bool | None) -> Iterator[RenderableType]:
    """The report, from the story to the verdict."""
    tally, measured = outcome.tally, outcome.measured
    yield Panel(story(outcome), title="[bold]Orders, from placing to refund[/]", expand=False, padding=(1, 3))
    yield paid(outcome.proof)
    if measured.seconds:
        yield timings(measured)
    if tally.skipped:
        yield left_out(tally)
    for declined in outcome.declined:
        yield Panel(explained(declined), title="[bold]A declined card[/]", expand=False, padding=(1, 3))
    if measured.lost_answers:
        yield Text(interruptions(measured))
    yield Panel(verdicts(outcome, verdict, is_verified), title="[bold]Does it add up?[/]", expand=False, padding=(1, 3))
    yield Text(SOURCE, style="dim")


def story(outcome: Outcome) -> Table:
    """What was sold, paid, given back and kept."""
    tally, proof = outcome.tally, outcome.proof
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="bold")
    table.add_column()
    guests = f", {tally.guests} of them by guests" if tally.guests else ""
    rows = (
        (f"{tally.orders:,}", f"orders placed{guests}"),
        (f"{tally.lines:,}", f"lines, {tally.units:,} units"),
        (money(proof.placed), "placed"),
        (money(proof.captured), "captured"),
        (money(-proof.refunded), f"refunded, in {tally.returns:,} returns of {tally.returned_units:,} units"),
        (money(proof.kept), "kept"),
    )
    for number, words in rows:
        table.add_row(number, words)
    return table


def paid(proof: Proof) -> Table:
    """What each tender gave and got back, as the payment summaries of all orders say."""
    title = f"Paid with ({proof.two_tenders:,} of {proof.orders:,} orders with two tenders)"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("tender")
    for heading in ("orders", "authorized", "captured", "refunded"):
        table.add_column(heading, justify="right")
    for name, tender in sorted(proof.tenders.items(), key=lambda entry: -entry[1].captured):
        table.add_row(
            name, f"{tender.orders:,}", money(tender.authorized), money(tender.captured), money(-tender.refunded)
        )
    return table


def explained(declined: Declined) -> Table:
    """What one operation said when the card was declined, and what it says after it was tried again."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("operation", f"{declined.operation_id}, ensure funds of order {declined.invoice_no}")
    table.add_row("it said", f"{came_of(declined.then)}; {declined.then.code}")
    table.add_row("", declined.then.message)
    times = "once" if declined.now.retries == 1 else f"{declined.now.retries} times"
    table.add_row("retried", times)
    table.add_row("it says", came_of(declined.now))
    table.add_row("all of it", f"orderwright operation show {declined.operation_id}, where the data is kept")
    return table


def came_of(told: Told) -> str:
    """The outcome of an operation with its amounts."""
    return f"{told.outcome}: {money(told.completed)} of {money(told.requested)} done"


def timings(measured: Measured) -> Table:
    """How long each step took, as a client feels it."""
    table = Table(title="What each step took", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("step")
    for heading in ("times", "half within", "95 % within"):
        table.add_column(heading, justify="right")
    for name, seconds in measured.seconds.items():
        ordered = sorted(seconds)
        table.add_row(name, f"{len(ordered):,}", milliseconds(ordered, 50), milliseconds(ordered, 95))
    return table


def milliseconds(ordered: Sequence[float], percent: int) -> str:
    """The percentile of sorted seconds (nearest rank)."""
    rank = max(0, -(-len(ordered) * percent // 100) - 1)
    return f"{ordered[rank] * 1000:,.0f} ms"


def left_out(tally: Tally) -> Table:
    """What was not replayed: by reason, most rows first, with the first row as an example."""
    table = Table(title="Rows that were left out", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("rows", justify="right")
    table.add_column("units", justify="right")
    table.add_column("worth", justify="right")
    table.add_column("because it is")
    table.add_column("for example", style="dim")
    for reason, skipped in by_rows(tally.skipped):
        table.add_row(
            f"{skipped.rows:,}", f"{skipped.units:,}", money(skipped.amount), str(reason), example(skipped.example.row)
        )
    return table


def by_rows(skipped: Mapping[Reason, SkippedRows]) -> list[tuple[Reason, SkippedRows]]:
    return sorted(skipped.items(), key=lambda entry: (-entry[1].rows, entry[0]))


def example(row: Row | BrokenRow) -> str:
    """A row as people find it again."""
    if isinstance(row, BrokenRow):
        return f"line {row.line}: {row.why}"
    return (
        f"line {row.line}: {row.invoice_no}, {row.quantity} × {row.description or row.stock_code} at {row.unit_price}"
    )


def interruptions(measured: Measured) -> str:
    """What happened when connections broke."""
    lost, found = measured.lost_answers.total(), measured.found_done.total()
    return f"Answers that never came: {lost}. Steps found done, and not repeated: {found}."


def verdicts(outcome: Outcome, verdict: str, is_verified: bool | None) -> RenderableType:
    """Speed, the proof to the penny, the database's own sums, and all that went wrong."""
    tally, proof = outcome.tally, outcome.proof
    lines = [Text(speed(tally))]
    if proof.differences:
        lines.append(marked(False, f"{len(proof.differences)} differences, read back through the API:"))
        lines += listed(proof.differences)
    else:
        lines.append(
            marked(
                True,
                f"{proof.orders:,} orders read back: placed = captured, and captured − refunded = kept, "
                "to the penny, in each, and each tender gave what was planned",
            )
        )
    if tally.failures:
        lines.append(marked(False, f"{len(tally.failures)} orders or returns did not go all the way:"))
        lines += listed([f"{failure.subject}: {failure.why}" for failure in tally.failures])
    lines.append(marked(is_verified, f"verify: {verdict}"))
    return Group(*lines)


def speed(tally: Tally) -> str:
    if not tally.lifecycles and tally.failures:
        return "No order went all the way."
    if not tally.lifecycles:
        return "Nothing was left to do: an earlier run had done it all."
    rate = tally.lifecycles / tally.seconds
    return f"{tally.lifecycles:,} lifecycles in {tally.seconds:.1f} s: {rate:.1f} a second"


def listed(texts: Sequence[str]) -> list[Text]:
    shown = [Text(f"  {text}") for text in texts[:MOST_SHOWN]]
    more = len(texts) - len(shown)
    return [*shown, Text(f"  … and {more} more")] if more else shown


def marked(is_good: bool | None, text: str) -> Text:
    """A verdict with its mark: good, bad, or not known."""
    mark, style = {True: ("✓", "green"), False: ("✗", "red"), None: ("–", "yellow")}[is_good]
    return Text.assemble((f"{mark} ", style), text)


def money(amount: Decimal) -> str:
    """An amount in pounds, its sign before the currency."""
    return f"{'−' if amount < 0 else ''}£{abs(amount):,.2f}"
