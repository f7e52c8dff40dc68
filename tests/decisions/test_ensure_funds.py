"""Which payments fund an invoice (semantics §13, M1, M2, M9, M11–M13), and what a plan writes down at once."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.decisions.create_order_payment_summary import MethodLabel, decide_create_order_payment_summary
from orderwright.decisions.errors import InsufficientFunds, InvalidCrossReference, InvalidInput, Refusal
from orderwright.decisions.plan_funds import FundsSequence, FundsWishes, plan_funds
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.start_operation import decide_start_ensure_funds
from orderwright.rest.order_summaries.ensure_funds import EnsureFundsAsyncInput
from orderwright.rest.order_summaries.ensure_refunds import EnsureRefundsAsyncInput
from orderwright.rest.order_summaries.wishes import funds_wishes, refund_wishes
from tests.builders import NOW, Books, Line, order_summary


def invoiced(amount: str, *funds: str) -> tuple[Books, str, dict[str, str]]:
    """An invoice of `amount`, and payment summaries by name: `auth a 60`, `paid b 40 10` (two payments)."""
    books = order_summary(Line("A", 1, amount))
    names = {}
    for text in funds:
        kind, name, *amounts = text.split()
        made = books.authorize(*amounts) if kind == "auth" else books.pay(*amounts)
        names[made] = name
    return books, books.invoice(books.allocate({"A": 1})), names


def plan(books: Books, invoice: str, names: dict[str, str], **wishes: Any) -> list[tuple[str, str, str]]:
    """The plan as (what, payment summary, amount), in order."""
    made = plan_funds(books.whole, FundsWishes(invoice_id=invoice, **wishes), NOW)
    funds = books.whole.funds
    holders = {p.id: p.order_payment_summary_id or "" for p in funds.payments}
    holders |= {a.id: a.order_payment_summary_id or "" for a in funds.authorizations}
    return [
        (what, names[holders[take.id]], f"{take.amount:.0f}")
        for what, takes in (("apply", made.applications), ("capture", made.captures))
        for take in takes
    ]


ROWS: list[tuple[str, str, list[str], list[tuple[str, str, str]]]] = [
    ("captured: the exact match", "60", ["paid a 100", "paid b 60"], [("apply", "b", "60")]),
    ("captured: no exact match, the largest", "70", ["paid a 60", "paid b 100"], [("apply", "b", "70")]),
    ("captured: exact is tested again with what is left", "100", ["paid a 50", "paid b 60", "paid c 40"],
     [("apply", "b", "60"), ("apply", "c", "40")]),
    ("captured money comes before authorized money, even an exact match", "60", ["auth a 60", "paid b 20"],
     [("apply", "b", "20"), ("capture", "a", "40")]),
    ("authorized: the exact match of the rest", "60", ["paid c 20", "auth a 100", "auth b 40"],
     [("apply", "c", "20"), ("capture", "b", "40")]),
    ("authorized: no exact match, the largest, repeated", "90", ["auth a 30", "auth b 70", "auth c 15"],
     [("capture", "b", "70"), ("capture", "a", "20")]),
    ("equal ones: the earlier (M2)", "30", ["auth a 50", "auth b 50"], [("capture", "a", "30")]),
    ("a summary with several payments counts as one, its payments follow the same rule", "70",
     ["paid a 30 40 10", "paid b 75"], [("apply", "a", "40"), ("apply", "a", "30")]),
    ("authorized: exact is tested again at each turn", "100", ["auth a 50", "auth b 60", "auth c 40"],
     [("capture", "b", "60"), ("capture", "c", "40")]),
    ("captured: equal ones, the earlier (M2)", "30", ["paid a 50", "paid b 50"], [("apply", "a", "30")]),
    ("captured money is used up before any is captured, in as many turns as it takes", "100",
     ["paid a 20", "auth b 100", "paid c 30"], [("apply", "c", "30"), ("apply", "a", "20"), ("capture", "b", "50")]),
    ("no capture when captured money is enough, though an authorization matches exactly", "60",
     ["auth a 60", "paid b 40 40"], [("apply", "b", "40"), ("apply", "b", "20")]),
    ("inside a summary with several payments: an exact one", "90", ["paid a 10 90 95", "paid b 80"],
     [("apply", "a", "90")]),
    ("inside a summary with several payments: the largest, then an exact one", "70", ["paid a 40 30 50 20"],
     [("apply", "a", "50"), ("apply", "a", "20")]),
    ("inside a summary: equal payments, the earlier (M2)", "30", ["paid a 50 50"], [("apply", "a", "30")]),
    ("a summary whose payments together match exactly wins over a larger one", "70", ["paid a 75", "paid b 30 40"],
     [("apply", "b", "40"), ("apply", "b", "30")]),
    ("several tenders: a gift card that was captured, and two cards", "100",
     ["paid gift 15", "auth visa 60", "auth amex 50"],
     [("apply", "gift", "15"), ("capture", "visa", "60"), ("capture", "amex", "25")]),
    ("authorized-only orders pass the precheck (CONTRA 12)", "60", ["auth a 60"], [("capture", "a", "60")]),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "funds", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_default_rule(amount: str, funds: list[str], expected: list[tuple[str, str, str]]):
    books, invoice, names = invoiced(amount, *funds)
    assert plan(books, invoice, names) == expected


SEQUENCES: list[tuple[str, str, list[str], list[tuple[str, str]], bool, list[tuple[str, str, str]]]] = [
    ("in the order given", "60", ["auth a 60", "auth b 60"], [("b", "20"), ("a", "40")], True,
     [("capture", "b", "20"), ("capture", "a", "40")]),
    ("amount 0 is all that is available", "60", ["auth a 60", "auth b 45"], [("b", "0")], True,
     [("capture", "b", "45")]),
    ("the amount caps captured and capturable together", "60", ["paid a 10", "auth b 60"], [("a", "50")], True,
     [("apply", "a", "10")]),
    ("amount 0 takes captured and authorized money, and no more than is needed", "60", ["paid a 10", "auth b 60"],
     [("a", "0"), ("b", "0")], True, [("apply", "a", "10"), ("capture", "b", "50")]),
    ("a cap above what a summary has gives what it has", "60", ["auth a 30", "auth b 40"], [("a", "50")], True,
     [("capture", "a", "30")]),
    ("a cap that is reached in several payments: the same steps under it", "90", ["paid a 40 30 50"], [("a", "70")],
     True, [("apply", "a", "50"), ("apply", "a", "20")]),
    ("the order of the sequences counts, though captured money comes later", "60", ["paid a 60", "auth b 60"],
     [("b", "40"), ("a", "20")], False, [("apply", "a", "20"), ("capture", "b", "40")]),
    ("stop when it is funded: later sequences give nothing", "60", ["auth a 60", "auth b 60"],
     [("b", "60"), ("a", "20")], False, [("capture", "b", "60")]),
    ("the default rule takes more of a summary that a sequence has used", "60", ["auth a 100"], [("a", "20")], False,
     [("capture", "a", "60")]),
    ("the default rule takes no more captured money than a sequence left", "60", ["paid a 40", "auth b 60"],
     [("a", "20")], False, [("apply", "a", "40"), ("capture", "b", "20")]),
    ("of the rest the default rule takes captured money first", "60", ["auth a 60", "paid b 10"], [("a", "20")],
     False, [("apply", "b", "10"), ("capture", "a", "50")]),
    ("isAllowPartial leaves the rest unfunded", "60", ["auth a 60", "auth b 60"], [("b", "20")], True,
     [("capture", "b", "20")]),
    ("else the default rule funds the rest (M9)", "60", ["auth a 60", "auth b 70"], [("b", "20")], False,
     [("capture", "b", "20"), ("capture", "a", "40")]),
    ("without sequences isAllowPartial has no effect", "60", ["auth a 60"], [], True, [("capture", "a", "60")]),
    ("never more than the invoice needs", "60", ["auth a 100"], [("a", "90")], False, [("capture", "a", "60")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "funds", "sequences", "partial", "expected"), [r[1:] for r in SEQUENCES], ids=[r[0] for r in SEQUENCES]
)
def test_sequences(
    amount: str, funds: list[str], sequences: list[tuple[str, str]], partial: bool, expected: list[tuple[str, str, str]]
):
    books, invoice, names = invoiced(amount, *funds)
    by_name = {name: summary_id for summary_id, name in names.items()}
    wanted = tuple(FundsSequence(order_payment_summary_id=by_name[n], amount=Decimal(a)) for n, a in sequences)
    assert plan(books, invoice, names, sequences=wanted, is_allow_partial=partial) == expected


def test_too_little_is_refused_and_says_how_much_there_is():
    books, invoice, _ = invoiced("100", "paid a 30", "auth b 60")
    with pytest.raises(InsufficientFunds, match=r"100\.00 USD; the payment summaries have 90\.00"):
        plan_funds(books.whole, FundsWishes(invoice_id=invoice), NOW)


def test_the_precheck_comes_before_sequences_and_is_allow_partial():
    """Documented as the first step: too little in all payment summaries is refused, whatever part would do."""
    books, invoice, names = invoiced("100", "auth a 60")
    first = FundsSequence(order_payment_summary_id=next(iter(names)), amount=Decimal(20))
    with pytest.raises(InsufficientFunds):
        plan_funds(books.whole, FundsWishes(invoice_id=invoice, sequences=(first,), is_allow_partial=True), NOW)


def test_exactly_enough_passes_the_precheck():
    books, invoice, names = invoiced("100", "paid a 30", "auth b 70")
    assert plan(books, invoice, names) == [("apply", "a", "30"), ("capture", "b", "70")]


def test_the_order_of_creation_breaks_ties_not_the_order_of_ids():
    books, invoice, names = invoiced("30", "auth a 50", "auth b 50")
    turned = msgspec.structs.replace(books.whole, payment_summaries=books.whole.payment_summaries[::-1])
    books.whole = turned
    assert plan(books, invoice, names) == [("capture", "b", "30")]


def test_a_plan_says_why_and_a_source_used_twice_says_both():
    books, invoice, _ = invoiced("100", "paid a 40", "auth b 100")
    b = books.whole.payment_summaries[1].id
    sequence = FundsSequence(order_payment_summary_id=b, amount=Decimal(20))
    made = plan_funds(books.whole, FundsWishes(invoice_id=invoice, sequences=(sequence,)), NOW)
    assert [take.why for take in made.applications] == ["largest"]
    assert [take.why for take in made.captures] == ["named in sequences; largest"]
    assert made.needed == made.planned == 100


WHY: list[tuple[str, str, list[str], list[str]]] = [
    ("the exact match", "60", ["paid a 60"], ["exact match"]),
    ("the largest, though what is taken of it is all it has", "60", ["paid a 40", "auth b 90"], ["largest", "largest"]),
    ("several payments of one summary: why that one, and why each", "70", ["paid a 30 50"],
     ["largest; inside it: largest", "largest; inside it: largest"]),
    ("several payments, and together exact", "80", ["paid a 30 50"],
     ["exact match; inside it: largest", "exact match; inside it: exact match"]),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "funds", "why"), [r[1:] for r in WHY], ids=[r[0] for r in WHY])
def test_why_words(amount: str, funds: list[str], why: list[str]):
    books, invoice, _ = invoiced(amount, *funds)
    made = plan_funds(books.whole, FundsWishes(invoice_id=invoice), NOW)
    assert [take.why for take in (*made.applications, *made.captures)] == why


@pytest.mark.parametrize("considered", [True, False])
def test_the_reserved_balance_flag_is_accepted_and_has_no_effect(considered: bool):
    """Nothing is ever reserved here (ReservedBalanceTotalAmount is 0: exchanges are not there yet), so there is nothing
    to use first.
    """
    funds = EnsureFundsAsyncInput(invoice_id="3tt0", is_consider_reserved_balance_amount=considered)
    refunds = EnsureRefundsAsyncInput(credit_memo_id="50g0", is_reserved_balance_amount_considered=considered)
    assert funds_wishes(funds) == FundsWishes(invoice_id="3tt0")
    assert refund_wishes(refunds) == RefundWishes(credit_memo_id="50g0")
    books, invoice, _ = invoiced("60", "paid a 60")
    books.fund(FundsWishes(invoice_id=invoice))
    assert books.whole.payment_summaries[0].reserved_balance_total_amount == 0


def test_a_refusal_ends_the_operation_with_its_words_and_nothing_moves():
    books, invoice, _ = invoiced("100", "paid a 30")
    operation = books.operation(books.fund(FundsWishes(invoice_id=invoice)))
    assert (operation.status, operation.outcome, operation.outcome_code) == ("Error", "Failed", "INSUFFICIENT_FUNDS")
    assert "100" in (operation.outcome_message or "")
    assert operation.finished_at == NOW
    assert str(books.whole.funds.invoices[0].balance) == "100.00"


def test_captured_money_is_applied_at_once_and_captures_are_asked_for():
    books, invoice, _ = invoiced("100", "paid a 30", "auth b 90")
    operation = books.operation(books.fund(FundsWishes(invoice_id=invoice)))
    found, (a, b) = books.whole.funds.invoices[0], books.whole.payment_summaries
    assert (str(found.balance), str(found.open_capture_amount)) == ("70.00", "70.00")
    assert (str(a.balance_amount), str(a.captured_amount)) == ("0.00", "30.00")
    assert (str(b.pending_capture_amount), str(b.available_to_capture_amount)) == ("70.00", "20.00")
    assert [(r.kind, str(r.amount), r.payment_authorization_id) for r in books.requests()] == [
        ("Capture", "70.00", books.whole.funds.authorizations[0].id)
    ]
    assert (operation.status, operation.outcome, operation.finished_at) == ("Running", "Pending", None)
    assert (str(operation.requested_amount), str(operation.completed_amount)) == ("100.00", "30.00")


def test_captured_money_alone_finishes_the_operation():
    books, invoice, _ = invoiced("100", "paid a 100")
    operation = books.operation(books.fund(FundsWishes(invoice_id=invoice)))
    assert (operation.status, operation.outcome, operation.outcome_message) == (
        "Complete", "Succeeded", "100.00 of 100.00 USD done",
    )  # fmt: skip
    assert books.whole.funds.invoices[0].settlement_status == "Settled"


def test_a_partial_plan_partly_succeeds():
    books, invoice, names = invoiced("100", "paid a 30", "paid b 70")
    first = FundsSequence(order_payment_summary_id=next(iter(names)), amount=Decimal(0))
    wishes = FundsWishes(invoice_id=invoice, sequences=(first,), is_allow_partial=True)
    operation = books.operation(books.fund(wishes))
    assert (operation.outcome, operation.outcome_message) == ("PartlySucceeded", "30.00 of 100.00 USD done")


def test_what_is_on_its_way_is_not_asked_for_again():
    books, invoice, _ = invoiced("100", "auth a 250")
    books.fund(FundsWishes(invoice_id=invoice))
    again = books.operation(books.fund(FundsWishes(invoice_id=invoice)))
    assert len(books.requests()) == 1
    assert (again.status, str(again.requested_amount)) == ("Complete", "0")


def test_a_new_run_takes_what_is_still_open():
    books, invoice, _ = invoiced("100", "auth a 60", "auth b 70")
    books.fund(FundsWishes(invoice_id=invoice))
    first, second = books.requests()
    books.answer(first, "Success")
    books.answer(second, "Decline")
    assert str(books.whole.funds.invoices[0].balance) == "30.00"
    books.fund(FundsWishes(invoice_id=invoice))
    books.succeed()
    assert str(books.whole.funds.invoices[0].balance) == "0.00"
    assert sum(p.amount for p in books.whole.funds.payments) == 100


NOT_USABLE: list[tuple[str, dict[str, Any]]] = [
    ("an expired authorization", {"expiration_date": NOW}),
    ("an authorization that expired long ago", {"expiration_date": NOW - dt.timedelta(days=9)}),
    ("a pending authorization", {"status": "Pending"}),
]


@pytest.mark.parametrize("about", [r[1] for r in NOT_USABLE], ids=[r[0] for r in NOT_USABLE])
def test_what_cannot_be_captured_is_not_counted(about: dict[str, Any]):
    books, invoice, _ = invoiced("100")
    books.authorize("100", **about)
    with pytest.raises(InsufficientFunds, match="have 0"):
        plan_funds(books.whole, FundsWishes(invoice_id=invoice), NOW)


@pytest.mark.parametrize("status", ["Draft", "Canceled", "Failed"])
def test_what_has_left_the_status_processed_is_not_counted(status: str):
    books, invoice, _ = invoiced("100", "auth a 100", "paid b 100")
    for record in (books.whole.funds.authorizations[0], books.whole.funds.payments[0]):
        books.put(msgspec.structs.replace(record, status=status))
    with pytest.raises(InsufficientFunds, match="have 0 "):
        plan_funds(books.whole, FundsWishes(invoice_id=invoice), NOW)


def test_an_authorization_that_expires_later_is_used():
    books, invoice, _ = invoiced("100")
    books.authorize("100", expiration_date=NOW + dt.timedelta(seconds=1))
    assert plan_funds(books.whole, FundsWishes(invoice_id=invoice), NOW).planned == 100


@pytest.mark.parametrize("status", ["Processed", "Pending"])
def test_what_was_captured_elsewhere_is_not_captured_twice(status: str):
    """60 of an authorization of 100 were captured outside, as a payment under a payment summary of its own."""
    books, _, _ = invoiced("1")
    books.authorize("100")
    books.pay("60", status=status, payment_authorization_id=books.whole.funds.authorizations[0].id)
    books.whole = with_invoice_of(books, "105")
    available = 100 if status == "Processed" else 40
    with pytest.raises(InsufficientFunds, match=rf"have {available}\.00 "):
        plan_funds(books.whole, FundsWishes(invoice_id=books.whole.funds.invoices[0].id), NOW)


def with_invoice_of(books: Books, amount: str) -> Any:
    invoice = msgspec.structs.replace(books.whole.funds.invoices[0], total_charge_amount=Decimal(amount))
    return msgspec.structs.replace(
        books.whole, funds_part=msgspec.structs.replace(books.whole.funds, invoices=(invoice,))
    )


def wishes_to_refuse() -> list[tuple[str, dict[str, Any], type[Refusal], str]]:
    other, mine = "0bM000000000099", "mine"
    return [
        ("another order's invoice", {"invoice_id": "3tt000000000099", "sequences": [(other, "-1")]},
         InvalidCrossReference, "3tt000000000099"),
        ("another order's payment summary", {"sequences": [(other, "-1")]}, InvalidCrossReference, other),
        ("a negative amount", {"sequences": [(mine, "-1.001"), (mine, "1")]}, InvalidInput, "-1.001 is negative"),
        ("an amount finer than the currency", {"sequences": [(mine, "1.001"), (mine, "1")]}, InvalidInput,
         "1.001 has more"),
        ("a payment summary listed twice", {"sequences": [(mine, "1"), (mine, "1")]}, InvalidInput, "twice"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "refusal", "words"), [r[1:] for r in wishes_to_refuse()], ids=[r[0] for r in wishes_to_refuse()]
)
def test_refusals_at_once_in_order_of_precedence(given: dict[str, Any], refusal: type[Refusal], words: str):
    books, invoice, names = invoiced("100", "auth a 100")
    mine = next(iter(names))
    sequences = tuple(
        FundsSequence(order_payment_summary_id=mine if who == "mine" else who, amount=Decimal(amount))
        for who, amount in given["sequences"]
    )
    wishes = FundsWishes(invoice_id=given.get("invoice_id", invoice), sequences=sequences)
    with pytest.raises(refusal, match=words):
        decide_start_ensure_funds(books.whole, wishes, NOW)


def test_a_payment_summary_takes_either_an_authorization_or_payments():
    books = order_summary(Line("A", 1, "10.00"))
    label = MethodLabel(method="Visa", type="Card")
    with pytest.raises(InvalidInput, match="not both"):
        decide_create_order_payment_summary(
            books.whole, books.authorization("1"), [books.payment("1")], label, frozenset()
        )
