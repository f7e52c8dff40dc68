"""An order to change: two products, two kinds of tax, an order-level discount and a delivery charge, with its numbers.

| line     | units | line amount | order-level discount | price | tax                                |
| -------- | ----- | ----------- | -------------------- | ----- | ---------------------------------- |
| mug      |     4 |       40.00 |                -4.00 | 36.00 | VAT 8.00, of the discount -0.80    |
| towel    |     3 |       21.00 |                      | 21.00 | VAT 2.10, City 1.05                |
| delivery |     1 |        6.00 |                      |  6.00 | VAT 1.20                           |

One mug is therefore 10.00 - 1.00 with 2.00 - 0.20 tax, one towel 7.00 with 0.70 and 0.35 tax. A mug carries 9 of the
57 that the goods cost, so with it go 6.00 × 9 ÷ 57 = 0.947… → 0.95 of the delivery, and of the delivery's tax
1.20 × 0.95 ÷ 6.00 = 0.19.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import msgspec

from orderwright.objects.identity import to_15
from orderwright.store.database import Database
from tests.rest.calling import Caller, exact, row_counts
from tests.rest.placing import of, part, records

SUMMARIES = "/commerce/order-management/order-summaries"
FULFILLMENT = "/commerce/fulfillment/fulfillment-orders"
LINES = ("mug", "towel", "delivery")
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Placed:
    """An order summary, and what is needed to change it."""

    api: Caller
    summary: str
    group: str
    items: Mapping[str, str]
    """Ids of the order item summaries, by the names in `LINES`."""
    fee_product: str
    location: str

    async def act(
        self, action: str, body: Any, *, version: int = 67, query: str = "", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """An action of the order summary, as `submit-cancel`."""
        return await post(self.api, f"{SUMMARIES}/{self.summary}/actions/{action}{query}", body, version, headers)

    async def done(self, action: str, body: Any, **options: Any) -> Any:
        """What the action answers; it has to be done."""
        answer = await self.act(action, body, **options)
        assert answer.status_code == 201, answer.text
        return exact(answer)

    async def item(self, name: str) -> Any:
        return await self.api.read("OrderItemSummary", self.items[name])

    async def read(self) -> Any:
        return await self.api.read("OrderSummary", self.summary)

    async def related(self, relationship: str) -> list[Any]:
        answer = await self.api.send("GET", f"/sobjects/OrderSummary/{self.summary}/{relationship}")
        assert answer.status_code == 200, answer.text
        return list(exact(answer)["records"])

    async def allocated(self, **units: int) -> str:
        """The fulfillment order that now holds these units."""
        items = [{"orderItemSummaryId": self.items[name], "quantity": count} for name, count in units.items()]
        group = {
            "fulfilledFromLocationId": self.location, "fulfillmentType": "Warehouse", "orderItemSummaries": items,
        }  # fmt: skip
        body = {
            "orderSummaryId": self.summary, "orderDeliveryGroupSummaryId": self.group, "fulfillmentGroups": [group],
        }  # fmt: skip
        answer = await post(self.api, FULFILLMENT, body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["fulfillmentOrderIds"][0])

    async def shipped(self, **units: int) -> str:
        """The fulfillment order of these units, invoiced and fulfilled."""
        fulfillment = await self.allocated(**units)
        invoiced = await post(self.api, f"{FULFILLMENT}/{fulfillment}/actions/create-invoice", {})
        assert invoiced.status_code == 201, invoiced.text
        answer = await self.api.send("PATCH", f"/sobjects/FulfillmentOrder/{fulfillment}", {"Status": "Fulfilled"})
        assert answer.status_code == 204, answer.text
        return fulfillment

    def of(self, name: str, quantity: Any = 1, *, delivery: bool = False, **more: Any) -> dict[str, Any]:
        """A cancel or return of one item."""
        return {"changeItems": [self.entry(name, quantity, delivery=delivery, **more)]}

    def entry(self, name: str, quantity: Any = 1, *, delivery: bool = False, **more: Any) -> dict[str, Any]:
        """One item of a cancel or return."""
        about = {"orderItemSummaryId": self.items[name], "quantity": quantity, "reason": "Unknown"}
        return {**about, "shippingReductionFlag": delivery, **more}

    def off(self, name: str, amount: Any, kind: str = "AmountWithoutTax", **more: Any) -> dict[str, Any]:
        """A discount of one item."""
        entry = {"orderItemSummaryId": self.items[name], "adjustmentType": kind, "amount": amount, "reason": "Unknown"}
        return {"adjustItems": [entry], **more}

    def fee(self, amount: Any, kind: str = "AmountWithoutTax") -> dict[str, Any]:
        """A fee that goes with a cancel or return."""
        about = {"amount": amount, "amountType": kind, "description": "Handling", "reason": "Unknown"}
        return {**about, "product2Id": self.fee_product}


async def post(
    api: Caller, path: str, body: Any, version: int = 67, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """A POST in any version, with any headers; Decimals go as JSON numbers."""
    content = msgspec.json.Encoder(decimal_format="number").encode(body)
    sent = {"Content-Type": "application/json", **(headers or {})}
    return await api.http.post(f"/services/data/v{version}.0{path}", content=content, headers=sent)


async def place(api: Caller) -> Placed:
    """The order of the table above, activated and summarised."""
    product = await api.create("Product2", Name="Mug")
    location = await api.create("Location", Name="Warehouse", LocationType="Warehouse")
    answer = await api.send("POST", "/composite", {"allOrNone": True, "compositeRequest": parts(product)})
    found = answer.json()["compositeResponse"]
    assert [p for p in found if p["httpStatusCode"] >= 300] == [], answer.text
    made = await post(api, SUMMARIES, {"orderId": found[0]["body"]["id"]})
    assert made.status_code == 201, made.text
    summary = made.json()["orderSummaryId"]
    originals = [made["id"] for made in found[2]["body"]]
    placed = Placed(api, summary, "", {}, product, location)
    by_original = {item["OriginalOrderItemId"]: item["Id"] for item in await placed.related("OrderItemSummaries")}
    (group,) = await placed.related("OrderDeliveryGroupSummaries")
    items = {name: by_original[original] for name, original in zip(LINES, originals, strict=True)}
    return Placed(api, summary, group["Id"], items, product, location)


def parts(product: str) -> list[dict[str, Any]]:
    """The composite that places the order."""
    order = {"EffectiveDate": "2026-03-01", "Status": "Draft", "CurrencyIsoCode": "GBP"}
    link = {"OrderId": "@{order.id}", "OrderDeliveryGroupId": "@{groups[0].id}"}
    groups = [
        of("OrderDeliveryGroup", OrderId="@{order.id}", DeliverToName="Ada"),
        of("OrderAdjustmentGroup", OrderId="@{order.id}", Name="Spring", Type="Header"),
    ]
    items = [
        of("OrderItem", Quantity=4, TotalLineAmount=40, Product2Id=product, **link),
        of("OrderItem", Quantity=3, TotalLineAmount=21, Product2Id=product, **link),
        of("OrderItem", Quantity=1, TotalLineAmount=6, Type="Delivery Charge", **link),
    ]
    spring = of(
        "OrderItemAdjustmentLineItem", Name="Spring", Amount=-4, OrderItemId="@{items[0].id}",
        OrderAdjustmentGroupId="@{groups[1].id}",
    )  # fmt: skip
    taxes = [
        tax(0, "VAT", "8.00", 20), tax(1, "VAT", "2.10", 10), tax(1, "City", "1.05", 5), tax(2, "VAT", "1.20", 20),
        tax(0, "VAT", "-0.80", 20, OrderItemAdjustmentLineItemId="@{adjustments[0].id}"),
    ]  # fmt: skip
    return [
        part("POST", "/sobjects/Order", "order", order),
        records("groups", groups),
        records("items", items),
        records("adjustments", [spring]),
        records("taxes", taxes),
        part("PATCH", "/sobjects/Order/@{order.id}", "activation", {"Status": "Activated"}),
    ]


def tax(item: int, name: str, amount: str, rate: int, **more: Any) -> dict[str, Any]:
    about = {"Name": name, "Type": "Actual", "TaxEffectiveDate": "2026-03-01", "Rate": rate, "Amount": amount}
    return of("OrderItemTaxLineItem", OrderItemId=f"@{{items[{item}].id}}", **about, **more)


class Nothing:
    """Asserts at the end of a block that nothing was written in it: no record of any object, no version."""

    def __init__(self, database: Database, placed: Placed) -> None:
        self._database = database
        self._placed = placed
        self._before: Any = None

    async def __aenter__(self) -> None:
        self._before = await self._state()

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            assert await self._state() == self._before

    async def _state(self) -> Any:
        whole = [await self._placed.read(), *[await self._placed.item(name) for name in LINES]]
        return await row_counts(self._database), whole, await version_of(self._database, self._placed)


async def version_of(database: Database, placed: Placed) -> int:
    """The version of the order summary, which every write raises."""
    query = "SELECT version FROM order_summary WHERE id = $1"
    return int(await database.main.fetchval(query, to_15(placed.summary)))


def refusal(answer: httpx.Response, status: int, code: str) -> str:
    """The message of a refusal on a Connect resource, which has its documented shape (decisions.md W2)."""
    assert answer.status_code == status, answer.text
    (error,) = answer.json()
    assert set(error) == {"errorCode", "message", "output", "enhancedErrorType"}
    assert error["errorCode"] == code
    assert error["output"]["success"] is False
    assert error["output"]["errors"] == [{"errorCode": code, "message": error["message"]}]
    filled = {k: v for k, v in error["output"].items() if v is not None and k not in {"success", "errors"}}
    assert not any(filled.values())
    return str(error["message"])


def plain(answer: httpx.Response, status: int, code: str) -> str:
    """The message of an error of the framework: the plain array."""
    assert answer.status_code == status, answer.text
    (error,) = answer.json()
    assert set(error) == {"errorCode", "message"}
    assert error["errorCode"] == code
    return str(error["message"])
