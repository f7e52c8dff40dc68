"""A credit memo is the negative of its change orders; each is credited once, and only if money for it was due (M6)."""

from collections.abc import Callable

import pytest

from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.create_credit_memo import decide_create_credit_memo
from orderwright.decisions.create_order_summary import Wishes
from orderwright.decisions.errors import (
    DuplicateValue,
    InvalidCrossReference,
    InvalidInput,
    InvalidOperation,
    Refusal,
    RequiredFieldMissing,
)
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.invoice import CreditMemoLine
from tests.builders import NOW, Books, Discount, Line, asked, delivery, order_summary, placed_order, summarised

LINE = Line("A", 3, "10.00", ("0.85",), (Discount("-1.00", "Header", ("-0.09",)),))


def returned(*lines: Line, count: int = 1, shipping: bool = False) -> tuple[Books, list[str]]:
    """All fulfilled, `count` of A returned, one by one."""
    books = order_summary(*lines)
    books.fulfil({line.name: line.quantity for line in lines})
    made = [
        books.change(decide_simple_return, asked(books.item("A"), 1, shipping=shipping)).change_order_id
        for _ in range(count)
    ]
    return books, made


def test_its_total_is_the_negative_of_the_change_orders():
    books, made = returned(LINE, delivery("6.00", "0.30"), count=2, shipping=True)
    books.credit(*made)
    memo = books.whole.credit_memos[0]
    # two single units: 3.00 + 0.25, 3.00 + 0.26; delivery 6.00 × 3/9 = 2.00 + 0.10, then 4.00 × 3/6 = 2.00 + 0.10
    assert str(memo.total_amount) == "10.00"
    assert (str(memo.total_tax_amount), str(memo.balance), memo.status) == ("0.71", "10.71", "Posted")
    assert memo.total_amount_with_tax == -sum(o.grand_total_amount for o in books.whole.change_orders)
    assert {o.credit_memo_id for o in books.whole.change_orders} == {memo.id}


def test_lines_are_positive_and_an_undone_discount_negative():
    books, made = returned(LINE)
    books.credit(*made)
    lines = [r for r in books.others if isinstance(r, CreditMemoLine)]
    assert [(line.type, str(line.line_amount)) for line in lines] == [
        ("Charge", "3.33"), ("Adjustment", "-0.33"), ("Tax", "0.28"), ("Tax", "-0.03"),
    ]  # fmt: skip
    assert [line.related_line_id for line in lines] == [None, *[lines[0].id] * 3]


def unmanaged() -> tuple[Books, list[str]]:
    return summarised(placed_order([LINE]), Wishes(order_life_cycle_type="UNMANAGED")), []


def empty() -> tuple[Books, list[str]]:
    return returned(LINE)[0], []


def twice() -> tuple[Books, list[str]]:
    books, made = returned(LINE)
    return books, [*made, *made]


def another_orders() -> tuple[Books, list[str]]:
    return returned(LINE)[0], ["801000000000099"]


def the_original() -> tuple[Books, list[str]]:
    books, _ = returned(LINE)
    return books, [books.original.order.id]


def cancelled() -> tuple[Books, list[str]]:
    books = order_summary(LINE)
    return books, [books.change(decide_cancel, asked(books.item("A"), 1)).change_order_id]


def credited() -> tuple[Books, list[str]]:
    books, made = returned(LINE)
    books.credit(*made)
    return books, made


REFUSALS: list[tuple[str, Callable[[], tuple[Books, list[str]]], type[Refusal], str]] = [
    ("an unmanaged order", unmanaged, InvalidOperation, "UNMANAGED"),
    ("no change order", empty, RequiredFieldMissing, "changeOrderIds"),
    ("a change order listed twice", twice, InvalidInput, "twice"),
    ("another order's change order", another_orders, InvalidCrossReference, "801000000000099"),
    ("the original order", the_original, InvalidCrossReference, "not a change order"),
    ("a pre-fulfillment change order", cancelled, InvalidInput, "totalExcessFundsAmount"),
    ("one that a credit memo holds", credited, DuplicateValue, "already in the credit memo"),
]


@pytest.mark.parametrize(("given", "refusal", "words"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
def test_refusals_in_order_of_precedence(
    given: Callable[[], tuple[Books, list[str]]], refusal: type[Refusal], words: str
):
    books, made = given()
    with pytest.raises(refusal, match=words):
        decide_create_credit_memo(books.whole, made, NOW)


@pytest.mark.parametrize(("taxes", "is_allowed"), [(499, True), (500, False)])
def test_at_most_500_lines(taxes: int, is_allowed: bool):
    books, made = returned(Line("A", 1, "10.00", ("0.01",) * taxes))
    if is_allowed:
        assert books.credit(*made)
    else:
        with pytest.raises(InvalidInput, match="501 lines"):
            decide_create_credit_memo(books.whole, made, NOW)
