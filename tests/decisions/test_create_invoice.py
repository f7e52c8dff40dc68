"""An invoice is exactly what its fulfillment order took."""

from collections.abc import Callable

import msgspec
import pytest

from orderwright.decisions.create_invoice import decide_create_invoice
from orderwright.decisions.create_order_summary import Wishes
from orderwright.decisions.errors import InvalidCrossReference, InvalidInput, InvalidOperation, InvalidStatus, Refusal
from orderwright.objects.invoice import InvoiceLine
from tests.builders import NOW, Books, Discount, Line, delivery, order_summary, placed_order, summarised

LINE = Line("A", 3, "10.00", ("0.85",), (Discount("-1.00", "Header", ("-0.09",)),))


def books_with(*lines: Line, **units: int) -> tuple[Books, str]:
    books = order_summary(*lines)
    return books, books.allocate(units)


def test_the_fulfillment_order_need_not_be_fulfilled_and_the_balance_is_the_total():
    books, made = books_with(LINE, delivery("5.00", "0.40"), A=2, Delivery=1)
    books.invoice(made)
    invoice = books.whole.funds.invoices[0]
    # 2 of 3: 6.67 - 0.67, tax 0.57 - 0.06; delivery 5.00 + 0.40
    assert (str(invoice.total_charge_amount), str(invoice.total_adjustment_amount)) == ("11.67", "-0.67")
    assert (str(invoice.total_tax_amount), str(invoice.total_amount_with_tax)) == ("0.91", "11.91")
    assert (str(invoice.balance), invoice.status, invoice.settlement_status) == ("11.91", "Posted", "Not Settled")
    assert invoice.total_amount_with_tax == books.whole.fulfillment.orders[0].grand_total_amount
    assert invoice.reference_entity_id == books.whole.summary.id
    assert books.whole.fulfillment.orders[0].invoice_id == invoice.id


def test_charge_adjustment_tax_and_adjustment_tax_lines():
    books, made = books_with(LINE, A=2)
    books.invoice(made)
    lines = [r for r in books.others if isinstance(r, InvoiceLine)]
    charge = lines[0]
    assert [(line.type, str(line.line_amount)) for line in lines] == [
        ("Charge", "6.67"), ("Adjustment", "-0.67"), ("Tax", "0.57"), ("Tax", "-0.06"),
    ]  # fmt: skip
    assert (str(charge.charge_tax_amount), str(lines[1].adjustment_tax_amount)) == ("0.57", "-0.06")
    assert [line.related_line_id for line in lines] == [None, charge.id, charge.id, charge.id]


def test_all_invoices_together_are_the_order_to_the_cent():
    books = order_summary(LINE)
    for _ in range(3):
        books.invoice(books.allocate({"A": 1}))
    total = sum(i.total_amount_with_tax for i in books.whole.funds.invoices)
    assert total == books.whole.summary.grand_total_amount


def with_draft() -> tuple[Books, str]:
    books, made = books_with(LINE, A=1)
    books.put(msgspec.structs.replace(books.whole.fulfillment.orders[0], status="Draft"))
    return books, made


def with_status(status: str) -> tuple[Books, str]:
    books, made = books_with(LINE, A=1)
    books.move(made, status)
    return books, made


def with_invoice() -> tuple[Books, str]:
    books, made = books_with(LINE, A=1)
    books.invoice(made)
    return books, made


def unmanaged() -> tuple[Books, str]:
    return summarised(placed_order([LINE]), Wishes(order_life_cycle_type="UNMANAGED")), "0a3000000000099"


REFUSALS: list[tuple[str, Callable[[], tuple[Books, str]], type[Refusal], str]] = [
    ("an unmanaged order", unmanaged, InvalidOperation, "UNMANAGED"),
    (
        "another order's fulfillment order",
        lambda: (order_summary(LINE), "0a3000000000099"),
        InvalidCrossReference,
        "0a30",
    ),
    ("a second invoice", with_invoice, InvalidStatus, "already has the invoice"),
    ("a cancelled one", lambda: with_status("Cancelled"), InvalidStatus, "Cancelled"),
    ("a rejected one", lambda: with_status("Rejected"), InvalidStatus, "Rejected"),
    ("a draft", with_draft, InvalidStatus, "Draft"),
]


@pytest.mark.parametrize(("given", "refusal", "words"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
def test_refusals_in_order_of_precedence(given: Callable[[], tuple[Books, str]], refusal: type[Refusal], words: str):
    books, made = given()
    with pytest.raises(refusal, match=words):
        decide_create_invoice(books.whole, made, NOW)


@pytest.mark.parametrize(("taxes", "is_allowed"), [(1999, True), (2000, False)])
def test_at_most_2000_lines(taxes: int, is_allowed: bool):
    books, made = books_with(Line("A", 1, "10.00", ("0.01",) * taxes), A=1)
    if is_allowed:
        assert books.invoice(made)
    else:
        with pytest.raises(InvalidInput, match="2001 lines"):
            decide_create_invoice(books.whole, made, NOW)
