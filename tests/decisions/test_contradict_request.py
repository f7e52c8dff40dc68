"""A gateway that says two things of one request: nothing is booked, and somebody is told."""

from typing import Any

import pytest

from orderwright.decisions.contradict_request import CONTRADICTION, contradicts, decide_contradiction
from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.record_answer import Answer, SfResultCode
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.event import Event
from orderwright.objects.payment_method import PaymentGatewayLog
from tests.builders import Books, Line, order_summary

CODES = ("Success", "Decline", "PermanentFail", "ValidationError", "SystemError", "Indeterminate", "RequiresReview")
REFUSALS = {"Decline", "PermanentFail", "ValidationError"}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("state", ["Open", "Indeterminate", "Accepted", "Succeeded", "Refused"])
def test_only_a_closed_request_is_contradicted_and_only_by_a_final_answer(state: str, code: SfResultCode):
    request = GatewayRequest(id="9gR1", kind="Capture", amount=1, currency_iso_code="USD", state=state)  # type: ignore[arg-type]
    expected = (state == "Succeeded" and code in REFUSALS) or (state == "Refused" and code == "Success")
    assert contradicts(request, Answer(sf_result_code=code)) is expected


def captured(code: SfResultCode) -> tuple[Books, GatewayRequest]:
    books = order_summary(Line("A", 1, "100"))
    books.authorize("100")
    books.fund(FundsWishes(invoice_id=books.invoice(books.fulfil({"A": 1}))))
    books.answer(books.requests()[0], code)
    return books, books.whole.funds.requests[0]


def said(code: str) -> PaymentGatewayLog:
    about: Any = {"id": "~1", "interaction_type": "Capture", "sf_result_code": code, "gateway_message": "no"}
    return PaymentGatewayLog(**about)


@pytest.mark.parametrize(("first", "then"), [("Success", "Decline"), ("Decline", "Success")])
def test_it_is_logged_and_an_exception_points_at_the_log(first: SfResultCode, then: str):
    books, request = captured(first)
    before = books.whole.funds
    count = books.whole.summary.active_process_exception_count
    books.save(decide_contradiction(books.loaded, request, said(then), "two words"))
    after = books.whole.funds
    assert (after.payments, after.authorizations, after.invoices) == (
        before.payments, before.authorizations, before.invoices,
    )  # fmt: skip
    assert books.whole.summary.active_process_exception_count == count + 1
    exception = after.exceptions[-1]
    log = next(r for r in reversed(books.others) if isinstance(r, PaymentGatewayLog))
    assert (exception.message, exception.description, exception.amount) == (CONTRADICTION, "two words", request.amount)
    assert (exception.payment_gateway_log_id, exception.sf_result_code) == (log.id, then)
    assert exception.attached_to_id == (request.made_id if first == "Success" else request.invoice_id)
    event = next(r for r in reversed(books.others) if isinstance(r, Event))
    assert (event.payload["Message"], event.payload["SfResultCode"]) == (CONTRADICTION, then)


def test_as_long_as_nobody_has_looked_a_second_one_is_only_logged():
    books, request = captured("Success")
    for _ in range(2):
        books.save(decide_contradiction(books.loaded, request, said("Decline"), "again"))
    assert [e.message for e in books.whole.funds.exceptions] == [CONTRADICTION]
    assert len([r for r in books.others if isinstance(r, PaymentGatewayLog) and r.sf_result_code == "Decline"]) == 2


def test_what_made_nothing_and_draws_on_nothing_is_attached_to_its_order():
    books, _ = captured("Success")
    request = GatewayRequest(
        id="9gR000000000099", kind="Authorization", amount=books.whole.funds.payments[0].amount,
        currency_iso_code="USD", state="Refused", order_summary_id=books.whole.summary.id,
    )  # fmt: skip
    books.save(decide_contradiction(books.loaded, request, said("Success"), "odd"))
    assert books.whole.funds.exceptions[-1].attached_to_id == books.whole.summary.id
