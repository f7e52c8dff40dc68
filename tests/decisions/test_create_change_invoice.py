"""An invoice for fees: its total is that of its change orders; each is charged once, reductions never (§12)."""

from collections.abc import Callable

import pytest

from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.create_change_invoice import decide_create_change_invoice
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
from orderwright.objects.invoice import InvoiceLine
from tests.builders import (
    NOW,
    Books,
    Line,
    asked,
    discounting,
    order_summary,
    placed_order,
    summarised,
    with_fee,
)

MUGS = Line("A", 3, "30.00", ("3.00", "1.50"))


def returned(line: Line = MUGS, count: int = 1) -> tuple[Books, list[str]]:
    """All fulfilled, `count` units returned one by one, each with a fee; the fees' change orders."""
    books = order_summary(line)
    books.fulfil({"A": line.quantity})
    made = [
        books.change(decide_simple_return, with_fee(asked(books.item("A"), 1), "AmountWithoutTax", "5.00"))
        for _ in range(count)
    ]
    return books, [str(change.fee_change_order_id) for change in made]


def lines_of(books: Books, invoice_id: str) -> list[InvoiceLine]:
    return [r for r in books.others if isinstance(r, InvoiceLine) and r.invoice_id == invoice_id]


def test_its_total_is_that_of_its_change_orders():
    # tax 4.50 × 5 / 30 = 0.75 on each
    books, made = returned(count=2)
    invoice_id = books.charge(*made)
    (invoice,) = books.whole.funds.invoices
    assert (str(invoice.total_amount), str(invoice.total_tax_amount)) == ("10.00", "1.50")
    assert (str(invoice.balance), invoice.status, invoice.reference_entity_id) == (
        "11.50", "Posted", books.whole.summary.id,
    )  # fmt: skip
    assert {books.change_order(i).invoice_id for i in made} == {invoice_id}
    assert invoice.total_amount_with_tax == sum(books.change_order(i).grand_total_amount for i in made)


def test_a_charge_for_each_fee_with_its_taxes_under_it():
    # 0.75 over 3.00 and 1.50: 0.50 and 0.25
    books, made = returned()
    lines = lines_of(books, books.charge(*made))
    assert [(line.type, str(line.line_amount)) for line in lines] == [
        ("Charge", "5.00"), ("Tax", "0.50"), ("Tax", "0.25"),
    ]  # fmt: skip
    assert [line.related_line_id for line in lines] == [None, lines[0].id, lines[0].id]
    assert str(lines[0].charge_tax_amount) == "0.75"
    assert (lines[0].description, lines[0].reference_entity_item_type) == ("Restocking", "Fee")


def test_the_fee_of_a_cancel_is_invoiced_too():
    books = order_summary(MUGS)
    made = books.change(decide_cancel, with_fee(asked(books.item("A"), 1), "AmountWithTax", "5.00"))
    books.charge(str(made.fee_change_order_id))
    assert str(books.whole.funds.invoices[0].balance) == "5.00"


def test_the_order_is_worth_the_same_afterwards_and_its_version_rises():
    books, made = returned()
    before = books.whole.summary
    books.charge(*made)
    assert books.whole.summary.grand_total_amount == before.grand_total_amount
    assert books.whole.summary.version == before.version + 1


def test_separate_invoices_for_separate_change_orders():
    books, made = returned(count=2)
    assert books.charge(made[0]) != books.charge(made[1])
    assert [str(i.balance) for i in books.whole.funds.invoices] == ["5.75", "5.75"]


Given = Callable[[], tuple[Books, list[str]]]


def unmanaged() -> tuple[Books, list[str]]:
    return summarised(placed_order([MUGS]), Wishes(order_life_cycle_type="UNMANAGED")), []


def twice() -> tuple[Books, list[str]]:
    books, made = returned()
    return books, [*made, *made]


def the_original() -> tuple[Books, list[str]]:
    books, _ = returned()
    return books, [books.original.order.id]


def charged() -> tuple[Books, list[str]]:
    books, made = returned(count=2)
    books.charge(made[0])
    return books, made


def of_the_return() -> tuple[Books, list[str]]:
    books, _ = returned()
    return books, [order.id for order in books.whole.change_orders if order.change_class == "creditable"]


def of_a_cancel() -> tuple[Books, list[str]]:
    books = order_summary(MUGS)
    return books, [books.change(decide_cancel, asked(books.item("A"), 1)).change_order_id]


def of_an_adjustment() -> tuple[Books, list[str]]:
    books = order_summary(MUGS)
    made = books.adjust(discounting(books.item("A"), "Percentage", "-10"))
    return books, list(made.change_order_ids.values())


def free_of_charge() -> tuple[Books, list[str]]:
    books = order_summary(Line("A", 1, "0.00"))
    made = books.change(decide_cancel, with_fee(asked(books.item("A"), 1), "Percentage", "10"))
    return books, [str(made.fee_change_order_id)]


REFUSALS: list[tuple[str, Given, type[Refusal], str]] = [
    ("an unmanaged order", unmanaged, InvalidOperation, "UNMANAGED"),
    ("no change order", lambda: (returned()[0], []), RequiredFieldMissing, "changeOrderIds"),
    ("a change order listed twice", twice, InvalidInput, "twice"),
    ("another order's change order", lambda: (returned()[0], ["801000000000099"]),
     InvalidCrossReference, "801000000000099"),
    ("the original order", the_original, InvalidCrossReference, "not a change order"),
    ("one of two that an invoice charges already", charged, DuplicateValue, "already on the invoice"),
    ("goods that came back: never", of_the_return, InvalidInput, "create-credit-memo"),
    ("a cancel: never", of_a_cancel, InvalidInput, "does not raise the order"),
    ("a discount: never", of_an_adjustment, InvalidInput, "does not raise the order"),
    ("a fee of nothing: never", free_of_charge, InvalidInput, "does not raise the order"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "refusal", "words"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
def test_refusals_in_order_of_precedence(given: Given, refusal: type[Refusal], words: str):
    books, made = given()
    with pytest.raises(refusal, match=words):
        decide_create_change_invoice(books.whole, made, NOW)


@pytest.mark.parametrize(("taxes", "is_allowed"), [(1999, True), (2000, False)])
def test_at_most_2000_lines(taxes: int, is_allowed: bool):
    # a fee as high as the item bears all of its tax: a cent on each tax line
    books = order_summary(Line("A", 1, "20.00", ("0.01",) * taxes))
    change = books.change(decide_cancel, with_fee(asked(books.item("A"), 1), "AmountWithoutTax", "20.00"))
    made = [str(change.fee_change_order_id)]
    if is_allowed:
        assert len(lines_of(books, books.charge(*made))) == 2000
    else:
        with pytest.raises(InvalidInput, match="2001 lines"):
            decide_create_change_invoice(books.whole, made, NOW)
