"""POST /commerce/fulfillment/pick-tickets/actions/distribute-quantities."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.decisions.distribute_quantities import (
    IN_SEQUENCE,
    ItemQuantity,
    OrderNeed,
    OrderShare,
    Share,
    decide_distribute_quantities,
)  # fmt: skip
from orderwright.rest.codec import About, Alias
from orderwright.rest.context import Context


class ItemQuantityInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one item; whole units above zero."""

    external_item_id: Annotated[str, About("Your key of the item, as its SKU.")]
    quantity: Decimal


class DistributeToOrdersInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one order needs. The manual's example misprints the name of the key, with a colon in it; that works too."""

    external_order_id: Annotated[str, Alias("externalOrderId:"), About("Your key of the order.")]
    item_quantities: tuple[ItemQuantityInput, ...]


class DistributePickedQuantitiesInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was picked, and the orders that need it, in the order in which they are served."""

    distribute_to_orders: tuple[DistributeToOrdersInput, ...]
    optimization_criteria: Annotated[str, About(f"{IN_SEQUENCE}.")]
    quantities_picked_list: tuple[ItemQuantityInput, ...]


class ItemQuantityOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of an item: the units needed, or left, and the units given."""

    external_item_id: str
    quantity: Decimal
    quantity_distributed: Decimal


class OrderQuantitiesOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one order needs of each item, and got of it."""

    external_order_id: str
    item_quantities: tuple[ItemQuantityOutput, ...]


class DistributePickedQuantitiesOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Every order in one of three lists; what is left in `quantitiesRemainingList`, with what was given of it."""

    fully_distributed_orders_list: tuple[OrderQuantitiesOutput, ...]
    not_distributed_orders_list: tuple[OrderQuantitiesOutput, ...]
    partially_distributed_orders_list: tuple[OrderQuantitiesOutput, ...]
    quantities_remaining_list: tuple[ItemQuantityOutput, ...]


async def distribute_quantities(
    context: Context,  # noqa: ARG001  # all handlers are called alike
    body: DistributePickedQuantitiesInput,
) -> DistributePickedQuantitiesOutput:
    """Share out what was picked for many orders at once: the first orders first. A calculation, nothing is stored."""
    made = decide_distribute_quantities(
        _items(body.quantities_picked_list),
        [
            OrderNeed(external_order_id=order.external_order_id, items=_items(order.item_quantities))
            for order in body.distribute_to_orders
        ],
        body.optimization_criteria,
    )
    return DistributePickedQuantitiesOutput(
        fully_distributed_orders_list=_orders(order for order in made.orders if order.is_full),
        not_distributed_orders_list=_orders(order for order in made.orders if order.is_empty),
        partially_distributed_orders_list=_orders(
            order for order in made.orders if not order.is_full and not order.is_empty
        ),
        quantities_remaining_list=_shares(made.remaining),
    )


def _items(items: Iterable[ItemQuantityInput]) -> tuple[ItemQuantity, ...]:
    return tuple(ItemQuantity(external_item_id=item.external_item_id, quantity=item.quantity) for item in items)


def _orders(orders: Iterable[OrderShare]) -> tuple[OrderQuantitiesOutput, ...]:
    return tuple(
        OrderQuantitiesOutput(external_order_id=order.external_order_id, item_quantities=_shares(order.items))
        for order in orders
    )


def _shares(shares: Iterable[Share]) -> tuple[ItemQuantityOutput, ...]:
    return tuple(
        ItemQuantityOutput(
            external_item_id=share.external_item_id,
            quantity=share.quantity,
            quantity_distributed=share.quantity_distributed,
        )
        for share in shares
    )
