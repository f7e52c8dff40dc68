"""Where an order is shipped from: for each delivery group the best of the routes with the fewest splits.

Delivery groups are planned one after the other, each with the stock and the capacity that those before it left. What a
delivery group cannot get is refused or left over, as the rules say; the plan tells why.

This is an extension of ours: the documented platform leaves it to flows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from orderwright.arithmetic.quantity import InvalidQuantity
from orderwright.arithmetic.quantity import whole as whole_quantity
from orderwright.decisions.change_order import check_managed
from orderwright.decisions.create_fulfillment_order import Allocation, FulfillmentGroup, WantedGroup
from orderwright.decisions.errors import InvalidCrossReference, InvalidInput, QuantityUnavailable, Refusal
from orderwright.decisions.find_routes import MOST_WORK
from orderwright.decisions.plan_delivery_group import Taken, Want, plan_delivery_group
from orderwright.decisions.routing_plan import GroupPlan, RoutingFacts, RoutingPlan, RoutingWish
from orderwright.decisions.routing_rules import RoutingRules
from orderwright.objects.definition import Id
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.order_summary import OrderDeliveryGroupSummary
from orderwright.objects.picklists import Picklists
from orderwright.objects.whole import WholeSummary, find


class CannotAllocate(Refusal):
    """By the rules of routing nothing is allocated: too little stock, capacity, or too many splits."""

    code = "CANNOT_ALLOCATE"


def decide_route_and_allocate(
    facts: RoutingFacts,
    wish: RoutingWish,
    rules: RoutingRules,
    picklists: Picklists,
    most_work: int = MOST_WORK,
) -> RoutingPlan:
    """Return what each location is to ship, and all that was considered; each search takes `most_work` steps at most.

    A plan with `refused` allocates nothing: too little can be, by the rules. Raises InvalidOperation for an order that
    another system manages; InvalidCrossReference, InvalidInput and QuantityUnavailable for a wish that is none.
    Source: fulfillment-routing.yaml#routing.find-routes-with-fewest-splits (documented) for the routes; choosing one of
    them, and all else, is inferred: the step is ours.
    """
    whole = facts.whole
    check_managed(whole)
    groups = _groups(whole, wish)
    wants = _wants(facts, groups, wish)
    taken, plans = Taken(), list[GroupPlan]()
    for group in groups:
        if wants[group.id]:
            plans.append(plan_delivery_group(group, wants[group.id], facts, taken, rules, picklists, most_work))
            taken.add(plans[-1].shipments)
    summary = whole.summary
    return RoutingPlan(
        order_summary_id=summary.id,
        order_version=summary.version,
        order_value=summary.grand_total_amount,
        currency=summary.currency_iso_code,
        distance_unit=rules.distance_unit,
        sort_keys=rules.sort_keys,
        groups=tuple(plans),
        refused=_why_refused(plans, rules),
    )


def fulfillment_groups(plan: RoutingPlan, status: str) -> tuple[WantedGroup, ...]:
    """The fulfillment orders that a plan makes, in the order of its shipments."""
    return tuple(
        WantedGroup(
            delivery_group_summary_id=group_id,
            status=status,
            group=FulfillmentGroup(
                fulfilled_from_location_id=shipment.location_id,
                fulfillment_type=shipment.fulfillment_type,
                order_item_summaries=tuple(
                    Allocation(order_item_summary_id=item.order_item_summary_id, quantity=Decimal(item.quantity))
                    for item in shipment.items
                ),
            ),
        )
        for group_id, shipment in plan.shipments
    )


def _why_refused(plans: Sequence[GroupPlan], rules: RoutingRules) -> str | None:
    short = [plan for plan in plans if plan.not_allocated]
    if not plans:
        return "nothing is left to allocate: every unit of the order is allocated, canceled, or no product"
    if rules.shortage == "refuse_all" and short:
        return _told(short)
    return None if any(plan.shipments for plan in plans) else _told(short)


def _told(short: Sequence[GroupPlan]) -> str:
    missing = [entry for plan in short for entry in plan.not_allocated]
    more = f"; and {len(missing) - 1} more" if len(missing) > 1 else ""
    first = missing[0]
    return f"{first.quantity} of {first.stock_keeping_unit or first.order_item_summary_id}: {first.why}{more}"


# --- what is wanted ---------------------------------------------------------------------------------------------------


def _groups(whole: WholeSummary, wish: RoutingWish) -> tuple[OrderDeliveryGroupSummary, ...]:
    if wish.delivery_group_summary_id is None:
        return whole.delivery_groups
    group = find(whole.delivery_groups, wish.delivery_group_summary_id)
    if group is None:
        raise InvalidCrossReference(
            f"order delivery group summary {wish.delivery_group_summary_id} does not belong to order summary "
            f"{whole.summary.id}; name one of its own, or none for all",
            "orderDeliveryGroupSummaryId",
        )
    return (group,)


def _wants(
    facts: RoutingFacts, groups: Sequence[OrderDeliveryGroupSummary], wish: RoutingWish
) -> dict[Id, tuple[Want, ...]]:
    """The units that are wanted, by delivery group, in the order of the items."""
    found: dict[Id, list[Want]] = {group.id: [] for group in groups}
    items = [item for item in facts.whole.items if item.order_delivery_group_summary_id in found]
    if wish.quantities is not None:
        _check_quantities(items, wish.quantities)
    for item in items:
        quantity = _quantity(item, wish)
        if quantity > 0:
            found[item.order_delivery_group_summary_id].append(Want(item.id, facts.skus.get(item.id), quantity))
    return {group_id: tuple(wants) for group_id, wants in found.items()}


def _quantity(item: OrderItemSummary, wish: RoutingWish) -> int:
    if wish.quantities is not None:
        return int(wish.quantities.get(item.id, 0))
    return int(item.quantity_available_to_fulfill) if _is_product(item) else 0


def _is_product(item: OrderItemSummary) -> bool:
    return item.type == "Order Product"


def _check_quantities(items: Sequence[OrderItemSummary], quantities: Mapping[Id, Decimal]) -> None:
    known = {item.id: item for item in items}
    for item_id, quantity in quantities.items():
        item = known.get(item_id)
        if item is None or not _is_product(item):
            raise InvalidCrossReference(
                f"order item summary {item_id} is no product of the order, or of the delivery group, that is routed",
                "orderItemSummaryId",
            )
        try:
            whole_quantity(quantity)
        except InvalidQuantity as error:
            raise InvalidInput(f"quantity of order item summary {item_id}: {error}", "quantity") from error
        available = item.quantity_available_to_fulfill
        if quantity > available:
            why = "ordered, less canceled and allocated units"
            raise QuantityUnavailable(item_id, quantity, available, "QuantityAvailableToFulfill", why)
