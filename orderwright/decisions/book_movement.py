"""The record of money that moved, or is about to: a Payment, a Refund, an authorization or its reversal.

A gateway that answers later leaves a Pending record behind; what it says in the end makes that one Processed or Failed.
Nothing is applied to an invoice, and no refund is put against its payment, before the money has moved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from orderwright.decisions.ensure_funds import application
from orderwright.decisions.ensure_refunds import taken_from_unapplied
from orderwright.decisions.expire_authorization import replaced_authorization
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.payment import (
    Payment,
    PaymentAuthAdjustment,
    PaymentAuthorization,
    PaymentLineInvoice,
    Refund,
    RefundLinePayment,
)  # fmt: skip
from orderwright.objects.whole import Funds, find

ZERO = Decimal(0)
B = TypeVar("B", Payment, Refund, PaymentAuthorization, PaymentAuthAdjustment)
Booked = Payment | Refund | PaymentAuthorization | PaymentAuthAdjustment

LISTS = {
    "Capture": "payments",
    "Sale": "payments",
    "Refund": "refunds",
    "Authorization": "authorizations",
    "PostAuth": "authorizations",
    "Reversal": "adjustments",
}
"""Where the records of a kind of request stand in `Funds`."""

STATUS = {"Succeeded": "Processed", "Accepted": "Pending", "Refused": "Failed"}


def booked(
    funds: Funds, request: GatewayRequest, said: dict[str, Any], state: str, ids: NewIds, now: dt.datetime
) -> tuple[Funds, Id | None]:
    """`funds` with what `request` came to in `state`, and the id of its record; None when it made none.

    `said`: the gateway's own fields of the record, by record names.
    """
    known: Booked | None = find(getattr(funds, LISTS[request.kind]), request.made_id)
    if known is None and state not in {"Succeeded", "Accepted"}:
        return funds, None
    if known is None:
        known = _new(funds, request, ids(), now)
        funds = _with(funds, request.kind, (*getattr(funds, LISTS[request.kind]), known))
    if state in STATUS:
        funds, known = _settled(funds, request, known, said, STATUS[state])
    if state == "Succeeded":
        funds = _effects(funds, request, known, ids, now)
    return funds, known.id


def _settled(
    funds: Funds, request: GatewayRequest, known: Booked, said: dict[str, Any], status: str
) -> tuple[Funds, Booked]:
    if isinstance(known, PaymentAuthAdjustment):
        # It has no Status Failed (data-model.yaml status_machines).
        status = "Canceled" if status == "Failed" else status
    allowed = {name: value for name, value in said.items() if name in known.__struct_fields__ and value is not None}
    after = msgspec.structs.replace(known, **{**allowed, "status": status})
    records = getattr(funds, LISTS[request.kind])
    return _with(funds, request.kind, tuple(after if r.id == after.id else r for r in records)), after


def _with(funds: Funds, kind: str, records: Sequence[Booked]) -> Funds:
    return msgspec.structs.replace(funds, **{LISTS[kind]: tuple(records)})


def _effects(funds: Funds, request: GatewayRequest, made: Booked, ids: NewIds, now: dt.datetime) -> Funds:
    if isinstance(made, Payment):
        lines = _applied(funds, request, made, ids, now)
        return msgspec.structs.replace(funds, payment_lines=(*funds.payment_lines, *lines))
    if isinstance(made, Refund):
        line = _refund_line(funds, request, made, ids(), now)
        return msgspec.structs.replace(funds, refund_lines=(*funds.refund_lines, line))
    replaced = replaced_authorization(funds, request, ids, now)
    return msgspec.structs.replace(funds, adjustments=(*funds.adjustments, replaced)) if replaced else funds


def _new(funds: Funds, request: GatewayRequest, record_id: Id, now: dt.datetime) -> Booked:
    authorization = find(funds.authorizations, request.payment_authorization_id)
    payment = find(funds.payments, request.payment_id)
    common: dict[str, Any] = {
        "id": record_id,
        "amount": request.amount,
        "currency_iso_code": request.currency_iso_code,
        "date": now,
        "effective_date": now,
        "gateway_request_id": request.id,
        "order_payment_summary_id": request.order_payment_summary_id,
        "payment_gateway_id": request.payment_gateway_id,
        "payment_method_id": request.payment_method_id,
        "processing_mode": "Salesforce",
        "status": "Pending",
        **_of_source(authorization or payment),
        **msgspec.convert(request.details, dict[str, Any]),
    }
    if request.kind in {"Authorization", "PostAuth"}:
        return _made(PaymentAuthorization, common)
    if request.kind == "Reversal":
        own = {"payment_authorization_id": request.payment_authorization_id, "type": "Reversal"}
        return _made(PaymentAuthAdjustment, common | own)
    if request.kind == "Refund":
        return _made(Refund, common | {"type": "Referenced", "credit_memo_id": request.credit_memo_id})
    own = {"payment_authorization_id": request.payment_authorization_id, "type": request.kind}
    return _made(Payment, common | own)


def _of_source(source: PaymentAuthorization | Payment | None) -> dict[str, Any]:
    """What a record takes over from the authorization or payment it draws on."""
    names = ("account_id", "payment_group_id", "payment_method_id")
    return {} if source is None else {n: v for n in names if (v := getattr(source, n)) is not None}


def _made(record: type[B], values: dict[str, Any]) -> B:
    known = {name: value for name, value in values.items() if name in record.__struct_fields__}
    return msgspec.convert(known, record, from_attributes=True)


def _applied(
    funds: Funds, request: GatewayRequest, payment: Payment, ids: NewIds, now: dt.datetime
) -> list[PaymentLineInvoice]:
    """The captured money applied to its invoice, as far as that still needs it; the rest stays as the payment's
    balance.
    """
    invoice = find(funds.invoices, request.invoice_id)
    amount = min(payment.amount, max(ZERO, invoice.balance)) if invoice else ZERO
    return [application(invoice, payment.id, amount, ids(), now)] if invoice and amount else []


def _refund_line(
    funds: Funds, request: GatewayRequest, refund: Refund, line_id: Id, now: dt.datetime
) -> RefundLinePayment:
    payment = next(p for p in funds.payments if p.id == request.payment_id)
    unapplied = taken_from_unapplied(payment, refund.amount, excess=request.credit_memo_id is None)
    return RefundLinePayment(
        id=line_id,
        amount=refund.amount,
        applied_date=now,
        associated_account_id=refund.account_id,
        date=now,
        effective_date=now,
        payment_id=payment.id,
        refund_id=refund.id,
        type="Applied",
        unapplied_amount=unapplied,
    )
