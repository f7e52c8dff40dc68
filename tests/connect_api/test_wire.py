"""What goes out is what the server reads, and what comes back is exact."""

import datetime as dt
import json
import pickle
import re
from decimal import Decimal

import msgspec
import pytest

from orderwright import ConnectApi
from orderwright.connect_api.calls import BASE, calling
from orderwright.connect_api.exceptions import exception_of
from orderwright.connect_api.records import exact
from orderwright.connect_api.wire import content_of, output_of, parsed
from orderwright.rest import codec
from orderwright.rest.operation import NEWEST_VERSION, Operation
from orderwright.rest.operations import OPERATIONS
from orderwright.rest.order_summaries.adjust import adjust_item_preview
from orderwright.rest.properties import is_struct

WITH_EXAMPLES = [op for op in OPERATIONS if op.manner == "connect" and is_struct(op.input) and op.example is not None]
SHAPE_OF_AN_ID = re.compile(r'"([0-9][0-9A-Za-z]{14})[0-9A-Za-z]{3}"')
"""Some examples have ids whose last letters are no checksum; 15 are an id, too."""
DISCOUNT = ConnectApi.AdjustItemInputRepresentation(
    order_item_summary_id="10u000000000001AAA",
    adjustment_type="AmountWithoutTax",
    amount=Decimal("-1E+1"),
    reason="Other",
)


@pytest.mark.parametrize("operation", WITH_EXAMPLES, ids=lambda operation: operation.action)
def test_an_input_arrives_as_it_was_sent(operation: Operation):
    example = codec.parse_json(SHAPE_OF_AN_ID.sub(r'"\1"', json.dumps(operation.example)).encode())
    sent = operation.read(example, operation.input, NEWEST_VERSION)
    assert operation.read(codec.parse_json(content_of(sent)), operation.input, NEWEST_VERSION) == sent


def test_what_is_as_by_default_is_not_sent():
    wanted = ConnectApi.AdjustOrderItemSummaryInputRepresentation(adjust_items=(DISCOUNT,))
    assert content_of(wanted) == (
        b'{"adjustItems":[{"adjustmentType":"AmountWithoutTax","amount":-1E+1,'
        b'"orderItemSummaryId":"10u000000000001AAA","reason":"Other"}]}'
    )


def test_a_float_is_refused_wherever_it_is():
    with pytest.raises(TypeError, match=r"Decimal\('0\.1'\)"):
        content_of(msgspec.structs.replace(DISCOUNT, amount=0.1))
    with pytest.raises(TypeError, match="holds no exact amount"):
        content_of({"records": [{"Amount": 1.5}]})


def test_dates_and_moments_are_written_as_the_server_reads_them():
    moment = dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC)
    assert content_of({"at": moment, "on": moment.date()}) == b'{"at":"2026-03-01T10:00:00Z","on":"2026-03-01"}'


def test_a_call_is_made_of_the_line_in_the_table_of_operations():
    wanted = ConnectApi.AdjustOrderItemSummaryInputRepresentation(adjust_items=(DISCOUNT,))
    call = calling(adjust_item_preview, order_summary_id="1Os/../x", body=wanted)
    path = "/commerce/order-management/order-summaries/1Os%2F..%2Fx/actions/adjust-item-preview"
    assert (call.method, call.path, call.content) == ("POST", BASE + path, content_of(wanted))


def test_outputs_hold_decimals_and_pass_over_what_is_new():
    content = b'{"changeOrderId": "801", "changeBalances": null, "success": true, "inventedLater": 0.1}'
    found = output_of(content, ConnectApi.SubmitCancelOutputRepresentation)
    assert found == ConnectApi.SubmitCancelOutputRepresentation(change_order_id="801")
    line = b'{"errors": [{"details": {"quantity": 0.1}, "errorCode": "E", "message": "m"}], "success": false}'
    error = output_of(line, ConnectApi.OCIFulfillReservationOutputRepresentation).errors[0]
    assert error.details == {"quantity": Decimal("0.1")}


def test_numbers_of_records_are_decimals_and_counts_are_not():
    record = {"attributes": {"type": "OrderItem"}, "Quantity": 2, "Own__c": 3, "LineNumber": 1, "TotalPrice": None}
    assert exact(record) == record
    assert {name: type(value) for name, value in exact(record).items() if name != "attributes"} == {
        "Quantity": Decimal, "Own__c": Decimal, "LineNumber": int, "TotalPrice": type(None),
    }  # fmt: skip
    operation = exact({"attributes": {"type": "BackgroundOperation"}, "RetryCount": 2, "CompletedAmount": 2})
    assert (type(operation["RetryCount"]), type(operation["CompletedAmount"])) == (int, Decimal)
    assert type(exact({"attributes": {"type": "AggregateResult"}, "expr0": 4})["expr0"]) is int


ERRORS = [
    (
        400,
        [{"errorCode": "A", "message": "m", "output": {"x": 1}, "enhancedErrorType": None}],
        ("RefusedException", "A"),
    ),
    (400, [{"message": "m", "errorCode": "B", "fields": ["Name"]}], ("RefusedException", "B")),
    (409, [{"errorCode": "C", "message": "m"}], ("ConflictException", "C")),
    (401, [{"message": "m", "errorCode": "INVALID_SESSION_ID"}], ("SessionException", "INVALID_SESSION_ID")),
    (403, [{"errorCode": "INSUFFICIENT_ACCESS", "message": "m"}], ("ForbiddenException", "INSUFFICIENT_ACCESS")),
    (404, [{"errorCode": "NOT_FOUND", "message": "m"}], ("NotFoundException", "NOT_FOUND")),
    (500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "m"}], ("ServerException", "UNKNOWN_EXCEPTION")),
    (503, [{"errorCode": "SERVER_UNAVAILABLE", "message": "m"}], ("UnavailableException", "SERVER_UNAVAILABLE")),
    (400, {"error": {"errorCode": "D", "message": "m"}, "payment": None}, ("RefusedException", "D")),
    (400, {"errors": [{"errorCode": "E", "message": "m"}], "success": False}, ("RefusedException", "E")),
    (400, {"error": "invalid_grant", "error_description": "m"}, ("RefusedException", "invalid_grant")),
    (502, "<html>m</html>", ("UnavailableException", "HTTP_502")),
]


@pytest.mark.parametrize(("status", "body", "expected"), ERRORS, ids=lambda value: str(value)[:40])
def test_every_shape_of_an_error_becomes_the_exception_of_its_situation(status, body, expected):
    made = exception_of(status, body, lambda output: output)
    assert (type(made).__name__, made.error_code, made.status) == (*expected, status)
    assert "m" in str(made)
    again = pickle.loads(pickle.dumps(made))  # noqa: S301  # our own
    assert (type(again), again.args) == (type(made), made.args)


def test_the_output_of_a_refusal_is_the_resources_own():
    call = calling(
        adjust_item_preview,
        order_summary_id="1Os",
        body=ConnectApi.AdjustOrderItemSummaryInputRepresentation(adjust_items=()),
    )
    error = {"errorCode": "A", "message": "m"}
    found = call.read_refused({"changeBalances": None, "orderSummaryId": None, "errors": [error], "success": False})
    assert found == ConnectApi.AdjustOrderSummaryOutputRepresentation(
        errors=(ConnectApi.ErrorResponse(error_code="A", message="m"),), success=False
    )


def test_an_empty_answer_is_none():
    assert parsed(b"") is None
