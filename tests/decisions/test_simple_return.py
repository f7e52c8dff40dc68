"""A simple return: semantics §9 row by row. What it shares with a cancel (amounts, refusals) is in test_cancel."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.decisions.errors import QuantityUnavailable
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.order_item_summary import OrderItemSummaryChange
from tests.builders import NOW, Books, Discount, Line, asked, delivery, discounting, order_summary
from tests.decisions.sums import check


def fulfilled(*lines: Line, pay: str | None = None) -> Books:
    """All of it fulfilled and invoiced."""
    books = order_summary(*lines)
    if pay:
        books.pay(pay)
    books.invoice(books.fulfil({line.name: line.quantity for line in lines}))
    return books


def test_it_makes_a_change_order_and_no_return_order():
    books = fulfilled(Line("A", 2, "20.00"))
    made = decide_simple_return(books.whole, [asked(books.item("A"), 1)], NOW)
    kinds = {type(record).__name__ for record in made.decision.new}
    assert kinds == {"Order", "OrderItem", "OrderItemSummaryChange", "Event"}


def test_the_units_were_pending_and_are_returned_at_once():
    books = fulfilled(Line("A", 3, "30.00"))
    books.change(decide_simple_return, asked(books.item("A"), 2))
    item = books.item("A")
    assert (item.quantity_return_initiated, item.quantity_returned) == (Decimal(2), Decimal(2))
    assert [int(q) for q in (item.quantity, item.quantity_net_ordered, item.quantity_available_to_return)] == [1, 3, 1]
    record = next(r for r in books.others if isinstance(r, OrderItemSummaryChange))
    assert (record.change_type, record.is_pre_fulfillment) == ("Return", False)


@pytest.mark.parametrize(
    ("ordered", "shipped", "allocated", "back", "status"),
    [
        (2, 2, 0, 1, "FULFILLED"),  # one of two came back: observed in order 00002102
        (2, 2, 0, 2, "RETURNED"),
        (3, 1, 0, 1, "PARTIALLYFULFILLED"),
        (3, 1, 2, 1, "PARTIALLYFULFILLED"),
        (3, 2, 0, 1, "PARTIALLYFULFILLED"),
    ],
)
def test_the_status_of_the_item_afterwards(ordered: int, shipped: int, allocated: int, back: int, status: str):
    books = order_summary(Line("A", ordered, "30.00"))
    books.fulfil({"A": shipped})
    if allocated:
        books.allocate({"A": allocated})
    books.change(decide_simple_return, asked(books.item("A"), back))
    assert books.item("A").status == status


@pytest.mark.parametrize("elsewhere", ["unallocated", "in fulfillment", "returned"])
def test_only_fulfilled_units_come_back(elsewhere: str):
    books = order_summary(Line("A", 3, "30.00"))
    books.fulfil({"A": 1})
    available = 1
    if elsewhere == "in fulfillment":
        books.allocate({"A": 2})
    if elsewhere == "returned":
        books.change(decide_simple_return, asked(books.item("A"), 1))
        available = 0
    with pytest.raises(QuantityUnavailable) as refused:
        decide_simple_return(books.whole, [asked(books.item("A"), 2)], NOW)
    words = (books.item("A").id, "quantity 2", f"QuantityAvailableToReturn is {available}", "fulfilled units")
    assert all(word in refused.value.message for word in words), refused.value.message


def test_a_returned_unit_takes_its_part_of_what_fulfilled_units_hold():
    # Three units of 30.00 with 3.00 tax, a discount of 1.00 and 0.10 tax on the line and one of 2.00 on the order.
    # Two shipped: 20.00 - 0.67 - 1.33 = 18.00; tax 2.00 - 0.07 = 1.93.
    books = order_summary(
        Line("A", 3, "30.00", ("3.00",), (Discount("-1.00", None, ("-0.10",)), Discount("-2.00", "Header"))),
    )
    books.fulfil({"A": 2})
    # 0.60 off the two shipped ones while the third is in fulfillment; tax 2.90 × 0.60 / 27 = 0.064 -> 0.06.
    books.allocate({"A": 1})
    books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-0.60"))
    # One of two: 10.00 - 0.34 (0.335) - 0.67 (0.665) - 0.30 = 8.69; tax 1.00 - 0.04 (0.035) - 0.03 = 0.93.
    balances = books.change(decide_simple_return, asked(books.item("A"), 1)).balances
    assert (str(balances.total_amount), str(balances.total_tax_amount)) == ("8.69", "0.93")
    assert str(balances.total_adjustment_distributed_amount) == "-0.67"
    # the last: 17.40 - 8.69 and 1.87 - 0.93
    balances = books.change(decide_simple_return, asked(books.item("A"), 1)).balances
    assert (str(balances.total_amount), str(balances.total_tax_amount)) == ("8.71", "0.94")
    check(books.whole, books.original)


@pytest.mark.parametrize("steps", [[3], [1, 2], [2, 1], [1, 1, 1]], ids=str)
def test_any_steps_end_at_exactly_zero_and_credit_what_was_invoiced(steps: list[int]):
    books = fulfilled(
        Line("A", 3, "10.01", ("0.83", "0.17"), (Discount("-1.00", "Header", ("-0.08",)),)), delivery("5.99", "0.50")
    )
    made = [
        books.change(decide_simple_return, asked(books.item("A"), count, shipping=True)).change_order_id
        for count in steps
    ]
    assert books.whole.summary.grand_total_amount == 0
    books.credit(*made)
    assert books.whole.credit_memos[0].balance == books.whole.funds.invoices[0].total_amount_with_tax


def test_afterwards_it_is_refundable_and_not_excess():
    # 11.00 for each of two units, captured and invoiced: nothing is in excess, the unit is to be credited.
    books = fulfilled(Line("A", 2, "20.00", ("2.00",)), pay="22.00")
    balances = books.change(decide_simple_return, asked(books.item("A"), 1)).balances
    assert (str(balances.total_excess_funds_amount), str(balances.total_refundable_amount)) == ("0.00", "11.00")


def test_several_items_come_back_on_one_change_order():
    books = fulfilled(Line("A", 1, "10.00"), Line("B", 2, "20.00"))
    items: Any = [asked(books.item("A"), 1), asked(books.item("B"), 2)]
    made = books.change(decide_simple_return, *items)
    assert str(books.change_order(made.change_order_id).grand_total_amount) == "-30.00"
    assert [int(line.quantity) for line in books.whole.changes.items] == [-1, -2]
    assert len(books.whole.change_orders) == 1
