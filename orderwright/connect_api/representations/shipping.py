"""Fulfilment and routing: what goes into and comes out of FulfillmentOrder, PickTicket and Routing."""

from __future__ import annotations

from orderwright.rest.fulfillment_orders import (
    cancel_item,
    create_invoice,
    create_multiple,
    create_multiple_invoices,
    distribute_quantities,
)
from orderwright.rest.fulfillment_orders import (
    create as create_fulfillment_orders,
)
from orderwright.rest.routing import (
    find_routes_with_fewest_splits,
    rank_by_average_distance,
)
from orderwright.rest.routing import find_routes_with_fewest_splits_using_oci as using_oci
from orderwright.rest.routing.fulfillment_order_capacity import (
    confirm_held_capacity,
    get_capacity_values,
    hold_capacity,
    release_held_capacity,
)
from orderwright.rest.routing.fulfillment_order_capacity import (
    representations as capacity,
)

__all__ = [
    "AvailableLocationOutputRepresentation",
    "AverageDistanceResultOutputRepresentation",
    "CapacityRequestInputRepresentation",
    "CapacityResponseOutputRepresentation",
    "ConfirmHeldFOCapacityInputRepresentation",
    "ConfirmHeldFOCapacityOutputRepresentation",
    "ConfirmHeldFOCapacityRequestInputRepresentation",
    "ConfirmHeldFOCapacityResponseOutputRepresentation",
    "DistanceCalculationOutputRepresentation",
    "DistributePickedQuantitiesInputRepresentation",
    "DistributePickedQuantitiesOutputRepresentation",
    "DistributeToOrdersInputRepresentation",
    "FindRoutesWithFewestSplitsGroupUsingOCIInputRepresentation",
    "FindRoutesWithFewestSplitsInputRepresentation",
    "FindRoutesWithFewestSplitsOutputRepresentation",
    "FindRoutesWithFewestSplitsUsingOCIInputRepresentation",
    "FindRoutesWithFewestSplitsUsingOCIItemInputRepresentation",
    "FindRoutesWithFewestSplitsUsingOCIOutputRepresentation",
    "FindRoutesWithFewestSplitsWithInventoryOutputRepresentation",
    "FulfillmentGroupInputRepresentation",
    "FulfillmentGroupOutputRepresentation",
    "FulfillmentOrderCancelLineItemsOutputRepresentation",
    "FulfillmentOrderInputRepresentation",
    "FulfillmentOrderInvoiceInputRepresentation",
    "FulfillmentOrderInvoiceOutputRepresentation",
    "FulfillmentOrderLineItemInputRepresentation",
    "FulfillmentOrderLineItemsToCancelInputRepresentation",
    "FulfillmentOrderOutputRepresentation",
    "GetFOCapacityValuesOutputRepresentation",
    "GetFOCapacityValuesRequestInputRepresentation",
    "HoldFOCapacityInputRepresentation",
    "HoldFOCapacityOutputRepresentation",
    "HoldFOCapacityRequestInputRepresentation",
    "HoldFOCapacityResponseOutputRepresentation",
    "ItemQuantityInputRepresentation",
    "ItemQuantityOutputRepresentation",
    "LocationAvailabilityInputRepresentation",
    "LocationCapacityOutputRepresentation",
    "LocationInputRepresentation",
    "LocationOutputRepresentation",
    "MultipleFulfillmentOrderInputRepresentation",
    "MultipleFulfillmentOrderInvoicesInputRepresentation",
    "MultipleFulfillmentOrderInvoicesOutputRepresentation",
    "MultipleFulfillmentOrderOutputRepresentation",
    "OrderItemSummaryInputRepresentation",
    "OrderItemSummaryOutputRepresentation",
    "OrderQuantitiesOutputRepresentation",
    "QuantityWithSkuInputRepresentation",
    "RankAverageDistanceInputRepresentation",
    "RankAverageDistanceOutputRepresentation",
    "ReleaseHeldFOCapacityInputRepresentation",
    "ReleaseHeldFOCapacityOutputRepresentation",
    "ReleaseHeldFOCapacityRequestInputRepresentation",
    "ReleaseHeldFOCapacityResponseOutputRepresentation",
    "TargetLocationInputRepresentation",
]

FulfillmentOrderInputRepresentation = create_fulfillment_orders.FulfillmentOrderInput
FulfillmentGroupInputRepresentation = create_fulfillment_orders.FulfillmentGroupInput
OrderItemSummaryInputRepresentation = create_fulfillment_orders.OrderItemSummaryInput
FulfillmentOrderOutputRepresentation = create_fulfillment_orders.FulfillmentOrderOutput

MultipleFulfillmentOrderInputRepresentation = create_multiple.MultipleFulfillmentOrderInput
MultipleFulfillmentOrderOutputRepresentation = create_multiple.MultipleFulfillmentOrderOutput
FulfillmentGroupOutputRepresentation = create_multiple.FulfillmentGroupOutput
OrderItemSummaryOutputRepresentation = create_multiple.OrderItemSummaryOutput

FulfillmentOrderLineItemInputRepresentation = cancel_item.FulfillmentOrderLineItemInput
FulfillmentOrderLineItemsToCancelInputRepresentation = cancel_item.FulfillmentOrderLineItemsToCancelInput
FulfillmentOrderCancelLineItemsOutputRepresentation = cancel_item.FulfillmentOrderCancelLineItemsOutput

FulfillmentOrderInvoiceInputRepresentation = create_invoice.FulfillmentOrderInvoiceInput
FulfillmentOrderInvoiceOutputRepresentation = create_invoice.FulfillmentOrderInvoiceOutput

MultipleFulfillmentOrderInvoicesInputRepresentation = create_multiple_invoices.MultipleFulfillmentOrderInvoicesInput
MultipleFulfillmentOrderInvoicesOutputRepresentation = create_multiple_invoices.MultipleFulfillmentOrderInvoicesOutput

DistributePickedQuantitiesInputRepresentation = distribute_quantities.DistributePickedQuantitiesInput
DistributeToOrdersInputRepresentation = distribute_quantities.DistributeToOrdersInput
ItemQuantityInputRepresentation = distribute_quantities.ItemQuantityInput
DistributePickedQuantitiesOutputRepresentation = distribute_quantities.DistributePickedQuantitiesOutput
OrderQuantitiesOutputRepresentation = distribute_quantities.OrderQuantitiesOutput
ItemQuantityOutputRepresentation = distribute_quantities.ItemQuantityOutput

FindRoutesWithFewestSplitsInputRepresentation = find_routes_with_fewest_splits.FindRoutesWithFewestSplitsInput
LocationAvailabilityInputRepresentation = find_routes_with_fewest_splits.LocationAvailabilityInput
QuantityWithSkuInputRepresentation = find_routes_with_fewest_splits.QuantityWithSkuInput
FindRoutesWithFewestSplitsOutputRepresentation = find_routes_with_fewest_splits.FindRoutesWithFewestSplitsOutput
AvailableLocationOutputRepresentation = find_routes_with_fewest_splits.AvailableLocationOutput

FindRoutesWithFewestSplitsUsingOCIInputRepresentation = using_oci.FindRoutesWithFewestSplitsUsingOCIInput
FindRoutesWithFewestSplitsGroupUsingOCIInputRepresentation = using_oci.FindRoutesWithFewestSplitsGroupUsingOCIInput
FindRoutesWithFewestSplitsUsingOCIItemInputRepresentation = using_oci.FindRoutesWithFewestSplitsUsingOCIItemInput
FindRoutesWithFewestSplitsUsingOCIOutputRepresentation = using_oci.FindRoutesWithFewestSplitsUsingOCIOutput
FindRoutesWithFewestSplitsWithInventoryOutputRepresentation = using_oci.FindRoutesWithFewestSplitsWithInventoryOutput

RankAverageDistanceInputRepresentation = rank_by_average_distance.RankAverageDistanceInput
TargetLocationInputRepresentation = rank_by_average_distance.TargetLocationInput
LocationInputRepresentation = rank_by_average_distance.LocationInput
RankAverageDistanceOutputRepresentation = rank_by_average_distance.RankAverageDistanceOutput
AverageDistanceResultOutputRepresentation = rank_by_average_distance.AverageDistanceResultOutput
DistanceCalculationOutputRepresentation = rank_by_average_distance.DistanceCalculationOutput
LocationOutputRepresentation = rank_by_average_distance.LocationOutput

GetFOCapacityValuesRequestInputRepresentation = get_capacity_values.GetFOCapacityValuesRequestInput
GetFOCapacityValuesOutputRepresentation = get_capacity_values.GetFOCapacityValuesOutput
LocationCapacityOutputRepresentation = get_capacity_values.LocationCapacityOutput

HoldFOCapacityInputRepresentation = hold_capacity.HoldFOCapacityInput
HoldFOCapacityRequestInputRepresentation = hold_capacity.HoldFOCapacityRequestInput
HoldFOCapacityOutputRepresentation = hold_capacity.HoldFOCapacityOutput

ConfirmHeldFOCapacityInputRepresentation = confirm_held_capacity.ConfirmHeldFOCapacityInput
ConfirmHeldFOCapacityRequestInputRepresentation = confirm_held_capacity.ConfirmHeldFOCapacityRequestInput
ConfirmHeldFOCapacityOutputRepresentation = confirm_held_capacity.ConfirmHeldFOCapacityOutput

ReleaseHeldFOCapacityInputRepresentation = release_held_capacity.ReleaseHeldFOCapacityInput
ReleaseHeldFOCapacityRequestInputRepresentation = release_held_capacity.ReleaseHeldFOCapacityRequestInput
ReleaseHeldFOCapacityOutputRepresentation = release_held_capacity.ReleaseHeldFOCapacityOutput

CapacityRequestInputRepresentation = capacity.CapacityRequestInput
CapacityResponseOutputRepresentation = capacity.CapacityResponseOutput
HoldFOCapacityResponseOutputRepresentation = capacity.CapacityResponsesOutput
ConfirmHeldFOCapacityResponseOutputRepresentation = capacity.CapacityResponsesOutput
ReleaseHeldFOCapacityResponseOutputRepresentation = capacity.CapacityResponsesOutput
