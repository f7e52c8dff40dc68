"""Orders: what goes into and comes out of OrderSummary, OrderSummaryCreation and OrderPaymentSummary."""

from __future__ import annotations

from orderwright.rest import order_payment_summaries
from orderwright.rest import representations as shared
from orderwright.rest.order_summaries import (
    adjust,
    create_change_invoices,
    create_credit_memo,
    ensure_funds,
    ensure_refunds,
    multiple_ensure_funds,
    wishes,
)
from orderwright.rest.order_summaries import (
    create as create_order_summary,
)

__all__ = [
    "AdjustItemInputRepresentation",
    "AdjustOrderItemSummaryInputRepresentation",
    "AdjustOrderSummaryOutputRepresentation",
    "AsyncOutputRepresentation",
    "ChangeInputRepresentation",
    "ChangeItemFeeInputRepresentation",
    "ChangeItemInputRepresentation",
    "ChangeItemOutputRepresentation",
    "ChangeOrdersInvoiceOutputRepresentation",
    "CreateCreditMemoInputRepresentation",
    "CreateCreditMemoOutputRepresentation",
    "CreateInvoiceFromChangeOrdersInputRepresentation",
    "CreateMultipleInvoicesFromChangeOrdersInputRepresentation",
    "CreateMultipleInvoicesFromChangeOrdersOutputRepresentation",
    "CreateOrderPaymentSummaryInputRepresentation",
    "CreateOrderPaymentSummaryOutputRepresentation",
    "EnsureFundsAsyncInputRepresentation",
    "EnsureFundsAsyncOutputRepresentation",
    "EnsureRefundsAsyncInputRepresentation",
    "EnsureRefundsAsyncOutputRepresentation",
    "ErrorResponse",
    "InnerEnsureFundsAsyncInputRepresentation",
    "InvoiceToPayInputRepresentation",
    "MultipleAsyncOutputRepresentation",
    "MultipleEnsureFundsAsyncInputRepresentation",
    "OrderSummaryInputRepresentation",
    "OrderSummaryOutputRepresentation",
    "PreviewCancelOutputRepresentation",
    "PreviewReturnOutputRepresentation",
    "SequenceOrderPaymentSummaryInputRepresentation",
    "SubmitCancelOutputRepresentation",
    "SubmitReturnOutputRepresentation",
]

ErrorResponse = shared.ErrorResponse
ChangeInputRepresentation = shared.ChangeInput
ChangeItemInputRepresentation = shared.ChangeItemInput
ChangeItemFeeInputRepresentation = shared.ChangeItemFeeInput
ChangeItemOutputRepresentation = shared.ChangeItemOutput
PreviewCancelOutputRepresentation = shared.PreviewChangeOutput
PreviewReturnOutputRepresentation = shared.PreviewChangeOutput
SubmitCancelOutputRepresentation = shared.SubmitChangeOutput
SubmitReturnOutputRepresentation = shared.SubmitChangeOutput

AdjustItemInputRepresentation = adjust.AdjustItemInput
AdjustOrderItemSummaryInputRepresentation = adjust.AdjustOrderItemSummaryInput
AdjustOrderSummaryOutputRepresentation = adjust.AdjustOrderSummaryOutput

OrderSummaryInputRepresentation = create_order_summary.OrderSummaryInput
OrderSummaryOutputRepresentation = create_order_summary.OrderSummaryOutput

CreateCreditMemoInputRepresentation = create_credit_memo.CreateCreditMemoInput
CreateCreditMemoOutputRepresentation = create_credit_memo.CreateCreditMemoOutput

CreateInvoiceFromChangeOrdersInputRepresentation = create_change_invoices.CreateInvoiceFromChangeOrdersInput
ChangeOrdersInvoiceOutputRepresentation = create_change_invoices.CreateInvoiceFromChangeOrdersOutput
CreateMultipleInvoicesFromChangeOrdersInputRepresentation = create_change_invoices.CreateMultipleInvoicesInput
CreateMultipleInvoicesFromChangeOrdersOutputRepresentation = create_change_invoices.CreateMultipleInvoicesOutput

SequenceOrderPaymentSummaryInputRepresentation = wishes.SequenceInput
InvoiceToPayInputRepresentation = wishes.InvoiceToPayInput

EnsureFundsAsyncInputRepresentation = ensure_funds.EnsureFundsAsyncInput
AsyncOutputRepresentation = ensure_funds.AsyncOutput
EnsureFundsAsyncOutputRepresentation = ensure_funds.AsyncOutput
EnsureRefundsAsyncOutputRepresentation = ensure_funds.AsyncOutput

EnsureRefundsAsyncInputRepresentation = ensure_refunds.EnsureRefundsAsyncInput

InnerEnsureFundsAsyncInputRepresentation = multiple_ensure_funds.InnerEnsureFundsAsyncInput
MultipleEnsureFundsAsyncInputRepresentation = multiple_ensure_funds.MultipleEnsureFundsAsyncInput
MultipleAsyncOutputRepresentation = multiple_ensure_funds.MultipleAsyncOutput

CreateOrderPaymentSummaryInputRepresentation = order_payment_summaries.CreateOrderPaymentSummaryInput
CreateOrderPaymentSummaryOutputRepresentation = order_payment_summaries.CreateOrderPaymentSummaryOutput
