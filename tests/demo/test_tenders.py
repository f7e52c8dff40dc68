from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.demo.online_retail import invoices, read_rows
from orderwright.demo.plan import Planner, plans
from orderwright.demo.run import SAMPLE
from orderwright.demo.tenders import CARD, GIFT_CARD, GIFT_CARD_BALANCE, tender_of, tenders_of
from tests.demo.rows import invoice


def order(number, total):
    """An order over `total`."""
    return Planner().plan(invoice(number, ("22752", 1, total))).order


@pytest.mark.parametrize(
    ("number", "total", "card", "gift_card"),
    [
        ("536365", "139.12", "119.12", "20.00"),
        ("536370", "40.00", "20.00", "20.00"),
        ("536370", "39.99", "20.00", "19.99"),
        ("536370", "2.97", "1.49", "1.48"),
        ("536370", "0.02", "0.01", "0.01"),
        ("536370", "0.01", "0.01", None),
        ("536366", "139.12", "139.12", None),
        ("A563185", "139.12", "119.12", "20.00"),
        ("536365A", "139.12", "139.12", None),
    ],
)
def test_a_gift_card_pays_its_balance_or_half_of_an_order_whose_number_ends_in_0_or_5(number, total, card, gift_card):
    tenders = tenders_of(order(number, total))
    assert tenders == {name: Decimal(x) for name, x in ((CARD, card), (GIFT_CARD, gift_card)) if x is not None}


@given(number=st.integers(1, 999_999), pennies=st.integers(1, 10**7))
def test_tenders_are_above_zero_and_add_up_to_the_order(number, pennies):
    found = order(str(number), Decimal(pennies) / 100)
    tenders = tenders_of(found)
    assert sum(tenders.values()) == found.total
    assert all(amount > 0 for amount in tenders.values())
    assert tenders.get(GIFT_CARD, 0) <= min(GIFT_CARD_BALANCE, tenders[CARD])


def test_of_the_sample_about_a_fifth_is_paid_with_two_tenders_and_one_of_these_comes_back_whole():
    found = list(plans(invoices(read_rows(SAMPLE))))
    totals = {plan.order.invoice_no: plan.order.total for plan in found if plan.order}
    two = {plan.order.invoice_no for plan in found if plan.order and len(tenders_of(plan.order)) == 2}
    assert len(two) == 44
    given_back = {r.invoice_no: r.amount for plan in found for r in plan.returns if r.invoice_no in two}
    assert len(given_back) == 5
    assert [number for number, amount in given_back.items() if amount == totals[number]] == ["537410"]


@pytest.mark.parametrize(
    ("type_", "method", "tender"),
    [
        ("Visa", "Visa ************6365", "Visa"),
        ("AlternativePaymentMethod", "Gift card", "Gift card"),
        ("PayPal", "mine", "PayPal"),
    ],
)
def test_a_payment_summary_names_its_tender(type_, method, tender):
    assert tender_of({"Type": type_, "Method": method}) == tender
