"""A background operation in words and tables, for people: enough to understand a declined card without a log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from orderwright.arithmetic.money import round_money, scale_of
from orderwright.decisions.retry_operation import applied_before, last_run, unsettled
from orderwright.objects.identity import to_18

if TYPE_CHECKING:
    from orderwright.store.operation_history import Listed, OperationHistory

MEANING: Mapping[str, str] = {
    "Success": "done",
    "Decline": "refused, nothing moved; may be tried again, now or with another card",
    "PermanentFail": "refused for good, nothing moved; another card is needed",
    "RequiresReview": "looked at by hand there; the amount stays pending until the gateway has decided",
    "ValidationError": "not accepted as it was asked, nothing moved",
    "SystemError": "the gateway was not reached, nothing moved",
    "Indeterminate": "no answer: money may have moved, so the amount stays pending until the gateway has said",
}
"""What a result code of Salesforce's means for the money (semantics.md §15.4, documented)."""

WHAT_NEXT: Mapping[str, str] = {
    "Failed": "To try again what is open: orderwright operation retry {id}",
    "PartlySucceeded": "What moved stays. To try again what is open: orderwright operation retry {id}",
    "Unknown": "The gateway is asked again by itself, ever less often. To ask it now: orderwright operation retry {id}",
    "Pending": "It has not finished; what may be tried again is tried again by itself.",
}

ACCEPTED = "The gateway took it and says later what became of it; it is asked by itself, too."


def print_list(listed: Sequence[Listed]) -> None:
    """Print one line for each operation."""
    if not listed:
        print("No background operation is open or has failed.")
        return
    table = _table("id", "order", "what", "status", "outcome", "done", "of", "currency", "asked", "why")
    for entry in listed:
        operation = entry.operation
        table.add_row(
            to_18(operation.id), entry.order_number or "", operation.type, operation.status, operation.outcome,
            _money(operation.completed_amount, operation.currency_iso_code),
            _money(operation.requested_amount, operation.currency_iso_code), operation.currency_iso_code or "",
            _moment(operation.submitted_at), operation.outcome_code or "",
        )  # fmt: skip
    Console().print(table)


def print_history(history: OperationHistory) -> None:
    """Print what was asked, what came of it, each request with its answers, what has moved, and what to do next."""
    console = Console()
    console.print(_facts(history))
    for title, table in _tables(history):
        console.print(f"\n{title}", highlight=False)
        console.print(table)
    console.print(f"\n{what_next(history)}", highlight=False, soft_wrap=True)


def what_next(history: OperationHistory) -> str:
    """The way on, in one line."""
    operation = history.operation
    if operation.outcome == "Succeeded":
        raised = any(exception.status_category == "ACTIVE" for exception in history.exceptions)
        return (
            "The money has moved; set the Status of what was raised to Resolved."
            if raised
            else "Nothing is left to do."
        )
    left = {request.state for request in unsettled(history.requests)}
    if operation.finished_at is not None and left:
        return ACCEPTED if left == {"Accepted"} else WHAT_NEXT["Unknown"].format(id=to_18(operation.id))
    return WHAT_NEXT[operation.outcome].format(id=to_18(operation.id))


def _facts(history: OperationHistory) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _lines(history):
        if value:
            table.add_row(name, value)
    return table


def _lines(history: OperationHistory) -> Iterator[tuple[str, str]]:
    operation = history.operation
    about = f" ({history.document_number})" if history.document_number else ""
    yield "operation", f"{to_18(operation.id)}, {operation.type} of order {history.order_number}{about}"
    # The outcome before the status: Complete says that it ran, not that money moved (decisions.md M14).
    yield "outcome", f"{operation.outcome}: {_amounts(history)}"
    yield "error", operation.outcome_code or ""
    yield "", "" if operation.outcome == "Succeeded" else operation.outcome_message or ""
    if operation.error != operation.outcome_message:
        yield "", operation.error or ""
    yield "status", operation.status
    yield "attempts", f"{operation.attempts}; retries by hand: {operation.retry_count}"
    yield "asked", _moment(operation.submitted_at)
    yield "started", _moment(operation.started_at)
    yield "finished", _moment(operation.finished_at)
    if operation.finished_at is None:
        yield "next try", _moment(operation.process_after)


def _amounts(history: OperationHistory) -> str:
    operation, currency = history.operation, history.operation.currency_iso_code
    done, wanted = (_money(amount, currency) for amount in (operation.completed_amount, operation.requested_amount))
    said = f"{done} of {wanted} {currency or ''}".strip() + " done"
    before = applied_before(operation, last_run(operation, history.requests))
    return f"{said}, {_money(before, currency)} of it from money captured before" if before else said


def _tables(history: OperationHistory) -> Iterator[tuple[str, Table]]:
    if history.requests:
        yield "Asked of the gateway:", _requests(history)
    if history.logs:
        yield "What the gateway said (payment gateway log):", _logs(history)
    if history.exceptions:
        yield "Process exceptions raised:", _exceptions(history)
    if history.payments:
        payments = [(p.payment_number, p.amount, p.currency_iso_code, p.gateway_ref_number) for p in history.payments]
        yield "Payments made:", _moved(payments)
    if history.refunds:
        refunds = [(r.refund_number, r.amount, r.currency_iso_code, r.gateway_ref_number) for r in history.refunds]
        yield "Refunds made:", _moved(refunds)


def _requests(history: OperationHistory) -> Table:
    methods = {summary.id: summary.method for summary in history.payment_summaries}
    table = _table("what", "amount", "currency", "with", "state", "sent", "result", "which means")
    for request in history.requests:
        table.add_row(
            request.kind, _money(request.amount, request.currency_iso_code), request.currency_iso_code,
            methods.get(request.order_payment_summary_id or "", ""),
            request.state, str(request.attempts), request.sf_result_code or "",
            MEANING.get(request.sf_result_code or "", ""),
        )  # fmt: skip
    return table


def _logs(history: OperationHistory) -> Table:
    table = _table("entry", "when", "what", "result", "gateway code", "message", "reference")
    for log in history.logs:
        table.add_row(
            log.payment_gateway_log_number or "", _moment(log.gateway_date), log.interaction_type or "",
            log.sf_result_code or "", log.gateway_result_code or "", log.gateway_message or "",
            log.gateway_ref_number or "",
        )  # fmt: skip
    return table


def _exceptions(history: OperationHistory) -> Table:
    table = _table("number", "type", "status", "amount", "currency", "about", "code")
    for raised in history.exceptions:
        table.add_row(
            raised.process_exception_number or "", raised.exception_type or "", raised.status,
            "" if raised.amount is None else _money(raised.amount, raised.currency_iso_code),
            raised.currency_iso_code or "", to_18(raised.attached_to_id),
            raised.gateway_result_code or raised.sf_result_code or "",
        )  # fmt: skip
    return table


def _moved(rows: Iterable[tuple[str | None, Decimal, str | None, str | None]]) -> Table:
    table = _table("number", "amount", "currency", "reference")
    for row in rows:
        number, amount, currency, reference = row
        table.add_row(number or "", _money(amount, currency), currency or "", reference or "")
    return table


def _table(*headings: str) -> Table:
    table = Table()
    for heading in headings:
        table.add_column(heading, justify="right" if heading in {"amount", "done", "of", "sent"} else "left")
    return table


def _money(amount: Decimal, currency: str | None) -> str:
    return f"{amount if currency is None else round_money(amount, scale_of(currency)):f}"


def _moment(moment: dt.datetime | None) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else ""
