"""What is written of duties that were carried out: what came of each, and an exception where units were missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from orderwright.decisions.carry_out_duties import DutyDone
from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.raise_exception import event_of
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment_stock import InventoryDuty
from orderwright.objects.identity import NewIds
from orderwright.objects.order_summary import OrderSummary
from orderwright.objects.process_exception import ProcessException

INVENTORY_SHORT = "OM Inventory Short"
MESSAGE = "Stock Is Short"


def decide_settle_duties(
    summary: OrderSummary, open_duties: Sequence[InventoryDuty], done: Mapping[Id, DutyDone], now: dt.datetime
) -> Decision:
    """Return the duties with what came of them, and one exception per fulfillment order that units are missing for.

    Quantities in units. The order counts its exceptions.
    Source: decisions.md#S5, semantics.md#15.2 (the event's shape documented; this type of exception is ours).
    """
    settled = [Change(duty, _settled(duty, done[duty.id], now)) for duty in open_duties if duty.id in done]
    if not settled:
        return Decision()
    ids = NewIds()
    exceptions = [_exception(summary, order_id, words, ids) for order_id, words in _short(open_duties, done).items()]
    return Decision(
        new=(*exceptions, *(event_of(exception, ids()) for exception in exceptions)),
        changed=(*settled, *_counted(summary, len(exceptions))),
    )


def _settled(duty: InventoryDuty, done: DutyDone, now: dt.datetime) -> InventoryDuty:
    return msgspec.structs.replace(duty, state="Done", quantity_done=done.quantity, message=done.message, done_date=now)


def _short(duties: Sequence[InventoryDuty], done: Mapping[Id, DutyDone]) -> dict[Id, list[str]]:
    short: dict[Id, list[str]] = {}
    for duty in duties:
        message = done[duty.id].message if duty.id in done else None
        if message is not None:
            short.setdefault(duty.fulfillment_order_id, []).append(message)
    return short


def _exception(summary: OrderSummary, order_id: Id, words: Sequence[str], ids: NewIds) -> ProcessException:
    return ProcessException(
        id=ids(),
        attached_to_id=order_id,
        category="Fulfillment",
        currency_iso_code=summary.currency_iso_code,
        description="; ".join(words)[:2000],
        message=MESSAGE,
        order_summary_id=summary.id,
        exception_type=INVENTORY_SHORT,
    )


def _counted(summary: OrderSummary, step: int) -> tuple[Change, ...]:
    if not step:
        return ()
    count = summary.active_process_exception_count + step
    after = msgspec.structs.replace(summary, active_process_exception_count=count, version=summary.version + 1)
    return (Change(summary, after),)
