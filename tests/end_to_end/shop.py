"""A shop that talks to the server through simple-salesforce, as a merchant's script would."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simple_salesforce import Salesforce

OM = "commerce/order-management"
SUMMARIES = f"{OM}/order-summaries"


@dataclass
class Shop:
    sf: Salesforce
    ids: dict[str, str] = field(default_factory=dict)

    def open(self) -> "Shop":
        """What has to be there before the first order."""
        sf = self.sf
        self.ids = {
            "account": sf.Account.create({"Name": "Ada Lovelace"})["id"],
            "product": sf.Product2.create({"Name": "Mug", "ProductCode": "MUG", "IsActive": True})["id"],
            "parcel": sf.Product2.create({"Name": "Parcel", "ProductCode": "PARCEL", "IsActive": True})["id"],
            "method": sf.OrderDeliveryMethod.create({"Name": "Parcel", "IsActive": True})["id"],
            "location": sf.Location.create({"Name": "Warehouse", "LocationType": "Warehouse"})["id"],
            "card": sf.CardPaymentMethod.create(
                {"ProcessingMode": "External", "Status": "Active", "CardType": "Visa", "CardLastFour": 4242}
            )["id"],
        }
        return self

    def place(self, number: str, *, units: int, line: float, tax: float, delivery: float = 0) -> str:
        """An activated order, placed in one atomic request; returns its id."""
        base = f"/services/data/v{self.sf.sf_version}"
        items = [self._item("product", units, line, "Order Product")]
        if delivery:
            items.append(self._item("parcel", 1, delivery, "Delivery Charge"))
        taxes = [
            {
                "attributes": {"type": "OrderItemTaxLineItem"},
                "OrderItemId": "@{items[0].id}",
                "Amount": tax,
                "Name": "VAT",
                "Type": "Estimated",
                "TaxEffectiveDate": "2026-03-01",
            }
        ]
        order = {
            "AccountId": self.ids["account"],
            "EffectiveDate": "2026-03-01",
            "Status": "Draft",
            "CurrencyIsoCode": "USD",
            "OrderReferenceNumber": number,
        }
        group = {"OrderId": "@{order.id}", "OrderDeliveryMethodId": self.ids["method"], "DeliverToName": "Ada"}
        parts = [
            ("POST", "sobjects/Order", "order", order),
            ("POST", "sobjects/OrderDeliveryGroup", "group", group),
            ("POST", "composite/sobjects", "items", {"allOrNone": True, "records": items}),
            ("POST", "composite/sobjects", "taxes", {"allOrNone": True, "records": taxes}),
            ("PATCH", "sobjects/Order/@{order.id}", "activate", {"Status": "Activated"}),
        ]
        request = [
            {"method": method, "url": f"{base}/{url}", "referenceId": name, "body": body}
            for method, url, name, body in parts
        ]
        answer = self.sf.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": request})
        statuses = [part["httpStatusCode"] for part in answer["compositeResponse"]]
        assert max(statuses) < 300, answer
        return str(answer["compositeResponse"][0]["body"]["id"])

    def _item(self, product: str, units: int, amount: float, type_: str) -> dict[str, object]:
        return {
            "attributes": {"type": "OrderItem"},
            "OrderId": "@{order.id}",
            "OrderDeliveryGroupId": "@{group.id}",
            "Product2Id": self.ids[product],
            "Quantity": units,
            "UnitPrice": amount / units,
            "TotalLineAmount": amount,
            "Type": type_,
        }

    def pay(self, summary: str, amount: float) -> str:
        """A card authorization under the summary; returns the payment summary's id."""
        authorization = self.sf.PaymentAuthorization.create(
            {
                "Amount": amount,
                "CurrencyIsoCode": "USD",
                "ProcessingMode": "External",
                "Status": "Processed",
                "PaymentMethodId": self.ids["card"],
                "GatewayRefNumber": f"auth-{summary}",
            }
        )["id"]
        body = {"orderSummaryId": summary, "paymentAuthorizationId": authorization}
        return str(self.call(f"{OM}/order-payment-summaries", body)["orderPaymentSummaryId"])

    def call(self, path: str, body: Mapping[str, object], **options: object) -> dict[str, Any]:
        answer: dict[str, Any] = self.sf.restful(path, method="POST", json=body, **options)
        return answer

    def related(self, object_: str, record: str, relationship: str) -> list[dict[str, Any]]:
        return list(self.sf.restful(f"sobjects/{object_}/{record}/{relationship}")["records"])

    def finished(self, operation: str) -> dict[str, Any]:
        """The background operation once it has finished."""
        deadline = time.monotonic() + 20
        while True:
            found: dict[str, Any] = self.sf.BackgroundOperation.get(operation)
            if found["FinishedAt"]:
                return found
            assert time.monotonic() < deadline, f"{operation} did not finish: {found}"
            time.sleep(0.02)

    def shipped(self, number: str, *, units: int, line: float, tax: float) -> tuple[str, str]:
        """An order that was paid, invoiced, captured and shipped; returns its summary and its item's id."""
        order = self.place(number, units=units, line=line, tax=tax)
        summary = self.call(SUMMARIES, {"orderId": order})["orderSummaryId"]
        self.pay(summary, line + tax)
        item = self.related("OrderSummary", summary, "OrderItemSummaries")[0]["Id"]
        fulfillment = self.allocate(summary, {item: units})
        invoice = self.invoice(fulfillment)
        operation = self.call(f"{SUMMARIES}/{summary}/async-actions/ensure-funds-async", {"invoiceId": invoice})
        assert self.finished(operation["backgroundOperationId"])["Outcome"] == "Succeeded"
        self.sf.FulfillmentOrder.update(fulfillment, {"Status": "Fulfilled"})
        return summary, item

    def allocate(self, summary: str, units: dict[str, int]) -> str:
        group = self.related("OrderSummary", summary, "OrderDeliveryGroupSummaries")[0]["Id"]
        wanted = [{"orderItemSummaryId": item, "quantity": count} for item, count in units.items()]
        body = {
            "orderSummaryId": summary,
            "orderDeliveryGroupSummaryId": group,
            "fulfillmentGroups": [
                {
                    "fulfilledFromLocationId": self.ids["location"],
                    "fulfillmentType": "Warehouse",
                    "orderItemSummaries": wanted,
                }
            ],
        }
        return str(self.call("commerce/fulfillment/fulfillment-orders", body)["fulfillmentOrderIds"][0])

    def invoice(self, fulfillment: str) -> str:
        path = f"commerce/fulfillment/fulfillment-orders/{fulfillment}/actions/create-invoice"
        return str(self.call(path, {})["invoiceId"])


def change(item: str, quantity: int, **more: object) -> dict[str, object]:
    """The body of a cancel or return of one item."""
    entry = {"orderItemSummaryId": item, "quantity": quantity, "reason": "Unknown", "shippingReductionFlag": False}
    return {"changeItems": [entry | more]}
