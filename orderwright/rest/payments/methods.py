"""Payment methods of calls that have a token already: stored ones, and those that the payer's device made."""

from __future__ import annotations

from typing import Any

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import InvalidCrossReference, InvalidOperation, InvalidStatus
from orderwright.gateways.configuration import ConfigurationError
from orderwright.gateways.protocol import Gateway
from orderwright.gateways.registry import UnknownGateway
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.payment_method import (
    AlternativePaymentMethod,
    CardPaymentMethod,
    DigitalWallet,
    PaymentGateway,
)  # fmt: skip
from orderwright.objects.registry import definition_of
from orderwright.rest.context import Context
from orderwright.rest.payments.payment_method_inputs import AddressInput, AlternativePaymentMethodInput
from orderwright.rest.payments.payment_method_outputs import StoredMethod
from orderwright.store.records import read_records
from orderwright.store.transaction import Transaction


async def active_gateway(context: Context, payment_gateway_id: Id) -> Gateway:
    """The gateway of a call. Raises InvalidCrossReference for one that is not there, InvalidStatus for a closed one."""
    async with context.store.database.main.acquire() as session:
        found = await read_records(session, PaymentGateway, [payment_gateway_id])
    if not found:
        raise InvalidCrossReference(
            f"paymentGatewayId is {payment_gateway_id}, and there is no such record", "paymentGatewayId"
        )
    if found[0].status not in {"Active", "Enabled", "Complete"}:
        raise InvalidStatus(
            f"the payment gateway {payment_gateway_id} has Status {found[0].status}; set it to Active, or use another",
            "paymentGatewayId",
        )
    return await reached(context, payment_gateway_id)


async def reached(context: Context, payment_gateway_id: Id | None) -> Gateway:
    """The gateway behind a PaymentGateway. Raises InvalidOperation for one that is not set up here."""
    try:
        return await context.gateways.of(payment_gateway_id)
    except (ConfigurationError, UnknownGateway) as error:
        raise InvalidOperation(
            f"the payment gateway {payment_gateway_id or 'of the settings'} cannot be used on this server: {error}",
            "paymentGatewayId",
        ) from None


async def read_method(context: Context, method_id: Id, gateway: Gateway) -> StoredMethod:
    """A stored payment method that `gateway` can charge. Raises InvalidCrossReference, InvalidStatus and
    InvalidOperation.
    """
    definition = definition_of(method_id)
    async with context.store.database.main.acquire() as session:
        found: list[Any] = await read_records(session, definition.record, [method_id]) if definition else []
    if not found or not isinstance(found[0], CardPaymentMethod | AlternativePaymentMethod | DigitalWallet):
        raise InvalidCrossReference(f"paymentMethod.id is {method_id}, and there is no such record", "paymentMethod.id")
    method = found[0]
    if method.status != "Active":
        raise InvalidStatus(f"the payment method {method_id} has Status {method.status}; use an Active one", "id")
    if not method.gateway_token:
        raise InvalidOperation(
            f"the payment method {method_id} has no GatewayToken, so no gateway can charge it; make one with "
            "payment-methods, or set GatewayToken",
            "paymentMethod.id",
        )
    # A token is a secret between us and the provider that made it: no other one is shown it.
    own = method.payment_gateway_id
    if own is not None and await reached(context, own) is not gateway:
        raise InvalidOperation(
            f"the payment method {method_id} has its token from the payment gateway {own}; use that one",
            "paymentGatewayId",
            "paymentMethod.id",
        )
    return method


async def store_alternative(
    context: Context,
    gateway: Gateway,
    payment_gateway_id: Id,
    sent: AlternativePaymentMethodInput,
    address: AddressInput | None,
) -> StoredMethod:
    """The record of a method that the payer's device made with the provider, which has a token already."""
    made = AlternativePaymentMethod(
        id=NewIds()(),
        account_id=sent.account_id,
        comments=sent.comments,
        email=sent.email,
        gateway_token=sent.gateway_token,
        gateway_token_details=sent.gateway_token_details,
        nick_name=sent.name,
        payment_gateway_id=payment_gateway_id,
        processing_mode="Salesforce",
        status="Active",
        **address_fields(address),
    )

    async def act(transaction: Transaction) -> str:
        return (await transaction.save(Decision(new=(made,))))[made.id]

    call = msgspec.structs.replace(context.call, request_key=f"{context.call.request_key}:method")
    method_id: Id = await context.store.submit(call, act, str)
    return await read_method(context, method_id, gateway)


def address_fields(address: AddressInput | None) -> dict[str, Any]:
    """The fields of a payment method record that hold a billing address."""
    if address is None:
        return {}
    return {
        "company_name": address.company_name,
        "payment_method_city": address.city,
        "payment_method_country": address.country,
        "payment_method_postal_code": address.postal_code,
        "payment_method_state": address.state,
        "payment_method_street": address.street,
    }
