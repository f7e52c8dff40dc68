"""What captures, refunds and reversals share: a call on an authorization or payment that is there already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.move_payment import Money, PaymentWishes
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.definition import Id
from orderwright.rest.context import Context
from orderwright.rest.payments.asking import Asked, ask, check_exist
from orderwright.rest.payments.groups import with_group
from orderwright.rest.payments.inputs import additional_data, check_amount, effective_date
from orderwright.rest.payments.locking import lock_money
from orderwright.store.transaction import Transaction

Decide = Callable[[Money, PaymentWishes, Transaction], tuple[Decision, GatewayRequest]]


class MovingInput(Protocol):
    """What the bodies of these calls have in common, as far as it is kept."""

    @property
    def amount(self) -> Any: ...
    @property
    def account_id(self) -> Id | None: ...
    @property
    def additional_data(self) -> dict[str, Any] | None: ...
    @property
    def effective_date(self) -> str | None: ...


KEPT = ("client_context", "comments", "email", "ip_address", "mac_address", "phone")
"""Properties that the record keeps as they are."""


async def move(context: Context, record_id: Id, body: MovingInput, decide: Decide) -> Asked:
    """Carry out a call on the authorization or payment `record_id`. Raises NotFound and what `decide` raises."""
    check_amount(body.amount)
    wishes = wishes_of(body)
    group = getattr(body, "payment_group", None)
    await check_exist(
        context,
        [
            ("accountId", body.account_id),
            ("paymentGroup.id", group.id if group else None),
            ("paymentGroup.sourceObjectId", group.source_object_id if group else None),
        ],
    )

    async def act(transaction: Transaction) -> tuple[Decision, GatewayRequest]:
        money = await lock_money(transaction, record_id)
        decision, request = decide(money, wishes, transaction)
        group_id, made = await with_group(transaction, group, request.currency_iso_code, transaction.shard)
        return grouped(decision, request, group_id, made)

    return await ask(context, act)


def wishes_of(body: MovingInput) -> PaymentWishes:
    """What the call asks for. Raises InvalidInput."""
    details: dict[str, Any] = {name: getattr(body, name, None) for name in KEPT}
    details["effective_date"] = effective_date(body)
    additional_data(body)
    return PaymentWishes(amount=body.amount, account_id=body.account_id, details=details)


def grouped(
    decision: Decision, request: GatewayRequest, group_id: Id | None, made: tuple[Any, ...]
) -> tuple[Decision, GatewayRequest]:
    """`decision` and its request, put into a payment group."""
    if group_id is None:
        return decision, request
    after = msgspec.structs.replace(request, details={**request.details, "payment_group_id": group_id})
    new = tuple(after if record.id == request.id else record for record in decision.new)
    return msgspec.structs.replace(decision, new=(*made, *new)), after
