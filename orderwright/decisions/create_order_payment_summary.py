"""An OrderPaymentSummary: one authorization, or payments of one method, put under an order summary."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from orderwright.decisions.change_order import check_managed
from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.errors import DuplicateValue, InvalidInput, InvalidStatus, RequiredFieldMissing
from orderwright.decisions.roll_up import each
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id, SObject
from orderwright.objects.identity import NewIds
from orderwright.objects.payment import OrderPaymentSummary, Payment, PaymentAuthorization, Refund
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.objects.whole import WholeSummary

Paid = PaymentAuthorization | Payment


class MethodLabel(msgspec.Struct, frozen=True, kw_only=True):
    """How the payment method is called by people: `Visa ************1111`, its kind, and its holder."""

    method: str
    type: str
    full_name: str | None = None


def decide_create_order_payment_summary(
    whole: WholeSummary,
    authorization: PaymentAuthorization | None,
    payments: Sequence[Payment],
    label: MethodLabel,
    arrived: frozenset[Id],
    along: Sequence[SObject] = (),
) -> tuple[Decision, OrderPaymentSummary]:
    """Return the payment summary, with the authorization or the payments put under it, and what hangs on them.

    `along`: captures, refunds and reversals made of them before, their requests and logs. `arrived`: records that come
    from another shard and are inserted; the others are updated where they are.
    Amounts: sums of what is put under it, in the order's currency. Raises RequiredFieldMissing, InvalidInput for both
    kinds at once, a repeated id, payments of several methods, or another currency, DuplicateValue for one that a
    payment summary has already, InvalidStatus for one that was not processed.
    Source: semantics.md#2.4, order-management.yaml#order-payment-summaries-create (documented; refusals inferred).
    """
    paid: list[Paid] = [authorization] if authorization is not None else list(payments)
    _check(whole, authorization, payments, paid)
    ids = NewIds()
    summary = OrderPaymentSummary(
        id=ids(),
        currency_iso_code=whole.summary.currency_iso_code,
        full_name=label.full_name,
        method=label.method,
        order_summary_id=whole.summary.id,
        payment_method_id=paid[0].payment_method_id,
        type=label.type,
    )
    records: list[SObject] = [*paid, *along]
    placed = [_placed(record, summary.id, whole.summary.id) for record in records]
    children: dict[str, list[SObject]] = {"PaymentAuthorization": [], "Payment": [], "Refund": []}
    for record in placed:
        children.get(type(record).__name__, []).append(record)
    summary = each((summary,), children)[0]
    raised = msgspec.structs.replace(whole.summary, version=whole.summary.version + 1)
    return (
        Decision(
            new=(summary, *(record for record in placed if record.id in arrived)),
            changed=(
                Change(whole.summary, raised),
                *(Change(b, a) for b, a in zip(records, placed, strict=True) if a.id not in arrived and a != b),
            ),
        ),
        summary,
    )


def _placed(record: SObject, payment_summary_id: Id, order_summary_id: Id) -> SObject:
    if isinstance(record, GatewayRequest):
        return msgspec.structs.replace(
            record, order_summary_id=order_summary_id, order_payment_summary_id=payment_summary_id
        )
    is_reversal = isinstance(record, PaymentGatewayLog) and record.interaction_type == "AuthorizationReversal"
    if isinstance(record, PaymentAuthorization | Payment | Refund | PaymentGatewayLog) and not is_reversal:
        return msgspec.structs.replace(record, order_payment_summary_id=payment_summary_id)
    return record


def check_payables(whole: WholeSummary, records: Sequence[SObject]) -> None:
    """Refuse records that cannot pay for this order together. The refusals are the decision's own."""
    authorizations = [record for record in records if isinstance(record, PaymentAuthorization)]
    payments = [record for record in records if isinstance(record, Payment)]
    _check(whole, authorizations[0] if authorizations else None, payments, [*authorizations, *payments])


def _check(
    whole: WholeSummary,
    authorization: PaymentAuthorization | None,
    payments: Sequence[Payment],
    paid: Sequence[Paid],
) -> None:
    fields = ("paymentAuthorizationId", "paymentIds")
    if authorization is not None and payments:
        raise InvalidInput("give either paymentAuthorizationId or paymentIds, not both", *fields)
    if not paid:
        raise RequiredFieldMissing("give paymentAuthorizationId or paymentIds", *fields)
    if len({record.id for record in paid}) < len(paid):
        raise InvalidInput("paymentIds lists a payment twice", "paymentIds")
    if len({record.payment_method_id for record in paid}) > 1:
        raise InvalidInput("the payments have different payment methods; make one summary per method", "paymentIds")
    for record in paid:
        check_payable(whole, record)


def check_payable(whole: WholeSummary, record: SObject) -> None:
    """Refuse an authorization or payment that cannot pay for this order.

    Raises InvalidOperation, InvalidInput for another currency, DuplicateValue for one that pays already, InvalidStatus.
    Source: decisions.md#S11, semantics.md#2.4 (inferred).
    """
    check_managed(whole)
    if not isinstance(record, PaymentAuthorization | Payment):
        raise InvalidInput(f"{record.id} is neither a payment authorization nor a payment")
    if record.order_payment_summary_id is not None:
        raise DuplicateValue(
            f"{record.id} already belongs to the order payment summary {record.order_payment_summary_id}"
        )
    if record.currency_iso_code != whole.summary.currency_iso_code:
        raise InvalidInput(
            f"{record.id} is in {record.currency_iso_code}, the order summary in {whole.summary.currency_iso_code}"
        )
    if record.status not in {"Processed", "Pending"}:
        raise InvalidStatus(f"{record.id} is {record.status}; only Processed or Pending ones can pay for an order")
