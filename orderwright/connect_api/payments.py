"""Payments: money authorized, captured, reversed, sold and refunded through a gateway."""

from __future__ import annotations

from dataclasses import dataclass

from orderwright.connect_api import representations as documented
from orderwright.connect_api.calls import Asks, calling
from orderwright.rest.payments import authorize as authorizing
from orderwright.rest.payments import capture as capturing
from orderwright.rest.payments import post_authorize, reverse_authorization, tokenize
from orderwright.rest.payments import refund as refunding
from orderwright.rest.payments import sale as selling


@dataclass(frozen=True, slots=True)
class Payments:
    """ConnectApi.Payments: one request to a payment gateway each, carried out before the method returns.

    What the gateway declines is an answer, in `gateway_response` and `error`; a method raises RefusedException for what
    was never sent, as a currency the gateway does not take. `idempotency_key` in a request makes repeating it safe.
    """

    connection: Asks

    def authorize(self, authorize_payment: documented.AuthorizationRequest) -> documented.AuthorizationResponse:
        """The new authorization of an amount on a payment method.

        ConnectApi.Payments.authorize, API version 51.0.
        Raises RefusedException for an account, a gateway or a payment method that cannot be used.
        """
        return self.connection.ask(calling(authorizing.authorize, body=authorize_payment))

    def capture(
        self, auth_capture_input: documented.CaptureRequest, authorization_id: str
    ) -> documented.CaptureResponse:
        """The new payment: an amount of an authorization, at most what is left of it.

        ConnectApi.Payments.capture, API version 50.0.
        Raises RefusedException above what is left, NotFoundException for no authorization.
        """
        return self.connection.ask(
            calling(capturing.capture, authorization_id=authorization_id, body=auth_capture_input)
        )

    def post_auth(self, post_authorize_payment: documented.PostAuthRequest) -> documented.PostAuthorizationResponse:
        """The record of an authorization that the payer's device made.

        ConnectApi.Payments.postAuth, API version 54.0.
        Raises RefusedException for an account, a gateway or a payment method that cannot be used.
        """
        return self.connection.ask(calling(post_authorize.post_authorize, body=post_authorize_payment))

    def refund(
        self, referenced_refund_input: documented.ReferencedRefundRequest, payment_id: str
    ) -> documented.ReferencedRefundResponse:
        """The new refund: an amount of a payment, at most what is left of it.

        ConnectApi.Payments.refund, API version 50.0.
        Raises RefusedException above what is left, NotFoundException for no payment.
        """
        return self.connection.ask(calling(refunding.refund, payment_id=payment_id, body=referenced_refund_input))

    def reverse_authorization(
        self, auth_reversal_input: documented.AuthorizationReversalRequest, authorization_id: str
    ) -> documented.AuthorizationReversalResponse:
        """What was released of an authorization.

        ConnectApi.Payments.reverseAuthorization, API version 51.0.
        Raises RefusedException above what is left, NotFoundException for no authorization.
        """
        call = calling(
            reverse_authorization.reverse_authorization, authorization_id=authorization_id, body=auth_reversal_input
        )
        return self.connection.ask(call)

    def sale(self, sale: documented.SaleRequest) -> documented.SaleResponse:
        """The new payment: an amount authorized and captured in one step.

        ConnectApi.Payments.sale, API version 54.0.
        Raises RefusedException for an account, a gateway or a payment method that cannot be used.
        """
        return self.connection.ask(calling(selling.sale, body=sale))

    def tokenize_payment_method(
        self, tokenize_payment_method_input: documented.PaymentMethodTokenizationRequest
    ) -> documented.PaymentMethodTokenizationResponse:
        """The saved payment method: a card or a bank account, by the gateway's token.

        ConnectApi.Payments.tokenizePaymentMethod, API version 52.0.
        Raises RefusedException for a gateway that makes no tokens, or when neither or both are given.
        """
        return self.connection.ask(calling(tokenize.tokenize_payment_method, body=tokenize_payment_method_input))
