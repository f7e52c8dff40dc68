"""Routing and capacity."""

from __future__ import annotations

from orderwright.decisions import errors as refusals
from orderwright.decisions.route_and_allocate import CannotAllocate
from orderwright.rest.operation import connect
from orderwright.rest.routing.find_routes_with_fewest_splits import find_routes_with_fewest_splits
from orderwright.rest.routing.find_routes_with_fewest_splits_using_oci import find_routes_with_fewest_splits_using_oci
from orderwright.rest.routing.fulfillment_order_capacity.confirm_held_capacity import confirm_held_capacity
from orderwright.rest.routing.fulfillment_order_capacity.get_capacity_values import get_capacity_values
from orderwright.rest.routing.fulfillment_order_capacity.hold_capacity import hold_capacity
from orderwright.rest.routing.fulfillment_order_capacity.release_held_capacity import release_held_capacity
from orderwright.rest.routing.rank_by_average_distance import rank_by_average_distance
from orderwright.rest.routing.route_and_allocate import preview_route_and_allocate, route_and_allocate
from orderwright.rest.routing.routing_decisions import get_routing_decision, get_routing_decisions

ROUTING_ACTIONS = "/commerce/order-management/routing/actions"
RANK = {
    "deliveryCountryCode": "US",
    "deliveryPostalCode": "94105",
    "distanceUnit": "mi",
    "sortResult": "ASC",
    "targetLocations": [
        {"locations": [
            {"locationIdentifier": "WH-1", "countryCode": "US", "postalCode": "89101"},
            {"locationIdentifier": "WH-2", "countryCode": "US", "postalCode": "97201"},
        ]},
        {"locations": [{"locationIdentifier": "WH-3", "countryCode": "US", "postalCode": "10001"}]},
    ],
}  # fmt: skip

DISTANCES = (
    connect(
        "POST", f"{ROUTING_ACTIONS}/rank-byaverage-distance", rank_by_average_distance,
        "Rank sets of locations by their average distance to a recipient",
        aliases=(f"{ROUTING_ACTIONS}/rank-by-average-distance", f"{ROUTING_ACTIONS}/rank-average-distance"),
        since=51, refuses=(refusals.InvalidInput,), example=RANK, tag="Routing",
    ),
)  # fmt: skip

FIND_ROUTES = {
    "orderedQuantities": [
        {"stockKeepingUnit": "SKU-A", "quantity": 2},
        {"stockKeepingUnit": "SKU-B", "quantity": 1},
    ],
    "locationAvailableInventory": [
        {"externalReferenceId": "WH-1", "stockKeepingUnit": "SKU-A", "quantity": 2},
        {"externalReferenceId": "WH-2", "stockKeepingUnit": "SKU-B", "quantity": 5},
        {"externalReferenceId": "WH-3", "stockKeepingUnit": "SKU-B", "quantity": 1},
    ],
    "maximumNumberOfSplits": 1,
}

FIND_ROUTES_USING_OCI = {
    "findRoutesWithFewestSplitsUsingOCIInputs": [
        {
            "orderedItems": [
                {"stockKeepingUnit": "SKU-A", "quantity": 2, "locationGroupIdentifier": "US-EAST"},
                {"stockKeepingUnit": "SKU-B", "quantity": 1, "locationGroupIdentifier": "US-EAST"},
            ],
            "excludeLocations": ["STORE-9"],
            "maximumNumberOfSplits": 2,
        }
    ],
    "ociExpandAttributes": ["groupEligibilityExclusion"],
}

ROUTING = (
    connect(
        "POST", f"{ROUTING_ACTIONS}/find-routes-with-fewest-splits", find_routes_with_fewest_splits,
        "Find the combinations of locations that fill an order in the fewest shipments",
        since=51, refuses=(refusals.InvalidInput, refusals.RequiredFieldMissing), example=FIND_ROUTES, tag="Routing",
    ),
    connect(
        "POST", f"{ROUTING_ACTIONS}/find-routes-with-fewest-splits-using-oci", find_routes_with_fewest_splits_using_oci,
        "Find these combinations for orders, from our own inventory", since=54,
        refuses=(refusals.InvalidInput, refusals.RequiredFieldMissing), example=FIND_ROUTES_USING_OCI, tag="Routing",
    ),
)  # fmt: skip

ROUTE = {
    "orderSummaryId": "1Osxx0000004EAqCAM",
    "orderDeliveryGroupSummaryId": "0agxx0000000001AAA",
    "orderItemSummaries": [{"orderItemSummaryId": "10uxx0000004FYDAA2", "quantity": 1}],
}
ROUTE_REFUSALS = (
    refusals.InvalidOperation, refusals.InvalidCrossReference, refusals.InvalidInput, CannotAllocate
)  # fmt: skip

ROUTE_AND_ALLOCATE = (
    connect(
        "POST", f"{ROUTING_ACTIONS}/preview-route-and-allocate", preview_route_and_allocate,
        "See where an order would ship from (extension)", refuses=ROUTE_REFUSALS, example=ROUTE, tag="Routing",
    ),
    connect(
        "POST", f"{ROUTING_ACTIONS}/route-and-allocate", route_and_allocate,
        "Choose locations, reserve, and make the fulfillment orders (extension)",
        refuses=(*ROUTE_REFUSALS, refusals.PreviewOutdated), example=ROUTE, tag="Routing",
    ),
    connect(
        "GET", "/commerce/order-management/routing/decisions/{routingDecisionId}", get_routing_decision,
        "See why an order was routed so (extension)", status=200, rights=("Read OrderSummary",), tag="Routing",
    ),
    connect(
        "GET", "/commerce/order-management/order-summaries/{orderSummaryId}/routing-decisions", get_routing_decisions,
        "See all routing decisions about an order (extension)", status=200, rights=("Read OrderSummary",),
        tag="Routing",
    ),
)  # fmt: skip

CAPACITY_ACTIONS = "/commerce/order-management/routing/fulfillment-order-capacity/actions"
CAPACITY_REFUSALS = (refusals.InvalidInput, refusals.RequiredFieldMissing)
CAPACITY_BATCH = {"capacityRequests": [{"actionRequestId": "id-1", "locationId": "LOC-1"}], "allOrNothing": False}

CAPACITY = (
    connect(
        "POST", f"{CAPACITY_ACTIONS}/get-capacity-values", get_capacity_values,
        "See how many fulfillment orders locations can take", since=55, refuses=CAPACITY_REFUSALS,
        example={"locationIds": ["LOC-1", "LOC-2"]}, tag="Routing",
    ),
    connect(
        "POST", f"{CAPACITY_ACTIONS}/hold-capacity", hold_capacity,
        "Hold capacity of locations for fulfillment orders", since=55, refuses=CAPACITY_REFUSALS,
        example={"holdFOCapacityRequests": [CAPACITY_BATCH]}, tag="Routing",
    ),
    connect(
        "POST", f"{CAPACITY_ACTIONS}/confirm-held-capacity", confirm_held_capacity,
        "Make held capacity assigned", since=55, refuses=CAPACITY_REFUSALS,
        example={"confirmHeldFOCapacityRequests": [CAPACITY_BATCH]}, tag="Routing",
    ),
    connect(
        "POST", f"{CAPACITY_ACTIONS}/release-held-capacity", release_held_capacity,
        "Give held capacity back", since=55, refuses=CAPACITY_REFUSALS,
        example={"releaseHeldFOCapacityRequests": [CAPACITY_BATCH]}, tag="Routing",
    ),
)  # fmt: skip
