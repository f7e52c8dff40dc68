"""POST /commerce/payments/sales."""

from __future__ import annotations

from orderwright.objects.payment import Payment
from orderwright.rest.context import Context
from orderwright.rest.payments.charging import charge
from orderwright.rest.payments.gateway_outputs import (
    gateway_error,
    gateway_response_output,
    log_output,
    tokenization_error,
)
from orderwright.rest.payments.inputs import SaleInput
from orderwright.rest.payments.outputs import SaleOutput, group_output, payment_output
from orderwright.rest.payments.payment_method_inputs import chosen_method
from orderwright.rest.payments.payment_method_outputs import method_output
from orderwright.rest.payments.unreachable import answered, logs_of, tokenized_or_undone


async def sale(context: Context, body: SaleInput) -> SaleOutput:
    """Authorize and capture an amount in one step. The payment belongs to no order until it is put under one with
    order-payment-summaries.
    """
    done = await charge(context, "Sale", body, chosen_method(body.payment_method), body.payment_method.address)
    asked = done.asked
    if asked is None:
        error = tokenization_error(done.tokenized.response) if done.tokenized else None
        return tokenized_or_undone(done.tokenized, SaleOutput(error=error, payment_gateway_logs=logs_of(done)))
    return answered(
        asked,
        SaleOutput(
            error=gateway_error(asked.response),
            gateway_response=gateway_response_output(asked.response),
            payment=payment_output(asked.made) if isinstance(asked.made, Payment) else None,
            payment_gateway_logs=(*logs_of(done), *((log_output(asked.log),) if asked.log else ())),
            payment_group=group_output(asked.group) if asked.group else None,
            payment_method=method_output(done.method) if done.method else None,
        ),
    )
