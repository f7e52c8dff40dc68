"""POST /commerce/payments/payment-methods."""

from __future__ import annotations

from orderwright.rest.context import Context
from orderwright.rest.payments.asking import check_exist
from orderwright.rest.payments.gateway_outputs import log_output, tokenization_error, tokenization_response_output
from orderwright.rest.payments.inputs import PaymentMethodTokenizationInput, additional_data, chosen_to_tokenize
from orderwright.rest.payments.methods import active_gateway
from orderwright.rest.payments.outputs import PaymentMethodTokenizationOutput
from orderwright.rest.payments.payment_method_outputs import method_output
from orderwright.rest.payments.tokens import tokenize
from orderwright.rest.payments.unreachable import tokenized_or_undone


async def tokenize_payment_method(
    context: Context, body: PaymentMethodTokenizationInput
) -> PaymentMethodTokenizationOutput:
    """Have the gateway keep a card or a bank account, and store its token. The numbers are kept nowhere."""
    sent = chosen_to_tokenize(body)
    additional_data(body)
    inner = "cardPaymentMethod" if body.card_payment_method else "bankPaymentMethod"
    await check_exist(context, [("accountId", body.account_id), (f"{inner}.accountId", sent.account_id)])
    gateway = await active_gateway(context, body.payment_gateway_id)
    done = await tokenize(context, gateway, body.payment_gateway_id, sent, body.address, body.account_id)
    return tokenized_or_undone(
        done,
        PaymentMethodTokenizationOutput(
            error=tokenization_error(done.response),
            gateway_response=tokenization_response_output(done.response),
            payment_gateway_logs=(log_output(done.log),),
            payment_method=method_output(done.method) if done.method else None,
        ),
    )
