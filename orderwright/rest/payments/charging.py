"""What authorizations, sales and post-authorizations share: a call on a payment method, for money of no order yet."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import InvalidOperation
from orderwright.decisions.move_payment import decide_charge
from orderwright.gateways.protocol import Gateway, PostAuthorizing, Selling
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id
from orderwright.rest.context import Context
from orderwright.rest.payments.asking import Asked, ask, check_exist
from orderwright.rest.payments.groups import check_group, with_group
from orderwright.rest.payments.inputs import PaymentGroupInput, check_amount, check_currency
from orderwright.rest.payments.methods import active_gateway, read_method, store_alternative
from orderwright.rest.payments.moving import grouped, wishes_of
from orderwright.rest.payments.payment_method_inputs import (
    AddressInput,
    AlternativePaymentMethodInput,
    CardPaymentMethodInput,
)
from orderwright.rest.payments.payment_method_outputs import StoredMethod
from orderwright.rest.payments.tokens import Tokenized, tokenize
from orderwright.store.transaction import Transaction

Chosen = Id | CardPaymentMethodInput | AlternativePaymentMethodInput


class ChargingInput(Protocol):
    """What the bodies of these calls have in common, as far as it is kept."""

    @property
    def account_id(self) -> Id | None: ...
    @property
    def additional_data(self) -> dict[str, Any] | None: ...
    @property
    def amount(self) -> Any: ...
    @property
    def currency_iso_code(self) -> str | None: ...
    @property
    def effective_date(self) -> str | None: ...
    @property
    def payment_gateway_id(self) -> Id: ...
    @property
    def payment_group(self) -> PaymentGroupInput | None: ...


class Charged(NamedTuple):
    """What became of a call; `asked` is None when there was no token to charge."""

    asked: Asked | None
    tokenized: Tokenized | None
    method: StoredMethod | None


async def charge(
    context: Context,
    kind: str,
    body: ChargingInput,
    chosen: Chosen,
    address: AddressInput | None,
) -> Charged:
    """Carry out a call of `kind` on the payment method `chosen`. Raises Refusal; then no gateway was asked."""
    wishes, group = wishes_of(body), body.payment_group
    currency = body.currency_iso_code or context.settings.default_currency
    # Whatever is refused is refused here, not after a token was made.
    await _check(context, kind, body, chosen, currency)
    gateway = await able_gateway(context, kind, body.payment_gateway_id)
    method, tokenized = await _method(context, gateway, body, chosen, address)
    if method is None:
        return Charged(None, tokenized, None)

    async def act(transaction: Transaction) -> tuple[Decision, GatewayRequest]:
        # The shard of the call's key, when it has one: there it is found again, whatever method record it comes with.
        shard = transaction.shard
        decision, request = decide_charge(kind, currency, body.payment_gateway_id, method.id, wishes, transaction.now)
        group_id, made = await with_group(transaction, group, currency, shard)
        return grouped(decision, request, group_id, made)

    return Charged(await ask(context, act), tokenized, method)


async def _check(context: Context, kind: str, body: ChargingInput, chosen: Chosen, currency: str) -> None:
    group = body.payment_group
    check_amount(body.amount)
    check_currency(currency)
    decide_charge(kind, currency, body.payment_gateway_id, "", wishes_of(body), context.store.now())
    await check_exist(
        context,
        [
            ("accountId", body.account_id),
            ("paymentMethod.accountId", None if isinstance(chosen, str) else chosen.account_id),
            ("paymentGroup.id", group.id if group else None),
            ("paymentGroup.sourceObjectId", group.source_object_id if group else None),
        ],
    )
    async with context.store.database.main.acquire() as session:
        await check_group(session, group, currency)


async def able_gateway(context: Context, kind: str, payment_gateway_id: Id) -> Gateway:
    """The gateway of a call of `kind`. Raises InvalidOperation when it offers no such call, and what `active_gateway`
    raises.
    """
    gateway = await active_gateway(context, payment_gateway_id)
    if kind == "Sale" and not isinstance(gateway, Selling):
        raise InvalidOperation("this gateway takes no sales; authorize, then capture", "paymentGatewayId")
    if kind == "PostAuth" and not isinstance(gateway, PostAuthorizing):
        raise InvalidOperation(
            "this gateway knows no authorizations made by the payer's device; authorize", "paymentGatewayId"
        )
    return gateway


async def _method(
    context: Context, gateway: Gateway, body: ChargingInput, chosen: Chosen, address: AddressInput | None
) -> tuple[StoredMethod | None, Tokenized | None]:
    if isinstance(chosen, AlternativePaymentMethodInput):
        return await store_alternative(context, gateway, body.payment_gateway_id, chosen, address), None
    if isinstance(chosen, CardPaymentMethodInput):
        done = await tokenize(context, gateway, body.payment_gateway_id, chosen, address, body.account_id)
        return done.method, done
    return await read_method(context, chosen, gateway), None
