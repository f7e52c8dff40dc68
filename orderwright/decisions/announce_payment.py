"""The event of a capture or sale that was asked for directly: what became of it."""

from __future__ import annotations

from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.event import Event
from orderwright.objects.payment_method import PaymentGatewayLog

PAYMENT_CREATED = "PaymentCreationEvent"
STATUS = {"Succeeded": "Processed", "Accepted": "Pending", "Refused": "Failed"}


def payment_created(
    request: GatewayRequest, log: PaymentGatewayLog, made_id: Id | None, event_id: Id
) -> tuple[Event, ...]:
    """The event of a direct Capture or Sale whose outcome is known, or that a slow gateway took; none for others.

    Source: returns-payments-inventory.yaml#payments.capture (documented); the amount beside it is an extension.
    """
    status = STATUS.get(request.state)
    if status is None or request.kind not in {"Capture", "Sale"} or request.background_operation_id is not None:
        return ()
    refused = request.state == "Refused"
    payload = {
        "Type": request.kind,
        "PaymentId": made_id,
        "PaymentStatus": status,
        "PaymentGatewayLogId": log.id,
        "IsSuccess": not refused,
        "ErrorCode": log.sf_result_code if refused else None,
        "ErrorMessage": log.gateway_message if refused else None,
        "RequestIdentifier": request.id,
        "Amount": f"{request.amount:f}",
        "CurrencyIsoCode": request.currency_iso_code,
    }
    return (Event(id=event_id, name=PAYMENT_CREATED, order_summary_id=request.order_summary_id, payload=payload),)
