"""Cards and bank accounts that are sent along: they get a token and a record before money is asked of them.

Of a card nothing is kept but its token, its kind and the digits that may be shown. A card that is not saved for the
future has a record all the same: an authorization says what it was made on.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import InvalidOperation
from orderwright.gateways.protocol import Gateway, TokenizeRequest, TokenizeResponse, Tokenizing
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.payment_method import AlternativePaymentMethod, CardPaymentMethod, PaymentGatewayLog
from orderwright.objects.registry import definition_of
from orderwright.rest.context import Context
from orderwright.rest.payments.methods import address_fields
from orderwright.rest.payments.payment_method_inputs import (
    CARD_CATEGORIES,
    CARD_TYPES,
    AddressInput,
    BankPaymentMethodInput,
    CardPaymentMethodInput,
    bank_details,
    billing_address,
    card_details,
)  # fmt: skip
from orderwright.rest.payments.payment_method_outputs import StoredMethod
from orderwright.store.records import read_records
from orderwright.store.transaction import Call, Transaction

Sent = CardPaymentMethodInput | BankPaymentMethodInput


class Tokenized(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway said of a payment method sent along, its log, and the record; none without a token."""

    response: TokenizeResponse
    log: PaymentGatewayLog
    method: StoredMethod | None

    @property
    def may_be_asked_again(self) -> bool:
        """Whether the gateway has not judged the payment method: nothing is known, and nothing moved."""
        return self.response.sf_result_code in {"SystemError", "Indeterminate", "RequiresReview"}


class _NotYet(Exception):
    """No token was made under this key before."""


async def tokenize(
    context: Context,
    gateway: Gateway,
    payment_gateway_id: Id,
    sent: Sent,
    address: AddressInput | None,
    account_id: Id | None,
) -> Tokenized:
    """Have the gateway make a token of what was sent, and keep it in a record: once for an idempotency key.

    Raises InvalidOperation if the gateway cannot.
    """
    if not isinstance(gateway, Tokenizing):
        raise InvalidOperation(
            "this gateway takes no card or bank data; make the token with it in the browser, and create the payment "
            "method with GatewayToken",
            "cardPaymentMethod",
        )
    known = await _made_before(context)
    if known is not None:
        return known
    response = await gateway.tokenize(_asked(context, sent, address))
    ids = NewIds()
    made = _made(ids(), response, payment_gateway_id, sent, address, account_id)
    log = _log(ids(), response, payment_gateway_id, made)

    async def act(transaction: Transaction) -> tuple[Id, Id | None]:
        real = await transaction.save(Decision(new=(*((made,) if made else ()), log)))
        return real[log.id], real[made.id] if made else None

    # What failed may be tried again under the same key, and must not be found in place of what then succeeds.
    call = _call(context) if made else Call(user_id=context.call.user_id)
    log_id, method_id = await context.store.submit(call, act, tuple[Id, Id | None])
    return await _read(context, log_id, method_id, response)


def _call(context: Context) -> Call:
    return msgspec.structs.replace(context.call, request_key=f"{context.call.request_key}:token")


async def _made_before(context: Context) -> Tokenized | None:
    """What an earlier call under the same key made: the card is not sent to its gateway a second time."""
    if not context.call.repeatable:
        return None

    async def act(_: Transaction) -> tuple[Id, Id | None]:
        raise _NotYet

    try:
        log_id, method_id = await context.store.submit(_call(context), act, tuple[Id, Id | None])
    except _NotYet:
        return None
    return await _read(context, log_id, method_id, None)


async def _read(context: Context, log_id: Id, method_id: Id | None, response: TokenizeResponse | None) -> Tokenized:
    definition = definition_of(method_id) if method_id else None
    async with context.store.database.main.acquire() as session:
        [log] = await read_records(session, PaymentGatewayLog, [log_id])
        methods: list[Any] = (
            await read_records(session, definition.record, [method_id]) if definition and method_id else []
        )
    method = methods[0] if methods else None
    return Tokenized(response=response or _said_before(log, method), log=log, method=method)


def _said_before(log: PaymentGatewayLog, method: StoredMethod | None) -> TokenizeResponse:
    return TokenizeResponse(
        sf_result_code=log.sf_result_code or "Indeterminate",  # type: ignore[arg-type]  # a picklist
        gateway_token=method.gateway_token if method else None,
        gateway_result_code=log.gateway_result_code,
        gateway_message=log.gateway_message,
        gateway_date=log.gateway_date,
        request="",
        response="",
    )


def _asked(context: Context, sent: Sent, address: AddressInput | None) -> TokenizeRequest:
    # Hashed: keys of callers may be long, and two that were cut to the same length would be given one token.
    key = hashlib.sha256((context.call.request_key or "").encode()).hexdigest()
    return TokenizeRequest(
        idempotency_key=f"tokenize-{key}",
        card=card_details(sent) if isinstance(sent, CardPaymentMethodInput) else None,
        bank=bank_details(sent) if isinstance(sent, BankPaymentMethodInput) else None,
        address=billing_address(address),
    )


def _made(
    method_id: Id,
    response: TokenizeResponse,
    payment_gateway_id: Id,
    sent: Sent,
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
        **address_fields(address),
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
