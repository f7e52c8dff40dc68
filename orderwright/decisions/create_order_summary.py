"""An OrderSummary from an activated Order: every record of the order gets its summary, with the same amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from orderwright.decisions.announce import summary_created
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import DuplicateValue, InvalidStatus, RequiredFieldMissing
from orderwright.decisions.roll_up import roll_up_summary
from orderwright.objects.catalog import Product2
from orderwright.objects.custom_fields import STANDARD_SCHEMA, Schema, carried
from orderwright.objects.definition import Id, SObject, define
from orderwright.objects.identity import NewIds
from orderwright.objects.order import (
    OrderAdjustmentGroup,
    OrderDeliveryGroup,
    OrderItem,
    OrderItemAdjustmentLineItem,
    OrderItemTaxLineItem,
)  # fmt: skip
from orderwright.objects.order_item_summary import (
    OrderItemAdjustmentLineSummary,
    OrderItemSummary,
    OrderItemTaxLineItemSummary,
)  # fmt: skip
from orderwright.objects.order_summary import OrderAdjustmentGroupSummary, OrderDeliveryGroupSummary, OrderSummary
from orderwright.objects.whole import WholeOrder, WholeSummary

S = TypeVar("S", bound=SObject)


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller may choose for the new summary."""

    name: str | None = None
    status: str | None = None
    order_life_cycle_type: str = "MANAGED"
    business_model: str | None = None
    source_process: str = "Standard"
    external_reference_identifier: str | None = None


def decide_create_order_summary(
    whole: WholeOrder, products: Mapping[Id, Product2], wishes: Wishes, schema: Schema = STANDARD_SCHEMA
) -> tuple[Decision, OrderSummary]:
    """Return the summary records of an order with the event of it, and among them the OrderSummary itself.

    Amounts: the order's, all of them on unallocated units (the pre-fulfillment pool of decisions.md N2). Custom fields
    that `schema` has on both sides are copied.
    Raises InvalidStatus for an order that is not activated, DuplicateValue for a second summary, RequiredFieldMissing
    for an order without items or delivery group, or an item outside every delivery group.
    Source: semantics.md#2, order-management.yaml#order-summaries-create (documented).
    """
    check_order(whole)
    ids = NewIds()
    summary_id = ids()
    ids_of = {record.id: ids() for record in _children(whole)}
    summary = summary_of(whole, wishes, summary_id)
    made = WholeSummary(
        summary=summary,
        original=whole.order,
        items=tuple(item_of(item, products, ids_of, summary) for item in whole.items),
        delivery_groups=tuple(delivery_group_of(group, ids_of, summary) for group in whole.delivery_groups),
        adjustment_groups=tuple(adjustment_group_of(group, ids_of, summary) for group in whole.adjustment_groups),
        adjustments=tuple(adjustment_of(line, ids_of, summary) for line in whole.adjustments),
        taxes=tuple(tax_of(line, ids_of, summary) for line in whole.taxes),
    )
    made = with_customs(schema, whole, roll_up_summary(made))
    records = (
        made.summary, *made.delivery_groups, *made.adjustment_groups, *made.items, *made.adjustments, *made.taxes,
    )  # fmt: skip
    return Decision(new=(*records, summary_created(made.summary, ids))), made.summary


def with_customs(schema: Schema, whole: WholeOrder, made: WholeSummary) -> WholeSummary:
    """`made` with the custom fields of the order and its parts, where both objects have them."""
    parts = {
        name: tuple(_with_custom(schema, s, m) for s, m in zip(getattr(whole, name), getattr(made, name), strict=True))
        for name in ("items", "delivery_groups", "adjustment_groups", "adjustments", "taxes")
    }
    return msgspec.structs.replace(made, summary=_with_custom(schema, whole.order, made.summary), **parts)


def _with_custom(schema: Schema, source: SObject, made: S) -> S:
    custom = carried(schema, source, type(made).__name__)
    return msgspec.structs.replace(made, custom=custom) if custom else made


def check_order(whole: WholeOrder) -> None:
    """Refuse an order that cannot have a summary; the first reason in this order is given."""
    order = whole.order
    if whole.order_summary_id is not None:
        raise DuplicateValue(f"order {order.id} already has the order summary {whole.order_summary_id}", "orderId")
    if order.related_order_id is not None:
        raise InvalidStatus(f"order {order.id} is a change order; give the original order", "orderId")
    if order.status_code != "Activated":
        raise InvalidStatus(
            f"order {order.id} is {order.status_code}; activate it first (update its Status to Activated)", "orderId"
        )
    if not whole.items:
        raise RequiredFieldMissing(f"order {order.id} has no order items", "orderId")
    if not whole.delivery_groups:
        raise RequiredFieldMissing(f"order {order.id} has no order delivery group", "orderId")
    for item in whole.items:
        if item.order_delivery_group_id is None:
            raise RequiredFieldMissing(f"order item {item.id} belongs to no order delivery group", "orderId")


def _children(whole: WholeOrder) -> Sequence[SObject]:
    return (*whole.items, *whole.delivery_groups, *whole.adjustment_groups, *whole.adjustments, *whole.taxes)


_NEVER_COPIED = frozenset(SObject.__struct_fields__)


def copied(source: SObject, target: type[S], **given: Any) -> S:
    """A `target` record with the fields of the same name from `source`; `given` ones win. Roll-ups start at zero."""
    rolled = define(target).rollups
    same = {
        name: getattr(source, name)
        for name in target.__struct_fields__
        if name in source.__struct_fields__ and name not in _NEVER_COPIED and name not in rolled and name not in given
    }
    return target(**same, **given)


def summary_of(whole: WholeOrder, wishes: Wishes, summary_id: Id) -> OrderSummary:
    """The head of the new summary."""
    order = whole.order
    return copied(
        order,
        OrderSummary,
        id=summary_id,
        original_order_id=order.id,
        order_number=wishes.name or order.order_reference_number or order.order_number or order.id,
        status=wishes.status or "Created",
        order_life_cycle_type=wishes.order_life_cycle_type,
        business_model=wishes.business_model,
        source_process=wishes.source_process,
        external_reference_identifier=wishes.external_reference_identifier
        or order.order_management_reference_identifier,
        tax_locale_type=order.tax_locale_type or "Net",
        po_date=None,
        version=1,
    )


def item_of(
    item: OrderItem, products: Mapping[Id, Product2], ids_of: Mapping[Id, Id], summary: OrderSummary
) -> OrderItemSummary:
    """The summary of one order item: all its units unallocated, all its amount with them."""
    product = products.get(item.product2_id) if item.product2_id else None
    group = item.order_delivery_group_id or ""
    return copied(
        item,
        OrderItemSummary,
        id=ids_of[item.id],
        name=product.name if product else item.description or item.type,
        product_code=product.product_code if product else None,
        stock_keeping_unit=product.stock_keeping_unit if product else None,
        order_summary_id=summary.id,
        order_delivery_group_summary_id=ids_of[group],
        original_order_item_id=item.id,
        quantity_ordered=item.quantity,
        line_amount_pre_fulfillment=item.rounded_line_amount,
        currency_iso_code=summary.currency_iso_code,
    )


def delivery_group_of(
    group: OrderDeliveryGroup, ids_of: Mapping[Id, Id], summary: OrderSummary
) -> OrderDeliveryGroupSummary:
    """The summary of one delivery group."""
    return copied(
        group,
        OrderDeliveryGroupSummary,
        id=ids_of[group.id],
        order_summary_id=summary.id,
        original_order_delivery_group_id=group.id,
        currency_iso_code=summary.currency_iso_code,
        desired_delivery_date=None,
        promised_delivery_date=None,
    )


def adjustment_group_of(
    group: OrderAdjustmentGroup, ids_of: Mapping[Id, Id], summary: OrderSummary
) -> OrderAdjustmentGroupSummary:
    """The summary of one adjustment group."""
    return copied(
        group,
        OrderAdjustmentGroupSummary,
        id=ids_of[group.id],
        order_summary_id=summary.id,
        original_order_adj_group_id=group.id,
        currency_iso_code=summary.currency_iso_code,
    )


def adjustment_of(
    line: OrderItemAdjustmentLineItem, ids_of: Mapping[Id, Id], summary: OrderSummary
) -> OrderItemAdjustmentLineSummary:
    """The summary of one price adjustment."""
    group = line.order_adjustment_group_id
    return copied(
        line,
        OrderItemAdjustmentLineSummary,
        id=ids_of[line.id],
        order_summary_id=summary.id,
        order_item_summary_id=ids_of[line.order_item_id],
        order_adjustment_group_summary_id=ids_of[group] if group else None,
        original_order_item_adjustment_line_item_id=line.id,
        amount_pre_fulfillment=line.amount or Decimal(0),
        currency_iso_code=summary.currency_iso_code,
    )


def tax_of(line: OrderItemTaxLineItem, ids_of: Mapping[Id, Id], summary: OrderSummary) -> OrderItemTaxLineItemSummary:
    """The summary of one tax line, of an item or of one of its adjustments."""
    adjustment = line.order_item_adjustment_line_item_id
    return copied(
        line,
        OrderItemTaxLineItemSummary,
        id=ids_of[line.id],
        order_summary_id=summary.id,
        order_item_summary_id=ids_of[line.order_item_id],
        order_item_adjustment_line_summary_id=ids_of[adjustment] if adjustment else None,
        original_order_item_tax_line_item_id=line.id,
        amount_pre_fulfillment=line.amount,
        currency_iso_code=summary.currency_iso_code,
    )
