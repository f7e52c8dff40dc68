"""POST /commerce/payments/authorizations/{authorizationId}/reversals."""

from __future__ import annotations

from orderwright.decisions.move_payment import VoidLimits, decide_reverse_authorization
from orderwright.objects.definition import Id
from orderwright.objects.payment import PaymentAuthAdjustment
from orderwright.rest.context import Context
from orderwright.rest.payments.gateway_outputs import gateway_error, gateway_response_output, log_output
from orderwright.rest.payments.inputs import AuthorizationReversalInput
from orderwright.rest.payments.locking import gateway_around
from orderwright.rest.payments.moving import move
from orderwright.rest.payments.outputs import AuthorizationReversalOutput, adjustment_output
from orderwright.rest.payments.unreachable import answered


async def reverse_authorization(
    context: Context, authorization_id: Id, body: AuthorizationReversalInput
) -> AuthorizationReversalOutput:
    """Release an authorization, or a part of what is left of it."""
    able = (await gateway_around(context, authorization_id)).capabilities
    limits = VoidLimits(void=able.void, partial_void=able.partial_void)
    asked = await move(
        context,
        authorization_id,
        body,
        lambda money, wishes, transaction: decide_reverse_authorization(
            money, authorization_id, wishes, transaction.now, limits
        ),
    )
    made = asked.made
    return answered(
        asked,
        AuthorizationReversalOutput(
            error=gateway_error(asked.response),
            gateway_response=gateway_response_output(asked.response),
            payment_auth_adjustment=adjustment_output(made) if isinstance(made, PaymentAuthAdjustment) else None,
            payment_gateway_logs=(log_output(asked.log),) if asked.log else (),
        ),
    )
