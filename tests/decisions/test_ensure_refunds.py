"""Which payments give back how much (semantics §14, M3, M4, M7, M8)."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.decisions.balances import excess_funds
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.ensure_refunds import taken_from_unapplied
from orderwright.decisions.errors import (
    InsufficientFunds,
    InvalidCrossReference,
    InvalidInput,
    Refusal,
    RequiredFieldMissing,
)
from orderwright.decisions.plan_funds import FundsSequence, FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes, plan_refunds
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.decisions.start_operation import decide_start_ensure_refunds
from orderwright.objects.payment import Payment
from tests.builders import NOW, Books, Line, asked, order_summary

ZERO = Decimal(0)


def paid(*payments: str) -> tuple[Books, dict[str, str]]:
    """A credit memo over 90 of an order of 200 whose payment summaries are `a 60`, `b 50 20` (two payments)."""
    books = order_summary(Line("A", 1, "90"), Line("B", 1, "110"))
    books.fulfil({"A": 1})
    books.credit(books.change(decide_simple_return, asked(books.item("A"), 1)).change_order_id)
    names = {books.pay(*text.split()[1:]): text.split()[0] for text in payments}
    return books, names


def plan(books: Books, names: dict[str, str], *, memo: bool = True, **wishes: Any) -> list[tuple[str, str, str]]:
    """The plan as (for what, payment summary, amount), in order."""
    memo_id = books.whole.credit_memos[0].id if memo else None
    made = plan_refunds(books.whole, RefundWishes(credit_memo_id=memo_id, **wishes))
    holders = {p.id: p.order_payment_summary_id or "" for p in books.whole.funds.payments}
    return [
        (what, names[holders[take.id]], f"{take.amount:.0f}")
        for what, takes in (("memo", made.for_memo), ("excess", made.for_excess))
        for take in takes
    ]


ROWS: list[tuple[str, list[str], str, list[tuple[str, str, str]]]] = [
    ("the exact match", ["a 100", "b 90"], "0", [("memo", "b", "90")]),
    ("else the smallest that is sufficient", ["a 150", "b 100", "c 20"], "0", [("memo", "b", "90")]),
    ("else several in descending order: 90 on 60/50/40 is 60 + 30 from the 50 (M8)", ["a 40", "b 60", "c 50"], "0",
     [("memo", "b", "60"), ("memo", "c", "30")]),
    ("equal ones: the earlier (M2)", ["a 100", "b 100"], "0", [("memo", "a", "90")]),
    ("one summary with several payments: the same steps on its payments", ["a 30 40 25 20"], "0",
     [("memo", "a", "40"), ("memo", "a", "30"), ("memo", "a", "20")]),
    ("one summary with several payments: an exact one", ["a 10 90 20"], "0", [("memo", "a", "90")]),
    ("a smaller exact one is not looked for: 90 on 60/30/50 is a walk, 60 + 30 from the 50", ["a 60", "b 30", "c 50"],
     "0", [("memo", "a", "60"), ("memo", "c", "30")]),
    ("a summary with several payments counts as one: together an exact match", ["a 95", "b 60 30"], "0",
     [("memo", "b", "60"), ("memo", "b", "30")]),
    ("inside one summary: the smallest payment that is sufficient", ["a 200 95 100 20"], "0", [("memo", "a", "90")]),
    ("inside one summary: equal payments, the earlier (M2)", ["a 90 90"], "0", [("memo", "a", "90")]),
    ("excess: an exact match", ["a 90", "b 40", "c 30"], "30", [("memo", "a", "90"), ("excess", "c", "30")]),
    ("excess: else the smallest that is sufficient", ["a 90", "b 60", "c 50"], "30",
     [("memo", "a", "90"), ("excess", "c", "30")]),
    ("excess: else several in descending order", ["a 90", "b 20", "c 25"], "30",
     [("memo", "a", "90"), ("excess", "c", "25"), ("excess", "b", "5")]),
    ("excess: the same steps on what the credit memo left", ["a 100", "b 90", "c 30"], "30",
     [("memo", "b", "90"), ("excess", "c", "30")]),
    ("excess: the rest of a summary that the memo used", ["a 100"], "10", [("memo", "a", "90"), ("excess", "a", "10")]),
]  # fmt: skip


@pytest.mark.parametrize(("payments", "excess", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_default_rule(payments: list[str], excess: str, expected: list[tuple[str, str, str]]):
    books, names = paid(*payments)
    assert plan(books, names, excess_funds_amount=Decimal(excess)) == expected


SEQUENCES: list[tuple[str, list[str], list[tuple[str, str]], str, bool, list[tuple[str, str, str]]]] = [
    ("in the order given, as much as is said", ["a 90", "b 90"], [("b", "20"), ("a", "70")], "0", True,
     [("memo", "b", "20"), ("memo", "a", "70")]),
    ("amount 0 is all that can be refunded", ["a 90", "b 30"], [("b", "0")], "0", True, [("memo", "b", "30")]),
    ("money goes to the credit memo first, then to excess", ["a 100", "b 30"], [("a", "100"), ("b", "10")], "20", True,
     [("memo", "a", "90"), ("excess", "a", "10"), ("excess", "b", "10")]),
    ("a cap above what can be refunded gives what can be", ["a 30", "b 90"], [("a", "50")], "0", True,
     [("memo", "a", "30")]),
    ("amount 0 reaches into the excess too", ["a 100", "b 90"], [("a", "0")], "30", True,
     [("memo", "a", "90"), ("excess", "a", "10")]),
    ("a cap inside one summary: the same three steps under it", ["a 40 60 50"], [("a", "60")], "0", True,
     [("memo", "a", "60")]),
    ("without sequences isAllowPartial has no effect", ["a 90"], [], "0", True, [("memo", "a", "90")]),
    ("the default rules start anew on what is left: an exact one", ["a 90", "b 70", "c 95"], [("a", "20")], "0", False,
     [("memo", "a", "90")]),
    ("stop when all is refunded: later sequences give nothing", ["a 90", "b 90"], [("b", "0"), ("a", "0")], "0", False,
     [("memo", "b", "90")]),
    ("isAllowPartial stops there", ["a 90", "b 90"], [("b", "20")], "0", True, [("memo", "b", "20")]),
    ("else the default rules refund the rest", ["a 90", "b 90"], [("b", "20")], "0", False,
     [("memo", "b", "90")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("payments", "sequences", "excess", "partial", "expected"),
    [r[1:] for r in SEQUENCES],
    ids=[r[0] for r in SEQUENCES],
)
def test_sequences(
    payments: list[str],
    sequences: list[tuple[str, str]],
    excess: str,
    partial: bool,
    expected: list[tuple[str, str, str]],
):
    books, names = paid(*payments)
    by_name = {name: summary_id for summary_id, name in names.items()}
    wanted = tuple(FundsSequence(order_payment_summary_id=by_name[n], amount=Decimal(a)) for n, a in sequences)
    got = plan(books, names, sequences=wanted, is_allow_partial=partial, excess_funds_amount=Decimal(excess))
    assert sorted(got, key=lambda take: take[0] == "excess") == expected


WHY: list[tuple[str, list[str], list[str]]] = [
    ("the exact match", ["a 90"], ["exact match"]),
    ("the smallest sufficient", ["a 100"], ["smallest that covers it"]),
    ("a walk, though each gives all it has", ["a 50", "b 40"], ["several, in descending order"] * 2),
    ("several payments of one summary", ["a 60 100"],
     ["smallest that covers it; inside it: smallest that covers it"]),
]  # fmt: skip


@pytest.mark.parametrize(("payments", "why"), [r[1:] for r in WHY], ids=[r[0] for r in WHY])
def test_why_words(payments: list[str], why: list[str]):
    books, _ = paid(*payments)
    made = plan_refunds(books.whole, RefundWishes(credit_memo_id=books.whole.credit_memos[0].id))
    assert [take.why for take in made.for_memo] == why


def test_named_in_sequences_is_a_reason():
    books, names = paid("a 100")
    wanted = (FundsSequence(order_payment_summary_id=next(iter(names)), amount=Decimal(20)),)
    made = plan_refunds(books.whole, RefundWishes(credit_memo_id=books.whole.credit_memos[0].id, sequences=wanted))
    assert [take.why for take in made.for_memo] == ["named in sequences; smallest that covers it"]


def test_summaries_whose_payments_were_applied_win_ties():
    books, names = paid("a 100", "b 100")
    by_name = {name: summary_id for summary_id, name in names.items()}
    invoice = books.invoice(books.whole.fulfillment.orders[0].id)
    only_b = (FundsSequence(order_payment_summary_id=by_name["b"], amount=ZERO),)
    books.fund(FundsWishes(invoice_id=invoice, sequences=only_b))
    assert plan(books, names) == [("memo", "b", "90")]


def test_what_is_on_its_way_back_cannot_be_refunded_again():
    books, _ = paid("a 100")
    memo = books.whole.credit_memos[0].id
    books.refund(RefundWishes(credit_memo_id=memo))
    assert str(books.whole.payment_summaries[0].available_to_refund_amount) == "10.00"
    again = books.operation(books.refund(RefundWishes(credit_memo_id=memo)))
    assert (len(books.requests()), str(again.requested_amount), again.status) == (1, "0", "Complete")
    excess = books.operation(books.refund(RefundWishes(excess_funds_amount=Decimal(20))))
    assert (excess.status, excess.outcome_code) == ("Error", "INSUFFICIENT_FUNDS")


@pytest.mark.parametrize("status", ["Pending"])
def test_what_is_not_captured_cannot_be_refunded(status: str):
    books, _ = paid()
    books.pay("100", status=status)
    with pytest.raises(InsufficientFunds, match="can refund 0"):
        plan_refunds(books.whole, RefundWishes(credit_memo_id=books.whole.credit_memos[0].id))


def test_authorized_money_cannot_be_refunded():
    books, _ = paid()
    books.authorize("100")
    with pytest.raises(InsufficientFunds, match=r"90\.00 USD should be refunded .* can refund 0"):
        plan_refunds(books.whole, RefundWishes(credit_memo_id=books.whole.credit_memos[0].id))


def test_a_refunded_credit_memo_has_no_balance_left_and_money_is_never_refunded_twice():
    books, _ = paid("a 100")
    memo = books.whole.credit_memos[0].id
    books.refund(RefundWishes(credit_memo_id=memo))
    books.succeed()
    assert (str(books.whole.credit_memos[0].balance), str(books.whole.payment_summaries[0].refunded_amount)) == (
        "0.00",
        "90.00",
    )
    books.refund(RefundWishes(credit_memo_id=memo))
    assert not books.requests()


UNAPPLIED: list[tuple[str, str, str, str, str, bool, str]] = [
    # of 100: applied, refunded before, of that unapplied; then a refund, for excess or not, and what it takes
    ("a credit memo's refund takes applied money first", "60", "0", "0", "50", False, "0"),
    ("then money that no invoice holds", "60", "0", "0", "80", False, "20"),
    ("what was refunded of applied money is not there any more", "60", "40", "0", "50", False, "30"),
    ("what was refunded of unapplied money was not applied", "60", "30", "30", "60", False, "0"),
    ("a refund of excess takes money that no invoice holds first", "60", "0", "0", "30", True, "30"),
    ("then applied money", "60", "0", "0", "70", True, "40"),
    ("excess after excess", "60", "30", "30", "30", True, "10"),
    ("nothing was applied: all of it", "0", "0", "0", "70", False, "70"),
    ("all was applied: none of it", "100", "0", "0", "70", True, "0"),
]


@pytest.mark.parametrize(
    ("applied", "refunded", "unapplied", "amount", "excess", "expected"),
    [r[1:] for r in UNAPPLIED],
    ids=[r[0] for r in UNAPPLIED],
)
def test_how_much_of_a_refund_no_invoice_held(
    applied: str, refunded: str, unapplied: str, amount: str, excess: bool, expected: str
):
    """Decisions.md M4: what a payment has left to apply is never more than what it has left at all."""
    payment = Payment(
        id="0aQ0", amount=Decimal(100), processing_mode="External", status="Processed", type="Sale",
        total_applied=Decimal(applied), total_refund_applied=Decimal(refunded),
        refunded_unapplied_amount=Decimal(unapplied),
    )  # fmt: skip
    assert taken_from_unapplied(payment, Decimal(amount), excess=excess) == Decimal(expected)


def test_excess_is_tied_to_no_credit_memo_and_falls_when_it_is_refunded():
    books = order_summary(Line("A", 1, "60"), Line("B", 1, "40"))
    books.pay("100")
    balances = books.change(decide_cancel, asked(books.item("A"), 1)).balances
    assert (str(balances.total_excess_funds_amount), str(balances.total_refundable_amount)) == ("60.00", "60.00")
    books.refund(RefundWishes(excess_funds_amount=Decimal(60)))
    assert str(excess_funds(books.whole)) == "60.00", "not reduced by a pending refund (semantics §14.8)"
    books.succeed()
    assert excess_funds(books.whole) == 0
    assert books.whole.funds.refunds[0].credit_memo_id is None


def test_a_refund_of_a_credit_memo_leaves_excess_alone():
    """Of 100 captured, 60 were invoiced and came back; 40 were cancelled: two debts, each paid once (N10)."""
    books = order_summary(Line("A", 1, "60"), Line("B", 1, "40"))
    books.pay("100")
    made = books.fulfil({"A": 1})
    books.fund(FundsWishes(invoice_id=books.invoice(made)))
    returned = books.change(decide_simple_return, asked(books.item("A"), 1))
    cancelled = books.change(decide_cancel, asked(books.item("B"), 1)).balances
    assert (str(cancelled.total_excess_funds_amount), str(cancelled.total_refundable_amount)) == ("40.00", "100.00")
    memo = books.credit(returned.change_order_id)
    books.refund(RefundWishes(credit_memo_id=memo))
    books.succeed()
    assert excess_funds(books.whole) == 40
    # the memo took applied money: what no invoice holds is still there for the excess refund (M4)
    assert books.whole.funds.payments[0].balance == 40
    books.refund(RefundWishes(excess_funds_amount=Decimal(40)))
    books.succeed()
    assert (excess_funds(books.whole), books.whole.funds.payments[0].balance) == (ZERO, ZERO)
    assert books.whole.payment_summaries[0].available_to_refund_amount == 0


def test_money_that_goes_back_cannot_fund_an_invoice():
    books = order_summary(Line("A", 1, "60"), Line("B", 1, "40"))
    books.pay("100")
    books.change(decide_cancel, asked(books.item("A"), 1))
    books.refund(RefundWishes(excess_funds_amount=Decimal(100)))
    operation = books.fund(FundsWishes(invoice_id=books.invoice(books.allocate({"B": 1}))))
    assert books.operation(operation).outcome_code == "INSUFFICIENT_FUNDS"


REFUSALS: list[tuple[str, dict[str, Any], type[Refusal], str]] = [
    ("neither credit memo nor excess", {"credit_memo_id": None}, RequiredFieldMissing, "creditMemoId"),
    ("a negative excess amount", {"credit_memo_id": "50g000000000099", "excess_funds_amount": Decimal("-1.001")},
     InvalidInput, "is negative"),
    ("an excess amount finer than the currency",
     {"credit_memo_id": "50g000000000099", "excess_funds_amount": Decimal("1.001")}, InvalidInput, "1.001 has more"),
    ("another order's credit memo", {"credit_memo_id": "50g000000000099", "invoices_to_pay": ("3tt000000000099",)},
     InvalidCrossReference, "50g000000000099"),
    ("another order's fee invoice", {"invoices_to_pay": ("3tt000000000099",), "sequences": "other"},
     InvalidCrossReference, "3tt000000000099"),
    ("another order's payment summary", {"sequences": "other"}, InvalidCrossReference, "0bM000000000099"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "refusal", "words"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
def test_refusals_at_once_in_order_of_precedence(given: dict[str, Any], refusal: type[Refusal], words: str):
    books, _ = paid("a 100")
    other = FundsSequence(order_payment_summary_id="0bM000000000099", amount=Decimal(-1))
    wishes = RefundWishes(
        **{"credit_memo_id": books.whole.credit_memos[0].id}
        | given
        | ({"sequences": (other,)} if "sequences" in given else {})
    )
    with pytest.raises(refusal, match=words):
        decide_start_ensure_refunds(books.whole, wishes, NOW)
