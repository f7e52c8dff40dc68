"""Captures and refunds that are asked for directly, of money under an order: what its payment summary counts."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.decisions.move_payment import PaymentWishes, decide_capture, decide_refund
from orderwright.decisions.plan_funds import FundsWishes
from tests.builders import NOW, Books, Line, order_summary

D = Decimal


def wishes(amount: Any) -> PaymentWishes:
    return PaymentWishes(amount=D(amount))


def order() -> Books:
    books = order_summary(Line("A", 1, "100"))
    books.authorize("100")
    return books


@pytest.mark.parametrize("code", ["Success", "Decline"])
def test_under_an_order_its_payment_summary_counts_at_every_stage(code: str):
    books = order()
    authorization_id = books.whole.funds.authorizations[0].id
    books.save(decide_capture(books.loaded, authorization_id, wishes(60), NOW)[0])
    summary = books.whole.payment_summaries[0]
    assert (summary.pending_capture_amount, summary.available_to_capture_amount) == (D(60), D(40))
    [request] = books.requests()
    assert (request.order_summary_id, request.order_payment_summary_id) == (books.whole.summary.id, summary.id)
    assert (request.invoice_id, request.background_operation_id) == (None, None)
    books.answer(request, code)
    summary = books.whole.payment_summaries[0]
    taken = D(60 if code == "Success" else 0)
    assert (summary.pending_capture_amount, summary.captured_amount, summary.balance_amount) == (D(0), taken, taken)
    assert summary.available_to_capture_amount == 100 - taken


def test_under_an_order_a_refund_counts_as_excess_funds():
    books = order_summary(Line("A", 1, "100"))
    books.pay("100")
    [paid] = books.whole.funds.payments
    books.save(decide_refund(books.loaded, paid.id, wishes(30), NOW)[0])
    summary = books.whole.payment_summaries[0]
    assert (summary.pending_refund_amount, summary.available_to_refund_amount) == (D(30), D(70))
    books.succeed()
    summary = books.whole.payment_summaries[0]
    assert (summary.refunded_amount, summary.excess_refunded_amount, summary.balance_amount) == (D(30), D(30), D(70))


def test_a_refund_under_an_order_takes_what_no_invoice_holds_first():
    books = order_summary(Line("A", 1, "100"))
    books.pay("150")
    books.fund(FundsWishes(invoice_id=books.invoice(books.fulfil({"A": 1}))))
    [paid] = books.whole.funds.payments
    books.save(decide_refund(books.loaded, paid.id, wishes(80), NOW)[0])
    books.succeed()
    [line] = books.whole.funds.refund_lines
    [paid] = books.whole.funds.payments
    assert (line.amount, line.unapplied_amount, paid.balance) == (D(80), D(50), D(0))


def test_while_the_money_is_being_given_back_it_pays_no_invoice():
    books = order_summary(Line("A", 1, "100"))
    books.pay("100")
    invoice = books.invoice(books.fulfil({"A": 1}))
    books.save(decide_refund(books.loaded, books.whole.funds.payments[0].id, wishes(30), NOW)[0])
    operation = books.operation(books.fund(FundsWishes(invoice_id=invoice)))
    assert operation.outcome_code == "INSUFFICIENT_FUNDS"
