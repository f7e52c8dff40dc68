"""Price adjustments: one row per sentence of semantics §11 and of N4, N6; every number worked out by hand."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from orderwright.arithmetic.money import round_money
from orderwright.decisions.adjust import ADJUSTMENT_TYPES, ALLOCATED_ITEMS, AdjustDecision, AdjustWishes, decide_adjust
from orderwright.decisions.balances import Balances
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.create_order_summary import Wishes
from orderwright.decisions.errors import (
    InvalidCrossReference,
    InvalidInput,
    InvalidOperation,
    InvalidPicklistValue,
    Refusal,
    RequiredFieldMissing,
)
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.decisions.spread_discount import AdjustItem
from orderwright.objects.order_item_summary import OrderItemSummaryChange
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

MUG = Line("A", 1, "79.00", ("3.95",))


def amounts(made: AdjustDecision) -> tuple[str, str]:
    """What price and tax fall by."""
    return str(made.balances.total_adjusted_product_amount), str(made.balances.total_adjusted_product_tax_amount)


def by_group(books: Books, made: AdjustDecision) -> dict[str, tuple[str, str]]:
    """Price and tax on each change order, in dollars."""
    orders = {group: books.change_order(i) for group, i in made.change_order_ids.items()}
    return {
        group: (str(round_money(order.total_amount, 2)), str(round_money(order.total_tax_amount, 2)))
        for group, order in orders.items()
    }


# --- the five adjustment types

TYPES: list[tuple[str, Line, str, str, str, str]] = [
    ("AmountWithTax contains tax: round(amount × tax / (price + tax)) is tax, the rest price", MUG,
     "AmountWithTax", "-10.00", "9.52", "0.48"),  # 10 × 3.95 / 82.95 = 0.4762
    ("AmountWithTax of all there is takes exactly all", MUG, "AmountWithTax", "-82.95", "79.00", "3.95"),
    ("AmountWithoutTax gets tax added: total tax × change ÷ current price (N4)", MUG,
     "AmountWithoutTax", "-10.00", "10.00", "0.50"),  # 3.95 × 10 / 79
    ("AmountWithoutTax takes all of the tax when the price reaches zero (N4)", MUG,
     "AmountWithoutTax", "-79.00", "79.00", "3.95"),
    ("Percentage is of TotalPrice and of TotalTaxAmount, each rounded", MUG, "Percentage", "-10", "7.90", "0.40"),
    ("Percentage may have decimals beyond those of the currency", MUG,
     "Percentage", "-0.125", "0.10", "0.00"),  # 0.09875 and 0.0049375
    ("Percentage of 100 takes all", MUG, "Percentage", "-100", "79.00", "3.95"),
    ("ProductOnly changes the price only", MUG, "ProductOnly", "-10.00", "10.00", "0.00"),
    ("AmountTaxOnly changes the tax only", MUG, "AmountTaxOnly", "-3.95", "0.00", "3.95"),
    ("halves are rounded up, away from zero (N1)", Line("A", 1, "100.00", ("5.00",)),
     "AmountWithoutTax", "-0.10", "0.10", "0.01"),  # 0.005
    ("no tax, none changed", Line("A", 1, "100.00"), "AmountWithTax", "-10.00", "10.00", "0.00"),
    # price 100 - 20 - 5 = 75.00, tax 10 - 2 - 0.5 = 7.50: 15.00 × 7.5 / 75
    ("the ratio is that of the item after all its discounts",
     Line("A", 1, "100.00", ("10.00",),
          (Discount("-20.00", "Header", ("-2.00",)), Discount("-5.00", None, ("-0.50",)))),
     "AmountWithoutTax", "-15.00", "15.00", "1.50"),
    # tax of adjustments alone: 100 - 10 = 90.00 and -1.00; it goes with the price, so it rises by 0.10
    ("tax that lies on adjustments only changes too (N4)",
     Line("A", 1, "100.00", (), (Discount("-10.00", None, ("-1.00",)),)), "AmountWithoutTax", "-9.00", "9.00", "-0.10"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "kind", "amount", "price", "tax"), [t[1:] for t in TYPES], ids=[t[0] for t in TYPES])
def test_the_five_types(line: Line, kind: str, amount: str, price: str, tax: str):
    books = order_summary(line)
    before = books.item("A")
    made = books.adjust(discounting(before, kind, amount))
    assert amounts(made) == (price, tax)
    after = books.item("A")
    assert (before.total_price - after.total_price, before.total_tax_amount - after.total_tax_amount) == (
        Decimal(price),
        Decimal(tax),
    )
    check(books.whole, books.original)


def test_the_amount_is_for_the_whole_item_and_not_per_unit():
    # three items of different quantities, -2 each: 6 in all, a line-level adjustment of -2 on each
    books = order_summary(Line("A", 1, "10.00"), Line("B", 4, "40.00"), Line("C", 2, "20.00"))
    made = books.adjust(*(discounting(item, "AmountWithoutTax", "-2") for item in books.whole.items))
    assert amounts(made) == ("6.00", "0.00")
    assert [str(item.total_line_adjustment_amount) for item in books.whole.items] == ["-2.00"] * 3
    assert not any(item.total_adjustment_dist_amount for item in books.whole.items)
    assert {a.order_adjustment_group_summary_id for a in books.whole.adjustments} == {None}
    assert len(books.whole.change_orders) == 1


@pytest.mark.parametrize(
    ("currency", "amount", "price", "tax"),
    [("USD", "-1.00", "1.00", "0.09"), ("JPY", "-100", "100", "9"), ("KWD", "-1.000", "1.000", "0.085")],
)
def test_currencies_of_two_no_and_three_decimals(currency: str, amount: str, price: str, tax: str):
    # 10 % of the price: 0.085, 8.5 -> 9, 0.085
    line = {"USD": ("10.00", "0.85"), "JPY": ("1000", "85"), "KWD": ("10.000", "0.850")}[currency]
    books = order_summary(Line("A", 1, line[0], (line[1],)), currency=currency)
    assert amounts(books.adjust(discounting(books.item("A"), "AmountWithoutTax", amount))) == (price, tax)


# --- the quantity groups and allocatedItemsChangeOrderType


def spread_books(pre: int, in_: int, post: int, tax: str = "0.00") -> Books:
    """Units of A at 10.00 each in the three groups, and one cancelled and one returned beside them."""
    books = order_summary(Line("A", pre + in_ + post + 2, f"{(pre + in_ + post + 2) * 10}.00", (tax,)))
    books.fulfil({"A": post + 1})
    books.change(decide_simple_return, asked(books.item("A"), 1))
    books.change(decide_cancel, asked(books.item("A"), 1))
    if in_:
        books.allocate({"A": in_})
    return books


# Units pre, in, post; the value; what -1.00 becomes on the change orders.
GROUPS: list[tuple[str, tuple[int, int, int], str, dict[str, str]]] = [
    # thirds: 33, 33, 33 and one cent left, all fractions equal
    ("InFulfillment makes three change orders; a tie goes to pre (N6)", (1, 1, 1), "InFulfillment",
     {"pre": "-0.34", "in": "-0.33", "post": "-0.33"}),
    ("PreFulfillment puts pre and in on one change order", (1, 1, 1), "PreFulfillment",
     {"pre": "-0.67", "post": "-0.33"}),
    ("Disallowed spreads the whole amount over pre and post", (1, 1, 1), "Disallowed",
     {"pre": "-0.50", "post": "-0.50"}),
    # 6 units: 16.67, 33.33, 50: one cent left, to the larger fraction
    ("evenly by quantity, the rest to the larger fraction", (1, 2, 3), "InFulfillment",
     {"pre": "-0.17", "in": "-0.33", "post": "-0.50"}),
    # 50, 33.33, 16.67
    ("the larger fraction wins over the earlier group", (3, 2, 1), "InFulfillment",
     {"pre": "-0.50", "in": "-0.33", "post": "-0.17"}),
    # 3 + 2 of 6: 50 + 33.33, post 16.67 gets the cent
    ("PreFulfillment adds up what the two groups bear", (3, 2, 1), "PreFulfillment", {"pre": "-0.83", "post": "-0.17"}),
    ("pre units only, Disallowed", (2, 0, 0), "Disallowed", {"pre": "-1.00"}),
    ("pre units only, InFulfillment", (2, 0, 0), "InFulfillment", {"pre": "-1.00"}),
    ("pre units only, PreFulfillment", (2, 0, 0), "PreFulfillment", {"pre": "-1.00"}),
    ("units in fulfillment only, InFulfillment", (0, 2, 0), "InFulfillment", {"in": "-1.00"}),
    ("units in fulfillment only, PreFulfillment", (0, 2, 0), "PreFulfillment", {"pre": "-1.00"}),
    ("fulfilled units only, Disallowed", (0, 0, 2), "Disallowed", {"post": "-1.00"}),
    ("fulfilled units only, InFulfillment", (0, 0, 2), "InFulfillment", {"post": "-1.00"}),
    ("pre and in, Disallowed leaves those in fulfillment out", (1, 1, 0), "Disallowed", {"pre": "-1.00"}),
    ("in and post, Disallowed leaves those in fulfillment out", (0, 1, 1), "Disallowed", {"post": "-1.00"}),
    ("in and post, InFulfillment", (0, 1, 1), "InFulfillment", {"in": "-0.50", "post": "-0.50"}),
    ("in and post, PreFulfillment", (0, 1, 1), "PreFulfillment", {"pre": "-0.50", "post": "-0.50"}),
]  # fmt: skip


@pytest.mark.parametrize(("units", "allocated", "parts"), [g[1:] for g in GROUPS], ids=[g[0] for g in GROUPS])
def test_quantity_groups_share_by_quantity(units: tuple[int, int, int], allocated: str, parts: dict[str, str]):
    books = spread_books(*units)
    made = books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-1.00"), allocated=allocated)
    assert {group: price for group, (price, _) in by_group(books, made).items()} == parts
    assert str(made.balances.grand_total_amount) == "1.00", "one block for all change orders"
    check(books.whole, books.original)


@pytest.mark.parametrize("allocated", ALLOCATED_ITEMS)
def test_tax_is_rounded_once_and_shared_over_the_groups_too(allocated: str):
    # five units were ordered with 5.05 tax. Fulfilled: 2 × 1.01, one came back; one of 3 cancelled: 1.01. Left: 3.03 on
    # 30.00: tax of 1.00 is 0.101 -> 0.10.
    books = spread_books(1, 1, 1, tax="5.05")
    made = books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-1.00"), allocated=allocated)
    assert amounts(made) == ("1.00", "0.10")
    taxes = {group: tax for group, (_, tax) in by_group(books, made).items()}
    assert (
        taxes
        == {
            "Disallowed": {"pre": "-0.05", "post": "-0.05"},
            "InFulfillment": {"pre": "-0.04", "in": "-0.03", "post": "-0.03"},
            "PreFulfillment": {"pre": "-0.07", "post": "-0.03"},
        }[allocated]
    )


def test_a_percentage_is_of_the_whole_line_also_when_units_are_skipped():
    # 10 % of 20.00, all of it on the one unit that is not in fulfillment
    books = spread_books(1, 1, 0)
    made = books.adjust(discounting(books.item("A"), "Percentage", "-10"))
    assert by_group(books, made) == {"pre": ("-2.00", "0.00")}


def test_a_group_gives_no_more_than_its_units_cost_and_the_others_give_the_rest():
    # the shipped unit costs nothing any more: the other two bear all
    books = spread_books(2, 0, 1)
    books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-20.00"))
    # 20.00 over 2 and 1: 13.33 and 6.67. Then 9.00: 6.00 and 3.00, of 6.67 and 3.33. Then 1.00: 0.67 and 0.33.
    books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-9.00"))
    made = books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-1.00"))
    assert by_group(books, made) == {"pre": ("-0.67", "0.00"), "post": ("-0.33", "0.00")}
    assert str(books.item("A").total_price) == "0.00"


def test_one_cheap_group_leaves_the_rest_to_the_others():
    # 15.00 off the two units to ship while the shipped one is in fulfillment; then they cost 2.50 each, it costs 10.00
    books = order_summary(Line("A", 3, "30.00"))
    made = books.allocate({"A": 1})
    books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-15.00"))
    books.move(made)
    # 12.00: 8.00 and 4.00, but the two cost 5.00 together: 5.00 and 7.00
    again = books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-12.00"))
    assert by_group(books, again) == {"pre": ("-5.00", "0.00"), "post": ("-7.00", "0.00")}
    assert any("take the rest" in step.rule for step in again.steps)


def test_a_discount_that_fits_the_price_is_not_refused_for_a_cent_of_tax():
    # two units, 10.00 and 0.03 tax; the one in fulfillment took 5.00 and 0.02. 5.00 more of the other: its tax would be
    # 0.03 × 5 / 10 = 0.015 -> 0.02, but it bears 0.01 only
    books = order_summary(Line("A", 2, "10.00", ("0.03",)))
    books.allocate({"A": 1})
    made = books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-5.00"))
    assert amounts(made) == ("5.00", "0.01")
    check(books.whole, books.original)


@pytest.mark.parametrize(("amount", "parts"), [("-5.01", ("5.00", "0.01")), ("-5.00", ("4.99", "0.01"))])
def test_an_amount_with_tax_moves_a_cent_between_tax_and_price_where_one_is_used_up(
    amount: str, parts: tuple[str, str]
):
    books = order_summary(Line("A", 2, "10.00", ("0.03",)))
    books.allocate({"A": 1})
    assert amounts(books.adjust(discounting(books.item("A"), "AmountWithTax", amount))) == parts


# --- what is recorded


def test_change_orders_are_excess_before_fulfillment_and_creditable_after():
    books = spread_books(1, 1, 1)
    made = books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-3.00"), allocated="InFulfillment")
    classes = {group: books.change_order(i).change_class for group, i in made.change_order_ids.items()}
    assert classes == {"pre": "excess", "in": "excess", "post": "creditable"}
    books.credit(made.change_order_ids["post"])
    for group in ("pre", "in"):
        with pytest.raises(InvalidInput, match="totalExcessFundsAmount"):
            books.credit(made.change_order_ids[group])


def test_the_change_is_recorded_as_a_product_adjustment():
    books = spread_books(1, 1, 1)
    before, quantities = len(books.others), books.item("A").quantity
    why = {"reason": "Product damaged, but shipping box OK", "description": "sorry"}
    made = books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-3.00", **why), allocated="InFulfillment")
    records = [r for r in books.others[before:] if isinstance(r, OrderItemSummaryChange)]
    assert [(r.change_type, r.is_pre_fulfillment) for r in records] == [
        ("ProductAdjustment", True), ("ProductAdjustment", True), ("ProductAdjustment", False),
    ]  # fmt: skip
    assert {r.reason for r in records} == {"Product damaged, but shipping box OK"}
    lines = {item.id: item for item in books.whole.changes.items}
    assert [lines[r.change_order_item_id].order_id for r in records] == list(made.change_order_ids.values())
    assert {lines[r.change_order_item_id].quantity for r in records} == {0}
    assert books.item("A").quantity == quantities, "no unit moves"
    assert {a.description for a in books.whole.adjustments} == {"sorry"}


def test_a_delivery_charge_can_be_discounted():
    books = order_summary(Line("A", 1, "10.00"), delivery("6.00", "0.30"))
    balances = books.adjust(discounting(books.item("Delivery"), "Percentage", "-50")).balances
    assert (str(balances.total_adjusted_delivery_amount), str(balances.total_adjusted_delivery_tax_amount)) == (
        "3.00",
        "0.15",
    )
    assert (str(balances.total_adjusted_product_amount), str(balances.total_amount)) == ("0.00", "3.00")
    record = next(r for r in books.others if isinstance(r, OrderItemSummaryChange))
    assert record.change_type == "DeliveryChargeAdjustment"


def test_what_lies_in_fulfillment_is_cheaper_on_its_fulfillment_order_and_on_its_invoice():
    # 2 units in two fulfillment orders, -1.01: 0.51 and 0.50
    books = order_summary(Line("A", 2, "20.00", ("2.00",)))
    first, second = books.allocate({"A": 1}), books.allocate({"A": 1})
    books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-1.01"), allocated="PreFulfillment")
    assert [str(o.total_amount) for o in books.whole.fulfillment.orders] == ["9.49", "9.50"]
    for fulfillment_order_id in (first, second):
        books.invoice(fulfillment_order_id)
    assert sum(i.total_amount for i in books.whole.funds.invoices) == books.item("A").total_price


def test_a_discount_of_tax_alone_lowers_the_tax_of_what_lies_in_fulfillment():
    books = order_summary(Line("A", 1, "20.00", ("2.00",)))
    made = books.allocate({"A": 1})
    books.adjust(discounting(books.item("A"), "AmountTaxOnly", "-1.50"), allocated="InFulfillment")
    assert str(books.whole.fulfillment.orders[0].total_tax_amount) == "0.50"
    books.move(made)
    check(books.whole, books.original)


# --- tax lines

TWO_TAXES = Line("A", 1, "10.00", ("1.00", "0.50"))
TAX_LINES: list[tuple[str, Line, str, list[str], list[str]]] = [
    ("a 10 % adjustment of two taxes, 1.00 and 0.50", TWO_TAXES, "-10", ["-0.15"], ["-0.10", "-0.05"]),
    # 0.50 %: 0.0075 -> 0.01 in all; each alone would be 0.005 and 0.0025: the cent goes to the larger fraction
    ("the total is rounded once, not each tax", TWO_TAXES, "-0.5", ["-0.01"], ["-0.01"]),
    # 1.05 × 10 % = 0.105 -> 0.11 over 0.35 three times: 3.67 each, two cents left to the earlier ones
    ("ties go to the earlier tax line (N3)", Line("A", 1, "10.00", ("0.35", "0.35", "0.35")), "-10",
     ["-0.11"], ["-0.04", "-0.04", "-0.03"]),
    ("no tax, no tax line", Line("A", 1, "10.00"), "-10", [], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "percent", "combined", "individual"), [t[1:] for t in TAX_LINES], ids=[t[0] for t in TAX_LINES]
)
def test_one_combined_tax_line_or_one_for_each_tax(
    line: Line, percent: str, combined: list[str], individual: list[str]
):
    made: list[Balances] = []
    for is_individual, expected in ((False, combined), (True, individual)):
        books = order_summary(line)
        adjusted = books.adjust(discounting(books.item("A"), "Percentage", percent), individual=is_individual)
        added = books.whole.taxes[len(line.taxes) :]
        assert [str(tax.amount) for tax in added] == expected
        assert {tax.order_item_adjustment_line_summary_id for tax in added} <= {books.whole.adjustments[0].id}
        assert [tax.name for tax in added] == [tax.name for tax in books.whole.taxes[: len(expected)]]
        made.append(adjusted.balances)
    assert made[0] == made[1], "the flag changes the number of lines, not totals"


# --- what must not differ


@pytest.mark.parametrize("kind", ADJUSTMENT_TYPES)
@pytest.mark.parametrize("allocated", ALLOCATED_ITEMS)
def test_the_same_decision_twice_is_the_same(kind: str, allocated: str):
    books = spread_books(1, 1, 1, tax="5.05")
    wishes = AdjustWishes(
        items=(discounting(books.item("A"), kind, "-1"),), allocated_items_change_order_type=allocated
    )
    assert decide_adjust(books.whole, wishes, NOW) == decide_adjust(books.whole, wishes, NOW)


def test_several_items_share_change_orders_and_raise_the_version_once():
    books = order_summary(Line("A", 2, "20.00"), Line("B", 2, "20.00"))
    books.fulfil({"A": 1})
    before = books.whole.summary.version
    made = books.adjust(*(discounting(books.item(n), "AmountWithoutTax", "-1.00") for n in "AB"))
    assert by_group(books, made) == {"pre": ("-1.50", "0.00"), "post": ("-0.50", "0.00")}
    assert books.whole.summary.version == before + 1


def test_discounts_go_with_the_units_that_bear_them():
    # 3 units of 10.00, one shipped, -1.00: 0.67 on the two to ship, 0.33 on the shipped one
    books = order_summary(Line("A", 3, "30.00"))
    books.fulfil({"A": 1})
    books.adjust(discounting(books.item("A"), "AmountWithoutTax", "-1.00"))
    back = books.change(decide_simple_return, asked(books.item("A"), 1))
    assert str(back.balances.total_amount) == "9.67"
    gone = books.change(decide_cancel, asked(books.item("A"), 2))
    assert str(gone.balances.total_amount) == "19.33"
    assert books.whole.summary.grand_total_amount == 0


# --- refusals

Asked = Callable[[Books], Sequence[AdjustItem]]


def item(item_id: str, kind: str = "AmountWithoutTax", amount: str = "-1.00", reason: str = "Unknown") -> AdjustItem:
    return AdjustItem(order_item_summary_id=item_id, adjustment_type=kind, amount=Decimal(amount), reason=reason)


def of_a(kind: str, amount: str, reason: str = "Unknown") -> Asked:
    return lambda books: [item(books.item("A").id, kind, amount, reason)]


# Rows are in order of precedence: each carries the faults of the rows below it as well, where it can.
REFUSALS: list[tuple[str, str, str, Asked, type[Refusal], list[str]]] = [
    ("an unmanaged order", "UNMANAGED", "Never", lambda b: [], InvalidOperation, ["UNMANAGED"]),
    ("an unknown allocatedItemsChangeOrderType", "MANAGED", "Never", lambda b: [],
     InvalidPicklistValue, ["Never", "Disallowed", "InFulfillment", "PreFulfillment"]),
    ("no item at all", "MANAGED", "Disallowed", lambda b: [], RequiredFieldMissing, ["adjustItems"]),
    ("an item of another order", "MANAGED", "Disallowed",
     lambda b: [item("10u000000000099", "Nothing", "1", "nonsense")], InvalidCrossReference, ["10u000000000099"]),
    ("an unknown adjustment type", "MANAGED", "Disallowed", of_a("Nothing", "1", "nonsense"),
     InvalidPicklistValue, ["Nothing", *ADJUSTMENT_TYPES]),
    ("a positive amount: only discounts", "MANAGED", "Disallowed", of_a("AmountWithTax", "45", "nonsense"),
     InvalidInput, ["45", "not below zero"]),
    ("an amount of zero", "MANAGED", "Disallowed", of_a("Percentage", "0", "nonsense"),
     InvalidInput, ["not below zero"]),
    ("more decimals than the currency has", "MANAGED", "Disallowed", of_a("ProductOnly", "-0.005", "nonsense"),
     InvalidInput, ["-0.005", "USD"]),
    ("a reason nobody knows", "MANAGED", "Disallowed", of_a("ProductOnly", "-99.00", "nonsense"),
     InvalidPicklistValue, ["nonsense", "Change of Mind"]),
    ("an item listed twice (Q6)", "MANAGED", "Disallowed", lambda b: [item(b.item("A").id), item(b.item("A").id)],
     InvalidInput, ["listed twice"]),
    ("an item wholly in fulfillment, Disallowed", "MANAGED", "Disallowed",
     lambda b: [item(b.item("Held").id, amount="-99")], InvalidOperation, ["in fulfillment", "InFulfillment"]),
    ("an item of which no unit is left", "MANAGED", "Disallowed", lambda b: [item(b.item("Gone").id, amount="-99")],
     InvalidInput, ["no units left"]),
    ("more than the units that share it cost", "MANAGED", "Disallowed", of_a("AmountWithoutTax", "-20.01"),
     InvalidInput, ["20.01", "20.00"]),
    ("more than they cost with tax", "MANAGED", "Disallowed", of_a("AmountWithTax", "-22.01"), InvalidInput, ["20.00"]),
    ("more than all", "MANAGED", "Disallowed", of_a("Percentage", "-100.1"), InvalidInput, ["20.02", "20.00"]),
    ("more product price than there is", "MANAGED", "Disallowed", of_a("ProductOnly", "-20.01"),
     InvalidInput, ["price"]),
    ("more tax than there is", "MANAGED", "Disallowed", of_a("AmountTaxOnly", "-2.01"), InvalidInput, ["tax", "2.00"]),
    ("more than the units outside fulfillment cost", "MANAGED", "Disallowed",
     lambda b: [item(b.item("Part").id, "Percentage", "-51")], InvalidInput, ["10.20", "10.00"]),
    ("a percentage that rounds to nothing", "MANAGED", "Disallowed", of_a("Percentage", "-0.001"),
     InvalidInput, ["rounds to nothing"]),
]  # fmt: skip


def books_to_refuse(life: str) -> Books:
    """A to ship, Held in fulfillment, Part half in it, Gone cancelled."""
    lines = [
        Line("A", 2, "20.00", ("2.00",)),
        Line("Held", 2, "20.00"),
        Line("Part", 2, "20.00"),
        Line("Gone", 1, "5.00"),
    ]
    books = summarised(placed_order([*lines, delivery("5.00")]), Wishes(order_life_cycle_type=life))
    if life == "MANAGED":
        books.allocate({"Held": 2, "Part": 1})
        books.change(decide_cancel, asked(books.item("Gone"), 1))
    return books


@pytest.mark.parametrize(
    ("life", "allocated", "ask", "refusal", "words"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_refusals_in_order_of_precedence(
    life: str, allocated: str, ask: Asked, refusal: type[Refusal], words: list[str]
):
    books = books_to_refuse(life)
    wishes = AdjustWishes(items=tuple(ask(books)), allocated_items_change_order_type=allocated)
    with pytest.raises(refusal) as refused:
        decide_adjust(books.whole, wishes, NOW)
    assert all(word in refused.value.message for word in words), refused.value.message


@pytest.mark.parametrize("allocated", ["InFulfillment", "PreFulfillment"])
def test_an_item_wholly_in_fulfillment_can_be_discounted_when_that_is_said(allocated: str):
    books = books_to_refuse("MANAGED")
    made = books.adjust(item(books.item("Held").id), allocated=allocated)
    assert list(made.change_order_ids) == ["in" if allocated == "InFulfillment" else "pre"]


def test_one_refused_item_refuses_all():
    books = books_to_refuse("MANAGED")
    wishes = AdjustWishes(items=(item(books.item("A").id), item(books.item("Held").id)))
    with pytest.raises(InvalidOperation, match=books.item("Held").id):
        decide_adjust(books.whole, wishes, NOW)


def test_one_item_that_rounds_to_nothing_does_not_stop_the_others():
    books = books_to_refuse("MANAGED")
    made = books.adjust(
        item(books.item("A").id, "Percentage", "-0.001"), item(books.item("Part").id, "Percentage", "-5")
    )
    assert amounts(made) == ("1.00", "0.00")
    assert books.item("A").total_line_adjustment_amount == 0
