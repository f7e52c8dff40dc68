"""What a caller may delete: records that a caller made, while nothing was done with them (decisions.md S14).

A deleted record stays stored with IsDeleted true; nothing reads it any more but `queryAll` and the list of deletions.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.edit_order import DRAFT, PARTS
from orderwright.decisions.errors import DeleteFailed
from orderwright.decisions.write_record import CREATED_BY_CALLER, MONEY_RECORDS
from orderwright.objects.definition import Definition, Id, SObject, define
from orderwright.objects.order import Order
from orderwright.objects.whole import WholeOrder

KEEPS_ACTIVE = frozenset({"AlternativePaymentMethod"})
"""Payment methods of which an Active record is not deleted (data-model.yaml AlternativePaymentMethod, documented)."""

ENDED_BY_STATUS = frozenset({"FulfillmentOrder", "FulfillmentOrderLineItem"})
"""What is given up by a status instead: units may hang on it, and who was told of it will ask for it."""


def may_delete(definition: Definition) -> bool:
    """Whether callers can delete records of the object, in at least some state: what describe says."""
    return definition.name in CREATED_BY_CALLER - ENDED_BY_STATUS and "delete" in definition.about.calls


def refuse_kept(record: SObject) -> None:
    """Raise DeleteFailed for a record whose state forbids it, whoever refers to it.

    Source: decisions.md#S14 (inferred); data-model.yaml#status_machines: only a Draft payment is deleted (documented).
    """
    object_ = type(record).__name__
    status = getattr(record, "status", None)
    if object_ in MONEY_RECORDS and (status != DRAFT or getattr(record, "order_payment_summary_id", None) is not None):
        raise DeleteFailed(
            f"{object_} {record.id} is {status}: money that was processed stays on record; only a {DRAFT} that no "
            "payment summary counts can be deleted",
            "Status",
        )
    if object_ in KEEPS_ACTIVE and status == "Active":
        raise DeleteFailed(f"{object_} {record.id} is Active; make it InActive or Canceled first", "Status")


def refuse_placed(whole: WholeOrder) -> None:
    """Raise DeleteFailed unless an order is a Draft: what was ordered is cancelled or returned, never deleted.

    Source: decisions.md#S14 (inferred).
    """
    order = whole.order
    if order.status != DRAFT or order.related_order_id is not None or whole.order_summary_id is not None:
        raise DeleteFailed(
            f"Order {order.id} is {order.status}: neither it nor its parts can be deleted any more; cancel or return "
            "through its order summary",
            "Status",
        )


def deleted(records: Sequence[SObject]) -> Decision:
    """The decision that deletes `records`."""
    return Decision(changed=tuple(Change(r, msgspec.structs.replace(r, is_deleted=True)) for r in records))


def without_part(whole: WholeOrder, record: SObject) -> tuple[WholeOrder, tuple[SObject, ...]]:
    """`whole` without a part and all that hangs on it, and those records, the part first.

    Raises DeleteFailed when another part refers to one of them without hanging on it.
    Source: data-model.yaml children, cascade (documented).
    """
    refuse_placed(whole)
    going: dict[Id, SObject] = {record.id: record}
    while more := [r for r in _parts(whole) if r.id not in going and _hangs_on(r, going)]:
        going |= {r.id: r for r in more}
    for part in _parts(whole):
        if part.id not in going:
            _refuse_reference(part, going)
    kept = {name: tuple(part for part in getattr(whole, name) if part.id not in going) for name in set(PARTS.values())}
    return msgspec.structs.replace(whole, **kept), tuple(going.values())


def whole_order(whole: WholeOrder) -> tuple[SObject, ...]:
    """An order with all its parts, as records to delete. Raises DeleteFailed."""
    refuse_placed(whole)
    order: Order = whole.order
    return (order, *_parts(whole))


def _parts(whole: WholeOrder) -> list[SObject]:
    return [part for name in PARTS.values() for part in getattr(whole, name)]


def _hangs_on(part: SObject, going: dict[Id, SObject]) -> bool:
    return any(f.cascade and getattr(part, f.name) in going for f in define(type(part)).stored.values())


def _refuse_reference(part: SObject, going: dict[Id, SObject]) -> None:
    for field in define(type(part)).stored.values():
        target = getattr(part, field.name) if field.type == "reference" else None
        if target in going:
            raise DeleteFailed(
                f"{target} cannot be deleted: {field.wire_name} of {type(part).__name__} {part.id} refers to it; "
                "change or delete that first",
                field.wire_name,
            )
