"""The payment group of a call: an existing one, or a new one that is saved with it."""

from __future__ import annotations

from orderwright.decisions.errors import InvalidInput
from orderwright.objects.definition import Id
from orderwright.objects.payment import PaymentGroup
from orderwright.rest.payments.inputs import PaymentGroupInput, creates_group
from orderwright.store.database import Session
from orderwright.store.records import read_records
from orderwright.store.transaction import Transaction


async def with_group(
    transaction: Transaction, group: PaymentGroupInput | None, currency: str, shard: int
) -> tuple[Id | None, tuple[PaymentGroup, ...]]:
    """The payment group of a call in `currency`: the one it names, or a new one, still to be saved.

    Raises what `check_group` raises.
    """
    await check_group(transaction.session, group, currency)
    if group is None or not creates_group(group):
        return (group.id if group else None), ()
    made = PaymentGroup(
        id=transaction.new_id("PaymentGroup", shard),
        currency_iso_code=currency,
        source_object_id=group.source_object_id,
    )
    return made.id, (made,)


async def check_group(session: Session, group: PaymentGroupInput | None, currency: str) -> None:
    """Refuse a group that contradicts itself, or holds another currency than the call (decisions.md S11).

    Raises InvalidInput and InvalidPicklistValue.
    """
    if group is None:
        return
    creates_group(group)
    known = await read_records(session, PaymentGroup, [group.id] if group.id else [])
    theirs = known[0].currency_iso_code if known else group.currency_iso_code
    if theirs is not None and theirs != currency:
        name = "paymentGroup.id" if known else "paymentGroup.currencyIsoCode"
        raise InvalidInput(f"the payment group is in {theirs}, and this call in {currency}; use one currency", name)
