"""Goods were picked for many orders at once: which order gets how many of them. A calculation, nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from orderwright.arithmetic.quantity import InvalidQuantity
from orderwright.arithmetic.quantity import whole as whole_quantity
from orderwright.decisions.errors import InvalidInput, InvalidPicklistValue, RequiredFieldMissing

ZERO = Decimal(0)
IN_SEQUENCE = "FulfillInSequencePartial"
"""The only strategy that is documented: orders in the caller's order, each as far as the goods go."""


class ItemQuantity(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one item by the caller's key, as a SKU; whole units above zero."""

    external_item_id: str
    quantity: Decimal


class OrderNeed(msgspec.Struct, frozen=True, kw_only=True):
    """What one order, by the caller's key, needs."""

    external_order_id: str
    items: tuple[ItemQuantity, ...]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Of an item: how many units an order needs and got; of what is left, how many units are left and were given."""

    external_item_id: str
    quantity: Decimal
    quantity_distributed: Decimal


class OrderShare(msgspec.Struct, frozen=True, kw_only=True):
    """What one order got."""

    external_order_id: str
    items: tuple[Share, ...]

    @property
    def is_full(self) -> bool:
        return all(item.quantity_distributed == item.quantity for item in self.items)

    @property
    def is_empty(self) -> bool:
        return not any(item.quantity_distributed for item in self.items)


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """Every order once, in the caller's order; and the items of which something is left, as they were picked."""

    orders: tuple[OrderShare, ...]
    remaining: tuple[Share, ...]


def decide_distribute_quantities(
    picked: Sequence[ItemQuantity], orders: Sequence[OrderNeed], criteria: str
) -> Distribution:
    """Return which order gets how many of the picked units: the first orders first, each as much as it needs.

    An order may need what was not picked; it gets none of it. Raises InvalidPicklistValue for another strategy,
    RequiredFieldMissing, InvalidInput for a key that is listed twice or a quantity that is not whole and above zero.
    Source: fulfillment-routing.yaml#pick-tickets.distribute-quantities (documented; order and refusals inferred),
    decisions.md#N11, #Q6 (inferred).
    """
    if criteria != IN_SEQUENCE:
        raise InvalidPicklistValue(
            f"optimizationCriteria '{criteria}' is not known; use {IN_SEQUENCE}", "optimizationCriteria"
        )
    left = _checked(picked, "quantitiesPickedList")
    needs = _needs(orders)
    shares = tuple(
        OrderShare(external_order_id=order_id, items=tuple(_take(left, item, need) for item, need in items.items()))
        for order_id, items in needs.items()
    )
    return Distribution(orders=shares, remaining=_remaining(picked, left))


def _take(left: dict[str, Decimal], item: str, need: Decimal) -> Share:
    given = min(need, left.get(item, ZERO))
    if given:
        left[item] -= given
    return Share(external_item_id=item, quantity=need, quantity_distributed=given)


def _remaining(picked: Iterable[ItemQuantity], left: dict[str, Decimal]) -> tuple[Share, ...]:
    return tuple(
        Share(
            external_item_id=one.external_item_id,
            quantity=left[one.external_item_id],
            quantity_distributed=whole_quantity(one.quantity) - left[one.external_item_id],
        )
        for one in picked
        if left[one.external_item_id]
    )


def _needs(orders: Sequence[OrderNeed]) -> dict[str, dict[str, Decimal]]:
    if not orders:
        raise RequiredFieldMissing("distributeToOrders is empty; name at least one order", "distributeToOrders")
    needs: dict[str, dict[str, Decimal]] = {}
    for order in orders:
        if order.external_order_id in needs:
            raise InvalidInput(
                f"externalOrderId '{order.external_order_id}' is listed twice; list its items together",
                "externalOrderId",
            )
        needs[order.external_order_id] = _checked(order.items, f"itemQuantities of '{order.external_order_id}'")
    return needs


def _checked(items: Sequence[ItemQuantity], where: str) -> dict[str, Decimal]:
    if not items:
        raise RequiredFieldMissing(f"{where} is empty; name at least one item", where.partition(" ")[0])
    found: dict[str, Decimal] = {}
    for item in items:
        if item.external_item_id in found:
            raise InvalidInput(
                f"externalItemId '{item.external_item_id}' is listed twice in {where}; add its quantities up",
                "externalItemId",
            )
        found[item.external_item_id] = _whole(item, where)
    return found


def _whole(item: ItemQuantity, where: str) -> Decimal:
    try:
        return whole_quantity(item.quantity)
    except InvalidQuantity as error:
        raise InvalidInput(f"quantity of '{item.external_item_id}' in {where}: {error}", "quantity") from error
