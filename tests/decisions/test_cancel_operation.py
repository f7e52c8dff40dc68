"""A background operation is canceled only as long as it has moved nothing and nothing may be on its way."""

from typing import Any

import pytest

from orderwright.decisions.cancel_operation import decide_cancel_operation
from orderwright.decisions.errors import InvalidOperation, InvalidStatus, Refusal
from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.start_operation import decide_start_ensure_funds
from tests.builders import LATER, NOW, Books, Line, order_summary


def queued() -> tuple[Books, str]:
    books = order_summary(Line("A", 1, "100"))
    books.authorize("100")
    wishes = FundsWishes(invoice_id=books.invoice(books.allocate({"A": 1})))
    decision, operation = decide_start_ensure_funds(books.whole, wishes, NOW)
    return books, books.save(decision)[operation.id]


def planned() -> tuple[Books, str]:
    books = order_summary(Line("A", 1, "100"))
    books.authorize("100")
    return books, books.fund(FundsWishes(invoice_id=books.invoice(books.allocate({"A": 1}))))


def answered(code: str) -> tuple[Books, str]:
    books, operation_id = planned()
    books.answer(books.requests()[0], code)
    return books, operation_id


def canceled() -> tuple[Books, str]:
    books, operation_id = queued()
    books.save(decide_cancel_operation(books.operation(operation_id), (), NOW)[0])
    return books, operation_id


def test_one_that_waits_is_canceled_and_stays_visible():
    books, operation_id = queued()
    decision, after = decide_cancel_operation(books.operation(operation_id), (), LATER)
    books.save(decision)
    assert books.operation(operation_id) == after
    assert (after.status, after.outcome, after.outcome_code) == ("Canceled", "Failed", "CANCELED")
    assert (after.finished_at, after.started_at, after.attempts) == (LATER, None, 0)
    assert after.outcome_message


@pytest.mark.parametrize(
    ("given", "refusal", "words"),
    [
        (planned, InvalidOperation, "Capture of 100.00 USD .*Open"),
        (lambda: answered("Indeterminate"), InvalidStatus, "Status Complete, Outcome Unknown"),
        (lambda: answered("Success"), InvalidStatus, "Outcome Succeeded"),
        (lambda: answered("Decline"), InvalidStatus, "Outcome Failed"),
        (canceled, InvalidStatus, "Status Canceled"),
    ],
)
def test_what_is_not_canceled(given: Any, refusal: type[Refusal], words: str):
    books, operation_id = given()
    with pytest.raises(refusal, match=words):
        decide_cancel_operation(books.operation(operation_id), books.whole.funds.requests, NOW)


def test_one_whose_money_may_have_moved_is_not_canceled_although_it_runs():
    """Two captures: one without an answer, one still open."""
    books = order_summary(Line("A", 1, "100"))
    books.authorize("70")
    books.authorize("30")
    operation_id = books.fund(FundsWishes(invoice_id=books.invoice(books.allocate({"A": 1}))))
    books.answer(books.requests()[0], "Indeterminate")
    assert books.operation(operation_id).status == "Running"
    with pytest.raises(InvalidOperation, match="Indeterminate"):
        decide_cancel_operation(books.operation(operation_id), books.whole.funds.requests, NOW)
