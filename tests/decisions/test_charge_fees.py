"""Fees with a cancel or a return: semantics §10, the four amount types by hand, the records they make, and refusals."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.change_items import ChangeDecision
from orderwright.decisions.errors import InvalidInput, InvalidPicklistValue, Refusal
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.order_item_summary import OrderItemSummary, OrderItemSummaryChange
from tests.builders import FEE, NOW, Books, Discount, Line, asked, discounting, order_summary, with_fee
from tests.decisions.sums import check

# Two units: 40.00 and 4.00 tax, less 8.00 and 0.80: price 32.00, tax 3.20, line amount with tax 44.00.
MUGS = Line("A", 2, "40.00", ("3.00", "1.00"), (Discount("-8.00", None, ("-0.80",)),))
AMOUNTS: list[tuple[str, Line, str, int, str, str, str, str]] = [
    ("AmountWithoutTax: tax calculated and added", MUGS, "USD", 1, "AmountWithoutTax", "5.00",
     "5.00", "0.50"),  # 3.20 × 5 / 32
    ("AmountWithTax contains its tax", MUGS, "USD", 1, "AmountWithTax", "5.00",
     "4.55", "0.45"),  # 5 × 3.20 / 35.20 = 0.4545
    ("Percentage of TotalPrice and TotalTaxAmount, prorated for quantity", MUGS, "USD", 1, "Percentage", "10",
     "1.60", "0.16"),
    ("PercentageGross of the line amount and its tax: discounts are left out", MUGS, "USD", 1, "PercentageGross", "10",
     "2.00", "0.20"),
    ("Percentage of all units", MUGS, "USD", 2, "Percentage", "10", "3.20", "0.32"),
    ("PercentageGross of all units", MUGS, "USD", 2, "PercentageGross", "10", "4.00", "0.40"),
    ("an amount is not multiplied by the quantity", MUGS, "USD", 2, "AmountWithoutTax", "5.00", "5.00", "0.50"),
    ("no tax on the item, none on its fee", Line("A", 1, "10.00"), "USD", 1, "AmountWithTax", "5.00", "5.00", "0.00"),
    ("a free item has no ratio of tax", Line("A", 1, "0.00"), "USD", 1, "AmountWithoutTax", "5.00", "5.00", "0.00"),
    ("a percentage of a free item is nothing", Line("A", 1, "0.00"), "USD", 1, "Percentage", "10", "0.00", "0.00"),
    ("a fee may be more than its item", Line("A", 1, "1.00", ("0.10",)), "USD", 1, "AmountWithoutTax", "5.00",
     "5.00", "0.50"),
    ("halves are rounded up (N1)", Line("A", 1, "0.50", ("0.50",)), "USD", 1, "Percentage", "1",
     "0.01", "0.01"),  # 0.005 each
    ("yen", Line("A", 3, "1000", ("85",)), "JPY", 1, "Percentage", "10", "33", "3"),  # 33.3 and 2.83
    ("dinars", Line("A", 3, "10.000", ("0.850",)), "KWD", 1, "Percentage", "10", "0.333", "0.028"),  # 0.3333, 0.02833
    # price 10 - 5 = 5.00, tax -5.00: in all nothing
    ("tax that takes away the price is no ratio", Line("A", 1, "10.00", (), (Discount("-5.00", None, ("-5.00",)),)),
     "USD", 1, "AmountWithTax", "4.00", "4.00", "0.00"),
    ("nor is tax that is more than the price", Line("A", 1, "10.00", (), (Discount("-9.00", None, ("-2.00",)),)),
     "USD", 1, "AmountWithTax", "4.00", "4.00", "0.00"),
    # price 10 - 2 = 8.00, tax -0.40: 4.00 × -0.40 / 8
    ("tax on adjustments alone is a ratio too (N4)", Line("A", 1, "10.00", (), (Discount("-2.00", None, ("-0.40",)),)),
     "USD", 1, "AmountWithoutTax", "4.00", "4.00", "-0.20"),
]  # fmt: skip

Decide = Callable[..., ChangeDecision]
VERBS = pytest.mark.parametrize("decide", [decide_cancel, decide_simple_return], ids=["cancel", "return"])


def placed(*lines: Line, decide: Decide = decide_simple_return, currency: str = "USD") -> Books:
    """The order, all of it fulfilled when it is to come back."""
    books = order_summary(*lines, currency=currency)
    if decide is decide_simple_return:
        books.fulfil({line.name: line.quantity for line in lines})
    return books


def charged(books: Books, decide: Decide = decide_simple_return, count: int = 1, **about: Any) -> ChangeDecision:
    return books.change(decide, with_fee(asked(books.item("A"), count), "AmountWithoutTax", "5.00", **about))


def fees(books: Books) -> list[OrderItemSummary]:
    return [item for item in books.whole.items if item.type == FEE]


@pytest.mark.parametrize(
    ("line", "currency", "count", "kind", "amount", "price", "tax"),
    [a[1:] for a in AMOUNTS],
    ids=[a[0] for a in AMOUNTS],
)
@VERBS
def test_the_four_amount_types(
    decide: Decide, line: Line, currency: str, count: int, kind: str, amount: str, price: str, tax: str
):
    books = placed(line, decide=decide, currency=currency)
    made = books.change(decide, with_fee(asked(books.item("A"), count), kind, amount))
    balances = made.balances
    assert (balances.total_fee_amount, balances.total_fee_tax_amount) == (-Decimal(price), -Decimal(tax))
    (fee,) = fees(books)
    assert (fee.total_price, fee.total_tax_amount) == (Decimal(price), Decimal(tax))
    order = books.change_order(made.fee_change_order_id)
    assert (order.total_amount, order.total_tax_amount) == (Decimal(price), Decimal(tax))
    check(books.whole, books.original)


def test_percentages_are_of_the_item_as_it_is_before_the_change():
    # three units of 10.00, one cancelled: 20.00 for two. 10 % of one of them.
    books = order_summary(Line("A", 3, "30.00"))
    books.change(decide_cancel, asked(books.item("A"), 1))
    made = books.change(decide_cancel, with_fee(asked(books.item("A"), 1), "Percentage", "10"))
    assert str(made.balances.total_fee_amount) == "-1.00"


def test_tax_is_shared_over_the_tax_lines_of_the_item_and_they_add_up():
    # 0.50 over 3.00 and 1.00: 37.5 and 12.5 cents, a tie: the earlier gets the cent (N3)
    books = placed(MUGS)
    charged(books)
    (fee,) = fees(books)
    taxes = [tax for tax in books.whole.taxes if tax.order_item_summary_id == fee.id]
    assert [(tax.name, str(tax.amount)) for tax in taxes] == [("Tax 1", "0.38"), ("Tax 2", "0.12")]


@VERBS
def test_a_fee_is_an_item_of_its_own_already_fulfilled(decide: Decide):
    books = placed(MUGS, decide=decide)
    charged(books, decide, product2_id="01t000000000042", pricebook_entry_id="01u000000000042", description="Handling")
    (fee,) = fees(books)
    assert (fee.type, fee.type_code, fee.status) == ("Fee", "Charge", "FULFILLED")
    assert (fee.name, fee.description) == ("Handling", "Handling")
    assert (fee.product2_id, fee.pricebook_entry_id) == ("01t000000000042", "01u000000000042")
    assert [int(q) for q in (fee.quantity_ordered, fee.quantity_fulfilled, fee.quantity)] == [1, 1, 1]
    assert fee.order_delivery_group_summary_id == books.item("A").order_delivery_group_summary_id


@VERBS
def test_fees_have_a_change_order_of_their_own_which_raises_the_order(decide: Decide):
    books = placed(MUGS, decide=decide)
    made = charged(books, decide)
    order = books.change_order(made.fee_change_order_id)
    assert made.fee_change_order_id != made.change_order_id
    assert (order.change_class, order.status, str(order.grand_total_amount)) == ("fee", "Activated", "5.50")
    assert order.related_order_id == books.original.order.id
    # the unit takes 16.00 + 1.60
    assert str(books.change_order(made.change_order_id).grand_total_amount) == "-17.60"
    assert str(made.balances.grand_total_amount) == "12.10"
    assert str(books.whole.summary.grand_total_amount) == "23.10"
    (record,) = [r for r in books.others if isinstance(r, OrderItemSummaryChange) and r.change_type.endswith("Fee")]
    assert record.change_type == ("CancelFee" if decide is decide_cancel else "ReturnFee")
    assert (record.order_item_summary_id, record.is_pre_fulfillment) == (fees(books)[0].id, False)


def test_several_fees_share_one_change_order():
    books = placed(Line("A", 1, "10.00"), Line("B", 1, "10.00"))
    first = with_fee(with_fee(asked(books.item("A"), 1), "AmountWithTax", "1.00"), "AmountWithTax", "2.00")
    made = books.change(decide_simple_return, first, with_fee(asked(books.item("B"), 1), "Percentage", "40"))
    assert [str(fee.total_price) for fee in fees(books)] == ["1.00", "2.00", "4.00"]
    assert str(books.change_order(made.fee_change_order_id).grand_total_amount) == "7.00"
    assert len(books.whole.change_orders) == 2


@VERBS
def test_without_fees_there_is_no_fee_change_order(decide: Decide):
    books = placed(MUGS, decide=decide)
    made = books.change(decide, asked(books.item("A"), 1))
    assert made.fee_change_order_id is None
    assert len(books.whole.change_orders) == 1
    assert made.balances.total_fee_amount == 0


def test_a_fee_reduces_the_excess_funds():
    books = placed(MUGS, decide=decide_cancel)
    books.pay("35.20")
    # 17.60 came free, 5.50 of it is for the fee
    assert str(charged(books, decide_cancel).balances.total_excess_funds_amount) == "12.10"


def test_a_fee_is_not_returned_or_cancelled():
    books = placed(MUGS)
    charged(books)
    for decide in (decide_cancel, decide_simple_return):
        with pytest.raises(InvalidInput, match="is a Fee"):
            decide(books.whole, [asked(fees(books)[0], 1)], NOW)


def test_a_fee_can_be_discounted_and_that_is_credited():
    books = placed(MUGS)
    charged(books)
    made = books.adjust(discounting(fees(books)[0], "Percentage", "-50"))
    assert (str(made.balances.total_fee_amount), str(made.balances.total_fee_tax_amount)) == ("2.50", "0.25")
    assert list(made.change_order_ids) == ["post"]
    (record,) = [r for r in books.others if isinstance(r, OrderItemSummaryChange) and r.change_type == "FeeAdjustment"]
    assert record.order_item_summary_id == fees(books)[0].id
    check(books.whole, books.original)


# Rows are in order of precedence: each carries the faults of the rows below it as well.
REFUSALS: list[tuple[str, str, str, str, type[Refusal], list[str]]] = [
    ("an unknown amount type", "Nothing", "0", "nonsense", InvalidPicklistValue,
     ["Nothing", "AmountWithTax", "PercentageGross"]),
    ("an amount of zero: amounts are positive", "Percentage", "0", "nonsense", InvalidInput, ["0", "not above zero"]),
    ("an amount below zero", "Percentage", "-1", "nonsense", InvalidInput, ["-1", "not above zero"]),
    ("more decimals than the currency has", "AmountWithTax", "0.005", "nonsense", InvalidInput, ["0.005", "decimals"]),
    ("a reason nobody knows", "Percentage", "1", "nonsense", InvalidPicklistValue, ["nonsense", "Change of Mind"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "amount", "reason", "refusal", "words"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
@VERBS
def test_refusals_in_order_of_precedence(
    decide: Decide, kind: str, amount: str, reason: str, refusal: type[Refusal], words: list[str]
):
    books = placed(MUGS, decide=decide)
    with pytest.raises(refusal) as refused:
        decide(books.whole, [with_fee(asked(books.item("A"), 1), kind, amount, reason=reason)], NOW)
    assert all(word in refused.value.message for word in words), refused.value.message
