"""Order summaries: how they come about, are changed and paid."""

from __future__ import annotations

from orderwright.decisions import errors as refusals
from orderwright.decisions.rights import VIEW_PAYMENTS
from orderwright.rest.background_operations.cancel import cancel_operation
from orderwright.rest.background_operations.retry import retry_operation
from orderwright.rest.operation import connect
from orderwright.rest.operations.usual_refusals import CHANGE_REFUSALS, INPUT_REFUSALS
from orderwright.rest.order_payment_summaries import create_order_payment_summary
from orderwright.rest.order_summaries.adjust import adjust_item_preview, adjust_item_submit
from orderwright.rest.order_summaries.cancel import preview_cancel, submit_cancel
from orderwright.rest.order_summaries.create import create_order_summary
from orderwright.rest.order_summaries.create_change_invoices import create_multiple_change_invoices
from orderwright.rest.order_summaries.create_credit_memo import create_credit_memo
from orderwright.rest.order_summaries.ensure_funds import ensure_funds_async
from orderwright.rest.order_summaries.ensure_refunds import ensure_refunds_async
from orderwright.rest.order_summaries.events import get_events
from orderwright.rest.order_summaries.multiple_ensure_funds import multiple_ensure_funds_async
from orderwright.rest.order_summaries.preview_ensure_funds import preview_ensure_funds
from orderwright.rest.order_summaries.preview_ensure_refunds import preview_ensure_refunds
from orderwright.rest.order_summaries.simple_return import preview_return, submit_return

SUMMARIES = "/commerce/order-management/order-summaries"
SUMMARY_ACTIONS = f"{SUMMARIES}/{{orderSummaryId}}/actions"
SUMMARY_JOBS = f"{SUMMARIES}/{{orderSummaryId}}/async-actions"
BACKGROUND_ACTIONS = "/commerce/order-management/background-operations/{backgroundOperationId}/actions"

SUBMIT_REFUSALS = (*CHANGE_REFUSALS, refusals.PreviewOutdated)
FUNDS_REFUSALS = (*INPUT_REFUSALS, refusals.InsufficientFunds)
REFUND_REFUSALS = (*FUNDS_REFUSALS, refusals.RequiredFieldMissing)
CREDIT_REFUSALS = (*INPUT_REFUSALS, refusals.RequiredFieldMissing, refusals.DuplicateValue)

CHANGE_ITEM = {
    "orderItemSummaryId": "10uxx0000004FYDAA2", "quantity": 1, "reason": "Unknown", "shippingReductionFlag": True,
}  # fmt: skip
CHANGE = {"changeItems": [CHANGE_ITEM]}
ADJUST = {
    "adjustItems": [
        {
            "orderItemSummaryId": "10uxx0000004FYDAA2", "adjustmentType": "AmountWithoutTax", "amount": -5,
            "reason": "Unknown",
        }
    ],
}  # fmt: skip

ORDER_MANAGEMENT = (
    connect(
        "POST", SUMMARIES, create_order_summary, "Create an order summary from an activated order",
        refuses=(*INPUT_REFUSALS, refusals.InvalidStatus, refusals.DuplicateValue, refusals.InvalidPicklistValue),
        example={"orderId": "801xx000003GbTgAAK"},
    ),
    connect(
        "POST", "/commerce/order-management/order-payment-summaries", create_order_payment_summary,
        "Put an authorization or payments under an order summary",
        refuses=(*INPUT_REFUSALS, refusals.DuplicateValue),
        example={"orderSummaryId": "1Osxx0000000000001", "paymentAuthorizationId": "0Xcxx00000000W0001"},
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/preview-cancel", preview_cancel, "See what a cancel would change",
        refuses=CHANGE_REFUSALS, example=CHANGE,
        rights=("Read OrderSummary",),
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/submit-cancel", submit_cancel, "Cancel units",
        refuses=SUBMIT_REFUSALS, example=CHANGE,
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/preview-return", preview_return, "See what a return would change",
        refuses=CHANGE_REFUSALS, example=CHANGE,
        rights=("Read OrderSummary",),
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/submit-return", submit_return, "Return units",
        refuses=SUBMIT_REFUSALS, example=CHANGE,
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/adjust-item-preview", adjust_item_preview, "See what a discount would change",
        aliases=(f"{SUMMARY_ACTIONS}/preview-adjust",), since=49, refuses=CHANGE_REFUSALS, example=ADJUST,
        rights=("Read OrderSummary",),
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/adjust-item-submit", adjust_item_submit, "Discount items",
        aliases=(f"{SUMMARY_ACTIONS}/submit-adjust",), since=49, refuses=SUBMIT_REFUSALS, example=ADJUST,
    ),
    connect(
        "POST", f"{SUMMARIES}/actions/create-multiple-change-invoices", create_multiple_change_invoices,
        "Invoice change orders that charge fees", since=56, refuses=(refusals.RequiredFieldMissing,),
        example={"invoicesFromChangeOrders": [
            {"changeOrderIds": ["801xx0000000EAAkIA"], "orderSummaryId": "1Osxx0000004EAqCAM"}
        ]},
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/create-credit-memo", create_credit_memo, "Create a credit memo for change orders",
        refuses=CREDIT_REFUSALS, example={"changeOrderIds": ["801xx0000000EAAkIA"]},
    ),
    connect(
        "POST", f"{SUMMARY_JOBS}/ensure-funds-async", ensure_funds_async, "Fund an invoice",
        refuses=(*INPUT_REFUSALS, refusals.InsufficientFunds), example={"invoiceId": "3ttxx00000000JNIAY"},
    ),
    connect(
        "POST", f"{SUMMARY_JOBS}/ensure-refunds-async", ensure_refunds_async, "Refund a credit memo, or excess funds",
        refuses=(*INPUT_REFUSALS, refusals.InsufficientFunds), example={"creditMemoId": "50gxx000000000JB00"},
    ),
    connect(
        "POST", f"{SUMMARIES}/async-actions/multiple-ensure-funds-async", multiple_ensure_funds_async,
        "Fund several invoices", since=56, refuses=(refusals.RequiredFieldMissing,),
        example={"asyncInputs": [{"orderSummaryId": "1Osxx0000004EAqCAM", "invoiceId": "3ttxx00000000JNIAY"}]},
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/preview-ensure-funds", preview_ensure_funds,
        "See who would fund an invoice (extension)",
        refuses=FUNDS_REFUSALS, example={"invoiceId": "3ttxx00000000JNIAY"},
        rights=("Read OrderSummary", VIEW_PAYMENTS),
    ),
    connect(
        "POST", f"{SUMMARY_ACTIONS}/preview-ensure-refunds", preview_ensure_refunds,
        "See who would give money back (extension)",
        refuses=REFUND_REFUSALS, example={"creditMemoId": "50gxx000000000JB00"},
        rights=("Read OrderSummary", VIEW_PAYMENTS),
    ),
    connect(
        "GET", f"{SUMMARIES}/{{orderSummaryId}}/events", get_events, "See what happened to an order (extension)",
        status=200,
        rights=("Read OrderSummary", VIEW_PAYMENTS),
    ),
    connect(
        "POST", f"{BACKGROUND_ACTIONS}/retry", retry_operation, "Retry a background operation (extension)",
        refuses=(refusals.InvalidStatus, refusals.InvalidOperation), example={},
    ),
    connect(
        "POST", f"{BACKGROUND_ACTIONS}/cancel", cancel_operation, "Cancel a background operation (extension)",
        refuses=(refusals.InvalidStatus, refusals.InvalidOperation), example={},
    ),
)  # fmt: skip
