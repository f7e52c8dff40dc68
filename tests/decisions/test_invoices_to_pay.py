"""Fee invoices that are paid out of what is owed back, before anything is refunded (semantics §10.3, §14.1)."""

from decimal import Decimal

import pytest

from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.simple_return import decide_simple_return
from tests.builders import Books, Line, asked, order_summary, with_fee

ZERO = Decimal(0)
Paid = list[tuple[str, str]]


def owed(memo: str, paid: str, *fees: str) -> tuple[Books, str, list[str]]:
    """An order that was paid with `paid`, a credit memo over `memo` of it, and fee invoices; the memo's and their ids.

    Each fee comes with the return of an item of its own, which costs nothing.
    """
    free = [Line(f"free {number}", 1, "0") for number in range(len(fees))]
    books = order_summary(Line("A", 1, memo), Line("B", 1, "1000"), *free)
    books.pay(paid)
    books.fulfil({"A": 1, **{line.name: 1 for line in free}})
    memo_id = books.credit(books.change(decide_simple_return, asked(books.item("A"), 1)).change_order_id)
    invoices = []
    for line, amount in zip(free, fees, strict=True):
        item = with_fee(asked(books.item(line.name), 1), "AmountWithoutTax", amount)
        invoices.append(books.charge(books.change(decide_simple_return, item).fee_change_order_id or ""))
    return books, memo_id, invoices


def left(books: Books, invoices: list[str]) -> list[str]:
    balances = {invoice.id: invoice.balance for invoice in books.whole.funds.invoices}
    return [f"{balances[invoice]:.0f}" for invoice in invoices]


def from_memo(books: Books, invoices: list[str]) -> Paid:
    """What the credit memo pays: (number of the invoice, amount)."""
    lines = books.whole.funds.credit_applications
    return [(str(invoices.index(line.invoice_id)), f"{line.amount:.0f}") for line in lines]


def from_payments(books: Books, invoices: list[str]) -> Paid:
    """What captured money pays."""
    lines = books.whole.funds.payment_lines
    return [(str(invoices.index(line.invoice_id)), f"{line.amount:.0f}") for line in lines]


def refunds(books: Books) -> Paid:
    return [("memo" if r.credit_memo_id else "excess", f"{r.amount:.0f}") for r in books.requests()]


ROWS: list[tuple[str, list[str], list[int], str, Paid, Paid, Paid, list[str]]] = [
    ("a fee is paid from the credit memo, the rest is refunded", ["20"], [0], "0",
     [("0", "20")], [], [("memo", "70")], ["0"]),
    ("several, in the order given", ["60", "50"], [1, 0], "0",
     [("1", "50"), ("0", "40")], [], [], ["20", "0"]),
    ("a fee of all that is owed leaves nothing to refund", ["90"], [0], "0", [("0", "90")], [], [], ["0"]),
    ("a fee above what is owed is paid in part", ["120"], [0], "0", [("0", "90")], [], [], ["30"]),
    ("what the credit memo did not pay is paid out of the excess funds", ["120"], [0], "50",
     [("0", "90")], [("0", "30")], [("excess", "20")], ["0"]),
    ("credit memo and excess over several fees", ["80", "30"], [0, 1], "50",
     [("0", "80"), ("1", "10")], [("1", "20")], [("excess", "30")], ["0", "0"]),
    ("a fee above both: nothing is refunded", ["200"], [0], "50", [("0", "90")], [("0", "50")], [], ["60"]),
    ("one that is not named is not paid", ["20", "30"], [1], "0", [("1", "30")], [], [("memo", "60")], ["20", "0"]),
    ("one that is named twice is paid once", ["20"], [0, 0], "0", [("0", "20")], [], [("memo", "70")], ["0"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fees", "named", "excess", "memo_pays", "money_pays", "refunded", "open_amounts"),
    [r[1:] for r in ROWS],
    ids=[r[0] for r in ROWS],
)
def test_with_a_credit_memo(
    fees: list[str], named: list[int], excess: str, memo_pays: Paid, money_pays: Paid, refunded: Paid,
    open_amounts: list[str],
):  # fmt: skip
    books, memo, invoices = owed("90", "500", *fees)
    to_pay = tuple(invoices[number] for number in named)
    wishes = RefundWishes(credit_memo_id=memo, excess_funds_amount=Decimal(excess), invoices_to_pay=to_pay)
    operation = books.operation(books.refund(wishes))
    assert from_memo(books, invoices) == memo_pays
    assert from_payments(books, invoices) == money_pays
    assert refunds(books) == refunded
    assert left(books, invoices) == open_amounts
    assert operation.requested_amount == sum((request.amount for request in books.requests()), ZERO)
    books.succeed()
    assert (books.whole.credit_memos[0].balance, books.operation(operation.id).outcome) == (ZERO, "Succeeded")


EXCESS: list[tuple[str, list[str], str, Paid, Paid]] = [
    ("of excess funds alone: a fee is paid from captured money", ["20"], "50", [("0", "20")], [("excess", "30")]),
    ("several fees, as far as it reaches", ["20", "40"], "50", [("0", "20"), ("1", "30")], []),
]


@pytest.mark.parametrize(
    ("fees", "excess", "money_pays", "refunded"), [r[1:] for r in EXCESS], ids=[r[0] for r in EXCESS]
)
def test_out_of_excess_funds_alone(fees: list[str], excess: str, money_pays: Paid, refunded: Paid):
    books, _, invoices = owed("90", "500", *fees)
    books.refund(RefundWishes(excess_funds_amount=Decimal(excess), invoices_to_pay=tuple(invoices)))
    assert (from_payments(books, invoices), refunds(books), from_memo(books, invoices)) == (money_pays, refunded, [])
    payment = books.whole.funds.payments[0]
    assert payment.balance == 500 - sum(Decimal(amount) for _, amount in money_pays)


def test_money_that_an_invoice_holds_does_not_pay_fees_out_of_excess():
    """What is left of the excess is refunded; the fee stays open."""
    books, _, invoices = owed("90", "90", "20")
    books.fund(FundsWishes(invoice_id=books.invoice(books.whole.fulfillment.orders[0].id)))
    books.refund(RefundWishes(excess_funds_amount=Decimal(50), invoices_to_pay=tuple(invoices)))
    assert (left(books, invoices), refunds(books)) == (["20"], [("excess", "50")])


def test_what_pays_a_fee_cannot_be_refunded_by_the_same_request():
    """The memo pays 90 of the fee and the excess 20; of the 125 that were paid 105 are left, and 120 are asked for."""
    books, memo, invoices = owed("90", "125", "110")
    wishes = RefundWishes(credit_memo_id=memo, excess_funds_amount=Decimal(140), invoices_to_pay=tuple(invoices))
    operation = books.operation(books.refund(wishes))
    assert (operation.status, operation.outcome_code) == ("Error", "INSUFFICIENT_FUNDS")
    assert (books.whole.funds.credit_applications, books.whole.funds.payment_lines) == ((), ())


def test_a_fee_that_is_being_captured_is_not_paid_again():
    books, memo, invoices = owed("90", "90", "20")
    books.refund(RefundWishes(excess_funds_amount=Decimal(90)))
    books.authorize("100")
    books.fund(FundsWishes(invoice_id=invoices[0]))
    capture = next(request for request in books.requests() if request.kind == "Capture")
    for request in books.requests():
        books.answer(request, "Indeterminate" if request == capture else "Decline")
    books.refund(RefundWishes(credit_memo_id=memo, invoices_to_pay=tuple(invoices)))
    assert (refunds(books), left(books, invoices)) == ([("memo", "90")], ["20"])
    books.answer(capture, "Success")
    assert left(books, invoices) == ["0"]


def test_a_fee_that_was_paid_before_is_not_paid_again():
    books, memo, invoices = owed("90", "200", "20")
    books.fund(FundsWishes(invoice_id=invoices[0]))
    books.refund(RefundWishes(credit_memo_id=memo, invoices_to_pay=tuple(invoices)))
    assert (refunds(books), from_memo(books, invoices)) == ([("memo", "90")], [])


def test_a_second_run_pays_what_is_left_of_the_fee_and_nothing_twice():
    books, memo, invoices = owed("90", "200", "120")
    for _ in range(2):
        books.refund(RefundWishes(credit_memo_id=memo, invoices_to_pay=tuple(invoices)))
    assert (from_memo(books, invoices), left(books, invoices)) == ([("0", "90")], ["30"])
