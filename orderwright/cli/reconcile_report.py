"""What came of comparing two books, in tables for people and as JSON for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec
from rich.console import Console
from rich.table import Table

from orderwright.arithmetic.money import UnknownCurrency, round_money, scale_of
from orderwright.cli.verify import counted
from orderwright.decisions.two_books import WAYS_OUT, Difference, Ours, Theirs, Total
from orderwright.objects.identity import to_18
from orderwright.settlement.reconcile import FINAL_AFTER, Report


def print_report(report: Report) -> None:
    """Print sums, differences, the way out of each kind of difference, and what all comes to."""
    console = Console()
    comparison = report.comparison
    console.print(f"{report.gateway}, {_moment(report.since)} to {_moment(report.until)}", highlight=False)
    if comparison.totals:
        console.print(_totals(report.gateway, comparison.totals))
    if comparison.differences:
        console.print("\nDifferences:", highlight=False)
        console.print(_differences(comparison.differences))
        console.print()
        for kind in report.found:
            console.print(f"{kind}: {WAYS_OUT[kind]}", highlight=False, soft_wrap=True)
        console.print()
    for line in (*_remarks(report), verdict(report)):
        console.print(line, highlight=False, soft_wrap=True)


def verdict(report: Report) -> str:
    """One line: whether anything differs, and how often what."""
    number = sum(report.found.values())
    if number:
        kinds = ", ".join(f"{count} {kind}" for kind, count in report.found.items())
        more = number - len(report.comparison.differences)
        return f"{counted(number, 'difference')}: {kinds}" + (f"; {more} of them are not listed." if more else ".")
    ours = sum(total.ours_count for total in report.comparison.totals)
    among = " among what was compared" if report.comparison.unanswered else ""
    return f"No difference{among}: {counted(ours, 'movement')} on our side, and the same at the gateway."


def as_json_text(report: Report) -> str:
    """The report as JSON: names as in `Report`, amounts as text, moments in UTC; the totals with their difference."""
    body = msgspec.to_builtins(report)
    totals = report.comparison.totals
    for written, total in zip(body["comparison"]["totals"], totals, strict=True):
        written["difference"] = f"{total.difference:f}"
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode()


def _remarks(report: Report) -> Iterator[str]:
    if report.settled is not None:
        settled, asked = report.settled
        yield f"Asked about {counted(asked, 'unsettled request')} first: {settled} settled."
    if report.not_listed is not None:
        yield (
            f"Compared by asking {report.gateway} about each of our requests, as {_in_sentence(report.not_listed)}. "
            "What only the gateway knows, such as what was made in the provider's own pages, cannot be seen this way."
        )
    if report.comparison.under_way:
        minutes = int(FINAL_AFTER.total_seconds()) // 60
        under_way = counted(report.comparison.under_way, "request")
        yield f"Left out: {under_way} of the last {minutes} minutes that may still be under way."
    if unanswered := report.comparison.unanswered:
        yield (
            f"Not compared, as the gateway did not say what became of it: {counted(len(unanswered), 'request')}, the "
            f"first is {unanswered[0]}. Try again later."
        )


def _in_sentence(reason: str) -> str:
    return reason[:1].lower() + reason[1:].rstrip(".")


def _totals(gateway: str, totals: Sequence[Total]) -> Table:
    table = _table("currency", "kind", "here", "ours", "there", "theirs", "more there")
    for total in totals:
        currency = total.currency_iso_code
        table.add_row(
            currency, total.kind, str(total.ours_count), _money(total.ours, currency), str(total.theirs_count),
            _money(total.theirs, currency), _money(total.difference, currency) if total.difference else "none",
        )  # fmt: skip
    table.title = f"What moved in our books and at {gateway}"
    return table


def _differences(differences: Sequence[Difference]) -> Table:
    table = _table("difference", "here", "there", lines=True)
    for one in differences:
        table.add_row(one.kind, "\n".join(_here(one.ours)), "\n".join(_there(one)))
    return table


def _here(ours: Ours | None) -> Iterator[str]:
    if ours is None:
        yield "nothing"
        return
    yield f"{ours.kind} {_amount(ours)}"
    if ours.record_id is not None:
        yield f"{ours.record_number or to_18(ours.record_id)} {ours.status}"
    if ours.order_number is not None:
        yield f"order {ours.order_number}"
    if ours.state is not None:
        yield f"key {ours.id}, {ours.state}"
    yield _moment(ours.at)


def _there(difference: Difference) -> Iterator[str]:
    theirs, said = difference.theirs, difference.said
    if theirs is None:
        yield "nothing"
    else:
        yield f"{theirs.kind} {_amount(theirs)}"
        yield theirs.gateway_ref_number
        yield f"key {theirs.idempotency_key}" if theirs.idempotency_key is not None else "no key"
        yield _moment(theirs.booked_at)
    if said is not None:
        yield f"it says: {said.status}" + (f", {said.words}" if said.words else "")


def _amount(side: Ours | Theirs) -> str:
    return f"{_money(side.amount, side.currency_iso_code)} {side.currency_iso_code}"


def _table(*headings: str, lines: bool = False) -> Table:
    table = Table(title_justify="left", show_lines=lines)
    for heading in headings:
        table.add_column(
            heading, justify="right" if heading in {"ours", "theirs", "more there"} else "left", overflow="fold"
        )
    return table


def _money(amount: Decimal, currency: str) -> str:
    """The amount with the decimals of its currency; as it is, where it has more or the currency is none."""
    try:
        rounded = round_money(amount, scale_of(currency))
    except UnknownCurrency:
        return f"{amount:f}"
    return f"{rounded if rounded == amount else amount:f}"


def _moment(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
