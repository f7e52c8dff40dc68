"""All invocable actions, on one page.

To add one: its name, label and handler, and what its parameters are called. Names of actions and their first versions
are documented (Metadata API guide, Flow, InvocableActionType). Names of parameters are observed in flows and clients
that run against live systems, except those marked `inferred`, which follow the names of their neighbours.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec

from orderwright.objects.definition import Id
from orderwright.rest.actions.action import Action, Parameter
from orderwright.rest.codec import IdOf, Longest
from orderwright.rest.fulfillment_orders.cancel_item import cancel_item
from orderwright.rest.fulfillment_orders.create import create_fulfillment_orders
from orderwright.rest.fulfillment_orders.create_invoice import create_invoice
from orderwright.rest.fulfillment_orders.create_multiple import create_multiple
from orderwright.rest.fulfillment_orders.distribute_quantities import distribute_quantities
from orderwright.rest.inventory.availability import get_availability
from orderwright.rest.inventory.reservations import create_reservation
from orderwright.rest.inventory.update import update_reservation
from orderwright.rest.inventory.use import fulfill_reservation, release_reservation, transfer_reservation
from orderwright.rest.order_payment_summaries import create_order_payment_summary
from orderwright.rest.order_summaries.adjust import adjust_item_preview, adjust_item_submit
from orderwright.rest.order_summaries.cancel import preview_cancel, submit_cancel
from orderwright.rest.order_summaries.create import create_order_summary
from orderwright.rest.order_summaries.create_change_invoices import create_multiple_change_invoices
from orderwright.rest.order_summaries.create_credit_memo import create_credit_memo
from orderwright.rest.order_summaries.ensure_funds import ensure_funds_async
from orderwright.rest.order_summaries.ensure_refunds import ensure_refunds_async
from orderwright.rest.order_summaries.simple_return import preview_return, submit_return
from orderwright.rest.payments.authorize import authorize
from orderwright.rest.payments.sale import sale
from orderwright.rest.routing.find_routes_with_fewest_splits import find_routes_with_fewest_splits
from orderwright.rest.routing.find_routes_with_fewest_splits_using_oci import find_routes_with_fewest_splits_using_oci
from orderwright.rest.routing.fulfillment_order_capacity.confirm_held_capacity import confirm_held_capacity
from orderwright.rest.routing.fulfillment_order_capacity.get_capacity_values import get_capacity_values
from orderwright.rest.routing.fulfillment_order_capacity.hold_capacity import hold_capacity
from orderwright.rest.routing.fulfillment_order_capacity.release_held_capacity import release_held_capacity
from orderwright.rest.routing.rank_by_average_distance import rank_by_average_distance

TO_CHANGE = Parameter("orderItemSummaryLineItemsToChangeInput", "ChangeInputRepresentation", ("changeInput",))
TO_ADJUST = Parameter("orderItemSummariesToAdjust", "AdjustOrderItemSummaryInputRepresentation", ("adjustInput",))
ADJUSTED = Parameter("adjustOutput", "AdjustOrderSummaryOutputRepresentation")
OCI = "Omnichannel Inventory Service"


class PaymentSaleInputs(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is taken, by which gateway, from which payment method.

    Source: Actions developer guide, Payment Sale Action (documented).
    """

    amount: Decimal
    currency_iso_code: str | None = None
    idempotency_key: Annotated[str | None, Longest(255)] = None
    payment_gateway_id: Annotated[Id, IdOf("PaymentGateway")]
    payment_method_id: Annotated[Id, IdOf("CardPaymentMethod", "DigitalWallet", "AlternativePaymentMethod")]


def _sale(given: PaymentSaleInputs) -> dict[str, Any]:
    body = {
        "amount": given.amount,
        "currencyIsoCode": given.currency_iso_code,
        "idempotencyKey": given.idempotency_key,
        "paymentGatewayId": given.payment_gateway_id,
        "paymentMethod": {"id": given.payment_method_id},
    }
    return {name: value for name, value in body.items() if value is not None}


ORDER_SUMMARY_ACTIONS = (
    Action(
        "createOrderSummary", "Create Order Summary", create_order_summary,
        Parameter("createOrderSummaryInput", "OrderSummaryInputRepresentation", ("orderSummaryInput",)),
        Parameter("createOrderSummaryOutput", "OrderSummaryOutputRepresentation"),
    ),
    Action(
        "cancelOrderItemSummariesPreview", "Cancel Order Item Summaries Preview", preview_cancel,
        TO_CHANGE, Parameter("previewCancelOutput", "PreviewCancelOutputRepresentation"),
    ),
    Action(
        "cancelOrderItemSummariesSubmit", "Cancel Order Item Summaries Submit", submit_cancel,
        TO_CHANGE, Parameter("submitCancelOutput", "SubmitCancelOutputRepresentation"),
    ),
    Action(
        "returnOrderItemSummariesPreview", "Return Order Item Summaries Preview", preview_return,
        TO_CHANGE, Parameter("previewReturnOutput", "PreviewReturnOutputRepresentation"),
    ),
    Action(
        "returnOrderItemSummariesSubmit", "Return Order Item Summaries Submit", submit_return,
        TO_CHANGE, Parameter("submitReturnOutput", "SubmitReturnOutputRepresentation"),
    ),
    Action(
        "adjustOrderItemSummariesPreview", "Adjust Order Item Summaries Preview", adjust_item_preview,
        TO_ADJUST, ADJUSTED, since=49,
    ),
    Action(
        "adjustOrderItemSummariesSubmit", "Adjust Order Item Summaries Submit", adjust_item_submit,
        TO_ADJUST, ADJUSTED, since=49,
    ),
    Action(
        "createCreditMemoOrderSummary", "Create Credit Memo", create_credit_memo,
        Parameter("creditMemoInput", "CreateCreditMemoInputRepresentation", ("createCreditMemoInput",)),
        Parameter("creditMemoOutput", "CreateCreditMemoOutputRepresentation"),
    ),
    Action(
        "createInvoiceFromChangeOrders", "Create an Invoice from Change Orders", create_multiple_change_invoices,
        Parameter("createInvoiceFromChangeOrdersInput", "CreateInvoiceFromChangeOrdersInputRepresentation"),
        Parameter("createInvoiceFromChangeOrdersOutput", "ChangeOrdersInvoiceOutputRepresentation"),
        since=56, one_of=("invoicesFromChangeOrders", "invoices"),
    ),
)  # fmt: skip

MONEY_ACTIONS = (
    Action(
        "createOrderPaymentSummary", "Create Order Payment Summary", create_order_payment_summary,
        Parameter(  # inferred
            "createOrderPaymentSummaryInput", "CreateOrderPaymentSummaryInputRepresentation",
            ("orderPaymentSummaryInput",),
        ),
        Parameter("createOrderPaymentSummaryOutput", "CreateOrderPaymentSummaryOutputRepresentation"),  # inferred
    ),
    Action(
        "ensureFundsOrderSummaryAsync", "Ensure Funds Async", ensure_funds_async,
        Parameter("ensureFundsAsyncInput", "EnsureFundsAsyncInputRepresentation", ("ensureFundsInput",)),
        Parameter("ensureFundsAsyncOutput", "EnsureFundsAsyncOutputRepresentation"),  # inferred
    ),
    Action(
        "ensureRefundsOrderSummaryAsync", "Ensure Refunds Async", ensure_refunds_async,
        Parameter("ensureRefundsAsyncInput", "EnsureRefundsAsyncInputRepresentation", ("ensureRefundsInput",)),
        Parameter("ensureRefundsAsyncOutput", "EnsureRefundsAsyncOutputRepresentation"),  # inferred
    ),
    Action(
        "authorizePayment", "Authorize Payment", authorize,
        Parameter("paymentAuthorizationRequest", "AuthorizationRequest", ("authorizationRequest",)),  # inferred
        Parameter("paymentAuthorizationResponse", "AuthorizationResponse"),  # inferred
        since=55,
    ),
    Action(
        "paymentSale", "Payment Sale", sale, None,
        Parameter("saleResponse", "SaleResponse"),  # inferred: documented is the id of a request answered later
        since=54, inputs=PaymentSaleInputs, body_of=_sale,
    ),
)  # fmt: skip

SHIPPING_ACTIONS = (
    Action(
        "createFulfillmentOrder", "Create Fulfillment Order", create_fulfillment_orders,
        Parameter("fulfillmentOrderInput", "FulfillmentOrderInputRepresentation"),
        Parameter("fulfillmentOrderOutput", "FulfillmentOrderOutputRepresentation"),
    ),
    Action(
        "createFulfillmentOrders", "Create Fulfillment Orders", create_multiple,
        Parameter("multipleFulfillmentOrderInput", "MultipleFulfillmentOrderInputRepresentation"),
        Parameter("multipleFulfillmentOrderOutput", "MultipleFulfillmentOrderOutputRepresentation"),
        since=51,
    ),
    Action(
        "cancelFulfillmentOrderItem", "Cancel Fulfillment Order Item", cancel_item,
        Parameter(  # inferred
            "fulfillmentOrderLineItemsToCancelInput", "FulfillmentOrderLineItemsToCancelInputRepresentation",
            ("cancelFulfillmentOrderLineItemsInput",),
        ),
        Parameter(  # inferred
            "fulfillmentOrderCancelLineItemsOutput", "FulfillmentOrderCancelLineItemsOutputRepresentation"
        ),
    ),
    Action(
        "createInvoiceFromFulfillmentOrder", "Create Invoice", create_invoice, None,
        Parameter("fulfillmentOrderInvoiceOutput", "FulfillmentOrderInvoiceOutputRepresentation"),
    ),
    Action(
        "distributePickedQuantities", "Distribute Picked Quantities", distribute_quantities,
        Parameter("distributePickedQuantitiesInput", "DistributePickedQuantitiesInputRepresentation"),  # inferred
        Parameter("distributePickedQuantitiesOutput", "DistributePickedQuantitiesOutputRepresentation"),  # inferred
        since=58,
    ),
)  # fmt: skip

ROUTING_ACTIONS = (
    Action(
        "orderRoutingFindRoutesWithFewestSplits", "Find Routes with Fewest Splits", find_routes_with_fewest_splits,
        Parameter(  # inferred
            "orderRoutingFindRoutesWithFewestSplitsInput", "FindRoutesWithFewestSplitsInputRepresentation"
        ),
        Parameter(  # inferred
            "orderRoutingFindRoutesWithFewestSplitsOutput", "FindRoutesWithFewestSplitsOutputRepresentation"
        ),
        since=51,
    ),
    Action(
        "orderRoutingFindRoutesWithFewestSplitsUsingOCI", "Find Routes with Fewest Splits Using OCI",
        find_routes_with_fewest_splits_using_oci,
        Parameter(
            "orderRoutingFindRoutesWithFewestSplitsUsingOCIInput",
            "FindRoutesWithFewestSplitsUsingOCIInputRepresentation",
        ),
        Parameter(
            "orderRoutingFindRoutesWithFewestSplitsUsingOCIOutput",
            "FindRoutesWithFewestSplitsUsingOCIOutputRepresentation",
        ),
        since=54,
    ),
    Action(
        "orderRoutingRankByAverageDistance", "Rank Routes by Average Distance", rank_by_average_distance,
        Parameter("orderRoutingRankByAverageDistanceInput", "RankAverageDistanceInputRepresentation"),
        Parameter("orderRoutingRankByAverageDistanceOutput", "RankAverageDistanceOutputRepresentation"),
        since=51,
    ),
    Action(
        "getFulfillmentOrderCapacityValues", "Get Fulfillment Order Capacity Values", get_capacity_values,
        Parameter(  # inferred
            "getFulfillmentOrderCapacityValuesInput", "GetFOCapacityValuesRequestInputRepresentation",
            ("getFOCapacityValuesRequestInput",),
        ),
        Parameter("getFulfillmentOrderCapacityValuesOutput", "GetFOCapacityValuesOutputRepresentation"),  # inferred
        since=55,
    ),
    Action(
        "holdFulfillmentOrderCapacity", "Hold Fulfillment Order Capacity", hold_capacity,
        Parameter(  # inferred
            "holdFulfillmentOrderCapacityInput", "HoldFOCapacityRequestInputRepresentation",
            ("holdFOCapacityRequestInput",),
        ),
        Parameter("holdFulfillmentOrderCapacityOutput", "HoldFOCapacityResponseOutputRepresentation"),  # inferred
        since=55, one_of=("holdFOCapacityRequests", "holdFOCapacityResponses"),
    ),
    Action(
        "confirmHeldFulfillmentOrderCapacity", "Confirm Held Fulfillment Order Capacity", confirm_held_capacity,
        Parameter(  # inferred
            "confirmHeldFulfillmentOrderCapacityInput", "ConfirmHeldFOCapacityRequestInputRepresentation",
            ("confirmHeldFOCapacityRequestInput",),
        ),
        Parameter(  # inferred
            "confirmHeldFulfillmentOrderCapacityOutput", "ConfirmHeldFOCapacityResponseOutputRepresentation"
        ),
        since=55, one_of=("confirmHeldFOCapacityRequests", "confirmHeldFOCapacityResponses"),
    ),
    Action(
        "releaseHeldFulfillmentOrderCapacity", "Release Held Fulfillment Order Capacity", release_held_capacity,
        Parameter(  # inferred
            "releaseHeldFulfillmentOrderCapacityInput", "ReleaseHeldFOCapacityRequestInputRepresentation",
            ("releaseHeldFOCapacityRequestInput",),
        ),
        Parameter(  # inferred
            "releaseHeldFulfillmentOrderCapacityOutput", "ReleaseHeldFOCapacityResponseOutputRepresentation"
        ),
        since=55, one_of=("releaseHeldFOCapacityRequests", "releaseHeldFOCapacityResponses"),
    ),
)  # fmt: skip

INVENTORY_ACTIONS = (
    Action(
        "ociGetAvailability", f"{OCI} Get Availability", get_availability,
        Parameter("ociGetAvailabilityInput", "OCIGetInventoryAvailabilityInputRepresentation"),  # inferred
        Parameter("ociGetAvailabilityOutput", "OCIGetInventoryAvailabilityOutputRepresentation"),  # inferred
        since=51, category=OCI,
    ),
    Action(
        "ociCreateReservation", f"{OCI} Create Reservation", create_reservation,
        Parameter("ociCreateReservationInput", "OCICreateReservationInputRepresentation"),
        Parameter("ociCreateReservationOutput", "OCICreateReservationOutputRepresentation"),
        since=51, category=OCI,
    ),
    Action(
        "ociUpdateReservation", f"{OCI} Update Reservation", update_reservation,
        Parameter("ociUpdateReservationInput", "OCIUpdateReservationInputRepresentation"),  # inferred
        Parameter("ociUpdateReservationOutput", "OCIUpdateReservationOutputRepresentation"),  # inferred
        since=61, category=OCI,
    ),
    Action(
        "ociFulfillReservation", f"{OCI} Fulfill Reservation", fulfill_reservation,
        Parameter("ociFulfillReservationInput", "OCIFulfillReservationInputRepresentation"),
        Parameter("ociFulfillReservationOutput", "OCIFulfillReservationOutputRepresentation"),
        since=51, category=OCI,
    ),
    Action(
        "ociReleaseReservation", f"{OCI} Release Reservation", release_reservation,
        Parameter("ociReleaseReservationInput", "OCIReleaseReservationInputRepresentation"),
        Parameter("ociReleaseReservationOutput", "OCIReleaseReservationOutputRepresentation"),
        since=51, category=OCI,
    ),
    Action(
        "ociTransferReservation", f"{OCI} Transfer Reservation", transfer_reservation,
        Parameter("ociTransferReservationInput", "OCITransferReservationInputRepresentation"),
        Parameter("ociTransferReservationOutput", "OCITransferReservationOutputRepresentation"),
        since=51, category=OCI,
    ),
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    *ORDER_SUMMARY_ACTIONS,
    *MONEY_ACTIONS,
    *SHIPPING_ACTIONS,
    *ROUTING_ACTIONS,
    *INVENTORY_ACTIONS,
)
