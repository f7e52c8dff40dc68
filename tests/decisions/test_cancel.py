"""Cancel, and what it shares with a simple return: amounts worked out by hand, effects, and refusals in order."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.change_items import ChangeDecision, ChangeItem
from orderwright.decisions.create_order_summary import Wishes
from orderwright.decisions.errors import (
    InvalidCrossReference,
    InvalidInput,
    InvalidOperation,
    InvalidPicklistValue,
    QuantityUnavailable,
    Refusal,
    RequiredFieldMissing,
)
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.order_item_summary import OrderItemSummaryChange
from tests.builders import NOW, Books, Discount, Line, asked, delivery, order_summary, placed_order, summarised

# Each golden row: currency, the line, and what three or four single cancels take off price and tax, by hand.
GOLDEN = [
    # USD, 3 units. line 10.00: 3.33, then 6.67/2 = 3.335 -> 3.34, then the rest 3.33. Header discount -1.00: -0.33,
    # -0.67/2 = -0.335 -> -0.34, rest -0.33. Price: 3.33-0.33, 3.34-0.34, 3.33-0.33. Tax 0.85: 0.2833 -> 0.28,
    # 0.57/2 = 0.285 -> 0.29, rest 0.28. Tax of the discount -0.09: -0.03 each. Tax: 0.25, 0.26, 0.25.
    (
        "USD",
        Line("A", 3, "10.00", ("0.85",), (Discount("-1.00", "Header", ("-0.09",)),)),
        [("3.00", "0.25"), ("3.00", "0.26"), ("3.00", "0.25")],
    ),
    # JPY, 3 units, no decimals. 1000: 333, 667/2 = 333.5 -> 334, 333. Tax 100: 33, 67/2 = 33.5 -> 34, 33.
    ("JPY", Line("A", 3, "1000", ("100",)), [("333", "33"), ("334", "34"), ("333", "33")]),
    # KWD, 4 units, three decimals. 10.000: 2.500 each. Tax 0.501: 0.12525 -> 0.125, 0.376/3 = 0.1253 -> 0.125,
    # 0.251/2 = 0.1255 -> 0.126, rest 0.125.
    (
        "KWD",
        Line("A", 4, "10.000", ("0.501",)),
        [("2.500", "0.125"), ("2.500", "0.125"), ("2.500", "0.126"), ("2.500", "0.125")],
    ),
    # USD, two tax lines, each rounded alone (C3): 0.05 and 0.05 of 3 units: 0.0167 -> 0.02 twice; then 0.03/2 = 0.015
    # -> 0.02 twice; then 0.01 twice. Line 0.01: 0.0033 -> 0, 0.01/2 = 0.005 -> 0.01, 0.
    ("USD", Line("A", 3, "0.01", ("0.05", "0.05")), [("0.00", "0.04"), ("0.01", "0.04"), ("0.00", "0.02")]),
]


@pytest.mark.parametrize(("currency", "line", "parts"), GOLDEN, ids=["USD", "JPY", "KWD", "cents apart"])
@pytest.mark.parametrize("decide", [decide_cancel, decide_simple_return], ids=["cancel", "return"])
def test_single_units_worked_out_by_hand(
    decide: Callable[..., ChangeDecision], currency: str, line: Line, parts: list[tuple[str, str]]
):
    books = order_summary(line, currency=currency)
    if decide is decide_simple_return:
        books.fulfil({"A": line.quantity})
    for price, tax in parts:
        got = books.change(decide, asked(books.item("A"), 1)).balances
        assert (str(got.total_adjusted_product_amount), str(got.total_adjusted_product_tax_amount)) == (price, tax)
        made = books.whole.change_orders[-1]
        assert made.total_amount == -Decimal(price)
        assert made.total_tax_amount == -Decimal(tax)
    assert books.whole.summary.grand_total_amount == 0


def test_several_units_at_once_take_one_rounded_part():
    # 10.00 of 3 units: two of them are 6.6667 -> 6.67, not 3.33 + 3.33.
    books = order_summary(Line("A", 3, "10.00"))
    assert books.change(decide_cancel, asked(books.item("A"), 2)).balances.total_amount == Decimal("6.67")
    assert books.item("A").total_price == Decimal("3.33")


def test_reductions_are_negative_on_the_change_order_and_positive_in_the_balances():
    books = order_summary(Line("A", 2, "10.00", ("1.00",)))
    balances = books.change(decide_cancel, asked(books.item("A"), 1)).balances
    assert (balances.total_amount, balances.grand_total_amount) == (Decimal("5.00"), Decimal("5.50"))
    assert books.whole.change_orders[0].grand_total_amount == Decimal("-5.50")


def test_the_discount_of_cancelled_units_is_reversed_and_so_negative_in_the_balances():
    books = order_summary(
        Line("A", 2, "20.00", (), (Discount("-4.00", "Header", ("-0.20",)),)),
        Line("B", 1, "10.00", (), (Discount("-2.00", "Header"),)),
    )
    balances = books.change(decide_cancel, asked(books.item("A"), 1)).balances
    assert balances.total_adjustment_distributed_amount == Decimal("-2.00")
    assert balances.total_adjustment_distributed_tax_amount == Decimal("-0.10")
    assert books.whole.change_orders[0].total_product_adj_dist_amount == Decimal("2.00")
    assert books.item("B").total_adjustment_dist_amount == Decimal("-2.00"), "it is not moved to other lines"


def test_a_cancel_records_why_and_how():
    books = order_summary(Line("A", 2, "10.00"))
    change = msgspec.structs.replace(
        asked(books.item("A"), 1, reason="Change of Mind"), reason_for_change_text="too late"
    )
    made = books.change(decide_cancel, change)
    record = next(r for r in books.others if isinstance(r, OrderItemSummaryChange))
    assert (record.change_type, record.is_pre_fulfillment, record.reason) == ("Cancel", True, "Change of Mind")
    assert record.reason_text == "too late"
    assert record.order_item_summary_id == books.item("A").id
    order, line = books.whole.change_orders[0], books.whole.changes.items[0]
    assert (order.id, line.order_id, record.change_order_item_id) == (made.change_order_id, order.id, line.id)
    assert (order.status, order.change_class, order.related_order_id) == (
        "Activated", "excess", books.original.order.id
    )  # fmt: skip
    assert line.quantity == -1
    assert books.item("A").quantity_canceled == 1
    assert books.item("A").quantity_returned == 0


def test_a_return_raises_both_return_quantities_and_is_creditable():
    books = order_summary(Line("A", 3, "30.00"))
    books.fulfil({"A": 2})
    books.change(decide_simple_return, asked(books.item("A"), 1))
    record = next(r for r in books.others if isinstance(r, OrderItemSummaryChange))
    assert (record.change_type, record.is_pre_fulfillment) == ("Return", False)
    item = books.item("A")
    assert (item.quantity_return_initiated, item.quantity_returned) == (Decimal(1), Decimal(1))
    assert item.quantity_canceled == 0
    assert item.quantity_available_to_return == 1
    assert books.whole.change_orders[0].change_class == "creditable"


def test_every_change_raises_the_version():
    books = order_summary(Line("A", 3, "30.00"))
    before = books.whole.summary.version
    books.change(decide_cancel, asked(books.item("A"), 1))
    assert books.whole.summary.version == before + 1


def test_a_cancelled_and_a_returned_unit_end_as_returned():
    books = order_summary(Line("A", 2, "30.00"))
    books.fulfil({"A": 1})
    books.change(decide_simple_return, asked(books.item("A"), 1))
    books.change(decide_cancel, asked(books.item("A"), 1))
    assert books.item("A").status == "RETURNED"


def books_to_refuse(verb: str, life: str = "MANAGED") -> Books:
    """Five of A: two cancelled or returned, one allocated; the rest unallocated (cancel) or fulfilled (return)."""
    lines = [Line("A", 5, "50.00"), delivery("5.00")]
    books = summarised(placed_order(lines), Wishes(order_life_cycle_type=life))
    if life == "MANAGED":
        if verb == "return":
            books.fulfil({"A": 4})
        books.change(decide_cancel if verb == "cancel" else decide_simple_return, asked(books.item("A"), 2))
        books.allocate({"A": 1})
    return books


def change(item_id: str, quantity: str = "1", reason: str = "Unknown", text: str | None = None) -> ChangeItem:
    return ChangeItem(
        order_item_summary_id=item_id,
        quantity=Decimal(quantity),
        reason=reason,
        shipping_reduction_flag=False,
        reason_for_change_text=text,
    )


LONG = "x" * 256
Asked = Callable[[Books], Sequence[ChangeItem]]
# Rows are in order of precedence: each carries the faults of the rows below it as well, where it can.
REFUSALS: list[tuple[str, str, Asked, type[Refusal], str, list[str]]] = [
    ("an unmanaged order", "UNMANAGED", lambda b: [], InvalidOperation, "INVALID_OPERATION", ["UNMANAGED"]),
    ("no item at all", "MANAGED", lambda b: [], RequiredFieldMissing, "REQUIRED_FIELD_MISSING", ["changeItems"]),
    ("an item of another order", "MANAGED", lambda b: [change("10u000000000099", "0", "nonsense", LONG)],
     InvalidCrossReference, "INVALID_CROSS_REFERENCE_KEY", ["10u000000000099"]),
    ("a delivery charge", "MANAGED", lambda b: [change(b.item("Delivery").id, "0", "nonsense", LONG)],
     InvalidInput, "INVALID_INPUT", ["Delivery Charge"]),
    ("an item listed twice (Q6)", "MANAGED",
     lambda b: [change(b.item("A").id), change(b.item("A").id, "0", "nonsense", LONG)],
     InvalidInput, "INVALID_INPUT", ["listed twice"]),
    ("a quantity of zero (N11)", "MANAGED", lambda b: [change(b.item("A").id, "0", "nonsense", LONG)],
     InvalidInput, "INVALID_INPUT", ["quantity", "0"]),
    ("a quantity below zero (N11)", "MANAGED", lambda b: [change(b.item("A").id, "-1", "nonsense", LONG)],
     InvalidInput, "INVALID_INPUT", ["quantity", "-1"]),
    ("half a unit (N11)", "MANAGED", lambda b: [change(b.item("A").id, "1.5", "nonsense", LONG)],
     InvalidInput, "INVALID_INPUT", ["quantity", "1.5"]),
    ("more units than there are (Q1)", "MANAGED", lambda b: [change(b.item("A").id, "3", "nonsense", LONG)],
     QuantityUnavailable, "INVALID_INPUT", ["3", "is 2", "at most 2"]),
    ("a reason nobody knows", "MANAGED", lambda b: [change(b.item("A").id, "1", "nonsense", LONG)],
     InvalidPicklistValue, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["nonsense", "Change of Mind"]),
    ("a reason text above 255 characters", "MANAGED", lambda b: [change(b.item("A").id, "1", "Unknown", LONG)],
     InvalidInput, "INVALID_INPUT", ["256", "255"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("life", "ask", "refusal", "code", "words"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
@pytest.mark.parametrize("verb", ["cancel", "return"])
def test_refusals_in_order_of_precedence(
    verb: str, life: str, ask: Asked, refusal: type[Refusal], code: str, words: list[str]
):
    books = books_to_refuse(verb, life)
    decide: Any = decide_cancel if verb == "cancel" else decide_simple_return
    with pytest.raises(refusal) as refused:
        decide(books.whole, ask(books), NOW)
    assert refused.value.code == code
    assert all(word in refused.value.message for word in words), refused.value.message
    if refusal is QuantityUnavailable:
        assert books.item("A").id in refused.value.message
        field = "QuantityAvailableToCancel" if verb == "cancel" else "QuantityAvailableToReturn"
        assert field in refused.value.message


def test_one_refused_item_refuses_all():
    books = order_summary(Line("A", 1, "1.00"), Line("B", 1, "1.00"))
    with pytest.raises(QuantityUnavailable, match=books.item("B").id):
        decide_cancel(books.whole, [asked(books.item("A"), 1), asked(books.item("B"), 2)], NOW)


@pytest.mark.parametrize(
    ("fulfilled", "decide", "field"),
    [(False, decide_simple_return, "QuantityAvailableToReturn"), (True, decide_cancel, "QuantityAvailableToCancel")],
    ids=["allocated units cannot be returned", "fulfilled units cannot be cancelled"],
)
def test_units_in_another_pool(fulfilled: bool, decide: Any, field: str):
    books = order_summary(Line("A", 2, "30.00"))
    made = books.allocate({"A": 2})
    if fulfilled:
        books.move(made)
    with pytest.raises(QuantityUnavailable, match=f"{field} is 0"):
        decide(books.whole, [asked(books.item("A"), 1)], NOW)
