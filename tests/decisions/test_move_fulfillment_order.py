"""A fulfillment order's status and what its category does to units and pools (Q2)."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.decisions.errors import InvalidCrossReference, InvalidPicklistValue, InvalidStatus
from orderwright.decisions.move_fulfillment_order import decide_move_fulfillment_order
from orderwright.objects.picklists import STANDARD
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


# --- events


def told(books: Books, name: str) -> list[dict[str, Any]]:
    """What was told since the fulfillment order was made."""
    return books.events(name)[1:] if name == "FOStatusChangedEvent" else books.events(name)


def test_every_change_of_status_is_told_with_both_categories():
    books, made = allocated()
    books.move(made, "Assigned")
    books.move(made, "Assigned")
    books.move(made, "Pickpack")
    books.move(made, "Fulfilled")
    names = ("OldStatus", "OldStatusCategory", "NewStatus", "NewStatusCategory")
    events = told(books, "FOStatusChangedEvent")
    assert [tuple(event[name] for name in names) for event in events] == [
        ("Allocated", "ACTIVATED", "Assigned", "FULFILLING"),
        ("Assigned", "FULFILLING", "Pickpack", "FULFILLING"),
        ("Pickpack", "FULFILLING", "Fulfilled", "CLOSED"),
    ]
    assert {event["FulfillmentOrderId"] for event in events} == {made}
    assert told(books, "FulfillOrdItemQtyChgEvent") == []


def test_units_given_back_by_a_cancelled_order_are_told_line_by_line():
    books, made = allocated()
    books.give_back(made, {"Delivery": 1})
    books.move(made, "Cancelled")
    quantities = [(e["OldQuantity"], e["NewQuantity"]) for e in told(books, "FulfillOrdItemQtyChgEvent")]
    assert quantities == [(1, 0), (2, 0)]


# --- statuses are configuration: only the category decides

OWN = msgspec.structs.replace(
    STANDARD,
    fulfillment_statuses={
        "Allocated": "ACTIVATED", "Handed to carrier": "FULFILLING", "Delivered": "CLOSED",
        "Delivered, signed": "CLOSED", "Given up": "CANCELLED",
    },
)  # fmt: skip


def moved(books: Books, made: str, status: str) -> None:
    books.save(decide_move_fulfillment_order(books.whole, made, status, NOW, OWN))


def test_a_status_acts_by_its_category_whatever_it_is_called():
    books, made = allocated()
    moved(books, made, "Handed to carrier")
    assert books.whole.fulfillment.orders[0].status_category == "FULFILLING"
    moved(books, made, "Delivered")
    assert (books.whole.fulfillment.orders[0].status_category, books.item("A").status) == (
        "CLOSED",
        "PARTIALLYFULFILLED",
    )
    moved(books, made, "Delivered, signed")
    assert books.whole.fulfillment.orders[0].status == "Delivered, signed"
    assert books.item("A").quantity_fulfilled == 2
    with pytest.raises(InvalidStatus, match="final"):
        decide_move_fulfillment_order(books.whole, made, "Given up", NOW, OWN)


def test_a_status_that_is_not_configured_is_refused_by_the_names_of_those_that_are():
    books, made = allocated()
    with pytest.raises(InvalidPicklistValue, match=r"'Fulfilled' .* use Allocated, Handed to carrier, .* or Given up"):
        decide_move_fulfillment_order(books.whole, made, "Fulfilled", NOW, OWN)


def test_a_status_that_is_no_longer_configured_keeps_its_category():
    books, made = allocated()
    books.move(made, "Fulfilled")
    order = books.whole.fulfillment.orders[0]
    assert decide_move_fulfillment_order(books.whole, made, "Fulfilled", NOW, OWN).changed == ()
    with pytest.raises(InvalidStatus, match=r"Fulfilled \(CLOSED\), which is final"):
        decide_move_fulfillment_order(books.whole, made, "Allocated", NOW, OWN)
    assert order.status_category == "CLOSED"
