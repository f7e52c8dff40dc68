"""What every answer of a gateway does, to captures and to refunds (semantics §15.4, M11–M14)."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.record_answer import Answer, decide_record_answer
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.payment_method import PaymentGatewayLog
from tests.builders import NOW, Books, Line, asked, order_summary

ZERO, HUNDRED = Decimal(0), Decimal(100)
REFUSED = ["Decline", "PermanentFail", "ValidationError", "SystemError"]


def capturing() -> tuple[Books, str]:
    """100 of an authorization of 100 are being captured for an invoice; the operation's id."""
    books = order_summary(Line("A", 1, "100"))
    books.authorize("100")
    return books, books.fund(FundsWishes(invoice_id=books.invoice(books.fulfil({"A": 1}))))


def refunding() -> tuple[Books, str]:
    """100 of a payment of 100 are being refunded for a credit memo; the operation's id."""
    books = order_summary(Line("A", 1, "100"))
    books.pay("100")
    books.fund(FundsWishes(invoice_id=books.invoice(books.fulfil({"A": 1}))))
    memo = books.credit(books.change(decide_simple_return, asked(books.item("A"), 1)).change_order_id)
    return books, books.refund(RefundWishes(credit_memo_id=memo))


def log(books: Books) -> PaymentGatewayLog:
    return next(r for r in reversed(books.others) if isinstance(r, PaymentGatewayLog))


def test_a_capture_that_succeeds_becomes_a_payment_applied_to_its_invoice():
    books, operation_id = capturing()
    books.succeed()
    payment, invoice, summary = (
        books.whole.funds.payments[0],
        books.whole.funds.invoices[0],
        books.whole.payment_summaries[0],
    )
    assert (payment.status, payment.type, payment.amount, payment.balance) == ("Processed", "Capture", HUNDRED, ZERO)
    assert (invoice.balance, invoice.open_capture_amount, invoice.settlement_status) == (ZERO, ZERO, "Settled")
    assert (summary.captured_amount, summary.pending_capture_amount) == (HUNDRED, ZERO)
    assert (summary.available_to_capture_amount, summary.balance_amount) == (ZERO, ZERO)
    assert books.whole.funds.authorizations[0].balance == 0
    operation = books.operation(operation_id)
    assert (operation.status, operation.outcome, operation.completed_amount) == ("Complete", "Succeeded", HUNDRED)


def test_a_refund_that_succeeds_becomes_a_refund_of_its_payment():
    books, operation_id = refunding()
    books.succeed()
    refund, memo, summary = books.whole.funds.refunds[0], books.whole.credit_memos[0], books.whole.payment_summaries[0]
    assert (refund.status, refund.type, refund.amount, refund.balance) == ("Processed", "Referenced", HUNDRED, ZERO)
    assert (refund.credit_memo_id, memo.balance, memo.open_refund_amount) == (memo.id, ZERO, ZERO)
    assert (summary.refunded_amount, summary.available_to_refund_amount) == (HUNDRED, ZERO)
    assert books.operation(operation_id).outcome == "Succeeded"


@pytest.mark.parametrize("code", REFUSED)
@pytest.mark.parametrize("given", [capturing, refunding])
def test_a_refusal_frees_the_amount_and_stands_in_the_operation(given: Any, code: str):
    books, operation_id = given()
    books.answer(books.requests()[0], code, message="no")
    summary, operation = books.whole.payment_summaries[0], books.operation(operation_id)
    assert (summary.pending_capture_amount, summary.pending_refund_amount) == (ZERO, ZERO)
    assert HUNDRED in (summary.available_to_capture_amount, summary.available_to_refund_amount)
    assert (operation.status, operation.outcome, operation.outcome_code) == ("Complete", "Failed", code)
    assert all(word in (operation.outcome_message or "") for word in (code, "100.00 USD", "no"))
    assert not books.whole.funds.refunds
    assert (log(books).interaction_status, log(books).sf_result_code) == ("Failed", code)


@pytest.mark.parametrize("given", [capturing, refunding])
def test_a_request_that_never_reached_the_gateway_stays_open_for_another_try(given: Any):
    books, operation_id = given()
    books.answer(books.requests()[0], "SystemError", may_retry=True)
    assert len(books.requests()) == 1
    assert books.operation(operation_id).finished_at is None
    books.succeed()
    operation = books.operation(operation_id)
    assert (operation.outcome, operation.outcome_code, operation.outcome_message) == (
        "Succeeded", None, "100.00 of 100.00 USD done",
    )  # fmt: skip


@pytest.mark.parametrize("code", ["Indeterminate", "RequiresReview"])
@pytest.mark.parametrize("given", [capturing, refunding])
def test_without_a_final_answer_the_amount_stays_pending(given: Any, code: str):
    books, operation_id = given()
    books.answer(books.requests()[0], code)
    summary, operation = books.whole.payment_summaries[0], books.operation(operation_id)
    assert HUNDRED in (summary.pending_capture_amount, summary.pending_refund_amount)
    assert (summary.available_to_capture_amount, summary.available_to_refund_amount) == (ZERO, ZERO)
    assert (operation.status, operation.outcome) == ("Complete", "Unknown")
    assert log(books).interaction_status == {"Indeterminate": "Timeout", "RequiresReview": "Initiated"}[code]


@pytest.mark.parametrize(
    ("code", "outcome", "said"), [("Success", "Succeeded", None), ("Decline", "Failed", "Decline")]
)
@pytest.mark.parametrize("given", [capturing, refunding])
def test_what_is_found_out_later_settles_it(given: Any, code: str, outcome: str, said: str | None):
    books, operation_id = given()
    books.answer(books.requests()[0], "Indeterminate")
    books.answer(books.requests("Indeterminate")[0], code)
    operation = books.operation(operation_id)
    assert (operation.outcome, operation.outcome_code) == (outcome, said)
    assert not books.requests("Open", "Indeterminate")
    if said is None:
        assert operation.outcome_message == "100.00 of 100.00 USD done"


@pytest.mark.parametrize("given", [capturing, refunding])
@pytest.mark.parametrize("first", ["Success", "Decline"])
def test_an_answer_that_comes_again_changes_nothing(given: Any, first: str):
    books, _ = given()
    request = books.requests()[0]
    books.answer(request, first)
    again = decide_record_answer(books.whole, request.id, Answer(sf_result_code="Success"), NOW, may_retry=True)
    assert (again.new, again.changed) == ((), ())


def test_an_unknown_request_changes_nothing():
    books, _ = capturing()
    decision = decide_record_answer(books.whole, "9gR0", Answer(sf_result_code="Success"), NOW, may_retry=False)
    assert (decision.new, decision.changed) == ((), ())


def test_the_log_has_the_idempotency_key_and_what_it_is_about():
    books, _ = capturing()
    request = books.requests()[0]
    books.answer(request, "Success")
    assert (log(books).sf_ref_number, log(books).interaction_type) == (request.id, "Capture")
    assert log(books).referenced_entity_id == books.whole.funds.payments[0].id
    assert books.whole.payment_summaries[0].last_payment_gateway_log_id == log(books).id


def test_one_payment_that_fails_does_not_undo_the_others():
    books = order_summary(Line("A", 1, "100"))
    books.authorize("60")
    books.authorize("50")
    operation_id = books.fund(FundsWishes(invoice_id=books.invoice(books.allocate({"A": 1}))))
    first, second = books.requests()
    books.answer(first, "Decline")
    assert books.operation(operation_id).status == "Running"
    books.answer(second, "Success")
    operation = books.operation(operation_id)
    assert (operation.status, operation.outcome, str(operation.completed_amount)) == (
        "Complete",
        "PartlySucceeded",
        "40.00",
    )
    assert str(books.whole.funds.invoices[0].balance) == "60.00"
