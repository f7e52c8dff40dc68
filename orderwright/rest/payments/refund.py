"""POST /commerce/payments/payments/{paymentId}/refunds; the resource list spells it refund."""

from __future__ import annotations

from orderwright.decisions.move_payment import decide_refund
from orderwright.objects.definition import Id
from orderwright.objects.payment import Refund
from orderwright.rest.context import Context
from orderwright.rest.payments.gateway_outputs import gateway_error, gateway_response_output, log_output
from orderwright.rest.payments.inputs import ReferencedRefundInput
from orderwright.rest.payments.locking import limits_around
from orderwright.rest.payments.moving import move
from orderwright.rest.payments.outputs import ReferencedRefundServiceOutput, group_output, refund_output
from orderwright.rest.payments.unreachable import answered


async def refund(context: Context, payment_id: Id, body: ReferencedRefundInput) -> ReferencedRefundServiceOutput:
    """Give an amount of a payment back. Under an order it settles no credit memo, but counts as a refund of excess
    funds: ensure-refunds settles credit memos.
    """
    limits = await limits_around(context, payment_id)
    asked = await move(
        context,
        payment_id,
        body,
        lambda money, wishes, transaction: decide_refund(money, payment_id, wishes, transaction.now, limits),
    )
    return answered(
        asked,
        ReferencedRefundServiceOutput(
            error=gateway_error(asked.response),
            gateway_response=gateway_response_output(asked.response),
            payment_gateway_logs=(log_output(asked.log),) if asked.log else (),
            payment_group=group_output(asked.group) if asked.group else None,
            refund=refund_output(asked.made) if isinstance(asked.made, Refund) else None,
        ),
    )
