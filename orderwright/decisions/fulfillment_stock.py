"""What fulfillment orders need of the inventory, and what it owes them: derived from what a decision does to them.

Whoever creates, closes, cancels or moves a fulfillment order decides as if there were no inventory. From that decision
it follows which units have to be reserved (`needs_of`), and, once they are, which of its lines holds what under which
reservation and what is to be done in the inventory afterwards (`decide_stock`): reservations to keep, units that left,
units to give back. Both are saved with the decision itself, in the order's shard (decisions.md S5).

Source: semantics.md#6.2, #6.6, #6.7 (when units are allocated, fulfilled and given back, documented); that the
inventory follows is inferred: there, flows call it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.activate_fulfillment_order import HOLDING
from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.errors import InvalidOperation, RequiredFieldMissing
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import FulfillmentOrder, FulfillmentOrderLineItem
from orderwright.objects.fulfillment_stock import FulfillmentReservation, InventoryDuty
from orderwright.objects.order_summary import OrderSummary
from orderwright.objects.whole import Fulfillment

ZERO = Decimal(0)
SKUS_IN_ONE = 100
"""How many SKUs one reservation can hold."""


class StockNeed(msgspec.Struct, frozen=True, kw_only=True):
    """Units that one fulfillment order is to hold at a location: by SKU, each once, in order of SKUs."""

    location_identifier: str
    """The location's ExternalReference."""
    units: tuple[tuple[str, Decimal], ...]


class ReservedStock(msgspec.Struct, frozen=True, kw_only=True):
    """A need that is met for the time being: its reservations lapse unless a Keep duty is carried out for them."""

    need: StockNeed
    reservation_ids: tuple[str, ...]
    """One for each `SKUS_IN_ONE` SKUs, in their order."""

    def reservation_of(self, stock_keeping_unit: str) -> str:
        """The reservation that holds the units of a SKU."""
        place = next(n for n, (sku, _) in enumerate(self.need.units) if sku == stock_keeping_unit)
        return self.reservation_ids[place // SKUS_IN_ONE]


class ShippingLocation(msgspec.Struct, frozen=True, kw_only=True):
    """What inventory knows a Location by; one that is not synchronised has no inventory here."""

    id: Id
    external_reference: str | None = None
    should_sync_with_oci: bool = False


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """The locations and products that fulfillment orders name."""

    locations: Mapping[Id, ShippingLocation] = {}
    skus: Mapping[Id, str | None] = {}
    """StockKeepingUnit by Product2."""

    def sku_of(self, line: FulfillmentOrderLineItem) -> str:
        """The SKU of a line. Raises RequiredFieldMissing when its product has none."""
        sku = self.skus.get(line.product2_id or "")
        if not sku:
            raise RequiredFieldMissing(
                f"product {line.product2_id} of order item summary {line.order_item_summary_id} has no "
                "StockKeepingUnit, so no stock can be reserved for it; give it one, or ship it from a location that is "
                "not synchronised with the inventory (ShouldSyncWithOci)",
                "StockKeepingUnit",
            )
        return sku


# --- what has to be reserved -----------------------------------------------------------------------------------------


def beginning_to_hold(decision: Decision, held: Fulfillment) -> tuple[Fulfillment, ...]:
    """The fulfillment orders that hold units at a location from this decision on and did not before, with their lines.

    `held` is what there was before it. An order that moves to another location is among them.
    """
    new_lines = [r for r in decision.new if isinstance(r, FulfillmentOrderLineItem)]
    made = [r for r in decision.new if isinstance(r, FulfillmentOrder) and r.status_category in HOLDING]
    begun = [after for before, after in _changed_orders(decision) if _begins(before, after)]
    after_lines = {c.after.id: c.after for c in decision.changed if isinstance(c.after, FulfillmentOrderLineItem)}
    known = [_line(after_lines.get(line.id), line) for line in held.lines] + new_lines
    return tuple(
        Fulfillment(orders=(order,), lines=tuple(line for line in known if line.fulfillment_order_id == order.id))
        for order in (*made, *begun)
    )


def decide_stock_need(part: Fulfillment, catalog: Catalog) -> StockNeed | None:
    """Return what a fulfillment order (with its lines) needs at its location; None when that has no inventory here.

    Delivery charges and fees are no goods. Raises RequiredFieldMissing for a location without ExternalReference or a
    product without StockKeepingUnit.
    Source: inferred (a SKU is a StockKeepingUnit, a place an ExternalReference: returns-payments-inventory.yaml#oci).
    """
    order = part.orders[0]
    location = catalog.locations.get(order.fulfilled_from_location_id or "")
    goods = [line for line in part.lines if is_goods(line)]
    if location is None or not location.should_sync_with_oci or not goods:
        return None
    if not location.external_reference:
        raise RequiredFieldMissing(
            f"location {location.id} is synchronised with the inventory (ShouldSyncWithOci) and has no "
            "ExternalReference; give it one and publish the location graph",
            "ExternalReference",
        )
    units: dict[str, Decimal] = {}
    for line in goods:
        sku = catalog.sku_of(line)
        units[sku] = units.get(sku, ZERO) + line.quantity
    return StockNeed(location_identifier=location.external_reference, units=tuple(sorted(units.items())))


def is_goods(line: FulfillmentOrderLineItem) -> bool:
    """Whether a line is about units that lie somewhere."""
    return line.type == "Order Product" and line.product2_id is not None and line.quantity > 0


def _begins(before: FulfillmentOrder, after: FulfillmentOrder) -> bool:
    moves = before.fulfilled_from_location_id != after.fulfilled_from_location_id
    return after.status_category in HOLDING and (before.status_category == "DRAFT" or moves)


def _line(after: object, before: FulfillmentOrderLineItem) -> FulfillmentOrderLineItem:
    return after if isinstance(after, FulfillmentOrderLineItem) else before


def _changed_orders(decision: Decision) -> Iterator[tuple[FulfillmentOrder, FulfillmentOrder]]:
    for change in decision.changed:
        if isinstance(change.before, FulfillmentOrder) and isinstance(change.after, FulfillmentOrder):
            yield change.before, change.after


def touched_orders(decision: Decision) -> frozenset[Id]:
    """The ids of the fulfillment orders that a decision changes, or changes lines of."""
    changed = (change.before for change in decision.changed)
    return frozenset(
        record.id if isinstance(record, FulfillmentOrder) else record.fulfillment_order_id
        for record in changed
        if isinstance(record, FulfillmentOrder | FulfillmentOrderLineItem)
    )


# --- what is held, and what is owed ----------------------------------------------------------------------------------


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A fulfillment order that begins to hold units, and what was reserved for it."""

    part: Fulfillment
    reserved: ReservedStock


def decide_stock(
    decision: Decision, links: Sequence[FulfillmentReservation], begun: Sequence[Begun], catalog: Catalog
) -> Decision:
    """Return `decision` with what its fulfillment orders hold of the inventory, and with what the inventory owes them.

    `links` is what the orders it touches hold so far. Quantities in whole units. Raises InvalidOperation for an order
    that is moved to another location and to another category at once.
    Source: decisions.md#Q2, #S5 (the effects inferred from the allocation's).
    """
    sequence = _version_after(decision)
    after_links = {link.id: link for link in links}
    told: list[tuple[str, FulfillmentReservation, Decimal]] = []
    for kind, link, quantity in _given_up(decision, links):
        after_links[link.id] = _less(after_links[link.id], kind, quantity)
        told.append((kind, link, quantity))
    made = [link for one in begun for link in _links(one, catalog)]
    told += [("Keep", link, link.quantity) for link in made]
    numbered = [msgspec.structs.replace(link, id=f"~held{n}") for n, link in enumerate(made)]
    changes = [Change(link, after_links[link.id]) for link in links if after_links[link.id] != link]
    return msgspec.structs.replace(
        decision,
        new=(*decision.new, *numbered, *_duties(told, sequence)),
        changed=(*decision.changed, *changes),
    )


def _version_after(decision: Decision) -> int:
    return max((c.after.version for c in decision.changed if isinstance(c.after, OrderSummary)), default=0)


def _given_up(
    decision: Decision, links: Sequence[FulfillmentReservation]
) -> Iterator[tuple[str, FulfillmentReservation, Decimal]]:
    """What the links give up by this decision: Fulfill or Release, from which, how many units."""
    settled: set[Id] = set()
    for before, after in _changed_orders(decision):
        own = [link for link in links if link.fulfillment_order_id == after.id and link.quantity > 0]
        moves = before.fulfilled_from_location_id != after.fulfilled_from_location_id
        closes = after.status_category == "CLOSED" != before.status_category
        if own and moves and before.status_category != after.status_category:
            raise InvalidOperation(
                f"fulfillment order {after.id} holds stock at location '{own[0].location_identifier}'; change "
                "FulfilledFromLocationId first and Status then, or leave the location as it is",
                "FulfilledFromLocationId",
            )
        if closes or moves:
            settled.add(after.id)
            yield from (("Fulfill" if closes else "Release", link, link.quantity) for link in own)
    yield from _lowered(decision, [link for link in links if link.fulfillment_order_id not in settled])


def _lowered(
    decision: Decision, links: Sequence[FulfillmentReservation]
) -> Iterator[tuple[str, FulfillmentReservation, Decimal]]:
    for change in decision.changed:
        before, after = change.before, change.after
        if isinstance(before, FulfillmentOrderLineItem) and isinstance(after, FulfillmentOrderLineItem):
            left = before.quantity - after.quantity
            for link in links:
                quantity = min(link.quantity, left)
                if link.fulfillment_order_line_item_id == after.id and quantity > 0:
                    left -= quantity
                    yield "Release", link, quantity


def _less(link: FulfillmentReservation, kind: str, quantity: Decimal) -> FulfillmentReservation:
    if kind == "Fulfill":
        return msgspec.structs.replace(
            link, quantity=link.quantity - quantity, quantity_fulfilled=link.quantity_fulfilled + quantity
        )
    return msgspec.structs.replace(
        link, quantity=link.quantity - quantity, quantity_released=link.quantity_released + quantity
    )


def _links(begun: Begun, catalog: Catalog) -> Iterator[FulfillmentReservation]:
    order, reserved = begun.part.orders[0], begun.reserved
    for line in begun.part.lines:
        if is_goods(line):
            sku = catalog.sku_of(line)
            yield FulfillmentReservation(
                id="",
                order_summary_id=order.order_summary_id,
                fulfillment_order_id=order.id,
                fulfillment_order_line_item_id=line.id,
                reservation_id=reserved.reservation_of(sku),
                location_identifier=reserved.need.location_identifier,
                stock_keeping_unit=sku,
                quantity=line.quantity,
            )


def _duties(told: Iterable[tuple[str, FulfillmentReservation, Decimal]], sequence: int) -> Iterator[InventoryDuty]:
    """One duty per kind, reservation, location and SKU: lines of one SKU share a hold."""
    sums: dict[tuple[str, Id, str, str, str], Decimal] = {}
    summaries: dict[Id, Id] = {}
    for kind, link, quantity in told:
        key = (
            kind, link.fulfillment_order_id, link.reservation_id, link.location_identifier, link.stock_keeping_unit
        )  # fmt: skip
        sums[key] = sums.get(key, ZERO) + quantity
        summaries[link.fulfillment_order_id] = link.order_summary_id or ""
    for number, ((kind, order_id, reservation_id, location, sku), quantity) in enumerate(sums.items()):
        yield InventoryDuty(
            id=f"~duty{number}",
            order_summary_id=summaries[order_id],
            fulfillment_order_id=order_id,
            sequence=sequence,
            kind=kind,
            reservation_id=reservation_id,
            location_identifier=location,
            stock_keeping_unit=sku,
            quantity=quantity,
        )
