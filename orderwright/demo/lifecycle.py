"""One order from placing to delivery: place, authorize, summarise, pay, allocate, invoice, ensure funds, fulfil."""

from __future__ import annotations

from typing import Any

from orderwright.demo.client import Part, as_decimal
from orderwright.demo.declined import funded
from orderwright.demo.journal import Facts
from orderwright.demo.pay import authorize, find_tenders, pay
from orderwright.demo.plan import CURRENCY, Line, PlannedOrder
from orderwright.demo.shop import Shop, batches, buyer_name, collection
from orderwright.demo.steps import Case, Step, StepFailed, made_or_named, nothing_to_find, queued_operation, take

SUMMARIES = "commerce/order-management/order-summaries"
FULFILLMENT_ORDERS = "commerce/fulfillment/fulfillment-orders"
LIFECYCLE = "online-retail"
"""Which source the order came from: with the invoice number it is the summary's unique external reference."""


def order_subject(invoice_no: str) -> str:
    """Under which name the journal knows an order."""
    return f"order {invoice_no}"


async def live(case: Case) -> None:
    """Take one order all the way. Raises ApiError, StepFailed and Unreachable."""
    await take(case, STEPS)


# --- place ------------------------------------------------------------------------------------------------------------


async def place(case: Case) -> Facts:
    """The whole order and its activation, in one transaction."""
    order, shop = case.planned, case.desk.shop
    items = [order_item(line, shop) for line in order.lines]
    parts = [
        Part("POST", "sobjects/Order", "order", order_head(order, shop)),
        Part("POST", "sobjects/OrderDeliveryGroup", "group", delivery_group(order, shop)),
        *(collection(f"items{number}", "OrderItem", batch) for number, batch in enumerate(batches(items))),
        Part("PATCH", "sobjects/Order/@{order.id}", "activation", {"Status": "Activated"}),
    ]
    answers = await case.desk.client.composite(parts, case.key("place"))
    return {"order": answers[0]["id"]}


async def find_order(case: Case) -> Facts | None:
    """The buyer's order with this number, if it was placed."""
    path = f"sobjects/Account/{case.desk.shop.account_of(case.planned)}/Orders"
    orders = await case.desk.client.children(path, "Id,OrderReferenceNumber,RelatedOrderId")
    for order in orders:
        if order["OrderReferenceNumber"] == case.planned.invoice_no and order["RelatedOrderId"] is None:
            return {"order": order["Id"]}
    return None


def order_head(order: PlannedOrder, shop: Shop) -> dict[str, Any]:
    """The Order, found again by its number; a Draft until its items are there."""
    return {
        "Status": "Draft",
        "AccountId": shop.account_of(order),
        "Pricebook2Id": shop.id_of("prices"),
        "SalesChannelId": shop.id_of("channel"),
        "CurrencyIsoCode": CURRENCY,
        "TaxLocaleType": "Net",
        "EffectiveDate": order.ordered.date().isoformat(),
        "OrderedDate": order.ordered.isoformat(timespec="milliseconds"),
        "OrderReferenceNumber": order.invoice_no,
        "BillingCountry": order.country,
    }


def delivery_group(order: PlannedOrder, shop: Shop) -> dict[str, Any]:
    """Everything goes to one place."""
    return {
        "OrderId": "@{order.id}",
        "OrderDeliveryMethodId": shop.id_of("delivery"),
        "DeliverToName": buyer_name(order),
        "DeliverToCountry": order.country,
    }


def order_item(line: Line, shop: Shop) -> dict[str, Any]:
    """One item; its amount is sent, not left to be computed."""
    return {
        "OrderId": "@{order.id}",
        "OrderDeliveryGroupId": "@{group.id}",
        "PricebookEntryId": shop.price_of(line),
        "Type": line.type,
        "LineNumber": line.number,
        "Description": line.description,
        "Quantity": line.quantity,
        "UnitPrice": line.unit_price,
        "TotalLineAmount": line.amount,
    }


# --- summarise --------------------------------------------------------------------------------------------------------


async def summarise(case: Case) -> Facts:
    """The order summary: from here on the order is managed."""
    wish = {
        "orderId": case["order"],
        "name": case.planned.invoice_no,
        "externalReferenceIdentifier": f"{LIFECYCLE}@{case.planned.invoice_no}",
    }
    making = case.desk.client.post(SUMMARIES, wish, case.key("summarise"))
    return {"summary": await made_or_named(making, "orderSummaryId", "1Os")}


async def read_items(case: Case) -> Facts:
    """The ids of the item summaries, by line number."""
    path = f"sobjects/OrderSummary/{case['summary']}/OrderItemSummaries"
    found = await case.desk.client.children(path, "Id,LineNumber,OrderDeliveryGroupSummaryId")
    items = {str(record["LineNumber"]): record["Id"] for record in found}
    if len(items) != len(case.planned.lines):
        raise StepFailed(f"{len(case.planned.lines)} items were ordered, and the order summary has {len(items)}")
    return {"items": items, "group": found[0]["OrderDeliveryGroupSummaryId"]}


# --- allocate, invoice, ensure funds, fulfil --------------------------------------------------------------------------


async def allocate(case: Case) -> Facts:
    """One fulfillment order for everything, delivery charges included."""
    group = {
        "fulfilledFromLocationId": case.desk.shop.id_of("warehouse"),
        "fulfillmentType": "Warehouse",
        "orderItemSummaries": [
            {"orderItemSummaryId": case["items"][str(line.number)], "quantity": line.quantity}
            for line in case.planned.lines
        ],
    }
    wish = {
        "orderSummaryId": case["summary"],
        "orderDeliveryGroupSummaryId": case["group"],
        "fulfillmentGroups": [group],
    }
    made = await case.desk.client.post(FULFILLMENT_ORDERS, wish, case.key("allocate"))
    return {"fulfillment": made["fulfillmentOrderIds"][0]}


async def find_allocation(case: Case) -> Facts | None:
    """The fulfillment order of the summary, if there is one."""
    found = await case.desk.client.children(f"sobjects/OrderSummary/{case['summary']}/FulfillmentOrders", "Id")
    return {"fulfillment": found[0]["Id"]} if found else None


async def invoice(case: Case) -> Facts:
    """The invoice of the fulfillment order."""
    path = f"{FULFILLMENT_ORDERS}/{case['fulfillment']}/actions/create-invoice"
    return {"invoice": (await case.desk.client.post(path, {}, case.key("invoice")))["invoiceId"]}


async def find_invoice(case: Case) -> Facts | None:
    """The invoice that the fulfillment order has, if any."""
    found = await case.desk.client.get(f"sobjects/FulfillmentOrder/{case['fulfillment']}", fields="InvoiceId")
    return {"invoice": found["InvoiceId"]} if found["InvoiceId"] else None


async def ensure_funds(case: Case) -> Facts:
    """The invoice is paid: money that was taken is applied to it, then authorized money is captured for the rest."""
    path = f"{SUMMARIES}/{case['summary']}/async-actions/ensure-funds-async"
    operation_id = await queued_operation(case, path, {"invoiceId": case["invoice"]}, "ensure funds")
    try:
        await funded(case, operation_id, "ensure funds")
    except StepFailed:
        # A second operation after a lost answer finds nothing left to do; what counts is the invoice.
        if await find_funds(case) is None:
            raise
    return {}


async def find_funds(case: Case) -> Facts | None:
    """Whether the invoice is paid."""
    found = await case.desk.client.get(f"sobjects/Invoice/{case['invoice']}", fields="Balance")
    return {} if as_decimal(found["Balance"]) == 0 else None


async def fulfil(case: Case) -> Facts:
    """The goods leave the house."""
    path = f"sobjects/FulfillmentOrder/{case['fulfillment']}"
    await case.desk.client.patch(path, {"Status": "Fulfilled"}, case.key("fulfil"))
    return {}


async def find_fulfilment(case: Case) -> Facts | None:
    """Whether the goods have left."""
    found = await case.desk.client.get(f"sobjects/FulfillmentOrder/{case['fulfillment']}", fields="Status")
    return {} if found["Status"] == "Fulfilled" else None


STEPS = (
    Step("place", place, find_order),
    Step("authorize", authorize, find_tenders),
    Step("summarise", summarise, nothing_to_find),
    Step("payment summary", pay, nothing_to_find),
    Step("read items", read_items, nothing_to_find),
    Step("allocate", allocate, find_allocation),
    Step("create invoice", invoice, find_invoice),
    Step("ensure funds", ensure_funds, find_funds),
    Step("fulfil", fulfil, find_fulfilment),
)
"""A second summary and a second payment summary are refused, naming what exists; all other steps are looked for."""
