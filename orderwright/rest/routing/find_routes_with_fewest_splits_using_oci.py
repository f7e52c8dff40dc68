"""POST /commerce/order-management/routing/actions/find-routes-with-fewest-splits-using-oci."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Annotated, Literal, cast

import msgspec

from orderwright.decisions.errors import InvalidInput, Refusal, RequiredFieldMissing
from orderwright.decisions.explain_routes import RoutesExplanation, explain_routes
from orderwright.decisions.find_routes import MOST_LOCATIONS, MOST_ROUTES, MOST_WORK, Routing
from orderwright.decisions.find_routes_for_demands import decide_find_routes_for_demands
from orderwright.decisions.reserve_inventory import check_name
from orderwright.decisions.search_routes import Limit
from orderwright.rest.codec import About, OnlyWhenSet, Since, to_json
from orderwright.rest.context import Context
from orderwright.rest.execute import Answer
from orderwright.rest.inventory.availability import GetInventoryAvailabilityOutput
from orderwright.rest.inventory.representations import single_error
from orderwright.rest.previewed import asks_why
from orderwright.rest.representations import ErrorResponse
from orderwright.rest.routing.demanded import (
    MOST_RECORDS,
    Demanded,
    Order,
    OrderedItem,
    count_records,
    read_demanded,
)
from orderwright.rest.routing.find_routes_with_fewest_splits import (
    MOST_SHIPMENTS,
    AvailableLocationOutput,
    target_locations,
)
from orderwright.rest.routing.searching import in_turn, searched
from orderwright.rest.writer import Write, writer_of
from orderwright.store.inventory_places import places_named

MOST_ORDERS = 100
MOST_ITEMS = 1_000
"""Of all orders in one request."""
MOST_ROUTES_OF_ALL = 100_000
"""Routes in one answer: ten orders may have as many as one by itself."""


class FindRoutesWithFewestSplitsUsingOCIItemInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """So much of a SKU was ordered, in whole units above zero, from here; equal SKUs of equal groups are added up."""

    location_group_identifier: Annotated[
        str,
        About(
            "External reference of a location, or of a group: then any location of it may ship. A group comes first."
        ),
    ]
    quantity: Decimal
    stock_keeping_unit: str


class FindRoutesWithFewestSplitsGroupUsingOCIInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One order: its items, who must not ship them, and in how many shipments more than one it may go."""

    exclude_locations: Annotated[
        tuple[str, ...],
        Since(55),
        About("External references of locations, not of groups; one that is unknown would ship nothing anyway."),
    ] = ()
    maximum_number_of_splits: Annotated[
        int | None, About("A route has at most this many locations and one; as many as it takes when left out.")
    ] = None
    ordered_items: tuple[FindRoutesWithFewestSplitsUsingOCIItemInput, ...]


class FindRoutesWithFewestSplitsUsingOCIInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Orders, each routed for itself: none takes units from another."""

    orders: Annotated[
        tuple[FindRoutesWithFewestSplitsGroupUsingOCIInput, ...],
        About(f"Up to {MOST_ORDERS} orders with {MOST_ITEMS} items and {MOST_RECORDS} inventory records in all."),
    ] = msgspec.field(name="findRoutesWithFewestSplitsUsingOCIInputs")
    oci_expand_attributes: Annotated[
        tuple[Literal["groupEligibilityExclusion"], ...],
        Since(59),
        About("With groupEligibilityExclusion a SKU's units do not count for groups that its record there excludes."),
    ] = ()


class FindRoutesWithFewestSplitsWithInventoryOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One order: all its routes with the fewest locations, and the inventory they were found in."""

    errors: tuple[ErrorResponse, ...] = ()
    explanation: Annotated[
        RoutesExplanation | None, OnlyWhenSet(), About("With ?explain=true: why each location is in or out.")
    ] = None
    inventory: Annotated[
        GetInventoryAvailabilityOutput | None,
        About("The order's SKUs at its groups, and at all their locations; null when the order was refused."),
    ] = None
    limit_reached: Annotated[
        Limit | None,
        About(
            "Extension, as in find-routes-with-fewest-splits. The orders of a request share out the work, and "
            f"{MOST_ROUTES_OF_ALL} routes."
        ),
    ] = None
    success: bool = True
    target_locations: tuple[AvailableLocationOutput, ...] = ()


class FindRoutesWithFewestSplitsUsingOCIOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A result for every order, in their order; `success` is true when no order was refused."""

    errors: tuple[ErrorResponse, ...] = ()
    results: tuple[FindRoutesWithFewestSplitsWithInventoryOutput, ...] = ()
    success: bool = True


async def find_routes_with_fewest_splits_using_oci(
    context: Context, body: FindRoutesWithFewestSplitsUsingOCIInput
) -> FindRoutesWithFewestSplitsUsingOCIOutput:
    """For each order every combination of locations that fills it with the fewest shipments, from what is available to
    fulfil now in whole units. An item is shipped by locations of its own group only; where two items of one SKU may
    come from the same location, what lies there is given out once. Nothing is stored, and nothing reserved.
    """
    _check_size(body)
    outcomes = await _routed(body, await _read(context, body))
    return await in_turn(partial(_answer, context.version, outcomes, explained=asks_why(context)))


def _check_size(body: FindRoutesWithFewestSplitsUsingOCIInput) -> None:
    name = "findRoutesWithFewestSplitsUsingOCIInputs"
    if not body.orders:
        raise RequiredFieldMissing(f"{name} is empty; send at least one order", name)
    items = sum(len(order.ordered_items) for order in body.orders)
    excluded = sum(len(order.exclude_locations) for order in body.orders)
    for count, most, what in (
        (len(body.orders), MOST_ORDERS, "orders"),
        (items, MOST_ITEMS, "orderedItems"),
        (excluded, MOST_LOCATIONS, "excludeLocations"),
    ):
        if count > most:
            raise InvalidInput(f"{name} has {count} {what}; send at most {most} in one request", name)


Read = Sequence[Demanded | Refusal]
"""By order: what was read for it, or why it is refused."""
Outcomes = Sequence[tuple[Demanded, Routing] | Refusal]
"""By order: what was read for it and its routes, or why it is refused."""


async def _read(context: Context, body: FindRoutesWithFewestSplitsUsingOCIInput) -> Read:
    now = context.store.now()
    orders = [_order(order, body) for order in body.orders]
    names = {name for order in orders if not isinstance(order, Refusal) for name in (*order.places, *order.excluded)}
    left = MOST_RECORDS
    read: list[Demanded | Refusal] = []
    async with context.reading() as session:
        named = await places_named(session, names)
        for order in orders:
            try:
                if isinstance(order, Refusal):
                    raise order
                left -= count_records(order, named, left)
                read.append(await read_demanded(session, order, named, context.version, now))
            except Refusal as refusal:
                read.append(refusal)
    return read


def _order(
    order: FindRoutesWithFewestSplitsGroupUsingOCIInput, body: FindRoutesWithFewestSplitsUsingOCIInput
) -> Order | Refusal:
    """An order with names that can be looked for."""
    try:
        for item in order.ordered_items:
            check_name(item.stock_keeping_unit, "stockKeepingUnit")
            check_name(item.location_group_identifier, "locationGroupIdentifier")
        for name in order.exclude_locations:
            check_name(name, "excludeLocations")
    except Refusal as refusal:
        return refusal
    return Order(
        items=tuple(
            OrderedItem(item.location_group_identifier, item.stock_keeping_unit, item.quantity)
            for item in order.ordered_items
        ),
        excluded=frozenset(order.exclude_locations),
        leaves_ineligible_out="groupEligibilityExclusion" in body.oci_expand_attributes,
    )


async def _routed(body: FindRoutesWithFewestSplitsUsingOCIInput, read: Read) -> Outcomes:
    """What comes of each order. What one leaves of its share of the work and of the routes, later ones have."""
    work, routes = MOST_WORK, MOST_ROUTES_OF_ALL
    outcomes: list[tuple[Demanded, Routing] | Refusal] = []
    for place, (order, found) in enumerate(zip(body.orders, read, strict=True)):
        orders_left = len(read) - place
        try:
            if isinstance(found, Refusal):
                raise found
            most_routes = min(MOST_ROUTES, routes // orders_left)
            search = partial(_search, found, order.maximum_number_of_splits, most_routes)
            routing = await searched(search, work // orders_left)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        work = max(work - routing.work, 0)
        routes -= len(routing.routes)
        outcomes.append((found, routing))
    return outcomes


def _search(found: Demanded, maximum_number_of_splits: int | None, most_routes: int, most_work: int) -> Routing:
    return decide_find_routes_for_demands(
        found.demands, found.available, maximum_number_of_splits, most_routes=most_routes, most_work=most_work
    )


def _answer(version: int, outcomes: Outcomes, *, explained: bool) -> FindRoutesWithFewestSplitsUsingOCIOutput:
    """The answer as it goes out: the inventory is JSON already, so it is put in here."""
    most_shipments = MOST_SHIPMENTS // len(outcomes) if explained else 0
    results = tuple(_result(outcome, most_shipments) for outcome in outcomes)
    output = FindRoutesWithFewestSplitsUsingOCIOutput(results=results, success=all(one.success for one in results))
    write = cast("Write", writer_of(FindRoutesWithFewestSplitsUsingOCIOutput, version))  # a record has one
    written = write(output)
    for result, outcome in zip(written["results"], outcomes, strict=True):
        if not isinstance(outcome, Refusal):
            result["inventory"] = outcome[0].inventory
    answer: FindRoutesWithFewestSplitsUsingOCIOutput = Answer(201, to_json(written))  # type: ignore[assignment]
    return answer


def _result(
    outcome: tuple[Demanded, Routing] | Refusal, most_shipments: int
) -> FindRoutesWithFewestSplitsWithInventoryOutput:
    """The result of an order, without its inventory. `most_shipments`: 0 when nobody asked why."""
    if isinstance(outcome, Refusal):
        return FindRoutesWithFewestSplitsWithInventoryOutput(errors=single_error(outcome), success=False)
    found, routing = outcome
    return FindRoutesWithFewestSplitsWithInventoryOutput(
        explanation=explain_routes(routing, found.notes) if most_shipments else None,
        limit_reached=routing.limit,
        target_locations=target_locations(routing, most_shipments),
    )
