"""Whole stories in currencies of two, no and three decimals; every number worked out by hand, the arithmetic beside it.

Each order is paid in full when it is placed, so that what it is no longer worth shows as excess funds at once.
"""

from decimal import Decimal

from orderwright.decisions.adjust import AdjustDecision
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.change_items import ChangeDecision
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.invoice import CreditMemo, Invoice
from tests.builders import Books, Discount, Line, asked, delivery, discounting, order_summary, with_fee
from tests.decisions.sums import check

NAMES = {
    "product": "total_adjusted_product_amount",
    "product_tax": "total_adjusted_product_tax_amount",
    "product_with_tax": "total_adj_product_amt_with_tax",
    "distributed": "total_adjustment_distributed_amount",
    "distributed_tax": "total_adjustment_distributed_tax_amount",
    "distributed_with_tax": "total_adj_dist_amount_with_tax",
    "delivery": "total_adjusted_delivery_amount",
    "delivery_tax": "total_adjusted_delivery_tax_amount",
    "delivery_with_tax": "total_adj_delivery_amt_with_tax",
    "fee": "total_fee_amount",
    "fee_tax": "total_fee_tax_amount",
    "amount": "total_amount",
    "tax": "total_tax_amount",
    "grand": "grand_total_amount",
    "excess": "total_excess_funds_amount",
    "refundable": "total_refundable_amount",
}


def expect(made: ChangeDecision | AdjustDecision, **amounts: str) -> None:
    """The balances are exactly these, as text; those not named are zero."""
    got = {short: str(getattr(made.balances, name)) for short, name in NAMES.items()}
    assert {short: text for short, text in got.items() if Decimal(text)} == amounts


def priced(books: Books, name: str) -> tuple[str, str]:
    """Price and tax of an item as they are now."""
    item = books.item(name)
    return str(item.total_price), str(item.total_tax_amount)


def totals(record: Invoice | CreditMemo) -> tuple[str, str, str]:
    return str(record.total_amount), str(record.total_tax_amount), str(record.balance)


def taxes_of(books: Books, name: str) -> list[str]:
    item = books.item(name)
    return [str(tax.amount) for tax in books.whole.taxes if tax.order_item_summary_id == item.id]


def test_dollars():
    """Three mugs: one is shipped, all are discounted, one is cancelled, one comes back for a fee of 10 %."""
    books = order_summary(
        Line(
            "Mug",
            3,
            "100.00",
            ("8.25", "1.75"),
            (Discount("-10.00", None, ("-1.00",)), Discount("-9.00", "Header", ("-0.90",))),
        ),
        Line("Pen", 1, "20.00", ("1.65", "0.35"), (Discount("-2.00", "Header", ("-0.20",)),)),
        delivery("9.99", "1.00"),
    )
    # Mug 100 - 10 - 9 = 81.00, tax 8.25 + 1.75 - 1.00 - 0.90 = 8.10; Pen 18.00 and 1.80; Delivery 9.99 and 1.00:
    # 108.99 + 10.90
    assert str(books.whole.summary.grand_total_amount) == "119.89"
    books.pay("119.89")

    # One unit of three: line 33.33, discounts -3.33 and -3.00: 27.00. Taxes 2.75, 0.58, -0.33, -0.30: 2.70.
    # Left to ship: 66.67 - 6.67 - 6.00 = 54.00, taxes 5.50 + 1.17 - 0.67 - 0.60 = 5.40.
    books.invoice(books.fulfil({"Mug": 1}))
    assert totals(books.whole.funds.invoices[0]) == ("27.00", "2.70", "29.70")

    # -5.00 with tax 8.10 × 5 / 81 = 0.50. Two units to ship, one shipped: 333.33 and 166.67 cents, the cent left over
    # goes to the larger fraction: -3.33 and -1.67. Tax 33.33 and 16.67: -0.33 and -0.17.
    # Excess: 3.33 + 0.33. The shipped part, 1.84, is to be credited: 3.66 + 1.84 = 5.50.
    adjusted = books.adjust(discounting(books.item("Mug"), "AmountWithoutTax", "-5.00"))
    expect(
        adjusted, product="5.00", product_tax="0.50", product_with_tax="5.50", amount="5.00", tax="0.50", grand="5.50",
        excess="3.66", refundable="5.50",
    )  # fmt: skip
    assert {group: str(books.change_order(i).grand_total_amount) for group, i in adjusted.change_order_ids.items()} == {
        "pre": "-3.66",
        "post": "-1.84",
    }
    assert priced(books, "Mug") == ("76.00", "7.60")

    # One of the two units to ship: line 33.335 -> 33.34, discounts -3.335 -> -3.34 and -3.00, adjustment -1.665 ->
    # -1.67: 25.33. Taxes 2.75, 0.585 -> 0.59, -0.335 -> -0.34, -0.30, -0.165 -> -0.17: 2.53.
    # Delivery: 9.99 × (76.00 / 3) / (76.00 + 18.00) = 2.6923 -> 2.69; its tax 1.00 × 2.69 / 9.99 = 0.269 -> 0.27.
    # In all 28.02 + 2.80. Excess 3.66 + 30.82 = 34.48; with the 1.84 to credit 36.32.
    cancelled = books.change(decide_cancel, asked(books.item("Mug"), 1, shipping=True))
    expect(
        cancelled, product="25.33", product_tax="2.53", product_with_tax="27.86",
        distributed="-3.00", distributed_tax="-0.30", distributed_with_tax="-3.30",
        delivery="2.69", delivery_tax="0.27", delivery_with_tax="2.96",
        amount="28.02", tax="2.80", grand="30.82", excess="34.48", refundable="36.32",
    )  # fmt: skip

    # The shipped unit: 27.00 - 1.67 = 25.33, tax 2.70 - 0.17 = 2.53. Two units were left, of 50.67 and 5.07: the fee is
    # 10 % of one of them, 2.5335 -> 2.53 and 0.2535 -> 0.25. Its tax over the tax lines, which hold 5.50 and 1.16:
    # 20.65 and 4.35 cents: 0.21 and 0.04.
    # 25.33 - 2.53 = 22.80; 2.53 - 0.25 = 2.28. Excess 34.48 - 2.78 = 31.70; to credit 1.84 + 27.86; in all 61.40.
    returned = books.change(decide_simple_return, with_fee(asked(books.item("Mug"), 1), "Percentage", "10"))
    expect(
        returned, product="25.33", product_tax="2.53", product_with_tax="27.86",
        distributed="-3.00", distributed_tax="-0.30", distributed_with_tax="-3.30",
        fee="-2.53", fee_tax="-0.25", amount="22.80", tax="2.28", grand="25.08", excess="31.70", refundable="61.40",
    )  # fmt: skip
    fee = next(item for item in books.whole.items if item.type == "Fee")
    assert [str(t.amount) for t in books.whole.taxes if t.order_item_summary_id == fee.id] == ["0.21", "0.04"]

    # What was invoiced for the unit comes back: 1.67 + 25.33 and 0.17 + 2.53.
    books.credit(adjusted.change_order_ids["post"], returned.change_order_id)
    assert totals(books.whole.credit_memos[0]) == ("27.00", "2.70", "29.70")
    books.charge(str(returned.fee_change_order_id))
    assert totals(books.whole.funds.invoices[1]) == ("2.53", "0.25", "2.78")

    # The unit to ship 50.67 - 25.33 = 25.34 and 2.54, Pen 18.00 and 1.80, Delivery 7.30 and 0.73, fee 2.53 and 0.25.
    assert priced(books, "Mug") == ("25.34", "2.54")
    assert priced(books, "Delivery") == ("7.30", "0.73")
    assert str(books.whole.summary.grand_total_amount) == "58.49"
    check(books.whole, books.original)


def test_yen():
    """Four kettles: one shipped, one in fulfillment, two to ship; one discount makes three change orders."""
    books = order_summary(
        Line(
            "Kettle",
            4,
            "10000",
            ("800", "199"),
            (Discount("-1000", None, ("-100",)), Discount("-901", "Header", ("-90",))),
        ),
        delivery("1001", "100"),
        currency="JPY",
    )
    # 10000 - 1000 - 901 = 8099, tax 999 - 190 = 809; Delivery 1001 and 100: 9100 + 909
    assert str(books.whole.summary.grand_total_amount) == "10009"
    books.pay("10009")

    # 1 of 4: 2500 - 250 - 225 (225.25) = 2025; taxes 200 + 50 (49.75) - 25 - 23 (22.5) = 202.
    books.invoice(books.fulfil({"Kettle": 1}))
    assert totals(books.whole.funds.invoices[0]) == ("2025", "202", "2227")
    # 1 of 3: 2500 - 250 - 225 (676 / 3 = 225.33) = 2025; taxes 200 + 50 (149 / 3) - 25 - 22 (67 / 3) = 203.
    books.allocate({"Kettle": 1})
    assert str(books.whole.fulfillment.orders[1].grand_total_amount) == "2228"

    # Tax 809 × 1000 / 8908 = 90.8 -> 91, so the price falls by 909. Units 2, 1, 1: 454.5, 227.25, 227.25 -> 455, 227,
    # 227; tax 45.5, 22.75, 22.75 -> the two left over go to the larger fractions: 45, 23, 23.
    adjusted = books.adjust(discounting(books.item("Kettle"), "AmountWithTax", "-1000"), allocated="InFulfillment")
    expect(
        adjusted, product="909", product_tax="91", product_with_tax="1000", amount="909", tax="91", grand="1000",
        excess="750", refundable="1000",
    )  # fmt: skip
    made = {group: books.change_order(i) for group, i in adjusted.change_order_ids.items()}
    assert {group: (str(o.total_amount), str(o.total_tax_amount)) for group, o in made.items()} == {
        "pre": ("-455", "-45"),
        "in": ("-227", "-23"),
        "post": ("-227", "-23"),
    }
    # What is in fulfillment is cheaper now: 2228 - 250.
    assert str(books.whole.fulfillment.orders[1].grand_total_amount) == "1978"

    # 1 of 2 to ship: 2500 - 250 - 226 (225.5) - 228 (227.5) = 1796; taxes 200 + 50 (49.5) - 25 - 23 (22.5) - 23 (22.5)
    # = 179. Delivery: a quarter of 1001 = 250.25 -> 250, tax 100 × 250 / 1001 = 24.98 -> 25.
    # Excess 750 + 2250 = 3000; to credit 250.
    cancelled = books.change(decide_cancel, asked(books.item("Kettle"), 1, shipping=True))
    expect(
        cancelled, product="1796", product_tax="179", product_with_tax="1975",
        distributed="-226", distributed_tax="-23", distributed_with_tax="-249",
        delivery="250", delivery_tax="25", delivery_with_tax="275",
        amount="2046", tax="204", grand="2250", excess="3000", refundable="3250",
    )  # fmt: skip

    # Kettle is at 8099 - 909 - 1796 = 5394 and 809 - 91 - 179 = 539. Fee of 300 with tax: 539 × 300 / 5933 = 27.25 ->
    # 27 and 273; over tax lines of 600 and 149: 21.6 and 5.4 -> 22 and 5.
    # Back comes 2025 - 227 = 1798 and 202 - 23 = 179. 1798 - 273 = 1525, 179 - 27 = 152.
    # Excess 3000 - 300 = 2700; to credit 250 + 1977.
    returned = books.change(decide_simple_return, with_fee(asked(books.item("Kettle"), 1), "AmountWithTax", "300"))
    expect(
        returned, product="1798", product_tax="179", product_with_tax="1977",
        distributed="-225", distributed_tax="-23", distributed_with_tax="-248",
        fee="-273", fee_tax="-27", amount="1525", tax="152", grand="1677", excess="2700", refundable="4927",
    )  # fmt: skip
    fee = next(item for item in books.whole.items if item.type == "Fee")
    assert [str(t.amount) for t in books.whole.taxes if t.order_item_summary_id == fee.id] == ["22", "5"]

    # 227 + 1798 and 23 + 179: all that its invoice charged
    books.credit(adjusted.change_order_ids["post"], returned.change_order_id)
    assert totals(books.whole.credit_memos[0]) == ("2025", "202", "2227")
    books.charge(str(returned.fee_change_order_id))
    assert totals(books.whole.funds.invoices[1]) == ("273", "27", "300")

    # one to ship 1798 + 180, one in fulfillment 1798 + 180, Delivery 751 + 75, fee 300
    assert str(books.whole.summary.grand_total_amount) == "5082"
    check(books.whole, books.original)


def test_dinars():
    """Three lamps, two shipped: 7.5 % off with a tax line for each tax, one cancelled, two come back one by one."""
    books = order_summary(
        Line(
            "Lamp",
            3,
            "25.000",
            ("1.250", "0.125"),
            (Discount("-1.000", None, ("-0.055",)), Discount("-2.500", "Header", ("-0.137",))),
        ),
        Line("Rug", 1, "7.500", ("0.412",), (Discount("-0.750", "Header", ("-0.041",)),)),
        delivery("2.000", "0.110"),
        currency="KWD",
    )
    # Lamp 21.500 and 1.375 - 0.055 - 0.137 = 1.183; Rug 6.750 and 0.371; Delivery 2.000 and 0.110: 30.250 + 1.664
    assert str(books.whole.summary.grand_total_amount) == "31.914"
    books.pay("31.914")

    # 2 of 3: 16.667 - 0.667 - 1.667 = 14.333; taxes 0.833 + 0.083 - 0.037 (0.0367) - 0.091 (0.0913) = 0.788.
    # Left to ship: 8.333 - 0.333 - 0.833 = 7.167; taxes 0.417 + 0.042 - 0.018 - 0.046 = 0.395.
    books.invoice(books.fulfil({"Lamp": 2}))
    assert totals(books.whole.funds.invoices[0]) == ("14.333", "0.788", "15.121")

    # 7.5 %: 1.6125 -> 1.613 and 0.088725 -> 0.089. Units 1 and 2: 537.67 and 1075.33 -> 0.538 and 1.075; tax 29.67 and
    # 59.33 -> 0.030 and 0.059. Over taxes of 1.250 and 0.125: 27.27 and 2.73 -> 27 and 3; 53.64 and 5.36 -> 54 and 5.
    adjusted = books.adjust(discounting(books.item("Lamp"), "Percentage", "-7.5"), individual=True)
    expect(
        adjusted, product="1.613", product_tax="0.089", product_with_tax="1.702", amount="1.613", tax="0.089",
        grand="1.702", excess="0.568", refundable="1.702",
    )  # fmt: skip
    assert taxes_of(books, "Lamp")[4:] == ["-0.027", "-0.003", "-0.054", "-0.005"]

    # All that is to ship: 7.167 - 0.538 = 6.629, tax 0.395 - 0.030 = 0.365.
    # Delivery: 2.000 × (19.887 / 3) / (19.887 + 6.750) = 0.4977 -> 0.498; tax 0.110 × 0.498 / 2 = 0.02739 -> 0.027.
    # Excess 0.568 + 7.519 = 8.087; to credit 1.134.
    cancelled = books.change(decide_cancel, asked(books.item("Lamp"), 1, shipping=True))
    expect(
        cancelled, product="6.629", product_tax="0.365", product_with_tax="6.994",
        distributed="-0.833", distributed_tax="-0.046", distributed_with_tax="-0.879",
        delivery="0.498", delivery_tax="0.027", delivery_with_tax="0.525",
        amount="7.127", tax="0.392", grand="7.519", excess="8.087", refundable="9.221",
    )  # fmt: skip

    # 1 of 2: 8.3335 -> 8.334, -0.3335 -> -0.334, -0.8335 -> -0.834, -0.5375 -> -0.538: 6.628. Taxes 0.4165 -> 0.417,
    # 0.0415 -> 0.042, -0.0185 -> -0.019, -0.0455 -> -0.046, -0.027, -0.0025 -> -0.003: 0.364.
    # Fee: 5 % of half of the line amount without discounts, 16.667 and 0.916: 0.416675 -> 0.417, 0.0229 -> 0.023; over
    # taxes of 0.833 and 0.083: 20.9 and 2.1 -> 21 and 2.
    # 6.628 - 0.417 = 6.211, 0.364 - 0.023 = 0.341. Excess 8.087 - 0.440; to credit 1.134 + 6.992.
    returned = books.change(decide_simple_return, with_fee(asked(books.item("Lamp"), 1), "PercentageGross", "5"))
    expect(
        returned, product="6.628", product_tax="0.364", product_with_tax="6.992",
        distributed="-0.834", distributed_tax="-0.046", distributed_with_tax="-0.880",
        fee="-0.417", fee_tax="-0.023", amount="6.211", tax="0.341", grand="6.552", excess="7.647", refundable="15.773",
    )  # fmt: skip
    books.credit(adjusted.change_order_ids["post"], returned.change_order_id)
    assert totals(books.whole.credit_memos[0]) == ("7.703", "0.423", "8.126")
    books.charge(str(returned.fee_change_order_id))
    assert totals(books.whole.funds.invoices[1]) == ("0.417", "0.023", "0.440")

    # The last one takes what is left: 14.333 - 1.075 - 6.628 = 6.630 and 0.788 - 0.059 - 0.364 = 0.365.
    last = books.change(decide_simple_return, asked(books.item("Lamp"), 1))
    books.credit(last.change_order_id)
    assert totals(books.whole.credit_memos[1]) == ("6.630", "0.365", "6.995")
    # 8.126 + 6.995 is what the invoice charged; Rug 7.121, Delivery 1.502 + 0.083, fee 0.440 are left.
    assert sum(memo.balance for memo in books.whole.credit_memos) == Decimal("15.121")
    assert priced(books, "Lamp") == ("0.000", "0.000")
    assert str(books.whole.summary.grand_total_amount) == "9.146"
    check(books.whole, books.original)
