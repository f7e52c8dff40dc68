"""POST /commerce/payments/authorizations."""

from __future__ import annotations

from orderwright.objects.payment import PaymentAuthorization
from orderwright.rest.context import Context
from orderwright.rest.payments.charging import charge
from orderwright.rest.payments.gateway_outputs import (
    authorization_response_output,
    gateway_error,
    log_output,
    tokenization_error,
)
from orderwright.rest.payments.inputs import AuthorizationInput
from orderwright.rest.payments.outputs import AuthorizationOutput, authorization_output, group_output
from orderwright.rest.payments.payment_method_inputs import chosen_method
from orderwright.rest.payments.payment_method_outputs import method_output
from orderwright.rest.payments.unreachable import answered, logs_of, tokenized_or_undone


async def authorize(context: Context, body: AuthorizationInput) -> AuthorizationOutput:
    """Reserve an amount on a payment method. The authorization belongs to no order until it is put under one with
    order-payment-summaries.
    """
    done = await charge(context, "Authorization", body, chosen_method(body.payment_method), body.payment_method.address)
    asked = done.asked
    if asked is None:
        error = tokenization_error(done.tokenized.response) if done.tokenized else None
        return tokenized_or_undone(done.tokenized, AuthorizationOutput(error=error, payment_gateway_logs=logs_of(done)))
    able = (await context.gateways.of(body.payment_gateway_id)).capabilities
    return answered(
        asked,
        AuthorizationOutput(
            error=gateway_error(asked.response),
            gateway_response=authorization_response_output(asked.response),
            is_multi_capture_supported=able.multiple_capture,
            payment_authorization=(
                authorization_output(asked.made) if isinstance(asked.made, PaymentAuthorization) else None
            ),
            payment_gateway_logs=(*logs_of(done), *((log_output(asked.log),) if asked.log else ())),
            payment_group=group_output(asked.group) if asked.group else None,
            payment_method=method_output(done.method) if done.method else None,
        ),
    )
