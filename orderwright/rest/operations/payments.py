"""Payments."""

from __future__ import annotations

from orderwright.decisions import errors as refusals
from orderwright.rest.operation import Operation, payment
from orderwright.rest.operations.usual_refusals import INPUT_REFUSALS
from orderwright.rest.payments.authorize import authorize
from orderwright.rest.payments.capture import capture
from orderwright.rest.payments.notify import notify
from orderwright.rest.payments.post_authorize import post_authorize
from orderwright.rest.payments.refund import refund
from orderwright.rest.payments.reverse_authorization import reverse_authorization
from orderwright.rest.payments.sale import sale
from orderwright.rest.payments.tokenize import tokenize_payment_method

PAYMENTS = "/commerce/payments"
PAYMENT_REFUSALS = (
    *INPUT_REFUSALS, refusals.RequiredFieldMissing, refusals.NumberOutsideValidRange, refusals.InvalidPicklistValue,
    refusals.StringTooLong, refusals.InvalidStatus,
)  # fmt: skip
MOVE_REFUSALS = (*PAYMENT_REFUSALS, refusals.InsufficientFunds)
CHARGE = {
    "accountId": "001000000000001AAA",
    "amount": 50,
    "currencyIsoCode": "USD",
    "paymentGatewayId": "0b0000000000001AAA",
    "paymentMethod": {"id": "03O000000000001AAA"},
}
CARD = {"cardNumber": "4111111111111111", "cardType": "Visa", "expiryMonth": 5, "expiryYear": 2030}

PAYMENT_CALLS = (
    payment(
        f"{PAYMENTS}/authorizations", authorize, "Authorize an amount on a payment method",
        since=49, refuses=PAYMENT_REFUSALS, example=CHARGE,
    ),
    payment(
        f"{PAYMENTS}/authorizations/{{authorizationId}}/captures", capture, "Capture an authorization",
        refuses=MOVE_REFUSALS, example={"amount": 50},
    ),
    payment(
        f"{PAYMENTS}/authorizations/{{authorizationId}}/reversals", reverse_authorization, "Release an authorization",
        since=51, refuses=PAYMENT_REFUSALS, example={"amount": 50},
    ),
    payment(
        f"{PAYMENTS}/payments/{{paymentId}}/refunds", refund, "Refund a payment",
        aliases=(f"{PAYMENTS}/payments/{{paymentId}}/refund",), refuses=MOVE_REFUSALS, example={"amount": 50},
    ),
    payment(
        f"{PAYMENTS}/sales", sale, "Authorize and capture an amount in one step",
        since=54, refuses=PAYMENT_REFUSALS, example=CHARGE,
    ),
    payment(
        f"{PAYMENTS}/postAuths", post_authorize, "Record an authorization that the payer's device made",
        since=54, refuses=PAYMENT_REFUSALS, example=CHARGE,
    ),
    payment(
        f"{PAYMENTS}/payment-methods", tokenize_payment_method, "Make a token of a card or a bank account",
        since=51, refuses=PAYMENT_REFUSALS,
        example={"paymentGatewayId": "0b0000000000001AAA", "cardPaymentMethod": CARD},
    ),
    Operation(
        "POST", f"{PAYMENTS}/notify", notify, "Hear what a gateway says unasked (its provider calls this)",
        since=49, public=True, answers="text/plain", tag="Payments", raw=True,
        example={"notification": "in the gateway's own words, signed by it"},
    ),
)  # fmt: skip
