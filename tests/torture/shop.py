"""Places the order of a scenario through the API, in the same process, and asks for funds and refunds."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import httpx
import msgspec

from tests.rest.calling import BASE, Caller, exact
from tests.rest.changing import SUMMARIES, Placed
from tests.rest.placing import of, part, records
from tests.torture.scenario import Scenario, Tender

PAYMENTS = "/commerce/order-management/order-payment-summaries"
OPERATIONS = "/commerce/order-management/background-operations"
MOST_TRIES = 6


class Shop:
    """A client of the API. What it sends may be sent again: while the database is away, requests fail."""

    def __init__(self, api: Caller, product: str, location: str) -> None:
        self.api = api
        self._product = product
        self._location = location
        self._keys = itertools.count()

    @classmethod
    async def open(cls, api: Caller) -> Shop:
        product = await api.create("Product2", Name="Mug")
        return cls(api, product, await api.create("Location", Name="Warehouse", LocationType="Warehouse"))

    async def place(self, scenario: Scenario) -> Placed:
        """The order, summarised, with its payment summaries, and an invoice for each parcel."""
        answer = await self.api.send(
            "POST", "/composite", {"allOrNone": True, "compositeRequest": self._parts(scenario)}
        )
        found = answer.json()["compositeResponse"]
        assert all(made["httpStatusCode"] < 300 for made in found), answer.text
        summary = (await self.done(SUMMARIES, {"orderId": found[0]["body"]["id"]}))["orderSummaryId"]
        placed = Placed(self.api, summary, "", {}, self._product, self._location)
        items = {item["OriginalOrderItemId"]: item["Id"] for item in await placed.related("OrderItemSummaries")}
        (group,) = await placed.related("OrderDeliveryGroupSummaries")
        names = {name: items[made["id"]] for name, made in zip(scenario.lines, found[2]["body"], strict=True)}
        placed = Placed(self.api, summary, group["Id"], names, self._product, self._location)
        for tender in scenario.tenders:
            await self._pay(placed, tender, scenario.currency)
        for units in scenario.shipments:
            await placed.shipped(**units)
        return placed

    def _parts(self, scenario: Scenario) -> list[dict[str, Any]]:
        order = {"EffectiveDate": "2026-03-01", "Status": "Draft", "CurrencyIsoCode": scenario.currency}
        link = {"OrderId": "@{order.id}", "OrderDeliveryGroupId": "@{groups[0].id}", "Product2Id": self._product}
        items = [of("OrderItem", Quantity=x.units, TotalLineAmount=x.amount, **link) for x in scenario.lines.values()]
        about = {"Name": "VAT", "Type": "Actual", "TaxEffectiveDate": "2026-03-01"}
        taxes = [
            of("OrderItemTaxLineItem", OrderItemId=f"@{{items[{place}].id}}", Amount=line.tax, **about)
            for place, line in enumerate(scenario.lines.values())
        ]
        return [
            part("POST", "/sobjects/Order", "order", order),
            records("groups", [of("OrderDeliveryGroup", OrderId="@{order.id}", DeliverToName="Ada")]),
            records("items", items),
            records("taxes", taxes),
            part("PATCH", "/sobjects/Order/@{order.id}", "activation", {"Status": "Activated"}),
        ]

    async def _pay(self, placed: Placed, tender: Tender, currency: str) -> None:
        made = []
        for amount, reference in zip(tender.amounts, tender.references, strict=True):
            fields: dict[str, Any] = {"Amount": amount, "CurrencyIsoCode": currency, "GatewayRefNumber": reference}
            fields |= {"ProcessingMode": "External", "Status": "Processed"}
            is_sale = tender.kind == "sale"
            object_ = "Payment" if is_sale else "PaymentAuthorization"
            made.append(await self.api.create(object_, **fields, **({"Type": "Sale"} if is_sale else {})))
        paid: dict[str, Any] = {"paymentIds": made} if tender.kind == "sale" else {"paymentAuthorizationId": made[0]}
        await self.done(PAYMENTS, {"orderSummaryId": placed.summary, **paid})

    async def done(self, path: str, body: Any) -> Any:
        """What a POST answers; it has to be done."""
        answer = await self.post(path, body)
        assert answer.status_code == 201, f"{path}: {answer.status_code} {answer.text}"
        return exact(answer)

    async def post(self, path: str, body: Any) -> httpx.Response:
        """A POST under a key of its own, sent again when the server could not answer it."""
        content = msgspec.json.Encoder(decimal_format="number").encode(body)
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"torture-{next(self._keys)}"}
        answer = await self.api.http.post(BASE + path, content=content, headers=headers)
        for _ in range(MOST_TRIES):
            if answer.status_code < 500:
                break
            answer = await self.api.http.post(BASE + path, content=content, headers=headers)
        return answer

    async def ask(self, placed: Placed, what: str, body: dict[str, Any]) -> str:
        """The background operation that was queued for `ensure-funds` or `ensure-refunds`."""
        answer = await self.done(f"{SUMMARIES}/{placed.summary}/async-actions/{what}-async", body)
        return str(answer["backgroundOperationId"])

    async def retried(self, operation: str) -> bool:
        """Whether the operation will run again; if not, there is a reason not to."""
        return (await self.post(f"{OPERATIONS}/{operation}/actions/retry", {})).status_code == 201

    async def credit(self, placed: Placed, units: dict[str, int]) -> tuple[str, Decimal]:
        """The credit memo for a return of these units, and its amount."""
        entries = [placed.entry(name, count) for name, count in units.items()]
        change = await self.done(f"{SUMMARIES}/{placed.summary}/actions/submit-return", {"changeItems": entries})
        memo = await self.done(
            f"{SUMMARIES}/{placed.summary}/actions/create-credit-memo", {"changeOrderIds": [change["changeOrderId"]]}
        )
        found = next(m for m in await placed.related("CreditMemos") if m["Id"] == memo["creditMemoId"])
        return found["Id"], found["TotalAmountWithTax"]
