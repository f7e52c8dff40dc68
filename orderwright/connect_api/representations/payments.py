"""Payments: what goes into and comes out of Payments."""

from __future__ import annotations

from orderwright.rest.payments import (
    gateway_outputs,
    inputs,
    outputs,
    payment_method_inputs,
    payment_method_outputs,
)

__all__ = [
    "AddressRequest",
    "AlternativePaymentMethod",
    "AlternativePaymentMethodOutput",
    "AuthApiPaymentMethodRequest",
    "AuthReversalGatewayResponse",
    "AuthorizationGatewayResponse",
    "AuthorizationRequest",
    "AuthorizationResponse",
    "AuthorizationReversalRequest",
    "AuthorizationReversalResponse",
    "BankPaymentMethodRequest",
    "CaptureGatewayResponse",
    "CaptureRequest",
    "CaptureResponse",
    "CardPaymentMethodOutput",
    "CardPaymentMethodRequest",
    "GatewayLogResponse",
    "PaymentAuthAdjustmentResponse",
    "PaymentAuthorizationResponse",
    "PaymentGroupRequest",
    "PaymentGroupResponse",
    "PaymentMethodDetails",
    "PaymentMethodResponse",
    "PaymentMethodTokenizationGatewayResponse",
    "PaymentMethodTokenizationRequest",
    "PaymentMethodTokenizationResponse",
    "PaymentResponse",
    "PostAuthApiPaymentMethodRequest",
    "PostAuthGatewayResponse",
    "PostAuthRequest",
    "PostAuthorizationResponse",
    "ReferencedRefundRequest",
    "ReferencedRefundResponse",
    "RefundGatewayResponse",
    "RefundResponse",
    "SaleApiPaymentMethodRequest",
    "SaleGatewayResponse",
    "SaleRequest",
    "SaleResponse",
]

AuthorizationRequest = inputs.AuthorizationInput
AuthorizationReversalRequest = inputs.AuthorizationReversalInput
CaptureRequest = inputs.CaptureInput
PaymentGroupRequest = inputs.PaymentGroupInput
PaymentMethodTokenizationRequest = inputs.PaymentMethodTokenizationInput
PostAuthRequest = inputs.PostAuthInput
ReferencedRefundRequest = inputs.ReferencedRefundInput
SaleRequest = inputs.SaleInput

AddressRequest = payment_method_inputs.AddressInput
AlternativePaymentMethod = payment_method_inputs.AlternativePaymentMethodInput
AuthApiPaymentMethodRequest = payment_method_inputs.ApiPaymentMethodInput
SaleApiPaymentMethodRequest = payment_method_inputs.ApiPaymentMethodInput
BankPaymentMethodRequest = payment_method_inputs.BankPaymentMethodInput
CardPaymentMethodRequest = payment_method_inputs.CardPaymentMethodInput
PostAuthApiPaymentMethodRequest = payment_method_inputs.PostAuthApiPaymentMethodInput

AlternativePaymentMethodOutput = payment_method_outputs.AlternativePaymentMethodOutput
CardPaymentMethodOutput = payment_method_outputs.CardPaymentMethodOutput
PaymentMethodDetails = payment_method_outputs.PaymentMethodDetails
PaymentMethodResponse = payment_method_outputs.PaymentMethodOutput

PaymentAuthAdjustmentResponse = outputs.AuthorizationAdjustmentOutput
AuthorizationResponse = outputs.AuthorizationOutput
AuthorizationReversalResponse = outputs.AuthorizationReversalOutput
CaptureResponse = outputs.CaptureOutput
PaymentAuthorizationResponse = outputs.PaymentAuthorizationOutput
PaymentGroupResponse = outputs.PaymentGroupOutput
PaymentMethodTokenizationResponse = outputs.PaymentMethodTokenizationOutput
PaymentResponse = outputs.PaymentOutput
PostAuthorizationResponse = outputs.PostAuthOutput
ReferencedRefundResponse = outputs.ReferencedRefundServiceOutput
RefundResponse = outputs.RefundOutput
SaleResponse = outputs.SaleOutput

AuthorizationGatewayResponse = gateway_outputs.AuthorizationGatewayResponseOutput
GatewayLogResponse = gateway_outputs.GatewayLogOutput
AuthReversalGatewayResponse = gateway_outputs.GatewayResponseOutput
CaptureGatewayResponse = gateway_outputs.GatewayResponseOutput
RefundGatewayResponse = gateway_outputs.GatewayResponseOutput
SaleGatewayResponse = gateway_outputs.GatewayResponseOutput
PaymentMethodTokenizationGatewayResponse = gateway_outputs.PaymentMethodTokenizationGatewayResponseOutput
PostAuthGatewayResponse = gateway_outputs.PostAuthGatewayResponseOutput
