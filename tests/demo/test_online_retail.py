import datetime as dt
from decimal import Decimal

import pytest

from orderwright.demo.online_retail import BrokenRow, Invoice, OrdersFileError, Row, invoices, parse_rows, read_rows
from orderwright.demo.run import SAMPLE
from tests.demo.rows import HEADER, row

GOOD = b"536365,85123a,WHITE HEART,6,01/12/2010 08:26,2.55,17850,United Kingdom\n"


def rows_of(*lines):
    return list(parse_rows([HEADER, *lines]))


def test_a_row_is_read_with_all_its_digits_and_the_day_before_the_month():
    (found,) = rows_of(GOOD)
    assert (found.invoice_no, found.stock_code, found.quantity) == ("536365", "85123A", 6)
    assert found.unit_price == Decimal("2.55")
    assert found.invoice_date == dt.datetime(2010, 12, 1, 8, 26, tzinfo=dt.UTC)
    assert found.customer_id == "17850"
    assert found.line == 2


def test_utf8_and_latin1_may_stand_in_one_file():
    utf8, latin1 = rows_of(
        GOOD.replace(b"WHITE HEART", "CAFÉ".encode()), GOOD.replace(b"WHITE HEART", "CAFÉ".encode("latin-1"))
    )
    assert utf8.description == latin1.description == "CAFÉ"


def test_a_description_may_hold_commas_quotes_and_line_breaks():
    found, after = rows_of(*GOOD.replace(b"WHITE HEART", b'"6"" TIN,\nSMALL"').splitlines(keepends=True), GOOD)
    assert found.description == '6" TIN,\nSMALL'
    assert after.line == 4


def test_columns_are_found_by_name_whatever_their_order_and_others_are_passed_over():
    header = b"\xef\xbb\xbfCountry,Extra,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo\r\n"
    (found,) = parse_rows([header, b"France,x,12583.0,18,2010-12-01 08:45:00,3,POSTAGE,POST,536370\r\n"])
    assert isinstance(found, Row)
    assert (found.country, found.customer_id, found.unit_price, found.invoice_no) == (
        "France",
        "12583",
        Decimal(18),
        "536370",
    )


def test_an_empty_customer_is_none():
    (found,) = rows_of(GOOD.replace(b"17850", b""))
    assert found.customer_id is None


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b",6,", b",six,", "Quantity 'six' is no whole number"),
        (b",6,", b",1.5,", "Quantity '1.5' is no whole number"),
        (b",6,", b",1e30,", "Quantity '1e30' is no whole number"),
        (b"2.55", b"free", "UnitPrice 'free' is no number"),
        (b"2.55", b"NaN", "UnitPrice 'NaN' is no price"),
        (b"2.55", b"1e99", "UnitPrice '1e99' is no price"),
        (b"01/12/2010", b"31/02/2010", "InvoiceDate '31/02/2010 08:26' is not day/month/year hour:minute"),
        (b"536365", b"", "no InvoiceNo"),
        (b"85123a", b"", "no StockCode"),
        (b",United Kingdom", b"", "too few cells"),
    ],
)
def test_a_broken_row_says_what_is_wrong_and_the_next_one_is_read(old, new, why):
    broken, good = rows_of(GOOD.replace(old, new, 1), GOOD)
    assert isinstance(broken, BrokenRow)
    assert broken.why == why
    assert good.invoice_no == "536365"


def test_empty_lines_are_no_rows():
    assert len(rows_of(b"\n", GOOD, b",,,,,,,\n")) == 1


def test_a_file_with_other_columns_is_refused_by_name(tmp_path):
    path = tmp_path / "other.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(OrdersFileError, match=r"other\.csv: it lacks the columns InvoiceNo, StockCode"):
        list(read_rows(path))


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(OrdersFileError, match=r"none\.csv cannot be read: No such file"):
        list(read_rows(tmp_path / "none.csv"))


def test_rows_that_follow_each_other_form_an_invoice():
    broken = BrokenRow(9, "", "no InvoiceNo")
    rows: list[Row | BrokenRow] = [row("1"), row("1"), broken, row("1"), row("C2"), row("1")]
    found = list(invoices(rows))
    assert [i if isinstance(i, BrokenRow) else (i.invoice_no, len(i.rows)) for i in found] == [
        broken,
        ("1", 3),
        ("C2", 1),
        ("1", 1),
    ]
    assert [i.is_cancellation for i in found if isinstance(i, Invoice)] == [False, True, False]


def test_the_sample_has_no_broken_row_and_is_small():
    found = list(read_rows(SAMPLE))
    assert not [row for row in found if isinstance(row, BrokenRow)]
    assert len(found) > 3000
    assert SAMPLE.stat().st_size < 400_000
