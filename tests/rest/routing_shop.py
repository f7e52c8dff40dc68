"""A shop with locations that have stock and capacity, and orders to be routed, through the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from orderwright.app import create_app
from orderwright.settings import Settings
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.calling import BASE, Caller, exact
from tests.rest.placing import of, part, records
from tests.rest.stocking import Stockroom

ACTIONS = "/commerce/order-management/routing/actions"
ROUTE = f"{ACTIONS}/route-and-allocate"
PREVIEW = f"{ACTIONS}/preview-route-and-allocate"
DECISIONS = "/commerce/order-management/routing/decisions"
SUMMARIES = "/commerce/order-management/order-summaries"


@dataclass(frozen=True)
class Order:
    """An order summary; its delivery groups and items in their order."""

    id: str
    groups: tuple[str, ...]
    items: tuple[str, ...]


class Shop:
    """What a test needs to stock locations, place orders, and route them."""

    def __init__(self, api: Caller, database: Database) -> None:
        self.api = api
        self.database = database
        self.room = Stockroom(api, database)
        self.locations: dict[str, str] = {}
        self.products: dict[str, str] = {}

    async def stock(self, counts: dict[str, dict[str, int]], **about: dict[str, Any]) -> None:
        """Locations with units of products: `{"WH": {"mug": 2}}`; `WH={"Latitude": 1}` are further fields."""
        for name in counts:
            given = {"Name": name, "LocationType": "Warehouse", "ShouldSyncWithOci": True} | about.get(name, {})
            self.locations[name] = await self.api.create("Location", ExternalReference=self.room.name(name), **given)
        await self.room.done("/commerce/oci/location-graph/uploads", None)
        for name, units in counts.items():
            for sku, count in units.items():
                await self.room.count(name, sku, count)
        for sku in sorted({sku for units in counts.values() for sku in units} - self.products.keys()):
            await self.product(sku, StockKeepingUnit=self.room.name(sku))

    async def product(self, name: str, **about: Any) -> None:
        self.products[name] = await self.api.create("Product2", Name=name, **about)

    async def order(self, *groups: dict[str, int], price: str = "10.00", **to: Any) -> Order:
        """An order with a delivery group for each of `groups`, units by product; `to` are fields of the groups."""
        lines = [(number, name, units) for number, group in enumerate(groups) for name, units in group.items()]
        order = {"EffectiveDate": "2026-03-01", "Status": "Draft", "CurrencyIsoCode": "USD"}
        parts = [
            part("POST", "/sobjects/Order", "order", order),
            records("groups", [of("OrderDeliveryGroup", OrderId="@{order.id}", **to) for _ in groups]),
            records("items", [
                of("OrderItem", OrderId="@{order.id}", OrderDeliveryGroupId=f"@{{groups[{number}].id}}",
                   Product2Id=self.products[name], Quantity=units, UnitPrice=price,
                   TotalLineAmount=str(units * Decimal(price)))
                for number, name, units in lines
            ]),
            part("PATCH", "/sobjects/Order/@{order.id}", "activation", {"Status": "Activated"}),
        ]  # fmt: skip
        placed = await self.api.send("POST", "/composite", {"allOrNone": True, "compositeRequest": parts})
        first = placed.json()["compositeResponse"][0]["body"]
        made = await self.api.send("POST", SUMMARIES, {"orderId": first["id"]})
        assert made.status_code == 201, (placed.text, made.text)
        summary = made.json()["orderSummaryId"]
        return Order(
            summary,
            tuple(r["Id"] for r in await self.related(summary, "OrderDeliveryGroupSummaries")),
            tuple(r["Id"] for r in await self.related(summary, "OrderItemSummaries")),
        )

    async def related(self, summary: str, relationship: str) -> list[Any]:
        answer = await self.api.send("GET", f"/sobjects/OrderSummary/{summary}/{relationship}")
        assert answer.status_code == 200, answer.text
        return sorted(exact(answer)["records"], key=lambda record: str(record["Id"]))

    async def post(
        self, order: Order, path: str = ROUTE, query: str = "", headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        body = {"orderSummaryId": order.id} | more
        return await self.api.http.post(f"{BASE}{path}{query}", json=body, headers=headers or {})

    async def routed(self, order: Order, **more: Any) -> Any:
        """What is answered to a request that works."""
        answer = await self.post(order, **more)
        assert answer.status_code == 201, answer.text
        return exact(answer)

    async def refused(self, order: Order, status: int = 400, **more: Any) -> Any:
        """The one error of a request that is refused."""
        answer = await self.post(order, **more)
        assert answer.status_code == status, answer.text
        (error,) = exact(answer)
        return error

    async def decision(self, decision_id: str) -> Any:
        answer = await self.api.send("GET", f"{DECISIONS}/{decision_id}")
        assert answer.status_code == 200, answer.text
        return exact(answer)

    async def decisions(self, order: Order) -> list[Any]:
        answer = await self.api.send("GET", f"{SUMMARIES}/{order.id}/routing-decisions")
        assert answer.status_code == 200, answer.text
        return list(exact(answer)["routingDecisions"])

    def shipped(self, output: Any) -> dict[str, dict[str, int]]:
        """What each location ships, by the names of this test."""
        mark = self.room.name("")
        return {
            one["locationIdentifier"].removesuffix(mark): {
                item["stockKeepingUnit"].removesuffix(mark): item["quantity"] for item in one["orderItemSummaries"]
            }
            for one in output["shipments"]
        }

    async def reserved(self, location: str, sku: str) -> int:
        return int((await self.room.figures(location, sku))[1])

    async def capacity(self, location: str) -> tuple[int, int]:
        """How many fulfillment orders are held and assigned at a location."""
        body = {"locationIds": [self.locations[location]]}
        path = "/commerce/order-management/routing/fulfillment-order-capacity/actions/get-capacity-values"
        answer = await self.api.send("POST", path, body)
        (one,) = answer.json()["locations"]
        return one["heldCapacity"], one["assigned"]

    async def fulfillment_orders(self, order: Order) -> list[Any]:
        return await self.related(order.id, "FulfillmentOrders")


@asynccontextmanager
async def shop_with(store: Store, client: tuple[str, str], rules: str, folder: Path) -> AsyncIterator[Shop]:
    """The application with routing rules, and a signed-in client."""
    file = folder / "rules.toml"
    file.write_text(rules, encoding="utf-8")
    app = create_app(store, Settings().changed(routing_rules=file))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as http,
    ):
        form = {"grant_type": "client_credentials", "client_id": client[0], "client_secret": client[1]}
        answer = await http.post("/services/oauth2/token", data=form)
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield Shop(Caller(http), store.database)
