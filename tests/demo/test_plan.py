from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.demo.online_retail import BrokenRow, Invoice, invoices, read_rows
from orderwright.demo.plan import MOST_LINES, Lot, Planner, Reason, line_of, plans
from orderwright.demo.run import SAMPLE
from tests.demo.rows import invoice, row


def planned(*found, most_orders=None):
    return list(plans(found, most_orders))


def reasons(*found):
    return [skipped.reason for plan in planned(*found) for skipped in plan.skipped]


def test_an_invoice_becomes_an_order_line_by_line_and_equal_codes_stay_apart():
    (plan,) = planned(invoice("1", ("22752", 2, "7.65"), ("22752", 1, "7.65"), ("71053", 6, "3.39")))
    order = plan.order
    assert [(line.number, line.stock_code, line.quantity, line.amount) for line in order.lines] == [
        (1, "22752", 2, Decimal("15.30")),
        (2, "22752", 1, Decimal("7.65")),
        (3, "71053", 6, Decimal("20.34")),
    ]
    assert order.total == Decimal("43.29")
    assert not plan.skipped


@pytest.mark.parametrize("code", ["POST", "DOT", "C2"])
def test_postage_is_one_delivery_charge_over_its_whole_amount(code):
    (plan,) = planned(invoice("1", ("22752", 1, "7.65"), (code, 3, "18")))
    charge = plan.order.lines[1]
    assert (charge.type, charge.quantity, charge.unit_price, charge.amount) == (
        "Delivery Charge",
        1,
        Decimal("54.00"),
        Decimal("54.00"),
    )
    assert charge.description.endswith("(3 × 18)")


def test_a_price_finer_than_a_penny_is_rounded_once_per_line():
    assert line_of(1, row(quantity=5, price="0.001")).amount == Decimal("0.01")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": "D"}, Reason.DISCOUNT),
        ({"code": "M"}, Reason.MANUAL),
        ({"code": "S"}, Reason.SAMPLES),
        ({"code": "AMAZONFEE"}, Reason.FEE),
        ({"code": "BANK CHARGES"}, Reason.FEE),
        ({"code": "GIFT_0001_20"}, Reason.VOUCHER),
        ({"code": "ADJUST2"}, Reason.BOOKKEEPING),
        ({"quantity": -10}, Reason.NEGATIVE_QUANTITY),
        ({"quantity": 0}, Reason.NO_UNITS),
        ({"price": "-11062.06"}, Reason.NEGATIVE_PRICE),
        ({"price": "0", "customer": None}, Reason.NO_PRICE),
        ({"quantity": -10, "price": "0", "customer": None}, Reason.NEGATIVE_QUANTITY),
    ],
)
def test_a_row_that_is_no_item_is_left_out_with_its_reason(changes, reason):
    good, odd = row(), row(**changes)
    (plan,) = planned(Invoice("500001", (good, odd)))
    assert [line.stock_code for line in plan.order.lines] == [good.stock_code]
    assert [(skipped.reason, skipped.row) for skipped in plan.skipped] == [(reason, odd)]


@pytest.mark.parametrize("code", ["22752", "85123A", "15056BL", "DCGS0058", "PADS", "SP1002"])
def test_unusual_codes_of_goods_are_goods(code):
    (plan,) = planned(invoice("1", (code, 1, "1.00")))
    assert plan.order.lines[0].type == "Order Product"


def test_a_free_item_of_a_customer_is_kept_but_an_invoice_of_free_items_is_not():
    paid, free = planned(invoice("1", ("22752", 1, "7.65"), ("22841", 1, "0")), invoice("2", ("22841", 1, "0")))
    assert [line.amount for line in paid.order.lines] == [Decimal("7.65"), Decimal("0.00")]
    assert free.order is None
    assert [skipped.reason for skipped in free.skipped] == [Reason.NOTHING_TO_PAY]


def test_a_guest_order_is_placed_without_a_customer():
    (plan,) = planned(invoice("1", ("22752", 1, "7.65"), customer=None))
    assert plan.order.customer_id is None


def test_lines_beyond_what_an_invoice_may_hold_are_left_out():
    (plan,) = planned(invoice("1", *[("22752", 1, "1.00")] * (MOST_LINES + 2)))
    assert len(plan.order.lines) == MOST_LINES
    assert [skipped.reason for skipped in plan.skipped] == [Reason.TOO_MANY_LINES] * 2


def test_a_cancellation_takes_from_the_oldest_purchase_first_and_may_span_orders():
    *_, plan = planned(
        invoice("1", ("22752", 4, "2.00"), ("71053", 9, "1.00")),
        invoice("2", ("71053", 1, "1.00"), ("22752", 6, "3.00")),
        invoice("C3", ("22752", -5, "3.00")),
    )
    assert [(r.invoice_no, r.quantities, r.amount) for r in plan.returns] == [
        ("1", ((1, 4),), Decimal("8.00")),
        ("2", ((2, 1),), Decimal("3.00")),
    ]
    assert not plan.skipped


def test_rows_of_one_cancellation_for_the_same_line_are_one_change_of_it():
    *_, plan = planned(
        invoice("1", ("22752", 4, "2.00"), ("71053", 2, "1.00")),
        invoice("C2", ("22752", -1, "2.00"), ("71053", -2, "1.00"), ("22752", -2, "2.00")),
    )
    assert [(r.quantities, r.amount) for r in plan.returns] == [(((1, 3), (2, 2)), Decimal("8.00"))]


def test_what_was_returned_cannot_be_returned_again():
    *_, plan = planned(
        invoice("1", ("22752", 4, "2.00")), invoice("C2", ("22752", -3, "2.00")), invoice("C3", ("22752", -3, "2.00"))
    )
    assert [r.quantities for r in plan.returns] == [((1, 1),)]
    assert [(skipped.reason, skipped.units) for skipped in plan.skipped] == [(Reason.TOO_MANY_UNITS, 2)]


def test_purchases_of_others_and_later_ones_do_not_count():
    assert reasons(
        invoice("1", ("22752", 4, "2.00"), customer="1"),
        invoice("C2", ("22752", -1, "2.00"), customer="2"),
        invoice("3", ("22752", 4, "2.00"), customer="2"),
    ) == [Reason.NOT_BOUGHT]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": "D"}, Reason.DISCOUNT),
        ({"code": "POST"}, Reason.POSTAGE_BACK),
        ({"customer": None}, Reason.NO_CUSTOMER),
        ({"quantity": 1}, Reason.POSITIVE_CANCELLATION),
        ({}, Reason.NOT_BOUGHT),
    ],
)
def test_a_cancellation_that_cannot_be_a_return_is_left_out_with_its_reason(changes, reason):
    assert reasons(Invoice("C1", (row("C1", **{"quantity": -1, **changes}),))) == [reason]


def test_an_invoice_that_goes_on_later_is_not_placed_twice():
    assert reasons(
        invoice("1", ("22752", 1, "1")), invoice("2", ("22752", 1, "1")), invoice("1", ("71053", 1, "1"))
    ) == [Reason.TORN_INVOICE]


def test_a_broken_row_is_counted():
    assert reasons(BrokenRow(7, "x", "too few cells")) == [Reason.BROKEN]


def test_after_the_limit_only_the_returns_of_what_was_placed_follow():
    found = planned(
        invoice("1", ("22752", 4, "2.00")),
        invoice("2", ("22752", 4, "2.00")),
        invoice("C3", ("22752", -5, "2.00")),
        most_orders=1,
    )
    assert [plan.order.invoice_no for plan in found if plan.order] == ["1"]
    assert [r.quantities for plan in found for r in plan.returns] == [((1, 4),)]
    assert not [plan for plan in found if plan.skipped]


@given(
    units=st.integers(1, 60),
    pennies=st.integers(0, 100_000),
    wishes=st.lists(st.integers(1, 70), max_size=20),
)
def test_parts_taken_from_a_lot_never_differ_from_the_whole(units, pennies, wishes):
    lot = Lot("1", line_of(1, row(quantity=units, price="1")))
    lot.amount = Decimal(pennies) / 100
    taken = [lot.take(wish) for wish in wishes]
    assert sum(u for u, _ in taken) + lot.units == units
    assert sum((a for _, a in taken), lot.amount) == Decimal(pennies) / 100
    assert all(a >= 0 for _, a in taken)
    assert lot.units or not lot.amount


def test_every_row_of_the_sample_is_an_item_a_return_or_left_out_with_a_reason():
    planner, rows, accounted = Planner(), 0, 0
    for found in invoices(read_rows(SAMPLE)):
        assert isinstance(found, Invoice)
        plan = planner.plan(found)
        rows += sum(abs(r.quantity) for r in found.rows)
        accounted += sum(skipped.units for skipped in plan.skipped)
        accounted += sum(units for r in plan.returns for _, units in r.quantities)
        if plan.order:
            left_out = Counter(id(skipped.row) for skipped in plan.skipped)
            accounted += sum(abs(r.quantity) for r in found.rows if id(r) not in left_out)
            assert len(plan.order.lines) == len(found.rows) - len(plan.skipped)
    assert rows == accounted


def test_the_sample_holds_two_hundred_orders_and_their_returns():
    found = list(plans(invoices(read_rows(SAMPLE))))
    orders = [plan.order for plan in found if plan.order]
    assert len(orders) == 200
    assert sum(len(plan.returns) for plan in found) == 28
    assert max(len(order.lines) for order in orders) > 400, "one order is larger than two collections"
    assert any(line.type == "Delivery Charge" for order in orders for line in order.lines)
    assert any(order.customer_id is None for order in orders)
