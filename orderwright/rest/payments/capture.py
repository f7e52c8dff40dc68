"""POST /commerce/payments/authorizations/{authorizationId}/captures."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import msgspec

from orderwright.decisions.move_payment import decide_capture, decide_reverse_authorization
from orderwright.decisions.plan_funds import capturable
from orderwright.objects.definition import Id
from orderwright.objects.payment import Payment, PaymentAuthorization
from orderwright.rest.context import Context
from orderwright.rest.payments.asking import Asked
from orderwright.rest.payments.gateway_outputs import gateway_error, gateway_response_output, log_output
from orderwright.rest.payments.inputs import CaptureInput
from orderwright.rest.payments.locking import limits_around
from orderwright.rest.payments.moving import move
from orderwright.rest.payments.outputs import CaptureOutput, group_output, payment_output
from orderwright.rest.payments.unreachable import answered
from orderwright.store.transaction import find_shard, read_record

ZERO = Decimal(0)


async def capture(context: Context, authorization_id: Id, body: CaptureInput) -> CaptureOutput:
    """Capture an amount of an authorization. It is applied to no invoice: ensure-funds does that.

    With `isFinalCapture` what is left of the authorization is released when the capture has succeeded.
    """
    limits = await limits_around(context, authorization_id)
    asked = await move(
        context,
        authorization_id,
        body,
        lambda money, wishes, transaction: decide_capture(money, authorization_id, wishes, transaction.now, limits),
    )
    released = await _released(context, authorization_id, body) if body.is_final_capture and _is_done(asked) else None
    return answered(
        asked,
        CaptureOutput(
            error=gateway_error(asked.response),
            gateway_response=gateway_response_output(asked.response),
            payment=payment_output(asked.made) if isinstance(asked.made, Payment) else None,
            payment_gateway_logs=tuple(log_output(one.log) for one in (asked, released) if one and one.log),
            payment_group=group_output(asked.group) if asked.group else None,
        ),
    )


def _is_done(asked: Asked) -> bool:
    return asked.request.state == "Succeeded"


async def _released(context: Context, authorization_id: Id, body: CaptureInput) -> Asked | None:
    """What became of the release of all that is left of the authorization; None when nothing is left."""
    async with context.store.database.main.acquire() as session:
        shard = await find_shard(session, authorization_id)
        found = await read_record(session, "PaymentAuthorization", shard, authorization_id)
    left = capturable(found, context.store.now()) if isinstance(found, PaymentAuthorization) else ZERO
    if left <= ZERO:
        return None
    call = msgspec.structs.replace(context.call, request_key=f"{context.call.request_key}:rest")
    rest = msgspec.structs.replace(body, amount=left, payment_group=None)
    return await move(
        dataclasses.replace(context, call=call),
        authorization_id,
        rest,
        lambda money, wishes, transaction: decide_reverse_authorization(
            money, authorization_id, msgspec.structs.replace(wishes, account_id=None), transaction.now
        ),
    )
