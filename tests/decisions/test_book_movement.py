"""The record of each kind of money movement, at each stage of its request."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.decisions.book_movement import LISTS, booked
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.identity import NewIds
from orderwright.objects.payment import Payment, PaymentAuthorization
from orderwright.objects.whole import Funds
from tests.builders import NOW

D = Decimal
A, P = "0Xc000000000001", "0aQ000000000001"
KINDS = sorted(LISTS)
SAID = {"gateway_ref_number": "r-1", "gateway_result_code": "00", "sf_result_code": "Success", "gateway_date": NOW}


def request(kind: str, **more: Any) -> GatewayRequest:
    drawn: dict[str, Any] = {"payment_method_id": "03O000000000001"}
    if kind in {"Capture", "Reversal"}:
        drawn = {"payment_authorization_id": A}
    elif kind == "Refund":
        drawn = {"payment_id": P}
    return GatewayRequest(
        id="9gR000000000001", kind=kind, amount=D("12.34"), currency_iso_code="GBP",
        payment_gateway_id="0b0000000000001", **{**drawn, **more},
    )  # fmt: skip


def around() -> Funds:
    """An authorization and a payment, each of 100, with owners of their own."""
    common: dict[str, Any] = {
        "amount": D(100), "currency_iso_code": "GBP", "processing_mode": "Salesforce", "status": "Processed",
        "account_id": "001000000000001", "payment_method_id": "03O000000000009", "payment_group_id": "9zx000000000001",
    }  # fmt: skip
    return Funds(
        authorizations=(PaymentAuthorization(id=A, **common),), payments=(Payment(id=P, type="Sale", **common),)
    )


def book(funds: Funds, of: GatewayRequest, state: str, **said: Any) -> tuple[Funds, str | None]:
    return booked(funds, of, {**SAID, **said}, state, NewIds(), NOW)


def made(funds: Funds, of: GatewayRequest, record_id: str | None) -> Any:
    [found] = [r for r in getattr(funds, LISTS[of.kind]) if r.id == record_id]
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["Open", "Indeterminate", "Refused"])
def test_money_that_did_not_move_leaves_no_record(kind: str, state: str):
    assert book(around(), request(kind), state) == (around(), None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("state", "status"), [("Succeeded", "Processed"), ("Accepted", "Pending")])
def test_money_that_moved_or_is_about_to_is_recorded_as_asked_for(kind: str, state: str, status: str):
    of = request(kind, details={"comments": "x", "effective_date": "2020-01-15T00:00:00Z", "account_id": None} | {
        "account_id": "001000000000005"
    })  # fmt: skip
    funds, record_id = book(around(), of, state)
    record = made(funds, of, record_id)
    assert (record.status, record.amount, record.currency_iso_code) == (status, D("12.34"), "GBP")
    assert (record.comments, record.account_id) == ("x", "001000000000005")
    assert (record.effective_date.isoformat(), record.date) == ("2020-01-15T00:00:00+00:00", NOW)
    assert (record.gateway_ref_number, record.processing_mode) == ("r-1", "Salesforce")
    if kind in {"Capture", "Sale"}:
        assert (record.type, record.payment_authorization_id) == (kind, A if kind == "Capture" else None)
    if kind == "Reversal":
        assert (record.type, record.payment_authorization_id) == ("Reversal", A)
    if kind == "Refund":
        assert record.type == "Referenced"
        assert len(funds.refund_lines) == (state == "Succeeded")


@pytest.mark.parametrize("kind", ["Capture", "Refund", "Reversal"])
def test_owner_method_and_group_come_from_what_it_draws_on(kind: str):
    of = request(kind)
    funds, record_id = book(around(), of, "Succeeded")
    record = made(funds, of, record_id)
    assert record.account_id == "001000000000001"
    if kind != "Reversal":
        assert (record.payment_method_id, record.payment_group_id) == ("03O000000000009", "9zx000000000001")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("state", "status"), [("Succeeded", "Processed"), ("Refused", "Failed")])
def test_what_was_pending_becomes_what_it_came_to_and_no_second_record(kind: str, state: str, status: str):
    of = request(kind)
    funds, record_id = book(around(), of, "Accepted", gateway_ref_number=None)
    later = request(kind, made_id=record_id)
    funds, again = book(funds, later, state, gateway_ref_number="r-2", sf_result_code="Decline")
    assert again == record_id
    record = made(funds, later, record_id)
    # A reversal has no Status Failed.
    assert record.status == ("Canceled" if (kind, status) == ("Reversal", "Failed") else status)
    assert (record.gateway_ref_number, record.sf_result_code) == ("r-2", "Decline")
    assert len(funds.refund_lines) == (kind == "Refund" and state == "Succeeded")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["Open", "Indeterminate"])
def test_while_nothing_new_is_known_it_stays_pending(kind: str, state: str):
    funds, record_id = book(around(), request(kind), "Accepted")
    before = made(funds, request(kind), record_id)
    funds, again = book(funds, request(kind, made_id=record_id), state)
    assert (again, made(funds, request(kind), again)) == (record_id, before)


def test_what_the_gateway_leaves_out_is_not_taken_away():
    funds, record_id = book(around(), request("Sale"), "Accepted", gateway_ref_number="r-1")
    later = request("Sale", made_id=record_id)
    funds, _ = book(funds, later, "Succeeded", gateway_ref_number=None, gateway_date=None)
    record = made(funds, later, record_id)
    assert (record.gateway_ref_number, record.gateway_date) == ("r-1", NOW)


def test_a_refund_line_says_how_much_was_never_applied():
    funds, _ = book(around(), request("Refund"), "Succeeded")
    [line] = funds.refund_lines
    assert (line.payment_id, line.amount, line.unapplied_amount) == (P, D("12.34"), D("12.34"))
