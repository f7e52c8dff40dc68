"""What the payment resources give out: the record they made, the gateway's answer, its logs, group and method.

A part that does not exist is null, as the record of a movement that failed. Amounts are positive, in the currency
beside them; one sample prints one as text, all tables say number.

Source: returns-payments-inventory.yaml#payments.types (documented).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from orderwright.objects.definition import Id
from orderwright.objects.payment import Payment, PaymentAuthAdjustment, PaymentAuthorization, PaymentGroup, Refund
from orderwright.rest.codec import Since
from orderwright.rest.payments.gateway_outputs import (
    AuthorizationGatewayResponseOutput,
    GatewayLogOutput,
    GatewayResponseOutput,
    PaymentMethodTokenizationGatewayResponseOutput,
    PostAuthGatewayResponseOutput,
)
from orderwright.rest.payments.payment_method_outputs import PaymentMethodOutput
from orderwright.rest.representations import ErrorResponse


class PaymentAuthorizationOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An authorization; nothing can be captured of it after `expirationDate`."""

    account_id: Id | None = None
    amount: Decimal
    currency_iso_code: str | None = None
    effective_date: dt.datetime | None = None
    expiration_date: dt.datetime | None = None
    id: Id
    payment_authorization_number: str | None = None
    request_date: dt.datetime | None = None
    status: str


class PaymentOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A capture or sale."""

    account_id: Id | None = None
    amount: Decimal
    currency_iso_code: str | None = None
    effective_date: dt.datetime | None = None
    id: Id
    payment_number: str | None = None
    request_date: dt.datetime | None = None
    status: str


class RefundOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Money given back."""

    account_id: Id | None = None
    amount: Decimal
    currency_iso_code: str | None = None
    effective_date: dt.datetime | None = None
    id: Id
    refund_number: str | None = None
    request_date: dt.datetime | None = None
    status: str


class AuthorizationAdjustmentOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The reversal of an authorization, or of a part."""

    account_id: Id | None = None
    amount: Decimal
    currency_iso_code: str | None = None
    effective_date: dt.datetime | None = None
    id: Id
    payment_auth_adjustment_number: str | None = None
    request_date: dt.datetime | None = None
    status: str


class PaymentGroupOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The group that holds the transactions of one order."""

    currency_iso_code: str | None = None
    id: Id
    source_object_id: Id | None = None


class AuthorizationOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an authorization did; `paymentAuthorization` is null when the gateway did not authorize."""

    error: ErrorResponse | None = None
    gateway_response: AuthorizationGatewayResponseOutput | None = None
    is_multi_capture_supported: Annotated[bool | None, Since(64)] = None
    payment_authorization: PaymentAuthorizationOutput | None = None
    payment_gateway_logs: tuple[GatewayLogOutput, ...] = ()
    payment_group: PaymentGroupOutput | None = None
    payment_method: PaymentMethodOutput | None = None


class CaptureOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a capture did; `payment` is null when nothing was captured."""

    error: ErrorResponse | None = None
    gateway_response: GatewayResponseOutput | None = None
    payment: PaymentOutput | None = None
    payment_gateway_logs: tuple[GatewayLogOutput, ...] = ()
    payment_group: PaymentGroupOutput | None = None


class ReferencedRefundServiceOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a refund did; `refund` is null when nothing was given back."""

    error: ErrorResponse | None = None
    gateway_response: GatewayResponseOutput | None = None
    payment_gateway_logs: tuple[GatewayLogOutput, ...] = ()
    payment_group: PaymentGroupOutput | None = None
    refund: RefundOutput | None = None


class AuthorizationReversalOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a reversal did; `paymentAuthAdjustment` is null when nothing was released."""

    error: ErrorResponse | None = None
    gateway_response: GatewayResponseOutput | None = None
    payment_auth_adjustment: AuthorizationAdjustmentOutput | None = None
    payment_gateway_logs: tuple[GatewayLogOutput, ...] = ()


class SaleOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a sale did; `payment` is null when nothing was captured."""

    error: ErrorResponse | None = None
    gateway_response: GatewayResponseOutput | None = None
    payment: PaymentOutput | None = None
    payment_gateway_logs: tuple[GatewayLogOutput, ...] = ()
    payment_group: PaymentGroupOutput | None = None
    payment_method: PaymentMethodOutput | None = None


class PostAuthOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of an authorization made in the shop."""

    error: ErrorResponse | None = None
    gateway_response: PostAuthGatewayResponseOutput | None = None
    payment_authorization: PaymentAuthorizationOutput | None = None
    payment_gateway_logs: tuple[GatewayLogOutput, ...] = ()
    payment_group: PaymentGroupOutput | None = None
    payment_method: PaymentMethodOutput | None = None
    saved_payment_method_status: Annotated[Literal["AlreadyExists", "Created", "Updated"] | None, Since(61)] = None


class PaymentMethodTokenizationOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The token of a card or bank account, and the record that keeps it."""

    error: ErrorResponse | None = None
    gateway_response: PaymentMethodTokenizationGatewayResponseOutput | None = None
    payment_gateway_logs: tuple[GatewayLogOutput, ...] = ()
    payment_method: PaymentMethodOutput | None = None


def authorization_output(authorization: PaymentAuthorization) -> PaymentAuthorizationOutput:
    """An authorization that is stored."""
    return PaymentAuthorizationOutput(
        account_id=authorization.account_id,
        amount=authorization.amount,
        currency_iso_code=authorization.currency_iso_code,
        effective_date=authorization.effective_date,
        expiration_date=authorization.expiration_date,
        id=authorization.id,
        payment_authorization_number=authorization.payment_authorization_number,
        request_date=authorization.date,
        status=authorization.status,
    )


def payment_output(payment: Payment) -> PaymentOutput:
    """A capture or sale that is stored."""
    return PaymentOutput(
        account_id=payment.account_id,
        amount=payment.amount,
        currency_iso_code=payment.currency_iso_code,
        effective_date=payment.effective_date,
        id=payment.id,
        payment_number=payment.payment_number,
        request_date=payment.date,
        status=payment.status,
    )


def refund_output(refund: Refund) -> RefundOutput:
    """A refund that is stored."""
    return RefundOutput(
        account_id=refund.account_id,
        amount=refund.amount,
        currency_iso_code=refund.currency_iso_code,
        effective_date=refund.effective_date,
        id=refund.id,
        refund_number=refund.refund_number,
        request_date=refund.date,
        status=refund.status,
    )


def adjustment_output(adjustment: PaymentAuthAdjustment) -> AuthorizationAdjustmentOutput:
    """A reversal that is stored."""
    return AuthorizationAdjustmentOutput(
        account_id=adjustment.account_id,
        amount=adjustment.amount,
        currency_iso_code=adjustment.currency_iso_code,
        effective_date=adjustment.effective_date,
        id=adjustment.id,
        payment_auth_adjustment_number=adjustment.payment_auth_adjustment_number,
        request_date=adjustment.date,
        status=adjustment.status,
    )


def group_output(group: PaymentGroup) -> PaymentGroupOutput:
    """A payment group that is stored."""
    return PaymentGroupOutput(
        currency_iso_code=group.currency_iso_code, id=group.id, source_object_id=group.source_object_id
    )
