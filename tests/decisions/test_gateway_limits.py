"""What a gateway cannot do is not planned, and the plan goes on with the payments that are left (capabilities, M1)."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.choose import Source, exact_or_largest, exact_or_smallest_sufficient
from orderwright.decisions.errors import InsufficientFunds
from orderwright.decisions.gateway_limits import GatewayLimits, Limits
from orderwright.decisions.plan_funds import FundsSequence, FundsWishes, plan_funds
from orderwright.decisions.plan_refunds import RefundWishes, plan_refunds
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.payment import PaymentAuthAdjustment
from tests.builders import NOW, Books, Line, asked, order_summary, with_fee

ABLE, WHOLE, ONCE, WHOLE_BACK = "0b0000000000001", "0b0000000000002", "0b0000000000003", "0b0000000000004"
LIMITS: Limits = {
    WHOLE: GatewayLimits(partial_capture=False),
    ONCE: GatewayLimits(multiple_capture=False),
    WHOLE_BACK: GatewayLimits(partial_refund=False),
}
GATEWAYS = {"able": ABLE, "whole": WHOLE, "once": ONCE, "whole-back": WHOLE_BACK}


def order(amount: str, *funds: str) -> tuple[Books, dict[str, str]]:
    """An order of `amount`, and payment summaries: `auth able a 60`, `paid whole-back b 40 10` (two payments)."""
    books = order_summary(Line("A", 1, amount))
    names = {}
    for text in funds:
        kind, gateway, name, *amounts = text.split()
        put = books.authorize if kind == "auth" else books.pay
        names[name] = put(*amounts, payment_gateway_id=GATEWAYS[gateway])
    return books, names


def invoiced(amount: str, *funds: str) -> tuple[Books, dict[str, str], str]:
    books, names = order(amount, *funds)
    return books, names, books.invoice(books.allocate({"A": 1}))


def sequences(names: dict[str, str], parts: list[tuple[str, str]]) -> tuple[FundsSequence, ...]:
    return tuple(FundsSequence(order_payment_summary_id=names[n], amount=Decimal(a)) for n, a in parts)


def shown(books: Books, names: dict[str, str], takes: Any) -> list[tuple[str, int]]:
    funds = books.whole.funds
    holders = {p.id: p.order_payment_summary_id for p in funds.payments}
    holders |= {a.id: a.order_payment_summary_id for a in funds.authorizations}
    by_id = {summary_id: name for name, summary_id in names.items()}
    return [(by_id[holders[take.id] or ""], int(take.amount)) for take in takes]


CAPTURES: list[tuple[str, str, list[str], list[tuple[str, str]], bool, list[tuple[str, int]]]] = [
    ("a gateway that is not listed has no limits", "60", ["auth able a 100"], [], False, [("a", 60)]),
    ("one that captures in whole only: a whole one fits", "60", ["auth able a 100", "auth whole b 60"], [], False,
     [("b", 60)]),
    ("whole only and too large: left alone, the next one is used", "60", ["auth whole a 100", "auth able b 70"], [],
     False, [("b", 60)]),
    ("whole only, smaller: used whole, then the rest of another", "60", ["auth whole a 50", "auth able b 40"], [],
     False, [("a", 50), ("b", 10)]),
    ("whole only under a smaller cap: nothing of it, the default rule goes on", "60",
     ["auth whole a 60", "auth able b 60"], [("a", "20")], False, [("a", 60)]),
    ("whole only under a smaller cap, and partial is allowed: nothing", "60", ["auth whole a 60"], [("a", "20")], True,
     []),
    ("a sequence and the default rule together make one capture", "60", ["auth once a 100"], [("a", "20")], False,
     [("a", 60)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "funds", "parts", "partial", "expected"), [r[1:] for r in CAPTURES], ids=[r[0] for r in CAPTURES]
)
def test_captures(
    amount: str, funds: list[str], parts: list[tuple[str, str]], partial: bool, expected: list[tuple[str, int]]
):
    books, names, invoice = invoiced(amount, *funds)
    wishes = FundsWishes(invoice_id=invoice, sequences=sequences(names, parts), is_allow_partial=partial)
    assert shown(books, names, plan_funds(books.whole, wishes, NOW, LIMITS).captures) == expected


@pytest.mark.parametrize(
    ("first", "left"), [("Success", "0"), ("Indeterminate", "0"), ("Decline", r"200\.00")],
    ids=["made", "perhaps made", "refused: it counts as none"],
)  # fmt: skip
def test_after_its_first_capture_an_authorization_gives_nothing_more_at_a_gateway_that_makes_one(first: str, left: str):
    books = order_summary(Line("A", 1, "60"), Line("B", 1, "201"))
    books.authorize("200", payment_gateway_id=ONCE)
    books.fund(FundsWishes(invoice_id=books.invoice(books.allocate({"A": 1}))), LIMITS)
    books.answer(books.requests()[0], first)
    second = FundsWishes(invoice_id=books.invoice(books.allocate({"B": 1})))
    with pytest.raises(InsufficientFunds, match=rf"have {left} "):
        plan_funds(books.whole, second, NOW, LIMITS)


def test_nor_after_one_that_others_are_making():
    books, _, invoice = invoiced("60", "auth once a 100")
    books.pay("10", status="Pending", payment_authorization_id=books.whole.funds.authorizations[0].id)
    with pytest.raises(InsufficientFunds, match="have 0 "):
        plan_funds(books.whole, FundsWishes(invoice_id=invoice), NOW, LIMITS)


TOO_LITTLE = ["auth whole a 100", "auth able b 120"]


def test_when_the_limits_leave_too_little_it_is_said_and_nothing_is_captured():
    """160 of 100, in whole only, and 120: the larger first, and then the 100 do not fit into the 40 that are left."""
    books, _, invoice = invoiced("160", *TOO_LITTLE)
    operation = books.operation(books.fund(FundsWishes(invoice_id=invoice), LIMITS))
    assert (operation.status, operation.outcome, operation.outcome_code) == ("Error", "Failed", "INSUFFICIENT_FUNDS")
    assert "what their gateways can do covers only 120.00" in (operation.outcome_message or "")
    assert not books.requests()


def test_then_sequences_find_the_way():
    books, names, invoice = invoiced("160", *TOO_LITTLE)
    wishes = FundsWishes(invoice_id=invoice, sequences=sequences(names, [("a", "0")]))
    assert shown(books, names, plan_funds(books.whole, wishes, NOW, LIMITS).captures) == [("a", 100), ("b", 60)]


def owed_90(*payments: str) -> tuple[Books, dict[str, str], str]:
    """A credit memo over 90 of an order of 200."""
    books = order_summary(Line("A", 1, "90"), Line("B", 1, "110"))
    names = {}
    for text in payments:
        gateway, name, *amounts = text.split()
        names[name] = books.pay(*amounts, payment_gateway_id=GATEWAYS[gateway])
    books.fulfil({"A": 1})
    return books, names, books.credit(books.change(decide_simple_return, asked(books.item("A"), 1)).change_order_id)


REFUNDS: list[tuple[str, list[str], list[tuple[str, str]], bool, list[tuple[str, int]]]] = [
    ("whole only: a whole one fits", ["able a 100", "whole-back b 90"], [], False, [("b", 90)]),
    ("whole only and too large: left alone, though it is the smallest that covers it",
     ["whole-back a 100", "able b 120"], [], False, [("b", 90)]),
    ("whole only in descending order: one that does not fit whole is passed over",
     ["able a 60", "whole-back b 50", "able c 40"], [], False, [("a", 60), ("c", 30)]),
    ("inside one payment summary: the same", ["whole-back a 60 30 40"], [], False, [("a", 60), ("a", 30)]),
    ("under a smaller cap: nothing of it, the default rules go on", ["whole-back a 90", "able b 200"], [("a", "20")],
     False, [("a", 90)]),
    ("what a sequence could not give is refunded from elsewhere", ["whole-back a 100", "able b 120"], [("a", "0")],
     False, [("b", 90)]),
    ("what a sequence could not give is left to the next one", ["whole-back a 100", "able b 120"],
     [("a", "0"), ("b", "0")], True, [("b", 90)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("payments", "parts", "partial", "expected"), [r[1:] for r in REFUNDS], ids=[r[0] for r in REFUNDS]
)
def test_refunds(payments: list[str], parts: list[tuple[str, str]], partial: bool, expected: list[tuple[str, int]]):
    books, names, memo = owed_90(*payments)
    wishes = RefundWishes(credit_memo_id=memo, sequences=sequences(names, parts), is_allow_partial=partial)
    assert shown(books, names, plan_refunds(books.whole, wishes, LIMITS).for_memo) == expected


def test_what_pays_a_fee_leaves_a_part_which_does_not_go_back_by_itself():
    """20 of a payment of 100 pay a fee; the other 80 are a part of it, though all that is left."""
    books, names, _ = owed_90("whole-back a 100", "able b 100")
    fee = with_fee(asked(books.item("B"), 1), "AmountWithoutTax", "20")
    invoice = books.charge(books.change(decide_cancel, fee).fee_change_order_id or "")
    wishes = RefundWishes(excess_funds_amount=Decimal(100), invoices_to_pay=(invoice,))
    plan = plan_refunds(books.whole, wishes, LIMITS)
    assert shown(books, names, [take for _, take in plan.excess_fees]) == [("a", 20)]
    assert shown(books, names, plan.for_excess) == [("b", 80)]


def test_what_is_left_of_an_authorization_that_was_reversed_in_part_is_not_the_whole():
    books, names, invoice = invoiced("60", "auth whole a 100", "auth able b 70")
    reversal = PaymentAuthAdjustment(
        id="9tv000000000001", amount=Decimal(40), payment_authorization_id=books.whole.funds.authorizations[0].id,
        processing_mode="External", status="Processed", type="Reversal",
    )  # fmt: skip
    books.put(reversal)
    captures = plan_funds(books.whole, FundsWishes(invoice_id=invoice), NOW, LIMITS).captures
    assert shown(books, names, captures) == [("b", 60)]


def test_when_the_limits_leave_too_little_to_refund_it_is_said_and_nothing_goes_back():
    books, _, memo = owed_90("whole-back a 100")
    operation = books.operation(books.refund(RefundWishes(credit_memo_id=memo), LIMITS))
    assert (operation.status, operation.outcome, operation.outcome_code) == ("Error", "Failed", "INSUFFICIENT_FUNDS")
    assert "what their gateways can do covers only 0" in (operation.outcome_message or "")
    assert not books.requests()


def sources(*texts: str) -> list[Source]:
    """`a 60` gives any part, `b 60 whole` all or nothing."""
    parts = [text.split() for text in texts]
    return [Source(name, Decimal(amount), whole_only=bool(rest)) for name, amount, *rest in parts]


CHOICES: list[tuple[str, Any, list[str], int, list[tuple[str, int]]]] = [
    ("funds: all or nothing, too large", exact_or_largest, ["a 100 whole", "b 30"], 60, [("b", 30)]),
    ("funds: it fits at first and not in the rest", exact_or_largest, ["a 50", "b 30 whole", "c 15"], 70,
     [("a", 50), ("c", 15)]),
    ("funds: it fits exactly into the rest", exact_or_largest, ["a 50", "b 20 whole", "c 30"], 70,
     [("a", 50), ("b", 20)]),
    ("refunds: never the one that covers more", exact_or_smallest_sufficient, ["a 70 whole", "b 80"], 60, [("b", 60)]),
    ("refunds: passed over in the walk", exact_or_smallest_sufficient, ["a 40", "b 35 whole", "c 30"], 60,
     [("a", 40), ("c", 20)]),
    ("refunds: only such ones, all too large", exact_or_smallest_sufficient, ["a 70 whole"], 60, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("choose", "given", "amount", "expected"), [r[1:] for r in CHOICES], ids=[r[0] for r in CHOICES]
)
def test_a_source_that_gives_all_or_nothing(
    choose: Any, given: list[str], amount: int, expected: list[tuple[str, int]]
):
    assert [(t.id, int(t.amount)) for t in choose(sources(*given), Decimal(amount))] == expected
