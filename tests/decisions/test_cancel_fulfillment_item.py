"""cancel-item: units leave a fulfillment order, with their part of every amount, and are available again."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from orderwright.arithmetic.money import scale_of
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.cancel_fulfillment_item import LineToCancel, decide_cancel_fulfillment_item
from orderwright.decisions.create_invoice import charged, decide_create_invoice
from orderwright.decisions.create_order_summary import Wishes
from orderwright.decisions.errors import (
    InvalidCrossReference,
    InvalidInput,
    InvalidOperation,
    InvalidStatus,
    Refusal,
    RequiredFieldMissing,
)
from orderwright.decisions.fulfillment_lines import part_of_order
from tests.builders import (
    NOW,
    Books,
    Discount,
    Line,
    asked,
    delivery,
    discounting,
    order_summary,
    placed_order,
    summarised,
)
from tests.decisions.sums import check

LINE = Line("A", 3, "10.00", ("0.85",), (Discount("-1.00", "Header", ("-0.09",)),))


def allocated(units: int = 3) -> tuple[Books, str]:
    books = order_summary(LINE, delivery("5.00", "0.40"))
    return books, books.allocate({"A": units, "Delivery": 1})


def whole(*quantities: Decimal) -> list[int]:
    """Quantities as plain numbers."""
    return [int(quantity) for quantity in quantities]


def pools(books: Books, name: str = "A") -> tuple[str, str, str]:
    item = books.item(name)
    amounts = (item.line_amount_pre_fulfillment, item.line_amount_in_fulfillment, item.line_amount_post_fulfillment)
    return tuple(str(amount + Decimal("0.00")) for amount in amounts)  # type: ignore[return-value]


# --- one test per sentence of the manual


def test_it_lowers_the_allocated_quantity_and_does_not_cancel_the_item():
    books, made = allocated()
    before = books.item("A")
    books.give_back(made, {"A": 1})
    item = books.item("A")
    assert whole(item.quantity_allocated, item.quantity_canceled, item.quantity_available_to_fulfill) == [2, 0, 1]
    assert (item.total_amt_with_tax, item.quantity) == (before.total_amt_with_tax, before.quantity)
    assert (before.status, item.status) == ("ALLOCATED", "PARTIALLYALLOCATED")
    assert books.whole.change_orders == ()


def test_quantity_drops_and_original_quantity_stays():
    books, made = allocated()
    books.give_back(made, {"A": 2})
    line = books.whole.fulfillment.lines[0]
    assert whole(line.quantity, line.original_quantity) == [1, 3]


def test_several_lines_and_partial_quantities_in_one_call():
    books, made = allocated()
    books.give_back(made, {"A": 2, "Delivery": 1})
    order = books.whole.fulfillment.orders[0]
    assert whole(order.item_count, order.total_delivery_amount) == [1, 0]
    assert books.item("Delivery").quantity_available_to_fulfill == 1


def test_units_that_were_given_back_can_be_allocated_elsewhere_or_cancelled():
    books, made = allocated()
    books.give_back(made, {"A": 2})
    other = books.allocate({"A": 1})
    books.change(decide_cancel, asked(books.item("A"), 1))
    assert other != made
    assert whole(books.item("A").quantity_allocated, books.item("A").quantity_canceled) == [2, 1]
    check(books.whole, books.original)


# --- amounts


def test_the_last_unit_takes_the_rest_and_all_amounts_are_back_where_they_came_from():
    books, made = allocated()
    before = order_summary(LINE, delivery("5.00", "0.40")).whole
    left = []
    for _ in range(3):
        books.give_back(made, {"A": 1})
        left.append(str(books.whole.fulfillment.lines[0].total_amount))
        check(books.whole, books.original)
    # what a cancel of single units takes: 3.33 - 0.33 + 0.28 - 0.03, then 3.34 - 0.34 + 0.29 - 0.03, then the rest
    assert left == ["6.51", "3.25", "0.00"]
    assert pools(books) == ("10.00", "0.00", "0.00")
    assert [a.amount_pre_fulfillment for a in books.whole.adjustments] == [
        a.amount_pre_fulfillment for a in before.adjustments
    ]
    mine = books.item("A").id
    assert [t.amount_pre_fulfillment for t in books.whole.taxes if t.order_item_summary_id == mine] == [
        t.amount_pre_fulfillment for t in before.taxes if t.order_item_summary_id == before.items[0].id
    ]


def test_what_is_left_is_invoiced_and_fulfilled():
    books, made = allocated()
    books.give_back(made, {"A": 1})
    books.invoice(made)
    books.move(made)
    # 10.00 - 3.33, -1.00 + 0.33, 0.85 - 0.28, -0.09 + 0.03; delivery 5.40
    assert str(books.whole.funds.invoices[0].total_amount_with_tax) == "11.91"
    assert (str(books.item("A").quantity_fulfilled), pools(books)) == ("2", ("3.33", "0.00", "6.67"))
    check(books.whole, books.original)


def test_a_discount_given_in_fulfillment_goes_back_with_its_units():
    books, made = allocated()
    books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-2.00"), allocated="InFulfillment")
    books.give_back(made, {"A": 1})
    books.give_back(made, {"A": 2})
    given = books.whole.adjustments[-1]
    assert (str(given.amount_pre_fulfillment), str(given.amount_in_fulfillment)) == ("-2.00", "0.00")
    check(books.whole, books.original)


def test_it_raises_the_version_and_keeps_the_status_even_when_nothing_is_left():
    books, made = allocated()
    version = books.whole.summary.version
    books.give_back(made, {"A": 3, "Delivery": 1})
    order = books.whole.fulfillment.orders[0]
    assert (order.status, whole(order.item_count, order.grand_total_amount)) == ("Allocated", [0, 0])
    assert books.whole.summary.version == version + 1
    with pytest.raises(InvalidStatus, match="were given back; there is nothing left to invoice"):
        decide_create_invoice(books.whole, made, NOW)
    books.move(made, "Cancelled")
    assert books.whole.fulfillment.orders[0].status_category == "CANCELLED"
    check(books.whole, books.original)


def test_each_line_tells_its_new_quantity():
    books, made = allocated()
    books.give_back(made, {"A": 2})
    line = books.whole.fulfillment.lines[0]
    assert books.events("FulfillOrdItemQtyChgEvent") == [
        {
            "FulfillmentOrderLineItemId": line.id,
            "OrderItemSummaryId": books.item("A").id,
            "NewQuantity": 1,
            "OldQuantity": 3,
        }
    ]


# --- units that an invoice charges (M6)


def test_units_of_an_invoiced_order_are_not_invoiced_again():
    books, made = allocated()
    books.invoice(made)
    books.give_back(made, {"A": 2})
    assert books.item("A").quantity_invoiced_pre_fulfillment == 2
    other = books.allocate({"A": 2})
    with pytest.raises(InvalidStatus, match="charged by the invoice of an earlier fulfillment order"):
        decide_create_invoice(books.whole, other, NOW)


def test_units_of_an_invoiced_order_that_are_then_cancelled_are_credited():
    books, made = allocated()
    books.invoice(made)
    books.give_back(made, {"A": 1})
    change = books.change(decide_cancel, asked(books.item("A"), 1))
    order = books.change_order(change.change_order_id)
    assert (order.change_class, str(order.grand_total_amount)) == ("creditable", "-3.25")
    books.credit(order.id)
    invoiced = books.whole.funds.invoices[0].total_amount_with_tax
    credited = books.whole.credit_memos[0].total_amount_with_tax
    assert invoiced - credited == books.whole.summary.grand_total_amount


def test_units_an_earlier_invoice_charges_are_given_back_first():
    books, first = allocated(1)
    books.invoice(first)
    books.move(first, "Cancelled")
    second = books.allocate({"A": 3})
    assert books.whole.fulfillment.lines[-1].invoiced_quantity == 1
    books.give_back(second, {"A": 1})
    prepaid = books.whole.fulfillment.lines[-1].invoiced_quantity
    assert whole(prepaid, books.item("A").quantity_invoiced_pre_fulfillment) == [0, 1]
    fresh = charged(part_of_order(books.whole.fulfillment, second), scale_of("USD"))
    assert [str(line.quantity) for line in fresh.lines] == ["2"]


# --- refusals


def line_of(books: Books, name: str) -> str:
    return next(li.id for li in books.whole.fulfillment.lines if li.order_item_summary_id == books.item(name).id)


def lines(*parts: tuple[str, str]) -> list[LineToCancel]:
    return [LineToCancel(fulfillment_order_line_item_id=line, quantity=Decimal(count)) for line, count in parts]


def with_status(status: str) -> tuple[Books, str]:
    books, made = allocated()
    books.move(made, status)
    return books, made


Given = Callable[[], tuple[Books, str]]
REFUSALS: list[tuple[str, Given, Callable[[Books], list[LineToCancel]], type[Refusal], str]] = [
    ("an unmanaged order", lambda: (
        summarised(placed_order([LINE]), Wishes(order_life_cycle_type="UNMANAGED")), "0a3000000000099"
    ), lambda b: [], InvalidOperation, "UNMANAGED"),
    ("another order's fulfillment order", lambda: (allocated()[0], "0a3000000000099"), lambda b: [],
     InvalidCrossReference, "0a3000000000099"),
    ("a fulfilled one", lambda: with_status("Fulfilled"), lambda b: [], InvalidStatus, "Fulfilled .CLOSED."),
    ("a cancelled one", lambda: with_status("Cancelled"), lambda b: [], InvalidStatus, "Cancelled .CANCELLED."),
    ("a rejected one", lambda: with_status("Rejected"), lambda b: [], InvalidStatus, "Rejected .REJECTED."),
    ("nothing at all", allocated, lambda b: [], RequiredFieldMissing, "fulfillmentOrderLineItemsToCancel is empty"),
    ("another order's line", allocated, lambda b: lines(("0a4000000000099", "0")), InvalidCrossReference,
     "0a4000000000099 does not belong"),
    ("a line twice", allocated, lambda b: lines((line_of(b, "A"), "1"), (line_of(b, "A"), "0")), InvalidInput,
     "listed twice"),
    ("half a unit (N11)", allocated, lambda b: lines((line_of(b, "A"), "0.5")), InvalidInput, "0.5 is not a whole"),
    ("no unit (N11)", allocated, lambda b: lines((line_of(b, "A"), "0")), InvalidInput, "0 is not a whole"),
    ("more than the line holds", allocated, lambda b: lines((line_of(b, "A"), "4")), InvalidInput,
     "4 .* is 3 .originally 3.; ask for at most 3"),
    ("one good line and one bad one", allocated,
     lambda b: lines((line_of(b, "A"), "1"), (line_of(b, "Delivery"), "2")), InvalidInput, "at most 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "asked_for", "refusal", "words"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_refusals_in_order_of_precedence(
    given: Given, asked_for: Callable[[Books], list[LineToCancel]], refusal: type[Refusal], words: str
):
    books, made = given()
    with pytest.raises(refusal, match=words):
        decide_cancel_fulfillment_item(books.whole, made, asked_for(books))


@pytest.mark.parametrize("status", ["Allocated", "Assigned", "Pack Complete"])
def test_it_is_possible_while_units_are_held(status: str):
    books, made = allocated()
    books.move(made, status)
    books.give_back(made, {"A": 3})
    assert books.item("A").quantity_allocated == 0
