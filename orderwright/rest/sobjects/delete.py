"""DELETE /sobjects/{objectName}/{recordId}"""

from __future__ import annotations

from orderwright.decisions.delete_record import (
    deleted,
    may_delete,
    refuse_kept,
    whole_order,
    without_part,
)  # fmt: skip
from orderwright.decisions.edit_order import PARTS
from orderwright.decisions.errors import DeleteFailed
from orderwright.decisions.ship_items import decide_drop_shipment_item
from orderwright.objects.definition import Definition, Id, SObject
from orderwright.objects.shipment import ShipmentItem
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.sobjects.names import object_called, record_of
from orderwright.rest.sobjects.writing import Writing
from orderwright.store.referring import MOST_CHILDREN, children_of, first_reference, links_to


async def delete_record(context: Context, writing: Writing, object_name: str, record_id: str) -> None:
    """Deletes a record that was created directly, while nothing was done with it and nothing else refers to it.

    A Draft order goes with its parts. Placed orders, what actions made, and processed money are never deleted.
    """
    definition = object_called(context, object_name)
    await remove_record(writing, definition, record_of(definition, record_id))


async def remove_record(writing: Writing, definition: Definition, record_id: Id) -> None:
    """Delete one record, with the children that go with it. Raises Refusal, HttpError and NotFound."""
    if not may_delete(definition):
        raise HttpError(
            "INVALID_TYPE_FOR_OPERATION",
            f"{definition.name} records are never deleted: they say what happened; use the action that undoes it",
        )
    await writing.flush()
    if definition.name == "Order":
        await _order(writing, definition, record_id)
    elif definition.name in PARTS:
        await _part(writing, definition, record_id)
    elif definition.name == "ShipmentItem":
        await _shipment_item(writing, record_id)
    else:
        await _other(writing, definition, await writing.locked(record_id))


async def _order(writing: Writing, definition: Definition, record_id: Id) -> None:
    whole = await writing.order(record_id)
    records = whole_order(whole)
    parts = frozenset((name, "order_id") for name in PARTS)
    await _refuse_referred(writing, definition, record_id, parts)
    writing.drop_order(record_id)
    await _save(writing, records)


async def _part(writing: Writing, definition: Definition, record_id: Id) -> None:
    record = await writing.part(definition, record_id)
    whole, going = without_part(await writing.order(writing.order_of(record)), record)
    for each in going:
        parts = frozenset(
            (child.name, link.name)
            for child, link in links_to(writing.schema, type(each).__name__)
            if child.name in PARTS
        )
        await _refuse_referred(writing, writing.schema.of(each), each.id, parts)
    writing.put_order(whole)
    await _save(writing, going)


async def _other(writing: Writing, definition: Definition, record: SObject) -> None:
    for each in await _with_children(writing, definition, record):
        await _save(writing, [each])


async def _with_children(writing: Writing, definition: Definition, record: SObject) -> list[SObject]:
    """A record, and before it the children that go with it. Nothing is changed yet: where one of them has to stay, and
    DeleteFailed is raised, all do, also when the request goes on with other records.
    """
    refuse_kept(record)
    cascade = [
        (child, link) for child, link in links_to(writing.schema, definition.name) if link.cascade and may_delete(child)
    ]
    besides = frozenset((child.name, link.name) for child, link in cascade if child.name != "Order")
    await _refuse_referred(writing, definition, record.id, besides)
    going: list[SObject] = []
    for child, link in cascade:
        if (child.name, link.name) in besides:
            children = await children_of(writing.transaction.session, child, link, record.id)
            going += await _all_with_children(writing, child.name, children)
    return [*going, record]


async def _shipment_item(writing: Writing, record_id: Id) -> None:
    stored = await writing.stored(record_id)
    shipment = await writing.shipment(getattr(stored, "shipment_id", ""))
    item = await writing.locked(record_id)
    if isinstance(item, ShipmentItem):
        await writing.release(item)
        await writing.transaction.save(decide_drop_shipment_item(shipment, item), item.shard)
        writing.forget([item])


async def _all_with_children(writing: Writing, object_: str, children: list[SObject]) -> list[SObject]:
    if len(children) > MOST_CHILDREN:
        raise DeleteFailed(f"it has more than {MOST_CHILDREN} records of {object_}; delete those first")
    definition, going = writing.schema.by_name[object_], list[SObject]()
    for child in children:
        going += await _with_children(writing, definition, await writing.locked(child.id))
    return going


async def _refuse_referred(
    writing: Writing, definition: Definition, record_id: Id, besides: frozenset[tuple[str, str]]
) -> None:
    found = await first_reference(writing.transaction.session, writing.schema, definition.name, record_id, besides)
    if found is not None:
        child, field, child_id = found
        raise DeleteFailed(
            f"{definition.name} {record_id} cannot be deleted: {field.wire_name} of {child.name} {child_id} refers to "
            "it; delete or change that first",
            field.wire_name,
        )


async def _save(writing: Writing, records: list[SObject] | tuple[SObject, ...]) -> None:
    for record in records:
        await writing.release(record)
    await writing.transaction.save(deleted(records), records[0].shard)
    writing.forget(records)
