"""What a caller may send for a record, and the order in which it is refused."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.decisions import errors
from orderwright.decisions.read_value import MalformedId, WrongType, to_decimal, within_range
from orderwright.decisions.write_record import decide_changed_record, decide_new_record
from orderwright.objects.definition import SObject, define
from orderwright.objects.order import Order
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.payment import Payment
from orderwright.objects.registry import BY_NAME

HEAD: dict[str, Any] = {"EffectiveDate": "2026-03-01", "Status": "Draft"}


def new(object_: str, version: int = 67, **fields: Any) -> Any:
    return decide_new_record(BY_NAME[object_], fields, "~1", version, "EUR")


def changed(record: SObject, **fields: Any) -> Any:
    return decide_changed_record(define(type(record)), record, fields, 67)


@pytest.mark.parametrize(
    ("sent", "name", "kept"),
    [
        ({"EFFECTIVEDATE": "2026-03-02"}, "effective_date", dt.date(2026, 3, 2)),
        ({"OrderedDate": "2026-03-01T10:00:00Z"}, "ordered_date", dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC)),
        ({"OrderedDate": "2026-03-01T12:00:00.1239+0200"}, "ordered_date",
         dt.datetime(2026, 3, 1, 10, 0, 0, 123000, tzinfo=dt.UTC)),
        ({"BillingLatitude": "51.50"}, "billing_latitude", Decimal("51.50")),
        ({"IsReductionOrder": "TRUE"}, "is_reduction_order", True),
        ({"AccountId": "001M000000qfPySIAU"}, "account_id", "001M000000qfPyS"),
        ({"AccountId": "001m000000QFpysIAU"}, "account_id", "001M000000qfPyS"),
        ({"Name": None}, "name", None),
        ({"Name": ""}, "name", None),
        ({"attributes": {"type": "Order"}}, "name", None),
        ({}, "currency_iso_code", "EUR"),
    ],
)  # fmt: skip
def test_what_is_sent_is_kept(sent: dict[str, Any], name: str, kept: object):
    head = {key: value for key, value in HEAD.items() if key.lower() not in {k.lower() for k in sent}}
    assert getattr(new("Order", **head, **sent), name) == kept


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({"Nmae": "x", "TotalAmount": 1}, errors.InvalidField),
        ({"TotalAmount": 1}, errors.InvalidFieldForWrite),
        ({"GrandTotalAmount": 1}, errors.InvalidFieldForWrite),
        ({"CreatedDate": "2026-03-01T10:00:00Z"}, errors.InvalidFieldForWrite),
        ({"ChangeClass": "fee"}, errors.InvalidField),
        ({"Name": 5}, WrongType),
        ({"Name": "n" * 81}, errors.StringTooLong),
        ({"EffectiveDate": "01/03/2026"}, WrongType),
        ({"OrderedDate": "2026-03-01T10:00:00"}, WrongType),
        ({"OrderedDate": "9999-12-31T23:59:59-14:00"}, WrongType),
        ({"Status": "draft"}, errors.InvalidPicklistValue),
        ({"CurrencyIsoCode": "ABC"}, errors.InvalidPicklistValue),
        ({"AccountId": "x"}, MalformedId),
        ({"AccountId": "003M000000qfPyS"}, errors.InvalidCrossReference),
        ({"BillingLatitude": True}, WrongType),
        ({"BillingLatitude": "0.1234567890123456"}, errors.NumberOutsideValidRange),
        ({"Status": None}, errors.RequiredFieldMissing),
    ],
)
def test_what_does_not_fit_is_refused(sent: dict[str, Any], refusal: type[errors.Refusal]):
    with pytest.raises(refusal):
        new("Order", **(HEAD | sent))


def test_all_missing_fields_are_named_at_once():
    with pytest.raises(errors.RequiredFieldMissing) as refused:
        new("OrderItemTaxLineItem", Name="VAT")
    assert set(refused.value.fields) == {"Amount", "OrderItemId", "TaxEffectiveDate", "Type"}


def test_a_field_younger_than_the_version_is_unknown():
    with pytest.raises(errors.InvalidField, match=r"in version 48\.0"):
        new("Order", 48, **HEAD, TaxLocaleType="Net")
    assert new("Order", 49, **HEAD, TaxLocaleType="Net").tax_locale_type == "Net"


PAYMENT: dict[str, Any] = {"Amount": "12.5", "ProcessingMode": "External", "Status": "Processed", "Type": "Capture"}


def test_a_payment_is_kept_at_its_currencys_scale():
    assert str(new("Payment", **PAYMENT).amount) == "12.50"
    assert str(new("Payment", **PAYMENT, CurrencyIsoCode="KWD").amount) == "12.500"
    with pytest.raises(errors.NumberOutsideValidRange):
        new("Payment", **PAYMENT, CurrencyIsoCode="JPY")


def payment(**about: Any) -> Payment:
    known: dict[str, Any] = {
        "amount": Decimal("5.00"),
        "processing_mode": "External",
        "status": "Processed",
        "type": "Capture",
    }
    return Payment(id="0aQ000000000001", currency_iso_code="EUR", **(known | about))


def test_a_processed_payment_keeps_what_happened():
    assert changed(payment(), Comments="seen").comments == "seen"
    assert changed(payment(), Amount=5).amount == 5
    for field, value in (("Amount", 6), ("Status", "Canceled"), ("GatewayRefNumber", "x")):
        with pytest.raises(errors.InvalidFieldForWrite):
            changed(payment(), **{field: value})
    assert str(changed(payment(status="Draft"), Amount=6).amount) == "6.00"


def test_amounts_and_quantities_of_summaries_are_moved_by_actions_only():
    item = OrderItemSummary(
        id="10u000000000001", name="Mug", order_delivery_group_summary_id="0ag000000000001",
        order_summary_id="1Os000000000001", quantity_ordered=Decimal(2),
    )  # fmt: skip
    assert changed(item, Description="fragile").description == "fragile"
    with pytest.raises(errors.InvalidFieldForWrite):
        changed(item, QuantityShipped=1)
    with pytest.raises(errors.InvalidFieldForWrite):
        changed(item, QuantityOrdered=3)


def test_a_currency_never_changes_but_may_be_repeated():
    order = Order(id="801000000000001", effective_date=dt.date(2026, 3, 1), status="Draft", currency_iso_code="EUR")
    assert changed(order, CurrencyIsoCode="EUR") == order
    with pytest.raises(errors.InvalidFieldForWrite):
        changed(order, CurrencyIsoCode="USD")


def test_a_required_field_cannot_be_emptied():
    order = Order(id="801000000000001", effective_date=dt.date(2026, 3, 1), status="Draft")
    with pytest.raises(errors.RequiredFieldMissing):
        changed(order, EffectiveDate=None)


@given(st.one_of(st.text(), st.integers(), st.decimals(), st.booleans(), st.none(), st.lists(st.integers())))
def test_no_json_value_breaks_a_field(value: Any):
    for definition in (BY_NAME["Order"], BY_NAME["OrderItem"], BY_NAME["Payment"], BY_NAME["CardPaymentMethod"]):
        for field in definition.by_wire_name.values():
            try:
                decide_new_record(definition, {field.wire_name: value}, "~1", 67, "USD")
            except errors.Refusal as refusal:
                assert refusal.message  # noqa: PT017  # a refusal is right, anything else is not


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_is_kept_exactly_or_refused(number: Decimal):
    try:
        kept = within_range(number, "Number")
    except errors.NumberOutsideValidRange:
        return
    assert kept == number
    assert -18 <= kept.as_tuple().exponent <= 0  # type: ignore[operator]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1_000", "0x1", " 1", "1e9999", "", "\u0661"])
def test_only_plain_numbers_are_read_from_text(text: str):
    assert to_decimal(text) is None
