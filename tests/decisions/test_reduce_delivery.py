"""How much of the delivery charges goes with goods (semantics §8, N5): every amount worked out by hand."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from orderwright.decisions.balances import excess_funds
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.order_item_summary import OrderItemSummaryChange
from tests.builders import NOW, Books, Discount, Line, asked, delivery, order_summary

A2 = Line("A", 2, "60.00")
B = Line("B", 1, "40.00")
FLAGGED, NOT = True, False
Row = tuple[str, list[Line], list[tuple[str, int, bool]], Mapping[str, str]]
ROWS: list[Row] = [
    # 6.00 × (60 × 1/2) / (60 + 40) = 1.80
    ("partial quantity takes its part of the item's share", [A2, B, delivery("6.00")], [("A", 1, FLAGGED)],
     {"Delivery": "1.80"}),
    # A 60, B 40: flag on A only: 6.00 × 60/100; B is part of the base and gives no share
    ("an item with the flag false is part of the base but gives no share", [A2, B, delivery("6.00")],
     [("A", 2, FLAGGED), ("B", 1, NOT)], {"Delivery": "3.60"}),
    ("no flag, no reduction", [A2, B, delivery("6.00")], [("A", 2, NOT)], {}),
    # groups 0 and 1 are pooled: 4.00 + 2.01 = 6.01; changed 30 + 10 × 1/2 = 35 of 40: 5.25875 -> 5.26;
    # over 4.00 : 2.01 it is 3.5008 and 1.7592: 350 and 175 cents, the one left goes to the larger fraction, 1.76
    ("charges of the affected groups are pooled, rounded once, then largest remainder",
     [Line("A", 1, "30.00"), Line("B", 2, "10.00", to=1), Line("C", 1, "100.00", to=2),
      delivery("4.00", name="D0"), delivery("2.01", to=1, name="D1"), delivery("50.00", to=2, name="D2")],
     [("A", 1, FLAGGED), ("B", 1, FLAGGED)], {"D0": "3.50", "D1": "1.76"}),
    # B is changed without a flag, so its group stays out: 4.00 × 30/30
    ("a group enters only through a flagged item",
     [Line("A", 1, "30.00"), Line("B", 2, "10.00", to=1), delivery("4.00", name="D0"),
      delivery("2.01", to=1, name="D1")],
     [("A", 1, FLAGGED), ("B", 1, NOT)], {"D0": "4.00"}),
    # A costs 50 - 10 = 40 after its order-level discount, and tax is no part of the price: 6.00 × 60/100
    ("item price is the current pre-tax TotalPrice",
     [Line("A", 1, "50.00", ("25.00",), (Discount("-10.00", "Header"),)), Line("B", 1, "60.00"), delivery("6.00")],
     [("B", 1, FLAGGED)], {"Delivery": "3.60"}),
    ("free shipping gives nothing", [A2, delivery("0.00")], [("A", 2, FLAGGED)], {}),
    ("shipping made free by a discount gives nothing", [A2, delivery("5.00", discounts=[Discount("-5.00")])],
     [("A", 2, FLAGGED)], {}),
    # all free: 5.00 × 1/3 = 1.6667
    ("items that are all free share by quantity", [Line("A", 3, "0.00"), delivery("5.00")], [("A", 1, FLAGGED)],
     {"Delivery": "1.67"}),
    ("a free item beside a priced one has no share", [Line("A", 3, "0.00"), B, delivery("5.00")],
     [("A", 3, FLAGGED)], {}),
    ("the whole remaining price takes the whole remaining charge", [A2, B, delivery("5.99")],
     [("A", 2, FLAGGED), ("B", 1, FLAGGED)], {"Delivery": "5.99"}),
    # A's discounts are larger than its price: it counts as free, never as a price below zero
    ("a price below zero counts as zero",
     [Line("A", 1, "1.00", (), (Discount("-2.00", "Header"),)), Line("B", 1, "4.00"), delivery("6.00")],
     [("A", 1, FLAGGED)], {}),
]  # fmt: skip


def reductions(books: Books) -> dict[str, str]:
    before = {i.original_order_item_id: i for i in books.whole.items if i.type == "Delivery Charge"}
    originals = {i.id: i for i in books.original.items}
    spent = {i.description or "": originals[k or ""].total_price - i.total_price for k, i in before.items()}
    return {name: str(amount) for name, amount in spent.items() if amount}


@pytest.mark.parametrize(("lines", "changes", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_worked_examples(lines: list[Line], changes: list[tuple[str, int, bool]], expected: dict[str, str]):
    books = order_summary(*lines)
    items = [asked(books.item(name), count, shipping=flag) for name, count, flag in changes]
    made = books.change(decide_cancel, *items)
    assert reductions(books) == expected
    total = sum(map(Decimal, expected.values()), Decimal(0))
    assert made.balances.total_adjusted_delivery_amount == total
    assert {i.quantity for i in books.whole.items if i.type == "Delivery Charge"} <= {1}


def test_an_earlier_reduction_is_not_given_back_twice():
    # 10.01: 5.005 -> 5.01 with the first unit; the other takes all of the remaining 5.00
    books = order_summary(A2, delivery("10.01", "0.99"))
    first = books.change(decide_cancel, asked(books.item("A"), 1, shipping=True)).balances
    # tax: 0.99 × 5.01 / 10.01 = 0.4955 -> 0.50, then the rest 0.49 (N4)
    assert (str(first.total_adjusted_delivery_amount), str(first.total_adjusted_delivery_tax_amount)) == (
        "5.01",
        "0.50",
    )
    second = books.change(decide_cancel, asked(books.item("A"), 1, shipping=True)).balances
    assert str(second.total_adjusted_delivery_amount) == "5.00"
    assert str(second.total_adjusted_delivery_tax_amount) == "0.49"
    assert books.whole.summary.grand_total_amount == 0


def test_in_yen_there_is_nothing_below_one():
    # 500 × (999 × 1/3) / 999 = 166.67 -> 167; tax 49 × 167 / 500 = 16.366 -> 16
    books = order_summary(Line("A", 3, "999"), delivery("500", "49"), currency="JPY")
    balances = books.change(decide_cancel, asked(books.item("A"), 1, shipping=True)).balances
    assert str(balances.total_adj_delivery_amt_with_tax) == "183"


def test_it_is_an_adjustment_of_the_delivery_line():
    books = order_summary(A2, B, delivery("6.00", "0.30"))
    books.change(
        decide_cancel, asked(books.item("B"), 1), asked(books.item("A"), 1, shipping=True, reason="Change of Mind")
    )
    line = books.item("Delivery")
    assert (str(line.total_line_amount), str(line.total_line_adjustment_amount)) == ("6.00", "-1.80")
    assert (str(line.total_tax_amount), str(line.quantity)) == ("0.21", "1")
    record = next(
        r for r in books.others if isinstance(r, OrderItemSummaryChange) and r.order_item_summary_id == line.id
    )
    assert (record.change_type, record.reason) == ("DeliveryChargeAdjustment", "Change of Mind")
    change = next(i for i in books.whole.changes.items if i.related_order_item_id == line.original_order_item_id)
    assert (str(change.total_price), str(change.quantity)) == ("-1.80", "0")


def test_tax_on_adjustments_alone_is_given_back_too():
    # the charge keeps 6.00 - 1.00 = 5.00; its only tax, -0.20, belongs to the adjustment and goes with the charge
    books = order_summary(Line("A", 1, "1.00"), delivery("6.00", discounts=[Discount("-1.00", None, ("-0.20",))]))
    books.change(decide_cancel, asked(books.item("A"), 1, shipping=True))
    assert books.whole.summary.grand_total_amount == 0


@pytest.mark.parametrize("ending", ["Fulfilled", "Cancelled"])
def test_a_charge_in_fulfillment_is_reduced_on_its_fulfillment_order_too(ending: str):
    books = order_summary(A2, delivery("6.00", "0.60"))
    made = books.allocate({"Delivery": 1})
    books.change(decide_cancel, asked(books.item("A"), 1, shipping=True))
    assert str(books.whole.fulfillment.orders[0].grand_total_amount) == "3.30"
    books.move(made, ending)
    pools = {
        (a.amount_pre_fulfillment, a.amount_in_fulfillment, a.amount_post_fulfillment) for a in books.whole.adjustments
    }
    zero, taken = Decimal(0), Decimal("-3.00")
    assert pools == {(zero, zero, taken) if ending == "Fulfilled" else (taken, zero, zero)}


def test_money_for_a_charge_that_was_never_due_is_not_credited():
    # A is invoiced, its delivery charge of 10.00 is not: the credit memo holds A alone, the charge just falls
    books = order_summary(Line("A", 1, "100.00"), delivery("10.00"))
    books.invoice(made := books.allocate({"A": 1}))
    books.move(made)
    change = books.change(decide_simple_return, asked(books.item("A"), 1, shipping=True))
    books.credit(change.change_order_id)
    assert str(change.balances.total_amount) == "110.00"
    assert [str(memo.balance) for memo in books.whole.credit_memos] == ["100.00"]
    assert books.whole.summary.grand_total_amount == 0
    # nothing was captured, so nothing is excess; with the charge captured, that is excess
    assert change.balances.total_excess_funds_amount == 0
    books.pay("110.00")
    assert str(excess_funds(books.whole)) == "10.00"


def test_a_fulfilled_charge_is_credited_with_the_goods():
    books = order_summary(Line("A", 1, "100.00"), delivery("10.00"))
    books.fulfil({"A": 1, "Delivery": 1})
    change = books.change(decide_simple_return, asked(books.item("A"), 1, shipping=True))
    books.credit(change.change_order_id)
    assert [str(memo.balance) for memo in books.whole.credit_memos] == ["110.00"]
    assert len(books.whole.change_orders) == 1


@pytest.mark.parametrize("price", ["80.00", "0.00"])
def test_units_that_an_invoice_charges_and_others_count_alike(price: str):
    # 6.00 × 2/4 with the two units that go; one of them was invoiced, so it goes on a change order of its own
    books = order_summary(Line("A", 4, price), delivery("6.00"))
    made = books.allocate({"A": 1})
    books.invoice(made)
    books.give_back(made, {"A": 1})
    balances = books.change(decide_cancel, asked(books.item("A"), 2, shipping=True)).balances
    assert str(balances.total_adjusted_delivery_amount) == "3.00"
    assert [order.change_class for order in books.whole.change_orders] == ["creditable", "excess"]


def test_the_same_decision_twice_is_the_same():
    books = order_summary(A2, B, delivery("6.00", "0.31"))
    items = [asked(books.item("A"), 1, shipping=True)]
    assert decide_cancel(books.whole, items, NOW) == decide_cancel(books.whole, items, NOW)
