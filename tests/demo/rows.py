"""Rows and invoices, made in one line."""

import datetime as dt
from decimal import Decimal

from orderwright.demo.online_retail import Invoice, Row

HEADER = b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def row(invoice_no="500001", code="22752", quantity=6, price="2.55", customer="17850", line=2) -> Row:
    return Row(
        line,
        invoice_no,
        code,
        f"ITEM {code}",
        quantity,
        dt.datetime(2010, 12, 1, 8, 26, tzinfo=dt.UTC),
        Decimal(price),
        customer,
        "United Kingdom",
    )


def invoice(number, *items, customer="17850") -> Invoice:
    """An invoice of (code, quantity, price) triples."""
    return Invoice(number, tuple(row(number, code, quantity, price, customer) for code, quantity, price in items))
