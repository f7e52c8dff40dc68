"""POST /commerce/order-management/routing/actions/find-routes-with-fewest-splits."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Annotated

import msgspec

from orderwright.decisions.errors import RequiredFieldMissing
from orderwright.decisions.explain_routes import RoutesExplanation, Shipment, explain_routes, shipments
from orderwright.decisions.find_routes import (
    MOST_CHECKED,
    MOST_ROUTES,
    MOST_WORK,
    Available,
    Ordered,
    Routing,
    decide_find_routes,
)
from orderwright.decisions.search_routes import Limit
from orderwright.rest.codec import About, OnlyWhenSet, encode
from orderwright.rest.context import Context
from orderwright.rest.execute import Answer
from orderwright.rest.previewed import asks_why
from orderwright.rest.representations import ErrorResponse
from orderwright.rest.routing.searching import in_turn, searched

MOST_SHIPMENTS = 50_000
"""Shipments explained in one answer."""


class LocationAvailabilityInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """So much of a SKU is available at a location; rows of the same SKU and location are added up.

    Source: fulfillment-routing.yaml#LocationAvailabilityInput (documented; that it needs its location is inferred).
    """

    external_reference_id: Annotated[
        str | None, About("The location's external reference, which routes name it by: a row without it is refused.")
    ] = None
    quantity: Annotated[Decimal, About("Zero or less counts as none.")]
    stock_keeping_unit: str


class QuantityWithSkuInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """So much of a SKU was ordered, in whole units above zero; rows of the same SKU are added up."""

    quantity: Decimal
    stock_keeping_unit: str


class FindRoutesWithFewestSplitsInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was ordered, what is available where, and in how many shipments more than one the order may go."""

    location_available_inventory: tuple[LocationAvailabilityInput, ...]
    maximum_number_of_splits: Annotated[
        int | None, About("A route has at most this many locations and one; as many as it takes when left out.")
    ] = None
    ordered_quantities: tuple[QuantityWithSkuInput, ...]


class AvailableLocationOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One route: locations that can fill the order together, in the order in which the request first named them."""

    locations: tuple[str, ...]
    shipments: Annotated[
        tuple[Shipment, ...] | None,
        OnlyWhenSet(),
        About(f"With ?explain=true: what each of them would ship; the first routes, about {MOST_SHIPMENTS} in all."),
    ] = None


class FindRoutesWithFewestSplitsOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All routes with the fewest locations; none, when the order cannot be filled with so few splits."""

    errors: tuple[ErrorResponse, ...] = ()
    explanation: Annotated[
        RoutesExplanation | None, OnlyWhenSet(), About("With ?explain=true: why each location is in or out.")
    ] = None
    limit_reached: Annotated[
        Limit | None,
        About(
            f"Extension. Null when nothing is missing; RoutesReturned: these are {MOST_ROUTES} of more, the first ones "
            f"unless it took too long to tell which these are; CombinationsChecked: the search ended after "
            f"{MOST_CHECKED} combinations, WorkDone: after about two seconds' work (counted, not timed), and there may "
            "be more."
        ),
    ] = None
    success: bool = True
    target_locations: tuple[AvailableLocationOutput, ...] = ()


async def find_routes_with_fewest_splits(
    context: Context, body: FindRoutesWithFewestSplitsInput
) -> FindRoutesWithFewestSplitsOutput:
    """Every combination of locations that fills the order with the fewest shipments; single locations are tried first,
    then pairs, and so on, and all combinations of the first size that can do it are returned, in the order in which the
    request named their locations. Nothing is stored.
    """
    available = available_rows(body.location_available_inventory)
    ordered = [Ordered(row.stock_keeping_unit, row.quantity) for row in body.ordered_quantities]

    def search(most_work: int) -> Routing:
        return decide_find_routes(ordered, available, body.maximum_number_of_splits, most_work=most_work)

    routing = await searched(search, MOST_WORK)
    return await in_turn(partial(_answer, routing, context.version, explained=asks_why(context)))


def available_rows(rows: tuple[LocationAvailabilityInput, ...]) -> list[Available]:
    """The rows as the decision takes them. Raises RequiredFieldMissing for none, and for one without its location."""
    if not rows:
        name = "locationAvailableInventory"
        raise RequiredFieldMissing(f"{name} is empty; send what is available at one location at least", name)
    return [_available(place, row) for place, row in enumerate(rows)]


def _available(place: int, row: LocationAvailabilityInput) -> Available:
    if not row.external_reference_id:
        path = f"locationAvailableInventory[{place}].externalReferenceId"
        raise RequiredFieldMissing(f"{path} is missing, and no route could name the location; send it", path)
    return Available(row.external_reference_id, row.stock_keeping_unit, row.quantity)


def _answer(routing: Routing, version: int, *, explained: bool) -> FindRoutesWithFewestSplitsOutput:
    """The answer as it goes out: it may be large, so it is not left to the event loop to write it."""
    output = FindRoutesWithFewestSplitsOutput(
        explanation=explain_routes(routing) if explained else None,
        limit_reached=routing.limit,
        target_locations=target_locations(routing, MOST_SHIPMENTS if explained else 0),
    )
    answer: FindRoutesWithFewestSplitsOutput = Answer(201, encode(output, version))  # type: ignore[assignment]
    return answer


def target_locations(routing: Routing, most_shipments: int) -> tuple[AvailableLocationOutput, ...]:
    """The routes of a routing, the first of them with what they ship: about as many shipments as that in all."""
    shown: list[AvailableLocationOutput] = []
    for route in routing.routes:
        shipped = shipments(routing.table, route) if most_shipments > 0 else None
        most_shipments -= len(shipped or ())
        shown.append(AvailableLocationOutput(locations=routing.names(route), shipments=shipped))
    return tuple(shown)
