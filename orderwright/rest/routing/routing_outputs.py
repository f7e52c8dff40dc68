"""What routing and allocating takes in and tells: plans and decisions by their names on the wire (extensions)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from orderwright.decisions.errors import InvalidInput, PreviewOutdated
from orderwright.decisions.routing_plan import GroupPlan, NotAllocated, RoutingPlan, RoutingWish
from orderwright.decisions.routing_rules import RoutingRules
from orderwright.objects.definition import Id
from orderwright.objects.routing_decision import Made, RoutingDecision
from orderwright.rest.codec import About, IdOf, OnlyWhenSet
from orderwright.rest.context import Context
from orderwright.rest.fulfillment_orders.create import OrderItemSummaryInput
from orderwright.rest.previewed import HEADER, asks_why
from orderwright.rest.representations import ErrorResponse, PreviewToken
from orderwright.store.routing_decisions import made_of, plan_of

Status = Literal["Allocated", "PartlyAllocated", "Refused"]


class RouteAndAllocateInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The order, and if not all of it is meant, which delivery group and which units."""

    order_delivery_group_summary_id: Annotated[
        Id | None, IdOf("OrderDeliveryGroupSummary"), About("All of the order's when left out.")
    ] = None
    order_item_summaries: Annotated[
        tuple[OrderItemSummaryInput, ...] | None,
        About("Units to allocate; every unit that is not allocated when left out."),
    ] = None
    order_summary_id: Annotated[Id, IdOf("OrderSummary")]


class RoutedItemOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of an item that a location ships."""

    order_item_summary_id: Id
    quantity: int
    stock_keeping_unit: str


class RoutedShipmentOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one location ships: one fulfillment order, whose id is null while it is only previewed."""

    fulfilled_from_location_id: Id
    fulfillment_order_id: Id | None
    fulfillment_type: str
    location_identifier: str
    order_delivery_group_summary_id: Id
    order_item_summaries: tuple[RoutedItemOutput, ...]


class RoutingExplanation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was considered: by which rules, and for each delivery group which locations and routes."""

    currency: str | None
    distance_unit: str
    groups: tuple[GroupPlan, ...]
    order_value: Decimal
    rules_digest: str
    sort_keys: tuple[str, ...]


class RouteAndAllocateOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is shipped from where, what is not allocated and why, and the fulfillment orders that were made of it."""

    errors: tuple[ErrorResponse, ...] = ()
    explanation: Annotated[
        RoutingExplanation | None, OnlyWhenSet(), About("With ?explain=true: what was considered.")
    ] = None
    fulfillment_order_ids: tuple[Id, ...] = ()
    not_allocated: tuple[NotAllocated, ...] = ()
    order_summary_id: Id | None = None
    preview_token: PreviewToken = None
    routing_decision_id: Annotated[Id | None, About("Null for a preview, which keeps nothing.")] = None
    shipments: tuple[RoutedShipmentOutput, ...] = ()
    status: Status | None = None
    success: bool = True


class RoutingDecisionOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A routing decision as it is kept."""

    attempts: Annotated[int, About("Above 1: stock or capacity went to others meanwhile, and it was planned anew.")]
    capacity_message: Annotated[str | None, About("What of the capacity could not be held any more, and why.")]
    capacity_state: Annotated[
        Literal["None", "Held", "Confirmed", "Missed"], About("What became of the capacity held at the locations.")
    ]
    capacity_holds: tuple[str, ...] = msgspec.field(name="capacityActionRequestIds")
    created_by_id: Id | None
    created_date: dt.datetime | None
    errors: tuple[ErrorResponse, ...] = ()
    explanation: RoutingExplanation
    fulfillment_order_ids: tuple[Id, ...]
    id: Id
    not_allocated: tuple[NotAllocated, ...]
    order_delivery_group_summary_id: Annotated[Id | None, About("The one that was asked for; null for all.")]
    order_summary_id: Id
    refused: Annotated[str | None, About("Why nothing was allocated; null when something was.")]
    reservations: tuple[str, ...] = msgspec.field(name="reservationIds")
    rules: Annotated[str, About("The text of the rules that held.")]
    shipments: tuple[RoutedShipmentOutput, ...]
    status: Status
    success: bool = True


class RoutingDecisionsOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The decisions about an order, the latest first."""

    errors: tuple[ErrorResponse, ...] = ()
    routing_decisions: tuple[RoutingDecisionOutput, ...]
    success: bool = True


def wish_of(body: RouteAndAllocateInput) -> RoutingWish:
    """What is wanted. Raises InvalidInput for an item that is listed twice."""
    quantities: dict[Id, Decimal] | None = None
    if body.order_item_summaries is not None:
        quantities = {}
        for item in body.order_item_summaries:
            if item.order_item_summary_id in quantities:
                raise InvalidInput(
                    f"orderItemSummaryId {item.order_item_summary_id} is listed twice; send it once, with the sum",
                    "orderItemSummaryId",
                )
            quantities[item.order_item_summary_id] = item.quantity
    return RoutingWish(delivery_group_summary_id=body.order_delivery_group_summary_id, quantities=quantities)


def status_of(plan: RoutingPlan) -> Status:
    """What a plan comes to."""
    if plan.refused is not None:
        return "Refused"
    return "PartlyAllocated" if plan.not_allocated else "Allocated"


def plan_output(context: Context, plan: RoutingPlan) -> RouteAndAllocateOutput:
    """A plan of which nothing was made."""
    return _output(plan, Made(), None, explained(plan, context.routing_rules.digest) if asks_why(context) else None)


def allocated_output(context: Context, decision: RoutingDecision) -> RouteAndAllocateOutput:
    """What a decision made."""
    plan = plan_of(decision)
    explanation = explained(plan, decision.rules_digest) if asks_why(context) else None
    return _output(plan, made_of(decision), decision.id, explanation)


def _output(
    plan: RoutingPlan, made: Made, decision_id: Id | None, explanation: RoutingExplanation | None
) -> RouteAndAllocateOutput:
    return RouteAndAllocateOutput(
        explanation=explanation,
        fulfillment_order_ids=made.fulfillment_order_ids,
        not_allocated=plan.not_allocated,
        order_summary_id=plan.order_summary_id,
        routing_decision_id=decision_id,
        shipments=tuple(_shipments(plan, made)) if plan.refused is None else (),
        status=status_of(plan),
    )


def explained(plan: RoutingPlan, rules_digest: str) -> RoutingExplanation:
    """What was considered."""
    return RoutingExplanation(
        currency=plan.currency,
        distance_unit=plan.distance_unit,
        groups=plan.groups,
        order_value=plan.order_value,
        rules_digest=rules_digest,
        sort_keys=plan.sort_keys,
    )


def _shipments(plan: RoutingPlan, made: Made) -> Iterator[RoutedShipmentOutput]:
    for number, (group_id, shipment) in enumerate(plan.shipments):
        yield RoutedShipmentOutput(
            fulfilled_from_location_id=shipment.location_id,
            fulfillment_order_id=made.fulfillment_order_ids[number] if made.fulfillment_order_ids else None,
            fulfillment_type=shipment.fulfillment_type,
            location_identifier=shipment.location,
            order_delivery_group_summary_id=group_id,
            order_item_summaries=tuple(
                RoutedItemOutput(
                    order_item_summary_id=item.order_item_summary_id,
                    quantity=item.quantity,
                    stock_keeping_unit=item.stock_keeping_unit,
                )
                for item in shipment.items
            ),
        )


def decision_output(decision: RoutingDecision) -> RoutingDecisionOutput:
    """A decision as it is kept."""
    plan, made = plan_of(decision), made_of(decision)
    return RoutingDecisionOutput(
        attempts=decision.attempts,
        capacity_message=decision.capacity_message,
        capacity_state=decision.capacity_state,  # type: ignore[arg-type]  # the table has no other
        capacity_holds=tuple(hold.hold for hold in made.capacity_holds),
        created_by_id=decision.created_by_id,
        created_date=decision.created_date,
        explanation=explained(plan, decision.rules_digest),
        fulfillment_order_ids=made.fulfillment_order_ids,
        id=decision.id,
        not_allocated=plan.not_allocated,
        order_delivery_group_summary_id=decision.order_delivery_group_summary_id,
        order_summary_id=decision.order_summary_id,
        refused=plan.refused,
        reservations=made.reservation_ids,
        rules=decision.rules_text,
        shipments=tuple(_shipments(plan, made)) if plan.refused is None else (),
        status=decision.status,  # type: ignore[arg-type]  # the table has no other
    )


# --- what a preview promised ------------------------------------------------------------------------------------------


class _Token(msgspec.Struct, frozen=True):
    version: int
    rules: str
    routes: str
    digest: str


def routing_token(plan: RoutingPlan, rules: RoutingRules) -> str:
    """The token of a plan: equal tokens mean the same shipments of the same order by the same rules."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_token(plan, rules))).decode().rstrip("=")


def check_routing_preview(context: Context, plan: RoutingPlan) -> None:
    """Refuse a submit that would ship otherwise than its preview showed. Raises PreviewOutdated."""
    sent = context.received.headers.get(HEADER.lower())
    if sent is None or sent == routing_token(plan, context.routing_rules):
        return
    then, now = _parsed(sent), _token(plan, context.routing_rules)
    if then is None:
        raise PreviewOutdated(f"{HEADER} '{sent[:80]}' is none of ours; send the one a preview answered with")
    reasons = []
    if then.version != now.version:
        reasons.append(f"the order summary was at version {then.version} and is at {now.version}")
    if then.rules != now.rules:
        reasons.append("the routing rules have changed")
    if then.routes != now.routes:
        reasons.append(f"it would ship from {now.routes}, not from {then.routes}")
    if not reasons:
        reasons.append("other units would ship from these locations")
    raise PreviewOutdated(f"what was previewed is not what would happen: {'; '.join(reasons)}. Preview again")


def _token(plan: RoutingPlan, rules: RoutingRules) -> _Token:
    units = msgspec.json.encode((plan.order_summary_id, plan.shipments, plan.not_allocated, plan.refused))
    routes = ", ".join(" + ".join(one.location for one in group.shipments) or "nowhere" for group in plan.groups)
    return _Token(
        version=plan.order_version,
        rules=rules.digest[:16],
        routes=routes[:500],
        digest=hashlib.sha256(units).hexdigest()[:32],
    )


def _parsed(text: str) -> _Token | None:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=_Token)
    except (ValueError, msgspec.DecodeError):
        return None
