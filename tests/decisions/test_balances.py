"""Every property of `changeBalances`: deltas of one change, sign turned round (N9), and the state of the order."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from orderwright.decisions.balances import Balances, excess_funds, outstanding_credit
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.simple_return import decide_simple_return
from tests.builders import Books, Discount, Line, asked, delivery, discounting, order_summary, with_fee

MUG = Line("A", 4, "40.00", ("4.00",), (Discount("-8.00", "Header", ("-0.80",)), Discount("-4.00", None, ("-0.40",))))
NOTHING = dict.fromkeys(Balances.__struct_fields__, "0.00")


def two_shipped() -> Books:
    """Four mugs: 28.00 and 2.80 tax; delivery 6.00 and 0.60. Two mugs and the delivery are shipped."""
    books = order_summary(MUG, delivery("6.00", "0.60"))
    books.fulfil({"A": 2, "Delivery": 1})
    return books


def cancel(books: Books) -> Balances:
    return books.change(decide_cancel, asked(books.item("A"), 1)).balances


def give_back(books: Books) -> Balances:
    return books.change(decide_simple_return, asked(books.item("A"), 1, shipping=True)).balances


def with_two_fees(books: Books) -> Balances:
    item = with_fee(asked(books.item("A"), 1), "AmountWithoutTax", "2.00")
    return books.change(decide_cancel, with_fee(item, "AmountWithoutTax", "1.00")).balances


def discount(books: Books) -> Balances:
    return books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-1.00")).balances


def cheaper_delivery(books: Books) -> Balances:
    return books.adjust(discounting(books.item("Delivery"), "AmountWithoutTax", "-1.00")).balances


CHANGES: list[tuple[str, Callable[[Books], Balances], dict[str, str]]] = [
    # a quarter of 40.00 - 8.00 - 4.00 and of 4.00 - 0.80 - 0.40; the order-level discount of 2.00 and 0.20 comes back
    ("a cancel", cancel, {
        "total_adjusted_product_amount": "7.00", "total_adjusted_product_tax_amount": "0.70",
        "total_adj_product_amt_with_tax": "7.70", "total_adjustment_distributed_amount": "-2.00",
        "total_adjustment_distributed_tax_amount": "-0.20", "total_adj_dist_amount_with_tax": "-2.20",
        "total_amount": "7.00", "total_tax_amount": "0.70", "grand_total_amount": "7.70"}),
    # with a quarter of the delivery charge, 1.50 and 0.15; all of it is to be credited
    ("a return with its delivery charge", give_back, {
        "total_adjusted_product_amount": "7.00", "total_adjusted_product_tax_amount": "0.70",
        "total_adj_product_amt_with_tax": "7.70", "total_adjustment_distributed_amount": "-2.00",
        "total_adjustment_distributed_tax_amount": "-0.20", "total_adj_dist_amount_with_tax": "-2.20",
        "total_adjusted_delivery_amount": "1.50", "total_adjusted_delivery_tax_amount": "0.15",
        "total_adj_delivery_amt_with_tax": "1.65",
        "total_amount": "8.50", "total_tax_amount": "0.85", "grand_total_amount": "9.35",
        "total_refundable_amount": "9.35"}),
    # fees of 2.00 and 1.00, with 0.20 and 0.10 tax
    ("a cancel with fees, which are negative", with_two_fees, {
        "total_adjusted_product_amount": "7.00", "total_adjusted_product_tax_amount": "0.70",
        "total_adj_product_amt_with_tax": "7.70", "total_adjustment_distributed_amount": "-2.00",
        "total_adjustment_distributed_tax_amount": "-0.20", "total_adj_dist_amount_with_tax": "-2.20",
        "total_fee_amount": "-3.00", "total_fee_tax_amount": "-0.30",
        "total_amount": "4.00", "total_tax_amount": "0.40", "grand_total_amount": "4.40"}),
    # half on the units to ship, half on the shipped ones: two change orders in one block; the half is to be credited
    ("a discount on two change orders, not distributed", discount, {
        "total_adjusted_product_amount": "1.00", "total_adjusted_product_tax_amount": "0.10",
        "total_adj_product_amt_with_tax": "1.10",
        "total_amount": "1.00", "total_tax_amount": "0.10", "grand_total_amount": "1.10",
        "total_refundable_amount": "0.55"}),
    ("a discount of the delivery charge", cheaper_delivery, {
        "total_adjusted_delivery_amount": "1.00", "total_adjusted_delivery_tax_amount": "0.10",
        "total_adj_delivery_amt_with_tax": "1.10",
        "total_amount": "1.00", "total_tax_amount": "0.10", "grand_total_amount": "1.10",
        "total_refundable_amount": "1.10"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "amounts"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_every_property(change: Callable[[Books], Balances], amounts: dict[str, str]):
    balances = change(two_shipped())
    assert {name: str(value) for name, value in msgspec.structs.asdict(balances).items()} == NOTHING | amounts


@pytest.mark.parametrize("change", [c[1] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_it_is_what_the_summary_moved_by_with_the_sign_turned_round(change: Callable[[Books], Balances]):
    books = two_shipped()
    before = books.whole.summary
    balances = change(books)
    after = books.whole.summary
    pairs = {
        "grand_total_amount": "grand_total_amount",
        "total_amount": "total_amount",
        "total_tax_amount": "total_tax_amount",
        "total_adjusted_product_amount": "total_adjusted_product_amount",
        "total_adjusted_product_tax_amount": "total_adjusted_product_tax_amount",
        "total_adj_product_amt_with_tax": "total_adj_product_amt_with_tax",
        "total_adjusted_delivery_amount": "total_adjusted_delivery_amount",
        "total_adjusted_delivery_tax_amount": "total_adjusted_delivery_tax_amount",
        "total_adj_delivery_amt_with_tax": "total_adj_delivery_amt_with_tax",
        "total_adjustment_distributed_amount": "total_adj_dist_amount",
        "total_adjustment_distributed_tax_amount": "total_adj_dist_tax_amount",
        "total_adj_dist_amount_with_tax": "total_adj_dist_amount_with_tax",
        "total_fee_amount": "total_adjusted_fee_amount",
        "total_fee_tax_amount": "total_adjusted_fee_tax_amount",
    }
    for name, of_summary in pairs.items():
        assert getattr(balances, name) == getattr(before, of_summary) - getattr(after, of_summary), name
    made = [order.grand_total_amount for order in books.whole.change_orders]
    assert balances.grand_total_amount == -sum(made)


@pytest.mark.parametrize(("currency", "zero"), [("USD", "0.00"), ("JPY", "0"), ("KWD", "0.000")])
def test_every_amount_has_the_decimals_of_its_currency(currency: str, zero: str):
    books = order_summary(Line("A", 2, "20"), currency=currency)
    balances = cancel(books)
    assert str(balances.total_required_funds_amount) == zero
    assert {value.as_tuple().exponent for value in msgspec.structs.asdict(balances).values()} == {
        Decimal(zero).as_tuple().exponent
    }


# --- excess and refundable: the state of the order. 44.00 for four units, 6.60 for delivery.


def paid(amount: str = "50.60") -> Books:
    books = order_summary(Line("A", 4, "40.00", ("4.00",)), delivery("6.00", "0.60"))
    if Decimal(amount):
        books.pay(amount)
    return books


def nothing_captured() -> Books:
    books = paid("0.00")
    books.authorize("50.60")
    cancel(books)
    return books


def part_captured() -> Books:
    books = paid("40.00")
    cancel(books)
    return books


def captured_and_cancelled() -> Books:
    books = paid()
    cancel(books)
    return books


def cancelled_twice() -> Books:
    books = captured_and_cancelled()
    cancel(books)
    return books


def captured_too_much() -> Books:
    return paid("60.00")


def fee_on_a_cancel() -> Books:
    books = paid()
    books.change(decide_cancel, with_fee(asked(books.item("A"), 1), "AmountWithTax", "5.00"))
    return books


def excess_refunded() -> Books:
    books = captured_and_cancelled()
    books.refund(RefundWishes(excess_funds_amount=Decimal("11.00")))
    books.succeed()
    return books


def excess_refund_pending() -> Books:
    books = captured_and_cancelled()
    books.refund(RefundWishes(excess_funds_amount=Decimal("11.00")))
    return books


def returned() -> Books:
    books = paid()
    books.invoice(books.fulfil({"A": 2}))
    books.fund(FundsWishes(invoice_id=books.whole.funds.invoices[0].id))
    books.change(decide_simple_return, asked(books.item("A"), 1))
    return books


def credited() -> Books:
    books = returned()
    books.credit(books.whole.change_orders[-1].id)
    return books


def refunded() -> Books:
    books = credited()
    books.refund(RefundWishes(credit_memo_id=books.whole.credit_memos[0].id))
    books.succeed()
    return books


def returned_and_cancelled() -> Books:
    books = returned()
    cancel(books)
    return books


def discounted_everywhere() -> Books:
    books = paid()
    books.fulfil({"A": 2})
    books.allocate({"A": 1})
    books.adjust(discounting(books.item("A"), "AmountWithTax", "-4.40"), allocated="InFulfillment")
    return books


STATES: list[tuple[str, Callable[[], Books], str, str]] = [
    ("nothing captured: nothing to give back", nothing_captured, "0", "0"),
    ("less captured than the order is still worth", part_captured, "0.40", "0.40"),  # 40.00 - 39.60
    ("a cancel of captured money is excess", captured_and_cancelled, "11.00", "11.00"),
    ("excess adds up over changes: it is the order's, not the change's", cancelled_twice, "22.00", "22.00"),
    ("more captured than the order was ever worth", captured_too_much, "9.40", "9.40"),
    ("fees stay with the seller", fee_on_a_cancel, "6.00", "6.00"),
    ("a refund of excess funds lowers it", excess_refunded, "0", "0"),
    ("a refund that is pending does not, until it is confirmed", excess_refund_pending, "11.00", "11.00"),
    ("a return is not excess, it is to be credited", returned, "0", "11.00"),
    ("a credit memo owes it until it is refunded", credited, "0", "11.00"),
    ("a refunded credit memo owes nothing and makes no excess", refunded, "0", "0"),
    ("refundable is both", returned_and_cancelled, "11.00", "22.00"),
    # 4.40 over four units: 1.10 each. One to ship and one in fulfillment are excess, two shipped are to be credited.
    ("units in fulfillment count as not fulfilled", discounted_everywhere, "2.20", "4.40"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "excess", "refundable"), [s[1:] for s in STATES], ids=[s[0] for s in STATES])
def test_excess_and_refundable_are_those_of_the_whole_order(given: Callable[[], Books], excess: str, refundable: str):
    whole = given().whole
    assert excess_funds(whole) == Decimal(excess)
    assert excess_funds(whole) + outstanding_credit(whole) == Decimal(refundable)


@pytest.mark.parametrize("given", [s[1] for s in STATES], ids=[s[0] for s in STATES])
def test_a_change_reports_the_state_after_it(given: Callable[[], Books]):
    books = given()
    balances = books.change(decide_cancel, asked(books.item("A"), 1)).balances
    assert balances.total_excess_funds_amount == excess_funds(books.whole)
    assert balances.total_refundable_amount == excess_funds(books.whole) + outstanding_credit(books.whole)
    assert balances.total_refundable_amount >= balances.total_excess_funds_amount
