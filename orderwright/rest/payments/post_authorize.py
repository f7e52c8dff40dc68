"""POST /commerce/payments/postAuths."""

from __future__ import annotations

from orderwright.objects.payment import PaymentAuthorization
from orderwright.rest.context import Context
from orderwright.rest.payments.charging import charge
from orderwright.rest.payments.gateway_outputs import (
    gateway_error,
    log_output,
    post_auth_response_output,
    tokenization_error,
)
from orderwright.rest.payments.inputs import PostAuthInput
from orderwright.rest.payments.outputs import PostAuthOutput, authorization_output, group_output
from orderwright.rest.payments.payment_method_inputs import chosen_post_auth_method
from orderwright.rest.payments.payment_method_outputs import method_output
from orderwright.rest.payments.unreachable import answered, logs_of, tokenized_or_undone


async def post_authorize(context: Context, body: PostAuthInput) -> PostAuthOutput:
    """Record an authorization that the payer's device made with the provider, once the gateway confirms it."""
    done = await charge(
        context, "PostAuth", body, chosen_post_auth_method(body.payment_method), body.payment_method.address
    )
    asked = done.asked
    if asked is None:
        error = tokenization_error(done.tokenized.response) if done.tokenized else None
        return tokenized_or_undone(done.tokenized, PostAuthOutput(error=error, payment_gateway_logs=logs_of(done)))
    return answered(
        asked,
        PostAuthOutput(
            error=gateway_error(asked.response),
            gateway_response=post_auth_response_output(asked.response),
            payment_authorization=(
                authorization_output(asked.made) if isinstance(asked.made, PaymentAuthorization) else None
            ),
            payment_gateway_logs=(*logs_of(done), *((log_output(asked.log),) if asked.log else ())),
            payment_group=group_output(asked.group) if asked.group else None,
            payment_method=method_output(done.method) if done.method else None,
            saved_payment_method_status=None if body.payment_method.id else "Created",
        ),
    )
