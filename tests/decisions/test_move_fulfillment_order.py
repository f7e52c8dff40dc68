"""A fulfillment order's status and what its category does to units and pools (Q2)."""

from decimal import Decimal

import pytest

from orderwright.decisions.errors import InvalidCrossReference, InvalidPicklistValue, InvalidStatus
from orderwright.decisions.move_fulfillment_order import decide_move_fulfillment_order
from tests.builders import NOW, Books, Discount, Line, delivery, order_summary

FINAL = ["Fulfilled", "Cancelled", "Rejected"]
OPEN = ["Allocated", "Assigned", "Pickpack", "Pack Complete", "Ready for Pickup"]


def allocated() -> tuple[Books, str]:
    books = order_summary(Line("A", 3, "10.00", ("1.00",), (Discount("-1.00", "Header"),)), delivery("5.00"))
    return books, books.allocate({"A": 2, "Delivery": 1})


def line_pools(books: Books) -> tuple[str, str, str]:
    a = books.item("A")
    return str(a.line_amount_pre_fulfillment), str(a.line_amount_in_fulfillment), str(a.line_amount_post_fulfillment)


def test_entering_closed_fulfils_every_line():
    books, made = allocated()
    books.move(made, "Fulfilled")
    a, order = books.item("A"), books.whole.fulfillment.orders[0]
    assert (a.quantity_fulfilled, a.quantity_allocated, a.status) == (Decimal(2), Decimal(2), "PARTIALLYFULFILLED")
    assert line_pools(books) == ("3.33", "0.00", "6.67")
    assert books.item("Delivery").quantity_fulfilled == 1
    assert (order.status_category, order.closed_date) == ("CLOSED", NOW)
    assert [str(line.quantity) for line in books.whole.fulfillment.lines] == ["2", "1"]


@pytest.mark.parametrize("status", ["Cancelled", "Rejected"])
def test_cancelled_and_rejected_give_the_allocation_back(status: str):
    books, made = allocated()
    books.move(made, status)
    a, order = books.item("A"), books.whole.fulfillment.orders[0]
    assert (a.quantity_fulfilled, a.quantity_allocated, a.status) == (Decimal(0), Decimal(0), "ORDERED")
    assert line_pools(books) == ("10.00", "0.00", "0")
    assert (order.grand_total_amount, order.item_count, order.closed_date) == (Decimal(0), Decimal(0), None)
    assert [str(line.original_quantity) for line in books.whole.fulfillment.lines] == ["2", "1"]
    assert books.whole.summary.grand_total_amount == books.original.order.grand_total_amount
    assert books.allocate({"A": 3})


@pytest.mark.parametrize("status", OPEN)
def test_within_open_categories_only_the_status_changes(status: str):
    books, made = allocated()
    before = books.whole.items
    books.move(made, status)
    assert books.whole.fulfillment.orders[0].status == status
    assert books.whole.items == before


@pytest.mark.parametrize("final", FINAL)
@pytest.mark.parametrize("status", [*OPEN, *FINAL, "Draft"])
def test_final_is_final(final: str, status: str):
    books, made = allocated()
    books.move(made, final)
    before = books.whole
    if status == final:
        books.move(made, status)
        assert books.whole.items == before.items
        return
    with pytest.raises(InvalidStatus, match=f"{made} is {final} .* cannot become {status}"):
        decide_move_fulfillment_order(books.whole, made, status, NOW)


def test_fulfilling_the_rest_later():
    books, made = allocated()
    books.move(made)
    books.fulfil({"A": 1})
    assert books.item("A").status == "FULFILLED"
    assert line_pools(books) == ("0.00", "0.00", "10.00")


def test_refusals_in_order_of_precedence():
    books, made = allocated()
    books.move(made)
    with pytest.raises(InvalidCrossReference, match="0a3000000000099"):
        decide_move_fulfillment_order(books.whole, "0a3000000000099", "Sold", NOW)
    with pytest.raises(InvalidPicklistValue, match="Sold"):
        decide_move_fulfillment_order(books.whole, made, "Sold", NOW)
