"""One order from placing to refund, told through a connection of any kind, and what it left behind."""

import inspect
import re
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright import ConnectApi
from orderwright.connect_api import calls
from tests.rest import changing
from tests.rest.calling import BASE

QUERIES = (
    "SELECT Status, GrandTotalAmount, TotalAmount, TotalTaxAmount FROM OrderSummary",
    "SELECT Name, Quantity, QuantityCanceled, QuantityAllocated, TotalPrice FROM OrderItemSummary ORDER BY TotalPrice",
    "SELECT Amount, Balance, Status FROM Payment",
    "SELECT TotalAmount, TotalTaxAmount, Balance, Status FROM Invoice",
    "SELECT Type, Status, Outcome, CompletedAmount FROM BackgroundOperation",
    "SELECT Amount, TotalPaymentCaptureAmount, Status FROM PaymentAuthorization",
    "SELECT OrderNumber, Status, IsReductionOrder FROM Order ORDER BY CreatedDate",
)
CARD = ConnectApi.CardPaymentMethodRequest(
    card_number="4111111111111111", card_type="Visa", expiry_month=12, expiry_year=2099
)
IDS = re.compile(r"\b[0-9A-Za-z]{18}\b")


async def done(answer: Any) -> Any:
    """What a call answers, which may have to be awaited."""
    return await answer if inspect.isawaitable(answer) else answer


async def tell(salesforce: Any) -> dict[str, Any]:
    """Everything the calls answered and the records they left, ids left out."""
    account = await done(salesforce.create("Account", {"Name": "Ada"}))
    summary, items, group = await placed(salesforce, account)
    mug = ConnectApi.ChangeItemInputRepresentation(
        order_item_summary_id=items["mug"], quantity=Decimal(1), reason="Unknown", shipping_reduction_flag=True
    )
    change = ConnectApi.ChangeInputRepresentation(change_items=(mug,))
    preview = await done(salesforce.OrderSummary.preview_cancel(summary, change))
    cancelled = await done(salesforce.OrderSummary.submit_cancel(summary, change))
    assert cancelled.change_balances == preview.change_balances
    discount = ConnectApi.AdjustOrderItemSummaryInputRepresentation(
        adjust_items=(
            ConnectApi.AdjustItemInputRepresentation(
                order_item_summary_id=items["towel"], adjustment_type="AmountWithoutTax", amount=Decimal("-1.50"),
                reason="Unknown",
            ),
        )
    )  # fmt: skip
    adjusted = await done(salesforce.OrderSummary.adjust_submit(summary, discount))
    too_many = ConnectApi.ChangeInputRepresentation(change_items=(msgspec.structs.replace(mug, quantity=Decimal(99)),))
    with pytest.raises(ConnectApi.RefusedException) as refused:
        await done(salesforce.OrderSummary.submit_cancel(summary, too_many))
    with pytest.raises(ConnectApi.NotFoundException) as missing:
        await done(salesforce.OrderSummary.preview_cancel("1Os000000000001", change))
    operation = await funded(salesforce, account, summary, items, group)
    told = {
        "cancelled": cancelled, "adjusted": adjusted, "outcome": operation["Outcome"],
        "errors": [(e.value.error_code, e.value.status, e.value.message, e.value.output) for e in (refused, missing)],
        "records": [await done(salesforce.query(query)) for query in QUERIES],
    }  # fmt: skip
    return {name: IDS.sub("(id)", repr(value)) for name, value in told.items()}


async def placed(salesforce: Any, account: str) -> tuple[str, dict[str, str], str]:
    """The order of `changing`: its summary, the items by name, the delivery group."""
    product = await done(salesforce.create("Product2", {"Name": "Mug"}))
    parts = changing.parts(product)
    parts[0]["body"]["AccountId"] = account
    assert calls.BASE == BASE
    answer = await done(salesforce.request("POST", "composite", {"allOrNone": True, "compositeRequest": exact(parts)}))
    found = answer["compositeResponse"]
    assert [part for part in found if part["httpStatusCode"] >= 300] == []
    asked = ConnectApi.OrderSummaryInputRepresentation(order_id=found[0]["body"]["id"])
    summary = (await done(salesforce.OrderSummaryCreation.create_order_summary(asked))).order_summary_id
    rows = await done(salesforce.query("SELECT Id, OriginalOrderItemId FROM OrderItemSummary"))
    by_original = {row["OriginalOrderItemId"]: row["Id"] for row in rows}
    items = {name: by_original[made["id"]] for name, made in zip(changing.LINES, found[2]["body"], strict=True)}
    (group,) = await done(salesforce.query("SELECT Id FROM OrderDeliveryGroupSummary"))
    return summary, items, group["Id"]


async def funded(salesforce: Any, account: str, summary: str, items: dict[str, str], group: str) -> Any:
    """Two towels shipped and invoiced, a card authorized, the invoice funded: the operation, finished."""
    location = await done(salesforce.create("Location", {"Name": "W", "LocationType": "Warehouse"}))
    towels = ConnectApi.OrderItemSummaryInputRepresentation(order_item_summary_id=items["towel"], quantity=Decimal(2))
    asked = ConnectApi.FulfillmentOrderInputRepresentation(
        order_summary_id=summary,
        order_delivery_group_summary_id=group,
        fulfillment_groups=(
            ConnectApi.FulfillmentGroupInputRepresentation(
                fulfilled_from_location_id=location, fulfillment_type="Warehouse", order_item_summaries=(towels,)
            ),
        ),
    )
    (fulfillment,) = (await done(salesforce.FulfillmentOrder.create_fulfillment_orders(asked))).fulfillment_order_ids
    nothing = ConnectApi.FulfillmentOrderInvoiceInputRepresentation()
    invoice = (await done(salesforce.FulfillmentOrder.create_invoice(fulfillment, nothing))).invoice_id
    provider = await done(
        salesforce.create("PaymentGatewayProvider", {"DeveloperName": "Simulator", "MasterLabel": "Simulator"})
    )
    gateway = {"PaymentGatewayName": "Till", "PaymentGatewayProviderId": provider, "Status": "Active"}
    charge = ConnectApi.AuthorizationRequest(
        account_id=account, amount=Decimal("50.00"), currency_iso_code="GBP",
        payment_gateway_id=await done(salesforce.create("PaymentGateway", gateway)),
        payment_method=ConnectApi.AuthApiPaymentMethodRequest(card_payment_method=CARD),
    )  # fmt: skip
    authorization = (await done(salesforce.Payments.authorize(charge))).payment_authorization
    put = ConnectApi.CreateOrderPaymentSummaryInputRepresentation(
        order_summary_id=summary, payment_authorization_id=authorization.id
    )
    await done(salesforce.OrderPaymentSummary.create_order_payment_summary(put))
    wanted = ConnectApi.EnsureFundsAsyncInputRepresentation(invoice_id=invoice)
    queued = await done(salesforce.OrderSummary.ensure_funds_async(summary, wanted))
    return await done(salesforce.wait_for(queued.background_operation_id))


def exact(value: Any) -> Any:
    """`value`, made for another client, without floats."""
    if isinstance(value, dict):
        return {name: exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [exact(inner) for inner in value]
    return Decimal(str(value)) if isinstance(value, float) else value
