"""The page `docs/money.md`: every rule of money with an example whose numbers the code itself works out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from orderwright.decisions.adjust import AdjustDecision, AdjustWishes, decide_adjust
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.change_items import ChangeDecision, ChangeItem
from orderwright.decisions.charge_fees import Fee
from orderwright.decisions.explain import Step
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.decisions.spread_discount import AdjustItem
from tests.builders import NOW, Books, Discount, Line, asked, delivery, order_summary

HEAD = """# Money

How every amount is computed, each rule with an example. The numbers on this page are worked out by the code when the
page is made, and a test makes it again: it cannot say anything else than what the system does. Rules are cited by the
row of our decisions that they come from (N1 …).

Amounts are decimal from the first byte. They are rounded half up, away from zero, at the decimals of the order's
currency: USD has 2, JPY 0, KWD 3. Totals are sums of rounded parts and are never rounded again.
"""


def money_page() -> str:
    """The page as Markdown."""
    return HEAD + "\n" + "\n".join(section() for section in SECTIONS)


def thirds() -> str:
    books = order_summary(Line("Mug", 3, "10.00", ("1.00",)))
    rows = []
    for number in (1, 2, 3):
        change = books.change(decide_cancel, asked(books.item("Mug"), 1))
        rows.append((f"{number}. unit", *_amounts(change)))
    return _section(
        "A part of the units takes its part of every amount (N2)",
        "Three mugs cost 10.00 and 1.00 tax. They are cancelled one by one. Each takes `what is left × 1 ÷ units "
        "left`, rounded; the last takes all that is left, so nothing of a rounding ever stays behind.",
        ("cancelled", "price", "tax", "in all"),
        rows,
        f"After that the item holds {books.item('Mug').total_price} and {books.item('Mug').total_tax_amount} tax.",
    )


def header_discount() -> str:
    books = order_summary(
        Line("Mug", 2, "20.00", ("2.00",), (Discount("-3.00", "Header", ("-0.30",)),)),
        Line("Pen", 1, "5.00", ("0.50",)),
    )
    change = books.change(decide_cancel, asked(books.item("Mug"), 1))
    balances = change.balances
    return _section(
        "An order-level discount goes back with the unit it was given on (N2, N8)",
        "Two mugs cost 20.00 with 2.00 tax; an order-level promotion takes 3.00 and 0.30 tax off them. One mug is "
        "cancelled. Its part of the discount goes with it, and is not moved to other lines.",
        ("what", "change reported"),
        [
            ("totalAdjustedProductAmount", balances.total_adjusted_product_amount),
            ("totalAdjustedProductTaxAmount", balances.total_adjusted_product_tax_amount),
            ("totalAdjustmentDistributedAmount", balances.total_adjustment_distributed_amount),
            ("grandTotalAmount", balances.grand_total_amount),
        ],
        "The distributed amount is part of the product amount and only reported again beside it. `changeBalances` "
        "has the sign of the change order turned round (N9): what is reduced is positive, and the discount that "
        "goes back is negative.",
    )


def delivery_reduction() -> str:
    books = order_summary(
        Line("Mug", 2, "30.00", ("3.00",)), Line("Pen", 1, "10.00", ("1.00",)), delivery("5.00", "0.50")
    )
    change = books.change(decide_cancel, asked(books.item("Mug"), 1, shipping=True))
    return _section(
        "The delivery charge falls with the goods, when that is asked for (N5)",
        "Mugs for 30.00, a pen for 10.00, delivery 5.00 with 0.50 tax, all in one delivery group. One of two mugs is "
        "cancelled with `shippingReductionFlag`. It carries 15.00 of 40.00 of the group's price.",
        ("component", "rule", "base", "part", "exact", "rounded"),
        _steps(s for s in change.steps if "delivery" in s.component or "adjustment" in s.component),
    )


def adjustment() -> str:
    books = order_summary(Line("Mug", 3, "30.00", ("3.00",)))
    books.fulfil({"Mug": 2})
    made = _adjust(books, "Mug", "AmountWithoutTax", "-1.00")
    return _section(
        "A discount is spread over units, whatever state they are in (N4, N6)",
        "Three mugs cost 30.00 and 3.00 tax; two are shipped. A discount of 1.00 is for the whole item: a third "
        "falls on the unit that is not shipped, two thirds on the shipped ones, on a change order of their own.",
        ("component", "rule", "base", "part", "exact", "rounded"),
        _steps(made.steps),
        f"Reported: {made.balances.total_adjusted_product_amount} and "
        f"{made.balances.total_adjusted_product_tax_amount} tax.",
    )


def adjustment_types() -> str:
    rows = []
    for kind, amount in (
        ("AmountWithoutTax", "-1.00"),
        ("AmountWithTax", "-1.00"),
        ("Percentage", "-10"),
        ("ProductOnly", "-1.00"),
        ("AmountTaxOnly", "-1.00"),
    ):
        balances = _adjust(order_summary(Line("Mug", 1, "79.00", ("3.95",))), "Mug", kind, amount).balances
        rows.append((kind, amount, balances.total_adjusted_product_amount, balances.total_adjusted_product_tax_amount))
    return _section(
        "Five ways to name a discount (N4)",
        "On an item of 79.00 with 3.95 tax. Tax follows the price by the item's own ratio, rounded once.",
        ("adjustmentType", "amount", "price falls by", "tax falls by"),
        rows,
    )


def fees() -> str:
    rows = []
    for kind, amount in (
        ("AmountWithoutTax", "5.00"),
        ("AmountWithTax", "5.00"),
        ("Percentage", "10"),
        ("PercentageGross", "10"),
    ):
        books = order_summary(Line("Mug", 2, "40.00", ("4.00",), (Discount("-8.00", None, ("-0.80",)),)))
        books.fulfil({"Mug": 2})
        item = books.item("Mug")
        fee = Fee(
            order_item_summary_id=item.id,
            quantity=Decimal(1),
            amount=Decimal(amount),
            amount_type=kind,
            description="Restocking",
            product2_id="01t000000000001",
            reason="Unknown",
        )
        change = books.change(decide_simple_return, _with_fee(asked(item, 1), fee))
        rows.append((kind, amount, -change.balances.total_fee_amount, -change.balances.total_fee_tax_amount))
    return _section(
        "A fee is an item of its own, on an increasing change order",
        "Two mugs cost 40.00 and 4.00 tax, less a discount of 8.00 and 0.80 tax; both were shipped, one comes "
        "back with a fee. Percentages are in proportion to the units; `PercentageGross` leaves discounts out. In "
        "`changeBalances` fees are negative (N9), because they raise the order.",
        ("amountType", "amount", "fee", "its tax"),
        rows,
    )


def excess() -> str:
    books = order_summary(Line("Mug", 2, "20.00", ("2.00",)))
    books.pay("22.00")
    cancel = books.change(decide_cancel, asked(books.item("Mug"), 1))
    return _section(
        "Money that was captured and is no longer owed (N10)",
        "Two mugs for 22.00 with tax were paid when the order was placed. One is cancelled before anything is "
        "invoiced.",
        ("what", "amount"),
        [
            ("captured", "22.00"),
            ("the order is worth", books.whole.summary.grand_total_amount),
            ("totalExcessFundsAmount", cancel.balances.total_excess_funds_amount),
            ("totalRefundableAmount", cancel.balances.total_refundable_amount),
        ],
        "Returned goods are different: their money was invoiced, so it comes back through a credit memo. A change "
        "order is one or the other from the day it is made.",
    )


def currencies() -> str:
    rows = []
    for currency, amount, tax in (("USD", "10.00", "0.85"), ("JPY", "1000", "85"), ("KWD", "10.000", "0.850")):
        books = order_summary(Line("Mug", 3, amount, (tax,)), currency=currency)
        parts = [books.change(decide_cancel, asked(books.item("Mug"), 1)) for _ in range(3)]
        rows.append((currency, amount, tax, ", ".join(str(p.balances.grand_total_amount) for p in parts)))
    return _section(
        "Currencies of two, no and three decimals (N1)",
        "Three units, cancelled one by one.",
        ("currency", "price", "tax", "each takes"),
        rows,
    )


SECTIONS: tuple[Callable[[], str], ...] = (
    thirds, header_discount, delivery_reduction, adjustment, adjustment_types, fees, excess, currencies,
)  # fmt: skip


def _adjust(books: Books, name: str, kind: str, amount: str) -> AdjustDecision:
    item = AdjustItem(
        order_item_summary_id=books.item(name).id, adjustment_type=kind, amount=Decimal(amount), reason="Unknown"
    )
    made = decide_adjust(books.whole, AdjustWishes(items=(item,)), NOW)
    books.save(made.decision)
    return made


def _with_fee(item: ChangeItem, fee: Fee) -> ChangeItem:
    return ChangeItem(
        order_item_summary_id=item.order_item_summary_id,
        quantity=item.quantity,
        reason=item.reason,
        shipping_reduction_flag=item.shipping_reduction_flag,
        fees=(fee,),
    )


def _amounts(change: ChangeDecision) -> tuple[Decimal, Decimal, Decimal]:
    balances = change.balances
    return balances.total_amount, balances.total_tax_amount, balances.grand_total_amount


def _steps(steps: Iterable[Step]) -> list[tuple[object, ...]]:
    return [(s.component, s.rule, s.base, s.fraction, s.exact, s.rounded) for s in steps]


def _section(title: str, text: str, heads: tuple[str, ...], rows: Iterable[tuple[object, ...]], after: str = "") -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    table = "\n".join(lines)
    return f"## {title}\n\n{text}\n\n{table}\n" + (f"\n{after}\n" if after else "")
