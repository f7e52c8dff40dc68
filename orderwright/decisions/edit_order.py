"""An Order while it is a Draft: its parts are added and changed, and its totals stay true.

Three steps, so that one request with many records computes totals once: `with_records` and `with_changed` check and
complete records, `roll_up_order` makes the totals true, `decide_saved_order` compares the result with what is stored.
The order's own fields and its activation: `edit_order_head.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from orderwright.arithmetic.money import EXACT, MONEY_LIMIT, InvalidAmount, round_money, scale_of
from orderwright.decisions.announce import order_status_changed
from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.errors import (
    CannotUpdate,
    InvalidCrossReference,
    InvalidFieldForWrite,
    InvalidInput,
    NumberOutsideValidRange,
    RequiredFieldMissing,
)  # fmt: skip
from orderwright.decisions.write_record import at_scale
from orderwright.objects.definition import Id, SObject, define
from orderwright.objects.identity import NewIds
from orderwright.objects.order import (
    Order,
    OrderAdjustmentGroup,
    OrderDeliveryGroup,
    OrderItem,
    OrderItemAdjustmentLineItem,
    OrderItemTaxLineItem,
)  # fmt: skip
from orderwright.objects.whole import WholeOrder, find

PARTS: Mapping[str, str] = {
    "OrderDeliveryGroup": "delivery_groups",
    "OrderAdjustmentGroup": "adjustment_groups",
    "OrderItem": "items",
    "OrderItemAdjustmentLineItem": "adjustments",
    "OrderItemTaxLineItem": "taxes",
}
"""The children of an order by object, parents first, and where `WholeOrder` keeps them."""

DRAFT = "Draft"

T = TypeVar("T", bound=SObject)


def decide_saved_order(stored: WholeOrder | None, after: WholeOrder) -> Decision:
    """Return what differs between `stored` (None: nothing) and `after`, as new and changed records, parents first, and
    the event of another status.

    Raises NumberOutsideValidRange when a total is too large to be kept.
    Source: decisions.md#S10 (inferred).
    """
    before = {record.id: record for record in _all_records(stored)} if stored is not None else {}
    new: list[SObject] = []
    changed: list[Change] = []
    for record in _all_records(after):
        known = before.get(record.id)
        if known is None:
            new.append(record)
        elif known is not record and known != record:
            changed.append(Change(known, record))
    for record in (*new, *(change.after for change in changed)):
        _refuse_large_totals(record)
    told = order_status_changed(stored.order if stored is not None else None, after.order, NewIds())
    return Decision(new=(*new, *told), changed=tuple(changed))


def with_records(whole: WholeOrder, records: Iterable[SObject]) -> WholeOrder:
    """`whole` with `records`, its new children, complete but without totals.

    Raises CannotUpdate unless the order is a Draft, InvalidCrossReference for a parent in another order, InvalidInput,
    RequiredFieldMissing and NumberOutsideValidRange.
    Source: data-model.yaml OrderItem and conventions.currency (documented), decisions.md#S2, #N11.
    """
    _refuse_unless_draft(whole)
    for object_, part in PARTS.items():
        mine = [record for record in records if type(record).__name__ == object_]
        if mine:
            known = getattr(whole, part)
            whole = msgspec.structs.replace(whole, **{part: (*known, *(completed(whole, record) for record in mine))})
    return whole


def with_changed(whole: WholeOrder, record: SObject) -> WholeOrder:
    """`whole` with `record` in the place of the child of that id, without totals. Raises as `with_records`."""
    _refuse_unless_draft(whole)
    part = PARTS[type(record).__name__]
    done = completed(whole, record)
    whole = msgspec.structs.replace(
        whole, **{part: tuple(done if known.id == done.id else known for known in getattr(whole, part))}
    )
    if isinstance(record, OrderAdjustmentGroup):
        return msgspec.structs.replace(whole, adjustments=tuple(_adjustment(whole, a) for a in whole.adjustments))
    return whole


def completed(whole: WholeOrder, record: SObject) -> SObject:
    """`record`, a child of `whole`, with the stored fields that follow from its parents."""
    return COMPLETE[type(record).__name__](whole, record)


def _refuse_unless_draft(whole: WholeOrder) -> None:
    order = whole.order
    if order.status != DRAFT or order.related_order_id is not None:
        raise CannotUpdate(
            f"Order {order.id} is {order.status}: its parts cannot be added or changed any more; "
            "change the order through its order summary",
            "OrderId",
        )


def _item(whole: WholeOrder, record: OrderItem) -> OrderItem:
    currency = whole.order.currency_iso_code or ""
    if record.quantity <= 0 or record.quantity != record.quantity.to_integral_value():
        raise InvalidInput(f"Quantity is {record.quantity:f}; send a whole number above zero", "Quantity")
    if record.order_delivery_group_id is not None:
        _parent(whole.delivery_groups, record.order_delivery_group_id, "OrderDeliveryGroupId", whole)
    total = record.total_line_amount
    if total is not None:
        total = at_scale(total, currency, "TotalLineAmount")
    amount = total if total is not None else _line_amount(record, scale_of(currency))
    if amount < 0:
        raise InvalidInput(
            f"TotalLineAmount is {amount:f}; send zero or more, and discounts as adjustments", "TotalLineAmount"
        )
    return msgspec.structs.replace(
        record,
        currency_iso_code=currency,
        quantity=record.quantity.quantize(Decimal(1)),
        total_line_amount=total,
        rounded_line_amount=amount,
    )


def _line_amount(record: OrderItem, scale: int) -> Decimal:
    if record.unit_price is None:
        raise RequiredFieldMissing(
            "OrderItem needs TotalLineAmount, or UnitPrice to compute it from; send one of them",
            "TotalLineAmount",
            "UnitPrice",
        )
    try:
        return round_money(EXACT.multiply(record.quantity, record.unit_price), scale)
    except InvalidAmount:
        raise NumberOutsideValidRange(
            f"Quantity {record.quantity:f} × UnitPrice {record.unit_price:f} is not below {MONEY_LIMIT:f}", "UnitPrice"
        ) from None


def _adjustment(whole: WholeOrder, record: OrderItemAdjustmentLineItem) -> OrderItemAdjustmentLineItem:
    currency = whole.order.currency_iso_code or ""
    _parent(whole.items, record.order_item_id, "OrderItemId", whole)
    group = None
    if record.order_adjustment_group_id is not None:
        group = _parent(whole.adjustment_groups, record.order_adjustment_group_id, "OrderAdjustmentGroupId", whole)
    return msgspec.structs.replace(
        record,
        order_id=whole.order.id,
        currency_iso_code=currency,
        amount=at_scale(record.amount, currency, "Amount"),
        adjustment_group_type=group.type if group is not None else None,
    )


def _tax(whole: WholeOrder, record: OrderItemTaxLineItem) -> OrderItemTaxLineItem:
    _parent(whole.items, record.order_item_id, "OrderItemId", whole)
    if record.order_item_adjustment_line_item_id is not None:
        name = "OrderItemAdjustmentLineItemId"
        adjustment = _parent(whole.adjustments, record.order_item_adjustment_line_item_id, name, whole)
        if adjustment.order_item_id != record.order_item_id:
            raise InvalidCrossReference(
                f"{name} is {adjustment.id}, an adjustment of item {adjustment.order_item_id} and not of "
                f"{record.order_item_id}; send the item the adjustment belongs to",
                name,
            )
    amount = at_scale(record.amount, whole.order.currency_iso_code or "", "Amount")
    return msgspec.structs.replace(record, order_id=whole.order.id, amount=amount)


def _adjustment_group(whole: WholeOrder, record: OrderAdjustmentGroup) -> OrderAdjustmentGroup:
    return msgspec.structs.replace(record, currency_iso_code=whole.order.currency_iso_code)


def _delivery_group(_: WholeOrder, record: OrderDeliveryGroup) -> OrderDeliveryGroup:
    parts = (record.deliver_to_full_first_name, record.deliver_to_full_last_name)
    full_name = " ".join(part for part in parts if part) or None
    return msgspec.structs.replace(record, deliver_to_full_name=full_name)


def _parent(records: Sequence[T], record_id: Id, field: str, whole: WholeOrder) -> T:
    found = find(records, record_id)
    if found is None:
        raise InvalidCrossReference(
            f"{field} is {record_id}, which is no part of Order {whole.order.id}; send one that belongs to it", field
        )
    return found


COMPLETE: Mapping[str, Callable[[WholeOrder, Any], SObject]] = {
    "OrderDeliveryGroup": _delivery_group,
    "OrderAdjustmentGroup": _adjustment_group,
    "OrderItem": _item,
    "OrderItemAdjustmentLineItem": _adjustment,
    "OrderItemTaxLineItem": _tax,
}
"""What completes a new record, by object; each takes the records of its own object."""


def priced_item(record: OrderItem, product_id: Id, pricebook_id: Id, currency: str | None, order: Order) -> OrderItem:
    """`record` with the product of its price book entry. Raises InvalidCrossReference when the two do not fit.

    `product_id`, `pricebook_id` and `currency` are those of the entry (decisions.md S11).
    """
    entry = f"PricebookEntryId is {record.pricebook_entry_id}, "
    if currency is not None and currency != order.currency_iso_code:
        raise InvalidInput(
            f"{entry}an entry in {currency}, and the order is in {order.currency_iso_code}; use one in that currency",
            "PricebookEntryId",
        )
    if order.pricebook2_id is not None and order.pricebook2_id != pricebook_id:
        raise InvalidCrossReference(
            f"{entry}an entry of price book {pricebook_id}, and the order uses {order.pricebook2_id}",
            "PricebookEntryId",
        )
    if record.product2_id is not None and record.product2_id != product_id:
        raise InvalidCrossReference(
            f"{entry}an entry for product {product_id}, and Product2Id is {record.product2_id}; send one of the two",
            "Product2Id",
        )
    return msgspec.structs.replace(record, product2_id=product_id)


def refuse_other_parent(before: SObject, after: SObject) -> None:
    """Raises InvalidFieldForWrite when a child is moved to another order."""
    for name in ("order_id", "order_item_id"):
        if getattr(before, name, None) != getattr(after, name, None):
            field = define(type(before)).stored[name].wire_name
            raise InvalidFieldForWrite(f"{field} of {before.id} never changes; make a new record there", field)


def _all_records(whole: WholeOrder) -> Iterable[SObject]:
    yield whole.order
    for part in PARTS.values():
        yield from getattr(whole, part)


def _refuse_large_totals(record: SObject) -> None:
    definition = define(type(record))
    for name in definition.rollups:
        value = getattr(record, name)
        if abs(value) >= MONEY_LIMIT:
            field = definition.stored[name].wire_name
            raise NumberOutsideValidRange(
                f"{field} of {definition.name} would be {value}; amounts stay below {MONEY_LIMIT:f}", field
            )
