"""What is run again of a background operation, and what is not: nothing moves twice (M12, semantics §14.8, §15.8)."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.decisions.cancel_operation import decide_cancel_operation
from orderwright.decisions.ensure_funds import decide_ensure_funds
from orderwright.decisions.ensure_refunds import decide_ensure_refunds
from orderwright.decisions.errors import InvalidOperation, InvalidStatus, Refusal
from orderwright.decisions.finish_operation import decide_give_up
from orderwright.decisions.plan_funds import FundsSequence, FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.retry_operation import decide_retry_operation
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.decisions.start_operation import ENSURE_FUNDS, decide_start_ensure_funds
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import SObject
from tests.builders import LATER, NOW, Books, Line, asked, order_summary

ZERO = Decimal(0)


def invoiced(amount: str) -> tuple[Books, str]:
    books = order_summary(Line("A", 1, amount))
    return books, books.invoice(books.allocate({"A": 1}))


def mine(books: Books, operation_id: str) -> list[GatewayRequest]:
    return [r for r in books.whole.funds.requests if r.background_operation_id == operation_id]


def again(books: Books, operation_id: str) -> BackgroundOperation:
    """Retry an operation, and plan it as the job does; returns it as it waited."""
    decision, waiting = decide_retry_operation(books.operation(operation_id), mine(books, operation_id))
    books.save(decision)
    if waiting.type == ENSURE_FUNDS:
        books.save(decide_ensure_funds(books.whole, waiting, msgspec.convert(waiting.input, FundsWishes), NOW))
    else:
        books.save(decide_ensure_refunds(books.whole, waiting, msgspec.convert(waiting.input, RefundWishes), NOW))
    return waiting


def answers(books: Books, *codes: str) -> None:
    """The open requests are answered, in their order."""
    for request, code in zip(books.requests(), codes, strict=True):
        books.answer(request, code)


def open_amounts(books: Books) -> list[str]:
    return [str(request.amount) for request in books.requests()]


def sequences(*parts: tuple[str, str]) -> tuple[FundsSequence, ...]:
    return tuple(FundsSequence(order_payment_summary_id=i, amount=Decimal(a)) for i, a in parts)


def test_a_declined_card_is_tried_again_by_the_same_record_and_its_attempts_are_kept():
    books, invoice = invoiced("100")
    books.authorize("100")
    operation_id = books.fund(FundsWishes(invoice_id=invoice))
    answers(books, "Decline")
    failed = books.operation(operation_id)
    books.put(msgspec.structs.replace(failed, handed_at=NOW))
    waiting = again(books, operation_id)
    assert (waiting.id, waiting.status, waiting.outcome, waiting.retry_count) == (operation_id, "New", "Pending", 1)
    empty = (waiting.handed_at, waiting.finished_at, waiting.outcome_code, waiting.outcome_message, waiting.error)
    assert empty == (None,) * 5
    assert (waiting.attempts, waiting.requested_amount, waiting.completed_amount) == (1, ZERO, ZERO)
    assert open_amounts(books) == ["100.00"]
    books.succeed()
    done = books.operation(operation_id)
    assert (done.outcome, done.attempts, done.outcome_message) == ("Succeeded", 2, "100.00 of 100.00 USD done")


def test_only_what_failed_is_captured_again():
    books, invoice = invoiced("100")
    books.authorize("70")
    books.authorize("30")
    operation_id = books.fund(FundsWishes(invoice_id=invoice))
    answers(books, "Success", "Decline")
    assert books.operation(operation_id).outcome == "PartlySucceeded"
    again(books, operation_id)
    assert open_amounts(books) == ["30.00"]
    answers(books, "Decline")
    done = books.operation(operation_id)
    # Amounts are those of the last run: what an earlier one moved does not make a failure half a success.
    assert (done.outcome, str(done.requested_amount), done.completed_amount) == ("Failed", "30.00", ZERO)


def test_a_refusal_by_a_rule_is_tried_again_with_all_that_was_asked():
    books, invoice = invoiced("100")
    operation_id = books.fund(FundsWishes(invoice_id=invoice))
    assert books.operation(operation_id).status == "Error"
    books.pay("100")
    again(books, operation_id)
    assert books.operation(operation_id).outcome == "Succeeded"


def test_one_that_gave_up_before_it_planned_is_tried_again():
    books, invoice = invoiced("100")
    books.pay("100")
    decision, started = decide_start_ensure_funds(books.whole, FundsWishes(invoice_id=invoice), NOW)
    operation_id = books.save(decision)[started.id]
    books.save(decide_give_up(books.whole, books.operation(operation_id), "the database was away", NOW))
    again(books, operation_id)
    assert books.operation(operation_id).outcome == "Succeeded"


def test_one_that_was_canceled_is_tried_again():
    books, invoice = invoiced("100")
    books.pay("100")
    decision, started = decide_start_ensure_funds(books.whole, FundsWishes(invoice_id=invoice), NOW)
    operation_id = books.save(decision)[started.id]
    books.save(decide_cancel_operation(books.operation(operation_id), (), NOW)[0])
    again(books, operation_id)
    assert books.operation(operation_id).outcome == "Succeeded"


# What limits a request by itself is reduced by what was moved.


def owing(*payments: str) -> tuple[Books, list[str]]:
    """An order of 200 that has been paid by payment summaries of these amounts, and owes nothing by a credit memo."""
    books = order_summary(Line("A", 1, "90"), Line("B", 1, "110"))
    return books, [books.pay(amount) for amount in payments]


def excess(books: Books, amount: str, **wishes: Any) -> str:
    return books.refund(RefundWishes(excess_funds_amount=Decimal(amount), **wishes))


def test_of_excess_funds_only_what_was_refused_is_refunded_again():
    books, _ = owing("60", "50")
    operation_id = excess(books, "80")
    answers(books, "Success", "Decline")
    for left in ("20.00", "20.00"):
        again(books, operation_id)
        assert open_amounts(books) == [left]
        answers(books, "Decline")
    again(books, operation_id)
    books.succeed()
    assert sum(refund.amount for refund in books.whole.funds.refunds) == 80


@pytest.mark.parametrize("second", ["Decline", "Success"])
def test_excess_funds_shrink_from_run_to_run(second: str):
    books, _ = owing("60", "50", "40")
    operation_id = excess(books, "130")
    answers(books, "Success", "Decline", "Decline")
    again(books, operation_id)
    assert sum(request.amount for request in books.requests()) == 70
    answers(books, "Success", second)
    if second == "Decline":
        again(books, operation_id)
        assert [str(request.amount) for request in books.requests()] == ["20.00"]
        books.succeed()
    assert sum(refund.amount for refund in books.whole.funds.refunds) == 130


def test_a_credit_memo_and_excess_funds_are_told_apart():
    books = order_summary(Line("A", 1, "90"), Line("B", 1, "110"))
    books.fulfil({"A": 1})
    memo = books.credit(books.change(decide_simple_return, asked(books.item("A"), 1)).change_order_id)
    books.pay("90")
    books.pay("30")
    operation_id = books.refund(RefundWishes(credit_memo_id=memo, excess_funds_amount=Decimal(30)))
    answers(books, "Decline", "Success")
    again(books, operation_id)
    assert [(str(r.amount), r.credit_memo_id) for r in books.requests()] == [("90.00", memo)]


def test_a_cap_is_reduced_by_what_was_moved_under_it():
    """A retry that took 40 more of `a` would take 80 under a cap of 40."""
    books, invoice = invoiced("100")
    a, b = books.authorize("100"), books.authorize("100")
    wanted = sequences((a, "40.00"), (b, "20.00"))
    operation_id = books.fund(FundsWishes(invoice_id=invoice, sequences=wanted, is_allow_partial=True))
    answers(books, "Success", "Decline")
    again(books, operation_id)
    assert [(r.order_payment_summary_id, str(r.amount)) for r in books.requests()] == [(b, "20.00")]
    books.succeed()
    with pytest.raises(InvalidOperation, match="nothing is left"):
        again(books, operation_id)


def test_a_cap_of_zero_is_all_there_is_and_stays_so():
    books, invoice = invoiced("100")
    a, _ = books.authorize("30"), books.authorize("100")
    operation_id = books.fund(FundsWishes(invoice_id=invoice, sequences=sequences((a, "0")), is_allow_partial=True))
    answers(books, "Decline")
    again(books, operation_id)
    assert open_amounts(books) == ["30.00"]


def test_without_partial_the_default_rule_takes_the_rest_of_a_used_up_cap():
    books, invoice = invoiced("100")
    a, b = books.authorize("60"), books.authorize("60")
    operation_id = books.fund(FundsWishes(invoice_id=invoice, sequences=sequences((a, "60"))))
    answers(books, "Success", "Decline")
    again(books, operation_id)
    assert [(r.order_payment_summary_id, str(r.amount)) for r in books.requests()] == [(b, "40.00")]


def test_refunds_keep_to_their_caps_too():
    books, (a, b) = owing("60", "50")
    operation_id = excess(books, "60", sequences=sequences((a, "30.00"), (b, "30.00")), is_allow_partial=True)
    answers(books, "Decline", "Success")
    again(books, operation_id)
    assert [(r.order_payment_summary_id, str(r.amount)) for r in books.requests()] == [(a, "30.00")]


# An authorization made anew is a means to an end: what it brought is not captured yet.


def renewed(books: Books, operation_id: str, state: str, amount: str = "40.00") -> None:
    """The operation asked for a new authorization in place of an expired one."""
    request = GatewayRequest(
        id=f"9gR{state}",
        kind="Authorization",
        state=state,
        amount=Decimal(amount),
        currency_iso_code="USD",
        order_summary_id=books.whole.summary.id,
        order_payment_summary_id=books.whole.payment_summaries[0].id if books.whole.payment_summaries else None,
        background_operation_id=operation_id,
    )
    books.put(request)


def test_a_new_authorization_does_not_use_up_a_cap():
    books, invoice = invoiced("100")
    a = books.authorize("100")
    wanted = sequences((a, "40.00"))
    operation_id = books.fund(FundsWishes(invoice_id=invoice, sequences=wanted, is_allow_partial=True))
    renewed(books, operation_id, "Succeeded")
    answers(books, "Decline")
    again(books, operation_id)
    assert open_amounts(books) == ["40.00"]


def test_a_new_authorization_is_not_taken_for_money_applied_or_captured():
    books, invoice = invoiced("100")
    a, b = books.pay("10"), books.authorize("100")
    wanted = sequences((a, "10"), (b, "20"))
    operation_id = books.fund(FundsWishes(invoice_id=invoice, sequences=wanted, is_allow_partial=True))
    renewed(books, operation_id, "Succeeded", "10.00")
    answers(books, "Decline")
    with pytest.raises(InvalidOperation, match="sequences that are left"):
        again(books, operation_id)


@pytest.mark.parametrize("state", ["Open", "Indeterminate", "Accepted"])
def test_a_new_authorization_under_way_does_not_stand_for_a_plan(state: str):
    """Resumed, the operation would find nothing of its own open, and call that a success."""
    books, invoice = invoiced("100")
    operation_id = books.fund(FundsWishes(invoice_id=invoice))
    renewed(books, operation_id, state)
    assert again(books, operation_id).status == "New"
    failed = books.operation(operation_id)
    assert (failed.outcome, failed.outcome_code) == ("Failed", "INSUFFICIENT_FUNDS")


# Refusals, in order of precedence


def running() -> tuple[Books, str]:
    books, invoice = invoiced("100")
    books.authorize("100")
    return books, books.fund(FundsWishes(invoice_id=invoice))


def answered(code: str) -> tuple[Books, str]:
    books, operation_id = running()
    answers(books, code)
    return books, operation_id


def abandoned() -> tuple[Books, str]:
    """Given up with a request that may be on its way."""
    books, operation_id = running()
    books.save(decide_give_up(books.whole, books.operation(operation_id), "a fault of the gateway's adapter", LATER))
    return books, operation_id


def applied_under_caps() -> tuple[Books, str]:
    """10 of `a` was captured before and is applied; whether that was under the cap of `a` or of `b` is not kept."""
    books, invoice = invoiced("100")
    a, b = books.pay("10"), books.authorize("100")
    wanted = sequences((a, "10"), (b, "20"))
    operation_id = books.fund(FundsWishes(invoice_id=invoice, sequences=wanted, is_allow_partial=True))
    answers(books, "Decline")
    return books, operation_id


def unknown_type() -> tuple[Books, str]:
    books, operation_id = answered("Decline")
    books.put(msgspec.structs.replace(books.operation(operation_id), type="Other"))
    return books, operation_id


@pytest.mark.parametrize(
    ("given", "refusal", "words"),
    [
        (running, InvalidStatus, "has not finished"),
        (lambda: answered("Success"), InvalidStatus, "has succeeded"),
        (unknown_type, InvalidOperation, "nobody knows"),
        (applied_under_caps, InvalidOperation, "sequences that are left"),
    ],
)
def test_what_is_not_retried(given: Any, refusal: type[Refusal], words: str):
    books, operation_id = given()
    with pytest.raises(refusal, match=words):
        decide_retry_operation(books.operation(operation_id), mine(books, operation_id))


@pytest.mark.parametrize(
    "given", [lambda: answered("Indeterminate"), lambda: answered("RequiresReview"), abandoned],
    ids=["no answer", "under review", "given up"],
)  # fmt: skip
def test_one_whose_money_may_still_move_goes_on_with_the_same_run(given: Any):
    books, operation_id = given()
    before, requests = books.operation(operation_id), books.requests()
    books.save(decide_retry_operation(before, mine(books, operation_id))[0])
    after = books.operation(operation_id)
    assert (after.status, after.outcome, after.retry_count) == ("Running", "Pending", 1)
    assert (after.requested_amount, after.input) == (before.requested_amount, before.input)
    assert (after.finished_at, after.handed_at, after.process_after) == (None, None, None)
    assert books.requests() == requests


def test_nothing_but_the_operation_is_touched():
    books, operation_id = answered("Decline")
    decision, _ = decide_retry_operation(books.operation(operation_id), mine(books, operation_id))
    touched: list[SObject] = [change.after for change in decision.changed]
    assert decision.new == ()
    assert [type(record) for record in touched] == [BackgroundOperation]
