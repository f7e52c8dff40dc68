"""When an operation is done, what came of it, and what is raised when a rule refuses it or it is given up (M14)."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.decisions.ensure_funds import decide_ensure_funds
from orderwright.decisions.finish_operation import decide_give_up
from orderwright.decisions.plan_funds import FundsSequence, FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.put_off_operation import LONGEST_PAUSE, MOST_TRIES, decide_put_off, pause
from orderwright.decisions.retry_operation import decide_retry_operation
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.event import Event
from orderwright.objects.process_exception import ProcessException
from tests.builders import LATER, NOW, Books, Line, asked, order_summary

ZERO = Decimal(0)
WHY = "the gateway's adapter failed"


def funding(*amounts: str, invoice: str = "100") -> tuple[Books, str]:
    """An invoice for which authorizations of `amounts` are being captured; the operation's id."""
    books = order_summary(Line("A", 1, invoice))
    for amount in amounts:
        books.authorize(amount)
    return books, books.fund(FundsWishes(invoice_id=books.invoice(books.allocate({"A": 1}))))


def put_off(books: Books, operation_id: str, times: int = 1) -> None:
    for _ in range(times):
        books.save(decide_put_off(books.loaded, books.operation(operation_id), WHY, NOW))


def give_up(books: Books, operation_id: str) -> None:
    books.save(decide_give_up(books.loaded, books.operation(operation_id), WHY, LATER))


def raised(books: Books) -> ProcessException:
    """The one exception of the order, with its event checked against it."""
    (found,) = books.whole.funds.exceptions
    (event,) = [r for r in books.others if isinstance(r, Event) and r.name == "ProcessExceptionEvent"]
    told = {"AttachedToId": found.attached_to_id, "ExceptionType": found.exception_type, "Message": found.message,
            "Description": found.description, "BackgroundOperationId": found.background_operation_id,
            "OrderSummaryId": books.whole.summary.id, "Amount": str(found.amount), "InvoiceId": found.invoice_id,
            "CreditMemoId": found.credit_memo_id, "CurrencyIsoCode": "USD", "Severity": None}  # fmt: skip
    assert told.items() <= event.payload.items()
    return found


def active(books: Books) -> int:
    return books.whole.summary.active_process_exception_count


# --- done, and what came of it


def states_of(books: Books, *codes: str) -> None:
    for request, code in zip(books.requests(), codes, strict=True):
        if code == "Accepted":
            books.accept(request)
        else:
            books.answer(request, code)


OUTCOMES: list[tuple[str, list[str], str, str]] = [
    ("all moved", ["Success", "Success"], "Complete", "Succeeded"),
    ("a part moved", ["Success", "Decline"], "Complete", "PartlySucceeded"),
    ("nothing moved", ["Decline", "PermanentFail"], "Complete", "Failed"),
    ("one without an answer: unknown, whatever else", ["Success", "Indeterminate"], "Complete", "Unknown"),
    ("under review: unknown", ["Success", "RequiresReview"], "Complete", "Unknown"),
    ("taken by a gateway that answers later: pending", ["Success", "Accepted"], "Complete", "Pending"),
    ("no answer weighs more than one that will come", ["Accepted", "Indeterminate"], "Complete", "Unknown"),
]


@pytest.mark.parametrize(("codes", "status", "outcome"), [r[1:] for r in OUTCOMES], ids=[r[0] for r in OUTCOMES])
def test_outcomes(codes: list[str], status: str, outcome: str):
    books, operation_id = funding("60", "40")
    assert books.operation(operation_id).outcome == "Pending"
    states_of(books, *codes)
    operation = books.operation(operation_id)
    assert (operation.status, operation.outcome, operation.finished_at) == (status, outcome, NOW)


def test_what_is_pending_is_said_with_its_amount():
    books, operation_id = funding("60", "40")
    states_of(books, "Success", "Accepted")
    said = books.operation(operation_id).outcome_message
    assert said == "60.00 of 100.00 USD done; 40.00 USD taken by the gateway, which says later what became of it"


@pytest.mark.parametrize(
    ("code", "words"),
    [("Success", "it is settled already"), ("Indeterminate", "100.00 USD of it was asked for before")],
)
def test_an_operation_that_had_nothing_to_ask_for_says_why(code: str, words: str):
    books, _ = funding("100")
    states_of(books, code)
    again = books.operation(books.fund(FundsWishes(invoice_id=books.whole.funds.invoices[0].id)))
    assert (again.status, again.outcome, again.requested_amount) == ("Complete", "Succeeded", ZERO)
    assert words in (again.outcome_message or "")


def test_a_new_authorization_without_an_answer_does_not_hide_that_all_was_captured():
    books, operation_id = funding("100")
    books.put(
        GatewayRequest(
            id="9gR0", kind="Authorization", state="Indeterminate", amount=Decimal(9), currency_iso_code="USD",
            order_summary_id=books.whole.summary.id, background_operation_id=operation_id,
        )
    )  # fmt: skip
    states_of(books, "Success")
    assert books.operation(operation_id).outcome == "Succeeded"


# --- refused by a rule


def test_funds_refused_by_a_rule_raise_an_exception_on_the_invoice():
    books, operation_id = funding("30")
    operation, invoice = books.operation(operation_id), books.whole.funds.invoices[0]
    assert (operation.status, operation.outcome, operation.outcome_code) == ("Error", "Failed", "INSUFFICIENT_FUNDS")
    assert (operation.error, operation.finished_at, operation.attempts) == (operation.outcome_message, NOW, 1)
    found = raised(books)
    assert (found.exception_type, found.message) == ("OM Capture Failed", "Unable to Capture Payment")
    assert (found.attached_to_id, found.invoice_id, str(found.amount)) == (invoice.id, invoice.id, "100.00")
    assert (found.category, found.status, found.background_operation_id) == ("Payment", "New", operation_id)
    assert found.description == operation.outcome_message
    assert active(books) == 1


def test_the_amount_of_the_exception_is_what_was_needed_not_what_is_on_its_way():
    books, _ = funding("60")
    books.authorize("80")
    invoice = books.whole.funds.invoices[0]
    partly = FundsSequence(order_payment_summary_id=books.whole.payment_summaries[0].id, amount=Decimal(60))
    books.whole = msgspec.structs.replace(
        books.whole, funds_part=msgspec.structs.replace(books.whole.funds, exceptions=())
    )
    books.others.clear()
    books.fund(FundsWishes(invoice_id=invoice.id, sequences=(partly,), is_allow_partial=True))
    books.put(msgspec.structs.replace(books.whole.funds.authorizations[1], status="Canceled"))
    assert books.operation(books.fund(FundsWishes(invoice_id=invoice.id))).status == "Error"
    assert str(raised(books).amount) == "40.00"


def returned() -> tuple[Books, str]:
    """A credit memo over 100 and nothing that was paid; the memo's id."""
    books = order_summary(Line("A", 1, "100"), Line("B", 1, "100"))
    books.fulfil({"A": 1})
    return books, books.credit(books.change(decide_simple_return, asked(books.item("A"), 1)).change_order_id)


REFUSED_REFUNDS: list[tuple[str, bool, str, str]] = [
    ("of a credit memo", True, "0", "100.00"),
    ("of excess funds: no document, but an amount", False, "30", "30"),
    ("of both", True, "30", "130.00"),
]


@pytest.mark.parametrize(
    ("memo", "excess", "amount"), [r[1:] for r in REFUSED_REFUNDS], ids=[r[0] for r in REFUSED_REFUNDS]
)
def test_refunds_refused_by_a_rule_raise_an_exception(memo: bool, excess: str, amount: str):
    books, memo_id = returned()
    about = memo_id if memo else None
    books.refund(RefundWishes(credit_memo_id=about, excess_funds_amount=Decimal(excess)))
    found = raised(books)
    assert (found.exception_type, found.message) == ("OM Refund Failed", "Unable to Refund Payment")
    assert (found.attached_to_id, found.credit_memo_id) == (about or books.whole.summary.id, about)
    assert (str(found.amount), found.invoice_id, active(books)) == (amount, None, 1)


# --- put off, and given up


@pytest.mark.parametrize(("tries", "seconds"), [(1, 1), (2, 2), (3, 4), (7, 64), (9, 256), (10, 300), (99, 300)])
def test_the_pause_doubles_up_to_five_minutes(tries: int, seconds: int):
    assert pause(tries).total_seconds() == seconds
    assert pause(10) == LONGEST_PAUSE


def test_an_operation_that_is_put_off_waits_and_says_why():
    books, operation_id = funding("100")
    books.put(msgspec.structs.replace(books.operation(operation_id), handed_at=NOW))
    put_off(books, operation_id, 3)
    operation = books.operation(operation_id)
    assert (operation.status, operation.outcome, operation.finished_at) == ("Running", "Pending", None)
    assert (operation.tries, operation.attempts, operation.error, operation.handed_at) == (3, 3, WHY, None)
    assert operation.process_after == NOW + pause(3)
    assert (books.whole.funds.exceptions, active(books)) == ((), 0)


def test_after_the_last_try_it_is_given_up():
    books, operation_id = funding("100")
    put_off(books, operation_id, MOST_TRIES - 1)
    assert books.operation(operation_id).status == "Running"
    put_off(books, operation_id)
    operation = books.operation(operation_id)
    assert (operation.status, operation.error, operation.outcome_code) == ("Error", WHY, "UNKNOWN_EXCEPTION")
    assert (operation.tries, operation.attempts) == (MOST_TRIES, MOST_TRIES)
    assert (operation.finished_at, operation.process_after) == (NOW, None)
    assert raised(books).description == WHY


GIVEN_UP: list[tuple[str, list[str], str]] = [
    ("before it planned: nothing moved", [], "Failed"),
    ("with requests that may be on their way: unknown", ["100"], "Unknown"),
]


@pytest.mark.parametrize(("amounts", "outcome"), [r[1:] for r in GIVEN_UP], ids=[r[0] for r in GIVEN_UP])
def test_given_up(amounts: list[str], outcome: str):
    books, operation_id = funding(*amounts or ["100"])
    if not amounts:
        books.put(msgspec.structs.replace(books.requests()[0], state="Refused"))
    give_up(books, operation_id)
    assert books.operation(operation_id).outcome == outcome
    assert active(books) == 1


def test_given_up_the_exception_says_what_is_left():
    books, operation_id = funding("60", "40")
    books.answer(books.requests()[0], "Success")
    give_up(books, operation_id)
    assert (str(raised(books).amount), books.operation(operation_id).outcome) == ("40.00", "Unknown")


CODES: list[tuple[str, str, int]] = [("Success", "Succeeded", 1), ("Decline", "Failed", 2)]


@pytest.mark.parametrize(("code", "outcome", "exceptions"), CODES)
def test_what_a_given_up_operation_still_moves_is_added_to_it(code: str, outcome: str, exceptions: int):
    books, operation_id = funding("100")
    give_up(books, operation_id)
    books.answer(books.requests()[0], code)
    operation = books.operation(operation_id)
    assert (operation.status, operation.outcome, operation.finished_at) == ("Complete", outcome, LATER)
    assert operation.completed_amount == (100 if code == "Success" else 0)
    assert active(books) == exceptions


def test_an_exception_stays_until_a_person_moves_it_though_a_retry_succeeds():
    """Nobody but a person knows whether the reason is gone (docs/why/process-exceptions.md)."""
    books, operation_id = funding("30")
    books.pay("70")
    decision, waiting = decide_retry_operation(books.operation(operation_id), books.made_by(operation_id))
    books.save(decision)
    wishes: Any = msgspec.convert(waiting.input, FundsWishes)
    books.save(decide_ensure_funds(books.loaded, waiting, wishes, NOW))
    books.succeed()
    assert (books.operation(operation_id).outcome, active(books)) == ("Succeeded", 1)
    assert [e.status for e in books.whole.funds.exceptions] == ["New"]
