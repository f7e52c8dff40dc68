"""Inputs and outputs of Connect resources: names, versions, lenient reading, exact numbers."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest

from orderwright.objects.definition import Id
from orderwright.rest.codec import Alias, IdOf, Longest, Since, decode, encode
from orderwright.rest.errors import HttpError
from orderwright.rest.representations import ErrorResponse
from orderwright.rest.writer import refused_output


class Item(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    order_item_summary_id: Annotated[Id, IdOf("OrderItemSummary")]
    adjustment_type: Annotated[Literal["Percentage", "AmountWithTax"], Alias("appeasementType")] = "Percentage"
    amount: Decimal
    is_partial: bool = False
    note: Annotated[str | None, Since(59), Longest(5)] = None
    paid: Annotated[tuple[Id, ...], IdOf("Payment")] = ()


class Input(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    items: tuple[Item, ...]


class Output(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    change_order_id: Id | None
    total_amount: Decimal
    fee_change_order_id: Annotated[Id | None, Since(57)] = None
    invoice_ids: tuple[Id, ...] = ()
    reference_id: str = "801-ours"
    errors: tuple[ErrorResponse, ...] = ()
    success: bool = True


ITEM = {"orderItemSummaryId": "10u000000000001", "amount": 1}


def read(version: int = 67, **about: Any) -> Item:
    return decode(msgspec.json.encode({"items": [ITEM | about]}), Input, version).items[0]


@pytest.mark.parametrize(
    ("sent", "name", "kept"),
    [
        ({"amount": "10.50"}, "amount", Decimal("10.50")),
        ({"isPartial": "True"}, "is_partial", True),
        ({"isPartial": None}, "is_partial", False),
        ({"appeasementType": "AmountWithTax"}, "adjustment_type", "AmountWithTax"),
        ({"note": "12345"}, "note", "12345"),
        ({"paid": ["0aQ000000000001"]}, "paid", ("0aQ000000000001",)),
    ],
)
def test_what_is_sent_is_read(sent: dict[str, Any], name: str, kept: object):
    assert getattr(read(**sent), name) == kept


def test_numbers_are_exact_from_the_first_byte():
    raw = b'{"items":[{"orderItemSummaryId":"10u000000000001","amount":1234567890123.100000000000001}]}'
    assert str(decode(raw, Input, 67).items[0].amount) == "1234567890123.100000000000001"


@pytest.mark.parametrize(
    ("sent", "code", "path"),
    [
        ({"amont": 1}, "INVALID_FIELD", "did you mean 'amount'"),
        ({"adjustmentType": "Percentage", "appeasementType": "Percentage"}, "INVALID_FIELD", "appeasementType"),
        ({"amount": None}, "REQUIRED_FIELD_MISSING", "amount"),
        ({"amount": "1e99"}, "NUMBER_OUTSIDE_VALID_RANGE", "items[0].amount"),
        ({"amount": [1]}, "JSON_PARSER_ERROR", "items[0].amount"),
        ({"note": "123456"}, "STRING_TOO_LONG", "items[0].note"),
        ({"adjustmentType": "Half"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Percentage or AmountWithTax"),
        ({"orderItemSummaryId": "801000000000001"}, "INVALID_ID_FIELD", "a record of Order"),
        ({"paid": ["0aQ000000000001", "x"]}, "INVALID_ID_FIELD", "items[0].paid[1]"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(sent: dict[str, Any], code: str, path: str):
    with pytest.raises(HttpError) as refused:
        read(**sent)
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert path in refused.value.message


def test_a_property_younger_than_the_version_is_unknown_and_unseen():
    with pytest.raises(HttpError):
        read(58, note="x")
    old = msgspec.json.decode(encode(Output(change_order_id=None, total_amount=Decimal(1)), 56))
    assert "feeChangeOrderId" not in old
    assert "feeChangeOrderId" in msgspec.json.decode(encode(Output(change_order_id=None, total_amount=Decimal(1)), 57))


def test_outputs_have_long_ids_and_plain_numbers():
    output = Output(
        change_order_id="801000000000001", total_amount=Decimal("1E+2"), fee_change_order_id="~3",
        invoice_ids=("3tt000000000001",),
    )  # fmt: skip
    assert encode(output, 67) == (
        b'{"changeOrderId":"801000000000001AAA","totalAmount":100,"feeChangeOrderId":null,'
        b'"invoiceIds":["3tt000000000001AAA"],"referenceId":"801-ours","errors":[],"success":true}'
    )


@pytest.mark.parametrize(("text", "written"), [("1.10", b"1.10"), ("0.00", b"0.00"), ("-5", b"-5")])
def test_amounts_are_written_with_the_decimals_they_have(text: str, written: bytes):
    assert b'"totalAmount":' + written + b"," in encode(Output(change_order_id=None, total_amount=Decimal(text)), 67)


def test_a_refused_output_is_empty_but_for_the_error():
    error = {"errorCode": "INVALID_INPUT", "message": "no"}
    assert refused_output(Output, 56, error) == {
        "changeOrderId": None, "totalAmount": None, "invoiceIds": None, "referenceId": None, "errors": [error],
        "success": False,
    }  # fmt: skip
