"""Money that is on its way cannot be used again, in whatever state it is and whoever sent it (M3, M11, M13)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.decisions.errors import InsufficientFunds
from orderwright.decisions.funds import roll_up_funds
from orderwright.decisions.plan_funds import FundsWishes, plan_funds
from orderwright.decisions.plan_refunds import RefundWishes, plan_refunds
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.payment import Payment, PaymentAuthAdjustment, PaymentLineInvoice, Refund
from tests.builders import NOW, Books, Line, asked, order_summary

ZERO = Decimal(0)
STATES: list[tuple[str, Callable[[Books, GatewayRequest], None]]] = [
    ("Open: perhaps not even sent", lambda books, request: None),
    ("Open: it could not be sent, and will be", lambda b, r: b.answer(r, "SystemError", may_retry=True)),
    ("Indeterminate: no answer came", lambda books, request: books.answer(request, "Indeterminate")),
    ("Indeterminate: under review", lambda books, request: books.answer(request, "RequiresReview")),
    ("Accepted: the gateway says later", lambda books, request: books.accept(request)),
]
ENDS: list[tuple[str, str]] = [("free again once it is refused", "Decline"), ("for good once it succeeds", "Success")]
by_state = pytest.mark.parametrize("reach", [s[1] for s in STATES], ids=[s[0] for s in STATES])
by_end = pytest.mark.parametrize("end", [e[1] for e in ENDS], ids=[e[0] for e in ENDS])


def two_invoices() -> tuple[Books, str, str]:
    """Invoices of 60 and of 50."""
    books = order_summary(Line("A", 1, "60"), Line("B", 1, "50"), Line("C", 1, "90"))
    return books, *(books.invoice(books.allocate({name: 1})) for name in "AB")  # type: ignore[return-value]


def available(books: Books) -> tuple[Any, Any]:
    summary = books.whole.payment_summaries[0]
    return summary.available_to_capture_amount, summary.available_to_refund_amount


def balance(books: Books, invoice: str) -> Decimal:
    return next(i.balance for i in books.whole.funds.invoices if i.id == invoice)


# --- captures


@by_end
@by_state
def test_what_is_being_captured_is_not_captured_for_another_invoice(
    reach: Callable[[Books, GatewayRequest], None], end: str
):
    books, first, second = two_invoices()
    books.authorize("100")
    books.fund(FundsWishes(invoice_id=first))
    reach(books, books.requests()[0])
    assert available(books) == (40, 0)
    with pytest.raises(InsufficientFunds, match=r"have 40\.00 "):
        plan_funds(books.loaded, FundsWishes(invoice_id=second), NOW)
    books.answer(books.whole.funds.requests[0], end)
    refused = end == "Decline"
    assert available(books) == ((100, 0) if refused else (40, 60))
    assert balance(books, first) == (60 if refused else 0)


@by_state
def test_nor_twice_for_the_same_invoice(reach: Callable[[Books, GatewayRequest], None]):
    books, first, _ = two_invoices()
    books.authorize("200")
    books.fund(FundsWishes(invoice_id=first))
    reach(books, books.requests()[0])
    made = plan_funds(books.loaded, FundsWishes(invoice_id=first), NOW)
    assert made.needed == made.planned == 0


def recorded(books: Books, record: Any) -> None:
    """What others recorded; totals are made true as a save does."""
    books.put(record)
    books.whole = roll_up_funds(books.whole)


def test_captures_that_others_recorded_as_pending_are_not_made_again():
    books, first, _ = two_invoices()
    summary = books.authorize("100")
    authorization = books.whole.funds.authorizations[0]
    pending = books.payment("70", status="Pending", payment_authorization_id=authorization.id)
    recorded(books, msgspec.structs.replace(pending, order_payment_summary_id=summary))
    assert available(books) == (30, 0)
    with pytest.raises(InsufficientFunds, match=r"have 30\.00 "):
        plan_funds(books.loaded, FundsWishes(invoice_id=first), NOW)


@pytest.mark.parametrize("status", ["Pending", "Processed"])
def test_what_is_being_reversed_or_is_reversed_is_not_captured(status: str):
    books, first, _ = two_invoices()
    books.authorize("100")
    reversal = PaymentAuthAdjustment(
        id="9tv000000000001",
        amount=Decimal("70.00"),
        payment_authorization_id=books.whole.funds.authorizations[0].id,
        processing_mode="External",
        status=status,
        type="Reversal",
    )
    recorded(books, reversal)
    assert available(books)[0] == 30
    with pytest.raises(InsufficientFunds, match=r"have 30\.00 "):
        plan_funds(books.loaded, FundsWishes(invoice_id=first), NOW)


# --- refunds


def returned() -> tuple[Books, str]:
    """A payment of 100, half of it owed back by a credit memo over 60; the memo's id."""
    books = order_summary(Line("A", 1, "60"), Line("B", 1, "50"))
    books.pay("100")
    books.fund(FundsWishes(invoice_id=books.invoice(books.fulfil({"A": 1}))))
    return books, books.credit(books.change(decide_simple_return, asked(books.item("A"), 1)).change_order_id)


@by_end
@by_state
def test_what_is_being_refunded_is_not_refunded_as_excess(reach: Callable[[Books, GatewayRequest], None], end: str):
    books, memo = returned()
    books.refund(RefundWishes(credit_memo_id=memo))
    reach(books, books.requests()[0])
    assert available(books)[1] == 40
    with pytest.raises(InsufficientFunds, match=r"can refund 40\.00"):
        plan_refunds(books.loaded, RefundWishes(excess_funds_amount=Decimal(50)))
    books.answer(books.whole.funds.requests[0], end)
    refused = end == "Decline"
    assert available(books)[1] == (100 if refused else 40)
    assert books.whole.credit_memos[0].balance == (60 if refused else 0)


@by_state
def test_nor_twice_for_the_same_credit_memo(reach: Callable[[Books, GatewayRequest], None]):
    books, memo = returned()
    books.refund(RefundWishes(credit_memo_id=memo))
    reach(books, books.requests()[0])
    assert plan_refunds(books.loaded, RefundWishes(credit_memo_id=memo)).needed == ZERO


@by_state
def test_what_is_going_back_does_not_fund_an_invoice(reach: Callable[[Books, GatewayRequest], None]):
    books = order_summary(Line("A", 1, "60"), Line("B", 1, "50"))
    books.pay("100")
    books.refund(RefundWishes(excess_funds_amount=Decimal(50)))
    reach(books, books.requests()[0])
    invoice = books.invoice(books.allocate({"A": 1}))
    with pytest.raises(InsufficientFunds, match=r"have 50\.00 "):
        plan_funds(books.loaded, FundsWishes(invoice_id=invoice), NOW)


def refund_of_others(books: Books, amount: str, status: str) -> None:
    """A refund that somebody recorded by hand, without a line that says of which payment it is."""
    made = Refund(
        id="0cb000000000001",
        amount=Decimal(amount),
        currency_iso_code="USD",
        order_payment_summary_id=books.whole.payment_summaries[0].id,
        processing_mode="External",
        status=status,
        type="Referenced",
    )
    recorded(books, made)


@pytest.mark.parametrize("status", ["Pending", "Processed"])
def test_what_others_refund_is_not_refunded_again(status: str):
    books, memo = returned()
    refund_of_others(books, "70.00", status)
    assert available(books)[1] == 30
    with pytest.raises(InsufficientFunds, match=r"can refund 30\.00"):
        plan_refunds(books.loaded, RefundWishes(credit_memo_id=memo))


@pytest.mark.parametrize("status", ["Pending", "Processed"])
def test_what_others_refund_of_several_payments_is_taken_off_in_their_order(status: str):
    books = order_summary(Line("A", 1, "60"))
    books.pay("30", "50", "20")
    refund_of_others(books, "40.00", status)
    made = plan_refunds(books.loaded, RefundWishes(excess_funds_amount=Decimal(60)))
    of = {p.id: p.amount for p in books.whole.funds.payments}
    assert [(str(of[take.id]), str(take.amount)) for take in made.for_excess] == [
        ("50.00", "40.00"),
        ("20.00", "20.00"),
    ]


@pytest.mark.parametrize("status", ["Pending", "Processed"])
def test_what_others_refund_does_not_fund_an_invoice(status: str):
    books = order_summary(Line("A", 1, "60"))
    books.pay("100")
    refund_of_others(books, "70.00", status)
    invoice = books.invoice(books.allocate({"A": 1}))
    with pytest.raises(InsufficientFunds, match=r"have 30\.00 "):
        plan_funds(books.loaded, FundsWishes(invoice_id=invoice), NOW)


@pytest.mark.parametrize("status", ["Failed", "Canceled", "Draft"])
def test_a_refund_of_others_that_came_to_nothing_takes_nothing(status: str):
    books, memo = returned()
    refund_of_others(books, "70.00", status)
    assert plan_refunds(books.loaded, RefundWishes(credit_memo_id=memo)).needed == 60


# --- a gateway that answers later: the record is there at once, and what it comes to makes it true


LATER_ANSWERS: list[tuple[str, list[str], str, str, str]] = [
    ("taken", [], "Pending", "Pending", "0.00"),
    ("taken, then done", ["Success"], "Processed", "Succeeded", "60.00"),
    ("taken, then refused", ["Decline"], "Failed", "Failed", "0.00"),
    ("taken, then nobody knows", ["Indeterminate"], "Pending", "Unknown", "0.00"),
    ("taken, then nobody knows, then done", ["Indeterminate", "Success"], "Processed", "Succeeded", "60.00"),
    ("taken, then nobody knows, then refused", ["Indeterminate", "PermanentFail"], "Failed", "Failed", "0.00"),
]
later = pytest.mark.parametrize(
    ("codes", "status", "outcome", "moved"), [r[1:] for r in LATER_ANSWERS], ids=[r[0] for r in LATER_ANSWERS]
)


@later
def test_a_capture_that_is_answered_later(codes: list[str], status: str, outcome: str, moved: str):
    books, first, _ = two_invoices()
    books.authorize("100")
    operation_id = books.fund(FundsWishes(invoice_id=first))
    books.accept(books.requests()[0])
    for code in codes:
        books.answer(books.whole.funds.requests[0], code)
    (payment,) = books.whole.funds.payments
    assert (payment.status, str(payment.amount), payment.gateway_ref_number) == (status, "60.00", "ref")
    operation = books.operation(operation_id)
    assert (operation.status, operation.outcome, operation.completed_amount) == ("Complete", outcome, Decimal(moved))
    assert balance(books, first) == 60 - Decimal(moved)
    assert sum(line.amount for line in books.whole.funds.payment_lines) == Decimal(moved)


@later
def test_a_refund_that_is_answered_later(codes: list[str], status: str, outcome: str, moved: str):
    books, memo = returned()
    operation_id = books.refund(RefundWishes(credit_memo_id=memo))
    books.accept(books.requests()[0])
    for code in codes:
        books.answer(books.whole.funds.requests[0], code)
    (refund,) = books.whole.funds.refunds
    assert (refund.status, str(refund.amount), refund.credit_memo_id) == (status, "60.00", memo)
    operation = books.operation(operation_id)
    assert (operation.outcome, operation.completed_amount) == (outcome, Decimal(moved))
    assert books.whole.credit_memos[0].balance == 60 - Decimal(moved)
    assert sum(line.amount for line in books.whole.funds.refund_lines) == Decimal(moved)


def test_what_an_invoice_does_not_need_any_more_stays_with_the_payment():
    """Others paid 50 of the 60 while they were being captured: the money has moved, and 50 of it settle nothing."""
    books, first, _ = two_invoices()
    books.authorize("100")
    books.fund(FundsWishes(invoice_id=first))
    by_cheque = PaymentLineInvoice(
        id="1PL000000000001", amount=Decimal(50), invoice_id=first, payment_id="0aQ000000000001", type="Applied"
    )
    recorded(books, by_cheque)
    books.succeed()
    (payment,) = books.whole.funds.payments
    assert (payment.amount, payment.net_applied, payment.balance) == (Decimal(60), Decimal(10), Decimal(50))
    assert balance(books, first) == 0


def test_a_pending_payment_of_our_own_asking_is_counted_once():
    """By its request, not by its record too."""
    books, first, second = two_invoices()
    books.authorize("110")
    books.fund(FundsWishes(invoice_id=first))
    books.accept(books.requests()[0])
    payment: Payment = books.whole.funds.payments[0]
    assert (payment.status, payment.gateway_request_id) == ("Pending", books.whole.funds.requests[0].id)
    assert str(books.whole.payment_summaries[0].pending_capture_amount) == "60.00"
    assert plan_funds(books.loaded, FundsWishes(invoice_id=second), NOW).planned == 50
