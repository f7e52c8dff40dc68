"""PATCH /sobjects/{objectName}/{recordId}"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from orderwright.decisions.announce import summary_status_changed
from orderwright.decisions.count_exceptions import decide_change_exception, decide_exception_category
from orderwright.decisions.decision import Change, Decision, changed
from orderwright.decisions.edit_order import PARTS, refuse_other_parent, with_changed
from orderwright.decisions.edit_order_head import edited_order
from orderwright.decisions.errors import CannotUpdate
from orderwright.decisions.move_fulfillment_order import decide_move_fulfillment_order
from orderwright.decisions.ship_items import decide_change_shipment, decide_change_shipment_item
from orderwright.decisions.write_record import decide_changed_record
from orderwright.objects.definition import Definition, Id, SObject
from orderwright.objects.fulfillment import FulfillmentOrder
from orderwright.objects.identity import NewIds
from orderwright.objects.order_summary import OrderSummary
from orderwright.objects.process_exception import ProcessException
from orderwright.objects.registry import BY_NAME
from orderwright.objects.shipment import ShipmentItem
from orderwright.objects.whole import find
from orderwright.rest.context import Context
from orderwright.rest.sobjects.names import object_called, record_of, refuse_other_record
from orderwright.rest.sobjects.writing import Writing
from orderwright.store.load import WITH_FULFILLMENT
from orderwright.store.referring import MOST_CHILDREN, children_of
from orderwright.store.transaction import NotFound

Given = Mapping[str, Any]
R = TypeVar("R", bound=SObject)


async def update_record(
    context: Context,
    writing: Writing,
    object_name: str,
    record_id: str,
    body: dict[str, Any],
) -> None:
    """Changes the fields that are sent; null empties a field.

    An Order is activated by its Status; a FulfillmentOrder is fulfilled by its Status. What actions keep (amounts and
    quantities of summaries, processed payments, activated orders) is refused.
    """
    definition = object_called(context, object_name)
    found = record_of(definition, record_id)
    refuse_other_record(definition, body, found)
    await writing.look_up(body)
    await change_record(writing, definition, found, body, context.version)


async def change_record(writing: Writing, definition: Definition, record_id: Id, given: Given, version: int) -> None:
    """Change one record as `given` asks. Raises Refusal and NotFound."""
    if "update" not in definition.about.calls:
        raise CannotUpdate(f"{definition.name} records cannot be changed by callers")
    change = CHANGE.get(definition.name, _change_part if definition.name in PARTS else _change_other)
    before, after = await change(writing, definition, record_id, given, version)
    await writing.take_values(definition, before, after)


async def _changed(writing: Writing, definition: Definition, before: R, given: Given, version: int) -> R:
    after = decide_changed_record(definition, before, given, version)
    await writing.check_links(definition, after, before)
    await writing.refuse_taken(definition, after, before)
    return after


Changed = tuple[SObject, SObject]
"""A record before and after a change."""


async def _change_order(writing: Writing, definition: Definition, record_id: Id, given: Given, version: int) -> Changed:
    whole = await writing.order(record_id)
    after = await _changed(writing, definition, whole.order, given, version)
    writing.put_order(edited_order(whole, after, writing.transaction.now, writing.user_id))
    return whole.order, after


async def _change_part(writing: Writing, definition: Definition, record_id: Id, given: Given, version: int) -> Changed:
    before = await writing.part(definition, record_id)
    after = await _changed(writing, definition, before, given, version)
    refuse_other_parent(before, after)
    whole = await writing.order(writing.order_of(before))
    writing.put_order(with_changed(whole, after))
    return before, after


async def _change_fulfillment_order(
    writing: Writing, definition: Definition, record_id: Id, given: Given, version: int
) -> Changed:
    await writing.transaction.flush()
    stored = await writing.stored(record_id)
    if not isinstance(stored, FulfillmentOrder) or stored.order_summary_id is None:
        raise CannotUpdate(f"FulfillmentOrder {record_id} belongs to no OrderSummary and cannot be changed")
    whole = await writing.transaction.lock(WITH_FULFILLMENT, stored.order_summary_id)
    before = find(whole.fulfillment.orders, record_id)
    if before is None:
        raise NotFound(record_id)
    after = await _changed(writing, definition, before, given, version)
    decision = Decision(changed=changed((before,), (after,)))
    if after.status != before.status:
        moved = decide_move_fulfillment_order(
            whole, record_id, after.status, writing.transaction.now, writing.picklists
        )
        decision = _with_fields(moved, after, before)
    raised = _raised(decision, whole.summary)
    settled = await writing.stock.settled(writing.transaction, raised, whole.fulfillment)
    await writing.transaction.save(settled, before.shard)
    return before, after


def _with_fields(decision: Decision, asked: FulfillmentOrder, before: FulfillmentOrder) -> Decision:
    """`decision`, with the fields besides Status that the caller changed on the same record."""
    names = [name for name in before.__struct_fields__ if getattr(asked, name) != getattr(before, name)]
    fields = {name: getattr(asked, name) for name in names if name != "status"}
    if not fields:
        return decision
    changes = [
        Change(c.before, msgspec.structs.replace(c.after, **fields)) if c.after.id == before.id else c
        for c in decision.changed
    ]
    return msgspec.structs.replace(decision, changed=tuple(changes))


def _raised(decision: Decision, summary: OrderSummary) -> Decision:
    """`decision`, with the order summary's version raised unless it is already (decisions.md S12)."""
    if not decision.changed or any(change.before.id == summary.id for change in decision.changed):
        return decision
    raised = Change(summary, msgspec.structs.replace(summary, version=summary.version + 1))
    return msgspec.structs.replace(decision, changed=(raised, *decision.changed))


async def _change_other(writing: Writing, definition: Definition, record_id: Id, given: Given, version: int) -> Changed:
    summary = await _lock_summary(writing, definition, record_id)
    before = summary if summary is not None and summary.id == record_id else await writing.locked(record_id)
    after = await _changed(writing, definition, before, given, version)
    if isinstance(before, ProcessException) and isinstance(after, ProcessException) and after.status != before.status:
        after = decide_exception_category(after, writing.picklists)
    if isinstance(after, OrderSummary):
        if after != before and isinstance(before, OrderSummary):
            await writing.transaction.save(_changed_summary(before, after), before.shard)
        return before, after
    if isinstance(summary, OrderSummary) and isinstance(before, ProcessException) and isinstance(after, type(before)):
        decision = decide_change_exception(summary, before, after)
    else:
        decision = Decision(changed=changed((before,), (after,)))
    if isinstance(summary, OrderSummary):
        decision = _raised(decision, summary)
    await writing.transaction.save(decision, before.shard)
    return before, after


async def _change_shipment(
    writing: Writing, definition: Definition, record_id: Id, given: Given, version: int
) -> Changed:
    before = await writing.shipment(record_id)
    after = await _changed(writing, definition, before, given, version)
    await writing.flush()
    items = await children_of(writing.transaction.session, BY_NAME["ShipmentItem"], _SHIPMENT, record_id)
    if len(items) > MOST_CHILDREN:
        raise CannotUpdate(f"Shipment {record_id} has more than {MOST_CHILDREN} items, which would have to change, too")
    known = [item for item in items if isinstance(item, ShipmentItem)]
    await writing.transaction.save(decide_change_shipment(before, after, known), before.shard)
    return before, after


async def _change_shipment_item(
    writing: Writing, definition: Definition, record_id: Id, given: Given, version: int
) -> Changed:
    stored = await writing.stored(record_id)
    shipment = await writing.shipment(getattr(stored, "shipment_id", ""))
    before = await writing.locked(record_id)
    after = await _changed(writing, definition, before, given, version)
    if isinstance(before, ShipmentItem) and isinstance(after, ShipmentItem):
        await writing.transaction.save(decide_change_shipment_item(shipment, before, after), before.shard)
    return before, after


_SHIPMENT = BY_NAME["ShipmentItem"].stored["shipment_id"]

CHANGE = {
    "Order": _change_order,
    "FulfillmentOrder": _change_fulfillment_order,
    "Shipment": _change_shipment,
    "ShipmentItem": _change_shipment_item,
}
"""What changes a record, by object; parts of an order and all others have one way each."""


def _changed_summary(before: OrderSummary, after: OrderSummary) -> Decision:
    raised = msgspec.structs.replace(after, version=after.version + 1)
    return Decision(new=summary_status_changed(before, after, NewIds()), changed=changed((before,), (raised,)))


async def _lock_summary(writing: Writing, definition: Definition, record_id: Id) -> SObject | None:
    """The order summary that a record belongs to, locked before the record itself; None when it belongs to none."""
    if definition.name == "OrderSummary":
        return await writing.locked(record_id)
    if "order_summary_id" not in definition.stored or definition.about.root != "order_summary_id":
        return None
    stored = await writing.stored(record_id)
    summary_id = getattr(stored, "order_summary_id", None)
    return await writing.locked(summary_id) if summary_id is not None else None
