"""FulfillmentOrder and PickTicket: what ships from where."""

from __future__ import annotations

from dataclasses import dataclass

from orderwright.connect_api import representations as documented
from orderwright.connect_api.calls import Asks, calling
from orderwright.rest.fulfillment_orders import (
    cancel_item,
    create,
    create_invoice,
    create_multiple,
    create_multiple_invoices,
    distribute_quantities,
)


@dataclass(frozen=True, slots=True)
class FulfillmentOrder:
    """ConnectApi.FulfillmentOrder: units of an order allocated to locations.

    Quantities are whole Decimals. Every method raises a ConnectApiException, as those of OrderSummary do.
    """

    connection: Asks

    def cancel_fulfillment_order_line_items(
        self,
        fulfillment_order_id: str,
        cancel_fulfillment_order_line_items_input: documented.FulfillmentOrderLineItemsToCancelInputRepresentation,
    ) -> documented.FulfillmentOrderCancelLineItemsOutputRepresentation:
        """Nothing but success: the units are given back to their order, where they can be allocated again.

        ConnectApi.FulfillmentOrder.cancelFulfillmentOrderLineItems, API version 48.0.
        Raises RefusedException for more units than a line holds, or a fulfillment order that is closed or invoiced.
        """
        call = calling(
            cancel_item.cancel_item,
            fulfillment_order_id=fulfillment_order_id,
            body=cancel_fulfillment_order_line_items_input,
        )
        return self.connection.ask(call)

    def create_fulfillment_orders(
        self, fulfillment_order_input: documented.FulfillmentOrderInputRepresentation
    ) -> documented.FulfillmentOrderOutputRepresentation:
        """The new fulfillment orders, one for each group of the input, in their order; all or none.

        ConnectApi.FulfillmentOrder.createFulfillmentOrders, API version 48.0.
        Raises RefusedException above QuantityAvailableToFulfill, or for items of another delivery group.
        """
        return self.connection.ask(calling(create.create_fulfillment_orders, body=fulfillment_order_input))

    def create_invoice(
        self, fulfillment_order_id: str, invoice_input: documented.FulfillmentOrderInvoiceInputRepresentation
    ) -> documented.FulfillmentOrderInvoiceOutputRepresentation:
        """The new invoice of what a fulfillment order holds.

        ConnectApi.FulfillmentOrder.createInvoice, API version 48.0.
        Raises RefusedException for one that has an invoice, or nothing to charge.
        """
        call = calling(create_invoice.create_invoice, fulfillment_order_id=fulfillment_order_id, body=invoice_input)
        return self.connection.ask(call)

    def create_multiple_fulfillment_order(
        self, multiple_fulfillment_order_input: documented.MultipleFulfillmentOrderInputRepresentation
    ) -> documented.MultipleFulfillmentOrderOutputRepresentation:
        """What became of each group of the input, in their order; each is made or refused alone, with its own `errors`.

        ConnectApi.FulfillmentOrder.createMultipleFulfillmentOrder, API version 50.0 (the singular is documented).
        Raises RefusedException for an empty input.
        """
        return self.connection.ask(calling(create_multiple.create_multiple, body=multiple_fulfillment_order_input))

    def create_multiple_invoices(
        self, invoices_input: documented.MultipleFulfillmentOrderInvoicesInputRepresentation
    ) -> documented.MultipleFulfillmentOrderInvoicesOutputRepresentation:
        """The new invoices, in the order of the input; each is made or refused alone: `results` tells of all.

        ConnectApi.FulfillmentOrder.createMultipleInvoices, API version 52.0.
        Raises RefusedException for an empty input.
        """
        return self.connection.ask(calling(create_multiple_invoices.create_multiple_invoices, body=invoices_input))


@dataclass(frozen=True, slots=True)
class PickTicket:
    """ConnectApi.PickTicket: what was picked for many orders at once."""

    connection: Asks

    def distribute_picked_quantities(
        self, distribute_picked_quantities_input: documented.DistributePickedQuantitiesInputRepresentation
    ) -> documented.DistributePickedQuantitiesOutputRepresentation:
        """How picked quantities are shared out among orders; nothing is stored.

        ConnectApi.PickTicket.distributePickedQuantities, API version 58.0.
        Raises RefusedException for an item or an order that is named twice.
        """
        return self.connection.ask(
            calling(distribute_quantities.distribute_quantities, body=distribute_picked_quantities_input)
        )
