"""POST /commerce/payments/authorizations/{authorizationId}/captures."""

from __future__ import annotations

from orderwright.decisions.move_payment import decide_capture
from orderwright.objects.definition import Id
from orderwright.objects.payment import Payment
from orderwright.rest.context import Context
from orderwright.rest.payments.asking import limits_around
from orderwright.rest.payments.gateway_outputs import gateway_error, gateway_response_output, log_output
from orderwright.rest.payments.inputs import CaptureInput
from orderwright.rest.payments.moving import move
from orderwright.rest.payments.outputs import CaptureOutput, group_output, payment_output
from orderwright.rest.payments.unreachable import answered


async def capture(context: Context, authorization_id: Id, body: CaptureInput) -> CaptureOutput:
    """Capture an amount of an authorization. It is applied to no invoice: ensure-funds does that."""
    limits = await limits_around(context, authorization_id)
    asked = await move(
        context,
        authorization_id,
        body,
        lambda money, wishes, transaction: decide_capture(money, authorization_id, wishes, transaction.now, limits),
    )
    return answered(
        asked,
        CaptureOutput(
            error=gateway_error(asked.response),
            gateway_response=gateway_response_output(asked.response),
            payment=payment_output(asked.made) if isinstance(asked.made, Payment) else None,
            payment_gateway_logs=(log_output(asked.log),) if asked.log else (),
            payment_group=group_output(asked.group) if asked.group else None,
        ),
    )
