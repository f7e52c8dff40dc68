"""Orders whose goods lie in an inventory: a stockroom, a shop that ships from it, and what both of them say."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from orderwright.store.database import Database
from tests.rest.calling import Caller, exact
from tests.rest.changing import FULFILLMENT, LINES, SUMMARIES, Placed, parts, post
from tests.rest.stocking import GRAPH, Stockroom

MULTIPLE = "/commerce/fulfillment/actions/create-multiple"


class Shop:
    """Two products, mugs and towels, and locations A and B; the names are this test's own."""

    def __init__(self, api: Caller, database: Database) -> None:
        self.api = api
        self.database = database
        self.room = Stockroom(api, database)
        self.locations: dict[str, str] = {}
        self.products: dict[str, str] = {}

    async def open(self, stock: dict[str, dict[str, Any]]) -> None:
        """Make the locations of `stock` with so many units of each SKU, and the products."""
        for name in ("mug", "towel"):
            self.products[name] = await self.api.create("Product2", Name=name, StockKeepingUnit=self.room.name(name))
        for name in stock:
            self.locations[name] = await self.api.create(
                "Location", Name=name, LocationType="Warehouse", ShouldSyncWithOci=True,
                ExternalReference=self.room.name(name),
            )  # fmt: skip
        await self.room.done(GRAPH, None)
        for location, units in stock.items():
            for sku, on_hand in units.items():
                await self.room.count(location, sku, on_hand)

    async def order(self) -> Placed:
        """Four mugs, three towels, and their delivery, summarised."""
        wanted = parts(self.products["mug"])
        wanted[2]["body"]["records"][1]["Product2Id"] = self.products["towel"]
        answer = await self.api.send("POST", "/composite", {"allOrNone": True, "compositeRequest": wanted})
        found = answer.json()["compositeResponse"]
        assert [p for p in found if p["httpStatusCode"] >= 300] == [], answer.text
        made = await post(self.api, SUMMARIES, {"orderId": found[0]["body"]["id"]})
        assert made.status_code == 201, made.text
        placed = Placed(self.api, made.json()["orderSummaryId"], "", {}, "", "")
        (group,) = await placed.related("OrderDeliveryGroupSummaries")
        by_original = {item["OriginalOrderItemId"]: item["Id"] for item in await placed.related("OrderItemSummaries")}
        items = {name: by_original[one["id"]] for name, one in zip(LINES, found[2]["body"], strict=True)}
        return Placed(self.api, placed.summary, group["Id"], items, "", self.locations["A"])

    async def figures(self, location: str, sku: str) -> tuple[int, int]:
        """On hand and reserved."""
        on_hand, reserved, *_ = await self.room.figures(location, sku)
        return int(on_hand), int(reserved)

    async def told(self, fulfillment_order: str) -> Any:
        """What the fulfillment order says about its stock."""
        answer = await self.api.send("GET", f"{FULFILLMENT}/{fulfillment_order}/inventory")
        assert answer.status_code == 200, answer.text
        return exact(answer)

    async def held(self, fulfillment_order: str) -> list[tuple[str, str, int]]:
        """Location, SKU and units that its lines hold, without those that hold none."""
        mark = self.room.name("")
        lines = (await self.told(fulfillment_order))["lines"]
        return [
            (line["locationIdentifier"].removesuffix(mark), line["stockKeepingUnit"].removesuffix(mark),
             int(line["quantity"]))
            for line in lines if line["quantity"] > 0
        ]  # fmt: skip

    async def duties(self, fulfillment_order: str) -> list[tuple[str, str, int]]:
        """Kind, state and units of what the inventory owed it."""
        duties = (await self.told(fulfillment_order))["duties"]
        return [(duty["kind"], duty["state"], int(duty["quantity"])) for duty in duties]

    async def status(self, fulfillment_order: str, status: str, **more: Any) -> httpx.Response:
        path = f"/sobjects/FulfillmentOrder/{fulfillment_order}"
        return await self.api.send("PATCH", path, {"Status": status} | more)

    async def cancel(self, fulfillment_order: str, name: str, quantity: int, placed: Placed) -> None:
        """Give units of one line back."""
        answer = await self.api.send("GET", f"/sobjects/FulfillmentOrder/{fulfillment_order}/FulfillmentOrderLineItems")
        line = next(r["Id"] for r in exact(answer)["records"] if r["OrderItemSummaryId"] == placed.items[name])
        body = {"fulfillmentOrderLineItemsToCancel": [{"fulfillmentOrderLineItemId": line, "quantity": quantity}]}
        done = await post(self.api, f"{FULFILLMENT}/{fulfillment_order}/actions/cancel-item", body)
        assert done.status_code == 201, done.text


@dataclass(frozen=True)
class Group:
    """What one location is to ship, as a request has it."""

    location: str
    units: dict[str, int]

    def body(self, placed: Placed, shop: Shop) -> dict[str, Any]:
        return {
            "fulfilledFromLocationId": shop.locations[self.location], "fulfillmentType": "Warehouse",
            "orderItemSummaries": [
                {"orderItemSummaryId": placed.items[name], "quantity": Decimal(count)}
                for name, count in self.units.items()
            ],
        }  # fmt: skip


def allocation(placed: Placed, shop: Shop, *groups: Group, **more: Any) -> dict[str, Any]:
    """The body that allocates `groups`."""
    return {
        "orderSummaryId": placed.summary, "orderDeliveryGroupSummaryId": placed.group,
        "fulfillmentGroups": [group.body(placed, shop) for group in groups],
    } | more  # fmt: skip
