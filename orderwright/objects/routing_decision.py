"""Why an order was routed as it was: an extension of ours."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from orderwright.objects.definition import About, Field, Id, SObject, picklist, reference, text, whole


class RoutingDecision(SObject, frozen=True, kw_only=True):
    """What was considered, what was chosen, and what was made of it; or why nothing was allocated.

    It lies with its order and is made in the transaction that makes the fulfillment orders. `capacity_state` says what
    became of the capacity that was held for them: None, no location counts it; Held, it is still to be confirmed;
    Confirmed; Missed, it lapsed and was somebody else's by then, `capacity_message` says where.
    """

    ABOUT: ClassVar[About] = About(
        label="Routing Decision", key_prefix="9rD", name_field="Id", internal=True, root="order_summary_id"
    )

    order_summary_id: Annotated[Id, reference("OrderSummary")]
    order_delivery_group_summary_id: Annotated[Id | None, reference("OrderDeliveryGroupSummary")] = None
    """The one that was asked for; null for all."""
    status: Annotated[str, picklist("Allocated", "PartlyAllocated", "Refused", restricted=True)]
    attempts: Annotated[int, whole()] = 1
    """How often it was planned anew because stock or capacity went to others meanwhile."""
    rules_digest: Annotated[str, text(length=64)]
    rules_text: Annotated[str, text("textarea")]
    plan: Annotated[dict[str, Any], Field("json", internal=True)] = msgspec.field(default_factory=dict)
    """The RoutingPlan, by its wire names."""
    made: Annotated[dict[str, Any], Field("json", internal=True)] = msgspec.field(default_factory=dict)
    """What was made of it (`Made`), by wire names."""
    capacity_state: Annotated[str, picklist("None", "Held", "Confirmed", "Missed", restricted=True)] = "None"
    capacity_message: Annotated[str | None, text("textarea")] = None


class CapacityHold(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Capacity for one fulfillment order, by the actionRequestId it was held under."""

    hold: str
    location_id: Id


class Made(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a routing decision made: fulfillment orders in the order of the plan's shipments, the reservations that hold
    their units, and the capacity that was held for them.
    """

    fulfillment_order_ids: tuple[Id, ...] = ()
    reservation_ids: tuple[str, ...] = ()
    capacity_holds: tuple[CapacityHold, ...] = ()
