"""The Apex methods of order management as they are documented: class, signature, first API version.

Source: the Apex reference of the namespace ConnectApi, version 67.0; connect-api/*.yaml entries `apex` (documented).
"""

import re
from dataclasses import dataclass

METHODS = """
OrderSummary.adjustPreview(String orderSummaryId, AdjustOrderItemSummaryInputRepresentation adjustInput): AdjustOrderSummaryOutputRepresentation 49.0
OrderSummary.adjustSubmit(String orderSummaryId, AdjustOrderItemSummaryInputRepresentation adjustInput): AdjustOrderSummaryOutputRepresentation 49.0
OrderSummary.createCreditMemo(String orderSummaryId, CreateCreditMemoInputRepresentation creditMemoInput): CreateCreditMemoOutputRepresentation 48.0
OrderSummary.createMultipleInvoices(CreateMultipleInvoicesFromChangeOrdersInputRepresentation invoicesInput): CreateMultipleInvoicesFromChangeOrdersOutputRepresentation 56.0
OrderSummary.ensureFundsAsync(String orderSummaryId, EnsureFundsAsyncInputRepresentation ensureFundsInput): EnsureFundsAsyncOutputRepresentation 48.0
OrderSummary.ensureRefundsAsync(String orderSummaryId, EnsureRefundsAsyncInputRepresentation ensureRefundsInput): EnsureRefundsAsyncOutputRepresentation 48.0
OrderSummary.multipleEnsureFundsAsync(MultipleEnsureFundsAsyncInputRepresentation multipleEnsureFundsInput): MultipleAsyncOutputRepresentation 56.0
OrderSummary.previewCancel(String orderSummaryId, ChangeInputRepresentation changeInput): PreviewCancelOutputRepresentation 48.0
OrderSummary.previewReturn(String orderSummaryId, ChangeInputRepresentation changeInput): PreviewReturnOutputRepresentation 48.0
OrderSummary.submitCancel(String orderSummaryId, ChangeInputRepresentation changeInput): SubmitCancelOutputRepresentation 48.0
OrderSummary.submitReturn(String orderSummaryId, ChangeInputRepresentation changeInput): SubmitReturnOutputRepresentation 48.0
OrderSummary.previewChange(String orderSummaryId, ChangeOrderSummaryInputRepresentation changeOrderSummaryInput): PreviewChangeOrderSummaryOutputRepresentation 66.0
OrderSummary.submitChange(String orderSummaryId, ChangeOrderSummaryInputRepresentation changeOrderSummaryInput): SubmitChangeOrderSummaryOutputRepresentation 66.0
OrderSummaryCreation.createOrderSummary(OrderSummaryInputRepresentation orderSummaryInput): OrderSummaryOutputRepresentation 48.0
OrderPaymentSummary.createOrderPaymentSummary(CreateOrderPaymentSummaryInputRepresentation orderPaymentSummaryInput): CreateOrderPaymentSummaryOutputRepresentation 48.0
FulfillmentOrder.cancelFulfillmentOrderLineItems(String fulfillmentOrderId, FulfillmentOrderLineItemsToCancelInputRepresentation cancelFulfillmentOrderLineItemsInput): FulfillmentOrderCancelLineItemsOutputRepresentation 48.0
FulfillmentOrder.createFulfillmentOrders(FulfillmentOrderInputRepresentation fulfillmentOrderInput): FulfillmentOrderOutputRepresentation 48.0
FulfillmentOrder.createInvoice(String fulfillmentOrderId, FulfillmentOrderInvoiceInputRepresentation invoiceInput): FulfillmentOrderInvoiceOutputRepresentation 48.0
FulfillmentOrder.createMultipleFulfillmentOrder(MultipleFulfillmentOrderInputRepresentation multipleFulfillmentOrderInput): MultipleFulfillmentOrderOutputRepresentation 50.0
FulfillmentOrder.createMultipleInvoices(MultipleFulfillmentOrderInvoicesInputRepresentation invoicesInput): MultipleFulfillmentOrderInvoicesOutputRepresentation 52.0
PickTicket.distributePickedQuantities(DistributePickedQuantitiesInputRepresentation distributePickedQuantitiesInput): DistributePickedQuantitiesOutputRepresentation 58.0
Routing.confirmHeldFOCapacity(ConfirmHeldFOCapacityInputRepresentation confirmHeldFOCapacityInput): ConfirmHeldFOCapacityOutputRepresentation 55.0
Routing.findRoutesWithFewestSplits(FindRoutesWithFewestSplitsInputRepresentation findRoutesWithFewestSplitsInputRepresentation): FindRoutesWithFewestSplitsOutputRepresentation 51.0
Routing.findRoutesWithFewestSplitsUsingOCI(FindRoutesWithFewestSplitsUsingOCIInputRepresentation findRoutesWithFewestSplitsUsingOCIInput): FindRoutesWithFewestSplitsUsingOCIOutputRepresentation 54.0
Routing.getFOCapacityValues(GetFOCapacityValuesRequestInputRepresentation getFOCapacityValuesInput): GetFOCapacityValuesOutputRepresentation 55.0
Routing.holdFOCapacity(HoldFOCapacityInputRepresentation holdFOCapacityInput): HoldFOCapacityOutputRepresentation 55.0
Routing.rankAverageDistance(RankAverageDistanceInputRepresentation rankAverageDistanceInputRepresentation): RankAverageDistanceOutputRepresentation 51.0
Routing.releaseHeldFOCapacity(ReleaseHeldFOCapacityInputRepresentation releaseHeldFOCapacityInput): ReleaseHeldFOCapacityOutputRepresentation 55.0
Payments.authorize(AuthorizationRequest authorizePayment): AuthorizationResponse 51.0
Payments.capture(CaptureRequest AuthCaptureInput, String authorizationId): CaptureResponse 50.0
Payments.postAuth(PostAuthRequest postAuthorizePayment): PostAuthorizationResponse 54.0
Payments.refund(ReferencedRefundRequest ReferencedRefundInput, String paymentId): ReferencedRefundResponse 50.0
Payments.reverseAuthorization(AuthorizationReversalRequest AuthReversalInput, String authorizationId): AuthorizationReversalResponse 51.0
Payments.sale(SaleRequest sale): SaleResponse 54.0
Payments.tokenizePaymentMethod(PaymentMethodTokenizationRequest tokenizePaymentMethodInput): PaymentMethodTokenizationResponse 52.0
OmnichannelInventoryService.createReservation(OCICreateReservationInputRepresentation createReservationInputRepresentation): OCICreateReservationOutputRepresentation 51.0
OmnichannelInventoryService.fulfillReservation(OCIFulfillReservationInputRepresentation fulfillReservationInputRepresentation): OCIFulfillReservationOutputRepresentation 51.0
OmnichannelInventoryService.getInventoryAvailability(OCIGetInventoryAvailabilityInputRepresentation inventoryAvailabilityInputRepresentation): OCIGetInventoryAvailabilityOutputRepresentation 51.0
OmnichannelInventoryService.getInventoryAvailabilityUploadStatus(String uploadId): OCIUploadInventoryAvailabilityStatusOutputRepresentation 51.0
OmnichannelInventoryService.getPublishLocationStructureStatus(String uploadId): OCIPublishLocationStructureStatusOutputRepresentation 51.0
OmnichannelInventoryService.publishLocationStructure(): OCIPublishLocationStructureOutputRepresentation 51.0
OmnichannelInventoryService.releaseReservation(OCIReleaseReservationInputRepresentation releaseReservationInputRepresentation): OCIReleaseReservationOutputRepresentation 51.0
OmnichannelInventoryService.submitInventoryAvailabilityUpload(BinaryInput fileUpload): OCIUploadInventoryAvailabilityOutputRepresentation 51.0
OmnichannelInventoryService.transferReservation(OCITransferReservationInputRepresentation transferReservationInputRepresentation): OCITransferReservationOutputRepresentation 51.0
OmnichannelInventoryService.updateReservation(OCIUpdateReservationInputRepresentation updateReservationInputRepresentation): OCIUpdateReservationOutputRepresentation 61.0
ReturnOrder.createReturnOrder(ReturnOrderInputRepresentation returnOrderInput): ReturnOrderOutputRepresentation 50.0
ReturnOrder.returnItems(String returnOrderId, ReturnItemsInputRepresentation returnItemsInput): ReturnItemsOutputRepresentation 52.0
Exchanges.previewCartToExchangeOrder(PreviewCartToExchangeOrderInputRepresentation previewCartToExchangeOrderInput): PreviewCartToExchangeOrderOutputRepresentation 60.0
Exchanges.submitCartToExchangeOrder(SubmitCartToExchangeOrderInputRepresentation submitCartToExchangeOrderInput): SubmitCartToExchangeOrderOutputRepresentation 60.0
ExtendedCommerceDelivery.estimateDeliveryDate(EstimateDeliveryDateInputRepresentation estimateDeliveryDateInput, String externalReference): EstimateDeliveryDateOutputRepresentation 63.0
"""  # noqa: E501  # a signature is read in one line

MISSING = {
    "OrderSummary.previewChange": "/commerce/order-management/order-summaries/{orderSummaryId}/actions/preview-change",
    "OrderSummary.submitChange": "/commerce/order-management/order-summaries/{orderSummaryId}/actions/submit-change",
    "ReturnOrder.createReturnOrder": "/commerce/returns/return-orders",
    "ReturnOrder.returnItems": "/commerce/returns/return-orders/{returnOrderId}/actions/return-items",
    "Exchanges.previewCartToExchangeOrder": (
        "/commerce/order-management/exchanges/actions/preview-cart-to-exchange-order"
    ),
    "Exchanges.submitCartToExchangeOrder": "/commerce/order-management/exchanges/actions/submit-cart-to-exchange-order",
    "ExtendedCommerceDelivery.estimateDeliveryDate": (
        "/commerce/delivery/estimation-setup/{externalReference}/estimate/estimate-date"
    ),
}
"""Methods whose resource the server does not have, and the resource: once it is there, the method has to be, too."""

LINE = re.compile(r"(\w+)\.(\w+)\((.*)\): (\w+) (\S+)")


@dataclass(frozen=True)
class Method:
    """A documented method; parameters as pairs of type and name, in order."""

    class_: str
    name: str
    parameters: tuple[tuple[str, str], ...]
    output: str
    version: str

    def __str__(self) -> str:
        return f"{self.class_}.{self.name}"


def to_snake(name: str) -> str:
    """`getFOCapacityValues` -> `get_fo_capacity_values`: a new word begins where letter case says so."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _method(line: str) -> Method:
    found = LINE.fullmatch(line)
    assert found is not None, line
    pairs = [tuple(each.split(" ")) for each in found[3].split(", ") if each]
    return Method(found[1], found[2], tuple((type_, name) for type_, name in pairs), found[4], found[5])


ALL = [_method(line) for line in METHODS.strip().splitlines()]
"""Every documented method."""
HERE = [method for method in ALL if str(method) not in MISSING]
"""Those whose resource the server has."""
