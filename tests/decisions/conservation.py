"""What holds of all money of an order after every step, and a gateway so simple that one can see that it is right.

Everything is summed by hand, from the records that say that money moved: payments, refunds, reversals, applications.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from orderwright.decisions.funds import roll_up_funds
from orderwright.decisions.gateway_limits import Limits, limits_of
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.payment import OrderPaymentSummary, Payment, PaymentAuthorization
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.objects.whole import Funds, WholeSummary

ZERO = Decimal(0)
Drawn = Literal["Capture", "Refund", "Reversal"]


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


@dataclass
class Gateway:
    """Its books are the requests by id, each moved or refused for good. What cannot be is an error of whoever asked."""

    limits: Limits
    moved: dict[str, bool] = field(default_factory=dict)
    requests: dict[str, GatewayRequest] = field(default_factory=dict)

    def send(self, request: GatewayRequest, moves: bool, funds: Funds) -> bool:
        """Whether the money of `request` moves: as was said first, however often it is sent."""
        if request.id not in self.moved:
            self.requests[request.id] = request
            self.moved[request.id] = moves
            self.check(request, funds)
        return self.moved[request.id]

    def of(self, kind: Drawn, source_id: str | None) -> list[GatewayRequest]:
        """What moved of one authorization or payment."""
        return [
            r
            for r in self.requests.values()
            if self.moved[r.id] and r.kind == kind and source_id in (r.payment_authorization_id, r.payment_id)
        ]

    def sum_of(self, kind: Drawn, source_id: str | None) -> Decimal:
        return total(request.amount for request in self.of(kind, source_id))

    def check(self, request: GatewayRequest, funds: Funds) -> None:
        able = limits_of(self.limits, request.payment_gateway_id)
        if request.kind == "Refund":
            payment = next(p for p in funds.payments if p.id == request.payment_id)
            assert self.sum_of("Refund", payment.id) <= payment.amount, "more refunded than captured"
            assert able.partial_refund or request.amount == payment.amount, "a part refunded of what goes back whole"
            return
        held = next(a for a in funds.authorizations if a.id == request.payment_authorization_id)
        captured = self.of("Capture", held.id)
        taken = total(r.amount for r in captured) + self.sum_of("Reversal", held.id)
        assert taken <= held.amount, "more captured than authorized"
        if request.kind == "Capture":
            assert able.partial_capture or request.amount == held.amount, "a part captured of what is captured whole"
        assert able.multiple_capture or len(captured) <= 1, "captured again where that cannot be"


def check_money(whole: WholeSummary) -> None:
    """All that holds of one order; `whole` has every request, exception and operation that ever was."""
    assert roll_up_funds(whole) == whole, "a stored total is not the sum of its lines"
    funds = whole.funds
    for authorization in funds.authorizations:
        check_authorization(funds, authorization)
    for payment in funds.payments:
        check_payment(funds, payment)
    check_documents(whole)
    for summary in whole.payment_summaries:
        check_payment_summary(funds, summary)
    check_whole(whole)
    check_records(funds)
    check_exceptions(whole)


def on_its_way(funds: Funds, kind: Drawn, **about: Any) -> Decimal:
    """The requests of `kind` whose money may still move."""
    mine = (r for r in funds.requests if all(getattr(r, name) == value for name, value in about.items()))
    return total(r.amount for r in mine if r.kind == kind and r.state in OPEN_REQUEST_STATES)


def reversals(funds: Funds, authorization_ids: set[str]) -> Decimal:
    """What was released of some authorizations."""
    mine = (a for a in funds.adjustments if a.payment_authorization_id in authorization_ids)
    return total(adjustment.amount for adjustment in mine if adjustment.status == "Processed")


def check_authorization(funds: Funds, authorization: PaymentAuthorization) -> None:
    about = {"payment_authorization_id": authorization.id}
    mine = [p for p in funds.payments if p.payment_authorization_id == authorization.id and p.status == "Processed"]
    reversed_ = reversals(funds, {authorization.id})
    captured, pending = total(p.amount for p in mine), on_its_way(funds, "Capture", **about)
    left = authorization.amount - captured - pending - reversed_ - on_its_way(funds, "Reversal", **about)
    assert left >= 0, "more captured, reversed or on its way than authorized"


def check_payment(funds: Funds, payment: Payment) -> None:
    lines = [line for line in funds.payment_lines if line.payment_id == payment.id]
    refunds = [line for line in funds.refund_lines if line.payment_id == payment.id]
    if payment.status != "Processed":
        assert not lines, "money that has not moved was applied"
        return
    applied = total(line.amount for line in lines)
    unapplied = total(line.unapplied_amount for line in refunds)
    refunded, pending = total(line.amount for line in refunds), on_its_way(funds, "Refund", payment_id=payment.id)
    assert refunded + pending <= payment.amount, "more refunded or on its way back than captured"
    assert payment.amount == payment.balance + applied + unapplied
    assert payment.balance >= 0, "more applied, or refunded of what was not applied, than there is"
    assert 0 <= refunded - unapplied <= applied, "more refunded of applied money than was applied"
    for line in refunds:
        assert 0 <= line.unapplied_amount <= line.amount


def check_documents(whole: WholeSummary) -> None:
    funds = whole.funds
    for invoice in funds.invoices:
        paid = total(line.amount for line in funds.payment_lines if line.invoice_id == invoice.id)
        credited = total(line.amount for line in funds.credit_applications if line.invoice_id == invoice.id)
        assert invoice.balance == invoice.total_amount_with_tax - paid - credited
        assert 0 <= on_its_way(funds, "Capture", invoice_id=invoice.id) <= invoice.balance
    for memo in whole.credit_memos:
        made = [r for r in funds.refunds if r.credit_memo_id == memo.id and r.status == "Processed"]
        pays = total(line.amount for line in funds.credit_applications if line.credit_memo_id == memo.id)
        assert memo.balance == memo.total_amount_with_tax - pays - total(r.amount for r in made)
        assert 0 <= on_its_way(funds, "Refund", credit_memo_id=memo.id) <= memo.balance


def check_payment_summary(funds: Funds, summary: OrderPaymentSummary) -> None:
    about = {"order_payment_summary_id": summary.id}
    held = [a for a in funds.authorizations if a.order_payment_summary_id == summary.id]
    paid = [p for p in funds.payments if p.order_payment_summary_id == summary.id and p.status == "Processed"]
    back = [r for r in funds.refunds if r.order_payment_summary_id == summary.id and r.status == "Processed"]
    reversed_ = reversals(funds, {a.id for a in held})
    reversing = on_its_way(funds, "Reversal", **about)
    captured, refunded = total(p.amount for p in paid), total(r.amount for r in back)
    assert (summary.captured_amount, summary.refunded_amount) == (captured, refunded)
    assert summary.pending_capture_amount == on_its_way(funds, "Capture", **about)
    assert summary.pending_refund_amount == on_its_way(funds, "Refund", **about)
    assert summary.available_to_refund_amount == captured - refunded - summary.pending_refund_amount
    assert summary.balance_amount == total(p.balance for p in paid)
    if held:
        authorized = total(a.amount for a in held)
        left = summary.available_to_capture_amount + summary.pending_capture_amount
        assert authorized == captured + left + reversed_ + reversing


def check_whole(whole: WholeSummary) -> None:
    """All money of the order together: it is somewhere, and nowhere twice."""
    funds = whole.funds
    captured = total(p.amount for p in funds.payments if p.status == "Processed")
    refunded = total(r.amount for r in funds.refunds if r.status == "Processed")
    applied = total(line.amount for line in funds.payment_lines)
    unapplied = total(line.unapplied_amount for line in funds.refund_lines)
    assert captured == total(s.balance_amount for s in whole.payment_summaries) + applied + unapplied
    assert applied <= captured
    assert refunded == total(line.amount for line in funds.refund_lines) <= captured


MADE_BY = {"Capture": "payments", "Refund": "refunds", "Reversal": "adjustments"}
STATUS = {"Succeeded": "Processed", "Accepted": "Pending", "Refused": "Failed"}


def check_records(funds: Funds) -> None:
    """One record for each request that moved, of the same amount; none for one of which nothing is known."""
    for request in funds.requests:
        made: list[Any] = [r for r in getattr(funds, MADE_BY[request.kind]) if r.gateway_request_id == request.id]
        assert [record.id for record in made] == [request.made_id] * len(made)
        assert len(made) == 1 if request.state in {"Succeeded", "Accepted"} else len(made) <= 1
        for record in made:
            assert record.amount == request.amount
            wanted = STATUS.get(request.state, "Pending")
            assert record.status == ("Canceled" if (request.kind, wanted) == ("Reversal", "Failed") else wanted)


def check_exceptions(whole: WholeSummary) -> None:
    """One for each request that failed, none that is active for one that succeeded; the order counts the active."""
    by_request = Counter(e.gateway_request_id for e in whole.funds.exceptions if e.gateway_request_id)
    for request in whole.funds.requests:
        active = [e for e in whole.funds.exceptions if e.gateway_request_id == request.id and e.status == "New"]
        assert by_request[request.id] <= 1
        assert (
            len(active) == 1
            if request.state in {"Refused", "Indeterminate"}
            else not active or (request.state == "Accepted")
        )
    count = sum(exception.status == "New" for exception in whole.funds.exceptions)
    assert whole.summary.active_process_exception_count == count


def check_operation(operation: BackgroundOperation, run: Iterable[GatewayRequest], applied: Decimal) -> None:
    """What an operation says is what its last run moved; `applied`: captured money it put to use at once."""
    requests = list(run)
    states = {request.state for request in requests}
    moved = applied + total(r.amount for r in requests if r.state == "Succeeded")
    assert operation.completed_amount == moved
    if operation.finished_at is None:
        assert operation.outcome == "Pending"
        return
    given_up = operation.status == "Error"
    assert "Open" not in states or given_up, "finished with a request that nobody knows of"
    if not states & set(OPEN_REQUEST_STATES):
        part = "PartlySucceeded" if moved else "Failed"
        whole = moved >= operation.requested_amount and operation.status == "Complete"
        assert operation.outcome == ("Succeeded" if whole else part)
    elif not given_up:
        assert operation.outcome == ("Unknown" if "Indeterminate" in states else "Pending")


def check_gateway(funds: Funds, gateway: Gateway) -> None:
    """Its books and ours say the same, once nothing is on its way: by authorization, by payment and by request."""
    ours = {r.id: r.state == "Succeeded" for r in funds.requests if r.id in gateway.moved}
    assert ours == gateway.moved
    assert all(r.state == "Refused" for r in funds.requests if r.id not in gateway.moved), "moved without being sent"
    for held in funds.authorizations:
        mine = [p for p in funds.payments if p.payment_authorization_id == held.id and p.status == "Processed"]
        assert total(p.amount for p in mine) == gateway.sum_of("Capture", held.id)
        assert held.total_auth_reversal_amount == gateway.sum_of("Reversal", held.id)
    for payment in funds.payments:
        lines = [line for line in funds.refund_lines if line.payment_id == payment.id]
        assert total(line.amount for line in lines) == gateway.sum_of("Refund", payment.id)
