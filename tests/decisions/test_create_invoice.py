"""An invoice is exactly what its fulfillment order took."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.create_invoice import decide_create_invoice
from orderwright.decisions.create_order_summary import Wishes
from orderwright.decisions.errors import InvalidCrossReference, InvalidInput, InvalidOperation, InvalidStatus, Refusal
from orderwright.decisions.plan_funds import FundsWishes
from orderwright.objects.invoice import InvoiceLine
from tests.builders import NOW, Books, Discount, Line, asked, delivery, order_summary, placed_order, summarised

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
    books.put(msgspec.structs.replace(books.whole.fulfillment.orders[0], status="Draft", status_category="DRAFT"))
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


def invoiced_then_cancelled() -> Books:
    """A was invoiced and captured, then its fulfillment order was cancelled; B is still to come."""
    books = order_summary(Line("A", 1, "100.00"), Line("B", 1, "100.00"))
    books.authorize("200.00")
    first = books.allocate({"A": 1})
    books.fund(FundsWishes(invoice_id=books.invoice(first)))
    books.succeed()
    books.move(first, "Cancelled")
    return books


def test_units_of_a_cancelled_fulfillment_order_are_never_invoiced_twice():
    books = invoiced_then_cancelled()
    second = books.allocate({"A": 1})
    with pytest.raises(InvalidStatus, match="charged by the invoice of an earlier fulfillment order"):
        books.invoice(second)
    books.move(second)
    assert sum(p.amount for p in books.whole.funds.payments) == Decimal("100.00")


def test_of_units_that_are_partly_invoiced_only_the_others_are_charged():
    """Three A for 10.00: one is invoiced (3.33) and cancelled; then all three go out: 10.00 less its third is 6.67."""
    books = order_summary(Line("A", 3, "10.00"))
    first = books.allocate({"A": 1})
    books.invoice(first)
    books.move(first, "Rejected")
    books.invoice(books.allocate({"A": 3}))
    assert [str(i.total_amount_with_tax) for i in books.whole.funds.invoices] == ["3.33", "6.67"]


@pytest.mark.parametrize(
    ("units", "price", "charges"),
    [
        (2, "0.05", ["0.03", "0.02"]),  # 0.05 × 1 ÷ 2 = 0.025 → 0.03, and what is left
        (4, "0.05", ["0.01", "0.04"]),  # 0.05 × 1 ÷ 4 = 0.0125 → 0.01
        (6, "0.15", ["0.03", "0.12"]),  # 0.15 × 1 ÷ 6 = 0.025 → 0.03
    ],
)
def test_a_cent_is_not_invoiced_twice(units: int, price: str, charges: list[str]):
    """Half a cent that the first invoice was given is not given to the second one as well (N2)."""
    books = order_summary(Line("A", units, price))
    first = books.allocate({"A": 1})
    books.invoice(first)
    books.move(first, "Rejected")
    books.invoice(books.allocate({"A": units}))
    assert [str(i.total_amount_with_tax) for i in books.whole.funds.invoices] == charges


def test_the_cancel_of_units_whose_money_an_invoice_holds_is_credited():
    """Source: decisions.md M6. B keeps the order at 100, so nothing is excess; the 100 of A is owed by credit memo."""
    books = invoiced_then_cancelled()
    change = books.change(decide_cancel, asked(books.item("A"), 1))
    assert str(change.balances.total_refundable_amount) == "100.00"
    assert str(change.balances.total_excess_funds_amount) == "0.00"
    memo = books.credit(change.change_order_id)
    assert next(str(m.balance) for m in books.whole.credit_memos if m.id == memo) == "100.00"
    assert books.item("A").quantity_invoiced_pre_fulfillment == 0


def test_a_cancel_of_invoiced_and_other_units_makes_two_change_orders():
    books = order_summary(Line("A", 3, "10.00"))
    first = books.allocate({"A": 1})
    books.invoice(first)
    books.move(first, "Cancelled")
    change = books.change(decide_cancel, asked(books.item("A"), 3))
    assert [(o.change_class, str(o.grand_total_amount)) for o in books.whole.change_orders] == [
        ("creditable", "-3.33"),
        ("excess", "-6.67"),
    ]
    assert change.change_order_id == books.whole.change_orders[0].id
    assert str(books.item("A").total_price) == "0.00"
