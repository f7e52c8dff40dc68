"""Units are allocated: with them, their part of every amount moves from the pre to the in pool.

A fulfillment order line records what it took; its invoice is exactly that (decisions.md N2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal

import msgspec

from orderwright.arithmetic.quantity import InvalidQuantity
from orderwright.arithmetic.quantity import whole as whole_quantity
from orderwright.decisions.announce import fulfillment_status_changed
from orderwright.decisions.change_order import scale_for
from orderwright.decisions.component import (
    amounts_of,
    line_amounts,
    moved,
    part_in,
    with_adjustment_amounts,
    with_line_amounts,
    with_tax_amounts,
)  # fmt: skip
from orderwright.decisions.decision import Change, Decision, changed, replaced
from orderwright.decisions.errors import (
    InvalidCrossReference,
    InvalidInput,
    InvalidPicklistValue,
    QuantityUnavailable,
    Refusal,
    RequiredFieldMissing,
    named,
)  # fmt: skip
from orderwright.decisions.fulfillment_lines import adjustment_on, rolled, tax_on
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import (
    FulfillmentOrder,
    FulfillmentOrderItemAdjustment,
    FulfillmentOrderItemTax,
    FulfillmentOrderLineItem,
)  # fmt: skip
from orderwright.objects.identity import NewIds
from orderwright.objects.order_item_summary import (
    OrderItemAdjustmentLineSummary,
    OrderItemSummary,
    OrderItemTaxLineItemSummary,
)  # fmt: skip
from orderwright.objects.order_summary import OrderDeliveryGroupSummary
from orderwright.objects.picklists import Picklists
from orderwright.objects.whole import Fulfillment, WholeSummary, find

ZERO = Decimal(0)


class Allocation(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one item to allocate; whole units above zero."""

    order_item_summary_id: Id
    quantity: Decimal


class FulfillmentGroup(msgspec.Struct, frozen=True, kw_only=True):
    """What one location ships: it becomes one fulfillment order."""

    fulfilled_from_location_id: Id
    fulfillment_type: str
    order_item_summaries: tuple[Allocation, ...]


class Allocating:
    """Allocations one after the other: each takes from what the one before left. One that is refused takes nothing."""

    def __init__(self, whole: WholeSummary, now: dt.datetime, picklists: Picklists) -> None:
        self._whole = whole
        self._now = now
        self._picklists = picklists
        self._ids = NewIds()
        self._scale = scale_for(whole)
        self._items = {item.id: item for item in whole.items}
        self._adjustments = {line.id: line for line in whole.adjustments}
        self._taxes = {tax.id: tax for tax in whole.taxes}
        self._made: list[Fulfillment] = []

    def delivery_group(self, delivery_group_summary_id: Id) -> OrderDeliveryGroupSummary:
        """The delivery group with this id. Raises InvalidCrossReference when it is another order's."""
        found = find(self._whole.delivery_groups, delivery_group_summary_id)
        if found is None:
            raise InvalidCrossReference(
                f"order delivery group summary {delivery_group_summary_id} does not belong to order summary "
                f"{self._whole.summary.id}",
                "orderDeliveryGroupSummaryId",
            )
        return found

    def check_status(self, status: str) -> None:
        """A new fulfillment order starts in a status of category ACTIVATED (v58, documented)."""
        if status not in self._picklists.activated:
            raise InvalidPicklistValue(
                f"defaultActivationStatus '{status}' is not a status of category Activated; use "
                f"{named(self._picklists.activated)}",
                "defaultActivationStatus",
            )

    def allocate(self, to: OrderDeliveryGroupSummary, group: FulfillmentGroup, status: str) -> Id:
        """Make the fulfillment order of one group; returns its stand-in id."""
        if not group.order_item_summaries:
            raise RequiredFieldMissing("orderItemSummaries is empty in a fulfillment group", "orderItemSummaries")
        order = self._order(to, group, status)
        for refusal in self.item_refusals(to, group):
            if refusal is not None:
                raise refusal
        lines: list[FulfillmentOrderLineItem] = []
        adjustments: list[FulfillmentOrderItemAdjustment] = []
        taxes: list[FulfillmentOrderItemTax] = []
        for asked in group.order_item_summaries:
            line, taken, taxed = self.take(order, asked)
            lines.append(line)
            adjustments += taken
            taxes += taxed
        self._made.append(rolled(order, lines, adjustments, taxes))
        return order.id

    def take(
        self, order: FulfillmentOrder, asked: Allocation, line_id: Id | None = None
    ) -> tuple[FulfillmentOrderLineItem, list[FulfillmentOrderItemAdjustment], list[FulfillmentOrderItemTax]]:
        """The line of `order` that holds these units, with what it takes of adjustments and taxes; not checked."""
        line = self._line(order, asked, line_id or self._ids())
        return line, *self._take_components(line, asked)

    def item_refusals(self, to: OrderDeliveryGroupSummary, group: FulfillmentGroup) -> tuple[Refusal | None, ...]:
        """Why each item of a group cannot be allocated, None for one that can; in the order of the items."""
        seen: set[Id] = set()
        found: list[Refusal | None] = []
        for asked in group.order_item_summaries:
            try:
                self.check(to, asked, seen)
                found.append(None)
            except Refusal as refusal:
                found.append(refusal)
            seen.add(asked.order_item_summary_id)
        return tuple(found)

    def decision(self) -> Decision:
        """All that was allocated, and what it left of the order; nothing when nothing was."""
        if not self._made:
            return Decision()
        orders = [order for made in self._made for order in made.orders]
        new = (
            *orders,
            *(line for made in self._made for line in made.lines),
            *(line for made in self._made for line in made.adjustments),
            *(tax for made in self._made for tax in made.taxes),
            *(event for order in orders for event in fulfillment_status_changed(None, order, self._ids)),
        )
        return Decision(new=new, changed=self.left())

    def left(self) -> tuple[Change, ...]:
        """What was taken so far leaves of the order; its version is raised."""
        whole = self._whole
        summary = msgspec.structs.replace(whole.summary, version=whole.summary.version + 1)
        return (
            *changed((whole.summary,), (summary,)),
            *changed(whole.items, replaced(whole.items, self._items)),
            *changed(whole.adjustments, replaced(whole.adjustments, self._adjustments)),
            *changed(whole.taxes, replaced(whole.taxes, self._taxes)),
        )

    def _order(self, to: OrderDeliveryGroupSummary, group: FulfillmentGroup, status: str) -> FulfillmentOrder:
        summary = self._whole.summary
        type_ = fulfillment_type(group.fulfillment_type, self._picklists)
        return FulfillmentOrder(
            id=self._ids(),
            account_id=summary.account_id,
            bill_to_contact_id=summary.bill_to_contact_id,
            currency_iso_code=summary.currency_iso_code,
            activated_date=self._now,
            delivery_method_id=to.order_delivery_method_id,
            fulfilled_from_location_id=group.fulfilled_from_location_id,
            fulfilled_to_city=to.deliver_to_city,
            fulfilled_to_country=to.deliver_to_country,
            fulfilled_to_country_code=to.deliver_to_country_code,
            fulfilled_to_email_address=to.email_address,
            fulfilled_to_latitude=to.deliver_to_latitude,
            fulfilled_to_longitude=to.deliver_to_longitude,
            fulfilled_to_name=to.deliver_to_name,
            fulfilled_to_phone=to.phone_number,
            fulfilled_to_postal_code=to.deliver_to_postal_code,
            fulfilled_to_state=to.deliver_to_state,
            fulfilled_to_state_code=to.deliver_to_state_code,
            fulfilled_to_street=to.deliver_to_street,
            order_id=summary.original_order_id,
            order_summary_id=summary.id,
            status=status,
            status_category="ACTIVATED",
            tax_locale_type=summary.tax_locale_type,
            type=type_,
            type_category=self._picklists.fulfillment_types[type_],
        )

    def _line(self, order: FulfillmentOrder, asked: Allocation, line_id: Id) -> FulfillmentOrderLineItem:
        item = self._items[asked.order_item_summary_id]
        quantity = whole_quantity(asked.quantity)
        amount = part_in(line_amounts(item), item, "pre", quantity, self._scale)
        return FulfillmentOrderLineItem(
            id=line_id,
            currency_iso_code=order.currency_iso_code,
            description=item.description,
            fulfillment_order_id=order.id,
            invoiced_quantity=invoiced_among(item, quantity),
            gross_unit_price=item.gross_unit_price,
            order_item_id=item.original_order_item_id,
            order_item_summary_id=item.id,
            original_quantity=quantity,
            product2_id=item.product2_id,
            quantity=quantity,
            total_line_amount=amount,
            type=item.type,
            unit_price=item.unit_price,
        )

    def check(self, to: OrderDeliveryGroupSummary, asked: Allocation, seen: Collection[Id]) -> None:
        """Raise why these units of a delivery group cannot be allocated; `seen` are the items before it."""
        if asked.order_item_summary_id in seen:
            raise InvalidInput(
                f"orderItemSummaryId {asked.order_item_summary_id} is listed twice in one fulfillment group",
                "orderItemSummaryId",
            )
        item = self._items.get(asked.order_item_summary_id)
        if item is None or item.order_delivery_group_summary_id != to.id:
            raise InvalidCrossReference(
                f"order item summary {asked.order_item_summary_id} does not belong to order delivery group summary "
                f"{to.id}",
                "orderItemSummaryId",
            )
        try:
            whole_quantity(asked.quantity)
        except InvalidQuantity as error:
            raise InvalidInput(f"quantity of order item summary {item.id}: {error}", "quantity") from error
        available = item.quantity_available_to_fulfill
        if asked.quantity > available:
            why = "ordered, less canceled and allocated units"
            raise QuantityUnavailable(item.id, asked.quantity, available, "QuantityAvailableToFulfill", why)

    def _take_components(
        self, line: FulfillmentOrderLineItem, asked: Allocation
    ) -> tuple[list[FulfillmentOrderItemAdjustment], list[FulfillmentOrderItemTax]]:
        item, quantity = self._items[asked.order_item_summary_id], line.quantity
        adjustments = {
            found.id: self._take_adjustment(line, found, item, quantity)
            for found in self._adjustments.values()
            if found.order_item_summary_id == item.id
        }
        taxes = [
            self._take_tax(line, found, item, quantity, adjustments)
            for found in self._taxes.values()
            if found.order_item_summary_id == item.id
        ]
        amounts = moved(line_amounts(item), "pre", "in", line.total_line_amount)
        self._items[item.id] = msgspec.structs.replace(
            with_line_amounts(item, amounts),
            quantity_allocated=item.quantity_allocated + quantity,
            quantity_invoiced_pre_fulfillment=item.quantity_invoiced_pre_fulfillment - line.invoiced_quantity,
        )
        return list(adjustments.values()), taxes

    def _take_adjustment(
        self,
        line: FulfillmentOrderLineItem,
        found: OrderItemAdjustmentLineSummary,
        item: OrderItemSummary,
        quantity: Decimal,
    ) -> FulfillmentOrderItemAdjustment:
        part = part_in(amounts_of(found), item, "pre", quantity, self._scale)
        self._adjustments[found.id] = with_adjustment_amounts(found, moved(amounts_of(found), "pre", "in", part))
        return adjustment_on(line, found, part, self._ids())

    def _take_tax(
        self,
        line: FulfillmentOrderLineItem,
        found: OrderItemTaxLineItemSummary,
        item: OrderItemSummary,
        quantity: Decimal,
        adjustments: Mapping[Id, FulfillmentOrderItemAdjustment],
    ) -> FulfillmentOrderItemTax:
        part = part_in(amounts_of(found), item, "pre", quantity, self._scale)
        self._taxes[found.id] = with_tax_amounts(found, moved(amounts_of(found), "pre", "in", part))
        adjustment = found.order_item_adjustment_line_summary_id
        return tax_on(line, found, adjustments[adjustment] if adjustment else None, part, self._ids())


def invoiced_among(item: OrderItemSummary, quantity: Decimal) -> Decimal:
    """How many of `quantity` units to allocate an invoice charges already: those go first, nobody pays twice for
    them.
    """
    return min(quantity, item.quantity_invoiced_pre_fulfillment)


def fulfillment_type(text: str, picklists: Picklists) -> str:
    """The fulfillment type that `text` names, whatever its case; refused when there is none."""
    for known in picklists.fulfillment_types:
        if known.lower() == text.lower():
            return known
    raise InvalidPicklistValue(
        f"fulfillmentType '{text}' is not a value of FulfillmentOrder.Type; use {named(picklists.fulfillment_types)}",
        "fulfillmentType",
    )
