"""A request that fails, or gets no answer, is a record and an event with fields (semantics §15.2, §15.3, §15.7)."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from orderwright.decisions.count_exceptions import decide_exception_category
from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.event import Event
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.objects.picklists import STANDARD
from orderwright.objects.process_exception import ProcessException
from tests.builders import Books, Line, asked, order_summary

ZERO, HUNDRED = Decimal(0), Decimal(100)
REFUSALS = ["Decline", "PermanentFail", "ValidationError", "SystemError"]
UNKNOWN = ["Indeterminate", "RequiresReview"]
Given = Callable[[], tuple[Books, str]]


def capturing() -> tuple[Books, str]:
    """100 of an authorization are being captured for an invoice; the operation's id."""
    books = order_summary(Line("A", 1, "100"))
    books.authorize("150")
    return books, books.fund(FundsWishes(invoice_id=books.invoice(books.fulfil({"A": 1}))))


def refunding() -> tuple[Books, str]:
    """100 of a payment are being refunded for a credit memo."""
    books = order_summary(Line("A", 1, "100"))
    books.pay("150")
    books.fulfil({"A": 1})
    memo = books.credit(books.change(decide_simple_return, asked(books.item("A"), 1)).change_order_id)
    return books, books.refund(RefundWishes(credit_memo_id=memo))


def giving_back() -> tuple[Books, str]:
    """100 of a payment are being refunded as excess funds."""
    books = order_summary(Line("A", 1, "100"))
    books.pay("150")
    return books, books.refund(RefundWishes(excess_funds_amount=HUNDRED))


def events(books: Books) -> list[Event]:
    return [record for record in books.others if isinstance(record, Event) and record.name == "ProcessExceptionEvent"]


def found(books: Books) -> ProcessException:
    (exception,) = books.whole.funds.exceptions
    return exception


def active(books: Books) -> int:
    return books.whole.summary.active_process_exception_count


def last_log(books: Books) -> PaymentGatewayLog:
    return [record for record in books.others if isinstance(record, PaymentGatewayLog)][-1]


every = pytest.mark.parametrize("given", [capturing, refunding, giving_back])


@every
@pytest.mark.parametrize("code", [*REFUSALS, *UNKNOWN])
def test_it_says_what_failed_and_how_much_in_fields(given: Given, code: str):
    books, operation_id = given()
    request = books.requests()[0]
    books.answer(request, code, message="card expired", gateway_result_code="54")
    exception = found(books)
    assert (exception.amount, exception.currency_iso_code, exception.category) == (HUNDRED, "USD", "Payment")
    assert (exception.status, exception.status_category, exception.severity) == ("New", "ACTIVE", "High")
    assert exception.order_payment_summary_id == books.whole.payment_summaries[0].id
    assert exception.payment_authorization_id == request.payment_authorization_id
    assert exception.payment_id == request.payment_id
    assert (exception.invoice_id, exception.credit_memo_id) == (request.invoice_id, request.credit_memo_id)
    assert (exception.background_operation_id, exception.gateway_request_id) == (operation_id, request.id)
    assert exception.payment_gateway_log_id == last_log(books).id
    said = (exception.sf_result_code, exception.gateway_result_code, exception.gateway_message)
    assert said == (code, "54", "card expired")
    assert exception.description == f"{request.kind} of {request.amount} USD: {code} (card expired)"
    assert active(books) == 1


ATTACHED: list[tuple[str, Given, Callable[[Books], str | None], str, str]] = [
    ("a capture: to the invoice that was to be paid", capturing, lambda b: b.whole.funds.invoices[0].id,
     "OM Capture Failed", "Unable to Capture Payment"),
    ("a refund: to the credit memo", refunding, lambda b: b.whole.credit_memos[0].id,
     "OM Refund Failed", "Unable to Refund Payment"),
    ("a refund of excess funds: to the payment", giving_back, lambda b: b.whole.funds.payments[0].id,
     "OM Refund Failed", "Unable to Refund Payment"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "to", "type_", "message"), [a[1:] for a in ATTACHED], ids=[a[0] for a in ATTACHED])
def test_what_it_is_attached_to(given: Given, to: Callable[[Books], str | None], type_: str, message: str):
    books, _ = given()
    books.answer(books.requests()[0], "Decline")
    exception = found(books)
    assert (exception.attached_to_id, exception.exception_type, exception.message) == (to(books), type_, message)


@every
def test_its_event_says_the_same(given: Given):
    books, operation_id = given()
    books.answer(books.requests()[0], "Decline", message="no", gateway_result_code="05")
    (event,) = events(books)
    exception = found(books)
    assert event.order_summary_id == books.whole.summary.id
    assert event.payload == {
        "AttachedToId": exception.attached_to_id,
        "BackgroundOperationId": operation_id,
        "Description": exception.description,
        "ExceptionType": exception.exception_type,
        "ExternalReference": None,
        "Message": exception.message,
        "OrderSummaryId": books.whole.summary.id,
        "Severity": None,
        "Amount": str(exception.amount),
        "CurrencyIsoCode": "USD",
        "PaymentId": exception.payment_id,
        "PaymentAuthorizationId": exception.payment_authorization_id,
        "OrderPaymentSummaryId": exception.order_payment_summary_id,
        "InvoiceId": exception.invoice_id,
        "CreditMemoId": exception.credit_memo_id,
        "SfResultCode": "Decline",
        "GatewayResultCode": "05",
        "GatewayMessage": "no",
    }


@every
def test_a_declined_card_can_be_understood_from_the_operation_alone(given: Given):
    books, operation_id = given()
    request = books.requests()[0]
    books.answer(request, "Decline", message="insufficient balance", gateway_result_code="51")
    operation = books.operation(operation_id)
    assert (operation.status, operation.outcome, operation.outcome_code) == ("Complete", "Failed", "51")
    assert operation.outcome_message == f"{request.kind} of {request.amount} USD: Decline (insufficient balance)"
    assert (operation.requested_amount, operation.completed_amount) == (HUNDRED, ZERO)
    assert (operation.started_at is not None, operation.finished_at is not None, operation.attempts) == (True, True, 1)


def test_without_a_code_of_the_gateways_own_ours_stands_in_the_operation():
    books, operation_id = capturing()
    books.answer(books.requests()[0], "PermanentFail")
    assert books.operation(operation_id).outcome_code == "PermanentFail"


@every
@pytest.mark.parametrize("code", UNKNOWN)
def test_without_an_answer_it_is_resolved_when_the_money_turns_out_to_have_moved(given: Given, code: str):
    books, _ = given()
    books.answer(books.requests()[0], code)
    assert active(books) == 1
    books.answer(books.whole.funds.requests[0], "Success")
    assert (found(books).status, active(books), len(events(books))) == ("Resolved", 0, 1)


@every
def test_and_brought_up_to_date_when_it_turns_out_refused(given: Given):
    books, _ = given()
    books.answer(books.requests()[0], "Indeterminate", message="timeout")
    first = found(books)
    books.answer(books.whole.funds.requests[0], "Decline", message="no", gateway_result_code="05")
    after = found(books)
    assert (after.id, after.status, after.sf_result_code, after.gateway_result_code) == (
        first.id,
        "New",
        "Decline",
        "05",
    )
    assert (after.gateway_message, after.payment_gateway_log_id) == ("no", last_log(books).id)
    assert "Decline (no)" in (after.description or "")
    assert (active(books), len(events(books))) == (1, 1), "one request never raises two"


@pytest.mark.parametrize("status", ["Triaged"])
def test_one_that_a_person_has_looked_at_keeps_its_status(status: str):
    books, _ = capturing()
    books.answer(books.requests()[0], "Indeterminate")
    books.put(msgspec.structs.replace(found(books), status=status, priority="High"))
    books.answer(books.whole.funds.requests[0], "Decline")
    assert (found(books).status, found(books).priority, found(books).sf_result_code) == (status, "High", "Decline")


@every
def test_a_gateway_that_answers_later_raises_none_until_it_refuses(given: Given):
    books, _ = given()
    books.accept(books.requests()[0])
    assert (books.whole.funds.exceptions, active(books)) == ((), 0)
    books.answer(books.whole.funds.requests[0], "Decline")
    assert (found(books).sf_result_code, active(books)) == ("Decline", 1)


@every
def test_neither_success_nor_a_try_that_will_be_made_again_raises_one(given: Given):
    books, _ = given()
    books.answer(books.requests()[0], "SystemError", may_retry=True)
    books.succeed()
    assert (books.whole.funds.exceptions, events(books), active(books)) == ((), [], 0)


def test_each_payment_that_fails_has_its_own_and_the_order_counts_them():
    books = order_summary(Line("A", 1, "100"))
    for amount in ("50", "30", "20"):
        books.authorize(amount)
    books.fund(FundsWishes(invoice_id=books.invoice(books.allocate({"A": 1}))))
    for request, code in zip(books.requests(), ["Decline", "Success", "Indeterminate"], strict=True):
        books.answer(request, code)
    assert [str(e.amount) for e in books.whole.funds.exceptions] == ["50.00", "20.00"]
    assert (active(books), len(events(books))) == (2, 2)


@pytest.mark.parametrize("status", ["Resolved", "Ignored", "Voided", "Paused"])
def test_one_that_is_not_active_any_more_is_not_counted(status: str):
    books, _ = capturing()
    books.answer(books.requests()[0], "Decline")
    books.put(decide_exception_category(msgspec.structs.replace(found(books), status=status), STANDARD))
    books.fund(FundsWishes(invoice_id=books.whole.funds.invoices[0].id))
    assert active(books) == 0


def test_a_later_success_for_the_same_invoice_leaves_it_to_a_person():
    books, _ = capturing()
    books.answer(books.requests()[0], "Decline")
    books.fund(FundsWishes(invoice_id=books.whole.funds.invoices[0].id))
    books.succeed()
    assert (books.whole.funds.invoices[0].balance, found(books).status, active(books)) == (ZERO, "New", 1)


@pytest.mark.parametrize("first", ["Success", "Decline"])
def test_an_answer_that_comes_again_raises_none(first: str):
    books, _ = capturing()
    request = books.requests()[0]
    books.answer(request, first)
    before = (books.whole, len(books.others))
    books.answer(request, "Decline")
    assert (books.whole, len(books.others)) == before
