"""Payment methods of calls: stored ones, and those sent along, which get a token and a record before money is asked of
them.

Of a card nothing is kept but its token, its kind and the digits that may be shown. A card that is not saved for the
future has a record all the same: an authorization says what it was made on.
"""

from __future__ import annotations

from typing import Any

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import InvalidCrossReference, InvalidOperation, InvalidStatus
from orderwright.gateways.protocol import Gateway, TokenizeRequest, TokenizeResponse, Tokenizing
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.payment_method import (
    AlternativePaymentMethod,
    CardPaymentMethod,
    DigitalWallet,
    PaymentGateway,
    PaymentGatewayLog,
)  # fmt: skip
from orderwright.objects.registry import definition_of
from orderwright.rest.context import Context
from orderwright.rest.payments.payment_method_inputs import (
    CARD_CATEGORIES,
    CARD_TYPES,
    AddressInput,
    AlternativePaymentMethodInput,
    BankPaymentMethodInput,
    CardPaymentMethodInput,
    bank_details,
    billing_address,
    card_details,
)  # fmt: skip
from orderwright.rest.payments.payment_method_outputs import StoredMethod
from orderwright.store.records import read_records
from orderwright.store.transaction import Transaction

Sent = CardPaymentMethodInput | BankPaymentMethodInput | AlternativePaymentMethodInput


class Tokenized(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway said of a payment method sent along, its log, and the record; none without a token."""

    response: TokenizeResponse
    log: PaymentGatewayLog
    method: StoredMethod | None


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
    return await context.gateways.of(payment_gateway_id)


async def read_method(context: Context, method_id: Id) -> StoredMethod:
    """A stored payment method that can pay. Raises InvalidCrossReference, InvalidStatus and InvalidOperation."""
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
    return method


async def tokenize(
    context: Context,
    gateway: Gateway,
    payment_gateway_id: Id,
    sent: CardPaymentMethodInput | BankPaymentMethodInput,
    address: AddressInput | None,
    account_id: Id | None,
) -> Tokenized:
    """Have the gateway make a token of what was sent, and keep it in a record. Raises InvalidOperation if it cannot."""
    if not isinstance(gateway, Tokenizing):
        raise InvalidOperation(
            "this gateway takes no card or bank data; make the token with it in the browser, and create the payment "
            "method with GatewayToken",
            "cardPaymentMethod",
        )
    response = await gateway.tokenize(_asked(context, sent, address))
    ids = NewIds()
    made = _made(ids(), response, payment_gateway_id, sent, address, account_id)
    log = _log(ids(), response, payment_gateway_id, made)

    async def act(transaction: Transaction) -> tuple[str, str | None]:
        real = await transaction.save(Decision(new=(*((made,) if made else ()), log)))
        return real[log.id], real[made.id] if made else None

    call = msgspec.structs.replace(context.call, request_key=f"{context.call.request_key}:token")
    log_id, method_id = await context.store.submit(call, act, tuple[str, str | None])
    async with context.store.database.main.acquire() as session:
        logs = await read_records(session, PaymentGatewayLog, [log_id])
        methods: list[Any] = await read_records(session, type(made), [method_id]) if made and method_id else []
    return Tokenized(response=response, log=logs[0], method=methods[0] if methods else None)


async def store_alternative(
    context: Context, payment_gateway_id: Id, sent: AlternativePaymentMethodInput, address: AddressInput | None
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
        **_address(address),
    )

    async def act(transaction: Transaction) -> str:
        return (await transaction.save(Decision(new=(made,))))[made.id]

    call = msgspec.structs.replace(context.call, request_key=f"{context.call.request_key}:method")
    method_id: Id = await context.store.submit(call, act, str)
    return await read_method(context, method_id)


def _asked(
    context: Context, sent: CardPaymentMethodInput | BankPaymentMethodInput, address: AddressInput | None
) -> TokenizeRequest:
    is_card = isinstance(sent, CardPaymentMethodInput)
    return TokenizeRequest(
        idempotency_key=f"tokenize-{context.call.request_key}"[:255],
        card=card_details(sent) if isinstance(sent, CardPaymentMethodInput) else None,
        bank=None if is_card or not isinstance(sent, BankPaymentMethodInput) else bank_details(sent),
        address=billing_address(address),
    )


def _made(
    method_id: Id,
    response: TokenizeResponse,
    payment_gateway_id: Id,
    sent: CardPaymentMethodInput | BankPaymentMethodInput,
    address: AddressInput | None,
    account_id: Id | None,
) -> CardPaymentMethod | AlternativePaymentMethod | None:
    if response.gateway_token is None:
        return None
    common: dict[str, Any] = {
        "id": method_id,
        "account_id": sent.account_id or account_id,
        "comments": sent.comments,
        "email": sent.email,
        "gateway_token": response.gateway_token,
        "is_auto_pay_enabled": sent.auto_pay,
        "nick_name": sent.nick_name,
        "payment_gateway_id": payment_gateway_id,
        "processing_mode": "Salesforce",
        "status": "Active",
        **_address(address),
    }
    if isinstance(sent, BankPaymentMethodInput):
        return AlternativePaymentMethod(
            **common,
            bank_account_holder_type=sent.account_holder_type,
            bank_account_type=sent.account_type,
            billing_name=sent.account_holder_name,
            billing_first_name=sent.account_holder_first_name,
            billing_last_name=sent.account_holder_last_name,
            payment_method_type=sent.bank_type,
        )
    return _card(sent, common, response)


def _card(sent: CardPaymentMethodInput, common: dict[str, Any], response: TokenizeResponse) -> CardPaymentMethod:
    card = card_details(sent)
    digits = card.digits
    return CardPaymentMethod(
        **common,
        card_bin=int(digits[:6]) if digits.isdecimal() and len(digits) >= 12 else None,
        card_category=CARD_CATEGORIES.get(sent.card_category or ""),
        card_holder_first_name=sent.card_holder_first_name,
        card_holder_last_name=sent.card_holder_last_name,
        card_holder_name=sent.card_holder_name,
        card_last_four=int(card.last_four) if card.last_four.isdecimal() else None,
        card_type=CARD_TYPES.get(sent.card_type or ""),
        display_card_number=f"************{card.last_four}" if card.last_four else None,
        expiry_month=sent.expiry_month,
        expiry_year=sent.expiry_year,
        gateway_date=response.gateway_date,
        gateway_result_code=response.gateway_result_code,
        sf_result_code=response.sf_result_code,
        start_month=sent.start_month,
        start_year=sent.start_year,
    )


def _address(address: AddressInput | None) -> dict[str, Any]:
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


def _log(
    log_id: Id, response: TokenizeResponse, payment_gateway_id: Id, made: StoredMethod | None
) -> PaymentGatewayLog:
    return PaymentGatewayLog(
        id=log_id,
        gateway_date=response.gateway_date,
        gateway_message=(response.gateway_message or "")[:255] or None,
        gateway_result_code=response.gateway_result_code,
        # Nothing moves for a token: the published sample says NoOp.
        interaction_status="NoOp" if response.sf_result_code == "Success" else "Failed",
        interaction_type="Tokenize",
        payment_gateway_id=payment_gateway_id,
        referenced_entity_id=made.id if isinstance(made, CardPaymentMethod) else None,
        request=response.request,
        response=response.response,
        sf_result_code=response.sf_result_code,
    )
