"""OrderSummary, OrderSummaryCreation and OrderPaymentSummary: how an order comes about, is changed and paid."""

from __future__ import annotations

from dataclasses import dataclass

from orderwright.connect_api import representations as documented
from orderwright.connect_api.calls import Asks, calling
from orderwright.rest import order_payment_summaries
from orderwright.rest.order_summaries import (
    adjust,
    cancel,
    create_change_invoices,
    create_credit_memo,
    ensure_funds,
    ensure_refunds,
    multiple_ensure_funds,
    simple_return,
)
from orderwright.rest.order_summaries import create as create_summary


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """ConnectApi.OrderSummary: changes, invoices, credit memos, funds and refunds of an order.

    Amounts are Decimals in the order's currency, at its scale. Every method raises a ConnectApiException:
    RefusedException when a rule refuses it, NotFoundException for an id of nothing, ForbiddenException without a right.
    """

    connection: Asks

    def adjust_preview(
        self, order_summary_id: str, adjust_input: documented.AdjustOrderItemSummaryInputRepresentation
    ) -> documented.AdjustOrderSummaryOutputRepresentation:
        """What discounting items would change; nothing is stored. `change_balances` reduce the price: positive.

        ConnectApi.OrderSummary.adjustPreview, API version 49.0.
        Raises RefusedException for a discount of zero or more, or above the price of the units that share it.
        """
        call = calling(adjust.adjust_item_preview, order_summary_id=order_summary_id, body=adjust_input)
        return self.connection.ask(call)

    def adjust_submit(
        self, order_summary_id: str, adjust_input: documented.AdjustOrderItemSummaryInputRepresentation
    ) -> documented.AdjustOrderSummaryOutputRepresentation:
        """What discounting items changed, and the change order of each group of units that shares the discount.

        ConnectApi.OrderSummary.adjustSubmit, API version 49.0.
        Raises RefusedException for a discount of zero or more, or above the price of the units that share it.
        """
        call = calling(adjust.adjust_item_submit, order_summary_id=order_summary_id, body=adjust_input)
        return self.connection.ask(call)

    def create_credit_memo(
        self, order_summary_id: str, credit_memo_input: documented.CreateCreditMemoInputRepresentation
    ) -> documented.CreateCreditMemoOutputRepresentation:
        """The new credit memo, over what change orders gave back of money that invoices hold.

        ConnectApi.OrderSummary.createCreditMemo, API version 48.0.
        Raises RefusedException for a change order that is not creditable, or has a credit memo.
        """
        call = calling(create_credit_memo.create_credit_memo, order_summary_id=order_summary_id, body=credit_memo_input)
        return self.connection.ask(call)

    def create_multiple_invoices(
        self, invoices_input: documented.CreateMultipleInvoicesFromChangeOrdersInputRepresentation
    ) -> documented.CreateMultipleInvoicesFromChangeOrdersOutputRepresentation:
        """The new invoices for change orders that charge fees, in the order of the input; each is made or refused
        alone, with its own `errors`.

        ConnectApi.OrderSummary.createMultipleInvoices, API version 56.0.
        Raises RefusedException for an empty input.
        """
        return self.connection.ask(calling(create_change_invoices.create_multiple_change_invoices, body=invoices_input))

    def ensure_funds_async(
        self, order_summary_id: str, ensure_funds_input: documented.EnsureFundsAsyncInputRepresentation
    ) -> documented.EnsureFundsAsyncOutputRepresentation:
        """The queued background operation that funds an invoice: captured money first, then authorized.

        ConnectApi.OrderSummary.ensureFundsAsync, API version 48.0. What came of it stands in the BackgroundOperation.
        Raises RefusedException for an invoice of another order, or sequences that cannot be met.
        """
        call = calling(ensure_funds.ensure_funds_async, order_summary_id=order_summary_id, body=ensure_funds_input)
        return self.connection.ask(call)

    def ensure_refunds_async(
        self, order_summary_id: str, ensure_refunds_input: documented.EnsureRefundsAsyncInputRepresentation
    ) -> documented.EnsureRefundsAsyncOutputRepresentation:
        """The queued background operation that refunds a credit memo, excess funds, or both.

        ConnectApi.OrderSummary.ensureRefundsAsync, API version 48.0. What came of it stands in the BackgroundOperation.
        Raises RefusedException when neither is named, or for a credit memo of another order.
        """
        call = calling(
            ensure_refunds.ensure_refunds_async, order_summary_id=order_summary_id, body=ensure_refunds_input
        )
        return self.connection.ask(call)

    def multiple_ensure_funds_async(
        self, multiple_ensure_funds_input: documented.MultipleEnsureFundsAsyncInputRepresentation
    ) -> documented.MultipleAsyncOutputRepresentation:
        """The queued background operations, one for each invoice, in the order of the input; each is queued or refused
        alone, with its own `errors`.

        ConnectApi.OrderSummary.multipleEnsureFundsAsync, API version 56.0.
        Raises RefusedException for an empty input.
        """
        return self.connection.ask(
            calling(multiple_ensure_funds.multiple_ensure_funds_async, body=multiple_ensure_funds_input)
        )

    def preview_cancel(
        self, order_summary_id: str, change_input: documented.ChangeInputRepresentation
    ) -> documented.PreviewCancelOutputRepresentation:
        """What cancelling units would change; nothing is stored. Reductions are positive, fees negative.

        ConnectApi.OrderSummary.previewCancel, API version 48.0.
        Raises RefusedException above QuantityAvailableToCancel.
        """
        call = calling(cancel.preview_cancel, order_summary_id=order_summary_id, body=change_input)
        return self.connection.ask(call)

    def preview_return(
        self, order_summary_id: str, change_input: documented.ChangeInputRepresentation
    ) -> documented.PreviewReturnOutputRepresentation:
        """What a simple return of units would change; nothing is stored. Reductions are positive, fees negative.

        ConnectApi.OrderSummary.previewReturn, API version 48.0.
        Raises RefusedException above QuantityAvailableToReturn.
        """
        call = calling(simple_return.preview_return, order_summary_id=order_summary_id, body=change_input)
        return self.connection.ask(call)

    def submit_cancel(
        self, order_summary_id: str, change_input: documented.ChangeInputRepresentation
    ) -> documented.SubmitCancelOutputRepresentation:
        """What cancelling units changed, and the change orders it made.

        ConnectApi.OrderSummary.submitCancel, API version 48.0.
        Raises RefusedException above QuantityAvailableToCancel.
        """
        call = calling(cancel.submit_cancel, order_summary_id=order_summary_id, body=change_input)
        return self.connection.ask(call)

    def submit_return(
        self, order_summary_id: str, change_input: documented.ChangeInputRepresentation
    ) -> documented.SubmitReturnOutputRepresentation:
        """What a simple return of units changed, and the change orders it made; there is no ReturnOrder.

        ConnectApi.OrderSummary.submitReturn, API version 48.0.
        Raises RefusedException above QuantityAvailableToReturn.
        """
        call = calling(simple_return.submit_return, order_summary_id=order_summary_id, body=change_input)
        return self.connection.ask(call)


@dataclass(frozen=True, slots=True)
class OrderSummaryCreation:
    """ConnectApi.OrderSummaryCreation: an order summary from an activated order."""

    connection: Asks

    def create_order_summary(
        self, order_summary_input: documented.OrderSummaryInputRepresentation
    ) -> documented.OrderSummaryOutputRepresentation:
        """The new order summary; the order becomes its original order and is frozen.

        ConnectApi.OrderSummaryCreation.createOrderSummary, API version 48.0.
        Raises RefusedException for an order that is not activated; ConflictException for one that has a summary.
        """
        return self.connection.ask(calling(create_summary.create_order_summary, body=order_summary_input))


@dataclass(frozen=True, slots=True)
class OrderPaymentSummary:
    """ConnectApi.OrderPaymentSummary: the money of an order, by payment method."""

    connection: Asks

    def create_order_payment_summary(
        self, order_payment_summary_input: documented.CreateOrderPaymentSummaryInputRepresentation
    ) -> documented.CreateOrderPaymentSummaryOutputRepresentation:
        """The new payment summary, of one authorization or of payments of one method.

        ConnectApi.OrderPaymentSummary.createOrderPaymentSummary, API version 48.0.
        Raises RefusedException for a payment of another order or currency.
        """
        return self.connection.ask(
            calling(order_payment_summaries.create_order_payment_summary, body=order_payment_summary_input)
        )
